package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// victim is a command that is interrupted, and the book that it works on.
type victim struct {
	name   string
	before [][]string // commands that make the book; none: the command makes it
	sql    string     // and a statement after them
	args   []string   // the command
	steps  int        // how many files it loads, each a state of its own
	again  int        // exit code of the same command when it has done its work before
	folder string     // what the command writes beside the book, all at once; "": nothing
}

// states are the books that a command may leave: that before it, those with the first
// files, that with all.
type states struct {
	dir   string
	books []string // what state says of each
	whole time.Duration
}

// state sums up what a book holds, but for when that came in: its sales, what is
// published of them, its facts, its ledger. full leaves the ledger out: a file that was loaded and is read again
// is in there twice.
func state(t *testing.T, book string) (all, full string) {
	t.Helper()
	b, err := data.Open(t.Context(), book, data.Options{})
	if err != nil {
		t.Fatalf("the book does not open: %v", err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sum := func(query string) string {
		var n int64
		var hash string
		if err := s.Get(t.Context(), []any{&n, &hash}, "SELECT count(*), coalesce(sum(hash(q)::HUGEINT), 0)::VARCHAR FROM ("+query+") q"); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%d:%s", n, hash)
	}
	full = strings.Join([]string{
		"sales " + sum("SELECT * EXCLUDE (run_id, source_file) FROM sales"),
		"items " + sum("SELECT * FROM store.item"), "variants " + sum("SELECT * FROM store.variant"),
		"estimates " + sum("SELECT * FROM store.estimate"), "index " + sum("SELECT * EXCLUDE (published_at) FROM index_vintages"), "fits " + sum("SELECT * FROM store.index_series"),
		"styles " + sum("SELECT * EXCLUDE (run_id) FROM styles"), "prices " + sum("SELECT * EXCLUDE (run_id) FROM retail_prices"), "rates " + sum("SELECT * EXCLUDE (run_id) FROM fx_rates"),
	}, ", ")
	return full + ", files " + sum("SELECT sha256, read, added, known, rejected FROM run_files") + ", rejects " + sum("SELECT line, reason, raw_text FROM store.reject") +
		", runs " + sum("SELECT command, reverted_at IS NULL FROM runs"), full
}

// state is that of a book, and of the folder beside it.
func (st states) state(t *testing.T, v victim, book string) (all, full string) {
	t.Helper()
	all, full = state(t, book)
	if v.folder == "" {
		return all, full
	}
	tree := exportTree(t, st.dir, v.folder)
	return tree + "\n" + all, tree + "\n" + full
}

// keep copies a victim's folder as it is before the command, and putBack makes it so again.
// What is around it goes along: folders of earlier runs, and what a killed one left.
func (st states) keep(t *testing.T, v victim) {
	t.Helper()
	if v.folder != "" {
		copyFolder(t, st.dir, filepath.Join(st.dir, "kept"), v.folder)
	}
}

func (st states) putBack(t *testing.T, v victim) {
	t.Helper()
	if v.folder == "" {
		return
	}
	left, err := filepath.Glob(filepath.Join(st.dir, "."+v.folder+".*"))
	if err != nil || len(left) > 2 { // the current run's and the one before
		t.Fatalf("%s: left are %v (%v)", v.name, left, err)
	}
	for _, name := range append(left, filepath.Join(st.dir, v.folder)) {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	copyFolder(t, filepath.Join(st.dir, "kept"), st.dir, v.folder)
}

// copyFolder copies a published folder, a link, with what it leads to.
func copyFolder(t *testing.T, from, to, name string) {
	t.Helper()
	target, err := os.Readlink(filepath.Join(from, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, target), os.DirFS(filepath.Join(from, target))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(to, name)); err != nil {
		t.Fatal(err)
	}
}

// run runs the real program to its end and wants an exit code.
func mustRun(t *testing.T, dir string, want int, args ...string) string {
	t.Helper()
	cmd, out := greybook(t.Context(), dir, args...)
	if err := cmd.Run(); code(err) != want {
		t.Fatalf("greybook %s: exit code %d, want %d\n%s", strings.Join(args, " "), code(err), want, out)
	}
	return out.String()
}

// statesOf makes the books that a victim may leave.
func statesOf(t *testing.T, v victim) states {
	t.Helper()
	st := states{dir: t.TempDir()}
	book := filepath.Join(st.dir, "before.duckdb")
	b, err := data.Open(t.Context(), book, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	for _, args := range v.before {
		mustRun(t, st.dir, exitOK, append(args, "--book", book)...)
	}
	if v.sql != "" {
		execute(t, book, v.sql)
	}
	st.keep(t, v)
	all, _ := st.state(t, v, book)
	st.books = append(st.books, all)
	for k := range max(1, v.steps) {
		after := filepath.Join(st.dir, "after.duckdb")
		copyFile(t, book, after)
		args := v.args
		if v.steps > 1 {
			args = args[:len(args)-v.steps+k+1] // the files are its last arguments
		}
		start := time.Now()
		mustRun(t, st.dir, exitOK, append(slices.Clone(args), "--book", after)...)
		st.whole = time.Since(start)
		all, _ := st.state(t, v, after)
		if st.books = append(st.books, all); all == st.books[len(st.books)-2] {
			t.Fatalf("%s changes nothing: the test is about nothing", v.name)
		}
	}
	return st
}

func execute(t *testing.T, book, statement string) {
	t.Helper()
	b, err := data.Open(t.Context(), book, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, q := range strings.Split(statement, ";") {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// strike starts a victim's command on a copy of its book, ends it by a signal at some
// moment, and looks at what is left: one of the states, a sound book, and after the
// same command again all of it. It returns which state it was, and whether the signal
// came before the end.
func (st states) strike(t *testing.T, v victim, signal os.Signal, r *rand.Rand) (left int, struck bool) {
	t.Helper()
	book := filepath.Join(st.dir, "b.duckdb")
	for _, f := range []string{book, book + ".wal"} {
		os.Remove(f)
	}
	st.putBack(t, v)
	if len(v.before) > 0 || r.IntN(3) > 0 { // else the making of the book is interrupted too
		copyFile(t, filepath.Join(st.dir, "before.duckdb"), book)
	}
	args := append(slices.Clone(v.args), "--book", book)
	cmd, out := greybook(t.Context(), st.dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if v.folder == "" && r.IntN(2) == 0 {
		growing(book, ended)
		time.Sleep(time.Duration(r.Int64N(int64(st.whole / 6))))
	} else {
		time.Sleep(time.Duration(r.Int64N(int64(st.whole))))
	}
	struck = cmd.Process.Signal(signal) == nil
	got := code(<-ended)
	if info, err := os.Stat(book); err != nil || info.Size() == 0 {
		os.Remove(book) // ended before the book was begun
		if got == exitOK {
			t.Fatalf("%s: it went well, and there is no book\n%s", v.name, out)
		}
	}
	if _, err := os.Stat(book); err == nil {
		mustRun(t, st.dir, exitOK, "check", "--book", book)
	}
	all, _ := st.state(t, v, book)
	if left = slices.Index(st.books, all); left < 0 {
		t.Fatalf("%s: %v with exit code %d left\n%s\nwhich is none of\n%s\n%s", v.name, signal, got, all, strings.Join(st.books, "\n"), out)
	}
	last := len(st.books) - 1
	if got == exitOK && left != last || got == exitInterrupted && left == last && v.steps < 2 || got != exitOK && got != exitInterrupted && got != 128+9 {
		t.Fatalf("%s: exit code %d, and the book holds state %d of %d\n%s", v.name, got, left, last, out)
	}
	want := exitOK
	if left == last {
		want = v.again
	}
	mustRun(t, st.dir, want, args...)
	if _, full := st.state(t, v, book); !strings.HasPrefix(st.books[last], full) {
		t.Fatalf("%s: in the end the book holds\n%s\nwant\n%s", v.name, full, st.books[last])
	}
	mustRun(t, st.dir, exitOK, "check", "--book", book)
	return left, struck
}

// TestKilled interrupts commands that write, at random moments, by kill -9 and by
// Ctrl-C: CRASHRUNS times (make soak), else a few. Each time the book is sound and
// holds each file whole or not at all, and the same command finishes the job.
func TestKilled(t *testing.T) {
	all := victims(t)
	n := kills(t)
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 990))
	if n < len(all) {
		r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		all = all[:max(1, n-1)] // to make the states takes longer than the kills
	}
	total := 0
	for i, v := range all {
		st := statesOf(t, v)
		want := n/len(all) + min(1, max(0, n%len(all)-i))
		count := map[string]int{}
		for k, try := 0, 0; k < want && try < 5*want; try++ {
			signal, name := os.Kill, "killed"
			if k%4 == 3 {
				signal, name = os.Interrupt, "interrupted"
			}
			left, struck := st.strike(t, v, signal, r)
			switch {
			case !struck:
				count["too late"]++
				continue
			case left == 0:
				name += " with nothing"
			case left == len(st.books)-1:
				name += " with all"
			default:
				name += " with some files"
			}
			count[name]++
			k, total = k+1, total+1
		}
		t.Logf("%s (%v): %v", v.name, st.whole.Round(time.Millisecond), count)
	}
	t.Logf("%d ended by a signal", total)
}
