package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amassable/greybook/data"
)

func amount(cents int64) *data.Amount { a := data.Amount(cents); return &a }

// cell writes an amount in cents as dollars, "-" for none.
func cell(v *int64) string {
	if v == nil {
		return "-"
	}
	return data.Amount(*v).String()
}

func valueOf(t *testing.T, b *data.Book, pairs ...data.Pair) Value {
	t.Helper()
	v, err := ComputeValue(context.Background(), b, ValueSpec{Premiums: PremiumsSpec{AsOf: data.Date(dayNumber(t, "2026-06-30"))}, Pairs: pairs})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each pair has the row of ComputePremiums that it is of, in money; what has none says why.
func TestValueRowsAreThePremiums(t *testing.T) {
	b := newBook(t, simulated(1000))
	v := valueOf(t, b,
		data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "new"},
		data.Pair{StyleID: grey6, Condition: "new"},
		data.Pair{StyleID: grey5, SizeUSMen: 30, Condition: "new"},
		data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "used"},
		data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "unknown"},
		data.Pair{MatchMethod: "none", Condition: "new"},
		data.Pair{MatchMethod: "conflict", Condition: "new"},
	)
	p, err := ComputePremiums(context.Background(), b, v.Spec)
	if err != nil {
		t.Fatal(err)
	}
	row := func(style, band string) Premium {
		i := slices.IndexFunc(p.Rows, func(r Premium) bool { return r.Style == style && r.SizeBand == band && r.Condition == "new" })
		return p.Rows[i]
	}
	var got, want []string
	for _, r := range v.Rows {
		got = append(got, fmt.Sprint(cell(r.Estimate), " ", cell(r.SaleLow), " ", cell(r.SaleHigh), " ", cell(r.MarketLow), " ", r.Basis, " ", r.Grade, " ", r.Reasons))
	}
	add := func(r Premium, reasons string) {
		of := func(m *float64) string {
			v := int64(math.Round(float64(*r.RetailPrice) * *m))
			return cell(&v)
		}
		want = append(want, fmt.Sprint(of(r.Multiple), " ", of(r.SaleLo), " ", of(r.SaleHi), " ", of(r.Lo), " ", r.Basis, " ", r.Grade, " [", reasons, "]"))
	}
	add(row(grey6, "9-10.5"), "one_marketplace")
	add(row(grey6, ""), "one_marketplace size_not_said")
	add(row(grey5, ""), "one_marketplace retail_doubtful size_band_unsold")
	want = append(want, "- - - - none X [no_sales]", "- - - - none X [condition_not_said no_sales]", "- - - - none X [style_unknown]", "- - - - none X [style_conflict]")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if sum := *v.Rows[0].Estimate + *v.Rows[1].Estimate + *v.Rows[2].Estimate; v.Total.Estimate != sum || v.Total.Valued != 3 || v.Total.Pairs != 7 {
		t.Errorf("%+v, want 3 of 7 and %d", v.Total.Total, sum)
	}
	if v.Total.Paid != nil || v.Total.Gain != nil || *v.Total.GainRetail != v.Total.Estimate-v.Total.Retail {
		t.Errorf("%+v", v.Total)
	}
}

// What was paid counts at the rate of its day, as sales do: a weekend takes Friday's, and a
// gap of more than a week nothing.
func TestValueGains(t *testing.T) {
	b := newBook(t, simulated(1000))
	s := session(t, b)
	if err := s.Exec(t.Context(), "INSERT INTO fx_rates VALUES (DATE '2024-01-05', 'EUR', 1.0950, 'test', 'high', NULL)"); err != nil {
		t.Fatal(err)
	}
	on := func(day string) data.Date { return data.Date(dayNumber(t, day)) }
	pair := func(paid *data.Amount, currency string, day data.Date) data.Pair {
		return data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "new", Paid: paid, PaidCurrency: currency, BoughtOn: day}
	}
	v := valueOf(t, b,
		pair(amount(15000), "USD", 0),
		pair(amount(20000), "EUR", on("2024-01-05")), // 200 · 1.095 = 219
		pair(amount(20001), "EUR", on("2024-01-07")), // 219.01095
		pair(amount(20000), "EUR", on("2024-01-20")),
		pair(amount(20000), "EUR", 0),
		pair(amount(20000), "GBP", on("2024-01-05")),
		pair(amount(0), "GBP", 0), // a gift
		pair(nil, "", 0),
		data.Pair{MatchMethod: "none", Condition: "new", Paid: amount(99900), PaidCurrency: "USD"}, // in no sum
	)
	estimate := *v.Rows[0].Estimate
	var got []string
	for _, r := range v.Rows {
		share := "-"
		if r.GainShare != nil {
			share = fmt.Sprintf("%.6f", *r.GainShare)
		}
		reasons := slices.DeleteFunc(slices.Clone(r.Reasons), func(c string) bool { return c == WarnOneMarketplace })
		got = append(got, fmt.Sprint(cell(r.Paid), " ", cell(r.Gain), " ", share, " ", reasons))
	}
	gains := func(paid int64) string {
		g := estimate - paid
		return fmt.Sprintf("%s %s %.6f []", cell(&paid), cell(&g), float64(g)/float64(paid))
	}
	want := []string{gains(15000), gains(21900), gains(21901), "- - - [paid_no_rate]", "- - - [paid_undated]", "- - - [paid_no_rate]",
		fmt.Sprintf("0.00 %s - []", cell(&estimate)), "- - - []", "999.00 - - [style_unknown]"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if *v.Total.Paid != 15000+21900+21901 || v.Total.PaidPairs != 4 || *v.Total.Gain != 4*estimate-(15000+21900+21901) || v.Total.Valued != 8 {
		t.Errorf("%+v", v.Total)
	}
}

