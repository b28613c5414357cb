package stat

import "math"

// NormalQuantile is the quantile of the standard normal distribution, Φ⁻¹(p): 1.96
// at 0.975. It is −Inf at 0, +Inf at 1 and NaN outside.
func NormalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
