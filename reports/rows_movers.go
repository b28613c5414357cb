package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// MoversRows is the answer to `analyze movers` as rows, in the order of m: the
// dimensions by name (text, NULL where unknown), n and n_before, median_multiple and
// median_multiple_before, difference, difference_lo, difference_hi (four decimals,
// NULL where the sales don't carry them), warnings. The caller releases the reader.
func MoversRows(mem memory.Allocator, m analysis.Movers) (array.RecordReader, error) {
	fields := keyFields(m.Spec.Question.By...)
	for _, name := range []string{"n", "n_before"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64})
	}
	fields = append(fields, figures("median_multiple", "median_multiple_before", "difference", "difference_lo", "difference_hi")...)
	fields = append(fields, warningsField())
	return rowsOf(mem, fields, len(m.Rows), func(i int, f *rowAppender) {
		row := m.Rows[i]
		for _, key := range row.Keys {
			f.text(key)
		}
		f.int(int64(row.N))
		f.int(int64(row.NBefore))
		for _, v := range []*float64{row.Median, row.MedianBefore, row.Difference, row.Lo, row.Hi} {
			f.float(v, 4)
		}
		f.texts(row.Warnings)
	})
}
