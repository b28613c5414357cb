package reports

import (
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// tileText is a tile as a reader sees it.
func tileText(t pageTile) string {
	figure := t.Figure
	if figure == "" {
		figure = "[" + t.Missing + "]"
	}
	return strings.ReplaceAll(figure+" "+t.Text+" | "+t.Against, "\u00a0", " ")
}

func expectTile(t *testing.T, got pageTile, want string) {
	t.Helper()
	if text := tileText(got); text != want {
		t.Errorf("the tile reads\n\t%s, want\n\t%s", text, want)
	}
	if (got.Figure == "") == (got.Missing == "") {
		t.Errorf("a tile needs a figure or the reason why it has none: %+v", got)
	}
}

func TestSalesTile(t *testing.T) {
	week := func(last, this int) analysis.Weekly {
		wk := madeUpWeekly()
		wk.ByWeek = madeUpMultiples(madeUpGroup("2026-W45", last, 1, 0.1), madeUpGroup("2026-W46", this, 1, 0.1))
		return wk
	}
	// 120 − 100 = 20 is within 1.96 · √220 = 29.1; 140 − 100 = 40 is not within 1.96 · √240 = 30.4.
	expectTile(t, salesTile(week(100, 120)), "120 sales of the 990 in 2026-W46 | +20.0 % against 100 in 2026-W45: no more than chance does")
	expectTile(t, salesTile(week(100, 140)), "140 sales of the 990 in 2026-W46 | +40.0 % against 100 in 2026-W45")
	expectTile(t, salesTile(week(200, 100)), "100 sales of the 990 in 2026-W46 | −50.0 % against 200 in 2026-W45")
	expectTile(t, salesTile(week(0, 1)), "1 sale of the 990 in 2026-W46 | none in 2026-W45")
	expectTile(t, salesTile(week(7, 0)), "[no sales this week] of the 990 in 2026-W46 | 7 sales in 2026-W45")
	partial := week(100, 60)
	partial.AsOf = mustDay("2026-11-12")
	expectTile(t, salesTile(partial), "60 sales of the 990 in 2026-W46 | the week is not over: seen up to 12 November 2026; 100 in all of 2026-W45")
	asks := week(3, 4)
	asks.ByWeek.PriceBasis = "ask"
	asks.Model = ""
	expectTile(t, salesTile(asks), "4 asking prices in 2026-W46 | +33.3 % against 3 in 2026-W45: no more than chance does")
}

func TestMultipleTile(t *testing.T) {
	wk := madeUpWeekly()
	// 1.05 ± 1.25 · 0.24 / √1188 · 1.96, above 1.1 times as far: madeUpGroup.
	expectTile(t, multipleTile(wk), "1.05x median multiple of retail, 990s | 1.03 to 1.07 (95 %), n = 1,188, the 52 weeks to 15 November 2026")
	wk.Overall = madeUpMultiples(madeUpGroup("new", 3, 0, 0))
	expectTile(t, multipleTile(wk), "[too few sales] median multiple of retail, 990s | n = 3, the 52 weeks to 15 November 2026")
	wk.Overall.Rows = nil
	expectTile(t, multipleTile(wk), "[no sales] median multiple of retail, 990s | the 52 weeks to 15 November 2026")
}

func TestIndexTile(t *testing.T) {
	series := func(levels ...float64) analysis.Weekly { // the last of them in the page's week
		wk := madeUpWeekly()
		s := analysis.IndexSeries{Segment: "990", Weighting: analysis.WeighSales, N: 670, Base: wk.Week.AddDays(-7 * (len(levels) - 1))}
		for i, v := range levels {
			s.Rows = append(s.Rows, analysis.IndexRow{Week: s.Base.AddDays(7 * i), Index: v, Lo: figureAt(v - 2), Hi: figureAt(v + 3)})
		}
		s.Changes = madeUpChanges(s)
		wk.Index = &analysis.Index{Series: []analysis.IndexSeries{s}}
		return wk
	}
	levels := make([]float64, 60)
	for i := range levels {
		levels[i] = 100
	}
	levels[60-1-52], levels[60-1-4], levels[60-1-1], levels[60-1] = 104, 130, 125, 130
	// 130/104 = 1.25, 130/130, 130/125 = 1.04.
	expectTile(t, indexTile(series(levels...)), "+25.0 % market index, 990, over 52 weeks | +24.0 % to +26.5 % (95 %); over 4 weeks ±0.0 % (−1.0 % to +1.5 %); over 1 week +4.0 %; now 130.0, 128.0 to 133.0 (95 %), 2025-W39 = 100, n = 670")
	expectTile(t, indexTile(series(100, 101, 102, 103, 106)), "+6.0 % market index, 990, over 4 weeks | +5.0 % to +7.5 % (95 %); over 1 week +2.9 %; now 106.0, 104.0 to 109.0 (95 %), 2026-W42 = 100, n = 670")
	expectTile(t, indexTile(series(100)), "100.0 market index, 990 | its first weeks, so no change yet; now 100.0, 98.0 to 103.0 (95 %), 2026-W46 = 100, n = 670")
	gone := series(100, 101)
	gone.Week = gone.Week.AddDays(7)
	expectTile(t, indexTile(gone), "[no sales this week] market index, 990 | last at 101.0, in 2026-W46")
	refused := series()
	refused.Index = &analysis.Index{Refused: []analysis.IndexRefusal{{Segment: "990", Reason: "12 sales of one style"}}}
	expectTile(t, indexTile(refused), "[no index] market index, 990 | 12 sales of one style")
	refused.Index = nil
	expectTile(t, indexTile(refused), "[no index] market index, 990 | these are not completed sales")
}

func TestGreyDayTile(t *testing.T) {
	group := func(lo, hi float64) analysis.MultipleRow {
		return analysis.MultipleRow{Keys: []string{"Grey Day 2023: x"}, N: 50, Lo: &lo, Median: figureAt((lo + hi) / 2), Hi: &hi}
	}
	inside, below, across := group(1.6, 2), group(1, 1.4), group(1.4, 1.6)
	page := func(rows ...analysis.MultipleRow) analysis.Weekly {
		wk := madeUpWeekly()
		wk.ByGreyDay.Rows = rows
		return wk
	}
	const about = " Grey Day releases reach 1.5x to 3x retail | "
	// The rule of analysis, claims.go: of three or more, more than half inside; or at most half even if all
	// that cross an edge were.
	for _, tt := range []struct {
		rows []analysis.MultipleRow
		want string
	}{
		{[]analysis.MultipleRow{inside, inside, below}, "Holds" + about + "of 3 releases, 2 inside, 1 below, 0 above, 0 across an edge, 0 too few to say"},
		{[]analysis.MultipleRow{inside, across, below, below}, "Does not hold" + about + "of 4 releases, 1 inside, 2 below, 0 above, 1 across an edge, 0 too few to say"},
		{[]analysis.MultipleRow{inside, across, below}, "[undecided]" + about + "of 3 releases, 1 inside, 1 below, 0 above, 1 across an edge, 0 too few to say"},
		{[]analysis.MultipleRow{inside, inside}, "[too few to say]" + about + "of 2 releases, 2 inside, 0 below, 0 above, 0 across an edge, 0 too few to say"},
		{nil, "[no sales]" + about + "none of a Grey Day release in the 52 weeks to 15 November 2026"},
	} {
		expectTile(t, greyDayTile(page(tt.rows...)), tt.want)
	}
	stored := page(inside, inside, inside)
	stored.Claims = []data.ClaimStanding{{Now: data.ClaimVerdict{Claim: "grey_day_now", Verdict: "does not hold", Why: "0 of 9", AsOf: mustDay("2026-11-08")}}}
	expectTile(t, greyDayTile(stored), "Does not hold"+about+"0 of 9; as of 8 November 2026")
}

func TestFreshnessTile(t *testing.T) {
	wk := madeUpWeekly()
	expectTile(t, freshnessTile(wk), "1 day from the newest record to the page’s last day | newest record 14 November 2026; last ingest 16 November 2026")
	wk.Facts.LastSoldOn, wk.Facts.LastIngest = 0, ""
	expectTile(t, freshnessTile(wk), "[no records] in the book up to 15 November 2026 | ")
}
