package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// PremiumsRows is the answer to `analyze premiums` as rows, in the order of p. Columns:
// style, model, version, size_band (NULL: all sizes), condition, n,
// n_effective (one decimal), last_sold_on, multiple, multiple_lo, multiple_hi (where the
// market is), sale_lo, sale_hi (where the next sale will be), premium, borrowed, basis,
// grade, reasons. Multiples and shares are rounded half away from zero to four decimals;
// what the sales don't carry is NULL. The caller releases the reader.
func PremiumsRows(mem memory.Allocator, p analysis.Premiums) (array.RecordReader, error) {
	text, double := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64
	fields := []arrow.Field{
		{Name: "style", Type: text},
		{Name: "model", Type: text, Nullable: true},
		{Name: "version", Type: text, Nullable: true},
		{Name: "size_band", Type: text, Nullable: true},
		{Name: "condition", Type: text},
		{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		{Name: "n_effective", Type: double},
		{Name: "last_sold_on", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "multiple", Type: double, Nullable: true},
		{Name: "multiple_lo", Type: double, Nullable: true},
		{Name: "multiple_hi", Type: double, Nullable: true},
		{Name: "sale_lo", Type: double, Nullable: true},
		{Name: "sale_hi", Type: double, Nullable: true},
		{Name: "premium", Type: double, Nullable: true},
		{Name: "borrowed", Type: double, Nullable: true},
		{Name: "basis", Type: text},
		{Name: "grade", Type: text},
		{Name: "reasons", Type: arrow.ListOfNonNullable(text)},
	}
	return rowsOf(mem, fields, len(p.Rows), func(i int, f *rowAppender) {
		r := p.Rows[i]
		f.text(r.Style)
		f.text(r.Model)
		f.text(r.Version)
		f.text(r.SizeBand)
		f.text(r.Condition)
		f.int(int64(r.N))
		f.float(&r.NEffective, 1)
		f.date(r.LastSoldOn)
		f.float(r.Multiple, 4)
		f.float(r.Lo, 4)
		f.float(r.Hi, 4)
		f.float(r.SaleLo, 4)
		f.float(r.SaleHi, 4)
		f.float(r.Premium(), 4)
		f.float(r.Borrowed, 4)
		f.text(r.Basis)
		f.text(r.Grade)
		f.texts(r.Reasons)
	})
}
