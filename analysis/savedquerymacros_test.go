package analysis

import (
	"database/sql"
	"math"
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// emptyBook is a book without sales.
func emptyBook(t *testing.T) *data.Book {
	t.Helper()
	b, err := data.Open(t.Context(), filepath.Join(t.TempDir(), "book.duckdb"), data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// The macros of the book give package stat's intervals: that of a median to the digit,
// for every n in one query, for DuckDB's list functions have been wrong where lists of several lengths meet.
func TestMedianIntervalMacro(t *testing.T) {
	s := session(t, emptyBook(t))
	for _, level := range []float64{0.5, 0.8, 0.9, 0.9375, 0.95, 0.975, 0.99, 0.999999} {
		rows, err := s.Query(t.Context(), `SELECT n, (i).n, (i).median, (i).lo, (i).hi FROM (SELECT n, median_interval(x, ?::DOUBLE) AS i FROM (
				SELECT n, unnest(range(n, 0, -1)) AS x FROM range(1, 700) r(n) UNION ALL FROM range(1025) r(x) SELECT 1025, x + 1 UNION ALL SELECT 200000, x + 1 FROM range(200000) r(x))
			GROUP BY n) ORDER BY n`, level)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var n, m int
			var median, lo, hi sql.NullFloat64
			if err := rows.Scan(&n, &m, &median, &lo, &hi); err != nil {
				t.Fatal(err)
			}
			k, _, ok := stat.MedianRanks(n, level)
			wantLo, wantHi, wantMedian := sql.NullFloat64{Float64: float64(k), Valid: ok}, sql.NullFloat64{Float64: float64(n - k + 1), Valid: ok}, sql.NullFloat64{Float64: float64(n+1) / 2, Valid: ok}
			if !ok {
				wantLo, wantHi, wantMedian = sql.NullFloat64{}, sql.NullFloat64{}, sql.NullFloat64{}
			}
			if m != n || lo != wantLo || hi != wantHi || median != wantMedian {
				t.Fatalf("level %v, the numbers to %d: n %d, median %v, interval %v to %v; want %v, %v to %v", level, n, m, median, lo, hi, wantMedian, wantLo, wantHi)
			}
		}
	}
}

// The intervals of rates and shares are those of package stat, to nine digits.
func TestRateAndShareIntervalMacros(t *testing.T) {
	s := session(t, emptyBook(t))
	near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want)) }
	for _, level := range []float64{0.5, 0.95, 0.99} {
		rows, err := s.Query(t.Context(), `SELECT k, n, (r).lo, (r).hi, (p).lo, (p).hi FROM (SELECT k, n, rate_interval(k, ?::DOUBLE) AS r, share_interval(k, n, ?::DOUBLE) AS p
			FROM range(0, 120, 7) r(k), (VALUES (1), (2), (7), (50), (119), (1000), (100000)) v(n) WHERE k <= n)`, level, level)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var k, n int
			var got [4]float64
			if err := rows.Scan(&k, &n, &got[0], &got[1], &got[2], &got[3]); err != nil {
				t.Fatal(err)
			}
			var want [4]float64
			want[0], want[1] = stat.RateInterval(k, level)
			want[2], want[3] = stat.ShareInterval(k, n, level)
			for i := range got {
				if !near(got[i], want[i]) {
					t.Errorf("level %v, %d of %d: rate %v to %v, share %v to %v; want %v", level, k, n, got[0], got[1], got[2], got[3], want)
					break
				}
			}
		}
	}
}

// Nothing in, a level that is none, values missing or alike.
func TestMacrosAtTheEdges(t *testing.T) {
	s := session(t, emptyBook(t))
	for query, want := range map[string]string{
		"SELECT median_interval(x) FROM (SELECT NULL::DOUBLE AS x)":                "{'n': 0, 'median': NULL, 'lo': NULL, 'hi': NULL}",
		"SELECT median_interval(x) FROM range(0) r(x)":                             "{'n': 0, 'median': NULL, 'lo': NULL, 'hi': NULL}",
		"SELECT median_interval(x, 1) FROM range(9) r(x)":                          "{'n': 9, 'median': NULL, 'lo': NULL, 'hi': NULL}",
		"SELECT median_interval(CASE WHEN x > 3 THEN 1.5 END) FROM range(10) r(x)": "{'n': 6, 'median': 1.5, 'lo': 1.5, 'hi': 1.5}",
		"SELECT median_interval(x, level := 0.9) FROM range(5) r(x)":               "{'n': 5, 'median': 2.0, 'lo': 0.0, 'hi': 4.0}",
		// The caller's names are not those of the macro's lambdas.
		"SELECT median_interval(t.s, t.level) FROM (SELECT x AS s, 0.9 AS level, 1 AS n, 2 AS k, 3 AS m, 4 AS a, 5 AS y, 6 AS p, 7 AS i, 8 AS t FROM range(5) r(x)) t GROUP BY t.level":            "{'n': 5, 'median': 2.0, 'lo': 0.0, 'hi': 4.0}",
		"SELECT share_interval(s.k, s.n) = share_interval(1, 2) AND rate_interval(s.c) = rate_interval(3) FROM (SELECT 1 AS k, 2 AS n, 3 AS c, 4 AS a, 5 AS z, 6 AS t, 7 AS j, 8 AS i, 9 AS mu) s": "true",
		"SELECT rate_interval(NULL)":  "{'lo': NULL, 'hi': NULL}",
		"SELECT rate_interval(-1)":    "{'lo': NULL, 'hi': NULL}",
		"SELECT share_interval(0, 0)": "{'lo': NULL, 'hi': NULL}",
		"SELECT share_interval(3, 2)": "{'lo': NULL, 'hi': NULL}",
		"SELECT sale_warnings('eBay', x, x > 17, false, DATE '2026-01-01', DATE '2026-01-29') FROM range(20) r(x)":            "one_marketplace; stale",
		"SELECT sale_warnings('eBay', 9, x > 16, x = 3, DATE '2026-01-01', DATE '2026-01-28', 'M990GL6') FROM range(19) r(x)": "few_sales; one_marketplace; one_size; one_style; retail_doubtful; synthetic",
		"SELECT coalesce(sale_warnings(x, x, false, false, DATE '2026-01-01'), 'none') FROM range(20) r(x)":                   "none",
	} {
		var got string
		if err := s.Get(t.Context(), []any{&got}, "SELECT v::VARCHAR FROM ("+query+") AS q(v)"); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", query, got, err, want)
		}
	}
}
