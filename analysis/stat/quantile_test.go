package stat

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
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
