package reports

import (
	"fmt"
	"io"

	"github.com/amassable/greybook/analysis"
)

// WriteScorecard writes the scorecard as one self-contained HTML page, of the same
// kind as the weekly page. The same c gives the same bytes. A book that is too small to
// judge is said in words; an error means that the page could not be made, or w not written.
func WriteScorecard(w io.Writer, c analysis.Scorecard) error {
	p := scorecardPage(c)
	for _, make := range []func(analysis.Scorecard) (pageFigure, error){
		classFigure, calibrationFigure, weeksFigure, revisionsFigure,
	} {
		f, err := make(c)
		if err != nil {
			return fmt.Errorf("scorecard as of %s: %w", c.Spec.AsOf, err)
		}
		p.Figures = append(p.Figures, f)
	}
	return writePage(w, p)
}

// scorecardPage is everything on the page but its figures.
func scorecardPage(c analysis.Scorecard) page {
	own, _ := rowOf(c, "all", "M4")
	last, _ := rowOf(c, "all", "B0")
	p := page{Title: "Scorecard of the estimates, " + c.Spec.AsOf.String(), Heading: "Too few sales to judge the estimates"}
	if c.TooSmall() {
		p.Empty = &pageNotice{Text: fmt.Sprintf("%s could be scored, and no class of them has %d. That is too few to judge the estimates: what stands below is shown for completeness and is no verdict.",
			countOf(c.N, "sale", "sales"), analysis.JudgedFrom)}
	} else {
		p.Heading = fmt.Sprintf("Half of the estimates were within %s of the price, half of the last sales within %s", percentText(own.MdAPE), percentText(last.MdAPE))
		p.Tiles = []pageTile{
			{percentText(own.MdAPE), "median error of the estimate", "last sale: " + percentText(last.MdAPE), ""},
			{percentText(own.Within10), "of the estimates within 10\u00a0%", "last sale: " + percentText(last.Within10), ""},
			{percentText(own.Coverage), "of sales inside their interval", "promised: " + levelText(c.Spec.Level), ""},
			{countText(c.N), "sales scored", countOf(c.Origins, "week", "weeks"), ""},
		}
	}
	scored := countText(c.N) + ", each forecast from what was sold before its week"
	if c.Unknown > 0 {
		scored += fmt.Sprintf("; %s of styles never sold before were not", countText(c.Unknown))
	}
	p.Summary = []pageFact{
		{"Weeks", fmt.Sprintf("%d of %d, %s to %s", c.Origins, c.Spec.Origins, c.First.ISOWeek(), c.Last.ISOWeek())},
		{"As of", dayText(c.Spec.AsOf) + "; nothing sold later is seen"},
		{"Sales scored", scored},
		{"Counted", "completed sales of every condition, their style and retail price known"},
	}
	if c.Synthetic > 0 {
		p.Banners = append(p.Banners, pageFact{"Synthetic sample data",
			fmt.Sprintf("%s of the book’s sales are made up to show how the page works. How well made-up prices are forecast says nothing about the market.", countText(c.Synthetic))})
	}
	p.Quality, p.Lists = qualityFacts(c.Facts)
	p.Method, p.Limits = scorecardMethod(c), scorecardLimits(c)
	for _, s := range []string{c.Program, c.Facts.BookVersion} {
		if s != "" {
			p.Colophon = append(p.Colophon, s)
		}
	}
	return p
}

// scorecardMethod defines the words of the page.
func scorecardMethod(c analysis.Scorecard) []pageFact {
	level := levelText(c.Spec.Level)
	return []pageFact{
		{"The test", "Each Monday, every sale of the week that follows is forecast from what was sold before that Monday. No sale helps to forecast itself, or one of its own week."},
		{"Error", "Forecast over price paid, minus 1. The median error is the one that half of the forecasts stay within, in either direction."},
		{"Last sale", "What the same style in the same size last sold for: what a person looks up. The estimate has to beat it to be of use."},
		{"Interval", fmt.Sprintf("Where the next sale should be, %s of the time. It is as wide as the errors of such sales in the last weeks were (split conformal prediction), and its level is corrected "+
			"each week by how many were missed. Plain intervals are without that correction.", level)},
		{"Classes", fmt.Sprintf("Sales by how often their style and size was sold in the 28 days before. A class with fewer than %d sales is not judged: the share that an %s interval holds would be known to no better than 6 points.", analysis.JudgedFrom, level)},
		{"Revision", "How much a week’s index changes when it is fitted again a week later. Every published vintage is kept, so that this can be measured."},
	}
}

// scorecardLimits is what the page cannot tell.
func scorecardLimits(c analysis.Scorecard) []string {
	var limits []string
	if c.Synthetic > 0 {
		limits = append(limits, "Synthetic sales follow rules that the market does not. Nothing here tells how good the estimates of real pairs are.")
	}
	if len(c.Facts.Marketplaces) == 1 {
		limits = append(limits, "All sales are from one marketplace; on another the estimates may do worse.")
	}
	if c.Unknown > 0 {
		limits = append(limits, "How good the estimates of releases would be that have never sold: such sales are not scored, as nothing can be forecast of them.")
	}
	return append(limits,
		"Whether the weeks to come are like those that were scored.",
		"Intervals hold on average over styles and weeks. A single style, or one release that nobody foresaw, can do worse.",
		"Pairs that sell often count more: a score is of sales, not of styles.",
		"Sales that the flags set aside are neither learned nor scored. If they were sound, the true errors are larger.",
		"A seller’s fees and a buyer’s shipping are in neither forecast nor price.")
}
