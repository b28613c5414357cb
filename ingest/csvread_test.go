package ingest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// readCSV reads all records; the first sets the width, as a header does.
func readCSV(t interface{ Fatal(...any) }, text string) []record {
	r := newCSVReader(strings.NewReader(text), ',')
	var out []record
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
		if r.width == 0 {
			r.width = len(rec.fields)
		}
	}
}

// told writes a record as a test states it: "3 a|b" or "3 reason: raw".
func told(r record) string {
	if r.reason != "" {
		return fmt.Sprintf("%d %s: %s", r.line, r.reason, r.raw)
	}
	return fmt.Sprintf("%d %s", r.line, strings.Join(r.fields, "|"))
}

func TestCSVReader(t *testing.T) {
	long := strings.Repeat("x", maxRecord)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"plain":            {"a,b\n1,2\n3,4\n", []string{"1 a|b", "2 1|2", "3 3|4"}},
		"no final newline": {"a,b\n1,2", []string{"1 a|b", "2 1|2"}},
		"CRLF":             {"a,b\r\n1,2\r\n", []string{"1 a|b", "2 1|2"}},
		"mixed line ends":  {"a,b\r\n1,2\n3,4\r\n", []string{"1 a|b", "2 1|2", "3 3|4"}},
		"BOM":              {"\xef\xbb\xbfa,b\n1,2\n", []string{"1 a|b", "2 1|2"}},
		"blank lines":      {"\n\r\na,b\n\n1,2\n\n\n3,4\n\n", []string{"3 a|b", "5 1|2", "8 3|4"}},
		"header only":      {"a,b\n", []string{"1 a|b"}},
		"empty":            {"", nil},
		"only a BOM":       {"\xef\xbb\xbf", nil},
		"only blank lines": {"\n\r\n\n", nil},
		"quoted":           {"a,b\n\"1,\"\"2\"\"\",\"\"\n", []string{"1 a|b", "2 1,\"2\"|"}},
		"quoted newlines":  {"a,b\n\"1\n\n2\",3\n4,\"5\r\n6\"\n7,8\n", []string{"1 a|b", "2 1\n\n2|3", "5 4|5\n6", "7 7|8"}},
		"unclosed quote costs its own line": {"a,b\n1,2\n\"3,4\n5,6\n7,8\n",
			[]string{"1 a|b", "2 1|2", "3 unclosed_quote: \"3,4", "4 5|6", "5 7|8"}},
		"unclosed quote before a sound quoted newline": {"a,b\n\"3,4\n5,\"6\n7\"\n8,9\n",
			[]string{"1 a|b", "2 stray_quote: \"3,4", "3 5|6\n7", "5 8|9"}},
		"two unclosed quotes": {"a,b\n\"3,4\n5,6\n\"7,8\n9,10\n",
			[]string{"1 a|b", "2 stray_quote: \"3,4", "3 5|6", "4 unclosed_quote: \"7,8", "5 9|10"}},
		"unclosed quote before more than a record's length": {"a,b\n\"3,4\n" + long + ",1\n5,6\n",
			[]string{"1 a|b", "2 unclosed_quote: \"3,4", "3 line_too_long: " + long, "4 5|6"}},
		"stray quote":                        {"a,b\n1,x\"y\"z\n2,\"x\"y\n3, \"x\"\n4,5\n", []string{"1 a|b", "2 stray_quote: 1,x\"y\"z", "3 stray_quote: 2,\"x\"y", "4 stray_quote: 3, \"x\"", "5 4|5"}},
		"too few and too many fields":        {"a,b\n1\n1,2,3\n1,2,\n4,5\n", []string{"1 a|b", "2 wrong_field_count: 1", "3 wrong_field_count: 1,2,3", "4 wrong_field_count: 1,2,", "5 4|5"}},
		"NUL":                                {"a,b\n1,\x002\n3,4\n", []string{"1 a|b", "2 nul_byte: 1,␀2", "3 3|4"}},
		"invalid UTF-8":                      {"a,b\n1,caf\xe9\n3,4\n", []string{"1 a|b", "2 invalid_utf8: 1,caf�", "3 3|4"}},
		"invalid UTF-8 inside a long record": {"a,b\n1,\"x\ncaf\xe9\"\n3,4\n", []string{"1 a|b", "2 invalid_utf8: 1,\"x\ncaf�\"", "4 3|4"}},
		"line too long":                      {"a,b\n1," + long + "\n3,4\n", []string{"1 a|b", "2 line_too_long: 1," + long[2:], "3 3|4"}},
		"only blanks":                        {"a,b\n  \n", []string{"1 a|b", "2 wrong_field_count:   "}},
		"lone carriage return":               {"a,b\n1,2\r3,4\n5,6\n", []string{"1 a|b", "2 wrong_field_count: 1,2\r3,4", "3 5|6"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range readCSV(t, c.in) {
				got = append(got, told(r))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %.300q\nwant %.300q", got, c.want)
			}
		})
	}
}

