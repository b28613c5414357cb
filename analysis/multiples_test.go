package analysis

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

func day(t *testing.T, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func ask(t *testing.T, b *data.Book, spec MultiplesSpec) Multiples {
	t.Helper()
	m, err := ComputeMultiples(context.Background(), b, spec)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fig(v float64) *float64 { return &v }

// TestMultiplesByHand: eleven sales at 1.01 … 1.11 of retail. Median x(6) = 1.06.
// At 95 % n = 11 has k = 2: P(Bin(11, ½) ≤ 1) = 12/2048 = 0.0059 ≤ 0.025 and
// P(Bin(11, ½) ≤ 2) = 67/2048 = 0.0327 > 0.025, so [x(2), x(10)] = [1.02, 1.10].
// Type 7 quartiles: 1 + 10·0.25 = 3.5th value = 1.035, and 1.085; P5 = 1.5th = 1.015.
func TestMultiplesByHand(t *testing.T) {
	b := newBook(t, append(rising(grey6, 11), rising(grey5, 3)...))
	m := ask(t, b, MultiplesSpec{By: []Dimension{ByVersion}})
	want := []MultipleRow{
		{Keys: []string{"v5"}, N: 3, FirstSoldOn: day(t, "2026-03-01"), LastSoldOn: day(t, "2026-03-03"), Warnings: []string{WarnFewSales, WarnOneMarketplace, WarnOneSize, WarnTooFew}},
		{Keys: []string{"v6"}, N: 11, Median: fig(1.06), Lo: fig(1.02), Hi: fig(1.10), P5: fig(1.015), Q1: fig(1.035), Q3: fig(1.085), P95: fig(1.105),
			ShareAboveRetail: fig(1), MedianSalePrice: fig(106), MedianRetailPrice: fig(100),
			FirstSoldOn: day(t, "2026-03-01"), LastSoldOn: day(t, "2026-03-11"), Warnings: []string{WarnFewSales, WarnOneMarketplace, WarnOneSize}},
	}
	near := cmp.Comparer(func(a, b *float64) bool {
		if a == nil || b == nil {
			return a == b
		}
		return *a-*b < 1e-12 && *b-*a < 1e-12
	})
	if d := cmp.Diff(want, m.Rows, near); d != "" {
		t.Error(d)
	}
	if m.N != 14 || m.PriceBasis != "sale" || m.Condition != "new" {
		t.Errorf("scope: n %d, basis %q, condition %q", m.N, m.PriceBasis, m.Condition)
	}
}

// TestMultiplesScope: what is no completed sale of a new pair stays out unless the
// question names it.
func TestMultiplesScope(t *testing.T) {
	sales := rising(grey6, 8)
	ask1 := rising(grey6, 7)
	for i := range ask1 {
		ask1[i].basis = "ask"
	}
	used := rising(grey6, 6)
	for i := range used {
		used[i].condition = "used"
	}
	suspect := rising(grey6, 5)
	for i := range suspect {
		suspect[i].flags = 4 // price_sentinel
	}
	b := newBook(t, slices.Concat(sales, ask1, used, suspect))
	for _, c := range []struct {
		name string
		spec MultiplesSpec
		want map[string]int // key: n
	}{
		{"headline", MultiplesSpec{By: []Dimension{ByVersion}}, map[string]int{"v6": 8}},
		{"by price basis", MultiplesSpec{By: []Dimension{ByPriceBasis}}, map[string]int{"ask": 7, "sale": 8}},
		{"asks", MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByPriceBasis, "ask"}}}, map[string]int{"v6": 7}},
		{"by condition", MultiplesSpec{By: []Dimension{ByCondition}}, map[string]int{"new": 8, "used": 6}},
		{"until", MultiplesSpec{By: []Dimension{ByVersion}, Until: day(t, "2026-03-05")}, map[string]int{"v6": 5}},
		{"since", MultiplesSpec{By: []Dimension{ByVersion}, Since: day(t, "2026-03-05")}, map[string]int{"v6": 4}},
		{"as of", MultiplesSpec{By: []Dimension{ByVersion}, AsOf: day(t, "2026-03-02")}, map[string]int{"v6": 2}},
		{"week as 2026-W10", MultiplesSpec{By: []Dimension{ByWeek}, Where: []Filter{{ByWeek, "2026-W10"}}}, map[string]int{"2026-03-02": 7}},
		{"unknown made_in", MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByMadeIn, ""}}}, map[string]int{}},
		{"no such version", MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByVersion, "v9'; DROP TABLE styles --"}}}, map[string]int{}},
	} {
		got := map[string]int{}
		for _, r := range ask(t, b, c.spec).Rows {
			got[r.Keys[0]] = r.N
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// TestMultiplesEveryDimension asks for each dimension alone and for two together.
func TestMultiplesEveryDimension(t *testing.T) {
	b := newBook(t, slices.Concat(rising(grey6, 7), rising(grey5, 7), rising(greyDay, 7)))
	want := map[Dimension][]string{
		ByModel: {"990", "998"}, ByVersion: {"v5", "v6", ""}, ByStyle: {"M990GL5", "M990GL6", "U998TA"},
		ByGreyDay: {"Grey Day 2023: 998 Marblehead Vintage Indigo", "core grey"}, ByGreyDayYear: {"2023", ""},
		ByMadeIn: {"USA"}, BySizeBand: {"9-10.5"}, ByCondition: {"new"}, ByMarketplace: {"StockX"}, ByPriceBasis: {"sale"},
		ByWeek: {"2026-02-23", "2026-03-02"}, ByMonth: {"2026-03"}, ByYear: {"2026"}, ByAudience: {"men", "unisex"},
	}
	for _, d := range Dimensions() {
		var keys []string
		m := ask(t, b, MultiplesSpec{By: []Dimension{d}})
		for _, r := range m.Rows {
			keys = append(keys, r.Keys[0])
		}
		if m.N != 21 {
			t.Errorf("%s: %d of 21 sales", d, m.N)
		}
		if w, ok := want[d]; ok && !slices.Equal(keys, w) {
			t.Errorf("%s: keys %q, want %q", d, keys, w)
		}
	}
	if m := ask(t, b, MultiplesSpec{By: []Dimension{ByModel, ByGreyDayYear}}); len(m.Rows) != 2 || m.Rows[1].Keys[1] != "2023" {
		t.Errorf("two dimensions: %+v", m.Rows)
	}
}

// TestWarnings: what is said of a group is of its own sales, and the same each time.
// A group of many distinct prices comes in several batches of the engine, whose
// memory is gone when the next one is read.
func TestWarnings(t *testing.T) {
	b := newBook(t, rising(grey6, 30))
	s, err := b.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	// 6,000 sales at as many prices, of marketplaces with long names.
	for _, q := range []string{
		`INSERT INTO store.variant SELECT 10 + range::INTEGER, 'a marketplace with a long name, number ' || range, NULL, NULL, NULL, NULL, 'new', NULL, 'USD', 'sale', NULL FROM range(2)`,
		`INSERT INTO store.sale BY NAME SELECT s.* REPLACE (md5_number(r.range::VARCHAR) AS sale_key, 100 + r.range AS line, 10 + r.range % 2 AS variant_no, i.item_no AS item_no, i.style_no AS style_no,
			50 + r.range / 100 AS sale_price, 50 + r.range / 100 AS sale_price_usd, 0.5 + r.range / 10000 AS multiple)
			FROM (SELECT * FROM store.sale LIMIT 1) s, range(6000) r, store.item i`,
	} {
		if err := s.Exec(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	for range 3 {
		both := ask(t, b, MultiplesSpec{By: []Dimension{ByVersion}}).Rows[0]
		if both.N != 6030 || len(both.Warnings) != 0 {
			t.Errorf("three marketplaces, one condition, one basis: n %d, warnings %v", both.N, both.Warnings)
		}
		one := ask(t, b, MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByMarketplace, "a marketplace with a long name, number 1"}}}).Rows[0]
		if one.N != 3000 || !slices.Equal(one.Warnings, []string{WarnOneMarketplace}) {
			t.Errorf("one marketplace: n %d, warnings %v", one.N, one.Warnings)
		}
	}
}

// TestMinN: fewer sales than asked for show n alone; without an interval at the
// level a figure is shown only when it was asked for, with a warning.
func TestMinN(t *testing.T) {
	b := newBook(t, rising(grey6, 5))
	// n = 5: P(Bin(5, ½) ≤ 0) = 1/32 = 0.031 > 0.025, ≤ 0.05: an interval at 90 %, none at 95 %.
	for _, c := range []struct {
		level    float64
		minN     int
		median   bool
		interval bool
		warning  string
	}{
		{0.95, 0, false, false, WarnTooFew},
		{0.95, 1, true, false, WarnNoInterval},
		{0.90, 0, true, true, ""},
		{0.90, 6, false, false, WarnTooFew},
	} {
		r := ask(t, b, MultiplesSpec{By: []Dimension{ByVersion}, Level: c.level, MinN: c.minN}).Rows[0]
		if (r.Median != nil) != c.median || (r.Lo != nil) != c.interval || (r.Hi != nil) != c.interval {
			t.Errorf("level %g, min-n %d: median %v, interval %v", c.level, c.minN, r.Median != nil, r.Lo != nil)
		}
		if c.warning != "" && !slices.Contains(r.Warnings, c.warning) {
			t.Errorf("level %g, min-n %d: warnings %v lack %s", c.level, c.minN, r.Warnings, c.warning)
		}
	}
}
