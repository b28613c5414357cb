package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// The folklore under test: "Grey Day releases routinely sell out and reach 1.5x
// to 3x retail".
const (
	folkloreLo = 1.5
	folkloreHi = 3.0
)

// isGreyDay reports whether a row of the grouping by Grey Day is a release, not
// one of the control groups ("core grey", "other").
func isGreyDay(r analysis.MultipleRow) bool {
	return len(r.Keys) > 0 && strings.HasPrefix(r.Keys[0], "Grey Day")
}

// isControl reports whether a row is one of the groups that releases are held
// against.
func isControl(r analysis.MultipleRow) bool {
	return len(r.Keys) > 0 && (r.Keys[0] == "core grey" || r.Keys[0] == "other")
}

// greyDayFigure shows each Grey Day release against the folklore's band, with
// core greys and other colorways as the control.
func greyDayFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w := wk.ByGreyDay, wordsOf(wk.ByGreyDay.PriceBasis)
	f := newFigure("by-grey-day", m, wk.Window, wk.AsOf, "")
	f.Table = groupTable("Group", m.Rows, m, groupName)
	verdict := weighFolklore(m.Rows)
	f.Title = verdict.title(w)
	f.Reading = verdict.reading(m)
	if verdict.releases == 0 || len(byMedian(m.Rows)) == 0 {
		return f, nil // control groups alone compare with nothing
	}
	f.Key = fmt.Sprintf("Filled dot: a Grey Day release. Hollow dot: the control, greys and others that are not Grey Day releases. "+
		"Line: the %s interval of the median. Shaded: where the folklore puts Grey Day releases.", levelText(m.Spec.Level))
	// Without the control groups the chart has nothing to compare with.
	shown := mostSeen(m.Rows, groupsDrawn, isControl)
	if len(shown) < len(m.Rows) {
		f.Notes = append(f.Notes, fmt.Sprintf("The chart draws %d of %s groups: the control and the releases with the most %s. The table lists all.",
			len(shown), countText(len(m.Rows)), w.Many))
	}
	var rows []dotRow
	for _, r := range shown {
		name := groupName(r)
		short := strings.TrimPrefix(name, "Grey Day ") // the year and the colorway; the dot says the rest
		row := newDotRow(name, plainLabel(short, 38), plainLabel(short, 32), r, m)
		row.Accent, row.Hollow = isGreyDay(r), !isGreyDay(r)
		row.P5, row.P95 = math.NaN(), math.NaN() // not drawn here
		rows = append(rows, row)
	}
	err := f.drawRows("interval", rows, &refBand{folkloreLo, folkloreHi, "folklore: 1.5x to 3x"}, 0.9, folkloreHi)
	return f, err
}

// folkloreCount says where the intervals of Grey Day releases lie.
type folkloreCount struct{ releases, inside, below, above, across, thin int }

func weighFolklore(rows []analysis.MultipleRow) folkloreCount {
	var c folkloreCount
	for _, r := range rows {
		if !isGreyDay(r) {
			continue
		}
		c.releases++
		lo, okLo := figureOf(r.Lo)
		hi, okHi := figureOf(r.Hi)
		switch {
		case !okLo || !okHi:
			c.thin++
		case hi < folkloreLo:
			c.below++
		case lo > folkloreHi:
			c.above++
		case lo >= folkloreLo && hi <= folkloreHi:
			c.inside++
		default:
			c.across++
		}
	}
	return c
}

// title is the finding about the folklore; what does not rest on sales is marked so.
func (c folkloreCount) title(w priceWords) string {
	judged := c.releases - c.thin
	enough := "with enough " + w.Many
	switch {
	case c.releases == 0:
		return fmt.Sprintf("No %s of a Grey Day release in this period", w.One)
	case judged == 0:
		return fmt.Sprintf("Too few %s of Grey Day releases to test the 1.5x to 3x folklore", w.Many)
	}
	one, all, none := "The one", "All", "None"
	if !w.Sale { // in the middle of a sentence
		one, all, none = "the one", "all", "none"
	}
	switch {
	case judged == 1 && c.below == 1:
		return w.title(fmt.Sprintf("%s Grey Day release %s stays below the folklore’s 1.5x to 3x", one, enough))
	case judged == c.below:
		return w.title(fmt.Sprintf("%s %d Grey Day releases %s stay below the folklore’s 1.5x to 3x", all, judged, enough))
	case judged == 1 && c.inside == 0:
		return w.title(fmt.Sprintf("%s Grey Day release %s is not clearly inside the folklore’s 1.5x to 3x", one, enough))
	case c.inside == 0:
		return w.title(fmt.Sprintf("%s of %d Grey Day releases %s lies clearly inside the folklore’s 1.5x to 3x", none, judged, enough))
	}
	lie := "lie"
	if c.inside == 1 {
		lie = "lies"
	}
	return w.title(fmt.Sprintf("%d of %s %s %s clearly inside the folklore’s 1.5x to 3x",
		c.inside, countOf(judged, "Grey Day release", "Grey Day releases"), enough, lie))
}

func (c folkloreCount) reading(m analysis.Multiples) string {
	if m.N == 0 {
		return thinReading(m)
	}
	w := wordsOf(m.PriceBasis)
	var s []string
	if c.releases > 0 {
		parts := []string{}
		for _, p := range []struct {
			n    int
			text string
		}{
			{c.inside, "clearly inside 1.5x to 3x"}, {c.below, "clearly below"}, {c.above, "clearly above"},
			{c.across, "across an edge, so undecided"}, {c.thin, "with too few " + w.Many + " to say"},
		} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
			}
		}
		s = append(s, fmt.Sprintf("Of %s, by interval: %s.", countOf(c.releases, "Grey Day release", "Grey Day releases"), strings.Join(parts, ", ")))
	} else {
		s = append(s, fmt.Sprintf("The period has no %s of a listed Grey Day release, so the folklore is not tested.", w.One))
	}
	for _, r := range m.Rows {
		if _, ok := figureOf(r.Median); ok && !isGreyDay(r) && len(r.Keys) > 0 && r.Keys[0] == "core grey" {
			control := "core greys"
			if !w.Sale {
				control = "core grey"
			}
			s = append(s, "For comparison, "+resoldText(w.stood(control), r, w))
		}
	}
	return strings.Join(s, " ")
}