// Whatever encoding/csv writes is read back, field by field and line by line.
func TestCSVReaderReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "width")
		// The reader of encoding/csv turns "\r\n" inside quotes into "\n": a
		// carriage return is left out here.
		field := rapid.StringOfN(rapid.SampledFrom([]rune("a1 ,\"\n\té뉴�'")), 0, 8, -1)
		records := rapid.SliceOfN(rapid.SliceOfN(field, width, width), 1, 20).Draw(t, "records")
		crlf := rapid.Bool().Draw(t, "crlf")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.UseCRLF = crlf
		var lines []int
		line := 1
		for _, r := range records {
			before := b.Len()
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
			w.Flush()
			lines = append(lines, line)
			line += bytes.Count(b.Bytes()[before:], []byte{'\n'})
		}
		text := b.String()
		if rapid.Bool().Draw(t, "no final newline") {
			text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
		}
		got := readCSV(t, text)
		if len(got) != len(records) {
			t.Fatalf("%d records of %d", len(got), len(records))
		}
		for i, r := range got {
			if r.reason != "" || !slices.Equal(r.fields, records[i]) || r.line != int64(lines[i]) {
				t.Fatalf("record %d: %+v, want line %d, %q", i, r, lines[i], records[i])
			}
		}
	})
}

// accounted checks that each line that is not blank belongs to exactly one record.
func accounted(t *testing.T, text string) {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimPrefix(text, "\xef\xbb\xbf"), "\n")
	at := 1
	for _, r := range readCSV(t, text) {
		for ; at < int(r.line); at++ {
			if strings.Trim(lines[at-1], "\r\n") != "" {
				t.Fatalf("line %d, %.50q, belongs to no record", at, lines[at-1])
			}
		}
		if at > int(r.line) {
			t.Fatalf("line %d belongs to two records", r.line)
		}
		// The raw text has no line end at its end, so that its own newlines count.
		at += 1 + strings.Count(r.raw, "\n")
	}
	for ; at <= len(lines); at++ {
		if strings.Trim(lines[at-1], "\r\n") != "" {
			t.Fatalf("line %d, %.50q, belongs to no record", at, lines[at-1])
		}
	}
}

func FuzzCSVReader(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "\xef\xbb\xbfa,b\r\n\"1\n2\",3\r\n", "a,b\n\"1,2\n3,4\n\"5\",\"6\n", "\"\n\"\n\"\n", "a\n\n\"\n\n\n\"b\n\x00\xff\n",
		"a,b\n\"\"\"\n1,2\n", "\"\"\n", "\r\r\n", "a,b\n1,\"2\r\n3\"\r\n\"", ",,\n,\"\n\n\n\",\n", "\n\n\"", "\"a\n\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { accounted(t, s) })
}

// A broken file must not take long: each byte is taken apart three times at most (a
// quote that is never closed looks ahead by one record's length). A reader that went
// over what is left of the file for each line would do so hundreds of thousands of times.
func TestCSVReaderLooksAtNothingTooOften(t *testing.T) {
	for name, unit := range map[string]string{
		"quotes":               "\"",
		"quoted newlines":      "\"\n",
		"newlines":             "\n",
		"quote, then plain":    "\"\na\nb\nc\nd\n",
		"quote and text":       "\"a\n",
		"three quotes":         "\"\"\"\n",
		"stray and unclosed":   "a\"\n\"b\n",
		"short lines, a quote": strings.Repeat("x\n", 5000) + "\"\n",
		"commas":               ",",
		"quoted fields":        "\"\",",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(unit, 1+(1<<20)/len(unit))
			r := newCSVReader(strings.NewReader(text), ',')
			for {
				if _, err := r.next(); err != nil {
					break
				}
			}
			if r.looked > 3*int64(len(text)) {
				t.Errorf("%d bytes of %d", r.looked, len(text))
			}
		})
	}
}

// One endless line must not fill the memory: only its beginning is kept.
func TestCSVReaderBoundsALine(t *testing.T) {
	r := newCSVReader(io.MultiReader(io.LimitReader(endless{}, 64<<20), strings.NewReader("\n1,2\n")), ',')
	rec, err := r.next()
	if err != nil || rec.reason != "line_too_long" || len(rec.raw) != maxRecord {
		t.Fatalf("%s, %d bytes kept, %v", rec.reason, len(rec.raw), err)
	}
	if rec, err = r.next(); err != nil || told(rec) != "2 1|2" {
		t.Errorf("%s, %v", told(rec), err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}
