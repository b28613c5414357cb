package stat

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// assemble makes the equations for the weights of the residuals in r, and factors
// them; beyond the cut a weight counts by the share tail.
func (f *tpdFit) assemble(tail float64) error {
	eq := f.equations(f.sigma, tail)
	fac, err := eq.factor(f.lambda)
	if err != nil {
		return err
	}
	f.eq, f.fac = eq, fac
	return nil
}

// equations sums S and what stands beside it, with Huber's weights at the scale
// sigma, and keeps the sums that eliminate the styles.
func (f *tpdFit) equations(sigma, tail float64) *normal {
	d, m, k := f.d, f.d.weeks-1, f.d.k
	eq := newNormal(m, k)
	levelW := make([]float64, len(d.levels))
	weekX := make([]float64, d.weeks*k)
	diag := make([]float64, d.weeks)
	clear(f.styleW)
	clear(f.styleX)
	cut := HuberK * sigma
	for s := range d.styles {
		x := f.styleX[s*k : s*k+k]
		for j := d.first[s]; j < d.first[s+1]; j++ {
			c, v := d.cells[j], f.vote(d.cells[j])
			sum := 0.0
			for i := c.lo; i < d.cells[j+1].lo; i++ {
				w := v * d.rows[i].n
				if a := math.Abs(f.r[i]); a > cut {
					w *= tail * cut / a
				}
				sum += w
				level := d.rows[i].level
				levelW[level] += w
				for _, e := range d.levels[level] {
					x[e.col] += w * e.x
					weekX[c.week*k+e.col] += w * e.x
				}
			}
			f.votes[j] = sum
			f.styleW[s] += sum
			diag[c.week] += sum
		}
	}
	for l, level := range d.levels {
		for _, a := range level {
			eq.raw[a.col] += levelW[l] * a.x * a.x
			for _, b := range level {
				eq.kk[a.col*k+b.col] += levelW[l] * a.x * b.x
			}
		}
	}
	copy(eq.tk, weekX[k:])
	for t := range m {
		eq.tt[t*m+t] = diag[t+1]
	}
	f.eliminate(eq)
	return eq
}

// eliminate takes n_s· n_s·ᵀ/N_s of every style, covariates included, from the
// equations.
func (f *tpdFit) eliminate(eq *normal) {
	d, m, k := f.d, eq.m, eq.k
	dense := make([]float64, m) // one style's votes by week
	for s := range d.styles {
		cells, votes := d.cells[d.first[s]:d.first[s+1]], f.votes[d.first[s]:d.first[s+1]]
		if cells[0].week == 0 {
			cells, votes = cells[1:], votes[1:] // the base has no row
		}
		x := f.styleX[s*k : s*k+k]
		for i := range k {
			floats.AddScaled(eq.kk[i*k:i*k+k], -x[i]/f.styleW[s], x)
		}
		if len(cells) == 0 {
			continue
		}
		end := cells[len(cells)-1].week // as a row: the one after the last
		packed := 4*len(cells) > end-cells[0].week
		for j, c := range cells {
			dense[c.week-1] = votes[j]
		}
		for j, c := range cells {
			t, share := c.week-1, -votes[j]/f.styleW[s]
			floats.AddScaled(eq.tk[t*k:t*k+k], share, x)
			if packed {
				floats.AddScaled(eq.tt[t*m+t:t*m+end], share, dense[t:end])
				continue
			}
			for i := j; i < len(cells); i++ {
				eq.tt[t*m+cells[i].week-1] += share * votes[i]
			}
		}
		for _, c := range cells {
			dense[c.week-1] = 0
		}
	}
}

// choose sets λ by marginal likelihood at the equations in use, and factors anew.
// Without a degree of freedom there is nothing to choose by, and λ stays.
//
// With equal votes for styles, where cells are the observations, covariates count
// as known: what they explain within a cell is no evidence of the weeks.
func (f *tpdFit) choose() error {
	f.slope()
	rss, _ := f.squares()
	e := &evidence{delta: f.delta[1:], week: f.grad.week[1:], cov: f.grad.cov, rss: rss,
		free: f.observations() - float64(len(f.d.styles))}
	// Styles aren't quite at their best given the rest while reweighting goes on.
	for s, g := range f.grad.style {
		e.rss -= g * g / f.styleW[s]
	}
	eq, left := f.eq, e.free
	for _, dropped := range f.fac.drop {
		if !dropped {
			left--
		}
	}
	if f.o.EqualStyle {
		eq, e.cov, e.free = &normal{m: eq.m, tt: eq.tt}, nil, left
	}
	if !(left > 0) {
		return nil
	}
	var err error
	if f.lambda, err = eq.chooseLambda(e, f.lambda); err != nil {
		return err
	}
	f.fac, err = f.eq.factor(f.lambda)
	return err
}

