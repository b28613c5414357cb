package reports

import (
	"fmt"

	"github.com/amassable/greybook/analysis"
)

// weeklyMethod defines the words of the page.
func weeklyMethod(wk analysis.Weekly, w priceWords) []pageFact {
	level := wk.Groups.Spec.Level
	price, one, unsettled := "Sale price", "sale", ""
	if !w.Sale {
		price, one, unsettled = capital(w.One), w.One, fmt.Sprintf(" A page of %s cannot settle it.", w.Many)
	}
	facts := []pageFact{
		{"Multiple", fmt.Sprintf("%s over retail price. %s The retail price is the one in force for that style on the day, "+
			"since reissues of old versions come at new prices. 1.00x is retail; 1.21x is 21\u00a0%% above it.", price, w.What)},
		{"Median", fmt.Sprintf("Half of the %s are above it, half below. One strange price moves it little.", w.Many)},
		{"Interval", fmt.Sprintf("The range from one %s to another, by rank, that covers the true median in at least %s of such samples "+
			"(exact, from order statistics). Where there are too few %s for that, no interval is shown, and no guess is made.", one, levelText(level), w.Many)},
		{"n", fmt.Sprintf("The number of %s a figure rests on. A group with too few shows n and no figure.", w.Many)},
		{"Grey Day", "A release listed for the brand’s yearly Grey Day by a named source. Being grey does not make it one: core greys are the control group."},
		{"Folklore", "“Grey Day releases routinely sell out and reach 1.5x to 3x retail.” A release is inside, below or above that band " +
			"only if its whole interval is; else it is undecided." + unsettled},
	}
	if len(wk.Sizes.Rows) > 0 {
		facts = append(facts, pageFact{"Sizes", fmt.Sprintf("Each price is held against the median of its own style over all sizes, so that a band does not look dear "+
			"because dear styles come in it. Styles with %s in one band only are left out.", w.Many)})
	}
	if wk.Movers.Compared > 0 {
		facts = append(facts, pageFact{"Moved", fmt.Sprintf("A style’s median in the last %d weeks against that in the %d weeks before. It is said to have moved only if the interval of the "+
			"difference leaves out zero. With many styles compared, some few do so by chance.", wk.Movers.Spec.Days/7, wk.Movers.Spec.Days/7)})
	}
	if !w.Sale {
		return facts
	}
	return append(facts,
		pageFact{"Chance", "The number of sales differs from week to week even where nothing changes. A change is called no more than chance where it is within what " +
			"two counts from one and the same rate differ by in 95\u00a0% of weeks."},
		pageFact{"Index", "What the same pairs sell for, 100 in the first week: a regression takes out which styles and sizes sold, and how new they were. " +
			"The newest weeks may be revised; a week older than eight, once published, is not changed again."},
		pageFact{"Accuracy", "How near greybook’s estimates come to what pairs then sell for, and how much the index is revised, is on a page of its own: greybook backtest --page scorecard.html."})
}

// weeklyLimits is what the page cannot tell.
func weeklyLimits(wk analysis.Weekly, w priceWords) []string {
	var limits []string
	if wk.Facts.Synthetic > 0 || wk.Groups.Synthetic > 0 {
		limits = append(limits, fmt.Sprintf("Synthetic %s are made up. Nothing on this page that rests on them tells about the market.", w.Many))
	}
	if !w.Sale {
		limits = append(limits, fmt.Sprintf("What pairs fetch: %s are not completed sales.", w.Many))
	}
	switch n := len(wk.Facts.Marketplaces); {
	case n == 1:
		limits = append(limits, fmt.Sprintf("All %s are from one marketplace; another may differ.", w.Many))
	case n == 0:
		limits = append(limits, "The book does not say which marketplaces its records are from.")
	}
	if !w.Sale {
		return append(limits,
			fmt.Sprintf("Each week and each group has other products: a change of the median %s may be a change of products.", w.One),
			"What happens outside the marketplaces listed here, in shops and among friends, is not seen.",
			"Fees and shipping are not in the figures.")
	}
	return append(limits,
		"Asks are not sales. Only what was paid counts here; asking prices, bids and averages are kept apart.",
		"Sellers choose what to sell and where. A median of what was sold is not the value of every pair.",
		"What is sold changes from week to week: sizes, colorways, versions. A week’s median moves with that, too.",
		"Why a price moved. A restock, a season or a famous wearer look alike here.",
		"Sales outside the marketplaces listed here, in shops and among friends, are not seen.",
		"Fees and shipping are not in the figures: a seller receives less, a buyer often pays more.")
}
