package reports

import (
	"fmt"
	"math"

	"github.com/amassable/greybook/analysis"
)

// sidesCharts is how many charts the parts of addSides come to.
const sidesCharts = 4

// addSides adds to a made-up week what moved, what sold most, and what is set side by
// side. As all of the made-up week, the figures are no estimates.
func addSides(wk *analysis.Weekly) {
	wk.Movers = madeUpMovers(
		madeUpMover("v3", "M990JD3", "JJJJound Olive", 20, 35, 1.47, 0.13, 0.09),
		madeUpMover("v6", "990v6-marblehead-vintage-indigo", "Marblehead Vintage Indigo from the Long Name Collection", 31, 44, 1.02, 0.05, 0.04),
		madeUpMover("", "990-black-olive-2017", "Black/Olive retro", 43, 31, 1.01, -0.03, 0.02),
		madeUpMover("v4", "M990GL4", "Grey / Castlerock", 171, 157, 1.1, -0.21, 0.1))
	wk.Movers.Compared = 41
	wk.Traded = madeUpMultiples(
		sided(madeUpGroup("v6", 65, 0.98, 0.15), "M990GL6", "Grey / Castlerock"), sided(madeUpGroup("v5", 32, 1.03, 0.15), "M990GL5", "Grey / Castlerock"),
		sided(madeUpGroup("v3", 25, 1.68, 0.3), "M990JJ3", "JJJJound Brown"), sided(madeUpGroup("v6", 11, 1.1, 0.2), "990v6-marblehead-vintage-indigo", "Marblehead Vintage Indigo"),
		sided(madeUpGroup("v1", 4, 0, 0), "M990CH1", "Carhartt WIP Sculpture Center Dark Navy"))
	wk.Traded.Spec.Since, wk.TradedStyles, wk.Traded.N = mustDay("2026-10-19"), 22, 190
	wk.Marketplaces = madeUpMultiples(
		sided(madeUpGroup("v3", 300, 1.21, 0.2), "StockX"), sided(madeUpGroup("v3", 90, 1.23, 0.2), "GOAT"), sided(madeUpGroup("v3", 4, 0, 0), "eBay"),
		sided(madeUpGroup("v4", 96, 0.95, 0.15), "StockX"), sided(madeUpGroup("v4", 130, 1.05, 0.15), "GOAT"),
		sided(madeUpGroup("v5", 96, 0.95, 0.15), "StockX"), sided(madeUpGroup("v5", 3, 0, 0), "GOAT"), sided(madeUpGroup("v6", 20, 1, 0.1), ""))
	wk.Origins = madeUpMultiples(
		sided(madeUpGroup("v5", 131, 0.78, 0.1), ""), sided(madeUpGroup("v5", 40, 0.80, 0.12), "Vietnam"), sided(madeUpGroup("v5", 979, 0.92, 0.15), "USA"),
		sided(madeUpGroup("v6", 600, 0.91, 0.15), "USA"), sided(madeUpGroup("v6", 14, 0.93, 0.15), "UK"), sided(madeUpGroup("v4", 200, 1, 0.1), "USA"))
}

// sided gives a row further keys.
func sided(r analysis.MultipleRow, keys ...string) analysis.MultipleRow {
	r.Keys = append(r.Keys, keys...)
	return r
}

// madeUpMover is a style that moved by d, its interval from d − half to d + half.
func madeUpMover(version, style, colorway string, before, n int, was, d, half float64) analysis.MoverRow {
	return analysis.MoverRow{Keys: []string{version, style, colorway}, N: n, NBefore: before, MedianBefore: figureAt(was), Median: figureAt(was + d),
		Difference: figureAt(d), Lo: figureAt(d - half), Hi: figureAt(d + half), Warnings: []string{"synthetic"}}
}

// madeUpMovers is a result of windows of 13 weeks; every row of it was compared.
func madeUpMovers(rows ...analysis.MoverRow) analysis.Movers {
	m := analysis.Movers{Now: madeUpMultiples(), Before: madeUpMultiples(), Compared: len(rows), Moved: len(rows), Rows: rows}
	m.Spec = analysis.MoversSpec{Question: m.Now.Spec, Days: 91}
	m.Now.Spec.Since, m.Now.Spec.Until = mustDay("2026-08-17"), mustDay("2026-11-15")
	m.Now.N, m.Now.Synthetic, m.Before.N = 1095, 1095, 1404
	return m
}

// eachSides are the parts of addSides.
func eachSides(wk *analysis.Weekly) []*analysis.Multiples {
	return []*analysis.Multiples{&wk.Movers.Now, &wk.Traded, &wk.Marketplaces, &wk.Origins}
}

// hostileSides puts hostile text wherever addSides has text of a record.
func hostileSides(wk *analysis.Weekly) {
	var movers []analysis.MoverRow
	var traded, markets, origins []analysis.MultipleRow
	for i, text := range hostileNames() {
		text = text[:min(len(text), 300)] // the long one stands in the page often enough
		d := 0.3 * math.Cos(float64(i)*2)
		m := madeUpMover(text, text, text, 20, 30, 1.2, d, math.Abs(d)/2)
		m.Warnings = []string{text}
		movers = append(movers, m)
		group := madeUpGroup(text, 40+i, 1+d, 0.2)
		group.Warnings = []string{text}
		traded = append(traded, sided(group, text, text))
		markets = append(markets, sided(group, text), sided(group, fmt.Sprint(text, " too")))
		origins = append(origins, sided(group, text), sided(group, "USA"))
	}
	wk.Movers = madeUpMovers(movers...)
	wk.Traded, wk.Marketplaces, wk.Origins = madeUpMultiples(traded...), madeUpMultiples(markets...), madeUpMultiples(origins...)
	for _, m := range eachSides(wk) {
		m.PriceBasis, m.Condition = hostileScript, hostileScript
	}
}
