package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// PremiumMethod names how premiums are estimated. It changes whenever the same book would
// give another number.
const PremiumMethod = "m4-2"

// PremiumsSpec asks what styles are worth.
type PremiumsSpec struct {
	AsOf  data.Date
	Level float64 // of both bands; 0: 0.95
}

// Premiums is the answer: one row per style of the reference for new pairs of all
// sizes, then one per size band and condition of it that was sold. Sorted by style,
// size band (all first, small to large, unknown last), condition.
type Premiums struct {
	Spec      PremiumsSpec
	N         int // completed sales used
	Synthetic int // of these, from synthetic files
	Rows      []Premium
}

// Premium is one cell's estimate. Multiples are sale price over retail price. A nil
// number is one that the sales don't carry; Reasons says why.
type Premium struct {
	Style, Model, Version, Colorway string
	Code, MadeIn, Audience          string // "" where the reference has none
	GreyDayYear                     int    // 0: none
	RetailPrice                     *int64 // in force on the as-of date, US cents; nil for none
	SizeBand                        string // "": all sizes; "unknown": sizes that can't be said
	Condition                       string
	N                               int     // own sales, up to the as-of date
	NEffective                      float64 // the sales that those count for by their age
	LastSoldOn                      data.Date
	Multiple                        *float64
	Lo, Hi                          *float64 // where the market is, at the level
	SaleLo, SaleHi                  *float64 // where the next sale will be, at the level; nil until past forecasts tell
	Borrowed                        *float64 // share of the estimate that is the parent's, in 0..1
	Basis                           string   // own, pooled, parent, none
	Grade                           string   // A to D, X for no number
	Reasons                         []string // codes, sorted: see ReasonText
}

// The grades, by the upper half of the estimate band at 95 %, over the estimate, and the
// effective sales of the cell. What is wider than D has no number.
var grades = []struct {
	grade string
	half  float64 // at most
	sales float64 // at least
}{
	{"A", 0.05, 20},
	{"B", 0.10, 5},
	{"C", 0.20, 1},
	{"D", 0.50, 0},
}

// gradeX is the grade of no number.
const gradeX = "X"

// The reasons of a Premium; besides these one_marketplace, one_size and stale.
const (
	ReasonNoSales        = "no_sales"
	ReasonTooWide        = "too_wide"
	ReasonNoRetailPrice  = "no_retail_price"
	ReasonRetailDoubtful = WarnRetailDoubtful // of the retail price in force, or of over a tenth of the sales
	ReasonSynthetic      = "synthetic_data"

	ReasonConditionUnknown = "condition_unknown" // too few styles tell how far pairs of this condition are from new ones
)

// ComputePremiums estimates what each style of the reference sells for over retail, by
// methods M4 and M5 from the completed sales up to AsOf: every sale is carried to that
// day, cells borrow from their style and styles from their version, and the
// interval of the next sale comes from the errors of the weeks before.
//
// The estimate is for the week after AsOf. The estimate band allows for levels that move
// like those of hyped shoes, and holds the truth in 75 to 85 % of cases at 80 % where they move
// 3 % a day; where they move less it holds more than it says: 90 to 95 % at 1 % a day, and
// 41 of 42 styles of the made-up sample. The sale band is what the backtest measures. Misleading where
// a style's sales are of another kind of seller or market than the next one (one_marketplace
// says what is known of that), where they are of one size and the row is of all (one_size),
// where none is newer than four weeks (stale: the style then moves with the market), where
// the retail price is doubtful, and for styles that borrow from a version whose styles
// differ more than it has shown. Only completed sales count, so that no price basis is mixed.
func ComputePremiums(ctx context.Context, b *data.Book, spec PremiumsSpec) (Premiums, error) {
	if spec.Level == 0 {
		spec.Level = 0.95
	}
	out := Premiums{Spec: spec}
	t, e, err := openEstimator(ctx, b, spec)
	if err != nil {
		return out, fmt.Errorf("premiums: %w", err)
	}
	out.N, out.Synthetic = e.all.n, e.all.synthetic
	for i := range t.styles {
		out.Rows = append(out.Rows, e.style(int32(i))...)
	}
	return out, nil
}

