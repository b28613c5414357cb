package data

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// sandboxBook makes a book with nothing but the built-in reference, beside a file
// that a query might read, and opens it in a sandbox.
func sandboxBook(t *testing.T, o SandboxOptions) (x *Sandbox, folder string) {
	t.Helper()
	folder = t.TempDir()
	path := filepath.Join(folder, "book.duckdb")
	w, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "bait.csv"), []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	x, err = OpenSandbox(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(o.TempDir, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return x, folder
}

// ask runs a text of one statement and returns the cells of its rows as text.
func ask(ctx context.Context, t *testing.T, x *Sandbox, text string, o SelectOptions) ([][]string, error) {
	t.Helper()
	parsed, err := x.Parse(ctx, text)
	if err != nil {
		return nil, err
	}
	if len(parsed) != 1 {
		t.Fatalf("%.80q: %d statements", text, len(parsed))
	}
	rr, err := x.Run(ctx, parsed[0], o)
	if err != nil || rr == nil {
		return nil, err
	}
	defer rr.Release()
	return cells(rr), rr.Err()
}

func cells(rr array.RecordReader) [][]string {
	rows := [][]string{}
	for rr.Next() {
		b := rr.RecordBatch()
		for i := range int(b.NumRows()) {
			var row []string
			for _, c := range b.Columns() {
				row = append(row, strings.Clone(c.ValueStr(i)))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// state is the sha256 of every file below a folder.
func state(t *testing.T, folder string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %x\n", path, sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSandboxHoles tries the ways out. DIR is the folder of the book, BOOK the book.
// Of each it wants an error, and in the end the files as they were.
func TestSandboxHoles(t *testing.T) {
	x, folder := sandboxBook(t, SandboxOptions{})
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	before := state(t, folder)
	var temp string // the engine counts this folder among those that may be used
	if rows, err := ask(t.Context(), t, x, "SELECT current_setting('temp_directory')", SelectOptions{}); err != nil {
		t.Fatal(err)
	} else {
		temp = rows[0][0]
	}
	fill := strings.NewReplacer("DIR", folder, "BOOK", x.path, "TEMP", temp, "HOME", home)
	for _, q := range []string{
		// writing files
		"COPY styles TO 'DIR/out.csv'", "COPY (FROM styles) TO 'TEMP/out.csv'", "COPY styles TO 'BOOK'",
		"EXPORT DATABASE 'DIR/out'", "IMPORT DATABASE 'DIR'", "EXPLAIN ANALYZE COPY styles TO 'TEMP/out.csv'",
		"EXPLAIN (ANALYZE) COPY styles TO 'TEMP/out.csv'",
		"FROM enable_logging(storage = 'file', storage_path = 'TEMP/log')", "CALL enable_logging(storage = 'file', storage_path = 'DIR/log')",
		"FROM system.main.\"Enable_Logging\"(storage = 'file', storage_path = 'DIR/log')",
		"FROM enable_profiling(format = 'json', save_location = 'TEMP/profile.json')",
		"WITH x AS MATERIALIZED (FROM enable_profiling(save_location = 'TEMP/p')) SELECT 1 WHERE EXISTS (FROM x)",
		// reading files
		"FROM read_csv('DIR/bait.csv')", "FROM 'DIR/bait.csv'", "FROM \"DIR/bait.csv\"", "FROM query_table('DIR/bait.csv')",
		"SELECT (SELECT content FROM read_text('DIR/bait.csv'))", "FROM read_text('BOOK')", "FROM read_blob('BOOK')",
		"FROM read_duckdb('BOOK', table_name = 'runs')", "FROM glob('/*')", "FROM glob('TEMP/*')", "FROM sniff_csv('DIR/bait.csv')",
		"FROM parquet_metadata('DIR/bait.csv')", "FROM read_json('DIR/bait.csv')", "DESCRIBE 'DIR/bait.csv'",
		"SUMMARIZE 'DIR/bait.csv'", "PIVOT read_csv('DIR/bait.csv') ON a IN (1) USING count(*)",
		"SELECT * FROM styles, LATERAL read_text('DIR/bait.csv')", "SELECT getenv('HOME')", "FROM '/etc/passwd'", "FROM read_csv('/etc/passwd')",
		// the network, extensions, secrets
		"FROM read_csv('https://example.com/x.csv')", "FROM 'https://example.com/x.parquet'", "INSTALL httpfs", "LOAD httpfs", "LOAD 'DIR/x.duckdb_extension'",
		"FROM duckdb_secrets()", "FROM which_secret('s3://x', 's3')", "CREATE SECRET (TYPE s3)",
		// other databases, and this one
		"ATTACH 'DIR/new.duckdb'", "ATTACH ':memory:' AS m", "ATTACH 'BOOK' AS again", "DETACH book", "USE memory",
		"INSERT INTO book.store.meta VALUES ('a', 'b')", "INSERT INTO book.store.meta VALUES ('a', 'b') RETURNING *",
		"WITH x AS (INSERT INTO book.store.meta VALUES ('a', 'b') RETURNING *) FROM x", "WITH x AS (SELECT 1) DELETE FROM book.store.meta",
		"EXPLAIN ANALYZE DELETE FROM book.store.meta", "UPDATE book.store.meta SET value = ''", "DROP TABLE book.store.meta", "TRUNCATE book.store.meta",
		"CREATE TABLE t AS SELECT 1", "CREATE OR REPLACE TABLE styles AS SELECT 1", "CREATE TEMP MACRO f() AS 1", "CREATE TEMP TABLE t (a INT)",
		"CREATE TEMP TABLE book.main.t AS SELECT 1", "CREATE TEMP TABLE memory.t AS SELECT 1", "CREATE TEMP TABLE t AS FROM read_csv('DIR/bait.csv')", "CREATE TEMP TABLE t AS COPY styles TO 'DIR/x'",
		"CREATE TEMP VIEW v AS FROM read_text('BOOK')", "CREATE TEMP VIEW v AS FROM 'DIR/bait.csv'", "CREATE TEMP TABLE t AS SELECT 1) TO 'DIR/x' --", "CREATE TEMP TABLE \"t\"\" AS SELECT 1",
		"CREATE TEMP TABLE greybook_result AS SELECT 1", "DROP TABLE temp.greybook_result", "DROP TABLE styles", "DROP VIEW sales", "DROP TABLE book.main.styles", "DROP TABLE t, styles", "DROP SCHEMA main CASCADE", "DROP TABLE t CASCADE",
		"ALTER TABLE styles RENAME TO s", "INSERT INTO styles SELECT 1", "MERGE INTO styles USING styles ON false WHEN NOT MATCHED THEN INSERT", "COMMENT ON TABLE styles IS 'x'", "EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1",
		"CREATE SEQUENCE q", "SELECT nextval('q')", "CHECKPOINT", "CALL force_checkpoint()", "FROM force_checkpoint()", "FROM checkpoint()", "VACUUM", "ANALYZE",
		// settings
		"SET threads = 1", "RESET threads", "PRAGMA threads = 1", "SET lock_configuration = false", "SET enable_external_access = true",
		"SET VARIABLE a = 1", "PRAGMA enable_profiling", "SET TimeZone = 'Asia/Seoul'", "EXPLAIN SET threads = 1",
		// queries in texts, statements in statements
		"SELECT 1; DROP TABLE book.store.meta", "SELECT 1; COPY styles TO 'DIR/x.csv'", "CREATE TEMP TABLE t AS SELECT 1; ATTACH ':memory:' AS m", "FROM query('SELECT 1')", "FROM query('FROM enable_logging()')",
		"FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''BOOK'')'))",
		"PRAGMA json_execute_serialized_sql('{}')", "PREPARE p AS SELECT 1", "EXECUTE p", "CALL pragma_version()",
		"SELECT 1) ; DROP TABLE book.store.meta; FROM (SELECT 1", "SELECT 1 --\n) ; DROP TABLE book.store.meta; --", "SELECT 1 /* ", "SELECT 1) LIMIT 1 --",
		"PIVOT styles ON model USING count(*)", "BEGIN", "COMMIT",
		// functions that trust their caller
		"FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)", "FROM seq_scan()", "FROM sql_auto_complete('FROM ''')",
		// texts that are none
		"", " ", ";", "-- SELECT 1", "/* SELECT 1", "SELECT 1\x00; DROP TABLE book.store.meta", "SELECT '\xff'", "SELECT $1", "SELECT ?",
		strings.Repeat("SELECT (", 20_000), "SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
		"SELECT 1" + strings.Repeat(" + 1", 100_000), strings.Repeat(" ", MaxQuery+1),
	} {
		q = fill.Replace(q)
		rows, err := ask(t.Context(), t, x, q, SelectOptions{Timeout: 20 * time.Second})
		var refused *StatementError
		var failed *QueryError
		if !errors.As(err, &refused) && !errors.As(err, &failed) {
			t.Errorf("%.80q: %v, %.100v", q, err, rows)
		} else if len(err.Error()) > 2000 {
			t.Errorf("%.80q: an error of %d bytes", q, len(err.Error()))
		}
	}
	if after := state(t, folder); after != before {
		t.Errorf("the files changed:\n%s\n%s", before, after)
	}
	if err := os.Remove(filepath.Join(folder, "bait.csv")); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("files in the folder of the engine: %v", left)
	}
}

// TestSandboxEngine: past Parse and Run, the engine alone, with the book inside and without.
func TestSandboxEngine(t *testing.T) {
	x, folder := sandboxBook(t, SandboxOptions{})
	var zone string
	if err := x.conn.Get(t.Context(), []any{&zone}, "SELECT current_setting('TimeZone')"); err != nil || zone != "UTC" {
		t.Errorf("time zone %q, %v", zone, err)
	}
	try := func() {
		t.Helper()
		for _, q := range []string{
			"SET threads = 1", "FROM '" + folder + "/bait.csv'", "COPY (SELECT 1) TO '" + folder + "/x'", "ATTACH '" + folder + "/new.duckdb'",
			"COPY (SELECT 1) TO '" + x.path + "'",
		} {
			if err := x.conn.Exec(t.Context(), q); err == nil {
				t.Errorf("%s: no error", q)
			}
		}
	}
	try()
	if err := x.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	try()
	for _, q := range []string{"DELETE FROM book.store.meta", "CREATE TABLE book.main.t AS SELECT 1", "DROP VIEW book.main.sales"} {
		if err := x.conn.Exec(t.Context(), q); err == nil {
			t.Errorf("%s: no error", q)
		}
	}
	if err := x.leave(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestSandboxHoldsTheBookWhileItRuns: between statements the book is open to whoever writes,
// the next statement sees what was written, and what the analyst made is still there.
func TestSandboxHoldsTheBookWhileItRuns(t *testing.T) {
	x, _ := sandboxBook(t, SandboxOptions{})
	want := func(query, rows string) {
		t.Helper()
		if got, err := ask(t.Context(), t, x, query, SelectOptions{}); err != nil || fmt.Sprint(got) != rows {
			t.Errorf("%s: %v, %v; want %s", query, got, err, rows)
		}
	}
	styles, err := ask(t.Context(), t, x, "SELECT count(*) FROM styles", SelectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"CREATE TEMP TABLE mine AS SELECT model, version FROM styles", "create or replace temporary table if_so as select 1 as n",
		"CREATE OR REPLACE TEMP VIEW greys AS SELECT count(*) AS n FROM retail_prices", `CREATE TEMP TABLE temp.main."My ""own""" AS (SELECT 2 AS n)`,
	} {
		want(q, "[]")
	}
	before, err := ask(t.Context(), t, x, "FROM greys", SelectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(t.Context(), x.path, Options{}) // takes the lock, or fails
	if err != nil {
		t.Fatalf("write while the sandbox is idle: %v", err)
	}
	s, err := w.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = s.Exec(t.Context(), "INSERT INTO retail_prices SELECT * REPLACE (DATE '2001-01-01' AS effective_from) FROM retail_prices LIMIT 1")
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if _, err := ask(t.Context(), t, x, "SELECT 1", SelectOptions{}); err != nil && !errors.As(err, &locked) {
		t.Errorf("while the book is written to: %v", err) // in one process the engine shares the file, so it may work, too
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var n int
	fmt.Sscan(before[0][0], &n)
	want("FROM greys", fmt.Sprintf("[[%d]]", n+1))
	want("SELECT count(*) FROM mine", fmt.Sprint(styles))
	want(`SELECT n FROM "My ""own"""`, "[[2]]")
	want("FROM if_so", "[[1]]")
	want("DROP TABLE IF EXISTS if_so", "[]")
	want("DROP TABLE IF EXISTS if_so", "[]")
	want("DROP VIEW temp.greys", "[]")
	var failed *QueryError
	if _, err := ask(t.Context(), t, x, "FROM if_so", SelectOptions{}); !errors.As(err, &failed) {
		t.Errorf("a table that is gone: %v", err)
	}
}

func TestOpenSandboxErrors(t *testing.T) {
	temp := t.TempDir()
	var none *NoBookError
	if _, err := OpenSandbox(t.Context(), filepath.Join(temp, "none.duckdb"), SandboxOptions{TempDir: temp}); !errors.As(err, &none) {
		t.Errorf("no book: %v", err)
	}
	path := filepath.Join(t.TempDir(), "newer.duckdb")
	w, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.SetMeta(t.Context(), "schema_version", "99"), s.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	var newer *NewerBookError
	if _, err := OpenSandbox(t.Context(), path, SandboxOptions{TempDir: temp}); !errors.As(err, &newer) {
		t.Errorf("newer book: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
