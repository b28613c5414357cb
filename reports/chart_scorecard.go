package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// The figures of the scorecard. Errors are in percent of the price paid, levels and
// shares in percent of sales.

// scoreFigure starts a figure with what each says of its sample.
func scoreFigure(id string, c analysis.Scorecard) pageFigure {
	f := pageFigure{ID: id, Subtitle: strings.Join([]string{
		windowText(c.First, c.Last.AddDays(6)), "as of\u00a0" + dayText(c.Spec.AsOf), "n\u00a0=\u00a0" + countText(c.N),
		"completed sales, every condition",
	}, " · ")}
	if c.Synthetic > 0 {
		f.Synthetic = "Synthetic sample data"
	}
	return f
}

// classText names a class of sales by how often their style and size was sold
// in the 28 days before.
func classText(class string) string {
	switch class {
	case "all":
		return "All sales"
	case "n=0":
		return "Not sold in 28 days"
	case "n=1-4":
		return "1 to 4 sales in 28 days"
	case "n=5-19":
		return "5 to 19 sales in 28 days"
	case "n>=20":
		return "20 or more in 28 days"
	}
	return plainLabel(class, 38)
}

// forecastText names a forecast.
func forecastText(forecast string) string {
	switch forecast {
	case "M4":
		return "estimate (M4)"
	case "B0":
		return "last sale of style and size (B0)"
	case "B1":
		return "28-day median of the style (B1)"
	case "B2":
		return "28-day median of style and size (B2)"
	case "B3":
		return "28-day median of style and size from five sales on (B3)"
	}
	return plainLabel(forecast, 38)
}

// percentText writes a share with one decimal: "3.3 %".
func percentText(p *float64) string {
	if v, ok := figureOf(p); ok {
		return fmt.Sprintf("%.1f\u00a0%%", 100*v)
	}
	return noFigure
}

// percentOf is a share as percent to draw; NaN for none.
func percentOf(p *float64) float64 {
	v, _ := figureOf(p)
	return 100 * v
}

// rowOf is the score of a forecast in a class.
func rowOf(c analysis.Scorecard, class, forecast string) (analysis.BacktestRow, bool) {
	i := slices.IndexFunc(c.Rows, func(r analysis.BacktestRow) bool { return r.Class == class && r.Forecast == forecast })
	if i < 0 {
		return analysis.BacktestRow{}, false
	}
	return c.Rows[i], true
}

// judged are the estimates' rows with enough sales for a verdict, the class of all left out.
func judged(c analysis.Scorecard) []analysis.BacktestRow {
	return slices.DeleteFunc(slices.Clone(c.Rows), func(r analysis.BacktestRow) bool {
		return r.Forecast != "M4" || r.Class == "all" || r.N < analysis.JudgedFrom
	})
}

// classes are those of the rows, in their order.
func classesOf(c analysis.Scorecard) []string {
	var out []string
	for _, r := range c.Rows {
		if !slices.Contains(out, r.Class) {
			out = append(out, r.Class)
		}
	}
	return out
}

// calibrationFigure shows for each class what share of its sales intervals of each
// level held, against what they promised.
func calibrationFigure(c analysis.Scorecard) (pageFigure, error) {
	f := scoreFigure("calibration", c)
	f.Table = calibrationTable(c)
	f.Title, f.Reading = calibrationWords(c)
	if c.TooSmall() {
		return f, nil
	}
	f.Key = fmt.Sprintf("Dots: of all sales of a class, the share that intervals of 50 to 95\u00a0%% held; line through a dot: two standard errors, the sales of a week "+
		"taken as one. On the diagonal the intervals hold what they promise; below it they are too narrow. Ring: the %s interval that the estimates carry, whose level is corrected week by week.",
		levelText(c.Spec.Level))
	chart := panelChart{ID: f.ID, Shape: panelShape{Columns: [2]int{3, 2}, Height: [2]int{190, 130}},
		X: panelAxis{Span: axisSpan{40, 100, 20}, Text: "{value}%"}, Y: panelAxis{Span: axisSpan{20, 100, 20}, Text: "{value}%"}}
	for _, class := range classesOf(c) {
		chart.Panels = append(chart.Panels, calibrationPanel(c, class))
	}
	f.Wide, f.Narrow = chart.Shape.frames(len(chart.Panels))
	var err error
	f.Option, err = chart.option()
	return f, err
}

