package analysis

// The warnings on rows, as codes that scripts may rely on.
const (
	WarnTooFew         = "too_few"           // fewer sales than asked for: no figure is shown
	WarnNoInterval     = "no_interval"       // too few sales for an interval at the level
	WarnFewSales       = "few_sales"         // fewer than 20: the interval is wide, and rests on independence
	WarnOneMarketplace = "one_marketplace"   // all sales are of one marketplace
	WarnMixedBasis     = "mixed_price_basis" // sales and other kinds of price in one group
	WarnMixedCondition = "mixed_condition"   // new and used pairs in one group
	WarnRetailDoubtful = "retail_doubtful"   // more than a tenth of the retail prices rest on a source of low confidence
	WarnNoUSDRate      = "no_usd_rate"       // some sales have no rate to US dollars: the dollar medians leave them out
	WarnNotSales       = "not_sales"         // the prices are no completed sales
	WarnUnknownStyle   = "unknown_style"     // of some pairs only the version is known; their retail price is the source's
	WarnOneSize        = "one_size"          // all sales are of one size, where the question doesn't tell sizes apart
	WarnStale          = "stale"             // nothing in the last 28 days of the period; said of now, not of a week or year that is over
	WarnOneStyle       = "one_style"         // all sales are of one style
	WarnBaseline       = "baseline_too_few"  // the group compared with has too few sales: no difference is shown
	WarnOverlap        = "overlaps_baseline" // some sales are in both groups compared: the interval of the difference is too wide
	WarnSynthetic      = "synthetic"         // made-up sales are among them
	WarnNoSales        = "no_sales"          // nothing sold in the week: an index lies between its neighbours
	WarnFewStyles      = "few_styles"        // fewer than 10 styles sold in two weeks or more: an index's interval is too narrow
	WarnNotConverged   = "not_converged"     // the weighing of far residuals stopped at its limit

	WarnLosesToLastSale = "loses_to_last_sale" // the last sale of the same style and size was as good a forecast
	WarnOffLevel        = "off_level"          // the intervals held more, or less, than they should by over 3 points
)

// WarningText says in a sentence what a warning means; an unknown code is its own
// text. It speaks of prices, as what a warning is about need not be a sale.
func WarningText(code string) string {
	switch code {
	case WarnTooFew:
		return "too few prices for a figure"
	case WarnNoInterval:
		return "too few prices for an interval"
	case WarnFewSales:
		return "fewer than 20 prices"
	case WarnOneMarketplace:
		return "all prices are of one marketplace"
	case WarnMixedBasis:
		return "sales and other kinds of price are mixed"
	case WarnMixedCondition:
		return "new and used pairs are mixed"
	case WarnRetailDoubtful:
		return "more than a tenth of the retail prices are of low confidence"
	case WarnNoUSDRate:
		return "some prices have no rate to US dollars; the dollar medians leave them out"
	case WarnNotSales:
		return "these prices are not completed sales"
	case WarnUnknownStyle:
		return "some pairs are known by version only, their retail price by the source"
	case WarnStale:
		return "no price in the last 28 days of the period"
	case WarnOneSize:
		return "all prices are of one size"
	case WarnOneStyle:
		return "all prices are of one style"
	case WarnBaseline:
		return "too few prices to compare with"
	case WarnOverlap:
		return "some prices are in both groups compared, which makes the interval too wide"
	case WarnNoSales:
		return "nothing sold in the week; the value lies between its neighbours"
	case WarnFewStyles:
		return "fewer than 10 styles sold more than once; the interval may be too narrow"
	case WarnNotConverged:
		return "the fit stopped before it settled"
	case WarnLosesToLastSale:
		return "the last sale was as good a forecast"
	case WarnOffLevel:
		return "the intervals held over 3 points more or less than they should"
	case WarnSynthetic:
		return "synthetic prices are among them"
	}
	return code
}

// ReasonText says in a sentence what a reason of an estimate means; an unknown code is
// its own text.
func ReasonText(code string) string {
	switch code {
	case ReasonNoSales:
		return "no sales of its own"
	case ReasonTooWide:
		return "the sales say too little for a number: the band would be too wide, or they are too few"
	case ReasonNoRetailPrice:
		return "no retail price in US dollars is known for the day"
	case ReasonRetailDoubtful:
		return "the retail price, or that of more than a tenth of the sales, is of low confidence"
	case ReasonSynthetic:
		return "synthetic sales are behind it"
	case ReasonConditionUnknown:
		return "too few styles tell how far pairs of this condition are from new ones"
	case ReasonSizeNotSaid:
		return "its size is not said, or not to be said in US men's: new pairs have the estimate of all sizes, others none"
	case ReasonSizeBandUnsold:
		return "no pair of its size band was sold: the estimate is of all sizes"
	case ReasonConditionNotSaid:
		return "its condition is not said, and it is not taken for new"
	case ReasonMaybeOwned:
		return "a pair of the collection whose style is not known may be of this one"
	case ReasonSalesWithoutRetail:
		return "no retail price is known for some or all of its sales: these tell how often and where at most, and carry no estimate"
	case ReasonStyleUnknown:
		return "no style of the reference fits what the pair is called, or several do as well"
	case ReasonStyleConflict:
		return "its style code and its title name different shoes"
	case ReasonConditionAssumed:
		return "its condition is not said, and taken for the one of --condition"
	case ReasonBoxMissing:
		return "the estimate is for pairs as they are sold: what the missing box takes off is not in it"
	case ReasonLabelContradicts:
		return "its label names another country than the reference does: check the tongue label, the box label and the factory code"
	case ReasonPaidUndated:
		return "paid in another currency, on a day that is not said"
	case ReasonPaidNoRate:
		return "the book has no rate to US dollars for what was paid"
	case ReasonNoSaleInterval:
		return "too few past forecasts tell where the next sale will be"
	}
	return WarningText(code)
}
