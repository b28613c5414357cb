package reports

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// rowChoice is some rows of a table: those named, or a range.
type rowChoice struct {
	from, to int
	some     []int // not nil: these, ascending
}

func (c rowChoice) len() int {
	if c.some != nil {
		return len(c.some)
	}
	return c.to - c.from
}

// where are those of a range that f wants.
func (c rowChoice) where(f func(i int) bool) rowChoice {
	some := []int{}
	for i := c.from; i < c.to; i++ {
		if f(i) {
			some = append(some, i)
		}
	}
	return rowChoice{some: some}
}

// pick is the chosen of all rows.
func pick[T any](all []T, c rowChoice) []T {
	if c.some == nil {
		return all[c.from:c.to]
	}
	out := make([]T, 0, len(c.some))
	for _, i := range c.some {
		out = append(out, all[i])
	}
	return out
}

// array is the rows as the items of the JSON array that head ends with, and the end of
// the object around it.
func (c rowChoice) array(head []byte, t *jsonTable) [][]byte {
	if c.len() == 0 {
		return [][]byte{append(head, "]}\n"...)}
	}
	parts := [][]byte{append(head, '\n')}
	if c.some == nil {
		parts = append(parts, t.rows(c.from, c.to))
	}
	for n, i := range c.some {
		if n > 0 {
			parts = append(parts, rowsBetween)
		}
		parts = append(parts, t.rows(i, i+1))
	}
	return append(parts, rowsEnd)
}

// What stands between the rows of a JSON array, and behind them.
var rowsBetween, rowsEnd = []byte(",\n"), []byte("\n]}\n")

// rowsAs fills in rows as ndjson or as an Arrow stream.
func (rep *apiReply) rowsAs(t *jsonTable, rows rowChoice, records func() (array.RecordReader, error)) error {
	var b bytes.Buffer
	if rep.kind == apiNDJSON {
		for n := range rows.len() {
			i := rows.from + n
			if rows.some != nil {
				i = rows.some[n]
			}
			b.Write(t.rows(i, i+1))
			b.WriteByte('\n')
		}
		rep.parts = [][]byte{b.Bytes()}
		return nil
	}
	rr, err := records()
	if err != nil {
		return err
	}
	defer rr.Release()
	w := ipc.NewWriter(&b, ipc.WithSchema(rr.Schema()))
	for rr.Next() {
		if err := w.Write(rr.RecordBatch()); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	rep.parts = [][]byte{b.Bytes()}
	return rr.Err()
}
