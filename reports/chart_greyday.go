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

// greyDayRows is how many groups the chart draws; the table lists all.
const greyDayRows = 24

// isGreyDay reports whether a row of the grouping by Grey Day is a release, not
// one of the control groups ("core grey", "other").
func isGreyDay(r analysis.MultipleRow) bool {
	return len(r.Keys) > 0 && strings.HasPrefix(r.Keys[0], "Grey Day")
}

// greyDayFigure shows each Grey Day release against the folklore's band, with
// core greys and other colorways as the control.
func greyDayFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.ByGreyDay
	f := newFigure("by-grey-day", m, wk.Window, wk.AsOf)
	f.Table = groupTable("Group", m.Rows, m.Spec.Level, groupName)
	verdict := weighFolklore(m.Rows)
	f.Title = verdict.title()
	f.Reading = verdict.reading(m)
	if len(byMedian(m.Rows)) == 0 {
		return f, nil
	}
	f.Key = fmt.Sprintf("Filled dot: a Grey Day release. Hollow dot: the control, greys and others that are not Grey Day releases. "+
		"Line: the %s interval of the median. Shaded: where the folklore puts Grey Day releases.", levelText(m.Spec.Level))
	shown := m.Rows
	if len(shown) > greyDayRows {
		shown = keepControls(shown, greyDayRows)
		f.Notes = append(f.Notes, fmt.Sprintf("The chart draws %d of %d groups; the table lists all.", len(shown), len(m.Rows)))
	}
	var rows []dotRow
	for _, r := range shown {
		name := groupName(r)
		short := strings.TrimPrefix(name, "Grey Day ") // the year and the colorway; the dot says the rest
		row := newDotRow(name, plainLabel(short, 38), plainLabel(short, 32), r, m.Spec.Level)
		row.Accent, row.Hollow = isGreyDay(r), !isGreyDay(r)
		row.P5, row.P95 = math.NaN(), math.NaN() // not drawn here
		rows = append(rows, row)
	}
	f.Wide, f.Narrow = rowsFrames(len(rows))
	band := &refBand{folkloreLo, folkloreHi, "folklore: 1.5x to 3x"}
	var err error
	f.Option, err = rowsOption(f.ID, "interval", rows, spanOf(extremes(rows, 0.9, folkloreHi)...), band)
	return f, err
}

// keepControls shortens the rows, most sales first out of the releases, but
// never drops a control group: without it the chart has nothing to compare with.
func keepControls(rows []analysis.MultipleRow, limit int) []analysis.MultipleRow {
	controls := 0
	for _, r := range rows {
		if !isGreyDay(r) {
			controls++
		}
	}
	room := max(limit-controls, 0)
	var kept []analysis.MultipleRow
	for _, r := range rows {
		if isGreyDay(r) {
			if room == 0 {
				continue
			}
			room--
		}
		kept = append(kept, r)
	}
	return kept[:min(len(kept), limit)]
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

func (c folkloreCount) title() string {
	judged := c.releases - c.thin
	switch {
	case c.releases == 0:
		return "No sale of a Grey Day release in this period"
	case judged == 0:
		return "Too few sales of Grey Day releases to test the 1.5x to 3x folklore"
	case c.inside == 0 && c.above == 0 && c.across == 0:
		if judged == 1 {
			return "The one Grey Day release with enough sales stays below the folklore’s 1.5x to 3x"
		}
		return fmt.Sprintf("All %d Grey Day releases with enough sales stay below the folklore’s 1.5x to 3x", judged)
	}
	if judged == 1 && c.inside == 0 {
		return "The one Grey Day release with enough sales is not clearly inside the folklore’s 1.5x to 3x"
	}
	if c.inside == 0 {
		return fmt.Sprintf("None of %d Grey Day releases with enough sales lies clearly inside the folklore’s 1.5x to 3x", judged)
	}
	return fmt.Sprintf("%d of %s clearly inside the folklore’s 1.5x to 3x",
		c.inside, countOf(judged, "Grey Day release with enough sales lies", "Grey Day releases with enough sales lie"))
}

func (c folkloreCount) reading(m analysis.Multiples) string {
	if m.N == 0 {
		return "There are no such sales in this period, so there is nothing to draw."
	}
	var s []string
	if c.releases > 0 {
		parts := []string{}
		for _, p := range []struct {
			n    int
			text string
		}{
			{c.inside, "clearly inside 1.5x to 3x"}, {c.below, "clearly below"}, {c.above, "clearly above"},
			{c.across, "across an edge, so undecided"}, {c.thin, "with too few sales to say"},
		} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
			}
		}
		s = append(s, fmt.Sprintf("Of %s, by interval: %s.", countOf(c.releases, "Grey Day release", "Grey Day releases"), strings.Join(parts, ", ")))
	} else {
		s = append(s, "The period has no sale of a listed Grey Day release, so the folklore is not tested.")
	}
	for _, r := range m.Rows {
		if _, ok := figureOf(r.Median); ok && !isGreyDay(r) && len(r.Keys) > 0 && r.Keys[0] == "core grey" {
			s = append(s, "For comparison, "+resoldText("core greys", r))
		}
	}
	return strings.Join(s, " ")
}
