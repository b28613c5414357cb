package stat

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// VarianceSearch is what FitVariances knows beside the tree.
type VarianceSearch struct {
	// DF and SS are what the sales say of Sigma2 within their leaves: degrees of
	// freedom (sales − leaves, for weights of 1) and the sum of squares about the
	// leaf means. With DF 0, Sigma2 is held at the value here. To add a guess s²
	// worth k sales, add k to DF and k·s² to SS.
	DF, SS, Sigma2 float64

	// The prior of every τ is a gamma distribution with this Shape and Rate: a
	// density ∝ τ^(Shape−1)·exp(−Rate·τ). Shape 2 with Rate 0 is method M4's ln τ, the
	// boundary-avoiding prior of Chung, Rabe-Hesketh, Dorie, Gelman & Liu 2013
	// (Psychometrika 78, 685–709), for which no level collapses to zero. Shape 1 with
	// Rate 0 is plain REML, which may well put τ at 0. A level with fewer than three
	// nodes says too little: Shape 2 then needs a Rate above 0, in 1/units of the
	// means; with one of 1/s the mode without data is τ = s.
	Shape, Rate float64

	// Start is where to begin, such as the variances of a week ago; nil: a share of the
	// spread of the leaves for each level.
	Start *Variances

	// Tolerance of the objective, relative to a hundredth of it where that is above 1;
	// 0 stands for 1e-11, which gives the variances to about 1e-6 of themselves. With
	// 1e-6 they are right to some 1e-3, a small part of what the data leave open, for
	// half of the evaluations.
	Tolerance float64
}

// VarianceFit is the result of FitVariances.
type VarianceFit struct {
	Variances
	Objective   float64 // Deviance + DF ln Sigma2 + SS/Sigma2 − 2 ln prior, at the minimum
	Evaluations int
}

const (
	fitTolerance = 1e-11
	fitReach     = 1e4 // a τ this many times the spread of the leaves has run away
)

// FitVariances finds the variances that minimise the penalised −2 log restricted
// likelihood (method M4):
//
//	Deviance + DF ln σ² + SS/σ² + Σ_k [−2 (Shape−1) ln τ_k + 2 Rate τ_k]
//
// over ln τ_k and ln σ by slopes (descend), from a start that shares the
// spread of the leaf means among the levels. It fails where DF is above 0 and SS is
// not (all sales of each leaf alike: σ would be 0), and where a τ has no upper bound,
// as a level of one or two nodes under Shape 2 has none with Rate 0: the error names
// the level.
//
// Each evaluation is linear in the nodes; some ten per variance are usual.
//
// Note: Nelder & Mead's simplex, which method M4 names, finds the same variances; it took
// twelve times the evaluations on a book of 500 styles.
func (t *Tree) FitVariances(s VarianceSearch) (VarianceFit, error) {
	if err := s.check(); err != nil {
		return VarianceFit{}, err
	}
	o := varianceObjective{tree: t, search: s, says: make([]message, len(t.leaf)), here: make([]message, len(t.leaf)), slopes: make([]float64, t.levels)}
	o.at = Variances{Tau2: make([]float64, t.levels), Sigma2: s.Sigma2}
	if s.DF > 0 {
		o.at.Sigma2 = s.SS / s.DF
	}
	if !t.proper(o.at.Sigma2) {
		return VarianceFit{}, errors.New("tree: a leaf has no variance at all: give Sigma2, or DF and SS, or Extra")
	}
	o.scale = math.Log(t.spread(o.at.Sigma2)) / 2
	start, step := o.start(s.Start)
	tolerance := s.Tolerance
	if tolerance == 0 {
		tolerance = fitTolerance
	}
	x, f, n := descend(o.value, start, step, tolerance, 1000*(len(start)+1))
	for k, logTau := range x[:t.levels] {
		if logTau-o.scale > math.Log(fitReach) {
			return VarianceFit{}, fmt.Errorf("tree: the variance of level %d has no upper bound in these data: give the prior a rate above 0", k)
		}
	}
	o.set(x)
	return VarianceFit{Variances: o.at, Objective: f, Evaluations: n}, nil
}

