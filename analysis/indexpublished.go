package analysis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/amassable/greybook/data"
)

// PublishedIndexRow is a week of the market index as it was published, of new pairs and
// completed sales: a row of the view market_index. Grain: one per segment and week.
type PublishedIndexRow struct {
	Segment     string
	Week        data.Date // its Monday
	Index       float64   // one sale, one vote; 100 in the first week published
	Lo, Hi, SE  *float64  // of 95 %; nil where the sales give none
	N, Styles   int       // sales of the week, and styles sold in it
	EqualStyle  *float64  // the index with one vote for each style and week
	RepeatSales *float64  // the same of repeat sales
	Status      string    // frozen or provisional
	AsOf        data.Date // of the vintage
	Warnings    []string
}

// PublishedIndex gives the index of the newest vintage published as of asOf or before, by
// segment and week: what market_index has, unless that was published later. It is empty
// where nothing was published.
func PublishedIndex(ctx context.Context, b *data.Book, asOf data.Date) ([]PublishedIndexRow, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, `WITH now AS (
			SELECT * FROM index_vintages WHERE as_of <= CAST(? AS DATE)
			QUALIFY vintage_no = max(vintage_no) OVER (PARTITION BY segment, weighting)
		)
		SELECT s.segment, s.week - DATE '1970-01-01', s.index, s.index * exp(-1.959963984540054 * s.se), s.index * exp(1.959963984540054 * s.se),
			s.se, s.n, s.n_styles, e.index, r.index, s.status, s.as_of - DATE '1970-01-01', to_json(s.warnings)::VARCHAR
		FROM now s LEFT JOIN now e ON e.weighting = 'style' AND e.segment = s.segment AND e.week = s.week
		LEFT JOIN now r ON r.weighting = 'repeat' AND r.segment = s.segment AND r.week = s.week
		WHERE s.weighting = 'sale' ORDER BY s.segment, s.week`, asOf.String())
	if err != nil {
		return nil, fmt.Errorf("published index: %w", err)
	}
	defer rows.Close()
	var out []PublishedIndexRow
	for rows.Next() {
		var r PublishedIndexRow
		var warnings string
		if err := rows.Scan(&r.Segment, &r.Week, &r.Index, &r.Lo, &r.Hi, &r.SE, &r.N, &r.Styles, &r.EqualStyle, &r.RepeatSales,
			&r.Status, &r.AsOf, &warnings); err != nil {
			return nil, fmt.Errorf("published index: %w", err)
		}
		if err := json.Unmarshal([]byte(warnings), &r.Warnings); err != nil {
			return nil, fmt.Errorf("published index: warnings: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
