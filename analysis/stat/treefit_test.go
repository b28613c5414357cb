package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// simulated is a book of styles in groups, with cells of which some are empty, drawn from
// known variances: its nodes, the true mean of each, and the sums within cells.
type simulated struct {
	nodes  []Node
	truth  []float64
	df, ss float64
}

func simulateTree(groups, styles, cells int, tau [3]float64, sigma float64) simulated {
	r := rand.New(rand.NewPCG(4, 2026))
	s := simulated{nodes: []Node{{Parent: -1}}, truth: []float64{0}}
	add := func(parent, level int) int {
		s.nodes = append(s.nodes, Node{Parent: parent, Level: level})
		s.truth = append(s.truth, s.truth[parent]+tau[level]*r.NormFloat64())
		return len(s.nodes) - 1
	}
	for range groups {
		group := add(0, 0)
		for range styles {
			style := add(group, 1)
			for range cells {
				s.sell(add(style, 2), r.IntN(6), func() float64 { return sigma * r.NormFloat64() })
			}
		}
	}
	return s
}

// sell adds n sales to a cell.
func (s *simulated) sell(cell, n int, noise func() float64) {
	if n == 0 {
		return
	}
	sum, squares := 0.0, 0.0
	for range n {
		y := s.truth[cell] + noise()
		sum += y
		squares += y * y
	}
	s.nodes[cell].N, s.nodes[cell].Mean = float64(n), sum/float64(n)
	s.df += float64(n - 1)
	s.ss += squares - sum*sum/float64(n)
}

// The search finds the variances that 40 groups of 20 styles with 6 cells were drawn
// from, to within what such a sample tells.
func TestFitRecoversVariances(t *testing.T) {
	tau, sigma := [3]float64{0.3, 0.2, 0.1}, 0.15
	s := simulateTree(40, 20, 6, tau, sigma)
	tree := mustTree(t, s.nodes)
	fit, err := tree.FitVariances(VarianceSearch{DF: s.df, SS: s.ss, Shape: 2})
	if err != nil {
		t.Fatal(err)
	}
	rough, err := tree.FitVariances(VarianceSearch{DF: s.df, SS: s.ss, Shape: 2, Tolerance: 1e-6})
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
	// Bands of 80 % hold the truth at their level, in cells with sales and in empty ones.
	all, err := tree.Estimates(fit.Variances)
	if err != nil {
		t.Fatal(err)
	}
	held, n := map[bool]float64{}, map[bool]float64{}
	for i, e := range all {
		if s.nodes[i].Level == 2 {
			empty := s.nodes[i].N == 0
			n[empty]++
			if math.Abs(e.Mean-s.truth[i]) <= 1.2815515655446004*math.Sqrt(e.Var) {
				held[empty]++
			}
		}
	}
	for empty := range n {
		share := held[empty] / n[empty]
		t.Logf("empty %v: the band of 80 %% holds the truth in %.3f of %v cells", empty, share, n[empty])
		if math.Abs(share-0.8) > 0.04 {
			t.Errorf("empty %v: the band of 80 %% holds the truth in %.3f of %v cells", empty, share, n[empty])
		}
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

// The cost is linear in the nodes: time per node is the same in each size, for one
// evaluation and for the search.
func BenchmarkTree(b *testing.B) {
	for _, groups := range []int{10, 100, 1000} {
		s := simulateTree(groups, 20, 6, [3]float64{0.3, 0.2, 0.1}, 0.15)
		nodes := s.nodes
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
				fit, err := tree.FitVariances(VarianceSearch{DF: s.df, SS: s.ss, Shape: 2})
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
