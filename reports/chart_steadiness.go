package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// weekScoredFrom is how many sales a week needs for a median error on the chart.
const weekScoredFrom = 10

// errorWeek is one week of the scorecard: the estimate and the last sale.
type errorWeek struct {
	Week      data.Date
	Own, Last analysis.BacktestWeek
}

func errorWeeks(c analysis.Scorecard) []errorWeek {
	var out []errorWeek
	for _, w := range c.Weeks {
		if n := len(out); n == 0 || out[n-1].Week != w.Week {
			out = append(out, errorWeek{Week: w.Week})
		}
		switch w.Forecast {
		case "M4":
			out[len(out)-1].Own = w
		case "B0":
			out[len(out)-1].Last = w
		}
	}
	return out
}

// weeksFigure shows the median error of the estimate and of the last sale by week.
func weeksFigure(c analysis.Scorecard) (pageFigure, error) {
	f := scoreFigure("by-origin", c)
	weeks := errorWeeks(c)
	f.Table = figureTable{Head: []tableField{{"Week", ""}, {"n", "number"}, {"Estimate", "number"}, {"Last sale", "number"}, {"Estimate within 10 %", "number"}, {"Held by " + levelText(c.Spec.Level) + " interval", "number"}}}
	var drawn []errorWeek
	won := 0
	for _, w := range weeks {
		f.Table.Body = append(f.Table.Body, []tableField{{w.Week.ISOWeek(), ""}, {countText(w.Own.N), "number"}, {percentText(w.Own.MdAPE), "number"},
			{percentText(w.Last.MdAPE), "number"}, {percentText(w.Own.Within10), "number"}, {percentText(w.Own.Coverage), "number"}})
		if w.Own.N >= weekScoredFrom {
			drawn = append(drawn, w)
			if *w.Own.MdAPE < *w.Last.MdAPE {
				won++
			}
		}
	}
	if c.TooSmall() || len(drawn) < 2 {
		f.Title = "Too few sales to judge the estimates by week"
		f.Reading = fmt.Sprintf("%s a sale that could be forecast; a week is drawn from %d of them on.", countOf(len(weeks), "week has", "weeks have"), weekScoredFrom)
		return f, nil
	}
	f.Title = fmt.Sprintf("The estimate was nearer than the last sale in %s", countedOf(won, len(drawn), "week", "weeks"))
	by := func(a, b errorWeek) int { return cmp.Compare(*a.Own.MdAPE, *b.Own.MdAPE) }
	best, worst := slices.MinFunc(drawn, by), slices.MaxFunc(drawn, by)
	f.Reading = fmt.Sprintf("The median error of the estimate ran from %s in %s to %s in %s.", percentText(best.Own.MdAPE), best.Week.ISOWeek(), percentText(worst.Own.MdAPE), worst.Week.ISOWeek())
	f.Key = "Median error of the sales of a week, each forecast from what was sold before its Monday."
	if len(drawn) < len(weeks) {
		f.Key += fmt.Sprintf(" A week with fewer than %d sales is not drawn.", weekScoredFrom)
	}
	chart := weeksChart(f.ID, c, drawn)
	f.Wide, f.Narrow = chart.Shape.frames(1)
	var err error
	f.Option, err = chart.option()
	return f, err
}

// weeksChart names its two lines at their ends; names that would meet are moved apart.
func weeksChart(id string, c analysis.Scorecard, drawn []errorWeek) panelChart {
	first, last := drawn[0].Week, drawn[len(drawn)-1].Week
	chart := panelChart{ID: id, Shape: panelShape{Columns: [2]int{1, 1}, Height: [2]int{250, 200}, Right: [2]int{74, 66}, Each: 90}, Y: panelAxis{Text: "{value}%"}}
	own := panelLine{Color: accentColor, Width: 2.25, Dot: 5}
	other := panelLine{Color: markColor, Width: 2, Dot: 4}
	values := []float64{0}
	i := 0
	for d := first; d <= last; d = d.AddDays(7) {
		x := float64(len(chart.X.Labels))
		chart.X.Labels = append(chart.X.Labels, d.ISOWeek())
		a, b := panelPoint{x, math.NaN(), ""}, panelPoint{x, math.NaN(), ""}
		if w := drawn[i]; w.Week == d {
			a.Y, b.Y, i = percentOf(w.Own.MdAPE), percentOf(w.Last.MdAPE), i+1
			a.Tip = fmt.Sprintf("%s, n = %s\nestimate %s\nlast sale %s", d.ISOWeek(), countText(w.Own.N), percentText(w.Own.MdAPE), percentText(w.Last.MdAPE))
			values = append(values, a.Y, b.Y)
		}
		own.Points, other.Points = append(own.Points, a), append(other.Points, b)
	}
	chart.Y.Span = spanOf(values...)
	n := len(own.Points) - 1
	ya, yb := own.Points[n].Y, other.Points[n].Y
	if apart := (chart.Y.Span.Max - chart.Y.Span.Min) * 16 / 200; math.Abs(ya-yb) < apart {
		middle, up := (ya+yb)/2, math.Copysign(apart/2, ya-yb)
		ya, yb = middle+up, middle-up
	}
	chart.Panels = []panel{{Title: "Median error", Note: "percent of the price paid; all sales of the week", Lines: []panelLine{other, own}, Marks: []panelMark{
		{Mark: "tag", Name: "estimate", Color: accentColor, X: float64(n), Y: ya, Lo: math.NaN(), Hi: math.NaN()},
		{Mark: "tag", Name: "last sale", Color: mutedColor, X: float64(n), Y: yb, Lo: math.NaN(), Hi: math.NaN()},
	}}}
	return chart
}

