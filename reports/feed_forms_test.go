package reports

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// sampleFiles is the files of a feed, by name.
func sampleFiles(t *testing.T, change func([]analysis.Estimate) []analysis.Estimate) ([]feedFile, map[string][]byte) {
	t.Helper()
	meta := sampleMeta(t)
	est := sampleEstimates(meta.AsOf)
	if change != nil {
		est = change(est)
	}
	files, _, err := feedFiles(meta, est)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	for _, f := range files {
		bodies[f.name] = f.body
	}
	return files, bodies
}

// What the columns say of themselves, type, nullability, unit and description, is read back
// from the binary forms; nothing in them is of another program, time or machine.
func TestFeedColumnsDescribeThemselves(t *testing.T) {
	_, bodies := sampleFiles(t, nil)
	r, err := ipc.NewFileReader(bytes.NewReader(bodies["estimates.arrow"]))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pf, err := file.NewParquetReader(bytes.NewReader(bodies["estimates.parquet"]))
	if err != nil {
		t.Fatal(err)
	}
	defer pf.Close()
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{}, checkedMemory(t))
	if err != nil {
		t.Fatal(err)
	}
	fromParquet, err := fr.Schema()
	if err != nil {
		t.Fatal(err)
	}
	pairs := pf.MetaData().KeyValueMetadata()
	for name, s := range map[string]*arrow.Schema{"estimates.arrow": r.Schema(), "estimates.parquet": fromParquet} {
		for i, want := range FeedSchema().Fields() {
			got := s.Field(i)
			said, _ := got.Metadata.GetValue("description")
			meant, _ := want.Metadata.GetValue("description")
			unit, _ := got.Metadata.GetValue("unit")
			meantUnit, _ := want.Metadata.GetValue("unit")
			if got.Name != want.Name || got.Nullable != want.Nullable || !arrow.TypeEqual(got.Type, want.Type) || said != meant || said == "" || unit != meantUnit {
				t.Errorf("%s: column %d is %v %v, want %v %v", name, i, got, got.Metadata, want, want.Metadata)
			}
			if v := pairs.FindValue("greybook.column." + want.Name); v == nil || !strings.HasPrefix(*v, meant) || !strings.Contains(*v, meantUnit) {
				t.Errorf("the Parquet file says of %s: %v", want.Name, v)
			}
		}
		if s.NumFields() != len(FeedSchema().Fields()) {
			t.Errorf("%s has %d columns", name, s.NumFields())
		}
	}
	for _, key := range pairs.Keys() {
		if key != "ARROW:schema" && !strings.HasPrefix(key, "greybook.") {
			t.Errorf("the Parquet file has metadata %s", key)
		}
	}
	if by := pf.MetaData().GetCreatedBy(); by != "greybook" {
		t.Errorf("the Parquet file is created by %q", by)
	}
}

