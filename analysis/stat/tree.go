package stat

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Node is one place in a tree of means: the root, a group, or a leaf that holds
// what was observed. A leaf without sales (N = 0) is allowed, and gets an estimate
// from its parent alone.
type Node struct {
	Parent int // index of the parent, −1 for the root; parents and children in any order
	Level  int // 0, 1, …: which variance of Variances.Tau2 spreads this node about its parent; the root's has no meaning

	// Of leaves; nodes with children hold no sales of their own (give them a leaf).
	N     float64 // effective number of sales
	Mean  float64 // their mean
	Extra float64 // variance of Mean beyond Sigma2/N: staleness; +Inf makes the leaf an empty one
}

// Variances are the variances of a tree, in squared units of the means.
type Variances struct {
	Tau2   []float64 // by level: of a node about its parent
	Sigma2 float64   // of one sale about its leaf
}

// NodeEstimate is what the whole tree says of one node. By hand it is
// Mean = Own + Borrowed·(the parent's Mean − Own).
type NodeEstimate struct {
	Mean, Var float64 // posterior mean and variance; the variance includes what is not known of the root
	// What the node's own subtree says: its mean and the variance of that. 0 and
	// +Inf where it says nothing.
	Own, OwnVar float64
	// Borrowed is the weight of the parent in Mean, in 0..1: OwnVar/(OwnVar + τ²),
	// 1 for an empty node and 0 for the root.
	Borrowed float64
}

// Tree is a Gaussian tree: θ_child ~ N(θ_parent, τ²_level), no prior knowledge of
// the root, and leaf means ~ N(θ, Sigma2/N + Extra). It is method M4's, with as
// many levels as the nodes say; one level is the model of Fay & Herriot 1979 and of
// random-effects meta-analysis.
//
// Nodes are held in an order that comes from what they hold, and summed in it, so
// that the order of the nodes given changes no digit of any result.
type Tree struct {
	given  []int // position here → index as given
	parent []int // position here; parents come first, the children of one side by side
	level  []int
	leaf   []leaf
	inner  []family // the nodes with children, parents first
	levels int
	cells  int // leaves with a value
}

type leaf struct{ share, mean, extra float64 } // share is 1/N, and 0 for no value

// family is a node with its children at from..to−1.
type family struct{ node, from, to int }

// NewTree checks and orders the nodes; they are copied. An error names the node
// that is wrong: there is one root, every parent exists, nothing is its own
// ancestor, levels from 0 to the largest all occur, only leaves hold sales, numbers
// are finite, and at least one leaf has a value. Time n log n at worst.
func NewTree(nodes []Node) (*Tree, error) {
	children, root, err := checkNodes(nodes)
	if err != nil {
		return nil, err
	}
	order, err := fromRoot(children, root)
	if err != nil {
		return nil, err
	}
	sortChildren(nodes, children, order)
	t := &Tree{parent: make([]int, 1, len(nodes)), level: make([]int, 0, len(nodes)), leaf: make([]leaf, 0, len(nodes))}
	queue := append(make([]int, 0, len(nodes)), root)
	t.parent[0] = -1
	for at := 0; at < len(queue); at++ {
		i := queue[at]
		t.level = append(t.level, nodes[i].Level)
		l := leaf{}
		if n := nodes[i]; n.N > 0 && !math.IsInf(n.Extra, 1) {
			l = leaf{1 / n.N, n.Mean + 0, n.Extra} // +0 makes −0 and 0 one mean
			t.cells++
		}
		t.leaf = append(t.leaf, l)
		if len(children[i]) == 0 {
			continue
		}
		t.inner = append(t.inner, family{at, len(queue), len(queue) + len(children[i])})
		for _, c := range children[i] {
			queue = append(queue, c)
			t.parent = append(t.parent, at)
			t.levels = max(t.levels, nodes[c].Level+1)
		}
	}
	t.given = queue
	if t.cells == 0 {
		return nil, errors.New("tree: no leaf has a value: there is nothing to estimate from")
	}
	return t, t.checkLevels()
}

