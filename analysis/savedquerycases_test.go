package analysis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
)

// pricesFrom is n sales of a style, one a day from a day on, at first, first + 1, … dollars,
// with a retail of 100.
func pricesFrom(style, day string, first, n int) []sale {
	d, _ := data.ParseDate(day)
	var out []sale
	for i := range n {
		out = append(out, sale{style: style, day: d.AddDays(i).String(), price: fmt.Sprint(first + i), retail: "100", size: "9", flags: i % 2})
	}
	return out
}

func savedQuery(t *testing.T, name string) SavedQuery {
	t.Helper()
	for _, q := range builtinQueries(t) {
		if q.Name == name {
			return q
		}
	}
	t.Fatalf("there is no query %s", name)
	return SavedQuery{}
}

func wantAnswer(t *testing.T, b *data.Book, name, asOf string, given map[string]string, want ...string) {
	t.Helper()
	q := savedQuery(t, name)
	if got, _ := answer(t, session(t, b), q, bound(t, q, given, asOf)); !slices.Equal(got, want) {
		t.Errorf("%s as of %s:\n%s\nwant\n%s", name, asOf, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The Grey Day 990v6 of 2023-05-12 against the core grey 990v6 of 2022-11-04, both in March
// 2026, more than two years old.
func TestGreyDayAgainstCoreGrey(t *testing.T) {
	const grey6Day = "990v6-marblehead-vintage-indigo-grey-day-2023"
	sales := pricesFrom(grey6Day, "2026-03-01", 131, 21)                   // 1.31 … 1.51
	sales = append(sales, pricesFrom(grey6, "2026-03-01", 101, 21)...)     // 1.01 … 1.21
	sales = append(sales, pricesFrom(grey5, "2026-03-01", 300, 21)...)     // a core grey of another version
	sales = append(sales, pricesFrom(grey6, "2023-05-12", 400, 10)...)     // the same core grey, younger: 189 days
	sales = append(sales, pricesFrom(grey6Day, "2025-05-01", 150, 6)...)   // 720 to 725 days: no core grey sold at that age
	sales = append(sales, pricesFrom("M990TG3", "2026-03-01", 500, 21)...) // not grey
	b := newBook(t, sales)
	// 95 %, n = 21: the sixth from either end, for P(Bin(21, ½) ≤ 5) = 0.0133 and ≤ 6 is 0.0392; 97.5 %: the fifth, for
	// P(≤ 4) = 0.0036. So 1.35 − 1.17 = 0.18, 1.47 − 1.05 = 0.42. Six sales: from the lowest to the highest.
	wantAnswer(t, b, "grey_day_vs_core_grey", "2026-04-30", nil,
		"Grey Day 2023: 990v6 Marblehead Vintage Indigo,"+grey6Day+",366-730,6,1.525,1.5,1.55,0,0,,,,,,,3,few_sales; one_marketplace; one_size; synthetic",
		"Grey Day 2023: 990v6 Marblehead Vintage Indigo,"+grey6Day+",731-,21,1.41,1.36,1.46,1,21,1.11,1.06,1.16,0.3,0.18,0.42,20,one_marketplace; one_size; synthetic")
}

// A style at one dollar more a day, and a second dated price on the 15th of March.
func TestRestockEffect(t *testing.T) {
	b := newBook(t, pricesFrom(grey6, "2026-03-01", 101, 28))
	s := session(t, b)
	if err := s.Exec(t.Context(), `INSERT INTO retail_prices VALUES ('M990GL6', DATE '2026-03-15', 220, 'USD', 'test', 'high', NULL)`); err != nil {
		t.Fatal(err)
	}
	// Before 101 … 114, from it on 115 … 128. n = 14: the third from either end, at 95 % (P(Bin(14, ½) ≤ 2) = 0.0065, ≤ 3 is
	// 0.0287) and at 97.5 % alike. So 117 − 112 = 5 and 126 − 103 = 23.
	wantAnswer(t, b, "restock_effect", "2026-12-31", nil,
		"M990GL5,USD,2021-01-01,175,185,low,0,,,,0,,,,,,,0,few_sales; too_few",
		"M990GL6,USD,2026-03-15,200,220,high,14,107.5,103,112,14,121.5,117,126,14,5,23,14,few_sales; synthetic")
	// Five days before and five from it on: too few for a figure. As of the 16th, two days of it are known.
	wantAnswer(t, b, "restock_effect", "2026-03-16", map[string]string{"days": "5"},
		"M990GL5,USD,2021-01-01,175,185,low,0,,,,0,,,,,,,0,few_sales; too_few",
		"M990GL6,USD,2026-03-15,200,220,high,5,,,,2,,,,,,,4,few_sales; synthetic; too_few; unfinished")
	// As of the day before, nobody knows of it.
	wantAnswer(t, b, "restock_effect", "2026-03-14", nil, "M990GL5,USD,2021-01-01,175,185,low,0,,,,0,,,,,,,0,few_sales; too_few")
}

// A style that sells above retail in the first half year, and below in the second.
func TestBelowRetailTellsWhatFell(t *testing.T) {
	sales := pricesFrom(grey6, "2025-10-01", 110, 20)
	sales = append(sales, pricesFrom(grey6, "2026-04-01", 75, 20)...) // 0.75 … 0.94
	sales = append(sales, pricesFrom(grey5, "2026-04-01", 75, 5)...)  // too few to say
	sales = append(sales, pricesFrom("M990TG3", "2026-04-01", 85, 20)...)
	// n = 20: the sixth from either end, 0.80 and 0.89. M990TG3's interval, 0.90 to 0.99, is below 1, with nothing before.
	wantAnswer(t, newBook(t, sales), "below_retail", "2026-06-30", nil,
		"M990GL6,990,v6,Grey / Castlerock,20,0.845,0.8,0.89,84.5,100,20,1.195,1.15,1.24,true,2026-04-20,10,one_marketplace; one_size; stale; synthetic",
		"M990TG3,990,v3,Teddy Santis Marblehead Incense,20,0.945,0.9,0.99,94.5,100,0,,,,,2026-04-20,10,one_marketplace; one_size; stale; synthetic")
}
