package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// ageFigure shows the median multiple by the time since a pair's release. The rows are
// other pairs, so it says nothing of what one release does as it ages.
func ageFigure(wk analysis.Weekly) (pageFigure, error) {
	m, w := wk.ByAge, wordsOf(wk.ByAge.PriceBasis)
	f := newFigure("by-age", m, wk.Window, wk.AsOf, wk.Model)
	f.Table = groupTable("Time since release", m.Rows, m, ageLabel)
	var rows []analysis.MultipleRow // of a known release, youngest first, as they come
	unknown := 0
	for _, r := range m.Rows {
		if len(r.Keys) == 0 || r.Keys[0] == "" {
			unknown += r.N
			continue
		}
		rows = append(rows, r)
	}
	known := byMedian(rows)
	if len(known) == 0 {
		f.Title = fmt.Sprintf("Too few %s of a known release day to tell how age matters", w.Many)
		f.Reading = ageThin(m, unknown)
		return f, nil
	}
	if unknown > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("%s of %s are of pairs whose release day is not known, and are not drawn.", countText(unknown), w.n(m.N)))
	}
	f.Title, f.Reading = ageTitle(known, w), ageReading(rows, known, w)
	f.Key = fmt.Sprintf("Dot: median of %s over retail price. Line: its %s interval. Each row is other pairs: "+
		"this is a cross-section of different releases at their age on the day, not one shoe followed from its release on.",
		overRetail(w), levelText(m.Spec.Level))
	var dots []dotRow
	for _, r := range rows {
		name := capital(ageLabel(r))
		row := newDotRow(name, plainLabel(name, 38), plainLabel(name, 32), r, m)
		row.Accent = sameGroup(r, known[0])
		row.P5, row.P95 = math.NaN(), math.NaN() // not drawn here
		dots = append(dots, row)
	}
	err := f.drawRows("interval", dots, nil, 0.95, 1.05)
	return f, err
}

// ageLabel names a band: "first week", and "after two years" the one without an end.
func ageLabel(r analysis.MultipleRow) string {
	switch {
	case len(r.Keys) == 0 || r.Keys[0] == "":
		return "release day unknown"
	case r.Keys[0] == "later":
		return "after two years"
	}
	return r.Keys[0]
}

// ageWhen puts a band into a sentence: "in the first week after release".
func ageWhen(r analysis.MultipleRow) string {
	name := plainLabel(ageLabel(r), 40)
	switch {
	case r.Keys[0] == "later":
		return "more than two years after release"
	case strings.HasPrefix(name, "before"):
		return name
	case strings.HasPrefix(name, "weeks"):
		return "in " + name + " after release"
	}
	return "in the " + name + " after release"
}

// ageTitle names the age with the highest median, and whether it stands out.
func ageTitle(known []analysis.MultipleRow, w priceWords) string {
	top := known[0]
	if len(known) == 1 {
		return w.title(fmt.Sprintf("Only pairs %s have enough %s for a figure: %s retail", ageWhen(top), w.Many, multipleText(top.Median)))
	}
	lead := w.title(fmt.Sprintf("The median is highest %s, %s retail", ageWhen(top), multipleText(top.Median)))
	lo, ok := figureOf(top.Lo)
	for _, r := range known[1:] {
		hi, okHi := figureOf(r.Hi)
		if !ok || !okHi || hi >= lo {
			return lead + ", but not clearly above pairs " + ageWhen(r)
		}
	}
	return lead + ", clear of all other ages"
}

// ageReading is the sentence of the title's age, that of the oldest with a figure, and on
// which side of retail all of them are.
func ageReading(rows, known []analysis.MultipleRow, w priceWords) string {
	sentence := func(r analysis.MultipleRow) string {
		pairs := "pairs"
		if !w.Sale {
			pairs = ""
		}
		return capital(ageWhen(r)) + ", " + resoldText(strings.TrimSpace(w.stood(pairs)), r, w)
	}
	s := []string{sentence(known[0])}
	has := func(r analysis.MultipleRow) bool { _, ok := figureOf(r.Median); return ok }
	for _, r := range slices.Backward(rows) {
		if has(r) && !sameGroup(r, known[0]) {
			s = append(s, sentence(r))
			break
		}
	}
	if len(known) > 1 {
		above, below := 0, 0
		for _, r := range known {
			if lo, ok := figureOf(r.Lo); ok && lo > 1 {
				above++
			}
			if hi, ok := figureOf(r.Hi); ok && hi < 1 {
				below++
			}
		}
		switch len(known) {
		case above:
			s = append(s, "At every age with a figure the whole interval is above retail.")
		case below:
			s = append(s, "At every age with a figure the whole interval is below retail.")
		}
	}
	return strings.Join(s, " ")
}

// ageThin says why nothing is drawn.
func ageThin(m analysis.Multiples, unknown int) string {
	w := wordsOf(m.PriceBasis)
	switch {
	case m.N == 0:
		return thinReading(m)
	case unknown == m.N:
		return fmt.Sprintf("The period has %s, of pairs whose release day is not known.", w.n(m.N))
	}
	return fmt.Sprintf("The period has %s of a known release day, too few at each age for a median.", w.n(m.N-unknown))
}
