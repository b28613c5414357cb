package stat

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Regression is a fitted linear model y = Xb + e.
type Regression struct {
	Coef      []float64 // one per column of X, in units of y per unit of the column
	StdErr    []float64 // of Coef; NaN where DF is 0
	Residuals []float64 // y − Xb, one per row
	Sigma     float64   // residual standard deviation, in units of y; NaN where DF is 0
	DF        int       // rows with weight − columns
	unscaled  []float64 // diagonal of (XᵀWX)⁻¹
}

// LeastSquares fits y = Xb by minimising Σ w(y − Xb)², with x given by rows: no
// intercept is added, give a column of ones. w nil means equal weights; a row of
// weight 0 gets a residual and has no other part in the fit. Standard errors are
// Sigma·√diag((XᵀWX)⁻¹), the classical ones: they take the errors to be
// independent, with variance σ²/w.
//
// It works by Householder QR of the columns scaled to like lengths (Golub &
// Van Loan, Matrix Computations, 4th ed. 2013, section 5.3), so that ill-scaled
// columns cost no digits: NIST's Longley comes out to 1e-11. A column that is a
// combination of those before it (to 1e-11 of its length) is an error that names
// it, as are lengths that differ, fewer rows than columns, values that are not
// finite.
//
// Time n p², memory n p, for n rows and p columns; thousands of columns are for a
// solver that knows their structure.
func LeastSquares(x [][]float64, y, w []float64) (Regression, error) {
	rows, p, err := checkDesign(x, y, w)
	if err != nil {
		return Regression{}, err
	}
	a, b := mat.NewDense(rows, p, nil), mat.NewVecDense(rows, nil)
	row := 0
	for i := range x {
		s := 1.0
		if w != nil {
			s = math.Sqrt(w[i])
		}
		if s == 0 {
			continue
		}
		for j, v := range x[i] {
			a.Set(row, j, s*v)
		}
		b.SetVec(row, s*y[i])
		row++
	}
	length, err := unitColumns(a)
	if err != nil {
		return Regression{}, err
	}
	r, coef, err := solveQR(a, b)
	if err != nil {
		return Regression{}, err
	}
	fit := Regression{Coef: coef, DF: rows - p, unscaled: make([]float64, p), Residuals: make([]float64, len(y))}
	// (AᵀA)⁻¹ = R⁻¹R⁻ᵀ: its diagonal is the squared length of the rows of R⁻¹.
	var inv mat.TriDense
	if err := inv.InverseTri(r); err != nil {
		return Regression{}, fmt.Errorf("least squares: %w", err)
	}
	for j := range p {
		fit.Coef[j] /= length[j]
		for k := j; k < p; k++ {
			v := inv.At(j, k) / length[j]
			fit.unscaled[j] += v * v
		}
	}
	fit.finish(x, y, w)
	return fit, nil
}

// finish derives residuals and what rests on them.
func (fit *Regression) finish(x [][]float64, y, w []float64) {
	ss := 0.0
	for i := range x {
		fit.Residuals[i] = y[i]
		for j, v := range x[i] {
			fit.Residuals[i] -= v * fit.Coef[j]
		}
		s := 1.0
		if w != nil {
			s = w[i]
		}
		ss += s * fit.Residuals[i] * fit.Residuals[i]
	}
	fit.Sigma = math.NaN()
	if fit.DF > 0 {
		fit.Sigma = math.Sqrt(ss / float64(fit.DF))
	}
	fit.StdErr = make([]float64, len(fit.Coef))
	for j, v := range fit.unscaled {
		fit.StdErr[j] = fit.Sigma * math.Sqrt(v)
	}
}

// unitColumns divides each column by a power of two, which costs no digit, so that
// its length is in [½, 1), and returns what it divided by.
func unitColumns(a *mat.Dense) ([]float64, error) {
	rows, p := a.Dims()
	length := make([]float64, p)
	for j := range p {
		norm := mat.Norm(a.ColView(j), 2)
		if norm == 0 {
			return nil, fmt.Errorf("least squares: column %d is 0 in every row: leave it out", j)
		}
		_, exponent := math.Frexp(norm)
		length[j] = math.Ldexp(1, exponent)
		for i := range rows {
			a.Set(i, j, a.At(i, j)/length[j])
		}
	}
	return length, nil
}

// solveQR solves a least-squares problem whose columns have lengths near 1.
func solveQR(a *mat.Dense, b *mat.VecDense) (r *mat.TriDense, coef []float64, err error) {
	_, p := a.Dims()
	var qr mat.QR
	qr.Factorize(a)
	var full mat.Dense
	qr.RTo(&full)
	r = mat.NewTriDense(p, mat.Upper, nil)
	for i := range p {
		for j := i; j < p; j++ {
			r.SetTri(i, j, full.At(i, j))
		}
		if math.Abs(r.At(i, i)) < 1e-11 {
			return nil, nil, fmt.Errorf("least squares: column %d is a combination of those before it: leave it out", i)
		}
	}
	var solution mat.VecDense
	if err := qr.SolveVecTo(&solution, false, b); err != nil {
		var condition mat.Condition
		if !errors.As(err, &condition) { // a poor condition is a warning, and the columns passed
			return nil, nil, fmt.Errorf("least squares: %w", err)
		}
	}
	return r, solution.RawVector().Data, nil
}

// checkDesign counts the rows that have weight, and the columns.
func checkDesign(x [][]float64, y, w []float64) (rows, p int, err error) {
	if len(x) == 0 || len(x[0]) == 0 {
		return 0, 0, errors.New("least squares: no rows or no columns")
	}
	if len(y) != len(x) || w != nil && len(w) != len(x) {
		return 0, 0, fmt.Errorf("least squares: %d rows, %d values, %d weights", len(x), len(y), len(w))
	}
	p = len(x[0])
	for i := range x {
		if len(x[i]) != p {
			return 0, 0, fmt.Errorf("least squares: row %d has %d columns, the first has %d", i, len(x[i]), p)
		}
		ok := finite(y[i]) && (w == nil || finite(w[i]) && w[i] >= 0)
		for _, v := range x[i] {
			ok = ok && finite(v)
		}
		if !ok {
			return 0, 0, fmt.Errorf("least squares: row %d: a number is not finite, or its weight is below 0", i)
		}
		if w == nil || w[i] > 0 {
			rows++
		}
	}
	if rows < p {
		return 0, 0, fmt.Errorf("least squares: %d rows with weight for %d columns", rows, p)
	}
	return rows, p, nil
}
