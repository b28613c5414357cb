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
	madeIn, audience   string
	kin                kin
	released           int32 // day; 0 where no day is known
	greyDayYear        int
	retail             *int64 // cents: the retail price in dollars in force on the as-of date
	doubtful           bool   // and that of low confidence
}

// trades are the completed sales of a book up to a day, to be read in the order of
// their days, with what their numbers stand for.
type trades struct {
	session *data.Session
	until   data.Date
	styles  []styleFact
	styleNo map[string]int32 // by style_id
	byNo    []int32          // by style_no; −1 for none
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
		SELECT t.style_no, t.style_id, coalesce(t.style_code, ''), coalesce(t.colorway, ''), coalesce(t.model, ''), coalesce(t.version, ''), g.style_id IS NOT NULL, coalesce(g.year, 0),
		       coalesce(CASE WHEN t.release_precision = 'day' THEN t.release_date - DATE '1970-01-01' END, 0)::INTEGER,
		       coalesce(t.made_in, ''), coalesce(t.audience, ''), (r.retail_price * 100)::BIGINT, coalesce(r.doubtful, false)
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
		var no int
		if err := rows.Scan(&no, &f.id, &f.code, &f.colorway, &f.kin.model, &f.kin.version, &f.kin.greyDay, &f.greyDayYear, &f.released, &f.madeIn, &f.audience, &f.retail, &f.doubtful); err != nil {
			return err
		}
		for no >= len(t.byNo) {
			t.byNo = append(t.byNo, -1)
		}
		t.byNo[no], t.styleNo[f.id] = int32(len(t.styles)), int32(len(t.styles))
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

// exactMultiple is the multiple of an observation that a trade is made of.
const exactMultiple = `CASE WHEN abs(sale_price_usd::DOUBLE / retail_price_usd::DOUBLE - multiple::DOUBLE) <= 1e-6 THEN sale_price_usd::DOUBLE / retail_price_usd::DOUBLE
		            ELSE multiple::DOUBLE END`

// cellGrounds are what warnings are made of, by style, size band and condition.
type cellGrounds map[bandKey]grounds

// grounds reads those of the sales that each reads, from a day on; zero: of all.
func (t *trades) grounds(ctx context.Context, since data.Date) (cellGrounds, error) {
	rows, err := t.session.Query(ctx, `SELECT style, coalesce(size_band, ''), `+kindColumns+`
		FROM observations WHERE price_basis = 'sale' AND sold_on <= CAST(? AS DATE) AND multiple > 0
		  AND (sold_on - DATE '1970-01-01' >= ? OR ? = 0) GROUP BY ALL`, t.until.String(), int32(since), int32(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := cellGrounds{}
	k := saleKind{known: true}
	var style, band string
	dest := append([]any{&style, &band}, k.dest()...)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		no, ok := t.styleNo[style]
		if !ok {
			return nil, fmt.Errorf("a style came up between two queries: %q", style)
		}
		key := bandKey{no, band, k.condition}
		g := out[key]
		g.take(k)
		out[key] = g
	}
	return out, rows.Err()
}

// all are the grounds of all cells together.
func (c cellGrounds) all() grounds {
	var all grounds
	for _, g := range c {
		all.merge(g)
	}
	return all
}

// each calls f with the completed sales by day, and within a day as the files have
// them, which is what "last sale" means. A sale whose dollar prices make its
// multiple is taken at those, for a multiple has six decimals.
func (t *trades) each(ctx context.Context, f func(trade) error) error {
	return t.read(ctx, "", fileOrder, func(x trade, _ saleKey) error { return f(x) })
}

// eachDay is each with the sales of a day in any order, which costs less.
func (t *trades) eachDay(ctx context.Context, f func(trade) error) error {
	return t.read(ctx, "", "sold_on", func(x trade, _ saleKey) error { return f(x) })
}

// eachKey is each with the sale's key, which few need and ten million pay for.
func (t *trades) eachKey(ctx context.Context, f func(trade, saleKey) error) error {
	return t.read(ctx, ", (sale_number >> 64)::UBIGINT, (sale_number & 18446744073709551615::UHUGEINT)::UBIGINT", fileOrder, f)
}

const fileOrder = "sold_on, file_no, line, sale_number"

// saleKey is a sale's identity, as two halves of a number.
type saleKey struct{ high, low uint64 }

// String writes the key as sales.sale_key has it.
func (k saleKey) String() string { return fmt.Sprintf("%016x%016x", k.high, k.low) }

func (t *trades) read(ctx context.Context, keys, order string, f func(trade, saleKey) error) error {
	rr, err := t.session.Arrow(ctx, `
		SELECT (sold_on - DATE '1970-01-01')::INTEGER, style_no, coalesce((size_us_men * 2)::SMALLINT, -1)::SMALLINT, condition, `+exactMultiple+`,
		       sale_number IN (SELECT sale_key FROM store.release)`+keys+`
		FROM observations WHERE price_basis = 'sale' AND sold_on <= CAST(? AS DATE) AND multiple > 0
		ORDER BY `+order, t.until.String())
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

func (t *trades) batch(rec arrow.RecordBatch, f func(trade, saleKey) error) error {
	days, sizes, multiples := rec.Column(0).(*array.Int32), rec.Column(2).(*array.Int16), rec.Column(4).(*array.Float64)
	styles, conditions, vouched := rec.Column(1).(*array.Int32), texts(rec.Column(3)), rec.Column(5).(*array.Boolean)
	var high, low *array.Uint64
	if rec.NumCols() > 6 {
		high, low = rec.Column(6).(*array.Uint64), rec.Column(7).(*array.Uint64)
	}
	var last form // and its number: conditions hardly change from sale to sale
	var no int32
	for i := range int(rec.NumRows()) {
		if at := int(styles.Value(i)); at >= len(t.byNo) || t.byNo[at] < 0 {
			return fmt.Errorf("a style came up between two queries: number %d", at)
		}
		style := t.byNo[styles.Value(i)]
		if i == 0 || sizes.Value(i) != last.size || conditions(i) != last.condition {
			var ok bool
			last = form{sizes.Value(i), conditions(i)}
			if no, ok = t.formNo[last]; !ok {
				return fmt.Errorf("a size came up between two queries: %d half sizes, %s", last.size, last.condition)
			}
		}
		var key saleKey
		if high != nil {
			key = saleKey{high.Value(i), low.Value(i)}
		}
		if err := f(trade{day: days.Value(i), style: style, form: no, y: math.Log(multiples.Value(i)), vouched: vouched.Value(i)}, key); err != nil {
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
