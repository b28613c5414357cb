package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// LiquidityRows is the answer to `analyze liquidity` as rows, in the order of l: the
// dimensions by name (text, NULL where unknown), n, window_from, weeks (two decimals),
// sales_per_week, sales_lo, sales_hi, median_days_between_sales, share_of_weeks (four
// decimals), last_sold_on, warnings. The caller releases the reader.
func LiquidityRows(mem memory.Allocator, l analysis.Liquidity) (array.RecordReader, error) {
	date := arrow.FixedWidthTypes.Date32
	fields := append(keyFields(l.Scope.Spec.By...),
		arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		arrow.Field{Name: "window_from", Type: date, Nullable: true})
	fields = append(fields, figures("weeks", "sales_per_week", "sales_lo", "sales_hi", "median_days_between_sales", "share_of_weeks")...)
	fields = append(fields, arrow.Field{Name: "last_sold_on", Type: date, Nullable: true}, warningsField())
	return rowsOf(mem, fields, len(l.Rows), func(i int, f *rowAppender) {
		row := l.Rows[i]
		for _, key := range row.Keys {
			f.text(key)
		}
		f.int(int64(row.N))
		f.date(row.From)
		f.float(&row.Weeks, 2)
		for _, v := range []*float64{&row.SalesPerWeek, &row.SalesLo, &row.SalesHi, row.MedianDays, &row.ShareOfWeeks} {
			f.float(v, 4)
		}
		f.date(row.LastSoldOn)
		f.texts(row.Warnings)
	})
}
