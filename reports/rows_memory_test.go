package reports

import (
	"bytes"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// scribbler overwrites what is freed, as the engine does whose memory the batches
// of a query lie in; Go's own memory would stay as it was for a while.
type scribbler struct{ memory.Allocator }

func (s scribbler) Free(b []byte) {
	for i := range b {
		b[i] = '#'
	}
	s.Allocator.Free(b)
}

// No format keeps hold of the memory of a batch after the batch is released.
func TestRowsOutliveTheirBatch(t *testing.T) {
	write := func(f rowWriter, mem memory.Allocator) string {
		b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{{Name: "title", Type: arrow.BinaryTypes.String}}, nil))
		defer b.Release()
		b.Field(0).(*array.StringBuilder).AppendValues([]string{"New Balance 990v6 Grey", "x"}, nil)
		rec := b.NewRecordBatch()
		var out bytes.Buffer
		enc, err := f.open(&out, rec.Schema(), RowOptions{})
		if err == nil {
			err = enc.batch(rec)
		}
		rec.Release()
		if err == nil {
			err = enc.finish(true)
		}
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		return out.String()
	}
	for _, f := range rowFormats {
		want, got := write(f, memory.NewGoAllocator()), write(f, scribbler{memory.NewGoAllocator()})
		if got != want {
			t.Errorf("%s, after its batch was freed:\n%q\nwant\n%q", f.name, got, want)
		}
	}
}

// What lies under a NULL is not in the file: the same rows are the same bytes.
func TestNullsAreBlank(t *testing.T) {
	fields := []arrow.Field{
		{Name: "n", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "b", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "l", Type: arrow.ListOf(arrow.PrimitiveTypes.Int16), Nullable: true},
	}
	write := func(f RowFormat, under int64) string {
		b := array.NewRecordBuilder(checkedMemory(t), arrow.NewSchema(fields, nil))
		defer b.Release()
		valid := []bool{true, false, true}
		b.Field(0).(*array.Int64Builder).AppendValues([]int64{1, under, 3}, valid)
		b.Field(1).(*array.BooleanBuilder).AppendValues([]bool{true, under > 0, false}, valid)
		l := b.Field(2).(*array.ListBuilder)
		for range 3 {
			l.Append(true)
			l.ValueBuilder().(*array.Int16Builder).AppendValues([]int16{5, int16(under), 7}, valid)
		}
		rr := readerOf(t, b.NewRecordBatch())
		var out bytes.Buffer
		if _, err := WriteRows(&out, f, rr, RowOptions{}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, f := range []RowFormat{RowArrow, RowParquet} {
		if write(f, 0) != write(f, 990) {
			t.Errorf("%s: what is under a NULL shows", f)
		}
	}
}
