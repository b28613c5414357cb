package analysis

import (
	"slices"

	"github.com/amassable/greybook/data"
)

// grounds are the facts about the sales behind a figure that warnings are made of. Every
// analysis makes them of saleKinds and merges them as it merges sales, so that a code
// means the same wherever it stands. An empty grounds is of no sales.
//
// Note: there is no warning of few sellers. No marketplace's export names who sold a
// pair: a seller's own report is of one, and all others are silent.
type grounds struct {
	n            int // sales
	synthetic    int // of these, made up
	doubtful     int // with a retail price of low confidence
	notSales     int // of another price basis than sale
	unpriced     int // without a price in US dollars
	unknownStyle int
	sized        int // with a size in US men's

	marketplace, basis, condition variety
	smallest, largest             float64 // of those sized
	last                          data.Date
}

// saleKind is how many sales are alike in what warnings are about.
type saleKind struct {
	n, sized, unpriced            int
	marketplace, basis, condition string
	synthetic, doubtful, known    bool
	smallest, largest             float64 // sizes; 0 where none is known
	last                          data.Date
}

// kindColumns select saleKinds out of observations, or version_observations, in a query
// that ends in GROUP BY ALL: what goes to dest. All but the first five are aggregates
// that the engine makes on the way, for a count of distinct sizes would cost a sort.
const kindColumns = `marketplace, price_basis, condition, synthetic, retail_doubtful,
	count(*), count(size_us_men), coalesce(min(size_us_men), 0)::DOUBLE, coalesce(max(size_us_men), 0)::DOUBLE,
	count(*) - count(sale_price_usd), (max(sold_on) - DATE '1970-01-01')::INTEGER`

// dest is where a row's kindColumns are scanned to.
func (k *saleKind) dest() []any {
	return []any{&k.marketplace, &k.basis, &k.condition, &k.synthetic, &k.doubtful, &k.n, &k.sized, &k.smallest, &k.largest, &k.unpriced, &k.last}
}

// take adds sales.
func (g *grounds) take(k saleKind) {
	count := func(when bool) int {
		if when {
			return k.n
		}
		return 0
	}
	g.merge(grounds{n: k.n, synthetic: count(k.synthetic), doubtful: count(k.doubtful), notSales: count(k.basis != "sale"),
		unpriced: k.unpriced, unknownStyle: count(!k.known), sized: k.sized,
		marketplace: variety{value: k.marketplace}, basis: variety{value: k.basis}, condition: variety{value: k.condition},
		smallest: k.smallest, largest: k.largest, last: k.last})
}

// merge adds the sales of others.
func (g *grounds) merge(o grounds) {
	if o.n == 0 {
		return
	}
	if g.n == 0 {
		*g = o
		return
	}
	switch {
	case g.sized == 0:
		g.smallest, g.largest = o.smallest, o.largest
	case o.sized > 0:
		g.smallest, g.largest = min(g.smallest, o.smallest), max(g.largest, o.largest)
	}
	g.n += o.n
	g.synthetic += o.synthetic
	g.doubtful += o.doubtful
	g.notSales += o.notSales
	g.unpriced += o.unpriced
	g.unknownStyle += o.unknownStyle
	g.sized += o.sized
	g.marketplace.merge(o.marketplace)
	g.basis.merge(o.basis)
	g.condition.merge(o.condition)
	g.last = max(g.last, o.last)
}

// variety tells one value from several.
type variety struct {
	value   string
	several bool
}

func (v *variety) merge(w variety) { v.several = v.several || w.several || v.value != w.value }

// scope is what a question lets warnings be about.
type scope struct {
	end   data.Date // the last day it sees; zero where it asks about a time that is over, or about all time
	sized bool      // it tells sizes apart
}

// scope of a question. One that groups by time, or is about the weeks after a release, has
// groups that are over by their nature.
func (s MultiplesSpec) scope() scope {
	out := scope{end: s.end(), sized: s.mentions(BySizeBand)}
	if s.mentions(ByWeek) || s.mentions(ByMonth) || s.mentions(ByYear) || s.FirstDays > 0 {
		out.end = 0
	}
	return out
}

// staleDays is how long the newest sale may be ago before a row says so. It is the window
// that liquidity is classed by and in which a style's own sales set its level
// (recentDays): in the contest's sales, where the same style and size had none
// for so long, the last one was off by 27 % in the median, and by 11 % where it had one to
// four (the scorecard's B0 on its 24 origins).
const staleDays = recentDays

// stale reports whether nothing was sold in the staleDays up to the scope's end.
func (g *grounds) stale(s scope) bool { return !s.end.IsZero() && s.end-g.last >= staleDays }

// warnings are what is doubtful about the sales, as sorted codes; nil for none.
func (g *grounds) warnings(s scope) []string {
	if g.n == 0 {
		return nil
	}
	var w []string
	add := func(when bool, code string) {
		if when {
			w = append(w, code)
		}
	}
	add(g.n < 20, WarnFewSales)
	add(!g.marketplace.several, WarnOneMarketplace)
	add(!s.sized && g.sized == g.n && g.smallest == g.largest, WarnOneSize)
	add(g.stale(s), WarnStale)
	add(g.basis.several, WarnMixedBasis)
	add(g.condition.several, WarnMixedCondition)
	add(10*g.doubtful > g.n, WarnRetailDoubtful)
	add(g.unpriced > 0, WarnNoUSDRate)
	add(g.notSales > 0, WarnNotSales)
	add(g.unknownStyle > 0, WarnUnknownStyle)
	add(g.synthetic > 0, WarnSynthetic)
	slices.Sort(w)
	return w
}
