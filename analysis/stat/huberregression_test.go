package stat

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
)

var tight = HuberFit{K: HuberK, Tolerance: 1e-13, MaxPasses: 500}

func stackloss(t *testing.T) (dir string, x [][]float64, y []float64) {
	t.Helper()
	dir = sharedCase(t, "huber_regression")
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		x = append(x, []float64{1, number(t, r[0]), number(t, r[1]), number(t, r[2])})
		y = append(y, number(t, r[3]))
	}
	return dir, x, y
}

// Brownlee's stack loss: rlm of MASS run to 1e-13, ordinary least squares of R, and
// statsmodels' RLM (../shared/cases/huber_regression, tolerance 1e-5). With its default
// stop, rlm does nine passes; its documentation prints the standard errors of that.
func TestHuberRegressionAgreesWithMASS(t *testing.T) {
	dir, x, y := stackloss(t)
	fit, err := HuberRegression(x, y, nil, tight)
	if err != nil || !fit.Converged {
		t.Fatalf("converged %v after %d passes, %v", fit.Converged, fit.Passes, err)
	}
	ols, err := LeastSquares(x, y, nil)
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{"(Intercept)": 0, "Air.Flow": 1, "Water.Temp": 2, "Acid.Conc.": 3}
	var robust, plain, weights worst
	seen := 0
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want := number(t, r[2])
		j, isCoef := column[r[1]]
		switch {
		case r[0] == "rlm_huber_k1.345_MAD_converged" && isCoef:
			robust.see(fit.Coef[j]/want, 1)
		case r[0] == "rlm_huber_k1.345_MAD_converged":
			robust.see(fit.Scale/want, 1)
		case r[0] == "ols" && isCoef:
			plain.see(ols.Coef[j]/want, 1)
		case r[0] == "ols":
			plain.see(ols.Sigma/want, 1)
		case r[0] == "rlm_huber_converged_weights":
			weights.see(fit.Weights[int(number(t, r[1][1:]))-1], want)
		default:
			continue
		}
		seen++
	}
	if seen != 5+5+21 {
		t.Errorf("compared %d numbers, want 31", seen)
	}
	t.Logf("%d passes", fit.Passes)
	robust.within(t, "rlm coefficients and scale, relative", 1e-5)
	weights.within(t, "rlm weights", 1e-5)
	plain.within(t, "least squares, relative", 1e-10)
	for j, want := range []float64{-41.02649835, 0.82938433, 0.92606597, -0.12784672} {
		if math.Abs(fit.Coef[j]/want-1) > 1e-5 {
			t.Errorf("column %d: %v, statsmodels has %v", j, fit.Coef[j], want)
		}
	}
	nine := tight
	nine.MaxPasses = 9
	if fit, err = HuberRegression(x, y, nil, nine); err != nil {
		t.Fatal(err)
	}
	for j, want := range []float64{9.8073, 0.1112, 0.3034, 0.1289} {
		if math.Abs(fit.StdErr[j]-want) > 5e-5 {
			t.Errorf("standard error of column %d after nine passes is %v, MASS prints %v", j, fit.StdErr[j], want)
		}
	}
}

// A row of weight 0 has a residual and nothing else; all weights doubled change nothing
// but the scale's unit.
func TestHuberRegressionWeights(t *testing.T) {
	_, x, y := stackloss(t)
	without, err := HuberRegression(x[:20], y[:20], nil, tight)
	if err != nil {
		t.Fatal(err)
	}
	w := make([]float64, 21)
	for i := range 20 {
		w[i] = 2
	}
	zero, err := HuberRegression(x, y, w, tight)
	if err != nil {
		t.Fatal(err)
	}
	for j := range without.Coef {
		if math.Abs(zero.Coef[j]/without.Coef[j]-1) > 1e-9 || math.Abs(zero.StdErr[j]/without.StdErr[j]-1) > 1e-9 {
			t.Errorf("column %d: %v ± %v, with the row left out %v ± %v", j, zero.Coef[j], zero.StdErr[j], without.Coef[j], without.StdErr[j])
		}
	}
	if math.Abs(zero.Scale/(without.Scale*math.Sqrt2)-1) > 1e-9 {
		t.Errorf("scale %v, want √2 × %v", zero.Scale, without.Scale)
	}
}

func TestHuberRegressionEdges(t *testing.T) {
	x := [][]float64{{1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}}
	line := []float64{1, 3, 5, 7, 9}
	if _, err := HuberRegression(x, []float64{0, 0, 0, 0, 0}, nil, tight); err == nil || !strings.Contains(err.Error(), "MinScale") {
		t.Errorf("an exact fit: %v", err)
	}
	how := tight
	how.MinScale = 0.01
	fit, err := HuberRegression(x, line, nil, how)
	if err != nil || !fit.Converged || math.Abs(fit.Coef[1]-2) > 1e-12 {
		t.Errorf("an exact fit with a least scale: %+v, %v", fit, err)
	}
	how.MaxPasses = 1
	if fit, err = HuberRegression(x, []float64{1, 3, 50, 7, 9}, nil, how); err != nil || fit.Converged {
		t.Errorf("one pass: converged %v, %v", fit.Converged, err)
	}
	if _, err := HuberRegression(x, line, nil, HuberFit{MaxPasses: 9}); err == nil {
		t.Error("k = 0 is no error")
	}
	if _, err := HuberRegression(x[:1], line[:1], nil, tight); err == nil {
		t.Error("one row for two columns is no error")
	}
}