// A label that names another country than the reference is to be checked; one that the
// reference leaves open, or that says nothing, is not.
func TestValueLabels(t *testing.T) {
	for _, c := range []struct {
		label, reference string
		want             bool
	}{
		{"USA", "USA", false}, {"China", "USA", true}, {"UK", "USA", true}, {"Asia", "USA", true}, {"USA", "Asia", true}, {"", "USA", false}, {"China", "", false},
		{"China", "Asia", false}, {"Vietnam", "Asia", false}, {"Asia", "China", false}, {"Vietnam", "China", true},
	} {
		if got := contradicts(c.label, c.reference); got != c.want {
			t.Errorf("label %q, reference %q: %v", c.label, c.reference, got)
		}
	}
	box := false
	v := valueOf(t, newBook(t, simulated(1000)), data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "new", Origin: "China", HasBox: &box, Assumed: true,
		Faults: []data.PairFault{{Column: "paid", Reason: "paid_not_a_number"}}})
	if got := strings.Join(v.Rows[0].Reasons, " "); got != "box_missing condition_assumed label_contradicts one_marketplace paid_not_a_number" {
		t.Error(got)
	}
	if d := cmp.Diff([]string{"tongue label", "box label", "factory code"}, v.Rows[0].Check); d != "" {
		t.Error(d)
	}
}

// What holds of any collection: the total of one pair is its own; the order of pairs changes
// no digit; a pair more adds its estimate to the sum; no sum is surer than if its pairs
// had nothing in common, nor less sure than its least sure pair.
func TestTotalOfAnyCollection(t *testing.T) {
	b := newBook(t, simulated(1000))
	valuer, err := NewValuer(t.Context(), b, PremiumsSpec{AsOf: data.Date(dayNumber(t, "2026-06-30"))})
	if err != nil {
		t.Fatal(err)
	}
	styles := []string{grey6, grey5, greyDay, "M990JD3", "MR993GL", "no such style"}
	rapid.Check(t, func(rt *rapid.T) {
		var pairs []PairValue
		for range rapid.IntRange(0, 30).Draw(rt, "n") {
			p, _ := valuer.Pair(rapid.SampledFrom(styles).Draw(rt, "style"), rapid.IntRange(0, 30).Draw(rt, "halves"), rapid.SampledFrom([]string{"new", "new", "new", "used", "unknown"}).Draw(rt, "condition"))
			pairs = append(pairs, p)
		}
		total := valuer.Total(pairs)
		sum, n, least := int64(0), 0, 0.0
		for _, p := range pairs {
			if p.Estimate == nil {
				if len(p.Reasons) == 0 && p.Style != "" {
					rt.Fatalf("%+v has no number and no reason", p)
				}
				continue
			}
			n, sum, least = n+1, sum+*p.Estimate, max(least, p.source.sd)
			one := valuer.Total([]PairValue{p})
			if d := max(*one.Low-*p.SaleLow, *p.SaleLow-*one.Low, *one.High-*p.SaleHigh, *p.SaleHigh-*one.High); d > 1 || one.Estimate != *p.Estimate {
				rt.Fatalf("alone %d to %d, its sale %d to %d", *one.Low, *one.High, *p.SaleLow, *p.SaleHigh)
			}
		}
		if total.Pairs != len(pairs) || total.Valued != n || total.Estimate != sum || (total.Low == nil) != (n == 0) {
			rt.Fatalf("%+v of %d pairs, %d valued, sum %d", total, len(pairs), n, sum)
		}
		if n == 0 {
			return
		}
		if *total.Low > sum || *total.High < sum || total.SD < total.Apart-1e-12 || total.SD > least+1e-9 {
			rt.Fatalf("%d to %d of %d, sd %v, apart %v, least sure %v", *total.Low, *total.High, sum, total.SD, total.Apart, least)
		}
		slices.Reverse(pairs)
		if again := valuer.Total(pairs); *again.Low != *total.Low || *again.High != *total.High || again.SD != total.SD {
			rt.Fatalf("in another order %+v, %+v", again, total)
		}
	})
}

// A book that says too little has no numbers to add, and an interval only where all have one.
func TestTotalOfSmallBooks(t *testing.T) {
	for _, n := range []int{0, 10, 100} {
		v := valueOf(t, newBook(t, simulated(n)), data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "new"}, data.Pair{StyleID: grey6, SizeUSMen: 18, Condition: "new"})
		r := v.Rows[0]
		if valued := 0; r.Estimate != nil {
			valued = 2
			if v.Total.Valued != valued || v.Total.Estimate != 2**r.Estimate || (v.Total.Low == nil) != (r.SaleLow == nil) {
				t.Errorf("%d sales: %+v, %+v", n, v.Total, r)
			}
			if r.SaleLow == nil && !slices.Contains(r.Reasons, ReasonNoSaleInterval) {
				t.Errorf("%d sales: no interval and no reason: %v", n, r.Reasons)
			}
		} else if v.Total.Valued != 0 || v.Total.Low != nil || v.Total.GainRetail != nil {
			t.Errorf("%d sales: %+v", n, v.Total)
		}
		t.Logf("%d sales: %s, %v, total %s to %s", n, cell(r.Estimate), r.Reasons, cell(v.Total.Low), cell(v.Total.High))
	}
}
