package ingest

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/text/encoding/unicode"
)

// mostMemory bounds what the reader of a broken file of some kilobytes may allocate
// in all, in bytes.
const mostMemory = 512 << 20

// readWhole opens a file and reads all its records, within bounds of time and memory.
// The error is one a user can make something of.
func readWhole(t *testing.T, path, encoding, tempDir string) (records []record, err error) {
	t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { panic("it hangs") })
	defer timer.Stop()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	defer func() {
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > mostMemory {
			t.Fatalf("%d MB were allocated", used>>20)
		}
	}()
	f, err := openFile(t.Context(), path, nil, tempDir, encoding, nil)
	if err == nil {
		defer f.cleanup()
		err = f.use(&Profile{})
	}
	if err == nil {
		var bad []reject
		bad, err = f.records(func(r record) (reject, error) {
			if len(r.fields) != len(f.header) {
				t.Fatalf("line %d has %d fields of %d", r.line, len(r.fields), len(f.header))
			}
			for _, x := range r.fields {
				if !utf8.ValidString(x) || strings.IndexByte(x, 0) >= 0 {
					t.Fatalf("line %d holds %q", r.line, x)
				}
			}
			records = append(records, r)
			return reject{}, nil
		})
		for _, b := range bad {
			if b.reason == "" || b.line < 1 || !utf8.ValidString(b.raw) || strings.IndexByte(b.raw, 0) >= 0 {
				t.Fatalf("a reject that says nothing: %+v", b)
			}
			records = append(records, record{line: b.line, reason: b.reason, raw: b.raw})
		}
	}
	if err != nil {
		if text := err.Error(); !strings.Contains(text, path) || strings.Contains(text, "goroutine") || len(text) > 1000+len(path) {
			t.Fatalf("an error that is not clear: %v", err)
		}
	}
	return records, err
}

// fuzzBytes reads any bytes, beginning with files of these kinds, whole and cut off.
func fuzzBytes(f *testing.F, kinds ...writer) {
	names, rows := []string{"sold_at", "price"}, [][]string{{"2026-01-01", "185.50"}, {"", "é"}}
	for _, w := range kinds {
		path := filepath.Join(f.TempDir(), "seed.xlsx")
		w(f, path, names, rows)
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	path, tmp := filepath.Join(f.TempDir(), "a"), f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		write(t, path, b)
		_, _ = readWhole(t, path, "", tmp)
	})
}

func FuzzParquet(f *testing.F) { fuzzBytes(f, parquet) }

func FuzzArrow(f *testing.F) { fuzzBytes(f, arrowFile(false), arrowFile(true), packedArrow) }

func FuzzPacked(f *testing.F) {
	fuzzBytes(f, workbook, packed(jsonLines, "gzip"), packed(jsonLines, "zstd"))
}

