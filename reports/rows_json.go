package reports

import (
	"bufio"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
)

// jsonRows writes json, an array with an object on each line, and ndjson, the
// same objects without the array.
type jsonRows struct {
	w     *bufio.Writer
	keys  []string // each column's name as JSON, with what stands around it
	array bool
	any   bool // a row has been written
	line  []byte
}

func openJSONRows(w io.Writer, s *arrow.Schema, _ RowOptions) (rowEncoder, error) {
	e := newJSONRows(w, s)
	e.array = true
	_, err := e.w.WriteString("[")
	return e, err
}

func openNDJSONRows(w io.Writer, s *arrow.Schema, _ RowOptions) (rowEncoder, error) {
	return newJSONRows(w, s), nil
}

func newJSONRows(w io.Writer, s *arrow.Schema) *jsonRows {
	e := &jsonRows{w: bufio.NewWriterSize(w, 1<<16)}
	for i, f := range s.Fields() {
		before := ","
		if i == 0 {
			before = ""
		}
		key := appendRowJSONString([]byte(before), f.Name)
		e.keys = append(e.keys, string(key)+":")
	}
	return e
}

func (e *jsonRows) batch(rec arrow.RecordBatch) error {
	for i := range int(rec.NumRows()) {
		b := e.line[:0]
		switch {
		case e.array && e.any:
			b = append(b, ",\n"...)
		case e.array:
			b = append(b, '\n')
		}
		e.any = true
		b = append(b, '{')
		for c, key := range e.keys {
			b = append(b, key...)
			b = appendRowJSON(b, rec.Column(c), i)
		}
		b = append(b, '}')
		if !e.array {
			b = append(b, '\n')
		}
		e.line = b
		if _, err := e.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func (e *jsonRows) finish(ok bool) error {
	if !ok {
		return nil
	}
	if e.array {
		end := "]\n"
		if e.any {
			end = "\n]\n"
		}
		e.w.WriteString(end)
	}
	return e.w.Flush()
}
