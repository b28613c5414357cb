package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// SizesRows is the answer to `analyze sizes` as rows, in the order of s: further
// dimensions by name, size_band (text, NULL where unknown), n, styles,
// relative_multiple, relative_lo, relative_hi, median_multiple (four decimals, NULL
// where the sales don't carry them), first_sold_on, last_sold_on, warnings. The caller
// releases the reader.
func SizesRows(mem memory.Allocator, s analysis.Sizes) (array.RecordReader, error) {
	fields := append(keyFields(s.By...), keyFields(analysis.BySizeBand)...)
	for _, name := range []string{"n", "styles"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64})
	}
	fields = append(fields, figures("relative_multiple", "relative_lo", "relative_hi", "median_multiple")...)
	for _, name := range []string{"first_sold_on", "last_sold_on"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.FixedWidthTypes.Date32, Nullable: true})
	}
	fields = append(fields, warningsField())
	return rowsOf(mem, fields, len(s.Rows), func(i int, f *rowAppender) {
		row := s.Rows[i]
		for _, key := range row.Keys {
			f.text(key)
		}
		f.int(int64(row.N))
		f.int(int64(row.Styles))
		for _, v := range []*float64{row.Relative, row.Lo, row.Hi, row.Median} {
			f.float(v, 4)
		}
		f.date(row.FirstSoldOn)
		f.date(row.LastSoldOn)
		f.texts(row.Warnings)
	})
}
