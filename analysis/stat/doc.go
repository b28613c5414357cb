// Package stat is the arithmetic under the estimates: quantiles, the median and
// how sure one may be of it, robust fits, trees of means that borrow from one
// another, intervals by conformal prediction. It knows no database and no shoes; a
// sample here is numbers, or distinct numbers with how often each occurred.
//
// There is no clock, no state between calls, and no randomness but that of
// Bootstrap, which is all in its seed. The same sample in another order gives the
// same bits, except where a docstring says that sums run in the order given.
package stat
