package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// shared finds a real file of the shared folder, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("GREYBOOK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(dir, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real file is not here: %v", err)
	}
	return path
}

// The contest's own page and wc -l say 99,956 sales; 2,840 of its lines are repeats
// of an earlier line (`tail -n +2 FILE | sort | uniq -c`, each count less one).
func TestContestFile(t *testing.T) {
	path := shared(t, "stockx-contest-2019/StockX-Data-Contest-2019-3.csv")
	j := jobOn(t, filepath.Join(t.TempDir(), "b.duckdb"))
	wantCounts(t, "first", j.mustRead(t, path), "99956 99956 0 0")
	wantCounts(t, "by its hash", j.mustRead(t, path), "99956 0 99956 0")
	wantCounts(t, "in full", j.other().mustRead(t, path), "99956 0 99956 0")
	sum := j.table(t, "SELECT count(*) AS n, count(DISTINCT sale_key) AS keys, sum(sale_price)::VARCHAR AS paid, min(sold_on) AS first, max(sold_on) AS last FROM sales")
	// The sum by awk over the file's own prices; the days are those of its README.
	if want := `{"n":99956,"keys":99956,"paid":"` + contestTotal(t, path) + `","first":"2017-09-01","last":"2019-02-13"}`; sum[0] != want {
		t.Errorf("%s, want %s", sum[0], want)
	}
}

// salePrice is the first of the two prices of a line: "…,$1,097","… or …,$685,….
var salePrice = regexp.MustCompile(`(?m)^[^$\n]*\$([0-9,]*[0-9])`)

// contestTotal adds the file's prices up without greybook's money: whole dollars.
func contestTotal(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, m := range salePrice.FindAllStringSubmatch(string(b), -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return fmt.Sprintf("%d.00", total)
}

// KREAM's table has 6,226 products with three observations each (wc -l less the
// header, times three): all are read, none is a sale.
func TestKREAMFile(t *testing.T) {
	j := newJob(t)
	r := j.mustRead(t, shared(t, "kream-2024-05/kream_data.csv"))
	wantCounts(t, "KREAM", r, "18678 18678 0 0")
	if r.ObservedOn != date(t, "2024-05-22") {
		t.Errorf("observed on %s", r.ObservedOn)
	}
	got := strings.Join(j.table(t, "SELECT price_basis, count(*) AS n FROM sales GROUP BY ALL ORDER BY ALL"), " ")
	if want := `{"price_basis":"highest_sale","n":6226} {"price_basis":"last_sale","n":6226} {"price_basis":"lowest_sale","n":6226}`; got != want {
		t.Error(got)
	}
	if late := j.table(t, "SELECT source_line, sold_on FROM sales WHERE sold_on > DATE '2024-05-22' ORDER BY ALL"); len(late) > 0 {
		t.Errorf("sold after the table was taken: %v", late)
	}
}

// Of the 1,127 records of the seller report, 127 have the size N/A and 118 a size
// of clothing (a count of its column "Sku Size"), one a waist and a length, and one
// is of shorts; one of the rest is a 990.
func TestSellerReport(t *testing.T) {
	j := newJob(t)
	r := j.mustRead(t, shared(t, "stockx-seller-report-2022-2025/stockx_historical_seller_sales_report.redacted.csv"))
	wantCounts(t, "seller report", r, "1127 880 0 247")
	if len(r.Reasons) != 1 || r.Reasons[0] != (ReasonCount{"not_footwear", 247}) {
		t.Errorf("%v", r.Reasons)
	}
	if got := j.table(t, "SELECT count(DISTINCT source_sale_id) AS ids, min(currency) AS a, max(currency) AS b FROM sales"); got[0] != `{"ids":880,"a":"EUR","b":"EUR"}` {
		t.Error(got)
	}
}

// BenchmarkIngest reads 100,000 canonical rows into a new book a round, by each path.
func BenchmarkIngest(b *testing.B) {
	header, rows := generated(990, 100_000, true)
	path := put(b, "a.csv", text("\n", header, rows))
	size := int64(len(text("\n", header, rows)))
	for name, from := range map[string]int64{"engine": 1, "line": never} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				j := jobOn(b, filepath.Join(b.TempDir(), fmt.Sprint(i, ".duckdb")))
				j.EngineFrom = from
				b.StartTimer()
				if r := j.mustRead(b, path); r.Read != 100_000 {
					b.Fatal(counts(r))
				}
			}
		})
	}
}
