package reports

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// FeedMeta is what a feed says about where it comes from.
type FeedMeta struct {
	AsOf          data.Date
	BookVersion   string // "schema 1, DuckDB 1.5.5"
	MethodVersion string
	Program       string // "greybook 0.1.0"
	Synthetic     int    // sales of the book that come from synthetic files
	BookID        string // which book; "" : not said

	// Since, when given, has the feed tell what changed: changes.ndjson.
	Since *OldFeed
}

// feedSchemaID names the version of the feed's schema. Within it fields are added at the
// end, may be null, and nothing else changes: see TestFeedSchemaKeepsVersion1.
const feedSchemaID = "urn:greybook:estimates:1"

// FeedSchema is the columns of the feed, in their order. Grain: one row per
// (style_id, size_band, condition), a NULL size_band being all sizes together.
// Each field's metadata has a "description", and a "unit" where it has one.
func FeedSchema() *arrow.Schema {
	text, double, minor := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int64
	date := arrow.FixedWidthTypes.Date32
	f := func(name string, t arrow.DataType, null bool, unit, description string) arrow.Field {
		meta := map[string]string{"description": description}
		if unit != "" {
			meta["unit"] = unit
		}
		return arrow.Field{Name: name, Type: t, Nullable: null, Metadata: arrow.MetadataFrom(meta)}
	}
	const money = "minor units of currency"
	const ratio = "sale price over retail price"
	return arrow.NewSchema([]arrow.Field{
		f("style_id", text, false, "", "the style code where there is one, else a stable slug"),
		f("style_code", text, true, "", "the brand's style code"),
		f("model", text, true, "", "990, 992, 1300, …"),
		f("version", text, true, "", "v1 … v6; null where the model has none"),
		f("colorway", text, true, "", "the colorway's name"),
		f("grey_day_year", arrow.PrimitiveTypes.Int32, true, "year", "the Grey Day it was released for; null: none that a source names"),
		f("made_in", text, true, "", "where it was made, as the source says"),
		f("audience", text, true, "", "men, women, unisex, kids"),
		f("size_band", text, true, "US men's sizes", "the band of sizes, or unknown; null: all sizes together"),
		f("condition", text, false, "", "condition of the pairs, as normalised in the book"),
		f("as_of", date, false, "day", "the last day whose sales were seen"),
		f("currency", text, true, "ISO 4217", "of the amounts in this row; null: it has none"),
		f("retail_price_minor", minor, true, money, "the retail price in force on as_of"),
		f("estimate_minor", minor, true, money, "what a pair sells for, retail price times multiple; null with grade X"),
		f("lo_minor", minor, true, money, "lower end of the band that the market is in"),
		f("hi_minor", minor, true, money, "upper end of the band that the market is in"),
		f("level", double, false, "probability", "the level of the interval"),
		f("multiple", double, true, ratio, "what a pair sells for over retail, to four decimals; without a retail price in force it stands without an estimate"),
		f("multiple_lo", double, true, ratio, "lower end of the multiple's interval"),
		f("multiple_hi", double, true, ratio, "upper end of the multiple's interval"),
		f("premium", double, true, "share of the retail price", "what is paid over retail: multiple − 1"),
		f("n_sales", minor, false, "sales", "sales of this style, size band and condition used"),
		f("n_effective", double, false, "sales", "the sales that those count for by their age, to two decimals"),
		f("last_sold_on", date, true, "day", "day of the newest of these sales"),
		f("basis", text, false, "", "whose sales carry the multiple: own, pooled (borrowed over a tenth), parent (no sales of its own), none"),
		f("grade", text, false, "", "A (best) to D; X: no estimate"),
		f("reasons", arrow.ListOfNonNullable(text), false, "", "codes of what is doubtful or missing, sorted"),
		f("method_version", text, false, "", "version of the method that made the row"),
	}, nil)
}

