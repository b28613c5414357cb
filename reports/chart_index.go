package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// segmentsDrawn is how many segments the chart shows at most; the table lists all.
const segmentsDrawn = 9

// indexFigure shows the market index of each segment as a panel: the line, its
// interval, and dotted the weeks that a later vintage may still change. x may hold
// several weightings; it shows the headline. model is the one a page is about, "" for all.
func indexFigure(x analysis.Index, model string) (pageFigure, error) {
	f := pageFigure{ID: "index"}
	f.Subtitle = strings.Join([]string{"market index, 100 in each segment’s first week", periodText(x.FirstSoldOn, x.LastSoldOn), "as of\u00a0" + dayText(x.Spec.AsOf),
		"n\u00a0=\u00a0" + countText(x.N), "completed sales", conditionText(x.Spec.Condition)}, " · ")
	if x.Synthetic > 0 {
		f.Synthetic = "Synthetic sample data: " + countText(x.Synthetic) + " of " + countText(x.N)
	}
	for _, r := range x.Refused {
		f.Notes = append(f.Notes, fmt.Sprintf("No index of %s: %s.", segmentText(r.Segment), plainLabel(r.Reason, 160)))
	}
	series := headlineSeries(x)
	if len(series) == 0 {
		f.Title, f.Reading = "Too few sales for a market index", "A segment has an index from 100 sales on, of three styles, in eight weeks."
		return f, nil
	}
	f.Table = indexTable(series)
	f.Table.Data = indexData(series, x)
	first := mainSeries(series, model)
	f.Title, f.Reading = indexWords(first, x)
	shown := slices.Clone(series)
	if len(shown) > segmentsDrawn {
		slices.SortStableFunc(shown, func(a, b analysis.IndexSeries) int { return cmp.Compare(b.N, a.N) })
		shown = slices.DeleteFunc(slices.Clone(series), func(s analysis.IndexSeries) bool {
			return s.Segment != first.Segment && !slices.ContainsFunc(shown[:segmentsDrawn-1], func(t analysis.IndexSeries) bool { return t.Segment == s.Segment })
		})
		f.Notes = append(f.Notes, fmt.Sprintf("The chart draws the %d of %d segments with the most sales; the table lists all.", len(shown), len(series)))
	}
	f.Key = fmt.Sprintf("What the same pairs sell for: styles, size bands and the weeks since a release are taken out. Band: the %s interval of the change since the first week. %s",
		levelText(x.Spec.Level), provisionalText(x))
	c := indexChart(f.ID, shown, first.Segment)
	if first, _ := indexWeeks(shown); slices.ContainsFunc(shown, func(s analysis.IndexSeries) bool { return s.Rows[0].Week < first }) {
		f.Notes = append(f.Notes, fmt.Sprintf("The chart shows the last %d weeks; the table lists all.", weeksDrawn))
	}
	f.Wide, f.Narrow = c.Shape.frames(len(c.Panels))
	var err error
	f.Option, err = c.option()
	return f, err
}

// headlineSeries are the series of one sale, one vote, without those that repeat another.
func headlineSeries(x analysis.Index) []analysis.IndexSeries {
	return slices.DeleteFunc(x.Distinct(), func(s analysis.IndexSeries) bool {
		return s.Weighting != analysis.WeighSales || len(s.Rows) == 0
	})
}

// mainSeries is the one that the title speaks of: the page's model, else the 990, else the first.
func mainSeries(series []analysis.IndexSeries, model string) analysis.IndexSeries {
	for _, name := range []string{model, "990"} {
		if i := slices.IndexFunc(series, func(s analysis.IndexSeries) bool { return s.Segment == name }); i >= 0 && (name != "990" || model != "") {
			return series[i]
		}
	}
	return series[0]
}

// segmentText names a segment in words. Models come from the book and may be hostile.
func segmentText(segment string) string {
	switch segment {
	case analysis.SegmentAll:
		return "all models"
	case analysis.SegmentGreyDay:
		return "Grey Day releases"
	}
	return plainLabel(segment, 20)
}

