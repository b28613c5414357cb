package reports

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
	"github.com/rivo/uniseg"
)

// The palette: custom properties of assets/page.css, one set for light, one for
// dark, one for paper.
const (
	inkColor    = "var(--ink)"
	mutedColor  = "var(--muted)"
	ruleColor   = "var(--rule)"
	cardColor   = "var(--card)"
	markColor   = "var(--mark)"
	accentColor = "var(--accent)"
	bandColor   = "var(--band)"
	clearColor  = "transparent"
)

const (
	chartFont   = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"
	narrowUpTo  = 520 // px: the widest drawing that uses the narrow layout
	rowsTop     = 34  // px above the first row: the name of the reference line
	rowsBottom  = 34  // px below the last row: the axis
	rowHeight   = 48
	rowHeightXS = 62
)

// frame is the size of a drawing in CSS pixels.
type frame struct{ W, H int }

// dotRow is one group on a chart of rows. Grain: one group. Multiples are sale
// price over retail price; a missing one is NaN and is not drawn.
type dotRow struct {
	Label, LabelXS string // the group's name, for the wide and the narrow layout
	N              int
	Figure         [2]string // what stands at the right: the median, its interval
	Tip            string    // plain text of the tooltip
	Mid, Lo, Hi    float64
	P5, Q1, Q3     float64 // box plots only
	P95            float64
	Accent         bool // the row the title speaks of
	Hollow         bool // a control group
}

// weekPoint is one week of the weekly chart; a missing figure is NaN.
type weekPoint struct {
	Label, Tip  string
	Mid, Lo, Hi float64
	N           int
	Accent      bool
}

// axisSpan is the range of a value axis and the distance of its ticks.
type axisSpan struct{ Min, Max, Step float64 }

// spanOf returns a span with round ends around the values; NaN is passed over.
func spanOf(values ...float64) axisSpan {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	if hi-lo < 0.2 {
		lo, hi = lo-0.1, hi+0.1
	}
	// Five to nine ticks of 1, 2 or 5 times a power of ten.
	raw := (hi - lo) / 6
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	step := unit
	for _, m := range []float64{1, 2, 5, 10} {
		if step = m * unit; step >= raw {
			break
		}
	}
	// Rounded, because 3*0.1 is not 0.3 and would show on the axis.
	round := func(v float64) float64 { return math.Round(v*1e6) / 1e6 }
	return axisSpan{
		Min:  round(math.Max(0, math.Floor(lo/step+1e-9)*step)),
		Max:  round(math.Ceil(hi/step-1e-9) * step),
		Step: round(step),
	}
}

// rowsFrames returns the sizes of a chart of n rows.
func rowsFrames(n int) (wide, narrow frame) {
	return frame{800, rowsTop + rowsBottom + n*rowHeight},
		frame{360, rowsTop + rowsBottom + n*rowHeightXS}
}

// rowsOption draws one mark per row: "interval" (dot and interval) or "box".
// A band, when given, is shaded and named.
func rowsOption(id, mark string, rows []dotRow, span axisSpan, band *refBand) (json.RawMessage, error) {
	chart := charts.NewCustom()
	left, leftXS, right := make([]string, len(rows)), make([]string, len(rows)), make([]string, len(rows))
	items := make([]opts.CustomData, len(rows))
	for i, r := range rows {
		left[i], leftXS[i] = rowLabel(r.Label, r.N), rowLabel(r.LabelXS, r.N)
		right[i] = "{name|" + r.Figure[0] + "}\n{n|" + r.Figure[1] + "}"
		items[i] = rowItem(i, mark, r)
	}
	chart.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: id}),
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(tooltipStyle()),
		charts.WithXAxisOpts(multipleAxis(span)),
		charts.WithYAxisOpts(opts.YAxis{Type: "category", Inverse: opts.Bool(true), Data: left,
			AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, SplitLine: rowLines()}),
	)
	chart.ExtendYAxis(opts.YAxis{Type: "category", Position: "right", Inverse: opts.Bool(true), Data: right,
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}})
	chart.AddSeries("multiple", items, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.Id = mark
		s.RenderItem = types.FuncStr(mark)
		s.Encode = &opts.Encode{X: []int{0, 2, 3}, Y: 1}
		s.MarkLines = retailLine()
		if band != nil {
			s.MarkAreas = band.area()
		}
	}))
	chart.Validate()
	return withLayouts(chart.JSON(), rowsLayout(left, labelSpace(rows), false), rowsLayout(leftXS, 0, true))
}