func (s VarianceSearch) check() error {
	switch {
	case !(s.DF >= 0) || s.DF > 0 && !(s.SS > 0) || !finite(s.DF+s.SS+s.Sigma2) || s.Sigma2 < 0:
		return fmt.Errorf("tree: df %v and sum of squares %v give no variance within leaves: add a guess to both, or hold Sigma2", s.DF, s.SS)
	case !(s.Shape >= 1) || !(s.Rate >= 0) || !finite(s.Shape+s.Rate) || !(s.Tolerance >= 0):
		return fmt.Errorf("tree: prior with shape %v and rate %v, tolerance %v: shape starts at 1, the others at 0", s.Shape, s.Rate, s.Tolerance)
	}
	return nil
}

// varianceObjective is what FitVariances minimises, over ln τ by level and, where DF
// is above 0, ln σ.
type varianceObjective struct {
	tree   *Tree
	search VarianceSearch
	scale  float64 // log of the spread of the leaves
	at     Variances
	says   []message
	here   []message
	slopes []float64
}

// start is the first corner of the search and the edge of its first simplex.
func (o *varianceObjective) start(from *Variances) (x []float64, step float64) {
	x, step = make([]float64, o.tree.levels, o.tree.levels+1), 1
	for k := range x {
		x[k] = o.scale - math.Log(float64(o.tree.levels)+1)/2
	}
	if o.search.DF > 0 {
		x = append(x, math.Log(o.at.Sigma2)/2)
	}
	if from == nil || len(from.Tau2) != o.tree.levels {
		return x, step
	}
	for k, v := range append(slices.Clone(from.Tau2), from.Sigma2)[:len(x)] {
		if v > 0 {
			x[k], step = math.Log(v)/2, 0.2
		}
	}
	return x, step
}

func (o *varianceObjective) set(x []float64) {
	for k := range o.at.Tau2 {
		o.at.Tau2[k] = math.Exp(2 * x[k])
	}
	if o.search.DF > 0 {
		o.at.Sigma2 = math.Exp(2 * x[len(o.at.Tau2)])
	}
}

// value also gives the slopes, by the same logs.
func (o *varianceObjective) value(x, slope []float64) float64 {
	for _, v := range x { // what lies that far out has run away, or is 0 in all but name
		if d := v - o.scale; d > 2*math.Log(fitReach) || d < -200 {
			return math.Inf(1)
		}
	}
	o.set(x)
	f, s := o.tree.upward(o.at, o.says), o.search
	if s.DF > 0 {
		f += s.DF*2*x[len(o.at.Tau2)] + s.SS/o.at.Sigma2
	}
	sigma2 := o.tree.downward(o.at, o.says, o.here, o.slopes)
	for k, logTau := range x[:len(o.at.Tau2)] {
		f += 2*s.Rate*math.Exp(logTau) - 2*(s.Shape-1)*logTau
		slope[k] = 2*o.at.Tau2[k]*o.slopes[k] + 2*s.Rate*math.Exp(logTau) - 2*(s.Shape-1)
	}
	if s.DF > 0 {
		slope[len(o.at.Tau2)] = 2*o.at.Sigma2*sigma2 + 2*s.DF - 2*s.SS/o.at.Sigma2
	}
	return f
}

// proper says whether every leaf with a value has a variance above 0.
func (t *Tree) proper(sigma2 float64) bool {
	for _, l := range t.leaf {
		if l.share > 0 && !(sigma2*l.share+l.extra > 0) {
			return false
		}
	}
	return true
}

// spread is the variance of the leaf means about their mean plus the harmonic
// mean of their own variances, which is above 0 when proper.
func (t *Tree) spread(sigma2 float64) float64 {
	var mean, squares, precision sum
	for _, l := range t.leaf {
		if l.share > 0 {
			mean.add(l.mean)
			precision.add(1 / (sigma2*l.share + l.extra))
		}
	}
	center := mean.value() / float64(t.cells)
	for _, l := range t.leaf {
		if l.share > 0 {
			squares.add((l.mean - center) * (l.mean - center))
		}
	}
	return (squares.value() / float64(t.cells)) + float64(t.cells)/precision.value()
}
