package reports

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// madeUpGaps are three missing releases, one of them without a price, and one that is owned.
func madeUpGaps() analysis.Gaps {
	asOf := mustDay("2026-11-15")
	g := analysis.Gaps{
		Spec:  analysis.GapsSpec{Premiums: analysis.PremiumsSpec{AsOf: asOf, Level: 0.95}, Halves: 19, Condition: "new", Days: 182},
		Scope: analysis.ReleaseScope{Kind: analysis.ScopeGreyDay}, N: 1200, Since: asOf.AddDays(-181),
	}
	release := func(style, model, version, colorway, released, precision string, year int) analysis.Release {
		return analysis.Release{Style: style, Code: style, Model: model, Version: version, Colorway: colorway, MadeIn: "USA", Audience: "men", ReleasedOn: mustDay(released), Precision: precision, GreyDay: true, GreyDayYear: year}
	}
	price := func(r analysis.Release, estimate int64) analysis.Gap {
		m := analysis.Gap{Release: r, Cheapest: analysis.Cheapest{Why: analysis.CheapestNoSales}}
		m.Style, m.SizeBand, m.Condition, m.Grade, m.Basis = r.Style, "9-10.5", "new", "X", "none"
		if estimate > 0 {
			lo, hi, retail, multiple := estimate*8/10, estimate*12/10, int64(20000), float64(estimate)/20000
			m.Estimate, m.SaleLow, m.SaleHigh, m.RetailPrice, m.Multiple, m.Grade, m.Basis, m.N = &estimate, &lo, &hi, &retail, &multiple, "B", "own", 34
			m.MarketLow, m.MarketHigh = &lo, &hi
		}
		return m
	}
	number := func(v float64) *float64 { return &v }
	a := price(release("M990GD6", "990", "v6", "Grey Day Grey", "2023-05-12", "day", 2023), 25000)
	a.Liquidity = &analysis.LiquidityRow{Keys: []string{"M990GD6"}, N: 34, From: g.Since, Weeks: 26, SalesPerWeek: 34.0 / 26, SalesLo: 0.9, SalesHi: 1.83, LastSoldOn: mustDay("2026-11-10")}
	a.Markets = []analysis.MarketPrice{{Marketplace: "GOAT", N: 20, Median: number(240), Low: number(230), High: number(246)},
		{Marketplace: "StockX", N: 11, Median: number(262), Low: number(250), High: number(270)}, {Marketplace: "eBay", N: 3}}
	a.Cheapest = analysis.Cheapest{Marketplace: "GOAT", Why: analysis.CheapestShown}
	for i := range 12 {
		a.Weeks = append(a.Weeks, analysis.WeekPrice{Week: g.Since.Monday().AddDays(14 * i), N: 1 + i%8, Median: 230 + 4*float64(i)})
	}
	b := price(release("U998GD", "998", "", "Marblehead", "2023-05-12", "day", 2023), 0)
	b.Liquidity = &analysis.LiquidityRow{Keys: []string{"U998GD"}, From: g.Since, Weeks: 26, SalesHi: 0.1419}
	b.Reasons = []string{"no_retail_price", "no_sales"}
	c := price(release("M1300GD", "1300", "", "JP", "2025-01-01", "year", 2025), 60000)
	c.SaleLow, c.SaleHigh = nil, nil
	c.Unknown, c.Code, c.Release.Code = []string{"made_in", "style_code"}, "", ""
	c.Reasons = []string{"maybe_owned", "no_sale_interval", "synthetic_data"}
	g.Missing = []analysis.Gap{a, b, c}
	g.Owned = []analysis.OwnedRelease{{Release: release("M990GD4", "990", "v4", "Grey Day Marblehead", "2023-05-12", "day", 2023),
		Pairs: []data.Pair{{Line: 2, SizeLabel: "9.5", Condition: "new"}, {Line: 3, Condition: "unknown"}}}}
	g.Unresolved = []analysis.UnresolvedPair{{Pair: data.Pair{Line: 4, Title: "a grey 1300"}, MayBe: []string{"M1300GD"}}, {Pair: data.Pair{Line: 9, Title: "a shoe"}}}
	lo, hi := int64(70000), int64(99000)
	g.Cost = analysis.Total{Pairs: 3, Valued: 2, Retail: 40000, Estimate: 85000, Low: &lo, High: &hi}
	return g
}

