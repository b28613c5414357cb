package reports

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// money is the type of amounts in US dollars.
var money = &arrow.Decimal128Type{Precision: 18, Scale: 2}

// money is an amount in cents, as dollars.
func (a *rowAppender) money(cents *int64) {
	if b := a.column().(*array.Decimal128Builder); cents == nil {
		b.AppendNull()
	} else {
		b.Append(decimal128.FromI64(*cents))
	}
}

// yes is an answer to a yes-or-no question.
func (a *rowAppender) yes(v *bool) {
	if b := a.column().(*array.BooleanBuilder); v == nil {
		b.AppendNull()
	} else {
		b.Append(*v)
	}
}

// ValueRows is the answer to `value` as rows: one per pair, in the order of v. Columns:
// line (of the file), pair (what its owner calls it), style, size (as written), condition,
// retail_price, multiple, estimate, sale_price_lo, sale_price_hi (where this pair's sale
// will be), n (sales behind the estimate), basis, grade, paid_usd, gain, gain_share (over
// what was paid), gain_retail, gain_retail_share, reasons, guesses (styles that it may
// be, with how well they fit), check (what to look at where its label and the reference
// disagree). Where long says so also model, version, colorway, size_band (NULL: all sizes),
// estimate_lo, estimate_hi (where the market is), last_sold_on, has_box, made_in (the
// reference's), label_origin (as written), paid, paid_currency, bought_on, match_method.
//
// Money is DECIMAL(18,2), in US dollars but for paid; multiples and shares are rounded half
// away from zero to four decimals. What nobody can say is NULL. The caller releases the
// reader.
func ValueRows(mem memory.Allocator, v analysis.Value, long bool) (array.RecordReader, error) {
	fields := valueFields()
	if long {
		fields = append(fields, longValueFields()...)
	}
	return rowsOf(mem, fields, len(v.Rows), func(i int, f *rowAppender) {
		r := v.Rows[i]
		f.int(r.Pair.Line)
		f.text(r.Pair.Name())
		f.text(r.Style)
		f.text(r.Pair.SizeLabel)
		f.text(r.Pair.Condition)
		f.money(r.RetailPrice)
		f.float(r.Multiple, 4)
		f.money(r.Estimate)
		f.money(r.SaleLow)
		f.money(r.SaleHigh)
		f.int(int64(r.N))
		f.text(r.Basis)
		f.text(r.Grade)
		f.money(r.Paid)
		f.money(r.Gain)
		f.float(r.GainShare, 4)
		f.money(r.GainRetail)
		f.float(r.GainRetailShare, 4)
		f.texts(r.Reasons)
		f.texts(guesses(r))
		f.texts(r.Check)
		if long {
			appendLongValue(f, r)
		}
	})
}

func valueFields() []arrow.Field {
	text, whole, share := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64
	return []arrow.Field{
		{Name: "line", Type: whole},
		{Name: "pair", Type: text},
		{Name: "style", Type: text, Nullable: true},
		{Name: "size", Type: text, Nullable: true},
		{Name: "condition", Type: text},
		{Name: "retail_price", Type: money, Nullable: true},
		{Name: "multiple", Type: share, Nullable: true},
		{Name: "estimate", Type: money, Nullable: true},
		{Name: "sale_price_lo", Type: money, Nullable: true},
		{Name: "sale_price_hi", Type: money, Nullable: true},
		{Name: "n", Type: whole},
		{Name: "basis", Type: text},
		{Name: "grade", Type: text},
		{Name: "paid_usd", Type: money, Nullable: true},
		{Name: "gain", Type: money, Nullable: true},
		{Name: "gain_share", Type: share, Nullable: true},
		{Name: "gain_retail", Type: money, Nullable: true},
		{Name: "gain_retail_share", Type: share, Nullable: true},
		{Name: "reasons", Type: arrow.ListOfNonNullable(text)},
		{Name: "guesses", Type: arrow.ListOfNonNullable(text)},
		{Name: "check", Type: arrow.ListOfNonNullable(text)},
	}
}

