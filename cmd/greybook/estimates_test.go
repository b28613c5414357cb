package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

// The table estimates is the feed as of the same day: the same columns of the same types in
// the same order, and the same rows.
func TestEstimatesAreTheFeed(t *testing.T) {
	book, _ := sampleBook(t, sample.Options{Scale: 0.1})
	dir := t.TempDir()
	mustRun(t, dir, exitOK, "analyze", "premiums", "--publish", "--as-of", "2026-10-31", "--book", book)
	mustRun(t, dir, exitOK, "analyze", "premiums", "--publish", "--as-of", "2026-11-15", "--book", book)
	mustRun(t, dir, exitOK, "feed", "-o", "feed", "--as-of", "2026-11-15", "--book", book)
	mustRun(t, dir, exitOK, "check", "--book", book)
	b, err := data.OpenReadOnly(t.Context(), book, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s := testSession(t, b)
	defer s.Close()
	feed := fmt.Sprintf("read_parquet('%s')", filepath.Join(dir, "feed", "estimates.parquet"))
	var table, file string
	for query, to := range map[string]*string{"estimates": &table, feed: &file} {
		// A column of a file may be null as far as the engine knows.
		if err := s.Get(t.Context(), []any{to}, "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM "+query+")"); err != nil {
			t.Fatal(err)
		}
	}
	if table != file {
		t.Errorf("the table has\n%s\nthe feed\n%s", table, file)
	}
	var rows, numbers, more, fewer int
	if err := s.Get(t.Context(), []any{&rows, &numbers, &more, &fewer}, fmt.Sprintf(`SELECT count(*), count(estimate_minor),
		(SELECT count(*) FROM (SELECT * FROM estimates EXCEPT ALL SELECT * FROM %[1]s)), (SELECT count(*) FROM (SELECT * FROM %[1]s EXCEPT ALL SELECT * FROM estimates))
		FROM estimates`, feed)); err != nil {
		t.Fatal(err)
	}
	if rows < 273 || numbers == 0 || numbers == rows || more != 0 || fewer != 0 {
		t.Errorf("%d rows, %d with a number; %d are not in the feed, %d of the feed not in the table", rows, numbers, more, fewer)
	}
}

// What is published of a day, printed or fed, is the same bytes when later sales have come.
func TestEstimatesOfAPastDayStay(t *testing.T) {
	var early, late strings.Builder
	for i, code := range []string{"M990GL6", "M990AB6", "M993GL", "MR993GL"} {
		for n := range 120 {
			to := &early
			if n >= 90 {
				to = &late
			}
			fmt.Fprintf(to, "2026-%02d-%02d,%s,%d,new,%d,%s\n", 1+n/15, 1+n%15*2, code, 8+n%4, 180+10*i+n*7%50, []string{"GOAT", "StockX"}[n%2])
		}
	}
	dir := t.TempDir()
	const header = "sold_at,style_code,size,condition,price,marketplace\n"
	for name, text := range map[string]string{"early.csv": early.String(), "late.csv": late.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(header+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// The sales of July and August are late: the early ones end in June.
	outputs := func(book string) map[string][]byte {
		t.Helper()
		got := map[string][]byte{"premiums": []byte(mustRun(t, dir, exitOK, "analyze", "premiums", "--as-of", "2026-06-30", "--format", "csv", "--book", book))}
		mustRun(t, dir, exitOK, "feed", "-o", "feed", "--as-of", "2026-06-30", "--book", book)
		files, err := filepath.Glob(filepath.Join(dir, "feed", "*"))
		if err != nil || len(files) != 7 {
			t.Fatalf("the feed is %v (%v)", files, err)
		}
		for _, file := range files {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got[filepath.Base(file)] = body
		}
		return got
	}
	same := func(why string, got, want map[string][]byte) {
		t.Helper()
		for name, body := range got {
			if !bytes.Equal(body, want[name]) {
				t.Errorf("%s changed with %s:\n%.2000s\nwas\n%.2000s", name, why, body, want[name])
			}
		}
	}
	mustRun(t, dir, exitOK, "ingest", "sales", "early.csv", "--book", "a.duckdb")
	before := outputs("a.duckdb")
	if !bytes.Contains(before["premiums"], []byte(",own,")) {
		t.Errorf("no estimate rests on its own sales:\n%s", before["premiums"])
	}
	mustRun(t, dir, exitOK, "analyze", "premiums", "--publish", "--as-of", "2026-06-30", "--book", "a.duckdb")
	mustRun(t, dir, exitOK, "ingest", "sales", "late.csv", "--book", "a.duckdb")
	same("sales that came later", outputs("a.duckdb"), before)
	if out := mustRun(t, dir, exitOK, "analyze", "premiums", "--publish", "--as-of", "2026-06-30", "--book", "a.duckdb"); !strings.Contains(out, "published already, and nothing changed") {
		t.Errorf("published again: %s", out)
	}

	// Another book, made in the other order, has the same feed but for the book's id.
	mustRun(t, dir, exitOK, "ingest", "sales", "late.csv", "--book", "b.duckdb")
	mustRun(t, dir, exitOK, "ingest", "sales", "early.csv", "--book", "b.duckdb")
	other := outputs("b.duckdb")
	for _, files := range []map[string][]byte{before, other} {
		if !bookID.Match(files["manifest.json"]) {
			t.Errorf("the manifest has no id of the book: %s", files["manifest.json"])
		}
		files["manifest.json"] = bookID.ReplaceAll(files["manifest.json"], nil)
	}
	same("the order of the ingests", other, before)
}
