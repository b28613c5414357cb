package stat

import "math"

// Lognormals are groups of lognormal amounts: a group's amounts are its medians times
// exp(error), where errors are normal with mean 0, all of one variance within the group,
// and go together by Covariance.
type Lognormals struct {
	Sum     []float64 // by group: sum of the medians of its amounts
	Squares []float64 // by group: sum of their squares
	Var     []float64 // by group: variance of an amount's error
	// Covariance of the errors of two different amounts, one of each group; of the same group
	// where i = j. Symmetric.
	Covariance func(i, j int) float64
}

// SumMoments are the mean of ln S and its standard deviation, where the sum S of all
// amounts is taken for lognormal with the mean and the variance that it has. (0, 0) for no
// amounts. Of one amount, or of amounts whose errors are all the same, that is exact.
//
// Source: Fenton 1960 (IRE Transactions on Communications Systems 8), with the covariances
// of Abu-Dayya & Beaulieu 1994 (IEEE Transactions on Vehicular Technology 43). In simulated
// sums of 2 to 50 amounts with errors of 0.1 to 0.4, its 90 % held 90 %: see the test. Time
// is the square of the number of groups.
func (l Lognormals) SumMoments() (mean, sd float64) {
	var total, variance sum
	for i, s := range l.Sum {
		a := s * math.Exp(l.Var[i]/2)
		total.add(a)
		for j := range i {
			variance.add(2 * a * l.Sum[j] * math.Exp(l.Var[j]/2) * math.Expm1(l.Covariance(i, j)))
		}
		// Within the group all pairs of amounts, of which those with itself go wholly together.
		together := l.Covariance(i, i)
		variance.add(a * a * math.Expm1(together))
		variance.add(l.Squares[i] * math.Exp(l.Var[i]) * (math.Expm1(l.Var[i]) - math.Expm1(together)))
	}
	m := total.value()
	if m <= 0 {
		return 0, 0
	}
	v := math.Log1p(max(variance.value(), 0) / (m * m))
	return math.Log(m) - v/2, math.Sqrt(v)
}
