package reports

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"
)

// drawnColumns are columns whose values are drawn: of each type that has a short way
// of its own, with the values at its edges, and some that have none.
func drawnColumns() []arrow.Field {
	fields := []arrow.Field{
		{Name: "text", Type: arrow.BinaryTypes.String},
		{Name: "long_text", Type: arrow.BinaryTypes.LargeString},
		{Name: "bool", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "int8", Type: arrow.PrimitiveTypes.Int8},
		{Name: "int16", Type: arrow.PrimitiveTypes.Int16},
		{Name: "int32", Type: arrow.PrimitiveTypes.Int32},
		{Name: "int64", Type: arrow.PrimitiveTypes.Int64},
		{Name: "uint64", Type: arrow.PrimitiveTypes.Uint64},
		{Name: "float64", Type: arrow.PrimitiveTypes.Float64},
		{Name: "date", Type: arrow.FixedWidthTypes.Date32},
		{Name: "enum", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}},
		{Name: "list", Type: arrow.ListOf(arrow.BinaryTypes.String)},
		{Name: "nothing", Type: arrow.Null},
	}
	for _, scale := range []int32{-2, 0, 1, 2, 17, 18, 38} {
		fields = append(fields, arrow.Field{Name: fmt.Sprint("decimal_", scale), Type: &arrow.Decimal128Type{Precision: 38, Scale: scale}})
	}
	for u, zone := range map[arrow.TimeUnit]string{arrow.Second: "", arrow.Millisecond: "UTC", arrow.Microsecond: "UTC", arrow.Nanosecond: ""} {
		fields = append(fields, arrow.Field{Name: fmt.Sprint("instant_", u), Type: &arrow.TimestampType{Unit: u, TimeZone: zone}})
	}
	for i := range fields {
		fields[i].Nullable = true
	}
	return fields
}

// drawnText is mostly calm, sometimes hostile, sometimes anything.
func drawnText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9_.:/ ]{0,80}`),
		rapid.SampledFrom(append([]string{" ", "-", "-1", "+1e5", "a,b", "a\\b", `"=1`, "＝1", "\x00", "a ", "990v6\t", "é", strings.Repeat("grey ", 20) + ","}, hostileTexts...)),
		rapid.StringMatching(`[-=+@, "\\\t\r\n＋é0-9]{0,6}`),
	)
}

// appendDrawn appends a value to a column.
func appendDrawn(t *rapid.T, b array.Builder) {
	whole := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100_000_000, 100_000_000), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, 0, -1}))
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(drawnText().Draw(t, "text"))
	case *array.LargeStringBuilder:
		b.Append(drawnText().Draw(t, "text"))
	case *array.BooleanBuilder:
		b.Append(rapid.Bool().Draw(t, "bool"))
	case *array.Int8Builder:
		b.Append(rapid.Int8().Draw(t, "int"))
	case *array.Int16Builder:
		b.Append(rapid.Int16().Draw(t, "int"))
	case *array.Int32Builder:
		b.Append(rapid.Int32().Draw(t, "int"))
	case *array.Int64Builder:
		b.Append(whole.Draw(t, "int"))
	case *array.Uint64Builder:
		b.Append(uint64(whole.Draw(t, "int")))
	case *array.Float64Builder:
		b.Append(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 1e-6, 9.99e-7, 1e21, -1e20, 0.1})).Draw(t, "float"))
	case *array.Date32Builder:
		b.Append(arrow.Date32(rapid.OneOf(rapid.Int32(), rapid.Int32Range(year0-400, year10000+400), rapid.SampledFrom([]int32{year0 - 1, year0, year10000 - 1, year10000})).Draw(t, "day")))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(rapid.OneOf(whole, rapid.Int64Range(-62_167_219_200_000_000, 253_402_300_799_999_999)).Draw(t, "instant")))
	case *array.BinaryDictionaryBuilder:
		_ = b.AppendString(rapid.SampledFrom([]string{"new", "", "=new", "a,b", "used "}).Draw(t, "enum"))
	case *array.ListBuilder:
		b.Append(true)
		for range rapid.IntRange(0, 2).Draw(t, "items") {
			appendDrawn(t, b.ValueBuilder())
		}
	case *array.Decimal128Builder:
		n := decimal128.FromI64(whole.Draw(t, "digits"))
		if rapid.Bool().Draw(t, "long") {
			n = decimal128.New(rapid.Int64Range(-2, 2).Draw(t, "high"), rapid.Uint64().Draw(t, "low"))
		}
		b.Append(n)
	default:
		b.AppendNull()
	}
}

