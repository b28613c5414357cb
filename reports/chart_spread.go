package reports

import (
	"fmt"

	"github.com/amassable/greybook/analysis"
)

// spreadFigure shows how far sales of each version lie apart: a box from the
// first to the third quartile, a line from the 5th to the 95th percentile.
func spreadFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.ByVersion
	f := newFigure("spread", m, wk.Window, wk.AsOf)
	name := func(r analysis.MultipleRow) string { return versionName(wk.Model, r) }
	f.Table = groupTable("Version", m.Rows, m.Spec.Level, name)
	var rows []dotRow
	widest, at := -1.0, 0
	for i, r := range m.Rows {
		row := newDotRow(name(r), plainLabel(name(r), 30), plainLabel(name(r), 30), r, m.Spec.Level)
		q1, ok1 := figureOf(r.Q1)
		q3, ok3 := figureOf(r.Q3)
		if ok1 && ok3 {
			row.Figure = [2]string{multipleText(r.Median), fmt.Sprintf("half %.2f–%.2f", q1, q3)}
			row.Tip += fmt.Sprintf("\nhalf of all sales: %.2f to %.2f\nnine in ten: %s", q1, q3, intervalText(r.P5, r.P95))
			if q3-q1 > widest {
				widest, at = q3-q1, i
			}
		}
		rows = append(rows, row)
	}
	if widest < 0 {
		f.Title = "No version has enough sales to show how they spread"
		f.Reading = thinReading(m)
		return f, nil
	}
	r := m.Rows[at]
	rows[at].Accent = true
	top := plainLabel(name(r), 40)
	f.Title = fmt.Sprintf("%s sales spread widest: the middle half runs from %.2fx to %.2fx", top, *r.Q1, *r.Q3)
	f.Reading = fmt.Sprintf("Half of the %s of %s were between %.2fx and %.2fx retail", countOf(r.N, "sale", "sales"), top, *r.Q1, *r.Q3)
	if t := intervalText(r.P5, r.P95); t != noFigure {
		f.Reading += ", nine in ten at " + t
	}
	f.Reading += "."
	f.Key = "Box: the middle half of all sales. Line: nine sales in ten (5th to 95th percentile). Upright stroke: median. " +
		"This is how sales differ, not how sure the median is."
	f.Wide, f.Narrow = rowsFrames(len(rows))
	var err error
	f.Option, err = rowsOption(f.ID, "box", rows, spanOf(extremes(rows, 0.95, 1.05)...), nil)
	return f, err
}