// rowItem is a row as data of a custom series. Its name is the tooltip's text:
// the template "{b}" then needs no function and no markup.
func rowItem(i int, mark string, r dotRow) opts.CustomData {
	colour := markColor
	if r.Accent {
		colour = accentColor
	}
	hollow := 0
	if r.Hollow {
		hollow = 1
	}
	value := []any{plotValue(r.Mid), i, plotValue(r.Lo), plotValue(r.Hi), hollow, r.N}
	if mark == "box" {
		value = []any{plotValue(r.Mid), i, plotValue(r.P5), plotValue(r.P95), plotValue(r.Q1), plotValue(r.Q3), r.N}
	}
	return opts.CustomData{Name: r.Tip, Value: value, ItemStyle: &opts.ItemStyle{Color: colour}}
}

// labelSpace is the room that names need beside the rows: about 7.6 px a letter,
// as there is no font to measure with where the page is written.
func labelSpace(rows []dotRow) int {
	longest := 0
	for _, r := range rows {
		longest = max(longest, uniseg.StringWidth(r.Label))
	}
	return min(max(28+longest*76/10, 90), 316)
}

func rowLabel(name string, n int) string {
	return fmt.Sprintf("{name|%s}\n{n|n = %s}", name, countText(n))
}

// rowsLayout is what differs between the wide and the narrow drawing: beside the
// rows there is room for names on a desk, on a phone they stand above each row.
func rowsLayout(labels []string, space int, narrow bool) map[string]any {
	label := func(side string, inside bool) map[string]any {
		l := map[string]any{
			"show": true, "inside": inside, "align": side, "interval": 0, "lineHeight": 17, "hideOverlap": false,
			"verticalAlign": "middle", "margin": 16, "padding": []int{0, 0, 0, 0},
			"rich": map[string]any{
				"name": map[string]any{"fontSize": 13, "fontWeight": 600, "color": inkColor, "lineHeight": 17},
				"n":    map[string]any{"fontSize": 12, "color": mutedColor, "lineHeight": 16},
			},
		}
		if inside {
			l["verticalAlign"], l["margin"], l["padding"] = "bottom", 0, []int{0, 0, 4, 0}
		}
		return l
	}
	grid := map[string]any{"top": rowsTop, "bottom": rowsBottom, "left": space, "right": 112}
	left, right := label("right", false), label("left", false)
	if narrow {
		grid["left"], grid["right"] = 12, 12
		left, right = label("left", true), label("right", true)
	}
	return map[string]any{
		"grid":  grid,
		"yAxis": []any{map[string]any{"data": labels, "axisLabel": left}, map[string]any{"axisLabel": right}},
	}
}

// refBand is a range of multiples that is shaded and named.
type refBand struct {
	Lo, Hi float64
	Name   string
}

func (b refBand) area() *opts.MarkAreas {
	from := opts.MarkAreaData{Name: b.Name, XAxis: b.Lo}
	return &opts.MarkAreas{
		Data: []any{[]any{from, opts.MarkAreaData{XAxis: b.Hi}}},
		MarkAreaStyle: opts.MarkAreaStyle{
			ItemStyle: &opts.ItemStyle{Color: bandColor},
			Label: &opts.Label{Show: opts.Bool(true), Position: "top", Color: mutedColor,
				FontSize: 12, FontFamily: chartFont, Formatter: "{b}"},
		},
	}
}

