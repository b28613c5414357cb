// Package analysis takes measurements out of the book: SQL models group the
// observations, Go turns groups into figures with n, interval and warnings.
//
// The models (models/*.sql) are persistent, commented views of the book, so that
// any DuckDB client sees what the figures rest on:
//
//	sales → observations → multiples_by_version, multiples_by_grey_day, multiples_weekly
//
// A result is a Go value (result.go). The table on the terminal, the chart on the
// page and the catalog feed are all made of the same value and can't disagree.
//
// # Intervals
//
// The interval of a median is the exact order-statistic interval: for n sales the
// largest k with P(Bin(n, ½) ≤ k−1) ≤ α/2 gives [x(k), x(n−k+1)]. It assumes
// nothing of the distribution, and that the sales are independent; where a few
// sellers or one marketplace stand behind them that is doubtful, and a warning
// says so. Below six sales there is no interval at 95 %, and no figure is shown
// unless it is asked for.
//
// # Differences and places
//
// Two groups differ only where the bootstrap interval of the difference of their
// medians leaves out 0 (versus.go, movers.go); a place in a ranking has the
// probability that it is right (claims_ranking.go). Every bootstrap has the same fixed
// seed and a stream of its own per group, so that the same sales give the same digits
// in any order. What an analysis assumes, and when it misleads, is said where it is
// computed: at ComputeMultiples, ComputeMovers, ComputeSizes, ComputeLiquidity, and at
// the tests of ComputeClaims.
package analysis
