package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

const (
	touchAll = `
		SELECT count(*), sum(strlen(sale_id)), max(sold_at), sum(strlen(style_code)), sum(strlen(title)), sum(size), sum(strlen(condition)),
		       sum(price), sum(strlen(currency)), sum(strlen(marketplace)), sum(strlen(price_basis))`
	canonical = `
		SELECT * REPLACE (strftime(sold_at, '%Y-%m-%dT%H:%M:%SZ') AS sold_at) FROM read_csv($csv, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {
		     'sale_id': 'VARCHAR', 'sold_at': 'TIMESTAMP', 'style_code': 'VARCHAR', 'title': 'VARCHAR', 'size': 'DECIMAL(4,1)',
		     'condition': 'VARCHAR', 'price': 'DECIMAL(12,2)', 'currency': 'VARCHAR', 'marketplace': 'VARCHAR', 'price_basis': 'VARCHAR'})`
)

// source is what a query of the plain engine is about.
type source int

const (
	book source = iota
	csvFile
)

// queries are what the plain engine does, by name. None of them knows more of the
// answer than it must.
var queries = map[string]struct {
	of    source
	query string
}{
	// Every column is parsed to its type and looked at once; nothing is kept.
	"read": {csvFile, touchAll + `
		FROM read_csv($file, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {
		     'sale_id': 'VARCHAR', 'sold_at': 'TIMESTAMPTZ', 'style_code': 'VARCHAR', 'title': 'VARCHAR', 'size': 'DECIMAL(4,1)',
		     'condition': 'VARCHAR', 'price': 'DECIMAL(12,2)', 'currency': 'VARCHAR', 'marketplace': 'VARCHAR', 'price_basis': 'VARCHAR'})`},
	"read-ndjson": {csvFile, touchAll + `
		FROM read_json($file, format = 'newline_delimited', auto_detect = false, columns = {
		     'sale_id': 'VARCHAR', 'sold_at': 'TIMESTAMPTZ', 'style_code': 'VARCHAR', 'title': 'VARCHAR', 'size': 'DECIMAL(4,1)',
		     'condition': 'VARCHAR', 'price': 'DECIMAL(12,2)', 'currency': 'VARCHAR', 'marketplace': 'VARCHAR', 'price_basis': 'VARCHAR'})`},
	"read-parquet": {csvFile, touchAll + " FROM read_parquet($file)"},
	// The same rows in another form, from the CSV file beside it.
	"write-ndjson":  {csvFile, "COPY (" + canonical + ") TO $file (FORMAT json)"},
	"write-parquet": {csvFile, "COPY (" + canonical + ") TO $file (FORMAT parquet)"},
	"median": {book, `
		SELECT version, median(multiple) FROM observations
		WHERE price_basis = 'sale' AND condition = 'new' GROUP BY version ORDER BY version`},
	"weeks": {book, `
		SELECT week, median(multiple) FROM observations
		WHERE price_basis = 'sale' AND condition = 'new' GROUP BY week ORDER BY week`},
	"styles": {book, `
		SELECT style, median(multiple) FROM observations
		WHERE price_basis = 'sale' AND condition = 'new' GROUP BY style ORDER BY style`},
	"sizes": {book, `
		SELECT style, size_band, median(multiple) FROM observations
		WHERE price_basis = 'sale' AND condition = 'new' GROUP BY style, size_band ORDER BY style, size_band`},
	"cells": {book, `
		SELECT style, size_us_men, condition, median(multiple) FROM observations
		WHERE price_basis = 'sale' GROUP BY style, size_us_men, condition ORDER BY style, size_us_men, condition`},
	// The groupings of a weekly page, each with exact medians and quartiles, and no more.
	"page": {book, `
		WITH sold AS (
			SELECT * FROM observations WHERE price_basis = 'sale' AND condition = 'new'
		), year AS (
			SELECT * FROM sold WHERE sold_on BETWEEN DATE '$asof' - 363 AND DATE '$asof'
		)
		SELECT count(m) FROM (
			SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) AS m FROM year GROUP BY version
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY grey_day
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM sold GROUP BY week
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY version, week
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY style, size_band
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY days_since_release // 91
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM sold WHERE sold_on BETWEEN DATE '$asof' - 90 AND DATE '$asof' GROUP BY style
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM sold WHERE sold_on BETWEEN DATE '$asof' - 181 AND DATE '$asof' - 91 GROUP BY style
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM sold WHERE sold_on BETWEEN DATE '$asof' - 27 AND DATE '$asof' GROUP BY style
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY version, marketplace
			UNION ALL SELECT quantile_cont(multiple, [0.25, 0.5, 0.75]) FROM year GROUP BY version, made_in
		)`},
	// All that analyze multiples says, but for the interval of the median.
	"answer": {book, `
		SELECT version, count(*), median(multiple), quantile_cont(multiple, [0.25, 0.75])::VARCHAR,
		       avg(CASE WHEN multiple > 1 THEN 1 ELSE 0 END),
		       median(sale_price_usd), median(retail_price_usd), min(sold_on), max(sold_on)
		FROM observations
		WHERE price_basis = 'sale' AND condition = 'new' GROUP BY version ORDER BY version`},
}

// engine runs one of the queries, or one of the writings of rows to a file, and
// prints the rows of its answer, separated by tabs.
func engine(ctx context.Context, name, file, out string, w io.Writer) error {
	text, onBook := "", true
	rows, writes := rowFiles[name]
	if q, ok := queries[name]; ok {
		text, onBook = q.query, q.of == book
	} else if !writes {
		return fmt.Errorf("no query %q", name)
	}
	open := data.OpenScratch
	if onBook {
		open = func(ctx context.Context, o data.Options) (*data.Book, error) { return data.OpenReadOnly(ctx, file, o) }
	}
	b, err := open(ctx, data.Options{})
	if err != nil {
		return err
	}
	defer b.Close()
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if writes {
		return rows.write(ctx, s, out)
	}
	csv := strings.TrimSuffix(file, filepath.Ext(file)) + ".csv"
	return printRows(ctx, s, strings.NewReplacer("$asof", asOf.Format(time.DateOnly), "$file", quoted(file), "$csv", quoted(csv)).Replace(text), w)
}

// quoted is a text as a literal of SQL.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// printRows prints the rows of a query, separated by tabs.
func printRows(ctx context.Context, s *data.Session, text string, w io.Writer) error {
	rows, err := s.Query(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for i, v := range values {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, *v.(*any))
		}
		fmt.Fprintln(w)
	}
	return rows.Err()
}
