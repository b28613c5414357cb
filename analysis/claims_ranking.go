package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// ranking orders the versions of a model by what By measures, over the last Days days,
// and says of each place how probable it is that it is right: the share of bootstrap
// draws in which the version holds it. Versions with too few sales are left out, and
// say so; so are pairs of unknown version.
//
// The probability knows the sales of the book and no others: it answers "would other
// sales of the same market give the same order", not "is the book the market". By
// multiple it compares against each style's own retail price: a version that is
// reissued dearly ranks lower at the same resale price. By sales per week it compares
// what the book's sources list, and a version released inside the period has fewer
// weeks to sell in. The order of the versions follows which of their styles sold.
type ranking struct {
	Model string
	By    measure
	Days  int
}

// measure is what demand is measured by.
type measure int

const (
	byMultiple measure = iota
	bySales
	byShareAbove
)

func (m measure) String() string {
	return [...]string{"median multiple", "sales per week", "share of sales above retail"}[m]
}

func (t ranking) rows(ctx context.Context, b *data.Book, spec ClaimsSpec) ([]ClaimRow, error) {
	q := Multiples{Spec: MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByModel, t.Model}}, Since: spec.AsOf.AddDays(1 - t.Days), AsOf: spec.AsOf, Level: spec.Level}}
	groups, err := q.ask(ctx, b)
	if err != nil {
		return nil, err
	}
	all := ClaimRow{Part: "claim", Statistic: "probability that the first by " + t.By.String() + " is the first", Verdict: ClaimUnknown}
	var samples []stat.Group
	var thin []ClaimRow
	var sales grounds // of the versions ranked
	byName := map[string]*group{}
	sample := map[string]stat.Histogram{}
	for _, g := range groups {
		if g.keys[0] == "" {
			continue
		}
		name := t.Model + g.keys[0]
		if g.n < spec.minN() {
			thin = append(thin, ClaimRow{Part: "version", About: name, Statistic: t.By.String(), N: g.n, Synthetic: g.synthetic, Verdict: ClaimUnknown,
				Why: fmt.Sprintf("fewer than %d sales: left out of the ranking", spec.minN()), Warnings: both(g.warnings(), []string{WarnTooFew})})
			continue
		}
		h, err := g.histogram()
		if err != nil {
			return nil, err
		}
		samples = append(samples, stat.Group{Key: name, Sample: h})
		byName[name], sample[name] = g, h
		sales.merge(g.grounds)
	}
	sales.unpriced = 0 // dollars play no part in a multiple
	all.N, all.Synthetic, all.Warnings = sales.n, sales.synthetic, sales.warnings(q.Spec.scope())
	ranks, err := t.rank(samples)
	if err != nil {
		return nil, err
	}
	evidence := make([]ClaimRow, len(ranks))
	for i, r := range ranks {
		evidence[i] = t.place(r, i+1, len(ranks), byName[r.Key], sample[r.Key], spec.Level)
	}
	all.Why = fmt.Sprintf("%d %s with enough sales, and 2 are needed", len(ranks), plural(len(ranks), "version", "versions"))
	if len(ranks) >= 2 {
		first := evidence[0]
		all.About, all.Value, all.Verdict = first.About, first.Probability, first.Verdict
		all.Why = fmt.Sprintf("%s leads %d versions, and is the first with a probability of %.4f; %g is asked for", first.About, len(ranks), *first.Probability, spec.Level)
	}
	if len(thin) > 0 {
		all.Why += fmt.Sprintf("; %d with fewer than %d sales left out", len(thin), spec.minN())
	}
	return append(append([]ClaimRow{all}, evidence...), thin...), nil
}

func (t ranking) rank(samples []stat.Group) ([]stat.Rank, error) {
	draws := stat.Bootstrap{Seed: bootstrapSeed}
	switch t.By {
	case bySales:
		return draws.CountRanks(samples)
	case byShareAbove:
		return draws.ShareRanks(samples, 1)
	}
	return draws.Ranks(samples)
}

// place is a version's row.
func (t ranking) place(r stat.Rank, place, of int, g *group, h stat.Histogram, level float64) ClaimRow {
	row := ClaimRow{Part: "version", About: r.Key, Statistic: t.By.String(), N: r.N, Synthetic: g.synthetic, Place: place,
		Probability: figure(r.Places[place-1]), Verdict: ClaimUnknown, Warnings: g.warnings()}
	if *row.Probability >= level && of > 1 {
		row.Verdict = ClaimHolds
	}
	row.Why = fmt.Sprintf("place %d of %d is right with a probability of %.4f", place, of, *row.Probability)
	weeks := float64(t.Days) / 7
	switch t.By {
	case byMultiple:
		row.Value = figure(r.Value)
		if iv, ok := h.MedianInterval(level); ok {
			row.Lo, row.Hi = figure(iv.Lo), figure(iv.Hi)
		}
	case bySales:
		lo, hi := stat.RateInterval(r.N, level)
		row.Value, row.Lo, row.Hi = figure(r.Value/weeks), figure(lo/weeks), figure(hi/weeks)
	case byShareAbove:
		lo, hi := stat.ShareInterval(h.CountAbove(1), r.N, level)
		row.Value, row.Lo, row.Hi = figure(r.Value), figure(lo), figure(hi)
	}
	return row
}
