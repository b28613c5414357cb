package reports

import (
	"regexp"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
)

// basisWeekly is a page of the made-up week as if its prices were of one basis.
func basisWeekly(basis string) analysis.Weekly {
	wk := madeUpWeekly()
	for _, m := range append(eachSides(&wk), &wk.Groups, &wk.ByGreyDay, &wk.ByWeek, &wk.VersionWeeks, &wk.ByAge, &wk.Sizes.Scope) {
		m.PriceBasis = basis
		for i := range m.Rows {
			m.Rows[i].Warnings = append(m.Rows[i].Warnings, "not_sales", "few_sales", "no_usd_rate", "mixed_condition")
		}
	}
	wk.Facts.Bases = []analysis.ReasonCount{{Reason: basis, N: wk.Facts.Sales}}
	return wk
}

// TestOnlySalesAreCalledSales reads all that the page says, in its text, drawings,
// tips and attributes, before the two scripts.
func TestOnlySalesAreCalledSales(t *testing.T) {
	allowed := regexp.MustCompile(`(?i)not completed sales|not_sales|last_sale|highest_sale|lowest_sale`)
	called := regexp.MustCompile(`(?i)\b(re)?(sales?|sold|sells?|sales-\w+)\b`)
	folklore := "routinely sell out and reach"
	for _, basis := range append(analysis.PriceBases(), "a_basis_of_tomorrow") {
		t.Run(basis, func(t *testing.T) {
			html, _, _ := strings.Cut(writeWeekly(t, basisWeekly(basis)), "Licensed to the Apache")
			words := wordsOf(basis)
			if found := called.FindAllString(allowed.ReplaceAllString(strings.ReplaceAll(html, folklore, ""), ""), -1); (len(found) > 0) != (basis == "sale") {
				t.Errorf("a page of %s calls them %q", words.Many, found)
			}
			text := visibleText(html)
			if said := strings.Contains(text, "Not completed sales Every figure on this page rests on "+words.Many); said == (basis == "sale") {
				t.Errorf("the loud line is there: %v", said)
			}
			if basis == "sale" {
				return
			}
			for _, want := range []string{words.Counted, "New Balance 990 " + words.Many + " against retail", "By " + words.One + ", 990v3 has the highest median",
				"990v3 " + words.Many + " stood at 1.21x retail", "on 412 " + words.Many, "The median 990 " + words.One + " stood at",
				"Median price", "these prices are not completed sales"} {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
		})
	}
}

// TestEveryBasisHasWords holds that no kind of price the book can have goes by the
// words of an unknown one.
func TestEveryBasisHasWords(t *testing.T) {
	seen := map[string]bool{}
	for _, basis := range analysis.PriceBases() {
		w := wordsOf(basis)
		if strings.HasPrefix(w.Counted, "price basis") || w.What == "" || seen[w.One] {
			t.Errorf("%s has no words of its own: %+v", basis, w)
		}
		seen[w.One] = true
	}
	// The brief of a snapshot's sentence; 0.89 and 1.37 are KREAM's 990v3 in May 2024.
	r := analysis.MultipleRow{N: 27, Median: figureAt(1.0648), Lo: figureAt(0.8925), Hi: figureAt(1.3745)}
	w := wordsOf("last_sale")
	if got, want := resoldText(w.stood("990v3"), r, w), "990v3 last trade prices stood at 1.06x retail, 0.89 to 1.37, on 27 last trade prices."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestEmptyPageSaysWhatThereIs: a page without groups names what the book holds,
// and the command that shows it.
func TestEmptyPageSaysWhatThereIs(t *testing.T) {
	empty := madeUpWeekly()
	empty.Groups, empty.ByWeek, empty.ByGreyDay = madeUpMultiples(), madeUpMultiples(), madeUpMultiples()
	empty.Facts.Bases = []analysis.ReasonCount{{Reason: "sale", N: 4000}, {Reason: "ask", N: 2}}
	other := empty
	other.Instead = &analysis.Instead{N: 77, Last: mustDay("2024-05-22"),
		Spec: analysis.WeeklySpec{Week: mustDay("2024-05-20"), Model: "990", By: analysis.ByVersion, PriceBasis: "last_sale"}}
	styles := empty
	styles.Instead = &analysis.Instead{N: 1, Last: mustDay("2019-02-13"),
		Spec: analysis.WeeklySpec{Week: mustDay("2019-02-11"), By: analysis.ByStyle, PriceBasis: "sale"}}
	unfit := empty
	unfit.Facts.Observations = 0
	for _, tt := range []struct {
		wk   analysis.Weekly
		want string
	}{
		{other, "It holds 77 last trade prices of the 990, the newest of 22 May 2024. This shows them: greybook report --week 2024-W21 --price-basis last_sale"},
		{styles, "It holds 1 sale, the newest of 13 February 2019. This shows them: greybook report --week 2019-W07 --model &#39;&#39; --by style"},
		{empty, "It holds 3,711 observations, none of a pair known to be new. This shows them: greybook analyze multiples --by condition,price_basis"},
		{unfit, "It holds 4,002 records up to that day (4,000 sales, 2 asking prices), 88 of a style that is not known."},
	} {
		text := visibleText(writeWeekly(t, tt.wk))
		if !strings.Contains(text, "The book has no completed sale of the 990 in the 52 weeks to 15 November 2026 that is fit for a figure.") || !strings.Contains(text, tt.want) {
			t.Errorf("the page does not say %q", tt.want)
		}
	}
	if strings.Contains(visibleText(writeWeekly(t, madeUpWeekly())), "The book has no") {
		t.Error("a full page says that it is empty")
	}
}

func TestReportCommandIsOneShellLine(t *testing.T) {
	if got, want := ReportCommand(analysis.WeeklySpec{Model: "a'b; rm", By: analysis.ByStyle}), `greybook report --model 'a'\''b; rm' --by style`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := ReportCommand(analysis.WeeklySpec{Model: "990"}); got != "greybook report" {
		t.Errorf("the defaults are spelt out: %s", got)
	}
}
