package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/amassable/greybook/data"
)

// The fields whose texts repeat together.
var (
	itemFields    = []string{"style_code", "title"}
	variantFields = []string{"size", "condition", "currency", "marketplace", "price_basis", "quantity", "made_in"}
)

// noColumn is the expression of a field that a file doesn't have.
const noColumn = "''::VARCHAR"

// fieldColumns says how a field is read from where the records are: the expression
// of a field, empty where the file has none.
type fieldColumns func(field string) string

// list joins the expressions of fields; named gives each its field's name.
func (c fieldColumns) list(fields []string, named bool) string {
	var out []string
	for _, f := range fields {
		e := c(f)
		if named {
			e += " AS " + f
		}
		out = append(out, e)
	}
	return strings.Join(out, ", ")
}

// hashes are the expressions of the hash columns of raw; a file without retail
// prices has none for them.
func (c fieldColumns) hashes() string {
	h := fmt.Sprintf("hash(%s) AS item_hash, hash(%s) AS variant_hash, hash(%s) AS price_hash", c.list(itemFields, false), c.list(variantFields, false), c("price"))
	if c("retail") != noColumn {
		h += fmt.Sprintf(", hash(%s) AS retail_hash", c("retail"))
	}
	return h
}

// collect makes the tables of distinct texts from the records in from.
func (c fieldColumns) collect(ctx context.Context, s *data.Session, from string) error {
	item, variant := c.list(itemFields, true), c.list(variantFields, true)
	retail, set := "retail", ", (retail)"
	if c("retail") == noColumn {
		retail, set = "'' AS retail", "" // a set of one text would still be counted for each row
	}
	for _, q := range []string{
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE text_any AS
			SELECT %s, %s, price, %s, GROUPING_ID(title, size, price) AS missing
			FROM (SELECT %s, %s, %s AS price, %s AS retail FROM %s)
			GROUP BY GROUPING SETS ((%s), (%s), (price)%s)`,
			strings.Join(itemFields, ", "), strings.Join(variantFields, ", "), retail, item, variant, c("price"), c("retail"), from,
			strings.Join(itemFields, ", "), strings.Join(variantFields, ", "), set),
		// GROUPING_ID has a bit for each column that a row is not grouped by.
		"CREATE OR REPLACE TEMP TABLE text_item AS SELECT style_code, title, hash(style_code, title) AS hash FROM text_any WHERE missing = 3",
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE text_variant AS SELECT %[1]s, hash(%[1]s) AS hash FROM text_any WHERE missing = 5", strings.Join(variantFields, ", ")),
		`CREATE OR REPLACE TEMP TABLE text_price AS
			SELECT price, hash(price) AS hash FROM text_any WHERE missing = 6
			UNION SELECT retail, hash(retail) FROM text_any WHERE missing = 7`,
		"DROP TABLE text_any",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// haveTexts reports whether each hash of the records has its text: whether this
// package and the engine read the same fields in the lines that were fetched.
func haveTexts(ctx context.Context, s *data.Session) (bool, error) {
	var without int
	err := s.Get(ctx, []any{&without}, `SELECT (SELECT count(*) FROM first_item ANTI JOIN text_item USING (hash))
		+ (SELECT count(*) FROM first_variant ANTI JOIN text_variant USING (hash))
		+ (SELECT count(*) FROM first_price ANTI JOIN text_price USING (hash))`)
	return without == 0, err
}

// manyTexts is how many distinct texts are too many to fetch line by line.
const manyTexts = 1_000_000

// firstTexts makes the tables of distinct texts from the first line that has each
// hash; a file that repeats little is read through once more instead.
func firstTexts(ctx context.Context, s *data.Session, f *file, p *Profile, column fieldColumns, from string) error {
	for _, q := range []string{
		"CREATE OR REPLACE TEMP TABLE first_item AS SELECT item_hash AS hash, min(rowid) AS id FROM raw_text GROUP BY item_hash",
		"CREATE OR REPLACE TEMP TABLE first_variant AS SELECT variant_hash AS hash, min(rowid) AS id FROM raw_text GROUP BY variant_hash",
		"CREATE OR REPLACE TEMP TABLE first_price AS SELECT price_hash AS hash, min(rowid) AS id FROM raw_text GROUP BY price_hash",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	if column("retail") != noColumn {
		if err := s.Exec(ctx, "INSERT INTO first_price SELECT retail_hash, min(rowid) FROM raw_text GROUP BY retail_hash"); err != nil {
			return err
		}
	}
	if f.in == inParquet {
		return textRows(ctx, s, f, column)
	}
	rows, err := s.Query(ctx, fmt.Sprintf(`SELECT DISTINCT id + %d FROM (`+firstIDs+`) ORDER BY 1 LIMIT %d`, f.firstLine(), manyTexts+1))
	if err != nil {
		return err
	}
	defer rows.Close()
	var wanted []int64
	for rows.Next() {
		var line int64
		if err := rows.Scan(&line); err != nil {
			return err
		}
		wanted = append(wanted, line)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(wanted) > manyTexts {
		return column.collect(ctx, s, from)
	}
	return textLines(ctx, s, f, p, wanted)
}

const firstIDs = "SELECT id FROM first_item UNION ALL SELECT id FROM first_variant UNION ALL SELECT id FROM first_price"

// textRows makes the tables of distinct texts from some rows of a Parquet file.
func textRows(ctx context.Context, s *data.Session, f *file, column fieldColumns) error {
	path, err := filepath.Abs(f.readPath)
	if err != nil {
		return err
	}
	named := column.list(fieldNames, true)
	if err := s.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE text_line AS SELECT %s FROM %s JOIN (SELECT DISTINCT id FROM (%s)) USING (id)",
		named, f.engineParquetRows(path), firstIDs)); err != nil {
		return err
	}
	return fieldColumns(func(field string) string { return field }).collect(ctx, s, "text_line")
}

// textLines makes the tables of distinct texts from some lines of a clean file.
func textLines(ctx context.Context, s *data.Session, f *file, p *Profile, wanted []int64) error {
	in, err := os.Open(f.readPath)
	if err != nil {
		return err
	}
	defer in.Close()
	at := f.columns()
	parser := &csvReader{comma: f.comma, width: len(f.header)}
	var cells [][]data.Cell
	var bad error
	err = linesOf(in, wanted, func(n int64, line []byte) {
		var fields []string
		var broken string
		if f.in == inNDJSON {
			rec := objectRecord(n, line, f.header)
			fields, broken = rec.fields, rec.reason
		} else {
			fields, broken = parser.split(line, false)
		}
		if broken != "" {
			bad = fmt.Errorf("%s:%d: %s", f.path, n, broken)
			return
		}
		var row []data.Cell
		for _, field := range fieldNames {
			text := ""
			if i, ok := at[p.Fields[field]]; ok && p.Fields[field] != "" {
				text = fields[i]
			}
			row = append(row, data.Text(text))
		}
		cells = append(cells, row)
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	if err := s.LoadTemp(ctx, "text_line", strings.Join(fieldNames, " VARCHAR, ")+" VARCHAR", cells); err != nil {
		return err
	}
	return fieldColumns(func(field string) string { return field }).collect(ctx, s, "text_line")
}