// openEstimator takes in the sales of a book, which it is done with afterwards.
func openEstimator(ctx context.Context, b *data.Book, spec PremiumsSpec) (*trades, *estimator, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	t, err := openTrades(ctx, s, spec.AsOf)
	if err != nil {
		return nil, nil, err
	}
	e, err := t.estimator(ctx, spec, nil)
	return t, e, err
}

// estimator takes in the sales up to AsOf and lets the cells borrow. watch, if any, is
// told what is learned of its style.
func (t *trades) estimator(ctx context.Context, spec PremiumsSpec, watch *watcher) (*estimator, error) {
	sold, err := t.grounds(ctx, 0)
	if err != nil {
		return nil, err
	}
	m, kinOf := t.market(defaultMethod)
	m.watch = watch
	day := int32(spec.AsOf) + 1
	r := newRolling(m, kinOf, mondayOf(day)-7*learnOrigins, spec.Level, nil)
	if err := t.eachDay(ctx, r.add); err != nil {
		return nil, err
	}
	e := &estimator{market: m, facts: t.styles, sold: sold, all: sold.all(), day: day, level: spec.Level}
	if e.intervals, err = r.close(); err != nil {
		return nil, err
	}
	e.together = &r.together
	m.turnWeeks(day)
	e.tree, err = m.borrow(day, kinOf, nil)
	return e, err
}

// estimator makes rows of a market as of a day.
type estimator struct {
	market    *market
	tree      *borrowed // nil where nothing was ever sold
	intervals *intervals
	together  *together
	facts     []styleFact
	sold      cellGrounds
	all       grounds // of all that was sold
	day       int32   // the day after the as-of date
	level     float64
}

// own is what the sales of a node's cells come to.
type own struct {
	n, recent  int
	nEffective float64
	usual      float64 // mean over its forms, by effective sales
	last       int32
}

func (e *estimator) own(cells []int32) own {
	var o own
	weighted := 0.0
	for _, at := range cells {
		c := &e.market.cells[at]
		recent := c.sales(e.day)
		k := liquidityOf(recent)
		w := c.w[k] * math.Exp2(-float64(e.day-c.last)/e.market.method.Half[k])
		o.n += c.n
		o.recent += recent
		o.nEffective += w
		o.last = max(o.last, c.last)
		o.usual += e.market.usual[c.form] * w
		weighted += w
	}
	if weighted > 0 {
		o.usual /= weighted
	}
	return o
}

// style makes a style's rows.
func (e *estimator) style(style int32) []Premium {
	var ofStyle, ofFresh grounds
	bands := map[bandKey][]int32{}
	var fresh []int32
	if int(style) < len(e.market.styles) {
		for _, at := range e.market.sortedCells(style) {
			f := e.market.forms[e.market.cells[at].form]
			key := bandKey{style, f.band(), f.condition}
			if bands[key] == nil {
				ofStyle.merge(e.sold[key])
				if f.condition == "new" {
					ofFresh.merge(e.sold[key])
				}
			}
			bands[key] = append(bands[key], at)
			if f.condition == "new" {
				fresh = append(fresh, at)
			}
		}
	}
	whole := e.row(style, e.own(fresh), nil, "new")
	e.doubt(&whole, ofFresh, ofStyle.synthetic > 0)
	rows := []Premium{whole}
	for key, cells := range bands {
		o := e.own(cells)
		row := e.row(style, o, cells, key.condition)
		row.SizeBand = cmp.Or(key.band, "unknown")
		e.doubt(&row, e.sold[key], ofStyle.synthetic > 0)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b Premium) int {
		return cmp.Or(cmp.Compare(bandPlace(a.SizeBand), bandPlace(b.SizeBand)), cmp.Compare(a.Condition, b.Condition))
	})
	return rows
}

