package analysis

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestVersusByHand: core greys at 1.01 … 1.11, median 1.06; the 998 always at 2. The
// difference is 0.94, and lies between 2 − 1.11 and 2 − 1.01 in every draw.
func TestVersusByHand(t *testing.T) {
	b := newBook(t, slices.Concat(rising(grey6, 11), sold(t, greyDay, "2026-03-01", "9", times(7, "200")...), rising("M990TG3", 3)))
	for _, versus := range []string{CoreGrey, "core grey"} {
		m := ask(t, b, MultiplesSpec{By: []Dimension{ByGreyDay}, Versus: versus})
		gd, core := m.Rows[0], m.Rows[1]
		if core.Difference != nil || slices.Contains(core.Warnings, WarnBaseline) {
			t.Errorf("the baseline is compared with itself: %+v", core)
		}
		if math.Abs(*gd.Difference-0.94) > 1e-9 || *gd.DifferenceLo < 0.89-1e-9 || *gd.DifferenceHi > 0.99+1e-9 || *gd.DifferenceLo > 0.94 || *gd.DifferenceHi < 0.94 {
			t.Errorf("%v, %v to %v", *gd.Difference, *gd.DifferenceLo, *gd.DifferenceHi)
		}
		if slices.Contains(gd.Warnings, WarnOverlap) {
			t.Errorf("a Grey Day release is no core grey: %v", gd.Warnings)
		}
	}
	// By version: the v6 is the core greys themselves, the 998 has none of them.
	m := ask(t, b, MultiplesSpec{By: []Dimension{ByModel, ByVersion}, Versus: CoreGrey})
	overlap := map[string]bool{}
	for _, r := range m.Rows {
		overlap[r.Keys[0]+r.Keys[1]] = slices.Contains(r.Warnings, WarnOverlap)
	}
	if d := cmp.Diff(map[string]bool{"990v3": false, "990v6": true, "998": false}, overlap); d != "" {
		t.Error(d)
	}
	if m.Rows[0].Difference != nil { // three sales of the v3
		t.Errorf("a difference of too few: %+v", m.Rows[0])
	}
	// A value of several dimensions, by commas; and one that is none.
	if m := ask(t, b, MultiplesSpec{By: []Dimension{ByModel, ByVersion}, Versus: "990,v6"}); m.Rows[1].Difference != nil || m.Rows[2].Difference == nil {
		t.Errorf("990,v6: %+v", m.Rows)
	}
	var none *NoBaselineError
	if _, err := ComputeMultiples(t.Context(), b, MultiplesSpec{By: []Dimension{ByModel}, Versus: "991"}); !errors.As(err, &none) || !slices.Equal(none.Groups, []string{"990", "998"}) {
		t.Errorf("no such group: %v", err)
	}
	// Five core greys carry no median to compare with; nor does a book without sales.
	few := newBook(t, append(rising(grey6, 5), rising(greyDay, 9)...))
	for _, r := range ask(t, few, MultiplesSpec{By: []Dimension{ByModel}, Versus: CoreGrey}).Rows {
		if r.Difference != nil || !slices.Contains(r.Warnings, WarnBaseline) {
			t.Errorf("five to compare with: %+v", r)
		}
	}
	if m := ask(t, newBook(t, nil), MultiplesSpec{By: []Dimension{ByModel}, Versus: "990"}); len(m.Rows) != 0 {
		t.Errorf("no sales: %+v", m.Rows)
	}
}

