package ingest

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/amassable/greybook/data"
)

// testTitle finds a title that says of itself that nothing was sold: one of these
// words, whole ("test listing" has one). "Latest", "contest", "tested" are none.
var testTitle = regexp.MustCompile(`(?i)(?:^|[^\pL\pN])(?:test|dummy|do not buy|please ignore)(?:$|[^\pL\pN])`)

// titleFlags are the flags that a title decides.
func titleFlags(title string) int64 {
	if testTitle.MatchString(title) {
		return data.FlagTestRow
	}
	return 0
}

// A price of 1, or of nines alone, stands for "no price": people type it to keep a
// listing from selling. How many nines that takes depends on the currency: 99,999
// yen are an ordinary price, 99,999 dollars are none. It takes five where a unit is
// worth a twentieth of a dollar or more, and one more for each power of ten below,
// so that the least such price is always worth some thousands of dollars.
var moreNines = []struct {
	more       int
	currencies []string // by their rates of the 2020s, to a power of ten
}{
	{1, []string{"JPY", "INR", "PHP", "THB", "TWD", "RUB", "CZK", "ISK", "ARS", "DOP", "KES", "BDT"}},
	{2, []string{"KRW", "HUF", "PKR", "LKR", "NGN", "KZT", "CRC", "CLP"}},
	{3, []string{"COP", "MNT", "TZS", "UGX"}},
	{4, []string{"IDR", "VND", "LAK", "UZS", "IRR", "PYG", "KHR"}},
}

// sentinelNines is the number of nines that an amount consists of, for the amount 1
// more than enough of them, for any other 0.
const sentinelNines = `CASE WHEN amount::DECIMAL(12,2) = 1 THEN 99
	WHEN regexp_full_match(amount, '9+\.00') THEN length(amount) - 3 ELSE 0 END`

// leastNines is how many nines stand for "no price" in the column currency.
func leastNines() string {
	var b strings.Builder
	b.WriteString("CASE ")
	for _, m := range moreNines {
		fmt.Fprintf(&b, "WHEN currency IN ('%s') THEN %d ", strings.Join(m.currencies, "', '"), 5+m.more)
	}
	b.WriteString("ELSE 5 END")
	return b.String()
}

// retailColumns are the expressions of a record's own retail price, NULL where it
// is impossible, and of the flag that says so. Impossible is a text that is no
// positive amount, an amount that stands for "no price", and one below the profile's
// retail_min, in its currency. No text at all is no price, and nothing is wrong.
func (p *Profile) retailColumns() (amount, flag string) {
	impossible := "q.reason <> 'price_missing' OR q.nines >= v.nines"
	if p.Styles != nil {
		if least, why := parseMoney(p.Styles.RetailMin, nil); why == "" {
			impossible += fmt.Sprintf(" OR v.currency = %s AND q.amount < %s::DECIMAL(12,2)", quoteText(p.Styles.Currency), least)
		}
	}
	impossible = "coalesce(" + impossible + ", false)"
	return "CASE WHEN NOT " + impossible + " THEN q.amount END", fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", impossible, data.FlagRetailImpossible)
}
