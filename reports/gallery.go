package reports

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

//go:embed assets/gallery.html assets/gallery.css
var galleryAssets embed.FS

// Gallery is what a gallery page shows: the gaps of a collection.
type Gallery struct {
	Gaps    analysis.Gaps
	Program string // program and version, for the foot of the page
}

// galleryView is the whole page; every text of it may be hostile.
type galleryView struct {
	Policy, Title, Heading string
	Style                  template.CSS
	Theme                  template.JS
	Banners                []pageFact
	Tiles                  []pageTile
	Summary                []pageFact
	Groups                 []galleryGroup
	Unresolved             []galleryPair
	More                   string // how many unresolved pairs are not listed
	Method                 []pageFact
	Limits                 []string
	Program                string
}

// galleryGroup is the releases of a year or version.
type galleryGroup struct {
	ID, Title, Text string
	Cards           []galleryCard
}

// galleryPair is a pair of unknown style, and what it may be.
type galleryPair struct{ Line, Name, MayBe string }

// mostUnresolved is how many pairs of unknown style are listed.
const mostUnresolved = 50

// WriteGallery writes the gaps of a collection as one self-contained HTML file, a card per
// release of the scope, with those that the collection has. It needs no script and makes
// no request. The same g gives the same bytes.
func WriteGallery(w io.Writer, g Gallery) error {
	v := galleryView{Theme: inlineScript(themeJS), Program: g.Program}
	v.Policy = contentPolicy([]template.JS{v.Theme})
	for _, f := range []struct {
		from embed.FS
		name string
	}{{pageAssets, "assets/page.css"}, {galleryAssets, "assets/gallery.css"}} {
		css, err := f.from.ReadFile(f.name)
		if err != nil {
			return err
		}
		v.Style += template.CSS(css) //nolint:gosec // our own files
	}
	v.fill(g.Gaps)
	t, err := template.ParseFS(galleryAssets, "assets/gallery.html")
	if err == nil {
		t, err = t.ParseFS(pageAssets, "assets/frame.html")
	}
	if err != nil {
		return fmt.Errorf("gallery template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return fmt.Errorf("gallery: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

func (v *galleryView) fill(g analysis.Gaps) {
	asOf := g.Spec.Premiums.AsOf
	all := len(g.Missing) + len(g.Owned)
	name := scopeName(g.Scope)
	v.Title = fmt.Sprintf("Missing %ss, %s", name, asOf)
	switch {
	case all == 0:
		v.Heading = fmt.Sprintf("No %s is out yet", name)
	case len(g.Missing) == 0 && all == 1:
		v.Heading = fmt.Sprintf("The one %s is in the collection", name)
	case len(g.Missing) == 0:
		v.Heading = fmt.Sprintf("All %s are in the collection", countOf(all, name, name+"s"))
	case g.Cost.Valued == 0:
		v.Heading = fmt.Sprintf("%s of %s missing, none with a price", countText(len(g.Missing)), countOf(all, name, name+"s"))
	default:
		v.Heading = fmt.Sprintf("%s of %s missing; %s about %s", countText(len(g.Missing)), countOf(all, name, name+"s"), pricedText(g.Cost), wholeDollars(g.Cost.Estimate))
	}
	v.Tiles = galleryTiles(g)
	v.Summary = gallerySummary(g)
	if g.MadeUp() {
		v.Banners = append(v.Banners, pageFact{"Synthetic sample data",
			fmt.Sprintf("%s of the %s sales behind the estimates are made up. These prices say nothing about the market.", countText(g.Synthetic), countText(g.N))})
	}
	v.Groups = galleryGroups(g)
	for i, p := range g.Unresolved {
		if i == mostUnresolved {
			v.More = countOf(len(g.Unresolved)-i, "more pair", "more pairs")
			break
		}
		v.Unresolved = append(v.Unresolved, galleryPair{strconv.FormatInt(p.Line, 10), p.Name(), strings.Join(p.MayBe, ", ")})
	}
	v.Method, v.Limits = galleryMethod(g), galleryLimits(g)
}

// pricedText says which of the missing the cost is of.
func pricedText(t analysis.Total) string {
	switch {
	case t.Pairs == 1:
		return "it costs"
	case t.Valued == t.Pairs:
		return "they cost"
	case t.Valued == 1:
		return "the one with a price costs"
	}
	return fmt.Sprintf("the %d with a price cost", t.Valued)
}

// scopeName is a release of the scope, in words.
func scopeName(s analysis.ReleaseScope) string {
	model := plainLabel(s.Model+s.Version, 40)
	switch s.Kind {
	case analysis.ScopeGreyDay:
		return strings.TrimSpace(model + " Grey Day release")
	case analysis.ScopeMadeInUSA:
		return strings.TrimSpace("Made in USA " + model + " release")
	}
	return model + " release"
}

// galleryTiles are the totals.
func galleryTiles(g analysis.Gaps) []pageTile {
	all, t := len(g.Missing)+len(g.Owned), g.Cost
	cost := pageTile{Text: "to complete it"}
	switch {
	case t.Pairs == 0:
		cost.Figure, cost.Against = "$0", "nothing is missing"
		if all == 0 {
			cost.Figure, cost.Missing = "", "nothing to buy"
		}
	case t.Valued == 0:
		cost.Missing, cost.Against = "no price", fmt.Sprintf("0 of %s priced", countText(t.Pairs))
	default:
		cost.Figure = wholeDollars(t.Estimate)
		cost.Against = fmt.Sprintf("%s of %s missing priced", countText(t.Valued), countText(t.Pairs))
		if t.Low != nil && t.High != nil {
			cost.Against = fmt.Sprintf("%s to %s together (%s); %s", wholeDollars(*t.Low), wholeDollars(*t.High), levelText(g.Spec.Premiums.Level), cost.Against)
		} else {
			cost.Against += "; too few past forecasts for an interval"
		}
		if t.Valued < t.Pairs {
			cost.Text = "for those with a price, not for all"
		}
	}
	tiles := []pageTile{cost,
		{Figure: countText(len(g.Missing)), Text: "missing", Against: fmt.Sprintf("of %s out by %s", countOf(all, "release", "releases"), dayText(g.Spec.Premiums.AsOf))},
		{Figure: countText(len(g.Owned)), Text: "in the collection", Against: countOf(ownedPairs(g), "pair", "pairs") + " of this scope"}}
	if n := t.Pairs - t.Valued; n > 0 {
		tiles = append(tiles, pageTile{Figure: countText(n), Text: "missing without a price", Against: "in no sum; their cards say why"})
	}
	if n := len(g.Unresolved); n > 0 {
		tiles = append(tiles, pageTile{Figure: countText(n), Text: map[bool]string{true: "pair of unknown style", false: "pairs of unknown style"}[n == 1], Against: "may be among the missing"})
	}
	return tiles
}

func ownedPairs(g analysis.Gaps) int {
	n := 0
	for _, o := range g.Owned {
		n += len(o.Pairs)
	}
	return n
}

func gallerySummary(g analysis.Gaps) []pageFact {
	asOf := g.Spec.Premiums.AsOf
	scope := map[string]string{analysis.ScopeGreyDay: "Grey Day releases, by the list alone", analysis.ScopeMadeInUSA: "made in the USA, as the reference says"}[g.Scope.Kind]
	if model := plainLabel(g.Scope.Model+g.Scope.Version, 40); model != "" {
		scope = strings.TrimPrefix(scope+", "+model, ", ")
	}
	if g.Unreleased > 0 {
		scope += fmt.Sprintf("; %s not out yet left out", countText(g.Unreleased))
	}
	if g.Unclear > 0 {
		scope += fmt.Sprintf("; %s left out whose reference does not say enough", countText(g.Unclear))
	}
	return []pageFact{
		{"Scope", scope},
		{"Wanted", wantedText(g)},
		{"As of", dayText(asOf) + "; nothing sold later is seen"},
		{"How often, where", windowText(g.Since, asOf) + ", " + conditionText(g.Spec.Condition) + ", all sizes"},
		{"Prices", "what buyers paid for the item; fees, shipping and tax come on top"},
		{"Resting on", countOf(g.N, "completed sale", "completed sales")},
	}
}

// wantedText says which pair the estimates are of.
func wantedText(g analysis.Gaps) string {
	s := conditionText(g.Spec.Condition)
	if g.Spec.Halves == 0 {
		return s + ", any size"
	}
	return fmt.Sprintf("%s, US men’s %s (band %s)", s, strconv.FormatFloat(float64(g.Spec.Halves)/2, 'f', -1, 64), analysis.SizeBandOf(g.Spec.Halves))
}

// galleryGroups puts missing and owned releases side by side, in the order of the gaps.
func galleryGroups(g analysis.Gaps) []galleryGroup {
	type entry struct {
		release analysis.Release
		card    galleryCard
	}
	var all []entry
	weeks := sparkSpan{g.Since.Monday(), g.Spec.Premiums.AsOf.Monday()}
	for _, m := range g.Missing {
		all = append(all, entry{m.Release, missingCard(m, weeks, g.Spec.Premiums.Level)})
	}
	for _, o := range g.Owned {
		all = append(all, entry{o.Release, ownedCard(o)})
	}
	slices.SortStableFunc(all, func(a, b entry) int { return g.Scope.Compare(a.release, b.release) })
	var groups []galleryGroup
	last := ""
	for _, e := range all {
		if title := g.Scope.Group(e.release); len(groups) == 0 || title != last {
			groups = append(groups, galleryGroup{ID: "group-" + strconv.Itoa(len(groups)+1), Title: plainLabel(title, 60)})
			last = title
		}
		now := &groups[len(groups)-1]
		now.Cards = append(now.Cards, e.card)
	}
	for i := range groups {
		missing := 0
		for _, c := range groups[i].Cards {
			if !c.Owned {
				missing++
			}
		}
		groups[i].Text = fmt.Sprintf("%d missing, %d in the collection", missing, len(groups[i].Cards)-missing)
	}
	return groups
}

// galleryMethod defines the words of the page.
func galleryMethod(g analysis.Gaps) []pageFact {
	level := levelText(g.Spec.Premiums.Level)
	return []pageFact{
		{"Estimate", fmt.Sprintf("What half of such pairs sell for less than: retail price times the multiple of its style, size band and condition. The range beside it holds one sale, %s of the time.", level)},
		{"Together", "What all missing releases with an estimate cost, each bought once. Estimates of a version err together, so the range is wider than separate errors would make it. A release without an estimate is never counted as free: it is in no sum."},
		{"Grade", "A to D, by the width of the band that the market is in, and by the sales. X is no estimate; the card says why."},
		{"How often", fmt.Sprintf("Sales a week in the book, with the %s interval of a steady rate. The book sees a part of the market.", level)},
		{"Where", fmt.Sprintf("Median price of each marketplace with its %s interval and n. One is named as the cheapest only where its interval lies wholly below all others’.", level)},
		{"Small chart", fmt.Sprintf("Medians of each week’s sales as dots, hollow below %d sales, over the sales of the week as bars. Dotted: retail price. All cards span the same weeks.", sparkSolid)},
	}
}

func galleryLimits(g analysis.Gaps) []string {
	var limits []string
	if g.MadeUp() {
		limits = append(limits, "Synthetic sales follow rules that the market does not. No price here is one to buy or sell by.")
	}
	return append(limits,
		"Nobody may be selling: an estimate says what a pair goes for, not that one can be had.",
		"Marketplaces charge buyers differently, and ship from different countries. The cheapest median need not be the cheapest purchase, and their sales may be of other sizes, weeks or countries.",
		"A release that the reference does not know is not missed here.")
}

// wholeDollars writes cents as "$1,234".
func wholeDollars(cents int64) string {
	v := float64(cents) / 100
	return dollarText(&v)
}

// shortDay writes a day as "15 Nov 2026".
func shortDay(d data.Date) string { return d.Time().Format("2 Jan 2006") }
