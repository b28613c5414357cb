//go:build !duckdb_arrow

package data

// Without the tag the engine's Arrow door drops out of the driver without a word.
// The Makefile is the one place that sets it; anything else stops here.
var _ = build_with_make_which_sets_the_tag_duckdb_arrow
