package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
)

// dotRow is one group on a chart of rows. Grain: one group. Multiples are sale
// price over retail price; a missing one is NaN and is not drawn.
type dotRow struct {
	Label, LabelXS string // the group's name, for the wide and the narrow layout
	N              int
	Below          string    // what stands with the name; "": n
	Figure         [2]string // what stands at the right: the median, its interval
	Tip            string    // plain text of the tooltip
	Mid, Lo, Hi    float64
	P5, Q1, Q3     float64 // box plots only
	P95            float64
	Accent         bool // the row the title speaks of
	Hollow         bool // a control group
	Heading        bool // no group: the name of those below
}

// headingRow names the rows below it.
func headingRow(name string) dotRow {
	nan := math.NaN()
	return dotRow{Label: name, LabelXS: name, Tip: name, Heading: true, Mid: nan, Lo: nan, Hi: nan, P5: nan, Q1: nan, Q3: nan, P95: nan}
}

// weekPoint is one week of the weekly chart; a missing figure is NaN.
type weekPoint struct {
	Label, Tip  string
	Mid, Lo, Hi float64
	N           int
	Accent      bool
	Partial     bool // the page sees only a part of the week
}

// refBand is a range of multiples that is shaded and named.
type refBand struct {
	Lo, Hi float64
	Name   string
}

// rowKind is what differs between charts of rows. Each has a mark of live.js.
type rowKind struct {
	Line   float64 // what the rows are held against
	Name   string  // its name
	Ticks  string  // the text of a tick, or a formatter of live.js
	Flat   bool    // one line of text a row
	Headed bool    // with rows that are headings
	Counts bool    // with bars of n
}

// kindOf knows the marks: "interval" (dot and interval), "box", "side" (intervals in
// groups, close together), "counted" (intervals and bars of n) and "change"
// (intervals of differences).
func kindOf(mark string) rowKind {
	k := rowKind{Line: 1, Name: retailName, Ticks: "{value}x"}
	switch mark {
	case "side":
		k.Flat, k.Headed = true, true
	case "counted":
		k.Counts = true
	case "change":
		k.Line, k.Name, k.Ticks, k.Headed = 0, "no change", "signed", true
	}
	return k
}

// differs reports whether the values are differences, which lie on both sides of 0.
func (k rowKind) differs() bool { return k.Line == 0 }

// label is the text left of a row, with the row's name at the length for the layout.
func (k rowKind) label(r dotRow, name string) string {
	below := r.below()
	switch {
	case r.Heading:
		return "{head|" + name + "}"
	case k.Flat:
		return fmt.Sprintf("{name|%s}  {n|%s}", name, below)
	}
	return fmt.Sprintf("{name|%s}\n{n|%s}", name, below)
}

// figure is the text right of a row.
func (k rowKind) figure(r dotRow) string {
	switch {
	case r.Heading:
		return ""
	case k.Flat:
		return "{name|" + r.Figure[0] + "}  {n|" + r.Figure[1] + "}"
	}
	return "{name|" + r.Figure[0] + "}\n{n|" + r.Figure[1] + "}"
}

// heading is the style of a heading. On a phone the texts of a row stand in its upper
// half, and a heading is moved down to the rows that it names.
func (k rowKind) heading(narrow bool) map[string]any {
	style := map[string]any{"fontSize": 14, "fontWeight": 700, "color": inkColor, "lineHeight": 18}
	if narrow {
		down := (rowHeightXS - 12) / 2
		if k.Flat {
			down = (flatHeightXS - 12) / 2
		}
		style["padding"] = []int{down, 0, -down, 0}
	}
	return style
}

func (r dotRow) below() string {
	if r.Below != "" {
		return r.Below
	}
	return "n = " + countText(r.N)
}

func rowLabel(name string, n int) string {
	return rowKind{}.label(dotRow{N: n}, name)
}

// frames returns the sizes of a chart of n rows.
func (k rowKind) frames(n int) (wide, narrow frame) {
	if !k.Flat {
		return rowsFrames(n)
	}
	return frame{800, rowsTop + rowsBottom + n*flatHeight}, frame{360, rowsTop + rowsBottom + n*flatHeightXS}
}