// TestMoversByHand: two windows of ten days up to 20 March. The v6 goes from 1x to 2x
// in every draw; the v5 stays at 1x; the v3 has five sales in the newer window, the
// v4 none at all.
func TestMoversByHand(t *testing.T) {
	b := newBook(t, slices.Concat(
		sold(t, grey6, "2026-03-01", "9", append(times(10, "100"), times(10, "200")...)...),
		sold(t, grey5, "2026-03-03", "9", times(16, "100")...), // to the 18th: 8 and 8
		sold(t, grey3, "2026-03-05", "9", times(11, "100")...), // to the 15th: 6 and 5
		sold(t, grey4, "2026-03-01", "9", times(7, "100")...),
		sold(t, grey4, "2026-02-01", "9", times(28, "900")...), // before both
	))
	q := MultiplesSpec{By: []Dimension{ByStyle}, AsOf: day(t, "2026-11-15"), Until: day(t, "2026-03-20")}
	m, err := ComputeMovers(t.Context(), b, MoversSpec{Question: q, Days: 10})
	if err != nil {
		t.Fatal(err)
	}
	if m.Compared != 2 || m.Moved != 1 || len(m.Rows) != 1 {
		t.Fatalf("compared %d, moved %d, %d rows", m.Compared, m.Moved, len(m.Rows))
	}
	if r := m.Rows[0]; r.Keys[0] != grey6 || r.N != 10 || r.NBefore != 10 || *r.Median != 2 || *r.MedianBefore != 1 || *r.Difference != 1 || *r.Lo != 1 || *r.Hi != 1 {
		t.Errorf("%+v", r)
	}
	m, err = ComputeMovers(t.Context(), b, MoversSpec{Question: q, Days: 10, All: true})
	if err != nil {
		t.Fatal(err)
	}
	type brief struct {
		key       string
		n, before int
		known     bool
	}
	var got []brief
	for _, r := range m.Rows {
		got = append(got, brief{r.Keys[0], r.N, r.NBefore, r.Difference != nil})
	}
	want := []brief{{grey6, 10, 10, true}, {grey5, 8, 8, true}, {grey3, 5, 6, false}, {grey4, 0, 7, false}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(brief{})); d != "" {
		t.Error(d)
	}
}

// TestSizesByHand. The v6: six sales each at 0.90 in size 8, 1.00 in 9, 1.10 in 12;
// its level, the median of 18, is 1.00. The v5: six each at 3.00 in 9 and 3.30 in 12; its
// level is 3.15, so that they sell at 3.00/3.15 = 0.952 and 3.30/3.15 = 1.048 of it. The
// band 9-10.5 has six at 0.952 and six at 1: median 0.976; twelve sales carry the 3rd and
// the 10th (P(Bin(12, ½) ≤ 2) = 79/4096 = 1.9 %, ≤ 3 is 7.3 %). The plain median of the
// band is 2.00, of which the mix of styles is all. The v3 has five sales, the v4 one band.
func TestSizesByHand(t *testing.T) {
	b := newBook(t, slices.Concat(
		sold(t, grey6, "2026-03-01", "8", times(6, "90")...), sold(t, grey6, "2026-03-01", "9", times(6, "100")...), sold(t, grey6, "2026-03-01", "12", times(6, "110")...),
		sold(t, grey5, "2026-03-01", "9", times(6, "300")...), sold(t, grey5, "2026-03-01", "12", times(6, "330")...),
		sold(t, grey3, "2026-03-01", "8", times(5, "100")...), sold(t, grey4, "2026-03-01", "8", times(8, "100")...),
	))
	s, err := ComputeSizes(t.Context(), b, MultiplesSpec{AsOf: day(t, "2026-11-15")})
	if err != nil {
		t.Fatal(err)
	}
	if s.Styles != 2 || s.Used != 30 || s.LeftOut != 13 || s.Scope.N != 43 {
		t.Errorf("styles %d, used %d, left out %d of %d", s.Styles, s.Used, s.LeftOut, s.Scope.N)
	}
	near := func(a *float64, b float64) bool { return a != nil && math.Abs(*a-b) < 1e-9 }
	for i, w := range []struct {
		band                     string
		n, styles                int
		relative, lo, hi, median float64
	}{
		{"7-8.5", 6, 1, 0.9, 0.9, 0.9, 0.9},
		{"9-10.5", 12, 2, (1 + 3/3.15) / 2, 3 / 3.15, 1, 2},
		{"11-12.5", 12, 2, (1.1 + 3.3/3.15) / 2, 3.3 / 3.15, 1.1, 2.2},
	} {
		r := s.Rows[i]
		if r.Keys[0] != w.band || r.N != w.n || r.Styles != w.styles || !near(r.Relative, w.relative) || !near(r.Lo, w.lo) || !near(r.Hi, w.hi) || !near(r.Median, w.median) {
			t.Errorf("%s: %+v", w.band, r)
		}
		if slices.Contains(r.Warnings, WarnOneStyle) != (w.styles == 1) {
			t.Errorf("%s: %v", w.band, r.Warnings)
		}
	}
	if _, err := ComputeSizes(t.Context(), b, MultiplesSpec{By: []Dimension{ByStyle}}); err == nil {
		t.Error("sizes by style are all at 1")
	}
}

