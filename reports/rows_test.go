package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

func TestParseRowFormat(t *testing.T) {
	for _, f := range rowFormats {
		if got, err := ParseRowFormat(string(f.name)); err != nil || got != f.name {
			t.Errorf("%s: %q, %v", f.name, got, err)
		}
	}
	for in, hint := range map[string]string{
		"tabel": "did you mean table?", "jsonl": "did you mean ndjson?", "md": "did you mean markdown?",
		"CSV": "did you mean csv?", "parq": "did you mean parquet?", "xlsx": "", "": "",
	} {
		_, err := ParseRowFormat(in)
		if err == nil {
			t.Errorf("%q is a format", in)
			continue
		}
		if !strings.Contains(err.Error(), "table, csv, tsv, json, ndjson, markdown, parquet, arrow") {
			t.Errorf("%q: %v, want the list", in, err)
		}
		if hint == "" && strings.Contains(err.Error(), "did you mean") || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v, want %q", in, err, hint)
		}
	}
	if !RowParquet.Binary() || !RowArrow.Binary() || RowCSV.Binary() || RowFormat("x").Binary() {
		t.Error("binary are parquet and arrow, and no other")
	}
}

func TestRowsGolden(t *testing.T) {
	for _, c := range []struct {
		file   string
		format RowFormat
		o      RowOptions
	}{
		{"hostile.csv", RowCSV, RowOptions{}},
		{"hostile_terminal.csv", RowCSV, RowOptions{Terminal: true}},
		{"hostile.tsv", RowTSV, RowOptions{}},
		{"hostile.json", RowJSON, RowOptions{}},
		{"hostile.ndjson", RowNDJSON, RowOptions{}},
		{"hostile.md", RowMarkdown, RowOptions{}},
		{"hostile.txt", RowTable, RowOptions{}},
		{"hostile_60.txt", RowTable, RowOptions{Width: 60, MaxRows: 4}},
		{"hostile_color.txt", RowTable, RowOptions{Color: true}},
	} {
		t.Run(c.file, func(t *testing.T) {
			var b bytes.Buffer
			done, err := WriteRows(&b, c.format, hostileReader(t, checkedMemory(t)), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if want := (RowsWritten{12, false}); c.o.MaxRows == 0 && done != want {
				t.Errorf("%+v, want %+v", done, want)
			}
			checkGolden(t, "rows/"+c.file, b.Bytes())
		})
	}
}

// Nothing but the dimming of NULL may reach a terminal as a control sequence.
func TestNothingControlsTheTerminal(t *testing.T) {
	for _, c := range []struct {
		format RowFormat
		o      RowOptions
	}{
		{RowTable, RowOptions{}}, {RowTable, RowOptions{Width: 40}}, {RowMarkdown, RowOptions{}},
		{RowJSON, RowOptions{}}, {RowNDJSON, RowOptions{}}, {RowTSV, RowOptions{Terminal: true}}, {RowCSV, RowOptions{Terminal: true}},
	} {
		var b bytes.Buffer
		if _, err := WriteRows(&b, c.format, hostileReader(t, checkedMemory(t)), c.o); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.String() {
			if r != '\n' && !(r == '\t' && c.format == RowTSV) && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%s %+v: %U reaches the terminal", c.format, c.o, r)
			}
		}
		if !utf8.Valid(b.Bytes()) {
			t.Errorf("%s: not UTF-8", c.format)
		}
	}
}