func calibrationPanel(c analysis.Scorecard, class string) panel {
	own, _ := rowOf(c, class, "M4")
	p := panel{Title: classText(class), Note: "n = " + countText(own.N),
		Lines: []panelLine{{Color: mutedColor, Width: 1, Type: "dashed", Points: []panelPoint{{40, 40, ""}, {100, 100, ""}}}}}
	if own.N < analysis.JudgedFrom {
		p.Note += ", too few to judge"
		return p
	}
	line := panelLine{Color: inkColor, Width: 1.75, Dot: 7}
	for _, r := range c.Calibration {
		inside, ok := figureOf(r.Inside)
		if r.Class != class || !ok {
			continue
		}
		tip := fmt.Sprintf("%s\n%s intervals held %s of %s", classText(class), levelText(r.Level), percentText(r.Inside), countOf(r.N, "sale", "sales"))
		if se, ok := figureOf(r.SE); ok {
			tip += fmt.Sprintf("\ngive or take %.1f points", 200*se)
			p.Marks = append(p.Marks, panelMark{Mark: "whisker", Color: markColor, X: 100 * r.Level, Y: 100 * inside, Lo: 100 * (inside - 2*se), Hi: 100 * (inside + 2*se)})
		}
		line.Points = append(line.Points, panelPoint{100 * r.Level, 100 * inside, tip})
	}
	p.Lines = append(p.Lines, line)
	if _, ok := figureOf(own.Coverage); ok {
		p.Note += ", held " + percentText(own.Coverage)
		p.Marks = append(p.Marks, panelMark{Mark: "ring", Color: accentColor, X: 100 * c.Spec.Level, Y: percentOf(own.Coverage),
			Tip: fmt.Sprintf("%s\nthe %s interval of the estimates held %s of %s", classText(class), levelText(c.Spec.Level), percentText(own.Coverage), countOf(own.N, "sale", "sales"))})
	}
	return p
}

// calibrationWords counts the classes whose intervals hold what they promise.
func calibrationWords(c analysis.Scorecard) (title, reading string) {
	if c.TooSmall() {
		return "Too few sales to judge the intervals", fmt.Sprintf("No class has %d sales. With fewer, the share that an interval holds is not known well enough to say anything.", analysis.JudgedFrom)
	}
	level := levelText(c.Spec.Level)
	var off []string
	rows := judged(c)
	for _, r := range rows {
		if slices.Contains(r.Warnings, analysis.WarnOffLevel) {
			off = append(off, fmt.Sprintf("%s (%s)", strings.ToLower(classText(r.Class)), percentText(r.Coverage)))
		}
	}
	title = fmt.Sprintf("The %s intervals hold what they promise, to 3 points, in %s", level, countedOf(len(rows)-len(off), len(rows), "class", "classes"))
	var levels []string
	for _, r := range c.Calibration {
		if r.Class == "all" && (r.Level == 0.5 || r.Level == 0.95) {
			levels = append(levels, fmt.Sprintf("%s intervals %s", levelText(r.Level), percentText(r.Inside)))
		}
	}
	all, _ := rowOf(c, "all", "M4")
	reading = fmt.Sprintf("The %s intervals of the estimates held %s of %s; plain %s.", level, percentText(all.Coverage), countOf(all.N, "sale", "sales"), strings.Join(levels, ", "))
	if len(off) > 0 {
		reading += " Not as promised: " + strings.Join(off, ", ") + "."
	}
	return title, reading
}

// countedOf writes "each of 4 classes", "3 of 4 classes", "none of 4 classes"
// or of one class "the one class judged".
func countedOf(k, n int, one, many string) string {
	switch {
	case n == 1 && k == 1:
		return "the one " + one + " judged"
	case k == n:
		return fmt.Sprintf("each of %d %s", n, many)
	case k == 0:
		return fmt.Sprintf("none of %s", countOf(n, one, many))
	}
	return fmt.Sprintf("%d of %s", k, countOf(n, one, many))
}

