package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// sizesFigure shows what each size band sells for, every sale against the median of its
// own style: a band's plain median would tell which styles come in that size.
func sizesFigure(wk analysis.Weekly) (pageFigure, error) {
	s, w := wk.Sizes, wordsOf(wk.Sizes.Scope.PriceBasis)
	counted := s.Scope
	counted.N = s.Used
	f := newFigure("by-size", counted, wk.Window, wk.AsOf, wk.Model)
	if s.Scope.Synthetic > 0 { // of all the sales asked about: which of them have a size is not counted
		f.Synthetic = "Synthetic sample data: " + countText(s.Scope.Synthetic) + " of " + countText(s.Scope.N)
	}
	f.Subtitle += " · US men’s sizes"
	f.Table = sizesTable(s, w)
	f.Notes = sizesNotes(s, w)
	known := slices.DeleteFunc(slices.Clone(s.Rows), func(r analysis.SizeRow) bool {
		_, ok := figureOf(r.Relative)
		return !ok || sizeBand(r) == ""
	})
	if len(known) < 2 { // one band alone is compared with nothing
		f.Title = fmt.Sprintf("Too few %s by size to tell what a size is worth", w.Many)
		f.Reading = fmt.Sprintf("A style tells its sizes apart where it has enough %s in two size bands or more, and then a band needs enough of them. %s",
			w.Many, sizesFound(s, len(known), w))
		return f, nil
	}
	far := farSizes(known)
	f.Title, f.Reading = sizesTitle(far, w), sizesReading(known, far, w)
	f.Key = fmt.Sprintf("Dot: the median of %s over the median of the same style in all sizes. Line: its %s interval. "+
		"Upright line: what the same style costs in all sizes, which is not retail. 1.05x, or +5\u00a0%%, is 5\u00a0%% more than that.",
		overRetail(w), levelText(s.Scope.Spec.Level))
	var rows []dotRow
	for _, r := range s.Rows {
		if sizeBand(r) != "" {
			rows = append(rows, sizeDot(r, s, far, w))
		}
	}
	err := f.drawRowsAgainst("own style", "interval", rows, nil, 0.95, 1.05)
	return f, err
}

// sizeBand is the band of a row; "" where it is unknown.
func sizeBand(r analysis.SizeRow) string {
	if len(r.Keys) == 0 {
		return ""
	}
	return r.Keys[len(r.Keys)-1]
}

// sizeName writes a band in words: "up to 6.5", "7 to 8.5", "13 and up".
func sizeName(r analysis.SizeRow) string {
	band := sizeBand(r)
	switch {
	case band == "":
		return "size unknown"
	case strings.HasPrefix(band, "<="):
		return "up to " + plainLabel(band[2:], 12)
	case strings.HasPrefix(band, ">="):
		return plainLabel(band[2:], 12) + " and up"
	}
	return strings.ReplaceAll(plainLabel(band, 24), "-", " to ")
}

// apart is how far a band is from its own styles: 0.05 for 5 % above. ok is false where
// the interval holds 1, or the share would be written as 0.
func apart(r analysis.SizeRow) (v float64, ok bool) {
	mid, _ := figureOf(r.Relative)
	lo, ok1 := figureOf(r.Lo)
	hi, ok2 := figureOf(r.Hi)
	return mid - 1, ok1 && ok2 && (lo > 1 || hi < 1) && math.Abs(mid-1) >= 0.0005
}

// farSizes are, of the bands that are clearly apart from their styles, the one that is
// furthest above and the one that is furthest below, the further one first.
func farSizes(known []analysis.SizeRow) []analysis.SizeRow {
	var ends []analysis.SizeRow
	for _, sign := range []float64{1, -1} {
		at, most := -1, 0.0
		for i, r := range known {
			if v, ok := apart(r); ok && v*sign > most {
				at, most = i, v*sign
			}
		}
		if at >= 0 {
			ends = append(ends, known[at])
		}
	}
	if len(ends) == 2 && *ends[0].Relative-1 < 1-*ends[1].Relative {
		slices.Reverse(ends)
	}
	return ends
}

// apartText is "5.2 % above".
func apartText(v float64) string {
	side := "above"
	if v < 0 {
		side = "below"
	}
	return fmt.Sprintf("%.1f\u00a0%% %s", math.Abs(v)*100, side)
}

// aboveStyle is how far a ratio to the own style is from 1: "+1.8 %".
func aboveStyle(ratio *float64) string {
	v, ok := figureOf(ratio)
	if !ok {
		return noFigure
	}
	if v = math.Round((v-1)*1000) / 10; v == 0 {
		return "0.0\u00a0%" // not -0.0
	}
	return strings.Replace(fmt.Sprintf("%+.1f\u00a0%%", v), "-", "−", 1)
}

// aboveStyleRange is the interval of that: "+0.9 % to +3.0 %".
func aboveStyleRange(r analysis.SizeRow) string {
	if intervalText(r.Lo, r.Hi) == noFigure {
		return noFigure
	}
	return aboveStyle(r.Lo) + " to " + aboveStyle(r.Hi)
}