// TestLiquidityByHand: four weeks to 28 March. The v6 sells on the 1st (twice), 2nd,
// 8th, 15th and 22nd: 6 in 4 weeks; gaps 0, 1, 6, 7, 7 days, median 6; a sale in each
// week (22–28, 15–21, 8–14, 1–7). The 95 % interval of a count of 6 is 2.20 to 13.06
// (Garwood). The v5 last sold in January: none in the window, and up to −ln 0.025 = 3.69
// would be no surprise.
func TestLiquidityByHand(t *testing.T) {
	sales := sold(t, grey5, "2026-01-10", "9", times(6, "100")...)
	for _, d := range []string{"2026-03-01", "2026-03-01", "2026-03-02", "2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"} {
		sales = append(sales, sale{style: grey6, day: d, price: "100", retail: "100"})
	}
	b := newBook(t, sales)
	q := MultiplesSpec{By: []Dimension{ByStyle}, AsOf: day(t, "2026-03-28")}
	l, err := ComputeLiquidity(t.Context(), b, LiquiditySpec{Question: q, Days: 28})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Rows) != 2 {
		t.Fatalf("%+v", l.Rows)
	}
	r := l.Rows[0]
	if r.Keys[0] != grey6 || r.N != 6 || r.Weeks != 4 || r.SalesPerWeek != 1.5 || *r.MedianDays != 6 || r.ShareOfWeeks != 1 || r.LastSoldOn.String() != "2026-03-22" ||
		math.Abs(r.SalesLo-2.20/4) > 2e-3 || math.Abs(r.SalesHi-13.06/4) > 2e-3 || slices.Contains(r.Warnings, WarnStale) {
		t.Errorf("%+v", r)
	}
	r = l.Rows[1]
	if r.Keys[0] != grey5 || r.N != 0 || r.SalesPerWeek != 0 || r.MedianDays != nil || r.ShareOfWeeks != 0 || r.LastSoldOn.String() != "2026-01-15" ||
		math.Abs(r.SalesHi+math.Log(0.025)/4) > 1e-6 || !slices.Equal(r.Warnings, []string{WarnStale, WarnTooFew}) {
		t.Errorf("%+v", r)
	}
	// A year's window begins with the book, on 10 January: 78 days.
	l, err = ComputeLiquidity(t.Context(), b, LiquiditySpec{Question: q, Days: 364})
	if err != nil || l.Rows[0].From.String() != "2026-01-10" || l.Rows[0].Weeks != 78./7 {
		t.Errorf("a year: %+v, %v", l.Rows, err)
	}
	// A release of 29 May 2025 has sold for two weeks by 11 June.
	jp := newBook(t, append(sold(t, "1300jp-2025-steel-blue", "2025-05-29", "9", times(7, "600")...), sold(t, grey6, "2025-01-01", "9", "100")...))
	l, err = ComputeLiquidity(t.Context(), jp, LiquiditySpec{Question: MultiplesSpec{By: []Dimension{ByStyle}, AsOf: day(t, "2025-06-11")}, Days: 364})
	if err != nil || l.Rows[0].From.String() != "2025-05-29" || l.Rows[0].SalesPerWeek != 3.5 {
		t.Errorf("a release: %+v, %v", l.Rows, err)
	}
}