// observations is what residuals are counted in: sales, or cells with equal votes
// for styles.
func (f *tpdFit) observations() float64 {
	if f.o.EqualStyle {
		return float64(len(f.votes))
	}
	n := 0.0
	for _, c := range f.d.cells {
		n += c.n
	}
	return n
}

// squares sums w r² and ψ² = w² r², by sale, or by cell with equal votes for
// styles, where a cell's mean residual is the observation.
func (f *tpdFit) squares() (wr2, psi2 float64) {
	d := f.d
	for j, c := range d.cells[:len(d.cells)-1] {
		v := f.vote(c)
		var sum, sw, sq, sqw float64
		for i := c.lo; i < d.cells[j+1].lo; i++ {
			n, r, w := v*d.rows[i].n, f.r[i], f.weight(f.r[i])
			sw += n * w
			sum += n * w * r
			sq += n * w * r * r
			sqw += n * w * w * r * r
		}
		if f.o.EqualStyle {
			wr2 += sum * sum / sw
			psi2 += sum * sum
		} else {
			wr2 += sq + c.within
			psi2 += sqw + c.within
		}
	}
	return wr2, psi2
}

// result closes the fit with its uncertainty.
func (f *tpdFit) result(converged bool) (*IndexFit, error) {
	d, m := f.d, f.d.weeks-1
	out := &IndexFit{Log: f.delta, N: d.sales(), Coef: f.beta, CoefSE: make([]float64, d.k), Styles: d.styles,
		Effects: f.alpha, Lambda: f.lambda, Passes: f.passes, Converged: converged}
	free, used := f.freedom(out.Coef)
	wr2, psi2 := f.squares()
	_, square := tie(f.delta[1:])
	penalty := f.lambda * square
	variance, lambda, slope := (wr2+penalty)/free, f.lambda, 1.0
	if !(free > 0) {
		variance = math.NaN()
	}
	out.Sigma = math.Sqrt(variance)
	if !math.IsInf(f.sigma, 1) {
		out.Scale = f.sigma
		inside, all := f.inside()
		slope = inside / all
		kappa := 1 + used/f.observations()*(1-slope)/slope
		// The weekly step keeps its variance σ²/λ while that of a sale is inflated
		// by what the weights cost.
		inflated := (psi2 + penalty) / free * kappa * kappa / (slope * slope)
		if free > 0 {
			lambda *= inflated / variance
			variance = inflated
		}
	}
	if !math.IsInf(f.sigma, 1) {
		fac, err := f.equations(math.Inf(1), 1).factor(lambda)
		if err != nil {
			return nil, err
		}
		f.fac = fac
	}
	cov, coef := f.fac.inverse()
	if cov != nil {
		cov.ScaleSym(variance, cov)
	}
	out.cov = cov
	if f.o.Cluster != nil && free > 0 {
		out.cluster = f.clustered(f.fac, variance, lambda, slope)
	}
	for k, v := range coef {
		v *= variance
		if out.cluster != nil {
			v = max(v, out.cluster.At(m+k, m+k)) // NaN, of a dropped column, stays
		}
		out.CoefSE[k] = math.Sqrt(v)
	}
	return out, nil
}

// freedom gives the degrees of freedom of the residuals and how many parameters
// took of them, and sets the coefficients of dropped columns to NaN. Tied weeks
// are draws, not parameters.
func (f *tpdFit) freedom(coef []float64) (free, used float64) {
	used = float64(len(f.d.styles))
	for k, dropped := range f.fac.drop {
		if dropped {
			coef[k] = math.NaN()
		} else {
			used++
		}
	}
	if f.lambda == 0 {
		used += float64(f.d.weeks - 1)
	}
	return f.observations() - used, used
}

// inside gives the votes of the sales whose residual isn't cut, and all votes.
func (f *tpdFit) inside() (inside, all float64) {
	d := f.d
	for j, c := range d.cells[:len(d.cells)-1] {
		v := f.vote(c)
		for i := c.lo; i < d.cells[j+1].lo; i++ {
			n := v * d.rows[i].n
			all += n
			if math.Abs(f.r[i]) <= HuberK*f.sigma {
				inside += n
			}
		}
	}
	return inside, all
}
