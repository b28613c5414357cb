package reports

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
)

// said is what a figure says before its chart: title and reading.
func said(t *testing.T, build func(analysis.Weekly) (pageFigure, error), wk analysis.Weekly) (string, pageFigure) {
	t.Helper()
	f, err := build(wk)
	if err != nil {
		t.Fatal(err)
	}
	return f.Title + "|" + f.Reading, f
}

func TestMoversSentences(t *testing.T) {
	up := madeUpMover("v3", "M990JD3", "JJJJound Olive", 20, 35, 1.47, 0.13, 0.09)
	down := madeUpMover("v4", "M990GL4", "Grey / Castlerock", 171, 157, 1.1, -0.21, 0.1)
	still := madeUpMover("v1", "M990CH1", "Carhartt", 20, 20, 1.1, 0.05, 0.06) // from −0.01 to +0.11
	broken := madeUpMover("v1", "M990CH1", "Carhartt", 20, 20, 1.1, math.NaN(), 0.06)
	for _, tt := range []struct {
		name     string
		rows     []analysis.MoverRow
		compared int
		want     string
		drawn    bool
	}{
		{"none compared", nil, 0, "No style has enough sales to say whether it moved|A style is compared when both periods have enough sales of it for a median, and none has.", false},
		// 24 styles at 95 %: 24 * 0.05 = 1.2
		{"none moved", []analysis.MoverRow{still, broken}, 24, "Nothing moved beyond what chance does|Of 24 styles compared, none moved: every interval of a change has 0 in it, although about 1.2 would be listed by chance alone even if nothing had moved.", false},
		{"one moved", []analysis.MoverRow{up}, 1, "1 style up and none down: 990v3 JJJJound Olive, +0.13x|Of 1 style compared, 1 moved (the interval of the change leaves out 0), and about 0.1 would be listed " +
			"by chance alone even if nothing had moved. The largest: 990v3 JJJJound Olive, +0.13x (+0.04 to +0.22), from 1.47x on 20 sales to 1.60x on 35 sales.", true},
		{"only downs", []analysis.MoverRow{down, down}, 9, "2 styles down and none up, 990v4 Grey / Castlerock the most: −0.21x|", true},
		{"both", []analysis.MoverRow{up, still, down}, 9, "1 style up and 1 down, 990v4 Grey / Castlerock the most: −0.21x|Of 9 styles compared, 2 moved", true},
		{"no more than chance", []analysis.MoverRow{up, down}, 40, "1 style up and 1 down, no more than chance would list|", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wk := madeUpWeekly()
			wk.Movers = madeUpMovers(tt.rows...)
			wk.Movers.Compared = tt.compared
			got, f := said(t, moversFigure, wk)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("it says\n%s, want\n%s", got, tt.want)
			}
			if (f.Option != nil) != tt.drawn {
				t.Errorf("drawn: %v, want %v", f.Option != nil, tt.drawn)
			}
		})
	}
	if got, f := said(t, moversFigure, analysis.Weekly{}); !strings.HasPrefix(got, "No style has enough") || f.Option != nil {
		t.Errorf("of nothing it says %q", got)
	}
}

