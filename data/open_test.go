package data

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func openBook(t *testing.T, path string) *Book {
	t.Helper()
	b, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func meta(t *testing.T, b *Book, name string) string {
	t.Helper()
	v, err := b.Meta(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenMakesABook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	b := openBook(t, path)
	engine, err := EngineVersion(t.Context())
	if err != nil || !strings.HasPrefix(engine, "v1.") {
		t.Fatalf("engine %q, %v", engine, err)
	}
	if got, want := meta(t, b, "schema_version"), fmt.Sprint(len(migrations())); got != want {
		t.Errorf("schema version %s, want %s", got, want)
	}
	if got := meta(t, b, "engine_version"); got != engine {
		t.Errorf("engine version %s, want %s", got, engine)
	}
	id := meta(t, b, "book_id")
	if len(id) != 32 {
		t.Errorf("book id %q", id)
	}
	var styles, prices int
	row := b.db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM styles), (SELECT count(*) FROM retail_prices)")
	if err := row.Scan(&styles, &prices); err != nil || styles == 0 || prices == 0 {
		t.Errorf("built-in reference: %d styles, %d prices, %v", styles, prices, err)
	}
	b.Close()

	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = openBook(t, path)
	if got := meta(t, b, "book_id"); got != id {
		t.Errorf("book id %s, then %s", id, got)
	}
	b.Close()
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("opening the book again changed its file (%v)", err)
	}
	if wal, err := os.Stat(path + ".wal"); err == nil {
		t.Errorf("a log of %d bytes is left", wal.Size())
	}
}

// A process that dies while it makes a book leaves a database with nothing, or
// with the first schema files; the next Open goes on from there.
func TestOpenFinishesABook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	b, err := open(t.Context(), path, settings(Options{}, "READ_WRITE"), inUTC)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.migrate(t.Context(), migrations()[0], 1); err != nil {
		t.Fatal(err)
	}
	b.Close()
	b = openBook(t, path)
	if got, want := meta(t, b, "schema_version"), fmt.Sprint(len(migrations())); got != want {
		t.Errorf("schema version %s, want %s", got, want)
	}
}

func TestOpenRefusesANewerBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	b := openBook(t, path)
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetMeta(t.Context(), "schema_version", "99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	b.Close()
	for name, open := range openers {
		_, err = open(t.Context(), path, Options{})
		var newer *NewerBookError
		if !errors.As(err, &newer) || newer.Have != 99 || newer.Known != len(migrations()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var openers = map[string]func(context.Context, string, Options) (*Book, error){"Open": Open, "OpenReadOnly": OpenReadOnly}

// foreign makes a DuckDB database with the statement run in it.
func foreign(statement string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := sql.Open("duckdb", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefusesWhatIsNoBook(t *testing.T) {
	for name, c := range map[string]struct {
		make func(*testing.T, string)
		says string
	}{
		"text":           {write("sold_at,price\n2026-01-01,100\n"), "no DuckDB database"},
		"short":          {write("hello"), "no DuckDB database"},
		"empty":          {write(""), "the file is empty"},
		"sqlite":         {write("SQLite format 3\x00" + strings.Repeat("\x00", 4096)), "no DuckDB database"},
		"only the magic": {write("\x00\x00\x00\x00\x00\x00\x00\x00DUCK"), ""},
		"torn header":    {write("\x00\x00\x00\x00\x00\x00\x00\x00DUCK" + strings.Repeat("\xa5", 20_000)), ""},
		"folder":         {func(t *testing.T, path string) { _ = os.Mkdir(path, 0o700) }, "it is a folder"},
		"foreign table":  {foreign("CREATE TABLE mine (a INTEGER)"), "no book of greybook's"},
		"foreign view":   {foreign("CREATE VIEW mine AS SELECT 1 AS a"), "no book of greybook's"},
		"foreign macro":  {foreign("CREATE MACRO twice(a) AS 2 * a"), "no book of greybook's"},
		"foreign schema": {foreign("CREATE SCHEMA mine"), "no book of greybook's"},
		"foreign meta":   {foreign("CREATE SCHEMA store; CREATE TABLE store.meta (name VARCHAR, value VARCHAR)"), "its schema version is"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "b.duckdb")
			c.make(t, path)
			before, _ := os.ReadFile(path) // a folder has no bytes
			for opener, open := range openers {
				b, err := open(t.Context(), path, Options{})
				if err == nil {
					b.Close()
					t.Fatalf("%s takes it for a book", opener)
				}
				if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: %v", opener, err)
				}
			}
			after, _ := os.ReadFile(path)
			if !bytes.Equal(before, after) {
				t.Errorf("the file was touched")
			}
		})
	}
}

func TestOpenWithoutAFile(t *testing.T) {
	dir := t.TempDir()
	var none *NoBookError
	if _, err := OpenReadOnly(t.Context(), filepath.Join(dir, "b.duckdb"), Options{}); !errors.As(err, &none) {
		t.Errorf("OpenReadOnly of a missing book: %v", err)
	}
	for name, open := range openers {
		for _, path := range []string{filepath.Join(dir, "none", "b.duckdb"), filepath.Join(dir, "b?.duckdb")} {
			var not *NotABookError
			if _, err := open(t.Context(), path, Options{}); !errors.As(err, &not) {
				t.Errorf("%s(%s): %v", name, path, err)
			}
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files were made: %v", left)
	}
}

func TestReadOnlyBookTakesNoWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	openBook(t, path).Close()
	b, err := OpenReadOnly(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(t.Context(), "DELETE FROM styles"); err == nil {
		t.Error("a read-only book was written to")
	}
}

// TestHoldBook is no test but the second process of those below: it holds the
// book named in its environment until its standard input ends.
func TestHoldBook(t *testing.T) {
	path := os.Getenv("GREYBOOK_TEST_HOLD")
	if path == "" {
		t.Skip("only as a second process")
	}
	openBook(t, path)
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
}

// hold lets another process hold the book; release ends it.
func hold(t *testing.T, path string) (pid int, release func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHoldBook$")
	cmd.Env = append(os.Environ(), "GREYBOOK_TEST_HOLD="+path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held\n" {
		t.Fatalf("the second process says %q, %v", line, err)
	}
	release = sync.OnceFunc(func() { stdin.Close(); _ = cmd.Wait() })
	t.Cleanup(release)
	return cmd.Process.Pid, release
}

func TestLockedBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.duckdb")
	openBook(t, path).Close()
	pid, release := hold(t, path)
	for name, open := range openers {
		var locked *LockedError
		if _, err := open(t.Context(), path, Options{}); !errors.As(err, &locked) || locked.PID != pid {
			t.Errorf("%s: %v, want a lock of process %d", name, err, pid)
		}
	}
	// Waiting ends with the time given, and with the context.
	var locked *LockedError
	if _, err := Open(t.Context(), path, Options{Wait: 150 * time.Millisecond}); !errors.As(err, &locked) {
		t.Errorf("after waiting: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := Open(ctx, path, Options{Wait: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after cancelling: %v", err)
	}
	// Waiting pays when the other process goes.
	time.AfterFunc(300*time.Millisecond, release)
	b, err := Open(t.Context(), path, Options{Wait: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}

func TestEverythingHasAComment(t *testing.T) {
	b := openBook(t, "")
	rows, err := b.db.QueryContext(t.Context(), `
		SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal AND coalesce(comment, '') = ''
		UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''
		UNION ALL SELECT schema_name || '.' || table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s has no comment", name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// A process that is killed after a schema file is committed and before it is
// checkpointed leaves it in the log: the next Open replays it.
func TestEveryMigrationReplays(t *testing.T) {
	for i, name := range migrations() {
		path := filepath.Join(t.TempDir(), "b.duckdb")
		b, err := open(t.Context(), path, settings(Options{}, "READ_WRITE"), inUTC)
		if err != nil {
			t.Fatal(err)
		}
		for k, earlier := range migrations()[:i] {
			if err := b.migrate(t.Context(), earlier, k+1); err != nil {
				t.Fatal(err)
			}
		}
		text, err := schemaFS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Tx(t.Context(), func() error {
			if err := s.Exec(t.Context(), string(text)); err != nil {
				return err
			}
			return s.setMeta(t.Context(), "schema_version", fmt.Sprint(i+1))
		}); err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "b.duckdb")
		for _, end := range []string{"", ".wal"} {
			content, err := os.ReadFile(path + end)
			if err != nil {
				t.Fatalf("%s: %v: the test is about nothing without a log", name, err)
			}
			if err := os.WriteFile(copied+end, content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		again, err := Open(t.Context(), copied, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			again.Close()
		}
		s.Close()
		b.Close()
	}
}
