package data

import (
	"context"
	"path/filepath"
	"testing"
)

// RetailAt in Go and the intervals that price a book's sales are one rule: they
// give the same price for every style and currency, on the day of every change, the
// days beside it, and long before and after.
func TestRetailAtIsTheBooksRule(t *testing.T) {
	ctx := context.Background()
	b, err := Open(ctx, filepath.Join(t.TempDir(), "b.duckdb"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(ctx, `INSERT INTO retail_prices VALUES ('M990GY3', NULL, 210, 'USD', 'x', 'low', NULL),
		('M990GY3', NULL, 220, 'USD', 'x', 'high', NULL), ('M990GY3', NULL, 215, 'USD', 'x', 'high', NULL)`); err != nil {
		t.Fatal(err)
	}
	if err := BuildIntervals(ctx, s); err != nil {
		t.Fatal(err)
	}
	ref, styleNo, err := ReadReference(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	long, _ := ParseDate("1999-01-01")
	after, _ := ParseDate("2030-01-01")
	n := 0
	for _, p := range ref.RetailPrices {
		for _, d := range []Date{long, p.EffectiveFrom - 91, p.EffectiveFrom - 1, p.EffectiveFrom, p.EffectiveFrom + 1, after} {
			if d <= 1 {
				continue // no day
			}
			got, ok := ref.RetailAt(p.StyleID, p.Currency, d)
			var rows int
			var price int64
			err := s.Get(ctx, []any{&rows, &price}, `SELECT count(*), coalesce(max(retail_price) * 100, 0)::BIGINT FROM retail_interval
				WHERE style_no = ? AND currency = ? AND valid_from <= CAST(? AS DATE) AND CAST(? AS DATE) < valid_to`,
				styleNo[p.StyleID], p.Currency, d.String(), d.String())
			if err != nil {
				t.Fatal(err)
			}
			n++
			if !ok || rows != 1 || int64(got.Price) != price {
				t.Errorf("%s in %s on %s: RetailAt says %s (%v), the book %s from %d rows", p.StyleID, p.Currency, d, got.Price, ok, Amount(price), rows)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d days compared", n)
	}
	if p, _ := ref.RetailAt("M990GY3", "USD", after); p.Price != 21500 {
		t.Errorf("of three prices without a day it is %s, want the lowest of the surest, 215", p.Price)
	}
}
