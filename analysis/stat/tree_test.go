package stat

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// drawTree makes a tree of up to three levels below the root, some leaves empty,
// some groups without children, with values that repeat.
func drawTree(t *rapid.T) ([]Node, Variances) {
	nodes := []Node{{Parent: -1}}
	groups := []int{0}
	depth := rapid.IntRange(1, 3).Draw(t, "depth")
	for level := range depth {
		var next []int
		for _, g := range groups {
			for range rapid.IntRange(1, 3).Draw(t, "children") {
				next = append(next, len(nodes))
				nodes = append(nodes, Node{Parent: g, Level: level})
			}
		}
		groups = next
	}
	for k, g := range groups {
		if k > 0 && rapid.IntRange(0, 3).Draw(t, "empty") == 0 {
			continue
		}
		nodes[g].N = float64(rapid.IntRange(1, 5).Draw(t, "n"))
		nodes[g].Mean = float64(rapid.IntRange(-8, 8).Draw(t, "mean")) / 8
		nodes[g].Extra = rapid.SampledFrom([]float64{0, 0, 0.01, 0.3}).Draw(t, "extra")
	}
	v := Variances{Sigma2: rapid.Float64Range(0.001, 1).Draw(t, "sigma2")}
	for range depth {
		v.Tau2 = append(v.Tau2, rapid.SampledFrom([]float64{0, 0.001, 0.04, 1}).Draw(t, "tau2"))
	}
	return nodes, v
}

func mustEstimate(t interface {
	Helper()
	Fatal(...any)
}, nodes []Node, v Variances) []NodeEstimate {
	t.Helper()
	e, err := mustTree(t, nodes).Estimates(v)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// denseTree is the model of a tree written out: one covariance matrix of the leaves.
type denseTree struct {
	nodes  []Node
	v      Variances
	leaves []int
	chol   mat.Cholesky
	ones   *mat.VecDense
	mu     float64 // of the root, by generalised least squares
	info   float64 // 1/variance of mu
	r      *mat.VecDense
}

func newDenseTree(t *rapid.T, nodes []Node, v Variances) *denseTree {
	d := &denseTree{nodes: nodes, v: v}
	for i, n := range nodes {
		if n.N > 0 {
			d.leaves = append(d.leaves, i)
		}
	}
	c := len(d.leaves)
	y, sigma := mat.NewVecDense(c, nil), mat.NewSymDense(c, nil)
	d.ones, d.r = mat.NewVecDense(c, nil), mat.NewVecDense(c, nil)
	for a, i := range d.leaves {
		y.SetVec(a, nodes[i].Mean)
		d.ones.SetVec(a, 1)
		for b, j := range d.leaves {
			sigma.SetSym(a, b, d.cov(i, j))
		}
		sigma.SetSym(a, a, d.cov(i, i)+v.Sigma2/nodes[i].N+nodes[i].Extra)
	}
	if !d.chol.Factorize(sigma) {
		t.Fatal("covariance is not positive")
	}
	d.info = mat.Dot(d.ones, d.solve(t, d.ones))
	d.mu = mat.Dot(y, d.solve(t, d.ones)) / d.info
	d.r.AddScaledVec(y, -d.mu, d.ones)
	return d
}

func (d *denseTree) solve(t *rapid.T, b *mat.VecDense) *mat.VecDense {
	var x mat.VecDense
	if err := d.chol.SolveVecTo(&x, b); err != nil {
		t.Fatal(err)
	}
	return &x
}

// cov is τ² summed over the path that two nodes have in common below the root.
func (d *denseTree) cov(i, j int) (c float64) {
	for a := i; a > 0; a = d.nodes[a].Parent {
		for b := j; b > 0; b = d.nodes[b].Parent {
			if a == b {
				c += d.v.Tau2[d.nodes[a].Level]
			}
		}
	}
	return c
}

// The same model by dense algebra: generalised least squares for the root, conditional
// means for the rest, and the restricted likelihood.
func TestTreeEqualsDenseAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		d := newDenseTree(t, nodes, v)
		invR := d.solve(t, d.r)
		want := d.chol.LogDet() + math.Log(d.info) + mat.Dot(d.r, invR)
		if got := mustTree(t, nodes).Deviance(v); math.Abs(got-want) > 1e-8*max(1, math.Abs(want)) {
			t.Fatalf("deviance %v, dense %v", got, want)
		}
		for i, e := range mustEstimate(t, nodes, v) {
			k := mat.NewVecDense(len(d.leaves), nil)
			for a, j := range d.leaves {
				k.SetVec(a, d.cov(i, j))
			}
			invK := d.solve(t, k)
			free := 1 - mat.Dot(d.ones, invK) // what of the root's uncertainty is left in
			mean, variance := d.mu+mat.Dot(k, invR), d.cov(i, i)-mat.Dot(k, invK)+free*free/d.info
			if math.Abs(e.Mean-mean) > 1e-8 || math.Abs(e.Var-variance) > 1e-8 {
				t.Fatalf("node %d: %+v, dense mean %v and variance %v", i, e, mean, variance)
			}
		}
	})
}

