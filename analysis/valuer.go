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

// Valuer tells what pairs are worth as of a day: one by one, from the rows of
// ComputePremiums, and several together. It holds no book.
type Valuer struct {
	Spec         PremiumsSpec
	N, Synthetic int // completed sales that it rests on; of these, from synthetic files

	estimator *estimator
	styleNo   map[string]int32
	rows      map[int32][]Premium // made when first asked for
}

// NewValuer takes in the sales of a book up to spec.AsOf. It costs what ComputePremiums
// costs, and no question afterwards costs anything.
func NewValuer(ctx context.Context, b *data.Book, spec PremiumsSpec) (*Valuer, error) {
	if spec.Level == 0 {
		spec.Level = 0.95
	}
	t, e, err := openEstimator(ctx, b, spec)
	if err != nil {
		return nil, fmt.Errorf("estimates: %w", err)
	}
	return &Valuer{Spec: spec, N: e.all.n, Synthetic: e.all.synthetic, estimator: e, styleNo: t.styleNo, rows: map[int32][]Premium{}}, nil
}

// The reasons of a PairValue, besides those of its Premium.
const (
	ReasonSizeNotSaid      = "size_not_said"      // the row is the one of all sizes, which only new pairs have
	ReasonSizeBandUnsold   = "size_band_unsold"   // no sale in its size band: the estimate is of all sizes
	ReasonConditionNotSaid = "condition_not_said" // the row is the one of sales that don't say it either, if there are any
	ReasonNoSaleInterval   = "no_sale_interval"   // too few past forecasts to tell where the next sale will be
)

// PairValue is what one pair of a style, size and condition sells for: the row of Premiums
// that it is of, in money. Money is in US cents at the retail price in force on the as-of
// date; a nil number is one that the sales don't carry: Reasons says why.
type PairValue struct {
	Premium           // the row; its SizeBand is "" where it is of all sizes
	Estimate   *int64 // retail price times Multiple: the median of what such a pair sells for
	SaleLow    *int64 // where this pair's sale will be, at the level: the row's SaleLo to SaleHi
	SaleHigh   *int64
	MarketLow  *int64 // where the market is, at the level: Lo to Hi
	MarketHigh *int64
	Reasons    []string // codes, sorted: the row's and those above; see ReasonText

	source source
}

// Pair values a pair: halves is its size in half US men's sizes, 0 where it is not said,
// condition new, new_defects, used or unknown. ok is false for a style that is not in the
// reference.
//
// It is the row of the pair's own size band and condition. New pairs of a band that
// never sold, or of no size, get the row of all sizes; of others there is no such row, and
// so no number. A condition that is not said is not taken for new.
func (v *Valuer) Pair(style string, halves int, condition string) (out PairValue, ok bool) {
	no, ok := v.styleNo[style]
	if !ok {
		return out, false
	}
	rows := v.rows[no]
	if rows == nil {
		rows = v.estimator.style(no)
		v.rows[no] = rows
	}
	band := ""
	if halves > 0 {
		band = SizeBandOf(halves)
	} else {
		out.Reasons = append(out.Reasons, ReasonSizeNotSaid)
	}
	find := func(band string) bool {
		i := slices.IndexFunc(rows, func(r Premium) bool { return r.SizeBand == band && r.Condition == condition })
		if i >= 0 {
			out.Premium = rows[i]
		}
		return i >= 0
	}
	found := find(band)
	if !found && band != "" {
		if found = find(""); found && out.Multiple != nil {
			out.Reasons = append(out.Reasons, ReasonSizeBandUnsold)
		}
	}
	if !found {
		out.Premium = unsold(rows[0], band, condition)
	}
	if condition == "unknown" {
		out.Reasons = append(out.Reasons, ReasonConditionNotSaid)
	}
	v.price(no, &out)
	return out, true
}

// unsold is the row of a size band and condition that never sold, of which premiums has none.
func unsold(of Premium, band, condition string) Premium {
	r := Premium{Style: of.Style, Code: of.Code, Model: of.Model, Version: of.Version, Colorway: of.Colorway, GreyDayYear: of.GreyDayYear, MadeIn: of.MadeIn,
		Audience: of.Audience, RetailPrice: of.RetailPrice, SizeBand: band, Condition: condition, Basis: "none", Grade: gradeX}
	for _, code := range of.Reasons {
		if code == ReasonNoRetailPrice {
			r.Reasons = append(r.Reasons, code)
		}
	}
	r.Reasons = append(r.Reasons, ReasonNoSales)
	return r
}

