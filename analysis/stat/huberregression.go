package stat

import (
	"errors"
	"fmt"
	"math"
)

// HuberFit is how a robust regression is to be done.
type HuberFit struct {
	K         float64 // residuals up to K scales count in full; HuberK for 95 % efficiency
	MinScale  float64 // a smaller scale counts as this one, in units of y
	Tolerance float64 // stop when no coefficient moves the fit by more than this many scales in any row
	MaxPasses int
}

// RobustRegression is a linear model fitted by Huber's M-estimate. Its Sigma is
// that of the weighted residuals, as if the weights were known; Scale is robust.
type RobustRegression struct {
	Regression
	Scale     float64   // estimate of σ from the MAD, in units of y
	Weights   []float64 // Huber weights, one per row, in (0, 1]; without the weights given
	Passes    int
	Converged bool // false where MaxPasses came first: the fit is then a doubtful one
}

// HuberRegression fits y = Xb by iteratively reweighted least squares with
// Huber's ψ, starting at least squares; in each pass the scale is median|r|/0.6745,
// the residuals taken about 0 (Huber 1981, section 7.8; Venables & Ripley 2002,
// section 6.5). That is rlm() of R's MASS, run to convergence, and RLM(HuberT)
// of statsmodels but for the fifth place of 0.6745. x is given by rows; w are
// weights known beforehand (nil: equal), of rows with variance σ²/w.
//
// Standard errors are κ/mean(ψ′) · √(Σ(wr)²/(n−p)) · √diag((XᵀX)⁻¹) with Huber's
// correction κ = 1 + p·var(ψ′)/(n·mean(ψ′)²) (1981, equation 6.5 of chapter 7), as
// summary.rlm gives them.
//
// It fails as LeastSquares does, and where the scale becomes 0, which happens when
// more than half of the rows fit exactly: MinScale prevents that. Time per pass as
// LeastSquares; from 10 to 40 passes are usual.
func HuberRegression(x [][]float64, y, w []float64, how HuberFit) (RobustRegression, error) {
	if !(how.K > 0) {
		return RobustRegression{}, fmt.Errorf("huber regression: k = %v: take %v", how.K, HuberK)
	}
	start, err := LeastSquares(x, y, w)
	if err != nil {
		return RobustRegression{}, fmt.Errorf("huber regression: %w", err)
	}
	fit := RobustRegression{Regression: start, Weights: make([]float64, len(y))}
	prior := func(i int) float64 {
		if w == nil {
			return 1
		}
		return w[i]
	}
	both := make([]float64, len(y))
	for fit.Passes < how.MaxPasses && !fit.Converged {
		fit.Passes++
		standard := make([]float64, 0, len(y))
		for i, r := range fit.Residuals {
			if prior(i) > 0 {
				standard = append(standard, r*math.Sqrt(prior(i)))
			}
		}
		fit.Scale = max(medianAbs(standard, 0)/madPerSigma, how.MinScale)
		if fit.Scale == 0 {
			return RobustRegression{}, errors.New("huber regression: more than half of the rows fit exactly and the scale is 0: set a MinScale")
		}
		for i, r := range fit.Residuals {
			fit.Weights[i] = HuberWeight(r*math.Sqrt(prior(i)), fit.Scale, how.K)
			both[i] = prior(i) * fit.Weights[i]
		}
		next, err := LeastSquares(x, y, both)
		if err != nil {
			return RobustRegression{}, fmt.Errorf("huber regression: pass %d: %w", fit.Passes, err)
		}
		moved := 0.0
		for i, r := range fit.Residuals {
			moved = max(moved, math.Abs(next.Residuals[i]-r))
		}
		fit.Regression = next
		fit.Converged = moved <= how.Tolerance*fit.Scale
	}
	fit.standardErrors(start, prior, how.K)
	return fit, nil
}

// standardErrors replaces those of the last weighted fit by Huber's.
func (fit *RobustRegression) standardErrors(start Regression, prior func(int) float64, k float64) {
	n, inside, squares := 0.0, 0.0, 0.0
	for i, r := range fit.Residuals {
		if prior(i) == 0 {
			continue
		}
		n++
		standard := r * math.Sqrt(prior(i))
		psi := standard * HuberWeight(standard, fit.Scale, k)
		squares += psi * psi
		if math.Abs(standard) <= k*fit.Scale {
			inside++
		}
	}
	p, mean := float64(len(fit.Coef)), inside/n
	// The sample variance of n zeros and ones of which that share are ones.
	variance := mean * (1 - mean) * n / (n - 1)
	kappa := 1 + p*variance/(n*mean*mean)
	sigma := math.NaN()
	if start.DF > 0 {
		sigma = math.Sqrt(squares/float64(start.DF)) * kappa / mean
	}
	for j := range fit.StdErr {
		fit.StdErr[j] = sigma * math.Sqrt(start.unscaled[j])
	}
}