// TestManyMovers: eight of each direction are drawn, the largest first, and the table has all.
func TestManyMovers(t *testing.T) {
	var rows []analysis.MoverRow
	for i := range 24 {
		d := 0.1 + float64(i)/100
		if i%2 == 1 {
			d = -d
		}
		rows = append(rows, madeUpMover("v6", fmt.Sprintf("M990X%02d", i), "Grey", 30, 30, 1, d, 0.05))
	}
	wk := madeUpWeekly()
	wk.Movers = madeUpMovers(rows...)
	_, f := said(t, moversFigure, wk)
	option := string(f.Option)
	// Up are the even ones, 22 the largest; 8 of them end at 8. Down are the odd ones, 23 to 9.
	for code, drawn := range map[string]bool{"M990X22": true, "M990X08": true, "M990X06": false, "M990X23": true, "M990X09": true, "M990X07": false} {
		if strings.Contains(option, code) != drawn {
			t.Errorf("%s drawn: %v, want %v", code, !drawn, drawn)
		}
	}
	if up, down := strings.Index(option, "Up: 12 of 24"), strings.Index(option, "Down: 12 of 24"); up < 0 || down < up {
		t.Error("the directions are not named, up first")
	}
	if len(f.Table.Body) != 24 || f.Table.Body[0][0].Text != "990v6 Grey (M990X22)" || f.Table.Body[23][5].Text != "−0.11x" {
		t.Errorf("the table has %d rows: %v", len(f.Table.Body), f.Table.Body)
	}
	if !strings.Contains(strings.Join(f.Notes, " "), "The chart draws the 8 largest moves of each direction") {
		t.Errorf("the cut is not said: %q", f.Notes)
	}
}