// The short ways write the bytes of the plain way: for all types, with and without
// NULLs, for slices of a batch, in csv and tsv, for files and for terminals.
func TestCSVCellsAsThePlainWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer mem.AssertSize(t, 0)
		all := drawnColumns()
		var fields []arrow.Field
		for range rapid.IntRange(1, 5).Draw(t, "columns") {
			fields = append(fields, rapid.SampledFrom(all).Draw(t, "column"))
		}
		b := array.NewRecordBuilder(mem, arrow.NewSchema(fields, nil))
		defer b.Release()
		rows := rapid.IntRange(0, 20).Draw(t, "rows")
		for _, f := range b.Fields() {
			nulls := rapid.IntRange(0, 2).Draw(t, "nulls")
			for range rows {
				if nulls > 0 && rapid.IntRange(0, nulls).Draw(t, "null") > 0 {
					f.AppendNull()
				} else {
					appendDrawn(t, f)
				}
			}
		}
		rec := b.NewRecordBatch()
		defer rec.Release()
		from := rapid.IntRange(0, rows).Draw(t, "from")
		part := rec.NewSlice(int64(from), int64(rapid.IntRange(from, rows).Draw(t, "to")))
		defer part.Release()
		e := csvStyle{tabs: rapid.Bool().Draw(t, "tabs"), terminal: rapid.IntRange(0, 3).Draw(t, "terminal") == 0}
		var want []byte
		for i := range int(part.NumRows()) {
			for c, a := range part.Columns() {
				want = e.appendValue(e.separate(want, c), a, i)
			}
			want = append(want, '\n')
		}
		if got := e.appendRows(nil, part); string(got) != string(want) {
			t.Fatalf("%+v\n%v\ngot\n%q\nwant\n%q", e, part, got, want)
		}
	})
}

// A value of an enum that is NULL in the list of its values is NULL.
func TestCSVNullInDictionary(t *testing.T) {
	mem := checkedMemory(t)
	values := array.NewStringBuilder(mem)
	defer values.Release()
	values.AppendNull()
	values.Append("used")
	dictionary := values.NewArray()
	defer dictionary.Release()
	places := array.NewUint8Builder(mem)
	defer places.Release()
	places.AppendValues([]uint8{1, 0, 1, 0}, []bool{true, true, false, true})
	indices := places.NewArray()
	defer indices.Release()
	a := array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}, indices, dictionary)
	defer a.Release()
	rec := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "e", Type: a.DataType(), Nullable: true}}, nil), []arrow.Array{a}, 4)
	defer rec.Release()
	if got := string(csvStyle{tabs: true}.appendRows(nil, rec)); got != "used\n\\N\n\\N\n\\N\n" {
		t.Errorf("got %q", got)
	}
}

// Every day of the 9,999 years, against the calendar of package time.
func TestAppendDay(t *testing.T) {
	at := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := int64(year0); day < year10000; day++ {
		if got, want := string(appendDay(nil, day)), at.Format(time.DateOnly); got != want {
			t.Fatalf("day %d: %s, want %s", day, got, want)
		}
		at = at.AddDate(0, 0, 1)
	}
	if at.Year() != 10000 || at.YearDay() != 1 {
		t.Errorf("the last day is before %s", at)
	}
}

// Parts come out in order, whichever is ready first; no more of them are on their way
// than was said; and an error stops the sending and gives back what is not written.
func TestRowPipe(t *testing.T) {
	var inside, most, dropped atomic.Int64
	var out []int
	p := openRowPipe(3, func(n int) error {
		inside.Add(-1)
		if out = append(out, n); n == 50 {
			return io.ErrClosedPipe
		}
		return nil
	}, func(int) { inside.Add(-1); dropped.Add(1) })
	sent := 0
	for ; sent < 1000; sent++ {
		n := sent
		if err := p.send(func() (int, error) {
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(time.Duration(n%4) * 100 * time.Microsecond)
			return n, nil
		}); err != nil {
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Error(err)
			}
			break
		}
	}
	if err := p.finish(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v, want the writer's error", err)
	}
	if sent == 1000 || len(out) != 51 || inside.Load() != 0 || int(dropped.Load()) != sent-51 {
		t.Errorf("%d sent, %d written, %d dropped, %d neither", sent, len(out), dropped.Load(), inside.Load())
	}
	for i, n := range out {
		if i != n {
			t.Fatalf("order %v", out)
		}
	}
	if most.Load() > 5 { // three in the order, one that the writer waits for, one that it writes
		t.Errorf("%d parts at once", most.Load())
	}
}

// What cannot be done to one part is the error of the whole.
func TestRowPipeWorkFails(t *testing.T) {
	p := openRowPipe(2, func(int) error { return nil }, func(int) {})
	for i := range 3 {
		if err := p.send(func() (int, error) {
			if i == 1 {
				return 0, errConnectionLost
			}
			return i, nil
		}); err != nil && !errors.Is(err, errConnectionLost) {
			t.Error(err)
		}
	}
	if err := p.finish(); !errors.Is(err, errConnectionLost) {
		t.Errorf("%v, want the error of the part", err)
	}
}
