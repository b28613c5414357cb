package reports

import (
	"math"

	"github.com/amassable/greybook/analysis"
)

// madeUpVersionWeeks is the year of madeUpWeekly by version and week, keyed by Monday as
// the book has it: v1 thin in each week, v2 with a median in every fifth, v3 always
// above retail and rising, v4 around it, v5 sold in the last half only, v6 below.
func madeUpVersionWeeks() analysis.Multiples {
	var rows []analysis.MultipleRow
	first := mustDay("2025-11-17")
	add := func(version string, week, n int, median float64) {
		r := madeUpGroup(version, n, median, 0.1)
		r.Keys = []string{version, first.AddDays(7 * week).String()}
		rows = append(rows, r)
	}
	for i := range 52 {
		add("v1", i, 2, 0)
		if i%2 == 0 {
			add("v2", i, 4+i%5, 1.12)
		}
		add("v3", i, 20, 1.2+0.008*float64(i))
		add("v4", i, 12, 1+0.09*math.Sin(float64(i)/5))
		if i >= 26 {
			add("v5", i, 9, 0.78)
		}
		add("v6", i, 16, 0.64+0.005*float64(i))
	}
	return madeUpMultiples(rows...)
}

// madeUpSizeRow is a size band with the ends of its interval as they are given.
func madeUpSizeRow(band string, n int, lo, relative, hi float64) analysis.SizeRow {
	r := analysis.SizeRow{Keys: []string{band}, N: n, Styles: 1 + n/40, Warnings: []string{"synthetic"},
		FirstSoldOn: mustDay("2025-11-20"), LastSoldOn: mustDay("2026-11-14")}
	if n < 6 {
		r.Warnings = []string{"synthetic", "too_few"}
		return r
	}
	r.Relative, r.Lo, r.Hi, r.Median = figureAt(relative), figureAt(lo), figureAt(hi), figureAt(1.1*relative)
	return r
}

func madeUpSizesOf(rows ...analysis.SizeRow) analysis.Sizes {
	s := analysis.Sizes{Scope: madeUpMultiples(), Styles: 14, LeftOut: 37, Rows: rows}
	for _, r := range rows {
		s.Used += r.N
	}
	s.Scope.N = s.Used + s.LeftOut
	s.Scope.Synthetic = s.Scope.N
	return s
}

// madeUpSizes has one band clearly below, one clearly above, and one too thin.
func madeUpSizes() analysis.Sizes {
	return madeUpSizesOf(madeUpSizeRow("<=6.5", 4, 0, 0, 0), madeUpSizeRow("7-8.5", 310, 0.955, 0.97, 0.985),
		madeUpSizeRow("9-10.5", 520, 0.995, 1.002, 1.01), madeUpSizeRow("11-12.5", 204, 1.01, 1.031, 1.05),
		madeUpSizeRow(">=13", 61, 1.02, 1.084, 1.15), madeUpSizeRow("", 52, 0.96, 0.99, 1.03))
}

// madeUpAges has every band, one of them too thin, and pairs of unknown release.
func madeUpAges() analysis.Multiples {
	return madeUpMultiples(madeUpGroup("before release", 3, 0, 0), madeUpGroup("first week", 41, 1.34, 0.25), madeUpGroup("weeks 2–4", 77, 1.22, 0.22),
		madeUpGroup("weeks 5–13", 120, 1.1, 0.2), madeUpGroup("weeks 14–26", 133, 1.06, 0.2), madeUpGroup("weeks 27–52", 160, 1.03, 0.2),
		madeUpGroup("second year", 210, 0.99, 0.2), madeUpGroup("later", 380, 1.05, 0.3), madeUpGroup("", 64, 1.01, 0.2))
}

// hostileParts puts hostile text into the parts of this file.
func hostileParts(wk *analysis.Weekly) {
	var weeks, ages []analysis.MultipleRow
	var sizes []analysis.SizeRow
	for i, text := range hostileNames() {
		r := madeUpGroup(text, 20+i, 1.1, 0.2)
		r.Keys, r.Warnings = []string{text, "2026-W46"}, []string{text}
		weeks = append(weeks, r)
		r.Keys = []string{text, text}
		weeks = append(weeks, r)
		ages = append(ages, madeUpGroup(text, 15, 1, 0.1))
		sizes = append(sizes, madeUpSizeRow([]string{"", "<=", ">="}[i%3]+text, 40, 1.01, 1.02, 1.03))
	}
	wk.VersionWeeks, wk.ByAge, wk.Sizes = madeUpMultiples(weeks...), madeUpMultiples(ages...), madeUpSizesOf(sizes...)
}

// thinParts leaves of the parts of this file nothing that can be drawn.
func thinParts(wk *analysis.Weekly) {
	week := madeUpGroup("v1", 2, 0, 0)
	week.Keys = []string{"v1", "2026-11-09"}
	wk.VersionWeeks = madeUpMultiples(week)
	wk.Sizes = madeUpSizesOf(madeUpSizeRow("9-10.5", 9, 0.98, 1, 1.02), madeUpSizeRow(">=13", 2, 0, 0, 0))
	wk.ByAge = madeUpMultiples(madeUpGroup("", 12, 1.1, 0.1))
}
