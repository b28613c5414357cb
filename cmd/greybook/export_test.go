package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// exportedBook makes a book of the sample, in won and dollars, with refused rows and
// published estimates, and an export of it. It returns their folder.
func exportedBook(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"sample", "--scale", "0.1"},
		{"ingest", "fx", "out/sample/synthetic-fx.csv"},
		{"ingest", "sales", "out/sample/synthetic-goat.csv", "out/sample/synthetic-stockx-seller-report.csv", "out/sample/synthetic-kream.csv"},
		{"analyze", "premiums", "--publish", "--as-of", "2026-11-15"},
		{"analyze", "index", "--publish", "--as-of", "2026-11-15"},
		{"analyze", "claims", "--publish", "--as-of", "2026-11-15"},
		{"export", "out/export"},
	} {
		mustRun(t, dir, exitOK, append(args, "--book", "b.duckdb")...)
	}
	return dir
}

// TestExport makes one book and export, and looks at it in several ways.
func TestExport(t *testing.T) {
	dir := exportedBook(t)
	t.Run("in an engine", func(t *testing.T) { exportInAnEngine(t, dir) })
	t.Run("by Arrow", func(t *testing.T) { exportByArrow(t, dir) })
	t.Run("same bytes", func(t *testing.T) { exportSameBytes(t, dir) })
	t.Run("that fails", func(t *testing.T) { exportThatFails(t, dir) })
}

