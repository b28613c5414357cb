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
	grounds
	keys           []string
	asked          scope
	multiples      []stat.Count
	prices, retail []stat.Count // in US dollars
	first          data.Date
}

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
		sum.merge(g.grounds)
		sum.multiples = append(sum.multiples, g.multiples...)
		sum.first = min(sum.first, g.first)
	}
	return &sum
}

// both is the union of two lists of warnings, sorted.
func both(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// warnings are what is doubtful about the group's sales, sorted.
func (g *group) warnings() []string { return g.grounds.warnings(g.asked) }

func figure(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
