package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// flatten writes the leaves of a JSON object as fields: nested keys are joined by
// dots, an array of one element stands for that element (eBay's API wraps each value
// in one), and any other array is its own JSON text. Numbers keep their digits;
// null is an empty field. An object that holds a key twice is refused: which of the
// two is meant can't be known.
func flatten(text []byte, field func(name, value string)) (reason string) {
	switch {
	case len(text) > maxRecord:
		return "line_too_long"
	case !utf8.Valid(text):
		return "invalid_utf8"
	case !json.Valid(text):
		return "not_json"
	}
	text = bytes.TrimSpace(text)
	if text[0] != '{' {
		return "not_an_object"
	}
	// A text that says \u0000 or half a surrogate pair can't be kept as it is.
	if bytes.Contains(text, []byte(`\u0000`)) || bytes.IndexByte(text, 0) >= 0 {
		return "nul_byte"
	}
	w := &flattener{field: field, lossy: bytes.Contains(text, []byte("\\u")) && !bytes.Contains(text, []byte("\ufffd"))}
	w.value("", json.RawMessage(text))
	return w.reason
}

type flattener struct {
	field  func(name, value string)
	lossy  bool // a U+FFFD in a decoded text is a broken escape
	reason string
}

func (w *flattener) value(name string, raw json.RawMessage) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '{':
		w.object(name, raw)
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err == nil && len(list) == 1 {
			w.value(name, list[0])
			return
		}
		w.field(name, string(raw))
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || w.lossy && strings.ContainsRune(s, utf8.RuneError) {
			w.reason = "invalid_utf8"
		}
		w.field(name, s)
	case 'n':
		w.field(name, "")
	default:
		w.field(name, string(raw))
	}
}

func (w *flattener) object(name string, raw json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		w.reason = "not_json"
		return
	}
	var seen []string
	for d.More() {
		t, err := d.Token()
		key, ok := t.(string)
		var v json.RawMessage
		if err == nil && ok {
			err = d.Decode(&v)
		}
		if err != nil || !ok {
			w.reason = "not_json"
			return
		}
		if slices.Contains(seen, key) {
			w.reason = "duplicate_key"
			return
		}
		seen = append(seen, key)
		if name != "" {
			key = name + "." + key
		}
		w.value(key, v)
	}
}

// objectRecord is a JSON object as a record with the header's fields.
func objectRecord(line int64, text []byte, header []string) record {
	rec := record{line: line, raw: rawText(text)}
	fields, told := make([]string, len(header)), make([]bool, len(header))
	twice := false // {"a.b": 1, "a": {"b": 2}}: no key is there twice, but a name is
	rec.reason = flatten(text, func(name, value string) {
		if i := slices.Index(header, name); i >= 0 {
			twice = twice || told[i]
			fields[i], told[i] = value, true
		}
	})
	if rec.reason == "" && twice {
		rec.reason = "duplicate_key"
	}
	if rec.reason == "" {
		rec.fields = fields
	}
	return rec
}

// linesReader reads NDJSON: an object a line.
type linesReader struct {
	in     io.Closer
	lines  *csvReader
	header []string
}

func newLinesReader(in io.ReadCloser, header []string) *linesReader {
	return &linesReader{in: in, lines: newCSVReader(in, ','), header: header}
}

func (r *linesReader) close() error { return r.in.Close() }

func (r *linesReader) next() (record, error) {
	for {
		line, err := r.lines.physical()
		if err != nil {
			return record{}, err
		}
		n := r.lines.line
		r.lines.line++
		if len(bytes.TrimSpace(line)) > 0 {
			return objectRecord(n, bytes.TrimRight(line, "\r\n"), r.header), nil
		}
	}
}

// documentReader reads the records of a JSON document: the objects at a path of keys
// such as "results.hits". Arrays on the way are gone through, so the path is the same
// whether the document has one page or many. A record's line is its number, from 1.
type documentReader struct {
	in     io.ReadCloser
	at     []string
	header []string
	d      *json.Decoder
	n      int64
	stack  []level
	done   bool
}

// level is an array or an object that is being gone through.
type level struct {
	array   bool
	depth   int  // how many keys of the path lead here
	records bool // its elements are the records
}

func newDocumentReader(in io.ReadCloser, at string, header []string) *documentReader {
	r := bufio.NewReaderSize(in, 1<<16)
	if bom, err := r.Peek(3); err == nil && bytes.Equal(bom, []byte(utf8BOM)) {
		_, _ = r.Discard(3)
	}
	var path []string
	if at != "" {
		path = strings.Split(at, ".")
	}
	return &documentReader{in: in, at: path, header: header, d: json.NewDecoder(r)}
}

