package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// shell is the interactive shell of sql, and what runs scripts with dot-commands.
type shell struct {
	s       *session
	desk    *desk
	args    map[string]any // values of parameters
	format  reports.RowFormat
	limit   rowLimit
	timer   bool
	paging  bool     // long results go through a pager
	tty     *os.File // the terminal of stdout; nil where there is none
	out     *output  // of .output; nil: stdout
	outDone int      // results written to it
	printed int      // results written to stdout
	heading string   // of the next table that people read
	depth   int      // of files that .read read
	left    bool     // .quit was said
	known   knownNames

	mu     sync.Mutex
	cancel func() // of the statement that is running
	asked  int    // how often its end was asked for
	pager  bool   // a pager has the terminal
	wake   chan struct{}
}

// statementReader is what statements are typed into.
type statementReader interface {
	Read(ctx context.Context) (string, error)
}

// newShell makes a shell on an open desk; given are the values of -p.
func (s *session) newShell(d *desk, given []string, flags *rowsFlags) (*shell, error) {
	format, err := reports.ParseRowFormat(get[string](s.Settings, "format"))
	if err != nil {
		return nil, &usageError{err}
	}
	sh := &shell{s: s, desk: d, format: format, limit: flags.limit, timer: s.Env.StderrTerminal, paging: true,
		args: map[string]any{"as_of": s.AsOf.String()}, wake: make(chan struct{}, 1)}
	values, err := keyValues(given)
	if err != nil {
		return nil, err
	}
	for key, value := range values {
		sh.args[key] = value
	}
	if sticky, ok := s.Env.Stdout.(*stickyWriter); ok && s.Env.StdoutTerminal {
		sh.tty, _ = sticky.w.(*os.File)
	}
	return sh, nil
}

// shell lets the user ask, one statement after another, until they leave.
func (s *session) shell(ctx context.Context, given []string, flags *rowsFlags) (err error) {
	// Closing the window is a way to leave; what the statements left on the disk goes, too.
	// The signal may come twice, so it is heeded to the end.
	open, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	d, err := s.openDesk(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sh, err := s.newShell(d, given, flags)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sh.closeOutput(err == nil)) }()
	if flags.output != "" {
		if err := sh.dotOutput(ctx, []string{flags.output}); err != nil {
			return err
		}
	}
	if s.Env.Interrupts != nil {
		defer s.Env.Interrupts.Handle(sh.interrupted)()
	}
	past, herr := openHistory(historyPath(s.Env))
	if herr != nil {
		s.Note("%v", herr)
	}
	sh.greet(open)
	err = sh.loop(open, sh.reader(past), past)
	if err != nil && open.Err() != nil && ctx.Err() == nil {
		return errors.New("the terminal has gone")
	}
	return err
}

