package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

const (
	heatWeeks   = 52 // drawn at most
	heatQuarter = 13 // weeks to a panel
	heatRows    = 10 // versions drawn at most; the table lists all
	heatLeast   = 8  // weeks with a figure that a version needs to be spoken of
	heatHeight  = 26 // px of a row
)

// heatShade is the paint of a field: a colour of the palette over the card.
type heatShade struct {
	Color   string
	Opacity float64
}

// heatScale is symmetric about the retail price in ratios, and steps alike on both
// sides; a multiple takes the last step that it reaches. Above is the accent and below
// is grey, which also those tell apart who see no red or no green; and as the figure or its
// sign stands in each field, none is told by colour alone.
var heatScale = []struct {
	From         float64 // multiple, or below retail one over it
	Above, Below heatShade
}{
	{1, heatShade{inkColor, 0}, heatShade{inkColor, 0}},
	{1.05, heatShade{accentColor, 0.18}, heatShade{inkColor, 0.12}},
	{1.25, heatShade{accentColor, 0.42}, heatShade{inkColor, 0.32}},
	{1.5, heatShade{accentColor, 1}, heatShade{inkColor, 0.75}},
}

// Text is 1 where ink is read on the shade and 0 where that takes the colour of the card.
func (s heatShade) Text() int {
	if s.Opacity > 0.5 {
		return 0
	}
	return 1
}

func shadeOf(multiple float64) heatShade {
	if math.IsNaN(multiple) || multiple <= 0 {
		return heatShade{inkColor, 0}
	}
	ratio := math.Max(multiple, 1/multiple)
	shade := heatScale[0].Above
	for _, step := range heatScale {
		if ratio < step.From-1e-9 {
			break
		}
		if shade = step.Above; multiple < 1 {
			shade = step.Below
		}
	}
	return shade
}

// heatLine is one version's year.
type heatLine struct {
	Name, Label string // in full, and where room is short
	keys        []string
	n           int
	weeks       map[data.Date]analysis.MultipleRow // by Monday

	known, above, clear int // weeks with a figure; of these above retail; of these with the whole interval
}

// heatFigure shows the median multiple of each version in each week as a field. A week
// that carries no median stays empty: nothing is put between its neighbours.
func heatFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w := wk.VersionWeeks, wordsOf(wk.VersionWeeks.PriceBasis)
	f := newFigure("heat", m, wk.Window, wk.AsOf, wk.Model)
	lines := heatLines(wk)
	if wk.Model == "" && len(lines) == 1 && !slices.ContainsFunc(lines[0].keys, func(key string) bool { return key != "" }) {
		return pageFigure{}, nil // of all pairs nothing is known: the chart of weeks says it all
	}
	f.Table = heatTable(lines)
	fields, known := 0, 0
	mondays := lastMondays(wk)
	for _, l := range lines {
		fields, known = fields+len(mondays), known+l.known
	}
	if known == 0 {
		f.Title = fmt.Sprintf("No week has enough %s of one %s for a figure", w.Many, join(plainLabel(wk.Model, 20), "version"))
		f.Reading = thinReading(m)
		return f, nil
	}
	f.Subtitle += fmt.Sprintf(" · by week, %d to a panel", heatQuarter)
	ends := heatEndsOf(lines)
	f.Title, f.Reading = ends.title(fields, known, w), ends.reading(fields, known, w)
	f.Key = fmt.Sprintf("One field: the median of a version’s %s in one week over retail price. Coloured: above retail, the stronger the further "+
		"(steps at 1.05x, 1.25x, 1.50x). Grey: below (0.95x, 0.80x, 0.67x). Framed only: within 5\u00a0%% of retail. "+
		"A dot: too few %s for a median. Blank: none. Nothing is filled in between weeks.", w.Many, w.Many)
	shown := lines
	if len(lines) > heatRows {
		rank := slices.Clone(lines)
		slices.SortStableFunc(rank, func(a, b heatLine) int { return cmp.Compare(b.n, a.n) })
		shown = slices.DeleteFunc(slices.Clone(lines), func(l heatLine) bool {
			return !slices.ContainsFunc(rank[:heatRows], func(r heatLine) bool { return slices.Equal(r.keys, l.keys) })
		})
		f.Notes = append(f.Notes, fmt.Sprintf("The chart draws %d of %d versions: those with the most %s. The table lists all.", len(shown), len(lines), w.Many))
	}
	f.Notes = append(f.Notes, heatNotes(wk, shown)...)
	c := heatChart(f.ID, wk, shown, mondays)
	if c.Shape.Left[1] > 51 { // of 348 px for names and thirteen fields, live.js wants 20.8 and a gap for each figure
		f.Notes = append(f.Notes, "Where a field has no room for its figure, + is above retail, − below.")
	}
	f.Wide, f.Narrow = c.Shape.frames(len(c.Panels))
	var err error
	f.Option, err = c.option()
	return f, err
}

// lastMondays are the weeks drawn, oldest first: up to the page's.
func lastMondays(wk analysis.Weekly) []data.Date {
	out := make([]data.Date, heatWeeks)
	for i := range out {
		out[i] = wk.Week.Monday().AddDays(-7 * (heatWeeks - 1 - i))
	}
	return out
}