// agesDrawn is how old a week gets on the chart of revisions: at eight weeks it is frozen.
const agesDrawn = 13

// revisionsFigure shows how much a refit of the index changes a week, by the age of the week.
func revisionsFigure(c analysis.Scorecard) (pageFigure, error) {
	f := scoreFigure("revisions", c)
	f.Subtitle = fmt.Sprintf("market index, points; the first week is 100 · as of\u00a0%s · %s · completed sales, condition\u00a0new",
		dayText(c.Spec.AsOf), countOf(c.Vintages, "vintage", "vintages"))
	var drawn []analysis.IndexRevisions
	for _, r := range c.Revisions {
		if len(r.ByAge) > 1 {
			drawn = append(drawn, r)
		}
	}
	f.Table = revisionsTable(drawn)
	if len(drawn) == 0 {
		f.Subtitle = "market index"
		f.Title = "No revisions of the index to show yet"
		f.Reading = "Fewer than two vintages of the index were published by that day; greybook analyze index --publish keeps one, each week."
		f.Notes = volatilityNotes(c)
		return f, nil
	}
	first := drawn[0]
	f.Title = fmt.Sprintf("The newest week of the index of %s moved by %.2f points at its next fit", segmentText(first.Segment), first.ByAge[0].AbsMean)
	f.Reading = fmt.Sprintf("Of %s of a newest week the mean was %+.2f points and the mean size %.2f.",
		countOf(first.ByAge[0].N, "revision", "revisions"), first.ByAge[0].Mean, first.ByAge[0].AbsMean)
	if old := min(8, len(first.ByAge)-1); old > 0 {
		f.Reading += fmt.Sprintf(" A week %s old moved by %.2f.", countOf(old, "week", "weeks"), first.ByAge[old].AbsMean)
	}
	f.Key = "How much a refit with one more week of sales changes a week. Across: how many weeks old it was. Orange: mean size of the change. Grey: mean change, which would be off zero if revisions went one way. From eight weeks on a published week is frozen: what is drawn there is what freezing hides."
	f.Notes = volatilityNotes(c)
	chart := revisionsChart(f.ID, drawn)
	f.Wide, f.Narrow = chart.Shape.frames(len(chart.Panels))
	var err error
	f.Option, err = chart.option()
	return f, err
}

func revisionsChart(id string, all []analysis.IndexRevisions) panelChart {
	chart := panelChart{ID: id, Shape: panelShape{Columns: [2]int{3, 2}, Height: [2]int{130, 110}, Each: 32}, Y: panelAxis{Text: "{value}"}}
	ages, lo, hi := 0, 0.0, 0.1
	for _, r := range all {
		shown := r.ByAge[:min(len(r.ByAge), agesDrawn)]
		ages = max(ages, len(shown))
		p := panel{Title: capital(segmentText(r.Segment)), Note: fmt.Sprintf("newest week: %.2f points", shown[0].AbsMean)}
		size, mean := panelLine{Color: accentColor, Width: 2, Dot: 5}, panelLine{Color: markColor, Width: 1.5, Dot: 4}
		for age, v := range shown {
			x := float64(age)
			size.Points = append(size.Points, panelPoint{x, v.AbsMean, fmt.Sprintf("%s, %s old\nmean size %.2f points\nmean %+.2f points\n%s",
				capital(segmentText(r.Segment)), countOf(age, "week", "weeks"), v.AbsMean, v.Mean, countOf(v.N, "revision", "revisions"))})
			mean.Points = append(mean.Points, panelPoint{x, v.Mean, ""})
			lo, hi = min(lo, v.Mean), max(hi, v.AbsMean)
		}
		p.Lines = []panelLine{mean, size}
		chart.Panels = append(chart.Panels, p)
	}
	for age := range ages {
		chart.X.Labels = append(chart.X.Labels, countText(age))
	}
	chart.Y.Span = signedSpan(lo, hi)
	return chart
}

// signedSpan is spanOf for values that may be below zero.
func signedSpan(lo, hi float64) axisSpan {
	up := spanOf(0, max(hi, -lo))
	if lo < 0 {
		up.Min = -math.Ceil(-lo/up.Step-1e-9) * up.Step
	}
	return up
}

func volatilityNotes(c analysis.Scorecard) []string {
	var out []string
	for _, v := range c.Volatility {
		out = append(out, fmt.Sprintf("From week to week the index of %s moved by %.1f\u00a0%% (median standard deviation of the changes of a quarter, %d weeks).",
			segmentText(v.Segment), 100*v.Median, v.Weeks))
	}
	return out
}

func revisionsTable(all []analysis.IndexRevisions) figureTable {
	t := figureTable{Head: []tableField{{"Segment", ""}, {"Weeks old", "number"}, {"Revisions", "number"}, {"Mean", "number"}, {"Mean size", "number"}, {"Median", "number"}, {"Median size", "number"}}}
	for _, r := range all {
		for age, v := range r.ByAge[:min(len(r.ByAge), 53)] {
			t.Body = append(t.Body, []tableField{{capital(segmentText(r.Segment)), ""}, {countText(age), "number"}, {countText(v.N), "number"}, {fmt.Sprintf("%+.2f", v.Mean), "number"},
				{fmt.Sprintf("%.2f", v.AbsMean), "number"}, {fmt.Sprintf("%+.2f", v.Median), "number"}, {fmt.Sprintf("%.2f", v.AbsMedian), "number"}})
		}
	}
	return t
}
