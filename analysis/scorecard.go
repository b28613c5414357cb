package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// Scorecard is all that greybook publishes of its own accuracy (method M6): that of the
// estimates, and how steady the market index is.
type Scorecard struct {
	Backtest
	Facts      BookFacts
	Revisions  []IndexRevisions // of the published vintages, by the headline weighting; none: fewer than two are published
	Volatility []IndexTremble   // one per segment with an index of enough weeks
	Vintages   int              // published up to the as-of day
	Program    string
}

// IndexTremble is how much an index moves from week to week.
type IndexTremble struct {
	Segment      string
	Weeks        int
	Mean, Median float64 // of the standard deviations of the weekly changes within each run of trembleWeeks; shares
}

// trembleWeeks is the run of weekly changes that volatility is measured in: a quarter.
const trembleWeeks = 13

// ComputeScorecard scores the estimates as ComputeBacktest does, and measures the
// index as of the same day.
func ComputeScorecard(ctx context.Context, b *data.Book, spec BacktestSpec) (Scorecard, error) {
	var c Scorecard
	var err error
	if c.Backtest, err = ComputeBacktest(ctx, b, spec); err != nil {
		return c, err
	}
	if c.Facts, err = ComputeFacts(ctx, b, spec.AsOf); err != nil {
		return c, err
	}
	revisions, err := ComputeIndexRevisions(ctx, b, spec.AsOf)
	if err != nil {
		return c, err
	}
	for _, r := range revisions {
		if r.Weighting == WeighSales {
			c.Revisions = append(c.Revisions, r)
			c.Vintages = max(c.Vintages, r.Vintages)
		}
	}
	x, err := ComputeIndex(ctx, b, IndexSpec{AsOf: spec.AsOf})
	if err != nil {
		return c, err
	}
	for _, t := range x.Distinct() {
		if len(t.Rows) <= trembleWeeks {
			continue
		}
		values := make([]float64, len(t.Rows))
		for i, r := range t.Rows {
			values[i] = r.Index
		}
		v, err := stat.IndexVolatility(values, trembleWeeks)
		if err != nil {
			return c, fmt.Errorf("scorecard: index of %s: %w", t.Segment, err)
		}
		c.Volatility = append(c.Volatility, IndexTremble{t.Segment, len(t.Rows), v.Mean, v.Median})
	}
	return c, nil
}

// Distinct is the series without those that repeat another one: in a book of 990s
// alone, the segment all is 990 once more.
func (x Index) Distinct() []IndexSeries {
	var out []IndexSeries
	for i, t := range x.Series {
		same := false
		for _, other := range x.Series[i+1:] {
			same = same || t.Segment == SegmentAll && other.Weighting == t.Weighting && other.N == t.N && len(other.Rows) == len(t.Rows)
		}
		if !same {
			out = append(out, t)
		}
	}
	return out
}
