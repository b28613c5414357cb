package analysis

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// indexGroup is a segment of the market: its styles, and what they sold in the
// market's weeks.
type indexGroup struct {
	m        *indexMarket
	name     string
	keep     []bool // by style
	sells    []int  // the styles with a sale
	n        []int  // sales by week
	styles   []int  // styles sold by week
	sales    int
	resold   int // styles that sold in two weeks or more
	weeks    int // weeks with a sale
	from, to int // the first week with a sale, and the one after the last
}

func (m *indexMarket) segmentOf(name string, has func(indexStyle) bool) *indexGroup {
	g := &indexGroup{m: m, name: name, keep: make([]bool, len(m.styles)), n: make([]int, m.weeks), styles: make([]int, m.weeks), from: m.weeks}
	for i, t := range m.styles {
		g.keep[i] = has != nil && has(t)
	}
	last, inWeeks := -1, 0
	for _, c := range m.cells {
		if !g.keep[c.style] {
			continue
		}
		if c.style != last {
			last, inWeeks = c.style, 0
			g.sells = append(g.sells, c.style)
		}
		if inWeeks++; inWeeks == 2 {
			g.resold++
		}
		g.n[c.week] += c.n
		g.styles[c.week]++
		g.sales += c.n
		g.from, g.to = min(g.from, c.week), max(g.to, c.week+1)
	}
	for _, n := range g.n {
		if n > 0 {
			g.weeks++
		}
	}
	return g
}

// refusal says why the segment has no index; "" where it has.
func (g *indexGroup) refusal() string {
	switch {
	case g.sales == 0:
		return "no sales"
	case g.sales < indexMinSales:
		return fmt.Sprintf("%d sales; an index takes %d", g.sales, indexMinSales)
	case g.resold < indexMinStyles:
		return fmt.Sprintf("%d styles that sold in two weeks or more; an index takes %d", g.resold, indexMinStyles)
	case g.weeks < indexMinWeeks:
		return fmt.Sprintf("%d weeks with a sale; an index takes %d", g.weeks, indexMinWeeks)
	}
	return ""
}

// indexFit is a fit of the weeks from…to−1 of the market.
type indexFit struct {
	*stat.IndexFit
	from, to int
	pairs    int // of repeat sales
}

// fit fits the weeks that have sales or were published.
func (g *indexGroup) fit(w Weighting, old *publishedIndex) (*indexFit, error) {
	f := &indexFit{}
	f.from, f.to = g.span(old)
	var err error
	if w == RepeatSales {
		err = g.fitRepeat(f)
	} else {
		err = g.fitDummy(f, w == WeighStyles)
	}
	return f, err
}

// span is the weeks to fit, from…to−1 of the market.
func (g *indexGroup) span(old *publishedIndex) (from, to int) {
	if old == nil {
		return g.from, g.to
	}
	return min(g.from, g.m.week(old.first())), max(g.to, g.m.week(old.last())+1)
}

func (g *indexGroup) fitDummy(f *indexFit, equalStyle bool) error {
	model := g.m.spec.model()
	style := func(asset int) int { return asset }
	if model.Size == SizeAssets {
		style = func(asset int) int { return asset / indexSizes }
	}
	d := g.m.tpd
	if f.from > 0 || f.to < g.m.weeks || g.sales < g.m.n {
		var err error
		if d, err = d.Slice(f.from, f.to, func(asset int) bool { return g.keep[style(asset)] }); err != nil {
			return err
		}
	}
	o := stat.TPDOptions{EqualStyle: equalStyle, Huber: model.Huber, Lambda: model.Lambda}
	if model.Lambda != 0 { // in use; without a tie the errors are those of the case
		o.Cluster = style
	}
	var err error
	f.IndexFit, err = d.Fit(o)
	return err
}

// fitRepeat ties the weeks as the other weightings do. The floor keeps a thin sample's
// weights from running away.
func (g *indexGroup) fitRepeat(f *indexFit) error {
	var pairs []stat.Pair
	for _, p := range g.m.pairs {
		if g.keep[p.style] {
			p.From, p.To = p.From-f.from, p.To-f.from
			pairs = append(pairs, p.Pair)
		}
	}
	if len(pairs) == 0 {
		return errNoResales
	}
	model := g.m.spec.model()
	o := stat.RepeatOptions{Weights: stat.CaseShiller, Floor: 0.1, Lambda: model.Lambda}
	if model.Lambda == 0 {
		o = stat.RepeatOptions{}
	}
	var err error
	f.pairs = len(pairs)
	f.IndexFit, err = stat.RepeatIndex(f.to-f.from, pairs, o)
	return err
}

