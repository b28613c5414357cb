package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

// programVersion is the version of greybook itself.
const programVersion = "0.1.0"

// env is what a run sees of the world.
type env struct {
	Stdin          io.Reader
	Stdout         io.Writer // data
	Stderr         io.Writer // talk
	StdinTerminal  bool
	StdoutTerminal bool
	StderrTerminal bool
	Width          int         // columns of the terminal; 80 where there is none
	Interrupts     *interrupts // what Ctrl-C means
	LookupEnv      func(string) (string, bool)
	Dir            string           // the working directory, absolute
	Now            func() time.Time // the only clock
	Version        string           // of greybook: "0.1.0"
	Engine         string           // of the database: "DuckDB 1.5.5"; "" while none is linked
}

// Getenv returns an environment variable, or "" where it is not set.
func (e env) Getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

func main() { os.Exit(start(run)) }

// start meets the operating system: it collects an env, calls run and returns
// the exit code. It takes run so that the tests can run commands of their own.
func start(run func(context.Context, env, []string) error) int {
	interrupts := &interrupts{}
	ctx := interrupts.watch(context.Background())
	// Without this a write to a closed pipe kills the program on the spot, in the
	// middle of a transaction perhaps; with it the write returns EPIPE.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)

	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "greybook: find the working directory: %v\n", err)
		return exitFailed
	}
	e := env{
		Stdin:          os.Stdin,
		Stdout:         os.Stdout,
		Stderr:         os.Stderr,
		StdinTerminal:  term.IsTerminal(int(os.Stdin.Fd())),
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Width:          terminalWidth(),
		Interrupts:     interrupts,
		LookupEnv:      os.LookupEnv,
		Dir:            dir,
		Now:            time.Now,
		Version:        programVersion,
	}
	return exitCode(run(ctx, e, os.Args[1:]))
}

// terminalWidth asks stdout, then stderr (stdout may be a pipe into a pager).
func terminalWidth() int {
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return w
		}
	}
	return 80
}
