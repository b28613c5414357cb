package reports

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// usOrigin is how the book writes Made in USA.
const usOrigin = "USA"

// originsFigure sets Made in USA beside the other countries of making of each version.
// Pairs of which the country is not known are counted and not compared.
func originsFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.Origins
	f := newFigure("origins", m, wk.Window, wk.AsOf, wk.Model)
	s := sidesOf(m, wk.Model,
		func(a, b string, n map[string]int) int {
			if (a == usOrigin) != (b == usOrigin) {
				if a == usOrigin {
					return -1
				}
				return 1
			}
			return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b))
		},
		func(a, b string) bool { return a == usOrigin || b == usOrigin })
	s.at = func(side string) string { return "made in " + originText(side) }
	f.Table = s.table("Version, made in", "country not known")
	f.Notes = s.notes("are of pairs whose country of making is not known; they are not compared")
	if len(s.versions) == 0 {
		f.Title, f.Reading = s.loneOrigin()
		return f, nil
	}
	f.Title = s.title("Made in USA stands neither clearly above nor clearly below other countries of making")
	if s.w.Sale {
		f.Title = s.title("Made in USA resells neither clearly above nor clearly below other countries of making")
	}
	f.Reading = s.reading()
	f.Key = fmt.Sprintf("Filled dot: made in the USA. Hollow dot: made elsewhere. Line: the %s interval of the median. The country is what the source or the reference says of the pair.",
		levelText(m.Spec.Level))
	err := s.draw(&f, func(side string) bool { return side != usOrigin })
	return f, err
}

// originText names a country in a sentence.
func originText(country string) string {
	switch country {
	case usOrigin, "UK":
		return "the " + country
	}
	return plainLabel(country, 24)
}

// loneOrigin says why no origins are set side by side.
func (s sides) loneOrigin() (title, reading string) {
	all := s.m.N - s.unknown
	switch {
	case s.m.N == 0:
		return fmt.Sprintf("No %s to compare countries of making by", s.w.One), thinReading(s.m)
	case len(s.order) == 0:
		return "Of no pair the country of making is known",
			fmt.Sprintf("%s in this period, and neither source nor reference says of any where the pair was made.", capital(s.w.n(s.m.N)))
	case len(s.order) == 1:
		return fmt.Sprintf("Every pair of known origin was made in %s, so there is nothing to compare", originText(s.order[0])),
			fmt.Sprintf("Of %s in this period, %s %s of pairs made in %s.", s.w.n(s.m.N), countText(all), plural(all, "is", "are"), originText(s.order[0]))
	case s.known[usOrigin] == 0:
		return "No pair is known to be made in the USA, so there is nothing to hold other countries against",
			fmt.Sprintf("The pairs were made in %s.", s.counts())
	}
	return fmt.Sprintf("No version has enough %s from the USA and from another country to compare them", s.w.Many),
		fmt.Sprintf("There are %s, but of no version enough of both for a median each.", s.counts())
}
