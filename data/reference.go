package data

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// Reference is what is known about the shoes apart from their sales: styles,
// what they cost new, which were Grey Day releases and which are plain greys,
// other names for them, and the brand's sizes. Every fact says where it is from
// and how sure it is ("high", "medium", "low"); a row that joins several facts
// is as sure as the weakest of them. What nobody could source is left blank.
//
// Rows keep the order of the files they were read from.
type Reference struct {
	Styles       []Style
	RetailPrices []RetailPrice
	GreyDays     []GreyDay
	Aliases      []Alias
	CoreGreys    []CoreGrey
	Sizes        []Size
	Editions     []GreyDayEdition
	Launches     []Launch

	places map[place]string // where a row was read, for Check; absent for rows made in Go
}

// place is a row of a Reference: the i-th of its styles, say.
type place struct {
	list string
	i    int
}

// GreyDayEdition is one day of releases of one Grey Day, named by models because
// most sources name no codes. It makes no style a Grey Day release.
type GreyDayEdition struct {
	Year       int
	Date       Date     // zero: the day was not found
	Models     []string // none: not found
	MadeInUSA  string   // models made in the USA, separated by ";"; or "no", or "unknown"
	Source     string
	Confidence string
}

// Launch is when a version came out, first or as a reissue, and what it cost in
// the USA. It prices no style: a reissue sells at the price of its own day.
type Launch struct {
	Model      string
	Version    string // "v1" … "v6"; "" where the launch is of a model or of several versions
	Edition    string // "" for the first release, else the reissue: "reissue 2019"
	Date       Date   // first day of the period when Precision is not "day"; zero: not found
	Precision  string // of Date, as in Style
	RetailUSD  Amount // US dollars; 0: not found
	MadeIn     string
	Source     string
	Confidence string
}

// WomenUSOffset is what women's US sizes are above men's, in hundredths of a
// size: a women's 8.5 is a men's 7. It holds for New Balance (1.5 sizes, from
// the collected facts, confidence medium), not for other brands.
const WomenUSOffset Amount = 150

//go:embed reference/*.csv
var referenceFiles embed.FS

// BuiltinReference reads the facts that greybook ships, in data/reference. An
// error means that the program was built from a broken file.
func BuiltinReference() (Reference, error) {
	var ref Reference
	for _, f := range []struct {
		name string
		read reader
	}{
		{"styles.csv", ref.ReadStyles},
		{"retail_prices.csv", ref.ReadRetailPrices},
		{"grey_days.csv", ref.ReadGreyDays},
		{"aliases.csv", ref.ReadAliases},
		{"core_greys.csv", ref.ReadCoreGreys},
		{"sizes.csv", ref.ReadSizes},
		{"grey_day_editions.csv", ref.ReadEditions},
		{"versions.csv", ref.ReadLaunches},
	} {
		if err := readBuiltin(f.name, f.read); err != nil {
			return Reference{}, err
		}
	}
	return ref, nil
}

func readBuiltin(name string, read reader) error {
	f, err := fs.FS(referenceFiles).Open("reference/" + name)
	if err != nil {
		return fmt.Errorf("built-in reference: %w", err)
	}
	defer f.Close()
	bad, err := read(name, f)
	if err != nil {
		return fmt.Errorf("built-in reference: %w", err)
	}
	if len(bad) > 0 {
		return fmt.Errorf("built-in reference: %w", bad[0])
	}
	return nil
}

// RetailAt returns what the style cost new on a day, in one currency, by the rule
// that prices the sales of a book (see BuildIntervals): the dated price that took
// effect last on or before that day; before the first dated one, that one, since a
// shoe sold early is judged by its release price; and where there is none with a
// date, the one without, the surest and then the lowest. It reports false where the
// style has no price in the currency.
func (r Reference) RetailAt(styleID, currency string, d Date) (RetailPrice, bool) {
	var best RetailPrice
	found := false
	for _, p := range r.RetailPrices {
		if p.StyleID != styleID || p.Currency != currency {
			continue
		}
		if !found || p.insteadOf(best, d) {
			best, found = p, true
		}
	}
	return best, found
}

// insteadOf reports whether p, and not q, is the price on a day.
func (p RetailPrice) insteadOf(q RetailPrice, d Date) bool {
	switch {
	case p.EffectiveFrom.IsZero() != q.EffectiveFrom.IsZero():
		return q.EffectiveFrom.IsZero()
	case p.EffectiveFrom.IsZero():
		rank := map[string]int{"high": 1, "medium": 2, "low": 3}
		if c := rank[p.Confidence] - rank[q.Confidence]; c != 0 {
			return c < 0
		}
		return p.Price < q.Price
	case p.EffectiveFrom > d || q.EffectiveFrom > d:
		return p.EffectiveFrom < q.EffectiveFrom
	}
	return p.EffectiveFrom > q.EffectiveFrom
}

// Slug writes a style's name as an id for a style that has no code: lower case,
// words joined by hyphens, so that "998", "White/Black" is "998-white-black".
func Slug(parts ...string) string {
	words := strings.FieldsFunc(strings.ToLower(strings.Join(parts, " ")), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r < 0x80
	})
	return strings.Join(words, "-")
}
