package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// RateInterval encloses the expected number of events behind a count, with
// probability level or more, where events come one by one and independently: the
// exact interval of a Poisson mean. Of no event it starts at 0. A count below 0 or a
// level outside (0, 1) gives NaN.
//
// Source: Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936).
func RateInterval(count int, level float64) (lo, hi float64) {
	if count < 0 || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	tail := (1 - level) / 2
	if count > 0 {
		lo = distuv.Gamma{Alpha: float64(count), Beta: 1}.Quantile(tail)
	}
	return lo, distuv.Gamma{Alpha: float64(count) + 1, Beta: 1}.Quantile(1 - tail)
}

// ShareInterval encloses the share behind k of n independent events, with probability
// level or more: the exact interval of a binomial share. NaN where k is outside 0..n,
// n is 0 or the level is outside (0, 1).
//
// Source: Clopper & Pearson, The use of confidence or fiducial limits illustrated in
// the case of the binomial, Biometrika 26 (1934).
func ShareInterval(k, n int, level float64) (lo, hi float64) {
	if k < 0 || k > n || n < 1 || !(level > 0 && level < 1) {
		return math.NaN(), math.NaN()
	}
	tail := (1 - level) / 2
	lo, hi = 0, 1
	if k > 0 {
		lo = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail)
	}
	if k < n {
		hi = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return lo, hi
}
