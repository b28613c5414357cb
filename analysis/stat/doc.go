// Package stat is the arithmetic under the estimates: quantiles, the median and
// how sure one may be of it. It knows no database and no shoes; a sample here is
// numbers, or distinct numbers with how often each occurred.
//
// Everything is exact up to the rounding of float64: no simulation, no normal
// approximation, no clock. The same sample in another order gives the same bits.
package stat