// packedArrow is a stream whose buffers are compressed.
func packedArrow(t testing.TB, path string, names []string, rows [][]string) {
	schema := arrow.NewSchema([]arrow.Field{{Name: names[0], Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
		{Name: names[1], Type: arrow.PrimitiveTypes.Float64}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for range 50 * len(rows) {
		if err := b.Field(0).(*array.BinaryDictionaryBuilder).AppendString("2026-01-01"); err != nil {
			t.Fatal(err)
		}
		b.Field(1).(*array.Float64Builder).Append(185.5)
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema), ipc.WithZstd())
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.Bytes())
}

// FuzzSheet reads workbooks whose parts are any bytes: fuzzing the packed file would
// hardly get past its checksums.
func FuzzSheet(f *testing.F) {
	path, tmp := filepath.Join(f.TempDir(), "a.xlsx"), f.TempDir()
	workbook(f, path, []string{"sold_at", "price"}, [][]string{{"2026-01-01", "185.50"}, {"", "é"}})
	seed := parts(f, path)
	sheet, shared := string(seed["xl/worksheets/sheet1.xml"]), string(seed["xl/sharedStrings.xml"])
	f.Add(sheet, shared)
	const rows = `<worksheet><sheetData>%</sheetData></worksheet>`
	for _, s := range []string{
		`<row r="1"><c r="A1"><v>a</v></c></row><row r="3"><c r="B3"><v>45000.5</v></c></row>`, `<row r="1048576"><c r="A1048576"><v>1</v></c></row>`,
		`<row r="1"><c r="XFD1"><v>1</v></c></row>`, `<row r="99999999999"><c r="A1"/></row>`, `<row><c t="s"><v>9</v></c></row>`, `<row r="1"><c r="A1" t="s"><v>-1</v></c></row>`,
		`<row r="-5"><c r="A1"><v>1</v></c></row>`, `<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>`, `<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c t="inlineStr"><is><t>x</t></is></c></row>`,
		`<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>`, `<row r="1"><c r="A1"><v>185.99000000000001</v></c></row>`,
	} {
		f.Add(strings.Replace(rows, "%", s, 1), "<sst><si><t>x</t></si></sst>")
	}
	f.Fuzz(func(t *testing.T, sheet, shared string) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, text := range seed {
			switch name {
			case "xl/worksheets/sheet1.xml":
				text = []byte(sheet)
			case "xl/sharedStrings.xml":
				text = []byte(shared)
			}
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		write(t, path, b.Bytes())
		records, _ := readWhole(t, path, "", tmp)
		last := int64(0)
		for _, r := range records {
			if r.reason == "" && r.line <= last {
				t.Fatalf("row %d after row %d", r.line, last)
			}
			if r.reason == "" {
				last = r.line
			}
		}
	})
}

// parts unpacks a workbook.
func parts(t testing.TB, path string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, p := range z.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[p.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return out
}

var encodings = []string{"", "utf-8", "utf-16le", "utf-16be", "windows-1252", "euc-kr", "shift_jis", "gb18030", "iso-2022-jp", "big5", "koi8-r", "x-user-defined"}

// FuzzEncoding reads any bytes in any encoding; and a text in UTF-16 is the text that
// it is in UTF-8.
func FuzzEncoding(f *testing.F) {
	for i, s := range []string{
		"a,b\n1,2\n", "\xff\xfea\x00,\x00b\x00\n\x001\x00", "\xfe\xff\x00a\x00,\x00b", "a,b\ncaf\xe9,\x80\n", "a,b\n\x81,\n", "a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "a,b\n\xb4\xba,\xff\n",
		"\xff\xfe\x00\xd8a\x00", "\xff\xfea", "a,b\né,\xe9\n", "a,\xef\xbb\xbfb\n", "{\"a\":\"é\"}\n{\"a\":\"뉴\"}\n",
	} {
		f.Add([]byte(s), uint8(i))
		f.Add([]byte(s), uint8(0))
	}
	path, tmp := filepath.Join(f.TempDir(), "a.csv"), f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		write(t, path, b)
		plain, err := readWhole(t, path, encodings[int(which)%len(encodings)], tmp)
		if left, _ := os.ReadDir(tmp); len(left) > 0 {
			t.Fatalf("copies are left: %v", left)
		}
		name := encodings[int(which)%len(encodings)]
		if name != "utf-16le" && name != "utf-16be" || err == nil && plain == nil {
			return
		}
		text := strings.TrimPrefix(string(b), utf8BOM)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\ufffd\ufeff\ufffe") {
			return
		}
		order := map[string]unicode.Endianness{"utf-16le": unicode.LittleEndian, "utf-16be": unicode.BigEndian}[name]
		wide, werr := unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
		if werr != nil {
			return
		}
		write(t, path, []byte(text))
		plain, err = readWhole(t, path, "utf-8", tmp)
		write(t, path, wide)
		got, werr := readWhole(t, path, "", tmp)
		if (err == nil) != (werr == nil) && !errors.Is(werr, io.EOF) {
			t.Fatalf("in UTF-8 %v, in UTF-16 %v", err, werr)
		}
		if err == nil && len(got) != len(plain) {
			t.Fatalf("%d records in UTF-8, %d in UTF-16", len(plain), len(got))
		}
		for i := range got {
			if err == nil && strings.Join(got[i].fields, "\x1f") != strings.Join(plain[i].fields, "\x1f") {
				t.Fatalf("record %d is %q in UTF-8, %q in UTF-16", i, plain[i].fields, got[i].fields)
			}
		}
	})
}
