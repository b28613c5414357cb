package reports

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

func amount(v int64) *int64 { return &v }

// sampleEstimates is, out of order: an estimate, a row without a number, and one
// on synthetic sales with a hostile name.
func sampleEstimates(asOf data.Date) []analysis.Estimate {
	base := analysis.Estimate{
		StyleID: "M990GL6", StyleCode: "M990GL6", Model: "990", Version: "v6", Colorway: "Grey", MadeIn: "USA", Audience: "men",
		Condition: "new", AsOf: asOf, Currency: "USD", Level: 0.95, Basis: "own", Grade: "B", MethodVersion: "m4.1",
	}
	full := base
	full.RetailPriceMinor, full.EstimateMinor, full.LoMinor, full.HiMinor = amount(20000), amount(24600), amount(23000), amount(26000)
	full.Multiple, full.MultipleLo, full.MultipleHi, full.Premium = figure(1.23), figure(1.15), figure(1.3), figure(0.2300000001)
	full.NSales, full.NEffective, full.LastSoldOn = 12, 7.123, asOf.AddDays(-1)
	none := base
	none.SizeBand, none.NSales, none.Basis, none.Grade, none.Reasons = "7–8.5", 2, "none", "X", []string{"too_wide"}
	synthetic := full
	synthetic.StyleID, synthetic.StyleCode, synthetic.Colorway, synthetic.GreyDayYear = "990v4-x", "", "</script>\x1b \xff", 2024
	synthetic.Reasons, synthetic.Grade = []string{"synthetic_data", "stale", "synthetic_data"}, "C"
	return []analysis.Estimate{none, synthetic, full}
}

func sampleMeta(t *testing.T) FeedMeta {
	return FeedMeta{AsOf: mustDate(t, "2026-11-15"), BookVersion: "schema 1, DuckDB 1.5.5", MethodVersion: "m4.1", Program: "greybook 0.1.0", Synthetic: 12, BookID: "b1"}
}

