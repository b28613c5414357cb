package analysis

import (
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/data"
)

// holding is how many observations of new pairs the book holds. Grain: price
// basis, model.
type holding struct {
	basis, model string
	n            int
	last         data.Date
}

// instead looks for a page that is not empty, up to asOf: first the same question
// in another week, then the same kind of price of all models, then another kind
// of price. It returns nil when the book holds no observation of a new pair.
func instead(ctx context.Context, b *data.Book, spec WeeklySpec, asOf data.Date) (*Instead, error) {
	held, err := holdings(ctx, b, asOf)
	if err != nil {
		return nil, fmt.Errorf("what the book holds instead: %w", err)
	}
	bases := append([]string{spec.PriceBasis}, PriceBases()...)
	for _, basis := range bases {
		for _, model := range []string{spec.Model, ""} {
			found := slices.DeleteFunc(slices.Clone(held), func(h holding) bool {
				return h.basis != basis || model != "" && h.model != model
			})
			if len(found) == 0 {
				continue
			}
			in := &Instead{Spec: spec}
			in.Spec.PriceBasis, in.Spec.Model = basis, model
			unnamed := 0
			for _, h := range found {
				in.N += h.n
				in.Last = max(in.Last, h.last)
				if h.model == "" {
					unnamed += h.n
				}
			}
			in.Spec.Week = in.Last.Monday()
			if spec.By == ByVersion && 2*unnamed > in.N {
				in.Spec.By = ByStyle // without models there are no versions
			}
			return in, nil
		}
	}
	return nil, nil
}

func holdings(ctx context.Context, b *data.Book, asOf data.Date) ([]holding, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, `SELECT price_basis, coalesce(model, ''), count(*), max(sold_on)::VARCHAR FROM observations
		WHERE condition = 'new' AND sold_on <= CAST(? AS DATE) GROUP BY ALL`, asOf.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var held []holding
	for rows.Next() {
		var h holding
		var last string
		if err := rows.Scan(&h.basis, &h.model, &h.n, &last); err != nil {
			return nil, err
		}
		if h.last, err = data.ParseDate(last); err != nil {
			return nil, err
		}
		held = append(held, h)
	}
	return held, rows.Err()
}