func longValueFields() []arrow.Field {
	text, date := arrow.BinaryTypes.String, arrow.FixedWidthTypes.Date32
	return []arrow.Field{
		{Name: "model", Type: text, Nullable: true},
		{Name: "version", Type: text, Nullable: true},
		{Name: "colorway", Type: text, Nullable: true},
		{Name: "size_band", Type: text, Nullable: true},
		{Name: "estimate_lo", Type: money, Nullable: true},
		{Name: "estimate_hi", Type: money, Nullable: true},
		{Name: "last_sold_on", Type: date, Nullable: true},
		{Name: "has_box", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "made_in", Type: text, Nullable: true},
		{Name: "label_origin", Type: text, Nullable: true},
		{Name: "paid", Type: money, Nullable: true},
		{Name: "paid_currency", Type: text, Nullable: true},
		{Name: "bought_on", Type: date, Nullable: true},
		{Name: "match_method", Type: text},
	}
}

func appendLongValue(f *rowAppender, r analysis.ValueRow) {
	p := r.Pair
	f.text(r.Model)
	f.text(r.Version)
	f.text(r.Colorway)
	f.text(r.SizeBand)
	f.money(r.MarketLow)
	f.money(r.MarketHigh)
	f.date(r.LastSoldOn)
	f.yes(p.HasBox)
	f.text(r.MadeIn)
	f.text(p.LabelOrigin)
	f.money((*int64)(p.Paid))
	f.text(p.PaidCurrency)
	f.date(p.BoughtOn)
	f.text(p.MatchMethod)
}

// guesses are the styles that a pair may be.
func guesses(r analysis.ValueRow) []string {
	var out []string
	for _, g := range r.Pair.Guesses {
		out = append(out, fmt.Sprintf("%s %.2f", g.StyleID, g.Score))
	}
	return out
}

// ValueTotalRows is the total of v as one row. Columns: as_of, pairs, valued (those with an
// estimate, which the figures are of), estimate (the sum of theirs), sale_price_lo,
// sale_price_hi (what they fetch together), level, retail_price, gain_retail,
// gain_retail_share, paid_pairs (those of them whose price paid is known in dollars),
// paid_usd, gain, gain_share (of those), n (sales behind the estimates), synthetic (of these,
// made up). Money as in ValueRows. The caller releases the reader.
func ValueTotalRows(mem memory.Allocator, v analysis.Value) (array.RecordReader, error) {
	whole, share := arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64
	fields := []arrow.Field{
		{Name: "as_of", Type: arrow.FixedWidthTypes.Date32},
		{Name: "pairs", Type: whole},
		{Name: "valued", Type: whole},
		{Name: "estimate", Type: money, Nullable: true},
		{Name: "sale_price_lo", Type: money, Nullable: true},
		{Name: "sale_price_hi", Type: money, Nullable: true},
		{Name: "level", Type: share},
		{Name: "retail_price", Type: money, Nullable: true},
		{Name: "gain_retail", Type: money, Nullable: true},
		{Name: "gain_retail_share", Type: share, Nullable: true},
		{Name: "paid_pairs", Type: whole},
		{Name: "paid_usd", Type: money, Nullable: true},
		{Name: "gain", Type: money, Nullable: true},
		{Name: "gain_share", Type: share, Nullable: true},
		{Name: "n", Type: whole},
		{Name: "synthetic", Type: whole},
	}
	return rowsOf(mem, fields, 1, func(_ int, f *rowAppender) {
		t := v.Total
		var estimate, retail *int64 // of no pair there is no sum
		if t.Valued > 0 {
			estimate, retail = &t.Estimate, &t.Retail
		}
		f.date(v.Spec.AsOf)
		f.int(int64(t.Pairs))
		f.int(int64(t.Valued))
		f.money(estimate)
		f.money(t.Low)
		f.money(t.High)
		f.float(&v.Spec.Level, 4)
		f.money(retail)
		f.money(t.GainRetail)
		f.float(t.GainRetailShare, 4)
		f.int(int64(t.PaidPairs))
		f.money(t.Paid)
		f.money(t.Gain)
		f.float(t.GainShare, 4)
		f.int(int64(v.N))
		f.int(int64(v.Synthetic))
	})
}
