package stat

import (
	"fmt"
	"math"
)

// Quantile is the quantile of a sample by one of the nine definitions of Hyndman
// & Fan 1996 (The American Statistician 50, 361–365), numbered as there and in R.
// The sample must be sorted, smallest first. Types 1 to 3 step from one order
// statistic to the next, 4 to 9 interpolate; 7 is the default of R and of
// DuckDB's quantile_cont, 1 is DuckDB's quantile_disc (see Quantile7, Quantile1).
//
// It is NaN for an empty sample and for a p outside [0, 1], and panics for a type
// other than 1 to 9.
func Quantile(sorted []float64, p float64, kind int) float64 {
	return quantile(len(sorted), p, kind, func(rank int) float64 { return sorted[rank-1] })
}

// Quantile is what the function of that name gives for the sorted sample.
func (h Histogram) Quantile(p float64, kind int) float64 { return quantile(h.N(), p, kind, h.At) }

// plotting holds a and b of types 4 to 9: the k-th order statistic of n stands at
// p = (k − a)/(n + 1 − a − b).
var plotting = [...]struct{ a, b float64 }{
	4: {0, 1}, 5: {0.5, 0.5}, 6: {0, 0}, 7: {1, 1}, 8: {1. / 3, 1. / 3}, 9: {3. / 8, 3. / 8},
}

func quantile(n int, p float64, kind int, at func(rank int) float64) float64 {
	switch kind {
	case 1:
		return quantile1(n, p, at)
	case 7:
		return quantile7(n, p, at)
	case 2, 3, 4, 5, 6, 8, 9:
	default:
		panic(fmt.Sprintf("stat: quantile type %d: there are 1 to 9", kind))
	}
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	position := float64(n) * p
	switch {
	case kind == 3:
		position -= 0.5
	case kind > 3:
		c := plotting[kind]
		position = c.a + p*(float64(n)+1-c.a-c.b)
	}
	// A position that is an integer but for rounding is that integer, as in Quantile1.
	fuzz := 4 * 0x1p-52 * float64(n)
	floor := math.Floor(position + fuzz)
	h := position - floor
	if math.Abs(h) <= fuzz {
		h = 0
	}
	switch {
	case kind == 2 && h == 0:
		h = 0.5
	case kind == 3 && h == 0 && math.Mod(floor, 2) == 0: // the even one of two equally near
	case kind == 2 || kind == 3:
		h = 1
	}
	k := int(floor)
	lo, hi := at(min(max(k, 1), n)), at(min(max(k+1, 1), n))
	if h == 0 {
		return lo
	}
	return min(lo+h*(hi-lo), hi)
}
