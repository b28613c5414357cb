package main

import (
	"bufio"
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// writeQuery asks the book and writes the rows to stdout, in the format that
// --format asks for. Values are bound, never part of the text.
func writeQuery(ctx context.Context, s *session, b *data.Book, query string, args ...any) error {
	_, err := writeQueryRows(ctx, s, b, query, args...)
	return err
}

// writeQueryRows is writeQuery, and says how many rows there were.
func writeQueryRows(ctx context.Context, s *session, b *data.Book, query string, args ...any) (int64, error) {
	c, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	rr, err := c.Arrow(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer rr.Release()
	return writeArrow(ctx, s, rr)
}

// column is a column of rows that are made in Go: text, or whole numbers.
type column struct {
	name   string
	number bool
}

// writeValues writes rows made in Go as writeQuery does: strings, and int64 in the
// columns of numbers.
func writeValues(ctx context.Context, s *session, columns []column, rows [][]any) error {
	var fields []arrow.Field
	for _, c := range columns {
		f := arrow.Field{Name: c.name, Type: arrow.BinaryTypes.String}
		if c.number {
			f.Type = arrow.PrimitiveTypes.Int64
		}
		fields = append(fields, f)
	}
	build := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	defer build.Release()
	for _, row := range rows {
		for i, v := range row {
			switch b := build.Field(i).(type) {
			case *array.Int64Builder:
				b.Append(v.(int64))
			case *array.StringBuilder:
				b.Append(v.(string))
			}
		}
	}
	rec := build.NewRecordBatch()
	defer rec.Release()
	rr, err := array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
	if err != nil {
		return err
	}
	defer rr.Release()
	_, err = writeArrow(ctx, s, rr)
	return err
}

func writeArrow(ctx context.Context, s *session, rr array.RecordReader) (int64, error) {
	format := reports.RowFormat(get[string](s.Settings, "format"))
	o := reports.RowOptions{Color: s.Color(), Terminal: s.Env.StdoutTerminal}
	if o.Terminal {
		o.Width = s.Env.Width
	}
	var done reports.RowsWritten
	err := s.Output(ctx, "", format.Binary(), func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<16)
		var err error
		if done, err = reports.WriteRows(buffered, format, rr, o); err != nil {
			return err
		}
		return buffered.Flush()
	})
	return done.Rows, err
}
