package data

// Pair is one pair of shoes of a collection, as its owner wrote it down and as far as
// that was understood. It is no record of the book: nothing of it is stored. Texts are as
// written, but for control characters and blanks that don't show.
type Pair struct {
	Line int64 // first line of its record in the file, from 1

	// What it is. StyleID is "" where no style of the reference, or more than one, fits;
	// Guesses are then the nearest, best first, at most three.
	StyleText   string // style code as written
	Title       string // title as written
	StyleID     string
	MatchMethod string // code, code_in_title, alias, words, conflict (code and title disagree), none
	Model       string // read from code or title, also where the style is unknown; "" unknown
	Version     string // likewise
	Guesses     []StyleGuess

	SizeLabel   string // as written
	SizeUSMen   int    // US men's size in half sizes: 9.5 is 19; 0: not given, or not to be said in men's
	Condition   string // new, new_defects, used, unknown
	Assumed     bool   // nobody says its condition: whoever read the file did
	HasBox      *bool  // nil: not said
	LabelOrigin string // country on its label, as written
	Origin      string // the same as the reference names it: USA, UK, China, …; "" not given or not understood

	// What its owner gave for it. Zero is a gift; nil: not said.
	Paid         *Amount
	PaidCurrency string // ISO 4217; "" without Paid
	BoughtOn     Date   // zero: not said

	// Faults are the columns that could not be understood and count as not said.
	Faults []PairFault
}

// StyleGuess is a style that a pair may be, with how well it fits, in 0..1.
type StyleGuess struct {
	StyleID string
	Score   float64
}

// PairFault says which column of a pair was not understood, and why.
type PairFault struct {
	Column string // as the file names it
	Reason string // code such as size_not_understood
	Value  string // as written
}

// Name is what the owner calls the pair: its style code and title.
func (p Pair) Name() string {
	if p.StyleText != "" && p.Title != "" {
		return p.StyleText + " " + p.Title
	}
	return p.StyleText + p.Title
}
