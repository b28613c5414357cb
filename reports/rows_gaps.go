package reports

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// GapsRows is the answer to `gaps` as rows: one per missing release, in the order of g.
// Columns: grey_day_year, release_year, released (as exactly as it is known: 2023-05-12,
// 2012-04 or 2019), style, model, version, colorway, estimate, sale_price_lo, sale_price_hi
// (where one sale of the pair wanted will be), n (sales of its own behind the estimate),
// basis, grade, sales (of the condition wanted, all sizes, in the window), sales_per_week,
// sales_lo, sales_hi, last_sold_on, cheapest_marketplace (NULL: cheapest_why says why),
// cheapest_price (its median), cheapest_price_lo, cheapest_price_hi, cheapest_n, cheapest_why,
// marketplaces (each with median, interval and n), unknown (facts that the reference
// lacks), reasons. Where long says so also made_in, audience, collab, size_band (NULL: all
// sizes), condition, retail_price, multiple, estimate_lo, estimate_hi (where the market
// is), window_from, weeks.
//
// Money is DECIMAL(18,2) in US dollars; rates and multiples are rounded half away from
// zero to four decimals. What nobody can say is NULL. The caller releases the reader.
func GapsRows(mem memory.Allocator, g analysis.Gaps, long bool) (array.RecordReader, error) {
	fields := gapsFields()
	if long {
		fields = append(fields, longGapsFields()...)
	}
	return rowsOf(mem, fields, len(g.Missing), func(i int, f *rowAppender) {
		m := g.Missing[i]
		f.year(m.Release.GreyDayYear)
		f.year(m.Release.Year())
		f.text(releasedText(m.Release))
		f.text(m.Release.Style)
		f.text(m.Release.Model)
		f.text(m.Release.Version)
		f.text(m.Release.Colorway)
		f.money(m.Estimate)
		f.money(m.SaleLow)
		f.money(m.SaleHigh)
		f.int(int64(m.N))
		f.text(m.Basis)
		f.text(m.Grade)
		appendOften(f, m.Liquidity)
		appendCheapest(f, m)
		f.texts(m.Unknown)
		f.texts(m.Reasons)
		if long {
			appendLongGap(f, g, m)
		}
	})
}

func gapsFields() []arrow.Field {
	text, whole, rate := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64
	year, list := arrow.PrimitiveTypes.Int32, arrow.ListOfNonNullable(text)
	return []arrow.Field{
		{Name: "grey_day_year", Type: year, Nullable: true},
		{Name: "release_year", Type: year, Nullable: true},
		{Name: "released", Type: text, Nullable: true},
		{Name: "style", Type: text},
		{Name: "model", Type: text, Nullable: true},
		{Name: "version", Type: text, Nullable: true},
		{Name: "colorway", Type: text, Nullable: true},
		{Name: "estimate", Type: money, Nullable: true},
		{Name: "sale_price_lo", Type: money, Nullable: true},
		{Name: "sale_price_hi", Type: money, Nullable: true},
		{Name: "n", Type: whole},
		{Name: "basis", Type: text},
		{Name: "grade", Type: text},
		{Name: "sales", Type: whole, Nullable: true},
		{Name: "sales_per_week", Type: rate, Nullable: true},
		{Name: "sales_lo", Type: rate, Nullable: true},
		{Name: "sales_hi", Type: rate, Nullable: true},
		{Name: "last_sold_on", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "cheapest_marketplace", Type: text, Nullable: true},
		{Name: "cheapest_price", Type: money, Nullable: true},
		{Name: "cheapest_price_lo", Type: money, Nullable: true},
		{Name: "cheapest_price_hi", Type: money, Nullable: true},
		{Name: "cheapest_n", Type: whole, Nullable: true},
		{Name: "cheapest_why", Type: text},
		{Name: "marketplaces", Type: list},
		{Name: "unknown", Type: list},
		{Name: "reasons", Type: list},
	}
}

func longGapsFields() []arrow.Field {
	text, rate := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64
	return []arrow.Field{
		{Name: "made_in", Type: text, Nullable: true},
		{Name: "audience", Type: text, Nullable: true},
		{Name: "collab", Type: text, Nullable: true},
		{Name: "size_band", Type: text, Nullable: true},
		{Name: "condition", Type: text},
		{Name: "retail_price", Type: money, Nullable: true},
		{Name: "multiple", Type: rate, Nullable: true},
		{Name: "estimate_lo", Type: money, Nullable: true},
		{Name: "estimate_hi", Type: money, Nullable: true},
		{Name: "window_from", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "weeks", Type: rate, Nullable: true},
	}
}

func appendLongGap(f *rowAppender, g analysis.Gaps, m analysis.Gap) {
	f.text(m.Release.MadeIn)
	f.text(m.Release.Audience)
	f.text(m.Release.Collab)
	f.text(m.SizeBand)
	f.text(g.Spec.Condition)
	f.money(m.RetailPrice)
	f.float(m.Multiple, 4)
	f.money(m.MarketLow)
	f.money(m.MarketHigh)
	if m.Liquidity == nil {
		f.date(0)
		f.float(nil, 2)
		return
	}
	f.date(m.Liquidity.From)
	f.float(&m.Liquidity.Weeks, 2)
}

