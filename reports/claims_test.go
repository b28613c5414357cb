package reports

import (
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// TestClaimsOfThePage: a verdict that changed is a line of its own; a book without
// verdicts has no section; names of records are data.
func TestClaimsOfThePage(t *testing.T) {
	wk := madeUpWeekly()
	if html := writeWeekly(t, wk); strings.Contains(html, `id="claims"`) {
		t.Error("a section on claims without one")
	}
	before := data.ClaimVerdict{Claim: "x", Text: "One leads", Verdict: "too few sales", AsOf: mustDay("2026-11-08")}
	now := before
	now.Verdict, now.About, now.Why, now.AsOf, now.Synthetic = "holds", hostileScript, "it leads", mustDay("2026-11-15"), 3
	wk.Claims = []data.ClaimStanding{
		{Now: data.ClaimVerdict{Text: "Nothing new", Verdict: "does not hold", Why: "as ever", N: 157, AsOf: mustDay("2026-11-15")}},
		{Now: now, Before: before, Changed: true},
	}
	html := writeWeekly(t, wk)
	for _, want := range []string{
		`<strong>Changed:</strong> <bdi>“One leads”: too few sales as of 8 November 2026, holds (&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;) as of 15 November 2026.</bdi>`,
		`<bdi>Nothing new</bdi></th><td class="prose">does not hold<br><small>157 sales</small></td><td class="prose"><bdi>as ever (as of 15 November 2026)</bdi>`,
		`it leads (as of 15 November 2026); synthetic sales are among them`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(html, "<strong>Changed:"); n != 1 {
		t.Errorf("%d changes on the page, want one", n)
	}
}

// TestComparisonRows: the columns by name and order, what is not carried as NULL.
func TestComparisonRows(t *testing.T) {
	by := []analysis.Dimension{analysis.ByStyle}
	day := mustDate(t, "2026-11-15")
	mem := checkedMemory(t)
	movers, err := MoversRows(mem, analysis.Movers{Spec: analysis.MoversSpec{Question: analysis.MultiplesSpec{By: by}}, Rows: []analysis.MoverRow{
		{Keys: []string{"M990GL6"}, N: 8, NBefore: 9, Median: figure(1.5), MedianBefore: figure(1), Difference: figure(0.5), Lo: figure(0.25), Hi: figure(0.75)},
		{Keys: []string{""}, N: 1, Warnings: []string{"too_few"}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer movers.Release()
	sizes, err := SizesRows(mem, analysis.Sizes{By: []analysis.Dimension{analysis.ByModel}, Rows: []analysis.SizeRow{
		{Keys: []string{"990", "9-10.5"}, N: 12, Styles: 2, Relative: figure(0.976), Lo: figure(0.95), Hi: figure(1), Median: figure(2), FirstSoldOn: day, LastSoldOn: day}}})
	if err != nil {
		t.Fatal(err)
	}
	defer sizes.Release()
	liquidity, err := LiquidityRows(mem, analysis.Liquidity{Scope: analysis.Multiples{Spec: analysis.MultiplesSpec{By: by}}, Rows: []analysis.LiquidityRow{
		{Keys: []string{"M990GL6"}, N: 6, From: day, Weeks: 4, SalesPerWeek: 1.5, SalesLo: 0.55, SalesHi: 3.26, MedianDays: figure(6), ShareOfWeeks: 1, LastSoldOn: day}}})
	if err != nil {
		t.Fatal(err)
	}
	defer liquidity.Release()
	claims, err := ClaimsRows(mem, analysis.Claims{Rows: []analysis.ClaimRow{
		{Claim: "c", Text: "a sentence", Source: "folklore", Part: "version", About: "990v6", Statistic: "median multiple", Value: figure(1.5), Lo: figure(1.4), Hi: figure(1.6),
			N: 8, AsOf: day, Place: 1, Probability: figure(0.98), Verdict: "holds", Why: "place 1"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer claims.Release()
	for want, got := range map[string]string{
		`{"style":"M990GL6","n":8,"n_before":9,"median_multiple":1.5,"median_multiple_before":1,"difference":0.5,"difference_lo":0.25,"difference_hi":0.75,"warnings":[]}
{"style":null,"n":1,"n_before":0,"median_multiple":null,"median_multiple_before":null,"difference":null,"difference_lo":null,"difference_hi":null,"warnings":["too_few"]}
`: asNDJSON(t, movers),
		`{"model":"990","size_band":"9-10.5","n":12,"styles":2,"relative_multiple":0.976,"relative_lo":0.95,"relative_hi":1,"median_multiple":2,"first_sold_on":"2026-11-15","last_sold_on":"2026-11-15","warnings":[]}
`: asNDJSON(t, sizes),
		`{"style":"M990GL6","n":6,"window_from":"2026-11-15","weeks":4,"sales_per_week":1.5,"sales_lo":0.55,"sales_hi":3.26,"median_days_between_sales":6,"share_of_weeks":1,"last_sold_on":"2026-11-15","warnings":[]}
`: asNDJSON(t, liquidity),
		`{"claim":"c","part":"version","about":"990v6","verdict":"holds","value":1.5,"lo":1.4,"hi":1.6,"n":8,"place":1,"probability":0.98,"as_of":"2026-11-15","statistic":"median multiple","why":"place 1","text":"a sentence","source":"folklore","warnings":[]}
`: asNDJSON(t, claims),
	} {
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
