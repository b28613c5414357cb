package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// downward gives the deviance's slopes by the variances, as they are at says,
// which upward has filled: by level d/dτ², and d/dσ². A child's V′ enters the
// deviance as Σ ln V′ + Σ(m − M)²/V′ + ln P does, and its slope by V′ is
// w(1 − w((m − E_parent)² + Var_parent)), w = 1/V′ (Fisher's identity; the E-step
// of Dempster, Laird & Rubin 1977 for a tree).
func (t *Tree) downward(v Variances, says, here []message, tau2 []float64) (sigma2 float64) {
	clear(tau2)
	here[0] = says[0]
	for _, f := range t.inner {
		up := here[f.node]
		if math.IsInf(up.variance, 1) {
			continue
		}
		for c := f.from; c < f.to; c++ {
			m, level := says[c], t.level[c]
			here[c] = up // of an empty subtree nobody asks
			if m.weight == 0 {
				here[c].variance = math.Inf(1)
				continue
			}
			d := m.mean - up.mean
			slope := m.weight * (1 - m.weight*(d*d+up.variance))
			tau2[level] += slope
			sigma2 += t.leaf[c].share * slope
			g := m.variance * m.weight
			here[c] = message{mean: m.mean - g*d, variance: g * (v.Tau2[level] + g*up.variance)}
		}
	}
	return sigma2
}

// descend minimises f, which also gives its slopes, from x by the method of Broyden,
// Fletcher, Goldfarb & Shanno (Nocedal & Wright 2006, Numerical Optimization, algorithm
// 6.1) with halved steps, the first of them of length step at most. It ends where a
// whole step gains less than tolerance, or that part of a hundredth of f, and moves
// nothing by its root. f may be +Inf, not NaN. No randomness: the same f gives the same
// digits.
func descend(f func(x, slope []float64) float64, x []float64, step, tolerance float64, maxEvaluations int) (best []float64, value float64, evaluations int) {
	n := len(x)
	x, slope, next := slices.Clone(x), make([]float64, n), make([]float64, n)
	value, evaluations = f(x, slope), 1
	inverse := newInverse(n, min(1, step/max(floats.Norm(slope, 2), 1e-300)))
	for again := false; evaluations < maxEvaluations; {
		move := inverse.times(slope)
		floats.Scale(-1, move)
		if longest := floats.Norm(move, math.Inf(1)); longest > 3 { // beyond that the curvature says nothing
			floats.Scale(3/longest, move)
		}
		drop := floats.Dot(move, slope)
		gain, to := 0.0, 1.0
		moved := make([]float64, n)
		for ; evaluations < maxEvaluations; to /= 2 {
			floats.AddScaledTo(moved, x, to, move)
			v := f(moved, next)
			evaluations++
			if gain = value - v; gain >= -1e-4*to*drop && gain >= 0 {
				value = v
				break
			}
			if to < 1e-12 {
				gain = 0
				break
			}
		}
		floats.Scale(to, move)
		small := floats.Norm(move, math.Inf(1)) <= math.Sqrt(tolerance)
		if gain > 0 {
			change := floats.SubTo(make([]float64, n), next, slope)
			inverse.update(move, change)
			x, slope, next = moved, next, slope
		}
		if gain <= tolerance*max(1, math.Abs(value)/100) && (small || gain <= 0) {
			if again { // from the plain slope too
				break
			}
			inverse, again = newInverse(n, min(1, 0.1/max(floats.Norm(slope, 2), 1e-300))), true
			continue
		}
		again = again && gain <= 0
	}
	return x, value, evaluations
}

// inverse is what descend knows of the inverse of f's second derivatives, by rows.
type inverse struct {
	n int
	h []float64
}

func newInverse(n int, scale float64) *inverse {
	i := &inverse{n, make([]float64, n*n)}
	for k := range n {
		i.h[k*n+k] = scale
	}
	return i
}

func (i *inverse) times(x []float64) []float64 {
	out := make([]float64, i.n)
	for k := range out {
		out[k] = floats.Dot(i.h[k*i.n:(k+1)*i.n], x)
	}
	return out
}

// update learns from a move what the slope did.
func (i *inverse) update(move, change []float64) {
	curve := floats.Dot(move, change)
	if !(curve > 1e-12*floats.Norm(move, 2)*floats.Norm(change, 2)) {
		return // f bends the other way here
	}
	hc := i.times(change)
	both := (1 + floats.Dot(change, hc)/curve) / curve
	for k := range i.n {
		for l := range i.n {
			i.h[k*i.n+l] += both*move[k]*move[l] - (hc[k]*move[l]+move[k]*hc[l])/curve
		}
	}
}
