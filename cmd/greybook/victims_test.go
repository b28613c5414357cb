package main

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// victimRows are rows of sales of several forms. Every hundredth is refused, some are
// alike, and url makes them long: files from 4 MiB on go through the engine's reader.
func victimRows(seed uint64, n int) (header []string, rows [][]string) {
	r := rand.New(rand.NewPCG(seed, 990))
	filler := make([]byte, 60)
	for i := range n {
		day := fmt.Sprintf("2025-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28))
		if i%100 == 0 {
			day = "03/04/2026"
		}
		for k := range filler {
			filler[k] = byte(r.Uint32())
		}
		rows = append(rows, []string{day, fmt.Sprintf("%d.%02d", 100+r.IntN(300), r.IntN(100)), "M990GL6", fmt.Sprintf("New Balance 990v6 %d", r.IntN(300)), fmt.Sprint(7 + r.IntN(6)), "StockX", hex.EncodeToString(filler)})
	}
	return []string{"sold_at", "price", "style_code", "title", "size", "marketplace", "url"}, rows
}

func csvText(header []string, rows [][]string) string {
	var b strings.Builder
	b.WriteString(strings.Join(header, ",") + "\n")
	for _, r := range rows {
		b.WriteString(strings.Join(r, ",") + "\n")
	}
	return b.String()
}

func linesText(header []string, rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		for i, v := range r {
			fmt.Fprintf(&b, "%s%q: %q", map[bool]string{true: "{", false: ", "}[i == 0], header[i], v)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// victims are the commands that TestKilled interrupts, with their files.
func victims(t *testing.T) []victim {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	header, rows := victimRows(1, 26_000)
	long := put("long.csv", csvText(header, rows))
	quoted := put("quoted.csv", csvText(header, rows[:15_000])+"2025-01-01,100,M990GL6,\"two\nlines\",9,StockX,\n")
	lines := put("lines.ndjson", linesText(header, rows))
	parquet := filepath.Join(dir, "rows.parquet")
	execute(t, filepath.Join(dir, "scratch.duckdb"), fmt.Sprintf("COPY (SELECT * FROM read_csv('%s', all_varchar = true)) TO '%s' (FORMAT parquet)", long, parquet))
	book := filepath.Join(dir, "rows.xlsx")
	sheet(t, book, header, rows[:4000])
	var three []string
	for i := range 3 {
		_, some := victimRows(uint64(10+i), 8000)
		three = append(three, put(fmt.Sprintf("part%d.csv", i), csvText(header, some)))
	}
	other := put("other.csv", strings.ReplaceAll(csvText(header, rows[:12_000]), "M990GL6", "M990ZZ9"))
	styles := put("styles.csv", stylesText(1500))
	rates := put("fx.csv", ratesText(6000))
	market := put("market.csv", csvText(append(slices.Clone(header), "condition"), ofStyles(rows, "M990GL6", "M990AB6", "M990AC6", "M990SS6")))
	sales := func(files ...string) []string { return append([]string{"ingest", "sales"}, files...) }
	return []victim{
		{name: "sales, CSV by the engine", args: sales(long)},
		{name: "sales, CSV by lines", args: sales(quoted)},
		{name: "sales, NDJSON", args: sales(lines)},
		{name: "sales, Parquet", args: sales(parquet)},
		{name: "sales, XLSX", args: sales(book)},
		{name: "sales, three files", args: sales(three...), steps: 3},
		{name: "sales beside others", before: [][]string{sales(quoted)}, args: sales(long)},
		{name: "styles", before: [][]string{sales(other)}, args: []string{"ingest", "styles", styles}},
		{name: "exchange rates", before: [][]string{sales(other)}, args: []string{"ingest", "fx", rates}},
		{name: "revert of sales", before: [][]string{sales(long), sales(quoted)}, args: []string{"runs", "revert", "1"}, again: exitFailed},
		{name: "revert of styles", before: [][]string{{"ingest", "styles", styles}, sales(other)}, args: []string{"runs", "revert", "1"}, again: exitFailed},
		{name: "the index, published", before: [][]string{sales(market)}, args: []string{"analyze", "index", "--publish", "--as-of", "2026-01-15"}},
		{name: "the index, published again", before: [][]string{sales(quoted), sales(market), {"analyze", "index", "--publish", "--as-of", "2025-10-15"}},
			args: []string{"analyze", "index", "--publish", "--as-of", "2026-01-15"}},
		{name: "premiums, published", before: [][]string{sales(market)}, args: []string{"analyze", "premiums", "--publish", "--as-of", "2026-01-15"}},
		{name: "premiums, published again", before: [][]string{sales(market), {"analyze", "premiums", "--publish", "--as-of", "2025-10-15"}},
			args: []string{"analyze", "premiums", "--publish", "--as-of", "2026-01-15"}},
		{name: "export", folder: "x", before: [][]string{sales(quoted), {"export", "x"}, sales(long)}, args: []string{"export", "x"}},
		{name: "resolve", before: [][]string{sales(long)}, args: []string{"resolve"}, sql: `
			UPDATE store.item SET style_no = NULL, match_method = 'none', match_score = 0;
			UPDATE store.sale SET style_no = NULL, retail_price = NULL, retail_price_usd = NULL, multiple = NULL, retail_basis = 0, flags = flags & 85;
			DELETE FROM store.price_bucket`}, // it counts the sales of known style
	}
}

// ofStyles is the rows, of these styles in turn, new.
func ofStyles(rows [][]string, codes ...string) [][]string {
	out := make([][]string, len(rows))
	for i, r := range rows {
		out[i] = append(slices.Clone(r), "new")
		out[i][2], out[i][3] = codes[i%len(codes)], ""
	}
	return out
}

// stylesText is a reference file of invented styles, the M990ZZ9 among them.
func stylesText(n int) string {
	var b strings.Builder
	b.WriteString("style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\n")
	b.WriteString("M990ZZ9,990,v9,grey,2024-01-01,200,USD,USA,men,,a test,high\n")
	for i := range n {
		fmt.Fprintf(&b, "QQ%d-100,,,colorway %d,2024-01-01,%d,USD,,men,,a test,low\n", 1000+i, i, 100+i%100)
	}
	return b.String()
}

func ratesText(n int) string {
	var b strings.Builder
	b.WriteString("date,currency,usd_per_unit\n")
	for i := range n {
		fmt.Fprintf(&b, "%d-%02d-%02d,%s,0.0%d\n", 2005+i/2/336, 1+i/2/28%12, 1+i/2%28, []string{"JPY", "KRW"}[i%2], 100+i%800)
	}
	return b.String()
}

func sheet(t *testing.T, path string, header []string, rows [][]string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range append([][]string{header}, rows...) {
		cells := make([]any, len(row))
		for k, v := range row {
			cells[k] = v
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}
