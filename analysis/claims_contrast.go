package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// contrast tests whether pairs made in Origin resell at a higher multiple than pairs
// of the same silhouette (model and version) made elsewhere, over the last Days days:
// by the difference of medians with its bootstrap interval (stat.Bootstrap). A
// silhouette speaks when both sides have enough sales. Pairs of unknown origin are on
// neither side. More than half of the silhouettes must be above.
//
// It misleads by what else differs between the two sides: a Made in USA pair has its
// own, higher retail price, its own colorways and collaborators, and the multiple is
// against that price. Origin is a fact of the pair as source or reference say it, not
// of the model number, and not a legal one.
type contrast struct {
	Origin string
	Days   int
	Fewest int // silhouettes with both sides
}

func (t contrast) rows(ctx context.Context, b *data.Book, spec ClaimsSpec) ([]ClaimRow, error) {
	q := Multiples{Spec: MultiplesSpec{By: []Dimension{ByModel, ByVersion, ByMadeIn}, Since: spec.AsOf.AddDays(1 - t.Days), AsOf: spec.AsOf, Level: spec.Level}}
	groups, err := q.ask(ctx, b)
	if err != nil {
		return nil, err
	}
	var names []string // silhouettes in the order of the groups
	here, elsewhere := map[string][]*group{}, map[string][]*group{}
	for _, g := range groups {
		origin := g.keys[2]
		if g.keys[0] == "" || origin == "" {
			continue
		}
		name := g.keys[0] + g.keys[1]
		if len(here[name])+len(elsewhere[name]) == 0 {
			names = append(names, name)
		}
		if origin == t.Origin {
			here[name] = append(here[name], g)
		} else {
			elsewhere[name] = append(elsewhere[name], g)
		}
	}
	sum := tally{asked: q.Spec.scope()}
	var evidence []ClaimRow
	for _, name := range names {
		a, b := merged(here[name]), merged(elsewhere[name])
		if a == nil || b == nil {
			continue // made in one place, as far as the book knows
		}
		r, err := t.silhouette(name, a, b, spec)
		if err != nil {
			return nil, err
		}
		sum.take(r, a.grounds, b.grounds)
		evidence = append(evidence, r)
	}
	all := sum.verdict(t.Fewest)
	all.Statistic = fmt.Sprintf("share of silhouettes whose median multiple is higher when made in %s", t.Origin)
	spoke := fmt.Sprintf("%d higher, %d lower, %d with no difference to tell", sum.yes, sum.no, sum.open)
	all.Why = sum.why(spoke, "silhouette of two origins", "silhouettes of two origins", t.Fewest, spec.minN())
	return append([]ClaimRow{all}, evidence...), nil
}

// silhouette compares the two sides of one.
func (t contrast) silhouette(name string, here, elsewhere *group, spec ClaimsSpec) (ClaimRow, error) {
	r := ClaimRow{Part: "silhouette", About: name, Statistic: "median multiple made in " + t.Origin + " minus made elsewhere",
		N: here.n + elsewhere.n, Synthetic: here.synthetic + elsewhere.synthetic, Verdict: ClaimUnknown,
		Warnings: both(here.warnings(), elsewhere.warnings())}
	r.Why = fmt.Sprintf("%d sales made in %s, %d made elsewhere", here.n, t.Origin, elsewhere.n)
	if min(here.n, elsewhere.n) < spec.minN() {
		r.Why += fmt.Sprintf(": both need %d", spec.minN())
		r.Warnings = both(r.Warnings, []string{WarnTooFew})
		return r, nil
	}
	a, err := here.histogram()
	if err != nil {
		return r, err
	}
	b, err := elsewhere.histogram()
	if err != nil {
		return r, err
	}
	d, _ := stat.Bootstrap{Seed: bootstrapSeed}.MedianDifference(stat.Group{Key: name + " here", Sample: a}, stat.Group{Key: name + " elsewhere", Sample: b}, spec.Level)
	r.Value, r.Lo, r.Hi = figure(d.Value), figure(d.Lo), figure(d.Hi)
	switch {
	case d.Lo > 0:
		r.Verdict = ClaimHolds
	case d.Hi < 0:
		r.Verdict = ClaimFails
	}
	return r, nil
}
