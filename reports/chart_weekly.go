package reports

import (
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// weeksDrawn is how many weeks the chart shows at most; the table lists all.
const weeksDrawn = 156

// datedWeek is one row of the weekly multiples with its Monday.
type datedWeek struct {
	Monday data.Date
	analysis.MultipleRow
}

// datedWeeks reads the weeks of the rows, "2026-W46" or any day of it, and
// sorts them. Rows that name no week are left to the table.
func datedWeeks(rows []analysis.MultipleRow) []datedWeek {
	var weeks []datedWeek
	for _, r := range rows {
		if len(r.Keys) == 0 {
			continue
		}
		d, err := data.ParseISOWeek(r.Keys[0])
		if err != nil {
			if d, err = data.ParseDate(r.Keys[0]); err != nil {
				continue
			}
		}
		weeks = append(weeks, datedWeek{d.Monday(), r})
	}
	slices.SortStableFunc(weeks, func(a, b datedWeek) int { return int(a.Monday) - int(b.Monday) })
	return weeks
}

// weeklyFigure shows the median multiple of each week with its interval, and
// the number of sales below it.
func weeklyFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.ByWeek
	from := m.FirstSoldOn
	f := newFigure("by-week", m, from, wk.AsOf)
	newestFirst := slices.Clone(m.Rows)
	slices.Reverse(newestFirst)
	f.Table = groupTable("Week", newestFirst, m.Spec.Level, groupName)
	weeks := datedWeeks(m.Rows)
	model := plainLabel(wk.Model, 20)
	if len(weeks) == 0 {
		f.Title = fmt.Sprintf("No week has a sale of a %s", model)
		f.Reading = "There are no such sales up to this week, so there is nothing to draw."
		return f, nil
	}
	f.Title, f.Reading = weeklyWords(model, wk.Week, weeks)
	f.Key = fmt.Sprintf("Line: median multiple of the week’s sales. Band: its %s interval; no band where sales are too few. "+
		"Bars: number of sales. What is sold differs from week to week, so this is not an index.", levelText(m.Spec.Level))
	if len(byMedian(m.Rows)) == 0 {
		f.Notes = append(f.Notes, "No week has enough sales for a median, so there is no line to draw.")
		return f, nil
	}
	points := weekPoints(wk.Week, weeks, m.Spec.Level)
	if len(points) > weeksDrawn {
		f.Notes = append(f.Notes, fmt.Sprintf("The chart shows the last %d of %d weeks; the table lists all.", weeksDrawn, len(points)))
		points = points[len(points)-weeksDrawn:]
	}
	f.Wide, f.Narrow = frame{800, 400}, frame{360, 360}
	var err error
	f.Option, err = weeklyOption(f.ID, points)
	return f, err
}

// weekPoints lays the weeks out without gaps: a week without sales is a week
// with n = 0, not a week that is missing from the axis.
func weekPoints(page data.Date, weeks []datedWeek, level float64) []weekPoint {
	last := max(weeks[len(weeks)-1].Monday, page.Monday())
	// Ten times what is drawn: one sale misdated by a century must not make a page of empty weeks.
	first := max(weeks[0].Monday, last.AddDays(-7*10*weeksDrawn))
	var points []weekPoint
	i := 0
	for d := first; d <= last; d = d.AddDays(7) {
		p := weekPoint{Label: d.ISOWeek(), Mid: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Accent: d == page.Monday()}
		for i < len(weeks) && weeks[i].Monday < d {
			i++
		}
		p.Tip = p.Label + "\nno sales"
		if i < len(weeks) && weeks[i].Monday == d {
			r := weeks[i]
			row := newDotRow(p.Label, "", "", r.MultipleRow, level)
			p.Tip, p.N, p.Mid, p.Lo, p.Hi = row.Tip, r.N, row.Mid, row.Lo, row.Hi
		}
		points = append(points, p)
	}
	return points
}

// weeklyWords writes the title and the reading of the page's week, and holds it
// against the last week before it that has a figure.
func weeklyWords(model string, page data.Date, weeks []datedWeek) (title, reading string) {
	var now, before *datedWeek
	for i := range weeks {
		w := &weeks[i]
		_, ok := figureOf(w.Median)
		switch {
		case w.Monday == page.Monday():
			now = w
		case w.Monday < page.Monday() && ok:
			before = w
		}
	}
	label := page.ISOWeek()
	if now == nil {
		return fmt.Sprintf("No %s was sold in %s", model, label), "The week has no sale that counts here."
	}
	if _, ok := figureOf(now.Median); !ok {
		return fmt.Sprintf("Too few %s sales in %s for a median", model, label),
			fmt.Sprintf("The week has %s, too few for a median.", countOf(now.N, "sale", "sales"))
	}
	title = fmt.Sprintf("The median %s resold at %s retail in %s", model, multipleText(now.Median), label)
	reading = resoldText("In "+label+" the median "+model, now.MultipleRow)
	if before != nil {
		reading += " " + changeText(before, now)
	}
	return title, reading
}

// changeText compares two weeks, and calls a change noise while the intervals overlap.
func changeText(before, now *datedWeek) string {
	s := fmt.Sprintf("In %s it was %s", before.Monday.ISOWeek(), multipleText(before.Median))
	lo, ok1 := figureOf(now.Lo)
	hi, ok2 := figureOf(now.Hi)
	blo, ok3 := figureOf(before.Lo)
	bhi, ok4 := figureOf(before.Hi)
	switch {
	case !ok1 || !ok2 || !ok3 || !ok4:
		return s + "; without both intervals, the change says little."
	case lo > bhi:
		return s + "; the intervals do not overlap: a rise."
	case hi < blo:
		return s + "; the intervals do not overlap: a fall."
	}
	return s + "; the intervals overlap, so the change may be noise."
}
