package analysis

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/amassable/greybook/data"
)

// ValueSpec asks what a collection is worth.
type ValueSpec struct {
	Premiums PremiumsSpec
	Pairs    []data.Pair
}

// Value is the answer: one row per pair, in the order of the pairs, and the total.
type Value struct {
	Spec         PremiumsSpec
	N, Synthetic int // completed sales that the estimates rest on; of these, from synthetic files
	Rows         []ValueRow
	Total        ValueTotal
}

// ValueRow is one pair with its estimate. Money is in US cents; a nil number is one that
// nobody can say: Reasons says why.
type ValueRow struct {
	Pair data.Pair
	PairValue
	Paid            *int64   // what was paid, at the rate of the day it was bought on
	Gain            *int64   // Estimate minus Paid
	GainShare       *float64 // Gain over Paid; nil for a gift
	GainRetail      *int64   // Estimate minus the retail price in force
	GainRetailShare *float64
	Check           []string // what to look at where label and reference disagree: see LabelChecks
}

// ValueTotal adds up the pairs that have an estimate, and only those.
type ValueTotal struct {
	Total
	Paid            *int64 // for those of them whose price in dollars is known
	PaidPairs       int    // how many that are
	Gain            *int64 // of those: their estimates minus Paid
	GainShare       *float64
	GainRetail      *int64
	GainRetailShare *float64
}

// The reasons of a ValueRow, besides those of its PairValue and the faults of its pair.
const (
	ReasonStyleUnknown     = "style_unknown"     // no style of the reference fits, or several do
	ReasonStyleConflict    = "style_conflict"    // code and title name different shoes
	ReasonConditionAssumed = "condition_assumed" // the user says it for pairs whose record doesn't
	ReasonBoxMissing       = "box_missing"
	ReasonLabelContradicts = "label_contradicts"
	ReasonPaidUndated      = "paid_undated" // in another currency, on no known day
	ReasonPaidNoRate       = "paid_no_rate" // in another currency, without a rate for the day
)

// LabelChecks are what tells where a pair was made, for one whose label and the
// reference disagree. Neither is taken to be right: labels are misread, and a style may be
// made in two countries.
func LabelChecks() []string { return []string{"tongue label", "box label", "factory code"} }

// ComputeValue values each pair of a collection, and all of them together: see Valuer. An
// estimate is for a pair as such pairs were sold. What a missing box takes off is not
// known, so it is said and not taken off. A pair without an estimate is a row with its
// reasons, counted in the total and in none of its sums.
func ComputeValue(ctx context.Context, b *data.Book, spec ValueSpec) (Value, error) {
	v, err := NewValuer(ctx, b, spec.Premiums)
	if err != nil {
		return Value{}, err
	}
	paid, err := paidInDollars(ctx, b, spec.Pairs)
	if err != nil {
		return Value{}, fmt.Errorf("exchange rates: %w", err)
	}
	out := Value{Spec: v.Spec, N: v.N, Synthetic: v.Synthetic}
	var values []PairValue
	for i, p := range spec.Pairs {
		row := v.row(p)
		row.pay(paid[i])
		slices.Sort(row.Reasons)
		row.Reasons = slices.Compact(row.Reasons)
		out.Rows = append(out.Rows, row)
		values = append(values, row.PairValue)
	}
	out.Total.Total = v.Total(values)
	out.Total.addUp(out.Rows)
	return out, nil
}

// row values one pair.
func (v *Valuer) row(p data.Pair) ValueRow {
	row := ValueRow{Pair: p}
	if value, ok := v.Pair(p.StyleID, p.SizeUSMen, p.Condition); ok {
		row.PairValue = value
	} else {
		row.PairValue = PairValue{Premium: Premium{Model: p.Model, Version: p.Version, Condition: p.Condition, Basis: "none", Grade: gradeX}}
		why := ReasonStyleUnknown
		if p.MatchMethod == "conflict" {
			why = ReasonStyleConflict
		}
		row.Reasons = []string{why}
	}
	row.Reasons = slices.Clone(row.Reasons)
	if p.Assumed {
		row.Reasons = append(row.Reasons, ReasonConditionAssumed)
	}
	if p.HasBox != nil && !*p.HasBox {
		row.Reasons = append(row.Reasons, ReasonBoxMissing)
	}
	if contradicts(p.Origin, row.MadeIn) {
		row.Reasons, row.Check = append(row.Reasons, ReasonLabelContradicts), LabelChecks()
	}
	for _, f := range p.Faults {
		row.Reasons = append(row.Reasons, f.Reason)
	}
	return row
}

