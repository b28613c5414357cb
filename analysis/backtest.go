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
// forecast, the classes from all to the fullest cells.
type Backtest struct {
	Spec        BacktestSpec
	First, Last data.Date // Mondays: the first and last origin asked for
	Origins     int       // of these, weeks in which something was sold that could be forecast
	N           int       // sales scored
	Synthetic   int       // completed sales from synthetic files, learned or scored
	Unknown     int       // sales not scored, for their style was never sold before
	Rows        []BacktestRow
}

// JudgedFrom is how many sales a class needs for a verdict: with fewer, the share that
// an 80 % interval holds is known to no better than ±6 points.
const JudgedFrom = 200

// TooSmall says whether no class has enough sales for a verdict.
func (b Backtest) TooSmall() bool {
	return !slices.ContainsFunc(b.Rows, func(r BacktestRow) bool { return r.Class != "all" && r.N >= JudgedFrom })
}

// BacktestRow is one forecast's score in one class. The error of a sale is forecast
// over price, minus 1. A nil figure is one that there are no sales for, or that
// the forecast has not: intervals are made for M4 alone.
type BacktestRow struct {
	Class       string // all, or sales of the cell (style and size) in 28 days: n=0, n=1-4, n=5-19, n>=20
	Forecast    string // M4; B0 last sale, B1 28-day median of the style, B2 of the cell, B3 of the cell from five sales on
	N           int
	MdAPE       *float64 // median of the size of the error
	MedianError *float64
	Within5     *float64 // share of errors of at most 5 %; Within10, Within20 likewise
	Within10    *float64
	Within20    *float64
	RMSELog     *float64 // root mean square of ln(forecast / price)
	Coverage    *float64 // share of sales inside their interval
	Width       *float64 // mean width of the intervals over the forecast
	Warnings    []string // too_few: fewer than JudgedFrom sales; loses_to_last_sale: a MdAPE not below that of B0; off_level: coverage more than 3 points off
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
	out.Origins, out.N, out.Unknown, out.Rows = len(card.origins), len(card.classes[classes][0].errors), r.unknownSince(int32(out.First)), card.rows(spec.Level)
	return out, nil
}

// learnOrigins is how many origins before the first one scored teach the intervals.
const learnOrigins = 26

// scorecard collects errors by class, the last for all, and by forecast.
type scorecard struct {
	classes [classes + 1][len(scored{}.ahead)]errorList
	origins map[int32]bool
}

type errorList struct {
	errors        []float64
	squares       float64 // of the logs
	inside, bands int
	width         float64
}

func (c *scorecard) add(s scored) {
	if c.origins == nil {
		c.origins = map[int32]bool{}
	}
	c.origins[s.origin] = true
	for _, class := range []liquidity{s.class, classes} {
		for k, f := range s.ahead {
			l := &c.classes[class][k]
			l.errors = append(l.errors, math.Exp(f-s.y)-1)
			l.squares += (f - s.y) * (f - s.y)
		}
		l := &c.classes[class][0]
		if !math.IsInf(s.half, 1) {
			l.bands++
			l.width += 2 * math.Sinh(s.half)
			if math.Abs(s.y-s.ahead[0]) <= s.half {
				l.inside++
			}
		}
	}
}

func (c *scorecard) rows(level float64) []BacktestRow {
	var out []BacktestRow
	for _, class := range []liquidity{classes, noSales, fewSales, someSales, manySales} {
		name := "all"
		if class < classes {
			name = class.String()
		}
		first := len(out)
		for k := range c.classes[class] {
			r := c.classes[class][k].row()
			r.Class, r.Forecast, r.Warnings = name, forecastNames[k], []string{}
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

func (l *errorList) row() BacktestRow {
	r := BacktestRow{N: len(l.errors)}
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
