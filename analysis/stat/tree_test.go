package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// The same model by dense algebra: covariance τ² of the common path between leaves,
// generalised least squares for the root, conditional means for the rest.
func TestTreeEqualsDenseAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, v := drawTree(t)
		path := func(i int) (p []int) {
			for ; i > 0; i = nodes[i].Parent {
				p = append(p, i)
			}
			return p
		}
		cov := func(i, j int) (c float64) {
			for _, a := range path(i) {
				if slices.Contains(path(j), a) {
					c += v.Tau2[nodes[a].Level]
				}
			}
			return c
		}
		var leaves []int
		for i, n := range nodes {
			if n.N > 0 {
				leaves = append(leaves, i)
			}
		}
		c := len(leaves)
		sigma, y, ones := mat.NewSymDense(c, nil), mat.NewVecDense(c, nil), mat.NewVecDense(c, nil)
		for a, i := range leaves {
			y.SetVec(a, nodes[i].Mean)
			ones.SetVec(a, 1)
			for b, j := range leaves {
				s := cov(i, j)
				if a == b {
					s += v.Sigma2/nodes[i].N + nodes[i].Extra
				}
				sigma.SetSym(a, b, s)
			}
		}
		var chol mat.Cholesky
		if !chol.Factorize(sigma) {
			t.Fatal("covariance is not positive")
		}
		solve := func(b *mat.VecDense) *mat.VecDense {
			var x mat.VecDense
			if err := chol.SolveVecTo(&x, b); err != nil {
				t.Fatal(err)
			}
			return &x
		}
		inv1 := solve(ones)
		info := mat.Dot(ones, inv1)
		mu := mat.Dot(y, inv1) / info
		r := mat.NewVecDense(c, nil)
		r.AddScaledVec(y, -mu, ones)
		invR := solve(r)
		if got, want := mustTree(t, nodes).Deviance(v), chol.LogDet()+math.Log(info)+mat.Dot(r, invR); math.Abs(got-want) > 1e-8*max(1, math.Abs(want)) {
			t.Fatalf("deviance %v, dense %v", got, want)
		}
		for i, e := range mustEstimate(t, nodes, v) {
			k := mat.NewVecDense(c, nil)
			for a, j := range leaves {
				k.SetVec(a, cov(i, j))
			}
			invK := solve(k)
			free := 1 - mat.Dot(ones, invK) // what of the root's uncertainty is left in
			mean, variance := mu+mat.Dot(k, invR), cov(i, i)-mat.Dot(k, invK)+free*free/info
			if math.Abs(e.Mean-mean) > 1e-8 || math.Abs(e.Var-variance) > 1e-8 {
				t.Fatalf("node %d: %+v, dense mean %v and variance %v", i, e, mean, variance)
			}
		}
	})
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

// simulateTree draws styles in groups with cells of which some are empty, from
// known variances, and the sums within cells.
func simulateTree(groups, styles, cells int, tau [3]float64, sigma float64) (nodes []Node, df, ss float64) {
	r := rand.New(rand.NewPCG(4, 2026))
	nodes = []Node{{Parent: -1}}
	add := func(parent, level int) int {
		nodes = append(nodes, Node{Parent: parent, Level: level})
		return len(nodes) - 1
	}
	for range groups {
		g, group := add(0, 0), tau[0]*r.NormFloat64()
		for range styles {
			s, style := add(g, 1), group+tau[1]*r.NormFloat64()
			for range cells {
				c, cell := add(s, 2), style+tau[2]*r.NormFloat64()
				n := r.IntN(6)
				sum, squares := 0.0, 0.0
				for range n {
					y := cell + sigma*r.NormFloat64()
					sum += y
					squares += y * y
				}
				if n > 0 {
					nodes[c].N, nodes[c].Mean = float64(n), sum/float64(n)
					df += float64(n - 1)
					ss += squares - sum*sum/float64(n)
				}
			}
		}
	}
	return nodes, df, ss
}

