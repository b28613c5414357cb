package ingest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
)

// rowsOf takes a generated file apart again.
func rowsOf(t testing.TB, header string, rows []string) (names []string, fields [][]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text("\n", header, rows))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// writer writes the same rows into a file of some form.
type writer func(t testing.TB, path string, names []string, rows [][]string)

func separated(comma rune, enc encoding.Encoding) writer {
	return func(t testing.TB, path string, names []string, rows [][]string) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = comma
		if err := w.WriteAll(append([][]string{names}, rows...)); err != nil {
			t.Fatal(err)
		}
		out := b.Bytes()
		if enc != nil {
			var err error
			if out, err = enc.NewEncoder().Bytes(out); err != nil {
				t.Fatal(err)
			}
		}
		write(t, path, out)
	}
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func object(names, row []string) string {
	var pairs []string
	for i, n := range names {
		k, _ := json.Marshal(n)
		v, _ := json.Marshal(row[i])
		if row[i] == "" {
			v = []byte("null")
		}
		pairs = append(pairs, fmt.Sprintf("%s: %s", k, v))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

func jsonLines(t testing.TB, path string, names []string, rows [][]string) {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(object(names, r) + "\n")
	}
	write(t, path, []byte(b.String()))
}

func jsonArray(t testing.TB, path string, names []string, rows [][]string) {
	var all []string
	for _, r := range rows {
		all = append(all, object(names, r))
	}
	write(t, path, []byte("[\n"+strings.Join(all, ",\n")+"\n]\n"))
}

// packed writes as w does, then packs the file.
func packed(w writer, how string) writer {
	return func(t testing.TB, path string, names []string, rows [][]string) {
		w(t, path, names, rows)
		plain, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if how == "gzip" {
			z := gzip.NewWriter(&b)
			z.Write(plain)
			z.Close()
		} else {
			z, err := zstd.NewWriter(&b)
			if err != nil {
				t.Fatal(err)
			}
			z.Write(plain)
			z.Close()
		}
		write(t, path, b.Bytes())
	}
}

func workbook(t testing.TB, path string, names []string, rows [][]string) {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range append([][]string{names}, rows...) {
		for k, v := range row {
			cell, _ := excelize.CoordinatesToCellName(k+1, i+1)
			if v == "" {
				continue
			}
			if err := f.SetCellStr("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// arrowFile writes texts, the empty ones as NULL, in batches of a hundred.
func arrowFile(stream bool) writer {
	return func(t testing.TB, path string, names []string, rows [][]string) {
		var fields []arrow.Field
		for _, n := range names {
			fields = append(fields, arrow.Field{Name: n, Type: arrow.BinaryTypes.String, Nullable: true})
		}
		schema := arrow.NewSchema(fields, nil)
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		var w interface {
			Write(arrow.RecordBatch) error
			Close() error
		}
		if w, err = ipc.NewFileWriter(out, ipc.WithSchema(schema)); stream {
			w = ipc.NewWriter(out, ipc.WithSchema(schema))
		}
		if err != nil {
			t.Fatal(err)
		}
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		for i, r := range rows {
			for k, v := range r {
				if v == "" {
					b.Field(k).AppendNull()
				} else {
					b.Field(k).(*array.StringBuilder).Append(v)
				}
			}
			if i%100 == 99 || i == len(rows)-1 {
				batch := b.NewRecordBatch()
				if err := w.Write(batch); err != nil {
					t.Fatal(err)
				}
				batch.Release()
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// parquet goes through the engine, from lines of JSON.
func parquet(t testing.TB, path string, names []string, rows [][]string) {
	newJob(t).parquet(t, path, names, rows)
}

func (j *Job) parquet(t testing.TB, path string, names []string, rows [][]string) {
	lines := path + ".ndjson"
	jsonLines(t, lines, names, rows)
	defer os.Remove(lines)
	var cols []string
	for _, n := range names {
		cols = append(cols, quoteText(n)+": 'VARCHAR'")
	}
	j.exec(t, fmt.Sprintf("COPY (SELECT * FROM read_json(%s, format = 'newline_delimited', columns = {%s})) TO %s (FORMAT parquet, ROW_GROUP_SIZE 2048)",
		quoteText(lines), strings.Join(cols, ", "), quoteText(path)))
}

func (j *Job) exec(t testing.TB, query string) {
	t.Helper()
	s, err := j.Book.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

var forms = []struct {
	name   string
	format string
	enc    string
	write  writer
	engine bool
}{
	{"a.csv", "csv", "utf-8", separated(',', nil), true},
	{"a.tsv", "csv", "utf-8", separated('\t', nil), true},
	{"semicolons.csv", "csv", "utf-8", separated(';', nil), true},
	{"bars.txt", "csv", "utf-8", separated('|', nil), true},
	{"utf16le.csv", "csv", "utf-16le", separated(',', unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), false},
	{"utf16be.csv", "csv", "utf-16be", separated(',', unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), false},
	{"a.csv.gz", "csv", "utf-8", packed(separated(',', nil), "gzip"), true},
	{"a.csv.zst", "csv", "utf-8", packed(separated(',', nil), "zstd"), true},
	{"a.ndjson", "ndjson", "utf-8", jsonLines, true},
	{"a.ndjson.gz", "ndjson", "utf-8", packed(jsonLines, "gzip"), true},
	{"a.json", "json", "utf-8", jsonArray, false},
	{"a.parquet", "parquet", "", parquet, true},
	{"a.parquet.zst", "parquet", "", packed(parquet, "zstd"), true},
	{"a.arrow", "arrow", "", arrowFile(false), false},
	{"stream.arrows", "arrow", "", arrowFile(true), false},
	{"a.xlsx", "xlsx", "", workbook, false},
}

// The same rows are the same sales, in whatever form they come, by the engine's
// reader and by this package's: each form into a book of its own gives what CSV
// gives, and into one book, after CSV, nothing new.
func TestFormsGiveTheSameSales(t *testing.T) {
	for _, ids := range []bool{true, false} {
		header, rows := generated(7, 600, ids)
		names, fields := rowsOf(t, header, rows)
		first := newJob(t)
		dir := t.TempDir()
		separated(',', nil)(t, filepath.Join(dir, "first.csv"), names, fields)
		want := first.mustRead(t, filepath.Join(dir, "first.csv"))
		for _, f := range forms {
			path := filepath.Join(dir, f.name)
			f.write(t, path, names, fields)
			for _, from := range []int64{1, never} {
				j := newJob(t)
				j.EngineFrom = from
				got := j.mustRead(t, path)
				what := fmt.Sprintf("%s, ids %t, from %d", f.name, ids, from)
				if got.Format != f.format || got.Encoding != f.enc || (got.Reader == "engine") != (f.engine && from == 1) {
					t.Errorf("%s: read as %s, %s by %s", what, got.Format, got.Encoding, got.Reader)
				}
				wantCounts(t, what, got, counts(want))
				sameBook(t, what, first, j, onlySales, "SELECT reason, value, count(*) AS n FROM rejects WHERE run_id = 1 GROUP BY ALL ORDER BY ALL")
			}
			again := first.mustRead(t, path)
			wantCounts(t, f.name+" after CSV", again, fmt.Sprint(want.Read, 0, want.Added+want.Known, want.Rejected))
		}
	}
}

// A file in Windows-1252 is told from UTF-8 with faults by having no letter of UTF-8
// at all; a pinned encoding is not questioned.
func TestLatinText(t *testing.T) {
	const rows = "sold_at,price,title\n2026-01-01,100,990v6 caf\xe9 \x80 \x93q\x94\n"
	j := newJob(t)
	r := j.mustRead(t, put(t, "a.csv", rows))
	if r.Encoding != "windows-1252" || counts(r) != "1 1 0 0" {
		t.Errorf("%s: %s", r.Encoding, counts(r))
	}
	if got := j.table(t, "SELECT title FROM sales"); got[0] != `{"title":"990v6 café € “q”"}` { // the code page's table of 80 to 9F
		t.Error(got)
	}
	for what, c := range map[string]struct{ text, pin, want string }{
		"UTF-8 elsewhere":  {rows + "2026-01-01,100,é\n", "", "utf-8 2 1 0 1"},
		"81 means nothing": {rows + "2026-01-01,100,\x81\n", "", "utf-8 2 0 0 2"},
		"pinned UTF-8":     {rows, "utf-8", "utf-8 1 0 0 1"},
		"pinned Latin":     {rows + "2026-01-01,100,é\n", "latin1", "windows-1252 2 2 0 0"},
		"pinned Korean":    {"sold_at,price,title\n2026-01-01,100,\xb4\xba\xb9\xdf\xb6\xf5\xbd\xba\n2026-01-01,100,\xff\xff\n", "euc-kr", "euc-kr 2 1 0 1"},
	} {
		j := newJob(t)
		j.Encoding = c.pin
		r := j.mustRead(t, put(t, "a.csv", c.text))
		if got := r.Encoding + " " + counts(r); got != c.want {
			t.Errorf("%s: %s, want %s; %v", what, got, c.want, r.Reasons)
		}
		if c.pin == "euc-kr" {
			if got := j.table(t, "SELECT title FROM sales"); got[0] != `{"title":"뉴발란스"}` {
				t.Error(got)
			}
		}
	}
}

// Broken JSON costs its own line, and of a document what follows the break.
func TestBrokenJSON(t *testing.T) {
	good := `{"sold_at": "2026-01-01", "price": 100.5, "title": "990v6"}`
	for what, c := range map[string]struct{ body, want, reason string }{
		"a line":          {good + "\n{\"sold_at\"\n" + good + "\n", "3 2 0 1", "not_json"},
		"no object":       {good + "\n[1]\n" + good + "\n", "3 2 0 1", "not_an_object"},
		"a key twice":     {good + "\n" + `{"sold_at": "2026-01-01", "price": 1, "price": 2, "title": "x"}` + "\n", "2 1 0 1", "duplicate_key"},
		"half a sign":     {good + "\n" + `{"sold_at": "2026-01-01", "price": 1, "title": "\ud800"}` + "\n", "2 1 0 1", "invalid_utf8"},
		"NUL":             {good + "\n" + `{"sold_at": "2026-01-01", "price": 1, "title": "\u0000"}` + "\n", "2 1 0 1", "nul_byte"},
		"an exponent":     {good + "\n" + `{"sold_at": "2026-01-01", "price": 1e2, "title": "x"}` + "\n", "2 1 0 1", "price_not_a_number"},
		"a document":      {"[" + good + ",\n" + good + ",\n{\"sold", "3 2 0 1", "not_json"},
		"after the end":   {"[" + good + ",\n" + good + "]\n[]", "3 2 0 1", "not_json"},
		"blank lines":     {"\n\n" + good + "\n\n" + good + "\n\n", "2 2 0 0", ""},
		"a single object": {good, "1 1 0 0", ""},
		"numbers in it":   {good + "\n" + `{"sold_at": "2026-01-01", "price": 185.50, "size": 9.50, "title": "x"}` + "\n", "2 2 0 0", ""},
	} {
		for _, from := range []int64{1, never} {
			j := newJob(t)
			j.EngineFrom = from
			_, reports, err := j.Sales(t.Context(), []string{put(t, "a.ndjson", c.body)})
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			r := reports[0]
			wantCounts(t, what, r, c.want)
			if c.reason != "" && (len(r.Reasons) != 1 || r.Reasons[0].Reason != c.reason) {
				t.Errorf("%s: %v, want %s", what, r.Reasons, c.reason)
			}
		}
	}
}

// Money comes out of binary fractions as the shortest decimal that stands for them.
func TestTypedParquet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	newJob(t).exec(t, `COPY (SELECT * FROM (VALUES
		(1, TIMESTAMP '2026-01-02 03:04:05', 185.1::DOUBLE, '990v6', 9.5::FLOAT, 1.0::DOUBLE),
		(2, TIMESTAMP '2026-01-02 03:04:05', 250::DOUBLE, '990v6', 10::FLOAT, 1.0::DOUBLE),
		(3, NULL, 250::DOUBLE, '990v6', 10::FLOAT, NULL)) t(sale_id, sold_at, price, title, size, quantity)) TO `+quoteText(path)+" (FORMAT parquet)")
	for _, from := range []int64{1, never} {
		j := newJob(t)
		j.EngineFrom = from
		wantCounts(t, "typed", j.mustRead(t, path), "3 2 0 1")
		got := strings.Join(j.table(t, "SELECT source_sale_id AS id, sold_at::VARCHAR AS at, sale_price::VARCHAR AS p, size_label AS size FROM sales ORDER BY 1"), " ")
		if want := `{"id":"1","at":"2026-01-02 03:04:05+00","p":"185.10","size":"9.5"} {"id":"2","at":"2026-01-02 03:04:05+00","p":"250.00","size":"10"}`; got != want {
			t.Errorf("from %d: %s", from, got)
		}
		if got := j.table(t, "SELECT source_line AS line, reason FROM rejects"); got[0] != `{"line":3,"reason":"date_missing"}` {
			t.Error(got)
		}
	}
}

func TestBrokenContainers(t *testing.T) {
	j := newJob(t)
	for name, b := range map[string]string{
		"a.parquet": "PAR1 and nothing else PAR1", "a.arrow": "ARROW1\x00\x00nothing", "b.arrow": "\xff\xff\xff\xff\x10\x00\x00\x00nothing more",
		"a.xlsx": "PK\x03\x04 no zip", "a.xls": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
	} {
		path := put(t, name, b)
		_, _, err := j.Sales(t.Context(), []string{path})
		if err == nil || !strings.Contains(err.Error(), path) || len(err.Error()) > 600 || strings.Contains(err.Error(), "goroutine") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// forms that are told from each other only by what stands in them.
func TestJSONKind(t *testing.T) {
	for body, want := range map[string]container{
		"": inText, "a,b\n": inText, "{}": inJSON, "{\n}": inJSON, "[]": inJSON, "{\"a\":1}\n{\"a\":2}": inNDJSON, "{\"a\":1}\n\n": inJSON,
		"\n{\"a\n{\"a\":1}\n": inNDJSON, "{\"a\": [\n{\"b\": 1},\n{\"b\": 2}\n]}": inJSON, utf8BOM + "{\"a\":1}\n{\"a\":2}": inNDJSON,
	} {
		if got, err := jsonKind(put(t, "x", body)); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", body, got, err, want)
		}
	}
}
