package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manyRows is a sound file that is long enough for its reader to report progress.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString("sale_id,sold_at,price,title\n")
	for i := range n {
		fmt.Fprintf(&b, "A%d,2026-01-01,%d,990v6\n", i, 100+i%200)
	}
	return b.String()
}

func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	for what, change := range map[string]func(path string) error{
		"grows":   func(path string) error { return os.WriteFile(path, []byte(manyRows(20_001)), 0o600) },
		"shrinks": func(path string) error { return os.Truncate(path, 1000) },
		"is another of the same length": func(path string) error {
			return os.WriteFile(path, []byte(strings.ReplaceAll(manyRows(20_000), "990v6", "990v5")), 0o600)
		},
		"is replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", []byte(manyRows(20_000)), 0o600), os.Rename(path+".new", path))
		},
		"vanishes": os.Remove,
	} {
		t.Run(what, func(t *testing.T) {
			j := newJob(t)
			path := put(t, "a.csv", manyRows(20_000))
			past := time.Now().Add(-time.Hour)
			if err := os.Chtimes(path, past, past); err != nil {
				t.Fatal(err)
			}
			done := false
			j.Progress = func(_ string, read, _ int64) {
				if !done && read > 0 {
					done = true
					if err := change(path); err != nil {
						t.Error(err)
					}
				}
			}
			_, reports, err := j.Sales(t.Context(), []string{path})
			if err == nil || !strings.Contains(err.Error(), path) || !done {
				t.Errorf("%v, %v", reports, err)
			}
			if n := len(j.table(t, "SELECT * FROM run_files UNION ALL BY NAME SELECT * FROM runs UNION ALL BY NAME SELECT item_no AS run_id FROM store.item")); n != 0 {
				t.Errorf("%d rows of it are in the book", n)
			}
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	j := newJob(t)
	closed := put(t, "closed.csv", "sold_at,price,title\n")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"no such file": filepath.Join(dir, "none.csv"), "it is a folder": dir}
	if os.Geteuid() != 0 { // root may read everything
		files["permission denied"] = closed
	}
	for says, path := range files {
		if _, _, err := j.Sales(t.Context(), []string{path}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := Expand([]string{dir}); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("a folder without files: %v", err)
	}
	if _, err := Expand([]string{filepath.Join(dir, "*.csv")}); err == nil || !strings.Contains(err.Error(), "matches no file") {
		t.Errorf("a glob without files: %v", err)
	}
}

// The files before the one that fails are in the book, and reported.
func TestOneBadFileOfThree(t *testing.T) {
	j := newJob(t)
	run, reports, err := j.Sales(t.Context(), []string{
		put(t, "a.csv", "sold_at,price,title\n2026-01-01,100,990v6\n"), put(t, "b.csv", "a,b\n"), put(t, "c.csv", "sold_at,price,title\n2026-01-02,100,990v6\n")})
	if err == nil || len(reports) != 1 || run != 1 {
		t.Errorf("run %d, %v, %v", run, reports, err)
	}
	if got := j.table(t, "SELECT count(*) AS n FROM sales"); got[0] != `{"n":1}` {
		t.Errorf("sales: %v", got)
	}
}

// A pipe can be read only once, and is.
func TestAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	go func() {
		if w, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			_, _ = w.WriteString(manyRows(5000))
			w.Close()
		}
	}()
	wantCounts(t, "pipe", newJob(t).mustRead(t, path), "5000 5000 0 0")
}

// A cancelled run ends soon, even when it waits for somebody's input, and leaves
// the book and the folder for unpacked copies as they were.
func TestCancelledRuns(t *testing.T) {
	j := newJob(t)
	j.mustRead(t, put(t, "a.csv", manyRows(10)))
	before := j.table(t, allSales)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	j.Stdin = r
	path := put(t, "b.csv", manyRows(60_000))
	for what, c := range map[string]struct {
		path  string
		after time.Duration
	}{
		"at once": {path, 0}, "in the middle": {path, 60 * time.Millisecond}, "later": {path, 150 * time.Millisecond}, "waiting for input": {"-", 50 * time.Millisecond},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), c.after)
		start := time.Now()
		_, reports, err := j.Sales(ctx, []string{c.path})
		cancel()
		if err == nil && c.path != "-" {
			t.Logf("%s: done before it was cancelled", what)
			return
		}
		if len(reports) > 0 || err == nil {
			t.Errorf("%s: %v, %v", what, reports, err)
		}
		if d := time.Since(start) - c.after; d > 5*time.Second {
			t.Errorf("%s: ended %v after it was cancelled", what, d)
		}
		if got := j.table(t, allSales); strings.Join(got, "") != strings.Join(before, "") {
			t.Errorf("%s: %d sales, before %d", what, len(got), len(before))
		}
	}
	if left, err := os.ReadDir(j.TempDir); err != nil || len(left) != 0 {
		t.Errorf("copies are left: %v (%v)", left, err)
	}
}
