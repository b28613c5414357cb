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
// nothing of the distribution, and that the sales are independent; where one
// marketplace or one size stands behind them that is doubtful, and a warning
// says so. Below six sales there is no interval at 95 %, and no figure is shown
// unless it is asked for.
//
// # Doubts
//
// What is doubtful about a figure stands beside it as codes (warnings.go), made in one
// place of the facts about its sales (grounds.go), so that a code means the same in
// every analysis:
//
//	one_marketplace   all sales are of one marketplace; others may pay otherwise
//	one_size          all are of one size; not where the question tells sizes apart
//	stale             none in the last 28 days; said of now, not of a time that is over
//	mixed_price_basis sales and other prices in one group: a question by price basis that
//	                  is compared with a baseline; all other analyses are of one basis
//	retail_doubtful   over a tenth of the retail prices are of low confidence
//	few_sales         fewer than 20
//	synthetic         made-up sales are among them
//
// They stand on the rows of multiples, sizes, liquidity and movers (of both windows; stale
// of the newer), on a difference also those of its baseline, on a claim's verdict those of
// all sales that count for it, on each week of an index those of its segment (stale on the
// last), on a scorecard's rows those of the weeks scored. Among a premium's reasons are the
// first three, retail_doubtful, and synthetic_data. That few sellers made all the sales is
// never said, for no source's export names them: a seller's own report is of one, and
// looks like any other.
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
//
// # Saved queries
//
// Questions that people ask of the book in SQL (queries/*.sql, savedquery.go), for greybook
// sql and any DuckDB client. They say how sure they are by the book's own macros
// (data/schema/0012_intervals.sql), whose intervals are package stat's. Those that ask
// what an analysis asks have its figures, to the bit. Where two groups are compared,
// the interval of the difference goes from the one's lower end minus the other's upper end,
// each of a 97.5 % interval, to the contrary: by Bonferroni's inequality it holds at least
// 95 %, and needs no bootstrap.
//
// # Weekly pages
//
// What a page shows is a Weekly (result.go). Its parts are questions (weeklyparts.go):
// ComputeWeekly asks the book each of them. For the pages of many weeks ComputeWeeklies
// asks part by part, through an asker that holds one question's sales by week and slides
// its window over them (weeks.go), so that a question reads the sales once; facts.go,
// suspects.go and indexover.go do as much for what isn't a question. A page is the same by
// either way, to the bit. Another part is a field of Weekly and a function in weeklyParts.
//
// # The index
//
// A median by week moves with the mix of what sold. The index (index.go) takes the mix
// out by regression: ln multiple = style + week + size band + age since release, far
// residuals weighed down, neighbouring weeks tied as strongly as the sales make likely
// (stat.TPD). It never chains: each fit is of all weeks.
//
//  1. readMarket counts the sales by style, week, covariates and price, in one pass.
//  2. Each segment is fitted by itself, by each weighting asked for. What it takes is
//     100 sales, 3 styles sold in two weeks or more, 8 weeks with a sale; below that
//     it is refused, with the reason.
//  3. The fit is joined to what was published: frozen weeks keep their value, the
//     others are linked to them (indexvintage.go). With nothing published, the first
//     week is 100.
//
// Only PublishIndex writes. Its vintages are never changed and are what the tables
// market_index and index_vintages show.
//
// The interval of a week is of its change since the base week, and takes a style's
// sales as going together; with fewer than ten styles it may be too narrow, and says so.
// Repeat sales are a cross-check and no more: they know nothing of age, weigh no
// outlier down, and add up the errors of resales that follow one another, so that in
// a thin segment they stray by more than their interval says.
//
// # Premiums
//
// An estimate for a thin cell comes about in steps, each in its file:
//
//  1. trades.go reads the completed sales by day, as numbers.
//  2. carry.go takes in each sale once: its style's level follows it (level.go), and its
//     cell (style, size, condition) learns how far from that level it sells.
//  3. premiumtree.go carries each cell to the as-of date and lets it borrow: from its size
//     band, style, Grey Day or not, version and model, as much as the spread of
//     those allows.
//  4. rolling.go does so each Monday for the sales of the week, beside the plain forecasts of
//     baselines.go; intervals.go makes the next sale's interval of what the errors were,
//     and lastsale.go learns how far to lean towards the last sale.
//  5. premiums.go makes rows of the last of these, backtest.go a scorecard of all, with what
//     intervals of every level held (calibration.go); scorecard.go adds the index's revisions.
//  6. estimates.go turns the rows into the catalog's, in cents at the retail price in force;
//     estimatespublish.go puts them into the book's table estimates. Of any past day they
//     can be made again, the same to the last digit: only the newest are kept.
//
// The same market, run through once, tells which sales are doubtful (doubts.go): far from
// their Monday's estimate, and not confirmed by another. That depends on the day that
// counts as today, so it is computed and not stored. Estimates weigh a sale by how far it
// is off, with a flag or without one; what the user vouches for counts in full (vouched.go).
//
// explain.go tells how one row came about: the market tells a watcher (explainlevel.go)
// what it learns of the style, and the tree what it borrows (explaintree.go). The text and
// the JSON hold enough to do the number again; a test of cmd/greybook does.
//
// # Collections
//
// A Valuer (valuer.go) holds one day's estimates and gives a pair the row it is of, in money;
// value.go does so for a collection, and says what was gained. A pair is one sale, so its
// interval is the sale band. A total's is narrower than its pairs' and wider than if their
// errors had nothing in common (together.go): two pairs share what is not known of the nearest
// node above both in the tree, as far as each borrows from it, and, of one style, its
// level; what is left of a pair's band is its sale's noise. The tree knows nothing of weeks in
// which a version moves, so that two styles share at least what their errors were found to
// share in the last 26 weeks. In simulated markets whose versions move by 3 % a week, 80 % of
// the totals of 12 styles of a version held 80.4 %, where separate errors held 59.0; in markets where nothing
// moves 89.5, for levels are taken to move more than that. In the contest's sales the errors of styles
// correlate by 0.02, and 80 % held 77 %, and 85 % with a tenth of the rows, of 52 collections each.
// Which releases a collection lacks is gaps.go: what is in a scope, and what the reference
// can't say of it (gapsscope.go), where a release sold and for what (gapsmarket.go), and
// what sales without a retail price still tell (gapsretail.go).
//
// # Tested
//
// What holds of an estimate, and is tested: it sees no later sale; the order of sales
// changes no digit; all prices times k make the estimate times k; a sale half a per cent or more
// above a cell's estimate, and above what was expected of the cell that day, does not lower
// it within its class of liquidity, at given variances. The last is no law. A sale between
// the estimate and what the day was expected to bring says that the level fell. An
// unexpected one, however high, makes all sales of its style count less, and the cell borrow
// a little more. And the forecast of
// the next sale, which leans towards the last one, falls where a lower last sale takes its place.
//
// Assumed: retail prices are right, sales of a style are of one market, and what
// styles of a version have in common holds for the next one too. The values in
// defaultMethod are of hyped shoes on one marketplace, and were chosen on weeks that the
// scorecard does not score; the backtest of one's own book says how they do there.
package analysis
