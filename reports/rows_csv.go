package reports

import (
	"bufio"
	"io"
	"regexp"
	"runtime"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// csvStyle is how cells of csv and tsv stand in their lines, which end in \n.
//
// csv is quoted as RFC 4180 says: a cell with a comma, a quote, a line end, or a
// space at either end stands in quotes. NULL is an empty cell, the empty text is
// "". In a result of one column a NULL therefore is an empty line.
//
// tsv has no quotes: tab, line feed, carriage return and backslash inside a cell
// are \t, \n, \r and \\, and NULL is \N, as in PostgreSQL's text format.
//
// In both, a cell that a spreadsheet would run as a formula is guarded: see
// GuardFormula.
type csvStyle struct {
	tabs     bool
	terminal bool
}

// csvRows writes csv and tsv.
type csvRows struct {
	csvStyle
	w    *bufio.Writer
	pipe *rowPipe[[]byte]
	free chan []byte // buffers that were written
}

func openCSVRows(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error) {
	return openDelimited(w, s, o, false)
}

func openTSVRows(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error) {
	return openDelimited(w, s, o, true)
}

func openDelimited(w io.Writer, s *arrow.Schema, o RowOptions, tabs bool) (rowEncoder, error) {
	e := &csvRows{
		csvStyle: csvStyle{tabs: tabs, terminal: o.Terminal},
		w:        bufio.NewWriterSize(w, 1<<16), free: make(chan []byte, 64),
	}
	var line []byte
	for c, f := range s.Fields() {
		line = e.appendCell(e.separate(line, c), rowValidText(f.Name))
	}
	if _, err := e.w.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	e.pipe = openRowPipe(runtime.GOMAXPROCS(0), e.write, func([]byte) {})
	return e, nil
}

// csvPart is how many rows are turned into text at once.
const csvPart = 4096

func (e *csvRows) batch(rec arrow.RecordBatch) error {
	for from := int64(0); from < rec.NumRows(); from += csvPart {
		part := rec.NewSlice(from, min(from+csvPart, rec.NumRows()))
		err := e.pipe.send(func() ([]byte, error) {
			defer part.Release()
			var b []byte
			select {
			case b = <-e.free:
			default:
			}
			return e.appendRows(b[:0], part), nil
		})
		if err != nil {
			part.Release()
			return err
		}
	}
	return nil
}

func (e *csvRows) write(b []byte) error {
	_, err := e.w.Write(b)
	select {
	case e.free <- b:
	default:
	}
	return err
}

func (e *csvRows) finish(ok bool) error {
	if err := e.pipe.finish(); err != nil || !ok {
		return err
	}
	return e.w.Flush()
}

func (e csvStyle) separate(b []byte, column int) []byte {
	switch {
	case column == 0:
		return b
	case e.tabs:
		return append(b, '\t')
	}
	return append(b, ',')
}

// appendValue appends value i of a column of any type.
func (e csvStyle) appendValue(b []byte, a arrow.Array, i int) []byte {
	if rowNull(a, i) {
		return e.appendNull(b)
	}
	return e.appendCell(b, rowText(a, i))
}

func (e csvStyle) appendNull(b []byte) []byte {
	if e.tabs {
		return append(b, `\N`...)
	}
	return b
}

// appendCell appends a text with its quotes and guards.
func (e csvStyle) appendCell(b []byte, s string) []byte {
	if e.tabs {
		// A spreadsheet takes quotes around a tsv cell away, and then looks.
		if GuardFormula(strings.TrimLeft(s, `"`)) != strings.TrimLeft(s, `"`) {
			s = "'" + s
		}
		s = tsvEscapes.Replace(s)
	} else {
		s = GuardFormula(s)
	}
	if e.terminal {
		s = VisibleText(s)
	}
	if e.tabs || !csvNeedsQuotes(s) {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}

var tsvEscapes = strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`, `\`, `\\`)

func csvNeedsQuotes(s string) bool {
	return s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || strings.ContainsAny(s, ",\"\r\n\t")
}

// plainNumber is what a spreadsheet reads as a number whatever its sign.
var plainNumber = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// GuardFormula puts an apostrophe before a cell that a spreadsheet would run:
// one that begins with = + - @, one of their full-width forms, a tab, a carriage
// return or a line feed. A plain number such as -1.5 stays as it is. A program
// that reads the file takes one leading apostrophe off; a text that began with
// one of its own cannot be told from a guarded one.
//
// Source: OWASP, CSV Injection.
func GuardFormula(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s[:min(len(s), 4)])[0]) {
		return s
	}
	if plainNumber.MatchString(s) {
		return s
	}
	return "'" + s
}
