package analysis

import (
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// ComputeMultiples answers a question about resale multiples. Unless the question
// groups or filters by them, only completed sales (price_basis sale) of new pairs
// are used, and the result says so.
//
// A group's median and quartiles are of all its sales; its interval is the exact
// order-statistic interval of the median (see the package). Assumed: the sales of a
// group are independent draws of one market. That misleads where few sellers, one
// marketplace or one size stand behind a group, or where its mix changes over
// time; the warnings on a row say what is known of that.
//
// With Versus, each row also has the difference of its median to that of a baseline:
// versus.go.
func ComputeMultiples(ctx context.Context, b *data.Book, spec MultiplesSpec) (Multiples, error) {
	return asking(b).multiples(ctx, spec)
}

func (ask asker) multiples(ctx context.Context, spec MultiplesSpec) (Multiples, error) {
	m := Multiples{Spec: spec}
	groups, err := ask(ctx, &m)
	if err != nil {
		return m, fmt.Errorf("multiples: %w", err)
	}
	for _, g := range groups {
		row, err := g.row(&m, m.minN())
		if err != nil {
			return m, fmt.Errorf("multiples: %w", err)
		}
		m.Rows = append(m.Rows, row)
	}
	if spec.Versus != "" {
		if err := m.compare(ctx, ask, groups); err != nil {
			return m, fmt.Errorf("multiples: %w", err)
		}
	}
	return m, nil
}

// medianOf is the median of counted prices; nil for none.
func medianOf(dollars []stat.Count) (*float64, error) {
	if len(dollars) == 0 {
		return nil, nil
	}
	h, err := stat.NewHistogram(dollars)
	if err != nil {
		return nil, err
	}
	return figure(h.Median()), nil
}

// row makes the group's figures, withholding those that its sales can't carry.
func (g *group) row(m *Multiples, minN int) (MultipleRow, error) {
	r := MultipleRow{Keys: m.shown(g), N: g.n, Synthetic: g.synthetic}
	r.FirstSoldOn, r.LastSoldOn = g.first, g.last
	r.Warnings = g.warnings()
	if g.n < minN {
		r.Warnings = append(r.Warnings, WarnTooFew)
		slices.Sort(r.Warnings)
		return r, nil
	}
	h, err := g.histogram()
	if err != nil {
		return r, err
	}
	r.Median = figure(h.Median())
	r.P5, r.Q1, r.Q3, r.P95 = figure(h.Quantile7(0.05)), figure(h.Quantile7(0.25)), figure(h.Quantile7(0.75)), figure(h.Quantile7(0.95))
	r.ShareAboveRetail = figure(h.ShareAbove(1))
	if r.MedianSalePrice, err = medianOf(g.prices); err != nil {
		return r, err
	}
	if r.MedianRetailPrice, err = medianOf(g.retail); err != nil {
		return r, err
	}
	if iv, ok := h.MedianInterval(m.Spec.Level); ok {
		r.Lo, r.Hi = figure(iv.Lo), figure(iv.Hi)
	} else {
		r.Warnings = append(r.Warnings, WarnNoInterval)
		slices.Sort(r.Warnings)
	}
	return r, nil
}