// series makes the rows: frozen weeks as they were published, the others linked to
// them.
func (g *indexGroup) series(f *indexFit, w Weighting, old *publishedIndex) IndexSeries {
	s := IndexSeries{Segment: g.name, Weighting: w, Base: g.m.dayOf(f.from), N: g.sales, Styles: len(g.sells), Lambda: f.Lambda, Sigma: f.Sigma}
	if w == RepeatSales {
		s.N = f.pairs
	}
	if old != nil {
		s.Base, s.Link = old.base, old.link(f, g.m)
	}
	if w != RepeatSales {
		names, _ := g.m.spec.model().levels()
		for i, name := range names {
			if !math.IsNaN(f.Coef[i]) {
				s.Effects = append(s.Effects, IndexEffect{name, f.Coef[i], f.CoefSE[i]})
			}
		}
	}
	sales := g.grounds()
	always := g.warnings(sales, f.IndexFit)
	z := math.Sqrt2 * math.Erfinv(g.m.spec.Level)
	base := g.m.week(s.Base) - f.from
	for i, log := range f.Log {
		week := f.from + i
		r := IndexRow{Week: g.m.dayOf(week), Index: 100 * math.Exp(log+s.Link), SE: figure(f.SEDiff(base, i)), N: g.n[week], Styles: g.styles[week]}
		if w == RepeatSales {
			r.N = int(f.N[i])
		}
		r.Refit, r.Warnings = r.Index, rowWarnings(always, r.N)
		old.hold(&r)
		if r.SE != nil {
			r.Lo, r.Hi = figure(r.Index*math.Exp(-z**r.SE)), figure(r.Index*math.Exp(z**r.SE))
		}
		s.Rows = append(s.Rows, r)
	}
	s.Changes = s.changes(f, z)
	// What was so in the weeks before is no news; the last one is what stands for now.
	if last := len(s.Rows) - 1; last >= 0 && sales.stale(scope{end: g.m.spec.lastDay()}) {
		s.Rows[last].Warnings = both(s.Rows[last].Warnings, []string{WarnStale})
	}
	return s
}

// changes compares the last week with those 1, 4 and 52 weeks before, as the rows show them;
// f has their errors.
func (s *IndexSeries) changes(f *indexFit, z float64) []IndexChange {
	var out []IndexChange
	last := len(s.Rows) - 1
	for _, weeks := range []int{1, 4, 52} {
		then := last - weeks
		if then < 0 {
			break
		}
		ratio := s.Rows[last].Index / s.Rows[then].Index
		c := IndexChange{Weeks: weeks, Share: ratio - 1}
		if se := f.SEDiff(then, last); !math.IsNaN(se) {
			c.Lo, c.Hi = figure(ratio*math.Exp(-z*se)-1), figure(ratio*math.Exp(z*se)-1)
		}
		out = append(out, c)
	}
	return out
}

// grounds are those of all sales of the segment.
func (g *indexGroup) grounds() grounds {
	var all grounds
	for i, t := range g.m.styles {
		if g.keep[i] {
			all.merge(t.grounds)
		}
	}
	return all
}

// warnings are those of every week.
func (g *indexGroup) warnings(sales grounds, f *stat.IndexFit) []string {
	out := sales.warnings(scope{})
	if g.resold < 10 {
		out = append(out, WarnFewStyles)
	}
	if !f.Converged {
		out = append(out, WarnNotConverged)
	}
	return out
}

// rowWarnings adds those of a week with n sales.
func rowWarnings(always []string, n int) []string {
	out := slices.Clone(always)
	switch {
	case n == 0:
		out = append(out, WarnNoSales)
	case n < 20:
		out = append(out, WarnFewSales)
	}
	slices.Sort(out)
	return out
}

// week is the number of a Monday's week.
func (m *indexMarket) week(monday data.Date) int { return int(monday-m.monday) / 7 }

// dayOf is the Monday of a week.
func (m *indexMarket) dayOf(week int) data.Date { return m.monday.AddDays(7 * week) }

var errNoResales = errors.New("nothing sold twice in the same size and condition")

// refusalOf is the reason of a fit that the sales can't carry; "" for all other errors.
func refusalOf(err error) string {
	var unlinked *stat.UnlinkedError
	if errors.As(err, &unlinked) || errors.Is(err, errNoResales) {
		return err.Error()
	}
	return ""
}