// A text that a spreadsheet would run is guarded in csv, and is itself in the other forms.
func TestFeedGuardsFormulas(t *testing.T) {
	hostile := []string{`=HYPERLINK("http://x.example","y")`, "@SUM(A1)", "a,b\t\"c\"\r\nd", "'its own", "-1.5"}
	_, bodies := sampleFiles(t, func(est []analysis.Estimate) []analysis.Estimate {
		var out []analysis.Estimate
		for i, text := range hostile {
			e := est[2]
			e.StyleID, e.Colorway = string(rune('a'+i)), text
			out = append(out, e)
		}
		return out
	})
	rows, err := csv.NewReader(bytes.NewReader(bodies["estimates.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "colorway")
	// encoding/csv reads \r\n within quotes as \n.
	want := []string{`'=HYPERLINK("http://x.example","y")`, "'@SUM(A1)", "a,b\t\"c\"\nd", "'its own", "-1.5"}
	for i, w := range want {
		if got := rows[i+1][column]; got != w {
			t.Errorf("%q is %q in csv, want %q", hostile[i], got, w)
		}
	}
	if !bytes.Contains(bodies["estimates.ndjson"], []byte(`"colorway":"=HYPERLINK(`)) {
		t.Error("the guard is in the ndjson, too")
	}
}

// Forms that don't have the same rows are refused, whichever it is and whatever is other.
func TestFeedFormsMustAgree(t *testing.T) {
	files, _ := sampleFiles(t, nil)
	if err := checkFeed(files); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func([]analysis.Estimate) []analysis.Estimate{
		"rows":              func(est []analysis.Estimate) []analysis.Estimate { return est[1:] },
		"hi_minor":          func(est []analysis.Estimate) []analysis.Estimate { est[2].HiMinor = amount(26001); return est },
		"multiple_lo":       func(est []analysis.Estimate) []analysis.Estimate { est[2].MultipleLo = figure(1.1499); return est },
		"last_sold_on":      func(est []analysis.Estimate) []analysis.Estimate { est[2].LastSoldOn = 0; return est },
		"colorway":          func(est []analysis.Estimate) []analysis.Estimate { est[2].Colorway = "grey"; return est },
		"reasons":           func(est []analysis.Estimate) []analysis.Estimate { est[0].Reasons = []string{"other"}; return est },
		"n_sales":           func(est []analysis.Estimate) []analysis.Estimate { est[0].NSales++; return est },
		"values of made_in": func(est []analysis.Estimate) []analysis.Estimate { est[1].MadeIn = ""; return est },
	} {
		_, other := sampleFiles(t, change)
		for _, name := range []string{"estimates.arrow", "estimates.csv", "estimates.json", "estimates.ndjson", "estimates.parquet"} {
			mixed := slices.Clone(files)
			i := slices.IndexFunc(mixed, func(f feedFile) bool { return f.name == name })
			mixed[i].body = other[name]
			// The first form is what the others are compared with: it is named, too.
			if err := checkFeed(mixed); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), "nothing was written") || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with other %s: %v", name, what, err)
			}
		}
	}
	// Files that can't be read, and JSON that breaks the schema in one file only.
	for _, c := range []struct{ name, body, want string }{
		{"estimates.arrow", "ARROW1", "estimates.arrow can't be read back"},
		{"estimates.csv", "style_id\na\n", "estimates.csv can't be read back"},
		{"estimates.json", `{"estimates":[`, "estimates.json: unexpected EOF"},
		{"estimates.parquet", "PAR1", "estimates.parquet can't be read back"},
		{"estimates.ndjson", `{"style_id":""}` + "\n", "estimates.ndjson, line 1, breaks its schema"},
		{"manifest.json", `{"schema":"urn:greybook:estimates:2"}`, "manifest.json breaks its schema"},
		{"changes.ndjson", `{"change":"moved"}` + "\n", "changes.ndjson, line 1, breaks its schema"},
		{"changes.ndjson", `{"change":"withdrawn","style_id":"a","size_band":null,"condition":"new","estimate":null,"before":null}` + "\n", "changes.ndjson, line 1, breaks its schema"},
	} {
		mixed := slices.DeleteFunc(slices.Clone(files), func(f feedFile) bool { return f.name == c.name })
		if err := checkFeed(append(mixed, feedFile{c.name, []byte(c.body)})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %q: %v, want %q", c.name, c.body, err, c.want)
		}
	}
	// The schema lets fields be added; the feed adds none that its columns don't have.
	mixed := slices.Clone(files)
	i := slices.IndexFunc(mixed, func(f feedFile) bool { return f.name == feedRowsName })
	mixed[i].body = bytes.Replace(mixed[i].body, []byte(`{"style_id"`), []byte(`{"colour":null,"style_id"`), 1)
	if err := checkFeed(mixed); err == nil || !strings.Contains(err.Error(), `a field "colour" that is no column`) {
		t.Errorf("a field too many: %v", err)
	}
}
