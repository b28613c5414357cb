package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// measured is one run of a process.
type measured struct {
	wall   time.Duration
	cpu    time.Duration // of all cores together
	peak   int64         // bytes, the largest resident set
	stdout []byte
}

// contender is a process that takes part in a step.
type contender struct {
	name    string
	argv    []string
	prepare func(context.Context) error // before the clock starts; may be nil
	check   func(stdout []byte) error   // whether the answer is right; may be nil
}

// takeTurns runs each contender once a round, in an order that moves on by one
// from round to round. The answer is by contender, then by round.
func takeTurns(ctx context.Context, dir string, rounds int, cs []contender) ([][]measured, error) {
	out := make([][]measured, len(cs))
	for round := range rounds {
		for k := range cs {
			i := (k + round) % len(cs)
			m, err := cs[i].run(ctx, dir)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], m)
		}
	}
	return out, nil
}

func (c contender) run(ctx context.Context, dir string) (measured, error) {
	if c.prepare != nil {
		if err := c.prepare(ctx); err != nil {
			return measured{}, err
		}
	}
	m, err := measure(ctx, dir, c.argv)
	if err != nil {
		return m, err
	}
	if c.check != nil {
		if err := c.check(m.stdout); err != nil {
			return m, fmt.Errorf("%s: the answer is wrong: %w", c.name, err)
		}
	}
	return m, nil
}

// measure runs a process in dir from start to exit, with none of greybook's
// settings that the user may have.
//
// Note: the system counts what the parent held when it forked as the child's, so
// this program must stay smaller than what it measures: it holds no rows.
func measure(ctx context.Context, dir string, argv []string) (measured, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(plainEnv(os.Environ()), "XDG_CONFIG_HOME="+filepath.Join(dir, "no-config"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return measured{}, fmt.Errorf("%s: %w: %s", strings.Join(shortArgs(argv), " "), err, said)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return measured{}, fmt.Errorf("%s: the system does not tell the memory of a process", argv[0])
	}
	peak := int64(usage.Maxrss)
	if runtime.GOOS != "darwin" { // which counts in bytes
		peak *= 1024
	}
	return measured{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak, stdout.Bytes()}, nil
}

// plainEnv drops greybook's own variables.
func plainEnv(env []string) []string {
	var out []string
	for _, e := range env {
		if !strings.HasPrefix(e, "GREYBOOK_") {
			out = append(out, e)
		}
	}
	return out
}

// shortArgs leaves folders out of the arguments, for a message.
func shortArgs(argv []string) []string {
	out := make([]string, len(argv))
	for i, a := range argv {
		out[i] = filepath.Base(a)
	}
	return out
}
