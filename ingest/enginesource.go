package ingest

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// forEngine reports whether the engine may read the file by itself.
func (f *file) forEngine() bool {
	switch f.in {
	case inParquet:
		return f.distinctToEngine()
	case inNDJSON:
		return f.scan.clean && f.distinctToEngine()
	case inText:
		return f.scan.clean && f.textPath == f.readPath
	}
	return false
}

// firstLine is the line of the first record: a header stands before it in CSV.
func (f *file) firstLine() int {
	if f.in == inText {
		return 2
	}
	return 1
}

// engineSource is what to select a file's records from, each column of its header that
// is needed as a text c0, c1, … and never NULL, in the order of the file; and how
// many there are.
func (f *file) engineSource(ctx context.Context, s *data.Session, column fieldColumns) (from string, rows int64, err error) {
	// An absolute path is a path to the engine, and never a URL or a "~".
	path, err := filepath.Abs(f.readPath)
	if err != nil {
		return "", 0, err
	}
	switch f.in {
	case inNDJSON:
		return f.engineLines(path), f.scan.lines, nil
	case inParquet:
		from = f.engineParquet(path)
		err = s.Get(ctx, []any{&rows}, "SELECT count(*) FROM read_parquet("+quoteText(path)+", hive_partitioning = false)")
		return from, rows, err
	}
	var cols, mapped []string
	for i := range f.header {
		cols = append(cols, fmt.Sprintf("'c%d': 'VARCHAR'", i))
	}
	for _, field := range fieldNames {
		if c := column(field); c[0] == 'c' {
			mapped = append(mapped, quoteText(c))
		}
	}
	// Note: new_line stays unset. Told '\r\n', engine 1.5 finds no row in such a file;
	// left to look for itself, it reads both kinds, and this file has one.
	return fmt.Sprintf(`read_csv(%s, auto_detect = false, header = true, delim = %s, quote = '"', escape = '"',
			columns = {%s}, force_not_null = [%s], all_varchar = true, max_line_size = %d, strict_mode = true,
			hive_partitioning = false, compression = 'none')`,
		quoteText(path), quoteText(string(rune(f.comma))), strings.Join(cols, ", "), strings.Join(mapped, ", "), maxRecord), f.scan.lines - 1, nil
}

// engineLines reads flat objects, a line each.
func (f *file) engineLines(path string) string {
	var cols, named []string
	for i, h := range f.header {
		cols = append(cols, fmt.Sprintf("%s: 'VARCHAR'", quoteText(h)))
		named = append(named, fmt.Sprintf("coalesce(%s, '') AS c%d", quoteName(h), i))
	}
	return fmt.Sprintf(`(SELECT %s FROM read_json(%s, format = 'newline_delimited', columns = {%s}, auto_detect = false,
			maximum_object_size = %d, hive_partitioning = false, compression = 'uncompressed'))`,
		strings.Join(named, ", "), quoteText(path), strings.Join(cols, ", "), 2*maxRecord)
}

// engineParquet reads rows, each value as the text that cellText makes of it.
func (f *file) engineParquet(path string) string {
	return fmt.Sprintf("(SELECT %s FROM read_parquet(%s, hive_partitioning = false))", f.parquetColumns(), quoteText(path))
}

// engineParquetRows is the same with the place of each row in the file, from 0.
func (f *file) engineParquetRows(path string) string {
	return fmt.Sprintf("(SELECT %s, file_row_number AS id FROM read_parquet(%s, hive_partitioning = false, file_row_number = true))", f.parquetColumns(), quoteText(path))
}

func (f *file) parquetColumns() string {
	var named []string
	for i, h := range f.header {
		named = append(named, fmt.Sprintf("%s AS c%d", textOf(quoteName(h), f.floats[h]), i))
	}
	return strings.Join(named, ", ")
}

// textOf writes a value as cellText does in Go: whole floats without a fraction.
func textOf(column string, float bool) string {
	if float {
		return fmt.Sprintf("coalesce(CASE WHEN %[1]s = floor(%[1]s) AND abs(%[1]s) < 1e15 THEN %[1]s::BIGINT::VARCHAR ELSE %[1]s::VARCHAR END, '')", column)
	}
	return fmt.Sprintf("coalesce(%s::VARCHAR, '')", column)
}

// quoteName writes a column's name as an SQL identifier.
func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// distinctToEngine reports whether the engine, too, tells the columns apart: to it
// "Price" and "price" are one name.
func (f *file) distinctToEngine() bool {
	var lower []string
	for _, h := range f.header {
		l := strings.ToLower(h)
		if slices.Contains(lower, l) {
			return false
		}
		lower = append(lower, l)
	}
	return true
}