// provisionalText says which weeks may still change.
func provisionalText(x analysis.Index) string {
	if x.Published.IsZero() {
		return "No vintage of it was published by that day, so every week is provisional: a later page may show it otherwise."
	}
	return fmt.Sprintf("Solid: frozen, as published up to %s. Dotted: provisional, may still be revised.", dayText(x.Published))
}

// indexWeeks is the first and the last Monday drawn.
func indexWeeks(series []analysis.IndexSeries) (first, last data.Date) {
	first = series[0].Rows[0].Week
	for _, s := range series {
		first, last = min(first, s.Rows[0].Week), max(last, s.Rows[len(s.Rows)-1].Week)
	}
	return max(first, last.AddDays(-7*(weeksDrawn-1))), last
}

// indexChart lays the series out as panels of one scale.
func indexChart(id string, series []analysis.IndexSeries, accent string) panelChart {
	first, last := indexWeeks(series)
	c := panelChart{ID: id, Shape: panelShape{Columns: [2]int{3, 2}, Height: [2]int{150, 120}, Each: 90}}
	if len(series) == 1 {
		c.Shape = panelShape{Columns: [2]int{1, 1}, Height: [2]int{260, 200}, Each: 90}
	}
	for d := first; d <= last; d = d.AddDays(7) {
		c.X.Labels = append(c.X.Labels, d.Time().Format("Jan 2006"))
	}
	frozen := slices.ContainsFunc(series, func(s analysis.IndexSeries) bool { return s.Rows[0].Frozen })
	var levels, ends []float64
	for _, s := range series {
		c.Panels = append(c.Panels, indexPanel(s, first, len(c.X.Labels), s.Segment == accent, frozen))
		for _, r := range s.Rows {
			if r.Week >= first {
				lo, _ := figureOf(r.Lo)
				hi, _ := figureOf(r.Hi)
				levels, ends = append(levels, r.Index), append(ends, lo, hi)
			}
		}
	}
	c.Y = panelAxis{Span: indexSpan(levels, ends), Text: "{value}"}
	return c
}

// indexSpan holds every level. Of the intervals it holds what keeps the levels' own range
// at half of the height or more: a thin segment must not press all others flat.
func indexSpan(levels, ends []float64) axisSpan {
	lo, hi := slices.Min(levels), slices.Max(levels)
	room := max((hi-lo)/2, 5)
	for _, v := range ends {
		if !math.IsNaN(v) {
			levels = append(levels, min(max(v, lo-room), hi+room))
		}
	}
	return spanOf(append(levels, 100)...)
}

func indexPanel(s analysis.IndexSeries, first data.Date, weeks int, accent, dots bool) panel {
	now := s.Rows[len(s.Rows)-1]
	p := panel{Title: capital(segmentText(s.Segment)), Note: fmt.Sprintf("%.1f", now.Index)}
	if t := rangeText(now.Lo, now.Hi); t != noFigure {
		p.Note += " (" + t + ")"
	}
	color := inkColor
	if accent {
		color = accentColor
	}
	band := panelBand{make([]float64, weeks), make([]float64, weeks), make([]float64, weeks)}
	solid, open := panelLine{Color: color, Width: 1.75}, panelLine{Color: color, Width: 1.75, Type: "dotted"}
	for i := range weeks {
		band.X[i], band.Lo[i], band.Hi[i] = float64(i), math.NaN(), math.NaN()
	}
	provisional := false
	for _, r := range s.Rows {
		i := int(r.Week-first) / 7
		if r.Week < first {
			continue
		}
		if r.Lo != nil && r.Hi != nil {
			band.Lo[i], band.Hi[i] = *r.Lo, *r.Hi
		}
		point := panelPoint{float64(i), r.Index, indexTip(s, r)}
		if dots && !r.Frozen {
			if n := len(solid.Points); !provisional && n > 0 {
				open.Points = append(open.Points, solid.Points[n-1]) // the lines meet
			}
			provisional, open.Points = true, append(open.Points, point)
			continue
		}
		solid.Points = append(solid.Points, point)
	}
	p.Bands = []panelBand{band}
	base := panelLine{Color: mutedColor, Width: 1, Points: []panelPoint{{0, 100, ""}, {float64(weeks - 1), 100, ""}}}
	for _, l := range []panelLine{base, solid, open} {
		if len(l.Points) > 0 {
			p.Lines = append(p.Lines, l)
		}
	}
	return p
}