// hostileGaps have hostile text wherever a reference or a collection has any, and numbers
// that are none.
func hostileGaps() analysis.Gaps {
	g := madeUpGaps()
	nan := math.NaN()
	for i, text := range hostileNames() {
		r := analysis.Release{Style: text, Code: text, Model: text, Version: text, Colorway: text, MadeIn: text, Audience: text, Collab: text, ReleasedOn: mustDay("2023-05-12"), Precision: text, Unknown: []string{text}}
		if i%2 == 0 {
			r.Code, r.Colorway = "", ""
		}
		m := g.Missing[0]
		m.Release, m.Reasons, m.Grade, m.Basis = r, []string{text}, text, text
		m.Markets = []analysis.MarketPrice{{Marketplace: text, N: 6, Median: &nan, Low: &nan, High: &nan}, {Marketplace: text, N: 1}}
		m.Cheapest = analysis.Cheapest{Marketplace: text, Why: analysis.CheapestShown}
		g.Missing = append(g.Missing, m)
		g.Owned = append(g.Owned, analysis.OwnedRelease{Release: r, Pairs: []data.Pair{{SizeLabel: text, Condition: text}}})
		g.Unresolved = append(g.Unresolved, analysis.UnresolvedPair{Pair: data.Pair{Line: int64(i), Title: text, StyleText: text}, MayBe: []string{text}})
	}
	g.Scope = analysis.ReleaseScope{Kind: analysis.ScopeVersion, Model: hostileScript, Version: hostileScript}
	g.Spec.Condition = hostileScript
	g.Synthetic = 7
	return g
}

