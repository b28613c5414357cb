package reports

import (
	"bufio"
	"io"
	"regexp"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// csvRows writes csv and tsv, a row at a time, lines ended by \n.
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
type csvRows struct {
	w        *bufio.Writer
	columns  int
	tabs     bool
	terminal bool
}

func openCSVRows(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error) {
	e := &csvRows{w: bufio.NewWriterSize(w, 1<<16), columns: s.NumFields(), terminal: o.Terminal}
	return e, e.header(s)
}

func openTSVRows(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error) {
	e := &csvRows{w: bufio.NewWriterSize(w, 1<<16), columns: s.NumFields(), tabs: true, terminal: o.Terminal}
	return e, e.header(s)
}

func (e *csvRows) header(s *arrow.Schema) error {
	for c, f := range s.Fields() {
		e.separate(c)
		e.cell(rowValidText(f.Name))
	}
	return e.w.WriteByte('\n')
}

func (e *csvRows) batch(rec arrow.RecordBatch) error {
	for i := range int(rec.NumRows()) {
		for c := range e.columns {
			e.separate(c)
			if a := rec.Column(c); !rowNull(a, i) {
				e.cell(rowText(a, i))
			} else if e.tabs {
				e.w.WriteString(`\N`)
			}
		}
		if err := e.w.WriteByte('\n'); err != nil { // bufio keeps the first error: asked once a row
			return err
		}
	}
	return nil
}

func (e *csvRows) finish(ok bool) error {
	if !ok {
		return nil
	}
	return e.w.Flush()
}

func (e *csvRows) separate(column int) {
	switch {
	case column == 0:
	case e.tabs:
		e.w.WriteByte('\t')
	default:
		e.w.WriteByte(',')
	}
}

func (e *csvRows) cell(s string) {
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
		e.w.WriteString(s)
		return
	}
	e.w.WriteByte('"')
	e.w.WriteString(strings.ReplaceAll(s, `"`, `""`))
	e.w.WriteByte('"')
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
