package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
)

// Count is a value and how often it occurred.
type Count struct {
	Value float64
	N     int
}

// Histogram is a sample held as its distinct values with their counts, smallest
// first: a million sale multiples at few decimals are some thousand of them. It
// answers what the sorted sample would answer, exactly. The zero Histogram is
// the empty sample.
type Histogram struct {
	values []float64 // distinct, ascending
	upTo   []int     // how many of the sample are at or below values[i]
}

// Interval is a pair of order statistics around the median, and the probability
// with which such a pair encloses it.
type Interval struct {
	Lo, Hi   float64
	Coverage float64 // at least the level asked for, in 0..1
}

// NewHistogram builds a histogram from values with their counts, in any order; a
// value may come more than once, and a count of 0 adds nothing. A count below 0
// and a value that is not a finite number are errors.
func NewHistogram(counts []Count) (Histogram, error) {
	for _, c := range counts {
		if c.N < 0 {
			return Histogram{}, fmt.Errorf("value %v has a count of %d: counts start at 0", c.Value, c.N)
		}
		if math.IsNaN(c.Value) || math.IsInf(c.Value, 0) {
			return Histogram{}, fmt.Errorf("value %v with a count of %d is not a finite number", c.Value, c.N)
		}
	}
	byValue := func(a, b Count) int { return cmp.Compare(a.Value, b.Value) }
	if !slices.IsSortedFunc(counts, byValue) {
		counts = slices.Clone(counts)
		slices.SortFunc(counts, byValue)
	}
	h := Histogram{values: make([]float64, 0, len(counts)), upTo: make([]int, 0, len(counts))}
	n := 0
	for _, c := range counts {
		if c.N == 0 {
			continue
		}
		if c.N > math.MaxInt-n {
			return Histogram{}, fmt.Errorf("the counts add up to more than %d", math.MaxInt)
		}
		n += c.N
		if last := len(h.values) - 1; last >= 0 && h.values[last] == c.Value {
			h.upTo[last] = n
			continue
		}
		h.values = append(h.values, c.Value+0) // +0 makes −0 and 0 one value in print too
		h.upTo = append(h.upTo, n)
	}
	return h, nil
}

// N is the size of the sample.
func (h Histogram) N() int {
	if len(h.upTo) == 0 {
		return 0
	}
	return h.upTo[len(h.upTo)-1]
}

// At is the order statistic of that rank, counted from 1: At(1) is the smallest
// value, At(N()) the largest. It panics for any other rank, as an index out of
// range does.
func (h Histogram) At(rank int) float64 {
	if rank < 1 || rank > h.N() {
		panic(fmt.Sprintf("stat: rank %d of a sample of %d", rank, h.N()))
	}
	return h.values[sort.SearchInts(h.upTo, rank)]
}

// Quantile7 is the type 7 quantile, as the function of that name gives it for
// the sorted sample.
func (h Histogram) Quantile7(p float64) float64 { return quantile7(h.N(), p, h.At) }

// Median is the type 7 quantile at ½; NaN for the empty sample.
func (h Histogram) Median() float64 { return h.Quantile7(0.5) }

// MedianInterval is the exact interval of the median at this level: see
// MedianRanks. ok is false where the sample is too small to carry one.
func (h Histogram) MedianInterval(level float64) (iv Interval, ok bool) {
	n := h.N()
	k, coverage, ok := MedianRanks(n, level)
	if !ok {
		return Interval{}, false
	}
	return Interval{Lo: h.At(k), Hi: h.At(n - k + 1), Coverage: coverage}, true
}

// CountAbove is how many of the sample are above x; values equal to x are not.
func (h Histogram) CountAbove(x float64) int {
	i := sort.Search(len(h.values), func(i int) bool { return h.values[i] > x })
	if i == 0 {
		return h.N()
	}
	return h.N() - h.upTo[i-1]
}

// ShareAbove is the share of the sample above x, in 0..1; values equal to x are
// not above it. NaN for the empty sample.
func (h Histogram) ShareAbove(x float64) float64 {
	if h.N() == 0 {
		return math.NaN()
	}
	return float64(h.CountAbove(x)) / float64(h.N())
}
