package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
)

// TestMain puts the real greybook on the path of the scripts, and a second one,
// greybook-trial, with commands that go wrong on purpose.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"greybook":       main,
		"greybook-trial": func() { os.Exit(start(runTrial)) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		},
	})
}

// exits is a command of the scripts: exits CODE PROGRAM [ARG…] runs a program
// and wants that exit code; stdout and stderr can be looked at afterwards.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// runTrial is run with one more command, trial WHAT.
func runTrial(ctx context.Context, e env, args []string) error {
	p := newProgram(e, args)
	var name string
	var binary bool
	cmd := &cobra.Command{
		Use: "trial",
		RunE: p.session(func(ctx context.Context, s *session, args []string) error {
			s.Rec.Count("read", 3)
			defer s.Rec.Step("trial")()
			return s.Output(ctx, name, binary, func(w io.Writer) error {
				fmt.Fprintln(w, "half")
				return trial(ctx, s, w, args[0])
			})
		}),
	}
	cmd.Flags().StringVarP(&name, "output", "o", "-", "")
	cmd.Flags().BoolVar(&binary, "binary", false, "")
	p.root.AddCommand(cmd)
	p.prepare(cmd)
	return p.run(ctx, args)
}

func trial(ctx context.Context, s *session, w io.Writer, what string) error {
	switch what {
	case "ok":
		return nil
	case "fail":
		return withHint(errors.New("load x.csv: it is \x1b[31mred\nand long"), "try another")
	case "refuse":
		return refusedf("3 rows refused")
	case "panic":
		panic("a bug")
	case "warn":
		s.Warn("few sales")
		s.Log.Info("quiet")
		s.Log.Warn("loud", "n", 3)
	case "endless": // ignores errors of writing, and ends all the same
		for range 10_000 {
			fmt.Fprintln(w, "a line of data that nobody reads any more")
		}
	case "wait":
		fmt.Fprintln(s.Env.Stderr, "ready")
		select {
		case <-ctx.Done():
			return fmt.Errorf("read sales: %w", ctx.Err())
		case <-time.After(20 * time.Second):
			return errors.New("nobody interrupted")
		}
	case "spoil", "newer": // the book, by a statement of no greybook's
		b, err := s.openBook(ctx, false)
		if err != nil {
			return err
		}
		defer b.Close()
		c, err := b.Session(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		return c.Exec(ctx, map[string]string{
			"spoil": "UPDATE store.sale SET sold_on = sold_on + 1",
			"newer": "UPDATE store.meta SET value = '99' WHERE name = 'schema_version'",
		}[what])
	case "hold": // the book, as a run that writes does
		b, err := s.openBook(ctx, false)
		if err != nil {
			return err
		}
		defer b.Close()
		c, err := b.Session(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SetMeta(ctx, "held", "yes"); err != nil { // into the log, not yet into the file
			return err
		}
		fmt.Fprintln(s.Env.Stderr, "ready")
		<-ctx.Done()
	case "progress":
		bar := s.Progress(100, "reading")
		bar.Add(50)
		s.Note("half of it")
		bar.Add(50)
		bar.Done()
	}
	return nil
}

// TestEveryCommandHasHelp refuses a command without help, and help that does not
// begin with an example.
func TestEveryCommandHasHelp(t *testing.T) {
	root := newProgram(testEnv(t), nil).root
	walk(root, func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if cmd.Short == "" || cmd.Long == "" {
			t.Errorf("%s: needs Short and Long", path)
		}
		if strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: Short is a title, without a full stop", path)
		}
		if cmd.Parent() == root && cmd.GroupID == "" {
			t.Errorf("%s: needs a GroupID", path)
		}
		examples := 0
		for line := range strings.Lines(cmd.Example) {
			if strings.HasPrefix(strings.TrimSpace(line), "greybook ") {
				examples++
			}
		}
		if examples == 0 {
			t.Errorf("%s: needs an Example with a line that starts with %q", path, "greybook ")
		}
		args := append(strings.Fields(path)[1:], "--help")
		e := testEnv(t)
		var stdout, stderr bytes.Buffer
		e.Stdout, e.Stderr = &stdout, &stderr
		if err := run(t.Context(), e, args); err != nil {
			t.Errorf("%s --help: %v", path, err)
		}
		if !strings.HasPrefix(stdout.String(), "Example:\n") || !strings.Contains(stdout.String(), "--help") {
			t.Errorf("%s --help begins without an example:\n%s", path, stdout.String())
		}
		if stderr.Len() > 0 {
			t.Errorf("%s --help talks: %s", path, stderr.String())
		}
	})
}

// testEnv is an env without a terminal, in an empty folder, on one fixed day.
func testEnv(t *testing.T) env {
	return env{
		Stdin:     strings.NewReader(""),
		Stdout:    io.Discard,
		Stderr:    io.Discard,
		Width:     80,
		LookupEnv: func(string) (string, bool) { return "", false },
		Dir:       t.TempDir(),
		Now:       func() time.Time { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) },
		Version:   programVersion,
	}
}
