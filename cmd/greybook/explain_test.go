package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
	"github.com/amassable/greybook/reports"
)

// explained runs greybook explain --format json and reads what it prints, and that alone.
func explained(t *testing.T, book string, args ...string) analysis.Explanation {
	t.Helper()
	var out bytes.Buffer
	e := testEnv(t)
	e.Stdout = &out
	args = append([]string{"explain", "--book", book, "--format", "json", "--as-of", "2026-11-15"}, args...)
	if err := run(t.Context(), e, args); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	var x analysis.Explanation
	if err := json.Unmarshal(out.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	return x
}

// What explain says is what the premiums say, and all of it follows from what is printed:
// each step is done again here by plain arithmetic, to 1e-9.
func TestExplainCanBeRedoneByHand(t *testing.T) {
	book, _ := sampleBook(t, sample.Options{Scale: 0.1})
	b, err := data.OpenReadOnly(t.Context(), book, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	asOf, _ := data.ParseDate("2026-11-15")
	premiums, err := analysis.ComputePremiums(t.Context(), b, analysis.PremiumsSpec{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	records := lines(t, b, `SELECT concat_ws(' ', style_id, count(*)) FROM sales WHERE price_basis = 'sale' AND sold_on <= DATE '2026-11-15' AND style_id IS NOT NULL GROUP BY style_id ORDER BY 1`)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i, want := range premiums.Rows {
		// Every row of all sizes that has sales; of the many others, which cost as long, some.
		if !(want.N > 0 && want.SizeBand == "") && (i%29 != 0 || testing.Short()) {
			continue
		}
		args := []string{want.Style}
		if want.SizeBand != "" {
			args = append(args, "--size", want.SizeBand, "--condition", want.Condition)
		}
		x := explained(t, book, args...)
		name := fmt.Sprint(want.Style, " ", want.SizeBand, " ", want.Condition)
		seen[want.Basis]++
		seen[want.Condition]++
		if d := different(want, x.Result); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		h := &byHand{x: x, say: func(format string, a ...any) { t.Errorf(name+": "+format, a...) }}
		h.redo()
		readable(t, name, x)
		if n := x.Sales.Records; n > 0 && !slices.Contains(records, fmt.Sprint(x.Style, " ", n)) || n == 0 && want.N > 0 {
			t.Errorf("%s: %d records, the view sales has another number", name, n)
		}
		if t.Failed() {
			break // one is enough to read
		}
	}
	t.Logf("redone: %v", seen)
	for _, kind := range []string{"own", "pooled", "parent", "none", "used"} {
		if seen[kind] == 0 {
			t.Errorf("no row of basis or condition %s was redone", kind)
		}
	}
}

// different compares a row with its explanation; "" where they are one.
func different(p analysis.Premium, r analysis.ExplainedResult) string {
	figures := func(v ...*float64) (out []any) {
		for _, f := range v {
			if f == nil {
				out = append(out, "null")
			} else {
				out = append(out, *f)
			}
		}
		return out
	}
	a := fmt.Sprint(p.N, p.NEffective, p.Basis, p.Grade, p.Reasons, figures(p.Multiple, p.Lo, p.Hi, p.SaleLo, p.SaleHi, p.Borrowed))
	b := fmt.Sprint(r.N, r.NEffective, r.Basis, r.Grade, r.Reasons, figures(r.Multiple, r.Lo, r.Hi, r.SaleLo, r.SaleHi, r.Borrowed))
	if a != b {
		return fmt.Sprintf("the premiums have %s, explain %s", a, b)
	}
	return ""
}

// The contest's styles have what the sample's lack: releases between two sales, hundreds
// of sales a day, records set aside. Then some are vouched for: the first of each style,
// its dearest and its cheapest.
func TestExplainContest(t *testing.T) {
	if testing.Short() {
		t.Skip("ingests the contest's sales")
	}
	b := contestBook(t, shared(t, "data", "stockx-contest-2019", "StockX-Data-Contest-2019-3.csv"))
	const styles = "'adidas-yeezy-boost-350-v2-zebra', 'nike-air-presto-off-white-white-2018', 'adidas-yeezy-boost-350-v2-static'"
	before := redoContest(t, b, styles)
	keys := lines(t, b, `SELECT lpad(sale_key, 32, '0') FROM sales WHERE style_id IN (`+styles+`) AND sold_on <= DATE '2018-10-07'
		QUALIFY 1 IN (row_number() OVER (PARTITION BY style_id ORDER BY sold_on, sale_key), row_number() OVER (PARTITION BY style_id ORDER BY multiple, sale_key), row_number() OVER (PARTITION BY style_id ORDER BY multiple DESC, sale_key))`)
	if _, err := b.Release(t.Context(), data.Release{Keys: keys, Doubtful: keys, Because: "to see what it does", At: time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC), Program: "test"}); err != nil {
		t.Fatal(err)
	}
	for i, x := range redoContest(t, b, styles) {
		vouched, beyond := 0, 0
		for _, r := range x.Sales.Rows {
			if !r.Vouched {
				continue
			}
			vouched++
			day := x.Level.Days[slices.IndexFunc(x.Level.Days, func(d analysis.LevelStep) bool { return d.Day == r.SoldOn })]
			if math.Abs(*r.Seen-day.After.Level) > day.SeenReach && r.SeenWeight == 1 && r.ResidualWeight == 1 {
				beyond++
			}
		}
		if x.Sales.Used == 0 {
			continue // Static came out later
		}
		if vouched != 3 || beyond == 0 || *x.Result.LnMultiple == *before[i].Result.LnMultiple {
			t.Errorf("%s: %d sales are vouched for, %d of them count in full beyond the reach; ln multiple %v, before %v", x.Style, vouched, beyond, *x.Result.LnMultiple, *before[i].Result.LnMultiple)
		}
	}
}

// redoContest does styles of the contest again by hand and holds them against their rows.
func redoContest(t *testing.T, b *data.Book, styles string) []analysis.Explanation {
	t.Helper()
	asOf, _ := data.ParseDate("2018-10-07")
	premiums, err := analysis.ComputePremiums(t.Context(), b, analysis.PremiumsSpec{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	var out []analysis.Explanation
	for _, row := range premiums.Rows {
		if row.SizeBand != "" || !strings.Contains(styles, "'"+row.Style+"'") {
			continue
		}
		x, err := analysis.ComputeExplanation(t.Context(), b, analysis.ExplainSpec{Premiums: analysis.PremiumsSpec{AsOf: asOf}, Style: row.Style})
		if err != nil {
			t.Fatal(err)
		}
		if d := different(row, x.Result); d != "" {
			t.Errorf("%s: %s", row.Style, d)
		}
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		h := &byHand{say: func(format string, a ...any) { t.Errorf(row.Style+": "+format, a...) }}
		if err := json.Unmarshal(text, &h.x); err != nil {
			t.Fatal(err)
		}
		h.redo()
		readable(t, row.Style, h.x)
		if t.Failed() {
			t.FailNow() // one is enough to read
		}
		out = append(out, h.x)
	}
	return out
}

// readable refuses a text that is wider than a terminal or acts on one.
func readable(t *testing.T, name string, x analysis.Explanation) {
	t.Helper()
	var text strings.Builder
	if err := reports.WriteExplanation(&text, x, 20); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		line = strings.TrimSuffix(line, "\n")
		wide := uniseg.StringWidth(line) > 80 && strings.Contains(strings.TrimSpace(line), " ") // an address is not broken
		if wide || strings.TrimRight(line, " ") != line || strings.ContainsFunc(line, unicode.IsControl) || strings.Contains(line, "NaN") {
			t.Errorf("%s: a line reads badly: %q", name, line)
		}
	}
}