// tableSums sums up tables in one session: rows and a hash of their values and types.
func tableSums(t *testing.T, b *data.Book, before string, tables []string) map[string]string {
	t.Helper()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if before != "" {
		if err := s.Exec(t.Context(), before); err != nil {
			t.Fatal(err)
		}
	}
	sums := map[string]string{}
	for _, name := range tables {
		var n int64
		var hash, types string
		columns := "*"
		if name == "store.sale" {
			columns = "* EXCLUDE (source_retail)" // which an export lacks
			if before != "" {
				columns = "*"
			}
		}
		from := "(SELECT " + columns + " FROM " + name + ")"
		if err := s.Get(t.Context(), []any{&types}, "SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT "+columns+" FROM "+name+")"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Get(t.Context(), []any{&n, &hash}, "SELECT count(*), coalesce(sum(hash(q)::HUGEINT), 0)::VARCHAR FROM "+from+" q"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sums[name] = fmt.Sprintf("%d rows, %s, %s", n, hash, types)
	}
	return sums
}

// exportInAnEngine loads an export by its own load.sql into an engine without the
// book, and wants of every table and of every model the rows and types of the book.
func exportInAnEngine(t *testing.T, dir string) {
	t.Helper()
	tables := strings.Fields(`sales store.sale styles retail_prices grey_days aliases fx_rates store.flag
		estimates market_index claim_verdicts runs run_files store.item store.variant`)
	models, err := analysis.Models()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		tables = append(tables, m.Name)
		if text, err := os.ReadFile(filepath.Join(dir, "out/export/models", m.Name+".sql")); err != nil || !strings.Contains(string(text), m.Query) {
			t.Errorf("the model %s is not in the export: %v", m.Name, err)
		}
	}
	book, err := data.OpenReadOnly(t.Context(), filepath.Join(dir, "b.duckdb"), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	scratch, err := data.OpenScratch(t.Context(), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	load, err := os.ReadFile(filepath.Join(dir, "out/export/load.sql"))
	if err != nil {
		t.Fatal(err)
	}
	before := "SET file_search_path = '" + filepath.Join(dir, "out/export") + "';\n" + string(load)
	want, got := tableSums(t, book, "", tables), tableSums(t, scratch, before, tables)
	for _, name := range tables {
		if strings.HasPrefix(want[name], "0 rows") {
			t.Errorf("%s has no rows in the book: the test is about nothing", name)
		}
		if got[name] != want[name] {
			t.Errorf("%s: the export has\n%s\nthe book\n%s", name, got[name], want[name])
		}
	}
}

// yearSum is what a book or an export says of a year.
type yearSum struct {
	n          int64
	price, usd string
}

// exportByArrow reads the sales back with Arrow's own reader: rows and exact sums of
// each year are those of the book, times are UTC, and comments stand in the metadata.
func exportByArrow(t *testing.T, dir string) {
	t.Helper()
	b, err := data.OpenReadOnly(t.Context(), filepath.Join(dir, "b.duckdb"), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, err := filepath.Glob(filepath.Join(dir, "out/export/sales/year=*/*.parquet"))
	if err != nil || len(files) < 3 { // the sample is of three years and a bit
		t.Fatalf("%d files of sales: %v", len(files), err)
	}
	readme, err := os.ReadFile(filepath.Join(dir, "out/export/README.md"))
	if err != nil || !strings.Contains(string(readme), "**SYNTHETIC: ") {
		t.Errorf("the README does not say that the sales are made up: %v", err)
	}
	var total int64
	for _, path := range files {
		year := strings.TrimPrefix(filepath.Base(filepath.Dir(path)), "year=")
		var want yearSum
		err := s.Get(t.Context(), []any{&want.n, &want.price, &want.usd}, "SELECT count(*), sum(sale_price)::VARCHAR, sum(sale_price_usd)::VARCHAR FROM sales WHERE year(sold_on) = ?::INTEGER", year)
		if err != nil {
			t.Fatal(err)
		}
		if got := arrowSum(t, path); got != want {
			t.Errorf("%s: Arrow reads %v, the book has %v", year, got, want)
		}
		if row := fmt.Sprintf("| %s | %d | %s | %s |", year, want.n, want.price, want.usd); !strings.Contains(string(readme), row) {
			t.Errorf("the README has no line %s", row)
		}
		total += want.n
	}
	var n int64
	if err := s.Get(t.Context(), []any{&n}, "SELECT count(*) FROM sales"); err != nil || n != total || n == 0 {
		t.Errorf("%d sales in the files, %d in the book: %v", total, n, err)
	}
}

func arrowSum(t *testing.T, path string) (sum yearSum) {
	t.Helper()
	pf, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer pf.Close()
	meta := pf.MetaData().KeyValueMetadata()
	for key, want := range map[string]string{"greybook.table": "sales", "greybook.column.sold_at": "Time of sale, UTC."} {
		if got := meta.FindValue(key); got == nil || *got != want {
			t.Errorf("%s: %s is %v, want %q", path, key, got, want)
		}
	}
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: 1 << 16}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := fr.Schema()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int {
		i := schema.FieldIndices(name)
		if len(i) != 1 {
			t.Fatalf("%d columns %s", len(i), name)
		}
		return i[0]
	}
	if typ, ok := schema.Field(at("sold_at")).Type.(*arrow.TimestampType); !ok || typ.TimeZone != "UTC" {
		t.Errorf("sold_at is %s", schema.Field(at("sold_at")).Type)
	}
	rr, err := fr.GetRecordReader(t.Context(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	var price, usd decimal128.Num
	last := ""
	for rr.Next() {
		rec := rr.RecordBatch()
		sum.n += rec.NumRows()
		days, keys := rec.Column(at("sold_on")).(*array.Date32), rec.Column(at("sale_key")).(*array.String)
		for i := range int(rec.NumRows()) {
			price = price.Add(rec.Column(at("sale_price")).(*array.Decimal128).Value(i))
			if c := rec.Column(at("sale_price_usd")).(*array.Decimal128); c.IsValid(i) {
				usd = usd.Add(c.Value(i))
			}
			now := days.Value(i).FormattedString() + keys.Value(i)
			if now <= last {
				t.Fatalf("%s: %s comes after %s", path, now, last)
			}
			last = now
		}
	}
	if err := rr.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	sum.price, sum.usd = price.ToString(2), usd.ToString(2)
	return sum
}

// The name of a generation has the hash of its files: the same book gives the same bytes,
// on one thread, on more, and in little memory.
func exportSameBytes(t *testing.T, dir string) {
	t.Helper()
	link, err := os.Readlink(filepath.Join(dir, "out/export"))
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(link, ".export-")
	for i, setting := range []string{"GREYBOOK_THREADS=1", "GREYBOOK_THREADS=4", "GREYBOOK_MEMORY_LIMIT=200MB"} {
		cmd, out := greybook(t.Context(), dir, "export", "--book", "b.duckdb", fmt.Sprint("again", i))
		cmd.Env = append(cmd.Env, setting)
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", setting, err, out)
		}
		link, err := os.Readlink(filepath.Join(dir, fmt.Sprint("again", i)))
		if _, got, _ := strings.Cut(link, ".export-"); err != nil || got != want {
			t.Errorf("%s: %s, want %s: %v", setting, got, want, err)
		}
	}
}

// What can't be written is one clear error, and leaves the last export and nothing else.
func exportThatFails(t *testing.T, dir string) {
	t.Helper()
	before := exportTree(t, dir, "out/export")
	limited := func(book, to string) (string, error) {
		// sh counts in blocks of 512 bytes; without the trap the signal would kill.
		cmd, out := greybook(t.Context(), dir, "export", "--book", book, to)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `trap '' XFSZ; ulimit -f 60; exec greybook "$@"`, "sh", "export", "--book", book, to}
		err := cmd.Run()
		return out.String(), err
	}
	out, err := limited("b.duckdb", "out/export")
	if code(err) != exitFailed || !strings.Contains(out, "sales.parquet") || strings.Contains(out, ".tmp-") || strings.Count(out, "\n") != 1 {
		t.Errorf("a disk that is full: exit code %d\n%s", code(err), out)
	}
	if after := exportTree(t, dir, "out/export"); after != before {
		t.Errorf("a disk that is full leaves\n%s\nit was\n%s", after, before)
	}
	if err := os.Mkdir(filepath.Join(dir, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine/thesis.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	mustRun(t, dir, exitOK, "feed", "--book", "b.duckdb", "-o", "out/feed", "--as-of", "2026-11-15")
	for to, want := range map[string]string{
		"mine": "is a folder with other things in it, not an export", "b.duckdb": "is a file",
		"out/feed": "not an export of greybook's", "b.duckdb/x": "not a directory",
	} {
		if out := mustRun(t, dir, exitFailed, "export", "--book", "b.duckdb", to); !strings.Contains(out, want) {
			t.Errorf("%s: %s, want %q", to, out, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "mine/thesis.txt")); err != nil || string(text) != "mine" {
		t.Errorf("the file in the way: %q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "out/.*.tmp-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// A book without a sale is an export that loads, with tables that have no rows.
func TestExportOfAnEmptyBook(t *testing.T) {
	dir := t.TempDir()
	held(t, filepath.Join(dir, "b.duckdb")) // makes it
	mustRun(t, dir, exitOK, "export", "--book", "b.duckdb", "x")
	b, err := data.OpenScratch(t.Context(), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	load, err := os.ReadFile(filepath.Join(dir, "x/load.sql"))
	if err != nil {
		t.Fatal(err)
	}
	got := tableSums(t, b, "SET file_search_path = '"+filepath.Join(dir, "x")+"';\n"+string(load), []string{"sales", "observations", "multiples_weekly"})
	for name, sum := range got {
		if !strings.HasPrefix(sum, "0 rows") {
			t.Errorf("%s: %s", name, sum)
		}
	}
}

// exportTree lists a published folder: the link, its generations and what else is theirs,
// and the files that the link leads to with their content's hash.
func exportTree(t *testing.T, dir, name string) string {
	t.Helper()
	link := filepath.Join(dir, name)
	target, _ := os.Readlink(link)
	lines := []string{"link " + target}
	at, err := filepath.EvalSymlinks(link)
	if err != nil {
		return "none"
	}
	err = filepath.Walk(at, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		lines = append(lines, strings.TrimPrefix(path, at)+fmt.Sprintf(" %x", sha256.Sum256(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines[1:])
	return strings.Join(lines, "\n")
}
