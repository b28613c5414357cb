package reports

import (
	"fmt"

	"github.com/amassable/greybook/analysis"
)

// spreadFigure shows how far the prices of each group lie apart: a box from the
// first to the third quartile, a line from the 5th to the 95th percentile.
func spreadFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w, g := wk.Groups, wordsOf(wk.Groups.PriceBasis), groupingOf(wk)
	f := newFigure("spread", m, wk.Window, wk.AsOf, wk.Model)
	rows := g.ordered(m.Rows)
	f.Table = groupTable(capital(g.One), rows, m, g.name)
	at, widest := -1, -1.0
	for i, r := range rows {
		q1, ok1 := figureOf(r.Q1)
		q3, ok3 := figureOf(r.Q3)
		if ok1 && ok3 && q3-q1 > widest {
			at, widest = i, q3-q1
		}
	}
	if at < 0 {
		f.Title = fmt.Sprintf("No %s has enough %s to show how they spread", g.One, w.Many)
		f.Reading = thinReading(m)
		return f, nil
	}
	top := rows[at]
	name := g.label(top, 60)
	f.Title = fmt.Sprintf("%s %s spread widest: the middle half runs from %.2fx to %.2fx", name, w.Many, *top.Q1, *top.Q3)
	f.Reading = fmt.Sprintf("Half of the %s of %s were between %.2fx and %.2fx retail", w.n(top.N), name, *top.Q1, *top.Q3)
	if t := intervalText(top.P5, top.P95); t != noFigure {
		f.Reading += ", nine in ten at " + t
	}
	f.Reading += "."
	f.Key = fmt.Sprintf("Box: the middle half of all %s. Line: nine in ten (5th to 95th percentile). Upright stroke: median. "+
		"This is how %s differ, not how sure the median is.", w.Many, w.Many)
	shown := mostSeen(rows, groupsDrawn, func(r analysis.MultipleRow) bool { return sameGroup(r, top) })
	if len(shown) < len(rows) {
		f.Notes = append(f.Notes, cutNote(len(shown), len(rows), g.Many, w))
	}
	var boxes []dotRow
	for _, r := range shown {
		row := newDotRow(g.name(r), g.label(r, 38), g.label(r, 32), r, m)
		q1, ok1 := figureOf(r.Q1)
		q3, ok3 := figureOf(r.Q3)
		if ok1 && ok3 {
			row.Figure = [2]string{multipleText(r.Median), fmt.Sprintf("half %.2f–%.2f", q1, q3)}
			row.Tip += fmt.Sprintf("\nhalf of all %s: %.2f to %.2f\nnine in ten: %s", w.Many, q1, q3, intervalText(r.P5, r.P95))
		}
		row.Accent = sameGroup(r, top)
		boxes = append(boxes, row)
	}
	err := f.drawRows("box", boxes, nil, 0.95, 1.05)
	return f, err
}
