package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// WeightedMedian is the smallest value with at least half of the weight at or
// below it. Where a value has exactly half, the tie goes down to that value: the
// result is always one of the sample, and one window over sorted rows gives the
// same in SQL (sum(w) OVER (ORDER BY x) >= sum(w) OVER () / 2). It is
// weightedMedian(interpolate = FALSE, ties = "min") of R's matrixStats. With
// equal weights and an even count it is the lower of the two middles, and not
// their mean, which Histogram.Median is.
//
// Values and weights come in pairs, in any order; weights are relative. It is NaN
// where no weight is positive and where a weight is negative or anything is not a
// finite number; it panics when the lengths differ. Time n log n.
func WeightedMedian(x, w []float64) float64 {
	pairs(x, w)
	type pair struct{ x, w float64 }
	sorted := make([]pair, 0, len(x))
	for i := range x {
		if !finite(x[i]) || !finite(w[i]) || w[i] < 0 {
			return math.NaN()
		}
		if w[i] > 0 {
			sorted = append(sorted, pair{x[i], w[i]})
		}
	}
	slices.SortFunc(sorted, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.w, b.w))
	})
	total := 0.0
	for _, p := range sorted {
		total += p.w
	}
	// Half but for the rounding of the sums is half: ten weights of 0.1 make
	// 0.9999999999999999, and five of them 0.5.
	half := total/2 - total*0x1p-53*float64(len(sorted))
	sum := 0.0
	for _, p := range sorted {
		if sum += p.w; sum >= half {
			return p.x
		}
	}
	return math.NaN()
}

// WeightedMean is Σwx/Σw, summed in the order given; NaN where the weights add up
// to nothing. It panics when the lengths differ.
func WeightedMean(x, w []float64) float64 {
	pairs(x, w)
	sum, total := 0.0, 0.0
	for i := range x {
		sum += w[i] * x[i]
		total += w[i]
	}
	if total == 0 {
		return math.NaN()
	}
	return sum / total
}

// KishN is the effective size of a weighted sample, (Σw)²/Σw²: the number of
// equally weighted values whose mean would vary as much (Kish, Survey Sampling,
// 1965, section 11.7). It lies between 1 and the number of weights, is 0 when no
// weight is positive, and does not change when all weights are scaled, however
// small they are. The sums run in the order given.
func KishN(w []float64) float64 {
	largest := 0.0
	for _, v := range w {
		largest = max(largest, v)
	}
	if largest == 0 {
		return 0
	}
	sum, squares := 0.0, 0.0
	for _, v := range w {
		v /= largest // or the squares of old sales' weights would vanish
		sum += v
		squares += v * v
	}
	return sum * sum / squares
}

func pairs(x, w []float64) {
	if len(x) != len(w) {
		panic(fmt.Sprintf("stat: %d values with %d weights", len(x), len(w)))
	}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
