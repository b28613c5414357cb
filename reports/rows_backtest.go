package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// BacktestRows is the scorecard as rows, in the order of b. Columns: class, forecast, n,
// mdape, median_error, within_5, within_10, within_20 (shares), rmse_log, coverage and width
// (of the intervals, of M4 alone), warnings. Figures are rounded half away from zero to
// four decimals. The caller releases the reader.
func BacktestRows(mem memory.Allocator, b analysis.Backtest) (array.RecordReader, error) {
	fields := append([]arrow.Field{{Name: "class", Type: arrow.BinaryTypes.String}}, scoreFields()...)
	fields = append(fields, arrow.Field{Name: "warnings", Type: arrow.ListOfNonNullable(arrow.BinaryTypes.String)})
	return rowsOf(mem, fields, len(b.Rows), func(i int, f *rowAppender) {
		r := b.Rows[i]
		f.text(r.Class)
		appendScore(f, r.Forecast, r.BacktestScore)
		f.texts(r.Warnings)
	})
}

// BacktestWeekRows is the same by week, of all classes. Columns: week (its Monday), then
// those of BacktestRows from forecast to width. The caller releases the reader.
func BacktestWeekRows(mem memory.Allocator, b analysis.Backtest) (array.RecordReader, error) {
	fields := append([]arrow.Field{{Name: "week", Type: arrow.FixedWidthTypes.Date32}}, scoreFields()...)
	return rowsOf(mem, fields, len(b.Weeks), func(i int, f *rowAppender) {
		r := b.Weeks[i]
		f.date(r.Week)
		appendScore(f, r.Forecast, r.BacktestScore)
	})
}

// scoreFields are the columns of a score, the forecast first.
func scoreFields() []arrow.Field {
	fields := []arrow.Field{
		{Name: "forecast", Type: arrow.BinaryTypes.String},
		{Name: "n", Type: arrow.PrimitiveTypes.Int64},
	}
	for _, name := range []string{"mdape", "median_error", "within_5", "within_10", "within_20", "rmse_log", "coverage", "width"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float64, Nullable: true})
	}
	return fields
}

func appendScore(f *rowAppender, forecast string, s analysis.BacktestScore) {
	f.text(forecast)
	f.int(int64(s.N))
	for _, v := range []*float64{s.MdAPE, s.MedianError, s.Within5, s.Within10, s.Within20, s.RMSELog, s.Coverage, s.Width} {
		f.float(v, 4)
	}
}

// CalibrationRows is what intervals of each level held, as rows, in the order of b.
// Columns: class, level, n, coverage, se (its standard error, the sales of a week taken
// as going together). The intervals are plain ones: their level is not adapted week by
// week as that of the estimates' interval in BacktestRows is. The caller releases the reader.
func CalibrationRows(mem memory.Allocator, b analysis.Backtest) (array.RecordReader, error) {
	double := arrow.PrimitiveTypes.Float64
	fields := []arrow.Field{
		{Name: "class", Type: arrow.BinaryTypes.String},
		{Name: "level", Type: double},
		{Name: "n", Type: arrow.PrimitiveTypes.Int64},
		{Name: "coverage", Type: double, Nullable: true},
		{Name: "se", Type: double, Nullable: true},
	}
	return rowsOf(mem, fields, len(b.Calibration), func(i int, f *rowAppender) {
		r := b.Calibration[i]
		f.text(r.Class)
		f.float(&r.Level, 4)
		f.int(int64(r.N))
		f.float(r.Inside, 4)
		f.float(r.SE, 4)
	})
}
