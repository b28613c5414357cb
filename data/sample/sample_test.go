package sample

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

func generate(t *testing.T, o Options) (data.Reference, Sample) {
	t.Helper()
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Generate(ref, o)
	if err != nil {
		t.Fatal(err)
	}
	return ref, s
}

func body(t *testing.T, s Sample, name string) []byte {
	t.Helper()
	for _, f := range s.Files {
		if f.Name == name {
			return f.Body
		}
	}
	t.Fatalf("no file %s", name)
	return nil
}

// table reads a file's records without its header.
func table(t *testing.T, text []byte) (header []string, rows [][]string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func TestDeterminism(t *testing.T) {
	_, a := generate(t, Options{Scale: 0.2})
	_, b := generate(t, Options{Scale: 0.2})
	_, c := generate(t, Options{Scale: 0.2, Seed: 991})
	for i, f := range a.Files {
		if f.Name != b.Files[i].Name || !bytes.Equal(f.Body, b.Files[i].Body) {
			t.Errorf("%s differs between two runs", f.Name)
		}
		if f.Name != FXFile && bytes.Equal(f.Body, c.Files[i].Body) {
			t.Errorf("%s is the same with another seed", f.Name)
		}
		if !strings.HasPrefix(f.Name, "synthetic-") && !strings.HasPrefix(f.Name, "truth.") {
			t.Errorf("%s does not say that it is synthetic", f.Name)
		}
	}
}

func TestDefaults(t *testing.T) {
	_, s := generate(t, Options{})
	n := 0
	for _, name := range []string{GOATFile, StockXFile} {
		for kind, k := range s.Truth.Files[name].Kinds {
			if strings.HasPrefix(kind, "sale") || strings.HasPrefix(kind, "style_") || kind == kindSpelled || kind == kindTitled {
				n += k
			}
		}
	}
	if n < 24500 || n > 25500 {
		t.Errorf("%d sound sales, want about 25,000", n)
	}
	tr := s.Truth
	// 156 weeks before Monday 2026-11-16 is Monday 2023-11-20.
	if tr.Seed != 990 || tr.Weeks != 156 || tr.Start.String() != "2023-11-20" || tr.End.String() != "2026-11-15" {
		t.Errorf("seed %d, %d weeks, %s to %s", tr.Seed, tr.Weeks, tr.Start, tr.End)
	}
	var again Truth
	if err := json.Unmarshal(body(t, s, "truth.json"), &again); err != nil || again.Files[GOATFile].Rows != tr.Files[GOATFile].Rows {
		t.Errorf("truth.json: %v", err)
	}
}

func TestOptionsRefused(t *testing.T) {
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Weeks: -1}, {Weeks: 5000}, {Scale: -1}, {Scale: math.NaN()}, {Scale: 1e9}, {End: data.DateOf(time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC))}} {
		if _, err := Generate(ref, o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if _, err := Generate(data.Reference{}, Options{}); err == nil {
		t.Error("an empty reference is taken")
	}
	if _, err := Generate(ref, Options{Weeks: 1, Scale: 0.001}); err != nil {
		t.Error(err)
	}
}

// The headers are those of the real exports, byte for byte.
func TestRealHeaders(t *testing.T) {
	shared := os.Getenv("GREYBOOK_SHARED")
	if shared == "" {
		dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared"))
		if err != nil {
			t.Fatal(err)
		}
		shared = dir
	}
	for path, header := range map[string]string{
		"data/stockx-seller-report-2022-2025/stockx_historical_seller_sales_report.redacted.csv": stockxHeader,
		"data/kream-2024-05/kream_data.csv": kreamHeader,
	} {
		text, err := os.ReadFile(filepath.Join(shared, path))
		if err != nil {
			t.Skipf("the real file is not here: %v", err)
		}
		if first, _, _ := bytes.Cut(text, []byte("\n")); strings.TrimSuffix(string(first), "\r") != header {
			t.Errorf("%s starts with\n%s\nthe sample with\n%s", path, first, header)
		}
	}
}

// classify says what kind of row a row of the GOAT file is from its text alone.
func classify(f []string, seen map[string]bool, aliases, codes map[string]bool) string {
	if len(f) < 13 {
		return kindShort
	}
	if seen[f[0]] {
		return kindDuplicate
	}
	seen[f[0]] = true
	price, err := strconv.Atoi(f[goatPrice])
	switch {
	case err != nil || price <= 0:
		return kindBadPrice
	case price == 999999:
		return kindSentinel
	case f[goatSoldAt] == "2025-02-30":
		return kindImpossible
	case f[goatSoldAt] == "03/04/2025":
		return kindAmbiguous
	case f[goatBasis] == "ask":
		return kindAsk
	case f[goatCode] == "" && slices.Contains(lostTitles, f[goatTitle]):
		return kindLost
	case f[goatCode] == "" && codes[f[goatTitle]]:
		return kindTitled
	case f[goatCode] == "" && !aliases[f[goatTitle]]:
		return "unknown title " + f[goatTitle]
	case f[goatCode] != "" && !codes[f[goatCode]]:
		return kindSpelled
	case f[5] == "used":
		return kindUsed
	}
	return kindNew
}

func TestKindsMatchTheFiles(t *testing.T) {
	ref, s := generate(t, Options{Scale: 0.5})
	aliases, codes := make(map[string]bool), make(map[string]bool)
	for _, st := range ref.Styles {
		codes[st.Code] = st.Code != ""
	}
	for _, a := range ref.Aliases {
		aliases[a.Alias] = true
		if codes[a.StyleID] {
			codes[a.Alias] = true // a title of a style that has a code
		}
	}
	header, rows := table(t, body(t, s, GOATFile))
	if strings.Join(header, ",") != goatHeader {
		t.Error(header)
	}
	got, seen := make(map[string]int), make(map[string]bool)
	for _, f := range rows {
		got[classify(f, seen, aliases, codes)]++
	}
	compareKinds(t, s, GOATFile, got, len(rows))

	_, rows = table(t, body(t, s, StockXFile))
	got = make(map[string]int)
	orders := make(map[string]bool)
	for _, f := range rows {
		item, style, order := f[12], f[15], f[16]
		kind := map[string]string{"N/A": kindStyleNA, "": kindStyleBlank}[style]
		if kind == "" {
			kind = kindSale
		}
		if slices.ContainsFunc(noShoes, func(n [2]string) bool { return n[0] == item }) {
			kind = kindNoShoe
		}
		got[kind]++
		if orders[order] {
			t.Errorf("order %s stands there twice", order)
		}
		orders[order] = true
		if f[0] != sellerName || !strings.Contains(f[41], "\n") {
			t.Errorf("order %s: %q, %q", order, f[0], f[41])
		}
	}
	compareKinds(t, s, StockXFile, got, len(rows))
}

func compareKinds(t *testing.T, s Sample, name string, got map[string]int, rows int) {
	t.Helper()
	want := s.Truth.Files[name]
	if rows != want.Rows {
		t.Errorf("%s: %d rows, the truth says %d", name, rows, want.Rows)
	}
	for kind, n := range want.Kinds {
		if got[kind] != n || n == 0 {
			t.Errorf("%s: %d rows of %s, the truth says %d", name, got[kind], kind, n)
		}
	}
	if len(got) != len(want.Kinds) {
		t.Errorf("%s: kinds %v, the truth says %v", name, got, want.Kinds)
	}
}

// A synthetic book has one snapshot day, days since release are counted to it,
// and no trade is before the release.
func TestKREAM(t *testing.T) {
	_, s := generate(t, Options{Scale: 0.5})
	_, rows := table(t, body(t, s, KREAMFile))
	if n := s.Truth.Files[KREAMFile].Rows; n != len(rows) {
		t.Errorf("%d rows, the truth says %d", len(rows), n)
	}
	day := func(text string) data.Date {
		d, err := time.Parse("2006/01/02", text)
		if err != nil {
			t.Fatal(err)
		}
		return data.DateOf(d)
	}
	dated := 0
	for _, f := range rows {
		if f[6] == "-" {
			if f[7] != "" {
				t.Errorf("%s: %s days since no release", f[0], f[7])
			}
			continue
		}
		dated++
		if age := strconv.Itoa(int(s.Truth.End - day(f[6]))); age != f[7] {
			t.Errorf("%s: %s days since release, want %s", f[0], f[7], age)
		}
		if high, low := day(f[12]), day(f[14]); min(high, low) < day(f[6]) || max(high, low) > s.Truth.End {
			t.Errorf("%s, released %s, traded %s and %s", f[0], f[6], f[12], f[14])
		}
	}
	if dated < 10 {
		t.Errorf("only %d products with a release", dated)
	}
}

// sale is a sound sale of a new pair, read back from the files by other means
// than those that wrote them: titles by the aliases, euros by the file of rates.
type sale struct {
	style    string
	day      data.Date
	price    float64
	currency string
	rate     float64 // dollars per unit of the currency
}

// multiple is the price over the retail price in its currency, else over the
// dollar price at the rate of the day.
func (x sale) multiple(ref data.Reference) (float64, bool) {
	if p, ok := ref.RetailAt(x.style, x.currency, x.day); ok {
		return x.price / (float64(p.Price) / 100), true
	}
	p, ok := ref.RetailAt(x.style, "USD", x.day)
	return x.price * x.rate / (float64(p.Price) / 100), ok
}

func soundSales(t *testing.T, ref data.Reference, s Sample) []sale {
	t.Helper()
	known := make(map[string]string)
	for _, a := range ref.Aliases {
		known[a.Alias] = a.StyleID
	}
	for _, st := range ref.Styles {
		known[st.ID] = st.ID
	}
	euro := make(map[string]float64)
	_, rows := table(t, body(t, s, FXFile))
	for _, f := range rows {
		if f[1] == "EUR" {
			euro[f[0]], _ = strconv.ParseFloat(f[2], 64)
		}
	}
	var out []sale
	seen := make(map[string]bool)
	_, rows = table(t, body(t, s, GOATFile))
	for _, f := range rows {
		if len(f) < 13 || seen[f[0]] || f[5] != "new" || f[goatBasis] != "sale" {
			continue
		}
		seen[f[0]] = true
		style := known[data.NormalizeCode(f[goatCode])]
		if f[goatCode] == "" {
			style = known[f[goatTitle]]
		}
		at, err := time.Parse(time.RFC3339, f[goatSoldAt])
		price, perr := strconv.Atoi(f[goatPrice])
		if err == nil && perr == nil && price > 0 && price < 999999 && style != "" {
			out = append(out, sale{style, data.DateOf(at), float64(price), "USD", 1})
		}
	}
	_, rows = table(t, body(t, s, StockXFile))
	for _, f := range rows {
		style := known[f[15]]
		if style == "" {
			style = known[f[12]]
		}
		at, err := time.Parse("2006-01-02 15:04:05 +00", f[17])
		price, perr := strconv.Atoi(f[34])
		if err != nil || perr != nil {
			t.Fatal(err, perr)
		}
		if style == "" {
			continue
		}
		d := data.DateOf(at)
		rate := 0.0
		for back := 0; rate == 0; back++ {
			rate = euro[d.AddDays(-back).String()]
		}
		out = append(out, sale{style, d, float64(price), "EUR", rate})
	}
	return out
}

func TestNoSaleBeforeRelease(t *testing.T) {
	ref, s := generate(t, Options{})
	released := make(map[string]data.Style)
	for _, st := range ref.Styles {
		released[st.ID] = st
	}
	young := 0
	for _, x := range soundSales(t, ref, s) {
		st := released[x.style]
		if x.day < st.ReleaseDate || x.day < s.Truth.Start || x.day > s.Truth.End {
			t.Errorf("%s of %s was sold on %s", x.style, st.ReleaseDate, x.day)
		}
		if st.ReleaseDate > s.Truth.Start {
			young++
		}
	}
	if young == 0 {
		t.Error("no style came out within the sample")
	}
}

// The plain median of price over retail finds the truth again. The standard
// error of a median is 1.2533 sd/√n for normal noise. Against the mean truth of
// the weeks, sd is that of the log multiples themselves, market included; with
// each sale set against the truth of its own week it is the noise and the sizes.
func TestTruthIsRecoverable(t *testing.T) {
	ref, s := generate(t, Options{})
	truth := make(map[string]map[data.Date]float64)
	for _, m := range s.Truth.Multiples {
		if truth[m.StyleID] == nil {
			truth[m.StyleID] = make(map[data.Date]float64)
		}
		truth[m.StyleID][m.Week] = m.Multiple
	}
	from := s.Truth.End.Monday().AddDays(-7 * 51)
	logs, residuals, trueOf := make(map[string][]float64), make(map[string][]float64), make(map[string][]float64)
	for _, x := range soundSales(t, ref, s) {
		multiple, ok := x.multiple(ref)
		if !ok || x.day < from {
			continue
		}
		y, m := math.Log(multiple), truth[x.style][x.day.Monday()]
		logs[x.style] = append(logs[x.style], y)
		residuals[x.style] = append(residuals[x.style], y-math.Log(m))
		trueOf[x.style] = append(trueOf[x.style], m)
	}
	tested := 0
	for style, y := range logs {
		n := float64(len(y))
		if n < 100 {
			continue
		}
		tested++
		mean := 0.0
		for _, m := range trueOf[style] {
			mean += m / n
		}
		if d, se := median(y)-math.Log(mean), 1.2533*sd(y)/math.Sqrt(n); math.Abs(d) > 3*se {
			t.Errorf("%s, n = %.0f: ln median is %.4f off the mean truth, 3 standard errors are %.4f", style, n, d, 3*se)
		}
		if d, se := median(residuals[style]), 1.2533*sd(residuals[style])/math.Sqrt(n); math.Abs(d) > 3*se {
			t.Errorf("%s, n = %.0f: ln median is %.4f off the truth of the weeks, 3 standard errors are %.4f", style, n, d, 3*se)
		}
	}
	if tested < 15 {
		t.Errorf("only %d styles with 100 sales", tested)
	}
	// One Grey Day release can carry no median: three sales in the last year.
	if n := len(logs[fewStyle]); n != 3 {
		t.Errorf("%s has %d sales in the last 52 weeks, want 3", fewStyle, n)
	}
	if logs["990v6-marblehead-vintage-indigo-grey-day-2023"] != nil {
		t.Error("a style of unknown retail price has multiples")
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

func sd(x []float64) float64 {
	mean, ss := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		ss += (v - mean) * (v - mean)
	}
	return math.Sqrt(ss / float64(len(x)-1))
}

func TestWrite(t *testing.T) {
	_, s := generate(t, Options{Scale: 0.01, Weeks: 60})
	dir := filepath.Join(t.TempDir(), "new", "folder")
	for range 2 { // the second time over the first
		if err := s.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(s.Files) {
		t.Fatalf("%d files, want %d: %v", len(entries), len(s.Files), err)
	}
	for _, f := range s.Files {
		if got, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || !bytes.Equal(got, f.Body) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
