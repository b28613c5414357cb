package stat

import (
	"fmt"
	"math"
	"slices"
)

// Volatility is how much an index trembles: for every run of window changes
// (simple returns I(t)/I(t−1) − 1) their standard deviation, and the mean and
// median of these (hpiR's calcVolatility).
type Volatility struct {
	Rolling      []float64 // one for each run: weeks − window of them
	Mean, Median float64
}

// IndexVolatility measures an index of positive values. The window must hold two
// changes or more, and not more than the index has.
func IndexVolatility(index []float64, window int) (Volatility, error) {
	if window < 2 || window > len(index)-1 {
		return Volatility{}, fmt.Errorf("a window of %d changes of an index of %d values: give 2 to %d", window, len(index), len(index)-1)
	}
	step := make([]float64, len(index)-1)
	for t := range step {
		step[t] = (index[t+1] - index[t]) / index[t]
	}
	v := Volatility{}
	for t := 0; t+window <= len(step); t++ {
		run, mean, square := step[t:t+window], 0.0, 0.0
		for _, x := range run {
			mean += x / float64(window)
		}
		for _, x := range run {
			square += (x - mean) * (x - mean)
		}
		v.Rolling = append(v.Rolling, math.Sqrt(square/float64(window-1)))
	}
	c := centre(v.Rolling)
	v.Mean, v.Median = c.Mean, c.Median
	return v, nil
}

// Revision is how values changed from one vintage to the next, in the units of
// the vintages: signed changes show a bias, absolute ones the size.
type Revision struct {
	N            int // changes
	Mean, Median float64
	AbsMean      float64
	AbsMedian    float64
}

// revision summarises changes; NaN without any.
func revision(changes []float64) Revision {
	abs := make([]float64, len(changes))
	for i, x := range changes {
		abs[i] = math.Abs(x)
	}
	c, a := centre(changes), centre(abs)
	return Revision{len(changes), c.Mean, c.Median, a.Mean, a.Median}
}

type centred struct{ Mean, Median float64 }

func centre(x []float64) centred {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	sorted := slices.Sorted(slices.Values(x))
	return centred{sum / float64(len(x)), Quantile7(sorted, 0.5)}
}

// IndexRevision measures vintages of one index, oldest first, each of weeks 0…;
// a later one is as long as the one before or longer.
//
// byWeek is of every week that has a successor vintage: its changes from each
// vintage to the next. all counts every week once, as hpiR's calcRevision does:
// the mean and the median of the weeks' means, the mean of their absolute means,
// and the median of their absolute medians, with N the number of weeks.
func IndexRevision(vintages [][]float64) (byWeek []Revision, all Revision, err error) {
	var changes [][]float64
	err = eachRevision(vintages, func(week, _ int, change float64) {
		for len(changes) <= week {
			changes = append(changes, nil)
		}
		changes[week] = append(changes[week], change)
	})
	var means, absMeans, absMedians []float64
	for _, c := range changes {
		r := revision(c)
		byWeek = append(byWeek, r)
		means = append(means, r.Mean)
		absMeans = append(absMeans, r.AbsMean)
		absMedians = append(absMedians, r.AbsMedian)
	}
	m := centre(means)
	return byWeek, Revision{len(byWeek), m.Mean, m.Median, centre(absMeans).Mean, centre(absMedians).Median}, err
}

// RevisionByHorizon groups the same changes by the age of the value that changed:
// element h is of values that were h weeks old, 0 the newest week of its vintage.
func RevisionByHorizon(vintages [][]float64) ([]Revision, error) {
	var changes [][]float64
	err := eachRevision(vintages, func(_, age int, change float64) {
		for len(changes) <= age {
			changes = append(changes, nil)
		}
		changes[age] = append(changes[age], change)
	})
	var out []Revision
	for _, c := range changes {
		out = append(out, revision(c))
	}
	return out, err
}

// eachRevision calls yield for every change, in order of vintage and week.
func eachRevision(vintages [][]float64, yield func(week, age int, change float64)) error {
	for v := 1; v < len(vintages); v++ {
		before, after := vintages[v-1], vintages[v]
		if len(after) < len(before) {
			return fmt.Errorf("vintage %d has %d weeks, the one before %d: give them oldest first", v, len(after), len(before))
		}
		for t, x := range before {
			yield(t, len(before)-1-t, after[t]-x)
		}
	}
	return nil
}
