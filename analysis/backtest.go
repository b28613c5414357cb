package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// BacktestSpec asks how good the estimates were.
type BacktestSpec struct {
	AsOf    data.Date // nothing sold after this day is seen
	Origins int       // weeks that are scored, the last ones that are over on AsOf; 0: 24
	Level   float64   // of the next sale's interval; 0: 0.8
}

// Backtest is the scorecard of method M6: each Monday, forecasts made of what was sold
// before it are held against the sales of its week. Grain of Rows: one per class and
// forecast, the classes from all to the fullest cells; of Calibration: one per class and level.
type Backtest struct {
	Spec        BacktestSpec
	First, Last data.Date // Mondays: the first and last origin asked for
	Origins     int       // of these, weeks in which something was sold that could be forecast
	N           int       // sales scored
	Synthetic   int       // completed sales from synthetic files, learned or scored
	Unknown     int       // sales not scored, for their style was never sold before
	Rows        []BacktestRow
	Weeks       []BacktestWeek // one per origin with a sale scored and forecast, ascending
	Calibration []CalibrationRow
}

// JudgedFrom is how many sales a class needs for a verdict: with fewer, the share that
// an 80 % interval holds is known to no better than ±6 points.
const JudgedFrom = 200

// TooSmall says whether no class has enough sales for a verdict.
func (b Backtest) TooSmall() bool {
	return !slices.ContainsFunc(b.Rows, func(r BacktestRow) bool { return r.Class != "all" && r.N >= JudgedFrom })
}

// BacktestRow is one forecast's score in one class.
type BacktestRow struct {
	Class    string // all, or sales of the cell (style and size) in 28 days: n=0, n=1-4, n=5-19, n>=20
	Forecast string // M4; B0 last sale, B1 28-day median of the style, B2 of the cell, B3 of the cell from five sales on
	BacktestScore
	Warnings []string // too_few: fewer than JudgedFrom sales; loses_to_last_sale: a MdAPE not below that of B0; off_level: coverage more than 3 points off; and what is doubtful about the weeks' sales as a whole
}

// BacktestScore is how good a forecast was. The error of a sale is forecast over
// price, minus 1. A nil figure is one that there are no sales for, or that the forecast
// has not: intervals are made for M4 alone.
type BacktestScore struct {
	N           int
	MdAPE       *float64 // median of the size of the error
	MedianError *float64
	Within5     *float64 // share of errors of at most 5 %; Within10, Within20 likewise
	Within10    *float64
	Within20    *float64
	RMSELog     *float64 // root mean square of ln(forecast / price)
	Coverage    *float64 // share of sales inside their interval
	Width       *float64 // mean width of the intervals over the forecast
}

// BacktestWeek is one forecast's score in the sales of one week, of all classes.
type BacktestWeek struct {
	Week     data.Date // its Monday, the origin
	Forecast string
	BacktestScore
}

// ComputeBacktest scores the estimates on the book's own completed sales, of every
// condition and of styles whose retail price is known. It is one pass: memory grows with
// the styles, sizes, the sales of 28 days, and those scored.
//
// Assumed: that the weeks to come are like those scored. The sales of a week are many of
// few styles, so that one release that nobody foresaw may carry a class; the
// intervals hold on average over styles and weeks, not within each. Sales that
// the flags keep out are neither learned nor scored.
func ComputeBacktest(ctx context.Context, b *data.Book, spec BacktestSpec) (Backtest, error) {
	if spec.Origins == 0 {
		spec.Origins = 24
	}
	if spec.Level == 0 {
		spec.Level = 0.8
	}
	out := Backtest{Spec: spec}
	out.Last = spec.AsOf.AddDays(-6).Monday()
	out.First = out.Last.AddDays(-7 * (spec.Origins - 1))
	s, err := b.Session(ctx)
	if err != nil {
		return out, err
	}
	defer s.Close()
	t, err := openTrades(ctx, s, out.Last.AddDays(6))
	if err != nil {
		return out, fmt.Errorf("backtest: %w", err)
	}
	if _, out.Synthetic, err = t.count(ctx); err != nil {
		return out, fmt.Errorf("backtest: %w", err)
	}
	m, kinOf := t.market(defaultMethod)
	var card scorecard
	r := newRolling(m, kinOf, int32(out.First)-7*learnOrigins, spec.Level, func(f scored) {
		if f.origin >= int32(out.First) {
			card.add(f)
		}
	})
	err = t.each(ctx, r.add)
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		return out, fmt.Errorf("backtest: %w", err)
	}
	out.Origins, out.N, out.Unknown = len(card.weeks), len(card.classes[classes][0].errors), r.unknownSince(int32(out.First))
	out.Rows, out.Weeks, out.Calibration = card.rows(spec.Level), card.byWeek(), card.calibration()
	sold, err := t.grounds(ctx, out.First)
	if err != nil {
		return out, fmt.Errorf("backtest: %w", err)
	}
	out.doubt(sold.all(), t.until)
	return out, nil
}

