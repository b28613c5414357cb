package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// kin is where a style stands in the tree: whose sales it borrows from.
type kin struct {
	model, version string
	greyDay        bool
}

// The levels of the tree, for its variances; a node of a level stands below one of the
// level before, and the models below the root.
const (
	modelLevel = iota
	versionLevel
	greyDayLevel
	styleLevel
	bandLevel
	formLevel
	treeLevels
)

// borrowed is the tree of method M4 as of a day, with an estimate for every node. A
// style's node stands for the form of the usual distance 0.
type borrowed struct {
	variances stat.Variances
	given     []stat.Node
	nodes     []stat.NodeEstimate
	style     []int // by style: node
	leaf      []int // by cell of the market: its node
	band      []int // by cell: the node above it, of its size band and condition
}

type bandKey struct {
	style     int32
	band      string
	condition string
}

// borrow builds the tree of all styles given, with or without sales, and fits
// its variances, or holds them where some are given. It is nil where no sale tells anything.
func (m *market) borrow(day int32, kinOf []kin, hold *stat.Variances) (*borrowed, error) {
	b := &borrowed{style: make([]int, len(kinOf)), leaf: make([]int, len(m.cells)), band: make([]int, len(m.cells))}
	nodes, sold := append(make([]stat.Node, 0, 2*(len(kinOf)+len(m.cells))), stat.Node{Parent: -1}), false
	add := func(parent, level int) int {
		nodes = append(nodes, stat.Node{Parent: parent, Level: level})
		return len(nodes) - 1
	}
	models, versions, greys := map[string]int{}, map[[2]string]int{}, map[kin]int{}
	for i, k := range kinOf {
		if _, ok := models[k.model]; !ok {
			models[k.model] = add(0, modelLevel)
		}
		v := [2]string{k.model, k.version}
		if _, ok := versions[v]; !ok {
			versions[v] = add(models[k.model], versionLevel)
		}
		if _, ok := greys[k]; !ok {
			greys[k] = add(versions[v], greyDayLevel)
		}
		b.style[i] = add(greys[k], styleLevel)
		if i >= len(m.styles) {
			continue
		}
		var before []int32 // the style's cells so far, one of each band
		for _, at := range m.sortedCells(int32(i)) {
			c := &m.cells[at]
			like := slices.IndexFunc(before, func(o int32) bool { return m.forms[m.cells[o].form].like(m.forms[c.form]) })
			if like >= 0 {
				b.band[at] = b.band[before[like]]
			} else {
				b.band[at] = add(b.style[i], bandLevel)
				before = append(before, at)
			}
			leaf := add(b.band[at], formLevel)
			b.leaf[at] = leaf
			nodes[leaf].N, nodes[leaf].Mean, nodes[leaf].Extra = m.leaf(c, day)
			sold = sold || nodes[leaf].N > 0
		}
	}
	if !sold {
		return nil, nil
	}
	t, err := stat.NewTree(nodes)
	if err != nil {
		return nil, err
	}
	if hold != nil && len(hold.Tau2) == t.Levels() {
		b.variances = *hold
	} else {
		// The rate says that sds of a third are usual where nothing else does, so that a
		// level of a node or two has a bound. Note: with a tenth, ten sales of two styles gave
		// every other 990 a number.
		fit, err := t.FitVariances(stat.VarianceSearch{Sigma2: m.method.Sigma * m.method.Sigma, Shape: 2, Rate: 3, Tolerance: 1e-6})
		if err != nil {
			return nil, err
		}
		b.variances = fit.Variances
	}
	b.given = nodes
	b.nodes, err = t.Estimates(b.variances)
	return b, err
}

// cellLike finds a cell of a style in the size band and condition of a form.
func (m *market) cellLike(style int32, f form) (int32, bool) {
	if int(style) >= len(m.styles) {
		return 0, false
	}
	cells := m.styles[style].cells
	i := slices.IndexFunc(cells, func(at int32) bool { return m.forms[m.cells[at].form].like(f) })
	if i < 0 {
		return 0, false
	}
	return cells[i], true
}