func calibrationTable(c analysis.Scorecard) figureTable {
	t := figureTable{Head: []tableField{{"Class", ""}, {"Level", "number"}, {"n", "number"}, {"Held", "number"}, {"Standard error", "number"}, {"Intervals", "prose"}}}
	for _, class := range classesOf(c) {
		for _, r := range c.Calibration {
			if r.Class == class {
				t.Body = append(t.Body, []tableField{{classText(class), ""}, {levelText(r.Level), "number"}, {countText(r.N), "number"},
					{percentText(r.Inside), "number"}, {percentText(r.SE), "number"}, {"plain", "prose"}})
			}
		}
		if r, ok := rowOf(c, class, "M4"); ok {
			t.Body = append(t.Body, []tableField{{classText(class), ""}, {levelText(c.Spec.Level), "number"}, {countText(r.N), "number"},
				{percentText(r.Coverage), "number"}, {noFigure, "number"}, {"of the estimates, level corrected weekly", "prose"}})
		}
	}
	return t
}

// classFigure shows the median error of each forecast by class.
func classFigure(c analysis.Scorecard) (pageFigure, error) {
	f := scoreFigure("by-class", c)
	f.Table = scoreTable(c)
	f.Title, f.Reading = classWords(c)
	if c.TooSmall() {
		return f, nil
	}
	f.Key = "Each line is one class of sales, by how often their style and size was sold in the 28 days before. Filled dot: median error of the estimate. " +
		"Ring: of the last sale of the same style and size. Ticks: of the medians of 28 days of the style, and of style and size."
	var rows []errorRow
	values := []float64{0}
	for i, class := range classesOf(c) {
		own, _ := rowOf(c, class, "M4")
		row := errorRow{Label: classText(class), N: own.N, Accent: i == 0, Figure: [2]string{noFigure, ""}, Tip: classText(class) + "\nn = " + countText(own.N)}
		for k, name := range errorForecasts {
			r, _ := rowOf(c, class, name)
			row.Errors[k] = math.NaN()
			if own.N >= analysis.JudgedFrom {
				row.Errors[k] = percentOf(r.MdAPE)
				row.Tip += "\n" + forecastText(name) + ": " + percentText(r.MdAPE)
				if k < 2 {
					row.Figure[k] = percentText(r.MdAPE)
				}
			}
		}
		if own.N >= analysis.JudgedFrom {
			row.Figure[1] = "last sale " + row.Figure[1]
		}
		values = append(values, row.Errors[:]...)
		rows = append(rows, row)
	}
	f.Wide, f.Narrow = rowsFrames(len(rows))
	var err error
	f.Option, err = errorsOption(f.ID, rows, spanOf(values...))
	return f, err
}

func classWords(c analysis.Scorecard) (title, reading string) {
	own, _ := rowOf(c, "all", "M4")
	last, _ := rowOf(c, "all", "B0")
	if c.TooSmall() {
		title = "Too few sales to judge the estimates by class"
	} else {
		rows, won := judged(c), 0
		for _, r := range rows {
			if !slices.Contains(r.Warnings, analysis.WarnLosesToLastSale) {
				won++
			}
		}
		title = fmt.Sprintf("The estimate is nearer than the last sale in %s", countedOf(won, len(rows), "class", "classes"))
	}
	if own.N == 0 {
		return title, "No sale was scored."
	}
	return title, fmt.Sprintf("Half of the estimates were within %s of the price that was paid, half of the last sales within %s; %s against %s were within 10\u00a0%%.",
		percentText(own.MdAPE), percentText(last.MdAPE), percentText(own.Within10), percentText(last.Within10))
}

// scoreTable is the scorecard, to the last row.
func scoreTable(c analysis.Scorecard) figureTable {
	const number = "number"
	t := figureTable{Head: []tableField{{"Class", ""}, {"Forecast", ""}, {"n", number}, {"Median error", number}, {"Median, signed", number}, {"Within 5 %", number}, {"10 %", number},
		{"20 %", number}, {"Held by " + levelText(c.Spec.Level) + " interval", number}, {"Mean width", number}, {"Doubts", "prose"}}}
	for _, r := range c.Rows {
		t.Body = append(t.Body, []tableField{{classText(r.Class), ""}, {forecastText(r.Forecast), ""}, {countText(r.N), number}, {percentText(r.MdAPE), number}, {percentText(r.MedianError), number},
			{percentText(r.Within5), number}, {percentText(r.Within10), number}, {percentText(r.Within20), number}, {percentText(r.Coverage), number}, {percentText(r.Width), number},
			{warningsText(r.Warnings), "prose"}})
	}
	return t
}

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
