package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data/sample"
)

// printed is what a command prints as lines of JSON.
func printed(t *testing.T, dir string, args ...string) []map[string]any {
	t.Helper()
	cmd, _ := greybook(t.Context(), dir, append(args, "--format", "ndjson")...)
	cmd.Stdout, cmd.Stderr = nil, nil
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("greybook %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	var rows []map[string]any
	for line := range strings.Lines(string(out)) {
		row := map[string]any{}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

const collection = `style_code,title,size,condition,has_box,label_origin,paid,paid_currency,bought_on
M990GL6,,9.5,new,yes,USA,185,USD,2025-05-06
M990GL6,,11,used,no,USA,120,USD,2025-02-11
MR993GL,,10,new,yes,China,210,USD,2025-06-01
M992GR,,9.5,new,,,245.5,EUR,2025-09-14
M990GL5,,,new,,,0,USD,
,a shoe that nobody knows,9,new,,,400,,
M990GL4,,16,new,,,,,
M990GL6,,9.5,,,,100,,
`

// The numbers of a collection are those of analyze premiums, done again by hand: retail times
// multiple, gains, and the sums. The retail prices are the reference's.
func TestValueByHand(t *testing.T) {
	book, _ := sampleBook(t, sample.Options{Scale: 0.2})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pairs.csv"), []byte(collection), 0o600); err != nil {
		t.Fatal(err)
	}
	of := []string{"--as-of", "2026-11-15", "--book", book}
	premiums := map[string]map[string]any{}
	for _, r := range printed(t, dir, append([]string{"analyze", "premiums"}, of...)...) {
		premiums[fmt.Sprint(r["style"], r["size_band"], r["condition"])] = r
	}
	rate := printed(t, dir, append([]string{"sql", "SELECT usd_per_unit FROM fx_rates WHERE currency = 'EUR' AND date <= '2025-09-14' ORDER BY date DESC LIMIT 1"}, "--book", book)...)[0]["usd_per_unit"].(float64)
	rows := printed(t, dir, append([]string{"value", "pairs.csv", "--long"}, of...)...)
	total := printed(t, dir, append([]string{"value", "pairs.csv", "--total"}, of...)...)[0]
	near := func(what string, got any, want float64) {
		t.Helper()
		// Multiples are printed to four decimals: of a retail price of 250 that is 0.0125.
		if v, ok := got.(float64); !ok || math.Abs(v-want) > 0.02 {
			t.Errorf("%s: %v, by hand %v", what, got, want)
		}
	}
	sum, retail, paid, valuedOfPaid := 0.0, 0.0, 0.0, 0.0
	for i, want := range []struct {
		premium string
		retail  float64 // data/reference/retail_prices.csv
		paid    float64 // < 0: not said
	}{
		{"M990GL69-10.5new", 200, 185}, {"M990GL611-12.5used", 200, 120}, {"MR993GL9-10.5new", 175, 210}, {"M992GR9-10.5new", 175, math.Round(24550*rate) / 100},
		{"M990GL5<nil>new", 185, 0}, {}, {"M990GL4<nil>new", 175, -1}, {},
	} {
		r := rows[i]
		if want.premium == "" {
			if r["estimate"] != nil || r["grade"] != "X" || r["gain"] != nil {
				t.Errorf("row %d: %v", i, r)
			}
			continue
		}
		p := premiums[want.premium]
		if p == nil || p["multiple"] == nil {
			t.Fatalf("row %d: no premium %s: %v", i, want.premium, p)
		}
		near("retail", r["retail_price"], want.retail)
		for name, of := range map[string]string{"estimate": "multiple", "sale_price_lo": "sale_lo", "sale_price_hi": "sale_hi", "estimate_lo": "multiple_lo", "estimate_hi": "multiple_hi"} {
			near(fmt.Sprint("row ", i, " ", name), r[name], want.retail*p[of].(float64))
		}
		estimate := r["estimate"].(float64)
		near("gain over retail", r["gain_retail"], estimate-want.retail)
		if want.paid >= 0 {
			near("paid", r["paid_usd"], want.paid)
			near("gain", r["gain"], estimate-want.paid)
			paid, valuedOfPaid = paid+want.paid, valuedOfPaid+estimate
		}
		sum, retail = sum+estimate, retail+want.retail
		for _, c := range []string{"n", "basis", "grade", "size_band", "last_sold_on"} {
			if fmt.Sprint(r[c]) != fmt.Sprint(p[c]) {
				t.Errorf("row %d: %s is %v, of the premium %v", i, c, r[c], p[c])
			}
		}
	}
	near("sum", total["estimate"], sum)
	near("retail", total["retail_price"], retail)
	near("paid", total["paid_usd"], paid)
	near("gain", total["gain"], valuedOfPaid-paid)
	if total["pairs"] != 8.0 || total["valued"] != 6.0 || total["paid_pairs"] != 5.0 || total["sale_price_lo"].(float64) >= sum || total["sale_price_hi"].(float64) <= sum {
		t.Errorf("%v", total)
	}
	if got := fmt.Sprint(rows[2]["check"], rows[0]["check"], rows[1]["reasons"]); got != "[tongue label box label factory code] [] [box_missing one_marketplace stale synthetic_data]" {
		t.Error(got)
	}
}

// The same collection gives the same rows in every form, typed cells of a workbook and of
// JSON among them.
func TestValueIsTheSameInEveryForm(t *testing.T) {
	book, _ := sampleBook(t, sample.Options{Scale: 0.1})
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("p.csv", "style_code,size,condition,has_box,paid,bought_on\nM990GL6,9.5,new,yes,185.5,2025-05-06\nMR993GL,10,used,no,0,\n,,,,,\n")
	put("p.tsv", "SKU\tUS size\tState\tBox\tPrice paid\tDate bought\nM990GL6\t9.5\tnew\ttrue\t$185.50\t6 May 2025\nMR993GL\t10\tused\tfalse\t0\t\n")
	put("p.ndjson", `{"style_code": "M990GL6", "size": 9.5, "condition": "new", "has_box": true, "paid": 185.5, "bought_on": "2025-05-06"}
{"style_code": "MR993GL", "size": "10", "condition": "used", "has_box": false, "paid": 0, "bought_on": null}
`)
	put("p.json", `{"pairs": [{"style_code": "M990GL6", "size": 9.5, "condition": "new", "has_box": 1, "paid": "185.50", "bought_on": "2025-05-06T00:00:00Z"},
		{"style_code": "MR993GL", "size": 10, "condition": "used", "has_box": 0, "paid": 0}]}`)
	x := excelize.NewFile()
	defer x.Close()
	for i, row := range [][]any{{"style_code", "size", "condition", "has_box", "paid", "bought_on"},
		{"M990GL6", 9.5, "new", true, 185.5, time.Date(2025, 5, 6, 0, 0, 0, 0, time.UTC)}, {"MR993GL", 10, "used", false, 0, nil}} {
		if err := x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.SaveAs(filepath.Join(dir, "p.xlsx")); err != nil {
		t.Fatal(err)
	}
	var base []map[string]any
	for _, name := range []string{"p.csv", "p.tsv", "p.ndjson", "p.json", "p.xlsx"} {
		rows := printed(t, dir, "value", name, "--long", "--as-of", "2026-11-15", "--book", book)
		for _, r := range rows {
			delete(r, "line")
		}
		if base == nil {
			base = rows
		}
		if d := cmp.Diff(base, rows); d != "" || len(rows) != 2 || rows[0]["estimate"] == nil || rows[0]["bought_on"] != "2025-05-06" {
			t.Errorf("%s: %v\n%s", name, rows, d)
		}
	}
	cmd, out := greybook(t.Context(), dir, "value", "-", "--total", "--format", "csv", "--as-of", "2026-11-15", "--book", book)
	cmd.Stdin = strings.NewReader("style_code\nM990GL6\n")
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "\n2026-11-15,1,0,,,,0.95,") {
		t.Errorf("%v: %s", err, out)
	}
}

// A collection that comes slowly through a pipe keeps nobody from the book.
func TestValueOfAPipeHoldsNoBook(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sales.csv"), []byte("sold_at,style_code,price\n2026-06-01,M990GL6,220\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(dir, "book.duckdb")
	mustRun(t, dir, exitOK, "ingest", "sales", "sales.csv", "--book", book)
	cmd, out := greybook(t.Context(), dir, "value", "-", "--format", "csv", "--as-of", "2026-06-30", "--book", book)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("style_code,size\n")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // it would have opened the book by now
	mustRun(t, dir, exitOK, "ingest", "sales", "sales.csv", "--book", book)
	if _, err := in.Write([]byte("M990GL6,9\n")); err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "\n2,M990GL6,") {
		t.Errorf("%v: %s", err, out)
	}
}

// The README explains every reason that a pair may have beside those of its estimate, and
// so does the program.
func TestReadmeHasTheReasonsOfPairs(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{analysis.ReasonStyleUnknown, analysis.ReasonStyleConflict, analysis.ReasonSizeNotSaid, analysis.ReasonSizeBandUnsold, analysis.ReasonConditionNotSaid,
		analysis.ReasonConditionAssumed, analysis.ReasonBoxMissing, analysis.ReasonLabelContradicts, analysis.ReasonNoSaleInterval, analysis.ReasonPaidNoRate, analysis.ReasonPaidUndated} {
		if !strings.Contains(string(text), "`"+code+"`") {
			t.Errorf("README.md says nothing of %s", code)
		}
		if analysis.ReasonText(code) == code {
			t.Errorf("%s has no text", code)
		}
	}
}
