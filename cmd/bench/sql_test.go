package main

import (
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/data"
)

// TestRowFiles has the engine write 5,000 rows in each format, and counts them.
func TestRowFiles(t *testing.T) {
	b, err := data.OpenScratch(t.Context(), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, r := range rowFiles {
		path := filepath.Join(t.TempDir(), "rows."+r.format)
		r.query = "SELECT range AS i, 'a' AS b FROM range(5000)"
		if err := r.write(t.Context(), s, path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := rowsOf(path, r.format); n != 5000 || err != nil {
			t.Errorf("%s: %d rows, %v", name, n, err)
		}
	}
}