func (r *documentReader) close() error { return r.in.Close() }

// next returns the next record. Where the document breaks off or is no JSON, that
// is the last record, with the reason.
func (r *documentReader) next() (record, error) {
	if r.done {
		return record{}, io.EOF
	}
	raw, err := r.find()
	r.n++
	switch {
	case errors.Is(err, errNoMore):
		r.done = true
		return r.rest()
	case err != nil:
		r.done = true
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			rest, rerr := io.ReadAll(io.LimitReader(r.d.Buffered(), 200))
			return record{line: r.n, reason: "not_json", raw: rawText(fmt.Appendf(nil, "the document breaks off after record %d: %s", r.n-1, rest))}, rerr
		}
		return record{}, err
	}
	return objectRecord(r.n, raw, r.header), nil
}

// rest looks at what follows the document: nothing should.
func (r *documentReader) rest() (record, error) {
	if _, err := r.d.Token(); errors.Is(err, io.EOF) {
		return record{}, io.EOF
	}
	return record{line: r.n, reason: "not_json", raw: "text after the end of the document"}, nil
}

var errNoMore = errors.New("no more records")

// find goes on to the next value at the path.
func (r *documentReader) find() (json.RawMessage, error) {
	if r.stack == nil {
		r.stack = []level{}
		if v, err := r.enter(0); v != nil || err != nil {
			return v, err
		}
	}
	for len(r.stack) > 0 {
		top := &r.stack[len(r.stack)-1]
		if !r.d.More() {
			if _, err := r.d.Token(); err != nil { // the closing bracket
				return nil, err
			}
			r.stack = r.stack[:len(r.stack)-1]
			continue
		}
		if top.records {
			var v json.RawMessage
			err := r.d.Decode(&v)
			return v, err
		}
		if top.array {
			if v, err := r.enter(top.depth); v != nil || err != nil {
				return v, err
			}
			continue
		}
		t, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		if key, ok := t.(string); !ok || key != r.at[top.depth] {
			var skip json.RawMessage
			if err := r.d.Decode(&skip); err != nil {
				return nil, err
			}
			continue
		}
		if v, err := r.enter(top.depth + 1); v != nil || err != nil {
			return v, err
		}
	}
	return nil, errNoMore
}

// enter begins with a value that the first depth keys of the path lead to: it is a
// record, or its inside is on the way to one, or it is neither.
func (r *documentReader) enter(depth int) (json.RawMessage, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, err
	}
	switch {
	case t == json.Delim('['):
		r.stack = append(r.stack, level{array: true, depth: depth, records: depth == len(r.at)})
		return nil, nil
	case t != json.Delim('{') && depth < len(r.at):
		return nil, nil // a number where the way should go on
	case t != json.Delim('{'):
		return json.Marshal(t)
	case depth < len(r.at):
		r.stack = append(r.stack, level{depth: depth})
		return nil, nil
	}
	return r.object()
}

// object is the text of a record that is no element of an array, from after its brace.
func (r *documentReader) object() (json.RawMessage, error) {
	text := []byte{'{'}
	for r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := r.d.Decode(&v); err != nil {
			return nil, err
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		if len(text) > 1 {
			text = append(text, ", "...)
		}
		text = append(append(append(text, name...), ": "...), v...)
	}
	_, err := r.d.Token() // the closing brace
	return append(text, '}'), err
}

// sampleSize is how many records are looked at for the names of their fields.
const sampleSize = 1000

// jsonHeader lists the fields of the first records, in the order they come up.
func (f *file) jsonHeader(at string) ([]string, error) {
	in, err := os.Open(f.textPath)
	if err != nil {
		return nil, err
	}
	var r interface {
		nextText() ([]byte, error)
		close() error
	}
	if f.in == inNDJSON {
		r = newLinesReader(in, nil)
	} else {
		r = newDocumentReader(in, at, nil)
	}
	defer r.close()
	var header []string
	seen := map[string]bool{}
	for range sampleSize {
		text, err := r.nextText()
		if err != nil {
			break // what is wrong comes up again when the records are read
		}
		flatten(text, func(name, _ string) {
			if !seen[name] {
				seen[name] = true
				header = append(header, name)
			}
		})
	}
	return header, nil
}

func (r *documentReader) nextText() ([]byte, error) { return r.find() }
func (r *linesReader) nextText() ([]byte, error)    { return r.lines.physical() }
