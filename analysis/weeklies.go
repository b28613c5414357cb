package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/data"
)

// PageWeeks lists the Mondays of the weeks that a run of pages is of: every week that is
// over on AsOf, from the first to the last in which anything of the price basis was sold,
// ascending.
func PageWeeks(ctx context.Context, b *data.Book, spec WeeklySpec) ([]data.Date, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if spec.PriceBasis == "" {
		spec.PriceBasis = "sale"
	}
	sunday := spec.AsOf.AddDays(1).Monday().AddDays(-1)
	var first, last *int32
	err = s.Get(ctx, []any{&first, &last}, `SELECT (min(sold_on) - DATE '1970-01-01')::INTEGER, (max(sold_on) - DATE '1970-01-01')::INTEGER
		FROM observations WHERE sold_on <= CAST(? AS DATE) AND price_basis = ?`, sunday.String(), spec.PriceBasis)
	if err != nil {
		return nil, fmt.Errorf("weeks: %w", err)
	}
	var out []data.Date
	if first != nil {
		for w := data.Date(*first).Monday(); w <= data.Date(*last); w = w.AddDays(7) {
			out = append(out, w)
		}
	}
	return out, nil
}

// ComputeWeeklies makes what the pages of many weeks show, one after another in the order of
// the weeks, ascending Mondays, and gives each to f. It is what ComputeWeekly makes of each.
func ComputeWeeklies(ctx context.Context, b *data.Book, spec WeeklySpec, weeks []data.Date, f func(Weekly) error) error {
	for _, monday := range weeks {
		spec.Week = monday
		w, err := ComputeWeekly(ctx, b, spec)
		if err != nil {
			return err
		}
		if err := f(w); err != nil {
			return err
		}
	}
	return nil
}
