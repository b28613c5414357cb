package stat

import (
	"errors"
	"fmt"
	"math"
)

// HuberK is the tuning constant of Huber's weights: 95 % efficiency for normal
// residuals (Huber 1981).
const HuberK = 1.345

// TPDOptions says how a time-product dummy is fitted. The zero value is least
// squares with one vote for each sale and no tie: the verification mode.
type TPDOptions struct {
	// EqualStyle gives every style with sales in a week one vote in that week,
	// shared among its sales (what a catalog holds), instead of one vote for each
	// sale (what sold).
	EqualStyle bool
	// Huber weighs residuals by min(1, kσ/|r|), k = 1.345, σ = MAD/0.6745 around 0.
	Huber bool
	// Lambda ties neighbouring weeks: λ Σ (δ_{t+1} − δ_t)² is added to the sum of
	// squares. λ = σ²/τ² is the residual variance over that of a weekly step, and
	// counts in sales. 0: no tie; LikelihoodLambda: by marginal likelihood.
	Lambda float64
	// MaxPasses bounds the reweighting; 0 stands for 30.
	MaxPasses int
	// Cluster names the group whose residuals may go together: the style itself,
	// or the shoe where styles are shoe and size. Standard errors are then the
	// larger of the clustered and the independent ones. nil: independent.
	//
	// Styles have ups and downs of their own, for weeks, and a thousand sales of a
	// style in a week don't average them out. On the contest's sales, with sizes as
	// styles, the clustered standard error of a change over eight weeks is 4.6
	// times the independent one (and 1.1 times with EqualStyle).
	Cluster func(style int) int
}

// tpdDigits is the change of every log index and coefficient below which a fit
// has converged.
const tpdDigits = 1e-9

// exactFit is a scale finer than prices are (a cent of 200 dollars is 5e-5): more
// than half of the sales fit exactly, and nothing can be weighed against that.
const exactFit = 1e-6

// Fit computes the index. With n_st sales (votes) of style s in week t, N_s and
// Y_s their sums over weeks, the styles' effects drop out exactly:
//
//	S = Σ_s [diag(n_s·) − n_s· n_s·ᵀ/N_s],  q_t = Σ_s [Y_st − n_st Y_s/N_s],
//	(S + λDᵀD) δ = q
//
// without the first week, covariates as extra columns, solved by Cholesky.
// Reweighting steps down the gradient of Huber's loss by equations that it renews
// in some passes only. Whatever the equations, it ends where the gradient is 0,
// which is where solving anew in every pass ends (MASS::rlm iterated to the end).
//
// Standard errors are those of (S + λDᵀD)⁻¹ times the residual variance; under
// Huber weights as in MASS::summary.rlm (Huber 1981, 7.6): S unweighted, the
// variance Σψ²/(N−p)·κ²/mean(ψ′)². With a tie they are those of the posterior.
//
// The cost is linear in rows for each pass, and cells × weeks in which their style
// sold, plus weeks cubed, for each of a handful of equations.
//
// Without a tie every week must hang together with the first (*UnlinkedError).
// With one, a week without sales gets its value between its neighbours and a wide
// band. Where more than half of the sales fit exactly there is no scale to weigh
// residuals by, and the fit stays at least squares (Scale 0). A covariate that styles and weeks explain is left out: Coef is NaN.
func (d *TPD) Fit(o TPDOptions) (*IndexFit, error) {
	if o.MaxPasses == 0 {
		o.MaxPasses = 30
	}
	switch {
	case len(d.rows) == 0:
		return nil, errNoSales
	case o.Huber && d.wide:
		return nil, errors.New("huber weights need rows of equal sales: give one row for each distinct price of a cell")
	case o.Lambda != LikelihoodLambda && !(o.Lambda >= 0 && !math.IsInf(o.Lambda, 0)):
		return nil, fmt.Errorf("a λ of %v: give 0 or more, or LikelihoodLambda", o.Lambda)
	case o.MaxPasses < 0:
		return nil, fmt.Errorf("at most %d passes: give 1 or more", o.MaxPasses)
	case o.Lambda == 0:
		if err := d.Linked(); err != nil {
			return nil, err
		}
	}
	f := newTPDFit(d, o)
	if err := f.leastSquares(o.Lambda == LikelihoodLambda && !o.Huber); err != nil {
		return nil, err
	}
	converged := true
	if o.Huber {
		var err error
		if converged, err = f.reweight(); err != nil {
			return nil, err
		}
	}
	return f.result(converged)
}

// tpdFit is a fit in progress.
type tpdFit struct {
	d      *TPD
	o      TPDOptions
	lambda float64
	passes int
	sigma  float64 // Huber's scale; +Inf for least squares: no residual is cut

	alpha, delta, beta []float64 // styles, weeks (delta[0] = 0), columns
	shift              []float64 // x_levelᵀβ of every level
	r                  []float64 // residuals by row
	scale              scaler

	// The equations in use: they may be some passes old.
	eq     *normal
	fac    *factor
	votes  []float64 // by cell
	styleW []float64 // by style
	styleX []float64 // styles × columns, sums of the covariates

	grad gradient
}

// gradient is half the slope of the loss at the residuals r.
type gradient struct {
	style, level []float64
	week, cov    []float64 // weeks 1…; both with the styles eliminated
}