// doubt puts what is doubtful about the sales of the weeks scored on all rows that have
// any: of a class by itself it is not known. That they are few is said by too_few, and
// each is forecast by its own condition.
func (b *Backtest) doubt(sales grounds, end data.Date) {
	sales.unpriced = 0 // dollars play no part in a multiple
	doubts := slices.DeleteFunc(sales.warnings(scope{end: end}), func(code string) bool { return code == WarnFewSales || code == WarnMixedCondition })
	for i := range b.Rows {
		if r := &b.Rows[i]; r.N > 0 {
			r.Warnings = both(r.Warnings, doubts)
		}
	}
}

// learnOrigins is how many origins before the first one scored teach the intervals.
const learnOrigins = 26

// scorecard collects errors by class, the last for all, by week, and by forecast.
type scorecard struct {
	classes [classes + 1]forecastErrors
	weeks   []weekErrors // ascending
	levels  [classes + 1]levelCounts
}

// forecastErrors are the errors of each forecast, in the order of forecastNames.
type forecastErrors [len(scored{}.ahead)]errorList

type weekErrors struct {
	origin int32
	forecastErrors
}

type errorList struct {
	errors        []float64
	squares       float64 // of the logs
	inside, bands int
	width         float64
}

// add takes the next sale; origins never go back.
func (c *scorecard) add(s scored) {
	if n := len(c.weeks); n == 0 || c.weeks[n-1].origin != s.origin {
		c.weeks = append(c.weeks, weekErrors{origin: s.origin})
	}
	c.weeks[len(c.weeks)-1].add(s)
	for _, class := range []liquidity{s.class, classes} {
		c.classes[class].add(s)
		c.levels[class].add(s)
	}
}

func (e *forecastErrors) add(s scored) {
	for k, f := range s.ahead {
		e[k].errors = append(e[k].errors, math.Exp(f-s.y)-1)
		e[k].squares += (f - s.y) * (f - s.y)
	}
	if own := &e[0]; !math.IsInf(s.half, 1) {
		own.bands++
		own.width += 2 * math.Sinh(s.half)
		if math.Abs(s.y-s.ahead[0]) <= s.half {
			own.inside++
		}
	}
}

// byWeek is one row per origin and forecast.
func (c *scorecard) byWeek() []BacktestWeek {
	var out []BacktestWeek
	for _, w := range c.weeks {
		for k := range w.forecastErrors {
			out = append(out, BacktestWeek{data.Date(w.origin), forecastNames[k], w.forecastErrors[k].score()})
		}
	}
	return out
}

// scoredClasses are the classes in the order of the rows: all, then from the thinnest cells.
func scoredClasses() []liquidity {
	return []liquidity{classes, noSales, fewSales, someSales, manySales}
}

func className(class liquidity) string {
	if class == classes {
		return "all"
	}
	return class.String()
}

func (c *scorecard) rows(level float64) []BacktestRow {
	var out []BacktestRow
	for _, class := range scoredClasses() {
		first := len(out)
		for k := range c.classes[class] {
			r := BacktestRow{Class: className(class), Forecast: forecastNames[k], BacktestScore: c.classes[class][k].score(), Warnings: []string{}}
			if r.N < JudgedFrom {
				r.Warnings = append(r.Warnings, WarnTooFew)
			}
			out = append(out, r)
		}
		own, last := &out[first], out[first+1]
		if own.N < JudgedFrom {
			continue
		}
		if *own.MdAPE >= *last.MdAPE {
			own.Warnings = append(own.Warnings, WarnLosesToLastSale)
		}
		if class < classes && (own.Coverage == nil || math.Abs(*own.Coverage-level) > 0.03) {
			own.Warnings = append(own.Warnings, WarnOffLevel)
		}
	}
	return out
}

func (l *errorList) score() BacktestScore {
	r := BacktestScore{N: len(l.errors)}
	if r.N == 0 {
		return r
	}
	n := float64(r.N)
	signed, size := slices.Sorted(slices.Values(l.errors)), make([]float64, r.N)
	for i, e := range l.errors {
		size[i] = math.Abs(e)
	}
	slices.Sort(size)
	share := func(limit float64) *float64 {
		within, _ := slices.BinarySearchFunc(size, limit, func(e, limit float64) int {
			if e <= limit {
				return -1
			}
			return 1
		})
		return figure(float64(within) / n)
	}
	r.MdAPE, r.MedianError = figure(stat.Quantile7(size, 0.5)), figure(stat.Quantile7(signed, 0.5))
	r.Within5, r.Within10, r.Within20 = share(0.05), share(0.1), share(0.2)
	r.RMSELog = figure(math.Sqrt(l.squares / n))
	if l.bands > 0 {
		r.Coverage, r.Width = figure(float64(l.inside)/float64(l.bands)), figure(l.width/float64(l.bands))
	}
	return r
}
