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

// TestSelect runs one query of each kind. The rows wanted follow from the query.
func TestSelect(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	for _, c := range []struct{ query, want string }{
		{"SELECT 1 AS a, NULL AS b, '' AS c", "[[1 (null) ]]"},
		{" /* a */ SELECT 1 ;; -- b", "[[1]]"},
		{"\ufeffSELECT 1", "[[1]]"},
		{"SELECT ';' -- ;", "[[;]]"},
		{"(SELECT 2) UNION (SELECT 1) ORDER BY 1", "[[1] [2]]"},
		{"VALUES (1, 'a'), (2, 'b')", "[[1 a] [2 b]]"},
		{"FROM range(3) SELECT range * 2", "[[0] [2] [4]]"},
		{"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) FROM t", "[[1] [2] [3]]"},
		{"PIVOT (VALUES ('x', 1), ('y', 2)) v(k, n) ON k IN ('x', 'y') USING sum(n)", "[[1 2]]"},
		{"UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b", "[[a 1] [b 2]]"},
		{"SELECT column_name FROM (DESCRIBE SELECT 1 AS a)", "[[a]]"},
		{"DESCRIBE SELECT 1 AS a", "[[a INTEGER YES (null) (null) (null)]]"},
		{"SELECT list(name ORDER BY name) FROM (SHOW TABLES) WHERE name LIKE 'run%'", "[[[\"run_files\",\"runs\"]]]"},
		{"EXPLAIN (FORMAT json) SELECT 1 WHERE false", ""},
		{"EXPLAIN ANALYZE SELECT 1", ""},
		{"EXPLAIN (SELECT 1)", ""},
		{"SUMMARIZE styles", ""},
		{"FROM duckdb_columns()", ""},
		{"SELECT 7 AS ROWID, 8 AS rowid_", "[[7 8]]"},
		{"SELECT 1 AS a, 2 AS a", "[[1 2]]"},
		// 2^128 - 1, the largest that there is.
		{`SELECT 340282366920938463463374607431768211455::UHUGEINT AS "a""b", [1::UHUGEINT] AS l, 2 AS rowid`, `[[340282366920938463463374607431768211455 ["1"] 2]]`},
		{"SELECT i FROM range(9) t(i) WHERE i > 99", "[]"},
		{"SELECT 1 WHERE 1 IN (0" + strings.Repeat(", 123456", 120_000) + ")", "[]"}, // 1 MB
	} {
		rows, err := ask(t.Context(), t, x, c.query, SelectOptions{Timeout: 20 * time.Second})
		if err != nil {
			t.Errorf("%.80s: %v", c.query, err)
			continue
		}
		if got := fmt.Sprint(rows); c.want != "" && got != c.want || c.want == "" && len(rows) == 0 {
			t.Errorf("%.80s: %.300s, want %s", c.query, got, c.want)
		}
	}
	rows, err := ask(t.Context(), t, x, "SHOW TABLES", SelectOptions{})
	if err != nil || strings.Contains(fmt.Sprint(rows), "greybook_result") {
		t.Errorf("SHOW TABLES: %v, %v", rows, err)
	}
	rows, err = ask(t.Context(), t, x, "SELECT $a || $b || $a", SelectOptions{Args: map[string]any{"a": "a", "b": "'b", "c": 1}})
	if fmt.Sprint(rows, err) != "[[a'ba]] <nil>" {
		t.Errorf("parameters: %v, %v", rows, err)
	}
}

// TestParameterWithoutValue: it is named.
func TestParameterWithoutValue(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	var missing *ParameterError
	_, err := ask(t.Context(), t, x, "SELECT $a, $b", SelectOptions{Args: map[string]any{"a": 1}})
	if !errors.As(err, &missing) || missing.Name != "b" {
		t.Errorf("%v", err)
	}
}

