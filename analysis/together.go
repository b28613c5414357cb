package analysis

import (
	"math"
	"slices"
)

// together measures how far the errors of forecasts go together: those of two styles of
// one version in the same week, and of two of different versions. It is the mean
// product of two styles' errors, in units of the sd that was expected of each, over
// the last learnOrigins origins. Two styles' sales have no noise in common, so that what is
// left is what an estimate of the one has in common with that of the other: a level of
// their version that was taken wrongly, or a market that moved.
type together struct {
	past []coErrors // at most learnOrigins, oldest first
	now  map[int32]*moments
}

// coErrors are sums of products of the mean errors of two styles in an origin, and how
// many there are.
type coErrors struct{ version, versions, other, others float64 }

// coMost is the largest error that counts in full: one sale that nobody could foresee
// is no market.
const coMost = 3

func (g *together) learn(style int32, err float64) {
	if g.now == nil {
		g.now = map[int32]*moments{}
	}
	if g.now[style] == nil {
		g.now[style] = &moments{}
	}
	g.now[style].add(min(max(err, -coMost), coMost))
}

// end is the end of an origin.
func (g *together) end(kinOf []kin) {
	styles := make([]int32, 0, len(g.now))
	for s := range g.now {
		styles = append(styles, s)
	}
	slices.Sort(styles)
	var all moments
	versions, order := map[[2]string]*moments{}, [][2]string{}
	for _, s := range styles {
		m, v := g.now[s], kinOf[s].ofVersion()
		if versions[v] == nil {
			versions[v] = &moments{}
			order = append(order, v)
		}
		versions[v].add(m.sum / m.n)
		all.add(m.sum / m.n)
	}
	var o coErrors
	for _, v := range order {
		m := versions[v]
		o.version += m.products()
		o.versions += m.n * (m.n - 1)
	}
	o.other, o.others = all.products()-o.version, all.n*(all.n-1)-o.versions
	if g.past = append(g.past, o); len(g.past) > learnOrigins {
		g.past = slices.Delete(g.past, 0, 1)
	}
	g.now = nil
}

// products is the sum of the products of any two of the values.
func (m *moments) products() float64 { return m.sum*m.sum - m.squares }

// correlations are of the errors of two styles of a version, and of two of different ones:
// 0 or more, for a negative one of few weeks would make a sum surer than its parts, and
// within a version no less than across.
func (g *together) correlations() (version, other float64) {
	var t coErrors
	for _, o := range g.past {
		t = coErrors{t.version + o.version, t.versions + o.versions, t.other + o.other, t.others + o.others}
	}
	if t.others > 0 {
		other = min(max(t.other/t.others, 0), 1)
	}
	if t.versions > 0 {
		version = t.version / t.versions
	}
	return min(max(version, other), 1), other
}

func (k kin) ofVersion() [2]string { return [2]string{k.model, k.version} }

// covariance is of the errors of two nodes: what their nearest common ancestor is not known
// by, as far as each of them borrows from it. Given its parent and the sales, a node's error is
// Borrowed times the parent's and one of its own.
func (b *borrowed) covariance(x, y int) float64 {
	var above [treeLevels + 1]struct { // x and its ancestors, and how far x borrows from each
		node  int
		share float64
	}
	n := 0
	for s := 1.0; x >= 0; x = b.given[x].Parent {
		above[n].node, above[n].share = x, s
		s *= b.nodes[x].Borrowed
		n++
	}
	for s := 1.0; y >= 0; y = b.given[y].Parent {
		for _, a := range above[:n] {
			if a.node == y {
				return s * a.share * b.nodes[y].Var
			}
		}
		s *= b.nodes[y].Borrowed
	}
	return 0 // no two nodes of a tree lack a common ancestor
}

// source is where the error of an estimate of the next sale comes from.
type source struct {
	style    int32
	node     int
	version  [2]string
	level    float64 // variance of the style's level
	expected float64 // sd of the next sale as the model has it
	sd       float64 // the same as past forecasts showed it: half the sale band over its quantile
}

// covariance is of the next sales of two pairs, one of each source: what the tree is
// wrong by for both, the style's level where they are of one style, and at least what past
// forecasts of two such styles had in common. Two sales have no noise in common.
func (e *estimator) covariance(a, b source) float64 {
	c := e.tree.covariance(a.node, b.node)
	if a.style == b.style {
		c += a.level
	}
	version, other := e.together.correlations()
	if a.version != b.version {
		version = other
	}
	c = max(c, version*a.expected*b.expected)
	return math.Min(c, a.sd*b.sd) // no more together than each is by itself
}
