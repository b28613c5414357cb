package stat

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
)

// TPDRow is one or more sales of one style, in one week, at one level of the
// covariates, for the time-product dummy.
//
// For least squares a row may be a whole cell: N its sales, Mean the mean of
// their y = ln(sale price / retail price), Within the sum of squares around that
// mean (count(*), avg(y), var_pop(y)·count(*) in SQL). For Huber weights a row
// must be sales of equal y (Within 0), since each residual is weighed for itself:
// one row for every distinct price of a cell, N how often it was paid.
type TPDRow struct {
	Style  int     // any name of the style
	Week   int     // 0…weeks−1
	Level  int     // index into the levels of NewTPD; 0 where there are none
	N      float64 // sales, above 0; or a weight, where a case gives weights
	Mean   float64 // log multiple
	Within float64 // log multiple squared, ≥ 0
}

// TPD holds the sales of a market for the time-product dummy
//
//	y_i = α_style + δ_week + x_levelᵀβ + e_i,  δ_0 = 0
//
// (de Haan & Krsinich 2014; IMF/ILO CPI Manual 2020, chapter 10). It is 24 bytes a
// row and 32 a cell (style and week with a sale), and is not changed by a fit.
type TPD struct {
	weeks  int
	k      int       // covariate columns
	levels [][]entry // each level's columns that aren't 0
	rows   []row     // by style, week, level, value
	cells  []cell    // by style, week; one more at the end
	styles []int     // ascending
	first  []int     // of each style its first cell, and the end
	wide   bool      // some row has Within > 0
}

// row is what a pass over the data reads.
type row struct {
	y, n  float64
	level int32
}

// cell is the sales of one style in one week, rows[lo:] up to the next cell's lo.
type cell struct {
	lo     int
	week   int
	n      float64
	within float64
}

// entry is a column of a level and its value.
type entry struct {
	col int
	x   float64
}

// NewTPD reads the sales of a market in the given number of weeks.
//
// levels are the rows of the covariates' design: K values for each combination
// that sales have (of size band, condition and age since release: 0/1 columns
// without the reference level of each; or any numbers). Combinations, rather than
// columns, keep a sale down to one small integer. Without levels there are no
// covariates and Level is always 0.
//
// There is room for most rows; more take longer. Rows may come in any order. They are put in order of style, week, level and
// value before anything is summed, so that no digit depends on it; rows that come
// in that order already cost no sort. An error among the rows ends the reading
// and is returned; so is an error for a row out of range, with numbers that aren't
// finite, or with an N that isn't above 0.
func NewTPD(weeks int, levels [][]float64, most int, rows iter.Seq2[TPDRow, error]) (*TPD, error) {
	if weeks < 1 {
		return nil, fmt.Errorf("an index of %d weeks: give at least one", weeks)
	}
	d := &TPD{weeks: weeks}
	if err := d.setLevels(levels); err != nil {
		return nil, err
	}
	d.rows = make([]row, 0, most)
	p := packer{d: d}
	var mixed []TPDRow // all rows, from the first that is out of order
	for r, err := range rows {
		if err == nil {
			err = d.check(r)
		}
		switch {
		case err != nil:
			return nil, err
		case mixed != nil:
			mixed = append(mixed, r)
		case len(d.rows) > 0 && compareRows(p.last, r) > 0:
			mixed = append(p.unpack(), r)
		default:
			p.add(r)
		}
	}
	if mixed != nil {
		slices.SortFunc(mixed, compareRows)
		p = packer{d: &TPD{weeks: weeks, k: d.k, levels: d.levels, rows: make([]row, 0, len(mixed))}}
		for _, r := range mixed {
			p.add(r)
		}
	}
	return p.close(), nil
}

func (d *TPD) setLevels(levels [][]float64) error {
	if len(levels) == 0 {
		d.levels = make([][]entry, 1)
		return nil
	}
	d.k = len(levels[0])
	d.levels = make([][]entry, len(levels))
	for i, x := range levels {
		if len(x) != d.k {
			return fmt.Errorf("level %d has %d columns, level 0 has %d", i, len(x), d.k)
		}
		for col, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("level %d has %v in column %d: give a finite number", i, v, col)
			}
			if v != 0 {
				d.levels[i] = append(d.levels[i], entry{col, v})
			}
		}
	}
	return nil
}

func (d *TPD) check(r TPDRow) error {
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	var what string
	switch {
	case r.Week < 0 || r.Week >= d.weeks:
		what = fmt.Sprintf("the week is outside 0…%d", d.weeks-1)
	case r.Level < 0 || r.Level >= len(d.levels):
		what = fmt.Sprintf("level %d is outside 0…%d", r.Level, len(d.levels)-1)
	case !(r.N > 0) || !finite(r.N):
		what = fmt.Sprintf("%v sales in a row; leave rows without sales out", r.N)
	case !finite(r.Mean):
		what = fmt.Sprintf("a log multiple of %v; take sales with a price and a retail price above 0", r.Mean)
	case !(r.Within >= 0) || !finite(r.Within):
		what = fmt.Sprintf("a sum of squares of %v", r.Within)
	default:
		return nil
	}
	return fmt.Errorf("style %d, week %d: %s", r.Style, r.Week, what)
}

