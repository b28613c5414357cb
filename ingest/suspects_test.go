package ingest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

func TestTitlesOfTests(t *testing.T) {
	for title, want := range map[string]bool{
		"test": true, "TEST": true, "Test listing 990v6": true, "New Balance 990v6 - test": true, "(test)": true, "990 TEST, grey": true,
		"do not buy": true, "990v6 DO NOT BUY!": true, "dummy": true, "Dummy item": true, "Please ignore this": true, "테스트 test": true,
		"": false, "latest": false, "contest": false, "The Latest 990": false, "tested": false, "testing": false, "Tést": false,
		"do not buy990": false, "please ignored": false, "dummyx": false, "attest": false, "new test2": false,
	} {
		if got := titleFlags(title) != 0; got != want {
			t.Errorf("%q: test %v, want %v", title, got, want)
		}
	}
}

// flagsOf lists the records that the flag is on, by a column of theirs.
func (j *Job) flagsOf(t testing.TB, flag, column string) string {
	t.Helper()
	return strings.Join(j.table(t, fmt.Sprintf("SELECT %s AS v FROM sales WHERE list_contains(flags, '%s') ORDER BY sold_on, sale_price", column, flag)), " ")
}

// A price that stands for none is told by its currency: 99,999 yen may be paid.
func TestSentinelsByCurrency(t *testing.T) {
	j := newJob(t)
	rows := "sold_at,price,currency,title\n"
	for _, c := range []string{"USD 1", "USD 9999", "USD 99999", "USD 999999", "USD 99999999", "USD 99999.99", "USD 899999", "EUR 99999",
		"JPY 1", "JPY 99999", "JPY 999999", "KRW 1", "KRW 99999", "KRW 999999", "KRW 9999999", "VND 99999999", "VND 999999999"} {
		currency, price, _ := strings.Cut(c, " ")
		rows += fmt.Sprintf("2026-01-05,%s,%s,990v6\n", price, currency)
	}
	j.mustRead(t, put(t, "a.csv", rows))
	want := []string{"EUR 99999.00", "JPY 1.00", "JPY 999999.00", "KRW 1.00", "KRW 9999999.00", "USD 1.00", "USD 99999.00", "USD 999999.00", "USD 99999999.00", "VND 999999999.00"}
	got := j.table(t, "SELECT concat_ws(' ', currency, sale_price) AS v FROM sales WHERE list_contains(flags, 'price_sentinel') ORDER BY currency, sale_price")
	for i := range want {
		want[i] = fmt.Sprintf(`{"v":"%s"}`, want[i])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A test row is accepted, flagged, and stays so when all is looked up again.
func TestTestRowsAreFlagged(t *testing.T) {
	j := newJob(t)
	j.mustRead(t, put(t, "a.csv", "sold_at,price,style_code,title\n2026-01-05,210,M990GL6,990v6 test listing\n2026-01-06,220,M990GL6,The latest 990v6\n"))
	before := j.table(t, allSales)
	if got := j.flagsOf(t, "test_row", "sale_price"); got != `{"v":210.0}` {
		t.Errorf("test rows: %s", got)
	}
	if r, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil || r.Priced != 0 {
		t.Errorf("resolve: %+v, %v", r, err)
	}
	if diff := cmp.Diff(before, j.table(t, allSales)); diff != "" {
		t.Error(diff)
	}
	// A book of an older program has no such flags: resolve makes them.
	j.exec(t, "UPDATE store.sale SET flags = 0")
	if r, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil || r.Priced != 1 {
		t.Errorf("resolve: %+v, %v", r, err)
	}
	if diff := cmp.Diff(before, j.table(t, allSales)); diff != "" {
		t.Error(diff)
	}
}

const kreamHeader = "상품명,상품URL,브랜드,최근거래가,모델번호,발매일,발매일로부터현재까지일,발매가,최고거래가,최고거래성사일,최저거래가,최저거래성사일\n"

// kreamRow is a product with three observations of one price and day.
func kreamRow(code, retail, price string) string {
	return fmt.Sprintf("뉴발란스,u,New Balance,%[3]s,%[1]s,2024/01/01,10,%[2]s,%[3]s,2024/01/05,%[3]s,2024/01/05\n", code, retail, price)
}

// 8,300 won is a typing error of the KREAM file: the profile's least retail price
// is 20,000.
func TestImpossibleRetail(t *testing.T) {
	j := newJob(t)
	j.mustRead(t, put(t, "k.csv", kreamHeader+kreamRow("A1", "8300", "100000")+kreamRow("A2", "19999", "100001")+kreamRow("A3", "20000", "100002")+
		kreamRow("A4", "-", "100003")+kreamRow("A5", "0", "100004")+kreamRow("A6", "무료", "100005")+kreamRow("A7", "9999999", "100006")+kreamRow("A8", "1", "100007")))
	var got []string
	for _, r := range j.table(t, "SELECT concat_ws(' ', sale_price::INTEGER, retail_basis, retail_price::INTEGER, flags) AS v FROM sales WHERE price_basis = 'highest_sale' ORDER BY sale_price") {
		got = append(got, strings.TrimSuffix(strings.TrimPrefix(r, `{"v":"`), `"}`))
	}
	if diff := cmp.Diff([]string{"100000 [no_usd_rate, retail_impossible]", "100001 [no_usd_rate, retail_impossible]", "100002 source 20000 [no_usd_rate]",
		"100003 [no_usd_rate]", "100004 [no_usd_rate, retail_impossible]", "100005 [no_usd_rate, retail_impossible]",
		"100006 [no_usd_rate, retail_impossible]", "100007 [no_usd_rate, retail_impossible]"}, got); diff != "" {
		t.Error(diff)
	}
	before := j.table(t, allSales)
	if r, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil || r.Priced != 0 {
		t.Errorf("resolve: %+v, %v", r, err)
	}
	if diff := cmp.Diff(before, j.table(t, allSales)); diff != "" {
		t.Error(diff)
	}
}

// The reference has 200 dollars for M990GL6 and no price in won; at 0.001 dollar a
// won that is 200,000: from 170,000 to 280,000 there is no conflict. It has 259,000 won
// for MR993GL, and any other price is one.
func TestRetailConflicts(t *testing.T) {
	j := newJob(t)
	if _, _, err := j.Rates(t.Context(), []string{put(t, "fx.csv", "date,currency,usd_per_unit\n2024-01-05,KRW,0.001\n2024-01-11,KRW,0.001\n")}); err != nil {
		t.Fatal(err)
	}
	rows := kreamHeader
	for i, retail := range []string{"169999", "170000", "200000", "280000", "280001"} {
		rows += kreamRow("M990GL6", retail, fmt.Sprint(300000+i))
	}
	for i, retail := range []string{"259000", "259001"} {
		rows += kreamRow("MR993GL", retail, fmt.Sprint(400000+i))
	}
	j.mustRead(t, put(t, "k.csv", rows))
	got := j.table(t, "SELECT sale_price::INTEGER AS p, retail_price::INTEGER AS r, retail_basis AS b FROM sales WHERE list_contains(flags, 'retail_conflict') AND price_basis = 'highest_sale' ORDER BY 1")
	if diff := cmp.Diff([]string{`{"p":300000,"r":200000,"b":"reference_fx"}`, `{"p":300004,"r":200000,"b":"reference_fx"}`, `{"p":400001,"r":259000,"b":"reference"}`}, got); diff != "" {
		t.Error(diff)
	}
}

// salesAt is n sales of a style, one a day from a first one, all at one price.
func salesAt(style, condition, price string, first, n int) string {
	var b strings.Builder
	day := data.Date(20000 + first)
	for i := range n {
		fmt.Fprintf(&b, "%s,%s,%s,%s,sale\n", day.AddDays(i), price, style, condition)
	}
	return b.String()
}

const fenceHeader = "sold_at,price,style_code,condition,price_basis\n"

// The fence: 30 sales make one, of their own condition; 16 buckets of 2^(1/8) from the
// median's are within. 200 is in bucket floor(8·log2 200) = 61, so that the buckets
// 45 to 77 are sound: from 2^(45/8) = 49.35 to 2^(78/8) = 861.08 dollars.
func TestFence(t *testing.T) {
	j := newJob(t)
	odd := ""
	for i, p := range []string{"49.34", "49.36", "861.07", "861.08", "20"} {
		odd += salesAt("M990GL6", "new", p, 400+i, 1)
	}
	odd += salesAt("M990GL6", "used", "20", 410, 1) + salesAt("M990GL5", "new", "20", 411, 1) + strings.ReplaceAll(salesAt("M990GL6", "new", "2000", 412, 1), "sale", "ask")
	j.mustRead(t, put(t, "odd.csv", fenceHeader+odd))
	outliers := func(what, want string) {
		t.Helper()
		if got := j.flagsOf(t, "price_outlier", "sale_price"); got != want {
			t.Errorf("%s: outliers %s, want %s", what, got, want)
		}
	}
	outliers("too few", "")
	// Five of new pairs, and 24 more: 29 sales carry no fence, 30 do.
	j.mustRead(t, put(t, "a.csv", fenceHeader+salesAt("M990GL6", "new", "200", 0, 24)))
	outliers("29 sales", "")
	j.mustRead(t, put(t, "b.csv", fenceHeader+salesAt("M990GL6", "new", "200", 100, 1)))
	const three = `{"v":49.34} {"v":861.08} {"v":20.0}`
	outliers("30 sales", three)
	// A sale that another flag keeps out says nothing of prices: 31 more of them in
	// the future move nothing, and are judged like all others.
	j.mustRead(t, put(t, "future.csv", fenceHeader+salesAt("M990GL6", "new", "5000", 3000, 1)+salesAt("M990GL6", "new", "3000", 3001, 31)))
	if got := len(j.table(t, "SELECT 1 AS x FROM sales WHERE list_contains(flags, 'price_outlier') AND list_contains(flags, 'sold_in_future')")); got != 32 {
		t.Errorf("%d of 32 future sales are outliers", got)
	}
	outliersNow := func() string {
		return strings.Join(j.table(t, "SELECT sale_price AS v FROM sales WHERE list_contains(flags, 'price_outlier') AND NOT list_contains(flags, 'sold_in_future') ORDER BY sold_on"), " ")
	}
	if got := outliersNow(); got != three {
		t.Errorf("after the future: %s", got)
	}
	// Wide quartiles widen it: with as many sales at 800 (bucket 77) the quartiles are
	// 16 buckets apart, and the fence 48 buckets from the median's: 20 (34) is within.
	j.mustRead(t, put(t, "c.csv", fenceHeader+salesAt("M990GL6", "new", "800", 200, 30)))
	if got := outliersNow(); got != "" {
		t.Errorf("with wide quartiles: %s", got)
	}
}

// The same sales have the same flags, in whatever files and order they came; a run
// that is taken back leaves what was before.
func TestOutliersDoNotDependOnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 90))
	var rows []string
	for i := range 900 {
		style := []string{"M990GL6", "M990GL5", "U990GR4", "M992GR", "NOBODY-1"}[r.IntN(5)]
		price := 150 + r.IntN(200)
		switch r.IntN(12) {
		case 0:
			price *= 10
		case 1:
			price = price/10 + 1
		case 2:
			price = 1 + r.IntN(3000)
		}
		rows = append(rows, fmt.Sprintf("%s,%d,%s,%s,%s\n", data.Date(19000+i), price, style, []string{"new", "new", "used"}[r.IntN(3)], []string{"sale", "sale", "sale", "ask"}[r.IntN(4)]))
	}
	whole := newJob(t)
	whole.mustRead(t, put(t, "a.csv", fenceHeader+strings.Join(rows, "")))
	if n := len(whole.table(t, "SELECT 1 AS x FROM sales WHERE list_contains(flags, 'price_outlier')")); n < 50 {
		t.Fatalf("%d outliers: the test is about nothing", n)
	}
	buckets := "SELECT * FROM store.price_bucket ORDER BY ALL"
	for try := range 4 {
		r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
		j := newJob(t)
		cuts := []int{0, 40 + r.IntN(200), 300 + r.IntN(500), len(rows)}
		var before [][]string
		for i := range 3 {
			before = append(before, append(j.table(t, onlySales), j.table(t, buckets)...))
			j.mustRead(t, put(t, "a.csv", fenceHeader+strings.Join(rows[cuts[i]:cuts[i+1]], "")))
		}
		sameBook(t, fmt.Sprint("try ", try), whole, j, onlySales, buckets)
		for run := int64(3); run > 0; run-- {
			if _, err := Revert(t.Context(), j.Book, run, j.Now, j.AsOf); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before[run-1], append(j.table(t, onlySales), j.table(t, buckets)...)); diff != "" {
				t.Errorf("try %d, run %d taken back:\n%.2000s", try, run, diff)
			}
		}
	}
}

