package reports

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// Rows come out of DuckDB 2,048 at a time; files want them in larger groups.
const (
	parquetGroupRows = 60 * 2048 // 122,880, DuckDB's own row group
	arrowBatchRows   = 32 * 2048
)

// binaryRows gathers rows into groups and writes each of them to a Parquet or
// Arrow IPC file. Columns are simplified on the way, so that any reader can take
// them: enums become their text; what the format has no type for (intervals and
// unions, in Parquet also what holds them) becomes the text that csv has.
type binaryRows struct {
	schema *arrow.Schema
	asText []bool // by column
	size   int64  // rows of a group
	held   []arrow.RecordBatch
	rows   int64 // in held
	pipe   *rowPipe[arrow.RecordBatch]
	close  func() error
}

func openParquetRows(w io.Writer, s *arrow.Schema, _ RowOptions) (rowEncoder, error) {
	e := newBinaryRows(s, parquetGroupRows, parquetHolds)
	pw, err := pqarrow.NewFileWriter(e.schema, rowsUnclosed{w},
		parquet.NewWriterProperties(
			parquet.WithCompression(compress.Codecs.Zstd),
			parquet.WithMaxRowGroupLength(parquetGroupRows),
			parquet.WithCreatedBy("greybook")),
		pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	if err != nil {
		return nil, err
	}
	e.start(pw.Write, pw.Close)
	return e, nil
}

func openArrowRows(w io.Writer, s *arrow.Schema, _ RowOptions) (rowEncoder, error) {
	e := newBinaryRows(s, arrowBatchRows, arrowHolds)
	aw, err := ipc.NewFileWriter(w, ipc.WithSchema(e.schema))
	if err != nil {
		return nil, err
	}
	e.start(aw.Write, aw.Close)
	return e, nil
}

// start lets groups be put together and written while the next one is gathered.
func (e *binaryRows) start(write func(arrow.RecordBatch) error, close func() error) {
	e.close = close
	e.pipe = openRowPipe(1, func(rec arrow.RecordBatch) error {
		defer rec.Release()
		return write(rec)
	}, arrow.RecordBatch.Release)
}

// rowsUnclosed keeps the Parquet writer from closing the stream it was lent.
type rowsUnclosed struct{ io.Writer }

func newBinaryRows(s *arrow.Schema, size int64, holds func(arrow.DataType) bool) *binaryRows {
	fields := s.Fields()
	e := &binaryRows{size: size, asText: make([]bool, len(fields))}
	for i, f := range fields {
		if !holds(f.Type) {
			fields[i].Type = arrow.BinaryTypes.String
			fields[i].Nullable = true
			e.asText[i] = true
		}
	}
	meta := s.Metadata()
	e.schema = arrow.NewSchema(fields, &meta)
	return e
}

// arrowHolds reports whether Arrow IPC files take a type as it is. Dictionaries
// are not among them: an IPC file allows one dictionary for the whole column,
// and batches come with their own.
func arrowHolds(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.DictionaryType, arrow.UnionType, *arrow.RunEndEncodedType:
		return false
	case arrow.NestedType:
		for _, f := range t.Fields() {
			if !arrowHolds(f.Type) {
				return false
			}
		}
	}
	return true
}

// parquetHolds reports whether Parquet takes a type as it is.
func parquetHolds(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.INTERVAL_MONTHS, arrow.INTERVAL_DAY_TIME, arrow.INTERVAL_MONTH_DAY_NANO, arrow.DURATION,
		arrow.STRING_VIEW, arrow.BINARY_VIEW, arrow.LIST_VIEW, arrow.LARGE_LIST_VIEW,
		arrow.DECIMAL32, arrow.DECIMAL64:
		return false
	case arrow.STRUCT:
		if t.(*arrow.StructType).NumFields() == 0 {
			return false
		}
	}
	if n, ok := t.(arrow.NestedType); ok {
		for _, f := range n.Fields() {
			if !parquetHolds(f.Type) {
				return false
			}
		}
	}
	return arrowHolds(t)
}

// rowTextColumn is a column as text.
func rowTextColumn(a arrow.Array) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(a.Len())
	for i := range a.Len() {
		if rowNull(a, i) {
			b.AppendNull()
		} else {
			b.Append(rowText(a, i))
		}
	}
	return b.NewArray()
}

func (e *binaryRows) batch(rec arrow.RecordBatch) error {
	rec = e.simplify(rec)
	defer rec.Release()
	for from := int64(0); from < rec.NumRows(); {
		n := min(rec.NumRows()-from, e.size-e.rows)
		e.held = append(e.held, rec.NewSlice(from, from+n))
		e.rows += n
		from += n
		if e.rows == e.size {
			if err := e.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// simplify gives the batch the columns, names and types of the file.
func (e *binaryRows) simplify(rec arrow.RecordBatch) arrow.RecordBatch {
	columns := make([]arrow.Array, rec.NumCols())
	for i, c := range rec.Columns() {
		columns[i] = c
		if e.asText[i] {
			columns[i] = rowTextColumn(c)
			defer columns[i].Release()
		}
	}
	return array.NewRecordBatch(e.schema, columns, rec.NumRows())
}

// flush sends the rows held on their way, as one group.
func (e *binaryRows) flush() error {
	if e.rows == 0 {
		return nil
	}
	held, rows := e.held, e.rows
	e.held, e.rows = nil, 0
	err := e.pipe.send(func() (arrow.RecordBatch, error) {
		defer releaseRows(held)
		return e.whole(held, rows)
	})
	if err != nil {
		releaseRows(held)
	}
	return err
}

// whole is one batch of many.
func (e *binaryRows) whole(held []arrow.RecordBatch, rows int64) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, e.schema.NumFields())
	for c := range columns {
		parts := make([]arrow.Array, len(held))
		for i, rec := range held {
			parts[i] = rec.Column(c)
		}
		whole, err := array.Concatenate(parts, memory.DefaultAllocator)
		if err != nil {
			return nil, err
		}
		defer whole.Release()
		blankNulls(whole.Data())
		columns[c] = whole
	}
	return array.NewRecordBatch(e.schema, columns, rows), nil
}

// blankNulls overwrites what lies under the NULLs of an array that nobody else has.
// The engine leaves there what was in memory before, and the same rows would give
// files that differ.
func blankNulls(d arrow.ArrayData) {
	for _, child := range d.Children() {
		blankNulls(child)
	}
	t, ok := d.DataType().(arrow.FixedWidthDataType)
	buffers := d.Buffers()
	if !ok || d.NullN() == 0 || len(buffers) != 2 || buffers[0] == nil || buffers[1] == nil {
		return
	}
	valid, values, width := buffers[0].Bytes(), buffers[1].Bytes(), t.BitWidth()/8
	for i := d.Offset(); i < d.Offset()+d.Len(); i++ {
		switch {
		case bitutil.BitIsSet(valid, i):
		case width == 0:
			bitutil.ClearBit(values, i)
		default:
			clear(values[i*width : (i+1)*width])
		}
	}
}

func releaseRows(held []arrow.RecordBatch) {
	for _, rec := range held {
		rec.Release()
	}
}

func (e *binaryRows) finish(ok bool) error {
	var err error
	if ok {
		err = e.flush()
	}
	releaseRows(e.held)
	e.held = nil
	if perr := e.pipe.finish(); err == nil {
		err = perr
	}
	if err != nil || !ok {
		return err
	}
	return e.close()
}
