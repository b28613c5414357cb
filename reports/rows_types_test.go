package reports

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// typeCase is a type as DuckDB hands it over, one value of it, and how the value
// looks as text and as JSON.
type typeCase struct {
	name string
	t    arrow.DataType
	add  func(array.Builder)
	text string
	json string
}

// 2026-11-20 08:09:10.5 UTC is 1,795,162,150.5 s after 1970 (20777 days + 29350.5 s).
const instant = 20777*86400 + 29350

func typeCases() []typeCase {
	hugeint, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10) // 2^127 − 1
	stamp := func(u arrow.TimeUnit, zone string, v int64, text string) typeCase {
		name := fmt.Sprintf("timestamp_%s_%s", u, zone)
		return typeCase{name, &arrow.TimestampType{Unit: u, TimeZone: zone},
			func(b array.Builder) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(v)) }, text, `"` + text + `"`}
	}
	return append([]typeCase{
		{"bool", arrow.FixedWidthTypes.Boolean, func(b array.Builder) { b.(*array.BooleanBuilder).Append(true) }, "true", "true"},
		{"int8", arrow.PrimitiveTypes.Int8, func(b array.Builder) { b.(*array.Int8Builder).Append(-128) }, "-128", "-128"},
		{"int16", arrow.PrimitiveTypes.Int16, func(b array.Builder) { b.(*array.Int16Builder).Append(math.MinInt16) }, "-32768", "-32768"},
		{"int32", arrow.PrimitiveTypes.Int32, func(b array.Builder) { b.(*array.Int32Builder).Append(math.MinInt32) }, "-2147483648", "-2147483648"},
		{"int64", arrow.PrimitiveTypes.Int64, func(b array.Builder) { b.(*array.Int64Builder).Append(1<<53 + 1) }, "9007199254740993", "9007199254740993"},
		{"uint8", arrow.PrimitiveTypes.Uint8, func(b array.Builder) { b.(*array.Uint8Builder).Append(255) }, "255", "255"},
		{"uint16", arrow.PrimitiveTypes.Uint16, func(b array.Builder) { b.(*array.Uint16Builder).Append(65535) }, "65535", "65535"},
		{"uint32", arrow.PrimitiveTypes.Uint32, func(b array.Builder) { b.(*array.Uint32Builder).Append(math.MaxUint32) }, "4294967295", "4294967295"},
		{"uint64", arrow.PrimitiveTypes.Uint64, func(b array.Builder) { b.(*array.Uint64Builder).Append(math.MaxUint64) }, "18446744073709551615", "18446744073709551615"},
		{"hugeint", &arrow.Decimal128Type{Precision: 38}, func(b array.Builder) { b.(*array.Decimal128Builder).Append(decimal128.FromBigInt(hugeint)) }, hugeint.String(), hugeint.String()},
		{"decimal", &arrow.Decimal128Type{Precision: 9, Scale: 4}, func(b array.Builder) { b.(*array.Decimal128Builder).Append(decimal128.FromI64(-5)) }, "-0.0005", "-0.0005"},
		{"float32", arrow.PrimitiveTypes.Float32, func(b array.Builder) { b.(*array.Float32Builder).Append(0.1) }, "0.1", "0.1"},
		{"float64", arrow.PrimitiveTypes.Float64, func(b array.Builder) { b.(*array.Float64Builder).Append(0.30000000000000004) }, "0.30000000000000004", "0.30000000000000004"},
		{"date", arrow.FixedWidthTypes.Date32, func(b array.Builder) { b.(*array.Date32Builder).Append(-1) }, "1969-12-31", `"1969-12-31"`},
		{"time", arrow.FixedWidthTypes.Time64us, func(b array.Builder) { b.(*array.Time64Builder).Append(29350_500000) }, "08:09:10.5", `"08:09:10.5"`},
		{"interval", arrow.FixedWidthTypes.MonthDayNanoInterval, func(b array.Builder) {
			b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: 14, Days: -2, Nanoseconds: -90_500_000_000})
		}, "P14M-2DT-90.5S", `"P14M-2DT-90.5S"`},
		{"text", arrow.BinaryTypes.String, func(b array.Builder) { b.(*array.StringBuilder).Append("é\x00") }, "é\x00", `"é\u0000"`},
		{"large_text", arrow.BinaryTypes.LargeString, func(b array.Builder) { b.(*array.LargeStringBuilder).Append("x") }, "x", `"x"`},
		{"text_view", arrow.BinaryTypes.StringView, func(b array.Builder) { b.(*array.StringViewBuilder).Append("a text of more than twelve bytes") }, "a text of more than twelve bytes", `"a text of more than twelve bytes"`},
		{"blob", arrow.BinaryTypes.Binary, func(b array.Builder) { b.(*array.BinaryBuilder).Append([]byte{0, 255}) }, "00ff", `"00ff"`},
		{"uuid", extensions.NewUUIDType(), func(b array.Builder) {
			_ = b.AppendValueFromString("01890a5d-ac96-774b-bcce-b302099a8057")
		}, "01890a5d-ac96-774b-bcce-b302099a8057", `"01890a5d-ac96-774b-bcce-b302099a8057"`},
		{"enum", &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String},
			func(b array.Builder) { _ = b.(*array.BinaryDictionaryBuilder).AppendString("new") }, "new", `"new"`},
		{"list", arrow.ListOf(arrow.PrimitiveTypes.Int64), func(b array.Builder) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			l.ValueBuilder().(*array.Int64Builder).AppendValues([]int64{1, 0, 3}, []bool{true, false, true})
		}, "1; NULL; 3", "[1,null,3]"},
		{"array", arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int32), func(b array.Builder) {
			l := b.(*array.FixedSizeListBuilder)
			l.Append(true)
			l.ValueBuilder().(*array.Int32Builder).AppendValues([]int32{7, 8}, nil)
		}, "7; 8", "[7,8]"},
		{"lists", arrow.ListOf(arrow.ListOf(arrow.BinaryTypes.String)), func(b array.Builder) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			in := l.ValueBuilder().(*array.ListBuilder)
			in.Append(true)
			in.ValueBuilder().(*array.StringBuilder).Append("x")
			in.Append(true)
		}, `["x"]; []`, `[["x"],[]]`},
		{"struct", arrow.StructOf(arrow.Field{Name: "a\"", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
			arrow.Field{Name: "b", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}, Nullable: true}), func(b array.Builder) {
			s := b.(*array.StructBuilder)
			s.Append(true)
			s.FieldBuilder(0).AppendNull()
			s.FieldBuilder(1).(*array.Decimal128Builder).Append(decimal128.FromI64(18550))
		}, `{"a\"":null,"b":185.50}`, `{"a\"":null,"b":185.50}`},
		{"map", arrow.MapOf(arrow.PrimitiveTypes.Int32, arrow.BinaryTypes.String), func(b array.Builder) {
			m := b.(*array.MapBuilder)
			m.Append(true)
			m.KeyBuilder().(*array.Int32Builder).Append(8)
			m.ItemBuilder().(*array.StringBuilder).Append("eight")
		}, `{"8":"eight"}`, `{"8":"eight"}`},
		{"union", arrow.DenseUnionOf([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, {Name: "s", Type: arrow.BinaryTypes.String, Nullable: true}}, []arrow.UnionTypeCode{0, 1}),
			func(b array.Builder) {
				u := b.(*array.DenseUnionBuilder)
				u.Append(1)
				u.Child(1).(*array.StringBuilder).Append("either")
			}, "either", `"either"`},
	},
		stamp(arrow.Second, "UTC", instant, "2026-11-20T08:09:10Z"),
		stamp(arrow.Millisecond, "", instant*1e3+500, "2026-11-20T08:09:10.5"),
		stamp(arrow.Microsecond, "", instant*1e6+500_000, "2026-11-20T08:09:10.5"),
		stamp(arrow.Microsecond, "America/New_York", instant*1e6+1, "2026-11-20T08:09:10.000001Z"),
		stamp(arrow.Nanosecond, "", instant*1e9+1, "2026-11-20T08:09:10.000000001"),
	)
}

