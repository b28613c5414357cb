package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amassable/greybook/data/sample"
)

// The figures of gaps are those of analyze premiums, liquidity and multiples by marketplace,
// done again by hand from what those print.
func TestGapsByHand(t *testing.T) {
	book, _ := sampleBook(t, sample.Options{Scale: 0.5})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pairs.csv"), []byte("style_code,size\nM990GL3,9\nU998TA,10\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := []string{"--as-of", "2026-11-15", "--book", book}
	with := func(args ...string) []map[string]any { return printed(t, dir, append(args, of...)...) }
	by := func(rows []map[string]any, keys ...string) map[string]map[string]any {
		out := map[string]map[string]any{}
		for _, r := range rows {
			var key []string
			for _, k := range keys {
				key = append(key, fmt.Sprint(r[k]))
			}
			out[strings.Join(key, " ")] = r
		}
		return out
	}
	premiums := by(with("analyze", "premiums"), "style", "size_band", "condition")
	liquidity := by(with("analyze", "liquidity", "--days", "182"), "style")
	markets := by(with("analyze", "multiples", "--by", "style,marketplace", "--since", "2026-05-18"), "style", "marketplace") // 182 days with the last
	near := func(what string, got any, want float64) {
		t.Helper()
		// Multiples are printed to four decimals.
		if v, ok := got.(float64); !ok || math.Abs(v-want) > 0.03 {
			t.Errorf("%s: %v, by hand %v", what, got, want)
		}
	}
	for _, scope := range []string{"grey-day", "990v3", "made-in-usa"} {
		rows := with("gaps", "pairs.csv", "--scope", scope, "--size", "9.5", "--long")
		total := with("gaps", "pairs.csv", "--scope", scope, "--size", "9.5", "--total")[0]
		priced, sum, named := 0, 0.0, 0
		for _, r := range rows {
			style := fmt.Sprint(r["style"])
			if style == "M990GL3" || style == "U998TA" {
				t.Errorf("%s: %s is in the collection", scope, style)
			}
			p := premiums[style+" 9-10.5 new"]
			if p == nil {
				p = premiums[style+" <nil> new"]
			}
			if r["estimate"] != nil {
				retail := r["retail_price"].(float64)
				for name, of := range map[string]string{"estimate": "multiple", "sale_price_lo": "sale_lo", "sale_price_hi": "sale_hi", "estimate_lo": "multiple_lo", "estimate_hi": "multiple_hi"} {
					if p[of] != nil {
						near(style+" "+name, r[name], retail*p[of].(float64))
					}
				}
				priced++
				sum += r["estimate"].(float64)
			} else if r["grade"] != "X" || len(r["reasons"].([]any)) == 0 {
				t.Errorf("%s: %v", style, r)
			}
			if l := liquidity[style]; l != nil {
				for name, of := range map[string]string{"sales": "n", "sales_per_week": "sales_per_week", "sales_lo": "sales_lo", "sales_hi": "sales_hi", "last_sold_on": "last_sold_on", "window_from": "window_from", "weeks": "weeks"} {
					if fmt.Sprint(r[name]) != fmt.Sprint(l[of]) {
						t.Errorf("%s: %s is %v, of liquidity %v", style, name, r[name], l[of])
					}
				}
			}
			if name := r["cheapest_marketplace"]; name != nil {
				named++
				mine := markets[fmt.Sprint(style, " ", name)]
				near(style+" cheapest", r["cheapest_price"], mine["median_sale_price"].(float64))
				if r["cheapest_n"] != mine["n"] || r["cheapest_why"] != "cheapest" {
					t.Errorf("%s: %v of %v", style, r, mine)
				}
				for key, other := range markets {
					if strings.HasPrefix(key, style+" ") && other["style"] == style && other["marketplace"] != name && other["median_multiple"] != nil && other["median_multiple"].(float64) <= mine["median_multiple"].(float64) {
						t.Errorf("%s: %v is cheaper than %v", style, other, mine)
					}
				}
			}
		}
		near(scope+" total", total["estimate"], sum)
		if total["missing"] != float64(len(rows)) || total["priced"] != float64(priced) || priced == 0 || priced == len(rows) || total["releases"] != float64(len(rows))+total["owned"].(float64) ||
			total["owned"] != 1.0 && scope != "made-in-usa" || total["sale_price_lo"].(float64) >= sum || total["sale_price_hi"].(float64) <= sum {
			t.Errorf("%s: %v", scope, total)
		}
		t.Logf("%s: %d missing, %d priced at %.2f, %d with a cheapest marketplace", scope, len(rows), priced, sum, named)
	}
}
