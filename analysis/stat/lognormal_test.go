package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// One amount is itself; two whose errors are one error are one amount of twice the size.
func TestSumOfOneLognormal(t *testing.T) {
	one := Lognormals{Sum: []float64{200}, Squares: []float64{40000}, Var: []float64{0.04}, Covariance: func(_, _ int) float64 { return 0.01 }}
	mean, sd := one.SumMoments()
	if math.Abs(mean-math.Log(200)) > 1e-12 || math.Abs(sd-0.2) > 1e-12 {
		t.Errorf("%v, %v: want ln 200 and 0.2", mean, sd)
	}
	two := Lognormals{Sum: []float64{200, 300}, Squares: []float64{40000, 90000}, Var: []float64{0.04, 0.04}, Covariance: func(_, _ int) float64 { return 0.04 }}
	if mean, sd = two.SumMoments(); math.Abs(mean-math.Log(500)) > 1e-12 || math.Abs(sd-0.2) > 1e-12 {
		t.Errorf("%v, %v: want ln 500 and 0.2", mean, sd)
	}
	if mean, sd = (Lognormals{}).SumMoments(); mean != 0 || sd != 0 {
		t.Errorf("of nothing: %v, %v", mean, sd)
	}
}

// Grouping amounts changes nothing: three amounts in a group are three groups of one.
func TestSumMomentsOfGroups(t *testing.T) {
	grouped := Lognormals{Sum: []float64{60, 7}, Squares: []float64{100 + 400 + 900, 49}, Var: []float64{0.09, 0.02},
		Covariance: func(i, j int) float64 { return [][]float64{{0.05, 0.01}, {0.01, 0.015}}[i][j] }}
	single := Lognormals{Sum: []float64{10, 20, 30, 7}, Squares: []float64{100, 400, 900, 49}, Var: []float64{0.09, 0.09, 0.09, 0.02},
		Covariance: func(i, j int) float64 {
			if i < 3 && j < 3 {
				return 0.05
			}
			return 0.01
		}}
	m, s := grouped.SumMoments()
	n, u := single.SumMoments()
	if math.Abs(m-n) > 1e-12 || math.Abs(s-u) > 1e-12 {
		t.Errorf("%v, %v in groups and %v, %v one by one", m, s, n, u)
	}
}

// The interval of a sum holds it as often as it says, also where a part of the errors is
// all amounts' own and where none is.
func TestSumMomentsHoldTheSum(t *testing.T) {
	const draws = 20000
	for _, c := range []struct {
		n            int
		sd, together float64 // of an error; share of its variance that all have in common
	}{{2, 0.1, 0}, {2, 0.3, 0.5}, {10, 0.15, 0.3}, {10, 0.4, 0.3}, {50, 0.15, 0.1}, {50, 0.3, 0.5}, {50, 0.15, 0}} {
		rng := rand.New(rand.NewPCG(uint64(c.n), math.Float64bits(c.sd+c.together)))
		l := Lognormals{Covariance: func(_, _ int) float64 { return c.together * c.sd * c.sd }}
		for range c.n {
			v := 100 + 300*rng.Float64()
			l.Sum, l.Squares, l.Var = append(l.Sum, v), append(l.Squares, v*v), append(l.Var, c.sd*c.sd)
		}
		mean, sd := l.SumMoments()
		var below, above int
		z := NormalQuantile(0.95)
		sums := make([]float64, draws)
		for d := range sums {
			common := rng.NormFloat64() * math.Sqrt(c.together)
			total := 0.0
			for _, v := range l.Sum {
				total += v * math.Exp(c.sd*(common+math.Sqrt(1-c.together)*rng.NormFloat64()))
			}
			sums[d] = total
			if x := math.Log(total); x < mean-z*sd {
				below++
			} else if x > mean+z*sd {
				above++
			}
		}
		slices.Sort(sums)
		held := 1 - float64(below+above)/draws
		t.Logf("n %d, sd %.2f, together %.1f: sd of ln sum %.4f; 90 %% hold %.1f %%, %.1f %% below, %.1f %% above; median %.2f %% off",
			c.n, c.sd, c.together, sd, 100*held, 100*float64(below)/draws, 100*float64(above)/draws, 100*(math.Exp(mean)/sums[draws/2]-1))
		// Three standard errors of the simulation are 0.6 points; the rest is the method's.
		if held < 0.89 || held > 0.912 {
			t.Errorf("n %d, sd %v, together %v: 90 %% hold %v", c.n, c.sd, c.together, held)
		}
	}
}
