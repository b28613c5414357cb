//go:build linux || darwin

package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// parquetSame are the types that the engine writes to Parquet as they are: a reader
// finds the values that Select has. Wider integers, for one, it would write as floats.
var parquetSame = regexp.MustCompile(`^(BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|VARCHAR|BLOB|DATE|TIMESTAMP( WITH TIME ZONE)?)(\[\])*$`)

// SelectParquet runs one query that a user wrote, as SelectStream does, and has the
// engine itself write all its rows to w as a Parquet file, compressed with Zstandard
// in row groups of 122,880. That takes a third of the time that it takes outside of
// the engine. done is false, with nothing run and nothing written, for a query that
// this is no way for: of other types, with parameters, with a limit.
//
// Of the engine's settings nothing changes: what it may write to is its private
// folder of temporary files, and there it finds a pipe.
func (s *Session) SelectParquet(ctx context.Context, w io.Writer, text string, o SelectOptions) (rows int64, done bool, err error) {
	if o.Most > 0 || len(o.Args) > 0 || s.book.tempDir == "" {
		return 0, false, nil
	}
	query, err := oneStatement(text)
	if err != nil {
		return 0, false, err
	}
	run, cancel := context.WithCancel(ctx)
	if o.Timeout > 0 {
		run, cancel = context.WithTimeout(ctx, o.Timeout)
	}
	defer cancel()
	if short, err := s.check(run, query, o); short || err != nil || !s.parquetSame(run, query) {
		return 0, false, nil // what is wrong with it the other way words
	}
	rows, written, err := s.copyThrough(run, cancel, w, query)
	switch {
	case err == nil:
		return rows, true, nil
	case written != nil:
		return 0, true, written
	case ctx.Err() != nil:
		return 0, true, ctx.Err()
	case run.Err() != nil:
		return 0, true, &TimeoutError{o.Timeout}
	}
	return 0, true, queryError(lineBefore(err))
}

// parquetSame reports whether all columns of a query are of such types.
func (s *Session) parquetSame(ctx context.Context, query string) bool {
	rows, err := s.Query(ctx, "SELECT column_type FROM (DESCRIBE FROM (\n"+query+"\n))")
	if err != nil {
		return false
	}
	defer rows.Close()
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil || !parquetSame.MatchString(t) {
			return false
		}
	}
	return rows.Err() == nil
}

// copyThrough runs the COPY, with a pipe in place of a file. written is the error of
// writing to w, which ends the statement.
func (s *Session) copyThrough(ctx context.Context, cancel context.CancelFunc, w io.Writer, query string) (rows int64, written, err error) {
	pipe := filepath.Join(s.book.tempDir, "rows")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return 0, nil, fmt.Errorf("make a pipe: %w", err)
	}
	defer os.Remove(pipe)
	out, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, nil, err
	}
	defer out.Close()
	// While this is open the reading goes on: the engine opens its end later, or not at all.
	open, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		return 0, nil, err
	}
	read := make(chan error, 1)
	go func() {
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{out}, make([]byte, 1<<20))
		if err != nil {
			cancel()
			_, _ = io.Copy(io.Discard, out) // the engine must not wait for a reader for ever
		}
		read <- err
	}()
	quoted := "'" + strings.ReplaceAll(pipe, "'", "''") + "'"
	err = s.Get(ctx, []any{&rows}, "COPY (FROM (\n"+query+"\n)) TO "+quoted+" (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)")
	err = errors.Join(err, open.Close())
	written = <-read
	if err == nil {
		err = written
	}
	return rows, written, err
}