// TestMovesFarOut: one move of −4x gets an arrow at the left end and leaves the others room.
func TestMovesFarOut(t *testing.T) {
	wk := madeUpWeekly()
	wk.Movers = madeUpMovers(append(wk.Movers.Rows, madeUpMover("v2", "far", "Far", 30, 30, 6, -4, 0.5))...)
	_, f := said(t, moversFigure, wk)
	// The third of the tops 4.5, 0.31, 0.22 counts as 0.25; twice that, on a tick, is 0.6.
	if !strings.Contains(strings.Join(f.Notes, " "), "The axis runs from −0.6x to ") {
		t.Errorf("the cut is not said: %q", f.Notes)
	}
	d, err := newStillDrawer()
	if err == nil {
		err = f.draw(d)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, svg := range []string{string(f.WideSVG), string(f.NarrowSVG)} {
		for _, want := range []string{"← −4.00x", "−4.50 to −3.50", "Down: 3 of 5", ">−0.6x<", "no change", "n = 20 → 35"} {
			if !strings.Contains(svg, want) {
				t.Errorf("the drawing lacks %q", want)
			}
		}
	}
}

func TestSpanAcross(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   axisSpan
	}{
		{[]float64{0.1, 0.3}, axisSpan{-0.1, 0.3, 0.1}}, // a step is left of 0
		{[]float64{-0.3, -0.1}, axisSpan{-0.3, 0.1, 0.1}},
		{[]float64{-0.31, 0.22, math.NaN()}, axisSpan{-0.4, 0.3, 0.1}},
	} {
		if got := spanAcross(tt.values...); got != tt.want {
			t.Errorf("spanAcross(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

// TestSmallChangesKeepTheirSign: an interval that leaves out 0 must not read as if it began there.
func TestSmallChangesKeepTheirSign(t *testing.T) {
	for v, want := range map[float64]string{0.0048: "+0.005", -0.0012: "−0.001", 0.0004: "+0.000", 0.0051: "+0.01", -0.31: "−0.31", 0: "0.00", -1e-9: "0.00"} {
		if got := signedText(v); got != want {
			t.Errorf("signedText(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestStyleNames(t *testing.T) {
	for _, tt := range []struct {
		model string
		keys  []string
		want  styleName
	}{
		{"990", []string{"v3", "M990JD3", "JJJJound Olive"}, styleName{"990v3 JJJJound Olive", "M990JD3", "M990JD3"}},
		{"990", []string{"v3", "990v3-grey-2019", "Grey"}, styleName{"990v3 Grey", "", "990v3-grey-2019"}}, // the slug is the name again
		{"990", []string{"", "990-black", "Black"}, styleName{"990 Black", "", "990-black"}},
		{"990", []string{"v3", "M990JD3", ""}, styleName{"M990JD3", "", "M990JD3"}},
		{"", []string{"", "adidas-yeezy", ""}, styleName{"adidas-yeezy", "", "adidas-yeezy"}},
		{"990", nil, styleName{"990 style unknown", "", ""}},
	} {
		if got := styleOf(tt.model, tt.keys); got != tt.want {
			t.Errorf("styleOf(%q) = %+v, want %+v", tt.keys, got, tt.want)
		}
	}
}

func TestTradedSentences(t *testing.T) {
	row := func(code string, n int) analysis.MultipleRow {
		return sided(madeUpGroup("v6", n, 1.1, 0.2), code, "Grey")
	}
	for _, tt := range []struct {
		name   string
		rows   []analysis.MultipleRow
		styles int
		basis  string
		want   string
	}{
		{"nothing sold", nil, 0, "sale", "No 990 sale in the 4 weeks to 15 November 2026|There are no such sales"},
		{"one sale", []analysis.MultipleRow{row("A", 1)}, 1, "sale", "990v6 Grey alone sold: 1 sale|990v6 Grey has 1 sale, too few for a median."},
		// 30 + 20 of 50
		{"two", []analysis.MultipleRow{row("A", 30), row("B", 20)}, 2, "sale", "990v6 Grey sold most: 30 sales|990v6 Grey resold at 1.10x retail, 1.01 to 1.20, on 30 sales; above retail for 70 %. 2 styles make up all of the 50 sales"},
		{"a tie", []analysis.MultipleRow{row("A", 30), row("B", 30)}, 9, "sale", "990v6 Grey sold most: 30 sales, as many as 990v6 Grey|"},
		{"asks", []analysis.MultipleRow{row("A", 30), row("B", 20)}, 2, "ask", "990v6 Grey has the most asking prices: 30|990v6 Grey asking prices stood at 1.10x retail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wk := madeUpWeekly()
			wk.Traded = madeUpMultiples(tt.rows...)
			wk.Traded.PriceBasis, wk.Traded.Spec.Since, wk.TradedStyles = tt.basis, mustDay("2026-10-19"), tt.styles
			got, f := said(t, tradedFigure, wk)
			if got = strings.ReplaceAll(got, "\u00a0", " "); !strings.HasPrefix(got, tt.want) {
				t.Errorf("it says\n%s, want\n%s", got, tt.want)
			}
			if (f.Option != nil) != (len(tt.rows) > 1) { // one bar compares nothing
				t.Errorf("drawn: %v", f.Option != nil)
			}
		})
	}
}

func TestSidesSentences(t *testing.T) {
	row := func(version, side string, n int, lo, median, hi float64) analysis.MultipleRow {
		r := analysis.MultipleRow{Keys: []string{version, side}, N: n}
		if median > 0 {
			r.Median = &median
		}
		if hi > 0 {
			r.Lo, r.Hi = &lo, &hi
		}
		return r
	}
	for _, tt := range []struct {
		name  string
		build func(analysis.Weekly) (pageFigure, error)
		rows  []analysis.MultipleRow
		want  string
		note  string
	}{
		{"no sale", marketplacesFigure, nil, "No sale to compare marketplaces by|There are no such sales", ""},
		{"one marketplace", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v4", "", 5, 0, 0, 0)},
			"One marketplace only, GOAT, so there is nothing to compare|It has 30 of 35 sales in this period.", "5 of 35 sales name no marketplace."},
		{"none named", marketplacesFigure, []analysis.MultipleRow{row("v3", "", 30, 1, 1.1, 1.2)}, "No marketplace is named, so none can be compared|30 sales, and none of them says where.", ""},
		{"too few on the second", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 4, 0, 0, 0), row("v4", "eBay", 40, 1, 1.1, 1.2)},
			"No version has enough sales on two marketplaces to compare them|There are eBay (44 sales), GOAT (30 sales), but of no version", "1 version with too few sales for two medians is left out"},
		{"overlapping", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 20, 1.15, 1.25, 1.4)},
			"No version resells clearly higher on one marketplace than on another|990v3 on eBay resold at 1.25x retail (1.15 to 1.40, on 20 sales) and on GOAT at 1.10x retail (1.00 to 1.20, on 30 sales); " +
				"the intervals overlap: no difference can be told.", ""},
		{"touching", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 20, 1.2, 1.25, 1.4)}, "No version resells clearly higher", ""},
		{"one without interval", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 5, 0, 1.5, 0)},
			"No version resells clearly higher on one marketplace than on another|990v3 on eBay resold at 1.50x retail (no interval, on 5 sales) and on GOAT at 1.10x retail (1.00 to 1.20, on 30 sales); " +
				"without two intervals no difference can be told.", ""},
		{"apart, and not", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 20, 1.15, 1.25, 1.4), row("v4", "GOAT", 9, 1, 1.1, 1.2), row("v4", "eBay", 9, 1.3, 1.4, 1.5)},
			"990v4 resold higher on eBay than on GOAT: 1.40x against 1.10x; no clear difference in the other version|990v4 on eBay resold at 1.40x retail (1.30 to 1.50, on 9 sales) and on GOAT at 1.10x retail (1.00 to 1.20, on 9 sales); " +
				"the intervals do not overlap. In the other version the intervals overlap: no difference can be told.", ""},
		{"two apart", marketplacesFigure, []analysis.MultipleRow{row("v3", "GOAT", 30, 1, 1.1, 1.2), row("v3", "eBay", 20, 1.25, 1.3, 1.4), row("v4", "GOAT", 9, 1, 1.1, 1.2), row("v4", "eBay", 9, 1.3, 1.4, 1.5)},
			"990v4 resold higher on eBay than on GOAT: 1.40x against 1.10x; 2 of 2 versions differ clearly|990v4 on eBay resold at 1.40x retail (1.30 to 1.50, on 9 sales) and on GOAT at 1.10x retail " +
				"(1.00 to 1.20, on 9 sales); the intervals do not overlap. The intervals of 990v3 leave a gap, too.", ""},
		{"none known", originsFigure, []analysis.MultipleRow{row("v3", "", 30, 1, 1.1, 1.2)}, "Of no pair the country of making is known|30 sales in this period, and neither", ""},
		{"only the USA", originsFigure, []analysis.MultipleRow{row("v3", "USA", 30, 1, 1.1, 1.2), row("v3", "", 8, 1, 1.1, 1.2)},
			"Every pair of known origin was made in the USA, so there is nothing to compare|Of 38 sales in this period, 30 are of pairs made in the USA.", "8 of 38 sales are of pairs whose country of making is not known"},
		{"not the USA", originsFigure, []analysis.MultipleRow{row("v3", "UK", 30, 1, 1.1, 1.2), row("v3", "Vietnam", 30, 2, 2.1, 2.2)}, "No pair is known to be made in the USA", ""},
		{"the USA below", originsFigure, []analysis.MultipleRow{row("v3", "UK", 30, 2, 2.1, 2.2), row("v3", "USA", 30, 1, 1.1, 1.2)},
			"990v3 resold higher made in the UK than made in the USA: 2.10x against 1.10x|990v3 made in the UK resold at 2.10x retail (2.00 to 2.20, on 30 sales) and made in the USA at 1.10x retail", ""},
		// UK and Vietnam lie apart, but each overlaps the USA.
		{"others among themselves", originsFigure, []analysis.MultipleRow{row("v3", "UK", 30, 1.5, 1.6, 1.7), row("v3", "Vietnam", 30, 1, 1.1, 1.2), row("v3", "USA", 9, 1.1, 1.3, 1.6)},
			"Made in USA resells neither clearly above nor clearly below other countries of making|", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wk := madeUpWeekly()
			wk.Marketplaces = madeUpMultiples(tt.rows...)
			wk.Origins = wk.Marketplaces
			got, f := said(t, tt.build, wk)
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("it says\n%s, want\n%s", got, tt.want)
			}
			if !strings.Contains(strings.Join(f.Notes, " "), tt.note) {
				t.Errorf("it does not note %q: %q", tt.note, f.Notes)
			}
			if strings.Contains(got, "resold at") != (f.Option != nil) {
				t.Errorf("drawn: %v", f.Option != nil)
			}
		})
	}
}

