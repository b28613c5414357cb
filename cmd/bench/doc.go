// Bench measures greybook against the plain engine doing the least possible for
// the same answer, and prints a table of ratios. `make bench` builds and runs it.
//
// # What is measured
//
// The records are invented: canonical rows of 500 styles that don't exist (see
// generate.go), 1, 10 and 30 million of them, the same on every machine, as CSV,
// lines of JSON and Parquet. The
// files are clean: one row in fifty is there twice, none is bad. Reading bad rows
// is tested elsewhere; here they would measure the writing of rejects.
//
//	ingest     greybook ingest sales into a book that holds only the styles and
//	           their retail prices, against the engine's read of the same file with
//	           declared types, touching every column, keeping nothing
//	multiples  greybook analyze multiples --by version on that book, against the
//	           engine's exact median on the same table; against the engine's query
//	           for the whole answer but the intervals; and against polars taking
//	           the median price by version from the CSV
//	index      greybook analyze index of one segment, and of all eight, on that book,
//	           against the engine's exact median by week on the same table
//	analyses   every other analysis on that book, against one query with the engine's
//	           exact medians of the groups that it answers for; the scorecard of 24
//	           weeks against the estimates too
//	report     greybook report on that book, against the engine's exact quartiles of
//	           the page's eleven groupings; and of a million rows greybook report
//	           --all, the pages of 157 weeks, against one
//	sql        greybook sql of all sales, ten columns of them and all, to a file, as
//	           CSV, Parquet and Arrow, against the engine's own COPY of the same query;
//	           for Arrow against the driver's stream written by Arrow's own writer
//	limit      greybook ingest sales of the CSV file with 512 MiB for the engine,
//	           against the same without a limit
//	onto       greybook ingest sales of a million other sales into that book,
//	           against the same into an empty one
//	again      greybook ingest sales of the same file again, as a share of the first
//
// `bench load` (make load) is of its own: greybook serve under wrk, see load.
//
// # How
//
// Each measurement is a whole process from start to exit: the engine's are this
// same program with the arguments "engine QUERY FILE [OUT]". The contenders of a step
// take turns, in an order that changes from round to round, so that a machine
// that warms up or slows down does so for all. A round gives one ratio; the table
// has the median of the rounds and, in parentheses, the smallest and the largest.
// Only ratios carry over to another day or machine. The ratio of CPU time, of all
// cores together, tells what a machine that others use besides does to the first.
// Memory is the largest resident set that the system counted for the process.
//
// An answer is checked, by row counts, before its time counts. An aim that is
// missed is said, and is no failure.
package main