// TestSelectPages reads results of many pages: all rows, in their order.
func TestSelectPages(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	const n = 300_000
	rows, err := ask(t.Context(), t, x, fmt.Sprintf("SELECT i, 'row ' || i FROM range(%d) t(i) ORDER BY hash(i)", n), SelectOptions{})
	if err != nil || len(rows) != n {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	again, err := ask(t.Context(), t, x, fmt.Sprintf("SELECT i FROM range(%d) t(i) ORDER BY hash(i)", n), SelectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, row := range rows {
		if row[0] != again[i][0] || row[1] != "row "+row[0] || seen[row[0]] {
			t.Fatalf("row %d is %v, then %v", i, row, again[i])
		}
		seen[row[0]] = true
	}
	// Wide rows make small pages: 1,000 rows of 100 kB each are 6 pages and more.
	wide, err := ask(t.Context(), t, x, "SELECT i, repeat('x', 100_000) FROM range(1000) t(i)", SelectOptions{})
	if err != nil || len(wide) != 1000 || wide[999][0] != "999" || len(wide[999][1]) != 100_000 {
		t.Errorf("%d wide rows, %v", len(wide), err)
	}
	few, err := ask(t.Context(), t, x, "FROM range(1000000000000)", SelectOptions{Most: 11})
	if err != nil || len(few) != 11 || few[10][0] != "10" {
		t.Errorf("at most 11: %v, %v", few, err)
	}
}

// TestSelectBounds: memory, disk and time run out with an error that says so, a
// cancelled query ends soon, and the session goes on.
func TestSelectBounds(t *testing.T) {
	temp := t.TempDir()
	o := SandboxOptions{Options: Options{MemoryLimit: "100MB", Threads: 2}, MaxTemp: "200MB", TempDir: temp}
	x, _ := sandboxBook(t, o)
	run := func(ctx context.Context, query string, o SelectOptions) (array.RecordReader, error) {
		parsed, err := x.Parse(ctx, query)
		if err != nil {
			return nil, err
		}
		return x.Run(ctx, parsed[0], o)
	}
	// 20,000,000 rows of 8 bytes are more than the memory, and less than memory and disk.
	rr, err := run(t.Context(), "SELECT hash(i) AS h FROM range(20_000_000) t(i)", SelectOptions{})
	if err != nil {
		t.Fatalf("with temporary files: %v", err)
	}
	if files, _ := filepath.Glob(filepath.Join(temp, "*", "*")); len(files) == 0 {
		t.Error("there are no temporary files")
	}
	rr.Release()

	var failed *QueryError
	for _, q := range []string{
		"SELECT hash(i) AS h, hash(i + 1) AS g FROM range(200_000_000) t(i)", // the disk
		"SELECT list(i) FROM range(300_000_000) t(i)",                        // the memory
		"SELECT a.i FROM range(10_000_000) a(i), range(1_000) b(i) ORDER BY hash(a.i + b.i)",
	} {
		if _, err := run(t.Context(), q, SelectOptions{Timeout: time.Minute}); !errors.As(err, &failed) || !failed.OutOfMemory || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", q, err)
		}
	}

	endless := "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
	start := time.Now()
	var late *TimeoutError
	if _, err := run(t.Context(), endless, SelectOptions{Timeout: 300 * time.Millisecond}); !errors.As(err, &late) {
		t.Errorf("timeout: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := run(ctx, endless, SelectOptions{Timeout: time.Minute}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if took := time.Since(start); took > 5*time.Second { // the driver asks twice a second
		t.Errorf("stopping twice took %s", took)
	}
	rr, err = run(t.Context(), "SELECT 1", SelectOptions{})
	if err != nil {
		t.Fatalf("afterwards: %v", err)
	}
	rr.Release()
}

func TestSelectErrors(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	for _, c := range []struct{ query, message, hint string }{
		{"SELEC 1", "Parser Error: syntax error at or near \"SELEC\"\n\nLINE 1: SELEC 1\n        ^", ""},
		{"SELECT\n  nothing\nFROM styles", "LINE 2:   nothing", ""},
		{"SELECT model::INT FROM styles WHERE model = '990'\n AND 'x'::INT = 1", "LINE 2:  AND 'x'::INT", ""},
		{"COPY styles TO 'x'", "COPY is no query, and nothing else is run", "SELECT, FROM,"},
		{"WITH x AS (SELECT 1) DELETE FROM runs", "this is no query", "SELECT, FROM,"},
		{"PIVOT styles ON model USING count(*)", "a PIVOT has to name its values", "IN ("},
		{"FROM read_csv('x')", "the table function read_csv is out of reach", "reads the book"},
		{"FROM 'x.csv'", "x.csv", "reads the book"},
		{"SELECT 1; SELEC 2", "statement 2 of 2: Parser Error", ""},
		{"EXPLAIN ANALYZE DELETE FROM styles", "DELETE is no query", "SELECT, FROM,"}, // FROM styles alone is one
		{"EXPLAIN (ANALYZE) DELETE FROM styles", "DELETE is no query", "SELECT, FROM,"},
		{"DROP VIEW sales", "there is no temporary view sales", "what the book holds"},
		{"SELECT $1", "a parameter has to have a name", "$since"},
		{"DESCRIBE SELECT $a", "take no parameters", "write the values"},
		{"CREATE TABLE t AS SELECT 1", "CREATE is for temporary", "CREATE TEMP TABLE mine"},
		{"DROP TABLE styles, sales", "DROP takes the name of one", "CREATE TEMP TABLE mine"},
		{"CREATE TEMP TABLE\n\nt AS\nSELECT nothing\nFROM styles", "LINE 4: SELECT nothing", ""},
		{"SELECT row(1, 2)", "a struct without names", "{'lo'"},
		{"SELECT 1::VARIANT AS v", "Unsupported Arrow type VARIANT", "cast it"},
	} {
		_, err := ask(t.Context(), t, x, c.query, SelectOptions{})
		var hinted interface{ Hint() string }
		if err == nil || !errors.As(err, &hinted) {
			t.Errorf("%q: %v", c.query, err)
			continue
		}
		if !strings.Contains(err.Error(), c.message) || !strings.Contains(hinted.Hint(), c.hint) || c.hint == "" && hinted.Hint() != "" {
			t.Errorf("%q: %q, hint %q", c.query, err, hinted.Hint())
		}
	}
}

func TestSplitStatements(t *testing.T) {
	for text, want := range map[string][]string{
		"":                            nil,
		" ; ;-- x":                    nil,
		"a":                           {"a"},
		" a ; b -- c\n ;":             {"a", "b"},
		"a -- ;\n b":                  {"a -- ;\n b"},
		"/* ; /* ; */ ; */ a /* b */": {"a"},
		"/* a ; b":                    {"/* a ; b"},
		`';' ";" '''; ' "" ; x`:       {`';' ";" '''; ' ""`, "x"},
		`E'\'; ' ; '\' ; y`:           {`E'\'; '`, `'\'`, "y"},
		`type'\' ; z`:                 {`type'\'`, "z"},
		"$$ ; ' $$ ; $a$ ; $$ $a$":    {"$$ ; ' $$", "$a$ ; $$ $a$"},
		"$1 ; $x ; a$$b ; c$$":        {"$1", "$x", "a$$b", "c$$"},
		"$1$ ; $1$":                   {"$1$", "$1$"},
		"'open ; ":                    {"'open ; "},
		"뉴;발":                         {"뉴", "발"},
	} {
		if got := SplitStatements(text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
