package analysis

// claimTable lists the claims. A further claim is one entry.
var claimTable = []Claim{
	{
		ID:     "grey_day_first_90_days",
		Text:   "Grey Day releases reach 1.5x to 3x retail within their first 90 days",
		Source: "collectors' folklore, which nobody is known to have measured",
		test:   band{Low: 1.5, High: 3, FirstDays: 90, Fewest: 3},
	},
	{
		ID:     "grey_day_now",
		Text:   "Grey Day releases reach 1.5x to 3x retail now",
		Source: "collectors' folklore, which nobody is known to have measured",
		// The 52 weeks of the weekly page: in 90 days most releases sell too little to say.
		test: band{Low: 1.5, High: 3, LastDays: trailing, Fewest: 3},
	},
	{
		ID:     "version_by_multiple",
		Text:   "One version of the 990 commands the highest multiple of retail",
		Source: "greybook's first question: which versions command the strongest demand",
		test:   ranking{Model: "990", By: byMultiple, Days: trailing},
	},
	{
		ID:     "version_by_sales",
		Text:   "One version of the 990 sells most often",
		Source: "greybook's first question: which versions command the strongest demand",
		test:   ranking{Model: "990", By: bySales, Days: trailing},
	},
	{
		ID:     "version_above_retail",
		Text:   "One version of the 990 sells above retail most reliably",
		Source: "greybook's first question: which versions command the strongest demand",
		test:   ranking{Model: "990", By: byShareAbove, Days: trailing},
	},
	{
		ID:     "made_in_usa",
		Text:   "Made in USA pairs resell at a higher multiple than the same silhouette made elsewhere",
		Source: "collectors' folklore, which nobody is known to have measured",
		test:   contrast{Origin: "USA", Days: trailing, Fewest: 2},
	},
}
