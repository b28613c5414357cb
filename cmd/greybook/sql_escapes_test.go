package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// secret is what is in the files that attempts are after.
const secret = "BAIT-990"

// longQuery is a text of a query, 1 MB of it, under a short name.
var longQueries = map[string]string{
	"1 MB: SELECT 1 + 1 + 1 …":       "SELECT 1" + strings.Repeat(" + 1", 250_000),
	"1 MB: SELECT ((((…1…))))":       "SELECT " + strings.Repeat("(", 500_000) + "1" + strings.Repeat(")", 500_000),
	"1 MB: ((((((((…":                strings.Repeat("(", 1<<20),
	"1 MB: one name":                 "SELECT " + strings.Repeat("x", 1<<20) + " FROM sales",
	"1 MB: one string, into a cast":  "SELECT CAST('" + strings.Repeat("x", 1<<20) + "' AS INTEGER)",
	"1 MB: with, with, with …":       "WITH " + strings.Repeat("a AS (SELECT 1), ", 60_000) + "b AS (SELECT 2) FROM b",
	"2 MB and a byte":                strings.Repeat(" ", 2<<20) + "x",
	"SELECT 1<NUL>; DROP TABLE runs": "SELECT 1\x00; DROP TABLE runs",
	"SELECT '<byte FF>'":             "SELECT '\xff'",
}

// escapes are attempts on the sandbox, by what they are after. BOOK is the book, DIR
// the folder it is in, which has bait.csv in it.
var escapes = []struct {
	after    string
	attempts []string
	timeout  string
}{
	{"write a file", []string{
		"COPY sales TO 'DIR/out.csv'", "COPY (SELECT 1) TO 'BOOK'", "EXPORT DATABASE 'DIR/out'",
		"EXPLAIN ANALYZE COPY sales TO 'DIR/out.csv'", "CREATE TEMP TABLE t AS COPY sales TO 'DIR/out.csv'",
		"FROM enable_logging(storage = 'file', storage_path = 'DIR/log')", "FROM enable_profiling(save_location = 'DIR/p.json')",
		"PRAGMA enable_profiling = 'json'",
	}, "60s"},
	{"read a file", []string{
		"FROM read_csv('/etc/passwd')", "FROM '/etc/passwd'", "FROM 'DIR/bait.csv'", "SELECT content FROM read_text('DIR/bait.csv')",
		"SELECT content FROM read_blob('BOOK')", "FROM read_text('BOOK')", "FROM glob('DIR/*')", "FROM query_table('DIR/bait.csv')",
		"FROM sniff_csv('DIR/bait.csv')", "FROM parquet_scan('DIR/bait.csv')", "SUMMARIZE 'DIR/bait.csv'",
		"CREATE TEMP VIEW v AS FROM read_text('DIR/bait.csv'); FROM v", "CREATE TEMP TABLE t AS FROM 'DIR/bait.csv'; FROM t",
		"WITH x AS (FROM read_text('DIR/bait.csv')) FROM x", "SELECT (SELECT max(content) FROM read_text('DIR/bait.csv'))",
		"SELECT * FROM styles, LATERAL (FROM read_text('DIR/bait.csv'))", "IMPORT DATABASE 'DIR'", "SELECT getenv('GREYBOOK_BAIT')",
	}, "60s"},
	{"reach the network", []string{
		"FROM read_csv('https://example.com/x.csv')", "FROM 'https://example.com/x.parquet'", "FROM 's3://bucket/x.parquet'",
		"INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL spatial", "LOAD 'DIR/x.duckdb_extension'", "CREATE SECRET s (TYPE s3)", "FROM duckdb_secrets()",
	}, "60s"},
	{"another database", []string{
		"ATTACH 'DIR/new.duckdb'", "ATTACH 'BOOK' AS mine", "ATTACH ':memory:' AS m", "ATTACH 'md:'", "DETACH book", "USE memory",
		"FROM read_duckdb('BOOK', table_name = 'runs')", "FROM sqlite_scan('BOOK', 'runs')",
	}, "60s"},
	{"change the book", []string{
		"INSERT INTO styles SELECT * FROM styles", "UPDATE styles SET model = 'x'", "DELETE FROM styles", "TRUNCATE styles", "DROP VIEW sales", "DROP TABLE book.main.styles",
		"DROP SCHEMA store CASCADE", "ALTER TABLE styles RENAME TO s", "COMMENT ON TABLE styles IS 'x'", "CREATE TABLE t AS SELECT 1", "CREATE TEMP TABLE book.main.t AS SELECT 1",
		"WITH x AS (DELETE FROM styles RETURNING *) FROM x", "EXPLAIN ANALYZE DELETE FROM styles", "MERGE INTO styles USING styles s ON false WHEN NOT MATCHED THEN INSERT", "CHECKPOINT",
		"FROM force_checkpoint()", "VACUUM", "BEGIN; DELETE FROM styles; COMMIT", "CREATE SEQUENCE q",
	}, "60s"},
	{"change a setting", []string{
		"SET lock_configuration = false", "SET enable_external_access = true", "RESET memory_limit", "PRAGMA threads = 64", "SET VARIABLE a = 1", "SET search_path = 'main'",
		"SET SESSION TimeZone = 'Asia/Seoul'", "CALL pragma_version()", "PRAGMA version",
	}, "60s"},
	{"hide a statement", []string{
		"SELECT 1; DROP VIEW sales", "SELECT 1 --\n; DROP VIEW sales", "SELECT 1) ; DROP VIEW sales; FROM (SELECT 1", "SELECT 1 /* ; */ ; COPY sales TO 'DIR/x'", "SELECT $$;$$; COPY sales TO 'DIR/x'",
		"SELECT '\\'; COPY sales TO 'DIR/x' --'", "PREPARE p AS COPY sales TO 'DIR/x'", "EXECUTE p", "DEALLOCATE p", "CREATE TEMP MACRO f() AS TABLE FROM read_text('DIR/bait.csv')", "CREATE MACRO f() AS 1",
		"FROM query('FROM read_text(''DIR/bait.csv'')')", "FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''DIR/bait.csv'')'))", "CREATE TEMP TABLE t AS SELECT 1) TO 'DIR/x' --",
		`CREATE TEMP TABLE "t"" AS SELECT 1`, "PIVOT styles ON model USING count(*)", "SELECT 1<NUL>; DROP TABLE runs", "SELECT '<byte FF>'",
	}, "60s"},
	{"trust of the engine's", []string{
		"FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)", "FROM seq_scan()", "FROM sql_auto_complete('FROM ''')",
	}, "60s"},
	{"all the time", []string{
		"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
		"SELECT max(hash(a.range, b.range)) FROM range(1000000) a, range(1000000) b",
	}, "1s"},
	{"all the memory and disk", []string{
		"SELECT list(range) FROM range(300000000)",
		"SELECT a.range, b.range, repeat('x', 100) || a.range || b.range AS t FROM range(100000) a, range(100000) b",
		"1 MB: SELECT 1 + 1 + 1 …", "1 MB: SELECT ((((…1…))))", "1 MB: ((((((((…", "1 MB: one name", "1 MB: one string, into a cast", "1 MB: with, with, with …", "2 MB and a byte",
	}, "60s"},
}