// Sales whose style comes later are judged then, as if it had been there; with the
// style their outliers go too.
func TestOutliersFollowTheReference(t *testing.T) {
	styles := put(t, "styles.csv", "style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\n"+
		"M990ZZ6,990,v6,Zebra,2020-01-01,200,USD,USA,men,,invented,high\n")
	sales := put(t, "sales.csv", fenceHeader+salesAt("M990ZZ6", "new", "200", 0, 30)+salesAt("M990ZZ6", "new", "2000", 50, 2))
	before, after := newJob(t), newJob(t)
	for _, j := range []*Job{before, after} {
		if j == before {
			j.readStyles(t, styles)
		}
		j.mustRead(t, sales)
		if j == after {
			if got := j.flagsOf(t, "price_outlier", "sale_price"); got != "" {
				t.Errorf("without the style: %s", got)
			}
			j.readStyles(t, styles)
		}
		if got := j.flagsOf(t, "price_outlier", "sale_price"); got != `{"v":2000.0} {"v":2000.0}` {
			t.Errorf("outliers %s", got)
		}
	}
	sameBook(t, "styles later", before, after, onlySales, "SELECT * FROM store.price_bucket ORDER BY ALL")
	if _, err := Revert(t.Context(), after.Book, 2, after.Now, after.AsOf); err != nil { // the styles' run
		t.Fatal(err)
	}
	if got := after.table(t, "SELECT flags FROM store.sale WHERE flags <> 0 UNION ALL SELECT n FROM store.price_bucket"); len(got) != 0 {
		t.Errorf("without the style again: %v", got)
	}
}

func (j *Job) readStyles(t testing.TB, path string) {
	t.Helper()
	if _, _, err := j.Reference(t.Context(), Styles, []string{path}); err != nil {
		t.Fatal(err)
	}
}
