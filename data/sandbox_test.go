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
func sandboxBook(t *testing.T, o SandboxOptions) (b *Book, folder string) {
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
	b, err = OpenSandbox(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(o.TempDir, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	return b, folder
}

// ask runs a query in a session of its own and returns the cells of its rows as text.
func ask(ctx context.Context, t *testing.T, b *Book, query string, o SelectOptions) ([][]string, error) {
	t.Helper()
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rr, err := s.Select(ctx, query, o)
	if err != nil {
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
	b, folder := sandboxBook(t, SandboxOptions{})
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	before := state(t, folder)
	var temp string // the engine counts this folder among those that may be used
	if rows, err := ask(t.Context(), t, b, "SELECT current_setting('temp_directory')", SelectOptions{}); err != nil {
		t.Fatal(err)
	} else {
		temp = rows[0][0]
	}
	fill := strings.NewReplacer("DIR", folder, "BOOK", b.Path(), "TEMP", temp, "HOME", home)
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
		"INSERT INTO store.meta VALUES ('a', 'b')", "INSERT INTO store.meta VALUES ('a', 'b') RETURNING *",
		"WITH x AS (INSERT INTO store.meta VALUES ('a', 'b') RETURNING *) FROM x", "WITH x AS (SELECT 1) DELETE FROM store.meta",
		"EXPLAIN ANALYZE DELETE FROM store.meta", "UPDATE store.meta SET value = ''", "DROP TABLE store.meta", "TRUNCATE store.meta",
		"CREATE TABLE t AS SELECT 1", "CREATE TEMP TABLE t AS SELECT 1", "CREATE TEMP MACRO f() AS 1", "EXPLAIN ANALYZE CREATE TEMP TABLE t AS SELECT 1",
		"CREATE SEQUENCE q", "SELECT nextval('q')", "CHECKPOINT", "CALL force_checkpoint()", "FROM force_checkpoint()", "FROM checkpoint()", "VACUUM", "ANALYZE",
		// settings
		"SET threads = 1", "RESET threads", "PRAGMA threads = 1", "SET lock_configuration = false", "SET enable_external_access = true",
		"SET VARIABLE a = 1", "PRAGMA enable_profiling", "SET TimeZone = 'Asia/Seoul'", "EXPLAIN SET threads = 1",
		// queries in texts, statements in statements
		"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE store.meta", "FROM query('SELECT 1')", "FROM query('FROM enable_logging()')",
		"FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''BOOK'')'))",
		"PRAGMA json_execute_serialized_sql('{}')", "PREPARE p AS SELECT 1", "EXECUTE p", "CALL pragma_version()",
		"SELECT 1) ; DROP TABLE store.meta; FROM (SELECT 1", "SELECT 1 --\n) ; DROP TABLE store.meta; --", "SELECT 1 /* ", "SELECT 1) LIMIT 1 --",
		"PIVOT styles ON model USING count(*)", "BEGIN", "COMMIT",
		// functions that trust their caller
		"FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)", "FROM seq_scan()", "FROM sql_auto_complete('FROM ''')",
		// texts that are none
		"", " ", ";", "-- SELECT 1", "/* SELECT 1", "SELECT 1\x00; DROP TABLE store.meta", "SELECT '\xff'", "SELECT $1", "SELECT $name", "SELECT ?",
		strings.Repeat("SELECT (", 20_000), "SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
		"SELECT 1" + strings.Repeat(" + 1", 100_000), strings.Repeat(" ", MaxQuery+1),
	} {
		q = fill.Replace(q)
		rows, err := ask(t.Context(), t, b, q, SelectOptions{Timeout: 20 * time.Second})
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

// TestSandboxSessions: the second connection is as shut as the first.
func TestSandboxSessions(t *testing.T) {
	b, folder := sandboxBook(t, SandboxOptions{})
	for range 2 {
		s, err := b.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var zone string
		if err := s.Get(t.Context(), []any{&zone}, "SELECT current_setting('TimeZone')"); err != nil || zone != "UTC" {
			t.Errorf("time zone %q, %v", zone, err)
		}
		// Past Select, the engine alone.
		for _, q := range []string{"SET threads = 1", "COPY styles TO '" + folder + "/x'", "FROM '" + folder + "/bait.csv'", "DELETE FROM store.meta"} {
			if err := s.Exec(t.Context(), q); err == nil {
				t.Errorf("%s: no error", q)
			}
		}
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
