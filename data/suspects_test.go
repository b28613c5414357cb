package data

import (
	"path/filepath"
	"testing"
)

// The constants of this package are what the table says.
func TestFlagsAreTheTables(t *testing.T) {
	b := newTestBook(t)
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var mask uint32
	if err := s.Get(t.Context(), []any{&mask}, "SELECT bit_or(1::UINTEGER << bit) FROM store.flag WHERE excludes"); err != nil {
		t.Fatal(err)
	}
	if mask != FlagsExcluding {
		t.Errorf("flags that exclude are %d, FlagsExcluding is %d", mask, FlagsExcluding)
	}
	for name, bit := range map[string]uint32{"synthetic": FlagSynthetic, "before_release": FlagBeforeRelease, "price_sentinel": FlagPriceSentinel,
		"multiple_implausible": FlagImplausible, "sold_in_future": FlagSoldInFuture, "price_outlier": FlagPriceOutlier, "test_row": FlagTestRow,
		"retail_impossible": FlagRetailImpossible, "released": FlagReleased} {
		var got uint32
		if err := s.Get(t.Context(), []any{&got}, "SELECT 1::UINTEGER << bit FROM store.flag WHERE flag = ?", name); err != nil || got != bit {
			t.Errorf("%s is %d in the table, %d here: %v", name, got, bit, err)
		}
	}
}

func newTestBook(t *testing.T) *Book {
	t.Helper()
	b, err := Open(t.Context(), filepath.Join(t.TempDir(), "b.duckdb"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// A book of a program that knew no fences is judged when it is opened, also when
// that was cut short after its schema was brought up to date.
func TestAnOlderBookIsJudged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	b, err := open(t.Context(), path, settings(Options{}, "READ_WRITE"), inUTC)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range migrations() {
		if filepath.Base(name) >= "0005" {
			break
		}
		if err := b.migrate(t.Context(), name, i+1); err != nil {
			t.Fatal(err)
		}
	}
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"INSERT INTO runs VALUES (1, 'ingest sales', TIMESTAMPTZ '2026-01-01 00:00:00+00', DATE '2026-01-01', 'x', NULL)",
		"INSERT INTO run_files VALUES (1, 1, 'x', 1, 'x', 'greybook', NULL, 31, 31, 0, 0, 0)",
		"INSERT INTO store.variant VALUES (1, 'eBay', NULL, NULL, NULL, NULL, 'new', NULL, 'USD', 'sale', NULL)",
		// Thirty at 200 dollars and one at 2,000.
		`INSERT INTO store.sale SELECT i, 1, i, NULL, TIMESTAMPTZ '2025-01-01 00:00:00+00', DATE '2025-01-01', 2, 1, 1, 7,
			CASE WHEN i = 31 THEN 2000 ELSE 200 END, CASE WHEN i = 31 THEN 2000 ELSE 200 END, NULL, NULL, NULL, 0, NULL, 0 FROM range(1, 32) r(i)`,
	} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	for i, name := range migrations() {
		if filepath.Base(name) >= "0005" {
			if err := b.migrate(t.Context(), name, i+1); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time nothing is left to do
		if b, err = Open(t.Context(), path, Options{}); err != nil {
			t.Fatal(err)
		}
		s, err := b.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var outliers, line, counted int64
		if err := s.Get(t.Context(), []any{&outliers, &line, &counted}, `SELECT count(*), max(line), (SELECT sum(n) FROM store.price_bucket)::BIGINT
			FROM store.sale WHERE flags = 256`); err != nil {
			t.Fatal(err)
		}
		if outliers != 1 || line != 31 || counted != 31 {
			t.Errorf("%d outliers, the last on line %d; %d prices counted; want one, 31 and 31", outliers, line, counted)
		}
		s.Close()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeysOfRecords(t *testing.T) {
	for key, want := range map[string]string{
		"00000000000000000000000000000000": "0", "000000000000000000000000000000ff": "255", "000000000000000000000000000000FF": "255",
		"ffffffffffffffffffffffffffffffff": "340282366920938463463374607431768211455",
		"":                                 "", "ff": "", "-00000000000000000000000000000ff": "", "+0000000000000000000000000000000": "",
		"0x0000000000000000000000000000ff": "", "0000_000000000000000000000000000": "", "gg000000000000000000000000000000": "",
	} {
		if got, ok := parseKey(key); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", key, got, ok, want)
		}
	}
}
