package data

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func testSession(t *testing.T) *Session {
	t.Helper()
	s, err := openBook(t, filepath.Join(t.TempDir(), "b.duckdb")).Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func exec1(t *testing.T, s *Session, query string) {
	t.Helper()
	if err := s.Exec(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

func TestTxRollsBack(t *testing.T) {
	boom := errors.New("boom")
	const runTime = "SELECT error('at run time')"
	for name, c := range map[string]struct {
		f    func(context.Context, context.CancelFunc, *Session) error
		want string // in the error; "" for none
		rows int
	}{
		"no error": {func(context.Context, context.CancelFunc, *Session) error { return nil }, "", 1},
		"its own":  {func(context.Context, context.CancelFunc, *Session) error { return boom }, "boom", 0},
		"run time": {func(ctx context.Context, _ context.CancelFunc, s *Session) error { return s.Exec(ctx, runTime) }, "at run time", 0},
		"bind": {func(ctx context.Context, _ context.CancelFunc, s *Session) error {
			return s.Exec(ctx, "SELECT nothing")
		}, "nothing", 0},
		"parse": {func(ctx context.Context, _ context.CancelFunc, s *Session) error { return s.Exec(ctx, "SELEC 1") }, "SELEC", 0},
		// The engine's COMMIT would say nothing and save nothing after the first of
		// these, and save the row after the second.
		"run time, ignored": {func(ctx context.Context, _ context.CancelFunc, s *Session) error {
			_ = s.Exec(ctx, runTime)
			return nil
		}, "at run time", 0},
		"bind, ignored": {func(ctx context.Context, _ context.CancelFunc, s *Session) error {
			_ = s.Exec(ctx, "SELECT nothing")
			return nil
		}, "nothing", 0},
		"append, ignored": {func(ctx context.Context, _ context.CancelFunc, s *Session) error {
			_ = s.AppendAll(ctx, "", "main", "t", [][]Cell{{NullBigInt(0)}})
			return nil
		}, "NOT NULL", 0},
		"cancelled": {func(ctx context.Context, cancel context.CancelFunc, s *Session) error { cancel(); return nil }, "canceled", 0},
		"cancelled in a statement": {func(ctx context.Context, cancel context.CancelFunc, s *Session) error {
			go cancel()
			return s.Exec(ctx, "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range + b.range = -1")
		}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSession(t)
			exec1(t, s, "CREATE TABLE t (a BIGINT NOT NULL)")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := s.Tx(ctx, func() error {
				exec1(t, s, "INSERT INTO t VALUES (1)")
				return c.f(ctx, cancel, s)
			})
			if (err == nil) != (c.rows == 1) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			var n int
			if err := s.Get(t.Context(), []any{&n}, "SELECT count(*) FROM t"); err != nil || n != c.rows {
				t.Errorf("%d rows, want %d (%v)", n, c.rows, err)
			}
			// The session is as good as new.
			if err := s.Tx(t.Context(), func() error { return s.Exec(t.Context(), "INSERT INTO t VALUES (2)") }); err != nil {
				t.Errorf("the next transaction: %v", err)
			}
		})
	}
}

func TestTxRollsBackAPanic(t *testing.T) {
	s := testSession(t)
	exec1(t, s, "CREATE TABLE t (a BIGINT)")
	func() {
		defer func() { _ = recover() }()
		_ = s.Tx(t.Context(), func() error {
			exec1(t, s, "INSERT INTO t VALUES (1)")
			panic("a bug")
		})
	}()
	var n int
	if err := s.Get(t.Context(), []any{&n}, "SELECT count(*) FROM t"); err != nil || n != 0 {
		t.Errorf("%d rows (%v)", n, err)
	}
}

// A cell that can't be stored as it is is an error: none comes out as NULL, as
// another number or not at all.
func TestAppendRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		row  []Cell
		want string
	}{
		"too few cells":  {[]Cell{Text("a")}, "column count"},
		"too many cells": {[]Cell{Text("a"), BigInt(1), BigInt(2)}, "column count"},
		"NULL":           {[]Cell{Text("a"), NullBigInt(0)}, "NOT NULL"},
		"number as text": {[]Cell{BigInt(1), BigInt(1)}, "cast"},
		"text as number": {[]Cell{Text("a"), Text("1")}, "cast"},
		"broken text":    {[]Cell{Text("a\xff"), BigInt(1)}, "row 2, column 1: the text is not valid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testSession(t)
			exec1(t, s, "CREATE TEMP TABLE t (a VARCHAR, b BIGINT NOT NULL)")
			err := s.AppendAll(t.Context(), "temp", "main", "t", [][]Cell{{Text("good"), BigInt(1)}, c.row})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestAppendKeepsText(t *testing.T) {
	s := testSession(t)
	texts := []string{"", "a", "twelve bytes", "thirteen bytes", "뉴발란스 990v6", "a\x00b", "\"q\",\r\n", strings.Repeat("x", 1<<20)}
	rows := make([][]Cell, len(texts))
	for i, v := range texts {
		rows[i] = []Cell{BigInt(i), Text(v), NullText(v)}
	}
	if err := s.LoadTemp(t.Context(), "t", "n BIGINT, a VARCHAR, b VARCHAR", rows); err != nil {
		t.Fatal(err)
	}
	for i, want := range texts {
		var got string
		var null bool
		if err := s.Get(t.Context(), []any{&got, &null}, "SELECT a, b IS NULL FROM t WHERE n = ?", i); err != nil || got != want || null != (want == "") {
			t.Errorf("%.20q comes back as %.20q, NULL %v (%v)", want, got, null, err)
		}
	}
}

func TestAppendStopsWithItsContext(t *testing.T) {
	s := testSession(t)
	exec1(t, s, "CREATE TEMP TABLE t (a BIGINT)")
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err := s.Append(ctx, "temp", "main", "t", func() ([]Cell, error) {
		if calls++; calls == 10_000 {
			cancel()
		}
		return []Cell{BigInt(1)}, nil
	})
	if !errors.Is(err, context.Canceled) || calls > 20_000 {
		t.Errorf("%v after %d rows", err, calls)
	}
}

func TestSessionTablesAreItsOwn(t *testing.T) {
	b := openBook(t, filepath.Join(t.TempDir(), "b.duckdb"))
	for range 2 {
		s, err := b.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(t.Context(), "CREATE TEMP TABLE t (a BIGINT)"); err != nil {
			t.Errorf("a table of the session before is there: %v", err)
		}
		var zone string
		if err := s.Get(t.Context(), []any{&zone}, "SELECT current_setting('TimeZone')"); err != nil || zone != "UTC" {
			t.Errorf("time zone %q (%v)", zone, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