// EstimateRows is the estimates as rows of FeedSchema, sorted by style_id,
// size_band (all sizes first) and condition. Multiples and the premium are
// rounded to four decimals, n_effective to two; reasons are sorted. est is left as it is; the caller releases the reader.
//
// Errors: two rows of one grain, or an estimate outside its interval.
func EstimateRows(mem memory.Allocator, est []analysis.Estimate) (array.RecordReader, error) {
	est, err := feedOrder(est)
	if err != nil {
		return nil, err
	}
	b := array.NewRecordBuilder(mem, FeedSchema())
	defer b.Release()
	for _, e := range est {
		appendEstimate(&rowAppender{b: b}, e)
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	return array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
}

// feedOrder is a copy of est in the order of the feed, reasons sorted. Its keys are texts
// as the files have them, so that no two rows have one key there only.
func feedOrder(est []analysis.Estimate) ([]analysis.Estimate, error) {
	est = slices.Clone(est)
	for i := range est {
		e := &est[i]
		e.StyleID, e.SizeBand, e.Condition = rowValidText(e.StyleID), rowValidText(e.SizeBand), rowValidText(e.Condition)
	}
	grain := func(a, b analysis.Estimate) int {
		return cmp.Or(cmp.Compare(a.StyleID, b.StyleID), cmp.Compare(a.SizeBand, b.SizeBand), cmp.Compare(a.Condition, b.Condition))
	}
	slices.SortStableFunc(est, grain)
	for i := range est {
		e := &est[i]
		if i > 0 && grain(est[i-1], *e) == 0 {
			return nil, fmt.Errorf("%s has two estimates", feedRowName(*e))
		}
		if err := checkEstimate(*e); err != nil {
			return nil, fmt.Errorf("%s: %w", feedRowName(*e), err)
		}
		e.Reasons = slices.Compact(slices.Sorted(slices.Values(e.Reasons)))
	}
	return est, nil
}

func feedRowName(e analysis.Estimate) string {
	size := e.SizeBand
	if size == "" {
		size = "all sizes"
	}
	return fmt.Sprintf("estimate of %s, %s, %s", e.StyleID, size, e.Condition)
}

// checkEstimate refuses numbers that contradict each other, which no schema of
// single fields can see.
func checkEstimate(e analysis.Estimate) error {
	if (e.LoMinor == nil) != (e.HiMinor == nil) || (e.MultipleLo == nil) != (e.MultipleHi == nil) {
		return fmt.Errorf("half an interval: give both ends or none")
	}
	if v := e.EstimateMinor; v != nil && e.LoMinor != nil && (*v < *e.LoMinor || *v > *e.HiMinor) {
		return fmt.Errorf("%d is outside its interval of %d to %d", *v, *e.LoMinor, *e.HiMinor)
	}
	if v := e.Multiple; v != nil && e.MultipleLo != nil && !(*v >= *e.MultipleLo && *v <= *e.MultipleHi) {
		return fmt.Errorf("multiple %v is outside its interval of %v to %v", *v, *e.MultipleLo, *e.MultipleHi)
	}
	for _, v := range []*float64{&e.Level, e.Multiple, e.MultipleLo, e.MultipleHi, e.Premium, &e.NEffective} {
		if v != nil && (math.IsNaN(*v) || math.IsInf(*v, 0)) {
			return fmt.Errorf("%v is no number that a feed can give: leave it out, with a reason", *v)
		}
	}
	return nil
}

func appendEstimate(a *rowAppender, e analysis.Estimate) {
	for _, s := range []string{e.StyleID, e.StyleCode, e.Model, e.Version, e.Colorway} {
		a.text(s)
	}
	a.year(e.GreyDayYear)
	for _, s := range []string{e.MadeIn, e.Audience, e.SizeBand, e.Condition} {
		a.text(s)
	}
	a.date(e.AsOf)
	a.text(e.Currency)
	for _, v := range []*int64{e.RetailPriceMinor, e.EstimateMinor, e.LoMinor, e.HiMinor} {
		a.minor(v)
	}
	a.float(&e.Level, 6)
	for _, v := range []*float64{e.Multiple, e.MultipleLo, e.MultipleHi, e.Premium} {
		a.float(v, 4)
	}
	a.int(int64(e.NSales))
	a.float(&e.NEffective, 2)
	a.date(e.LastSoldOn)
	a.text(e.Basis)
	a.text(e.Grade)
	a.texts(e.Reasons)
	a.text(e.MethodVersion)
}

// feedRows is the estimates in one format, as bytes.
func feedRows(f RowFormat, est []analysis.Estimate) ([]byte, error) {
	rr, err := EstimateRows(memory.DefaultAllocator, est)
	if err != nil {
		return nil, err
	}
	defer rr.Release()
	if f == RowParquet {
		rr = describedRows{rr}
	}
	var b bytes.Buffer
	if _, err := WriteRows(&b, f, rr, RowOptions{}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// describedRows has the schema of the feed with what its fields say once more, as key
// and value of the whole: a Parquet file keeps a field's own metadata where only Arrow
// looks, and these where any engine does. The keys are those of an export's files.
type describedRows struct{ array.RecordReader }

func (d describedRows) Schema() *arrow.Schema {
	keys := []string{"greybook.table", "greybook.schema", "greybook.comment"}
	values := []string{"estimates", feedSchemaID, "Premium estimates. One row per style_id, size_band (null: all sizes) and condition, sorted by these."}
	s := d.RecordReader.Schema()
	for _, f := range s.Fields() {
		description, _ := f.Metadata.GetValue("description")
		if unit, ok := f.Metadata.GetValue("unit"); ok {
			description += " (" + unit + ")"
		}
		keys, values = append(keys, "greybook.column."+f.Name), append(values, description)
	}
	meta := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(s.Fields(), &meta)
}