func TestTableStaysWithinWidth(t *testing.T) {
	for width := 24; width < 120; width += 7 {
		var b bytes.Buffer
		if _, err := WriteRows(&b, RowTable, hostileReader(t, checkedMemory(t)), RowOptions{Width: width}); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(b.String(), "\n") {
			// The fixture's only double-width runes are 回, 力 and 👟.
			n := utf8.RuneCountInString(line) + strings.Count(line, "回") + strings.Count(line, "力") + strings.Count(line, "👟")
			// A number or an instant is not broken: 28 is │ + the longest + │.
			if n > max(width, 28) {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
	}
}

func TestMaxRows(t *testing.T) {
	for _, f := range rowFormats {
		for _, c := range []struct {
			max  int
			want RowsWritten
		}{{0, RowsWritten{12, false}}, {11, RowsWritten{11, true}}, {12, RowsWritten{12, false}}, {13, RowsWritten{12, false}}, {1, RowsWritten{1, true}}} {
			done, err := WriteRows(io.Discard, f.name, hostileReader(t, checkedMemory(t)), RowOptions{MaxRows: c.max})
			if err != nil || done != c.want {
				t.Errorf("%s, at most %d: %+v %v, want %+v", f.name, c.max, done, err, c.want)
			}
		}
	}
	// Cut exactly at the end of a batch: there is more only if another row comes.
	mem := checkedMemory(t)
	for more, want := range map[int64]bool{0: false, 1: true} {
		rr := intBatches(t, mem, 5, more)
		if done, err := WriteRows(io.Discard, RowCSV, rr, RowOptions{MaxRows: 5}); err != nil || done != (RowsWritten{5, want}) {
			t.Errorf("five rows of five and %d: %+v %v", more, done, err)
		}
	}
}

// intBatches is a reader of batches with these numbers of rows, counting up.
func intBatches(t *testing.T, mem memory.Allocator, sizes ...int64) array.RecordReader {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "i", Type: arrow.PrimitiveTypes.Int64}}, nil)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	var recs []arrow.RecordBatch
	next := int64(0)
	for _, n := range sizes {
		for range n {
			b.Field(0).(*array.Int64Builder).Append(next)
			next++
		}
		rec := b.NewRecordBatch()
		defer rec.Release()
		recs = append(recs, rec)
	}
	rr, err := array.NewRecordReader(schema, recs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rr.Release)
	return rr
}

// failingReader gives its rows, and then an error instead of an end.
type failingReader struct{ array.RecordReader }

var errConnectionLost = errors.New("connection lost")

func (failingReader) Err() error { return errConnectionLost }

// failingWriter fails from its first byte on.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRowErrors(t *testing.T) {
	for _, f := range rowFormats {
		rr := failingReader{hostileReader(t, checkedMemory(t))}
		if _, err := WriteRows(io.Discard, f.name, rr, RowOptions{}); !errors.Is(err, errConnectionLost) {
			t.Errorf("%s: %v, want the reader's error", f.name, err)
		}
		if _, err := WriteRows(failingWriter{}, f.name, hostileReader(t, checkedMemory(t)), RowOptions{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v, want the writer's error", f.name, err)
		}
	}
	if _, err := WriteRows(io.Discard, "xml", hostileReader(t, checkedMemory(t)), RowOptions{}); err == nil {
		t.Error("xml is a format")
	}
}

func TestNoRows(t *testing.T) {
	for format, want := range map[RowFormat]string{
		RowCSV: "i\n", RowTSV: "i\n", RowJSON: "[]\n", RowNDJSON: "",
		RowMarkdown: "| i |\n| ---:|\n",
	} {
		var b bytes.Buffer
		if _, err := WriteRows(&b, format, intBatches(t, checkedMemory(t)), RowOptions{}); err != nil || b.String() != want {
			t.Errorf("%s: %q %v, want %q", format, b.String(), err, want)
		}
	}
}