func checkNodes(nodes []Node) (children [][]int, root int, err error) {
	children, root = make([][]int, len(nodes)), -1
	for i, n := range nodes {
		switch {
		case n.Parent < -1 || n.Parent >= len(nodes):
			return nil, 0, fmt.Errorf("tree: node %d has parent %d of %d nodes", i, n.Parent, len(nodes))
		case n.Parent == -1 && root >= 0:
			return nil, 0, fmt.Errorf("tree: nodes %d and %d are both roots: give them a common parent", root, i)
		case n.Parent >= 0 && n.Level < 0:
			return nil, 0, fmt.Errorf("tree: node %d has level %d: levels start at 0", i, n.Level)
		case !finite(n.N) || n.N < 0 || !finite(n.Mean) || math.IsNaN(n.Extra) || n.Extra < 0:
			return nil, 0, fmt.Errorf("tree: node %d holds n %v, mean %v, extra variance %v: numbers from 0 up and a finite mean are wanted", i, n.N, n.Mean, n.Extra)
		case n.Parent == -1:
			root = i
		default:
			children[n.Parent] = append(children[n.Parent], i)
		}
	}
	if root < 0 {
		return nil, 0, errors.New("tree: no node is the root: one must have parent -1")
	}
	for i, n := range nodes {
		if n.N > 0 && len(children[i]) > 0 {
			return nil, 0, fmt.Errorf("tree: node %d has children and sales of its own: give the sales a leaf", i)
		}
	}
	return children, root, nil
}

// fromRoot lists the nodes, parents first.
func fromRoot(children [][]int, root int) ([]int, error) {
	order := append(make([]int, 0, len(children)), root)
	for at := 0; at < len(order); at++ {
		order = append(order, children[order[at]]...)
	}
	if len(order) < len(children) { // a node below itself is not below the root
		return nil, fmt.Errorf("tree: only %d of %d nodes are below the root: the others are their own ancestors", len(order), len(children))
	}
	return order, nil
}

// sortChildren sorts the children of every node by marks that come from what their
// subtrees hold, whatever the order of the nodes: equal subtrees have equal marks (the idea
// of Aho, Hopcroft & Ullman 1974, section 3.2; Merkle 1987). Unequal ones have too with a
// chance of 2⁻⁶⁴ a pair, and are then in the order given.
func sortChildren(nodes []Node, children [][]int, order []int) {
	mark := make([]uint64, len(nodes))
	for _, i := range slices.Backward(order) {
		n := nodes[i]
		slices.SortFunc(children[i], func(a, b int) int { return cmp.Or(cmp.Compare(mark[a], mark[b]), cmp.Compare(a, b)) })
		h := mix(uint64(n.Level), math.Float64bits(n.N+0))
		h = mix(mix(h, math.Float64bits(n.Mean+0)), math.Float64bits(n.Extra+0)) // +0 makes −0 and 0 one
		for _, c := range children[i] {
			h = mix(h, mark[c])
		}
		mark[i] = h
	}
}

