package ingest

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxRecord is the longest record that is read, in bytes; a longer one is
// refused with its first line.
const maxRecord = 1 << 20

// record is one record of a CSV file, or one that is none.
type record struct {
	line   int64    // first physical line, from 1
	fields []string // nil when reason is set
	reason string   // "" or why the line is no record
	raw    string   // the text as it stood in the file, without the line end
}

// csvReader reads CSV records and loses no line: what is no record comes out
// with a reason, and reading goes on at the next physical line. A quote that is
// never closed therefore costs its own line and not the rest of the file.
type csvReader struct {
	r       *bufio.Reader
	pending [][]byte // physical lines that were read ahead, with their ends
	line    int64    // number of the next physical line
	eof     bool
	comma   byte
	width   int // fields of the header; 0 until it was read

	decoded  bool           // the text was not UTF-8 in the file: U+FFFD is what could not be decoded
	looked   int64          // bytes that were taken apart, those that were so twice twice
	trailer  *regexp.Regexp // a line that ends an export and is no record; nil: none
	repeated string         // the header's fields, joined: a record that repeats them is none
}

func newCSVReader(r io.Reader, comma byte) *csvReader {
	br := bufio.NewReaderSize(r, 1<<16)
	if bom, err := br.Peek(3); err == nil && bytes.Equal(bom, []byte(utf8BOM)) {
		_, _ = br.Discard(3)
	}
	return &csvReader{r: br, line: 1, comma: comma}
}

// physical returns the next line with its end, from the lines read ahead first.
func (c *csvReader) physical() ([]byte, error) {
	if len(c.pending) > 0 {
		l := c.pending[0]
		c.pending = c.pending[1:]
		return l, nil
	}
	if c.eof {
		return nil, io.EOF
	}
	var line []byte
	for {
		part, err := c.r.ReadSlice('\n')
		// Of a line that is too long for a record, one byte too many tells as much
		// as all of them: a file of one endless line must not fill the memory.
		line = append(line, part[:min(len(part), max(0, maxRecord+1-len(line)))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			c.eof = true
			if len(line) == 0 {
				return nil, io.EOF
			}
			return line, nil
		}
		return line, err
	}
}

// next returns the next record; io.EOF at the end.
func (c *csvReader) next() (record, error) {
	for {
		first, err := c.physical()
		if err != nil {
			return record{}, err
		}
		start := c.line
		if len(bytes.TrimRight(first, "\r\n")) == 0 {
			c.line++
			continue // a blank line is no record
		}
		text := first
		var ahead [][]byte
		quotes := bytes.Count(first, []byte{'"'})
		for quotes%2 == 1 && len(text) <= maxRecord {
			l, err := c.physical()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return record{}, err
			}
			if ahead == nil {
				text = bytes.Clone(first)
			}
			ahead = append(ahead, l)
			text = append(text, l...)
			quotes += bytes.Count(l, []byte{'"'})
		}
		rec, whole := c.parse(text, len(ahead) > 0)
		rec.line = start
		if rec.reason != "" && len(ahead) > 0 && !whole {
			// Only the first line is to blame for sure: the others get their own chance.
			c.pending = append(ahead, c.pending...)
			rec.raw = rawText(first)
			c.line++
			return rec, nil
		}
		c.line += int64(1 + len(ahead))
		return rec, nil
	}
}

// parse takes one record's text apart. whole says that a refused record of
// several lines is one record all the same: its quotes and fields are sound, and
// only its bytes are not.
func (c *csvReader) parse(text []byte, severalLines bool) (rec record, whole bool) {
	rec.raw = rawText(text)
	c.looked += int64(len(text))
	fields, broken := c.split(text, severalLines)
	unfit := ""
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		unfit = "nul_byte"
	case !utf8.Valid(text), c.decoded && bytes.Contains(text, []byte("\ufffd")):
		unfit = "invalid_utf8"
	}
	if c.trailer != nil && c.trailer.Match(bytes.TrimRight(text, "\r\n")) {
		rec.reason = "trailer"
		return rec, true
	}
	switch {
	case broken != "" && (severalLines || unfit == "" || broken == "line_too_long"):
		rec.reason = broken
	case unfit != "":
		rec.reason, whole = unfit, true
	case c.repeated != "" && strings.Join(fields, "\x1f") == c.repeated:
		rec.reason, whole = "repeated_header", true
	default:
		rec.fields = fields
	}
	return rec, whole
}

// split returns the fields of one record's text, or why they are none.
func (c *csvReader) split(text []byte, severalLines bool) (fields []string, broken string) {
	switch {
	case len(text) > maxRecord && !severalLines:
		return nil, "line_too_long"
	case len(text) > maxRecord, bytes.Count(text, []byte{'"'})%2 == 1:
		return nil, "unclosed_quote"
	}
	if bytes.IndexByte(text, '"') < 0 { // most lines: no need for a reader of their own
		line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
		fields = strings.Split(line, string(rune(c.comma)))
	} else {
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma = rune(c.comma)
		r.FieldsPerRecord = -1
		var err error
		if fields, err = r.Read(); err != nil {
			return nil, "stray_quote"
		}
		if _, err := r.Read(); !errors.Is(err, io.EOF) {
			return nil, "stray_quote" // a quote closed early, and a new line began inside
		}
	}
	if c.width > 0 && len(fields) != c.width {
		return nil, "wrong_field_count"
	}
	return fields, ""
}

// rawText is the text of a record without its line end, safe to store as text.
func rawText(b []byte) string {
	b = bytes.TrimRight(b, "\r\n")
	b = b[:min(len(b), maxRecord)]
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "�"), "\x00", "␀")
}
