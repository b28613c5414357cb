// Package ingest puts records into the book: files in, typed records out.
//
// A file of sales is read in five steps (see data/doc.go for the whole journey):
//
//  1. scan: the file is looked through once, and hashed beside the rest. A clean
//     CSV is left to the engine's parallel reader; anything else (quoted newlines,
//     mixed line ends, broken quotes, several observations a row) is read line by
//     line here, so that every line is accounted for. Both make the same view raw:
//     a record's line, id and time, and hashes of its texts, which repeat.
//  2. normalise: each distinct item (style code and title), variant (size,
//     condition, currency, marketplace, …) and price text is parsed once, in Go,
//     and goes back as small tables.
//  3. stage: joins on those tables make typed rows with an identity and, where
//     something is wrong, a reason.
//  4. price: the retail price in force on the day of sale, in data.PriceSales.
//  5. load: one short transaction adds what is new, with the ledger, and flags the
//     price outliers among it, in data.JudgeFile.
//
// Which shoe a record is of is decided in match.go, by codes and aliases, and in
// matchwords.go, by the words that title.go reads.
//
// What a marketplace's export looks like is said in a profile (sources/*.toml),
// not in code: a new source is a new file.
package ingest