// The search finds the variances that 40 groups of 20 styles with 6 cells were drawn
// from, to within what such a sample tells.
func TestFitRecoversVariances(t *testing.T) {
	tau, sigma := [3]float64{0.3, 0.2, 0.1}, 0.15
	nodes, df, ss := simulateTree(40, 20, 6, tau, sigma)
	fit, err := mustTree(t, nodes).FitVariances(VarianceSearch{DF: df, SS: ss, Shape: 2})
	if err != nil {
		t.Fatal(err)
	}
	rough, err := mustTree(t, nodes).FitVariances(VarianceSearch{DF: df, SS: ss, Shape: 2, Tolerance: 1e-6})
	if err != nil {
		t.Fatal(err)
	}
	for k := range tau {
		if off := math.Abs(rough.Tau2[k]/fit.Tau2[k] - 1); off > 1e-3 {
			t.Errorf("at tolerance 1e-6, tau2 of level %d is off by %.2g of itself", k, off)
		}
	}
	t.Logf("%d evaluations at tolerance 1e-6", rough.Evaluations)
	t.Logf("%d evaluations: sigma %.4f, tau %.4f %.4f %.4f", fit.Evaluations, math.Sqrt(fit.Sigma2),
		math.Sqrt(fit.Tau2[0]), math.Sqrt(fit.Tau2[1]), math.Sqrt(fit.Tau2[2]))
	// Relative errors of a deviation from k nodes are near 1/√(2k): 11 % of 40, 3 % of 800.
	for k, within := range []float64{0.33, 0.09, 0.09} {
		if got := math.Sqrt(fit.Tau2[k]); math.Abs(got/tau[k]-1) > within {
			t.Errorf("tau of level %d is %v, drawn with %v", k, got, tau[k])
		}
	}
	if got := math.Sqrt(fit.Sigma2); math.Abs(got/sigma-1) > 0.03 {
		t.Errorf("sigma is %v, drawn with %v", got, sigma)
	}
}

// Two nodes under the prior ln τ: nothing bounds τ from above.
func TestFitSaysWhatIsUnbounded(t *testing.T) {
	two := []Node{{Parent: -1}, {Parent: 0, N: 3, Mean: 0.1}, {Parent: 0, N: 2, Mean: 0.4}}
	tree := mustTree(t, two)
	_, err := tree.FitVariances(VarianceSearch{DF: 3, SS: 0.03, Shape: 2})
	if err == nil || !strings.Contains(err.Error(), "level 0 has no upper bound") {
		t.Errorf("two nodes: %v", err)
	}
	fit, err := tree.FitVariances(VarianceSearch{DF: 3, SS: 0.03, Shape: 2, Rate: 5})
	if err != nil || !(fit.Tau2[0] > 0.001 && fit.Tau2[0] < 1) {
		t.Errorf("with a rate: %+v, %v", fit, err)
	}
	one := mustTree(t, two[:2])
	if fit, err = one.FitVariances(VarianceSearch{Sigma2: 1, Shape: 2, Rate: 5}); err != nil || math.Abs(math.Sqrt(fit.Tau2[0])-0.2) > 1e-4 {
		t.Errorf("without data the mode is 1/rate: %+v, %v", fit, err)
	}
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

// The cost is linear in the nodes: time per node is the same in each size, for one
// evaluation and for the search.
func BenchmarkTree(b *testing.B) {
	for _, groups := range []int{10, 100, 1000} {
		nodes, df, ss := simulateTree(groups, 20, 6, [3]float64{0.3, 0.2, 0.1}, 0.15)
		perNode := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(nodes)), "ns/node")
		}
		tree := mustTree(b, nodes)
		v := Variances{Tau2: []float64{0.09, 0.04, 0.01}, Sigma2: 0.02}
		b.Run(fmt.Sprintf("new/nodes=%d", len(nodes)), func(b *testing.B) {
			for b.Loop() {
				mustTree(b, nodes)
			}
			perNode(b)
		})
		b.Run(fmt.Sprintf("deviance/nodes=%d", len(nodes)), func(b *testing.B) {
			for b.Loop() {
				tree.Deviance(v)
			}
			perNode(b)
		})
		b.Run(fmt.Sprintf("estimates/nodes=%d", len(nodes)), func(b *testing.B) {
			for b.Loop() {
				if _, err := tree.Estimates(v); err != nil {
					b.Fatal(err)
				}
			}
			perNode(b)
		})
		b.Run(fmt.Sprintf("fit/nodes=%d", len(nodes)), func(b *testing.B) {
			n := 0
			for b.Loop() {
				fit, err := tree.FitVariances(VarianceSearch{DF: df, SS: ss, Shape: 2})
				if err != nil {
					b.Fatal(err)
				}
				n = fit.Evaluations
			}
			perNode(b)
			b.ReportMetric(float64(n), "evaluations")
		})
	}
}
