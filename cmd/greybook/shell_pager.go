package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// pagerCommand is the program that shows long results, with its arguments; none where
// the user wants none, or there is none.
func pagerCommand(e env, look func(string) (string, error)) []string {
	for _, name := range []string{"GREYBOOK_PAGER", "PAGER"} {
		if value, ok := e.LookupEnv(name); ok {
			argv := strings.Fields(value)
			if len(argv) == 1 && argv[0] == "cat" {
				return nil
			}
			return argv
		}
	}
	for _, name := range []string{"less", "more"} {
		if _, err := look(name); err == nil {
			return []string{name}
		}
	}
	return nil
}

// pager is where a result for a terminal goes: straight there while it fits, and
// through the program where it has more lines than the terminal.
type pager struct {
	ctx      context.Context // its end ends the program
	argv     []string        // none: everything goes straight to the terminal
	environ  []string        // beside this program's own
	terminal io.Writer
	height   int    // lines of the terminal that a result may have
	started  func() // called before the program is: from then on Ctrl-C is its own

	held  bytes.Buffer
	lines int
	cmd   *exec.Cmd
	stdin io.WriteCloser
	left  bool  // the user left it before the end
	lost  error // the program could not be started
}

// Write holds what is written until it is known whether it fits. Once the user has
// left the program, what is written is not wanted, which is no error.
func (p *pager) Write(b []byte) (int, error) {
	switch {
	case p.left:
		return len(b), nil
	case len(p.argv) == 0 || p.lost != nil:
		return p.direct(b)
	case p.stdin != nil:
		return len(b), p.feed(b)
	}
	p.held.Write(b)
	if p.lines += bytes.Count(b, []byte("\n")); p.lines <= p.height {
		return len(b), nil
	}
	if p.lost = p.start(); p.lost != nil {
		return len(b), p.flush()
	}
	held := p.held.Bytes()
	p.held = bytes.Buffer{}
	return len(b), p.feed(held)
}

// start starts the program on the terminal.
func (p *pager) start() error {
	cmd := exec.CommandContext(p.ctx, p.argv[0], p.argv[1:]...)
	// Killed on the spot it would leave the terminal as it needs it.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	cmd.Env, cmd.Stdout, cmd.Stderr = append(cmd.Environ(), p.environ...), p.terminal, p.terminal
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	p.started()
	if err := cmd.Start(); err != nil {
		stdin.Close()
		return err
	}
	p.cmd, p.stdin = cmd, stdin
	return nil
}

// feed gives the program more.
func (p *pager) feed(b []byte) error {
	_, err := p.stdin.Write(b)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) {
		p.left = true
		return nil
	}
	return err
}

// atOnce is how much goes to the terminal before Ctrl-C is heeded: a table comes in one
// piece, however long it is.
const atOnce = 16 << 10

// direct writes to the terminal until the run ends.
func (p *pager) direct(b []byte) (n int, err error) {
	for n < len(b) {
		if err := p.ctx.Err(); err != nil {
			return n, err
		}
		m, err := p.terminal.Write(b[n:min(len(b), n+atOnce)])
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (p *pager) flush() error {
	_, err := p.direct(p.held.Bytes())
	p.held = bytes.Buffer{}
	return err
}

// Close shows what was held, and waits until the user leaves the program. How that ends
// is the user's business; that it could not be started is an error.
func (p *pager) Close() error {
	if p.stdin == nil {
		return errors.Join(p.flush(), p.lost)
	}
	p.stdin.Close()
	p.cmd.Wait()
	return nil
}

// pagerEnviron is what the program's environment has beside ours: less shows colours, leaves the screen
// as it is, ends by itself where all fits, and cuts long lines instead of folding them,
// unless the user has options of their own.
func pagerEnviron(e env) []string {
	if _, ok := e.LookupEnv("LESS"); ok {
		return nil
	}
	return []string{"LESS=-FRSX"}
}
