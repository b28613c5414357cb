package analysis

import (
	"slices"
	"testing"
)

// Four sales of a 990v6 whose style nobody knows, at twice the retail price that their
// source states, stand beside eleven of a known one: fifteen for the version, eleven
// for whatever only a style can tell.
func TestSalesOfUnknownStyle(t *testing.T) {
	b := newBook(t, rising(grey6, 11))
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"INSERT INTO store.item VALUES (99, NULL, 'New Balance 990v6 of nobody knows which', NULL, '990', 'v6', NULL, NULL, 'none', 0), (98, NULL, '990 of some version', NULL, '990', NULL, NULL, NULL, 'none', 0)",
		`INSERT INTO store.sale SELECT md5_number('x' || i), 1, 100 + i, NULL, TIMESTAMPTZ '2026-03-05 00:00:00+00', DATE '2026-03-05', 2, CASE WHEN i < 4 THEN 99 ELSE 98 END,
			(SELECT min(variant_no) FROM store.variant), NULL, 200, 200, 100, 100, 100, 3, CASE WHEN i = 5 THEN NULL ELSE 2 END, CASE WHEN i = 6 THEN 4 ELSE 0 END FROM range(7) r(i)`,
	} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	for _, c := range []struct {
		spec    MultiplesSpec
		n       int
		unknown bool
	}{
		{MultiplesSpec{By: []Dimension{ByVersion}}, 15, true},
		{MultiplesSpec{By: []Dimension{ByMarketplace}, Where: []Filter{{ByVersion, "v6"}}}, 15, true},
		{MultiplesSpec{By: []Dimension{ByVersion, ByStyle}}, 11, false},
		{MultiplesSpec{By: []Dimension{ByStyle}}, 11, false},
		{MultiplesSpec{By: []Dimension{ByMarketplace}}, 11, false},
		{MultiplesSpec{By: []Dimension{ByModel}}, 11, false},
	} {
		m := ask(t, b, c.spec)
		if m.N != c.n || len(m.Rows) != 1 || slices.Contains(m.Rows[0].Warnings, WarnUnknownStyle) != c.unknown {
			t.Errorf("%v: n %d, %+v; want %d, unknown %t", c.spec, m.N, m.Rows, c.n, c.unknown)
		}
	}
}