// loop reads and runs until the user leaves. What goes wrong with a statement is said,
// and the next one is read.
func (sh *shell) loop(ctx context.Context, r statementReader, past *history) error {
	for !sh.left {
		text, err := r.Read(ctx)
		switch {
		case errors.Is(err, errInterrupted):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := past.Add(text); err != nil {
			sh.s.Note("%v", err)
		}
		for _, entry := range shellEntries(text) {
			if err := sh.run(ctx, entry); err != nil {
				if ctx.Err() != nil || errors.Is(err, syscall.EPIPE) && sh.tty == nil {
					return err // nobody reads any more
				}
				if errors.Is(err, errInterrupted) && sh.s.Env.StdinTerminal {
					io.WriteString(sh.s.Env.Stderr, "\n") // behind the ^C that the terminal showed
				}
				sh.say(err)
				break
			}
		}
	}
	return nil
}

// say prints what went wrong as the end of a run would.
func (sh *shell) say(err error) {
	var broken *brokenPipeError
	if errors.As(err, &broken) {
		return
	}
	sh.s.talk.say("", err.Error())
	for _, h := range hints(err) {
		sh.s.talk.say("hint: ", h)
	}
}

// script runs a text with dot-commands in it, and stops at the first error.
func (s *session) script(ctx context.Context, text string, given []string, flags *rowsFlags) (err error) {
	d, err := s.openDesk(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	sh, err := s.newShell(d, given, flags)
	if err != nil {
		return err
	}
	sh.paging = false
	defer func() { err = errors.Join(err, sh.closeOutput(err == nil)) }()
	if flags.output != "" {
		if err := sh.dotOutput(ctx, []string{flags.output}); err != nil {
			return err
		}
	}
	return sh.runAll(ctx, text)
}

// hasDotCommands reports whether a text is one for script.
func hasDotCommands(text string) bool {
	for _, entry := range shellEntries(text) {
		if isDotCommand(entry) {
			return true
		}
	}
	return false
}

// runAll runs the statements and commands of a text up to the first error.
func (sh *shell) runAll(ctx context.Context, text string) error {
	entries := shellEntries(text)
	for i, entry := range entries {
		if err := sh.run(ctx, entry); err != nil {
			if len(entries) > 1 && ctx.Err() == nil {
				err = &data.InStatementError{Number: i + 1, Of: len(entries), Err: err}
			}
			return err
		}
		if sh.left {
			break
		}
	}
	return nil
}

// run runs one statement or dot-command. Ctrl-C ends it, and not the shell.
func (sh *shell) run(ctx context.Context, entry string) error {
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	sh.mu.Lock()
	sh.cancel, sh.asked = cancel, 0
	sh.mu.Unlock()
	defer func() {
		sh.mu.Lock()
		sh.cancel = nil
		sh.mu.Unlock()
	}()
	err := sh.do(run, entry)
	if err != nil && run.Err() != nil && ctx.Err() == nil {
		return errInterrupted
	}
	return err
}

func (sh *shell) do(ctx context.Context, entry string) error {
	if isDotCommand(entry) {
		c, args, err := parseDot(entry)
		if err != nil {
			return err
		}
		return c.run(sh, ctx, args)
	}
	statements, err := sh.desk.Parse(ctx, entry)
	if err != nil {
		return err
	}
	for _, st := range statements {
		if err := sh.answer(ctx, st, sh.args); err != nil {
			return err
		}
	}
	return nil
}

// interrupted is what Ctrl-C does: it ends the statement, or gives up the line being
// typed; a pager has it for itself.
func (sh *shell) interrupted() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	switch {
	case sh.pager:
	case sh.cancel == nil:
		select {
		case sh.wake <- struct{}{}:
		default:
		}
	default:
		sh.cancel()
		if sh.asked++; sh.asked > 1 {
			sh.s.Note("the statement was told to stop, and does so where the engine next looks up; kill -TERM %d ends all of it", os.Getpid())
		}
	}
}

// reader is what the user types into: the editor on a terminal that can do it, else
// plain lines.
func (sh *shell) reader(past *history) statementReader {
	e := sh.s.Env
	in := newInput(e.Stdin)
	stdin, file := e.Stdin.(*os.File)
	if t := e.Getenv("TERM"); t == "" || t == "dumb" || sh.tty == nil || !file {
		r := &lineReader{in: in, wake: sh.wake}
		if e.StderrTerminal {
			r.prompt = e.Stderr
		}
		return r
	}
	return &lineEditor{
		in:      in,
		screen:  screen{w: sh.tty, size: sh.size},
		history: past,
		complete: func(text string, at int) (int, []candidate) {
			return complete(text, at, sh.names())
		},
		raw:     rawTerminal(int(stdin.Fd())),
		suspend: suspend,
		wake:    sh.wake,
	}
}

// size is how large the terminal is now, in columns and lines.
func (sh *shell) size() (width, height int) {
	if sh.tty != nil {
		if w, h, err := term.GetSize(int(sh.tty.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return sh.s.Env.Width, 24
}

// page opens what a result for stdout is written to; close shows what is left of it.
func (sh *shell) page(ctx context.Context) (w io.Writer, close func() error) {
	if sh.tty == nil {
		return sh.s.Out, func() error { return nil }
	}
	_, height := sh.size()
	p := &pager{ctx: ctx, terminal: sh.tty, height: height - 2, environ: pagerEnviron(sh.s.Env)}
	if t := sh.s.Env.Getenv("TERM"); sh.paging && t != "" && t != "dumb" {
		p.argv = pagerCommand(sh.s.Env, exec.LookPath)
	}
	p.started = func() {
		sh.mu.Lock()
		sh.pager = true
		sh.mu.Unlock()
	}
	before, berr := term.GetState(int(sh.tty.Fd()))
	return p, func() error {
		err := p.Close()
		sh.mu.Lock()
		sh.pager = false
		sh.mu.Unlock()
		if p.cmd != nil && berr == nil {
			term.Restore(int(sh.tty.Fd()), before)
		}
		if p.lost != nil {
			return withHint(fmt.Errorf("run the pager: %w", p.lost), ".pager off does without")
		}
		return err
	}
}

// tell says what a statement did, and how long it took if the user wants to know.
func (sh *shell) tell(what string, took time.Duration) {
	switch {
	case sh.timer:
		sh.s.Note("%s in %.2f s", what, took.Seconds())
	case sh.s.Env.StderrTerminal:
		sh.s.Note("%s", what)
	}
}
