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
	p, err := weeklyPage(wk)
	if err == nil {
		err = writePage(w, p)
	}
	if err != nil {
		return fmt.Errorf("weekly page %s: %w", wk.Week.ISOWeek(), err)
	}
	return nil
}

// weeklyPage is the weekly page, but for its drawings.
func weeklyPage(wk analysis.Weekly) (page, error) {
	p := pageWords(wk)
	for _, s := range weeklyOrder(wk.By) {
		for _, make := range s.figures {
			f, err := make(wk)
			if err != nil {
				return p, err
			}
			if f.ID != "" {
				f.Section = s.section
				p.Figures = append(p.Figures, f)
			}
		}
	}
	return p, nil
}

// weeklyPart is a section of the page and what makes each of its figures.
type weeklyPart struct {
	section pageSection
	figures []func(analysis.Weekly) (pageFigure, error)
}

// weeklyOrder is the page's reading order: another figure is a line here. A figure
// without an ID is left out, and so is a section without figures.
func weeklyOrder(by analysis.Dimension) []weeklyPart {
	type list = []func(analysis.Weekly) (pageFigure, error)
	groups := pageSection{"versions", "Versions"}
	if by != "" && by != analysis.ByVersion {
		groups.Title = "Group by group"
	}
	return []weeklyPart{
		{groups, list{
			groupsFigure,
			spreadFigure,
			heatFigure,
		}},
		{pageSection{"grey-days", "Grey Days"}, list{
			greyDayFigure,
		}},
		{pageSection{"market", "The market"}, list{
			marketFigure,
			weeklyFigure,
		}},
		{pageSection{"moved", "What moved"}, list{
			moversFigure,
			tradedFigure,
		}},
		{pageSection{"where", "Where and how"}, list{
			marketplacesFigure,
			originsFigure,
			sizesFigure,
			ageFigure,
		}},
	}
}

// marketFigure is the page's market index; no figure where the page has none.
func marketFigure(wk analysis.Weekly) (pageFigure, error) {
	if wk.Index == nil {
		return pageFigure{}, nil
	}
	return indexFigure(*wk.Index, wk.Model)
}

// pageWords is everything on the weekly page but its figures.
func pageWords(wk analysis.Weekly) page {
	model, week := plainLabel(wk.Model, 20), wk.Week.ISOWeek()
	m, w := wk.Groups, wordsOf(wk.Groups.PriceBasis)
	p := page{Empty: emptyNotice(wk), Tiles: weeklyTiles(wk)}
	switch {
	case w.Sale && model != "":
		p.Title, p.Heading = "New Balance "+model+" resale", fmt.Sprintf("What New Balance %ss resell for", model)
	case w.Sale:
		p.Title, p.Heading = "Resale of all models", "What the pairs in this book resell for"
	case model != "":
		p.Title = fmt.Sprintf("New Balance %s %s", model, w.Many)
		p.Heading = p.Title + " against retail"
	default:
		p.Title = capital(w.Many) + " of all models"
		p.Heading = p.Title + " against retail"
	}
	p.Title += ", " + week
	seen := "nothing dated later is seen"
	if w.Sale {
		seen = "nothing sold later is seen"
	}
	whole := ""
	if partialWeek(wk) {
		whole = ", not over yet"
	}
	p.Summary = []pageFact{
		{"Week", fmt.Sprintf("%s, %s%s", week, periodText(wk.Week, wk.Week.AddDays(6)), whole)},
		{"As of", dayText(wk.AsOf) + "; " + seen},
		{"Group figures", fmt.Sprintf("%s, %s", windowText(wk.Window, wk.AsOf), w.n(m.N))},
		{"Counted", w.Counted + ", " + conditionText(m.Condition)},
		{"Currency", "multiples within one currency; dollar medians at the rate of the day, where there is one"},
	}
	if !w.Sale {
		p.Banners = append(p.Banners, pageFact{"Not completed sales",
			fmt.Sprintf("Every figure on this page rests on %s. %s", w.Many, w.What)})
	}
	if synthetic := max(wk.Facts.Synthetic, m.Synthetic, wk.ByGreyDay.Synthetic, wk.ByWeek.Synthetic); synthetic > 0 {
		p.Banners = append(p.Banners, pageFact{"Synthetic sample data",
			fmt.Sprintf("%s of the %s in this book are made up to show how the page works. They say nothing about the market.",
				countText(synthetic), countOf(max(wk.Facts.Sales, synthetic), "record", "records"))})
	}
	p.Quality, p.Lists = qualityFacts(wk.Facts)
	p.Claims = claimsSection(wk.Claims)
	suspects := suspectsSection(wk.Suspects)
	p.Suspects = &suspects
	p.Method, p.Limits = weeklyMethod(wk, w), weeklyLimits(wk, w)
	for _, s := range []string{wk.Program, wk.Facts.BookVersion} {
		if s != "" {
			p.Colophon = append(p.Colophon, s)
		}
	}
	return p
}

