package analysis

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// MarketPrice is what a style brought on one marketplace in the window: the median of its
// completed sales of the condition wanted, all sizes, before fees and shipping, US dollars.
type MarketPrice struct {
	Marketplace       string // "" where no record says
	N                 int    // sales with a price in dollars
	Median, Low, High *float64
}

// Cheapest says which marketplace is the cheapest, or why none is named.
type Cheapest struct {
	Marketplace string // "" unless Why is CheapestShown
	Why         string
}

// The values of Cheapest.Why.
const (
	CheapestShown        = "cheapest"            // its interval lies wholly below those of all others
	CheapestNoDifference = "no difference shown" // it does not
	CheapestOneMarket    = "only one marketplace"
	CheapestTooFew       = "too few sales" // on all marketplaces, or on all but one
	CheapestNoSales      = "no sales"
)

// WeekPrice is the median price of a week's sales of a style, in US dollars.
type WeekPrice struct {
	Week   data.Date // its Monday
	N      int
	Median float64
}

// markets compares the marketplaces of each missing release.
func (g *Gaps) markets(ctx context.Context, b *data.Book) error {
	of, err := g.prices(ctx, b, ByMarketplace)
	if err != nil {
		return err
	}
	fewest := (&Multiples{Spec: g.question()}).minN()
	for i := range g.Missing {
		m := &g.Missing[i]
		for _, x := range of[m.Release.Style] {
			p := MarketPrice{Marketplace: x.key, N: x.h.N()}
			if p.N >= fewest {
				p.Median = figure(x.h.Median())
				if iv, ok := x.h.MedianInterval(g.Spec.Premiums.Level); ok {
					p.Low, p.High = figure(iv.Lo), figure(iv.Hi)
				}
			}
			m.Markets = append(m.Markets, p)
		}
		slices.SortFunc(m.Markets, func(a, b MarketPrice) int {
			at := func(p MarketPrice) float64 {
				if p.Median == nil {
					return math.Inf(1)
				}
				return *p.Median
			}
			return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a.Marketplace, b.Marketplace))
		})
		m.Cheapest = cheapestOf(m.Markets)
	}
	return nil
}

// cheapestOf names a marketplace only where its interval lies wholly below those of all
// others that have one. That is stricter than a test of the difference of two medians, so
// that with three or four marketplaces chance alone names one in fewer cases than 1 − level.
func cheapestOf(markets []MarketPrice) Cheapest {
	var known []MarketPrice
	for _, p := range markets {
		if p.Low != nil && p.Marketplace != "" {
			known = append(known, p)
		}
	}
	switch {
	case len(markets) == 0:
		return Cheapest{Why: CheapestNoSales}
	case len(markets) == 1:
		return Cheapest{Why: CheapestOneMarket}
	case len(known) < 2:
		return Cheapest{Why: CheapestTooFew}
	}
	first := slices.MinFunc(known, func(a, b MarketPrice) int { return cmp.Compare(*a.High, *b.High) })
	for _, p := range known {
		if p.Marketplace != first.Marketplace && *p.Low <= *first.High {
			return Cheapest{Why: CheapestNoDifference}
		}
	}
	return Cheapest{Marketplace: first.Marketplace, Why: CheapestShown}
}

// weeks are the weekly medians of each missing release.
func (g *Gaps) weeks(ctx context.Context, b *data.Book) error {
	if !g.Spec.Weekly {
		return nil
	}
	of, err := g.prices(ctx, b, ByWeek)
	if err != nil {
		return err
	}
	for i := range g.Missing {
		m := &g.Missing[i]
		for _, x := range of[m.Release.Style] {
			week, err := data.ParseDate(x.key)
			if err != nil {
				return err
			}
			m.Weeks = append(m.Weeks, WeekPrice{Week: week, N: x.h.N(), Median: x.h.Median()})
		}
		slices.SortFunc(m.Weeks, func(a, b WeekPrice) int { return cmp.Compare(a.Week, b.Week) })
	}
	return nil
}

// stylePrices are a style's dollar prices of one marketplace or week.
type stylePrices struct {
	key string
	h   stat.Histogram
}

// prices are the dollar prices of the window by style and another dimension, as stored.
func (g *Gaps) prices(ctx context.Context, b *data.Book, by Dimension) (map[string][]stylePrices, error) {
	m := &Multiples{Spec: g.question(ByStyle, by)}
	m.Spec.Since = g.Since
	groups, err := m.ask(ctx, b)
	if err != nil {
		return nil, err
	}
	out := map[string][]stylePrices{}
	for _, x := range groups {
		if len(x.prices) == 0 {
			continue // no rate to dollars is known for any of them
		}
		h, err := stat.NewHistogram(x.prices)
		if err != nil {
			return nil, err
		}
		out[x.keys[0]] = append(out[x.keys[0]], stylePrices{x.keys[1], h})
	}
	for style, sales := range g.bare {
		if len(sales) > 0 {
			if out[style], err = g.barePrices(sales, by); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