// TestEscapes tries to get out of the sandbox of sql and keeps what a user sees of each
// attempt as a table, testdata/escapes.md. Each has to end with an error, leave every
// file as it was, and show nothing of the bait.
func TestEscapes(t *testing.T) {
	dir := t.TempDir()
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("GREYBOOK_BAIT", secret)
	book := filepath.Join(dir, "book.duckdb")
	for name, text := range map[string]string{"bait.csv": "a,b\n" + secret + ",1\n", "sales.csv": "sold_at,title,size,price\n2025-05-20,990v6 Grey,10,199.99\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(args ...string) (code int, stdout, stderr string) {
		e := testEnv(t)
		var out, talk bytes.Buffer
		e.Stdout, e.Stderr, e.LookupEnv = &out, &talk, os.LookupEnv
		err := run(t.Context(), e, append(args, "--book", book))
		return exitCode(err), out.String(), talk.String()
	}
	if code, _, stderr := ask("ingest", "sales", filepath.Join(dir, "sales.csv")); code != 0 {
		t.Fatal(stderr)
	}
	before := fingerprint(t, dir)
	fill := strings.NewReplacer("DIR", dir, "BOOK", book)
	var table strings.Builder
	table.WriteString("| after | attempt | exit | what the user saw |\n|---|---|--:|---|\n")
	for _, kind := range escapes {
		for _, attempt := range kind.attempts {
			query, ok := longQueries[attempt]
			if !ok {
				query = fill.Replace(attempt)
			}
			code, stdout, stderr := ask("sql", "--timeout", kind.timeout, "--memory", "100MB", "--temp", "200MB", query)
			if code == 0 || code != exitFailed && code != exitUsage || stdout != "" && !strings.HasPrefix(attempt, "SELECT 1") {
				t.Errorf("%s: exit %d, %.300s", attempt, code, stdout)
			}
			if strings.Contains(stderr, secret) || len(stderr) > 2000 || strings.Contains(stderr, "goroutine") {
				t.Errorf("%s: %.2500s", attempt, stderr)
			}
			fmt.Fprintf(&table, "| %s | `%s` | %d | %s |\n", kind.after, cell(attempt), code, seen(stderr, dir))
		}
	}
	if after := fingerprint(t, dir); after != before {
		t.Errorf("the files changed:\n%s", cmp.Diff(before, after))
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	golden(t, "testdata/escapes.md", table.String())
}

// cell keeps a text from ending the cell it is in.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", "⏎", "`", "'").Replace(s)
}

// changing is what differs from run to run: used memory, and the engine's suggestions,
// whose order is that of a hash.
var changing = regexp.MustCompile(` \([0-9.]+ [KMG]iB/[0-9.]+ [KMG]iB used\)| of size [0-9.]+ [KMG]?i?B(ytes)?|\(?\bDid you mean .*`)

// seen is the first line of what was said, and the hint.
func seen(stderr, dir string) string {
	var kept []string
	for line := range strings.Lines(strings.ReplaceAll(stderr, dir, "DIR")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "greybook: ") {
			line = strings.TrimSpace(changing.ReplaceAllString(strings.TrimPrefix(line, "greybook: "), ""))
			if len([]rune(line)) > 160 {
				line = string([]rune(line)[:160]) + "…"
			}
			kept = append(kept, cell(line))
		}
	}
	return strings.Join(kept, "; ")
}

// fingerprint is the sha256 of every file in a folder.
func fingerprint(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
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

// golden compares a text with a file, or writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, diff)
	}
}
