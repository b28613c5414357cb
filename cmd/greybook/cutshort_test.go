package main

import (
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/data"
)

// A file that the engine had made when the making of the book was killed holds nothing.
// Reading it finishes the book, as writing does; a database of somebody else's stays one.
func TestBookCutShortIsFinishedByReading(t *testing.T) {
	dir := t.TempDir()
	b, err := data.OpenScratch(t.Context(), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	empty, foreign := filepath.Join(dir, "empty.duckdb"), filepath.Join(dir, "foreign.duckdb")
	for _, q := range []string{"ATTACH '" + empty + "' AS empty", "DETACH empty", "ATTACH '" + foreign + "' AS other", "CREATE VIEW other.v AS SELECT 1", "DETACH other"} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	b.Close()
	mustRun(t, dir, exitOK, "check", "--book", empty)
	mustRun(t, dir, exitOK, "sql", "SELECT count(*) FROM sales", "--book", empty)
	mustRun(t, dir, exitFailed, "check", "--book", foreign)
}
