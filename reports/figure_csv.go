package reports

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// figureData is what a figure shows, unrounded, for programs. A value is a string, an
// int, a float64, a *float64, a data.Date or a list of strings; what is missing or no
// finite number is an empty cell.
type figureData struct {
	Columns []string
	Rows    [][]any
}

// figureCSV writes a figure's data as CSV, by the rules of csvStyle. Two columns are
// added, page_week and as_of, so that the files of many weeks can be read as one. A
// figure that gives no data of its own has the cells of its table written as they stand.
// It returns nil when there are no rows.
func figureCSV(f pageFigure, week, asOf data.Date) []byte {
	d := f.Table.Data
	if d == nil {
		d = tableData(f.Table)
	}
	if len(d.Rows) == 0 {
		return nil
	}
	var out []byte
	var style csvStyle
	header := append(slices.Clone(d.Columns), "page_week", "as_of")
	for c, name := range header {
		out = style.appendCell(style.separate(out, c), rowValidText(name))
	}
	out = append(out, '\n')
	for _, row := range d.Rows {
		for c, v := range append(slices.Clone(row), week.ISOWeek(), asOf) {
			out = style.separate(out, c)
			if text := figureCell(v); text != "" {
				out = style.appendCell(out, text)
			}
		}
		out = append(out, '\n')
	}
	return out
}

// figureCSVTail ends the header of every file that figureCSV writes.
const figureCSVTail = ",page_week,as_of"

// IsFigureCSV reports whether a file whose first line is given was written as the data of
// a page's figure.
func IsFigureCSV(header string) bool {
	return strings.HasSuffix(strings.TrimRight(header, "\r\n"), figureCSVTail)
}

// figureCell is a value as text; "" where there is none.
func figureCell(v any) string {
	switch v := v.(type) {
	case string:
		return rowValidText(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return strconv.FormatFloat(v+0, 'f', -1, 64) // adding 0 turns −0 into 0
		}
	case *float64:
		if v != nil {
			return figureCell(*v)
		}
	case data.Date:
		if !v.IsZero() {
			return v.String()
		}
	case []string:
		return rowValidText(strings.Join(v, "; "))
	}
	return ""
}

// tableData is a table as it stands, for a figure without data of its own.
func tableData(t figureTable) *figureData {
	d := &figureData{}
	for _, h := range t.Head {
		d.Columns = append(d.Columns, columnName(h.Text))
	}
	for _, row := range t.Body {
		var cells []any
		for _, f := range row {
			text := strings.ReplaceAll(f.Text, "\u00a0", " ")
			if text == noFigure {
				text = ""
			}
			cells = append(cells, text)
		}
		d.Rows = append(d.Rows, cells)
	}
	return d
}

// columnName makes a column's name of a heading: "95 % interval" is 95_interval.
func columnName(heading string) string {
	words := strings.FieldsFunc(strings.ToLower(heading), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "column"
	}
	return strings.Join(words, "_")
}

// groupData is the data of a chart of groups, in the order of its table: the columns of
// MultiplesRows by the same names, unrounded, and what else the table shows.
func groupData(first string, rows []analysis.MultipleRow, m analysis.Multiples, name func(analysis.MultipleRow) string) *figureData {
	d := &figureData{Columns: []string{columnName(first), "n", "synthetic", "median_multiple", "multiple_lo", "multiple_hi", "level",
		"p5", "q1", "q3", "p95", "share_above_retail", "median_sale_price", "median_retail_price", "first_sold_on", "last_sold_on", "warnings",
		"price_basis", "condition"}}
	for _, r := range rows {
		d.Rows = append(d.Rows, []any{name(r), r.N, r.Synthetic, r.Median, r.Lo, r.Hi, m.Spec.Level, r.P5, r.Q1, r.Q3, r.P95, r.ShareAboveRetail,
			r.MedianSalePrice, r.MedianRetailPrice, r.FirstSoldOn, r.LastSoldOn, r.Warnings, m.PriceBasis, m.Condition})
	}
	return d
}

// indexData is the market index, one row per segment and week, the newest week of each
// segment first.
func indexData(series []analysis.IndexSeries, x analysis.Index) *figureData {
	d := &figureData{Columns: []string{"segment", "week", "index", "index_lo", "index_hi", "level", "se", "n", "n_styles", "status", "refit", "published", "warnings", "condition"}}
	for _, s := range series {
		for _, r := range slices.Backward(s.Rows) {
			d.Rows = append(d.Rows, []any{s.Segment, r.Week.ISOWeek(), r.Index, r.Lo, r.Hi, x.Spec.Level, r.SE, r.N, r.Styles, r.Status(), r.Refit, r.Was, r.Warnings, x.Spec.Condition})
		}
	}
	return d
}
