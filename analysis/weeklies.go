package analysis

import (
	"context"
	"errors"
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
// the weeks, ascending Mondays, and gives each to f. It is what ComputeWeekly makes of each,
// but each question reads the sales once, not once a page; what is kept of a page until its
// turn is some ten thousand bytes.
func ComputeWeeklies(ctx context.Context, b *data.Book, spec WeeklySpec, mondays []data.Date, f func(Weekly) error) error {
	if len(mondays) == 0 {
		return nil
	}
	spec = spec.whole()
	pages := make([]Weekly, len(mondays))
	for i, monday := range mondays {
		pages[i] = spec.page(monday)
	}
	all, err := PageWeeks(ctx, b, spec)
	if err != nil {
		return err
	}
	last := pages[len(pages)-1].AsOf
	run := &weeks{book: b, from: mondays[0], to: last}
	if len(all) > 0 {
		run.from = min(all[0], mondays[0])
	}
	for _, part := range weeklyParts {
		for i := range pages {
			if err := part(ctx, run.answer, spec, &pages[i]); err != nil {
				return err
			}
		}
	}
	run = nil // what the last question came to
	histories := make([]Multiples, len(weeklyHistories))
	for k, h := range weeklyHistories {
		q := h.question(spec, &pages[len(pages)-1])
		q.Since = 0
		if histories[k], err = asking(b).multiples(ctx, q); err != nil {
			return err
		}
	}
	return finishPages(ctx, b, spec, pages, histories, f)
}

// finishPages adds to each page, in its turn, what would be too much to keep for all.
func finishPages(ctx context.Context, b *data.Book, spec WeeklySpec, pages []Weekly, histories []Multiples, f func(Weekly) error) error {
	days := make([]data.Date, len(pages))
	for i, w := range pages {
		days[i] = w.AsOf
	}
	facts, err := factsOver(ctx, b, days)
	if err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	suspects, err := suspectsOver(ctx, b, days)
	if err != nil {
		return fmt.Errorf("suspects: %w", err)
	}
	finish := func(i int, x *Index) error {
		w := pages[i]
		pages[i] = Weekly{}
		for k, h := range weeklyHistories {
			if *h.of(&w), err = histories[k].within(h.question(spec, &w)); err != nil {
				return err
			}
		}
		w.Index, w.Facts, w.Suspects = x, facts[i], suspects[i]
		if w.Groups.N == 0 {
			if w.Instead, err = instead(ctx, b, spec, w.AsOf); err != nil {
				return err
			}
		}
		if w.Claims, err = b.ClaimStandings(ctx, w.AsOf); err != nil {
			return err
		}
		return f(w)
	}
	if spec.PriceBasis != "sale" {
		for i := range pages {
			if err := finish(i, nil); err != nil {
				return err
			}
		}
		return nil
	}
	give := func(i int, x Index) error { return finish(i, &x) }
	index := pageIndexSpec(pages[0])
	err = indexesOver(ctx, b, index, days, give)
	if unknown := (*UnknownSegmentError)(nil); errors.As(err, &unknown) { // a model that the book has no style of
		index.Segments = nil
		err = indexesOver(ctx, b, index, days, give)
	}
	return err
}
