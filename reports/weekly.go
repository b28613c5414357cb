package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// WriteWeekly writes the weekly page as one self-contained HTML file that makes
// no request and is whole without scripts. The same wk gives the same bytes. A
// result that cannot be drawn (no sales, too few in each group) is said in words;
// an error means that the page could not be made, or w could not be written.
func WriteWeekly(w io.Writer, wk analysis.Weekly) error {
	p := weeklyPage(wk)
	for _, make := range []func(analysis.Weekly) (pageFigure, error){
		versionFigure, greyDayFigure, weeklyFigure, spreadFigure,
	} {
		f, err := make(wk)
		if err != nil {
			return fmt.Errorf("weekly page %s: %w", wk.Week.ISOWeek(), err)
		}
		p.Figures = append(p.Figures, f)
	}
	return writePage(w, p)
}

// weeklyPage is everything on the weekly page but its figures.
func weeklyPage(wk analysis.Weekly) page {
	model := plainLabel(wk.Model, 20)
	week := wk.Week.ISOWeek()
	m := wk.ByVersion
	p := page{
		Title:   fmt.Sprintf("New Balance %s resale, %s", model, week),
		Heading: fmt.Sprintf("What New Balance %ss resell for", model),
		Summary: []pageFact{
			{"Week", fmt.Sprintf("%s, %s", week, periodText(wk.Week, wk.Week.AddDays(6)))},
			{"As of", dayText(wk.AsOf) + "; nothing sold later is seen"},
			{"Group figures", fmt.Sprintf("%s, %s", periodText(wk.Window, wk.AsOf), countOf(m.N, "sale", "sales"))},
			{"Counted", basisText(m.PriceBasis) + ", " + conditionText(m.Condition)},
			{"Currency", "US dollars; other currencies at the dated rate of the day of sale"},
		},
		Limits: weeklyLimits(wk),
		Method: weeklyMethod(wk),
	}
	synthetic := max(wk.Facts.Synthetic, m.Synthetic, wk.ByGreyDay.Synthetic, wk.ByWeek.Synthetic)
	if synthetic > 0 {
		total := wk.Facts.Sales
		if total < synthetic {
			total = synthetic
		}
		p.Synthetic = fmt.Sprintf("%s of the %s in this book are made up to show how the page works. They say nothing about the market.",
			countText(synthetic), countOf(total, "sale", "sales"))
	}
	p.Quality, p.Lists = qualityFacts(wk.Facts)
	for _, s := range []string{wk.Program, wk.Facts.BookVersion} {
		if s != "" {
			p.Colophon = append(p.Colophon, s)
		}
	}
	return p
}

// qualityFacts is what the page says about the data behind it.
func qualityFacts(b analysis.BookFacts) ([]pageFact, []pageList) {
	sum := fmt.Sprintf("%s read = %s added + %s already known + %s rejected",
		countText(b.Read), countText(b.Added), countText(b.Known), countText(b.Rejected))
	if b.Read != b.Added+b.Known+b.Rejected {
		sum += ". This does not add up: run greybook check"
	}
	facts := []pageFact{
		{"Records", sum},
		{"Sales in the book", countText(b.Sales) + ", of any price basis"},
		{"Observations", countText(b.Observations) + " of these are fit for estimates: known style, known retail price, not suspect"},
		{"Style not known", fmt.Sprintf("%s under %s", countOf(b.UnmatchedSales, "sale", "sales"), countOf(b.UnmatchedTitles, "title", "titles"))},
	}
	if b.Synthetic > 0 {
		facts = append(facts, pageFact{"Synthetic", fmt.Sprintf("%s of %s", countText(b.Synthetic), countOf(b.Sales, "sale", "sales"))})
	}
	if !b.LastSoldOn.IsZero() {
		facts = append(facts, pageFact{"Newest sale", dayText(b.LastSoldOn)})
	}
	if b.LastIngest != "" {
		facts = append(facts, pageFact{"Newest ingest", b.LastIngest})
	}
	return facts, []pageList{
		{"Marketplaces", "Marketplace", "No sale names a marketplace.", pageCounts(b.Marketplaces)},
		{"Rejected records", "Reason", "No record was rejected.", pageCounts(b.Rejects)},
		{"Sales set aside", "Flag", "No sale was flagged.", pageCounts(b.Flagged)},
	}
}

func pageCounts(list []analysis.ReasonCount) []pageCount {
	var out []pageCount
	for _, r := range list {
		name := r.Reason
		if strings.TrimSpace(name) == "" {
			name = "not given"
		}
		out = append(out, pageCount{name, countText(r.N)})
	}
	return out
}

// weeklyMethod defines the words of the page.
func weeklyMethod(wk analysis.Weekly) []pageFact {
	level := levelText(wk.ByVersion.Spec.Level)
	return []pageFact{
		{"Multiple", "Sale price over retail price. The sale price is what the buyer paid for the item, before fees and shipping. " +
			"The retail price is the one in force for that style on the day of the sale, since reissues of old versions sell at new prices. " +
			"1.00x is retail; 1.21x is 21 % above it."},
		{"Median", "Half of the sales are above it, half below. One strange price moves it little."},
		{"Interval", "The range from one sale to another, by rank, that covers the true median in at least " + level +
			" of such samples (exact, from order statistics). Where there are too few sales for that, no interval is shown, and no guess is made."},
		{"n", "The number of sales a figure rests on. A group with too few sales shows n and no figure."},
		{"Grey Day", "A release listed for the brand’s yearly Grey Day by a named source. Being grey does not make it one: core greys are the control group."},
		{"Folklore", "“Grey Day releases routinely sell out and reach 1.5x to 3x retail.” A release is inside, below or above that band " +
			"only if its whole interval is; else it is undecided."},
	}
}

// weeklyLimits is what the page cannot tell.
func weeklyLimits(wk analysis.Weekly) []string {
	limits := []string{
		"Asks are not sales. Only what was paid counts here; asking prices, bids and averages are kept apart.",
		"Sellers choose what to sell and where. A median of what was sold is not the value of every pair.",
		"What is sold changes from week to week: sizes, colorways, versions. A week’s median moves with that, too.",
		"Sales outside the marketplaces listed here, in shops and among friends, are not seen.",
		"Fees and shipping are not in the figures: a seller receives less, a buyer often pays more.",
	}
	switch n := len(wk.Facts.Marketplaces); {
	case n == 1:
		limits = append([]string{"All sales are from one marketplace; another may differ."}, limits...)
	case n == 0:
		limits = append([]string{"The book does not say which marketplaces the sales are from."}, limits...)
	}
	if wk.Facts.Synthetic > 0 || wk.ByVersion.Synthetic > 0 {
		limits = append([]string{"Synthetic sales are made up. Nothing on this page that rests on them tells about the market."}, limits...)
	}
	return limits
}
