package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Pair is one thing sold twice: a style and size whose sales of a week are taken
// together, for instance. First and Second are prices, or geometric means of
// multiples (exp(avg(ln multiple)) of each week).
type Pair struct {
	From, To      int     // periods, counted from 0, From < To
	First, Second float64 // above 0
}

// RepeatWeights says how much each pair counts.
type RepeatWeights int

const (
	// BaileyMuthNourse counts all pairs alike: least squares of ln(p2/p1) on +1 in
	// the second and −1 in the first period (Bailey, Muth & Nourse 1963).
	BaileyMuthNourse RepeatWeights = iota
	// CaseShiller weighs a pair by the inverse of its variance, which grows with
	// the gap between the sales: squared residuals of the first fit are regressed
	// on the gap, with an intercept, and the fit is repeated with 1/fitted (Case &
	// Shiller 1987). Where the fitted variance isn't above RepeatOptions.Floor the
	// weight is clipped.
	CaseShiller
	// HuberRepeat weighs residuals by min(1, kσ/|r|), k = 1.345, σ = MAD/0.6745.
	HuberRepeat
)

// RepeatOptions says how a repeat-sales index is fitted. The zero value is Bailey,
// Muth & Nourse without a tie.
type RepeatOptions struct {
	Weights RepeatWeights
	// Floor is the least variance that Case–Shiller weights may assume, as a share
	// of the mean squared residual. 0: pairs whose fitted variance is 0 or below
	// get no weight (hpiR's rule), and one barely above 0 a huge one, which in a
	// thin sample blows the index up; 0.1 is safe.
	Floor float64
	// Lambda is as in TPDOptions (Goetzmann 1992 is this index with it).
	Lambda float64
	// MaxPasses bounds the reweighting; 0 stands for 30.
	MaxPasses int
}

// RepeatIndex computes the repeat-sales index of the pairs, over the given number
// of periods, relative to period 0. It sees only what sold twice, and treats every
// resold thing alike however often it sells: a cross-check of the time-product
// dummy, not a substitute.
//
// The order of pairs changes no digit. IndexFit.N counts the pairs that end in a
// period. Standard errors are as in TPD.Fit. Without a tie all periods must hang
// together over pairs that have weight (*UnlinkedError). Cost: linear in pairs,
// cubic in periods.
func RepeatIndex(periods int, pairs []Pair, o RepeatOptions) (*IndexFit, error) {
	switch {
	case len(pairs) == 0:
		return nil, errNoSales
	case periods < 2:
		return nil, fmt.Errorf("a repeat-sales index of %d periods: give two or more", periods)
	case o.Lambda != LikelihoodLambda && !(o.Lambda >= 0 && !math.IsInf(o.Lambda, 0)):
		return nil, fmt.Errorf("a λ of %v: give 0 or more, or LikelihoodLambda", o.Lambda)
	case !(o.Floor >= 0):
		return nil, fmt.Errorf("a variance floor of %v: give a share of 0 or more", o.Floor)
	}
	if o.MaxPasses <= 0 {
		o.MaxPasses = 30
	}
	f := &repeatFit{o: o, lambda: o.Lambda, log: make([]float64, periods), sigma: math.Inf(1), converged: true}
	if o.Lambda == LikelihoodLambda {
		f.lambda = firstLambda
	}
	var err error
	if f.pairs, err = sortedPairs(periods, pairs); err != nil {
		return nil, err
	}
	for _, p := range f.pairs {
		f.y = append(f.y, math.Log(p.Second/p.First))
	}
	f.r, f.w = slices.Clone(f.y), make([]float64, len(f.y))
	for i := range f.w {
		f.w[i] = 1
	}
	if err := f.leastSquares(); err != nil {
		return nil, err
	}
	switch o.Weights {
	case CaseShiller:
		f.byGap()
		err = f.leastSquares()
	case HuberRepeat:
		err = f.reweight()
	}
	if err != nil {
		return nil, err
	}
	return f.result()
}