func sizesTitle(far []analysis.SizeRow, w priceWords) string {
	verb := "sells"
	if !w.Sale {
		verb = "stands"
	}
	switch len(far) {
	case 0:
		return w.title(fmt.Sprintf("No size band %s clearly above or below its own style", verb))
	case 1:
		side := "below"
		if *far[0].Relative < 1 {
			side = "above"
		}
		return w.title(fmt.Sprintf("US men’s %s %s %s its own styles; no size is clearly %s", sizeName(far[0]), verb, apartText(*far[0].Relative-1), side))
	}
	return w.title(fmt.Sprintf("US men’s %s %s %s its own styles; %s %s %s", sizeName(far[0]), verb, apartText(*far[0].Relative-1),
		sizeName(far[1]), verb, apartText(*far[1].Relative-1)))
}

// sizesReading is the sentence of the bands that the title speaks of, and else of the
// widest range the medians span.
func sizesReading(known, far []analysis.SizeRow, w priceWords) string {
	if len(far) == 0 {
		lo, hi := known[0], known[0]
		for _, r := range known[1:] {
			if *r.Relative < *lo.Relative {
				lo = r
			}
			if *r.Relative > *hi.Relative {
				hi = r
			}
		}
		if aboveStyle(lo.Relative) == aboveStyle(hi.Relative) {
			return fmt.Sprintf("Every band’s median is %s against its own styles.", aboveStyle(lo.Relative))
		}
		return fmt.Sprintf("The medians run from %s (US men’s %s) to %s (%s) against their own styles; no interval is clear of the line, so the differences may be chance.",
			aboveStyle(lo.Relative), sizeName(lo), aboveStyle(hi.Relative), sizeName(hi))
	}
	var parts []string
	for i, r := range far {
		against := ""
		if i == 0 {
			against = " against its own styles"
		}
		parts = append(parts, fmt.Sprintf("%s: median %s%s, %s, on %s of %s", sizeName(r), aboveStyle(r.Relative), against,
			aboveStyleRange(r), w.n(r.N), countOf(r.Styles, "style", "styles")))
	}
	return "US men’s " + strings.Join(parts, "; ") + "."
}

// sizesFound says what there is, where it is not enough.
func sizesFound(s analysis.Sizes, known int, w priceWords) string {
	switch {
	case s.Scope.N == 0:
		return fmt.Sprintf("The period has no such %s.", w.Many)
	case s.Used == 0:
		return fmt.Sprintf("Of the %s in the period, none is of such a style.", w.n(s.Scope.N))
	case known == 0:
		return fmt.Sprintf("The period has %s of such styles, too few in each size band.", w.n(s.Used))
	}
	return fmt.Sprintf("The period has %s of such styles, enough in one size band only.", w.n(s.Used))
}

func sizesNotes(s analysis.Sizes, w priceWords) []string {
	var notes []string
	if s.LeftOut > 0 && s.Used > 0 {
		notes = append(notes, fmt.Sprintf("Only styles with enough %s in two size bands or more count, %s; %s of other styles are left out.",
			w.Many, countOf(s.Styles, "style", "styles"), w.n(s.LeftOut)))
	}
	for _, r := range s.Rows {
		if sizeBand(r) == "" && r.N > 0 {
			notes = append(notes, fmt.Sprintf("%s name no size, or one that is not known in US men’s, and are not drawn.", capital(w.n(r.N))))
		}
	}
	return notes
}

func sizeDot(r analysis.SizeRow, s analysis.Sizes, far []analysis.SizeRow, w priceWords) dotRow {
	as := analysis.MultipleRow{N: r.N, Median: r.Relative, Lo: r.Lo, Hi: r.Hi}
	d := newDotRow("US men’s "+sizeName(r), capital(sizeName(r)), capital(sizeName(r)), as, s.Scope)
	d.Tip = strings.ReplaceAll(d.Tip, " retail", " of its own style") // what newDotRow takes every multiple for
	if intervalText(r.Lo, r.Hi) != noFigure {                         // differences of sizes are small: two decimals of a multiple hide them
		d.Figure = [2]string{aboveStyle(r.Relative), aboveStyleRange(r)}
	}
	d.Tip += "\n" + countOf(r.Styles, "style", "styles")
	if t := multipleText(r.Median); t != noFigure {
		d.Tip += "\nthe same " + w.Many + " against retail: " + t
	}
	d.Accent = slices.ContainsFunc(far, func(x analysis.SizeRow) bool { return sizeBand(x) == sizeBand(r) })
	return d
}

func sizesTable(s analysis.Sizes, w priceWords) figureTable {
	const number, prose = "number", "prose"
	from, to := "First dated", "Last dated"
	if w.Sale {
		from, to = "First sold", "Last sold"
	}
	t := figureTable{Head: []tableField{{"US men’s size", ""}, {"n", number}, {"Styles", number}, {"Against own style", number},
		{levelText(s.Scope.Spec.Level) + " interval", number}, {"Doubts", prose}, {"Median against retail", number}, {from, ""}, {to, ""}}}
	for _, r := range s.Rows {
		t.Body = append(t.Body, []tableField{{capital(sizeName(r)), ""}, {countText(r.N), number}, {countText(r.Styles), number},
			{aboveStyle(r.Relative), number}, {aboveStyleRange(r), number}, {warningsText(r.Warnings), prose},
			{multipleText(r.Median), number}, {r.FirstSoldOn.String(), ""}, {r.LastSoldOn.String(), ""}})
	}
	return t
}
