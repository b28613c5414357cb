//go:build linux || darwin

package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// streamParquet parses and writes.
func streamParquet(ctx context.Context, x *Sandbox, w io.Writer, query string, o SelectOptions) (int64, bool, error) {
	parsed, err := x.Parse(ctx, query)
	if err != nil {
		return 0, false, nil
	}
	return x.StreamParquet(ctx, w, parsed[0], o)
}

// TestStreamParquet reads the files back with the engine: the same names, types and
// values as in the query, and the same bytes each time.
func TestStreamParquet(t *testing.T) {
	temp := t.TempDir()
	x, _ := sandboxBook(t, SandboxOptions{TempDir: temp})
	scratch, err := OpenScratch(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	reader, err := scratch.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, query := range []string{
		`SELECT i, -i::TINYINT AS a, 7::USMALLINT AS b, 18446744073709551615::UBIGINT AS c, i / 3 AS d, i::FLOAT / 7 AS e, 'nan'::DOUBLE AS f,
			true AS g, (i / 4)::DECIMAL(4, 1) AS h, -1.5::DECIMAL(12, 2) AS j, 0.000001::DECIMAL(38, 6) AS k, 'é' || chr(0) || i AS l, '' AS m, NULL::VARCHAR AS n,
			'\x00\xff'::BLOB AS o, DATE '1969-12-31' AS p, DATE 'infinity' AS q, TIMESTAMP '2026-11-20 08:09:10.000001' AS r, TIMESTAMPTZ '2026-11-20 08:09:10+00' AS s,
			[i, NULL] AS t, [['x'], [], NULL] AS u, []::VARCHAR[] AS v, NULL::DATE[] AS w FROM range(9) t(i)`,
		"SELECT i, 'row ' || hash(i) AS a FROM range(300_000) t(i) ORDER BY hash(i)",
		"SELECT 1 AS a, 2 AS a, 3 AS \"A b\"",
		"SELECT i FROM range(9) t(i) WHERE i > 99",
	} {
		var one, two bytes.Buffer
		n, done, err := streamParquet(t.Context(), x, &one, query, SelectOptions{})
		if err != nil || !done {
			t.Errorf("%.60s: %v %v", query, done, err)
			continue
		}
		if _, _, err := streamParquet(t.Context(), x, &two, query, SelectOptions{}); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("%.60s: other bytes, %v", query, err)
		}
		file := filepath.Join(t.TempDir(), "rows.parquet")
		if err := os.WriteFile(file, one.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		rows := func(q string) string {
			rr, err := reader.Arrow(t.Context(), q)
			if err != nil {
				t.Fatalf("%.60s: %v", q, err)
			}
			defer rr.Release()
			if rr.Schema() == nil {
				t.Fatal("no schema")
			}
			return fmt.Sprint(cells(rr), rr.Err())
		}
		for _, q := range []string{"SELECT column_name, column_type FROM (DESCRIBE FROM (%s))", "SELECT * FROM (%s)"} {
			want, got := rows(fmt.Sprintf(q, query)), rows(fmt.Sprintf(q, "FROM read_parquet("+quoteLiteral(file)+")"))
			if got != want {
				t.Errorf("%.60s: %d rows\n%.400s\nwant\n%.400s", query, n, got, want)
			}
		}
	}
	for _, query := range []string{
		"SELECT 1::HUGEINT AS a", "SELECT INTERVAL 1 DAY AS a", "SELECT 'x'::ENUM('x') AS a", "SELECT TIME '08:09:10' AS a", "SELECT uuid() AS a",
		"SELECT {'lo': 1} AS a", "SELECT [1::HUGEINT] AS a", "SHOW TABLES", "SELEC 1", "COPY styles TO 'x'", "FROM read_csv('x')",
	} {
		var out bytes.Buffer
		if _, done, err := streamParquet(t.Context(), x, &out, query, SelectOptions{}); done || err != nil || out.Len() > 0 {
			t.Errorf("%s: %v %v", query, done, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*", "*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}

func quoteLiteral(s string) string { return "'" + s + "'" }

// brokenWriter takes so many bytes and no more.
type brokenWriter struct{ left int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// TestStreamParquetStops ends statements from all sides: nothing waits for ever.
func TestStreamParquetStops(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{Options: Options{MemoryLimit: "200MB"}})
	endless := "SELECT i, hash(i) AS h FROM range(1_000_000_000_000) t(i)"
	start := time.Now()
	if _, _, err := streamParquet(t.Context(), x, &brokenWriter{1 << 20}, endless, SelectOptions{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a writer that fails: %v", err)
	}
	var late *TimeoutError
	for _, query := range []string{endless, "SELECT a.i FROM range(10_000_000) a(i), range(10_000_000) b(i) WHERE a.i + b.i < 0"} {
		if _, _, err := streamParquet(t.Context(), x, io.Discard, query, SelectOptions{Timeout: 200 * time.Millisecond}); !errors.As(err, &late) {
			t.Errorf("timeout: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		if _, _, err := streamParquet(ctx, x, io.Discard, query, SelectOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	if took := time.Since(start); took > 12*time.Second {
		t.Errorf("stopping five times took %s", took)
	}
	var failed *QueryError
	if _, _, err := streamParquet(t.Context(), x, io.Discard, "SELECT CASE WHEN i = 500_000 THEN error('row ' || i) ELSE '' END AS a FROM range(1_000_000) t(i)", SelectOptions{}); !errors.As(err, &failed) || failed.Message != "Invalid Input Error: row 500000" {
		t.Errorf("an error on the way: %v", err)
	}
	if n, done, err := streamParquet(t.Context(), x, io.Discard, "FROM range(5000)", SelectOptions{}); n != 5000 || !done || err != nil {
		t.Errorf("afterwards: %d %v %v", n, done, err)
	}
}