// doubt adds to a row's reasons what is doubtful about the sales behind it: its own, or,
// where it has a number and none of its own, all of the book, as each has a share in the
// root that every style borrows from. For the same reason a row that borrows over a
// tenth is said to rest on made-up sales where the book has any; else where its style has.
func (e *estimator) doubt(r *Premium, own grounds, synthetic bool) {
	if own.n == 0 && r.Multiple != nil {
		own = e.all
	}
	for _, code := range own.warnings(scope{end: data.Date(e.day) - 1, sized: r.SizeBand != ""}) {
		switch code {
		case WarnOneMarketplace, WarnOneSize, WarnStale, WarnRetailDoubtful:
			r.Reasons = append(r.Reasons, code)
		}
	}
	if r.Basis == "pooled" || r.Basis == "parent" {
		synthetic = e.all.synthetic > 0
	}
	if synthetic && (r.N > 0 || r.Multiple != nil) {
		r.Reasons = append(r.Reasons, ReasonSynthetic)
	}
	slices.Sort(r.Reasons)
	r.Reasons = slices.Compact(r.Reasons)
}

// bandPlace orders size bands.
func bandPlace(band string) int {
	return slices.Index([]string{"", "<=6.5", "7-8.5", "9-10.5", "11-12.5", ">=13", "unknown"}, band)
}

// row estimates a size band of a style, given its cells, or all of it, for pairs of a
// condition.
func (e *estimator) row(style int32, o own, band []int32, condition string) Premium {
	f := e.facts[style]
	r := Premium{Style: f.id, Code: f.code, Model: f.kin.model, Version: f.kin.version, Colorway: f.colorway, GreyDayYear: f.greyDayYear,
		MadeIn: f.madeIn, Audience: f.audience, RetailPrice: f.retail,
		Condition: condition, N: o.n, NEffective: o.nEffective, LastSoldOn: data.Date(o.last), Basis: "none", Grade: gradeX, Reasons: []string{}}
	if f.doubtful {
		r.Reasons = append(r.Reasons, ReasonRetailDoubtful)
	}
	if f.retail == nil {
		r.Reasons = append(r.Reasons, ReasonNoRetailPrice)
	}
	if o.n == 0 {
		r.Reasons = append(r.Reasons, ReasonNoSales)
	}
	if e.tree == nil {
		return r
	}
	if condition != "new" && !e.market.known[condition] {
		r.Reasons = append(r.Reasons, ReasonConditionUnknown)
		return r
	}
	node := e.tree.style[style]
	if band != nil {
		node = e.tree.band[band[0]]
	}
	class := liquidityOf(o.recent)
	at := e.tree.at(e.market, e.day, style, node, class)
	at.mean += o.usual
	r.Grade = gradeOf(at, o)
	if r.Grade == gradeX {
		r.Reasons = append(r.Reasons, ReasonTooWide)
		return r
	}
	r.Basis = basisOf(at, o)
	half := stat.NormalQuantile((1+e.level)/2) * math.Sqrt(at.variance)
	r.Multiple, r.Borrowed = figure(math.Exp(at.mean)), figure(at.borrowed)
	r.Lo, r.Hi = figure(math.Exp(at.mean-half)), figure(math.Exp(at.mean+half))
	if h := e.intervals.half(class) * math.Sqrt(at.sale); !math.IsInf(h, 1) {
		r.SaleLo, r.SaleHi = figure(math.Exp(at.mean-h)), figure(math.Exp(at.mean+h))
	}
	return r
}

func gradeOf(f forecast, o own) string {
	half := math.Exp(stat.NormalQuantile(0.975)*math.Sqrt(f.variance)) - 1
	for _, g := range grades {
		if half <= g.half && o.nEffective >= g.sales {
			return g.grade
		}
	}
	return gradeX
}

func basisOf(f forecast, o own) string {
	switch {
	case o.n == 0:
		return "parent"
	case f.borrowed <= 0.1:
		return "own"
	}
	return "pooled"
}

// Premium is multiple − 1, nil where there is none.
func (p Premium) Premium() *float64 {
	if p.Multiple == nil {
		return nil
	}
	return figure(*p.Multiple - 1)
}

// Numbers is the same with only the rows that have a number.
func (p Premiums) Numbers() Premiums {
	p.Rows = slices.DeleteFunc(slices.Clone(p.Rows), func(r Premium) bool { return r.Multiple == nil })
	return p
}