func writeGallery(t *testing.T, g analysis.Gaps) string {
	t.Helper()
	var out strings.Builder
	if err := WriteGallery(&out, Gallery{Gaps: g, Program: "greybook 0.1.0"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// What a card says is what the gap says, in words.
func TestGalleryWords(t *testing.T) {
	html := writeGallery(t, madeUpGaps())
	text := strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "&#39;", "'", "<bdi>", "", "</bdi>", "").Replace(html)), " ")
	for _, want := range []string{
		"<h1>3 of 4 Grey Day releases missing; the 2 with a price cost about $850</h1>",
		"<strong>$850</strong> <span>for those with a price, not for all</span> <small>$700 to $990 together (95 %); 2 of 3 missing priced</small>",
		"condition new, US men’s 9.5 (band 9-10.5)",
		`<h2 id="group-1">Grey Day 2023 <small>2 missing, 1 in the collection</small></h2>`,
		"<strong>$250</strong> <span>$200 to $300 (95 %)</span>", "of 34 sales of its own; retail $200",
		"1.31 a week (0.90 to 1.83), 34 sales since 18 May 2026; last on 10 Nov 2026.",
		"<b>GOAT is cheapest:</b> GOAT $240 ($230 to $246, n = 20); StockX $262 ($250 to $270, n = 11); eBay too few (n = 3).",
		"None since 18 May 2026, which is at most 0.14 a week (95 %); no sale in this book.", "<b>No sales in these weeks.</b>",
		"no retail price in US dollars is known for the day", "The book cannot tell.", "where it is made, its style code",
		"a pair of the collection whose style is not known may be of this one", "In the collection", "size 9.5, new", "size not said",
		"a grey 1300</th><td class=\"prose\">M1300GD", "any of the missing",
		// 1 + 2 + … + 8 and 1 + … + 4.
		"Weekly medians $230 to $274, 46 sales in 12 weeks; dotted: retail",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// Of the synthetic there is a banner; the reason is not repeated on each card.
	if n := strings.Count(text, "Synthetic sample data"); n != 2 || strings.Contains(text, "synthetic sales are behind it") {
		t.Errorf("synthetic is said %d times", n)
	}
	g := madeUpGaps()
	g.Missing, g.Cost = nil, analysis.Total{}
	if html := writeGallery(t, g); !strings.Contains(html, "The one Grey Day release is in the collection") || !strings.Contains(html, "<strong>$0</strong>") {
		t.Error("nothing is missing, and the page does not say so")
	}
	if html := writeGallery(t, analysis.Gaps{Scope: g.Scope}); !strings.Contains(html, "No Grey Day release is out yet") || !strings.Contains(html, "There is nothing to show") {
		t.Error("an empty scope is not said")
	}
}

// The page is one file that asks for nothing, the same each time; no text from outside opens
// or closes an element.
func TestGalleryIsSelfContained(t *testing.T) {
	for name, g := range map[string]analysis.Gaps{"ordinary": madeUpGaps(), "hostile": hostileGaps(), "nothing": {}} {
		html := writeGallery(t, g)
		if html != writeGallery(t, g) {
			t.Errorf("%s: the same gaps gave two pages", name)
		}
		if a, b := strings.Count(html, "<script"), strings.Count(html, "</script"); a != 1 || b != 1 {
			t.Errorf("%s: %d <script and %d </script, want the switch of the colours alone", name, a, b)
		}
		for _, bad := range []string{"http://", "https://", "url(", "@import", "<img", "<link", "onerror=alert(2)>", "NaN", "Inf", "<no value>", "%!", "unsafe-eval", "script-src 'unsafe-inline'"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
		if !strings.Contains(html, "default-src 'none'; script-src 'sha256-") && !strings.Contains(html, "default-src &#39;none&#39;; script-src &#39;sha256-") {
			t.Errorf("%s: no policy", name)
		}
	}
}

// In a browser the page fits every width with and without scripts, shows each card, asks for
// nothing, and is accessible; on paper it has light colours and nothing of the screen's.
func TestGalleryInBrowser(t *testing.T) {
	axe := readAxe(t)
	if axe == "" {
		t.Log("no axe-core on this machine: the page is not tried for accessibility; `make assets` fetches it")
	}
	for name, g := range map[string]analysis.Gaps{"ordinary": madeUpGaps(), "hostile": hostileGaps(), "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			ctx := newBrowser(t)
			var w witness
			w.watch(t, ctx)
			url := pageFile(t, writeGallery(t, g))
			for _, width := range []int64{360, 1000, 1600} {
				scheme := map[bool]string{true: "dark", false: "light"}[width == 360]
				openPage(t, ctx, url, width, false, scheme)
				got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll('.release')].filter(e => e.getBoundingClientRect().height > 80 && e.getBoundingClientRect().height < 1400).length
					+ ' cards, ' + document.querySelectorAll('iframe, object, img, link, [onerror], [onload]').length + ' foreign, ' + document.documentElement.scrollWidth + ' px'`))
				mustDo(t, err)
				if want := fmt.Sprintf("%d cards, 0 foreign, %d px", len(g.Missing)+len(g.Owned), width); got != want {
					t.Errorf("at %d px: %s, want %s", width, got, want)
				}
				if name == "hostile" && width != 360 || axe == "" {
					continue
				}
				openPage(t, ctx, url, width, true, scheme)
				_, err = chromedp.Run(ctx, chromedp.Evaluate[int](axe+"\n;0"))
				mustDo(t, err)
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](strings.Replace(runAxe, ".plot svg", ".nothing svg", 1), chromedp.EvalAwaitPromise))
				mustDo(t, err)
				if len(found) > 0 {
					t.Errorf("%d px, %s:\n%s", width, scheme, strings.Join(found, "\n"))
				}
			}
			printMedia(t, ctx, "dark")
			got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor + ', screen ' +
				[...document.querySelectorAll('.bar, .theme, .skip')].filter(e => e.getClientRects().length > 0).length`))
			mustDo(t, err)
			if want := "rgb(255, 255, 255), screen 0"; got != want {
				t.Errorf("on paper: %s, want %s", got, want)
			}
			w.report(t)
		})
	}
}