// typesReader has one column for each case, and rows: a NULL, then the value n times.
func typesReader(t *testing.T, mem memory.Allocator, n int) array.RecordReader {
	t.Helper()
	var fields []arrow.Field
	for _, c := range typeCases() {
		fields = append(fields, arrow.Field{Name: c.name, Type: c.t, Nullable: true})
	}
	fields = append(fields, arrow.Field{Name: "nothing", Type: arrow.Null, Nullable: true})
	schema := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(mem, schema)
	defer b.Release()
	for _, f := range b.Fields() {
		f.AppendNull()
	}
	for range n {
		for i, c := range typeCases() {
			c.add(b.Field(i))
		}
		b.Field(len(fields) - 1).AppendNull()
	}
	return readerOf(t, b.NewRecordBatch())
}

func TestEveryType(t *testing.T) {
	mem := checkedMemory(t)
	var b bytes.Buffer
	rr := typesReader(t, mem, 1)
	if !rr.Next() {
		t.Fatal("no rows")
	}
	rec := rr.RecordBatch()
	for i, c := range typeCases() {
		a := rec.Column(i)
		if got := string(appendRowJSON(nil, a, 0)); got != "null" || !rowNull(a, 0) {
			t.Errorf("%s: NULL is %s", c.name, got)
		}
		if got := rowText(a, 1); got != c.text {
			t.Errorf("%s: text %q, want %q", c.name, got, c.text)
		}
		if got := string(appendRowJSON(nil, a, 1)); got != c.json {
			t.Errorf("%s: JSON %s, want %s", c.name, got, c.json)
		}
	}
	for _, f := range rowFormats {
		if _, err := WriteRows(&b, f.name, typesReader(t, mem, 1), RowOptions{Width: 80}); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
}

// asNDJSON is a reader's content as text, to compare it by.
func asNDJSON(t *testing.T, rr array.RecordReader) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := WriteRows(&b, RowNDJSON, rr, RowOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// readParquet is the content of a Parquet file, and the rows of its row groups.
func readParquet(t *testing.T, mem memory.Allocator, body []byte) (array.RecordReader, []int64) {
	t.Helper()
	pf, err := file.NewParquetReader(bytes.NewReader(body), file.WithReadProps(parquet.NewReaderProperties(mem)))
	if err != nil {
		t.Fatal(err)
	}
	var groups []int64
	for i := range pf.NumRowGroups() {
		groups = append(groups, pf.RowGroup(i).NumRows())
	}
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: 1 << 20}, mem)
	if err != nil {
		t.Fatal(err)
	}
	rr, err := fr.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pf.Close() })
	t.Cleanup(rr.Release)
	return rr, groups
}

