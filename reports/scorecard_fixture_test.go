package reports

import (
	"math"

	"github.com/amassable/greybook/analysis"
)

// Every figure of this file is made up. The shapes are those of real scorecards: an
// empty class, one that is off its level, a week that everybody got wrong.

func madeUpScore(n int, mdape float64) analysis.BacktestScore {
	if n == 0 {
		return analysis.BacktestScore{}
	}
	return analysis.BacktestScore{N: n, MdAPE: figureAt(mdape), MedianError: figureAt(mdape / 10), Within5: figureAt(0.5), Within10: figureAt(1 - 4*mdape),
		Within20: figureAt(0.95), RMSELog: figureAt(2 * mdape)}
}

func madeUpScorecard() analysis.Scorecard {
	c := analysis.Scorecard{Vintages: 3, Program: "greybook test"}
	c.Spec = analysis.BacktestSpec{AsOf: mustDay("2026-11-15"), Origins: 12, Level: 0.8}
	c.First, c.Last, c.Origins, c.N, c.Unknown = mustDay("2026-08-24"), mustDay("2026-11-09"), 12, 2200, 7
	for _, class := range []struct {
		name  string
		n     int
		held  float64
		error float64
	}{{"all", 2200, 0.79, 0.05}, {"n=0", 300, 0.71, 0.15}, {"n=1-4", 800, 0.81, 0.06}, {"n=5-19", 1100, 0.8, 0.04}, {"n>=20", 0, 0, 0}} {
		for k, forecast := range []string{"M4", "B0", "B1", "B2", "B3"} {
			r := analysis.BacktestRow{Class: class.name, Forecast: forecast, BacktestScore: madeUpScore(class.n, class.error*(1+0.2*float64(k))), Warnings: []string{}}
			if class.n < analysis.JudgedFrom {
				r.Warnings = []string{analysis.WarnTooFew}
			} else if k == 0 {
				r.Coverage, r.Width = figureAt(class.held), figureAt(6*class.error)
				if math.Abs(class.held-0.8) > 0.03 && class.name != "all" {
					r.Warnings = []string{analysis.WarnOffLevel}
				}
			}
			c.Rows = append(c.Rows, r)
		}
		for _, level := range []float64{0.5, 0.8, 0.95} {
			r := analysis.CalibrationRow{Class: class.name, Level: level, N: class.n}
			if class.n > 0 {
				r.Inside, r.SE = figureAt(level+class.held-0.8), figureAt(1/math.Sqrt(float64(class.n)))
			}
			c.Calibration = append(c.Calibration, r)
		}
	}
	for i := range 12 {
		n, error := 200, 0.045+0.002*float64(i%4)
		switch i {
		case 3:
			continue // a week in which nothing sold
		case 5:
			n = 4
		case 8:
			error = 0.12
		}
		for k, forecast := range []string{"M4", "B0"} {
			c.Weeks = append(c.Weeks, analysis.BacktestWeek{Week: c.First.AddDays(7 * i), Forecast: forecast, BacktestScore: madeUpScore(n, error*(1.2-0.2*float64(1-k)))})
		}
	}
	for _, segment := range []string{"990", "all"} {
		r := analysis.IndexRevisions{Segment: segment, Weighting: analysis.WeighSales, Vintages: 3}
		for age := range 20 {
			size := 0.6 / float64(1+age)
			r.ByAge = append(r.ByAge, analysis.Revision{N: 2, Mean: -size / 3, Median: -size / 3, AbsMean: size, AbsMedian: size})
		}
		c.Revisions = append(c.Revisions, r)
		c.Volatility = append(c.Volatility, analysis.IndexTremble{Segment: segment, Weeks: 80, Mean: 0.012, Median: 0.011})
	}
	c.Facts = madeUpWeekly().Facts
	return c
}

// smallScorecard is that of a book of seven sales.
func smallScorecard() analysis.Scorecard {
	c := madeUpScorecard()
	c.N, c.Revisions, c.Volatility, c.Vintages, c.Weeks = 7, nil, nil, 0, c.Weeks[:2]
	for i := range c.Rows {
		if r := &c.Rows[i]; r.N > 0 {
			r.N = 7
		}
	}
	return c
}

// madeUpIndex has a published segment, a short one with a wide band, and one refused.
func madeUpIndex() analysis.Index {
	x := analysis.Index{N: 900, Synthetic: 900, FirstSoldOn: mustDay("2025-08-04"), LastSoldOn: mustDay("2026-11-14"), Published: mustDay("2026-11-01"),
		Refused: []analysis.IndexRefusal{{Segment: "grey_day", Reason: "no sales"}}}
	x.Spec = analysis.IndexSpec{AsOf: mustDay("2026-11-15"), Condition: "new", Level: 0.95}
	for _, s := range []struct {
		name     string
		weeks, n int
		spread   float64
	}{{"all", 67, 900, 0.02}, {"990", 67, 670, 0.03}, {"990v4", 30, 300, 0.2}} {
		first := mustDay("2026-11-09").AddDays(-7 * (s.weeks - 1))
		t := analysis.IndexSeries{Segment: s.name, Weighting: analysis.WeighSales, Base: first, N: s.n, Styles: 9}
		for i := range s.weeks {
			v := 100 + 8*math.Sin(float64(i)/9)
			t.Rows = append(t.Rows, analysis.IndexRow{Week: first.AddDays(7 * i), Index: v, Refit: v, Lo: figureAt(v * (1 - s.spread)), Hi: figureAt(v * (1 + s.spread)),
				N: 10, Styles: 5, Frozen: i < s.weeks-8})
		}
		t.Changes = madeUpChanges(t)
		x.Series = append(x.Series, t)
	}
	return x
}

// madeUpChanges are what the rows say, with a point less and a point and a half more for an
// interval; that of one week has none.
func madeUpChanges(s analysis.IndexSeries) []analysis.IndexChange {
	var out []analysis.IndexChange
	last := len(s.Rows) - 1
	for _, weeks := range []int{1, 4, 52} {
		if last < weeks {
			continue
		}
		c := analysis.IndexChange{Weeks: weeks, Share: s.Rows[last].Index/s.Rows[last-weeks].Index - 1}
		if weeks > 1 {
			c.Lo, c.Hi = figureAt(c.Share-0.01), figureAt(c.Share+0.015)
		}
		out = append(out, c)
	}
	return out
}
