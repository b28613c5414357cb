package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/amassable/greybook/data"
)

// WeeklySpec asks for what one weekly page shows.
type WeeklySpec struct {
	Week       data.Date // any day of the ISO week; zero: the last finished week with a sale up to AsOf
	AsOf       data.Date // nothing sold after this day is seen
	Model      string    // what the page is about; "": all models
	By         Dimension // what the pairs are grouped by; "": version
	PriceBasis string    // "": completed sales
	Level      float64   // 0: 0.95
	MinN       int       // as of MultiplesSpec
	Program    string
}

// trailing is how far back the group figures of a page reach, in days: 52 weeks,
// so that each season counts once.
const trailing = 364

// ComputeWeekly makes everything that a weekly page shows. A page sees nothing sold
// after its week, so that a page of the past can be made again.
func ComputeWeekly(ctx context.Context, b *data.Book, spec WeeklySpec) (Weekly, error) {
	spec = spec.whole()
	week, err := pageWeek(ctx, b, spec)
	if err != nil {
		return Weekly{}, err
	}
	w, ask := spec.page(week), asking(b)
	for _, make := range weeklyParts {
		if err := make(ctx, ask, spec, &w); err != nil {
			return w, err
		}
	}
	for _, h := range weeklyHistories {
		if *h.of(&w), err = ask.multiples(ctx, h.question(spec, &w)); err != nil {
			return w, err
		}
	}
	if w.Index, err = pageIndex(ctx, b, w, spec.PriceBasis); err != nil {
		return w, err
	}
	if w.Groups.N == 0 {
		if w.Instead, err = instead(ctx, b, spec, w.AsOf); err != nil {
			return w, err
		}
	}
	if w.Facts, err = ComputeFacts(ctx, b, w.AsOf); err != nil {
		return w, err
	}
	if w.Suspects, err = ComputeSuspects(ctx, b, w.AsOf); err != nil {
		return w, err
	}
	w.Claims, err = b.ClaimStandings(ctx, w.AsOf)
	return w, err
}

// whole is the question with nothing left unsaid.
func (s WeeklySpec) whole() WeeklySpec {
	s.By, s.PriceBasis = cmp.Or(s.By, ByVersion), cmp.Or(s.PriceBasis, "sale")
	return s
}

// page is the page of a week with nothing on it yet.
func (s WeeklySpec) page(monday data.Date) Weekly {
	w := Weekly{Week: monday, AsOf: min(monday.AddDays(6), s.AsOf), Model: s.Model, By: s.By, Program: s.Program}
	w.Window = w.AsOf.AddDays(1 - trailing)
	return w
}

// pageIndex is the market index as of the page's day: what was published by then where
// it is frozen, and else what the sales up to then make of it. So a page of the past
// can be made again, but for one thing: weeks that were provisional when the page was first
// made show as frozen once a vintage of that day has been published. It is of completed
// sales; a page of other prices has none.
func pageIndex(ctx context.Context, b *data.Book, w Weekly, basis string) (*Index, error) {
	if basis != "sale" {
		return nil, nil
	}
	spec := pageIndexSpec(w)
	x, err := ComputeIndex(ctx, b, spec)
	if unknown := (*UnknownSegmentError)(nil); errors.As(err, &unknown) { // a model that the book has no style of
		spec.Segments = nil
		x, err = ComputeIndex(ctx, b, spec)
	}
	return &x, err
}

func pageIndexSpec(w Weekly) IndexSpec {
	spec := IndexSpec{AsOf: w.AsOf}
	if w.Model != "" && w.Model != "990" {
		spec.Segments = []string{w.Model, SegmentAll, SegmentGreyDay}
	}
	return spec
}

// pageWeek picks the Monday of the page's week.
func pageWeek(ctx context.Context, b *data.Book, spec WeeklySpec) (data.Date, error) {
	if !spec.Week.IsZero() {
		return spec.Week.Monday(), nil
	}
	s, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	// The last finished week ends on the last Sunday up to AsOf.
	sunday := spec.AsOf.AddDays(1).Monday().AddDays(-1)
	var last *string
	if err := s.Get(ctx, []any{&last}, "SELECT max(sold_on)::VARCHAR FROM observations WHERE sold_on <= CAST(? AS DATE) AND price_basis = ?", sunday.String(), spec.PriceBasis); err != nil {
		return 0, fmt.Errorf("weekly: %w", err)
	}
	if last == nil {
		return sunday.Monday(), nil
	}
	d, err := data.ParseDate(*last)
	return d.Monday(), err
}
