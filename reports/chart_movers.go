package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/rivo/uniseg"
)

// moversDrawn is how many movers a chart draws in each direction; the table lists all.
const moversDrawn = 8

// moversFigure shows the styles whose median moved by more than its interval, those
// that went up apart from those that went down.
func moversFigure(wk analysis.Weekly) (pageFigure, error) {
	mv, w := wk.Movers, wordsOf(wk.Movers.Now.PriceBasis)
	f := newFigure("movers", mv.Now, mv.Now.Spec.Since, mv.Now.Spec.Until, wk.Model)
	against := "against the same time before"
	if mv.Spec.Days > 0 && mv.Spec.Days%7 == 0 {
		against = fmt.Sprintf("against the %d weeks before", mv.Spec.Days/7)
	}
	f.Subtitle += " · " + against + ", n\u00a0=\u00a0" + countText(mv.Before.N)
	c := countMoves(mv)
	f.Title, f.Reading = c.title(wk.Model, w), c.reading(wk.Model, w)
	f.Table = moversTable(append(slices.Clone(c.up), c.down...), wk.Model, mv.Spec.Question.Level)
	f.Notes = append(f.Notes, fmt.Sprintf("Compared are styles with enough %s in both periods. A move is the style’s own and the market’s together; "+
		"it may come from other sizes or marketplaces, or from a release that cools.", w.Many))
	if len(c.up)+len(c.down) == 0 {
		return f, nil
	}
	f.Key = fmt.Sprintf("Dot: by how much the median multiple of retail changed, filled with + for up, hollow with − for down. Line: the %s interval of the change. "+
		"n: %s before → now.", levelText(mv.Spec.Question.Level), w.Many)
	if len(c.up) > moversDrawn || len(c.down) > moversDrawn {
		f.Notes = append(f.Notes, fmt.Sprintf("The chart draws the %d largest moves of each direction; the table lists all.", moversDrawn))
	}
	var rows []dotRow
	for _, side := range []struct {
		name string
		rows []analysis.MoverRow
	}{{"Up", c.up}, {"Down", c.down}} {
		if len(side.rows) > 0 {
			rows = append(rows, headingRow(fmt.Sprintf("%s: %d of %s", side.name, len(side.rows), countText(c.compared))))
		}
		for _, r := range side.rows[:min(len(side.rows), moversDrawn)] {
			rows = append(rows, moverRow(r, wk.Model, mv.Spec.Question.Level))
		}
	}
	err := f.drawRows("change", rows, nil)
	return f, err
}

// moverRow is a style that moved, to draw.
func moverRow(r analysis.MoverRow, model string, level float64) dotRow {
	s := styleOf(model, r.Keys)
	d := dotRow{Label: plainLabel(s.Name, 38), LabelXS: plainLabel(s.Name, 28), N: r.N}
	d.Below = s.below(fmt.Sprintf("n = %s → %s", countText(r.NBefore), countText(r.N)))
	d.Mid, _ = figureOf(r.Difference)
	d.Lo, _ = figureOf(r.Lo)
	d.Hi, _ = figureOf(r.Hi)
	d.P5, d.Q1, d.Q3, d.P95 = math.NaN(), math.NaN(), math.NaN(), math.NaN()
	d.Accent, d.Hollow = d.Mid > 0, d.Mid < 0
	d.Figure = [2]string{differenceText(r.Difference), differencesText(r.Lo, r.Hi)}
	d.Tip = strings.Join([]string{plainLabel(s.full(), 60), differenceText(r.Difference) + ", " + levelText(level) + " interval " + differencesText(r.Lo, r.Hi),
		multipleText(r.MedianBefore) + " → " + multipleText(r.Median) + " retail", fmt.Sprintf("n = %s → %s", countText(r.NBefore), countText(r.N))}, "\n")
	return d
}

// moves is what the movers come to. A row without an interval that leaves out 0 is none.
type moves struct {
	up, down []analysis.MoverRow // the largest first
	compared int
	level    float64
}

func countMoves(mv analysis.Movers) moves {
	c := moves{compared: mv.Compared, level: mv.Spec.Question.Level}
	if c.level <= 0 || c.level >= 1 {
		c.level = 0.95
	}
	for _, r := range mv.Rows {
		_, ok := figureOf(r.Difference)
		lo, okLo := figureOf(r.Lo)
		hi, okHi := figureOf(r.Hi)
		switch {
		case !ok || !okLo || !okHi:
		case lo > 0:
			c.up = append(c.up, r)
		case hi < 0:
			c.down = append(c.down, r)
		}
	}
	slices.SortStableFunc(c.up, func(a, b analysis.MoverRow) int { return cmp.Compare(*b.Difference, *a.Difference) })
	slices.SortStableFunc(c.down, func(a, b analysis.MoverRow) int { return cmp.Compare(*a.Difference, *b.Difference) })
	return c
}

// chance is how many of the compared would be listed if none had moved.
func (c moves) chance() float64 { return float64(c.compared) * (1 - c.level) }

func (c moves) chanceText() string {
	if c.chance() >= 10 {
		return fmt.Sprintf("about %.0f would be listed by chance alone", c.chance())
	}
	return fmt.Sprintf("about %.1f would be listed by chance alone", c.chance())
}

// largest is the move that went farthest.
func (c moves) largest() (analysis.MoverRow, bool) {
	switch {
	case len(c.up)+len(c.down) == 0:
		return analysis.MoverRow{}, false
	case len(c.down) == 0 || len(c.up) > 0 && *c.up[0].Difference >= -*c.down[0].Difference:
		return c.up[0], true
	}
	return c.down[0], true
}

