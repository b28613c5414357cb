package analysis

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestEstimates: the estimates are the premiums, with the multiple in cents at the retail
// price in force.
func TestEstimates(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, simulated(1000))
	asOf := day(t, "2026-06-30")
	p, err := ComputePremiums(ctx, b, PremiumsSpec{AsOf: asOf, Level: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	est, err := ComputeEstimates(ctx, b, EstimatesSpec{AsOf: asOf, Level: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	if len(est) != len(p.Rows) {
		t.Fatalf("%d rows for %d premiums", len(est), len(p.Rows))
	}
	styles := map[string]bool{}
	for i, e := range est {
		r := p.Rows[i]
		styles[e.StyleID] = true
		if e.StyleID != r.Style || e.SizeBand != r.SizeBand || e.Condition != r.Condition || e.NSales != r.N || e.Basis != r.Basis || e.Level != 0.8 || e.MethodVersion != PremiumMethod {
			t.Errorf("row %d: %+v is not of %+v", i, e, r)
		}
		if (e.EstimateMinor == nil) != (e.Grade == "X") || e.EstimateMinor == nil && len(e.Reasons) == 0 {
			t.Errorf("%s: estimate %v, grade %q, reasons %v", e.StyleID, e.EstimateMinor, e.Grade, e.Reasons)
		}
		if r.Multiple == nil {
			continue
		}
		// The reference prices M990GL6 at 200 dollars from 2022-11-04 and M990GL5 at 185
		// today, whatever the retail price of the sales was.
		retail := map[string]float64{grey6: 20000, grey5: 18500}[e.StyleID]
		if retail == 0 {
			continue
		}
		for _, c := range []struct {
			got  *int64
			want float64
		}{{e.EstimateMinor, *r.Multiple}, {e.LoMinor, *r.Lo}, {e.HiMinor, *r.Hi}} {
			if *c.got != int64(math.Round(retail*c.want)) {
				t.Errorf("%s %s: %d cents for %v times %v", e.StyleID, e.SizeBand, *c.got, c.want, retail)
			}
		}
		if math.Abs(*e.Multiple-*r.Multiple) > 5e-5 || *e.Multiple != math.Round(*e.Multiple*1e4)/1e4 || math.Abs(*e.Premium-(*e.Multiple-1)) > 1e-9 {
			t.Errorf("%s: multiple %v, premium %v of %v", e.StyleID, *e.Multiple, *e.Premium, *r.Multiple)
		}
	}
	var want int
	if err := session(t, b).Get(ctx, []any{&want}, "SELECT count(*) FROM styles"); err != nil {
		t.Fatal(err)
	}
	if len(styles) != want {
		t.Errorf("rows of %d styles of %d", len(styles), want)
	}
}

// A multiple without a retail price in force stands, and makes no money.
func TestEstimatesWithoutRetailPrice(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, simulated(1000))
	if err := session(t, b).Exec(ctx, "DELETE FROM retail_prices WHERE style_id = ?", grey6); err != nil {
		t.Fatal(err)
	}
	est, err := ComputeEstimates(ctx, b, EstimatesSpec{AsOf: day(t, "2026-06-30")})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range est {
		if e.StyleID != grey6 {
			continue
		}
		if e.EstimateMinor != nil || e.LoMinor != nil || e.HiMinor != nil || e.Currency != "" || e.Grade != "X" || !slices.Contains(e.Reasons, ReasonNoRetailPrice) {
			t.Errorf("%s: %+v", e.SizeBand, e)
		}
		if e.SizeBand == "" && (e.Multiple == nil || e.Basis != "own") {
			t.Errorf("its multiple is %v, basis %s", e.Multiple, e.Basis)
		}
	}
}

// What was published stands in the table, row by row, until other rows do.
func TestPublishEstimates(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, simulated(300))
	publish := func(asOf string, dryRun bool) (EstimatesReport, error) {
		t.Helper()
		est, err := ComputeEstimates(ctx, b, EstimatesSpec{AsOf: day(t, asOf)})
		if err != nil {
			t.Fatal(err)
		}
		return PublishEstimates(ctx, b, day(t, asOf), est, dryRun)
	}
	rows := func() (n int, asOf string) {
		t.Helper()
		if err := session(t, b).Get(ctx, []any{&n, &asOf}, "SELECT count(*), coalesce(any_value(as_of)::VARCHAR, '') FROM estimates"); err != nil {
			t.Fatal(err)
		}
		return n, asOf
	}
	dry, err := publish("2026-05-31", true)
	if n, _ := rows(); err != nil || n != 0 || dry.Added != dry.Rows || dry.Rows == 0 {
		t.Fatalf("dry run: %+v, %v, %d rows", dry, err, n)
	}
	first, err := publish("2026-05-31", false)
	if n, asOf := rows(); err != nil || first != dry || n != first.Rows || asOf != "2026-05-31" {
		t.Fatalf("first: %+v, %v, %d rows as of %s", first, err, n, asOf)
	}
	if again, err := publish("2026-05-31", false); err != nil || again.New() {
		t.Errorf("again: %+v, %v", again, err)
	}
	later, err := publish("2026-06-30", false)
	// Every row is as of another day.
	if n, asOf := rows(); err != nil || later.Changed != first.Rows-later.Removed || n != later.Rows || asOf != "2026-06-30" || later.Before != day(t, "2026-05-31") {
		t.Errorf("later: %+v, %v, %d rows as of %s", later, err, n, asOf)
	}
	var earlier *EarlierEstimatesError
	if _, err := publish("2026-05-31", false); !errors.As(err, &earlier) {
		t.Errorf("an earlier day: %v", err)
	}
	if n, asOf := rows(); n != later.Rows || asOf != "2026-06-30" {
		t.Errorf("%d rows as of %s are left", n, asOf)
	}
	results, err := b.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if strings.HasPrefix(r.Name, "estimates_") && !r.OK() {
			t.Errorf("%s: %v", r.Name, r.First)
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
	// A page of all models tells the versions of two models apart, a page of one has no need to.
	for model, want := range map[string]string{"990": "v6 2026-03-09", "": "990 v6 2026-03-09"} {
		w, err := ComputeWeekly(ctx, b, WeeklySpec{AsOf: day(t, "2026-11-20"), Model: model})
		if err != nil {
			t.Fatal(err)
		}
		rows := w.VersionWeeks.Rows // one for each of the three weeks, the last that of 9 March
		if len(rows) != 3 || strings.Join(rows[2].Keys, " ") != want {
			t.Errorf("model %q: weeks by version %+v, want the last %s", model, rows, want)
		}
	}
}