// like says whether two forms are of one size band and condition.
func (f form) like(o form) bool { return f.band() == o.band() && f.condition == o.condition }

// sortedCells are a style's cells by form, so that the order of the first sales does not
// matter.
func (m *market) sortedCells(style int32) []int32 {
	cells := slices.Clone(m.styles[style].cells)
	slices.SortFunc(cells, func(a, b int32) int { return cmp.Compare(m.cells[a].form, m.cells[b].form) })
	return cells
}

// leaf is a cell as the tree takes it: the mean of its sales carried to the day, less
// the form's usual distance; the sales it counts for, in sales of the sd Sigma; and
// what their age adds to its variance.
func (m *market) leaf(c *cellState, day int32) (n, mean, stale float64) {
	s := m.predict(c.style, day)
	k := liquidityOf(c.sales(day))
	f := math.Exp2(-float64(day-c.last) / m.method.Half[k])
	w, kish := c.w[k]*f, c.w[k]*c.w[k]/c.w2[k]
	if w < 1e-6 || !m.trusts(c.form) {
		return 0, 0, 0
	}
	sd := m.sd(&s)
	mean = s.level + c.sum[k]/c.w[k] - m.usual[c.form]
	return kish * m.method.Sigma * m.method.Sigma / (sd * sd), mean, sd * sd * (1/w - 1/kish)
}

// forecast is an estimate of ln multiple.
type forecast struct {
	mean     float64
	variance float64 // of mean, as an estimate of where the cell's market is
	sale     float64 // variance of the next sale about mean
	borrowed float64 // share that is the parent's, in 0..1
	last     float64 // cell's last day of sale above the estimate before it leant on it; 0 where it did not
	leant    float64 // part of last that is in mean
}

// of is the forecast, made on a day, of a style's form on a later one; ok is false for
// a style that is not in the tree.
func (b *borrowed) of(m *market, day, style, f, on int32) (out forecast, ok bool) {
	if int(style) >= len(b.style) {
		return out, false
	}
	node, class := b.style[style], noSales
	var cell *cellState
	at, known := m.cellAt[[2]int32{style, f}]
	if known = known && int(at) < len(b.leaf); known {
		cell = &m.cells[at]
		class = liquidityOf(cell.sales(day))
	}
	apart := b.variances.Tau2[bandLevel] + b.variances.Tau2[formLevel] // of an empty cell from the node it borrows from
	if known {
		node, apart = b.leaf[at], 0
	} else if at, ok := m.cellLike(style, m.forms[f]); ok {
		node, apart = b.band[at], b.variances.Tau2[formLevel]
	}
	out = b.at(m, day, style, node, class)
	out.mean += m.usual[f]
	out.variance += apart
	out.sale += apart
	switch {
	case m.crosses(style, day, on):
		mean, variance := m.jump()
		out.mean += mean
		out.variance += variance
		out.sale += variance
	case cell != nil && !m.crosses(style, cell.last, day): // or the last sale is of another time
		out.last = cell.lastSum/float64(cell.lastN) - out.mean
		out.leant = m.leaning.share(class, m.method.Last[class]) * out.last
		out.mean += out.leant
	}
	return out, true
}

// at is the forecast of a node of a style, at the usual distance 0, for the week that
// begins with the day.
func (b *borrowed) at(m *market, day, style int32, node int, class liquidity) forecast {
	e := b.nodes[node]
	out := forecast{mean: e.Mean, variance: e.Var, borrowed: e.Borrowed}
	sd, level := m.method.Sigma, 0.0
	if int(style) < len(m.styles) && m.styles[style].last > 0 {
		sd, level = m.sd(&m.styles[style]), m.predict(style, day+3).levelVar
		out.mean += m.method.Trend[class] * m.trend(style, day)
	}
	// Note: a factor on Drift and Slope, learned by how surprising sales were (pooled by
	// days since the last sale, held back towards 1), made calm books better (the errors of the
	// sample's levels fell from 0.046 to 0.037) and the gate fail: what was calm for months
	// on the contest's sales was not in autumn, and with 3 % of the rows cells of 5–19 sales lost to the last one.
	out.variance += level
	out.sale = out.variance + sd*sd
	return out
}
