package reports

import (
	"cmp"
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

// mondayOf reads a week, "2026-W46" or any day of it.
func mondayOf(key string) (monday data.Date, ok bool) {
	d, err := data.ParseISOWeek(key)
	if err != nil {
		d, err = data.ParseDate(key)
	}
	return d.Monday(), err == nil
}

// datedWeeks reads the weeks of the rows, "2026-W46" or any day of it, and
// sorts them. Rows that name no week are left to the table.
func datedWeeks(rows []analysis.MultipleRow) []datedWeek {
	var weeks []datedWeek
	for _, r := range rows {
		if len(r.Keys) == 0 {
			continue
		}
		if d, ok := mondayOf(r.Keys[0]); ok {
			weeks = append(weeks, datedWeek{d, r})
		}
	}
	slices.SortStableFunc(weeks, func(a, b datedWeek) int { return int(a.Monday) - int(b.Monday) })
	return weeks
}

// weeklyFigure shows the median multiple of each week with its interval, and
// how many sales it rests on below it.
func weeklyFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w := wk.ByWeek, wordsOf(wk.ByWeek.PriceBasis)
	f := newFigure("by-week", m, m.FirstSoldOn, wk.AsOf, wk.Model)
	newestFirst := slices.Clone(m.Rows)
	slices.Reverse(newestFirst)
	f.Table = groupTable("Week", newestFirst, m, groupName)
	weeks := datedWeeks(m.Rows)
	model := plainLabel(wk.Model, 20)
	if len(weeks) == 0 {
		f.Title = fmt.Sprintf("No week has any %s", join(model, w.One))
		f.Reading = fmt.Sprintf("There are no such %s up to this week, so there is nothing to draw.", w.Many)
		return f, nil
	}
	f.Title, f.Reading = weeklyWords(wk, weeks)
	f.Key = fmt.Sprintf("Line: median multiple of the week’s %s; it breaks where a week has too few. Band: its %s interval. "+
		"Bars: number of %s. Each week has other pairs, so this is not an index.",
		w.Many, levelText(m.Spec.Level), w.Many)
	switch known := len(byMedian(m.Rows)); {
	case known == 0:
		f.Notes = append(f.Notes, "No week has enough "+w.Many+" for a median, so there is no line to draw.")
		return f, nil
	case len(weeks) == 1:
		f.Notes = append(f.Notes, "All "+w.Many+" are of one week, so there is no course to draw.")
		return f, nil
	}
	f.Notes = append(f.Notes, weekNotes(wk)...)
	points := weekPoints(wk, weeks)
	if len(points) > weeksDrawn {
		f.Notes = append(f.Notes, fmt.Sprintf("The chart shows the last %d of %d weeks; the table lists all.", weeksDrawn, len(points)))
		points = points[len(points)-weeksDrawn:]
	}
	span, cut := weeksSpan(points)
	f.Notes = append(f.Notes, cut...)
	f.Wide, f.Narrow = frame{800, 400}, frame{360, 360}
	var err error
	f.Option, err = weeklyOption(f.ID, points, span, capital(w.Many)+" a week")
	return f, err
}

// partialWeek reports that the page sees only a part of its week.
func partialWeek(wk analysis.Weekly) bool { return !wk.AsOf.IsZero() && wk.AsOf < wk.Week.AddDays(6) }

// weekNotes says what is unfinished about the page's week.
func weekNotes(wk analysis.Weekly) []string {
	if partialWeek(wk) {
		return []string{fmt.Sprintf("%s is not over: it is seen up to %s, and its bar is pale.", wk.Week.ISOWeek(), dayText(wk.AsOf))}
	}
	last := wk.Facts.LastSoldOn
	if last.IsZero() || last.AddDays(2) >= wk.AsOf { // a quiet Sunday is no gap
		return nil
	}
	return []string{fmt.Sprintf("The newest record in the book is of %s; nothing is known of the days after it.", dayText(last))}
}