// appendOften writes how often a release sells.
func appendOften(f *rowAppender, l *analysis.LiquidityRow) {
	if l == nil {
		f.count(nil)
		f.float(nil, 4)
		f.float(nil, 4)
		f.float(nil, 4)
		f.date(0)
		return
	}
	f.count(&l.N)
	f.float(&l.SalesPerWeek, 4)
	f.float(&l.SalesLo, 4)
	f.float(&l.SalesHi, 4)
	f.date(l.LastSoldOn)
}

// appendCheapest writes where a release is cheapest, and all places it sold at.
func appendCheapest(f *rowAppender, m analysis.Gap) {
	var cheapest analysis.MarketPrice
	var places []string
	for _, p := range m.Markets {
		if m.Cheapest.Marketplace != "" && p.Marketplace == m.Cheapest.Marketplace {
			cheapest = p
		}
		places = append(places, placeText(p))
	}
	var n *int
	if m.Cheapest.Marketplace != "" {
		n = &cheapest.N
	}
	f.text(m.Cheapest.Marketplace)
	f.money(wholeCents(cheapest.Median))
	f.money(wholeCents(cheapest.Low))
	f.money(wholeCents(cheapest.High))
	f.count(n)
	f.text(m.Cheapest.Why)
	f.texts(places)
}

// placeText is "GOAT 215.00 (205.00 to 221.00, n 42)".
func placeText(p analysis.MarketPrice) string {
	name := p.Marketplace
	if name == "" {
		name = "marketplace not known"
	}
	switch {
	case p.Median == nil:
		return fmt.Sprintf("%s (n %d)", name, p.N)
	case p.Low == nil || p.High == nil:
		return fmt.Sprintf("%s %.2f (n %d)", name, *p.Median, p.N)
	}
	return fmt.Sprintf("%s %.2f (%.2f to %.2f, n %d)", name, *p.Median, *p.Low, *p.High, p.N)
}

// wholeCents are dollars in cents, rounded half away from zero; nil for none.
func wholeCents(dollars *float64) *int64 {
	v, ok := figureOf(dollars)
	if !ok {
		return nil
	}
	cents := int64(math.Round(v * 100))
	return &cents
}

// count is a number of things; nil where nobody can say.
func (a *rowAppender) count(v *int) {
	if b := a.column().(*array.Int64Builder); v == nil {
		b.AppendNull()
	} else {
		b.Append(int64(*v))
	}
}

// releasedText is when a release was, as exactly as it is known.
func releasedText(r analysis.Release) string {
	day := r.ReleasedOn.String()
	switch r.Precision {
	case "year":
		return day[:len("2019")]
	case "month":
		return day[:len("2019-04")]
	}
	return day
}

// GapsTotalRows is the total of g as one row. Columns: as_of, scope, releases (in scope and
// out by then), owned, missing, priced (of the missing: those with an estimate, which the
// figures are of), estimate (the sum of theirs), sale_price_lo, sale_price_hi (what they cost
// together), level, retail_price, unreleased, unclear (styles that the reference says too
// little of), unknown_pairs (pairs of unknown style), n (sales behind the estimates),
// synthetic (of these, made up). Where nothing is missing the sums are 0; where nothing of it
// is priced they are NULL. Money as in GapsRows. The caller releases the reader.
func GapsTotalRows(mem memory.Allocator, g analysis.Gaps) (array.RecordReader, error) {
	whole := arrow.PrimitiveTypes.Int64
	fields := []arrow.Field{
		{Name: "as_of", Type: arrow.FixedWidthTypes.Date32},
		{Name: "scope", Type: arrow.BinaryTypes.String},
		{Name: "releases", Type: whole},
		{Name: "owned", Type: whole},
		{Name: "missing", Type: whole},
		{Name: "priced", Type: whole},
		{Name: "estimate", Type: money, Nullable: true},
		{Name: "sale_price_lo", Type: money, Nullable: true},
		{Name: "sale_price_hi", Type: money, Nullable: true},
		{Name: "level", Type: arrow.PrimitiveTypes.Float64},
		{Name: "retail_price", Type: money, Nullable: true},
		{Name: "unreleased", Type: whole},
		{Name: "unclear", Type: whole},
		{Name: "unknown_pairs", Type: whole},
		{Name: "n", Type: whole},
		{Name: "synthetic", Type: whole},
	}
	return rowsOf(mem, fields, 1, func(_ int, f *rowAppender) {
		t := g.Cost
		estimate, retail, low, high := &t.Estimate, &t.Retail, t.Low, t.High
		switch {
		case t.Pairs == 0:
			low, high = &t.Estimate, &t.Estimate // 0
		case t.Valued == 0:
			estimate, retail = nil, nil
		}
		f.date(g.Spec.Premiums.AsOf)
		f.text(g.Scope.String())
		f.int(int64(len(g.Missing) + len(g.Owned)))
		f.int(int64(len(g.Owned)))
		f.int(int64(len(g.Missing)))
		f.int(int64(t.Valued))
		f.money(estimate)
		f.money(low)
		f.money(high)
		f.float(&g.Spec.Premiums.Level, 4)
		f.money(retail)
		f.int(int64(g.Unreleased))
		f.int(int64(g.Unclear))
		f.int(int64(len(g.Unresolved)))
		f.int(int64(g.N))
		f.int(int64(g.Synthetic))
	})
}
