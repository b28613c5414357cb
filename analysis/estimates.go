package analysis

import (
	"context"
	"fmt"
	"math"

	"github.com/amassable/greybook/data"
)

// MethodVersion names how estimates are made. It changes whenever the same book
// would give another number.
const MethodVersion = "m2-1"

// estimateDays is how far back sales count for an estimate, in days.
const estimateDays = 364

// EstimatesSpec asks for the catalog's estimates.
type EstimatesSpec struct {
	AsOf  data.Date
	Level float64 // 0: 0.95
}

// ComputeEstimates gives one row for every style of the reference, all sizes, new
// pairs: the median multiple of its own completed sales in the 52 weeks up to AsOf,
// with its exact interval, and the same in dollars at the retail price in force on
// AsOf. A style whose own sales don't carry an interval gets no number but the
// reasons; nothing is borrowed from other styles yet, so n_effective and the grade
// of a number stay null.
func ComputeEstimates(ctx context.Context, b *data.Book, spec EstimatesSpec) ([]Estimate, error) {
	if spec.Level == 0 {
		spec.Level = 0.95
	}
	m, err := ComputeMultiples(ctx, b, MultiplesSpec{By: []Dimension{ByStyle}, Since: spec.AsOf.AddDays(1 - estimateDays), AsOf: spec.AsOf, Level: spec.Level})
	if err != nil {
		return nil, err
	}
	byStyle := map[string]MultipleRow{}
	for _, r := range m.Rows {
		byStyle[r.Keys[0]] = r
	}
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := data.BuildIntervals(ctx, s); err != nil {
		return nil, err
	}
	rows, err := s.Query(ctx, `
		SELECT t.style_id, coalesce(t.style_code, ''), coalesce(t.model, ''), coalesce(t.version, ''), coalesce(t.colorway, ''), coalesce(g.year, 0),
		       coalesce(t.made_in, ''), coalesce(t.audience, ''), (r.retail_price * 100)::BIGINT, coalesce(r.doubtful, false)
		FROM styles t
		LEFT JOIN grey_days g ON g.style_id = t.style_id
		LEFT JOIN retail_interval r ON r.style_no = t.style_no AND r.currency = 'USD' AND CAST(? AS DATE) >= r.valid_from AND CAST(? AS DATE) < r.valid_to
		ORDER BY t.style_id`, spec.AsOf.String(), spec.AsOf.String())
	if err != nil {
		return nil, fmt.Errorf("estimates: %w", err)
	}
	defer rows.Close()
	var out []Estimate
	for rows.Next() {
		e := Estimate{Condition: "new", AsOf: spec.AsOf, Currency: "USD", Level: spec.Level, MethodVersion: MethodVersion, Reasons: []string{}}
		var doubtful bool
		if err := rows.Scan(&e.StyleID, &e.StyleCode, &e.Model, &e.Version, &e.Colorway, &e.GreyDayYear, &e.MadeIn, &e.Audience, &e.RetailPriceMinor, &doubtful); err != nil {
			return nil, err
		}
		e.fill(byStyle[e.StyleID], doubtful)
		out = append(out, e)
	}
	return out, rows.Err()
}

// fill puts a style's figures into its estimate, or the reasons why there are none.
func (e *Estimate) fill(r MultipleRow, doubtful bool) {
	e.NSales, e.Synthetic, e.LastSoldOn = r.N, r.Synthetic, r.LastSoldOn
	e.Basis, e.Grade = "none", "X"
	if doubtful {
		e.Reasons = append(e.Reasons, "retail_doubtful")
	}
	if e.RetailPriceMinor == nil {
		e.Reasons = append(e.Reasons, "no_retail_price")
	}
	if r.N == 0 {
		e.Reasons = append(e.Reasons, "no_sales")
		return
	}
	if r.Synthetic > 0 {
		e.Reasons = append(e.Reasons, "synthetic_data")
	}
	if r.Median == nil || r.Lo == nil {
		e.Reasons = append(e.Reasons, "too_few_sales")
		return
	}
	e.Multiple, e.MultipleLo, e.MultipleHi = r.Median, r.Lo, r.Hi
	premium := *r.Median - 1
	e.Premium = &premium
	e.Basis, e.Grade = "own", ""
	if e.RetailPriceMinor == nil {
		e.Grade = "X"
		return
	}
	at := func(multiple float64) *int64 {
		v := int64(math.Round(float64(*e.RetailPriceMinor) * multiple))
		return &v
	}
	e.EstimateMinor, e.LoMinor, e.HiMinor = at(*r.Median), at(*r.Lo), at(*r.Hi)
}
