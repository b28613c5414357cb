package analysis

import (
	"context"
	"math"
	"slices"
	"testing"
)

// TestEstimates: a number only where a style's own sales carry an interval, and a
// row for every style of the reference.
func TestEstimates(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, slices.Concat(rising(grey6, 11), rising(grey5, 3)))
	asOf := day(t, "2026-06-30")
	est, err := ComputeEstimates(ctx, b, EstimatesSpec{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var styles int
	if err := s.Get(ctx, []any{&styles}, "SELECT count(*) FROM styles"); err != nil {
		t.Fatal(err)
	}
	if len(est) != styles {
		t.Errorf("%d rows for %d styles", len(est), styles)
	}
	row := func(id string) Estimate {
		i := slices.IndexFunc(est, func(e Estimate) bool { return e.StyleID == id })
		if i < 0 {
			t.Fatalf("no row for %s", id)
		}
		return est[i]
	}
	// The reference prices M990GL6 at 200 dollars from 2022-11-04: 20,000 cents times
	// the median 1.06, and the ends 1.02 and 1.10 of TestMultiplesByHand.
	e := row(grey6)
	if e.RetailPriceMinor == nil || *e.RetailPriceMinor != 20000 || *e.EstimateMinor != 21200 || *e.LoMinor != 20400 || *e.HiMinor != 22000 {
		t.Errorf("M990GL6: retail %v, estimate %v, %v to %v", *e.RetailPriceMinor, *e.EstimateMinor, *e.LoMinor, *e.HiMinor)
	}
	if e.Basis != "own" || e.Grade != "" || e.NSales != 11 || math.Abs(*e.Premium-0.06) > 1e-9 || e.NEffective != nil {
		t.Errorf("M990GL6: %+v", e)
	}
	thin := row(grey5)
	if thin.EstimateMinor != nil || thin.Multiple != nil || thin.Grade != "X" || thin.Basis != "none" || !slices.Contains(thin.Reasons, "too_few_sales") || thin.NSales != 3 {
		t.Errorf("M990GL5 with three sales: %+v", thin)
	}
	if none := row(greyDay); none.Grade != "X" || !slices.Contains(none.Reasons, "no_sales") {
		t.Errorf("U998TA without sales: %+v", none)
	}
	// As of a day before the sales, nothing is known of them.
	early, err := ComputeEstimates(ctx, b, EstimatesSpec{AsOf: day(t, "2026-02-28")})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range early {
		if e.EstimateMinor != nil || e.NSales != 0 {
			t.Errorf("%s has a number as of a day before its first sale", e.StyleID)
		}
	}
}

// TestWeekly: a page sees nothing after its week, and its default week is the last
// finished one with a sale.
func TestWeekly(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, rising(grey6, 11)) // 1 March 2026 is a Sunday: weeks of 23 February, 2 and 9 March
	for _, c := range []struct {
		name, asOf, week string
		wantWeek         string
		n                int
	}{
		{"last finished week", "2026-11-20", "", "2026-W11", 11},
		{"in the middle of a week", "2026-03-10", "", "2026-W10", 8},
		{"on its Sunday", "2026-03-08", "", "2026-W10", 8},
		{"a week of the past", "2026-11-20", "2026-W09", "2026-W09", 1},
		{"a week that is not over", "2026-03-10", "2026-W11", "2026-W11", 10},
		{"before all sales", "2026-02-22", "", "2026-W08", 0},
		{"long after", "2028-01-01", "2027-W50", "2027-W50", 0},
	} {
		spec := WeeklySpec{AsOf: day(t, c.asOf), Model: "990"}
		if c.week != "" {
			for d := day(t, "2026-01-01"); spec.Week.IsZero(); d = d.AddDays(7) {
				if d.ISOWeek() == c.week {
					spec.Week = d
				}
			}
		}
		w, err := ComputeWeekly(ctx, b, spec)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if w.Week.ISOWeek() != c.wantWeek || w.Groups.N != c.n {
			t.Errorf("%s: week %s with n %d; want %s with %d", c.name, w.Week.ISOWeek(), w.Groups.N, c.wantWeek, c.n)
		}
		if w.Groups.LastSoldOn > w.AsOf || w.ByWeek.LastSoldOn > w.AsOf || w.AsOf > spec.AsOf {
			t.Errorf("%s: the page of %s shows a sale of %s", c.name, w.AsOf, w.ByWeek.LastSoldOn)
		}
	}
}