func sortedPairs(periods int, pairs []Pair) ([]Pair, error) {
	positive := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
	for i, p := range pairs {
		if !(0 <= p.From && p.From < p.To && p.To < periods) {
			return nil, fmt.Errorf("pair %d goes from period %d to %d: give 0 ≤ from < to ≤ %d", i, p.From, p.To, periods-1)
		}
		if !positive(p.First) || !positive(p.Second) {
			return nil, fmt.Errorf("pair %d has prices %v and %v: give prices above 0", i, p.First, p.Second)
		}
	}
	return slices.SortedFunc(slices.Values(pairs), func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.First, b.First), cmp.Compare(a.Second, b.Second))
	}), nil
}

// repeatFit is a fit in progress.
type repeatFit struct {
	o         RepeatOptions
	pairs     []Pair
	y, r, w   []float64 // log changes, residuals, fixed weights by pair
	log       []float64 // by period
	lambda    float64
	sigma     float64 // Huber's scale, +Inf for least squares
	eq        *normal
	fac       *factor
	passes    int
	converged bool
}

// assemble makes and factors the equations; residuals beyond Huber's cut count by
// the share tail of their weight.
func (f *repeatFit) assemble(tail float64) error {
	f.eq = f.equations(f.sigma, tail)
	var err error
	f.fac, err = f.eq.factor(f.lambda)
	return err
}

func (f *repeatFit) equations(sigma, tail float64) *normal {
	m := len(f.log) - 1
	eq := newNormal(m, 0)
	for i, p := range f.pairs {
		w := f.w[i]
		if a := math.Abs(f.r[i]); a > HuberK*sigma {
			w *= tail * HuberK * sigma / a
		}
		to := p.To - 1
		eq.tt[to*m+to] += w
		if p.From > 0 {
			from := p.From - 1
			eq.tt[from*m+from] += w
			eq.tt[from*m+to] -= w
		}
	}
	return eq
}

// psi is a pair's residual, weighed.
func (f *repeatFit) psi(i int) float64 {
	cut := HuberK * f.sigma
	return f.w[i] * min(max(f.r[i], -cut), cut)
}

func (f *repeatFit) slope() []float64 {
	g := make([]float64, len(f.log))
	for i, p := range f.pairs {
		psi := f.psi(i)
		g[p.To] += psi
		g[p.From] -= psi
	}
	return g[1:]
}

// step moves the index by one solve and gives its largest move.
func (f *repeatFit) step() float64 {
	g := f.slope()
	tied, _ := tie(f.log[1:])
	floats.AddScaled(g, -f.lambda, tied)
	move := 0.0
	d, _ := f.fac.solve(g, nil)
	for t, x := range d {
		f.log[t+1] += x
		move = max(move, math.Abs(x))
	}
	for i, p := range f.pairs {
		f.r[i] = f.y[i] - (f.log[p.To] - f.log[p.From])
	}
	f.passes++
	return move
}

func (f *repeatFit) leastSquares() error {
	if f.o.Lambda == 0 {
		if err := f.linked(); err != nil {
			return err
		}
	}
	if err := f.assemble(1); err != nil {
		return err
	}
	f.step()
	if f.o.Lambda == LikelihoodLambda {
		if err := f.choose(); err != nil {
			return err
		}
	}
	for range 3 {
		if f.step() < 1e-13 {
			break
		}
	}
	return nil
}

func (f *repeatFit) linked() error {
	l, n := newLinks(len(f.log)), make([]float64, len(f.log))
	for i, p := range f.pairs {
		if f.w[i] > 0 {
			l.join(p.From, p.To)
			n[p.From]++
			n[p.To]++
		}
	}
	return unlinked(l, n)
}

// choose sets λ by marginal likelihood at the equations in use.
func (f *repeatFit) choose() error {
	e := &evidence{delta: f.log[1:], week: f.slope(), free: float64(len(f.pairs))}
	for i, r := range f.r {
		e.rss += f.psi(i) * r
	}
	var err error
	if f.lambda, err = f.eq.chooseLambda(e, f.lambda); err != nil {
		return err
	}
	f.fac, err = f.eq.factor(f.lambda)
	return err
}