// TestSidesOfAllModels: the v1 of two models are two shoes, a model without versions is
// one, and pairs of unknown version are not set against each other.
func TestSidesOfAllModels(t *testing.T) {
	wk := madeUpWeekly()
	wk.Model = ""
	row := func(model, version, side string, median float64) analysis.MultipleRow {
		r := madeUpGroup(model, 100, median, 0.2)
		r.Keys = []string{model, version, side}
		return r
	}
	wk.Origins = madeUpMultiples(
		row("990", "v1", "USA", 1.2), row("991", "v1", "UK", 1.9), // not compared
		row("990", "", "USA", 1), row("990", "", "UK", 2), // several shoes
		row("", "", "USA", 1), row("", "", "UK", 3), // so are these
		row("993", "", "USA", 1.5), row("993", "", "UK", 1.1))
	got, f := said(t, originsFigure, wk)
	if want := "993 resold higher made in the USA than made in the UK: 1.50x against 1.10x|"; !strings.HasPrefix(got, want) {
		t.Errorf("it says %q, want %q", got, want)
	}
	if n := strings.Count(string(f.Option), "{head|"); n != 3 { // one, in the option and in each of its layouts
		t.Errorf("%d headings, want one in three places", n)
	}
	if note := "400 of 800 sales are of pairs whose version is not known; they are several shoes, and not compared."; !strings.Contains(strings.Join(f.Notes, " "), note) {
		t.Errorf("it does not note %q: %q", note, f.Notes)
	}
	var names []string
	for _, r := range f.Table.Body {
		names = append(names, r[0].Text)
	}
	// The side with more pairs second only to the USA; unknown models last.
	want := "990v1, USA; 990, version unknown, USA; 990, version unknown, UK; 991v1, UK; 993, USA; 993, UK; model unknown, USA; model unknown, UK"
	if got := strings.Join(names, "; "); got != want {
		t.Errorf("the table has %s, want %s", got, want)
	}
	if got := styleOf("", []string{"990", "v6", "M990GL6", "Grey"}).Name; got != "990v6 Grey" {
		t.Errorf("a style of all models is called %q", got)
	}
}

