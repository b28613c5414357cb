package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// ExplainedRetail is the retail price that a multiple is turned into dollars with, and the
// others on record. The sales' own multiples are at the price of their day: RetailPriceUSD.
type ExplainedRetail struct {
	Price  *float64          `json:"price"` // US dollars in force on the as-of date; null: none is known
	Why    string            `json:"why"`
	Prices []RetailPriceFact `json:"prices"`
}

// RetailPriceFact is a retail price on record.
type RetailPriceFact struct {
	EffectiveFrom string  `json:"effective_from,omitempty"` // no day: used only where the style has no dated one
	Price         float64 `json:"price"`
	Currency      string  `json:"currency"`
	Source        string  `json:"source"`
	Confidence    string  `json:"confidence"`
	Used          bool    `json:"used"`
}

// explainRetail lists a style's retail prices by currency and day, and marks the one that
// data.BuildIntervals has in force on the day.
func explainRetail(ctx context.Context, s *data.Session, style string, asOf data.Date) (ExplainedRetail, error) {
	out := ExplainedRetail{Prices: []RetailPriceFact{}, Why: "no retail price in dollars is on record"}
	rows, err := s.Query(ctx, `
		SELECT coalesce(p.effective_from::VARCHAR, ''), p.retail_price::DOUBLE, p.currency, p.source, p.confidence,
		       coalesce(p.retail_price = r.retail_price AND (p.effective_from IS NULL AND r.valid_from = DATE '0001-01-01' AND r.valid_to = DATE '9999-12-31'
		           OR p.effective_from = r.valid_from OR p.effective_from = r.valid_to OR p.effective_from - 90 = r.valid_to), false)
		FROM retail_prices p
		JOIN styles t ON t.style_id = p.style_id
		LEFT JOIN retail_interval r ON r.style_no = t.style_no AND p.currency = 'USD' AND r.currency = 'USD' AND CAST(?2 AS DATE) >= r.valid_from AND CAST(?2 AS DATE) < r.valid_to
		WHERE p.style_id = ?1
		ORDER BY p.currency <> 'USD', p.currency, p.effective_from NULLS LAST, p.retail_price, p.source`, style, asOf.String())
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		var p RetailPriceFact
		if err := rows.Scan(&p.EffectiveFrom, &p.Price, &p.Currency, &p.Source, &p.Confidence, &p.Used); err != nil {
			return out, err
		}
		p.Used = p.Used && out.Price == nil
		if p.Used {
			out.Price = &p.Price
			switch {
			case p.EffectiveFrom == "":
				out.Why = "no dollar price has a day, and this is the surest"
			case p.EffectiveFrom > asOf.String():
				out.Why = "the first price on record, also used before its day"
			default:
				out.Why = "the newest in dollars that is in force on that day"
			}
		}
		out.Prices = append(out.Prices, p)
	}
	return out, rows.Err()
}

// ExplainedSales are the style's completed sales up to the day. Records = Used + SetAside.
type ExplainedSales struct {
	Records  int             `json:"records"`
	Used     int             `json:"used"`
	SetAside int             `json:"set_aside"`
	InRow    int             `json:"in_row"`   // of those used, sales of the sizes and condition asked for
	Reasons  []AsideCount    `json:"reasons"`  // of those set aside; a record may have several
	Warnings []string        `json:"warnings"` // on those in the row: see WarningText
	Rows     []ExplainedSale `json:"rows"`     // those used, by day
	Aside    []AsideSale     `json:"aside"`    // by day
}

// AsideCount is the number of sales that a reason sets aside.
type AsideCount struct {
	Reason  string `json:"reason"` // a flag, no_retail_price, or price_too_small
	Meaning string `json:"meaning"`
	N       int    `json:"n"`
}

