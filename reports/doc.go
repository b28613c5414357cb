// Package reports shows finished results: pages for people, a feed for
// programs. It takes results of package analysis and an io.Writer, never a
// database, and it never reads the clock, so the same result gives the same
// bytes.
//
// # How the weekly page comes about
//
//  1. WriteWeekly takes an analysis.Weekly. Each chart_*.go turns one of its
//     results into a figure: a title that states the finding, a subtitle (period,
//     n, price basis), a reading, a table, and typed rows to draw. A result that
//     cannot be drawn gives a figure that says so in words.
//  2. chart.go, the only importer of go-echarts, turns rows into chart options:
//     plain JSON, without functions and without markup. chart_layout.go adds two
//     layouts, wide and narrow, to the one option as ECharts media rules.
//  3. svg.go, the only importer of goja, draws the option to SVG with the very
//     ECharts and the very script (assets/live.js) that the page carries. The
//     drawings are checked against a list of allowed elements and attributes.
//  4. tiles.go says the week in five headline figures, each with what it rests on,
//     or why there is none.
//  5. page.go fills assets/page.html: words, drawings, tables, options as data,
//     and last of all the two scripts, which turn the drawings into live charts
//     of the same size, one after another once the page is there. Without scripts
//     the page lacks only the tooltips, and the switch of its colours.
//
// Adding a chart is one file, chart_NAME.go, and one line in weekly.go (weeklyOrder),
// whose list is the page's reading order, its sections and its contents. The scorecard
// (scorecard.go) is a page of the same kind. What has a line per panel (the index, what
// intervals held, revisions), or fields (the year of each version), is a panelChart:
// chart_panels.go says what a panel may hold, chart_panels_layout.go places panels at
// both widths. What has a mark per row is drawn by
// drawRows: kindOf (chart_rows.go) knows the kinds of rows, with headings, with bars of n, or
// with differences around 0. chart_sides.go sets groups of a version side by side.
//
// # What lies around it
//
// A Press (press.go) makes a week's files: the page, each figure's data as CSV
// (figure_csv.go), and on request a digest to mail (email.go). It draws on several
// processors, of one page or of many; which drawer draws what leaves no trace in
// the bytes. The headline figures stand in the page as a WeekRecord
// (archive_record.go): page and record cannot part. ArchiveIndex (archive.go) makes the
// list of an archive's pages of their records, so it needs no book. Whoever calls
// writes the files: nothing here knows a folder.
//
// The feed (feed.go) and the export (export.go) are folders that programs read. publish.go
// makes each appear whole; the Parquet files of an export are written by whoever has the book,
// in a folder that it is given, and what stands beside them is written here.
//
// The gallery (gallery.go) is a page of cards, one per release that a collection has or lacks.
// It shares the other pages' style and switch of colours; its small charts are drawn here
// (gallery_spark.go), for a hundred of them need no chart library.
//
// A feed comes about in steps:
//
//  1. feed.go puts the estimates in order, refuses those that contradict themselves, and
//     makes rows of FeedSchema, the one place that has the columns.
//  2. feed_files.go writes the rows in five forms by the writers of all rows (rows.go), and
//     names them: the generation.
//  3. feed_changes.go compares them with an older feed's estimates.ndjson, on request.
//  4. feed_check.go reads every file back: JSON against estimates.schema.json, the forms
//     against each other. Only then is anything published.
//
// A column is added at the end of FeedSchema and of the schema's estimate, and may be null:
// TestFeedSchemaKeepsVersion1 says what else would break a reader.
//
// A figure whose table is made by groupTable has its CSV; any other sets Table.Data,
// or has the cells of its table written as they stand.
//
// # How the service answers
//
// A Generation is what the feed of one state of a book has, ready to be sent; an API
// answers HTTP requests from it, and from the few before it. api.go says how, step by
// step; openapi.json, written by hand, what. A path is a line in api_routes.go, a handler
// and its part of openapi.json, which tests hold against every answer.
//
// # Sales and other prices
//
// basis.go alone decides what the figures' prices are called. Where they are not
// completed sales, nothing on the page is sold or resold, a loud line at the top
// says what they are, and each finding is marked by the kind of price it rests on.
//
// # Text from outside
//
// Colorways, marketplaces, reasons and every other text of a sale record are
// hostile. In HTML, html/template escapes them and <bdi> isolates their
// direction; on an axis or in a tooltip they pass through plainLabel, which drops
// what could act there (control and direction characters, the braces of
// ECharts' rich text) and shortens them; in options they are data only. The
// Content-Security-Policy of the page allows three scripts by their hash and no
// request at all.
//
// # Colours
//
// Every colour of a chart is a custom property of assets/page.css, so one
// drawing serves light, dark and paper. Light or dark is the system's wish, unless the
// reader switches (assets/theme.js, in the head, so that no page shows in the wrong
// colours first). Nothing is told by colour alone: the
// control groups are hollow, the figures stand beside each mark, and in the fields of a
// heat map.
package reports