// TestManyPairs: what is clear between two is not among many. Of k equal marketplaces in as
// many versions some lie apart by chance.
func TestManyPairs(t *testing.T) {
	// 1.00 ± 0.10 against 1.25 ± 0.10: a gap of 0.05, and 0.25 is 1.77 times the root of two squares of 0.10.
	// Of one pair 1.77 > 1; of 2,000 the normal quantile of 1 − 0.05/4,000, 4.21, is 2.15 times 1.96.
	figures := func(version, side string, median float64) analysis.MultipleRow {
		return analysis.MultipleRow{Keys: []string{version, side}, N: 100, Median: &median, Lo: figureAt(median - 0.1), Hi: figureAt(median + 0.1)}
	}
	wk := madeUpWeekly()
	rows := []analysis.MultipleRow{figures("v1", "a", 1), figures("v1", "b", 1.25)}
	wk.Marketplaces = madeUpMultiples(rows...)
	if got, _ := said(t, marketplacesFigure, wk); !strings.HasPrefix(got, "990v1 resold higher on b than on a") {
		t.Errorf("of one pair it says %q", got)
	}
	for i := range 64 { // 64 * 63 / 2 = 2,016 pairs more
		rows = append(rows, figures("v2", fmt.Sprint("m", i), 1))
	}
	wk.Marketplaces = madeUpMultiples(rows...)
	got, f := said(t, marketplacesFigure, wk)
	if !strings.HasPrefix(got, "No version resells clearly higher") ||
		!strings.Contains(got, "the intervals do not overlap, but among 2,017 pairs compared chance alone may set two as far apart. Nor can a difference be told in the other version.") {
		t.Errorf("of many pairs it says %q", got)
	}
	if !strings.Contains(strings.Join(f.Notes, " "), "Of a version the chart draws the 6 with the most sales") {
		t.Errorf("the cut is not said: %q", f.Notes)
	}
}

