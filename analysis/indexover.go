package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// indexesOver gives the indexes as of many days, ascending, to f, of one reading of the
// sales: each is what ComputeIndex makes of its day. The fits are made anew for each: an
// index of the past knows nothing of what came later.
func indexesOver(ctx context.Context, b *data.Book, spec IndexSpec, days []data.Date, f func(i int, x Index) error) error {
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	spec = spec.whole()
	spec.AsOf = days[len(days)-1]
	all := &indexMarket{spec: spec}
	if err := all.readStyles(ctx, s); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if err := all.countStyles(ctx, s, true); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if all.n > 0 {
		all.span(nil)
		if err := all.readSales(ctx, s); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	for i, day := range days {
		spec.AsOf = day
		old, err := publishedIndexes(ctx, s, spec)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		m, err := all.until(spec, old)
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		x, err := m.index(ctx, old)
		if err != nil {
			return err
		}
		if err := f(i, x); err != nil {
			return err
		}
	}
	return nil
}

// until is the market of the sales up to the last day of a question, a Sunday, with room
// for the weeks of what was published.
func (m *indexMarket) until(spec IndexSpec, old map[seriesKey]*publishedIndex) (*indexMarket, error) {
	out := &indexMarket{spec: spec, rank: m.rank, styles: make([]indexStyle, len(m.styles))}
	for i, t := range m.styles {
		out.styles[i] = indexStyle{id: t.id, model: t.model, version: t.version, greyDay: t.greyDay}
	}
	for _, c := range m.counts {
		if c.kind.last <= spec.lastDay() {
			out.take(c)
		}
	}
	if out.n == 0 {
		return out, nil
	}
	out.span(old)
	// What was published before the first sale, or after the last, makes room and no more.
	before, weeks := int(m.monday-out.monday)/7, int(out.lastSold.Monday()-m.monday)/7+1
	for _, c := range m.cells {
		if c.week < weeks {
			out.cells = append(out.cells, indexCell{c.style, c.week + before, c.n})
		}
	}
	for _, p := range m.pairs {
		if p.To < weeks {
			out.pairs = append(out.pairs, indexPair{p.style, stat.Pair{From: p.From + before, To: p.To + before, First: p.First, Second: p.Second}})
		}
	}
	var err error
	out.tpd, err = m.tpd.Window(weeks, before, out.weeks)
	return out, err
}
