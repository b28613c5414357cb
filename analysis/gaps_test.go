package analysis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
)

// gapsOf are the gaps of a collection of those styles.
func gapsOf(t *testing.T, b *data.Book, spec GapsSpec, styles ...string) Gaps {
	t.Helper()
	for i, s := range styles {
		spec.Pairs = append(spec.Pairs, data.Pair{Line: int64(i + 2), StyleID: s, StyleText: s, Condition: "unknown"})
	}
	if spec.Premiums.AsOf.IsZero() {
		spec.Premiums.AsOf = day(t, "2026-06-30")
	}
	if spec.Condition == "" {
		spec.Condition = "new"
	}
	if spec.Days == 0 {
		spec.Days = 364
	}
	g, err := ComputeGaps(context.Background(), b, spec)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g Gaps) missing() []string {
	var out []string
	for _, m := range g.Missing {
		out = append(out, m.Release.Style)
	}
	return out
}

func (g Gaps) of(t *testing.T, style string) Gap {
	t.Helper()
	i := slices.Index(g.missing(), style)
	if i < 0 {
		t.Fatalf("%s is not missing", style)
	}
	return g.Missing[i]
}

// A pair more never raises the cost, whatever pairs there are already; what is missing and
// what is owned are always the scope; and who has everything lacks nothing, at 0 of 0.
func TestPairsCloseGaps(t *testing.T) {
	sales := simulated(900)
	for i := range sales { // a 990v3 of $250 and a Grey Day release of $209.99 (data/reference/retail_prices.csv) among them
		switch i % 6 {
		case 1, 4:
			sales[i].style = "M990JD3"
		case 2:
			sales[i].style = greyDay
		}
	}
	b := newBook(t, sales)
	rng := rand.New(rand.NewPCG(3, 3))
	for _, scope := range []string{"990v3", "990", "made-in-usa", ""} {
		before := gapsOf(t, b, GapsSpec{Scope: scope})
		all := before.missing()
		if len(all) == 0 || len(before.Owned) > 0 || before.Cost.Pairs != len(all) || before.Cost.Valued == 0 {
			t.Fatalf("%s: %d missing, %d owned, cost of %d", scope, len(all), len(before.Owned), before.Cost.Pairs)
		}
		var owned []string
		order := rng.Perm(len(all))
		priced := slices.IndexFunc(before.Missing, func(m Gap) bool { return m.Estimate != nil })
		for _, i := range append(order[:min(5, len(all))], max(priced, 0)) {
			if slices.Contains(owned, all[i]) {
				continue
			}
			owned = append(owned, all[i], all[i]) // two pairs of a style are no better than one
			g := gapsOf(t, b, GapsSpec{Scope: scope}, owned...)
			if len(g.Missing)+len(g.Owned) != len(all) || len(g.Owned) != len(owned)/2 || slices.Contains(g.missing(), all[i]) {
				t.Errorf("%s: %d missing and %d owned of %d", scope, len(g.Missing), len(g.Owned), len(all))
			}
			if g.Cost.Estimate > before.Cost.Estimate || g.Cost.Valued > before.Cost.Valued ||
				g.Cost.Low != nil && before.Cost.Low != nil && (*g.Cost.Low > *before.Cost.Low || *g.Cost.High > *before.Cost.High) {
				t.Errorf("%s: %s raises the cost from %+v to %+v", scope, all[i], before.Cost, g.Cost)
			}
			before = g
		}
		g := gapsOf(t, b, GapsSpec{Scope: scope}, all...)
		if len(g.Missing) != 0 || g.Cost != (Total{}) || len(g.Owned) != len(all) {
			t.Errorf("%s: who has all lacks %v, for %+v", scope, g.missing(), g.Cost)
		}
	}
}