// TestSidesOfAsks: what is no sale is not said to be sold, and findings say what they rest on.
func TestSidesOfAsks(t *testing.T) {
	wk := basisWeekly("ask")
	wk.Movers.Rows, wk.Marketplaces.Rows = nil, wk.Marketplaces.Rows[:3]
	for want, build := range map[string]func(analysis.Weekly) (pageFigure, error){
		"By asking price, nothing moved beyond what chance does|":                                                                                moversFigure,
		"By asking price, no version stands clearly higher on one marketplace than on another|990v3 on GOAT asking prices stood at 1.23x retail": marketplacesFigure,
		"By asking price, 990v5 stood higher made in the USA than made in Vietnam: 0.92x against 0.80x":                                          originsFigure,
	} {
		if got, _ := said(t, build, wk); !strings.HasPrefix(got, want) {
			t.Errorf("it says\n%s, want\n%s", got, want)
		}
	}
}

// TestManyVersions: twelve are drawn, those with the most sales, and the clearest.
func TestManyVersions(t *testing.T) {
	var rows []analysis.MultipleRow
	for i := range 20 {
		gap := 0.0
		if i == 0 {
			gap = 1
		}
		rows = append(rows, sided(madeUpGroup(fmt.Sprint("v", i+1), 30+i, 1, 0.1), "GOAT"), sided(madeUpGroup(fmt.Sprint("v", i+1), 30+i, 1+gap, 0.1), "eBay"))
	}
	wk := madeUpWeekly()
	wk.Marketplaces = madeUpMultiples(rows...)
	_, f := said(t, marketplacesFigure, wk)
	// v1 has the fewest and a gap; of the others v10 to v20 have the most.
	for version, drawn := range map[string]bool{"990v1}": true, "990v2}": false, "990v9}": false, "990v10}": true, "990v20}": true} {
		if strings.Contains(string(f.Option), version) != drawn {
			t.Errorf("%s drawn: %v, want %v", version, !drawn, drawn)
		}
	}
	if !strings.Contains(strings.Join(f.Notes, " "), "The chart draws 12 of 20 versions: those with the most sales, and what the title speaks of.") || len(f.Table.Body) != 40 {
		t.Errorf("the cut is not said: %q", f.Notes)
	}
}

// TestSidesStandInOrder: versions by number, the USA before others, marketplaces by n;
// the unknown only in the table, last.
func TestSidesStandInOrder(t *testing.T) {
	first := func(f pageFigure) string {
		var s []string
		for _, r := range f.Table.Body {
			s = append(s, r[0].Text)
		}
		return strings.Join(s, "; ")
	}
	_, markets := said(t, marketplacesFigure, madeUpWeekly())
	// n over all versions: StockX 492, GOAT 223, eBay 4.
	if got, want := first(markets), "990v3, StockX; 990v3, GOAT; 990v3, eBay; 990v4, StockX; 990v4, GOAT; 990v5, StockX; 990v5, GOAT; 990v6, marketplace not named"; got != want {
		t.Errorf("marketplaces: %s, want %s", got, want)
	}
	_, origins := said(t, originsFigure, madeUpWeekly())
	if got, want := first(origins), "990v4, USA; 990v5, USA; 990v5, Vietnam; 990v5, country not known; 990v6, USA; 990v6, UK"; got != want {
		t.Errorf("origins: %s, want %s", got, want)
	}
	if strings.Contains(string(origins.Option), "990v4") || strings.Contains(string(origins.Option), "not known") {
		t.Error("what cannot be compared is drawn")
	}
}
