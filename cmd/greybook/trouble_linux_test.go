package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// A book that has little memory takes the file or says clearly that it can't; either
// way it is whole, and takes the file when there is more.
func TestLittleMemory(t *testing.T) {
	file, sales, _ := crashFile(t)
	for _, limit := range some("24MB", "12MB", "48MB", "96MB") {
		dir := t.TempDir()
		book := filepath.Join(dir, "b.duckdb")
		held(t, book)
		cmd, out := greybook(t.Context(), dir, "ingest", "sales", "--book", book, file)
		cmd.Env = append(cmd.Env, "GREYBOOK_MEMORY_LIMIT="+limit)
		got := code(cmd.Run())
		n, bad, files, _ := held(t, book)
		switch {
		case got == exitOK && n == sales && files == 1:
		case got == exitFailed && n+bad+files == 0 && strings.Contains(out.String(), "memory_limit") && !strings.Contains(out.String(), "SET "):
		default:
			t.Errorf("%s: exit code %d, %d sales of %d files\n%.2000s", limit, got, n, files, out)
		}
		t.Logf("%s: exit code %d", limit, got)
		mustRun(t, dir, exitOK, "ingest", "sales", "--book", book, file)
		mustRun(t, dir, exitOK, "check", "--book", book)
	}
}

// The same where the system gives no more: an error, and the book is whole.
func TestNoMemoryOfTheSystem(t *testing.T) {
	onlyInASoak(t)
	file, sales, _ := crashFile(t)
	dir := t.TempDir()
	book := filepath.Join(dir, "b.duckdb")
	held(t, book)
	for _, kilobytes := range []int{1_200_000, 1_600_000, 2_000_000, 2_400_000} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", fmt.Sprintf("ulimit -v %d && exec greybook ingest sales --book b.duckdb '%s'", kilobytes, file))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+dir, "XDG_CONFIG_HOME="+dir)
		out, err := cmd.CombinedOutput()
		n, _, _, _ := held(t, book)
		if got := code(err); n != 0 && n != sales || got == exitOK && n != sales {
			t.Errorf("%d kB: exit code %d, %d sales\n%.2000s", kilobytes, got, n, out)
		}
		t.Logf("%d kB: exit code %d, %d sales", kilobytes, code(err), n)
	}
	mustRun(t, dir, exitOK, "ingest", "sales", "--book", book, file)
	mustRun(t, dir, exitOK, "check", "--book", book)
}

// TestFullFileSystem fills a file system of few megabytes, which takes a mount: the
// superuser's business.
func TestFullFileSystem(t *testing.T) {
	onlyInASoak(t)
	file, sales, _ := crashFile(t)
	failed := 0
	for _, size := range []string{"3m", "5m", "7m", "9m"} {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Skipf("no file system can be mounted: %v", err)
		}
		unmount := func() { _ = syscall.Unmount(dir, 0) }
		t.Cleanup(unmount)
		book := filepath.Join(dir, "b.duckdb")
		held(t, book)
		tmp := t.TempDir()
		cmd, out := greybook(t.Context(), tmp, "ingest", "sales", "--book", book, file)
		got := code(cmd.Run())
		n, _, files, _ := held(t, book)
		switch {
		case got == exitOK && n == sales && files == 1:
		case got == exitFailed && (n == 0 && files == 0 || n == sales && files == 1) && out.Len() < 3000:
			failed++
		default:
			t.Errorf("%s: exit code %d, %d sales of %d files\n%.2000s", size, got, n, files, out)
		}
		t.Logf("%s: exit code %d, %d sales: %.200s", size, got, n, out)
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=200m"); err != nil {
			t.Fatal(err)
		}
		mustRun(t, tmp, exitOK, "ingest", "sales", "--book", book, file)
		mustRun(t, tmp, exitOK, "check", "--book", book)
		if n, _, _, _ := held(t, book); n != sales {
			t.Errorf("%s, with room again: %d sales", size, n)
		}
		unmount()
	}
	if failed == 0 {
		t.Error("no write ever failed: the test is about nothing")
	}
}

// TestFileThatMoves changes a file at random moments while it is ingested. What comes
// into the book is all of the file as the ledger's hash has it, or nothing.
func TestFileThatMoves(t *testing.T) {
	file, sales, _ := crashFile(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	row := "2025-01-01,100,M990GL6,,9,StockX\n"
	changes := map[string]func(path string) error{
		"grows": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString(row)
			return errors.Join(err, f.Close())
		},
		"shrinks":  func(path string) error { return os.Truncate(path, 1_000_000) },
		"vanishes": os.Remove,
		"is replaced": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", append([]byte(string(text)), row...), 0o600), os.Rename(path+".new", path))
		},
	}
	count := map[string]int{}
	for what, change := range changes {
		if soak := len(some(0, 1)) > 1; !soak && len(count) > 0 {
			break // a few will do: the order of a map is any
		}
		for range len(some(1, 2)) {
			dir := t.TempDir()
			book, path := filepath.Join(dir, "b.duckdb"), filepath.Join(dir, "a.csv")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			held(t, book)
			cmd, out := greybook(t.Context(), dir, "ingest", "sales", "--book", book, path)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(100+rand.IntN(500)) * time.Millisecond)
			if err := change(path); err != nil {
				t.Fatal(err)
			}
			got := code(cmd.Wait())
			n, _, files, _ := held(t, book)
			sum := sumOf(t, book)
			changed, _ := os.ReadFile(path)
			switch {
			case got == exitFailed && n == 0 && files == 0 && strings.Contains(out.String(), "a.csv"):
			case got == exitOK && files == 1 && (n == sales && sum == hashOf(text) || n == sales+1 && sum == hashOf(changed)):
			case got == exitOK && files == 1 && what == "shrinks" && sum == hashOf(changed) && n < sales:
			default:
				t.Errorf("%s: exit code %d, %d sales, hash %s\n%s", what, got, n, sum, out)
			}
			count[fmt.Sprintf("%s: exit code %d, %t", what, got, n > 0)]++
			mustRun(t, dir, exitOK, "check", "--book", book)
		}
	}
	t.Log(count)
}

func hashOf(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// sumOf is the hash of the one file that a book has, "" where it has none.
func sumOf(t *testing.T, book string) (sum string) {
	t.Helper()
	b, err := data.Open(context.Background(), book, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Get(t.Context(), []any{&sum}, "SELECT coalesce(max(sha256), '') FROM run_files"); err != nil {
		t.Fatal(err)
	}
	return sum
}
