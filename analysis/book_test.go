package analysis

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/data"
)

// sale is one row of a small book made for a test.
type sale struct {
	style, marketplace, basis, condition, size, day string
	price, retail                                   string // US dollars
	flags                                           int
}

// testStyles are the styles of a test's book, of the built-in reference.
const (
	grey6   = "M990GL6" // 990v6, core grey
	grey5   = "M990GL5" // 990v5, core grey
	greyDay = "U998TA"  // 998, Grey Day 2023
)

// newBook makes a book that holds the sales, through SQL alone: what the ingest
// does to them is not under test here.
func newBook(t *testing.T, sales []sale) *data.Book {
	t.Helper()
	ctx := context.Background()
	b, err := data.Open(ctx, filepath.Join(t.TempDir(), "book.duckdb"), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	if err := Install(ctx, b); err != nil {
		t.Fatal(err)
	}
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	exec := func(q string, args ...any) {
		t.Helper()
		if err := s.Exec(ctx, q, args...); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	exec(`INSERT INTO runs VALUES (1, 'ingest sales', TIMESTAMPTZ '2026-11-20 09:00:00+00', DATE '2026-11-20', 'test', NULL)`)
	exec(`INSERT INTO run_files VALUES (1, 1, 'test.csv', 1, 'x', 'greybook', NULL, ?, ?, 0, 0, 0)`, len(sales), len(sales))
	variants := map[string]int{}
	items := map[string]int{}
	for i, v := range sales {
		v.marketplace, v.basis, v.condition = or(v.marketplace, "StockX"), or(v.basis, "sale"), or(v.condition, "new")
		key := fmt.Sprint(v.marketplace, v.basis, v.condition, v.size)
		if variants[key] == 0 {
			variants[key] = len(variants) + 1
			exec(`INSERT INTO store.variant VALUES (?, ?, nullif(?, ''), TRY_CAST(nullif(?, '') AS DECIMAL(4,1)), NULL, NULL, ?, NULL, 'USD', ?, NULL)`,
				variants[key], v.marketplace, v.size, v.size, v.condition, v.basis)
		}
		if items[v.style] == 0 {
			items[v.style] = len(items) + 1
			exec(`INSERT INTO store.item SELECT ?, ?, NULL, style_no, model, version, audience, NULL, 'code', 1 FROM styles WHERE style_id = ?`,
				items[v.style], v.style, v.style)
		}
		exec(`INSERT INTO store.sale SELECT md5_number(?), 1, ?, NULL, CAST(? AS DATE)::TIMESTAMPTZ, CAST(? AS DATE), 2, ?, ?, style_no,
				CAST(? AS DECIMAL(12,2)), CAST(? AS DECIMAL(12,2)), NULL, CAST(? AS DECIMAL(12,2)), CAST(? AS DECIMAL(12,2)), 1,
				CAST(CAST(? AS DECIMAL(12,2)) / CAST(? AS DECIMAL(12,2)) AS DECIMAL(12,6)), ? FROM styles WHERE style_id = ?`,
			fmt.Sprint("sale", i), i+2, v.day, v.day, items[v.style], variants[key],
			v.price, v.price, v.retail, v.retail, v.price, v.retail, v.flags, v.style)
	}
	return b
}

func or(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}

// rising is n sales of a style at 101, 102, … per cent of a retail of 100 dollars,
// one a day from the first of March 2026.
func rising(style string, n int) []sale {
	first, _ := data.ParseDate("2026-03-01")
	var out []sale
	for i := range n {
		out = append(out, sale{style: style, day: first.AddDays(i).String(), price: fmt.Sprint(101 + i), retail: "100", size: "9"})
	}
	return out
}

// session is one that is closed with the test.
func session(t *testing.T, b *data.Book) *data.Session {
	t.Helper()
	s, err := b.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
