package data

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/duckdb/duckdb-go/v2"
)

// Session is one connection to the book. Temporary tables live and die with it.
// It is not safe for concurrent use.
type Session struct {
	conn   *sql.Conn
	book   *Book
	failed error // the first error of a statement since the transaction began
}

// note remembers that a statement failed, so that Tx can't commit past it.
func (s *Session) note(err error) error {
	err = memoryError(err)
	if err != nil && s.failed == nil && !errors.Is(err, sql.ErrNoRows) {
		s.failed = err
	}
	return err
}

// Session opens a connection.
func (b *Book) Session(ctx context.Context) (*Session, error) {
	c, err := b.db.Conn(ctx)
	if err != nil {
		return nil, openError(b.path, err)
	}
	return &Session{conn: c, book: b}, nil
}

// Close ends the session and drops its temporary tables.
func (s *Session) Close() error {
	// The pool would keep the connection, and with it the temporary tables.
	err := s.conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) {
		err = nil
	}
	if cerr := s.conn.Close(); cerr != nil && !errors.Is(cerr, sql.ErrConnDone) && err == nil {
		err = cerr
	}
	return err
}

// Exec runs statements that return no rows.
func (s *Session) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, query, args...)
	return s.note(err)
}

// ExecCount runs one statement and returns how many rows it changed.
func (s *Session) ExecCount(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, s.note(err)
	}
	return r.RowsAffected()
}

// Query runs one statement that returns rows.
func (s *Session) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.conn.QueryContext(ctx, query, args...)
	return rows, s.note(err)
}

// Get runs one statement that returns one row, into dest.
func (s *Session) Get(ctx context.Context, dest []any, query string, args ...any) error {
	return s.note(s.conn.QueryRowContext(ctx, query, args...).Scan(dest...))
}

// Tx runs f inside a transaction. Any error, of f or of a statement in it, rolls
// back: a COMMIT after an error would say nothing and save nothing, or save a
// part. A cancelled context rolls back too.
func (s *Session) Tx(ctx context.Context, f func() error) (err error) {
	s.failed = nil
	if err := s.Exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	done, committing := false, false
	defer func() {
		if done {
			return
		}
		// The caller's context may be cancelled already; the rollback must still run.
		rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if rerr := s.Exec(rctx, "ROLLBACK"); rerr != nil && err != nil && !committing { // a COMMIT that fails has rolled back
			err = fmt.Errorf("%w (and roll back: %s)", err, ShortMessage(rerr))
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if s.failed != nil {
		return s.failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committing = true
	// Not to be cancelled: an interrupted COMMIT may have committed all the same, and
	// nobody could say which.
	if err := s.Exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

// Checkpoint writes the log into the file.
func (s *Session) Checkpoint(ctx context.Context) error { return s.Exec(ctx, "CHECKPOINT") }

func (s *Session) setMeta(ctx context.Context, name, value string) error {
	if err := s.Exec(ctx, "DELETE FROM store.meta WHERE name = ?", name); err != nil {
		return err
	}
	return s.Exec(ctx, "INSERT INTO store.meta VALUES (?, ?)", name, value)
}

// SetMeta records a fact about the book.
func (s *Session) SetMeta(ctx context.Context, name, value string) error {
	return s.setMeta(ctx, name, value)
}

// Arrow runs a query and returns its rows as Arrow record batches. The reader
// must be released before the session is used again.
func (s *Session) Arrow(ctx context.Context, query string, args ...any) (array.RecordReader, error) {
	var rr array.RecordReader
	err := s.conn.Raw(func(dc any) error {
		a, err := duckdb.NewArrowFromConn(dc.(driver.Conn))
		if err != nil {
			return err
		}
		rr, err = a.QueryContext(ctx, query, args...)
		return err
	})
	return rr, err
}

// Cell is a value that may be appended to a table. There is none for money and
// days, on purpose: the engine's appender stores a float, or a decimal of another
// scale, in a DECIMAL column as a wrong number and says nothing. Such values are
// appended as exact text and cast in SQL.
type Cell interface{ value() driver.Value }

// Text is a VARCHAR.
type Text string

// NullText is a VARCHAR that is NULL when empty.
type NullText string

// BigInt is a BIGINT.
type BigInt int64

// NullBigInt is a BIGINT that is NULL when zero.
type NullBigInt int64

// Bool is a BOOLEAN.
type Bool bool

func (v Text) value() driver.Value   { return string(v) }
func (v BigInt) value() driver.Value { return int64(v) }
func (v Bool) value() driver.Value   { return bool(v) }
func (v NullText) value() driver.Value {
	if v == "" {
		return nil
	}
	return string(v)
}
func (v NullBigInt) value() driver.Value {
	if v == 0 {
		return nil
	}
	return int64(v)
}

// Append adds rows to a table, in column order. next returns nil at the end.
// Rows are flushed in bounded batches; on an error the table holds an unknown
// part of them, so append inside a transaction or into a temporary table.
func (s *Session) Append(ctx context.Context, catalog, schema, table string, next func() ([]Cell, error)) (int64, error) {
	var n int64
	err := s.conn.Raw(func(dc any) error {
		ap, err := duckdb.NewAppender(dc.(driver.Conn), catalog, schema, table)
		if err != nil {
			return err
		}
		row := make([]driver.Value, 0, 16)
		for {
			cells, err := next()
			if err == nil && n%4096 == 0 {
				err = ctx.Err()
			}
			if err != nil {
				return errors.Join(err, closeQuietly(ap))
			}
			if cells == nil {
				return ap.Close()
			}
			row = row[:0]
			for i, c := range cells {
				v := c.value()
				if text, ok := v.(string); ok && !utf8.ValidString(text) {
					err = fmt.Errorf("row %d, column %d: the text is not valid UTF-8", n+1, i+1) // the engine would store NULL
				}
				row = append(row, v)
			}
			if err != nil {
				return errors.Join(err, closeQuietly(ap))
			}
			if err := ap.AppendRow(row...); err != nil {
				return errors.Join(err, closeQuietly(ap))
			}
			if n++; n%100_000 == 0 {
				if err := ap.Flush(); err != nil {
					return errors.Join(err, closeQuietly(ap))
				}
			}
		}
	})
	if err != nil {
		return n, s.note(fmt.Errorf("append to %s: %w", table, err))
	}
	return n, nil
}

// closeQuietly frees an appender whose rows are lost anyway.
func closeQuietly(a *duckdb.Appender) error {
	_ = a.Close()
	return nil
}

// AppendAll adds the rows to a table.
func (s *Session) AppendAll(ctx context.Context, catalog, schema, table string, rows [][]Cell) error {
	i := 0
	_, err := s.Append(ctx, catalog, schema, table, func() ([]Cell, error) {
		if i == len(rows) {
			return nil, nil
		}
		i++
		return rows[i-1], nil
	})
	return err
}

// LoadTemp makes (or remakes) a temporary table of the rows.
func (s *Session) LoadTemp(ctx context.Context, table, columns string, rows [][]Cell) error {
	if err := s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE "+table+" ("+columns+")"); err != nil {
		return err
	}
	return s.AppendAll(ctx, "temp", "main", table, rows)
}
