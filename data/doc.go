// Package data is the book: the DuckDB file that holds sale records of New
// Balance 990s and their kin, the facts they are judged by, and what the file
// promises. It imports nothing else of greybook.
//
// # Resale pricing in one page
//
// A shoe is released at a retail price. Afterwards people sell it to each other
// on marketplaces, for less or for more. What a buyer paid, before fees and
// shipping, is the sale price. Sale price over retail price is the multiple:
// 1.2 means twenty per cent above retail. An asking price is not a sale; a
// marketplace's "last sale" snapshot is not one either: nobody knows how it was
// chosen. Both may stand in the book, marked by their price basis, and never
// enter a figure that is about sales.
//
// # Glossary
//
//	sale_price    what the buyer paid for the item, before fees and shipping
//	retail_price  what the style cost new on the day of sale
//	multiple      sale_price / retail_price, both in the currency of the sale
//	premium       multiple − 1
//	marketplace   where it was sold: StockX, GOAT, eBay, KREAM, …
//	style_code    the brand's code of a product, such as M990GL6
//	style_id      the style code, else a stable slug of greybook's own
//	model         990, 992, 1300, …
//	version       v1 … v6 of a model
//	colorway      the name of the colours, with the pack or collaborator
//	Grey Day      the brand's yearly event for grey releases; a style belongs to
//	              it because a source lists it, never because it is grey
//	core grey     a regular grey of its line: what Grey Day is compared with
//	condition     new, new_defects, used, unknown
//	size          US men's unless said otherwise; women's minus 1.5
//	price_basis   sale, last_sale, highest_sale, lowest_sale, ask, bid, average
//	cell          a stratum: style, size band, condition
//	estimate      a figure inferred from sales, with its interval
//	interval      the range that a figure lies in at a stated level
//	index         the price level of the same pairs by week, 100 in its base week
//	segment       the styles that an index is of: all, a model, a version, Grey Day
//	weighting     what counts in an index: a sale, a style and week, a resale
//	publish       to write an analysis into the book, for SQL: the index as a vintage, the
//	              estimates in the place of those before, the verdicts beside those before
//	export        the book as Parquet files, with the models' SQL
//	generation    one state of the feed: files that belong together, named by their content
//	withdrawn     of a row of the feed: it was in an older one, and there is none now
//	stale         without a sale in the last 28 days; of the service: the last look at the
//	              book that succeeded is longer ago than it may be
//	vintage       the index as it was published on a day; all are kept
//	frozen        of a week of the index: no later vintage changes it; the last
//	              eight weeks are provisional
//	reject        a record that was refused, kept with file, line and reason
//	flag          what is doubtful about an accepted record
//	suspect       a record that a flag keeps out of the observations
//	doubtful      of an observation: its price is far from what was expected of it and
//	              no other sale confirms it, so that estimates count it for less
//	released      of a style: on sale for the first time; of a record: vouched for by
//	              the user, with a reason: let in among the observations, and
//	              counted in full
//	fence         the range of prices beyond which a sale of a style is suspect
//	profile       how one marketplace's export is read
//	claim         a sentence of folklore with the statistic that tests it
//	verdict       what the sales say of a claim: holds, does not hold, too few sales
//	silhouette    a model and version, whatever its colour and origin
//	baseline      the group that other groups are compared with
//	saved query   a question to the book with a name, as SQL
//	run           one ingest, as the ledger keeps it; it can be taken back
//	check         an invariant of the book: a query that returns no rows
//	pair          one pair of shoes that somebody has: a style, a size, a condition, and
//	              what was paid for it; never stored
//	collection    the pairs of one file
//	release       a style as it came out, which a collection has or lacks
//	gap           a release of a scope (Grey Day, Made in USA, a model, a version) that it lacks
//	gain          of a pair: its estimate less what was paid for it, or less retail
//	observation   a record fit for estimates: style and retail known, not suspect
//	              unless released
//
// # A sale's journey
//
//  1. A file is recognised by the names in its header and read with the profile
//     of its source (package ingest). A line that is no record is a reject.
//  2. Each distinct style code, title, size, condition, price text is parsed
//     once. Money is exact; dates follow the profile's order and no other.
//  3. The style is looked up: by code, by a code inside the title, by alias, by the
//     words of the title. Where none fits well, or two about as well, it has none,
//     and the nearest are kept as guesses.
//  4. The record gets its identity. What the book has already is known, what is
//     new is added, and read = added + known + rejected.
//  5. The retail price in force on the day of sale is joined, in the currency of
//     the sale where the reference has one, and the multiple follows.
//  6. What is doubtful is flagged, not deleted: by the record itself, by its
//     style, and, once it is in the book, by the prices of the style's other sales
//     (suspects.go). The user may release what a flag keeps out, and what
//     package analysis finds doubtful (release.go).
//  7. Package analysis reads the observations and computes figures with n,
//     interval and warnings; package reports shows them.
//
// # Units
//
// Money is DECIMAL(12,2) in the currency beside it. Statistics are DOUBLE.
// Multiples are DECIMAL(12,6). Times are UTC, with a precision.
package data
