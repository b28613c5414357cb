package reports

import (
	"cmp"
	"encoding/json"
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// panelChart is small multiples: panels of one scale side by side, each named by what
// it shows, so that nothing needs a legend. One panel is a plain chart of lines.
type panelChart struct {
	ID     string
	X, Y   panelAxis
	Panels []panel
	Shape  panelShape
}

// panelAxis is the scale that all panels share. Labels make it an axis of
// categories, whose places are the values 0, 1, …; Text is that of a tick, such as "{value} %".
type panelAxis struct {
	Span   axisSpan
	Labels []string
	Text   string
}

// panel is one of them. Lines and bands are drawn in their order, bands first.
type panel struct {
	Title, Note string // its name, and what stands below: a figure, or why nothing is drawn
	Bands       []panelBand
	Lines       []panelLine
	Marks       []panelMark
}

// panelPoint is a place; a Y that is NaN breaks the line. Tip is plain text.
type panelPoint struct {
	X, Y float64
	Tip  string
}

// panelLine joins points. With Width 0 there are only its dots.
type panelLine struct {
	Color  string
	Width  float32 // px
	Type   string  // "dashed", "dotted"; "": solid
	Dot    int     // px across; 0: no dots, except of points without neighbours
	Points []panelPoint
}

// panelBand is the space between two lines; it breaks where Lo or Hi is NaN.
type panelBand struct{ X, Lo, Hi []float64 }

// panelMark is a mark of live.js at a place: "whisker" from Lo to Hi, "ring", or
// "tag", the text Name right of the place.
type panelMark struct {
	Mark, Name, Color string
	X, Y, Lo, Hi      float64
	Tip               string
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
	custom := func(mark, name string, item opts.CustomData) {
		s := charts.NewCustom()
		s.AddSeries(name, []opts.CustomData{item}, charts.WithSeriesOpts(func(s *charts.SingleSeries) {
			s.XAxisIndex, s.YAxisIndex, s.RenderItem = grid, grid, types.FuncStr(mark)
			s.Encode = &opts.Encode{X: 0, Y: 1}
		}))
		chart.MultiSeries = append(chart.MultiSeries, s.MultiSeries...)
	}
	for _, b := range p.Bands {
		for _, run := range b.runs() {
			custom("ribbon", "", opts.CustomData{Value: run, ItemStyle: &opts.ItemStyle{Color: bandColor}})
		}
	}
	for _, l := range p.Lines {
		l.addTo(chart, grid)
	}
	for _, m := range p.Marks {
		custom(m.Mark, m.Name, opts.CustomData{Name: m.Tip, Value: []any{plotValue(m.X), plotValue(m.Y), plotValue(m.Lo), plotValue(m.Hi)},
			ItemStyle: &opts.ItemStyle{Color: m.Color}})
	}
}

// runs are the stretches without a gap, each one flat: x, lo, hi, x, lo, hi, …
func (b panelBand) runs() [][]any {
	var out [][]any
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
		*last = append(*last, plotValue(b.X[i]), plotValue(b.Lo[i]), plotValue(b.Hi[i]))
	}
	return out
}

func (l panelLine) addTo(chart *charts.Custom, grid int) {
	items := make([]opts.LineData, len(l.Points))
	missing := func(i int) bool { return i < 0 || i >= len(l.Points) || math.IsNaN(l.Points[i].Y) }
	for i, p := range l.Points {
		items[i] = opts.LineData{Name: p.Tip, Value: []any{plotValue(p.X), plotValue(p.Y)}, Symbol: "none"}
		switch {
		case l.Dot > 0:
			items[i].Symbol, items[i].SymbolSize = "circle", l.Dot
		case missing(i-1) && missing(i+1) && !missing(i):
			items[i].Symbol, items[i].SymbolSize = "circle", 4
		}
	}
	style := opts.LineStyle{Color: l.Color, Width: l.Width, Type: cmp.Or(l.Type, "solid")}
	if l.Width == 0 {
		style.Opacity = opts.Float(0)
	}
	line := charts.NewLine()
	line.AddSeries("", items, charts.WithLineChartOpts(opts.LineChart{ShowSymbol: opts.Bool(true), XAxisIndex: grid, YAxisIndex: grid}),
		charts.WithLineStyleOpts(style), charts.WithItemStyleOpts(opts.ItemStyle{Color: l.Color}))
	chart.MultiSeries = append(chart.MultiSeries, line.MultiSeries...)
}
