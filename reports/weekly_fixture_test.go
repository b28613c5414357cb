package reports

import (
	"fmt"
	"math"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// Every figure of this file is made up and labelled synthetic. The shapes are
// those of real results: a leader with few sales, a thin version, a colorway
// with a long name, weeks without sales.

func figureAt(v float64) *float64 { return &v }

func mustDay(s string) data.Date {
	d, err := data.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// madeUpGroup is a group whose interval and quantiles follow from its median
// and n by rules of thumb: good enough to draw, no estimate of anything.
func madeUpGroup(key string, n int, median, spread float64) analysis.MultipleRow {
	r := analysis.MultipleRow{Keys: []string{key}, N: n, Synthetic: n,
		FirstSoldOn: mustDay("2025-11-20"), LastSoldOn: mustDay("2026-11-14"), Warnings: []string{"synthetic"}}
	if n < 6 {
		r.Warnings = []string{"synthetic", "too_few"}
		return r
	}
	half := 1.25 * spread / math.Sqrt(float64(n)) * 1.96
	r.Median, r.Lo, r.Hi = figureAt(median), figureAt(median-half), figureAt(median+1.1*half)
	r.P5, r.Q1, r.Q3, r.P95 = figureAt(median-1.5*spread), figureAt(median-0.62*spread), figureAt(median+0.7*spread), figureAt(median+1.9*spread)
	r.ShareAboveRetail = figureAt(1 / (1 + math.Exp(-1.7*(median-1)/spread)))
	r.MedianSalePrice, r.MedianRetailPrice = figureAt(median*185), figureAt(185)
	return r
}

func madeUpMultiples(rows ...analysis.MultipleRow) analysis.Multiples {
	m := analysis.Multiples{Spec: analysis.MultiplesSpec{Level: 0.95}, PriceBasis: "sale", Condition: "new",
		FirstSoldOn: mustDay("2025-11-20"), LastSoldOn: mustDay("2026-11-14"), Rows: rows}
	for _, r := range rows {
		m.N += r.N
		m.Synthetic += r.Synthetic
	}
	return m
}

// madeUpCharts is how many charts madeUpWeekly and hostileWeekly have.
const madeUpCharts = 7 + sidesCharts

// madeUpWeekly is a full week: six versions, four Grey Day releases and two
// control groups, three years of weeks with a gap.
func madeUpWeekly() analysis.Weekly {
	var weeks []analysis.MultipleRow
	first := mustDay("2023-11-13")
	for i := range 157 {
		n := 9 + (i*7)%23
		median := 1.06 + 0.10*math.Sin(float64(i)/14) + 0.015*float64(i%5-2)
		switch {
		case i >= 60 && i < 64:
			continue
		case i%29 == 7:
			n = 3
		}
		weeks = append(weeks, madeUpGroup(first.AddDays(7*i).ISOWeek(), n, median, 0.2))
	}
	versions := madeUpMultiples(
		madeUpGroup("v1", 96, 1.14, 0.30), madeUpGroup("v2", 58, 1.09, 0.24), madeUpGroup("v3", 412, 1.21, 0.28),
		madeUpGroup("v4", 230, 1.02, 0.20), madeUpGroup("v5", 4, 0, 0), madeUpGroup("v6", 388, 0.91, 0.15))
	wk := analysis.Weekly{
		Week: mustDay("2026-11-09"), AsOf: mustDay("2026-11-15"), Window: mustDay("2025-11-17"), Model: "990", By: analysis.ByVersion,
		Groups:  versions,
		Overall: madeUpMultiples(madeUpGroup("new", 1188, 1.05, 0.24)), // as many as the versions together
		ByGreyDay: madeUpMultiples(
			madeUpGroup("Grey Day 2019: 997 Grey Day Encap Reveal", 22, 1.52, 0.33),
			madeUpGroup("Grey Day 2023: 990v4 Marblehead Vintage Indigo", 14, 1.18, 0.22),
			madeUpGroup("Grey Day 2023: 990v6 Marblehead Vintage Indigo", 41, 1.07, 0.2),
			madeUpGroup("Grey Day 2025: 1300JP Grey", 3, 0, 0),
			madeUpGroup("core grey", 506, 1.04, 0.2),
			madeUpGroup("other", 602, 1.1, 0.3)),
		ByWeek:       madeUpMultiples(weeks...),
		VersionWeeks: madeUpVersionWeeks(), Sizes: madeUpSizes(), ByAge: madeUpAges(),
		Facts: analysis.BookFacts{
			Read: 4210, Added: 4002, Known: 181, Rejected: 27,
			Rejects:        []analysis.ReasonCount{{Reason: "price not a number", N: 14}, {Reason: "date ambiguous", N: 9}, {Reason: "no style", N: 4}},
			UnmatchedSales: 88, UnmatchedTitles: 31, Sales: 4002, Observations: 3711, Synthetic: 4002,
			Marketplaces: []analysis.ReasonCount{{Reason: "StockX", N: 2105}, {Reason: "GOAT", N: 1197}, {Reason: "eBay", N: 700}},
			LastSoldOn:   mustDay("2026-11-14"), LastIngest: "2026-11-16T05:00:12Z", BookVersion: "schema 1, DuckDB 1.5.5",
		},
		Suspects: analysis.Suspects{N: 1205, Released: 12,
			Flags: []analysis.FlagCount{{Flag: "before_release", Meaning: "dated before the release day of its style", N: 1199}, {Flag: "price_outlier", Meaning: "more than 4 times above or below the median price of its style, or 3 times the range of the quartiles if that is more", N: 6}},
			Rows: []analysis.Suspect{
				{SoldOn: mustDay("2026-11-14"), Style: "M990GL6", Title: "990v6", Price: "2000.00", Currency: "USD", Flags: []string{"price_outlier"}, File: "/home/somebody/exports/goat-2026-11.csv", Line: 1250},
				{SoldOn: mustDay("2026-11-02"), Title: "뉴발란스 990v6 메이드 인 USA", Price: "1250000.50", Currency: "KRW", Flags: []string{"before_release", "price_outlier"}, File: `C:\exports\kream.csv`, Line: 7},
			}},
		Program: "greybook 0.1.0",
	}
	addSides(&wk)
	return wk
}

const hostileScript = `</script><script>alert(1)</script>`

// hostileNames are names as a careless or a wicked seller would write them.
func hostileNames() []string {
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = "abcdefgh "[i%9]
	}
	return []string{
		hostileScript,
		`"><img src=x onerror=alert(2)>`,
		`'; alert(3); '`,
		`{name|brace} {b} {c0} ${alert(4)} $& {{.Title}}`,
		"\u202e\u2067dlrow eht\u2066 مرحبا بالعالم שלום",
		"line\u2028separator\u2029paragraph\x00nul\x1b[31mred\x07",
		"👟🧑‍🤝‍🧑 grey ⚪️",
		"<!--<script>alert(5)//",
		"]]><svg onload=alert(6)> &amp; &lt; &#x3c;",
		string(long),
		"\xff\xfe not UTF-8",
		"javascript:alert(7)",
	}
}

// hostileWeekly is madeUpWeekly with hostile text wherever a record's text goes.
func hostileWeekly() analysis.Weekly {
	wk := madeUpWeekly()
	var versions, greys []analysis.MultipleRow
	for i, text := range hostileNames() {
		v := madeUpGroup(text, 20+i, 1.3-0.01*float64(i), 0.2)
		v.Warnings = []string{text}
		versions = append(versions, v)
		greys = append(greys, madeUpGroup(fmt.Sprintf("Grey Day 2023: %s", text), 20+i, 1.1, 0.2), madeUpGroup(text, 15, 1, 0.1))
		count := analysis.ReasonCount{Reason: text, N: i}
		wk.Facts.Marketplaces = append(wk.Facts.Marketplaces, count)
		wk.Facts.Rejects = append(wk.Facts.Rejects, count)
		wk.Suspects.Flags = append(wk.Suspects.Flags, analysis.FlagCount{Flag: text, Meaning: text, N: i})
		wk.Suspects.Rows = append(wk.Suspects.Rows, analysis.Suspect{SoldOn: mustDay("2026-11-02"), Style: text, Price: text, Currency: text, Flags: []string{text}, File: text, Line: 1})
	}
	wk.Groups, wk.ByGreyDay = madeUpMultiples(versions...), madeUpMultiples(greys...)
	hostileParts(&wk)
	wk.Groups.PriceBasis, wk.Groups.Condition = hostileScript, hostileScript
	wk.ByWeek.Rows = append(wk.ByWeek.Rows, madeUpGroup(hostileScript, 10, 1, 0.1))
	wk.Overall.PriceBasis = hostileScript
	x := madeUpIndex()
	for i := range x.Series {
		x.Series[i].Segment = hostileNames()[i]
		x.Refused = append(x.Refused, analysis.IndexRefusal{Segment: hostileNames()[i], Reason: hostileNames()[i+3]})
	}
	wk.Index = &x
	for i, text := range hostileNames() {
		v := data.ClaimVerdict{Claim: text, Text: text, About: text, Verdict: text, Why: text, Statistic: text, N: i, AsOf: mustDay("2026-11-15")}
		wk.Claims = append(wk.Claims, data.ClaimStanding{Now: v, Before: v, Changed: true})
	}
	hostileSides(&wk)
	wk.Model, wk.Program, wk.Facts.BookVersion, wk.Facts.LastIngest = "990"+hostileScript, hostileScript, hostileScript, hostileScript
	return wk
}

// thinWeekly has a little of everything and enough of nothing: one version with
// one sale, groups without figures, figures that are no numbers, one week.
func thinWeekly() analysis.Weekly {
	wk := madeUpWeekly()
	odd := madeUpGroup("v2", 9, 1.1, 0.2)
	odd.Lo, odd.Hi, odd.Warnings = nil, nil, []string{"no_interval", "a_code_of_tomorrow"}
	broken := madeUpGroup("v4", 9, math.NaN(), math.Inf(1))
	wk.Groups = madeUpMultiples(madeUpGroup("v1", 1, 0, 0), odd, broken, madeUpGroup("", 2, 0, 0))
	wk.ByGreyDay = madeUpMultiples(madeUpGroup("core grey", 40, 1.02, 0.1))
	wk.ByWeek = madeUpMultiples(madeUpGroup("2026-W46", 2, 0, 0))
	thinParts(&wk)
	return wk
}
