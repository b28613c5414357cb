package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// ExplainSpec asks how one row of the premiums came about.
type ExplainSpec struct {
	Premiums  PremiumsSpec
	Style     string // styles.style_id
	SizeBand  string // as Premium has it; "": all sizes
	Condition string // "": new
}

// Explanation is the whole derivation of one row of Premiums: what a reader needs to do
// the number again by hand, in full precision. Levels, distances and means are of
// ln(sale price / retail price) unless a name says otherwise. Each type says how its
// figures follow from one another; together:
//
//  1. Sales: each sale used is multiple = sale price / retail price of its day.
//  2. Level: day by day the style's level follows them; Now is the level on the day after
//     AsOf, Ahead three days later.
//  3. Cells: a size and condition's own is the weighted mean of its sales' distances from
//     that level; what it lends to the tree is Now's level + own − usual.
//  4. Tree: from the root down, estimate = own + borrowed·(the parent's estimate − own).
//  5. Result.
type Explanation struct {
	Style         string          `json:"style_id"`
	StyleCode     string          `json:"style_code,omitempty"`
	Model         string          `json:"model,omitempty"`
	Version       string          `json:"version,omitempty"`
	Colorway      string          `json:"colorway,omitempty"`
	GreyDayYear   int             `json:"grey_day_year,omitempty"`
	SizeBand      string          `json:"size_band"` // "all": new pairs of all sizes
	Condition     string          `json:"condition"`
	AsOf          data.Date       `json:"as_of"`
	BandLevel     float64         `json:"band_level"` // of both bands
	MethodVersion string          `json:"method_version"`
	Synthetic     int             `json:"synthetic"`  // made-up sales among those used of the style
	BookSales     int             `json:"book_sales"` // completed sales of all styles up to AsOf: what is borrowed rests on them
	BookSynthetic int             `json:"book_synthetic"`
	Method        ExplainedMethod `json:"method"`
	Retail        ExplainedRetail `json:"retail"`
	Sales         ExplainedSales  `json:"sales"`
	Level         ExplainedLevel  `json:"level"`
	Cells         []ExplainedCell `json:"cells"` // the style's, by size and condition
	Tree          ExplainedTree   `json:"tree"`
	Result        ExplainedResult `json:"result"`
}

// ExplainedMethod are the constants of the method that the steps use.
type ExplainedMethod struct {
	Sigma            float64            `json:"sigma"` // sd of a sale about its cell, before its style has shown its own
	Prior            float64            `json:"prior"` // sales that the usual distance counts for
	SteadyDays       float64            `json:"steady_days"`
	RecentDays       int                `json:"recent_days"`
	NoiseDays        float64            `json:"noise_days"`  // half-life of a style's own sd
	NoisePrior       float64            `json:"noise_prior"` // sales that Sigma counts for in it
	CalmDays         float64            `json:"calm_days"`   // half-life of a style's unrest
	CalmPrior        float64            `json:"calm_prior"`
	HorizonDays      float64            `json:"horizon_days"`   // from the day to the middle of the week that begins with it
	HuberFirst       float64            `json:"huber_first"`    // bounds of Huber weights, in standard deviations: of a style's first day,
	HuberLevel       float64            `json:"huber_level"`    // of a sale about the level of its day, later,
	HuberResidual    float64            `json:"huber_residual"` // of a sale within its cell
	HalfLives        map[string]float64 `json:"half_lives"`     // by class of liquidity, in days
	TrendShares      map[string]float64 `json:"trend_shares"`   // by class
	SizeBandsUSMen   []string           `json:"size_bands_us_men"`
	ClassesBySales28 []string           `json:"classes_by_sales_in_28_days"`
}

// ExplainedLevel is a style's level, day by day. Now and Ahead are null where it was
// never sold.
type ExplainedLevel struct {
	Days  []LevelStep      `json:"days"`
	Now   *LevelPrediction `json:"now"`   // on the day after the as-of date
	Ahead *LevelPrediction `json:"ahead"` // in the middle of the week that begins then: its variance is in the estimate's
}

// NoRowError says that the premiums have no row of the sizes and condition asked for.
type NoRowError struct {
	Asked string   // "9-10.5 used"
	Rows  []string // those that the style has
}

func (e *NoRowError) Error() string {
	return fmt.Sprintf("no estimate of %s pairs of it: none was sold", e.Asked)
}

// Hint names the rows that there are.
func (e *NoRowError) Hint() string { return "there are " + strings.Join(e.Rows, "; ") }

// ComputeExplanation explains one row of ComputePremiums, from the same code and with the
// same number. Memory is linear in the sales of the style.
//
// Errors: a style that the reference lacks; *NoRowError.
func ComputeExplanation(ctx context.Context, b *data.Book, spec ExplainSpec) (Explanation, error) {
	spec.Condition = cmp.Or(spec.Condition, "new")
	if spec.Premiums.Level == 0 {
		spec.Premiums.Level = 0.95
	}
	flags, err := b.Flags(ctx)
	if err != nil {
		return Explanation{}, err
	}
	s, err := b.Session(ctx)
	if err != nil {
		return Explanation{}, err
	}
	defer s.Close()
	x, err := explain(ctx, s, spec, flags)
	if err != nil {
		return Explanation{}, fmt.Errorf("explain %s: %w", spec.Style, err)
	}
	return x, nil
}

