package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// openStream parses and begins.
func openStream(ctx context.Context, x *Sandbox, query string, o SelectOptions) (array.RecordReader, error) {
	parsed, err := x.Parse(ctx, query)
	if err != nil {
		return nil, err
	}
	return x.Stream(ctx, parsed[0], o)
}

// stream is every row of a streamed query, and the error that ended it.
func stream(ctx context.Context, x *Sandbox, query string, o SelectOptions) ([][]string, error) {
	rr, err := openStream(ctx, x, query, o)
	if err != nil || rr == nil {
		return nil, err
	}
	defer rr.Release()
	return cells(rr), rr.Err()
}

// TestStream wants the rows and the errors of Run.
func TestStream(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	for _, c := range []struct {
		query string
		o     SelectOptions
	}{
		{"SELECT 1 AS a, NULL AS b, '' AS c", SelectOptions{}},
		{"\ufeff /* a */ SELECT ';' -- ;", SelectOptions{}},
		{"SELECT 7 AS ROWID, 8 AS rowid_", SelectOptions{}},
		{"SELECT i FROM range(9) t(i) WHERE i > 99", SelectOptions{}},
		{"SELECT i, 'row ' || i, i::DECIMAL(9, 2), [i, NULL] FROM range(300_000) t(i) ORDER BY hash(i)", SelectOptions{}},
		{"FROM range(1_000_000_000_000)", SelectOptions{Most: 5000}},
		{"SHOW TABLES", SelectOptions{}},
		{"SELECT $a || $b || $a, $c + 1, $d, $e", SelectOptions{Args: map[string]any{"a": "a", "b": "'b", "c": 1, "d": nil, "e": 1.5}}},
		{"SELECT $a", SelectOptions{Args: map[string]any{"a": time.Unix(0, 0)}}},
		{"SELECT 340282366920938463463374607431768211455::UHUGEINT AS a, NULL AS b", SelectOptions{}},
		{"CREATE OR REPLACE TEMP TABLE mine AS SELECT 1 AS n", SelectOptions{}},
		{"DROP TABLE IF EXISTS mine", SelectOptions{}},
		{"SELEC 1", SelectOptions{}},
		{"SELECT model::INT FROM styles WHERE model = '990'\n AND 'x'::INT = 1", SelectOptions{}},
		{"SELECT\n  nothing\nFROM styles", SelectOptions{}},
		{"COPY styles TO 'x'", SelectOptions{}},
		{"FROM read_csv('x')", SelectOptions{}},
		{"FROM 'x.csv'", SelectOptions{}},
		{"SELECT $1", SelectOptions{}},
		{"SELECT 1::VARIANT AS v", SelectOptions{}},
		{"SELECT CASE WHEN i = 500_000 THEN error('row ' || i) END FROM range(1_000_000) t(i)", SelectOptions{}},
	} {
		want, wantErr := ask(t.Context(), t, x, c.query, c.o)
		got, err := stream(t.Context(), x, c.query, c.o)
		if fmt.Sprint(err, hintOf(err)) != fmt.Sprint(wantErr, hintOf(wantErr)) || err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%.80s: %.200v, %v, want %.200v, %v", c.query, got, err, want, wantErr)
		}
	}
}

func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// TestStreamBounds stops statements at all their stages, and finds the session
// as good as before each time.
func TestStreamBounds(t *testing.T) {
	temp := t.TempDir()
	x, _ := sandboxBook(t, SandboxOptions{Options: Options{MemoryLimit: "100MB", Threads: 2}, MaxTemp: "200MB", TempDir: temp})
	rows := func(query string, n int64) {
		t.Helper()
		rr, err := openStream(t.Context(), x, query, SelectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer rr.Release()
		for rr.Next() {
			n -= rr.RecordBatch().NumRows()
		}
		if rr.Err() != nil || n != 0 {
			t.Errorf("%s: %d rows missing, %v", query, n, rr.Err())
		}
	}
	// 320 MB: more than the memory and the disk allowed, and neither is needed.
	rows("SELECT hash(i) AS h, hash(i + 1) AS g FROM range(20_000_000) t(i)", 20_000_000)
	if files, _ := filepath.Glob(filepath.Join(temp, "*", "*")); len(files) > 0 {
		t.Errorf("there are temporary files: %s", files)
	}
	var failed *QueryError
	if _, err := stream(t.Context(), x, "SELECT list(i) FROM range(300_000_000) t(i)", SelectOptions{}); !errors.As(err, &failed) || !failed.OutOfMemory {
		t.Errorf("out of memory: %v", err)
	}
	for name, query := range map[string]string{
		"before the first row":  "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
		"without rows":          "SELECT a.i FROM range(10_000_000) a(i), range(10_000_000) b(i) WHERE a.i + b.i < 0",
		"after the first batch": "SELECT i FROM range(1_000_000_000_000) t(i) WHERE i < 3000 OR hash(i) = 1",
	} {
		start := time.Now()
		var late *TimeoutError
		if _, err := stream(t.Context(), x, query, SelectOptions{Timeout: 200 * time.Millisecond}); !errors.As(err, &late) {
			t.Errorf("timeout %s: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		if _, err := stream(ctx, x, query, SelectOptions{Timeout: time.Minute}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled %s: %v", name, err)
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("stopping twice %s took %s", name, took)
		}
		rows("FROM range(5000)", 5000)
	}
	// A slow reader is not the statement's time; a reader that has enough ends it.
	rr, err := openStream(t.Context(), x, "FROM range(1_000_000_000_000)", SelectOptions{Timeout: time.Second})
	if err != nil || !rr.Next() {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond)
	if !rr.Next() || strings.Contains(fmt.Sprint(rr.Err()), "stopped") {
		t.Errorf("a slow reader: %v", rr.Err())
	}
	rr.Release()
	rows("FROM range(5000)", 5000)
}
