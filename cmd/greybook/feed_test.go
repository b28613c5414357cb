package main

import (
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
	"github.com/amassable/greybook/reports"
)

// twoFeeds makes a folder with a feed, held, and a later one with the changes since,
// out/feed, as the README does.
func twoFeeds(t *testing.T) string {
	t.Helper()
	book, _ := sampleBook(t, sample.Options{Scale: 0.1})
	dir := t.TempDir()
	mustRun(t, dir, exitOK, "feed", "-o", "held", "--as-of", "2026-11-08", "--book", book)
	mustRun(t, dir, exitOK, "feed", "-o", "out/feed", "--as-of", "2026-11-15", "--since-manifest", "held/manifest.json", "--book", book)
	return dir
}

// scratchSession is a session of an engine without a book, which finds files in dir.
func scratchSession(t *testing.T, dir string) *data.Session {
	t.Helper()
	b, err := data.OpenScratch(t.Context(), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Exec(t.Context(), "SET file_search_path = '"+dir+"'"); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFeed makes two feeds and reads them as others do.
func TestFeed(t *testing.T) {
	dir := twoFeeds(t)
	t.Run("forms in an engine", func(t *testing.T) { feedFormsInAnEngine(t, dir) })
	t.Run("changes in an engine", func(t *testing.T) { feedChangesInAnEngine(t, dir) })
	t.Run("columns in an engine", func(t *testing.T) { feedColumnsInAnEngine(t, dir) })
	t.Run("the README's Go", func(t *testing.T) { readmeGo(t, dir) })
	t.Run("the README's SQL", func(t *testing.T) { readmeSQL(t, dir) })
}

// feedFormsInAnEngine has the engine, a reader that is none of ours, read each form that it
// can, and wants the same rows in all, value by value.
func feedFormsInAnEngine(t *testing.T, dir string) {
	s := scratchSession(t, dir)
	var types string
	if err := s.Get(t.Context(), []any{&types}, `SELECT string_agg(column_name || ': ''' || column_type || '''', ', ') FROM (DESCRIBE FROM 'out/feed/estimates.parquet')`); err != nil {
		t.Fatal(err)
	}
	csvTypes := strings.Replace(types, "reasons: 'VARCHAR[]'", "reasons: 'VARCHAR'", 1)
	const asCSV = ` SELECT * REPLACE (array_to_string(reasons, '; ') AS reasons) FROM `
	for name, pair := range map[string][2]string{
		"ndjson": {"FROM 'out/feed/estimates.parquet'", "FROM read_json('out/feed/estimates.ndjson', columns = {" + types + "})"},
		"json": {"FROM 'out/feed/estimates.parquet'", "SELECT unnest(e) FROM (SELECT unnest(estimates) AS e FROM read_json('out/feed/estimates.json', columns = {estimates: 'STRUCT(" +
			strings.ReplaceAll(strings.ReplaceAll(types, "'", ""), ":", "") + ")[]'}))"},
		"csv": {asCSV + "'out/feed/estimates.parquet'", "FROM read_csv('out/feed/estimates.csv', header = true, quote = '\"', escape = '\"', columns = {" + csvTypes + "})"},
	} {
		var rows, other, numbers, more, fewer int
		if err := s.Get(t.Context(), []any{&rows, &other, &numbers, &more, &fewer}, fmt.Sprintf(`WITH a AS (%s), b AS (%s) SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(estimate_minor) FROM b),
			(SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)), (SELECT count(*) FROM (FROM b EXCEPT ALL FROM a))`, pair[0], pair[1])); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if rows < 273 || other != rows || numbers == 0 || more+fewer > 0 {
			t.Errorf("%s: %d rows, %d in the Parquet file; %d with a number; %d of the Parquet file are not there, %d not in it", name, other, rows, numbers, more, fewer)
		}
	}
}

// feedChangesInAnEngine has the engine put the changes into the old rows, as the schema says,
// and wants the new ones.
func feedChangesInAnEngine(t *testing.T, dir string) {
	s := scratchSession(t, dir)
	var types string
	if err := s.Get(t.Context(), []any{&types}, `SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE FROM 'out/feed/estimates.parquet')`); err != nil {
		t.Fatal(err)
	}
	var changes, rows, more, fewer int
	if err := s.Get(t.Context(), []any{&changes, &rows, &more, &fewer}, fmt.Sprintf(`WITH changes AS (FROM read_json('out/feed/changes.ndjson', format = 'newline_delimited',
			columns = {change: 'VARCHAR', style_id: 'VARCHAR', size_band: 'VARCHAR', condition: 'VARCHAR', estimate: 'JSON'})),
		kept AS (SELECT o.* REPLACE (DATE '2026-11-15' AS as_of) FROM 'held/estimates.parquet' AS o ANTI JOIN changes AS c
			ON o.style_id = c.style_id AND o.size_band IS NOT DISTINCT FROM c.size_band AND o.condition = c.condition),
		-- Fields that a change has not stay; null takes one away, and a row without it has NULL there.
		changed AS (SELECT unnest(json_merge_patch(to_json(o), c.estimate)::STRUCT(%[1]s)) FROM 'held/estimates.parquet' AS o JOIN changes AS c
			ON o.style_id = c.style_id AND o.size_band IS NOT DISTINCT FROM c.size_band AND o.condition = c.condition WHERE c.change = 'changed'),
		made AS (FROM kept UNION ALL (SELECT * REPLACE (DATE '2026-11-15' AS as_of) FROM changed)
			UNION ALL SELECT unnest(estimate::STRUCT(%[1]s)) FROM changes WHERE change = 'added')
		SELECT (SELECT count(*) FROM changes), (SELECT count(*) FROM made),
			(SELECT count(*) FROM (FROM made EXCEPT ALL FROM 'out/feed/estimates.parquet')), (SELECT count(*) FROM (FROM 'out/feed/estimates.parquet' EXCEPT ALL FROM made))`, types)); err != nil {
		t.Fatal(err)
	}
	if changes == 0 || changes >= rows || more+fewer > 0 {
		t.Errorf("%d changes make %d rows, of which %d are not in the feed; %d of the feed are not made", changes, rows, more, fewer)
	}
}

// feedColumnsInAnEngine wants the engine to know types, nullability and what columns say.
func feedColumnsInAnEngine(t *testing.T, dir string) {
	s := scratchSession(t, dir)
	types := map[string]string{"utf8": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT", "float64": "DOUBLE", "date32": "DATE", "list<item: utf8>": "VARCHAR[]"}
	for _, f := range reports.FeedSchema().Fields() {
		var kind, repetition, says string
		if err := s.Get(t.Context(), []any{&kind, &repetition, &says}, `SELECT (SELECT column_type FROM (DESCRIBE FROM 'out/feed/estimates.parquet') WHERE column_name = ?),
			(SELECT first(repetition_type) FROM parquet_schema('out/feed/estimates.parquet') WHERE name = ?),
			(SELECT decode(value) FROM parquet_kv_metadata('out/feed/estimates.parquet') WHERE decode(key) = 'greybook.column.' || ?)`, f.Name, f.Name, f.Name); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		description, _ := f.Metadata.GetValue("description")
		unit, _ := f.Metadata.GetValue("unit")
		if kind != types[f.Type.String()] || (repetition == "OPTIONAL") != f.Nullable || !strings.HasPrefix(says, description) || !strings.Contains(says, unit) {
			t.Errorf("%s is %s %s, %q; want %s, null %v, %q, %q", f.Name, kind, repetition, says, f.Type, f.Nullable, description, unit)
		}
	}
	var id string
	if err := s.Get(t.Context(), []any{&id}, "SELECT decode(value) FROM parquet_kv_metadata('out/feed/estimates.parquet') WHERE decode(key) = 'greybook.schema'"); err != nil || id != "urn:greybook:estimates:1" {
		t.Errorf("the schema is %q, %v", id, err)
	}
}

// readmeBlock is the block of a language in the README's section on the feed.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Skip(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## The feed\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, block, _ := strings.Cut(section, "\n```"+language+"\n")
	block, _, found := strings.Cut(block, "\n```\n")
	if !found {
		t.Fatalf("the README's section on the feed has no %s block", language)
	}
	return block + "\n"
}

// readmeGo runs the README's program as a catalog would: on a feed, on the next one, on one
// that was cut short.
func readmeGo(t *testing.T, dir string) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	program := readmeBlock(t, "go")
	formatted, err := format.Source([]byte(program))
	if err != nil || string(formatted) != program {
		t.Errorf("the README's program is not as gofmt writes it (%v)", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "catalog.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "catalog")
	if out, err := exec.Command("go", "build", "-o", binary, filepath.Join(dir, "catalog.go")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(feeds ...string) (string, error) {
		cmd := exec.Command(binary, feeds...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	s := scratchSession(t, dir)
	line := func(feed, how, day string) string {
		var amount string
		if err := s.Get(t.Context(), []any{&amount}, `SELECT printf('%d.%02d %s, grade %s', estimate_minor // 100, estimate_minor % 100, currency, grade) FROM read_parquet('`+feed+`/estimates.parquet')
			WHERE style_id = 'M990GL6' AND size_band IS NULL AND condition = 'new'`); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s: read %s of %s; M990GL6, new: %s\n", feed, how, day, amount)
	}
	out, err := run("held", "out/feed", "out/feed")
	want := line("held", "all rows", "2026-11-08") + line("out/feed", "the changes", "2026-11-15") + line("out/feed", "nothing new", "2026-11-15")
	if err != nil || out != want {
		t.Errorf("%v\n%swant\n%s", err, out, want)
	}
	if out, err := run("out/feed"); err != nil || out != line("out/feed", "all rows", "2026-11-15") {
		t.Errorf("without the feed before: %v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(dir, "cut"), os.DirFS(filepath.Join(dir, "held")+"/")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "cut", "estimates.ndjson"), 1000); err != nil {
		t.Fatal(err)
	}
	if out, err := run("cut"); err == nil || !strings.Contains(out, "is not what the manifest says") {
		t.Errorf("a feed cut short: %v\n%s", err, out)
	}
}

// readmeSQL runs each of the README's queries in an engine without the book.
func readmeSQL(t *testing.T, dir string) {
	s := scratchSession(t, dir)
	queries := strings.Split(strings.TrimSuffix(readmeBlock(t, "sql"), ";\n"), ";\n")
	for _, q := range queries {
		var n int
		if err := s.Get(t.Context(), []any{&n}, "SELECT count(*) FROM (\n"+q+"\n)"); err != nil || n < 10 {
			t.Errorf("%d rows, %v:\n%s", n, err, q)
		}
	}
	if len(queries) != 3 {
		t.Errorf("%d queries", len(queries))
	}
}
