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
