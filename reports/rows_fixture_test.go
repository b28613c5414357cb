package reports

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// checkedMemory is an allocator that fails the test when something is not released.
func checkedMemory(t *testing.T) memory.Allocator {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// readerOf is a reader of one batch, released with the test.
func readerOf(t *testing.T, rec arrow.RecordBatch) array.RecordReader {
	t.Helper()
	rr, err := array.NewRecordReader(rec.Schema(), []arrow.RecordBatch{rec})
	if err != nil {
		t.Fatal(err)
	}
	rec.Release()
	t.Cleanup(rr.Release)
	return rr
}

// hostileTexts are what a listing's title may hold: formulas, escape sequences,
// an override of the writing direction, line ends, quotes, markup, bad bytes.
var hostileTexts = []string{
	`=HYPERLINK("http://x.example","y")`,
	"990v6 \x1b[31mred\x1b[0m \u009b2J",
	"grey\u202eyerg",
	"a,b\t\"c\"\r\nd\\e|f",
	"<script>alert(1)</script> *b* [l](javascript:x)",
	"bad \xff\xfe bytes",
	"回力 👟 Größe",
	"-1.5",
	"@SUM(A1)",
	"",
	"NULL",
}

// hostileReader has a row for each hostile text, and a row of NULLs.
func hostileReader(t *testing.T, mem memory.Allocator) array.RecordReader {
	t.Helper()
	b := array.NewRecordBuilder(mem, arrow.NewSchema([]arrow.Field{
		{Name: "title", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 12, Scale: 2}, Nullable: true},
		{Name: "multiple", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "sold_at", Type: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}, Nullable: true},
		{Name: "reasons", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	}, nil))
	defer b.Release()
	multiples := []float64{1.5, -0.25, math.NaN(), math.Inf(1), math.Inf(-1), 1e21, 1e-7, 0.1, 0, 2, 3}
	for i, s := range hostileTexts {
		b.Field(0).(*array.StringBuilder).Append(s)
		b.Field(1).(*array.Decimal128Builder).Append(decimal128.FromI64(int64(i)*18550 - 150))
		b.Field(2).(*array.Float64Builder).Append(multiples[i])
		// 2026-11-20 08:00:00 UTC is 1795161600 s after 1970.
		b.Field(3).(*array.TimestampBuilder).Append(arrow.Timestamp(1795161600_000000 + int64(i)*500_000))
		l := b.Field(4).(*array.ListBuilder)
		l.Append(true)
		for range i % 3 {
			l.ValueBuilder().(*array.StringBuilder).Append("=few\x07")
		}
	}
	for _, f := range b.Fields() {
		f.AppendNull()
	}
	return readerOf(t, b.NewRecordBatch())
}

// checkGolden compares with a file of testdata; GREYBOOK_UPDATE=1 writes it.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("GREYBOOK_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs (GREYBOOK_UPDATE=1 writes it anew); got:\n%s", file, got)
	}
}
