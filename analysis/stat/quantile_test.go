package stat

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// Hyndman & Fan 1996 by hand on 1 2 4 8: type 7 at p sits at 1 + 3p, so p = 0.25
// is at 1.75 (1 + 0.75·1), p = 0.5 at 2.5 (2 + 0.5·2); type 1 is the ⌈4p⌉-th.
func TestQuantilesByHand(t *testing.T) {
	x := []float64{1, 2, 4, 8}
	for _, c := range []struct{ p, q7, q1 float64 }{
		{0, 1, 1}, {0.25, 1.75, 1}, {0.26, 1.78, 2}, {0.5, 3, 2}, {0.75, 5, 4}, {1, 8, 8},
	} {
		if got := Quantile7(x, c.p); math.Abs(got-c.q7) > 1e-15 {
			t.Errorf("Quantile7(%v) = %v, want %v", c.p, got, c.q7)
		}
		if got := Quantile1(x, c.p); got != c.q1 {
			t.Errorf("Quantile1(%v) = %v, want %v", c.p, got, c.q1)
		}
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN()} {
		if q7, q1 := Quantile7(x, p), Quantile1(x, p); !math.IsNaN(q7) || !math.IsNaN(q1) {
			t.Errorf("p=%v: %v and %v, want NaN", p, q7, q1)
		}
	}
	if q7, q1 := Quantile7(nil, 0.5), Quantile1(nil, 0.5); !math.IsNaN(q7) || !math.IsNaN(q1) {
		t.Errorf("empty sample: %v and %v, want NaN", q7, q1)
	}
}

// n·p just above an integer by rounding alone: 20 × 0.55 = 11.000000000000002.
func TestQuantile1IgnoresRounding(t *testing.T) {
	x := make([]float64, 20)
	for i := range x {
		x[i] = float64(i + 1)
	}
	if got := Quantile1(x, 0.55); got != 11 {
		t.Errorf("the 0.55 quantile of 1…20 is %v, want 11", got)
	}
}

// The quantiles that R 4.2.2 computed for 12 samples (../shared/cases/stat_quantiles,
// tolerance 1e-10 relative), of the sorted sample and of its histogram.
func TestQuantilesAgreeWithR(t *testing.T) {
	dir := sharedCase(t, "stat_quantiles")
	samples := map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		samples[r[0]] = append(samples[r[0]], number(t, r[2]))
	}
	histograms := map[string]Histogram{}
	for name, x := range samples {
		counts := make([]Count, len(x))
		for i, v := range x {
			counts[i] = Count{v, 1}
		}
		h, err := NewHistogram(counts)
		if err != nil {
			t.Fatal(err)
		}
		histograms[name] = h
		slices.Sort(x)
	}
	compared := 0
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		p, want := number(t, r[2]), number(t, r[3])
		got := map[string]float64{}
		switch r[1] {
		case "1":
			got["sorted"] = Quantile1(samples[r[0]], p)
		case "7":
			got["sorted"] = Quantile7(samples[r[0]], p)
			got["histogram"] = histograms[r[0]].Quantile7(p)
		default:
			continue
		}
		for how, g := range got {
			compared++
			if !(math.Abs(g-want) <= 1e-10*math.Abs(want)) {
				t.Errorf("%s type %s p=%v, %s: %v, R has %v", r[0], r[1], p, how, g, want)
			}
		}
	}
	// 12 samples, 9 values of p, type 1 once and type 7 twice.
	if compared != 12*9*3 {
		t.Errorf("compared %d quantiles, want %d", compared, 12*9*3)
	}
}

// sharedCase finds a folder of reference results beside the repository, or skips.
func sharedCase(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("GREYBOOK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "cases", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no %s: set GREYBOOK_SHARED to the folder that holds cases/%s", dir, name)
	}
	return dir
}

// readCSV reads the rows of a file after its header.
func readCSV(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", file, err))
	}
	return rows[1:]
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
