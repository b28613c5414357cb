package reports

import (
	"encoding/json"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// errorForecasts are the forecasts drawn on a row, in the order of the mark "errors".
var errorForecasts = [...]string{"M4", "B0", "B1", "B2"}

// errorRow is one class on a chart of forecast errors, in percent; NaN where there are too few.
type errorRow struct {
	Label  string
	N      int
	Figure [2]string // what stands at the right: the estimate's error, that of the last sale
	Tip    string
	Errors [len(errorForecasts)]float64
	Accent bool
}

// errorsOption draws the forecasts of each row on one line.
func errorsOption(id string, rows []errorRow, span axisSpan) (json.RawMessage, error) {
	const mark = "errors"
	chart := charts.NewCustom()
	left, right := make([]string, len(rows)), make([]string, len(rows))
	items, dots := make([]opts.CustomData, len(rows)), make([]dotRow, len(rows))
	for i, r := range rows {
		dots[i] = dotRow{Label: r.Label}
		left[i], right[i] = rowLabel(r.Label, r.N), "{name|"+r.Figure[0]+"}\n{n|"+r.Figure[1]+"}"
		color := inkColor
		if r.Accent {
			color = accentColor
		}
		e := r.Errors
		named := 0
		if i == widest(rows) {
			named = 1
		}
		items[i] = opts.CustomData{Name: r.Tip, ItemStyle: &opts.ItemStyle{Color: color},
			Value: []any{plotValue(e[0]), i, plotValue(e[1]), plotValue(e[2]), plotValue(e[3]), r.N, named}}
	}
	x := multipleAxis(span)
	x.AxisLabel = axisText("{value}%")
	chart.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: id}),
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(tooltipStyle()),
		charts.WithXAxisOpts(x),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Inverse: opts.Bool(true), Data: left,
			AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, SplitLine: rowLines()}),
	)
	chart.ExtendYAxis(opts.YAxis{Type: "category", Position: "right", Inverse: opts.Bool(true), Data: right,
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}})
	chart.AddSeries("error", items, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.Id, s.RenderItem = mark, types.FuncStr(mark)
		s.Encode = &opts.Encode{X: []int{0, 2, 3, 4}, Y: 1}
	}))
	chart.Validate()
	wide, narrow := rowsLayout(mark, left, labelSpace(dots), false), rowsLayout(mark, left, 0, true)
	delete(wide, "series") // they move the retail line, which errors have not
	delete(narrow, "series")
	return withLayouts(chart.JSON(), wide, narrow)
}

// widest is the row whose estimate and last sale lie furthest apart: there is room
// for their names. -1 where no row has both.
func widest(rows []errorRow) int {
	best, gap := -1, -1.0
	for i, r := range rows {
		if d := math.Abs(r.Errors[0] - r.Errors[1]); d > gap { // never of a NaN
			best, gap = i, d
		}
	}
	return best
}
