package reports

import (
	"github.com/amassable/greybook/analysis"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// IndexRows is the answer to `analyze index` as rows: one per segment, weighting and
// week, in the order of x. Columns: segment, weighting, week (its Monday), index
// (100 in the base week), index_lo, index_hi, se (of its log change since the base
// week), n, n_styles, status (frozen or provisional), refit (what the sales of now
// make of the week), published (the value before, where it is another one), warnings (a
// list of codes, never NULL).
//
// Indexes are rounded to two decimals, standard errors to four. What the sample
// does not carry is NULL. The caller releases the reader.
func IndexRows(mem memory.Allocator, x analysis.Index) (array.RecordReader, error) {
	double, count := arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int64
	fields := []arrow.Field{
		{Name: "segment", Type: arrow.BinaryTypes.String},
		{Name: "weighting", Type: arrow.BinaryTypes.String},
		{Name: "week", Type: arrow.FixedWidthTypes.Date32},
		{Name: "index", Type: double},
		{Name: "index_lo", Type: double, Nullable: true},
		{Name: "index_hi", Type: double, Nullable: true},
		{Name: "se", Type: double, Nullable: true},
		{Name: "n", Type: count},
		{Name: "n_styles", Type: count},
		{Name: "status", Type: arrow.BinaryTypes.String},
		{Name: "refit", Type: double},
		{Name: "published", Type: double, Nullable: true},
		{Name: "warnings", Type: arrow.ListOfNonNullable(arrow.BinaryTypes.String)},
	}
	type place struct{ series, row int }
	var places []place
	for s, t := range x.Series {
		for r := range t.Rows {
			places = append(places, place{s, r})
		}
	}
	return rowsOf(mem, fields, len(places), func(i int, f *rowAppender) {
		t := x.Series[places[i].series]
		r := t.Rows[places[i].row]
		f.text(t.Segment)
		f.text(string(t.Weighting))
		f.date(r.Week)
		f.float(&r.Index, 2)
		f.float(r.Lo, 2)
		f.float(r.Hi, 2)
		f.float(r.SE, 4)
		f.int(int64(r.N))
		f.int(int64(r.Styles))
		f.text(r.Status())
		f.float(&r.Refit, 2)
		f.float(r.Was, 2)
		f.texts(r.Warnings)
	})
}

// IndexRevisionRows is the answer to `analyze index --revisions` as rows: one per
// segment, weighting and age. Columns: segment, weighting, weeks_old (0: the newest
// week of its vintage), n (changes from one vintage to the next), mean, median,
// abs_mean, abs_median (of the changes, in points of the index, two decimals).
func IndexRevisionRows(mem memory.Allocator, all []analysis.IndexRevisions) (array.RecordReader, error) {
	double, count := arrow.PrimitiveTypes.Float64, arrow.PrimitiveTypes.Int64
	fields := []arrow.Field{
		{Name: "segment", Type: arrow.BinaryTypes.String},
		{Name: "weighting", Type: arrow.BinaryTypes.String},
		{Name: "weeks_old", Type: count},
		{Name: "n", Type: count},
		{Name: "mean", Type: double, Nullable: true},
		{Name: "median", Type: double, Nullable: true},
		{Name: "abs_mean", Type: double, Nullable: true},
		{Name: "abs_median", Type: double, Nullable: true},
	}
	type place struct{ series, age int }
	var places []place
	for s, t := range all {
		for age := range t.ByAge {
			places = append(places, place{s, age})
		}
	}
	return rowsOf(mem, fields, len(places), func(i int, f *rowAppender) {
		t := all[places[i].series]
		r := t.ByAge[places[i].age]
		f.text(t.Segment)
		f.text(string(t.Weighting))
		f.int(int64(places[i].age))
		f.int(int64(r.N))
		f.float(&r.Mean, 2)
		f.float(&r.Median, 2)
		f.float(&r.AbsMean, 2)
		f.float(&r.AbsMedian, 2)
	})
}
