package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/data"
)

// A weekly page is made of parts, each of which asks one question. A run of many pages
// makes each part for all of them before the next, so that one question at a time is held
// (weeks).
type part func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) error

// weeklyParts are those that questions answer, in the order of Weekly.
var weeklyParts = []part{
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		groups := []Dimension{spec.By}
		if spec.By == ByVersion {
			groups = spec.shoes()
		}
		w.Groups, err = ask.multiples(ctx, spec.question(w, groups...))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		// One condition is asked for, so this is one group, and one that windows can be made of.
		w.Overall, err = ask.multiples(ctx, spec.question(w, ByCondition))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		all := spec
		all.Model = ""
		w.ByGreyDay, err = ask.multiples(ctx, all.question(w, ByGreyDay))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		w.Sizes, err = ask.sizes(ctx, spec.question(w))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		w.ByAge, err = ask.multiples(ctx, spec.question(w, byAge))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		q := spec.question(w, spec.shoes(ByStyle, ByColorway)...)
		q.Since = 0
		w.Movers, err = ask.movers(ctx, MoversSpec{Question: q, Days: moverDays})
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		q := spec.question(w, spec.shoes(ByStyle, ByColorway)...)
		q.Since = w.AsOf.AddDays(1 - tradedDays)
		w.Traded, err = ask.multiples(ctx, q)
		slices.SortStableFunc(w.Traded.Rows, func(a, b MultipleRow) int { return cmp.Compare(b.N, a.N) })
		w.TradedStyles = len(w.Traded.Rows)
		w.Traded.Rows = slices.Clone(w.Traded.Rows[:min(tradedRows, len(w.Traded.Rows))])
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		w.Marketplaces, err = ask.multiples(ctx, spec.question(w, spec.shoes(ByMarketplace)...))
		return err
	},
	func(ctx context.Context, ask asker, spec WeeklySpec, w *Weekly) (err error) {
		w.Origins, err = ask.multiples(ctx, spec.question(w, spec.shoes(ByMadeIn)...))
		return err
	},
}

// historyPart is a part that asks by week: what it says of a week is the same on every later
// page.
type historyPart struct {
	question func(spec WeeklySpec, w *Weekly) MultiplesSpec
	of       func(w *Weekly) *Multiples
}

var weeklyHistories = []historyPart{
	{func(spec WeeklySpec, w *Weekly) MultiplesSpec {
		q := spec.question(w, ByWeek)
		q.Since = 0
		return q
	}, func(w *Weekly) *Multiples { return &w.ByWeek }},
	{func(spec WeeklySpec, w *Weekly) MultiplesSpec {
		if spec.Model == "" {
			return spec.question(w, ByModel, ByVersion, ByWeek)
		}
		return spec.question(w, ByVersion, ByWeek)
	}, func(w *Weekly) *Multiples { return &w.VersionWeeks }},
}

// within is the part of an answer by week that a question about whole weeks asks for.
func (m Multiples) within(q MultiplesSpec) (Multiples, error) {
	level := m.Spec.Level
	out := Multiples{Spec: q, PriceBasis: m.PriceBasis, Condition: m.Condition}
	out.Spec.Level = level
	for _, r := range m.Rows {
		monday, err := data.ParseDate(r.Keys[len(r.Keys)-1])
		if err != nil {
			return out, fmt.Errorf("week: %w", err)
		}
		if monday < q.Since || monday > q.AsOf {
			continue
		}
		out.Rows = append(out.Rows, r)
		out.N += r.N
		out.Synthetic += r.Synthetic
		if out.FirstSoldOn.IsZero() || r.FirstSoldOn < out.FirstSoldOn {
			out.FirstSoldOn = r.FirstSoldOn
		}
		out.LastSoldOn = max(out.LastSoldOn, r.LastSoldOn)
	}
	return out, nil
}

const (
	moverDays  = 91 // each of the two windows that movers are compared in
	tradedDays = 28
	tradedRows = 10
)

// shoes groups by version, and by what else is given. On a page of all models the model
// comes first: the v2 of two models are two shoes.
func (s WeeklySpec) shoes(further ...Dimension) []Dimension {
	by := []Dimension{ByVersion}
	if s.Model == "" {
		by = []Dimension{ByModel, ByVersion}
	}
	return append(by, further...)
}

// question asks about the page's pairs in its window.
func (s WeeklySpec) question(w *Weekly, by ...Dimension) MultiplesSpec {
	q := MultiplesSpec{By: by, Since: w.Window, AsOf: w.AsOf, Level: s.Level, MinN: s.MinN,
		Where: []Filter{{ByPriceBasis, s.PriceBasis}, {ByCondition, "new"}}}
	if s.Model != "" {
		q.Where = append(q.Where, Filter{ByModel, s.Model})
	}
	return q
}

// byAge groups by the time since release. It is a page's own: what bands are of use
// depends on what is drawn.
const byAge Dimension = "age"

// ageBands are the values of byAge, by days since release.
var ageBands = []struct {
	days int // below this many
	name string
}{{0, "before release"}, {7, "first week"}, {28, "weeks 2–4"}, {91, "weeks 5–13"}, {182, "weeks 14–26"}, {364, "weeks 27–52"}, {728, "second year"}}

const ageBeyond = "later"

const ageColumn = `CASE WHEN days_since_release < 0 THEN '0' WHEN days_since_release < 7 THEN '1' WHEN days_since_release < 28 THEN '2' WHEN days_since_release < 91 THEN '3'
	WHEN days_since_release < 182 THEN '4' WHEN days_since_release < 364 THEN '5' WHEN days_since_release < 728 THEN '6' WHEN days_since_release IS NOT NULL THEN '7' END`

// ageName is what a band is called.
func ageName(key string) string {
	if len(key) != 1 || key[0] < '0' || key[0] > '7' {
		return key
	}
	if i := int(key[0] - '0'); i < len(ageBands) {
		return ageBands[i].name
	}
	return ageBeyond
}
