package reports

import (
	"fmt"
	"math"

	"github.com/amassable/greybook/analysis"
)

// tradedFigure shows the styles that sold most in the last days: bars of n, and beside
// each the median multiple with its interval.
func tradedFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w := wk.Traded, wordsOf(wk.Traded.PriceBasis)
	from, to := m.Spec.Since, wk.AsOf
	f := newFigure("traded", m, from, to, wk.Model)
	f.Table = groupTable("Style", m.Rows, m, func(r analysis.MultipleRow) string { return styleOf(wk.Model, r.Keys).full() })
	days := windowText(from, to)
	if len(m.Rows) == 0 || m.N == 0 {
		f.Title, f.Reading = fmt.Sprintf("No %s in %s", join(plainLabel(wk.Model, 20), w.One), days), thinReading(m)
		return f, nil
	}
	top := m.Rows[0]
	name := plainLabel(styleOf(wk.Model, top.Keys).Name, 60)
	f.Title = fmt.Sprintf("%s sold most: %s", name, w.n(top.N))
	if !w.Sale {
		f.Title = fmt.Sprintf("%s has the most %s: %s", name, w.Many, countText(top.N))
	}
	if len(m.Rows) > 1 && m.Rows[1].N == top.N {
		f.Title += fmt.Sprintf(", as many as %s", plainLabel(styleOf(wk.Model, m.Rows[1].Keys).Name, 60))
	}
	f.Reading = tradedReading(wk, name, days)
	if len(m.Rows) == 1 {
		f.Title = fmt.Sprintf("%s alone sold: %s", name, w.n(top.N))
		if !w.Sale {
			f.Title = fmt.Sprintf("%s alone has %s: %s", name, w.Many, countText(top.N))
		}
		return f, nil // one bar compares nothing
	}
	f.Key = fmt.Sprintf("Bar: %s in the period. Dot: their median multiple of retail. Line: its %s interval.", w.Many, levelText(m.Spec.Level))
	if thin := withoutMedian(m.Rows); thin > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s of these %d %s too few %s for a median.", countText(thin), len(m.Rows), plural(thin, "has", "have"), w.Many))
	}
	var rows []dotRow
	for _, r := range m.Rows {
		s := styleOf(wk.Model, r.Keys)
		d := newDotRow(s.full(), plainLabel(s.Name, 34), plainLabel(s.Name, 28), r, m)
		d.Below = s.below("n = " + countText(r.N))
		d.Accent = sameGroup(r, top)
		d.P5, d.P95 = math.NaN(), math.NaN() // not drawn here
		rows = append(rows, d)
	}
	err := f.drawRows("counted", rows, nil, 0.95, 1.05)
	return f, err
}

func tradedReading(wk analysis.Weekly, name, days string) string {
	m, w := wk.Traded, wordsOf(wk.Traded.PriceBasis)
	top, listed := m.Rows[0], 0
	for _, r := range m.Rows {
		listed += r.N
	}
	var s string
	if _, ok := figureOf(top.Median); ok {
		s = resoldText(w.stood(name), top, w)
	} else {
		s = fmt.Sprintf("%s has %s, too few for a median.", name, w.n(top.N))
	}
	if len(m.Rows) == 1 {
		return s
	}
	if styles := max(wk.TradedStyles, len(m.Rows)); styles > len(m.Rows) {
		return s + fmt.Sprintf(" These %d of %s styles make up %s of the %s of %s.", len(m.Rows), countText(styles),
			shareOf(listed, m.N), w.n(m.N), days)
	}
	return s + fmt.Sprintf(" %s %s all of the %s of %s.", countOf(len(m.Rows), "style", "styles"), plural(len(m.Rows), "makes up", "make up"), w.n(m.N), days)
}

// shareOf writes a part of a whole as a share.
func shareOf(part, whole int) string {
	v := float64(part) / float64(max(whole, 1))
	return shareText(&v)
}

func withoutMedian(rows []analysis.MultipleRow) int { return len(rows) - len(byMedian(rows)) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
