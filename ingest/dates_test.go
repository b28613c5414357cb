package ingest

import (
	"fmt"
	"strings"
	"testing"
)

// A profile's forms of a date are read, and no others: what can be read in two ways
// is refused.
func TestISODates(t *testing.T) {
	j := newJob(t)
	price := 100
	for text, want := range map[string]string{ // day and precision, or the reason for refusing it
		"2026-11-19":                      "2026-11-19 day",
		" 2026-11-19 ":                    "2026-11-19 day",
		"2024-02-29":                      "2024-02-29 day",
		"2026-11-19T23:30:00Z":            "2026-11-19 second",
		"2026-11-19 23:30:00":             "2026-11-19 second",
		"2026-11-19T23:30":                "2026-11-19 second",
		"2026-11-18T23:30:00-05:00":       "2026-11-19 second",
		"2026-11-19T08:59:59+09:00":       "2026-11-18 second",
		"2026-11-19T23:30:00.123456+0000": "2026-11-19 second",
		"2026-11-19 00:30:00+14":          "2026-11-18 second",
		"":                                "date_missing",
		"  ":                              "date_missing",
		"03/04/2026":                      "date_not_understood",
		"2025-02-30":                      "date_not_understood",
		"2025-02-29":                      "date_not_understood",
		"2026-13-01":                      "date_not_understood",
		"2026-1-1":                        "date_not_understood",
		"20260101":                        "date_not_understood",
		"2026/01/01":                      "date_not_understood",
		"01-02-2026":                      "date_not_understood",
		"yesterday":                       "date_not_understood",
		"2026-11-19T24:00:00Z":            "date_not_understood",
		"2026-11-19T25:00:00Z":            "date_not_understood",
		"2026-11-19T10:60:00Z":            "date_not_understood",
		"2026-11-19T10:30:00-99:00":       "date_not_understood", // the engine: four days later
		"2026-11-19 10:30:00 IST":         "date_not_understood", // India or Israel
		"2026-11-19 10:30:00 CST":         "date_not_understood", // Chicago or Shanghai
		"2026-11-19 10:30:00 PM":          "date_not_understood",
		"2026-11-19 (BC)":                 "date_not_understood",
		"2026-11-19x":                     "date_not_understood",
		"infinity":                        "date_not_understood",
		"1763510400":                      "date_not_understood",
		"0001-01-01":                      "date_out_of_range",
		"1979-12-31":                      "date_out_of_range",
		"2200-01-01":                      "date_out_of_range",
	} {
		price++ // no two texts are of the same sale
		checkDate(t, j, fmt.Sprintf("sold_at,price,title\n\"%s\",%d,990v6\n", text, price), text, want)
	}
}

// checkDate ingests a file of one sale.
func checkDate(t *testing.T, j *Job, file, text, want string) {
	t.Helper()
	r := j.mustRead(t, put(t, "a.csv", file))
	got := ""
	if r.Rejected == 1 {
		got = r.Reasons[0].Reason
	} else if rows := j.table(t, "SELECT sold_on || ' ' || sold_precision AS x FROM sales WHERE run_id = (SELECT max(run_id) FROM runs)"); len(rows) == 1 {
		got = strings.TrimSuffix(strings.TrimPrefix(rows[0], `{"x":"`), `"}`)
	}
	if got != want {
		t.Errorf("%q: %s, want %s", text, got, want)
	}
}

func TestLayoutDates(t *testing.T) {
	j := newJob(t)
	const contest = "Order Date,Brand,Sneaker Name,Sale Price,Retail Price,Release Date,Shoe Size,Buyer Region\n%[1]s, Yeezy,A-Shoe %[1]s,\"$1,097\",$220,9/24/16,11,California\n"
	const seller = "Seller Name,Sale Date,Item,Sku Name,Sku Size,Style,Order Number,Listing Price,Listing Price Currency,Quantity\nx,%[1]s,Shoe,Shoe,9,M990GL6,%[1]s,100,EUR,1\n"
	for _, c := range [][3]string{
		{contest, "9/1/17", "2017-09-01 day"}, {contest, "09/01/17", "2017-09-01 day"},
		{contest, "13/1/17", "date_not_understood"}, {contest, "2/30/19", "date_not_understood"}, {contest, "9/1/2017", "date_not_understood"},
		{contest, "2017-09-01", "2017-09-01 day"}, {contest, "", "date_missing"},
		{seller, "2022-07-08 23:46:09 -05", "2022-07-09 second"}, {seller, "2022-07-08 00:46:09 +00", "2022-07-08 second"},
		{seller, "2022-07-08 00:46:09", "date_not_understood"}, {seller, "N/A", "date_missing"},
	} {
		checkDate(t, j, fmt.Sprintf(c[0], c[1]), c[1], c[2])
	}
}

// What was sold after the day of the ingest is kept, flagged, and no observation.
func TestSoldInFuture(t *testing.T) {
	j := newJob(t) // as of 2026-11-20
	r := j.mustRead(t, put(t, "a.csv", "sold_at,price,style_code\n2026-11-20T23:59:59Z,200,M990GL6\n2026-11-21,200,M990GL6\n2026-11-20T23:00:00-05:00,201,M990GL6\n"))
	wantCounts(t, "future", r, "3 3 0 0")
	got := j.table(t, "SELECT sold_on, list_contains(flags, 'sold_in_future') AS f FROM sales ORDER BY source_line")
	want := `{"sold_on":"2026-11-20","f":false} {"sold_on":"2026-11-21","f":true} {"sold_on":"2026-11-21","f":true}`
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if got := j.table(t, "SELECT excludes FROM store.flag WHERE flag = 'sold_in_future'"); len(got) != 1 || got[0] != `{"excludes":true}` {
		t.Errorf("the flag keeps no sale out: %v", got)
	}
}
