package reports

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// marketplacesFigure sets the marketplaces of each version side by side, on one price
// basis. Versions that only one marketplace has a median of are left out.
func marketplacesFigure(wk analysis.Weekly) (pageFigure, error) {
	m := wk.Marketplaces
	f := newFigure("marketplaces", m, wk.Window, wk.AsOf, wk.Model)
	s := sidesOf(m, wk.Model,
		func(a, b string, n map[string]int) int { return cmp.Or(cmp.Compare(n[b], n[a]), strings.Compare(a, b)) },
		func(a, b string) bool { return true })
	s.at = func(side string) string { return "on " + plainLabel(side, 24) }
	f.Table = s.table("Version, marketplace", "marketplace not named")
	f.Notes = s.notes("name no marketplace")
	if len(s.versions) == 0 {
		f.Title, f.Reading = s.loneMarketplace()
		return f, nil
	}
	f.Title = s.title("no version stands clearly higher on one marketplace than on another")
	if s.w.Sale {
		f.Title = s.title("No version resells clearly higher on one marketplace than on another")
	}
	f.Reading = s.reading()
	f.Key = fmt.Sprintf("Dot: median of %s over retail price. Line: its %s interval. One price basis for all: %s. %s",
		overRetail(s.w), levelText(m.Spec.Level), s.w.Counted, s.w.What)
	err := s.draw(&f, func(string) bool { return false })
	return f, err
}

// loneMarketplace says why nothing is set side by side.
func (s sides) loneMarketplace() (title, reading string) {
	switch {
	case s.m.N == 0:
		return fmt.Sprintf("No %s to compare marketplaces by", s.w.One), thinReading(s.m)
	case len(s.order) == 0:
		return "No marketplace is named, so none can be compared",
			fmt.Sprintf("%s, and none of them says where.", capital(s.w.n(s.m.N)))
	case len(s.order) == 1:
		return fmt.Sprintf("One marketplace only, %s, so there is nothing to compare", plainLabel(s.order[0], 24)),
			fmt.Sprintf("It has %s of %s in this period.", countText(s.known[s.order[0]]), s.w.n(s.m.N))
	}
	return fmt.Sprintf("No version has enough %s on two marketplaces to compare them", s.w.Many),
		fmt.Sprintf("There are %s, but of no version enough on two of them for a median each.", s.counts())
}
