package analysis

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// bareSales are completed sales of a style, alike in all that is said of them, for which no
// retail price is known. They are no observations and carry no estimate; but a price in
// dollars, a place and a day need no retail price.
type bareSales struct {
	day         data.Date
	marketplace string
	synthetic   bool
	cents       *int64 // US; nil without a rate
	n           int
}

// readBare reads the sales without a retail price of the condition wanted that no flag
// keeps out, by style.
func (g *Gaps) readBare(ctx context.Context, b *data.Book) (map[string][]bareSales, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, fmt.Sprintf(`
		SELECT t.style_id, (s.sold_on - DATE '1970-01-01')::INTEGER, v.marketplace, s.flags & %d <> 0, (s.sale_price_usd * 100)::BIGINT, count(*)
		FROM store.sale s JOIN styles t ON t.style_no = s.style_no JOIN store.variant v ON v.variant_no = s.variant_no
		WHERE s.multiple IS NULL AND v.price_basis = 'sale' AND v.condition = ? AND s.sold_on <= CAST(? AS DATE) AND (s.flags & %d = 0 OR s.flags & %d <> 0)
		GROUP BY ALL ORDER BY ALL`, data.FlagSynthetic, data.FlagsExcluding, data.FlagReleased), g.Spec.Condition, g.Spec.Premiums.AsOf.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]bareSales{}
	for rows.Next() {
		var style string
		var x bareSales
		if err := rows.Scan(&style, &x.day, &x.marketplace, &x.synthetic, &x.cents, &x.n); err != nil {
			return nil, err
		}
		out[style] = append(out[style], x)
	}
	return out, rows.Err()
}

// bareLiquidity says how often a release without a retail price sells.
func (g *Gaps) bareLiquidity(r Release, sales []bareSales, scope *Multiples) (*LiquidityRow, error) {
	s := &selling{keys: []string{r.Style}, byDay: map[data.Date][]saleKind{}, released: r.ReleasedOn, allReleased: r.Precision == "day"}
	for _, x := range sales {
		s.byDay[x.day] = append(s.byDay[x.day], saleKind{n: x.n, marketplace: x.marketplace, basis: "sale", condition: g.Spec.Condition, synthetic: x.synthetic, known: true, last: x.day})
	}
	row, err := s.row(scope, g.Spec.Premiums.AsOf)
	return &row, err
}

// barePrices are the dollar prices of such sales in the window, by marketplace or week.
func (g *Gaps) barePrices(sales []bareSales, by Dimension) ([]stylePrices, error) {
	counts := map[string]map[int64]int{}
	for _, x := range sales {
		if x.day < g.Since || x.cents == nil {
			continue
		}
		key := x.marketplace
		if by == ByWeek {
			key = x.day.Monday().String()
		}
		if counts[key] == nil {
			counts[key] = map[int64]int{}
		}
		counts[key][*x.cents] += x.n
	}
	var out []stylePrices
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		h, err := stat.NewHistogram(dollars(counts[key]))
		if err != nil {
			return nil, err
		}
		out = append(out, stylePrices{key, h})
	}
	return out, nil
}