// readArrow is the content of an Arrow file, and the rows of its batches.
func readArrow(t *testing.T, mem memory.Allocator, body []byte) (array.RecordReader, []int64) {
	t.Helper()
	fr, err := ipc.NewFileReader(bytes.NewReader(body), ipc.WithAllocator(mem))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fr.Close() })
	var recs []arrow.RecordBatch
	var sizes []int64
	for i := range fr.NumRecords() {
		rec, err := fr.RecordBatchAt(i)
		if err != nil {
			t.Fatal(err)
		}
		defer rec.Release()
		recs = append(recs, rec)
		sizes = append(sizes, rec.NumRows())
	}
	rr, err := array.NewRecordReader(fr.Schema(), recs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rr.Release)
	return rr, sizes
}

// What Parquet and Arrow files give back is, as JSON, what went in: intervals,
// unions and enums came back as the text that JSON shows for them too.
func TestBinaryRoundTrip(t *testing.T) {
	for format, read := range map[RowFormat]func(*testing.T, memory.Allocator, []byte) (array.RecordReader, []int64){
		RowParquet: readParquet, RowArrow: readArrow,
	} {
		t.Run(string(format), func(t *testing.T) {
			mem := checkedMemory(t)
			var b bytes.Buffer
			if _, err := WriteRows(&b, format, typesReader(t, mem, 3), RowOptions{}); err != nil {
				t.Fatal(err)
			}
			want := asNDJSON(t, typesReader(t, mem, 3))
			rr, _ := read(t, mem, b.Bytes())
			if got := asNDJSON(t, rr); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Batches of odd sizes come out in groups of the right one, in order, and the
// same rows give the same bytes.
func TestBinaryGroups(t *testing.T) {
	mem := checkedMemory(t)
	sizes := []int64{1, 2047, 100_000, 2048, 0, 30_000, 130_000} // 264,096 rows
	for format, c := range map[RowFormat]struct {
		read func(*testing.T, memory.Allocator, []byte) (array.RecordReader, []int64)
		want string
	}{
		RowParquet: {readParquet, "[122880 122880 18336]"},
		RowArrow:   {readArrow, "[65536 65536 65536 65536 1952]"},
	} {
		var b, again bytes.Buffer
		for _, w := range []*bytes.Buffer{&b, &again} {
			if _, err := WriteRows(w, format, intBatches(t, mem, sizes...), RowOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: the same rows gave other bytes", format)
		}
		rr, groups := c.read(t, mem, b.Bytes())
		if got := fmt.Sprint(groups); got != c.want {
			t.Errorf("%s: groups of %s, want %s", format, got, c.want)
		}
		if got, want := asNDJSON(t, rr), asNDJSON(t, intBatches(t, mem, sizes...)); got != want {
			t.Errorf("%s: rows differ after %d bytes of %d", format, commonPrefix(got, want), len(want))
		}
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// Enums in batches with dictionaries of their own end in one file.
func TestDictionariesThatDiffer(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "e", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}}}, nil)
	for _, format := range []RowFormat{RowParquet, RowArrow} {
		mem := checkedMemory(t)
		var recs []arrow.RecordBatch
		for _, v := range []string{"new", "used"} {
			b := array.NewRecordBuilder(mem, schema)
			_ = b.Field(0).(*array.BinaryDictionaryBuilder).AppendString(v)
			recs = append(recs, b.NewRecordBatch())
			b.Release()
		}
		rr, err := array.NewRecordReader(schema, recs)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recs {
			r.Release()
		}
		defer rr.Release()
		var b bytes.Buffer
		if _, err := WriteRows(&b, format, rr, RowOptions{}); err != nil {
			t.Fatal(err)
		}
		read := readParquet
		if format == RowArrow {
			read = readArrow
		}
		back, _ := read(t, mem, b.Bytes())
		if got := asNDJSON(t, back); strings.ReplaceAll(got, "\n", " ") != `{"e":"new"} {"e":"used"} ` {
			t.Errorf("%s: %s", format, got)
		}
	}
}