// emptyNotice says, when the page's groups have nothing to show, what the book
// holds instead, and which command shows that. It returns nil when they have.
func emptyNotice(wk analysis.Weekly) *pageNotice {
	if wk.Groups.N > 0 {
		return nil
	}
	w := wordsOf(wk.Groups.PriceBasis)
	what := w.One
	if w.Sale {
		what = "completed sale"
	}
	n := &pageNotice{Text: fmt.Sprintf("The book has no %s%s in %s that is fit for a figure.", what, ofModel(wk.Model), windowText(wk.Window, wk.AsOf))}
	f := wk.Facts
	switch in := wk.Instead; {
	case in != nil:
		n.Text += fmt.Sprintf(" It holds %s%s, the newest of %s. This shows them:",
			wordsOf(in.Spec.PriceBasis).n(in.N), ofModel(in.Spec.Model), dayText(in.Last))
		n.Command = ReportCommand(in.Spec)
	case f.Observations > 0: // a new pair among them would have made an Instead
		n.Text += fmt.Sprintf(" It holds %s, none of a pair known to be new. This shows them:", countOf(f.Observations, "observation", "observations"))
		n.Command = "greybook analyze multiples --by condition,price_basis"
	case f.Sales == 0:
		n.Text += " It holds no records up to that day."
	default:
		n.Text += fmt.Sprintf(" It holds %s up to that day (%s), %s of a style that is not known. "+
			"A figure needs a known style with a known retail price.",
			countOf(f.Sales, "record", "records"), basesText(f.Bases), countText(f.UnmatchedSales))
	}
	return n
}

// ReportCommand is the command line that makes a page.
func ReportCommand(spec analysis.WeeklySpec) string {
	s := "greybook report"
	if !spec.Week.IsZero() {
		s += " --week " + spec.Week.ISOWeek()
	}
	if spec.Model != "990" {
		s += " --model " + shellWord(spec.Model)
	}
	if spec.By != "" && spec.By != analysis.ByVersion {
		s += " --by " + shellWord(string(spec.By))
	}
	if spec.PriceBasis != "" && spec.PriceBasis != "sale" {
		s += " --price-basis " + shellWord(spec.PriceBasis)
	}
	return s
}

// shellWord writes a text so that a shell takes it as one word.
func shellWord(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == "" && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// basesText writes how many records there are of each kind of price.
func basesText(bases []analysis.ReasonCount) string {
	var parts []string
	for _, b := range bases {
		parts = append(parts, wordsOf(b.Reason).n(b.N))
	}
	return strings.Join(parts, ", ")
}

// qualityFacts is what the page says about the data behind it. It speaks of
// records, as not every record is a sale.
func qualityFacts(b analysis.BookFacts) ([]pageFact, []pageList) {
	sum := fmt.Sprintf("%s = %s added + %s already known + %s rejected",
		countText(b.Read), countText(b.Added), countText(b.Known), countText(b.Rejected))
	if b.Read != b.Added+b.Known+b.Rejected {
		sum += ". This does not add up: run greybook check"
	}
	inBook := countText(b.Sales)
	if len(b.Bases) > 0 {
		inBook += ": " + basesText(b.Bases)
	}
	facts := []pageFact{
		{"Records read", sum},
		{"Records in the book", inBook},
		{"Observations", countText(b.Observations) + " of these are fit for estimates: known style, known retail price, not suspect"},
		{"Style not known", fmt.Sprintf("%s under %s", countOf(b.UnmatchedSales, "record", "records"), countOf(b.UnmatchedTitles, "title", "titles"))},
	}
	if b.Synthetic > 0 {
		facts = append(facts, pageFact{"Synthetic", fmt.Sprintf("%s of %s", countText(b.Synthetic), countOf(b.Sales, "record", "records"))})
	}
	if !b.LastSoldOn.IsZero() {
		facts = append(facts, pageFact{"Newest record", dayText(b.LastSoldOn)})
	}
	if b.LastIngest != "" {
		facts = append(facts, pageFact{"Newest ingest", b.LastIngest})
	}
	return facts, []pageList{
		{"Marketplaces", "Marketplace", "No observation names a marketplace.", pageCounts(b.Marketplaces)},
		{"Rejected records", "Reason", "No record was rejected.", pageCounts(b.Rejects)},
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
