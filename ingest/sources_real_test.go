package ingest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Each real file is one source's, or none's; with the counts of what becomes of it.
func TestRealFilesAreTold(t *testing.T) {
	for _, c := range []struct {
		file, source string // or what the error names as the nearest
		want         string // read added known rejected, and the reasons
		observed     string
	}{
		// 190 rows (wc -l less the header), one of them of size 106 (awk -F, '$4>99').
		{"alias-seller-report-2022-2024/sales_report_for_total.redacted.csv", "alias-seller-report", "190 189 0 1 not_footwear 1", ""},
		{"formats/alias_recent_sales_docs_example.json", "alias-recent-sales", "2 2 0 0", ""},
		// Two listings, of navigators: "Garmin nuvi 1300" is no New Balance 1300.
		{"formats/ebay_findCompletedItems_2016.json", "ebay-finding", "2 0 0 2 not_footwear 2", ""},
		// jq -r .category | grep -c footwear: 29, three of them womens_footwear.
		{"grailed-sold-2026-03/sold_listings.redacted.jsonl", "grailed-sold", "200 29 0 171 not_footwear 171", ""},
		// Of its column category, 25 are footwear and none is womens_footwear.
		{"grailed-sold-2026-03/sold_listings.redacted.csv", "grailed-sold", "200 25 0 175 not_footwear 175", ""},
		// 84 hits: 40 with sold true (3 of them footwear), 40 with sold false, 4 with an id only.
		{"formats/grailed_algolia_sold_2020.redacted.json", "grailed-algolia", "84 3 0 81 not_sold 44 not_footwear 37", ""},
		// 2,000 rows of six prices each; 31 have 0 for annualLow, and no other price is 0 or blank.
		{"stockx-snapshot-2023/sneakers2023.csv", "stockx-snapshot", "12000 11969 0 31 price_missing 31", "2023-04-01"},
		// The same of 1,990 rows.
		{"stockx-snapshot-2023/sneakers_collab_flagged.csv", "stockx-snapshot", "11940 11909 0 31 price_missing 31", "2023-04-01"},

		{"stockx-catalog-2021/stockx.csv", "!fits no source", "", ""},
		{"formats/alias_invoice_header_2022.csv", "!fits no source", "", ""},
		{"formats/ebay_variation_listing_M2002RDA_2025.csv", "!fits no source", "", ""},
		{"formats/stockx_browse_v3_2020.json", "!fits no source", "", ""},
		{"formats/ebay_sold_scrape_text_2023.txt", "!fits no source", "", ""},
		{"formats/trawl_ebay_sold_docs_example.json", "!fits no source", "", ""},
		{"formats/stockx_seller_report_header_2022.csv", "stockx-seller-report", "0 0 0 0", ""},
		{"formats/ebay_orders_report_header.csv", "ebay-orders", "0 0 0 0", ""},
	} {
		path := shared(t, c.file)
		j := newJob(t)
		if c.observed != "" {
			j.ObservedOn = date(t, c.observed)
		}
		_, reports, err := j.Sales(t.Context(), []string{path})
		if why, none := strings.CutPrefix(c.source, "!"); none {
			var unknown *UnknownSourceError
			if !errors.As(err, &unknown) || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: %v, %v", c.file, reports, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		got := counts(reports[0])
		for _, r := range reports[0].Reasons {
			got += fmt.Sprintf(" %s %d", r.Reason, r.N)
		}
		if got != c.want || reports[0].Profile != c.source {
			t.Errorf("%s is %s: %s, want %s: %s", c.file, reports[0].Profile, got, c.source, c.want)
		}
	}
}

// The contest's workbook has the same 99,956 sales as its CSV, in another form: 107 of
// the prices have decimals (105 of them more than two) where the CSV has whole
// dollars, halves rounded up; counted in the sheet's XML against the CSV, line by line.
// To the cent, two of them (380.001 and 410.9985) come to whole dollars.
func TestContestWorkbook(t *testing.T) {
	csv, xlsx := shared(t, "stockx-contest-2019/StockX-Data-Contest-2019-3.csv"), shared(t, "stockx-contest-2019/StockX-Data-Contest-2019-3.xlsx")
	j := jobOn(t, filepath.Join(t.TempDir(), "b.duckdb"))
	wantCounts(t, "CSV", j.mustRead(t, csv), "99956 99956 0 0")
	wantCounts(t, "XLSX after CSV", j.mustRead(t, xlsx), "99956 0 99956 0")

	j = jobOn(t, filepath.Join(t.TempDir(), "c.duckdb"))
	r := j.mustRead(t, xlsx)
	wantCounts(t, "XLSX", r, "99956 99956 0 0")
	rounded := int64(0)
	for _, f := range r.Flags {
		if f.Reason == "price_rounded" {
			rounded = f.N
		}
	}
	if rounded != 105 {
		t.Errorf("%d rounded prices", rounded)
	}
	if got := j.table(t, "SELECT count(*) AS n, min(sold_on) AS first, max(sold_on) AS last FROM sales WHERE sale_price % 1 <> 0"); got[0] != `{"n":105,"first":"2018-10-29","last":"2019-02-13"}` {
		t.Error(got)
	}
	wantCounts(t, "CSV after XLSX", j.mustRead(t, csv), "99956 0 99956 0")
}

// Both files of the snapshot, of the same day: what the second shares with the first
// is known. Of its 11,909 prices, the counts by product, kind and price of the first
// hold all (a multiset intersection over the two CSVs).
func TestSnapshotsOverlap(t *testing.T) {
	j := newJob(t)
	j.ObservedOn = date(t, "2023-04-01")
	j.mustRead(t, shared(t, "stockx-snapshot-2023/sneakers2023.csv"))
	wantCounts(t, "the second", j.mustRead(t, shared(t, "stockx-snapshot-2023/sneakers_collab_flagged.csv")), "11940 0 11909 31")
	if got := j.table(t, "SELECT count(*) AS n FROM sales WHERE price_basis = 'sale'"); got[0] != `{"n":0}` {
		t.Errorf("sales: %v", got)
	}
}

// The snapshot makes styles of its 1,668 products, 1,666 as slugs. Of the 334 rows that
// come again, 16 state another release day, and so one more dated price, three another
// price for the same day, and 315 nothing new (a dictionary of the rows, in Python). A
// product has no style code: the row's number, in a column without a name, is none.
func TestStylesOfTheSnapshot(t *testing.T) {
	j := newJob(t)
	_, reports, err := j.Reference(t.Context(), Styles, []string{shared(t, "stockx-snapshot-2023/sneakers2023.csv")})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "styles", reports[0], "2000 1682 315 3")
	if got := j.table(t, "SELECT count(*) AS n, count(style_code) AS codes, min(release_date) AS first FROM styles WHERE run_id IS NOT NULL"); got[0] != `{"n":1666,"codes":0,"first":"2004-01-01"}` {
		t.Error(got)
	}
}
