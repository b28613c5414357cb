package analysis

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/amassable/greybook/data"
)

// styleFact is a style as the estimator needs it, in the order of style_id.
type styleFact struct {
	id, code, colorway string
	kin                kin
	released           int32 // day; 0 where no day is known
	greyDayYear        int
	priced             bool // has a retail price in dollars on the as-of date
	doubtful           bool // and that of low confidence
}

// trades are the completed sales of a book up to a day, to be read in the order of
// their days, with what their numbers stand for.
type trades struct {
	session *data.Session
	until   data.Date
	styles  []styleFact
	styleNo map[string]int32
	forms   []form
	formNo  map[form]int32
}

// openTrades reads the styles and forms; the sales are read by each.
func openTrades(ctx context.Context, s *data.Session, until data.Date) (*trades, error) {
	t := &trades{session: s, until: until, styleNo: map[string]int32{}, formNo: map[form]int32{}}
	if err := t.readStyles(ctx); err != nil {
		return nil, fmt.Errorf("styles: %w", err)
	}
	if err := t.readForms(ctx); err != nil {
		return nil, fmt.Errorf("sizes and conditions: %w", err)
	}
	return t, nil
}

// count is how many sales each reads, and how many of them are made up.
func (t *trades) count(ctx context.Context) (n, synthetic int, err error) {
	err = t.session.Get(ctx, []any{&n, &synthetic}, `SELECT count(*), count(*) FILTER (synthetic)
		FROM observations WHERE price_basis = 'sale' AND sold_on <= CAST(? AS DATE) AND multiple > 0`, t.until.String())
	return n, synthetic, err
}

func (t *trades) readStyles(ctx context.Context) error {
	if err := data.BuildIntervals(ctx, t.session); err != nil {
		return err
	}
	rows, err := t.session.Query(ctx, `
		SELECT t.style_id, coalesce(t.style_code, ''), coalesce(t.colorway, ''), coalesce(t.model, ''), coalesce(t.version, ''), g.style_id IS NOT NULL, coalesce(g.year, 0),
		       coalesce(CASE WHEN t.release_precision = 'day' THEN t.release_date - DATE '1970-01-01' END, 0)::INTEGER,
		       r.retail_price IS NOT NULL, coalesce(r.doubtful, false)
		FROM styles t
		LEFT JOIN grey_days g ON g.style_id = t.style_id
		LEFT JOIN retail_interval r ON r.style_no = t.style_no AND r.currency = 'USD' AND CAST(?1 AS DATE) >= r.valid_from AND CAST(?1 AS DATE) < r.valid_to
		ORDER BY t.style_id`, t.until.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f styleFact
		if err := rows.Scan(&f.id, &f.code, &f.colorway, &f.kin.model, &f.kin.version, &f.kin.greyDay, &f.greyDayYear, &f.released, &f.priced, &f.doubtful); err != nil {
			return err
		}
		t.styleNo[f.id] = int32(len(t.styles))
		t.styles = append(t.styles, f)
	}
	return rows.Err()
}

// readForms numbers sizes and conditions in their order, so that the order of sales
// does not number them.
func (t *trades) readForms(ctx context.Context) error {
	rows, err := t.session.Query(ctx, `
		SELECT DISTINCT coalesce((size_us_men * 2)::SMALLINT, -1) AS size, condition
		FROM observations WHERE price_basis = 'sale' AND sold_on <= CAST(? AS DATE) ORDER BY ALL`, t.until.String())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f form
		if err := rows.Scan(&f.size, &f.condition); err != nil {
			return err
		}
		t.formNo[f] = int32(len(t.forms))
		t.forms = append(t.forms, f)
	}
	return rows.Err()
}

// each calls f with the completed sales by day, and within a day as the files have
// them, which is what "last sale" means. A sale whose dollar prices make its
// multiple is taken at those, for a multiple has six decimals.
func (t *trades) each(ctx context.Context, f func(trade) error) error {
	rr, err := t.session.Arrow(ctx, `
		SELECT (sold_on - DATE '1970-01-01')::INTEGER, style, coalesce((size_us_men * 2)::SMALLINT, -1)::SMALLINT, condition,
		       CASE WHEN abs(sale_price_usd::DOUBLE / retail_price_usd::DOUBLE - multiple::DOUBLE) <= 1e-6 THEN sale_price_usd::DOUBLE / retail_price_usd::DOUBLE
		            ELSE multiple::DOUBLE END
		FROM observations WHERE price_basis = 'sale' AND sold_on <= CAST(? AS DATE) AND multiple > 0
		ORDER BY sold_on, file_no, line, sale_key`, t.until.String())
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		if err := t.batch(rr.RecordBatch(), f); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return rr.Err()
}

func (t *trades) batch(rec arrow.RecordBatch, f func(trade) error) error {
	days, sizes, multiples := rec.Column(0).(*array.Int32), rec.Column(2).(*array.Int16), rec.Column(4).(*array.Float64)
	styles, conditions := texts(rec.Column(1)), texts(rec.Column(3))
	for i := range int(rec.NumRows()) {
		style, ok := t.styleNo[styles(i)]
		if !ok {
			return fmt.Errorf("a style came up between two queries: %q", styles(i))
		}
		no, ok := t.formNo[form{sizes.Value(i), conditions(i)}]
		if !ok {
			return fmt.Errorf("a size came up between two queries: %d half sizes, %s", sizes.Value(i), conditions(i))
		}
		if err := f(trade{day: days.Value(i), style: style, form: no, y: math.Log(multiples.Value(i))}); err != nil {
			return err
		}
	}
	return nil
}

// market is an empty market of the styles and forms.
func (t *trades) market(m method) (*market, []kin) {
	kinOf, released := make([]kin, len(t.styles)), make([]int32, len(t.styles))
	for i, s := range t.styles {
		kinOf[i], released[i] = s.kin, s.released
	}
	return newMarket(m, t.forms, released), kinOf
}