// SaleRecord is one sale as the book has it.
type SaleRecord struct {
	SaleKey     string    `json:"sale_key"`
	SoldOn      data.Date `json:"sold_on"`
	Marketplace string    `json:"marketplace"`
	Title       string    `json:"title"`
	Size        string    `json:"size_label"` // as the source wrote it
	Condition   string    `json:"condition"`
	Price       float64   `json:"sale_price"`
	Currency    string    `json:"currency"`
	PriceUSD    *float64  `json:"sale_price_usd"`
	RetailUSD   *float64  `json:"retail_price_usd"` // on its day
	RetailBasis string    `json:"retail_basis,omitempty"`
	Flags       []string  `json:"flags"`
	Vouched     bool      `json:"vouched"` // released by its key: it counts in full, however far off it is
	File        string    `json:"file"`
	Line        int64     `json:"line"`
	size        int16     // half US men's sizes, as form has it
	multiple    float64   // exact; NaN where it is set aside
	noMultiple  bool
}

// ExplainedSale is a sale used, with what became of it. By hand,
// weight = 2^(−age_days/half_life of its cell), carried_multiple = exp(level now + distance).
type ExplainedSale struct {
	SaleRecord
	Cell       int     `json:"cell"`   // index in Cells
	InRow      bool    `json:"in_row"` // is of the sizes and condition asked for
	Multiple   float64 `json:"multiple"`
	LnMultiple float64 `json:"ln_multiple"`
	SaleStep
	AgeDays         int     `json:"age_days"` // to the day after the as-of date
	Weight          float64 `json:"weight"`
	CarriedMultiple float64 `json:"carried_multiple"`
}

// AsideSale is a sale set aside.
type AsideSale struct {
	SaleRecord
	Reasons []string `json:"reasons"`
}

// What sets a sale aside beside a flag.
const (
	asideNoRetail = "no_retail_price"
	asideTooSmall = "price_too_small"
)

