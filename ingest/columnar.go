package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// columnarReader reads the rows of Parquet and Arrow files as texts: numbers with
// all their digits, days and times as ISO 8601, an empty text for NULL. A record's
// line is the row's number, from 1.
type columnarReader struct {
	header []string
	floats map[string]bool // columns of binary fractions
	batch  arrow.RecordBatch
	row    int
	n      int64
	more   func() (arrow.RecordBatch, error)
	closer []func() error
}

// guarded turns a panic of a library that meets a broken file into an error.
func guarded[T any](f func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the file is broken: %.200s", fmt.Sprint(p))
		}
	}()
	return f()
}

func newParquetReader(f *file) (*columnarReader, error) {
	r, err := guarded(func() (*columnarReader, error) {
		in, err := pqfile.OpenParquetFile(f.readPath, false)
		if err != nil {
			return nil, err
		}
		r := &columnarReader{closer: []func() error{in.Close}}
		rows, err := pqarrow.NewFileReader(in, pqarrow.ArrowReadProperties{BatchSize: 8192}, memory.DefaultAllocator)
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		schema, err := rows.Schema()
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		r.names(schema)
		rr, err := rows.GetRecordReader(context.Background(), nil, nil)
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		r.closer = append(r.closer, func() error { rr.Release(); return nil })
		r.more = func() (arrow.RecordBatch, error) { return nextBatch(rr) }
		return r, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: as Parquet: %w", f.path, err)
	}
	return r, nil
}

// batches is what the readers of both formats have in common.
type batches interface {
	Next() bool
	RecordBatch() arrow.RecordBatch
	Err() error
}

func nextBatch(rr batches) (arrow.RecordBatch, error) {
	if !rr.Next() {
		if err := rr.Err(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, io.EOF
	}
	return rr.RecordBatch(), nil
}

func newArrowReader(f *file) (*columnarReader, error) {
	r, err := guarded(func() (*columnarReader, error) {
		in, err := os.Open(f.readPath)
		if err != nil {
			return nil, err
		}
		r := &columnarReader{closer: []func() error{in.Close}}
		if err := checkArrow(in, f.bytes()); err != nil {
			return nil, errors.Join(err, r.close())
		}
		head := make([]byte, 6)
		if _, err := io.ReadFull(in, head); err != nil {
			return nil, errors.Join(err, r.close())
		}
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return nil, errors.Join(err, r.close())
		}
		if string(head) != "ARROW1" {
			rr, err := ipc.NewReader(in)
			if err != nil {
				return nil, errors.Join(err, r.close())
			}
			r.closer = append(r.closer, func() error { rr.Release(); return nil })
			r.names(rr.Schema())
			r.more = func() (arrow.RecordBatch, error) { return nextBatch(rr) }
			return r, nil
		}
		fr, err := ipc.NewFileReader(in)
		if err != nil {
			return nil, errors.Join(err, r.close())
		}
		r.closer = append(r.closer, fr.Close)
		r.names(fr.Schema())
		i := 0
		r.more = func() (arrow.RecordBatch, error) {
			if i >= fr.NumRecords() {
				return nil, io.EOF
			}
			i++
			return fr.RecordBatchAt(i - 1)
		}
		return r, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: as Arrow: %w", f.path, err)
	}
	return r, nil
}

func (r *columnarReader) names(s *arrow.Schema) {
	r.floats = map[string]bool{}
	for _, f := range s.Fields() {
		r.header = append(r.header, f.Name)
		r.floats[f.Name] = f.Type.ID() == arrow.FLOAT32 || f.Type.ID() == arrow.FLOAT64
	}
}

func (r *columnarReader) close() error {
	var errs []error
	for i := len(r.closer) - 1; i >= 0; i-- {
		_, err := guarded(func() (struct{}, error) { return struct{}{}, r.closer[i]() })
		errs = append(errs, err)
	}
	r.closer = nil
	return errors.Join(errs...)
}

func (r *columnarReader) next() (record, error) {
	return guarded(func() (record, error) {
		for r.batch == nil || r.row >= int(r.batch.NumRows()) {
			b, err := r.more()
			if err != nil {
				return record{}, err
			}
			r.batch, r.row = b, 0
		}
		r.n++
		rec := record{line: r.n, fields: make([]string, len(r.header))}
		for i := range rec.fields {
			text, reason := cellText(r.batch.Column(i), r.row)
			if reason != "" {
				rec.reason = reason
			}
			rec.fields[i] = text
		}
		r.row++
		rec.raw = fieldsAsJSON(r.header, rec.fields)
		if rec.reason != "" {
			rec.fields = nil
		}
		return rec, nil
	})
}

// cellText writes a value as a text that means the same, as textOf does in SQL.
func cellText(a arrow.Array, i int) (text, reason string) {
	if a.IsNull(i) {
		return "", ""
	}
	switch a := a.(type) {
	case *array.Float64:
		return floatText(a.Value(i), 64), ""
	case *array.Float32:
		return floatText(float64(a.Value(i)), 32), ""
	case *array.Timestamp:
		kind := a.DataType().(*arrow.TimestampType)
		t := a.Value(i).ToTime(kind.Unit)
		if kind.TimeZone == "" {
			return t.UTC().Format("2006-01-02 15:04:05.999999999"), ""
		}
		return t.UTC().Format("2006-01-02T15:04:05.999999999Z"), ""
	case *array.Date32:
		return a.Value(i).ToTime().Format(time.DateOnly), ""
	case *array.Date64:
		return a.Value(i).ToTime().Format(time.DateOnly), ""
	case *array.Dictionary:
		return cellText(a.Dictionary(), a.GetValueIndex(i))
	case *array.Decimal128:
		return a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale), ""
	}
	return checkedText(a.ValueStr(i))
}

// checkedText refuses what no text may hold.
func checkedText(s string) (text, reason string) {
	switch {
	case strings.IndexByte(s, 0) >= 0:
		return "", "nul_byte"
	case !utf8.ValidString(s):
		return "", "invalid_utf8"
	}
	return s, ""
}

// floatText is the shortest decimal number that stands for the float, as people
// would write it: 185, 185.5.
func floatText(v float64, bits int) string { return strconv.FormatFloat(v, 'f', -1, bits) }