// rangeText writes an interval of an index: "98.0 to 110.5".
func rangeText(lo, hi *float64) string {
	l, ok1 := figureOf(lo)
	h, ok2 := figureOf(hi)
	if !ok1 || !ok2 {
		return noFigure
	}
	return fmt.Sprintf("%.1f to %.1f", l, h)
}

func indexTip(s analysis.IndexSeries, r analysis.IndexRow) string {
	tip := []string{capital(segmentText(s.Segment)) + ", " + r.Week.ISOWeek(), fmt.Sprintf("index %.1f", r.Index)}
	if t := rangeText(r.Lo, r.Hi); t != noFigure {
		tip = append(tip, "interval "+t)
	}
	return strings.Join(append(tip, "n = "+countText(r.N)+", "+r.Status()), "\n")
}

// indexWords writes the title and the reading of one segment.
func indexWords(s analysis.IndexSeries, x analysis.Index) (title, reading string) {
	now := s.Rows[len(s.Rows)-1]
	name := "The index of " + segmentText(s.Segment)
	title = fmt.Sprintf("%s stands at %.1f", name, now.Index)
	since := fmt.Sprintf(", %s since %s", movedText(now.Index/100-1), s.Base.ISOWeek())
	var changes []string
	for _, c := range s.Changes {
		text := signedShare(c.Share) + " in " + countOf(c.Weeks, "week", "weeks")
		if in := changeInterval(c); in != "" {
			text += " (" + in + ")"
		}
		changes = append(changes, text)
		if c.Weeks == 52 {
			since = fmt.Sprintf(", %s in 52 weeks", movedText(c.Share))
		}
	}
	title += since
	reading = fmt.Sprintf("In %s the same pairs sold for %.1f where they sold for 100 in %s", now.Week.ISOWeek(), now.Index, s.Base.ISOWeek())
	if t := rangeText(now.Lo, now.Hi); t != noFigure {
		reading += fmt.Sprintf(" (%s interval %s)", levelText(x.Spec.Level), t)
	}
	reading += fmt.Sprintf(", on %s of %s", countOf(s.N, "sale", "sales"), countOf(s.Styles, "style", "styles"))
	if len(changes) > 0 {
		reading += ": " + strings.Join(changes, ", ")
	}
	return title, reading + "."
}

// movedText is "up 5.2 %", "down 1.0 %" or "unchanged".
func movedText(v float64) string {
	switch r := math.Round(v * 1000); {
	case r > 0:
		return fmt.Sprintf("up %.1f\u00a0%%", r/10)
	case r < 0:
		return fmt.Sprintf("down %.1f\u00a0%%", -r/10)
	}
	return "unchanged"
}

// indexTable has one row per week, the newest first, and a column per segment.
func indexTable(series []analysis.IndexSeries) figureTable {
	t := figureTable{Head: []tableField{{"Week", ""}}}
	weeks := map[data.Date][]tableField{}
	var order []data.Date
	for k, s := range series {
		t.Head = append(t.Head, tableField{capital(segmentText(s.Segment)), "number"})
		for _, r := range s.Rows {
			if weeks[r.Week] == nil {
				weeks[r.Week] = make([]tableField, len(series))
				for i := range weeks[r.Week] {
					weeks[r.Week][i] = tableField{noFigure, "number"}
				}
				order = append(order, r.Week)
			}
			text := fmt.Sprintf("%.1f", r.Index)
			if in := rangeText(r.Lo, r.Hi); in != noFigure {
				text += " (" + in + ")"
			}
			weeks[r.Week][k].Text = text
		}
	}
	slices.SortFunc(order, func(a, b data.Date) int { return cmp.Compare(b, a) })
	for _, d := range order {
		t.Body = append(t.Body, append([]tableField{{d.ISOWeek(), ""}}, weeks[d]...))
	}
	return t
}
