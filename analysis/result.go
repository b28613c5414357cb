package analysis

import "github.com/amassable/greybook/data"

// Dimension is something sales can be grouped by; the names are those of the
// command line and of the columns in SQL.
type Dimension string

// The dimensions of `analyze multiples --by`.
const (
	ByModel       Dimension = "model"
	ByVersion     Dimension = "version"
	ByStyle       Dimension = "style"
	ByColorway    Dimension = "colorway"
	ByGreyDay     Dimension = "grey_day"
	ByGreyDayYear Dimension = "grey_day_year"
	ByMadeIn      Dimension = "made_in"
	ByAudience    Dimension = "audience"
	BySizeBand    Dimension = "size_band"
	ByCondition   Dimension = "condition"
	ByMarketplace Dimension = "marketplace"
	ByPriceBasis  Dimension = "price_basis"
	ByWeek        Dimension = "week"
	ByMonth       Dimension = "month"
	ByYear        Dimension = "year"
)

// Filter keeps the observations whose dimension has one value. An empty value
// keeps those where it is unknown.
type Filter struct {
	Dimension Dimension
	Value     string
}

// MultiplesSpec asks for resale multiples of groups.
type MultiplesSpec struct {
	By    []Dimension
	Where []Filter
	Since data.Date // first day of sale, inclusive; zero: from the first sale on
	Until data.Date // last day of sale, inclusive; zero: up to AsOf
	AsOf  data.Date // nothing sold after this day is seen; zero: no bound
	MinN  int       // a group with fewer sales shows n and no figure; 0: the fewest that carry an interval at Level
	Level float64   // of the intervals, 0.95 unless told otherwise

	FirstDays int    // only sales of the first so many days from release on; 0: all. Styles without a day of release drop out
	Versus    string // the group that the others are compared with, or CoreGrey; "": none
}

// Multiples is the answer: grain, one row per group, sorted by the keys.
type Multiples struct {
	Spec        MultiplesSpec
	PriceBasis  string // the one price basis the figures rest on; "" when the question spans several
	Condition   string // the one condition; "" when the question spans several
	N           int    // observations used
	Synthetic   int    // of these, how many come from synthetic files
	FirstSoldOn data.Date
	LastSoldOn  data.Date
	Rows        []MultipleRow
}

// MultipleRow is one group. Multiples are sale price over retail price, without
// unit; prices are in US dollars. A nil figure is one the sample cannot carry:
// Warnings says why.
type MultipleRow struct {
	Keys              []string // one per dimension of the question; "" where unknown
	N                 int
	Synthetic         int
	Median            *float64 // median multiple
	Lo, Hi            *float64 // exact order-statistic interval of the median
	P5, Q1, Q3, P95   *float64 // type 7 quantiles of the multiple
	ShareAboveRetail  *float64 // share of sales with a multiple above 1, in 0..1
	MedianSalePrice   *float64 // US dollars; nil where no rate is known
	MedianRetailPrice *float64 // US dollars
	FirstSoldOn       data.Date
	LastSoldOn        data.Date
	Warnings          []string // codes, sorted: see WarningText

	// With Versus: Median minus the baseline's, with its interval.
	Difference, DifferenceLo, DifferenceHi *float64
}

// BookFacts is what a page says about the data behind it.
type BookFacts struct {
	Read, Added, Known, Rejected int // over all files ever read and not taken back
	Rejects                      []ReasonCount
	UnmatchedSales               int // sales whose style is not known
	UnmatchedTitles              int
	Sales                        int           // records in the book, of any price basis
	Observations                 int           // of these, fit for estimates
	Synthetic                    int           // of Sales, from synthetic files
	Bases                        []ReasonCount // Sales by price basis
	Marketplaces                 []ReasonCount // Observations by marketplace
	LastSoldOn                   data.Date
	LastIngest                   string // time of the newest ingest, RFC 3339, UTC
	BookVersion                  string // "schema 1, DuckDB 1.5.5"
}

// ReasonCount is a count with its name, most frequent first, ties by name.
type ReasonCount struct {
	Reason string
	N      int
}

// Weekly is everything the weekly page shows, finished: a report only draws it.
type Weekly struct {
	Week      data.Date // Monday of the ISO week the page is about
	AsOf      data.Date // last day seen: the week's Sunday, or --as-of
	Window    data.Date // first day of the trailing window that the group figures use
	Model     string    // what the page is about, such as "990"; "" for all models
	By        Dimension // what Groups are groups of
	Groups    Multiples // of Model by By, over the window; versions of all models have two keys: model, version
	Overall   Multiples // Model as one group, over the window; no row where nothing was sold
	ByGreyDay Multiples // Grey Day releases, core greys, others, over the window; of all models
	ByWeek    Multiples // Model by week, all weeks up to AsOf

	VersionWeeks Multiples // Model by version and week, over the window; of all models by model, version and week
	Sizes        Sizes     // Model's size bands against their styles, over the window
	ByAge        Multiples // Model by time since release, over the window; pairs of unknown release have no name
	// Where Model is "", the keys of the four below begin with the model.
	Movers       Movers    // Model's styles (version, style, colorway) that moved between the last 13 weeks and those before
	Traded       Multiples // Model's styles (version, style, colorway) that sold most in the last 28 days
	TradedStyles int       // how many sold in those days
	Marketplaces Multiples // Model by version and marketplace, over the window
	Origins      Multiples // Model by version and country of making, over the window

	Index    *Index   // the market index as of AsOf: of Model, all and Grey Day, or of the usual segments; nil where the page is not of completed sales
	Instead  *Instead // when Groups is empty and a kindred question is not
	Facts    BookFacts
	Suspects Suspects             // sold up to AsOf
	Claims   []data.ClaimStanding // as stored up to AsOf; none where none is stored
	Program  string               // "greybook 0.1.0"
}

// Instead is a page that shows something, where the one asked for is empty.
type Instead struct {
	Spec WeeklySpec
	N    int       // observations of new pairs that answer it, over all time up to the empty page's last day
	Last data.Date // day of the newest of them
}

// Estimate is one row of the catalog feed. Grain: style, size band (or all
// sizes), condition. Money is in integer minor units of Currency, which is "" in a row
// without any. A nil number is one that the sample does not carry; Reasons says why.
type Estimate struct {
	StyleID          string
	StyleCode        string // "" : null
	Model            string
	Version          string
	Colorway         string
	GreyDayYear      int // 0: null
	MadeIn           string
	Audience         string
	SizeBand         string // "" : all sizes (null)
	Condition        string
	AsOf             data.Date
	Currency         string
	RetailPriceMinor *int64
	EstimateMinor    *int64
	LoMinor, HiMinor *int64
	Level            float64
	Multiple         *float64
	MultipleLo       *float64
	MultipleHi       *float64
	Premium          *float64 // multiple − 1
	NSales           int
	NEffective       float64 // the sales that those count for by their age
	LastSoldOn       data.Date
	Basis            string   // own, pooled, parent, none: of the multiple
	Grade            string   // A to D, X for no estimate
	Reasons          []string // codes, sorted: see ReasonText
	MethodVersion    string
}