// right is the room for the figures, in px.
func (k rowKind) right() int {
	if k.Flat {
		return 152
	}
	return 112
}

// space is the room that the names, and what stands with them, need.
func (k rowKind) space(rows []dotRow) int {
	lines := slices.Clone(rows)
	for i, r := range lines {
		switch below := uniseg.StringWidth(r.Below) * 9 / 10; { // in smaller letters
		case k.Flat && !r.Heading:
			lines[i].Label += "  " + r.below()
		case below > uniseg.StringWidth(r.Label):
			lines[i].Label = strings.Repeat("n", below)
		}
	}
	return labelSpace(lines)
}

// labelSpace is the room that names need beside the rows: about 7.6 px a column,
// as there is no font to measure with where the page is written. Scripts with wide
// characters take two columns each.
func labelSpace(rows []dotRow) int {
	longest := 0
	for _, r := range rows {
		longest = max(longest, uniseg.StringWidth(r.Label))
	}
	return min(max(28+longest*76/10, 90), 316)
}

// drawRows makes the option of a chart of rows; ends are multiples that its axis
// must reach. Where one row would squeeze the others the axis is cut, and the
// figure says so.
func (f *pageFigure) drawRows(mark string, rows []dotRow, band *refBand, ends ...float64) error {
	return f.drawRowsAgainst(kindOf(mark).Name, mark, rows, band, ends...)
}

// drawRowsAgainst is drawRows against something else, which line names.
func (f *pageFigure) drawRowsAgainst(line, mark string, rows []dotRow, band *refBand, ends ...float64) error {
	kind := kindOf(mark)
	f.Wide, f.Narrow = kind.frames(len(rows))
	span, cut := kind.span(rows, band, ends)
	if cut {
		where := "ends at " + fmt.Sprintf("%gx", span.Max)
		if kind.differs() {
			where = fmt.Sprintf("runs from −%gx to +%gx", -span.Min, span.Max)
		}
		f.Notes = append(f.Notes, fmt.Sprintf("The axis %s, so that what lies far out does not squeeze the rest: "+
			"an arrow marks what goes on beyond it, and the figures beside the row are the true ones.", where))
	}
	var err error
	f.Option, err = rowsOption(f.ID, mark, rows, span, line, band)
	return err
}

// span is that of the chart's axis; cut says that it does not hold all values.
func (k rowKind) span(rows []dotRow, band *refBand, ends []float64) (span axisSpan, cut bool) {
	ends = slices.Clone(ends)
	if k.differs() {
		var far []float64 // how far from 0
		for _, r := range rows {
			ends = append(ends, r.Mid, r.Lo, r.Hi)
			far = append(far, largest(math.Abs(r.Mid), math.Abs(r.Lo), math.Abs(r.Hi)))
		}
		end, cut := axisEnd(far, 0.25)
		if cut {
			for i, v := range ends {
				ends[i] = math.Max(-end, math.Min(v, end)) // NaN stays NaN
			}
		}
		return spanAcross(ends...), cut
	}
	var tops []float64
	for _, r := range rows {
		ends = append(ends, r.Mid, r.Lo, r.P5)
		tops = append(tops, largest(r.Mid, r.Hi, r.P95))
	}
	end, cut := axisEnd(tops, k.Line)
	ends = append(ends, tops...)
	if cut {
		if band != nil {
			end = max(end, band.Hi)
		}
		for i, v := range ends {
			ends[i] = math.Min(v, end) // NaN stays NaN
		}
	}
	return spanOf(ends...), cut
}

// spanAcross holds the values, 0, and a step to either side of it.
func spanAcross(values ...float64) axisSpan {
	lo, hi := -0.01, 0.01
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	step := spanOf(0, hi-lo).Step
	round := func(v float64) float64 { return math.Round(v*1e6) / 1e6 } // 3*0.1 is not 0.3
	return axisSpan{round(math.Floor(lo/step+1e-9) * step), round(math.Ceil(hi/step-1e-9) * step), step}
}

// plotValue is a figure as chart data; ECharts reads "-" as missing.
func plotValue(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return math.Round(v*1e4) / 1e4
}
