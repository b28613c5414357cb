package reports

import (
	"cmp"
	"encoding/json"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
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

// retailWidth is the width of the retail line in px.
const retailWidth = 1.5

const chartFont = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif"

// rowsOption draws one mark per row: one of those that kindOf knows. A band, when
// given, is shaded and named.
func rowsOption(id, mark string, rows []dotRow, span axisSpan, band *refBand) (json.RawMessage, error) {
	chart, kind := charts.NewCustom(), kindOf(mark)
	left, leftXS, right := make([]string, len(rows)), make([]string, len(rows)), make([]string, len(rows))
	items := make([]opts.CustomData, len(rows))
	for i, r := range rows {
		left[i], leftXS[i], right[i] = kind.label(r, r.Label), kind.label(r, r.LabelXS), kind.figure(r)
		items[i] = rowItem(i, mark, r)
	}
	x := multipleAxis(span)
	x.AxisLabel = axisText(kind.Ticks)
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
	chart.AddSeries("multiple", items, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.Id = mark
		s.RenderItem = types.FuncStr(mark)
		s.Encode = &opts.Encode{X: []int{0, 2, 3}, Y: 1}
		s.MarkLines = lineAt(kind.Name, kind.Line)
		if band != nil {
			s.MarkAreas = band.area()
		}
	}))
	if kind.Counts {
		addCounts(chart, rows)
	}
	chart.Validate()
	return withLayouts(chart.JSON(), rowsLayout(mark, left, kind.space(rows), false), rowsLayout(mark, leftXS, 0, true))
}

// addCounts gives a chart of rows a second grid, with a bar of n for each row.
func addCounts(chart *charts.Custom, rows []dotRow) {
	most, bars := 1, make([]opts.CustomData, len(rows))
	for i, r := range rows {
		most = max(most, r.N)
		color := markColor
		if r.Accent {
			color = accentColor
		}
		bars[i] = opts.CustomData{Name: r.Tip, Value: []any{r.N, i}, ItemStyle: &opts.ItemStyle{Color: color}}
	}
	hidden := &opts.AxisLine{Show: opts.Bool(false)}
	chart.ExtendXAxis(opts.XAxis{Type: "value", GridIndex: 1, Min: 0, Max: most, AxisLine: hidden, AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
		AxisTick: &opts.AxisTick{Show: opts.Bool(false)}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}})
	chart.ExtendYAxis(opts.YAxis{Type: "category", GridIndex: 1, Inverse: opts.Bool(true), Data: make([]string, len(rows)), AxisLine: hidden, SplitLine: rowLines()})
	chart.GridList = []opts.Grid{{}, {}} // placed by the layouts
	s := charts.NewCustom()
	s.AddSeries("n", bars, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
		s.XAxisIndex, s.YAxisIndex, s.RenderItem = 1, 2, "count"
		s.Encode = &opts.Encode{X: 0, Y: 1}
	}))
	chart.MultiSeries = append(chart.MultiSeries, s.MultiSeries...)
}

