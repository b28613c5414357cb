package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// weeks answers the questions of many weekly pages, whose windows are of whole weeks and
// move forward a week at a time. A question is asked of the book once, by week, and each
// window is made of the one before: what came in is added and what went out is taken
// away. So the sales are read once for each question, not once for each page. It answers
// as the book would, to the last digit.
//
// It holds what one question came to, not all: pages have to ask question by question. A
// window that isn't of whole weeks is asked of the book.
type weeks struct {
	book     *data.Book
	asked    string // the question that is held
	byWeek   map[data.Date][]*group
	sliders  []*slider
	from, to data.Date // the first day that the book has a sale of, or the Monday before, and the last that any page sees
}

// answer is weeks as an asker.
func (w *weeks) answer(ctx context.Context, m *Multiples) ([]*group, error) {
	first, last := m.Spec.Since, m.Spec.end()
	if first.IsZero() {
		first = w.from
	}
	n := len(m.Spec.By) - 1
	weekly := n >= 0 && m.Spec.By[n] == ByWeek
	if n < 0 || last.IsZero() || first != first.Monday() || last != last.Monday().AddDays(6) || last > w.to || m.Spec.mentions(ByWeek) && !weekly {
		return m.ask(ctx, w.book)
	}
	if m.Spec.Level == 0 {
		m.Spec.Level = 0.95
	}
	if err := w.hold(ctx, m); err != nil {
		return nil, err
	}
	if weekly {
		return m.sum(w.history(first, last)), nil
	}
	return m.sum(w.slider(first, last).groups(m.Spec.scope())), nil
}

// hold asks m's question by week, where it isn't the one held.
func (w *weeks) hold(ctx context.Context, m *Multiples) error {
	newQuestion(m) // says what m is of
	all := Multiples{Spec: m.Spec}
	if !all.Spec.mentions(ByWeek) {
		all.Spec.By = append(slices.Clone(m.Spec.By), ByWeek)
	}
	all.Spec.Since, all.Spec.Until, all.Spec.AsOf = 0, 0, w.to
	name := fmt.Sprintf("%q %q %d", m.Spec.By, m.Spec.Where, m.Spec.FirstDays)
	if w.asked == name {
		return nil
	}
	groups, err := all.ask(ctx, w.book)
	if err != nil {
		return err
	}
	w.asked, w.byWeek, w.sliders = name, map[data.Date][]*group{}, nil
	for _, g := range groups {
		last := len(g.keys) - 1
		monday, err := data.ParseDate(g.keys[last])
		if err != nil {
			return fmt.Errorf("week %q: %w", g.keys[last], err)
		}
		if !m.Spec.mentions(ByWeek) {
			g.keys = g.keys[:last]
		}
		g.multiples, g.prices, g.retail = tallied(g.multiples), tallied(g.prices), tallied(g.retail)
		w.byWeek[monday] = append(w.byWeek[monday], g)
	}
	return nil
}

// history gives the groups of the weeks as they are, of a question that asks by week.
func (w *weeks) history(first, last data.Date) []*group {
	var out []*group
	for day := max(first, w.from); day <= last; day = day.AddDays(7) {
		out = append(out, w.byWeek[day]...)
	}
	return out
}

// slider finds the window that has least to go to this one; there are as many as a page
// asks for.
func (w *weeks) slider(first, last data.Date) *slider {
	var best *slider
	for _, s := range w.sliders {
		if s.last-s.first == last-first && s.last <= last && (best == nil || s.last > best.last) {
			best = s
		}
	}
	if best == nil || last-best.last > last-first {
		best = &slider{byWeek: w.byWeek, first: first, last: first.AddDays(-1), at: map[string]*slid{}}
		w.sliders = append(w.sliders, best)
	}
	best.moveTo(first, last)
	return best
}

// slider is a window on a question's weeks.
type slider struct {
	byWeek      map[data.Date][]*group
	first, last data.Date
	at          map[string]*slid
}

// slid is one group in the window: its weeks, oldest first, and what they come to.
type slid struct {
	weeks                     []*group
	multiples, prices, retail []stat.Count // ascending, each value once
}

func (s *slider) moveTo(first, last data.Date) {
	type change struct{ in, out []*group }
	changes := map[string]*change{}
	of := func(g *group) *change {
		name := g.name()
		if changes[name] == nil {
			changes[name] = &change{}
		}
		return changes[name]
	}
	for day := s.first; day < first; day = day.AddDays(7) {
		if day > s.last {
			break // was never in
		}
		for _, g := range s.byWeek[day] {
			of(g).out = append(of(g).out, g)
		}
	}
	for day := max(s.last.AddDays(1), first); day <= last; day = day.AddDays(7) {
		for _, g := range s.byWeek[day] {
			of(g).in = append(of(g).in, g)
		}
	}
	s.first, s.last = first, last
	for name, c := range changes {
		t := s.at[name]
		if t == nil {
			t = &slid{}
			s.at[name] = t
		}
		t.weeks = append(t.weeks[len(c.out):], c.in...)
		if len(t.weeks) == 0 {
			delete(s.at, name)
			continue
		}
		t.multiples = shifted(t.multiples, c.in, c.out, func(g *group) []stat.Count { return g.multiples })
		t.prices = shifted(t.prices, c.in, c.out, func(g *group) []stat.Count { return g.prices })
		t.retail = shifted(t.retail, c.in, c.out, func(g *group) []stat.Count { return g.retail })
	}
}

// groups are those of the window. Their counts are the slider's: good until it moves.
func (s *slider) groups(asked scope) []*group {
	var out []*group
	for _, t := range s.at {
		g := &group{asked: asked, keys: t.weeks[0].keys, first: t.weeks[0].first, multiples: t.multiples, prices: t.prices, retail: t.retail}
		for _, week := range t.weeks {
			g.merge(week.grounds)
		}
		out = append(out, g)
	}
	return out
}

// tallied sorts counts and adds up those of one value.
func tallied(counts []stat.Count) []stat.Count {
	slices.SortFunc(counts, func(a, b stat.Count) int { return cmp.Compare(a.Value, b.Value) })
	out := counts[:0]
	for _, c := range counts {
		if last := len(out) - 1; last >= 0 && out[last].Value == c.Value {
			out[last].N += c.N
			continue
		}
		out = append(out, c)
	}
	return slices.Clip(out)
}

// shifted is counts with those of the groups that came in, less those of the groups that
// went out.
func shifted(counts []stat.Count, in, out []*group, of func(*group) []stat.Count) []stat.Count {
	var change []stat.Count
	for _, g := range in {
		change = append(change, of(g)...)
	}
	for _, g := range out {
		for _, c := range of(g) {
			change = append(change, stat.Count{Value: c.Value, N: -c.N})
		}
	}
	change = tallied(change)
	next := make([]stat.Count, 0, len(counts)+len(change))
	for len(counts) > 0 || len(change) > 0 {
		var c stat.Count
		switch {
		case len(change) == 0 || len(counts) > 0 && counts[0].Value < change[0].Value:
			c, counts = counts[0], counts[1:]
		case len(counts) == 0 || change[0].Value < counts[0].Value:
			c, change = change[0], change[1:]
		default:
			c = stat.Count{Value: counts[0].Value, N: counts[0].N + change[0].N}
			counts, change = counts[1:], change[1:]
		}
		if c.N != 0 {
			next = append(next, c)
		}
	}
	return next
}
