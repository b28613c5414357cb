package stat

import "math"

// Quantile7 is the quantile of a sample that interpolates between the two order
// statistics around 1 + (n−1)p: type 7 of Hyndman & Fan 1996, R's default and
// DuckDB's quantile_cont on DOUBLE. The sample must be sorted, smallest first.
// It is NaN for an empty sample and for a p outside [0, 1].
func Quantile7(sorted []float64, p float64) float64 {
	return quantile7(len(sorted), p, func(rank int) float64 { return sorted[rank-1] })
}

// Quantile1 is the quantile of a sample that is always one of its values, the
// smallest with at least a share p of the sample at or below it: type 1 of
// Hyndman & Fan 1996, DuckDB's quantile_disc. The sample must be sorted,
// smallest first. It is NaN for an empty sample and for a p outside [0, 1].
func Quantile1(sorted []float64, p float64) float64 {
	return quantile1(len(sorted), p, func(rank int) float64 { return sorted[rank-1] })
}

// quantile1 is Quantile1 over anything that knows its order statistics.
func quantile1(n int, p float64, at func(rank int) float64) float64 {
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	// n·p that is an integer but for rounding counts as that integer: in float64,
	// 20 × 0.55 is 11.000000000000002, and the 11th of 20 is meant.
	const fuzz = 4 * 0x1p-52
	rank := int(math.Ceil(float64(n)*p - fuzz*float64(n)))
	return at(max(rank, 1))
}

// quantile7 is Quantile7 over anything that knows its order statistics.
func quantile7(n int, p float64, at func(rank int) float64) float64 {
	if n == 0 || !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	h := float64(n-1) * p
	floor := math.Floor(h)
	lo := at(int(floor) + 1)
	if h == floor {
		return lo
	}
	hi := at(int(floor) + 2)
	// Rounding must not lift the result over the sample's own value.
	return min(lo+(h-floor)*(hi-lo), hi)
}