// rowItem is a row as data of a custom series. Its name is the tooltip's text.
func rowItem(i int, mark string, r dotRow) opts.CustomData {
	colour := markColor
	if r.Accent {
		colour = accentColor
	}
	form := 0
	switch {
	case r.Heading:
		form = 2
	case r.Hollow:
		form = 1
	}
	value := []any{plotValue(r.Mid), i, plotValue(r.Lo), plotValue(r.Hi), form, r.N}
	if mark == "box" {
		value = []any{plotValue(r.Mid), i, plotValue(r.P5), plotValue(r.P95), plotValue(r.Q1), plotValue(r.Q3), r.N}
	}
	return opts.CustomData{Name: r.Tip, Value: value, ItemStyle: &opts.ItemStyle{Color: colour}}
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

// weeklyOption draws weeks in two grids: the median with its band above, and below
// it as bars how many prices a week has; counted names these.
func weeklyOption(id string, points []weekPoint, span axisSpan, counted string) (json.RawMessage, error) {
	labels := make([]string, len(points))
	band, bars := make([]opts.CustomData, len(points)), make([]opts.BarData, len(points))
	line, now := make([]opts.LineData, len(points)), make([]opts.LineData, len(points)) // now: the page's week alone
	for i, p := range points {
		labels[i] = p.Label
		band[i] = opts.CustomData{Name: p.Tip, Value: []any{i, plotValue(p.Lo), plotValue(p.Hi)}, ItemStyle: &opts.ItemStyle{Color: bandColor}}
		line[i], now[i] = opts.LineData{Value: plotValue(p.Mid), Symbol: "none"}, opts.LineData{Value: "-"}
		if !math.IsNaN(p.Mid) && loneWeek(points, i) {
			line[i].Symbol, line[i].SymbolSize = "circle", 4
		}
		bars[i] = opts.BarData{Name: p.Tip, Value: p.N, ItemStyle: &opts.ItemStyle{Color: markColor}}
		if p.Accent {
			now[i] = opts.LineData{Value: plotValue(p.Mid), Symbol: "circle", SymbolSize: 10}
			bars[i].ItemStyle.Color = accentColor
		}
		if p.Partial {
			bars[i].ItemStyle = &opts.ItemStyle{Color: accentColor, Opacity: opts.Float(0.45)}
		}
	}
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
		charts.WithLineStyleOpts(opts.LineStyle{Color: inkColor, Width: 2}), charts.WithItemStyleOpts(opts.ItemStyle{Color: inkColor}))
	median.AddSeries("week", now, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(true)}),
		charts.WithItemStyleOpts(opts.ItemStyle{Color: accentColor}))
	volume.AddSeries("n", bars, charts.WithBarChartOpts(opts.BarChart{XAxisIndex: 1, YAxisIndex: 1, BarCategoryGap: "15%"}),
		charts.WithSeriesOpts(func(s *charts.SingleSeries) { s.BarMaxWidth = "28" }))
	chart.Overlap(median, volume)
	chart.Validate()
	return withLayouts(chart.JSON(), weeklyLayout(len(points), counted, false), weeklyLayout(len(points), counted, true))
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

// option makes the chart's option; the frames are those of Shape for as many panels.
func (c panelChart) option() (json.RawMessage, error) {
	chart := charts.NewCustom()
	trigger := "item"
	if c.X.Labels != nil {
		trigger = "axis" // the points of a long line are too small to meet
	}
	tip := tooltipStyle()
	tip.Trigger = trigger
	chart.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: c.ID}),
		charts.WithAnimation(false),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithTooltipOpts(tip),
	)
	chart.XAxisList, chart.YAxisList, chart.GridList = nil, nil, nil
	if c.X.Labels != nil {
		chart.SetXAxis(c.X.Labels) // of the first panel: Validate writes it over what stands in the list
	}
	for i, p := range c.Panels {
		chart.GridList = append(chart.GridList, opts.Grid{}) // placed by the layouts
		chart.XAxisList = append(chart.XAxisList, c.xAxis(i))
		chart.YAxisList = append(chart.YAxisList, c.yAxis(i))
		p.addTo(chart, i)
	}
	chart.Validate()
	base := chart.JSON()
	titles := make([]any, len(c.Panels))
	for i, p := range c.Panels {
		titles[i] = map[string]any{"text": p.Title, "subtext": p.Note, "padding": 0, "itemGap": 3,
			"textStyle":    map[string]any{"fontSize": 13, "fontWeight": 600, "color": inkColor, "fontFamily": chartFont},
			"subtextStyle": map[string]any{"fontSize": 12, "color": mutedColor, "fontFamily": chartFont}}
	}
	base["title"] = titles
	return withLayouts(base, c.Shape.layout(c, false), c.Shape.layout(c, true))
}

func (c panelChart) xAxis(i int) opts.XAxis {
	a := opts.XAxis{Type: "value", GridIndex: i, AxisTick: &opts.AxisTick{Show: opts.Bool(false)}, AxisLabel: axisText(c.X.Text),
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}}
	if c.X.Labels != nil {
		a.Type, a.Data = "category", c.X.Labels
		return a
	}
	a.Min, a.Max, a.MinInterval, a.MaxInterval = c.X.Span.Min, c.X.Span.Max, c.X.Span.Step, c.X.Span.Step
	return a
}

func (c panelChart) yAxis(i int) opts.YAxis {
	s := c.Y.Span
	return opts.YAxis{Type: "value", GridIndex: i, Min: s.Min, Max: s.Max, MinInterval: s.Step, MaxInterval: s.Step,
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)}, AxisLabel: axisText(c.Y.Text), SplitLine: rowLines()}
}