// Of two leaves the restricted likelihood is that of their difference: ln ΣV + d²/ΣV, and
// no digit is lost where one weighs 10¹² times the other.
func TestDevianceByHand(t *testing.T) {
	for _, c := range [][2]float64{{1, 1}, {1, 1e-12}, {1e-12, 1}, {1e-150, 1e120}} {
		tree := mustTree(t, []Node{{Parent: -1}, {N: 1, Extra: c[0]}, {N: 1, Mean: 100, Extra: c[1]}})
		v := c[0] + c[1]
		if got, want := tree.Deviance(Variances{Tau2: []float64{0}}), math.Log(v)+1e4/v; math.Abs(got/want-1) > 1e-13 {
			t.Errorf("variances %v: deviance %v, want %v", c, got, want)
		}
	}
}

func TestTreeOrderChangesNoDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		order := rapid.Permutation(rangeTo(len(nodes))).Draw(t, "order") // order[i]: where node i goes
		moved := make([]Node, len(nodes))
		for i, n := range nodes {
			if n.Parent >= 0 {
				n.Parent = order[n.Parent]
			}
			moved[order[i]] = n
		}
		a, b := mustTree(t, nodes), mustTree(t, moved)
		if x, y := a.Deviance(v), b.Deviance(v); x != y {
			t.Fatalf("deviance %v, in another order %v", x, y)
		}
		x, y := mustEstimate(t, nodes, v), mustEstimate(t, moved, v)
		for i := range x {
			if x[i] != y[order[i]] {
				t.Fatalf("node %d: %+v, in another order %+v", i, x[i], y[order[i]])
			}
		}
		search := VarianceSearch{DF: 9, SS: 2, Shape: 2, Rate: 1}
		f, err := a.FitVariances(search)
		if err != nil {
			t.Fatal(err)
		}
		g, err := b.FitVariances(search)
		if err != nil {
			t.Fatal(err)
		}
		if f.Objective != g.Objective || f.Sigma2 != g.Sigma2 || !slices.Equal(f.Tau2, g.Tau2) {
			t.Fatalf("fit %+v, in another order %+v", f, g)
		}
	})
}

func TestShrinkageLiesBetweenOwnAndParent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		all := mustEstimate(t, nodes, v)
		for i, e := range all[1:] {
			up := all[nodes[i+1].Parent]
			if math.IsInf(e.OwnVar, 1) {
				if e.Mean != up.Mean || e.Borrowed != 1 || e.Var < up.Var {
					t.Fatalf("empty node %d: %+v, parent %+v", i+1, e, up)
				}
				continue
			}
			if e.Mean < min(e.Own, up.Mean) || e.Mean > max(e.Own, up.Mean) || e.Borrowed < 0 || e.Borrowed > 1 || !(e.Var >= 0) {
				t.Fatalf("node %d: %+v is not between %v and its parent %+v", i+1, e, e.Own, up)
			}
			if byHand := e.Own + e.Borrowed*(up.Mean-e.Own); math.Abs(byHand-e.Mean) > 1e-12 {
				t.Fatalf("node %d: %v by hand, %v", i+1, byHand, e.Mean)
			}
		}
	})
}

func TestShrinkageLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		for k := range v.Tau2 {
			v.Tau2[k] += 0.01
		}
		var leaves []int
		for i, n := range nodes {
			if n.N > 0 {
				leaves = append(leaves, i)
			}
		}
		leaf := rapid.SampledFrom(leaves).Draw(t, "leaf")
		sure := slices.Clone(nodes)
		sure[leaf].N, sure[leaf].Extra = 1e12, 0
		if e := mustEstimate(t, sure, v)[leaf]; math.Abs(e.Mean-nodes[leaf].Mean) > 1e-8 || e.Borrowed > 1e-8 {
			t.Fatalf("V near 0: %+v, own value %v", e, nodes[leaf].Mean)
		}
		if len(leaves) == 1 {
			return // the only value there is has nothing to shrink to
		}
		vague := slices.Clone(nodes)
		vague[leaf].Extra = 1e12
		all := mustEstimate(t, vague, v)
		if up := all[nodes[leaf].Parent]; math.Abs(all[leaf].Mean-up.Mean) > 1e-8 || all[leaf].Borrowed < 1-1e-8 {
			t.Fatalf("V very large: %+v, parent %+v", all[leaf], up)
		}
	})
}