// readStyleSales reads a style's completed sales; those of observations have a multiple.
func readStyleSales(ctx context.Context, s *data.Session, style string, asOf data.Date) ([]SaleRecord, error) {
	rows, err := s.Query(ctx, `
		WITH used AS (
			SELECT sale_key, coalesce((size_us_men * 2)::SMALLINT, -1)::SMALLINT AS half_size, `+exactMultiple+` AS exact,
			       sale_number IN (SELECT sale_key FROM store.release) AS vouched
			FROM observations WHERE style = ?1 AND price_basis = 'sale' AND sold_on <= CAST(?2 AS DATE) AND multiple > 0
		)
		SELECT v.sale_key, v.sold_on::VARCHAR, coalesce(v.marketplace, ''), coalesce(v.title, ''), coalesce(v.size_label, ''), v.condition, v.sale_price::DOUBLE, v.currency,
		       v.sale_price_usd::DOUBLE, v.retail_price_usd::DOUBLE, coalesce(v.retail_basis, ''), array_to_string(v.flags, ' '), v.source_file, v.source_line,
		       coalesce(u.half_size, -1), coalesce(u.exact, 'nan'::DOUBLE), v.multiple IS NULL, coalesce(u.vouched, false)
		FROM sales v LEFT JOIN used u ON u.sale_key = v.sale_key
		WHERE v.style_id = ?1 AND v.price_basis = 'sale' AND v.sold_on <= CAST(?2 AS DATE)
		ORDER BY v.sold_on, v.source_file, v.source_line, v.sale_key`, style, asOf.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SaleRecord
	for rows.Next() {
		var r SaleRecord
		var day, flags string
		if err := rows.Scan(&r.SaleKey, &day, &r.Marketplace, &r.Title, &r.Size, &r.Condition, &r.Price, &r.Currency, &r.PriceUSD, &r.RetailUSD, &r.RetailBasis, &flags,
			&r.File, &r.Line, &r.size, &r.multiple, &r.noMultiple, &r.Vouched); err != nil {
			return nil, err
		}
		if err := r.SoldOn.UnmarshalText([]byte(day)); err != nil {
			return nil, err
		}
		r.Flags = append([]string{}, strings.Fields(flags)...)
		out = append(out, r)
	}
	return out, rows.Err()
}

// explainSales tells the records used from those set aside, and joins the former to what
// the market learned of them.
func explainSales(records []SaleRecord, flags []data.Flag, w *watcher, formNo map[form]int32) (ExplainedSales, error) {
	out := ExplainedSales{Records: len(records), Reasons: []AsideCount{}, Warnings: []string{}, Rows: []ExplainedSale{}, Aside: []AsideSale{}}
	counts := map[string]int{}
	for _, r := range records {
		if !math.IsNaN(r.multiple) {
			out.Rows = append(out.Rows, ExplainedSale{SaleRecord: r, Multiple: r.multiple, LnMultiple: math.Log(r.multiple)})
			continue
		}
		a := AsideSale{SaleRecord: r, Reasons: asideReasons(r, flags)}
		for _, reason := range a.Reasons {
			counts[reason]++
		}
		out.Aside = append(out.Aside, a)
	}
	out.Used, out.SetAside = len(out.Rows), len(out.Aside)
	kinds := append(slices.Clone(flags), data.Flag{Name: asideNoRetail, Meaning: "no retail price is known on the day of sale"},
		data.Flag{Name: asideTooSmall, Meaning: "the price is below a millionth of retail"})
	for _, f := range kinds {
		if n := counts[f.Name]; n > 0 {
			out.Reasons = append(out.Reasons, AsideCount{f.Name, f.Meaning, n})
		}
	}
	return out, w.join(out.Rows, formNo)
}

func asideReasons(r SaleRecord, flags []data.Flag) []string {
	reasons := []string{}
	for _, f := range flags {
		if f.Excludes && slices.Contains(r.Flags, f.Name) && !slices.Contains(r.Flags, "released") {
			reasons = append(reasons, f.Name)
		}
	}
	switch {
	case r.noMultiple:
		reasons = append(reasons, asideNoRetail)
	case len(reasons) == 0:
		reasons = append(reasons, asideTooSmall)
	}
	return reasons
}

// join gives each sale its step. Sales of a day are learned by form and price; those alike
// in all, and in being vouched for, are taken in the order of rows.
func (w *watcher) join(rows []ExplainedSale, formNo map[form]int32) error {
	differ := errors.New("the sales of the style differ between two queries")
	if len(rows) != len(w.sales) {
		return differ
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	formOf := func(i int) int32 { return formNo[form{rows[i].size, rows[i].Condition}] }
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rows[a].SoldOn, rows[b].SoldOn), cmp.Compare(formOf(a), formOf(b)), cmp.Compare(rows[a].LnMultiple, rows[b].LnMultiple),
			compareBools(rows[a].Vouched, rows[b].Vouched))
	})
	for k, i := range order {
		t := w.sales[k].trade
		if t.day != int32(rows[i].SoldOn) || t.form != formOf(i) || t.y != rows[i].LnMultiple || t.vouched != rows[i].Vouched {
			return fmt.Errorf("%w: %s", differ, rows[i].SaleKey)
		}
		rows[i].SaleStep = w.sales[k].step
	}
	return nil
}

// explainWarnings are what is doubtful about the sales of the row, as codes of WarningText.
func (e *estimator) explainWarnings(style int32, spec ExplainSpec) []string {
	var own grounds
	for key, g := range e.sold {
		if key.style == style && key.condition == spec.Condition && (spec.SizeBand == "" || cmp.Or(key.band, "unknown") == spec.SizeBand) {
			own.merge(g)
		}
	}
	codes := []string{}
	for _, code := range own.warnings(scope{end: spec.Premiums.AsOf, sized: spec.SizeBand != ""}) {
		if code != WarnNoUSDRate { // multiples need no rate to dollars
			codes = append(codes, code)
		}
	}
	return codes
}
