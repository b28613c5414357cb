package analysis

import (
	"context"
	"fmt"
	"strings"

	"github.com/amassable/greybook/data"
)

// band tests whether Grey Day releases sell between two multiples of retail, a release
// by its median over the first FirstDays days from its day of release on, or over the
// last LastDays days. A release is inside, below or above only if its whole interval
// is; one whose interval crosses an edge is open. More than half of the releases must
// be inside: the folklore says "routinely".
//
// It misleads where a release's early sales are missing (a book begun later), and the
// first days need the day of release: releases of which only month or year is known
// drop out. Releases come in very different numbers, which the tally of releases does
// not weigh.
type band struct {
	Low, High float64
	FirstDays int
	LastDays  int
	Fewest    int // releases with an interval
}

func (t band) rows(ctx context.Context, b *data.Book, spec ClaimsSpec) ([]ClaimRow, error) {
	q := Multiples{Spec: MultiplesSpec{By: []Dimension{ByGreyDay}, AsOf: spec.AsOf, Level: spec.Level, FirstDays: t.FirstDays}}
	period := fmt.Sprintf("its first %d days", t.FirstDays)
	if t.LastDays > 0 {
		q.Spec.Since = spec.AsOf.AddDays(1 - t.LastDays)
		period = fmt.Sprintf("the last %d weeks", t.LastDays/7)
	}
	groups, err := q.ask(ctx, b)
	if err != nil {
		return nil, err
	}
	sum := tally{asked: q.Spec.scope()}
	var evidence []ClaimRow
	where := map[string]int{}
	for _, g := range groups {
		if !strings.HasPrefix(g.keys[0], "Grey Day ") {
			continue // the control groups: core greys and others
		}
		m, err := g.row(&q, spec.minN())
		if err != nil {
			return nil, err
		}
		r := ClaimRow{Part: "release", About: m.Keys[0], Statistic: "median multiple of " + period, Value: m.Median, Lo: m.Lo, Hi: m.Hi,
			N: m.N, Synthetic: m.Synthetic, Warnings: m.Warnings}
		var place string
		r.Verdict, place, r.Why = t.judge(m, spec.minN())
		where[place]++
		sum.take(r, g.grounds)
		evidence = append(evidence, r)
	}
	all := sum.verdict(t.Fewest)
	all.Statistic = fmt.Sprintf("share of releases whose median of %s lies within %gx to %gx", period, t.Low, t.High)
	spoke := fmt.Sprintf("%d inside, %d below, %d above, %d across an edge", where["inside"], where["below"], where["above"], where["across"])
	all.Why = sum.why(spoke, "release", "releases", t.Fewest, spec.minN())
	return append([]ClaimRow{all}, evidence...), nil
}

// judge says where a release lies against the band.
func (t band) judge(m MultipleRow, minN int) (verdict, place, why string) {
	switch {
	case m.Lo == nil:
		return ClaimUnknown, "", fmt.Sprintf("fewer than %d sales carry no interval", minN)
	case *m.Hi < t.Low:
		return ClaimFails, "below", fmt.Sprintf("the whole interval is below %gx", t.Low)
	case *m.Lo > t.High:
		return ClaimFails, "above", fmt.Sprintf("the whole interval is above %gx", t.High)
	case *m.Lo >= t.Low && *m.Hi <= t.High:
		return ClaimHolds, "inside", fmt.Sprintf("the whole interval is within %gx to %gx", t.Low, t.High)
	}
	return ClaimUnknown, "across", fmt.Sprintf("the interval crosses an edge of %gx to %gx", t.Low, t.High)
}