func explain(ctx context.Context, s *data.Session, spec ExplainSpec, flags []data.Flag) (Explanation, error) {
	var x Explanation
	asOf := spec.Premiums.AsOf
	t, err := openTrades(ctx, s, asOf)
	if err != nil {
		return x, err
	}
	style, ok := t.styleNo[spec.Style]
	if !ok {
		return x, fmt.Errorf("the reference has no such style")
	}
	w := &watcher{style: style, steps: []LevelStep{}}
	e, err := t.estimator(ctx, spec.Premiums, w)
	if err != nil {
		return x, err
	}
	row, err := pickRow(e.style(style), spec)
	if err != nil {
		return x, err
	}
	f := t.styles[style]
	x = Explanation{Style: f.id, StyleCode: f.code, Model: f.kin.model, Version: f.kin.version, Colorway: f.colorway, GreyDayYear: f.greyDayYear,
		SizeBand: cmp.Or(spec.SizeBand, "all"), Condition: spec.Condition, AsOf: asOf, BandLevel: spec.Premiums.Level, MethodVersion: PremiumMethod, BookSales: e.all.n, BookSynthetic: e.all.synthetic,
		Method: explainMethod(e.market.method), Level: ExplainedLevel{Days: w.steps}}
	if x.Retail, err = explainRetail(ctx, s, f.id, asOf); err != nil {
		return x, err
	}
	records, err := readStyleSales(ctx, s, f.id, asOf)
	if err != nil {
		return x, err
	}
	if x.Sales, err = explainSales(records, flags, w, t.formNo); err != nil {
		return x, err
	}
	return x, e.explain(&x, style, spec, row, t.formNo)
}

// pickRow finds the row asked for.
func pickRow(rows []Premium, spec ExplainSpec) (Premium, error) {
	var have []string
	for _, r := range rows {
		if r.SizeBand == spec.SizeBand && r.Condition == spec.Condition {
			return r, nil
		}
		have = append(have, cmp.Or(r.SizeBand, "all sizes")+" "+r.Condition)
	}
	return Premium{}, &NoRowError{cmp.Or(spec.SizeBand, "all sizes") + " " + spec.Condition, have}
}

func explainMethod(m method) ExplainedMethod {
	out := ExplainedMethod{Sigma: m.Sigma, Prior: m.Prior, SteadyDays: m.Steady, RecentDays: recentDays, NoiseDays: noiseDays, NoisePrior: noisePrior,
		CalmDays: calmDays, CalmPrior: calmPrior, HorizonDays: horizon, HuberFirst: huberK, HuberLevel: doubtAt, HuberResidual: residualK,
		HalfLives: map[string]float64{}, TrendShares: map[string]float64{}, SizeBandsUSMen: SizeBandNames()}
	for k := range classes {
		out.HalfLives[k.String()], out.TrendShares[k.String()] = m.Half[k], m.Trend[k]
		out.ClassesBySales28 = append(out.ClassesBySales28, k.String())
	}
	return out
}

// explain fills in what follows from the market as it is in the end.
func (e *estimator) explain(x *Explanation, style int32, spec ExplainSpec, row Premium, formNo map[form]int32) error {
	inRow := func(f form) bool {
		return f.condition == spec.Condition && (spec.SizeBand == "" || cmp.Or(f.band(), "unknown") == spec.SizeBand)
	}
	cells := e.cellsOf(style)
	x.Cells = e.explainCells(cells, inRow)
	if e.wasSold(style) {
		now, ahead := e.market.explainPrediction(style, e.day), e.market.explainPrediction(style, e.day+3)
		x.Level.Now, x.Level.Ahead = &now, &ahead
	}
	cellOf := map[int32]int{}
	for i, at := range cells {
		cellOf[e.market.cells[at].form] = i
	}
	for i := range x.Sales.Rows {
		e.carrySale(&x.Sales.Rows[i], x, cellOf[formNo[form{x.Sales.Rows[i].size, x.Sales.Rows[i].Condition}]])
	}
	x.Sales.Warnings = e.explainWarnings(style, spec)
	var picked []int32
	for _, at := range cells {
		if inRow(e.market.forms[e.market.cells[at].form]) {
			picked = append(picked, at)
		}
	}
	return e.explainResult(x, style, spec, row, e.own(picked))
}

// carrySale carries a sale to the day.
func (e *estimator) carrySale(r *ExplainedSale, x *Explanation, cell int) {
	c := x.Cells[cell]
	r.Cell, r.InRow, r.AgeDays = cell, c.InRow, int(e.day-int32(r.SoldOn))
	r.Weight = halved(r.AgeDays, c.HalfLife)
	r.CarriedMultiple = math.Exp(x.Level.Now.Predicted.Level + r.Distance)
	if c.InRow {
		x.Sales.InRow++
	}
	if slices.Contains(r.Flags, "synthetic") {
		x.Synthetic++
	}
}

// cellsOf are a style's cells by form; none where it was never sold.
func (e *estimator) cellsOf(style int32) []int32 {
	if !e.wasSold(style) {
		return nil
	}
	return e.market.sortedCells(style)
}

func (e *estimator) wasSold(style int32) bool {
	return int(style) < len(e.market.styles) && e.market.styles[style].last > 0
}

// SizeBandNames are the names of the size bands, as rows of Premiums have them.
func SizeBandNames() []string {
	return []string{"<=6.5", "7-8.5", "9-10.5", "11-12.5", ">=13", "unknown"}
}

// SizeBandOf is the band of a size, which is given in half US men's sizes.
func SizeBandOf(halves int) string { return form{size: int16(halves)}.band() }
