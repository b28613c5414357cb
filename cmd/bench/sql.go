package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/file"

	"github.com/amassable/greybook/data"
)

// The rows that are written to files: what a person asks for, and all there is.
const (
	tenColumns = "SELECT sale_key, sold_on, style_id, model, version, size_us_men, condition, sale_price, currency, multiple FROM sales"
	allColumns = "FROM sales"
)

// rowFile is a query whose rows the plain engine writes to a file.
type rowFile struct{ format, query string }

var rowFiles = map[string]rowFile{
	"rows-csv":     {"csv", tenColumns},
	"rows-parquet": {"parquet", tenColumns},
	"rows-arrow":   {"arrow", tenColumns},
	"wide-csv":     {"csv", allColumns},
	"wide-parquet": {"parquet", allColumns},
	"wide-arrow":   {"arrow", allColumns},
}

// write is what the engine does by itself, compressed as greybook compresses.
// Arrow files it cannot write: there its rows go as they come from the driver into
// Arrow's own writer.
func (r rowFile) write(ctx context.Context, s *data.Session, path string) error {
	switch r.format {
	case "csv":
		return s.Exec(ctx, "COPY ("+r.query+") TO "+quoted(path)+" (FORMAT csv, HEADER)")
	case "parquet":
		return s.Exec(ctx, "COPY ("+r.query+") TO "+quoted(path)+" (FORMAT parquet, COMPRESSION zstd)")
	}
	rr, err := s.Arrow(ctx, r.query)
	if err != nil {
		return err
	}
	defer rr.Release()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(rr.Schema()))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	for rr.Next() && err == nil {
		err = w.Write(rr.RecordBatch())
	}
	return errors.Join(err, rr.Err(), w.Close(), f.Close())
}

// sql measures writing rows of the book to files.
func (b *bench) sql(ctx context.Context) ([]comparison, error) {
	var out []comparison
	for _, c := range []struct {
		columns, name string
		aim           aim
	}{
		{"10", "rows-csv", aim{most: 1.3}}, {"10", "rows-parquet", aim{most: 1.1}}, {"10", "rows-arrow", aim{most: 1.1}},
		{"35", "wide-csv", aim{most: 1.3}}, {"35", "wide-parquet", aim{most: 1.1}}, {"35", "wide-arrow", aim{most: 1.1}},
	} {
		r := rowFiles[c.name]
		path := filepath.Join(b.o.dir, "rows."+r.format)
		// Both sides make a new file: the time that it takes to free the old one is nobody's.
		fresh := func(context.Context) error {
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		}
		check := func([]byte) error {
			n, err := rowsOf(path, r.format)
			if err == nil && n != int64(b.in.rows-b.in.known()) {
				err = fmt.Errorf("want %d rows, got %d", b.in.rows-b.in.known(), n)
			}
			return err
		}
		theirs := b.engine(c.name, b.book())
		theirs.argv = append(theirs.argv, path)
		theirs.prepare, theirs.check = fresh, check
		ms, err := takeTurns(ctx, b.o.dir, b.rounds, []contender{
			{name: "sql", argv: b.greybook("sql", "--timeout", "0s", "--format", r.format, "-o", path, r.query), prepare: fresh, check: check}, theirs,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, comparison{
			step: "sql, " + c.columns + " columns to " + r.format, against: "the engine writes the rows", rows: b.in.rows, ours: ms[0], theirs: ms[1], aim: c.aim,
		})
	}
	return out, nil
}

// rowsOf counts the rows of a file. Of the invented sales none has a line end in it,
// so that a CSV file has a line for each, and one of names.
func rowsOf(path, format string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var n int64
	switch format {
	case "parquet":
		r, err := file.NewParquetReader(f)
		if err != nil {
			return 0, err
		}
		return r.NumRows(), nil
	case "arrow":
		r, err := ipc.NewFileReader(f)
		if err != nil {
			return 0, err
		}
		defer r.Close()
		for i := range r.NumRecords() {
			rec, err := r.RecordBatchAt(i)
			if err != nil {
				return 0, err
			}
			n += rec.NumRows()
			rec.Release()
		}
		return n, nil
	}
	lines, part := int64(0), make([]byte, 1<<16)
	for err == nil {
		k := 0
		k, err = f.Read(part)
		lines += int64(bytes.Count(part[:k], []byte{'\n'}))
	}
	if !errors.Is(err, io.EOF) {
		return 0, err
	}
	return lines - 1, nil
}
