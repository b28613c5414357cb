package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// group is what one group's rows come to.
type group struct {
	keys                          []string
	n, synthetic, doubtful        int
	notSales, pricesKnown         int
	unknownStyle                  int
	marketplace, basis, condition variety
	multiples                     []stat.Count
	prices, retail                map[int64]int // cents: count
	first, last                   data.Date
}

// saleKind is how many sales are alike in what warnings are about.
type saleKind struct {
	n                             int
	marketplace, basis, condition string
	synthetic, doubtful, known    bool
}

// take adds sales to what the warnings of a group are about.
func (g *group) take(k saleKind) {
	g.marketplace.see(k.marketplace, g.n == 0)
	g.basis.see(k.basis, g.n == 0)
	g.condition.see(k.condition, g.n == 0)
	g.n += k.n
	if k.synthetic {
		g.synthetic += k.n
	}
	if k.doubtful {
		g.doubtful += k.n
	}
	if !k.known {
		g.unknownStyle += k.n
	}
	if k.basis != "sale" {
		g.notSales += k.n
	}
}

// variety tells one value from several.
type variety struct {
	value   string
	several bool
}

func (v *variety) see(value string, first bool) {
	if first {
		v.value = value
	}
	v.several = v.several || value != v.value
}

func (v *variety) merge(w variety) { v.several = v.several || w.several || v.value != w.value }

// histogram is the sample of the group's multiples.
func (g *group) histogram() (stat.Histogram, error) {
	h, err := stat.NewHistogram(g.multiples)
	if err == nil && h.N() != g.n {
		err = fmt.Errorf("%d sales counted, %d with a multiple", g.n, h.N())
	}
	return h, err
}

// name is the group's keys as one text.
func (g *group) name() string { return strings.Join(g.keys, "\x00") }

// merged is the group of all sales of several, with the keys of the first; nil for none.
func merged(groups []*group) *group {
	if len(groups) == 0 {
		return nil
	}
	sum := *groups[0]
	sum.multiples = slices.Clone(sum.multiples)
	sum.prices, sum.retail = nil, nil // nobody asks for the dollars of a merged group
	for _, g := range groups[1:] {
		sum.n += g.n
		sum.synthetic += g.synthetic
		sum.doubtful += g.doubtful
		sum.notSales += g.notSales
		sum.pricesKnown += g.pricesKnown
		sum.unknownStyle += g.unknownStyle
		sum.marketplace.merge(g.marketplace)
		sum.basis.merge(g.basis)
		sum.condition.merge(g.condition)
		sum.multiples = append(sum.multiples, g.multiples...)
		sum.first, sum.last = min(sum.first, g.first), max(sum.last, g.last)
	}
	return &sum
}

// both is the union of two lists of warnings, sorted.
func both(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func (g *group) warnings() []string {
	var w []string
	add := func(when bool, code string) {
		if when {
			w = append(w, code)
		}
	}
	add(g.n < 20, WarnFewSales)
	add(!g.marketplace.several, WarnOneMarketplace)
	add(g.basis.several, WarnMixedBasis)
	add(g.condition.several, WarnMixedCondition)
	add(10*g.doubtful > g.n, WarnRetailDoubtful)
	add(g.pricesKnown < g.n, WarnNoUSDRate)
	add(g.notSales > 0, WarnNotSales)
	add(g.unknownStyle > 0, WarnUnknownStyle)
	add(g.synthetic > 0, WarnSynthetic)
	slices.Sort(w)
	return w
}

func figure(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
