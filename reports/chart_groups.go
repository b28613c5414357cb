package reports

import (
	"fmt"
	"math"

	"github.com/amassable/greybook/analysis"
)

// groupsFigure shows the median multiple of each version, or of what else the
// page groups by, with its interval, against the retail line.
func groupsFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w, g := wk.Groups, wordsOf(wk.Groups.PriceBasis), groupingOf(wk)
	f := newFigure("by-group", m, wk.Window, wk.AsOf, wk.Model)
	rows := g.ordered(m.Rows)
	f.Table = groupTable(capital(g.One), rows, m, g.name)
	known := byMedian(rows)
	if len(known) == 0 {
		f.Title = fmt.Sprintf("No %s has enough %s for a figure", join(plainLabel(wk.Model, 20), g.One), w.Many)
		f.Reading = thinReading(m)
		return f, nil
	}
	f.Title = groupsTitle(known, w, func(r analysis.MultipleRow) string { return g.label(r, 60) })
	f.Reading = resoldText(w.stood(g.label(known[0], 60)), known[0], w)
	f.Key = fmt.Sprintf("Dot: median of %s over retail price. Line: its %s interval. Right of the retail line, "+
		"more than half of the %s were above retail.", overRetail(w), levelText(m.Spec.Level), w.Many)
	shown := mostSeen(rows, groupsDrawn, func(r analysis.MultipleRow) bool { return sameGroup(r, known[0]) })
	if len(shown) < len(rows) {
		f.Notes = append(f.Notes, cutNote(len(shown), len(rows), g.Many, w))
	}
	var dots []dotRow
	for _, r := range shown {
		row := newDotRow(g.name(r), g.label(r, 38), g.label(r, 32), r, m)
		row.Accent = sameGroup(r, known[0])
		row.P5, row.P95 = math.NaN(), math.NaN() // not drawn here
		dots = append(dots, row)
	}
	err := f.drawRows("interval", dots, nil, 0.95, 1.05)
	return f, err
}

// overRetail is what a multiple divides by retail.
func overRetail(w priceWords) string {
	if w.Sale {
		return "sale price"
	}
	return w.One
}

// groupsTitle names the leader, and says when its lead may be chance: its
// interval overlaps the next one's.
func groupsTitle(known []analysis.MultipleRow, w priceWords, name func(analysis.MultipleRow) string) string {
	top := known[0]
	if len(known) == 1 {
		if w.Sale {
			return fmt.Sprintf("%s resells at %s retail", name(top), multipleText(top.Median))
		}
		return fmt.Sprintf("%s %s retail", w.stood(name(top)), multipleText(top.Median))
	}
	lead := w.title(fmt.Sprintf("%s has the highest median, %s retail", name(top), multipleText(top.Median)))
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
	w := wordsOf(m.PriceBasis)
	if m.N == 0 {
		return fmt.Sprintf("There are no such %s in this period, so there is nothing to draw.", w.Many)
	}
	return fmt.Sprintf("The period has %s in %s, too few in each for a median.",
		w.n(m.N), countOf(len(m.Rows), "group", "groups"))
}