func TestDistinctColumnNames(t *testing.T) {
	var fields []arrow.Field
	for _, n := range []string{"a", "a", "a_1", "b", "a"} {
		fields = append(fields, arrow.Field{Name: n, Type: arrow.PrimitiveTypes.Int64})
	}
	var got []string
	for _, f := range distinctColumnNames(arrow.NewSchema(fields, nil)).Fields() {
		got = append(got, f.Name)
	}
	if want := []string{"a", "a_2", "a_1", "b", "a_3"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// JSON that a parser takes, with the texts as they were but for bad bytes.
func TestJSONReadsBack(t *testing.T) {
	var b bytes.Buffer
	if _, err := WriteRows(&b, RowJSON, hostileReader(t, checkedMemory(t)), RowOptions{}); err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Title    *string
		Price    json.Number
		Multiple *float64
	}
	if err := json.Unmarshal(b.Bytes(), &rows); err != nil {
		t.Fatal(err)
	}
	for i, s := range hostileTexts {
		if i == 5 { // a run of bad bytes is one U+FFFD
			s = "bad \uFFFD bytes"
		}
		if *rows[i].Title != s {
			t.Errorf("title %d: %q, want %q", i, *rows[i].Title, s)
		}
	}
	if rows[0].Price != "-1.50" || rows[2].Multiple != nil || *rows[5].Multiple != 1e21 || rows[11].Title != nil {
		t.Errorf("price %s, NaN %v, 1e21 %v, NULL %v", rows[0].Price, rows[2].Multiple, *rows[5].Multiple, rows[11].Title)
	}
}

func TestGuardFormula(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "990v6": "990v6", "-1.5": "-1.5", "+3": "+3", "-.5e-3": "-.5e-3",
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-1-1": "'-1-1", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1+1": "'＝1+1", "-": "'-", "-Infinity": "'-Infinity",
		"a=1": "a=1", " =1": " =1", "-1.5\n": "'-1.5\n", "\xff": "\xff",
	} {
		if got := GuardFormula(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzCSVGuard: any two texts come back from a csv reader as they were guarded,
// and none of them begins as a formula does.
func FuzzCSVGuard(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s, "x")
	}
	f.Add("\r\n", "\"\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String}, {Name: "b", Type: arrow.BinaryTypes.String}}, nil)
		rb := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer rb.Release()
		for format, comma := range map[RowFormat]rune{RowCSV: ',', RowTSV: '\t'} {
			rb.Field(0).(*array.StringBuilder).Append(a)
			rb.Field(1).(*array.StringBuilder).Append(b)
			rec := rb.NewRecordBatch()
			rr, err := array.NewRecordReader(schema, []arrow.RecordBatch{rec})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if _, err := WriteRows(&out, format, rr, RowOptions{}); err != nil {
				t.Fatal(err)
			}
			cells := readBack(t, out.String(), comma)
			for i, raw := range []string{a, b} {
				if r, _ := utf8.DecodeRuneInString(cells[i]); strings.ContainsRune("=+-@\t\r\n", r) && !plainNumber.MatchString(cells[i]) {
					t.Errorf("%s: %q begins a formula", format, cells[i])
				}
				// encoding/csv reads \r\n inside quotes as \n.
				want := strings.ReplaceAll(GuardFormula(rowValidText(raw)), "\r\n", "\n")
				if format == RowCSV && cells[i] != want {
					t.Errorf("%q, written as %q, want %q", cells[i], out.String(), want)
				}
			}
			if !strings.HasPrefix(a, `"`) {
				continue
			}
			// A spreadsheet that takes quotes off a tsv cell must find no formula.
			if rest := strings.TrimLeft(cells[0], `"`); format == RowTSV && GuardFormula(rest) != rest {
				t.Errorf("tsv %q hides a formula behind quotes", cells[0])
			}
		}
	})
}

// readBack gives the two cells of the one row after the header.
func readBack(t *testing.T, s string, comma rune) []string {
	t.Helper()
	if comma == '\t' {
		lines := strings.Split(s, "\n")
		if len(lines) != 3 || strings.Count(lines[1], "\t") != 1 {
			t.Fatal(fmt.Errorf("tsv of one row: %q", s))
		}
		return strings.Split(lines[1], "\t")
	}
	rows, err := csv.NewReader(strings.NewReader(s)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q: %v, %d rows", s, err, len(rows))
	}
	return rows[1]
}