// weeklyOption draws weeks in two grids: the median with its band above, the
// number of sales as bars below.
func weeklyOption(id string, points []weekPoint) (json.RawMessage, error) {
	labels := make([]string, len(points))
	band, line, bars := make([]opts.CustomData, len(points)), make([]opts.LineData, len(points)), make([]opts.BarData, len(points))
	values := []float64{1}
	for i, p := range points {
		labels[i] = p.Label
		band[i] = opts.CustomData{Name: p.Tip, Value: []any{i, plotValue(p.Lo), plotValue(p.Hi)}, ItemStyle: &opts.ItemStyle{Color: bandColor}}
		line[i] = opts.LineData{Value: plotValue(p.Mid), Symbol: "none"}
		if !math.IsNaN(p.Mid) && loneWeek(points, i) {
			line[i].Symbol, line[i].SymbolSize = "circle", 4
		}
		bars[i] = opts.BarData{Name: p.Tip, Value: p.N, ItemStyle: &opts.ItemStyle{Color: markColor}}
		if p.Accent {
			line[i].Symbol, line[i].SymbolSize = "circle", 10
			bars[i].ItemStyle.Color = accentColor
		}
		values = append(values, p.Mid, p.Lo, p.Hi)
	}
	span := spanOf(values...)
	chart := charts.NewCustom()
	chart.SetXAxis(labels)
	chart.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: id}),
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(tooltipStyle()),
		charts.WithXAxisOpts(opts.XAxis{Type: "category", AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
			AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, AxisTick: &opts.AxisTick{Show: opts.Bool(false)}}),
		charts.WithYAxisOpts(opts.YAxis{Type: "value", Min: span.Min, Max: span.Max, MinInterval: span.Step, MaxInterval: span.Step,
			AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, AxisLabel: axisText("{value}x"), SplitLine: rowLines()}),
	)
	chart.ExtendXAxis(opts.XAxis{Type: "category", GridIndex: 1, Data: labels, AxisLabel: axisText(""),
		AxisLine: &opts.AxisLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: ruleColor}}, AxisTick: &opts.AxisTick{Show: opts.Bool(false)}})
	chart.ExtendYAxis(opts.YAxis{Type: "value", GridIndex: 1, MinInterval: 1, SplitNumber: 2,
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, AxisLabel: axisText(""), SplitLine: rowLines()})
	chart.GridList = []opts.Grid{{}, {}} // filled in by the layouts
	chart.AddSeries("interval", band, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.RenderItem = "week"
		s.Encode = &opts.Encode{X: 0, Y: []int{1, 2}}
		s.MarkLines = retailLevel()
	}))
	median, volume := charts.NewLine(), charts.NewBar()
	median.AddSeries("median", line, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(true)}),
		charts.WithLineStyleOpts(opts.LineStyle{Color: inkColor, Width: 2}), charts.WithItemStyleOpts(opts.ItemStyle{Color: accentColor}))
	volume.AddSeries("sales", bars, charts.WithBarChartOpts(opts.BarChart{XAxisIndex: 1, YAxisIndex: 1, BarCategoryGap: "15%"}))
	chart.Overlap(median, volume)
	chart.Validate()
	return withLayouts(chart.JSON(), weeklyLayout(len(points), false), weeklyLayout(len(points), true))
}

// loneWeek reports a figure without a neighbour: a line cannot show it, a dot can.
func loneWeek(points []weekPoint, i int) bool {
	return (i == 0 || math.IsNaN(points[i-1].Mid)) && (i == len(points)-1 || math.IsNaN(points[i+1].Mid))
}

// weeklyLayout sets the two grids and how many weeks are named on the axis.
func weeklyLayout(n int, narrow bool) map[string]any {
	named, height, low, left := 7, 210, 80, 48
	if narrow {
		named, height, low, left = 4, 190, 70, 44
	}
	grid := func(top, height int) map[string]any {
		return map[string]any{"left": left, "right": 50, "top": top, "height": height}
	}
	every := max((n-1)/named, 0)
	title := map[string]any{"nameLocation": "end", "nameGap": 10,
		"nameTextStyle": map[string]any{"color": mutedColor, "fontSize": 12, "align": "left", "padding": []int{0, 0, 0, -left + 4}}}
	named2 := func(text string) map[string]any {
		m := map[string]any{"name": text}
		for k, v := range title {
			m[k] = v
		}
		return m
	}
	return map[string]any{
		"grid":  []any{grid(36, height), grid(36+height+44, low)},
		"xAxis": []any{map[string]any{}, map[string]any{"axisLabel": map[string]any{"interval": every, "showMinLabel": true}}},
		"yAxis": []any{named2("Median multiple of retail"), named2("Sales a week")},
	}
}

