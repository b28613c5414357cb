package analysis

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amassable/greybook/data"
)

// simulated is n sales of two 990s over a year up to 2026-06-30, at 1.2 and 0.9 times
// retail with noise of 10 %; a size is half a per cent from the next.
func simulated(n int) []sale {
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	last, _ := data.ParseDate("2026-06-30")
	var out []sale
	for i := range n {
		s := sale{style: grey6, retail: "200", size: fmt.Sprint(8 + i%5)}
		level := 1.2
		if i%3 == 0 {
			s.style, level = grey5, 0.9
		}
		s.day = last.AddDays(-i * 365 / n).String()
		s.price = fmt.Sprintf("%.2f", 200*level*math.Exp(0.1*rng.NormFloat64()+0.005*float64(i%5-2)))
		out = append(out, s)
	}
	return out
}

func premiumsOf(t *testing.T, sales []sale, asOf string) (Premiums, map[string]Premium) {
	t.Helper()
	p, err := ComputePremiums(context.Background(), newBook(t, sales), PremiumsSpec{AsOf: data.Date(dayNumber(t, asOf))})
	if err != nil {
		t.Fatal(err)
	}
	whole := map[string]Premium{}
	for _, r := range p.Rows {
		if r.SizeBand == "" && r.Condition == "new" {
			whole[r.Style] = r
		}
		if (r.Multiple == nil) != (r.Grade == "X") || (r.Multiple == nil) != (r.Basis == "none") {
			t.Errorf("%s %s: multiple %v with grade %s and basis %s", r.Style, r.SizeBand, r.Multiple, r.Grade, r.Basis)
		}
		if r.Multiple == nil && len(r.Reasons) == 0 {
			t.Errorf("%s: no number and no reason", r.Style)
		}
		if r.Multiple != nil && !(*r.Lo < *r.Multiple && *r.Multiple < *r.Hi) {
			t.Errorf("%s: %v is not inside %v to %v", r.Style, *r.Multiple, *r.Lo, *r.Hi)
		}
		if r.SaleLo != nil && !(*r.SaleLo < *r.Lo && *r.Hi < *r.SaleHi) && r.Grade == "A" {
			t.Errorf("%s: the next sale is surer than the market", r.Style)
		}
	}
	return p, whole
}

// Every style of the reference has a row; what the sales don't carry is no number.
func TestPremiumsOfSmallBooks(t *testing.T) {
	for _, c := range []struct {
		n          int
		own        string // basis of the style that sold most
		saleBand   bool
		mostWidth  float64 // of its estimate band, over the estimate
		leastWidth float64
	}{
		{0, "none", false, 0, 0},
		{10, "own", false, 0.6, 0.1},
		{100, "own", true, 0.4, 0.05},
		{1000, "own", true, 0.3, 0.02},
	} {
		t.Run(fmt.Sprint(c.n), func(t *testing.T) {
			p, whole := premiumsOf(t, simulated(c.n), "2026-06-30")
			if p.N != c.n || len(whole) < 200 {
				t.Errorf("%d sales and %d styles, want %d and all of the reference", p.N, len(whole), c.n)
			}
			r := whole[grey6]
			if r.Basis != c.own || (r.SaleLo != nil) != c.saleBand {
				t.Errorf("basis %s, sale band %v; want %s, %v", r.Basis, r.SaleLo != nil, c.own, c.saleBand)
			}
			if r.Multiple != nil {
				// The truth is 1.2 for the middle size.
				width := (*r.Hi - *r.Lo) / *r.Multiple
				t.Logf("%.3f, %.3f to %.3f, grade %s, n %d, effective %.1f", *r.Multiple, *r.Lo, *r.Hi, r.Grade, r.N, r.NEffective)
				if *r.Lo > 1.2 || *r.Hi < 1.2 || width > c.mostWidth || width < c.leastWidth {
					t.Errorf("%v to %v, %v of the estimate wide, for a truth of 1.2", *r.Lo, *r.Hi, width)
				}
			}
			// Of styles that were never sold only those have a number whose version or model
			// was, and it is no good one.
			for style, r := range whole {
				if r.N == 0 && r.Multiple != nil && (r.Grade < "C" || r.Basis != "parent") {
					t.Errorf("%s was never sold and has grade %s, basis %s", style, r.Grade, r.Basis)
				}
				if c.n < 100 && r.N == 0 && r.Multiple != nil {
					t.Errorf("%d sales of two styles give %s a number", c.n, style)
				}
			}
		})
	}
}

// As of a day, what is sold later does not exist.
func TestPremiumsSeeNoFuture(t *testing.T) {
	sales := simulated(200)
	_, then := premiumsOf(t, sales, "2026-03-31")
	var known []sale
	for _, s := range sales {
		if s.day <= "2026-03-31" {
			known = append(known, s)
		}
	}
	_, now := premiumsOf(t, known, "2026-03-31")
	for style, r := range then {
		if fmt.Sprint(deref(r)) != fmt.Sprint(deref(now[style])) {
			t.Errorf("%s is %v with later sales in the book, %v without", style, deref(r), deref(now[style]))
		}
	}
}

// deref is a row's figures, to be compared.
func deref(p Premium) []any {
	out := []any{p.N, p.NEffective, p.Basis, p.Grade, p.LastSoldOn, p.Reasons}
	for _, f := range []*float64{p.Multiple, p.Lo, p.Hi, p.SaleLo, p.SaleHi, p.Borrowed} {
		if f == nil {
			out = append(out, nil)
		} else {
			out = append(out, *f)
		}
	}
	return out
}

// A book of a few sales says that it is too small to judge, and gives no verdict.
func TestBacktestOfSmallBooks(t *testing.T) {
	for _, n := range []int{0, 10, 100, 600} {
		b, err := ComputeBacktest(context.Background(), newBook(t, simulated(n)), BacktestSpec{AsOf: data.Date(dayNumber(t, "2026-06-30"))})
		if err != nil {
			t.Fatal(err)
		}
		// 600 sales over a year are 277 in 24 weeks, spread over ten cells: no class has 200.
		if !b.TooSmall() {
			t.Errorf("%d sales are enough to judge by: %+v", n, b.Rows)
		}
		if b.Last.String() != "2026-06-22" || b.First.String() != "2026-01-12" {
			t.Errorf("origins %s to %s: the last week that is over on 2026-06-30 began on 2026-06-22", b.First, b.Last)
		}
		for _, r := range b.Rows {
			if (r.N == 0) != (r.MdAPE == nil) {
				t.Errorf("%s of %s: %d sales, MdAPE %v", r.Forecast, r.Class, r.N, r.MdAPE)
			}
		}
	}
}