// weeksSpan is the axis of the medians and their intervals, cut where a few weeks
// would squeeze the others, and what to say of that.
func weeksSpan(points []weekPoint) (span axisSpan, notes []string) {
	values, tops := []float64{1}, []float64{}
	far := 0
	for i, p := range points {
		values = append(values, p.Mid, p.Lo)
		tops = append(tops, largest(p.Mid, p.Hi))
		if largest(tops[far], tops[i]) == tops[i] {
			far = i
		}
	}
	end, cut := axisEnd(tops, 1)
	if !cut {
		return spanOf(append(values, tops...)...), nil
	}
	for i, v := range values {
		values[i] = math.Min(v, end)
	}
	span = spanOf(append(values, end)...)
	return span, []string{fmt.Sprintf("The axis ends at %gx: an arrow at its top marks a week that goes on beyond it, %s up to %.2fx.",
		span.Max, points[far].Label, tops[far])}
}

// weekPoints lays the weeks out without gaps: a week without sales is a week
// with n = 0, not a week that is missing from the axis.
func weekPoints(wk analysis.Weekly, weeks []datedWeek) []weekPoint {
	page := wk.Week.Monday()
	last := max(weeks[len(weeks)-1].Monday, page)
	// Ten times what is drawn: one sale misdated by a century must not make a page of empty weeks.
	first := max(weeks[0].Monday, last.AddDays(-7*10*weeksDrawn))
	var points []weekPoint
	i := 0
	for d := first; d <= last; d = d.AddDays(7) {
		p := weekPoint{Label: d.ISOWeek(), Mid: math.NaN(), Lo: math.NaN(), Hi: math.NaN(), Accent: d == page}
		for i < len(weeks) && weeks[i].Monday < d {
			i++
		}
		name := p.Label
		if p.Partial = d == page && partialWeek(wk); p.Partial {
			name += ", up to " + dayText(wk.AsOf)
		}
		p.Tip = name + "\nno " + wordsOf(wk.ByWeek.PriceBasis).Many
		if i < len(weeks) && weeks[i].Monday == d {
			r := weeks[i]
			row := newDotRow(name, "", "", r.MultipleRow, wk.ByWeek)
			p.Tip, p.N, p.Mid, p.Lo, p.Hi = row.Tip, r.N, row.Mid, row.Lo, row.Hi
		}
		points = append(points, p)
	}
	return points
}

// weeklyWords writes the title and the reading of the page's week, and holds it
// against the last week before it that has a figure.
func weeklyWords(wk analysis.Weekly, weeks []datedWeek) (title, reading string) {
	w, page := wordsOf(wk.ByWeek.PriceBasis), wk.Week.Monday()
	var now, before *datedWeek
	for i := range weeks {
		week := &weeks[i]
		_, ok := figureOf(week.Median)
		switch {
		case week.Monday == page:
			now = week
		case week.Monday < page && ok:
			before = week
		}
	}
	model, label := plainLabel(wk.Model, 20), wk.Week.ISOWeek()
	if partialWeek(wk) {
		label += " (up to " + dayText(wk.AsOf) + ")"
	}
	if now == nil {
		reading = fmt.Sprintf("The week has no %s that counts here.", w.One)
		if w.Sale {
			return fmt.Sprintf("No %s was sold in %s", cmp.Or(model, "pair"), label), reading
		}
		return fmt.Sprintf("No %s in %s", join(model, w.One), label), reading
	}
	if _, ok := figureOf(now.Median); !ok {
		return fmt.Sprintf("Too few %s in %s for a median", join(model, w.Many), label),
			fmt.Sprintf("The week has %s, too few for a median.", w.n(now.N))
	}
	title = fmt.Sprintf("%s %s retail in %s", capital(w.medianStood(model)), multipleText(now.Median), label)
	reading = resoldText("In "+label+" "+w.medianStood(model), now.MultipleRow, w)
	if before != nil && w.Sale { // two weeks of other prices are of different products
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

// loneWeek reports a figure without a neighbour: a line cannot show it, a dot can.
func loneWeek(points []weekPoint, i int) bool {
	return (i == 0 || math.IsNaN(points[i-1].Mid)) && (i == len(points)-1 || math.IsNaN(points[i+1].Mid))
}