func (c moves) title(model string, w priceWords) string {
	top, moved := c.largest()
	switch {
	case c.compared == 0 && !moved:
		return fmt.Sprintf("No style has enough %s to say whether it moved", w.Many)
	case !moved:
		if w.Sale {
			return "Nothing moved beyond what chance does"
		}
		return w.title("nothing moved beyond what chance does")
	}
	var s string
	switch up, down := len(c.up), len(c.down); {
	case down == 0:
		s = countOf(up, "style", "styles") + " up and none down"
	case up == 0:
		s = countOf(down, "style", "styles") + " down and none up"
	default:
		s = fmt.Sprintf("%s up and %s down", countOf(up, "style", "styles"), countText(down))
	}
	if float64(len(c.up)+len(c.down)) <= c.chance() {
		return w.title(s + ", no more than chance would list")
	}
	if len(c.up)+len(c.down) == 1 {
		return w.title(fmt.Sprintf("%s: %s, %s", s, plainLabel(styleOf(model, top.Keys).Name, 60), differenceText(top.Difference)))
	}
	return w.title(fmt.Sprintf("%s, %s the most: %s", s, plainLabel(styleOf(model, top.Keys).Name, 60), differenceText(top.Difference)))
}

func (c moves) reading(model string, w priceWords) string {
	top, moved := c.largest()
	if !moved {
		if c.compared == 0 {
			return fmt.Sprintf("A style is compared when both periods have enough %s of it for a median, and none has.", w.Many)
		}
		return fmt.Sprintf("Of %s compared, none moved: every interval of a change has 0 in it, although %s even if nothing had moved.",
			countOf(c.compared, "style", "styles"), c.chanceText())
	}
	return fmt.Sprintf("Of %s compared, %s moved (the interval of the change leaves out 0), and %s even if nothing had moved. The largest: %s, %s (%s), from %s on %s to %s on %s.",
		countOf(c.compared, "style", "styles"), countText(len(c.up)+len(c.down)), c.chanceText(), plainLabel(styleOf(model, top.Keys).Name, 60),
		differenceText(top.Difference), differencesText(top.Lo, top.Hi), multipleText(top.MedianBefore), w.n(top.NBefore), multipleText(top.Median), w.n(top.N))
}

func moversTable(rows []analysis.MoverRow, model string, level float64) figureTable {
	const number = "number"
	t := figureTable{Head: []tableField{{"Style", ""}, {"n before", number}, {"n now", number}, {"Median before", number}, {"Median now", number},
		{"Change", number}, {levelText(level) + " interval", number}, {"Doubts", "prose"}}}
	for _, r := range rows {
		t.Body = append(t.Body, []tableField{{styleOf(model, r.Keys).full(), ""}, {countText(r.NBefore), number}, {countText(r.N), number},
			{multipleText(r.MedianBefore), number}, {multipleText(r.Median), number}, {differenceText(r.Difference), number}, {differencesText(r.Lo, r.Hi), number},
			{warningsText(r.Warnings), "prose"}})
	}
	return t
}

// differenceText writes a difference of multiples as "+0.12x", "−0.05x".
func differenceText(p *float64) string {
	if v, ok := figureOf(p); ok {
		return signedText(v) + "x"
	}
	return noFigure
}

// differencesText writes the interval of a difference as "+0.05 to +0.19".
func differencesText(lo, hi *float64) string {
	l, okLo := figureOf(lo)
	h, okHi := figureOf(hi)
	if !okLo || !okHi {
		return noFigure
	}
	return signedText(l) + " to " + signedText(h)
}

// signedText writes a difference with its sign, and with a third decimal where two would
// make nothing of something: an interval that leaves out 0 must not seem to begin there.
func signedText(v float64) string {
	s := fmt.Sprintf("%+.2f", v)
	switch {
	case math.Abs(v) < 1e-6:
		return "0.00"
	case math.Abs(v) < 0.005:
		s = fmt.Sprintf("%+.3f", v)
	}
	return strings.Replace(s, "-", "−", 1)
}

// styleName is a style as pages write it.
type styleName struct {
	Name string // version and colorway: "990v6 Grey"
	Code string // "" for none, or where it only repeats the name
	ID   string // the style in full
}

// styleOf names the style of the keys version, style, colorway; before these, pages of
// all models have the model.
func styleOf(model string, keys []string) styleName {
	if len(keys) > 3 {
		model, keys = keys[0], keys[1:]
	}
	keys = append(slices.Clone(keys), "", "", "")
	version, style, colorway := keys[0], keys[1], keys[2]
	s := styleName{ID: style}
	shoe := model
	if version != "" {
		shoe = versionName(model, analysis.MultipleRow{Keys: keys[:1]})
	}
	switch {
	case colorway != "":
		s.Name = join(shoe, colorway)
	case style != "":
		s.Name = style
		return s
	default:
		s.Name = join(shoe, "style unknown")
	}
	if style != "" && uniseg.StringWidth(style) <= 14 && !slug.MatchString(style) {
		s.Code = plainLabel(style, 14)
	}
	return s
}

// below is the line under the name.
func (s styleName) below(n string) string {
	if s.Code == "" {
		return n
	}
	return s.Code + " · " + n
}

// full names the style without a doubt.
func (s styleName) full() string {
	if s.ID == "" || s.ID == s.Name {
		return s.Name
	}
	return s.Name + " (" + s.ID + ")"
}