// price puts the row into money, and says where its error comes from.
func (v *Valuer) price(style int32, p *PairValue) {
	r := p.Premium
	p.Reasons = append(p.Reasons, r.Reasons...)
	if r.RetailPrice == nil {
		p.Grade = gradeX
	} else if r.Multiple != nil {
		p.Estimate, p.MarketLow, p.MarketHigh = cents(r.RetailPrice, r.Multiple), cents(r.RetailPrice, r.Lo), cents(r.RetailPrice, r.Hi)
		p.SaleLow, p.SaleHigh = cents(r.RetailPrice, r.SaleLo), cents(r.RetailPrice, r.SaleHi)
		if p.SaleLow == nil {
			p.Reasons = append(p.Reasons, ReasonNoSaleInterval)
		}
		p.source = v.estimator.source(style, r)
	}
	slices.Sort(p.Reasons)
	p.Reasons = slices.Compact(p.Reasons)
}

// source is where the error of a row with a number comes from.
func (e *estimator) source(style int32, r Premium) source {
	band, cells := r.SizeBand, []int32(nil)
	if band == "unknown" {
		band = ""
	}
	if int(style) < len(e.market.styles) {
		for _, at := range e.market.sortedCells(style) {
			if f := e.market.forms[e.market.cells[at].form]; f.condition == r.Condition && (r.SizeBand == "" || f.band() == band) {
				cells = append(cells, at)
			}
		}
	}
	node, class := e.tree.style[style], liquidityOf(e.own(cells).recent)
	if r.SizeBand != "" {
		node = e.tree.band[cells[0]]
	}
	at := e.tree.at(e.market, e.day, style, node, class)
	s := source{style: style, node: node, version: e.facts[style].kin.ofVersion(), level: at.variance - e.tree.nodes[node].Var, expected: math.Sqrt(at.sale)}
	s.sd = e.intervals.half(class) * s.expected / stat.NormalQuantile((1+e.level)/2)
	return s
}

// Total is what several pairs sell for together. Money is in US cents.
type Total struct {
	Pairs    int   // all of them
	Valued   int   // those with an estimate, which the figures are of
	Retail   int64 // sum of their retail prices
	Estimate int64 // sum of their estimates
	// Low to High holds what they fetch together, each sold once, at the level; nil where
	// there is none, or a sale's interval is not known for one of them.
	Low, High *int64
	// SD is the standard deviation of ln of that sum, and Apart what it would be if no two
	// errors had anything in common; 0 without an interval.
	SD, Apart float64
}

// Total adds pairs up. Those without an estimate are counted, and no more.
//
// Errors of estimates go together: two pairs of a style share its level, two of a
// version what is not known of the version, all of them the market. So their
// covariances go into the variance of the sum (estimator.covariance), and what is left of
// each pair's own sale band is its sale's noise, which is its own. The sum is taken
// for lognormal (stat.Lognormals). An estimate is a median, and prices lie farther above
// theirs than below, so that the sum of the estimates is a little lower than the middle of
// the interval; where so many pairs are added that it would lie outside, the interval is
// widened to hold it.
func (v *Valuer) Total(pairs []PairValue) Total {
	out := Total{Pairs: len(pairs)}
	known := true
	groups, order := map[source][]float64{}, []source{}
	for _, p := range pairs {
		if p.Estimate == nil {
			continue
		}
		out.Valued++
		out.Estimate += *p.Estimate
		out.Retail += *p.RetailPrice
		known = known && p.SaleLow != nil
		if groups[p.source] == nil {
			order = append(order, p.source)
		}
		groups[p.source] = append(groups[p.source], float64(*p.Estimate))
	}
	if !known || out.Valued == 0 {
		return out
	}
	slices.SortFunc(order, func(a, b source) int { return cmp.Or(cmp.Compare(a.style, b.style), cmp.Compare(a.node, b.node)) })
	var l stat.Lognormals
	for _, s := range order {
		amounts, sum, squares := groups[s], 0.0, 0.0
		for _, x := range amounts { // whole cents: the order of pairs changes no digit
			sum += x
			squares += x * x
		}
		l.Sum, l.Squares, l.Var = append(l.Sum, sum), append(l.Squares, squares), append(l.Var, s.sd*s.sd)
	}
	l.Covariance = func(_, _ int) float64 { return 0 }
	_, out.Apart = l.SumMoments()
	l.Covariance = func(i, j int) float64 { return v.estimator.covariance(order[i], order[j]) }
	mean, sd := l.SumMoments()
	half := sd * stat.NormalQuantile((1+v.Spec.Level)/2)
	low, high := int64(math.Round(math.Exp(mean-half))), int64(math.Round(math.Exp(mean+half)))
	low, high = min(low, out.Estimate), max(high, out.Estimate)
	out.SD, out.Low, out.High = sd, &low, &high
	return out
}