func readFeed(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFeedGolden(t *testing.T) {
	meta := sampleMeta(t)
	est := sampleEstimates(meta.AsOf)
	dir := filepath.Join(t.TempDir(), "feed")
	m, err := WriteFeed(dir, meta, est)
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "feed/estimates.json", readFeed(t, dir, "estimates.json"))
	var written Manifest
	if err := json.Unmarshal(readFeed(t, dir, "manifest.json"), &written); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(m)
	b, _ := json.Marshal(written)
	if !bytes.Equal(a, b) {
		t.Errorf("returned %s, written %s", a, b)
	}
	if !m.Synthetic || m.SyntheticSales != 12 || m.Estimates != 3 || m.ByBasis["own"] != 2 || m.ByBasis["none"] != 1 ||
		m.ByGrade["X"] != 1 || m.ByGrade["C"] != 1 || m.ByGrade["B"] != 1 {
		t.Errorf("%+v", m)
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	if want := []string{"estimates.arrow", "estimates.csv", "estimates.json", "estimates.ndjson", "estimates.parquet", "estimates.schema.json"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	checkGeneration(t, dir)

	mem := checkedMemory(t)
	rr, err := EstimateRows(mem, est)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	back, _ := readParquet(t, mem, readFeed(t, dir, "estimates.parquet"))
	if got, want := asNDJSON(t, back), asNDJSON(t, rr); got != want {
		t.Errorf("parquet has\n%s\nwant\n%s", got, want)
	}
	if est[0].SizeBand == "" || est[1].Reasons[0] != "synthetic_data" {
		t.Error("WriteFeed changed its argument")
	}
}

func TestFeedIsTheSameInAnyOrder(t *testing.T) {
	meta := sampleMeta(t)
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	est := sampleEstimates(meta.AsOf)
	if _, err := WriteFeed(a, meta, est); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(est)
	if _, err := WriteFeed(b, meta, est); err != nil {
		t.Fatal(err)
	}
	names := folderNames(t, a+"/")
	for _, name := range names {
		if !bytes.Equal(readFeed(t, a, name), readFeed(t, b, name)) {
			t.Errorf("%s differs", name)
		}
	}
	if len(names) != 7 {
		t.Errorf("the feed is %v", names)
	}
}

func TestEmptyFeed(t *testing.T) {
	meta := sampleMeta(t)
	meta.Synthetic, meta.BookID = 0, ""
	dir := filepath.Join(t.TempDir(), "feed")
	m, err := WriteFeed(dir, meta, nil)
	if err != nil || m.Synthetic || m.Estimates != 0 {
		t.Fatalf("%+v %v", m, err)
	}
	if got, want := string(readFeed(t, dir, "estimates.json")), `{"as_of":"2026-11-15","method_version":"m4.1","synthetic":false,"estimates":[]}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Every way a row can break the contract is refused, and nothing is written.
func TestFeedRefuses(t *testing.T) {
	meta := sampleMeta(t)
	for name, c := range map[string]struct {
		change func(*analysis.Estimate)
		want   string
	}{
		"no style":           {func(e *analysis.Estimate) { e.StyleID = "" }, "/estimates/"},
		"no condition":       {func(e *analysis.Estimate) { e.Condition = "" }, "/condition"},
		"no method":          {func(e *analysis.Estimate) { e.MethodVersion = "" }, `by method "", the feed by "m4.1"`},
		"other day":          {func(e *analysis.Estimate) { e.AsOf++ }, "as of 2026-11-16"},
		"currency":           {func(e *analysis.Estimate) { e.Currency = "usd" }, "/currency"},
		"no currency":        {func(e *analysis.Estimate) { e.Currency = "" }, "/currency"},
		"basis":              {func(e *analysis.Estimate) { e.Basis = "guess" }, "/basis"},
		"basis none":         {func(e *analysis.Estimate) { e.Basis = "none" }, "/basis"},
		"grade":              {func(e *analysis.Estimate) { e.Grade = "E" }, "/grade"},
		"X with a number":    {func(e *analysis.Estimate) { e.Grade = "X" }, "/grade"},
		"number gone":        {func(e *analysis.Estimate) { e.EstimateMinor, e.LoMinor, e.HiMinor, e.Grade = nil, nil, nil, "X" }, "/reasons"},
		"no grade":           {func(e *analysis.Estimate) { e.Grade = "" }, "grade"},
		"no retail price":    {func(e *analysis.Estimate) { e.RetailPriceMinor = nil }, "/retail_price_minor"},
		"no multiple":        {func(e *analysis.Estimate) { e.Multiple, e.MultipleLo, e.MultipleHi, e.Premium = nil, nil, nil, nil }, "/multiple"},
		"interval alone":     {func(e *analysis.Estimate) { e.EstimateMinor, e.Reasons, e.Grade = nil, []string{"x"}, "X" }, "/lo_minor"},
		"no premium":         {func(e *analysis.Estimate) { e.Premium = nil }, "/premium"},
		"half an interval":   {func(e *analysis.Estimate) { e.LoMinor = nil }, "half an interval"},
		"outside":            {func(e *analysis.Estimate) { e.EstimateMinor = amount(1) }, "1 is outside its interval of 23000 to 26000"},
		"multiple outside":   {func(e *analysis.Estimate) { e.Multiple = figure(9) }, "multiple 9 is outside"},
		"not a number":       {func(e *analysis.Estimate) { e.Premium = figure(math.NaN()) }, "NaN is no number"},
		"negative":           {func(e *analysis.Estimate) { e.LoMinor = amount(-1) }, "/lo_minor"},
		"level":              {func(e *analysis.Estimate) { e.Level = 95 }, "/level"},
		"negative sales":     {func(e *analysis.Estimate) { e.NSales = -1 }, "/n_sales"},
		"year out of reason": {func(e *analysis.Estimate) { e.GreyDayYear = 24 }, "/grey_day_year"},
		"empty reason":       {func(e *analysis.Estimate) { e.Reasons = []string{""} }, "/reasons"},
	} {
		t.Run(name, func(t *testing.T) {
			est := sampleEstimates(meta.AsOf)
			c.change(&est[2])
			parent := t.TempDir()
			_, err := WriteFeed(filepath.Join(parent, "feed"), meta, est)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("%s was left", left[0].Name())
			}
		})
	}
	// A multiple without a retail price makes no money, and stands.
	est := sampleEstimates(meta.AsOf)
	bare := &est[2]
	bare.Currency, bare.RetailPriceMinor, bare.EstimateMinor, bare.LoMinor, bare.HiMinor = "", nil, nil, nil, nil
	bare.Grade, bare.Reasons = "X", []string{"no_retail_price"}
	if _, err := WriteFeed(filepath.Join(t.TempDir(), "feed"), meta, est); err != nil {
		t.Errorf("a multiple without money: %v", err)
	}
	est = sampleEstimates(meta.AsOf)
	if _, err := WriteFeed(filepath.Join(t.TempDir(), "feed"), meta, append(est, est[2])); err == nil ||
		!strings.Contains(err.Error(), "estimate of M990GL6, all sizes, new has two estimates") {
		t.Errorf("one grain twice: %v", err)
	}
	meta.AsOf = 0
	if _, err := WriteFeed(filepath.Join(t.TempDir(), "feed"), meta, nil); err == nil || !strings.Contains(err.Error(), "no as-of date") {
		t.Errorf("no as-of: %v", err)
	}
}

// The schema of the JSON and that of the rows name the same columns in the same
// order, with the same units and the same fields that may be null.
func TestFeedSchemasAgree(t *testing.T) {
	var doc struct {
		Defs struct {
			Estimate struct {
				Required   []string
				Properties map[string]struct {
					Type              any
					Enum              []any
					Unit, Description string
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(estimatesSchema, &doc); err != nil {
		t.Fatal(err)
	}
	// contract.md §4, word for word.
	const contract = `style_id, style_code, model, version, colorway, grey_day_year, made_in, audience, size_band, condition, as_of,
currency, retail_price_minor, estimate_minor, lo_minor, hi_minor, level, multiple, multiple_lo, multiple_hi,
premium, n_sales, n_effective, last_sold_on, basis, grade, reasons, method_version`
	columns := strings.FieldsFunc(contract, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	e := doc.Defs.Estimate
	if !slices.Equal(e.Required, columns) || len(e.Properties) != len(columns) {
		t.Errorf("required %v, want %v", e.Required, columns)
	}
	for i, f := range FeedSchema().Fields() {
		if f.Name != columns[i] {
			t.Errorf("column %d is %s, want %s", i, f.Name, columns[i])
		}
		p := e.Properties[f.Name]
		types, _ := p.Type.([]any)
		if null := slices.Contains(types, any("null")) || slices.Contains(p.Enum, nil); null != f.Nullable {
			t.Errorf("%s: null in JSON %v, in rows %v", f.Name, null, f.Nullable)
		}
		if d, _ := f.Metadata.GetValue("description"); d == "" || p.Description == "" {
			t.Errorf("%s has no description", f.Name)
		}
		if u, _ := f.Metadata.GetValue("unit"); u != p.Unit {
			t.Errorf("%s: unit %q in rows, %q in JSON", f.Name, u, p.Unit)
		}
	}
}