// heatLines gathers the weeks of each version, in the order of versions. Rows that name
// no week are left out.
func heatLines(wk analysis.Weekly) []heatLine {
	g := grouping{By: analysis.ByVersion, model: wk.Model, versioned: map[string]bool{}}
	for _, r := range wk.VersionWeeks.Rows {
		if len(r.Keys) == 3 && r.Keys[1] != "" {
			g.versioned[r.Keys[0]] = true
		}
	}
	var groups []analysis.MultipleRow
	at := map[string]*heatLine{}
	first := lastMondays(wk)[0]
	for _, r := range wk.VersionWeeks.Rows {
		last := len(r.Keys) - 1
		if last < 1 {
			continue
		}
		week, ok := mondayOf(r.Keys[last])
		if !ok {
			continue
		}
		group := analysis.MultipleRow{Keys: r.Keys[:last]}
		name := fmt.Sprintf("%q", group.Keys)
		if at[name] == nil {
			groups = append(groups, group)
			at[name] = &heatLine{Name: g.name(group), keys: group.Keys, Label: heatLabel(wk.Model, group, g), weeks: map[data.Date]analysis.MultipleRow{}}
		}
		l := at[name]
		l.weeks[week] = r
		l.n += r.N
		if v, ok := figureOf(r.Median); ok && week >= first {
			l.known++
			if v > 1 {
				l.above++
			}
			if lo, ok := figureOf(r.Lo); ok && lo > 1 {
				l.clear++
			}
		}
	}
	var lines []heatLine
	for _, group := range g.ordered(groups) {
		lines = append(lines, *at[fmt.Sprintf("%q", group.Keys)])
	}
	return lines
}

// unknownVersion stands beside the row of the pairs whose version is not known.
const unknownVersion = "?"

// heatLabel is short: on a page of one model the version alone.
func heatLabel(model string, group analysis.MultipleRow, g grouping) string {
	switch of := group.Keys[0]; {
	case model == "" && g.versioned[of] && group.Keys[1] == "":
		return plainLabel(of, 9) + " " + unknownVersion
	case model == "":
		return plainLabel(g.name(group), 12)
	}
	return cmp.Or(plainLabel(group.Keys[len(group.Keys)-1], 8), unknownVersion)
}

// heatChart sets the year out by quarters, two beside each other or one below the other,
// so that a field has room for its figure on a desk and on a phone. Quarters before the
// first sale are left out.
func heatChart(id string, wk analysis.Weekly, lines []heatLine, mondays []data.Date) panelChart {
	c := panelChart{ID: id}
	room := 0
	for _, l := range lines {
		c.Y.Labels = append(c.Y.Labels, l.Label)
		room = max(room, uniseg.StringWidth(l.Label))
	}
	left, height := 14+room*72/10, heatHeight*len(lines)
	c.Shape = panelShape{Columns: [2]int{2, 1}, Height: [2]int{height, height}, Left: [2]int{left, left}, Foot: 10}
	for from := 0; from < len(mondays); from += heatQuarter {
		if p, n := heatPanel(wk, lines, mondays[from:from+heatQuarter]); n > 0 || len(c.Panels) > 0 {
			c.Panels = append(c.Panels, p)
		}
	}
	return c
}

// heatPanel is a quarter of the year, and how many prices it shows.
func heatPanel(wk analysis.Weekly, lines []heatLine, mondays []data.Date) (p panel, n int) {
	day := func(d data.Date) string { return d.Time().Format("2 Jan 2006") }
	for i, monday := range mondays {
		p.Places = append(p.Places, "")
		switch month := monday.Time().Month(); {
		case i > 0 && month != mondays[i-1].Time().Month(), i == 0 && month == mondays[1].Time().Month():
			p.Places[i] = monday.Time().Format("Jan")
		}
		for k, l := range lines {
			r, ok := l.weeks[monday]
			if !ok {
				continue
			}
			name := fmt.Sprintf("%s, %s (from %s)", plainLabel(l.Name, 24), monday.ISOWeek(), dayText(monday))
			row := newDotRow(name, "", "", r, wk.VersionWeeks)
			p.Cells = append(p.Cells, panelCell{X: i, Y: k, V: row.Mid, N: r.N, Shade: shadeOf(row.Mid), Tip: row.Tip})
			n += r.N
		}
	}
	p.Title = day(mondays[0]) + " to " + day(mondays[len(mondays)-1].AddDays(6))
	p.Note = "n = " + countText(n)
	return p, n
}

// heatTable has one row per week, the newest first, and a column per version.
func heatTable(lines []heatLine) figureTable {
	t := figureTable{Head: []tableField{{"Week", ""}}}
	weeks := map[data.Date]bool{}
	for _, l := range lines {
		t.Head = append(t.Head, tableField{l.Name, "number"})
		for week := range l.weeks {
			weeks[week] = true
		}
	}
	order := make([]data.Date, 0, len(weeks))
	for week := range weeks {
		order = append(order, week)
	}
	slices.SortFunc(order, func(a, b data.Date) int { return cmp.Compare(b, a) })
	for _, week := range order {
		row := []tableField{{week.ISOWeek(), ""}}
		for _, l := range lines {
			row = append(row, tableField{heatText(l.weeks[week]), "number"})
		}
		t.Body = append(t.Body, row)
	}
	return t
}

// heatText is one week of one version: "1.21x (1.12 to 1.34), n = 12".
func heatText(r analysis.MultipleRow) string {
	if r.N == 0 {
		return noFigure
	}
	n := "n = " + countText(r.N)
	switch t := multipleText(r.Median); {
	case t == noFigure:
		return n + ", too few"
	case intervalText(r.Lo, r.Hi) == noFigure:
		return t + ", " + n
	default:
		return fmt.Sprintf("%s (%s), %s", t, intervalText(r.Lo, r.Hi), n)
	}
}
