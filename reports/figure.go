package reports

import (
	"encoding/json"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// pageFigure is one chart of a page with its words and its table, ready to print.
type pageFigure struct {
	ID        string // of the chart and of its place in the page
	Section   pageSection
	Title     string // states the finding
	Subtitle  string // period, n, price basis, condition
	Synthetic string // says how many of n are synthetic; "" for none
	Reading   string // one or two sentences written from the numbers
	Key       string // how to read the marks
	Notes     []string
	Option    json.RawMessage // nil: nothing to draw, and Reading says why
	Wide      frame
	Narrow    frame
	Table     figureTable
	CSV       string // where its data are, relative to the page; "" for nowhere

	WideSVG, NarrowSVG template.HTML // filled in by draw
}

// figureTable is the data of a figure: what the chart shows, to the last group.
type figureTable struct {
	Head []tableField
	Body [][]tableField
	Data *figureData // the same unrounded, for the CSV beside the page; nil: Head and Body as they are
}

// tableField is one place in a table. Text may be hostile. Class is "number",
// set to the right, "prose", which may break into lines, or "".
type tableField struct{ Text, Class string }

// Sizes is the two frames as the live script reads them.
func (f pageFigure) Sizes() (string, error) {
	b, err := json.Marshal(map[string]frame{"wide": f.Wide, "narrow": f.Narrow})
	return string(b), err
}

// Aria is the description of the chart for those who do not see it.
func (f pageFigure) Aria() string {
	return strings.Join([]string{f.Title + ".", f.Reading, "The figures are in the table below the chart."}, " ")
}

// draw renders the figure's option in both sizes.
func (f *pageFigure) draw(d *stillDrawer) error {
	if f.Option == nil {
		return nil
	}
	var err error
	if f.WideSVG, err = d.still(f.Option, f.ID+"-w", f.Wide); err != nil {
		return err
	}
	f.NarrowSVG, err = d.still(f.Option, f.ID+"-n", f.Narrow)
	return err
}

// newFigure starts a figure with what every chart says of its sample; model is
// what it is about, "" for all models.
func newFigure(id string, m analysis.Multiples, from, to data.Date, model string) pageFigure {
	f := pageFigure{ID: id}
	about := "all models"
	if model != "" {
		about = plainLabel(model, 20)
	}
	f.Subtitle = strings.Join([]string{
		about, windowText(from, to), "n\u00a0=\u00a0" + countText(m.N), wordsOf(m.PriceBasis).Counted, conditionText(m.Condition),
	}, " · ")
	if m.Synthetic > 0 {
		f.Synthetic = "Synthetic sample data: " + countText(m.Synthetic) + " of " + countText(m.N)
	}
	return f
}

// groupTable is the table of a chart of groups; name gives a group's full name.
func groupTable(first string, rows []analysis.MultipleRow, m analysis.Multiples, name func(analysis.MultipleRow) string) figureTable {
	const number, prose = "number", "prose"
	price, from, to := "Median price", "First dated", "Last dated"
	if wordsOf(m.PriceBasis).Sale {
		price, from, to = "Median sale", "First sold", "Last sold"
	}
	t := figureTable{Head: []tableField{
		{first, ""}, {"n", number}, {"Median", number}, {levelText(m.Spec.Level) + " interval", number}, {"Above retail", number},
		{"Doubts", prose}, {"P5", number}, {"Q1", number}, {"Q3", number}, {"P95", number},
		{price, number}, {"Median retail", number}, {from, ""}, {to, ""},
	}}
	for _, r := range rows {
		t.Body = append(t.Body, []tableField{
			{name(r), ""}, {countText(r.N), number}, {multipleText(r.Median), number}, {intervalText(r.Lo, r.Hi), number},
			{shareText(r.ShareAboveRetail), number}, {warningsText(r.Warnings), prose},
			{multipleText(r.P5), number}, {multipleText(r.Q1), number}, {multipleText(r.Q3), number}, {multipleText(r.P95), number},
			{dollarText(r.MedianSalePrice), number}, {dollarText(r.MedianRetailPrice), number},
			{r.FirstSoldOn.String(), ""}, {r.LastSoldOn.String(), ""},
		})
	}
	t.Data = groupData(first, rows, m, name)
	return t
}

// newDotRow fills the part of a drawn row that all charts of groups share.
func newDotRow(name, short, shorter string, r analysis.MultipleRow, m analysis.Multiples) dotRow {
	w := wordsOf(m.PriceBasis)
	d := dotRow{Label: short, LabelXS: shorter, N: r.N}
	d.Mid, _ = figureOf(r.Median)
	d.Lo, _ = figureOf(r.Lo)
	d.Hi, _ = figureOf(r.Hi)
	d.P5, _ = figureOf(r.P5)
	d.Q1, _ = figureOf(r.Q1)
	d.Q3, _ = figureOf(r.Q3)
	d.P95, _ = figureOf(r.P95)
	tip := []string{plainLabel(name, 60), "n = " + countText(r.N)}
	switch {
	case math.IsNaN(d.Mid):
		d.Figure = [2]string{noFigure, ""} // the mark says n and "too few"
		tip = append(tip, "too few "+w.Many+" for a figure")
	case math.IsNaN(d.Lo) || math.IsNaN(d.Hi):
		d.Figure = [2]string{multipleText(r.Median), "no interval"}
		tip = append(tip, "median "+multipleText(r.Median)+" retail, too few "+w.Many+" for an interval")
	default:
		d.Figure = [2]string{multipleText(r.Median), intervalText(r.Lo, r.Hi)}
		tip = append(tip, "median "+multipleText(r.Median)+" retail",
			levelText(m.Spec.Level)+" interval "+intervalText(r.Lo, r.Hi))
	}
	if _, ok := figureOf(r.ShareAboveRetail); ok {
		tip = append(tip, "above retail: "+shareText(r.ShareAboveRetail)+" of "+w.Many)
	}
	d.Tip = strings.Join(tip, "\n")
	return d
}

// resoldText is the sentence of a group: "990v3 resold at 1.21x retail, 1.12 to
// 1.34, on 412 sales; above retail for 71 %." It begins as w.stood does.
func resoldText(stood string, r analysis.MultipleRow, w priceWords) string {
	s := stood + " " + multipleText(r.Median) + " retail, "
	if t := intervalText(r.Lo, r.Hi); t != noFigure {
		s += t + ", on " + w.n(r.N)
	} else {
		s += "on " + w.n(r.N) + ", too few for an interval"
	}
	if t := shareText(r.ShareAboveRetail); t != noFigure {
		s += "; above retail for " + t
	}
	return s + "."
}

// byMedian returns the rows that have a median, the highest first, ties by name.
func byMedian(rows []analysis.MultipleRow) []analysis.MultipleRow {
	var known []analysis.MultipleRow
	for _, r := range rows {
		if _, ok := figureOf(r.Median); ok {
			known = append(known, r)
		}
	}
	slices.SortStableFunc(known, func(a, b analysis.MultipleRow) int {
		switch {
		case *a.Median > *b.Median:
			return -1
		case *a.Median < *b.Median:
			return 1
		}
		return strings.Compare(groupName(a), groupName(b))
	})
	return known
}
