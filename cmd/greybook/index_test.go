package main

import (
	"context"
	"encoding/csv"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

// The index of the contest's workbook, read and matched by the real ingest, against
// what R computed on the same sales (../shared/cases/stockx_weekly_index; tolerance
// 1e-9, Huber 1e-6). The book keeps cents, and 105 of the 99,956 prices have more
// decimals (217.7085): against R that is worth some 1e-7 of an index at most. So each
// index is also held, to 1e-9, against a plain fit of the case's own rows at prices
// in cents; that such a fit of the exact prices agrees with R is package stat's test.
func TestIndexAgreesWithR(t *testing.T) {
	b := contestBook(t, shared(t, "data", "stockx-contest-2019", "StockX-Data-Contest-2019-3.xlsx"))
	sales := caseSales(t)
	const cents, huber = 2e-7, 1e-6
	asset, size := analysis.IndexModel{Size: analysis.SizeAssets}, analysis.IndexModel{Size: analysis.SizeEffects}
	aged, robust := asset, size
	aged.Age, robust.Huber = true, true
	for _, c := range []struct {
		method, file string
		weighting    analysis.Weighting
		model        analysis.IndexModel
		tolerance    float64
		plain        *stat.TPDOptions // nil: against R alone
	}{
		{"tpd_asset_ols", "expected.csv", analysis.WeighSales, asset, cents, &stat.TPDOptions{}},
		{"tpd_asset_cells_equal", "expected.csv", analysis.WeighStyles, asset, cents, &stat.TPDOptions{EqualStyle: true}},
		{"repeat_ols_bmn", "expected.csv", analysis.RepeatSales, asset, cents, nil},
		{"tpd_ageband", "expected_seasoned.csv", analysis.WeighSales, aged, cents, nil},
		{"hedonic_ols", "expected.csv", analysis.WeighSales, size, cents, nil},
		{"hedonic_huber_k1.345_converged", "expected.csv", analysis.WeighSales, robust, huber, nil},
	} {
		x := indexOf(t, b, analysis.IndexSpec{Segments: []string{analysis.SegmentAll}, Weightings: []analysis.Weighting{c.weighting}, Model: &c.model})
		rows := x.Series[0].Rows
		want := expectedIndex(t, c.file, c.method)
		if len(rows) != 77 || len(want) != 77 {
			t.Fatalf("%s: %d weeks, expected %d; the contest has 77", c.method, len(rows), len(want))
		}
		var index []float64
		worst := 0.0
		for i, r := range rows {
			index = append(index, r.Index)
			worst = max(worst, math.Abs(r.Index/want[i].index-1))
			if r.Week.String() != want[i].week || c.weighting != analysis.RepeatSales && r.N != want[i].n {
				t.Errorf("%s: week %s with %d sales, want %s with %d", c.method, r.Week, r.N, want[i].week, want[i].n)
			}
			if w := want[i].se; w > 0 && math.Abs(*r.SE/w-1) > c.tolerance {
				t.Errorf("%s: standard error %v in week %s, want %v", c.method, *r.SE, r.Week, w)
			}
		}
		t.Logf("%s: largest relative difference to R %.1e", c.method, worst)
		if !(worst <= c.tolerance) {
			t.Errorf("%s: off by %.1e, tolerance %g", c.method, worst, c.tolerance)
		}
		if c.plain == nil {
			continue
		}
		worst = 0
		for i, v := range plainIndex(t, sales, *c.plain) {
			worst = max(worst, math.Abs(index[i]/v-1))
		}
		t.Logf("%s: largest relative difference to a plain fit %.1e", c.method, worst)
		if !(worst <= 1e-9) {
			t.Errorf("%s: off by %.1e from a plain fit of the same cents", c.method, worst)
		}
	}
	ageEffectsAgree(t, b, aged)
}

func plainIndex(t *testing.T, sales iter.Seq2[stat.TPDRow, error], o stat.TPDOptions) []float64 {
	t.Helper()
	d, err := stat.NewTPD(77, nil, 0, sales)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := d.Fit(o)
	if err != nil {
		t.Fatal(err)
	}
	return fit.Index()
}

// ageEffectsAgree holds the effects of age since release against R's.
func ageEffectsAgree(t *testing.T, b *data.Book, aged analysis.IndexModel) {
	// expected_ageband_effects.csv: log effects over sales 91 days and more after release.
	x := indexOf(t, b, analysis.IndexSpec{Segments: []string{analysis.SegmentAll}, Model: &aged})
	want := caseRows(t, "stockx_weekly_index", "expected_ageband_effects.csv")
	if len(x.Series[0].Effects) != len(want) {
		t.Fatalf("%d effects, want %d", len(x.Series[0].Effects), len(want))
	}
	for i, e := range x.Series[0].Effects {
		if w := caseNumber(t, want[i][1]); math.Abs(e.Log/w-1) > 1e-6 {
			t.Errorf("effect of %s: %v, want %v (%s)", e.Name, e.Log, w, want[i][0])
		}
	}
}

// caseSales gives the sales of ../shared/cases/stockx_2019 in 77 weeks from
// 2017-08-28 on, sneaker and size as style, at prices in whole cents.
func caseSales(t *testing.T) iter.Seq2[stat.TPDRow, error] {
	first, _ := data.ParseDate("2017-08-28")
	assets := map[string]int{}
	var out []stat.TPDRow
	for _, r := range caseRows(t, "stockx_2019", "input.csv") {
		day, err := data.ParseDate(r[1])
		if err != nil {
			t.Fatal(err)
		}
		asset := r[3] + " " + r[7]
		if _, ok := assets[asset]; !ok {
			assets[asset] = len(assets)
		}
		price := math.Round(100*caseNumber(t, r[4])) / 100
		out = append(out, stat.TPDRow{Style: assets[asset], Week: int(day-first) / 7, N: 1, Mean: math.Log(price / caseNumber(t, r[5]))})
	}
	return func(yield func(stat.TPDRow, error) bool) {
		for _, r := range out {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func indexOf(t *testing.T, b *data.Book, spec analysis.IndexSpec) analysis.Index {
	t.Helper()
	x, err := analysis.ComputeIndex(context.Background(), b, spec)
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Series) == 0 {
		t.Fatalf("no index: %v", x.Refused)
	}
	return x
}

type expectedWeek struct {
	week      string
	n         int
	index, se float64
}

func expectedIndex(t *testing.T, file, method string) []expectedWeek {
	t.Helper()
	var out []expectedWeek
	for _, r := range caseRows(t, "stockx_weekly_index", file) {
		if r[0] != method {
			continue
		}
		w := expectedWeek{week: r[2], n: int(caseNumber(t, r[3])), index: caseNumber(t, r[4])}
		if len(r) > 5 && method == "tpd_asset_ols" {
			w.se = caseNumber(t, r[5])
		}
		out = append(out, w)
	}
	return out
}

func caseRows(t *testing.T, of, file string) [][]string {
	t.Helper()
	f, err := os.Open(shared(t, "cases", of, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func caseNumber(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The sample's market path is known (data/sample: model.go): two waves, the same for
// every style. The index must lie around it, within its own bands as often as they
// say: bands of one series share the error of their base week, so that one series
// may miss in a row; all series together, and changes over eight weeks, may not.
func TestIndexRecoversTheSample(t *testing.T) {
	path, made := sampleBook(t, sample.Options{})
	b, err := data.OpenReadOnly(t.Context(), path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p := made.Truth.Parameters
	last := made.Truth.End.Monday()
	truth := func(week data.Date) float64 {
		before := float64(last-week)/7 - 25.5
		return -p["market_amplitude_156_weeks"]*math.Sin(2*math.Pi*before/156) - p["market_amplitude_52_weeks"]*math.Sin(2*math.Pi*before/52)
	}
	x := indexOf(t, b, analysis.IndexSpec{AsOf: made.Truth.End, Weightings: analysis.Weightings()})
	inside, weeks := 0, 0
	for _, s := range x.Series {
		in, squares := 0, 0.0
		for _, r := range s.Rows {
			off := math.Log(r.Index/100) - (truth(r.Week) - truth(s.Base))
			squares += off * off
			if math.Abs(off) <= 1.96**r.SE {
				in++
			}
		}
		rms := math.Sqrt(squares / float64(len(s.Rows)))
		t.Logf("%-8s %-6s %4d weeks, %5d sales: %3.0f%% inside the band, off by %.1f%% (root mean square)",
			s.Segment, s.Weighting, len(s.Rows), s.N, 100*float64(in)/float64(len(s.Rows)), 100*rms)
		if s.Weighting == analysis.WeighSales {
			inside, weeks = inside+in, weeks+len(s.Rows)
		}
		if most := map[string]float64{analysis.SegmentAll: 0.02, "990": 0.02}[s.Segment]; most > 0 && s.Weighting != analysis.RepeatSales && rms > most {
			t.Errorf("the index of %s by %s is off by %.1f%%, want at most %.0f%%", s.Segment, s.Weighting, 100*rms, 100*most)
		}
	}
	if share := float64(inside) / float64(weeks); share < 0.9 {
		t.Errorf("the truth lies within the bands in %.0f%% of the weeks, want 90%% or more of 95%%", 100*share)
	}
}

// The same sales in another order of files, and with another number of threads, give
// the same bits.
func TestIndexKeepsItsDigits(t *testing.T) {
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	made, err := sample.Generate(ref, sample.Options{Scale: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := made.Write(dir); err != nil {
		t.Fatal(err)
	}
	var first analysis.Index
	for i, c := range []struct {
		files   []string
		threads int
	}{
		{[]string{sample.GOATFile, sample.StockXFile}, 2},
		{[]string{sample.StockXFile, sample.GOATFile}, 1},
	} {
		book := filepath.Join(dir, strconv.Itoa(i)+".duckdb")
		b := openTestBook(t, book)
		if i == 1 { // styles numbered otherwise
			mustExec(t, b, "UPDATE styles SET style_no = 100000 - style_no")
		}
		loadRates(t, b, made)
		for n, name := range c.files {
			load(t, b, n, filepath.Join(dir, name))
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err = data.OpenReadOnly(t.Context(), book, data.Options{Threads: c.threads}); err != nil {
			t.Fatal(err)
		}
		x := indexOf(t, b, analysis.IndexSpec{AsOf: made.Truth.End, Weightings: analysis.Weightings()})
		b.Close()
		if i == 0 {
			first = x
			continue
		}
		sameIndex(t, first, x)
	}
}

func sameIndex(t *testing.T, a, b analysis.Index) {
	t.Helper()
	if len(a.Series) != len(b.Series) || a.N != b.N {
		t.Fatalf("%d series of %d sales, then %d of %d", len(a.Series), a.N, len(b.Series), b.N)
	}
	for i, s := range a.Series {
		for j, r := range s.Rows {
			o := b.Series[i].Rows[j]
			if r.Week != o.Week || r.Index != o.Index || *r.SE != *o.SE || r.N != o.N || r.Styles != o.Styles {
				t.Fatalf("%s by %s: %+v, then %+v", s.Segment, s.Weighting, r, o)
			}
		}
	}
}
