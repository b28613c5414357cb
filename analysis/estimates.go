package analysis

import (
	"context"
	"math"

	"github.com/amassable/greybook/data"
)

// EstimatesSpec asks for the catalog's estimates.
type EstimatesSpec struct {
	AsOf  data.Date
	Level float64 // 0: 0.95
}

// ComputeEstimates gives the catalog's estimates: the rows of ComputePremiums, in their
// order, with the multiple and its estimate band also in cents, at the retail price in
// dollars in force on AsOf. Multiples and premiums are rounded half away from zero to four
// decimals, n_effective to two, after the money was made of them.
//
// A row without a retail price in force has no money, so its grade is X and its reasons say
// no_retail_price; a multiple that its sales carry stands all the same, with its basis.
func ComputeEstimates(ctx context.Context, b *data.Book, spec EstimatesSpec) ([]Estimate, error) {
	p, err := ComputePremiums(ctx, b, PremiumsSpec(spec))
	if err != nil {
		return nil, err
	}
	return p.Estimates(), nil
}

// Estimates are the rows as the catalog has them: see ComputeEstimates.
func (p Premiums) Estimates() []Estimate {
	out := make([]Estimate, len(p.Rows))
	for i, r := range p.Rows {
		out[i] = r.estimate(p.Spec)
	}
	return out
}

// estimate is the row as the catalog has it.
func (p Premium) estimate(spec PremiumsSpec) Estimate {
	e := Estimate{StyleID: p.Style, StyleCode: p.Code, Model: p.Model, Version: p.Version, Colorway: p.Colorway, GreyDayYear: p.GreyDayYear,
		MadeIn: p.MadeIn, Audience: p.Audience, SizeBand: p.SizeBand, Condition: p.Condition, AsOf: spec.AsOf, RetailPriceMinor: p.RetailPrice,
		Level: spec.Level, Multiple: rounded(p.Multiple), MultipleLo: rounded(p.Lo), MultipleHi: rounded(p.Hi), Premium: rounded(p.Premium()),
		NSales: p.N, NEffective: roundTo(p.NEffective, 100), LastSoldOn: p.LastSoldOn, Basis: p.Basis, Grade: p.Grade, Reasons: p.Reasons,
		MethodVersion: PremiumMethod}
	if p.RetailPrice == nil {
		e.Grade = gradeX
		return e
	}
	e.Currency = "USD"
	e.EstimateMinor, e.LoMinor, e.HiMinor = cents(p.RetailPrice, p.Multiple), cents(p.RetailPrice, p.Lo), cents(p.RetailPrice, p.Hi)
	return e
}

// cents are a multiple of a retail price; nil for none.
func cents(retail *int64, multiple *float64) *int64 {
	if multiple == nil {
		return nil
	}
	v := int64(math.Round(float64(*retail) * *multiple))
	return &v
}

// rounded is a figure to four decimals; nil for none.
func rounded(v *float64) *float64 {
	if v == nil {
		return nil
	}
	return figure(roundTo(*v, 1e4))
}

// roundTo rounds half away from zero; adding 0 turns −0 into 0.
func roundTo(v, scale float64) float64 { return math.Round(v*scale)/scale + 0 }