// A gap's figures are those of the premiums, of liquidity and of multiples by marketplace; the
// total is the sum of those with an estimate, and no other counts as free.
func TestGapsAreTheAnalyses(t *testing.T) {
	ctx := context.Background()
	sales := simulated(600)
	for i := range sales {
		if i%4 == 0 {
			sales[i].marketplace = "GOAT"
		}
	}
	b := newBook(t, sales)
	asOf := day(t, "2026-06-30")
	g := gapsOf(t, b, GapsSpec{Scope: "990", Halves: 19, Weekly: true, Days: 182})
	p, err := ComputePremiums(ctx, b, PremiumsSpec{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	l, err := ComputeLiquidity(ctx, b, LiquiditySpec{Question: MultiplesSpec{By: []Dimension{ByStyle}, AsOf: asOf}, Days: 182})
	if err != nil {
		t.Fatal(err)
	}
	places, err := ComputeMultiples(ctx, b, MultiplesSpec{By: []Dimension{ByStyle, ByMarketplace}, AsOf: asOf, Since: asOf.AddDays(-181)})
	if err != nil {
		t.Fatal(err)
	}
	priced, sum := 0, int64(0)
	for _, m := range g.Missing {
		if m.Estimate != nil {
			priced++
			sum += *m.Estimate
		} else if len(m.Reasons) == 0 || m.Grade != "X" {
			t.Errorf("%s has no estimate, grade %s, and no reason", m.Release.Style, m.Grade)
		}
	}
	if priced == 0 || priced == len(g.Missing) || g.Cost.Valued != priced || g.Cost.Pairs != len(g.Missing) || g.Cost.Estimate != sum {
		t.Errorf("%d of %d priced at %d: %+v", priced, len(g.Missing), sum, g.Cost)
	}
	for _, style := range []string{grey6, grey5} {
		m := g.of(t, style)
		i := slices.IndexFunc(p.Rows, func(r Premium) bool { return r.Style == style && r.SizeBand == "9-10.5" && r.Condition == "new" })
		if !reflect.DeepEqual(m.Premium, p.Rows[i]) || *m.Estimate != *cents(m.RetailPrice, p.Rows[i].Multiple) {
			t.Errorf("%s: %+v is not %+v", style, m.Premium, p.Rows[i])
		}
		i = slices.IndexFunc(l.Rows, func(r LiquidityRow) bool { return r.Keys[0] == style })
		if !reflect.DeepEqual(*m.Liquidity, l.Rows[i]) {
			t.Errorf("%s: %+v is not %+v", style, *m.Liquidity, l.Rows[i])
		}
		if len(m.Markets) != 2 {
			t.Fatalf("%s: %+v", style, m.Markets)
		}
		for _, x := range m.Markets {
			i = slices.IndexFunc(places.Rows, func(r MultipleRow) bool { return r.Keys[0] == style && r.Keys[1] == x.Marketplace })
			// All retail prices of these sales are 200 dollars.
			if r := places.Rows[i]; x.N != r.N || *x.Median != *r.MedianSalePrice || !near(*x.Low, 200**r.Lo) || !near(*x.High, 200**r.Hi) {
				t.Errorf("%s on %s: %+v is not %+v", style, x.Marketplace, x, r)
			}
		}
		n := 0
		for _, w := range m.Weeks {
			n += w.N
		}
		if n != m.Liquidity.N || m.Weeks[0].Week > m.Weeks[1].Week {
			t.Errorf("%s: %d sales in its weeks, %d in all", style, n, m.Liquidity.N)
		}
	}
	// Never sold, over all 182 days: 3.689 is the 97.5 % point of a Poisson mean behind no event.
	if m := g.of(t, "M990VS3"); m.Liquidity == nil || m.Liquidity.N != 0 || !near(m.Liquidity.SalesHi, 3.6888794541139363/26) || m.Cheapest.Why != CheapestNoSales || !m.Liquidity.LastSoldOn.IsZero() {
		t.Errorf("never sold: %+v, %+v", m.Liquidity, m.Cheapest)
	}
}

func near(a, b float64) bool { return a-b < 1e-4 && b-a < 1e-4 }

// Nothing sold after the as-of date changes anything, nor does the order of the pairs.
func TestGapsSeeNoLaterSale(t *testing.T) {
	early := simulated(400)
	late := slices.Concat(early, []sale{{style: grey6, day: "2026-07-01", price: "900", retail: "200", size: "9"}, {style: "M990VS3", day: "2026-07-02", price: "90", retail: "200", size: "9"}})
	spec := GapsSpec{Scope: "made-in-usa", Model: "990", Weekly: true}
	a := gapsOf(t, newBook(t, early), spec, "M990GL4", greyDay)
	b := gapsOf(t, newBook(t, late), spec, greyDay, "M990GL4")
	a.Spec, b.Spec, a.Owned, b.Owned = GapsSpec{}, GapsSpec{}, nil, nil
	for _, g := range []*Gaps{&a, &b} {
		for i := range g.Missing {
			g.Missing[i].source = source{} // nodes of trees, which are not the same ones
		}
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("two sales of July change what is said of June")
	}
}

// One marketplace is named only where its interval lies wholly below all others.
func TestCheapest(t *testing.T) {
	price := func(name string, median, lo, hi float64) MarketPrice {
		p := MarketPrice{Marketplace: name, N: 10}
		if median > 0 {
			p.Median = &median
		}
		if lo > 0 {
			p.Low, p.High = &lo, &hi
		}
		return p
	}
	for _, c := range []struct {
		name    string
		markets []MarketPrice
		want    Cheapest
	}{
		{"none", nil, Cheapest{"", CheapestNoSales}},
		{"one", []MarketPrice{price("A", 100, 90, 110)}, Cheapest{"", CheapestOneMarket}},
		{"apart", []MarketPrice{price("A", 100, 90, 110), price("B", 120, 111, 130)}, Cheapest{"A", CheapestShown}},
		{"touching", []MarketPrice{price("A", 100, 90, 110), price("B", 120, 110, 130)}, Cheapest{"", CheapestNoDifference}},
		{"the third overlaps the first", []MarketPrice{price("A", 100, 90, 110), price("B", 120, 111, 130), price("C", 125, 105, 140)}, Cheapest{"", CheapestNoDifference}},
		{"the lowest median is the widest", []MarketPrice{price("A", 100, 60, 150), price("B", 120, 111, 130)}, Cheapest{"", CheapestNoDifference}},
		{"two without an interval", []MarketPrice{price("A", 100, 0, 0), price("B", 0, 0, 0)}, Cheapest{"", CheapestTooFew}},
		{"one of two without", []MarketPrice{price("A", 100, 90, 110), price("B", 0, 0, 0)}, Cheapest{"", CheapestTooFew}},
		{"a place that nobody names", []MarketPrice{price("", 50, 40, 60), price("B", 120, 110, 130)}, Cheapest{"", CheapestTooFew}},
	} {
		for range 3 { // in any order
			rand.Shuffle(len(c.markets), func(i, j int) { c.markets[i], c.markets[j] = c.markets[j], c.markets[i] })
			if got := cheapestOf(c.markets); got != c.want {
				t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
			}
		}
	}
}

// Where two marketplaces differ clearly, the cheaper is named: of six sales the interval at
// 95 % is from the lowest to the highest (1 − 2·2⁻⁶ = 0.969).
func TestCheapestOfSales(t *testing.T) {
	var sales []sale
	for i := range 6 {
		on := fmt.Sprintf("2026-06-%02d", 10+i)
		sales = append(sales, sale{style: grey6, marketplace: "GOAT", day: on, price: fmt.Sprint(180 + i), retail: "200", size: "9"},
			sale{style: grey6, marketplace: "StockX", day: on, price: fmt.Sprint(190 + i), retail: "200", size: "9"},
			sale{style: grey6, marketplace: "StockX", basis: "ask", day: on, price: "100", retail: "200", size: "9"},
			sale{style: grey6, marketplace: "eBay", day: "2025-01-01", price: "50", retail: "200", size: "9"})
	}
	m := gapsOf(t, newBook(t, sales), GapsSpec{Scope: "990v6", Days: 91}).of(t, grey6)
	if m.Cheapest != (Cheapest{"GOAT", CheapestShown}) || len(m.Markets) != 2 {
		t.Fatalf("%+v of %+v", m.Cheapest, m.Markets)
	}
	if p := m.Markets[0]; p.N != 6 || *p.Median != 182.5 || *p.Low != 180 || *p.High != 185 {
		t.Errorf("%+v", p)
	}
}

// Sales without a retail price carry no estimate, and still tell how often and where.
func TestGapsWithoutRetail(t *testing.T) {
	b := newBook(t, slices.Concat(simulated(300), rising("M990VS3", 8)))
	s := session(t, b)
	if err := s.Exec(context.Background(), `UPDATE store.sale SET multiple = NULL, retail_price = NULL, retail_price_usd = NULL, retail_basis = 0, flags = CASE WHEN line = 302 THEN ? ELSE flags END
		WHERE style_no = (SELECT style_no FROM styles WHERE style_id = 'M990VS3')`, data.FlagPriceOutlier); err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(context.Background(), "DELETE FROM retail_prices WHERE style_id = 'M990VS3'"); err != nil {
		t.Fatal(err)
	}
	m := gapsOf(t, b, GapsSpec{Scope: "990v3", Weekly: true}).of(t, "M990VS3")
	// Of 101, 102, … 108 dollars the first is an outlier.
	if m.Estimate != nil || m.Liquidity.N != 7 || m.Markets[0].N != 7 || *m.Markets[0].Median != 105 || m.Weeks[0].N == 0 || m.Liquidity.LastSoldOn != day(t, "2026-03-08") {
		t.Errorf("%+v, %+v, %+v", m.Estimate, m.Liquidity, m.Markets)
	}
	if want := []string{ReasonNoRetailPrice, ReasonSalesWithoutRetail}; !slices.Contains(m.Reasons, want[0]) || !slices.Contains(m.Reasons, want[1]) || slices.Contains(m.Reasons, ReasonNoSales) {
		t.Errorf("reasons %v", m.Reasons)
	}
}

// What may be missing only seemingly is said: pairs of unknown style, by their guesses and by
// the model that their title names.
func TestUnresolvedPairs(t *testing.T) {
	b := newBook(t, simulated(100))
	pairs := []data.Pair{
		{Line: 2, Title: "some grey 998", Model: "998", Guesses: []data.StyleGuess{{StyleID: greyDay, Score: 0.5}, {StyleID: grey6, Score: 0.4}}},
		{Line: 3, Title: "a shoe"},
		{Line: 4, Title: "990v1 with laces", Model: "990", Version: "v1"}, // no Grey Day release is a 990v1
		{Line: 5, StyleText: grey6, StyleID: grey6},
	}
	g := gapsOf(t, b, GapsSpec{Pairs: pairs})
	if len(g.Unresolved) != 2 || g.Unresolved[0].Line != 2 || !slices.Equal(g.Unresolved[0].MayBe, []string{greyDay}) || g.Unresolved[1].Line != 3 || g.Unresolved[1].MayBe != nil {
		t.Errorf("%+v", g.Unresolved)
	}
	if !slices.Contains(g.of(t, greyDay).Reasons, ReasonMaybeOwned) || slices.Contains(g.of(t, "U996TE").Reasons, ReasonMaybeOwned) {
		t.Errorf("%v", g.of(t, greyDay).Reasons)
	}
}

// The list decides what a Grey Day release is; what is not out yet is left out and counted,
// what nobody can date is listed as such.
func TestScopes(t *testing.T) {
	b := newBook(t, nil)
	s := session(t, b)
	for _, q := range []string{
		"INSERT INTO styles VALUES (9001, 'next', NULL, '990', 'v6', 'Next', DATE '2026-07-01', 'day', 'USA', 'men', NULL, false, 'test', 'high', NULL)",
		"INSERT INTO styles VALUES (9002, 'this-year', NULL, '990', 'v6', NULL, DATE '2026-01-01', 'year', NULL, 'men', NULL, false, 'test', 'high', NULL)",
		"INSERT INTO styles VALUES (9003, 'grey-by-name', NULL, '990', NULL, 'Grey Day 2031', NULL, NULL, 'USA', 'men', NULL, false, 'test', 'high', NULL)",
		"INSERT INTO grey_days VALUES (2026, DATE '2026-05-08', 'this-year', 'test', 'high', NULL), (2026, NULL, 'next', 'test', 'high', NULL)",
	} {
		if err := s.Exec(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
	var listed int
	if err := s.Get(context.Background(), []any{&listed}, "SELECT count(*) FROM grey_days"); err != nil {
		t.Fatal(err)
	}
	g := gapsOf(t, b, GapsSpec{})
	if g.Unreleased != 1 || len(g.Missing) != listed-1 || slices.Contains(g.missing(), "grey-by-name") || slices.Contains(g.missing(), "next") {
		t.Errorf("%d listed, %d not out, missing %v", listed, g.Unreleased, g.missing())
	}
	// No sale at all: no figure, and nothing says that it is not sold.
	if m := g.of(t, "this-year"); m.ReleasedOn != day(t, "2026-05-08") || m.Precision != "day" || !slices.Equal(m.Unknown, []string{UnknownColorway, UnknownMadeIn, UnknownStyleCode}) || m.Liquidity != nil || m.Estimate != nil {
		t.Errorf("%+v", m)
	}
	if m := g.of(t, "M990SG5"); !slices.Contains(m.Unknown, UnknownGreyDayYear) || !slices.Contains(m.Unknown, UnknownRelease) || g.Scope.Group(m.Release) != "Grey Day, year not known" || g.missing()[len(g.Missing)-1] != "M990SG5" {
		t.Errorf("%v in %v", m.Unknown, g.missing())
	}
	if g := gapsOf(t, b, GapsSpec{}, "next"); g.Unreleased != 0 || len(g.Owned) != 1 { // somebody has it already
		t.Errorf("%d not out, owned %v", g.Unreleased, g.Owned)
	}
	if g := gapsOf(t, b, GapsSpec{Scope: "990v6", Premiums: PremiumsSpec{AsOf: day(t, "2025-12-31")}}); slices.Contains(g.missing(), "this-year") {
		t.Error("a style of 2026 is missing in 2025")
	}
	for _, c := range []struct{ scope, model, want string }{
		{"", "", "grey-day"}, {"Grey-Day", "990", "grey-day 990"}, {"made-in-usa", "", "made-in-usa"}, {"MADE-IN-USA", "998", "made-in-usa 998"},
		{"v3", "", "990v3"}, {"990V3", "", "990v3"}, {"v2", "991", "991v2"}, {"1300", "", "1300"}, {"xc-72", "", "XC-72"}, {"990v3", "990", "990v3"},
		{"v9", "", "?"}, {"990v9", "", "?"}, {"grey", "", "?"}, {"990v3", "991", "!"}, {"", "9900", "?"}, {"", "990v3", "?"}, {"' OR 1=1 --", "", "?"},
	} {
		g, err := ComputeGaps(context.Background(), b, GapsSpec{Premiums: PremiumsSpec{AsOf: day(t, "2026-06-30")}, Scope: c.scope, Model: c.model, Condition: "new", Days: 364})
		got := g.Scope.String()
		var unknown *UnknownScopeError
		var conflict *ScopeConflictError
		switch {
		case errors.As(err, &unknown):
			got = "?"
		case errors.As(err, &conflict):
			got = "!"
		case err != nil:
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("--scope %q --model %q is %s, want %s: %v", c.scope, c.model, got, c.want, err)
		}
	}
	for _, m := range gapsOf(t, b, GapsSpec{Scope: "made-in-usa"}).Missing {
		if m.Release.MadeIn != "USA" {
			t.Errorf("%s is made in %q", m.Release.Style, m.Release.MadeIn)
		}
	}
	if g := gapsOf(t, b, GapsSpec{Scope: "made-in-usa", Model: "990"}); g.Unclear == 0 || strings.Join(g.missing(), " ") == "" {
		t.Errorf("%d unclear", g.Unclear) // this-year, and others of the reference
	}
}
