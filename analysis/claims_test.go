package analysis

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

const (
	greyDay996 = "U996TE"                                        // 996, Grey Day 2023
	greyDay4   = "990v4-marblehead-vintage-indigo-grey-day-2023" // 990v4, Grey Day 2023
	greyDay6   = "990v6-marblehead-vintage-indigo-grey-day-2023" // 990v6, Grey Day 2023
	grey3      = "M990GL3"                                       // 990v3, core grey
	grey4      = "M990GL4"                                       // 990v4, core grey
)

// sold is sales of a style at these per cents of a retail of 100 dollars, one a day
// from the first day on.
func sold(t *testing.T, style, first, size string, prices ...string) []sale {
	t.Helper()
	var out []sale
	for i, p := range prices {
		out = append(out, sale{style: style, day: day(t, first).AddDays(i).String(), price: p, retail: "100", size: size})
	}
	return out
}

// times is a price n times.
func times(n int, price string) []string { return slices.Repeat([]string{price}, n) }

func claims(t *testing.T, b *data.Book, spec ClaimsSpec) []ClaimRow {
	t.Helper()
	c, err := ComputeClaims(context.Background(), b, spec)
	if err != nil {
		t.Fatal(err)
	}
	return c.Rows
}

// TestTallyVerdict: the rule that ComputeClaims states, group by group.
func TestTallyVerdict(t *testing.T) {
	for _, c := range []struct {
		t    tally
		want string
	}{
		{tally{}, ClaimUnknown},
		{tally{yes: 2}, ClaimUnknown}, // three are needed
		{tally{yes: 2, thin: 9}, ClaimUnknown},
		{tally{yes: 3}, ClaimHolds},
		{tally{no: 3}, ClaimFails},
		{tally{yes: 2, open: 1}, ClaimHolds},          // 2 of 3 at least
		{tally{yes: 2, open: 2}, ClaimUnknown},        // 2 to 4 of 4
		{tally{yes: 2, no: 2}, ClaimFails},            // half is not more than half
		{tally{yes: 1, no: 2, open: 1}, ClaimFails},   // at most 2 of 4
		{tally{yes: 1, no: 1, open: 1}, ClaimUnknown}, // 1 to 2 of 3
	} {
		if got := c.t.verdict(3).Verdict; got != c.want {
			t.Errorf("%+v: %s, want %s", c.t, got, c.want)
		}
	}
}

// TestBandByHand: releases of 12 May 2023. Six sales carry their smallest and largest
// as interval at 95 %: 2/2⁶ = 3.1 % ≤ 5 %. The 998 is inside with 1.6 to 2.1; the 996
// below with 1.0 to 1.49; the 990v4 crosses 1.5 with 1.2 to 1.8; the 990v6 has five.
// So 1 of 3 at least, 2 of 3 at most: nobody can say.
func TestBandByHand(t *testing.T) {
	sales := slices.Concat(
		sold(t, greyDay, "2023-05-12", "9", "160", "170", "180", "190", "200"),
		sold(t, greyDay, "2023-08-09", "9", "210", "900"), // the 90th day of its release, and the 91st
		sold(t, greyDay996, "2023-05-12", "9", "100", "110", "120", "130", "140", "149"),
		sold(t, greyDay4, "2023-05-12", "9", "120", "130", "140", "150", "160", "180"),
		sold(t, greyDay6, "2023-05-12", "9", times(5, "400")...),
		sold(t, grey6, "2023-05-12", "9", times(20, "100")...),
	)
	b := newBook(t, sales)
	rows := claims(t, b, ClaimsSpec{IDs: []string{"grey_day_first_90_days"}, AsOf: day(t, "2026-11-15")})
	all := rows[0]
	if all.Part != "claim" || all.Verdict != ClaimUnknown || *all.Value != 1./3 || *all.Lo != 1./3 || *all.Hi != 2./3 || all.N != 18 {
		t.Errorf("verdict: %+v", all)
	}
	if want := "of 3 releases with an interval 1 inside, 1 below, 0 above, 1 across an edge; 1 with fewer than 6 sales not counted"; all.Why != want {
		t.Errorf("why: %q", all.Why)
	}
	got := map[string]string{}
	for _, r := range rows[1:] {
		got[strings.TrimPrefix(r.About, "Grey Day 2023: ")] = r.Verdict
	}
	want := map[string]string{"998 Marblehead Vintage Indigo": ClaimHolds, "996 Marblehead Vintage Indigo": ClaimFails,
		"990v4 Marblehead Vintage Indigo": ClaimUnknown, "990v6 Marblehead Vintage Indigo": ClaimUnknown}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// As of its release's second week the 998 has 5 sales, and nothing is said.
	early := claims(t, b, ClaimsSpec{IDs: []string{"grey_day_first_90_days"}, AsOf: day(t, "2023-05-16")})
	if early[0].Verdict != ClaimUnknown || early[0].Value != nil {
		t.Errorf("before there were six sales: %+v", early[0])
	}
	// Now: nothing sold in the 52 weeks to 15 November 2026.
	if now := claims(t, b, ClaimsSpec{IDs: []string{"grey_day_now"}, AsOf: day(t, "2026-11-15")}); len(now) != 1 || now[0].Verdict != ClaimUnknown {
		t.Errorf("now: %+v", now)
	}
}

