package stat

import (
	"math"
	"slices"
)

// madPerSigma is the MAD of a normal distribution with σ = 1, Φ⁻¹(¾) =
// 0.67449, to the four places in which Iglewicz & Hoaglin and R's MASS write it.
const madPerSigma = 0.6745

// MAD is the median absolute deviation from the median, median|x − median(x)|,
// both of type 7, not scaled: divide by 0.6745 for an estimate of σ. NaN for an
// empty sample. The argument is not changed. Time n log n.
func MAD(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	return medianAbs(sorted, Quantile7(sorted, 0.5))
}

// medianAbs is the median of |x − center|.
func medianAbs(x []float64, center float64) float64 {
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = math.Abs(v - center)
	}
	slices.Sort(d)
	return Quantile7(d, 0.5)
}

// ModifiedZ is the modified z-score of each value, 0.6745 (x − median)/MAD, in
// the order of x; above 3.5 in size it is a potential outlier (Iglewicz & Hoaglin,
// How to Detect and Handle Outliers, 1993, p. 11). A MAD below floor counts as
// floor, for prices repeat: with more than half of them equal the MAD is 0, and
// every other would be an outlier. With a floor of 0 such values are ±Inf and
// the equal ones 0.
func ModifiedZ(x []float64, floor float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	median := Quantile7(sorted, 0.5)
	mad := max(medianAbs(sorted, median), floor)
	z := make([]float64, len(x))
	for i, v := range x {
		if d := v - median; d != 0 {
			z[i] = madPerSigma * d / mad
		}
	}
	return z
}

// HuberWeight is the weight of a residual in an iteratively reweighted fit,
// ψ(u)/u = min(1, k/|u|) with u = r/scale (Huber 1981, section 7.8). A scale of 0
// leaves weight only to residuals of 0.
func HuberWeight(r, scale, k float64) float64 {
	if a := math.Abs(r); a > k*scale {
		return k * scale / a
	}
	return 1
}

// Location is a robust center.
type Location struct {
	Center float64 // in the units of the sample
	Scale  float64 // estimate of σ that was used, in the same units
	StdErr float64 // of Center; NaN for fewer than two values
	Passes int
}

// HuberLocation is Huber's M-estimate of location with the scale held at
// MAD/0.6745 about the median, or at minScale where that is larger: the solution
// of Σψ((x − center)/scale) = 0, starting at the median. It is huber() of R's
// MASS (Venables & Ripley, Modern Applied Statistics with S, 4th ed. 2002,
// section 5.5), which refuses a scale of 0; here the center is then the median,
// the limit as the scale goes to 0.
//
// The standard error is scale·√Σψ² / Σψ′ · √(n/(n−1)), the asymptotic one
// (Huber 1981, section 6.2) with the ordinary correction for one parameter.
//
// The order of x changes no digit. NaN for an empty sample. Time n log n, then n
// per pass; the passes, at most 200, stop when the center moves by less than 1e-13
// scales.
func HuberLocation(x []float64, k, minScale float64) Location {
	sorted := slices.Sorted(slices.Values(x))
	l := Location{Center: Quantile7(sorted, 0.5), StdErr: math.NaN()}
	l.Scale = max(medianAbs(sorted, l.Center)/madPerSigma, minScale)
	if len(sorted) == 0 || l.Scale == 0 {
		return l
	}
	for l.Passes < 200 {
		l.Passes++
		step, total := 0.0, 0.0
		for _, v := range sorted {
			w := HuberWeight(v-l.Center, l.Scale, k)
			step += w * (v - l.Center)
			total += w
		}
		l.Center += step / total
		if math.Abs(step/total) <= 1e-13*l.Scale {
			break
		}
	}
	squares, inside := 0.0, 0.0
	for _, v := range sorted {
		r := v - l.Center
		psi := HuberWeight(r, l.Scale, k) * r
		squares += psi * psi
		if math.Abs(r) <= k*l.Scale {
			inside++
		}
	}
	if n := float64(len(sorted)); n > 1 {
		l.StdErr = math.Sqrt(squares*n/(n-1)) / inside
	}
	return l
}