// mix stirs x into h (the finaliser of SplitMix64: Steele, Lea & Flood 2014).
func mix(h, x uint64) uint64 {
	z := h*0x9e3779b97f4a7c15 + x + 0x632be59bd9b4e019
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (t *Tree) checkLevels() error {
	seen := make([]bool, t.levels)
	for _, l := range t.level[1:] {
		seen[l] = true
	}
	if k := slices.Index(seen, false); k >= 0 {
		return fmt.Errorf("tree: no node has level %d, and some have level %d", k, t.levels-1)
	}
	return nil
}

// Levels is the number of variances that Variances.Tau2 must hold.
func (t *Tree) Levels() int { return t.levels }

// Cells is the number of leaves with a value.
func (t *Tree) Cells() int { return t.cells }

// Deviance is −2 log of the restricted likelihood of the leaf means, at these
// variances: Σ over families of [Σ ln V′ + Σ(m − M)²/V′ + ln Σ1/V′] with V′ = V + τ²
// and M the mean of the m weighted by 1/V′. Left out is (Cells − 1)·ln 2π; it is
// −2·logLik of metafor's REML plus ln Cells, for metafor adds ½ ln|X′X|. Variances
// that leave a V′ of 0 have deviance +Inf.
//
// Source: method M4; the upward pass is the exact elimination of the children
// (Willsky 2002, Proceedings of the IEEE 90, section IV). Time and memory are
// linear in the nodes, with one division per node and hardly any logarithms.
func (t *Tree) Deviance(v Variances) float64 {
	return t.upward(v, make([]message, len(t.leaf)))
}

// message is what a subtree says of its top node: a mean with this variance, and the weight
// that it has among its siblings.
type message struct{ mean, variance, weight float64 }

// upward fills what each node's own subtree says and returns the deviance.
func (t *Tree) upward(v Variances, says []message) float64 {
	t.checkVariances(v)
	nothing := message{variance: math.Inf(1)}
	for i, l := range t.leaf {
		says[i] = nothing
		if l.share > 0 {
			says[i] = message{mean: l.mean, variance: v.Sigma2*l.share + l.extra}
		}
	}
	var deviance sum
	var logs logSum
	for _, f := range slices.Backward(t.inner) {
		// Means are of what lies beyond a reference, then squares are about the mean: a leaf
		// that weighs a million times its sibling costs no digits.
		said, levels := says[f.from:f.to], t.level[f.from:f.to]
		precision, beyond, reference := 0.0, 0.0, math.NaN()
		for c, m := range said {
			if math.IsInf(m.variance, 1) {
				said[c].weight = 0
				continue
			}
			if precision == 0 {
				reference = m.mean
			}
			total := m.variance + v.Tau2[levels[c]]
			logs.add(total)
			weight := 1 / total
			said[c].weight = weight
			precision += weight
			beyond += weight * (m.mean - reference)
		}
		if precision == 0 {
			continue
		}
		mean, squares := reference+beyond/precision, 0.0
		for _, m := range said {
			d := m.mean - mean
			squares += m.weight * d * d
		}
		deviance.add(squares)
		logs.add(precision)
		says[f.node] = message{mean: mean, variance: 1 / precision}
	}
	d := deviance.value() + logs.value()
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

// Estimates are the posterior means and variances of all nodes at these variances,
// in the order in which the nodes were given: the best linear unbiased predictions,
// E = m + G(E_parent − m), Var = Gτ² + G²·Var_parent, G = V/(V + τ²). At given
// variances they equal those of lme4 and metafor. It fails where a node and its
// level both have variance 0.
//
// The variances are taken as known, which few nodes do not bear out. In simulated books
// with fitted variances, bands of 80 % held the truth of cells with sales in 78 % of
// cases with 20 groups of 4 cells, 77 % with 5 of 5 and 75 % with 4 of 2, under
// Shape 2; plain REML (Shape 1) made it 78, 73 and 66 %.
//
// An estimate lies between what its own subtree says and the parent's estimate, and a
// sale above it never lowers it, given the variances. For variances fitted again with
// that sale nothing proves it; in 1,600 simulated books it never happened.
func (t *Tree) Estimates(v Variances) ([]NodeEstimate, error) {
	says := make([]message, len(t.leaf))
	if math.IsInf(t.upward(v, says), 1) {
		return nil, errors.New("tree: a leaf and its level both have variance 0: one of Sigma2, Extra and Tau2 must be above 0")
	}
	here := make([]NodeEstimate, len(says))
	out := make([]NodeEstimate, len(says))
	for i, s := range says {
		e := NodeEstimate{Mean: s.mean, Var: s.variance, Own: s.mean, OwnVar: s.variance}
		if i > 0 {
			up, tau2 := here[t.parent[i]], v.Tau2[t.level[i]]
			if e.Borrowed = 1; !math.IsInf(s.variance, 1) {
				e.Borrowed = s.variance / (s.variance + tau2)
			}
			e.Mean = s.mean + e.Borrowed*(up.Mean-s.mean)
			// Rounding must not carry the result past either end.
			e.Mean = min(max(e.Mean, min(s.mean, up.Mean)), max(s.mean, up.Mean))
			e.Var = e.Borrowed * (tau2 + e.Borrowed*up.Var)
		}
		here[i] = e
		out[t.given[i]] = e
	}
	return out, nil
}

func (t *Tree) checkVariances(v Variances) {
	if len(v.Tau2) != t.levels {
		panic(fmt.Sprintf("stat: %d variances for a tree of %d levels", len(v.Tau2), t.levels))
	}
	for _, x := range append([]float64{v.Sigma2}, v.Tau2...) {
		if !(x >= 0) || math.IsInf(x, 1) {
			panic(fmt.Sprintf("stat: variances %+v: they are finite and 0 or more", v))
		}
	}
}

// sum adds with compensation (Neumaier 1974): the search for the variances looks
// for a flat optimum, where the last digits of the deviance decide.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }

// logSum adds logarithms of positive numbers by multiplying the numbers, so that a
// logarithm is taken only where the product would leave the range of float64.
type logSum struct {
	logs    sum
	product float64 // 0 stands for 1
}

func (s *logSum) add(x float64) {
	if p := s.product * x; p > 1e-200 && p < 1e200 {
		s.product = p
		return
	}
	s.carry(x)
}

// carry takes the logarithm of the product, or of a factor that could carry the product out
// by itself.
func (s *logSum) carry(x float64) {
	if x < 1e-100 || x > 1e100 {
		s.logs.add(math.Log(x))
		return
	}
	if s.product != 0 {
		s.logs.add(math.Log(s.product))
	}
	s.product = x
}

func (s *logSum) value() float64 {
	if s.product == 0 {
		return s.logs.value()
	}
	return s.logs.value() + math.Log(s.product)
}