// TestRankingByHand: the v6 at 2x, the v5 at retail, each sale the same, so that every
// draw gives the same order by multiple and by share. 60 sales of the v5 against 8 of
// the v6: the draws Poisson(60) and Poisson(8) are 52/√68 = 6.3 standard deviations apart.
func TestRankingByHand(t *testing.T) {
	b := newBook(t, slices.Concat(
		sold(t, grey6, "2026-03-01", "9", times(8, "200")...),
		sold(t, grey5, "2026-03-01", "9", times(60, "100")...),
		sold(t, grey3, "2026-03-01", "9", times(5, "500")...),
	))
	for id, leader := range map[string]string{"version_by_multiple": "990v6", "version_by_sales": "990v5", "version_above_retail": "990v6"} {
		rows := claims(t, b, ClaimsSpec{IDs: []string{id}, AsOf: day(t, "2026-11-15")})
		if len(rows) != 4 {
			t.Fatalf("%s: %d rows, want the verdict, two places and one left out", id, len(rows))
		}
		if rows[0].Verdict != ClaimHolds || rows[0].About != leader || *rows[0].Value < 0.999 || rows[0].N != 68 {
			t.Errorf("%s: %+v", id, rows[0])
		}
		if rows[1].About != leader || rows[1].Place != 1 || rows[2].Place != 2 {
			t.Errorf("%s: places %+v", id, rows[1:3])
		}
		if out := rows[3]; out.About != "990v3" || out.Place != 0 || out.Value != nil || !strings.Contains(out.Why, "left out") {
			t.Errorf("%s: too few: %+v", id, out)
		}
	}
	// 8 sales in 52 weeks.
	if r := claims(t, b, ClaimsSpec{IDs: []string{"version_by_sales"}, AsOf: day(t, "2026-11-15")})[2]; *r.Value != 8./52 || *r.Lo > *r.Value || *r.Hi < *r.Value {
		t.Errorf("sales per week: %+v", r)
	}
	// Alike, each is the first in half of the draws.
	same := newBook(t, append(rising(grey6, 9), rising(grey5, 9)...))
	if r := claims(t, same, ClaimsSpec{IDs: []string{"version_by_multiple"}, AsOf: day(t, "2026-11-15")})[0]; r.Verdict != ClaimUnknown || *r.Value < 0.45 || *r.Value > 0.55 {
		t.Errorf("alike: %+v", r)
	}
}

// TestContrastByHand: the 990v6 at 2x made in USA and at 1x made in the UK, the 990v5
// the other way round: 1 of 2 silhouettes is higher, which is not more than half.
func TestContrastByHand(t *testing.T) {
	elsewhere := slices.Concat(sold(t, grey6, "2026-03-01", "9", times(8, "100")...), sold(t, grey5, "2026-03-01", "9", times(8, "200")...))
	for i := range elsewhere {
		elsewhere[i].marketplace = "a shop in Flimby"
	}
	b := newBook(t, slices.Concat(elsewhere,
		sold(t, grey6, "2026-03-01", "9", times(8, "200")...), sold(t, grey5, "2026-03-01", "9", times(8, "100")...), sold(t, grey3, "2026-03-01", "9", times(8, "300")...)))
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), `UPDATE store.variant SET made_in = 'UK' WHERE marketplace = 'a shop in Flimby'`); err != nil {
		t.Fatal(err)
	}
	s.Close()
	rows := claims(t, b, ClaimsSpec{IDs: []string{"made_in_usa"}, AsOf: day(t, "2026-11-15")})
	if len(rows) != 3 || rows[0].Verdict != ClaimFails || *rows[0].Value != 0.5 {
		t.Fatalf("%+v", rows)
	}
	if r := rows[1]; r.About != "990v5" || *r.Value != -1 || *r.Hi != -1 || r.Verdict != ClaimFails || r.N != 16 {
		t.Errorf("990v5: %+v", r)
	}
	if r := rows[2]; r.About != "990v6" || *r.Value != 1 || *r.Lo != 1 || r.Verdict != ClaimHolds {
		t.Errorf("990v6: %+v", r)
	}
}

