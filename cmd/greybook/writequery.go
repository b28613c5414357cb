package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/data"
)

// writeQuery asks the book and writes the rows as the flags say; it returns how
// many there were. Values are bound, never part of the text.
func (s *session) writeQuery(ctx context.Context, f *rowsFlags, b *data.Book, query string, args ...any) (int64, error) {
	c, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	done, err := s.WriteRows(ctx, f, func() (array.RecordReader, error) { return c.Arrow(ctx, query, args...) })
	return done.Rows, err
}

// column is a column of rows that are made in Go: text, or whole numbers.
type column struct {
	name   string
	number bool
}

// writeValues writes rows made in Go as writeQuery does: strings, and int64 in the
// columns of numbers.
func (s *session) writeValues(ctx context.Context, f *rowsFlags, columns []column, rows [][]any) error {
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
	_, err := s.WriteRows(ctx, f, func() (array.RecordReader, error) {
		return array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
	})
	return err
}