// At given variances, a sale above the estimate of its cell never lowers it, nor that
// of any other node.
func TestSaleAboveNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		before := mustEstimate(t, nodes, v)
		var leaves []int
		for i := range nodes {
			if !slices.ContainsFunc(nodes, func(n Node) bool { return n.Parent == i }) && nodes[i].Extra == 0 {
				leaves = append(leaves, i)
			}
		}
		if len(leaves) == 0 {
			return
		}
		leaf := rapid.SampledFrom(leaves).Draw(t, "leaf")
		price := before[leaf].Mean + rapid.Float64Range(0, 3).Draw(t, "above")
		more := slices.Clone(nodes)
		n := &more[leaf]
		n.Mean = (n.N*n.Mean + price) / (n.N + 1)
		n.N++
		for i, e := range mustEstimate(t, more, v) {
			if e.Mean < before[i].Mean-1e-12 {
				t.Fatalf("a sale at %v in node %d lowered node %d from %v to %v", price, leaf, i, before[i].Mean, e.Mean)
			}
		}
	})
}

func TestTreeScalesAndShifts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		by, shift := rapid.SampledFrom([]float64{0.5, 2, 1024}).Draw(t, "by"), rapid.Float64Range(-9, 9).Draw(t, "shift")
		other, w := slices.Clone(nodes), Variances{Sigma2: v.Sigma2 * by * by}
		for i := range other {
			if other[i].N > 0 {
				other[i].Mean, other[i].Extra = other[i].Mean*by+shift, other[i].Extra*by*by
			}
		}
		for _, x := range v.Tau2 {
			w.Tau2 = append(w.Tau2, x*by*by)
		}
		a, b := mustEstimate(t, nodes, v), mustEstimate(t, other, w)
		for i := range a {
			if math.Abs(a[i].Mean*by+shift-b[i].Mean) > 1e-10*by || math.Abs(a[i].Var*by*by-b[i].Var) > 1e-9*b[i].Var {
				t.Fatalf("node %d: %+v, scaled %+v", i, a[i], b[i])
			}
		}
	})
}

func TestTreeErrors(t *testing.T) {
	root := Node{Parent: -1}
	full := Node{Parent: 0, N: 1, Mean: 2}
	for _, c := range []struct {
		nodes []Node
		want  string
	}{
		{nil, "no node is the root"},
		{[]Node{root, root}, "both roots"},
		{[]Node{root, {Parent: 7}}, "node 1 has parent 7 of 2"},
		{[]Node{root, {Parent: 0, Level: -1}}, "level -1"},
		{[]Node{root, full, {Parent: 3}, {Parent: 2}}, "their own ancestors"},
		{[]Node{root, {Parent: 0, N: 1}, {Parent: 1, N: 1}}, "sales of its own"},
		{[]Node{root, {Parent: 0, N: math.NaN()}}, "node 1 holds n NaN"},
		{[]Node{root, {Parent: 0, N: 1, Mean: math.Inf(1)}}, "finite mean"},
		{[]Node{root, {Parent: 0, N: 1, Extra: -1}}, "extra variance -1"},
		{[]Node{root, {Parent: 0}}, "no leaf has a value"},
		{[]Node{root, {Parent: 0, N: 1, Extra: math.Inf(1)}}, "no leaf has a value"},
		{[]Node{root, {Parent: 0, Level: 1, N: 1}}, "no node has level 0"},
	} {
		if _, err := NewTree(c.nodes); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error with %q", c.nodes, err, c.want)
		}
	}
	tree := mustTree(t, []Node{root, full, full})
	if _, err := tree.Estimates(Variances{Tau2: []float64{0}}); err == nil || !strings.Contains(err.Error(), "variance 0") {
		t.Errorf("no variance anywhere: %v", err)
	}
	for _, s := range []VarianceSearch{{Shape: 2}, {DF: 2, Shape: 2}, {DF: -1, Shape: 2}, {Sigma2: 1, Shape: 0.5}, {Sigma2: 1, Shape: 2, Rate: -1}} {
		if _, err := tree.FitVariances(s); err == nil {
			t.Errorf("%+v: no error", s)
		}
	}
	// One leaf that is the root itself: the estimate is its value.
	if e := mustEstimate(t, []Node{{Parent: -1, N: 4, Mean: 1.5}}, Variances{Sigma2: 1})[0]; e.Mean != 1.5 || e.Var != 0.25 || e.Borrowed != 0 {
		t.Errorf("a lone root: %+v", e)
	}
}