// addTo adds the panel's series to the chart, in its grid.
func (p panel) addTo(chart *charts.Custom, grid int) {
	custom := func(mark, name, color string, items ...opts.CustomData) {
		s := charts.NewCustom()
		s.AddSeries(name, items, charts.WithItemStyleOpts(opts.ItemStyle{Color: color}), charts.WithSeriesOpts(func(s *charts.SingleSeries) {
			s.XAxisIndex, s.YAxisIndex, s.RenderItem = grid, grid, types.FuncStr(mark)
			s.Encode = &opts.Encode{X: 0, Y: 1}
		}))
		chart.MultiSeries = append(chart.MultiSeries, s.MultiSeries...)
	}
	for _, b := range p.Bands {
		for _, run := range b.runs() {
			custom("ribbon", "", bandColor, run...)
		}
	}
	for _, l := range p.Lines {
		l.addTo(chart, grid)
	}
	for _, m := range p.Marks {
		custom(m.Mark, m.Name, m.Color, opts.CustomData{Name: m.Tip, Value: []any{plotValue(m.X), plotValue(m.Y), plotValue(m.Lo), plotValue(m.Hi)}})
	}
}

// runs are the stretches without a gap, a point as x, lo, hi
func (b panelBand) runs() [][]opts.CustomData {
	var out [][]opts.CustomData
	open := false
	for i := range b.X {
		if math.IsNaN(b.Lo[i]) || math.IsNaN(b.Hi[i]) {
			open = false
			continue
		}
		if !open {
			out, open = append(out, nil), true
		}
		last := &out[len(out)-1]
		*last = append(*last, opts.CustomData{Value: []any{plotValue(b.X[i]), plotValue(b.Lo[i]), plotValue(b.Hi[i])}})
	}
	return out
}

func (l panelLine) addTo(chart *charts.Custom, grid int) {
	items, dots := make([]opts.LineData, len(l.Points)), false
	missing := func(i int) bool { return i < 0 || i >= len(l.Points) || math.IsNaN(l.Points[i].Y) }
	for i, p := range l.Points {
		items[i] = opts.LineData{Name: p.Tip, Value: []any{plotValue(p.X), plotValue(p.Y)}, Symbol: "none"}
		size := l.Dot
		if size == 0 && missing(i-1) && missing(i+1) && !missing(i) {
			size = 4
		}
		if size > 0 {
			items[i].Symbol, items[i].SymbolSize, dots = "circle", size, true
		}
	}
	style := opts.LineStyle{Color: l.Color, Width: l.Width, Type: cmp.Or(l.Type, "solid")}
	if l.Width == 0 {
		style.Opacity = opts.Float(0)
	}
	line := charts.NewLine()
	line.AddSeries("", items, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(dots), XAxisIndex: grid, YAxisIndex: grid}),
		charts.WithLineStyleOpts(style), charts.WithItemStyleOpts(opts.ItemStyle{Color: l.Color}))
	chart.MultiSeries = append(chart.MultiSeries, line.MultiSeries...)
}

// retailLevel is retailLine for a chart whose multiples run upwards.
func retailLevel() *opts.MarkLines {
	line := retailLine()
	line.Data = []any{opts.MarkLineNameYAxisItem{Name: "retail", YAxis: 1}}
	line.Label.Position = "end"
	return line
}

// retailLine is where the buyer paid what the shop asked.
func retailLine() *opts.MarkLines { return lineAt("retail", 1) }

// lineAt is a named line across all rows.
func lineAt(name string, x float64) *opts.MarkLines {
	return &opts.MarkLines{
		Data: []any{opts.MarkLineNameXAxisItem{Name: name, XAxis: x}},
		MarkLineStyle: opts.MarkLineStyle{
			Symbol:    []string{"none", "none"},
			LineStyle: &opts.LineStyle{Color: inkColor, Width: retailWidth, Type: "solid"},
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

// tooltipStyle shows an item's name, by a formatter of live.js: ECharts' own
// template "{b}" would write "&lt;" for "<", as if HTML came of it.
func tooltipStyle() opts.Tooltip {
	return opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "name",
		BackgroundColor: cardColor, BorderColor: ruleColor}
}
