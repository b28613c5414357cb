package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// MoversSpec asks which groups' medians moved between two windows.
type MoversSpec struct {
	// Question says what is compared: By, Where, AsOf, Level, MinN. Until, or AsOf
	// without it, is the last day of the newer window; Since is not used.
	Question MultiplesSpec
	Days     int  // length of each window, in days; the older ends where the newer begins
	All      bool // also groups that did not move, or of which nobody can say
}

// Movers is the answer: grain, one row per group, the largest move first, equal ones
// and those without a figure by key.
type Movers struct {
	Spec     MoversSpec
	Now      Multiples // the newer window: what it rests on, without rows
	Before   Multiples // the older one
	Compared int       // groups with enough sales in both windows
	Moved    int       // of these, those whose interval leaves out 0
	Rows     []MoverRow
}

// MoverRow is one group. Figures are multiples, without unit; a nil one is one that
// the sales of a window do not carry.
type MoverRow struct {
	Keys                 []string
	N, NBefore           int
	Median, MedianBefore *float64
	Difference, Lo, Hi   *float64 // Median − MedianBefore, with its interval
	Warnings             []string // of both windows
}

// ComputeMovers compares the median multiple of each group in the last Days days
// with that in as many days before, and keeps the groups whose interval of the
// difference (stat.Bootstrap.MedianDifference) leaves out 0.
//
// Assumed: the sales of a group are independent, and both windows sold the same kind
// of pairs. A move is the style's own and the market's together. It misleads where the
// mix of sizes or marketplaces changed between the windows, in the weeks after a
// release (prices fall, and the move is the release's), and by its very question: of
// groups that did not move at all one in twenty is listed at a level of 95 %, and the
// largest of many moves is larger than the truth. The warnings are of both windows' sales;
// stale is of the newer alone.
func ComputeMovers(ctx context.Context, b *data.Book, spec MoversSpec) (Movers, error) {
	return asking(b).movers(ctx, spec)
}

func (ask asker) movers(ctx context.Context, spec MoversSpec) (Movers, error) {
	m := Movers{Spec: spec}
	end := spec.Question.end()
	if end.IsZero() || spec.Days < 1 {
		return m, fmt.Errorf("movers: no last day, or windows of %d days", spec.Days)
	}
	window := func(to *Multiples, last data.Date) (map[string]*group, error) {
		to.Spec = spec.Question
		to.Spec.Since, to.Spec.Until = last.AddDays(1-spec.Days), last
		groups, err := ask(ctx, to)
		byName := map[string]*group{}
		for _, g := range groups {
			byName[g.name()] = g
		}
		return byName, err
	}
	now, err := window(&m.Now, end)
	if err != nil {
		return m, fmt.Errorf("movers: %w", err)
	}
	before, err := window(&m.Before, end.AddDays(-spec.Days))
	if err != nil {
		return m, fmt.Errorf("movers: %w", err)
	}
	m.Spec.Question.Level = m.Now.Spec.Level
	for name := range before {
		before[name].asked.end = 0 // how the older window ended is no doubt about now
		if now[name] == nil {
			now[name] = &group{keys: before[name].keys, asked: m.Now.Spec.scope()}
		}
	}
	for name, g := range now {
		row, err := m.row(g, before[name], spec.All)
		if err != nil {
			return m, fmt.Errorf("movers: %w", err)
		}
		if row.Difference != nil {
			m.Compared++
		}
		moved := row.Lo != nil && (stat.Difference{Lo: *row.Lo, Hi: *row.Hi}).Distinct()
		if moved {
			m.Moved++
		}
		if moved || spec.All {
			m.Rows = append(m.Rows, row)
		}
	}
	slices.SortFunc(m.Rows, func(x, y MoverRow) int {
		return cmp.Or(cmp.Compare(size(y.Difference), size(x.Difference)), keyCompare(x.Keys, y.Keys))
	})
	return m, nil
}

// end is the last day that a question sees; 0 for no bound.
func (s MultiplesSpec) end() data.Date {
	if s.Until.IsZero() || !s.AsOf.IsZero() && s.AsOf < s.Until {
		return s.AsOf
	}
	return s.Until
}

// size is how far a move goes; −1 for none that is known.
func size(difference *float64) float64 {
	if difference == nil {
		return -1
	}
	return math.Abs(*difference)
}

// row compares a group with itself in the older window, where it may be nil.
// Unless all are wanted, one whose medians' intervals at a level of ½ overlap hasn't moved,
// and gets no interval of its difference: at ½ they reach two thirds of a standard error
// each, together half of what a difference must be at 95 %.
func (m *Movers) row(now, before *group, all bool) (MoverRow, error) {
	if before == nil {
		before = &group{}
	}
	r := MoverRow{Keys: m.Now.shown(now), N: now.n, NBefore: before.n}
	enough := 0
	var samples [2]stat.Group
	for i, w := range []struct {
		g      *group
		median **float64
	}{{now, &r.Median}, {before, &r.MedianBefore}} {
		if w.g.n > 0 {
			r.Warnings = both(r.Warnings, w.g.warnings())
		}
		if w.g.n == 0 || w.g.n < m.Now.minN() {
			r.Warnings = both(r.Warnings, []string{WarnTooFew})
			continue
		}
		h, err := w.g.histogram()
		if err != nil {
			return r, err
		}
		*w.median = figure(h.Median())
		samples[i] = stat.Group{Key: fmt.Sprint(i, " ", now.name()), Sample: h}
		enough++
	}
	if enough < 2 {
		return r, nil
	}
	if !all && m.Now.Spec.Level >= 0.9 && overlap(samples[0].Sample, samples[1].Sample) {
		r.Difference = figure(*r.Median - *r.MedianBefore)
		return r, nil
	}
	d, ok := stat.Bootstrap{Seed: bootstrapSeed}.MedianDifference(samples[0], samples[1], m.Now.Spec.Level)
	r.Difference = figure(d.Value)
	if !ok {
		r.Warnings = both(r.Warnings, []string{WarnNoInterval})
		return r, nil
	}
	r.Lo, r.Hi = figure(d.Lo), figure(d.Hi)
	return r, nil
}

// overlap says whether the intervals of two medians at a level of ½ have a value in common.
func overlap(a, b stat.Histogram) bool {
	x, okX := a.MedianInterval(0.5)
	y, okY := b.MedianInterval(0.5)
	return okX && okY && x.Lo <= y.Hi && y.Lo <= x.Hi
}
