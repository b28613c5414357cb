package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// crashRows is the length of the file that the crashes below interrupt.
const crashRows = 60_000

// crashFile writes a file of sales with rejects and identical rows in it, and
// returns what the book must hold of it in the end: sales, rejects.
func crashFile(t *testing.T) (path string, sales, rejects int) {
	t.Helper()
	r := rand.New(rand.NewPCG(990, 6))
	var b bytes.Buffer
	b.WriteString("sold_at,price,style_code,title,size,marketplace\n")
	for i := range crashRows {
		day := time.Date(2024, 1, 1, 0, 0, r.IntN(2*365*86400), 0, time.UTC).Format(time.RFC3339)
		switch {
		case i%500 == 0:
			day = "03/04/2026"
			rejects++
		case i%1000 == 1: // twice the same, for two sales
			day = "2024-05-01"
		}
		price := 100 + r.IntN(300)
		if i%700 == 3 { // an outlier, flagged after it is in the book
			price *= 100
		}
		fmt.Fprintf(&b, "%s,%d.%02d,M990GL6,New Balance 990v6 %d,%d,StockX\n", day, price, r.IntN(100), r.IntN(400), 7+r.IntN(6))
	}
	path = filepath.Join(t.TempDir(), "sales.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, crashRows - rejects, rejects
}

// greybook makes a second process of the real program.
func greybook(ctx context.Context, dir string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(ctx, "greybook", args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "XDG_CONFIG_HOME="+dir, "GREYBOOK_BOOK=")
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// code is the exit code of a process, 128 + n when signal n ended it.
func code(err error) int {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return 0
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return exit.ExitCode()
}

// held counts sales, rejects, files of the ledger and items in a book, and makes the
// book where there is none. A book that does not open fails the test.
func held(t *testing.T, book string) (sales, rejects, files, items int) {
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
	err = s.Get(t.Context(), []any{&sales, &rejects, &files, &items}, `SELECT (SELECT count(*) FROM sales), (SELECT count(*) FROM rejects),
		(SELECT count(*) FROM run_files JOIN runs USING (run_id)), (SELECT count(*) FROM store.item)`)
	if err != nil {
		t.Fatal(err)
	}
	return sales, rejects, files, items
}

// kills is how many processes are killed: some, or as many as CRASHRUNS says.
func kills(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("CRASHRUNS")); err == nil {
		return n
	}
	return 3
}

// some is the first of a list, or in a soak all of it.
func some[T any](list ...T) []T {
	if os.Getenv("CRASHRUNS") == "" {
		return list[:1]
	}
	return list
}

// onlyInASoak keeps a test that takes long for make soak.
func onlyInASoak(t *testing.T) {
	t.Helper()
	if os.Getenv("CRASHRUNS") == "" {
		t.Skip("takes long: make soak")
	}
}

// growing waits until the book or its log grows by what must be rows of the file,
// or the process has ended.
func growing(book string, ended chan error) {
	size := func(path string) int64 {
		if st, err := os.Stat(path); err == nil {
			return st.Size()
		}
		return 0
	}
	began := size(book)
	for range 100_000 {
		if began == 0 {
			began = size(book)
		}
		if size(book+".wal") > 100_000 || size(book) > began+1_000_000 {
			return
		}
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// TestInterruptedIngest sends Ctrl-C at moments spread over a run.
func TestInterruptedIngest(t *testing.T) {
	file, sales, _ := crashFile(t)
	for _, i := range some(1, 0, 2, 3, 4) {
		dir := t.TempDir()
		book := filepath.Join(dir, "b.duckdb")
		held(t, book) // makes it
		cmd, out := greybook(t.Context(), dir, "ingest", "sales", "--book", book, file)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+120*i) * time.Millisecond)
		_ = cmd.Process.Signal(os.Interrupt)
		got := code(cmd.Wait())
		n, bad, files, items := held(t, book)
		switch {
		case got == exitInterrupted && n+bad+files+items == 0 && strings.Contains(out.String(), "greybook: interrupted"):
		case got == exitOK && n == sales: // it was faster
		default:
			t.Errorf("signal %d: exit code %d, %d sales, %d rejects, %d files, %d items\n%s", i, got, n, bad, files, items, out)
		}
	}
}

// waitingIngest starts an ingest that holds the book until stdin is closed.
func waitingIngest(t *testing.T, dir, book string) (cmd *exec.Cmd, stdin io.WriteCloser, out *bytes.Buffer) {
	t.Helper()
	held(t, book) // makes it
	cmd, out = greybook(t.Context(), dir, "ingest", "sales", "--wait", "30s", "--book", book, "-")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for range 200 {
		b, err := data.OpenReadOnly(t.Context(), book, data.Options{})
		var locked *data.LockedError
		if errors.As(err, &locked) {
			return cmd, stdin, out
		}
		if err == nil {
			b.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the book is never locked\n%s", out)
	return nil, nil, nil
}

func TestTwoIngestsAtOnce(t *testing.T) {
	dir := t.TempDir()
	book := filepath.Join(dir, "b.duckdb")
	file := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(file, []byte("sold_at,price,title\n2026-01-01,100,990v6\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, stdin, firstOut := waitingIngest(t, dir, book)
	second, out := greybook(t.Context(), dir, "ingest", "sales", "--book", book, file)
	err := second.Run()
	if code(err) != exitLocked || !strings.Contains(out.String(), fmt.Sprint("process ", first.Process.Pid)) || !strings.Contains(out.String(), "--wait") {
		t.Errorf("exit code %d, want %d and process %d\n%s", code(err), exitLocked, first.Process.Pid, out)
	}
	third, out := greybook(t.Context(), dir, "ingest", "sales", "--wait", "30s", "--book", book, file)
	if err := third.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if _, err := io.WriteString(stdin, "sold_at,price,title\n2026-01-02,100,990v6\n"); err != nil {
		t.Error(err)
	}
	stdin.Close()
	if err := first.Wait(); err != nil {
		t.Errorf("the first: %v\n%s", err, firstOut)
	}
	if err := third.Wait(); err != nil {
		t.Errorf("the one that waits: %v\n%s", err, out)
	}
	if n, _, files, _ := held(t, book); n != 2 || files != 2 {
		t.Errorf("%d sales of %d files", n, files)
	}
}

// An ingest that waits for input is interrupted by the first Ctrl-C.
func TestInterruptedWhileItWaits(t *testing.T) {
	dir := t.TempDir()
	book := filepath.Join(dir, "b.duckdb")
	cmd, _, out := waitingIngest(t, dir, book)
	time.Sleep(300 * time.Millisecond)
	_ = cmd.Process.Signal(os.Interrupt)
	timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if got := code(cmd.Wait()); got != exitInterrupted {
		t.Errorf("exit code %d\n%s", got, out)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "greybook-*")); len(left) > 0 {
		t.Errorf("copies are left: %v", left)
	}
}

// TestFullDisk lets the engine's writes fail at some size of a file, as on a full
// disk. The book opens afterwards and holds nothing of the file, or all of it.
func TestFullDisk(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	file, sales, _ := crashFile(t)
	failed := 0
	for _, kilobytes := range some(3000, 2400, 3600) {
		dir := t.TempDir()
		book := filepath.Join(dir, "b.duckdb")
		held(t, book)
		// sh counts in blocks of 512 bytes; without the trap the signal would kill.
		cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf("trap '' XFSZ; ulimit -f %d; exec greybook ingest sales --book b.duckdb '%s'", 2*kilobytes, file))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+dir, "XDG_CONFIG_HOME="+dir)
		out, err := cmd.CombinedOutput()
		n, _, files, _ := held(t, book)
		switch {
		case code(err) == exitOK && n == sales && files == 1:
		case code(err) == exitFailed && (n == 0 && files == 0 || n == sales && files == 1) && len(out) < 3000:
			failed++
		default:
			t.Errorf("%d kB: exit code %d, %d sales, %d files\n%.2000s", kilobytes, code(err), n, files, out)
		}
		cmd2, out2 := greybook(t.Context(), dir, "ingest", "sales", "--book", book, file)
		if err := cmd2.Run(); err != nil {
			t.Errorf("%d kB, with room again: %v\n%s", kilobytes, err, out2)
		}
		if n, _, _, _ := held(t, book); n != sales {
			t.Errorf("%d kB, with room again: %d sales", kilobytes, n)
		}
	}
	if failed == 0 {
		t.Error("no write ever failed: the test is about nothing")
	}
}
