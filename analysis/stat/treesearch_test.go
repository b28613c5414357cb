package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// objectiveOf is a search over a drawn tree; Rate keeps every level bounded.
func objectiveOf(t *rapid.T) *varianceObjective {
	nodes, _ := drawTree(t)
	tree, err := NewTree(nodes)
	if err != nil {
		t.Fatal(err)
	}
	s := VarianceSearch{Sigma2: 0.02, Shape: 2, Rate: 3}
	if rapid.Bool().Draw(t, "sigma too") {
		s.DF, s.SS = 5, 0.1
	}
	o := &varianceObjective{tree: tree, search: s, says: make([]message, len(tree.leaf)), here: make([]message, len(tree.leaf)), slopes: make([]float64, tree.levels)}
	o.at = Variances{Tau2: make([]float64, tree.levels), Sigma2: s.Sigma2}
	o.scale = math.Log(tree.spread(s.Sigma2)) / 2
	return o
}

// The slopes are what differences of the objective come to.
func TestSlopesAreDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := objectiveOf(t)
		x, _ := o.start(nil)
		for k := range x {
			x[k] += rapid.Float64Range(-2, 2).Draw(t, "away")
		}
		slope, other := make([]float64, len(x)), make([]float64, len(x))
		o.value(x, slope)
		for k := range x {
			const h = 1e-4
			near := slices.Clone(x)
			near[k] += h
			above := o.value(near, other)
			near[k] -= 2 * h
			below := o.value(near, other)
			// The error of a central difference is of the order of h² times a third derivative.
			if d := (above - below) / (2 * h); math.Abs(d-slope[k]) > 1e-5*max(1, math.Abs(d)) {
				t.Fatalf("slope %d is %v, differences say %v", k, slope[k], d)
			}
		}
	})
}

// Going down the slopes ends no higher than a simplex does, which knows none.
func TestDescentEndsWhereTheSimplexDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := objectiveOf(t)
		x, step := o.start(nil)
		_, got, n := descend(o.value, x, step, fitTolerance, 2000)
		unused := make([]float64, len(x))
		_, want, more := nelderMead(func(x []float64) float64 { return o.value(x, unused) }, x, 1, fitTolerance, 20000)
		if got > want+1e-8 {
			t.Fatalf("descent ends at %v after %d evaluations, the simplex at %v after %d", got, n, want, more)
		}
	})
}
