package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

const (
	narrowUpTo  = 520 // px: the widest drawing that uses the narrow layout
	rowsTop     = 34  // px above the first row: the name of the reference line
	rowsBottom  = 34  // px below the last row: the axis
	rowHeight   = 48
	rowHeightXS = 68

	flatHeight   = 32 // of rows with one line of text
	flatHeightXS = 46

	countsWidth   = 140 // the bars of a chart with counts
	countsWidthXS = 104
	countsGap     = 20 // between bars and marks
)

// frame is the size of a drawing in CSS pixels.
type frame struct{ W, H int }

// rowsFrames returns the sizes of a chart of n rows.
func rowsFrames(n int) (wide, narrow frame) {
	return frame{800, rowsTop + rowsBottom + n*rowHeight},
		frame{360, rowsTop + rowsBottom + n*rowHeightXS}
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
		if step = m * unit; step >= raw-1e-9 { // 0.3/6 is more than 0.05
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

// axisEnd says where the axis of values with these tops should end, and whether
// that cuts any of them off. One or two tops far beyond the third, of which a
// linear axis would leave no more than a third to the others, are cut at twice the
// third; of fewer than three tops, at twice the lowest. The third counts as least at
// the least: the line that rows are held against must stay in sight.
func axisEnd(tops []float64, least float64) (end float64, cut bool) {
	tops = slices.DeleteFunc(slices.Clone(tops), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(tops) < 2 {
		return 0, false
	}
	slices.SortFunc(tops, func(a, b float64) int { return cmp.Compare(b, a) })
	third := math.Max(tops[min(2, len(tops)-1)], least)
	if tops[0] <= 3*third {
		return tops[0], false
	}
	return 2 * third, true
}

// largest returns the largest of the numbers, passing over NaN.
func largest(values ...float64) float64 {
	top := math.NaN()
	for _, v := range values {
		if math.IsNaN(top) || v > top {
			top = v
		}
	}
	return top
}

// rowsLayout is what differs between the wide and the narrow drawing: beside the
// rows there is room for names on a desk, on a phone they stand above each row.
func rowsLayout(mark string, labels []string, space int, narrow bool) map[string]any {
	kind := kindOf(mark)
	label := func(side string, inside bool) map[string]any {
		l := map[string]any{
			"show": true, "inside": inside, "align": side, "interval": 0, "lineHeight": 17, "hideOverlap": false,
			"verticalAlign": "middle", "margin": 16, "padding": []int{0, 0, 0, 0},
			"rich": map[string]any{
				"name": map[string]any{"fontSize": 13, "fontWeight": 600, "color": inkColor, "lineHeight": 17},
				"n":    map[string]any{"fontSize": 12, "color": mutedColor, "lineHeight": 16},
			},
		}
		if kind.Headed {
			l["rich"].(map[string]any)["head"] = kind.heading(narrow)
		}
		if inside {
			l["verticalAlign"], l["margin"], l["padding"] = "bottom", 0, []int{0, 0, 2, 0}
			l["textBorderColor"], l["textBorderWidth"] = cardColor, 3 // the rules of the grid run behind
		}
		return l
	}
	grid := map[string]any{"top": rowsTop, "bottom": rowsBottom, "left": space, "right": kind.right()}
	left, right, axisDepth, retail := label("right", false), label("left", false), 0, retailWidth
	if narrow {
		axisDepth, retail = 2, 0 // live.js draws it row by row, below the names
		grid["left"], grid["right"] = 12, 12
		if kind.Headed { // the numbers at the ends of the axis are long: "+0.15x"
			grid["left"], grid["right"] = 22, 22
		}
		left, right = label("left", true), label("right", true)
	}
	option := map[string]any{
		"grid": grid,
		"yAxis": []any{
			map[string]any{"data": labels, "axisLabel": left, "z": axisDepth},
			map[string]any{"axisLabel": right, "z": axisDepth},
		},
		"series": []any{map[string]any{"id": mark, "markLine": map[string]any{"lineStyle": map[string]any{"width": retail}}}},
	}
	if kind.Counts {
		withCounts(option, grid, left, narrow)
	}
	return option
}

// withCounts makes room for bars between the names of a chart of rows and its marks.
func withCounts(option, grid, names map[string]any, narrow bool) {
	room := countsWidth
	if narrow {
		room = countsWidthXS
		names["margin"] = -room // inside of the axis is the other direction
	} else {
		names["margin"] = 16 + room
	}
	bars := map[string]any{"top": rowsTop, "bottom": rowsBottom, "left": grid["left"], "width": room - countsGap}
	grid["left"] = grid["left"].(int) + room
	option["grid"] = []any{grid, bars}
	option["yAxis"] = append(option["yAxis"].([]any), map[string]any{"axisLabel": map[string]any{"show": false}})
}

// keepTicks keeps the names of a narrow axis's ends inside of the drawing, where they are
// too long to stand around their ticks: "0.85x".
func keepTicks(narrow map[string]any, span axisSpan) map[string]any {
	if span.Step < 0.1 || span.Max >= 100 {
		narrow["xAxis"] = []any{map[string]any{"axisLabel": map[string]any{"alignMinLabel": "left", "alignMaxLabel": "right"}}}
	}
	return narrow
}

// weeklyLayout sets the two grids, what the bars count, and how many weeks are
// named on the axis.
func weeklyLayout(n int, counted string, narrow bool) map[string]any {
	named, height, low, left := 7, 210, 80, 48
	if narrow {
		named, height, low, left = 4, 190, 70, 44
	}
	grid := func(top, height int) map[string]any {
		return map[string]any{"left": left, "right": 50, "top": top, "height": height}
	}
	every := max((n-1)/named, 0)
	title := func(text string) map[string]any {
		return map[string]any{"name": text, "nameLocation": "end", "nameGap": 10,
			"nameTextStyle": map[string]any{"color": mutedColor, "fontSize": 12, "align": "left", "padding": []int{0, 0, 0, -left + 4}}}
	}
	return map[string]any{
		"grid":  []any{grid(36, height), grid(36+height+44, low)},
		"xAxis": []any{map[string]any{}, map[string]any{"axisLabel": map[string]any{"interval": every, "showMinLabel": true}}},
		"yAxis": []any{title("Median multiple of retail"), title(counted)},
	}
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
	// The band behind all, the retail line behind marks (2) and, in the narrow layout, names
	// (axisDepth). ECharts 5 takes the depth of mark lines and areas from the top level only.
	option["markArea"], option["markLine"] = map[string]any{"z": -1}, map[string]any{"z": 1}
	option["textStyle"] = map[string]any{"fontFamily": chartFont}
	if tip, ok := option["tooltip"].(map[string]any); ok {
		tip["renderMode"] = "richText" // text stays text: no HTML is ever made of it
		tip["confine"] = true
		tip["textStyle"] = map[string]any{"color": inkColor, "fontSize": 13, "lineHeight": 18, "fontFamily": chartFont}
	}
	for _, s := range asList(option["series"]) {
		s["clip"] = s["type"] == "line" // the median must not leave a cut axis; other marks see to it themselves
		s["emphasis"] = map[string]any{"disabled": true}
		switch {
		case s["type"] == "line":
			s["showAllSymbol"] = true // else a dense line loses the dot of its last week
		case s["renderItem"] == "week":
			s["z"] = 0 // behind the retail line
		}
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
