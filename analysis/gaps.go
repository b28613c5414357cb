package analysis

import (
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// GapsSpec asks which releases of a scope a collection lacks, and what they cost.
type GapsSpec struct {
	Premiums  PremiumsSpec
	Pairs     []data.Pair // the collection
	Scope     string      // see Gaps.Scope; "": ScopeGreyDay
	Model     string      // only releases of this model; "": of all
	Halves    int         // size wanted, in half US men's sizes; 0: any
	Condition string      // condition wanted: new, new_defects, used, unknown
	Days      int         // length of the window of Liquidity and Markets, in days
	MinN      int         // a median of fewer sales is not shown; 0: the fewest that carry an interval
	Weekly    bool        // the weekly medians are wanted, too
}

// Gaps is the answer. Grain of Missing and Owned: one row per style that is in the scope
// and was released by the as-of date, sorted as Compare has it.
type Gaps struct {
	Spec         GapsSpec
	Scope        ReleaseScope
	N, Synthetic int       // completed sales that the estimates rest on; of these, made up
	Since        data.Date // first day of the window
	Missing      []Gap
	Owned        []OwnedRelease
	Unreleased   int // styles of the scope, not owned, whose release is later than the as-of date
	Unclear      int // styles that the reference says too little of to say whether they are in the scope
	Unresolved   []UnresolvedPair
	Cost         Total // of Missing, each bought once

	bare map[string][]bareSales // by style; empty where it has observations, too
}

// MadeUp reports whether made-up sales are behind any of the figures.
func (g Gaps) MadeUp() bool {
	return g.Synthetic > 0 || slices.ContainsFunc(g.Missing, func(m Gap) bool { return slices.Contains(m.Reasons, ReasonSynthetic) })
}

// Gap is a release that the collection lacks.
type Gap struct {
	Release
	// PairValue is what a pair of the size and condition wanted costs. Its Reasons have
	// ReasonMaybeOwned and ReasonSalesWithoutRetail besides those of a PairValue.
	PairValue
	// Liquidity says how often pairs of the condition sell, in all sizes; its Keys are the
	// style. Nil where the book has no sales of the condition at all.
	Liquidity *LiquidityRow
	Markets   []MarketPrice // lowest median first, those without one last
	Cheapest  Cheapest
	Weeks     []WeekPrice // with Spec.Weekly; only weeks with a sale, oldest first
}

// OwnedRelease is a release that the collection has, with its pairs in the order of the file.
type OwnedRelease struct {
	Release
	Pairs []data.Pair
}

// UnresolvedPair is a pair whose style is not known, and that may be one of the missing.
type UnresolvedPair struct {
	data.Pair
	MayBe []string // missing styles among its guesses, best first
}

// The reasons of a Gap, besides those of a PairValue.
const (
	ReasonMaybeOwned         = "maybe_owned"          // a pair of unknown style may be of this one
	ReasonSalesWithoutRetail = "sales_without_retail" // sales of it have no retail price, and so no share in any estimate
)

// ComputeGaps holds a collection against the releases of a scope. Any pair of a style, of
// any size and condition, is one that the collection has; pairs of unknown style are none.
//
// What a missing release costs is the estimate of the pair wanted (Valuer.Pair), and what
// all of them cost the sum of those (Valuer.Total), with an interval that knows that
// estimates of a version err together. Those without an estimate are in no sum.
//
// Assumed besides what those and ComputeLiquidity assume: that a release can be had for
// what it sells for. Fees, shipping and tax of a marketplace are in no figure, so that
// the cheapest price need not be the cheapest purchase.
func ComputeGaps(ctx context.Context, b *data.Book, spec GapsSpec) (Gaps, error) {
	if spec.Premiums.Level == 0 {
		spec.Premiums.Level = 0.95
	}
	g := Gaps{Spec: spec}
	all, err := readReleases(ctx, b)
	if err != nil {
		return g, fmt.Errorf("gaps: releases: %w", err)
	}
	if g.Scope, err = resolveScope(spec.Scope, spec.Model, all); err != nil {
		return g, err
	}
	g.divide(all)
	v, err := NewValuer(ctx, b, spec.Premiums)
	if err != nil {
		return g, fmt.Errorf("gaps: %w", err)
	}
	g.N, g.Synthetic = v.N, v.Synthetic
	g.resolve()
	var values []PairValue
	for i := range g.Missing {
		m := &g.Missing[i]
		if err := m.value(v, spec); err != nil {
			return g, fmt.Errorf("gaps: %w", err)
		}
		values = append(values, m.PairValue)
	}
	g.Cost = v.Total(values)
	for _, part := range []func(context.Context, *data.Book) error{g.liquidity, g.markets, g.weeks} {
		if err := part(ctx, b); err != nil {
			return g, fmt.Errorf("gaps: %w", err)
		}
	}
	for i := range g.Missing {
		r := &g.Missing[i].Reasons
		slices.Sort(*r)
		*r = slices.Compact(*r)
	}
	return g, nil
}

// divide puts each release of the scope where it belongs.
func (g *Gaps) divide(all []Release) {
	pairs := map[string][]data.Pair{}
	for _, p := range g.Spec.Pairs {
		if p.StyleID != "" {
			pairs[p.StyleID] = append(pairs[p.StyleID], p)
		}
	}
	for _, r := range all {
		in, sure := g.Scope.holds(r)
		switch {
		case !sure:
			g.Unclear++
		case !in:
		case len(pairs[r.Style]) > 0:
			g.Owned = append(g.Owned, OwnedRelease{r, pairs[r.Style]})
		case r.ReleasedOn > g.Spec.Premiums.AsOf:
			g.Unreleased++
		default:
			r.Unknown = r.unknownFacts(g.Scope, g.Spec.Premiums.AsOf)
			g.Missing = append(g.Missing, Gap{Release: r})
		}
	}
	slices.SortFunc(g.Missing, func(a, b Gap) int { return g.Scope.Compare(a.Release, b.Release) })
	slices.SortFunc(g.Owned, func(a, b OwnedRelease) int { return g.Scope.Compare(a.Release, b.Release) })
}

// resolve lists the pairs of unknown style that may be missing ones, and marks those.
func (g *Gaps) resolve() {
	at := map[string]int{}
	for i, m := range g.Missing {
		at[m.Release.Style] = i
	}
	for _, p := range g.Spec.Pairs {
		if p.StyleID != "" {
			continue
		}
		if !slices.ContainsFunc(g.Missing, func(m Gap) bool { return mayBe(p, m.Release) }) {
			continue
		}
		u := UnresolvedPair{Pair: p}
		for _, guess := range p.Guesses {
			if i, ok := at[guess.StyleID]; ok {
				u.MayBe = append(u.MayBe, guess.StyleID)
				g.Missing[i].Reasons = append(g.Missing[i].Reasons, ReasonMaybeOwned)
			}
		}
		g.Unresolved = append(g.Unresolved, u)
	}
}

// mayBe says whether a pair may be of a release, by the model and version that are read
// from what it is called.
func mayBe(p data.Pair, r Release) bool {
	alike := func(a, b string) bool { return a == "" || b == "" || a == b }
	return alike(p.Model, r.Model) && alike(p.Version, r.Version)
}

// value fills in what the pair wanted costs.
func (m *Gap) value(v *Valuer, spec GapsSpec) error {
	p, ok := v.Pair(m.Release.Style, spec.Halves, spec.Condition)
	if !ok {
		return fmt.Errorf("a style came up between two queries: %q", m.Release.Style)
	}
	if spec.Halves == 0 { // any size will do: all of them is what was asked for
		p.Reasons = slices.DeleteFunc(p.Reasons, func(code string) bool { return code == ReasonSizeNotSaid })
	}
	p.Reasons = append(p.Reasons, m.Reasons...)
	m.PairValue = p
	return nil
}

// liquidity says how often the missing sell. A style of which no sale has a retail price has
// no observations; how often it sells, and where, is then said of those sales.
func (g *Gaps) liquidity(ctx context.Context, b *data.Book) error {
	l, err := ComputeLiquidity(ctx, b, LiquiditySpec{Question: g.question(ByStyle), Days: g.Spec.Days})
	if err != nil {
		return err
	}
	g.Since = l.Scope.Spec.Since
	if g.bare, err = g.readBare(ctx, b); err != nil {
		return err
	}
	of := map[string]*LiquidityRow{}
	for i := range l.Rows {
		of[l.Rows[i].Keys[0]] = &l.Rows[i]
		if style := l.Rows[i].Keys[0]; g.bare[style] != nil {
			g.bare[style] = []bareSales{} // some, beside observations
		}
	}
	for i := range g.Missing {
		m := &g.Missing[i]
		bare := g.bare[m.Release.Style]
		if bare != nil {
			m.Reasons = append(m.Reasons, ReasonSalesWithoutRetail)
			m.Reasons = slices.DeleteFunc(m.Reasons, func(code string) bool { return code == ReasonNoSales })
		}
		m.Liquidity = of[m.Release.Style]
		switch {
		case m.Liquidity != nil:
		case len(bare) > 0:
			if m.Liquidity, err = g.bareLiquidity(m.Release, bare, &l.Scope); err != nil {
				return err
			}
		case l.Scope.N > 0:
			m.Liquidity = g.never(m.Release)
		}
		if m.Liquidity != nil && slices.Contains(m.Liquidity.Warnings, WarnSynthetic) {
			m.Reasons = append(m.Reasons, ReasonSynthetic)
		}
	}
	return nil
}

// never is the liquidity of a release that the book has no sale of, in all its days.
func (g *Gaps) never(r Release) *LiquidityRow {
	from, end := g.Since, g.Spec.Premiums.AsOf
	if r.Precision == "day" && r.ReleasedOn > from {
		from = r.ReleasedOn
	}
	days := int(end-from) + 1
	l := &LiquidityRow{Keys: []string{r.Style}, From: from, Weeks: float64(days) / 7, Warnings: []string{WarnTooFew}}
	_, hi := stat.RateInterval(0, g.Spec.Premiums.Level)
	l.SalesHi = hi / l.Weeks
	return l
}

// question asks for completed sales of the condition wanted.
func (g *Gaps) question(by ...Dimension) MultiplesSpec {
	return MultiplesSpec{By: by, Where: []Filter{{ByCondition, g.Spec.Condition}}, AsOf: g.Spec.Premiums.AsOf, Level: g.Spec.Premiums.Level, MinN: g.Spec.MinN}
}