// byGap sets Case & Shiller's weights: 1 over the variance that a line through
// squared residuals by gap gives.
func (f *repeatFit) byGap() {
	n := float64(len(f.pairs))
	var gap, square, gg, gs float64
	for i, p := range f.pairs {
		gap += float64(p.To-p.From) / n
		square += f.r[i] * f.r[i] / n
	}
	for i, p := range f.pairs {
		g := float64(p.To-p.From) - gap
		gg += g * g
		gs += g * (f.r[i]*f.r[i] - square)
	}
	slope := 0.0
	if gg > 0 {
		slope = gs / gg
	}
	for i, p := range f.pairs {
		v := max(square+slope*(float64(p.To-p.From)-gap), f.o.Floor*square)
		if f.w[i] = 0; v > 0 {
			f.w[i] = 1 / v
		}
	}
}

// reweight runs Huber passes to the end, by the same two kinds of equations as
// tpdFit.reweight.
func (f *repeatFit) reweight() error {
	const near = 5
	f.converged = false
	astray, last := false, math.Inf(1)
	abs := make([]float64, len(f.r))
	for pass := 1; pass <= f.o.MaxPasses; pass++ {
		for i, r := range f.r {
			abs[i] = math.Abs(r)
		}
		slices.Sort(abs)
		f.sigma = Quantile7(abs, 0.5) / 0.6745
		if f.sigma < exactFit {
			f.sigma, f.converged = math.Inf(1), true
			return f.leastSquares()
		}
		tail := 1.0
		if pass > near && !astray {
			tail = 0.1
		}
		if err := f.assemble(tail); err != nil {
			return err
		}
		if pass == near && f.o.Lambda == LikelihoodLambda {
			if err := f.choose(); err != nil {
				return err
			}
		}
		move := f.step()
		if move < tpdDigits && pass > near {
			f.converged = true
			return nil
		}
		astray = astray || pass > near && move > 2*last
		last = move
	}
	return nil
}

// result closes the fit with its uncertainty.
func (f *repeatFit) result() (*IndexFit, error) {
	out := &IndexFit{Log: f.log, N: make([]float64, len(f.log)), Lambda: f.lambda, Passes: f.passes, Converged: f.converged}
	var wr2, psi2, free, inside float64
	for i, p := range f.pairs {
		out.N[p.To]++
		if f.w[i] == 0 {
			continue
		}
		free++
		wr2 += f.psi(i) * f.r[i]
		psi2 += f.psi(i) * f.psi(i) / f.w[i]
		if math.Abs(f.r[i]) <= HuberK*f.sigma {
			inside++
		}
	}
	n, used := free, 0.0
	if f.lambda == 0 {
		used = float64(len(f.log) - 1)
		free -= used
	}
	_, square := tie(f.log[1:])
	variance, lambda := math.NaN(), f.lambda
	if free > 0 {
		variance = (wr2 + f.lambda*square) / free
	}
	out.Sigma = math.Sqrt(variance)
	if !math.IsInf(f.sigma, 1) {
		out.Scale = f.sigma
		if free > 0 {
			mean := inside / n
			kappa := 1 + used/n*(1-mean)/mean
			inflated := (psi2 + f.lambda*square) / free * kappa * kappa / (mean * mean)
			lambda *= inflated / variance
			variance = inflated
		}
		fac, err := f.equations(math.Inf(1), 1).factor(lambda)
		if err != nil {
			return nil, err
		}
		f.fac = fac
	}
	cov, _ := f.fac.inverse()
	cov.ScaleSym(variance, cov)
	out.cov = cov
	return out, nil
}

// RepeatErrors tells how well an index carries first prices to second ones: for
// every pair (First·I(To)/I(From) − Second)/Second, in the order of pairs (hpiR's
// calcInSampleError). It panics for a period outside the index.
func RepeatErrors(index []float64, pairs []Pair) []float64 {
	e := make([]float64, len(pairs))
	for i, p := range pairs {
		e[i] = (p.First*index[p.To]/index[p.From] - p.Second) / p.Second
	}
	return e
}