// elsewhere are the countries that are not in Asia, of those on labels.
var elsewhere = []string{"USA", "UK"}

// contradicts reports whether a label and the reference name different countries; the
// reference may name no more than Asia.
func contradicts(label, reference string) bool {
	switch {
	case label == "" || reference == "" || label == reference:
		return false
	case label == "Asia" || reference == "Asia":
		return slices.Contains(elsewhere, label) || slices.Contains(elsewhere, reference)
	}
	return true
}

// pay says what was paid and what was gained, and why not where it can't be said.
func (r *ValueRow) pay(paid *int64) {
	r.Paid = paid
	if r.Pair.Paid != nil && paid == nil {
		why := ReasonPaidNoRate
		if r.Pair.BoughtOn.IsZero() {
			why = ReasonPaidUndated
		}
		r.Reasons = append(r.Reasons, why)
	}
	if r.Estimate == nil {
		return
	}
	r.GainRetail, r.GainRetailShare = gain(*r.Estimate, *r.RetailPrice)
	if paid != nil {
		r.Gain, r.GainShare = gain(*r.Estimate, *paid)
	}
}

// gain is what an estimate is above what was given, and that over what was given.
func gain(estimate, given int64) (*int64, *float64) {
	g := estimate - given
	if given == 0 {
		return &g, nil
	}
	return &g, figure(float64(g) / float64(given))
}

// addUp adds what was paid for the pairs that have an estimate.
func (t *ValueTotal) addUp(rows []ValueRow) {
	paid, estimate := int64(0), int64(0)
	for _, r := range rows {
		if r.Gain != nil {
			t.PaidPairs++
			paid += *r.Paid
			estimate += *r.Estimate
		}
	}
	if t.PaidPairs > 0 {
		t.Paid = &paid
		t.Gain, t.GainShare = gain(estimate, paid)
	}
	if t.Valued > 0 {
		t.GainRetail, t.GainRetailShare = gain(t.Estimate, t.Retail)
	}
}

// paidInDollars is what was paid for each pair, in cents, at the rate of the day on which
// it was bought; nil where nobody says, or where the book has no rate.
func paidInDollars(ctx context.Context, b *data.Book, pairs []data.Pair) ([]*int64, error) {
	out := make([]*int64, len(pairs))
	var foreign [][]data.Cell
	for i, p := range pairs {
		switch {
		case p.Paid == nil:
		case p.PaidCurrency == "USD" || *p.Paid == 0: // nothing is nothing in any currency
			v := int64(*p.Paid)
			out[i] = &v
		case !p.BoughtOn.IsZero():
			foreign = append(foreign, []data.Cell{data.BigInt(i), data.Text(p.PaidCurrency), data.Text(p.BoughtOn.String()), data.Text(p.Paid.String())})
		}
	}
	if len(foreign) == 0 {
		return out, nil
	}
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := data.BuildIntervals(ctx, s); err != nil {
		return nil, err
	}
	if err := s.LoadTemp(ctx, "paid", "pair BIGINT, currency VARCHAR, bought_on VARCHAR, amount VARCHAR", foreign); err != nil {
		return nil, err
	}
	rows, err := s.Query(ctx, `
		SELECT p.pair, TRY_CAST(round(p.amount::DECIMAL(12,2) * fx.usd_per_unit, 2) AS DECIMAL(12,2))::VARCHAR
		FROM paid p JOIN fx_interval fx ON fx.currency = p.currency AND p.bought_on::DATE >= fx.valid_from AND p.bought_on::DATE < fx.valid_to
		ORDER BY p.pair`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var i int
		var dollars *string
		if err := rows.Scan(&i, &dollars); err != nil {
			return nil, err
		}
		if dollars == nil {
			continue // more than the book can hold
		}
		whole, hundredths := (*dollars)[:len(*dollars)-3], (*dollars)[len(*dollars)-2:]
		v, err := strconv.ParseInt(whole+hundredths, 10, 64)
		if err != nil {
			return nil, err
		}
		out[i] = &v
	}
	return out, rows.Err()
}
