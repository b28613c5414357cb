package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

func TestExitCode(t *testing.T) {
	failed := errors.New("failed")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	gone := fmt.Errorf("write: %w", syscall.EPIPE)
	for _, c := range []struct {
		name   string
		ctx    context.Context
		err    error
		outErr error
		want   int
	}{
		{"ok", t.Context(), nil, nil, 0},
		{"failed", t.Context(), failed, nil, 1},
		{"usage, wrapped and hinted", t.Context(), fmt.Errorf("x: %w", withHint(usagef("y"), "z")), nil, 2},
		{"refused", t.Context(), refusedf("3 rows"), nil, 4},
		{"a statement that is not run", t.Context(), withHint(&data.StatementError{Why: "no"}, "z"), nil, 2},
		{"a locked book", t.Context(), withHint(&data.LockedError{Path: "b", PID: 1}, "z"), nil, 3},
		{"a newer book", t.Context(), fmt.Errorf("x: %w", &data.NewerBookError{Path: "b"}), nil, 5},
		{"interrupted", cancelled, failed, nil, 130},
		{"done before the signal took effect", cancelled, nil, nil, 0},
		{"a timeout of the command's own is no interruption", t.Context(), context.DeadlineExceeded, nil, 1},
		{"pipe closed, command stopped", t.Context(), gone, gone, 141},
		{"pipe closed, command went on", t.Context(), nil, gone, 141},
		{"pipe closed, command failed otherwise", t.Context(), refusedf("3 rows"), gone, 4},
		{"a broken pipe that is not stdout", t.Context(), gone, nil, 1},
		{"disk full, command went on", t.Context(), nil, syscall.ENOSPC, 1},
	} {
		if got := exitCode(settle(c.ctx, c.err, c.outErr)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// lockedError stands for an error of another package, with a hint of its own.
type lockedError struct{}

func (lockedError) Error() string { return "locked" }
func (lockedError) Hint() string  { return "wait" }

func TestHints(t *testing.T) {
	err := withHint(fmt.Errorf("open: %w", errors.Join(io.EOF, lockedError{})), "--wait %s", "30s")
	if got := strings.Join(hints(err), "; "); got != "--wait 30s; wait" {
		t.Errorf("hints: %q", got)
	}
	if withHint(nil, "x") != nil {
		t.Error("a hint made an error of nil")
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 靴":      "plain é 靴",
		"\x1b[31m":       `\x1b[31m`,
		"a\x00b\rc\x7fd": `a\x00b\rc\x7fd`,
		"\u009b31m":      `\u009b31m`, // CSI in one character
		"\u202egpj.exe":  `\u202egpj.exe`,
		"a\tb\nc\n":      "a b\n  c",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	// 4,000 bytes are kept of 4,010; the é across the cut goes whole.
	long := printable(strings.Repeat("a", 3999) + "é" + strings.Repeat("b", 9))
	if want := strings.Repeat("a", 3999) + " … (10 bytes more)"; long != want {
		t.Errorf("long text ends in %q", long[len(long)-30:])
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"book", "log_format", "log_level", "max_rejects", "n"}
	for name, want := range map[string]string{
		"bok": "book", "boko": "book", "log": "log_format", "log_levle": "log_level",
		"maxrejects": "max_rejects", "zzz": "", "": "", "b": "", "mx": "",
	} {
		if got := nearest(name, keys); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		n    int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1},
		{"kitten", "sitting", 3}, // Wagner and Fischer's example
		{"ca", "abc", 3},         // 2 if a moved letter could be edited again; this distance does not
	} {
		if got := edits(c.a, c.b); got != c.n {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.n)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	for _, d := range definitions() {
		if _, err := d.parse(d.def); err != nil {
			t.Errorf("%s: default: %v", d.key, err)
		}
		if d.doc == "" || d.arg == "" {
			t.Errorf("%s: needs doc and arg", d.key)
		}
	}
}

func TestParseSettings(t *testing.T) {
	for _, c := range []struct {
		key, text string
		want      any // nil: refused
	}{
		{"level", "0.95", 0.95}, {"level", "0", nil}, {"level", "1", nil}, {"level", "NaN", nil}, {"level", "", nil},
		{"min_n", "0", 0}, {"min_n", "-1", nil}, {"min_n", "1.5", nil},
		{"as_of", "", data.Date(0)}, {"as_of", "2026-02-29", nil},
		{"sql_timeout", "1m30s", 90 * time.Second}, {"sql_timeout", "-1s", nil}, {"sql_timeout", "30", nil},
		{"sql_memory", "1.5 GiB", "1.5 GiB"}, {"sql_memory", "512MB", "512MB"}, {"sql_memory", "much", nil}, {"sql_memory", "1GB'; DROP", nil},
		{"max_rejects", "", limit{none: true}}, {"max_rejects", "0", limit{}}, {"max_rejects", "1%", limit{relative: true, share: 0.01}},
		{"max_rejects", "-1", nil}, {"max_rejects", "101%", nil}, {"max_rejects", "NaN%", nil},
		{"book", "", nil}, {"format", "Table", nil},
	} {
		got, err := define(c.key).parse(c.text)
		if (err == nil) != (c.want != nil) || err == nil && got != c.want {
			t.Errorf("%s %q: %v, %v; want %v", c.key, c.text, got, err, c.want)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		text           string
		rejected, read int
		exceeded       bool
	}{
		{"", math.MaxInt, 1, false},
		{"0", 0, 10, false}, {"0", 1, 10, true},
		{"3", 3, 10, false}, {"3", 4, 10, true},
		{"10%", 1, 10, false}, {"10%", 2, 10, true}, {"10%", 0, 0, false},
	} {
		l, err := parseLimit(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.exceededBy(c.rejected, c.read); got != c.exceeded {
			t.Errorf("%q, %d of %d: %v", c.text, c.rejected, c.read, got)
		}
	}
}

// TestOutputs writes two files that appear together or not at all.
func TestOutputs(t *testing.T) {
	e := testEnv(t)
	s := &session{Env: e, Rec: newRecorder(e, nil)}
	s.Rec.wanted = true
	names := func() []string {
		files, err := filepath.Glob(filepath.Join(e.Dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		hidden, _ := filepath.Glob(filepath.Join(e.Dir, ".*"))
		return append(files, hidden...)
	}
	a, err := s.CreateOutput("a", false)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.CreateOutput("b", true)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(a, "one")
	if slices.ContainsFunc(names(), func(n string) bool { return !strings.HasSuffix(n, ".tmp") }) {
		t.Errorf("before Commit there are %v", names())
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	a.Discard() // after Commit: nothing
	b.Discard()
	if got := names(); len(got) != 1 || filepath.Base(got[0]) != "a" {
		t.Errorf("after it there are %v", got)
	}

	// An interruption between the last write and the commit.
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Output(ctx, "c", false, func(io.Writer) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || len(names()) != 1 {
		t.Errorf("interrupted: %v, %v", err, names())
	}
	if _, err := os.Stat(filepath.Join(e.Dir, "c")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("interrupted: %v", err)
	}
	// sha256 of "one", by sha256sum
	want := fileRecord{"a", 3, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"}
	if got := s.Rec.finish(nil).Outputs; len(got) != 1 || got[0] != want {
		t.Errorf("recorded %v", got)
	}
}

func TestRecorder(t *testing.T) {
	e := testEnv(t)
	clock := e.Now()
	e.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	r := newRecorder(e, []string{"ingest", "sales"})
	if err := os.WriteFile(filepath.Join(e.Dir, "in.csv"), []byte("one"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := r.InputFile("in.csv", filepath.Join(e.Dir, "in.csv")); err != nil {
		t.Fatal(err)
	}
	r.Step("read")() // the clock goes on one second a look
	r.Count("read", 2)
	r.Count("read", 3)
	r.RunID("7")
	s := r.finish(refusedf("no"))
	if s.Counts["read"] != 5 || s.Steps[0].Seconds != 1 || s.Seconds != 3 || s.ExitCode != exitRefused || s.RunID != "7" {
		t.Errorf("summary: %+v", s)
	}
	if s.Inputs[0].Size != 3 || s.Inputs[0].Path != "in.csv" {
		t.Errorf("inputs: %+v", s.Inputs)
	}
	var nilFree bytes.Buffer
	if err := json.NewEncoder(&nilFree).Encode(newRecorder(e, nil).finish(nil)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(nilFree.String(), `"error":null`, ""), `"as_of":null`, ""), "null") {
		t.Errorf("an empty list is null: %s", nilFree.String())
	}
}

// TestKeyLines holds keyLines, which leans on a side effect of the decoder,
// against every way to write a key.
func TestKeyLines(t *testing.T) {
	text := `# a comment
plain = 1
"quoted" = 2
'literal' = """
over two lines"""
dotted.a.b = 3
dotted.c = 4
inline = {x = 1, y = {z = 2}}
list = [
  1,
  {a = 2},
]
"" = 5
[table]
a = 1
[table.inner]
b = 1
[other.deep]
c = 1
[[array]]
d = 1
[[array]]
d = 2
[empty]
`
	want := "[{plain 2} {quoted 3} {literal 4} {dotted 6} {inline 8} {list 9} { 13} {table 14} {other 18} {array 20} {empty 24}]"
	if got := fmt.Sprint(keyLines([]byte(text))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
