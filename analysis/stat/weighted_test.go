package stat

import (
	"math"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// matrixStats 0.63, Hmisc 4.8 and the formula of Kish on 12 samples with a half-life of
// five rows (../shared/cases/stat_weighted; its weights are printed to 12 places).
func TestWeightedAgreesWithR(t *testing.T) {
	dir := sharedCase(t, "stat_weighted")
	x, w := map[string][]float64{}, map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		x[r[0]] = append(x[r[0]], number(t, r[2]))
		w[r[0]] = append(w[r[0]], number(t, r[3]))
	}
	var mean, kish worst
	compared := 0
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want := number(t, r[2])
		switch r[1] {
		case "matrixStats::weightedMedian(interpolate=FALSE,ties=min)":
			if got := WeightedMedian(x[r[0]], w[r[0]]); got != want {
				t.Errorf("%s: weighted median %v, matrixStats has %v", r[0], got, want)
			}
		case "Hmisc::wtd.mean":
			mean.see(WeightedMean(x[r[0]], w[r[0]])/want, 1)
		case "kish_neff=(sum w)^2/sum w^2":
			kish.see(KishN(w[r[0]])/want, 1)
		default:
			continue
		}
		compared++
	}
	if compared != 3*12 {
		t.Errorf("compared %d numbers, want 36", compared)
	}
	mean.within(t, "weighted mean, relative", 1e-10)
	kish.within(t, "effective size, relative", 1e-10)
}

func TestWeightedMedianTies(t *testing.T) {
	tenth := []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}
	for _, c := range []struct {
		x, w []float64
		want float64
	}{
		{[]float64{3, 1, 2, 4}, []float64{1, 1, 1, 1}, 2},                   // exactly half at 2: down
		{[]float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, tenth, 5},                // half but for rounding
		{[]float64{1, 2, 3}, []float64{1, 1, 2.5}, 3},                       // 2 of 4.5 is less than half
		{[]float64{1, 2, 3}, []float64{0, 0, 1e-300}, 3},                    // weights of 0 don't count
		{[]float64{1, 2}, []float64{0, 0}, math.NaN()},                      //
		{[]float64{1, 2}, []float64{1, -1}, math.NaN()},                     //
		{[]float64{1, math.NaN()}, []float64{1, 1}, math.NaN()},             //
		{nil, nil, math.NaN()},                                              //
		{[]float64{5, 5, 1}, []float64{0.3, 0.3, 0.5}, 5},                   // equal values add up
		{[]float64{1, 2, 3}, []float64{math.Inf(1), 1, 1}, math.NaN()},      //
		{[]float64{1, 2, 3, 4, 5}, []float64{1e-9, 1e-9, 1, 1e-9, 1e-9}, 3}, //
	} {
		if got := WeightedMedian(c.x, c.w); !same(got, c.want) {
			t.Errorf("WeightedMedian(%v, %v) = %v, want %v", c.x, c.w, got, c.want)
		}
	}
	if !math.IsNaN(WeightedMean([]float64{1}, []float64{0})) {
		t.Error("the mean of nothing is a number")
	}
}

func TestWeightedMedianProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		order := rapid.Permutation(rangeTo(n)).Draw(t, "order")
		x, w := make([]float64, n), make([]float64, n)
		y, v := make([]float64, n), make([]float64, n)
		for i := range n {
			x[i] = float64(rapid.IntRange(0, 9).Draw(t, "x"))
			w[i] = rapid.Float64Range(0.01, 2).Draw(t, "w")
			y[order[i]], v[order[i]] = x[i], w[i]
		}
		m := WeightedMedian(x, w)
		if got := WeightedMedian(y, v); got != m {
			t.Fatalf("%v, in another order %v", m, got)
		}
		below, upTo, total := 0.0, 0.0, 0.0
		for i := range x {
			total += w[i]
			if x[i] < m {
				below += w[i]
			}
			if x[i] <= m {
				upTo += w[i]
			}
		}
		if upTo < total/2-1e-12 || below > total/2+1e-12 {
			t.Fatalf("%v has %v below and %v up to it, of %v", m, below, upTo, total)
		}
	})
}

func TestKishN(t *testing.T) {
	for _, c := range []struct {
		w    []float64
		want float64
	}{
		{nil, 0}, {[]float64{0, 0}, 0}, {[]float64{3}, 1}, {[]float64{1, 1, 1, 1}, 4},
		{[]float64{2, 1}, 9. / 5}, {[]float64{1e-200, 1e-200}, 2}, {[]float64{1e200, 1e200, 1e200}, 3},
	} {
		if got := KishN(c.w); math.Abs(got-c.want) > 1e-15*c.want {
			t.Errorf("KishN(%v) = %v, want %v", c.w, got, c.want)
		}
	}
}
