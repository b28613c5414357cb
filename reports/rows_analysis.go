package reports

import (
	"fmt"
	"math"
	"strconv"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// MultiplesRows is the answer to `analyze multiples` as rows: one per group, in
// the order of m. Columns: the dimensions of the question by name (text, NULL
// where unknown; grey_day_year and year are 32-bit integers unless a key is no
// number), then n, median_multiple, multiple_lo, multiple_hi, q1, q3,
// share_above_retail, median_sale_price, median_retail_price (US dollars),
// first_sold_on, last_sold_on, warnings (a list of codes, never NULL); of a question
// with a baseline also difference, difference_lo, difference_hi, to four decimals.
//
// This is the edge where figures are rounded, half away from zero: multiples and
// shares to four decimals, prices to two. What the sample does not carry is NULL.
// The caller releases the reader.
func MultiplesRows(mem memory.Allocator, m analysis.Multiples) (array.RecordReader, error) {
	var fields []arrow.Field
	for d, dim := range m.Spec.By {
		t := arrow.DataType(arrow.BinaryTypes.String)
		if (dim == analysis.ByGreyDayYear || dim == analysis.ByYear) && keysAreNumbers(m.Rows, d) {
			t = arrow.PrimitiveTypes.Int32
		}
		fields = append(fields, arrow.Field{Name: string(dim), Type: t, Nullable: true})
	}
	fields = append(fields, multiplesFields()...)
	versus := m.Spec.Versus != ""
	if versus {
		fields = append(fields, figures("difference", "difference_lo", "difference_hi")...)
	}
	for i, row := range m.Rows {
		if len(row.Keys) != len(m.Spec.By) {
			return nil, fmt.Errorf("group %d has %d keys for %d dimensions", i+1, len(row.Keys), len(m.Spec.By))
		}
	}
	return rowsOf(mem, fields, len(m.Rows), func(i int, f *rowAppender) {
		row := m.Rows[i]
		for _, key := range row.Keys {
			appendRowKey(f.column(), key)
		}
		f.int(int64(row.N))
		f.float(row.Median, 4)
		f.float(row.Lo, 4)
		f.float(row.Hi, 4)
		f.float(row.Q1, 4)
		f.float(row.Q3, 4)
		f.float(row.ShareAboveRetail, 4)
		f.float(row.MedianSalePrice, 2)
		f.float(row.MedianRetailPrice, 2)
		f.date(row.FirstSoldOn)
		f.date(row.LastSoldOn)
		f.texts(row.Warnings)
		if versus {
			f.float(row.Difference, 4)
			f.float(row.DifferenceLo, 4)
			f.float(row.DifferenceHi, 4)
		}
	})
}

// figures are columns of doubles that may be NULL.
func figures(names ...string) []arrow.Field {
	var fields []arrow.Field
	for _, name := range names {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float64, Nullable: true})
	}
	return fields
}

// keyFields are the columns of the dimensions, as text, by name.
func keyFields(by ...analysis.Dimension) []arrow.Field {
	var fields []arrow.Field
	for _, d := range by {
		fields = append(fields, arrow.Field{Name: string(d), Type: arrow.BinaryTypes.String, Nullable: true})
	}
	return fields
}

// warningsField is the column of the warnings: a list of codes, never NULL.
func warningsField() arrow.Field {
	return arrow.Field{Name: "warnings", Type: arrow.ListOfNonNullable(arrow.BinaryTypes.String)}
}

// rowsOf makes n rows, each filled by row column by column. The caller releases the
// reader.
func rowsOf(mem memory.Allocator, fields []arrow.Field, n int, row func(i int, f *rowAppender)) (array.RecordReader, error) {
	b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
	defer b.Release()
	for i := range n {
		row(i, &rowAppender{b: b})
	}
	rec := b.NewRecordBatch()
	defer rec.Release()
	return array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
}

// multiplesFields are the columns after the dimensions.
func multiplesFields() []arrow.Field {
	double, date := arrow.PrimitiveTypes.Float64, arrow.FixedWidthTypes.Date32
	return []arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		{Name: "median_multiple", Type: double, Nullable: true},
		{Name: "multiple_lo", Type: double, Nullable: true},
		{Name: "multiple_hi", Type: double, Nullable: true},
		{Name: "q1", Type: double, Nullable: true},
		{Name: "q3", Type: double, Nullable: true},
		{Name: "share_above_retail", Type: double, Nullable: true},
		{Name: "median_sale_price", Type: double, Nullable: true},
		{Name: "median_retail_price", Type: double, Nullable: true},
		{Name: "first_sold_on", Type: date, Nullable: true},
		{Name: "last_sold_on", Type: date, Nullable: true},
		warningsField(),
	}
}

// keysAreNumbers reports whether every known key of dimension d is an integer.
func keysAreNumbers(rows []analysis.MultipleRow, d int) bool {
	for _, r := range rows {
		if d < len(r.Keys) && r.Keys[d] != "" {
			if _, err := strconv.ParseInt(r.Keys[d], 10, 32); err != nil {
				return false
			}
		}
	}
	return true
}

func appendRowKey(b array.Builder, key string) {
	switch b := b.(type) {
	case *array.StringBuilder:
		if key != "" {
			b.Append(rowValidText(key))
			return
		}
	case *array.Int32Builder:
		if v, err := strconv.ParseInt(key, 10, 32); err == nil {
			b.Append(int32(v))
			return
		}
	}
	b.AppendNull()
}

// rowAppender fills the columns of one row from column next on. A value's Go
// type must be that of the column; a missing value is NULL.
type rowAppender struct {
	b    *array.RecordBuilder
	next int
}

func (a *rowAppender) column() array.Builder {
	a.next++
	return a.b.Field(a.next - 1)
}

func (a *rowAppender) text(s string) {
	if b := a.column().(*array.StringBuilder); s == "" {
		b.AppendNull()
	} else {
		b.Append(rowValidText(s))
	}
}

func (a *rowAppender) texts(list []string) {
	b := a.column().(*array.ListBuilder)
	b.Append(true)
	for _, s := range list {
		b.ValueBuilder().(*array.StringBuilder).Append(rowValidText(s))
	}
}

func (a *rowAppender) int(v int64) { a.column().(*array.Int64Builder).Append(v) }

func (a *rowAppender) minor(v *int64) {
	if b := a.column().(*array.Int64Builder); v == nil {
		b.AppendNull()
	} else {
		b.Append(*v)
	}
}

// place is a 32-bit integer; 0 is NULL.
func (a *rowAppender) place(v int) { a.year(v) }

func (a *rowAppender) year(v int) {
	if b := a.column().(*array.Int32Builder); v == 0 {
		b.AppendNull()
	} else {
		b.Append(int32(v))
	}
}

// float rounds to that many decimals; what is not finite is NULL.
func (a *rowAppender) float(v *float64, decimals int) {
	if b := a.column().(*array.Float64Builder); v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		b.AppendNull()
	} else {
		b.Append(roundRowFigure(*v, decimals))
	}
}

func (a *rowAppender) date(d data.Date) {
	if b := a.column().(*array.Date32Builder); d.IsZero() {
		b.AppendNull()
	} else {
		b.Append(arrow.Date32(d))
	}
}

// roundRowFigure rounds half away from zero; adding 0 turns −0 into 0.
func roundRowFigure(v float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(v*scale)/scale + 0
}