func compareRows(a, b TPDRow) int {
	return cmp.Or(cmp.Compare(a.Style, b.Style), cmp.Compare(a.Week, b.Week), cmp.Compare(a.Level, b.Level),
		cmp.Compare(a.Mean, b.Mean), cmp.Compare(a.N, b.N), cmp.Compare(a.Within, b.Within))
}

// packer builds a TPD from rows in order.
type packer struct {
	d      *TPD
	last   TPDRow
	within []float64 // by row, as long as the last row with a Within
}

func (p *packer) add(r TPDRow) {
	d := p.d
	newStyle := len(d.rows) == 0 || r.Style != p.last.Style
	if newStyle {
		d.styles = append(d.styles, r.Style)
		d.first = append(d.first, len(d.cells))
	}
	if newStyle || r.Week != p.last.Week {
		d.cells = append(d.cells, cell{lo: len(d.rows), week: r.Week})
	}
	c := &d.cells[len(d.cells)-1]
	c.n += r.N
	if r.Within > 0 {
		c.within += r.Within
		d.wide = true
		p.within = append(p.within, make([]float64, len(d.rows)-len(p.within))...)
		p.within = append(p.within, r.Within)
	}
	d.rows = append(d.rows, row{r.Mean, r.N, int32(r.Level)})
	p.last = r
}

// unpack gives the rows back as they came.
func (p *packer) unpack() []TPDRow {
	d := p.close()
	all := make([]TPDRow, 0, 2*len(d.rows))
	for r := range d.each(0, d.weeks, nil) {
		if i := len(all); i < len(p.within) {
			r.Within = p.within[i]
		}
		all = append(all, r)
	}
	return all
}

func (p *packer) close() *TPD {
	d := p.d
	d.first = append(d.first, len(d.cells))
	d.cells = append(d.cells, cell{lo: len(d.rows)})
	return d
}

// each gives the rows of weeks from…to−1 and of kept styles, weeks counted from
// the first of these; a cell's Within stands with its first row.
func (d *TPD) each(from, to int, keep func(style int) bool) iter.Seq2[TPDRow, error] {
	return func(yield func(TPDRow, error) bool) {
		for s, style := range d.styles {
			if keep != nil && !keep(style) {
				continue
			}
			for j := d.first[s]; j < d.first[s+1]; j++ {
				c := d.cells[j]
				if c.week < from || c.week >= to {
					continue
				}
				for i := c.lo; i < d.cells[j+1].lo; i++ {
					r := TPDRow{style, c.week - from, int(d.rows[i].level), d.rows[i].n, d.rows[i].y, 0}
					if i == c.lo {
						r.Within = c.within
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}

// Slice is the market of weeks from…to−1, counted from 0 anew, and of the styles
// that keep accepts (nil: all): a window of an index, or a segment, without
// reading the sales again.
func (d *TPD) Slice(from, to int, keep func(style int) bool) (*TPD, error) {
	if from < 0 || to > d.weeks || from >= to {
		return nil, fmt.Errorf("weeks %d…%d of an index of %d", from, to-1, d.weeks)
	}
	out := &TPD{weeks: to - from, k: d.k, levels: d.levels, wide: d.wide}
	most := 0
	for s, style := range d.styles {
		if keep == nil || keep(style) {
			most += d.cells[d.first[s+1]].lo - d.cells[d.first[s]].lo
		}
	}
	out.rows = make([]row, 0, most)
	for s, style := range d.styles {
		if keep != nil && !keep(style) {
			continue
		}
		first := len(out.cells)
		for j := d.first[s]; j < d.first[s+1]; j++ {
			if c := d.cells[j]; c.week >= from && c.week < to {
				out.cells = append(out.cells, cell{len(out.rows), c.week - from, c.n, c.within})
				out.rows = append(out.rows, d.rows[c.lo:d.cells[j+1].lo]...)
			}
		}
		if len(out.cells) > first {
			out.styles, out.first = append(out.styles, style), append(out.first, first)
		}
	}
	return (&packer{d: out}).close(), nil
}

// Window is the market of the first weeks, set into so many in all, with room before: for
// an index as of a past day, without reading the sales again.
func (d *TPD) Window(weeks, before, all int) (*TPD, error) {
	out, err := d.Slice(0, weeks, nil)
	if err != nil {
		return nil, err
	}
	if before < 0 || before+weeks > all {
		return nil, fmt.Errorf("%d weeks from week %d on in an index of %d", weeks, before, all)
	}
	out.weeks = all
	for i := range out.cells {
		out.cells[i].week += before
	}
	return out, nil
}

// Linked is nil where a chain of styles and weeks links every week to every
// other, which an index without a tie (λ = 0) needs, and an *UnlinkedError that
// names the weeks where not.
func (d *TPD) Linked() error {
	l, n := newLinks(d.weeks), d.sales()
	for s := range d.styles {
		for j := d.first[s] + 1; j < d.first[s+1]; j++ {
			l.join(d.cells[j-1].week, d.cells[j].week)
		}
	}
	return unlinked(l, n)
}

// sales gives the sales of every week.
func (d *TPD) sales() []float64 {
	n := make([]float64, d.weeks)
	for s := range d.styles {
		for j := d.first[s]; j < d.first[s+1]; j++ {
			n[d.cells[j].week] += d.cells[j].n
		}
	}
	return n
}

var errNoSales = errors.New("no sales to make an index of")
