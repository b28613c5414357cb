package ingest

import "context"

// StoredSale is a record as the book would keep it. Price is in Currency; Multiple is
// over the retail price of the day, empty where none is known.
type StoredSale struct {
	Line                                  int64
	SoldOn, Style, Title, Size, Condition string
	Price, Currency, PriceBasis, Multiple string
	Method                                string // how the style was found
	Flags                                 string // what is doubtful, with commas
}

// mostStored is how many records a dry run shows as the book would keep them.
const mostStored = 5

// wouldStore shows the first records of a run that is about to be rolled back.
func (l *load) wouldStore(ctx context.Context, rep *FileReport, run int64) (err error) {
	if rep.WouldAdd, err = l.stored(ctx, run, true); err == nil {
		rep.WouldNotMatch, err = l.stored(ctx, run, false)
	}
	return err
}

// stored reads the first records of a run that have a style, or that have none.
func (l *load) stored(ctx context.Context, run int64, matched bool) ([]StoredSale, error) {
	rows, err := l.s.Query(ctx, `
		SELECT source_line, sold_on::VARCHAR, coalesce(style_id, ''), coalesce(title, ''), coalesce(size_label, ''), condition, sale_price::VARCHAR, currency,
		       price_basis, coalesce(round(multiple, 2)::DECIMAL(12,2)::VARCHAR, ''), match_method, array_to_string(flags, ', ')
		FROM sales WHERE run_id = ? AND (style_id IS NOT NULL) = ? ORDER BY source_line, price_basis, sale_price LIMIT ?`, run, matched, mostStored)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []StoredSale
	for rows.Next() {
		var x StoredSale
		if err := rows.Scan(&x.Line, &x.SoldOn, &x.Style, &x.Title, &x.Size, &x.Condition, &x.Price, &x.Currency,
			&x.PriceBasis, &x.Multiple, &x.Method, &x.Flags); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}
