// Package ingest puts records into the book: files in, typed records out.
//
// A file of sales is read in five steps (see data/doc.go for the whole journey):
//
//  1. scan: what the file is (text with separators, lines of JSON, a JSON document,
//     Parquet, Arrow, a workbook; in which encoding) shows in its bytes, and which
//     source it is of in its header. It is looked through once, and hashed beside the
//     rest. Clean CSV, clean lines of flat JSON, and Parquet are left to the engine's
//     parallel readers; anything else (quoted newlines, broken quotes, several
//     observations a row) is read record by record here, so that every line is
//     accounted for. Both make the same view raw: a record's line, id and time, and
//     hashes of its texts, which repeat.
//  2. normalise: each distinct item (style code and title), variant (size,
//     condition, currency, marketplace, …) and price text is parsed once, in Go,
//     and goes back as small tables.
//  3. stage: the view priced joins raw with those tables: typed rows with an identity,
//     the retail price in force on the day of sale (data.PriceSales) and, where
//     something is wrong, a reason. It is no table: see stage.
//  4. identify: what stands in the file more than once, and what the book has already,
//     is listed in the table fate.
//  5. load: one short transaction sorts the new records by day, adds them with the
//     ledger, and flags the price outliers among them, in data.JudgeFile.
//
// Which shoe a record is of is decided in match.go, by codes and aliases, and in
// matchwords.go, by the words that title.go reads.
//
// The pairs of somebody's collection (pairs.go) are read by the same containers, the same
// words and the same matching, and go nowhere: they are handed to whoever asks.
//
// What a marketplace's export looks like is said in a profile (sources/*.toml),
// not in code: a new source is a new file.
package ingest
