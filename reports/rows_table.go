package reports

import (
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/rivo/uniseg"
)

// tableRows collects rows and draws them, as a table with rules for a terminal
// or as a Markdown table. It is the only door to go-pretty.
//
// A table wider than the terminal is folded, nothing is cut: long texts wrap, and
// where that is not enough the columns go into several tables under each other,
// each beginning with the first column.
type tableRows struct {
	w        io.Writer
	names    []string
	numeric  []bool
	wraps    []bool // texts; a number or an instant is never broken
	rows     [][]string
	width    int
	markdown bool
	null     string
}

func openTableRows(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error) {
	e := newTableRows(w, s)
	e.width = o.Width
	if o.Color {
		e.null = "\x1b[2mNULL\x1b[0m"
	}
	return e, nil
}

func openMarkdownRows(w io.Writer, s *arrow.Schema, _ RowOptions) (rowEncoder, error) {
	e := newTableRows(w, s)
	e.markdown = true
	e.null = "*NULL*" // a text of these letters would have its asterisks escaped
	for i, n := range e.names {
		e.names[i] = markdownEscapes.Replace(n)
	}
	return e, nil
}

func newTableRows(w io.Writer, s *arrow.Schema) *tableRows {
	e := &tableRows{w: w, null: "NULL"}
	for _, f := range s.Fields() {
		e.names = append(e.names, VisibleText(f.Name))
		number, text := rowTypeKind(f.Type)
		e.numeric = append(e.numeric, number)
		e.wraps = append(e.wraps, text)
	}
	return e
}

// markdownEscapes keeps data from being marks or tags; go-pretty escapes "|".
var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "[", `\[`, "]", `\]`, "<", "&lt;", "&", "&amp;")

func (e *tableRows) batch(rec arrow.RecordBatch) error {
	for i := range int(rec.NumRows()) {
		row := make([]string, len(e.names))
		for c, a := range rec.Columns() {
			row[c] = e.null
			if rowNull(a, i) {
				continue
			}
			// A text of Arrow lies in the batch's memory, and the rows outlive the batch.
			row[c] = strings.Clone(VisibleText(rowRawText(a, i)))
			if e.markdown {
				row[c] = markdownEscapes.Replace(row[c])
			}
		}
		e.rows = append(e.rows, row)
	}
	return nil
}

func (e *tableRows) finish(ok bool) error {
	if !ok || len(e.names) == 0 {
		return nil
	}
	all := make([]int, len(e.names))
	for c := range all {
		all[c] = c
	}
	if e.markdown {
		_, err := io.WriteString(e.w, e.draw(all, nil).RenderMarkdown()+"\n")
		return err
	}
	widths := e.widths()
	for i, columns := range e.fold(widths) {
		gap := ""
		if i > 0 {
			gap = "\n"
		}
		if _, err := io.WriteString(e.w, gap+e.draw(columns, widths).Render()+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// widths is how wide each column is drawn: as its widest cell, except that where
// the whole is too wide for the terminal long texts wrap at a third of it.
func (e *tableRows) widths() []int {
	widths := make([]int, len(e.names))
	for c, n := range e.names {
		widths[c] = text.StringWidthWithoutEscSequences(n)
	}
	for _, row := range e.rows {
		for c, s := range row {
			widths[c] = max(widths[c], text.StringWidthWithoutEscSequences(s))
		}
	}
	if e.width <= 0 || tableWidth(widths) <= e.width {
		return widths
	}
	for c := range widths {
		if e.wraps[c] { // 4: a rule and a space on either side
			widths[c] = max(1, min(widths[c], max(e.width/3, 16), e.width-4))
		}
	}
	return widths
}

// tableWidth is the width of a table with columns this wide: "│ a │ b │".
func tableWidth(widths []int) int {
	sum := 1
	for _, w := range widths {
		sum += w + 3
	}
	return sum
}

// fold deals the columns out to as many tables as the terminal's width asks for.
func (e *tableRows) fold(widths []int) [][]int {
	var tables [][]int
	var columns, used []int
	for c := range widths {
		if len(columns) > 0 && e.width > 0 && tableWidth(append(used, widths[c])) > e.width {
			tables = append(tables, columns)
			columns, used = nil, nil
			if tableWidth([]int{widths[0], widths[c]}) <= e.width {
				columns, used = []int{0}, []int{widths[0]}
			}
		}
		columns, used = append(columns, c), append(used, widths[c])
	}
	return append(tables, columns)
}

// draw is the table of these columns; a nil widths wraps nothing.
func (e *tableRows) draw(columns, widths []int) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault // the names are the names: go-pretty shouts them
	t.SetStyle(style)
	header := make(table.Row, len(columns))
	configs := make([]table.ColumnConfig, len(columns))
	for i, c := range columns {
		header[i] = e.names[c]
		align := text.AlignLeft
		if e.numeric[c] {
			align = text.AlignRight
		}
		configs[i] = table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align}
		if widths != nil {
			configs[i].WidthMax = widths[c]
			configs[i].WidthMaxEnforcer = wrapWords
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	for _, row := range e.rows {
		cells := make(table.Row, len(columns))
		for i, c := range columns {
			cells[i] = row[c]
		}
		t.AppendRow(cells)
	}
	return t
}

// wrapWords breaks a text into lines of at most width columns: between words where a
// word ends in the second half of the line, else where the line is full. The blank that
// a line breaks at is all that is left out.
func wrapWords(s string, width int) string {
	if text.StringWidthWithoutEscSequences(s) <= width {
		return s
	}
	var b strings.Builder
	line, used, blank, state := 0, 0, -1, -1 // line: where it begins; blank: its last one in the second half
	for i := 0; i < len(s); {
		cluster, _, w, next := uniseg.FirstGraphemeClusterInString(s[i:], state)
		if used+w > width && used > 0 {
			end, rest := i, i
			switch {
			case cluster == " ":
				rest = i + 1
			case blank >= 0:
				end, rest = blank, blank+1
			}
			b.WriteString(s[line:end] + "\n")
			line, used, blank, state, i = rest, 0, -1, -1, rest
			continue
		}
		if cluster == " " && used >= width/2 {
			blank = i
		}
		used, state, i = used+w, next, i+len(cluster)
	}
	b.WriteString(s[line:])
	return b.String()
}
