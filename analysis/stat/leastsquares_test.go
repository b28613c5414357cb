package stat

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// NIST StRD, Longley (www.itl.nist.gov/div898/strd/lls/data/Longley.shtml): the data,
// the certified coefficients with their standard deviations, and the residual one.
func TestLongley(t *testing.T) {
	dir := sharedCase(t, "nist_longley")
	var x [][]float64
	var y []float64
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		row := []float64{1}
		for _, c := range r[1:] {
			row = append(row, number(t, c))
		}
		x, y = append(x, row), append(y, number(t, r[0]))
	}
	fit, err := LeastSquares(x, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	var coef, errors worst
	for j, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		if r[0] == "resid_sd" {
			coef.see(fit.Sigma/number(t, r[2]), 1)
			continue
		}
		coef.see(fit.Coef[j]/number(t, r[2]), 1)
	}
	for j, want := range []float64{890420.383607373, 84.9149257747669, 0.334910077722432e-1, 0.488399681651699,
		0.214274163161675, 0.226073200069370, 455.478499142212} {
		errors.see(fit.StdErr[j]/want, 1)
	}
	coef.within(t, "coefficients, relative", 1e-9)
	errors.within(t, "standard errors, relative", 1e-9)
	if fit.DF != 9 {
		t.Errorf("%d degrees of freedom, want 9", fit.DF)
	}
}

// A weight of n is n equal rows, but for the degrees of freedom.
func TestLeastSquaresWeightsAreCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, xs [][]float64
		var y, w, ys []float64
		for i := range rapid.IntRange(3, 12).Draw(t, "rows") {
			row := []float64{1, float64(i), rapid.Float64Range(-2, 2).Draw(t, "x")}
			v, n := rapid.Float64Range(-5, 5).Draw(t, "y"), rapid.IntRange(0, 3).Draw(t, "n")
			if i < 3 {
				n, row[2] = 1, float64(i*i)
			}
			x, y, w = append(x, row), append(y, v), append(w, float64(n))
			for range n {
				xs, ys = append(xs, row), append(ys, v)
			}
		}
		a, err := LeastSquares(x, y, w)
		if err != nil {
			t.Fatal(err)
		}
		b, err := LeastSquares(xs, ys, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j := range a.Coef {
			if math.Abs(a.Coef[j]-b.Coef[j]) > 1e-9 {
				t.Fatalf("weighted %v, repeated %v", a.Coef, b.Coef)
			}
			// The normal equations: XᵀWr = 0.
			dot := 0.0
			for i := range x {
				dot += w[i] * x[i][j] * a.Residuals[i]
			}
			if math.Abs(dot) > 1e-8 {
				t.Fatalf("column %d: Xᵀr = %v", j, dot)
			}
		}
	})
}

func TestLeastSquaresErrors(t *testing.T) {
	for _, c := range []struct {
		x    [][]float64
		y, w []float64
		want string
	}{
		{nil, nil, nil, "no rows"},
		{[][]float64{{}}, []float64{1}, nil, "no columns"},
		{[][]float64{{1}}, nil, nil, "1 rows, 0 values"},
		{[][]float64{{1}, {1}}, []float64{1, 2}, []float64{1}, "1 weights"},
		{[][]float64{{1}, {1, 2}}, []float64{1, 2}, nil, "row 1 has 2 columns"},
		{[][]float64{{1}, {math.NaN()}}, []float64{1, 2}, nil, "row 1"},
		{[][]float64{{1}, {1}}, []float64{1, 2}, []float64{1, -1}, "row 1"},
		{[][]float64{{1, 2}}, []float64{1}, nil, "1 rows with weight for 2 columns"},
		{[][]float64{{1, 2}, {1, 3}}, []float64{1, 2}, []float64{1, 0}, "1 rows with weight for 2 columns"},
		{[][]float64{{1, 0}, {1, 0}}, []float64{1, 2}, nil, "column 1 is 0"},
		{[][]float64{{1, 1, 2}, {1, 2, 3}, {1, 4, 5}, {1, 7, 8}}, []float64{1, 2, 3, 4}, nil, "column 2 is a combination"},
	} {
		if _, err := LeastSquares(c.x, c.y, c.w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v %v: %v, want an error with %q", c.x, c.y, c.w, err, c.want)
		}
	}
	fit, err := LeastSquares([][]float64{{1, 0}, {1, 2}}, []float64{1, 5}, nil)
	if err != nil || math.Abs(fit.Coef[0]-1) > 1e-14 || math.Abs(fit.Coef[1]-2) > 1e-14 || !math.IsNaN(fit.StdErr[0]) {
		t.Errorf("two points: %+v, %v; want y = 1 + 2x without errors", fit, err)
	}
}
