package data

import (
	"testing"
	"time"
)

// TestStoreClaims: a verdict is kept as it was said. The same one again adds nothing;
// another one as of the same day is the next vintage; a later day that says something
// else is a change.
func TestStoreClaims(t *testing.T) {
	ctx := t.Context()
	b := newTestBook(t)
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	share := 0.2
	verdict := func(day, said string, value *float64) ClaimVerdict {
		d, err := ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		return ClaimVerdict{Claim: "grey_day_now", Text: "Grey Day's releases; reach", Source: "folklore", AsOf: d, Statistic: "share", Value: value, N: 7, Level: 0.95, Verdict: said, Why: "because"}
	}
	store := func(want int64, dry bool, v ...ClaimVerdict) {
		t.Helper()
		if got, err := b.StoreClaims(ctx, v, at, "test", dry); err != nil || got != want {
			t.Errorf("stored %d, %v; want %d", got, err, want)
		}
	}
	standing := func(day string) ClaimStanding {
		t.Helper()
		d, _ := ParseDate(day)
		all, err := b.ClaimStandings(ctx, d)
		if err != nil || len(all) != 1 {
			t.Fatalf("as of %s: %+v, %v", day, all, err)
		}
		return all[0]
	}
	store(1, true, verdict("2026-11-01", "too few sales", nil))
	if all, err := b.ClaimStandings(ctx, 30000); err != nil || len(all) != 0 {
		t.Errorf("after a dry run: %+v, %v", all, err)
	}
	store(1, false, verdict("2026-11-01", "too few sales", nil))
	store(0, false, verdict("2026-11-01", "too few sales", nil))
	store(1, false, verdict("2026-11-08", "does not hold", &share))
	store(1, false, verdict("2026-11-08", "holds", &share)) // late sales came in
	store(1, false, verdict("2026-11-08", "holds", nil))    // NULL is told from a figure
	if s := standing("2026-11-07"); s.Now.Verdict != "too few sales" || s.Changed || s.Before.Claim != "" {
		t.Errorf("before the second week: %+v", s)
	}
	if s := standing("2026-11-15"); s.Now.Verdict != "holds" || s.Now.Value != nil || !s.Changed || s.Before.Verdict != "too few sales" || s.Before.AsOf.String() != "2026-11-01" {
		t.Errorf("after it: %+v", s)
	}
	store(1, false, verdict("2026-11-22", "holds", &share))
	if s := standing("2026-11-22"); s.Changed || *s.Now.Value != share || s.Before.AsOf.String() != "2026-11-08" {
		t.Errorf("the week after: %+v", s)
	}
	// A verdict that is no verdict stores nothing, not even what stood before it.
	if n, err := b.StoreClaims(ctx, []ClaimVerdict{verdict("2026-11-29", "holds", nil), verdict("2026-11-30", "maybe", nil)}, at, "test", false); err == nil || n != 0 {
		t.Errorf("maybe: %d stored, %v", n, err)
	}
	if s := standing("2026-12-31"); s.Now.AsOf.String() != "2026-11-22" {
		t.Errorf("after an error: %+v", s)
	}
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	checks, err := Checks()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if c.Name != "claim_vintages_are_in_order" {
			continue
		}
		if r, err := c.run(ctx, s); err != nil || !r.OK() {
			t.Errorf("check %s: %d rows, %v", c.Name, r.Rows, err)
		}
	}
}
