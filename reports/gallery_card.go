package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// galleryCard is a release: what it is and, where it is missing, what it costs.
type galleryCard struct {
	Owned               bool
	Year, Model, Name   string // "2023", "990v6", the colorway
	Code, Facts         string // style code; collaborator, origin, audience, day of release
	Estimate, Range     string // "" for none
	Grade, Basis        string // Basis: whose sales carry the estimate, and the retail price
	Spark               *gallerySpark
	Often, Where, Place string // Place leads Where: the name of the cheapest marketplace, or why there is none
	Doubts              []string
	Unknown             string // what is not known of it; "" for nothing
	Pairs               []string
}

// releaseCard is what is said of any release.
func releaseCard(r analysis.Release) galleryCard {
	c := galleryCard{Year: "year not known", Model: r.Model + r.Version, Name: r.Colorway, Code: r.Code}
	if y := r.Year(); y > 0 {
		c.Year = strconv.Itoa(y)
	}
	if c.Model == "" {
		c.Model = "model not known"
	}
	if c.Name == "" {
		c.Name = r.Style
	}
	var facts []string
	if r.Collab != "" && !strings.Contains(r.Colorway, r.Collab) {
		facts = append(facts, r.Collab)
	}
	if r.MadeIn != "" {
		facts = append(facts, "made in "+r.MadeIn)
	}
	if r.Audience != "" {
		facts = append(facts, r.Audience)
	}
	switch r.Precision {
	case "day":
		facts = append(facts, "released "+shortDay(r.ReleasedOn))
	case "month":
		facts = append(facts, "released "+r.ReleasedOn.Time().Format("Jan 2006"))
	}
	c.Facts = strings.Join(facts, " · ")
	return c
}

func ownedCard(o analysis.OwnedRelease) galleryCard {
	c := releaseCard(o.Release)
	c.Owned = true
	for i, p := range o.Pairs {
		if i == 6 {
			c.Pairs = append(c.Pairs, countOf(len(o.Pairs)-i, "more pair", "more pairs"))
			break
		}
		text := "size not said"
		if p.SizeLabel != "" {
			text = "size " + plainLabel(p.SizeLabel, 24)
		}
		if p.Condition != "unknown" && p.Condition != "" {
			text += ", " + plainLabel(strings.ReplaceAll(p.Condition, "_", " with "), 24)
		}
		c.Pairs = append(c.Pairs, text)
	}
	return c
}

func missingCard(m analysis.Gap, weeks sparkSpan, level float64) galleryCard {
	c := releaseCard(m.Release)
	c.Grade = plainLabel(m.Grade, 4)
	var basis []string
	if m.Estimate != nil {
		c.Estimate = wholeDollars(*m.Estimate)
		if m.SaleLow != nil && m.SaleHigh != nil {
			c.Range = fmt.Sprintf("%s to %s (%s)", wholeDollars(*m.SaleLow), wholeDollars(*m.SaleHigh), levelText(level))
		}
		basis = append(basis, basisText(m))
	}
	if m.RetailPrice != nil {
		basis = append(basis, "retail "+wholeDollars(*m.RetailPrice))
	}
	c.Basis = strings.Join(basis, "; ")
	c.Spark = drawGallerySpark(m, weeks)
	c.Often = oftenText(m.Liquidity, level)
	c.Place, c.Where = whereText(m)
	for _, code := range m.Reasons {
		// The banner says the one of the page, and the place the other.
		if code == analysis.ReasonSynthetic || code == analysis.WarnOneMarketplace && m.Cheapest.Why == analysis.CheapestOneMarket {
			continue
		}
		c.Doubts = append(c.Doubts, plainLabel(analysis.ReasonText(code), 200))
	}
	var unknown []string
	for _, code := range m.Unknown {
		unknown = append(unknown, plainLabel(analysis.UnknownFactText(code), 80))
	}
	c.Unknown = strings.Join(unknown, ", ")
	return c
}

// basisText says whose sales carry an estimate.
func basisText(m analysis.Gap) string {
	n := countOf(m.N, "sale", "sales")
	switch m.Basis {
	case "own":
		return "of " + n + " of its own"
	case "pooled":
		return "of " + n + " of its own and its kin’s"
	}
	return "of its kin’s sales"
}

// oftenText says how often a release sells.
func oftenText(l *analysis.LiquidityRow, level float64) string {
	if l == nil {
		return "The book cannot tell."
	}
	last := "no sale in this book"
	if !l.LastSoldOn.IsZero() {
		last = "last on " + shortDay(l.LastSoldOn)
	}
	if l.N == 0 {
		return fmt.Sprintf("None since %s, which is at most %s a week (%s); %s.", shortDay(l.From), rateText(l.SalesHi), levelText(level), last)
	}
	return fmt.Sprintf("%s a week (%s to %s), %s since %s; %s.", rateText(l.SalesPerWeek), rateText(l.SalesLo), rateText(l.SalesHi),
		countOf(l.N, "sale", "sales"), shortDay(l.From), last)
}

// rateText writes sales a week, to two places below ten.
func rateText(v float64) string {
	if v >= 9.995 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// mostMarkets is how many marketplaces a card lists.
const mostMarkets = 4

// whereText says where a release is cheapest, or why that is not said, and what each
// marketplace's price rests on.
func whereText(m analysis.Gap) (place, text string) {
	switch m.Cheapest.Why {
	case analysis.CheapestShown:
		place = plainLabel(m.Cheapest.Marketplace, 40) + " is cheapest:"
	case analysis.CheapestNoSales:
		return "No sales in these weeks.", ""
	default:
		place = capital(m.Cheapest.Why) + ":"
	}
	var parts []string
	for i, p := range m.Markets {
		if i == mostMarkets {
			parts = append(parts, countOf(len(m.Markets)-i, "more", "more"))
			break
		}
		parts = append(parts, marketText(p))
	}
	return place, strings.Join(parts, "; ") + "."
}

// marketText is "GOAT $215 ($205 to $221, n = 42)".
func marketText(p analysis.MarketPrice) string {
	name := plainLabel(p.Marketplace, 40)
	if name == "" {
		name = "marketplace not known"
	}
	n := "n\u00a0=\u00a0" + countText(p.N)
	if p.Median == nil {
		return fmt.Sprintf("%s too few (%s)", name, n)
	}
	if p.Low == nil || p.High == nil {
		return fmt.Sprintf("%s %s (%s)", name, dollarText(p.Median), n)
	}
	return fmt.Sprintf("%s %s (%s to %s, %s)", name, dollarText(p.Median), dollarText(p.Low), dollarText(p.High), n)
}