// retailLevel is retailLine for a chart whose multiples run upwards.
func retailLevel() *opts.MarkLines {
	line := retailLine()
	line.Data = []any{opts.MarkLineNameYAxisItem{Name: "retail", YAxis: 1}}
	line.Label.Position = "end"
	return line
}

// retailLine is where the buyer paid what the shop asked.
func retailLine() *opts.MarkLines {
	return &opts.MarkLines{
		Data: []any{opts.MarkLineNameXAxisItem{Name: "retail", XAxis: 1}},
		MarkLineStyle: opts.MarkLineStyle{
			Symbol:    []string{"none", "none"},
			LineStyle: &opts.LineStyle{Color: inkColor, Width: 1.5, Type: "solid"},
			Label: &opts.Label{Show: opts.Bool(true), Position: "start", Color: inkColor,
				FontSize: 12, FontWeight: "600", FontFamily: chartFont, Formatter: "{b}"},
		},
	}
}

func rowLines() *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: ruleColor, Width: 1}}
}

// multipleAxis is the axis of resale multiples, "1.5x".
func multipleAxis(span axisSpan) opts.XAxis {
	return opts.XAxis{Type: "value", Min: span.Min, Max: span.Max,
		MinInterval: span.Step, MaxInterval: span.Step,
		AxisLine:  &opts.AxisLine{Show: opts.Bool(false)},
		AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
		AxisLabel: axisText("{value}x"),
		SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: ruleColor, Width: 1}}}
}

func axisText(formatter string) *opts.AxisLabel {
	return &opts.AxisLabel{Show: opts.Bool(true), Color: mutedColor, FontSize: 12, FontFamily: chartFont,
		Formatter: types.FuncStr(formatter)}
}

func tooltipStyle() opts.Tooltip {
	return opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}",
		BackgroundColor: cardColor, BorderColor: ruleColor}
}

// plotValue is a figure as chart data; ECharts reads "-" as missing.
func plotValue(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return math.Round(v*1e4) / 1e4
}

// withLayouts makes one option of a chart and its two layouts, and adds what
// go-echarts has no field for.
func withLayouts(base map[string]any, wide, narrow map[string]any) (json.RawMessage, error) {
	raw, err := json.Marshal(base)
	if err != nil {
		return nil, fmt.Errorf("chart options: %w", err)
	}
	var option map[string]any
	if err := json.Unmarshal(raw, &option); err != nil {
		return nil, fmt.Errorf("chart options: %w", err)
	}
	delete(option, "toolbox")
	delete(option, "color")
	option["textStyle"] = map[string]any{"fontFamily": chartFont}
	if tip, ok := option["tooltip"].(map[string]any); ok {
		tip["renderMode"] = "richText" // text stays text: no HTML is ever made of it
		tip["confine"] = true
		tip["textStyle"] = map[string]any{"color": inkColor, "fontSize": 13, "lineHeight": 18, "fontFamily": chartFont}
	}
	for _, s := range asList(option["series"]) {
		s["clip"] = false
		s["emphasis"] = map[string]any{"disabled": true}
		for _, key := range []string{"markLine", "markArea"} {
			if m, ok := s[key].(map[string]any); ok {
				m["silent"], m["animation"] = true, false
			}
		}
	}
	for _, y := range asList(option["yAxis"]) {
		y["axisTick"] = map[string]any{"show": false} // opts.YAxis has no AxisTick
	}
	out, err := json.Marshal(map[string]any{
		"baseOption": option,
		"media": []any{
			map[string]any{"query": map[string]any{"maxWidth": narrowUpTo}, "option": narrow},
			map[string]any{"option": wide},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("chart options: %w", err)
	}
	return out, nil
}

// asList returns the objects of a decoded JSON list.
func asList(v any) []map[string]any {
	var out []map[string]any
	list, _ := v.([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
