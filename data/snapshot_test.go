package data

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A copy holds what the book held, and neither the book nor its lock is touched.
func TestSnapshot(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "b.duckdb")
	b, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := b.Meta(ctx, "book_id")
	if err != nil || want == "" {
		t.Fatal(want, err)
	}
	b.Close()
	before, err := StampOf(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for range 2 { // the second replaces the first
		copied, of, err := Snapshot(ctx, path, dir, 0)
		if err != nil || copied != filepath.Join(dir, "b.duckdb") || of != before {
			t.Fatal(copied, of, err)
		}
		c, err := OpenReadOnly(ctx, copied, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Meta(ctx, "book_id")
		// While the copy is open, the book can be written.
		w, werr := Open(ctx, path, Options{})
		if werr != nil {
			t.Fatal(werr)
		}
		w.Close()
		c.Close()
		if got != want || err != nil {
			t.Errorf("the copy has the id %q, want %q: %v", got, want, err)
		}
		if before, err = StampOf(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSnapshotRefusals(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	var none *NoBookError
	if _, _, err := Snapshot(ctx, filepath.Join(dir, "none.duckdb"), dir, 0); !errors.As(err, &none) {
		t.Errorf("no book: %v", err)
	}
	if _, err := StampOf(filepath.Join(dir, "none.duckdb")); !errors.As(err, &none) {
		t.Errorf("no book: %v", err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("not a book at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	var not *NotABookError
	if _, _, err := Snapshot(ctx, text, t.TempDir(), 0); !errors.As(err, &not) {
		t.Errorf("a text: %v", err)
	}
	path := filepath.Join(dir, "b.duckdb")
	b, err := Open(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	over, cancel := context.WithCancel(ctx)
	cancel()
	out := t.TempDir()
	if _, _, err := Snapshot(over, path, out, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("a copy that failed is left: %v", left)
	}
}

// Copies made while the book's file is changed again and again are each of one state:
// here a file of pages that all have the same number.
func TestSnapshotOfAMovingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	content := func(n byte) []byte {
		b := make([]byte, 8<<20)
		for i := range b {
			b[i] = n
		}
		copy(b[8:], "DUCK")
		return b
	}
	write := func(n byte) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Error(err)
			return
		}
		f.Write(content(n))
		f.Close()
	}
	write(0)
	stop := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := byte(1); ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(n%90) * time.Millisecond):
				write(n)
			}
		}
	})
	dir := t.TempDir()
	made, refused := 0, 0
	for range 40 {
		copied, _, err := Snapshot(t.Context(), path, dir, 0)
		var locked *LockedError
		if errors.As(err, &locked) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		made++
		b, err := os.ReadFile(copied)
		if err != nil {
			t.Fatal(err)
		}
		for i := 12; i < len(b); i += 512 {
			if b[i] != b[12] {
				t.Fatalf("a copy of two states: %d and %d", b[12], b[i])
			}
		}
	}
	close(stop)
	writing.Wait()
	t.Logf("%d copies, %d refused because the file moved", made, refused)
	if made == 0 {
		t.Error("no copy was made")
	}
}
