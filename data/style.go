package data

// Style is one product as a marketplace lists it: a style code where the brand
// gave one, else a slug of greybook's own.
type Style struct {
	ID          string // the style code, else a stable slug such as "990v4-olive-leaf"
	Code        string // "" where nobody could source a code
	Model       string // "990", "992", "1300", …; "" unknown
	Version     string // "v1" … "v6"; "" unknown or not versioned
	Colorway    string
	ReleaseDate Date   // first day of the period when Precision is not "day"
	Precision   string // of ReleaseDate: "day", "month", "year"; "" when there is none
	MadeIn      string // "USA", "UK", "Asia", …; "" unknown
	Audience    string // "men", "women", "unisex", "kids"; "" unknown
	Collab      string // collaborator as named by the source; "" for none known
	Source      string // where the facts are from; never empty
	Confidence  string // "high", "medium", "low"
}

// RetailPrice is what a style cost new, in one currency, from one day on.
type RetailPrice struct {
	StyleID       string
	EffectiveFrom Date // zero: the source gives no date
	Price         Amount
	Currency      string // ISO 4217
	Source        string
	Confidence    string
}

// GreyDay says that a style was released for a Grey Day, because a source says so.
// Nothing else makes a style a Grey Day release.
type GreyDay struct {
	Year       int // 0: the source gives no year
	Date       Date
	StyleID    string
	Source     string
	Confidence string
}

// Alias is another text that names a style: a second code, a marketplace's slug or title.
type Alias struct {
	Alias   string
	StyleID string
	Source  string
}

// CoreGrey lists a style as a regular grey of its line: the control group that
// Grey Day releases are held against.
type CoreGrey struct {
	StyleID    string
	Source     string
	Confidence string
}

// Size is one row of the brand's size chart.
type Size struct {
	Audience   string // "men"; other audiences are converted to it first
	USMen      Amount // 8.5 is 850
	UK         string
	EU         string
	CM         string
	Source     string
	Confidence string
}
