package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPagerCommand(t *testing.T) {
	has := func(programs ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			if slices.Contains(programs, name) {
				return "/bin/" + name, nil
			}
			return "", exec.ErrNotFound
		}
	}
	for _, c := range []struct {
		name string
		vars map[string]string
		look func(string) (string, error)
		want []string
	}{
		{"its own variable, with arguments", map[string]string{"GREYBOOK_PAGER": "less -i  -N", "PAGER": "more"}, has("less"), []string{"less", "-i", "-N"}},
		{"the usual variable", map[string]string{"PAGER": "most"}, has("less"), []string{"most"}},
		{"none wanted", map[string]string{"GREYBOOK_PAGER": "", "PAGER": "more"}, has("less"), nil},
		{"cat is none", map[string]string{"PAGER": "cat"}, has("less"), nil},
		{"no shell reads it", map[string]string{"PAGER": "less; rm $HOME"}, has("less"), []string{"less;", "rm", "$HOME"}},
		{"less", nil, has("more", "less"), []string{"less"}},
		{"more", nil, has("more"), []string{"more"}},
		{"none there", nil, has(), nil},
	} {
		e := env{LookupEnv: func(name string) (string, bool) { v, ok := c.vars[name]; return v, ok }}
		if got := pagerCommand(e, c.look); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// testPager is a pager on a file for a terminal, and what is in it afterwards.
func testPager(t *testing.T, argv ...string) (p *pager, shown func() string) {
	if runtime.GOOS == "windows" {
		t.Skip("needs sh")
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	p = &pager{ctx: t.Context(), argv: argv, environ: []string{"LESS=-FRSX"}, terminal: f, height: 3, started: func() {}}
	return p, func() string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

func writeLines(t *testing.T, w io.Writer, n int) {
	t.Helper()
	for i := range n {
		if _, err := fmt.Fprintln(w, i); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
	}
}

func TestPagerIsForLongResults(t *testing.T) {
	sed := []string{"sh", "-c", "echo $LESS; sed s/^/paged:/"}
	p, shown := testPager(t, sed...)
	writeLines(t, p, 3)
	if err := p.Close(); err != nil || shown() != "0\n1\n2\n" {
		t.Errorf("%q, %v", shown(), err)
	}
	p, shown = testPager(t, sed...)
	writeLines(t, p, 5)
	if err := p.Close(); err != nil || shown() != "-FRSX\npaged:0\npaged:1\npaged:2\npaged:3\npaged:4\n" {
		t.Errorf("%q, %v", shown(), err)
	}
	p, shown = testPager(t)
	writeLines(t, p, 5)
	if err := p.Close(); err != nil || shown() != "0\n1\n2\n3\n4\n" {
		t.Errorf("%q, %v", shown(), err)
	}
}

func TestPagerLeftEarly(t *testing.T) {
	p, shown := testPager(t, "sh", "-c", "head -n 1; exit 3")
	writeLines(t, p, 100_000) // more than a pipe holds
	if err := p.Close(); err != nil || shown() != "0\n" {
		t.Errorf("%q, %v", shown(), err)
	}
}

func TestPagerThatIsNotThere(t *testing.T) {
	p, shown := testPager(t, "greybook-no-such-pager")
	writeLines(t, p, 5)
	if err := p.Close(); !errors.Is(err, exec.ErrNotFound) || shown() != "0\n1\n2\n3\n4\n" {
		t.Errorf("%q, %v", shown(), err)
	}
}

func TestPagerEndsWithTheRun(t *testing.T) {
	p, _ := testPager(t, "sh", "-c", "cat >/dev/null; exec sleep 60")
	ctx, cancel := context.WithCancel(t.Context())
	p.ctx = ctx
	writeLines(t, p, 5)
	start := time.Now()
	time.AfterFunc(100*time.Millisecond, cancel)
	if err := p.Close(); err != nil || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// slowTerminal takes its time, and Ctrl-C comes meanwhile.
type slowTerminal struct {
	interrupt func()
	got       int
}

func (s *slowTerminal) Write(b []byte) (int, error) {
	s.got += len(b)
	s.interrupt()
	return len(b), nil
}

func TestOutputWithoutPagerStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	slow := &slowTerminal{interrupt: cancel}
	p := &pager{ctx: ctx, terminal: slow}
	if n, err := p.Write(make([]byte, 100<<20)); !errors.Is(err, context.Canceled) || n != atOnce || slow.got != atOnce {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestLineReader(t *testing.T) {
	var prompts bytes.Buffer
	in := "SELECT 1;\nSELECT\r\n 'a;\n';\n.tables\n\nSELECT 3 -- ;"
	r := &lineReader{in: newInput(strings.NewReader(in)), prompt: &prompts}
	for _, want := range []string{"SELECT 1;\n", "SELECT\n 'a;\n';\n", ".tables\n", "\n", "SELECT 3 -- ;"} {
		if got, err := r.Read(t.Context()); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if got, err := r.Read(t.Context()); err != io.EOF {
		t.Errorf("%q, %v", got, err)
	}
	want := strings.ReplaceAll("g|g|m|m|g|g|g|g|", "|", " ") + "\n"
	want = strings.NewReplacer("g", "greybook>", "m", "     ...>").Replace(want)
	if got := prompts.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLineReaderInterrupted(t *testing.T) {
	in, keys := io.Pipe()
	defer keys.Close()
	wake := make(chan struct{})
	r := &lineReader{in: newInput(in), wake: wake}
	go func() {
		io.WriteString(keys, "SELECT\n1,")
		time.Sleep(50 * time.Millisecond) // until it has been taken in
		wake <- struct{}{}
	}()
	if got, err := r.Read(t.Context()); !errors.Is(err, errInterrupted) {
		t.Fatalf("%q, %v", got, err)
	}
	go io.WriteString(keys, "FROM t;\n") // after the answer: what comes before it may be given up, too
	if got, err := r.Read(t.Context()); err != nil || got != "FROM t;\n" {
		t.Errorf("%q, %v", got, err)
	}
}
