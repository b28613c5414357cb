package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// RowFormat names a way to write rows: the value of --format.
type RowFormat string

// The formats of rows, in the order in which help and errors list them.
const (
	RowTable    RowFormat = "table"
	RowCSV      RowFormat = "csv"
	RowTSV      RowFormat = "tsv"
	RowJSON     RowFormat = "json"
	RowNDJSON   RowFormat = "ndjson"
	RowMarkdown RowFormat = "markdown"
	RowParquet  RowFormat = "parquet"
	RowArrow    RowFormat = "arrow"
)

// rowWriter is a format and what opens it.
type rowWriter struct {
	name   RowFormat
	binary bool
	open   func(w io.Writer, s *arrow.Schema, o RowOptions) (rowEncoder, error)
}

// rowFormats is every format. A new one is a file with its rowEncoder, and a
// line here.
var rowFormats = []rowWriter{
	{RowTable, false, openTableRows},
	{RowCSV, false, openCSVRows},
	{RowTSV, false, openTSVRows},
	{RowJSON, false, openJSONRows},
	{RowNDJSON, false, openNDJSONRows},
	{RowMarkdown, false, openMarkdownRows},
	{RowParquet, true, openParquetRows},
	{RowArrow, true, openArrowRows},
}

// rowEncoder writes one result in one format. It holds on to no batch after
// finish, and to none after batch unless it retained it.
type rowEncoder interface {
	// batch takes the next rows.
	batch(rec arrow.RecordBatch) error
	// finish is called once, in the end. With ok it writes what is outstanding;
	// without, the result is lost anyway, and it only lets go of what it holds.
	finish(ok bool) error
}

// RowOptions says how rows are written. The zero value writes all of them, as
// wide as they are, without colour.
type RowOptions struct {
	MaxRows  int  // write no more than these; 0: all
	Width    int  // columns of the terminal, for tables; 0: unlimited
	Color    bool // tables dim NULL, so that it differs from the text "NULL"
	Terminal bool // people look at it: CSV and TSV, too, show control characters as escapes
}

// RowsWritten is what became of a result.
type RowsWritten struct {
	Rows      int64
	Truncated bool // there were more than MaxRows: the caller says so
}

// ParseRowFormat reads the name of a format. The error lists the names, and
// suggests one for a name that is nearly right.
func ParseRowFormat(s string) (RowFormat, error) {
	var names []string
	for _, f := range rowFormats {
		if string(f.name) == s {
			return f.name, nil
		}
		names = append(names, string(f.name))
	}
	hint := ""
	if n := nearestRowFormat(strings.ToLower(s), names); n != "" {
		hint = fmt.Sprintf("did you mean %s? ", n)
	}
	return "", fmt.Errorf("unknown format %q: %sthere are %s", s, hint, strings.Join(names, ", "))
}

// nearestRowFormat is the name that s was meant to be, or "".
func nearestRowFormat(s string, names []string) string {
	switch s {
	case "":
		return ""
	case "jsonl":
		return string(RowNDJSON)
	case "md":
		return string(RowMarkdown)
	}
	best, least := "", 3 // two slips of the finger are still the same word
	for _, n := range names {
		if strings.HasPrefix(n, s) {
			return n
		}
		if d := editDistance(s, n); d < least && d < len(n)-1 {
			best, least = n, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance of a and b in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Binary reports whether the format is not for people's eyes, so that a command
// refuses to write it to a terminal.
func (f RowFormat) Binary() bool {
	return slices.ContainsFunc(rowFormats, func(r rowWriter) bool { return r.name == f && r.binary })
}

// WriteRows writes what rr still holds to w, in format f. csv, tsv, json,
// ndjson, parquet and arrow are written as the rows come (the last two in groups
// of rows); table and markdown need all rows to find their widths, so give a
// MaxRows when there may be many. rr stays the caller's to release.
//
// How values look, in whatever format they appear as text:
//   - integers and decimals with all their digits; in JSON they are numbers, also
//     beyond 2^53; floats as the shortest text that reads back the same, and NaN
//     and infinities as NaN, Infinity, -Infinity, in JSON as null;
//   - instants in RFC 3339, UTC; timestamps without a time zone likewise but
//     without the Z, since nobody said where they were taken; days and times in
//     ISO 8601, intervals as ISO 8601 durations (P1M2DT3.5S);
//   - lists as JSON arrays, in csv, tsv and tables as "a; b"; structs and maps as
//     JSON objects; bytes as hexadecimal digits; enums as their text;
//   - bytes that are no UTF-8 as U+FFFD, in tables as \xff;
//   - NULL as null in JSON, nothing in csv (where the empty text is ""), \N in tsv,
//     NULL in tables and Markdown.
//
// Columns of one name are told apart: a, a_1. When WriteRows fails, what reached
// w is not a whole result.
func WriteRows(w io.Writer, f RowFormat, rr array.RecordReader, o RowOptions) (RowsWritten, error) {
	for _, format := range rowFormats {
		if format.name != f {
			continue
		}
		enc, err := format.open(w, distinctColumnNames(rr.Schema()), o)
		if err != nil {
			return RowsWritten{}, fmt.Errorf("write rows as %s: %w", f, err)
		}
		done, err := pumpRows(enc, rr, int64(o.MaxRows))
		if ferr := enc.finish(err == nil); err == nil {
			err = ferr
		}
		if err != nil && err != rr.Err() { // the reader's errors say themselves what they are about
			err = fmt.Errorf("write rows as %s: %w", f, err)
		}
		return done, err
	}
	_, err := ParseRowFormat(string(f))
	return RowsWritten{}, err
}

// pumpRows hands the rows to enc, no more than limit of them unless that is 0.
func pumpRows(enc rowEncoder, rr array.RecordReader, limit int64) (RowsWritten, error) {
	var done RowsWritten
	for rr.Next() {
		rec := rr.RecordBatch()
		n := rec.NumRows()
		if n == 0 {
			continue
		}
		if limit > 0 && done.Rows+n > limit {
			done.Truncated = true
			n = limit - done.Rows
		}
		if n > 0 {
			part := rec.NewSlice(0, n)
			err := enc.batch(part)
			part.Release()
			if err != nil {
				return done, err
			}
			done.Rows += n
		}
		if done.Truncated {
			return done, nil // the reader may have more, and an error in it: neither is asked for
		}
	}
	return done, rr.Err()
}

// distinctColumnNames tells columns of one name apart, as DuckDB does when it
// makes a table of them: a, a_1. Names that differ only in case stay.
func distinctColumnNames(s *arrow.Schema) *arrow.Schema {
	fields := s.Fields()
	taken := map[string]bool{}
	for _, f := range fields {
		taken[f.Name] = true
	}
	seen := map[string]bool{}
	for i, f := range fields {
		name := f.Name
		for k := 1; seen[name]; k++ {
			if next := fmt.Sprintf("%s_%d", f.Name, k); !taken[next] {
				name = next
			}
		}
		seen[name], taken[name] = true, true
		fields[i].Name = name
	}
	meta := s.Metadata()
	return arrow.NewSchema(fields, &meta)
}
