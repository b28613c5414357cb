package data

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

//go:embed schema/*.sql
var schemaFS embed.FS

// Options of opening a book. The zero value is what a user gets who says nothing.
type Options struct {
	Threads     int           // 0: all processors
	MemoryLimit string        // such as "2GB"; "": the engine's default, four fifths of the machine's
	MemoryMost  int64         // bytes; bounds the engine's default, where MemoryLimit is ""; 0: doesn't
	Wait        time.Duration // how long to wait for a lock before giving up
}

// Book is an open book file.
type Book struct {
	path     string
	db       *sql.DB
	readOnly bool
	tempDir  string // of a sandbox, removed by Close; "" for none
}

// Path returns the file name that the book was opened with.
func (b *Book) Path() string { return b.path }

// Close gives the book back. A book that was written to is checkpointed first by
// whoever wrote; Close adds nothing.
func (b *Book) Close() error {
	err := b.db.Close()
	if b.tempDir != "" {
		err = errors.Join(err, os.RemoveAll(b.tempDir))
	}
	return err
}

// Open opens the book for writing and makes it when there is none: the schema is
// applied in order, the built-in reference is loaded, engine and schema version
// are recorded. Errors: *LockedError, *NewerBookError, *NotABookError.
func Open(ctx context.Context, path string, o Options) (*Book, error) {
	if err := checkMagic(path); err != nil {
		var none *NoBookError
		if !errors.As(err, &none) {
			return nil, err
		}
	}
	b, err := openWait(ctx, path, o.Wait, settings(o, "READ_WRITE"), inUTC)
	if err != nil {
		return nil, err
	}
	err = b.boundMemory(ctx, o)
	if err == nil {
		err = b.prepare(ctx)
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// boundMemory lowers the engine's own limit of memory to what the options want at most.
func (b *Book) boundMemory(ctx context.Context, o Options) error {
	if o.MemoryLimit != "" || o.MemoryMost == 0 {
		return nil
	}
	var text, unit string
	var have float64
	if err := b.db.QueryRowContext(ctx, "SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'").Scan(&text); err != nil {
		return fmt.Errorf("open book: %w", err)
	}
	// "18.8 GiB": only a limit in MiB or below is low by itself.
	if _, err := fmt.Sscanf(text, "%f %s", &have, &unit); err == nil && unit != "TiB" && (unit != "GiB" || have*(1<<30) <= float64(o.MemoryMost)) {
		return nil
	}
	_, err := b.db.ExecContext(ctx, fmt.Sprintf("SET memory_limit = '%dMiB'", o.MemoryMost>>20))
	return err
}

// OpenReadOnly opens a book that is there, for reading only. Errors as of Open,
// and *NoBookError.
func OpenReadOnly(ctx context.Context, path string, o Options) (*Book, error) {
	if err := checkMagic(path); err != nil {
		return nil, err
	}
	b, err := openWait(ctx, path, o.Wait, settings(o, "READ_ONLY"), inUTC)
	if err != nil {
		return nil, err
	}
	if _, err := b.schemaVersion(ctx); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// connInit prepares a new connection.
type connInit func(driver.ExecerContext) error

// inUTC makes days count in UTC, whatever the machine's zone.
func inUTC(e driver.ExecerContext) error {
	_, err := e.ExecContext(context.Background(), "SET TimeZone = 'UTC'", nil)
	return err
}

// openWait opens the file, again and again while it is locked and wait lasts.
func openWait(ctx context.Context, path string, wait time.Duration, with url.Values, init connInit) (b *Book, err error) {
	err = whileLocked(ctx, wait, func() error {
		b, err = open(ctx, path, with, init)
		return err
	})
	return b, err
}

// whileLocked tries again and again while another process holds the book and wait lasts.
func whileLocked(ctx context.Context, wait time.Duration, try func() error) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for {
		err := try()
		var locked *LockedError
		if err == nil || !errors.As(err, &locked) || wait == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func open(ctx context.Context, path string, with url.Values, init connInit) (*Book, error) {
	// A '?' ends the path in a DSN; everything else is taken as it is.
	c, err := duckdb.NewConnector(path+"?"+with.Encode(), init)
	if err != nil {
		return nil, openError(path, err)
	}
	db := sql.OpenDB(c)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, openError(path, err)
	}
	return &Book{path: path, db: db, readOnly: with.Get("access_mode") == "READ_ONLY"}, nil
}

// settings lists what the engine is started with. Extensions are never fetched.
func settings(o Options, mode string) url.Values {
	v := url.Values{}
	v.Set("access_mode", mode)
	v.Set("autoinstall_known_extensions", "false")
	v.Set("autoload_known_extensions", "false")
	v.Set("allow_community_extensions", "false")
	// What is left packs whole numbers. The others look at each column of a big load and
	// are hardly ever taken: its one text, the id that a source gives a sale, doesn't
	// repeat. Without them a book is as small and is written sooner.
	v.Set("disabled_compression_methods", "dictionary,fsst,dict_fsst,rle,roaring,zstd,chimp,patas,alp,alprd")
	if o.Threads > 0 {
		v.Set("threads", strconv.Itoa(o.Threads))
	}
	if o.MemoryLimit != "" {
		v.Set("memory_limit", o.MemoryLimit)
	}
	return v
}

// checkMagic looks whether the file is a DuckDB database before the engine does,
// whose words for "no" depend on what else the file is.
func checkMagic(path string) error {
	if strings.Contains(path, "?") {
		return &NotABookError{path, `the name of a book can't contain "?"`}
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return &NotABookError{path, fmt.Sprintf("no folder %s", filepath.Dir(path))}
		}
		return &NoBookError{path}
	}
	if err != nil {
		return fmt.Errorf("open book: %w", err)
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return &NotABookError{path, "it is a folder"}
	}
	var head [12]byte
	if st, err := f.Stat(); err == nil && st.Mode().IsRegular() && st.Size() == 0 {
		return &NotABookError{path, "the file is empty; without it a new book is made"}
	}
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[8:12]) != "DUCK" {
		return &NotABookError{path, "it is no DuckDB database"}
	}
	return nil
}

// migrations returns the names of the schema files in order.
func migrations() []string {
	names, err := fs.Glob(schemaFS, "schema/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	sort.Strings(names)
	return names
}

// schemaVersion returns the version of the book's schema, 0 where its making was cut short
// before the first, refusing a foreign database and a newer book.
func (b *Book) schemaVersion(ctx context.Context) (int, error) {
	var has bool
	err := b.db.QueryRowContext(ctx, `SELECT count(*) > 0 FROM duckdb_tables()
		WHERE schema_name = 'store' AND table_name = 'meta'`).Scan(&has)
	if err != nil {
		return 0, fmt.Errorf("open book %s: %w", b.path, err)
	}
	if !has {
		if objects, err := b.objects(ctx); err != nil || objects == 0 {
			return 0, err
		}
		return 0, &NotABookError{b.path, "it is a DuckDB database, but no book of greybook's"}
	}
	text, err := b.Meta(ctx, "schema_version")
	if err != nil {
		return 0, err
	}
	v, err := strconv.Atoi(text)
	if err != nil {
		return 0, &NotABookError{b.path, fmt.Sprintf("its schema version is %q", text)}
	}
	if known := len(migrations()); v > known {
		return 0, &NewerBookError{b.path, v, known}
	}
	return v, nil
}

// Current reports whether the book's schema is the newest that this program knows. Open
// brings one up to it that is not.
func (b *Book) Current(ctx context.Context) (bool, error) {
	v, err := b.schemaVersion(ctx)
	return v == len(migrations()), err
}

// prepare brings a book that is open for writing up to the newest schema and
// reference.
func (b *Book) prepare(ctx context.Context) error {
	have, err := b.schemaVersion(ctx)
	if err != nil {
		return err
	}
	for i, name := range migrations() {
		if i < have {
			continue
		}
		if err := b.migrate(ctx, name, i+1); err != nil {
			return fmt.Errorf("open book %s: %s: %w", b.path, filepath.Base(name), err)
		}
	}
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := loadBuiltin(ctx, s); err != nil {
		return err
	}
	return judgeAnew(ctx, s)
}

// objects counts what somebody put into the database: a new file, or a book whose making
// was cut short, holds nothing at all. A database of somebody else's may hold views or
// macros and not one table.
func (b *Book) objects(ctx context.Context) (n int, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM duckdb_tables() WHERE NOT internal) + (SELECT count(*) FROM duckdb_views() WHERE NOT internal)
		+ (SELECT count(*) FROM duckdb_sequences()) + (SELECT count(*) FROM duckdb_functions() WHERE NOT internal)
		+ (SELECT count(*) FROM duckdb_types() WHERE NOT internal) + (SELECT count(*) FROM duckdb_schemas() WHERE NOT internal AND schema_name <> 'main')`).Scan(&n)
	if err != nil {
		err = fmt.Errorf("open book %s: %w", b.path, err)
	}
	return n, err
}

// migrate applies one schema file: DDL alone in its transaction, then a
// checkpoint, since replaying a log that mixes DDL and rows has had bugs.
func (b *Book) migrate(ctx context.Context, name string, version int) error {
	text, err := schemaFS.ReadFile(name)
	if err != nil {
		return err
	}
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error {
		if err := s.Exec(ctx, string(text)); err != nil {
			return err
		}
		if version == 1 {
			var id [16]byte
			if _, err := rand.Read(id[:]); err != nil {
				return err
			}
			if err := s.setMeta(ctx, "book_id", hex.EncodeToString(id[:])); err != nil {
				return err
			}
		}
		if err := s.Exec(ctx, `DELETE FROM store.meta WHERE name = 'engine_version'`); err != nil {
			return err
		}
		if err := s.Exec(ctx, `INSERT INTO store.meta SELECT 'engine_version', version()`); err != nil {
			return err
		}
		return s.setMeta(ctx, "schema_version", strconv.Itoa(version))
	})
	if err != nil {
		return err
	}
	return s.Checkpoint(ctx)
}

// ModelsSum is the name of the fact that says which models the book has.
const ModelsSum = "models_sha256"

// Meta returns one fact about the book: book_id, schema_version, engine_version, …
// A fact that was never recorded is "".
func (b *Book) Meta(ctx context.Context, name string) (string, error) {
	var v string
	err := b.db.QueryRowContext(ctx, "SELECT value FROM store.meta WHERE name = ?", name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("book %s: read %s: %w", b.path, name, err)
	}
	return v, nil
}

// OpenScratch opens an empty database in memory: the engine with a book's
// settings, but no book. It has no schema and no reference.
func OpenScratch(ctx context.Context, o Options) (*Book, error) {
	return open(ctx, "", settings(o, "AUTOMATIC"), inUTC)
}

// EngineVersion returns the version of the DuckDB that is linked in: "v1.5.5".
func EngineVersion(ctx context.Context) (string, error) {
	b, err := OpenScratch(ctx, Options{})
	if err != nil {
		return "", err
	}
	defer b.Close()
	var v string
	return v, b.db.QueryRowContext(ctx, "SELECT version()").Scan(&v)
}