func newTPDFit(d *TPD, o TPDOptions) *tpdFit {
	n := len(d.styles)
	f := &tpdFit{d: d, o: o, lambda: o.Lambda, sigma: math.Inf(1),
		alpha: make([]float64, n), delta: make([]float64, d.weeks), beta: make([]float64, d.k),
		shift: make([]float64, len(d.levels)), r: make([]float64, len(d.rows)),
		votes: make([]float64, len(d.cells)-1), styleW: make([]float64, n), styleX: make([]float64, n*d.k),
		grad: gradient{make([]float64, n), make([]float64, len(d.levels)), make([]float64, d.weeks), make([]float64, d.k)}}
	if o.Lambda == LikelihoodLambda {
		f.lambda = firstLambda
	}
	return f
}

// leastSquares solves, chooses λ where asked, and polishes: the second step is one
// of iterative refinement.
func (f *tpdFit) leastSquares(choose bool) error {
	f.sigma = math.Inf(1)
	f.residuals()
	if err := f.assemble(1); err != nil {
		return err
	}
	f.step()
	if choose {
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

// reweight runs Huber passes to the end and says whether it got there.
//
// Equations of Huber's weights w bring a fit near from anywhere, and then close in
// by a constant share of a pass. Those of the loss's curvature, 1 inside the cut
// and 0 beyond, close in at once, but only from near; a tenth of w beyond the cut
// keeps them soluble. The first passes are of the one kind, the rest of the other,
// and where that strays (as in books of a dozen sales) it goes back to the first,
// with new equations for every pass.
func (f *tpdFit) reweight() (bool, error) {
	const near = 5
	choose, astray, last := f.o.Lambda == LikelihoodLambda, false, math.Inf(1)
	for pass := 1; pass <= f.o.MaxPasses; pass++ {
		f.sigma = f.scale.of(f)
		if f.sigma < exactFit {
			return true, f.leastSquares(choose)
		}
		var err error
		switch {
		case astray || pass == 1 || pass == 3 || pass == near:
			err = f.assemble(1)
		case pass == near+1 || pass == near+3 || pass == near+6 || pass == near+12:
			err = f.assemble(0.1)
		}
		if err == nil && choose && pass == near {
			err = f.choose()
		}
		if err != nil {
			return false, err
		}
		move := f.step()
		if move < tpdDigits && (pass > near || !choose) {
			return true, nil
		}
		astray = astray || pass > near && move > 2*last
		last = move
	}
	return false, nil
}

// residuals computes r.
func (f *tpdFit) residuals() {
	d := f.d
	f.passes++
	for l, level := range d.levels {
		f.shift[l] = 0
		for _, e := range level {
			f.shift[l] += e.x * f.beta[e.col]
		}
	}
	for s := range d.styles {
		for j := d.first[s]; j < d.first[s+1]; j++ {
			lo, hi, base := d.cells[j].lo, d.cells[j+1].lo, f.alpha[s]+f.delta[d.cells[j].week]
			rows, r := d.rows[lo:hi], f.r[lo:hi]
			for i := range rows {
				r[i] = rows[i].y - base - f.shift[rows[i].level]
			}
		}
	}
}

// vote is what one sale of a cell counts.
func (f *tpdFit) vote(c cell) float64 {
	if f.o.EqualStyle {
		return 1 / c.n
	}
	return 1
}

// weight is Huber's.
func (f *tpdFit) weight(r float64) float64 {
	if a := math.Abs(r); a > HuberK*f.sigma {
		return HuberK * f.sigma / a
	}
	return 1
}

// slope computes the gradient at the residuals, styles eliminated by the
// equations in use.
func (f *tpdFit) slope() {
	d, g := f.d, &f.grad
	clear(g.level)
	clear(g.week)
	clear(g.cov)
	cut := HuberK * f.sigma
	for s := range d.styles {
		sum := 0.0
		for j := d.first[s]; j < d.first[s+1]; j++ {
			c, v := d.cells[j], f.vote(d.cells[j])
			in := 0.0
			for i := c.lo; i < d.cells[j+1].lo; i++ {
				psi := v * d.rows[i].n * min(max(f.r[i], -cut), cut)
				in += psi
				g.level[d.rows[i].level] += psi
			}
			g.week[c.week] += in
			sum += in
		}
		g.style[s] = sum
		mean := sum / f.styleW[s]
		for j := d.first[s]; j < d.first[s+1]; j++ {
			g.week[d.cells[j].week] -= f.votes[j] * mean
		}
		for k := range d.k {
			g.cov[k] -= f.styleX[s*d.k+k] * mean
		}
	}
	for l, level := range d.levels {
		for _, e := range level {
			g.cov[e.col] += e.x * g.level[l]
		}
	}
}

// step moves all parameters by one solve and gives the largest move of a week or
// covariate.
func (f *tpdFit) step() float64 {
	d := f.d
	f.slope()
	rhs := append([]float64(nil), f.grad.week[1:]...)
	p, _ := tie(f.delta[1:])
	for t := range rhs {
		rhs[t] -= f.lambda * p[t]
	}
	week, cov := f.fac.solve(rhs, f.grad.cov)
	move := 0.0
	for t, x := range week {
		f.delta[t+1] += x
		move = max(move, math.Abs(x))
	}
	for k, x := range cov {
		f.beta[k] += x
		move = max(move, math.Abs(x))
	}
	for s := range d.styles {
		sum := f.grad.style[s]
		for j := d.first[s]; j < d.first[s+1]; j++ {
			if t := d.cells[j].week; t > 0 {
				sum -= f.votes[j] * week[t-1]
			}
		}
		for k, x := range cov {
			sum -= f.styleX[s*d.k+k] * x
		}
		f.alpha[s] += sum / f.styleW[s]
	}
	f.residuals()
	return move
}
