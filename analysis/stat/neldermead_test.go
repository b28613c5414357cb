package stat

import (
	"cmp"
	"math"
	"slices"
)

// nelderMead minimises f from start by the simplex method of Nelder & Mead 1965
// with the coefficients of Gao & Han 2012 (Computational Optimization and
// Applications 51, 259–277), which are the usual ones in two dimensions and let
// it work in more. It starts with a simplex of edge step, and again from the
// best point, a tenth in size, until a new start gains next to nothing: a simplex can
// collapse on a slope. A run ends when the places of its corners agree to within
// √tolerance, and their values to within tolerance, or that part of a hundredth of
// them. f may be +Inf, not NaN. No randomness: the same
// f gives the same digits.
//
// FitVariances searched with it before it knew slopes; it checks what descend finds.
func nelderMead(f func([]float64) float64, start []float64, step, tolerance float64, maxEvaluations int) (best []float64, value float64, evaluations int) {
	best, value, evaluations = slices.Clone(start), f(start), 1
	for evaluations < maxEvaluations {
		s := simplex{f: f, evaluations: evaluations}
		s.corners = append(s.corners, corner{best, value})
		for j := range best {
			x := slices.Clone(best)
			x[j] += step
			s.corners = append(s.corners, s.at(x))
		}
		s.run(tolerance, maxEvaluations)
		gain := value - s.corners[0].value
		best, value, evaluations = s.corners[0].x, s.corners[0].value, s.evaluations
		if !(gain > math.Sqrt(tolerance)) {
			break
		}
		step /= 10
	}
	return best, value, evaluations
}

type corner struct {
	x     []float64
	value float64
}

type simplex struct {
	f           func([]float64) float64
	corners     []corner // best first while running
	evaluations int
}

func (s *simplex) at(x []float64) corner {
	s.evaluations++
	return corner{x, s.f(x)}
}

func (s *simplex) run(tolerance float64, maxEvaluations int) {
	n := len(s.corners) - 1
	dims := max(float64(n), 2)
	expand, contract, shrink := 1+2/dims, 0.75-1/(2*dims), 1-1/dims
	for {
		// Stable, so that of two equal corners the older stays ahead.
		slices.SortStableFunc(s.corners, func(a, b corner) int { return cmp.Compare(a.value, b.value) })
		if n == 0 || s.evaluations >= maxEvaluations || s.small(tolerance) {
			return
		}
		worst, second := s.corners[n], s.corners[max(n-1, 0)]
		move := func(by float64) corner { // from the worst through the center of the others
			x := make([]float64, n)
			for j := range x {
				center := 0.0
				for _, c := range s.corners[:n] {
					center += c.x[j]
				}
				center /= float64(n)
				x[j] = center + by*(center-worst.x[j])
			}
			return s.at(x)
		}
		reflected := move(1)
		switch {
		case reflected.value < s.corners[0].value:
			s.corners[n] = reflected
			if e := move(expand); e.value < reflected.value {
				s.corners[n] = e
			}
			continue
		case reflected.value < second.value:
			s.corners[n] = reflected
			continue
		}
		inward := -contract
		if reflected.value < worst.value {
			inward, worst.value = contract, reflected.value
		}
		if c := move(inward); c.value <= worst.value {
			s.corners[n] = c
			continue
		}
		for i := range s.corners[1:] {
			x := slices.Clone(s.corners[i+1].x)
			for j := range x {
				x[j] = s.corners[0].x[j] + shrink*(x[j]-s.corners[0].x[j])
			}
			s.corners[i+1] = s.at(x)
		}
	}
}

func (s *simplex) small(tolerance float64) bool {
	first, last := s.corners[0], s.corners[len(s.corners)-1]
	if math.IsInf(last.value, 1) || last.value-first.value > tolerance*max(1, math.Abs(first.value)/100) {
		return false
	}
	for _, c := range s.corners[1:] {
		for j := range c.x {
			if math.Abs(c.x[j]-first.x[j]) > math.Sqrt(tolerance) {
				return false
			}
		}
	}
	return true
}