// TestTooFewToSay: books of no sale and of ten give refusals.
func TestTooFewToSay(t *testing.T) {
	ten := slices.Concat(rising(grey6, 3), rising(grey5, 3), rising(greyDay, 4))
	for name, sales := range map[string][]sale{"none": nil, "ten": ten} {
		b := newBook(t, sales)
		for _, r := range claims(t, b, ClaimsSpec{AsOf: day(t, "2026-11-15")}) {
			if r.Verdict != ClaimUnknown || r.Value != nil || r.Lo != nil || r.Why == "" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		q := MultiplesSpec{By: []Dimension{ByStyle}, AsOf: day(t, "2026-03-10")}
		m, err := ComputeMovers(t.Context(), b, MoversSpec{Question: q, Days: 5, All: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range m.Rows {
			if r.Difference != nil || r.Median != nil || !slices.Contains(r.Warnings, WarnTooFew) {
				t.Errorf("%s: mover %+v", name, r)
			}
		}
		sizes, err := ComputeSizes(t.Context(), b, MultiplesSpec{AsOf: q.AsOf})
		if err != nil || len(sizes.Rows) != 0 || sizes.LeftOut != len(sales) {
			t.Errorf("%s: sizes %+v, %v", name, sizes, err)
		}
		l, err := ComputeLiquidity(t.Context(), b, LiquiditySpec{Question: q, Days: 28})
		if err != nil || len(sales) == 0 && len(l.Rows) != 0 {
			t.Errorf("%s: liquidity %+v, %v", name, l, err)
		}
		for _, r := range l.Rows {
			if r.MedianDays != nil || !slices.Contains(r.Warnings, WarnTooFew) {
				t.Errorf("%s: liquidity %+v", name, r)
			}
		}
	}
}

// TestOrderOfRowsChangesNoDigit asks everything of the same sales in two orders.
func TestOrderOfRowsChangesNoDigit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sales []sale
	for i, style := range []string{grey6, grey5, grey4, greyDay, greyDay996} {
		for k := range 30 {
			s := sale{style: style, day: day(t, "2026-03-01").AddDays(r.IntN(60)).String(), price: []string{"91", "104.50", "133.33", "210"}[r.IntN(4)], retail: []string{"100", "97"}[i%2],
				size: []string{"8", "9", "12"}[k%3], marketplace: []string{"StockX", "GOAT"}[r.IntN(2)]}
			sales = append(sales, s)
		}
	}
	answers := func(sales []sale) []any {
		b := newBook(t, sales)
		q := MultiplesSpec{By: []Dimension{ByStyle}, AsOf: day(t, "2026-04-30"), Level: 0.95}
		var out []any
		add := func(v any, err error) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, v)
		}
		c, err := ComputeClaims(t.Context(), b, ClaimsSpec{AsOf: q.AsOf})
		add(c, err)
		m, err := ComputeMovers(t.Context(), b, MoversSpec{Question: q, Days: 30, All: true})
		add(m, err)
		s, err := ComputeSizes(t.Context(), b, MultiplesSpec{AsOf: q.AsOf})
		add(s, err)
		l, err := ComputeLiquidity(t.Context(), b, LiquiditySpec{Question: q, Days: 60})
		add(l, err)
		q.By, q.Versus = []Dimension{ByVersion}, CoreGrey
		v, err := ComputeMultiples(t.Context(), b, q)
		add(v, err)
		return out
	}
	shuffled := slices.Clone(sales)
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if d := cmp.Diff(answers(sales), answers(shuffled)); d != "" {
		t.Error(d)
	}
}
