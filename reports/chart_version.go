package reports

import (
	"fmt"
	"math"

	"github.com/amassable/greybook/analysis"
)

// versionFigure shows the median multiple of each version with its interval,
// against the retail line.
func versionFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.ByVersion
	f := newFigure("by-version", m, wk.Window, wk.AsOf)
	name := func(r analysis.MultipleRow) string { return versionName(wk.Model, r) }
	f.Table = groupTable("Version", m.Rows, m.Spec.Level, name)
	known := byMedian(m.Rows)
	if len(known) == 0 {
		f.Title = fmt.Sprintf("No %s version has enough sales for a figure", plainLabel(wk.Model, 20))
		f.Reading = thinReading(m)
		return f, nil
	}
	top := plainLabel(name(known[0]), 40)
	f.Title = versionTitle(known, func(r analysis.MultipleRow) string { return plainLabel(name(r), 40) })
	f.Reading = resoldText(top, known[0])
	f.Key = fmt.Sprintf("Dot: median of sale price over retail price. Line: its %s interval. Right of the retail line, "+
		"more than half of the sales were above retail.", levelText(m.Spec.Level))
	var rows []dotRow
	for _, r := range m.Rows {
		row := newDotRow(name(r), plainLabel(name(r), 30), plainLabel(name(r), 30), r, m.Spec.Level)
		row.Accent = name(r) == name(known[0])
		row.P5, row.P95 = math.NaN(), math.NaN() // not drawn here
		rows = append(rows, row)
	}
	f.Wide, f.Narrow = rowsFrames(len(rows))
	var err error
	f.Option, err = rowsOption(f.ID, "interval", rows, spanOf(extremes(rows, 0.95, 1.05)...), nil)
	return f, err
}

// versionTitle names the leader, and says when its lead may be chance: its
// interval overlaps the next one's.
func versionTitle(known []analysis.MultipleRow, name func(analysis.MultipleRow) string) string {
	top := known[0]
	if len(known) == 1 {
		return fmt.Sprintf("%s resells at %s retail", name(top), multipleText(top.Median))
	}
	lead := fmt.Sprintf("%s has the highest median, %s retail", name(top), multipleText(top.Median))
	lo, ok := figureOf(top.Lo)
	for _, r := range known[1:] {
		hi, okHi := figureOf(r.Hi)
		if !ok || !okHi || hi >= lo {
			return lead + ", but not clearly above " + name(r)
		}
	}
	return lead + ", clear of the others"
}

// thinReading says why a chart of groups draws nothing.
func thinReading(m analysis.Multiples) string {
	if m.N == 0 {
		return "There are no such sales in this period, so there is nothing to draw."
	}
	return fmt.Sprintf("The period has %s in %s, too few in each for a median.",
		countOf(m.N, "sale", "sales"), countOf(len(m.Rows), "group", "groups"))
}
