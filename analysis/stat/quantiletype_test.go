package stat

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// R 4.2.2's quantile(), types 1 to 9, of 12 samples (../shared/cases/stat_quantiles,
// tolerance 1e-10 relative), of the sorted sample and of its histogram.
func TestQuantileTypesAgreeWithR(t *testing.T) {
	dir := sharedCase(t, "stat_quantiles")
	samples, histograms := map[string][]float64{}, map[string]Histogram{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		samples[r[0]] = append(samples[r[0]], number(t, r[2]))
	}
	for name, x := range samples {
		slices.Sort(x)
		histograms[name] = histogramOf(t, x)
	}
	var off worst
	rows := readCSV(t, filepath.Join(dir, "expected.csv"))
	for _, r := range rows {
		kind, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		p, want := number(t, r[2]), number(t, r[3])
		a, b := Quantile(samples[r[0]], p, kind), histograms[r[0]].Quantile(p, kind)
		if a != b {
			t.Errorf("%s type %d p=%v: %v of the sample, %v of its histogram", r[0], kind, p, a, b)
		}
		off.see(a/want, 1)
		if math.Abs(a-want) > 1e-10*math.Abs(want) {
			t.Errorf("%s type %d p=%v: %v, R has %v", r[0], kind, p, a, want)
		}
	}
	if len(rows) != 12*9*9 {
		t.Errorf("compared %d quantiles, want 12 samples, 9 types, 9 values of p", len(rows))
	}
	off.within(t, "quantiles, relative", 1e-10)
}

func histogramOf(t interface{ Fatal(...any) }, x []float64) Histogram {
	counts := make([]Count, len(x))
	for i, v := range x {
		counts[i] = Count{v, 1}
	}
	return mustHistogram(t, counts)
}

// Hyndman & Fan's definitions by hand on 1 2 4 8 at ¼: n·p = 1 exactly. Type 2: the
// mean of the first two. Type 3: n·p − ½ = ½, between 0 and 1: the first. 4: at n·p = 1.
// 5: at n·p + ½ = 1.5. 6: at (n+1)p = 1.25. 8: at (n+⅓)p + ⅓ = 17/12. 9: at (n+¼)p + ⅜ =
// 23/16.
func TestQuantileTypesByHand(t *testing.T) {
	x := []float64{1, 2, 4, 8}
	for kind, want := range map[int]float64{1: 1, 2: 1.5, 3: 1, 4: 1, 5: 1.5, 6: 1.25, 7: 1.75, 8: 17. / 12, 9: 23. / 16} {
		if got := Quantile(x, 0.25, kind); math.Abs(got-want) > 1e-15 {
			t.Errorf("type %d: %v, want %v", kind, got, want)
		}
	}
}

func TestQuantileTypesAreOrderedAndInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64Range(-9, 9), 1, 30).Draw(t, "x")))
		kind := rapid.IntRange(1, 9).Draw(t, "type")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(p, 1).Draw(t, "q")
		a, b := Quantile(x, p, kind), Quantile(x, q, kind)
		if !(x[0] <= a && a <= b+1e-12 && b <= x[len(x)-1]) {
			t.Fatalf("type %d: %v at %v, %v at %v, of %v", kind, a, p, b, q, x)
		}
	})
	if !math.IsNaN(Quantile(nil, 0.5, 6)) || !math.IsNaN(Quantile([]float64{1}, 1.1, 6)) {
		t.Error("an empty sample or a p above 1 has a quantile")
	}
	defer func() {
		if recover() == nil {
			t.Error("type 10 did not panic")
		}
	}()
	Quantile([]float64{1}, 0.5, 10)
}
