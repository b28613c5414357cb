package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

// What a file's records say, whoever read them, is in the view raw: id, the record's
// place in the file from 0; its line; sale_id; sold_at with its precision, and
// sold_text, which is needed only where sold_at is NULL; the hashes of its other
// texts; whether the record calls itself synthetic; and refuse, the profile's reason
// for a row that is no sale.
//
// Those other texts repeat: a file of millions of records has some thousand titles.
// The distinct ones are in the tables text_item, text_variant and text_price, and a
// record has only their hashes. In a clean file a text is then read from the first
// line that has its hash, which costs a third of the time and of the memory of
// keeping all texts.
//
// Note: the engine's hash differs between its versions, and serves inside one load
// only. It has 64 bits: among a million distinct texts of one file, two share a hash
// once in thirty million files. Records of another file are never touched by that.

// lineColumns are the columns of the table raw_text as fillByLine writes them. kind is
// the precision where the profile fixes it per observation (3: snapshot), else 0.
const lineColumns = `line BIGINT, sale_id VARCHAR, sold_at VARCHAR, style_code VARCHAR, title VARCHAR, size VARCHAR, condition VARCHAR,
	price VARCHAR, currency VARCHAR, marketplace VARCHAR, price_basis VARCHAR, quantity VARCHAR, made_in VARCHAR, retail VARCHAR,
	synthetic BOOLEAN, kind BIGINT, refuse VARCHAR`

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

// hashes are the expressions of the hash columns of raw.
func (c fieldColumns) hashes() string {
	return fmt.Sprintf("hash(%s) AS item_hash, hash(%s) AS variant_hash, hash(%s) AS price_hash, hash(%s) AS retail_hash",
		c.list(itemFields, false), c.list(variantFields, false), c("price"), c("retail"))
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

// haveTexts reports whether each hash of the records has its text.
func haveTexts(ctx context.Context, s *data.Session) (bool, error) {
	var without int
	err := s.Get(ctx, []any{&without}, `SELECT
		(SELECT count(*) FROM (SELECT DISTINCT item_hash AS hash FROM raw) ANTI JOIN text_item USING (hash))
		+ (SELECT count(*) FROM (SELECT DISTINCT variant_hash AS hash FROM raw) ANTI JOIN text_variant USING (hash))
		+ (SELECT count(*) FROM (SELECT DISTINCT price_hash AS hash FROM raw) ANTI JOIN text_price USING (hash))`)
	return without == 0, err
}

// badLine is a line that is no record.
type badLine struct {
	line                 int64
	column, reason, text string
	raw                  string
}

// filled is what filling raw found out.
type filled struct {
	bad      []badLine
	observed data.Date // day of a snapshot file
	counted  int64     // rows of raw
	reader   string    // engine or lines
}

// fillByEngine loads a clean CSV through the engine's parallel reader. It reports
// false when the engine disagrees that the file is clean: then nothing is in raw.
func fillByEngine(ctx context.Context, s *data.Session, f *file, p *Profile, rows int64) (filled, bool, error) {
	// An absolute path is a path to the engine, and never a URL or a "~".
	path, err := filepath.Abs(f.readPath)
	if err != nil {
		return filled{}, false, err
	}
	var cols, mapped []string
	for i := range f.header {
		cols = append(cols, fmt.Sprintf("'c%d': 'VARCHAR'", i))
	}
	column := fieldColumns(func(field string) string {
		if i := slices.Index(f.header, p.Fields[field]); i >= 0 && p.Fields[field] != "" {
			return fmt.Sprintf("c%d", i)
		}
		return noColumn
	})
	for _, field := range fieldNames {
		if c := column(field); c[0] == 'c' {
			mapped = append(mapped, quoteText(c))
		}
	}
	// Note: new_line stays unset. Told '\r\n', engine 1.5 finds no row in such a file;
	// left to look for itself, it reads both kinds, and this file has one.
	from := fmt.Sprintf(`read_csv(%s, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
			columns = {%s}, force_not_null = [%s], all_varchar = true, max_line_size = %d, strict_mode = true,
			hive_partitioning = false, compression = 'none')`,
		quoteText(path), strings.Join(cols, ", "), strings.Join(mapped, ", "), maxRecord)
	if ok, err := readClean(ctx, s, f, p, column, from); !ok || err != nil {
		return filled{}, false, err
	}
	var n int64
	if err := s.Get(ctx, []any{&n}, "SELECT count(*) FROM raw_text"); err != nil {
		return filled{}, false, err
	}
	ok, err := haveTexts(ctx, s)
	return filled{counted: n}, ok && n == rows, err
}

// readClean reads a clean file twice: for its records and for their distinct texts.
// It reports false where the engine finds a fault in the file.
func readClean(ctx context.Context, s *data.Session, f *file, p *Profile, column fieldColumns, from string) (bool, error) {
	synthetic := "false"
	if i := slices.Index(f.header, p.Synthetic.Column); i >= 0 {
		synthetic = fmt.Sprintf("coalesce(starts_with(c%d, %s), false)", i, quoteText(p.Synthetic.Prefix))
	}
	when, precision := p.timeExpression("time_text")
	records := fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE raw_text AS SELECT * EXCLUDE (time_text) FROM (
		SELECT %s AS sale_id, %s AS time_text, %s AS sold_at, %s::UTINYINT AS sold_precision,
		       CASE WHEN sold_at IS NULL THEN time_text END AS sold_text, %s, %s AS synthetic
		FROM %s)`, column("sale_id"), p.missing(column("sold_at")), when, precision, column.hashes(), synthetic, from)
	err := s.Exec(ctx, records)
	if err == nil {
		err = firstTexts(ctx, s, f, p, column, from)
	}
	if err != nil {
		if ctx.Err() != nil {
			return false, err
		}
		return false, nil
	}
	// The file is clean: each record is a line, and the engine keeps their order.
	return true, s.Exec(ctx, "CREATE OR REPLACE TEMP VIEW raw AS SELECT rowid AS id, rowid + 2 AS line, *, NULL::VARCHAR AS refuse FROM raw_text")
}

// manyTexts is how many distinct texts are too many to fetch line by line.
const manyTexts = 1_000_000

// firstTexts makes the tables of distinct texts from the first line that has each
// hash; a file that repeats little is read through once more instead.
func firstTexts(ctx context.Context, s *data.Session, f *file, p *Profile, column fieldColumns, from string) error {
	rows, err := s.Query(ctx, fmt.Sprintf(`SELECT DISTINCT id + 2 FROM (
		SELECT min(rowid) AS id FROM raw_text GROUP BY item_hash UNION ALL SELECT min(rowid) FROM raw_text GROUP BY variant_hash
		UNION ALL SELECT min(rowid) FROM raw_text GROUP BY price_hash UNION ALL SELECT min(rowid) FROM raw_text GROUP BY retail_hash)
		ORDER BY 1 LIMIT %d`, manyTexts+1))
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
		fields, broken := parser.split(line, false)
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

// quoteText writes a text as an SQL literal. File names and profile texts only:
// read_csv takes no bound parameters in CREATE TABLE AS.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// fillByLine loads a file record by record. Every line ends up in raw or in bad.
func fillByLine(ctx context.Context, s *data.Session, f *file, p *Profile, progress func(int64)) (filled, error) {
	in, err := os.Open(f.readPath)
	if err != nil {
		return filled{}, err
	}
	defer in.Close()
	var out filled
	if p.Snapshot.Release != "" {
		if out.observed, err = snapshotDay(f, p); err != nil {
			return out, err
		}
	}
	r := newCSVReader(in, f.comma)
	if _, err := r.next(); err != nil { // the header, known since the file was opened
		return out, fmt.Errorf("read %s: %w", f.path, err)
	}
	r.width = len(f.header)
	at := f.columns()
	var queue [][]data.Cell
	if err := s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE raw_text ("+lineColumns+")"); err != nil {
		return out, err
	}
	out.counted, err = s.Append(ctx, "temp", "main", "raw_text", func() ([]data.Cell, error) {
		for len(queue) == 0 {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				return nil, nil
			}
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", f.path, err)
			}
			if progress != nil && rec.line%4096 == 0 {
				progress(int64(len(rec.raw)))
			}
			if rec.reason != "" {
				out.bad = append(out.bad, badLine{line: rec.line, reason: rec.reason, raw: rec.raw})
				continue
			}
			queue = p.rows(rec, at, out.observed)
		}
		row := queue[0]
		queue = queue[1:]
		return row, nil
	})
	if err != nil {
		return out, err
	}
	return out, p.showLines(ctx, s)
}

// showLines makes raw and the tables of texts from the records in raw_text.
func (p *Profile) showLines(ctx context.Context, s *data.Session) error {
	column := fieldColumns(func(field string) string { return field })
	if err := column.collect(ctx, s, "raw_text"); err != nil {
		return err
	}
	when, precision := p.timeExpression("sold_text")
	return s.Exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP VIEW raw AS
		SELECT id, line, sale_id, sold_text, %s AS sold_at, CASE WHEN kind > 0 THEN kind ELSE %s END::UTINYINT AS sold_precision, %s, synthetic, refuse
		FROM (SELECT rowid AS id, * EXCLUDE (sold_at), %s AS sold_text FROM raw_text)`, when, precision, column.hashes(), p.missing("sold_at")))
}

// rows turns one record into rows of raw: one, or one per observation.
func (p *Profile) rows(rec record, at map[string]int, observed data.Date) [][]data.Cell {
	get := func(column string) string {
		if i, ok := at[column]; ok && column != "" {
			return rec.fields[i]
		}
		return ""
	}
	refuse := ""
	for _, n := range p.NotSales {
		if n.re.MatchString(strings.TrimSpace(get(n.Column))) {
			refuse = n.Reason
			break
		}
	}
	synthetic := p.Synthetic.Column != "" && strings.HasPrefix(get(p.Synthetic.Column), p.Synthetic.Prefix)
	one := func(o Observation, kind int64) []data.Cell {
		row := []data.Cell{data.BigInt(rec.line)}
		for _, f := range fieldNames {
			v := get(p.Fields[f])
			switch {
			case f == "price" && o.Price != "":
				v = get(o.Price)
			case f == "price_basis" && o.PriceBasis != "":
				v = o.PriceBasis
			case f == "sold_at" && o.SoldAt != "":
				v = get(o.SoldAt)
			case f == "sold_at" && o.Snapshot:
				v = p.snapshotText(get, observed)
			}
			row = append(row, data.Text(v))
		}
		return append(row, data.Bool(synthetic), data.BigInt(kind), data.NullText(refuse))
	}
	if len(p.Observations) == 0 {
		return [][]data.Cell{one(Observation{}, 0)}
	}
	var out [][]data.Cell
	for _, o := range p.Observations {
		kind := int64(0)
		if o.Snapshot {
			kind = 3
		}
		out = append(out, one(o, kind))
	}
	return out
}

// snapshotText is the day that a row of a snapshot was taken, in the first of the
// profile's date forms: release plus days since release where the row has both,
// else the newest such day of the file.
func (p *Profile) snapshotText(get func(string) string, observed data.Date) string {
	day := observed
	if d, ok := p.rowSnapshot(get); ok {
		day = d
	}
	return day.Time().Format(goLayout(p.Date.Layouts[0]))
}

func (p *Profile) rowSnapshot(get func(string) string) (data.Date, bool) {
	release, err := time.Parse(goLayout(p.Date.Layouts[0]), strings.TrimSpace(get(p.Snapshot.Release)))
	if err != nil {
		return 0, false
	}
	days, err := strconv.Atoi(strings.TrimSpace(get(p.Snapshot.DaysSinceRelease)))
	if err != nil || days < -3650 || days > 36500 {
		return 0, false
	}
	return data.DateOf(release).AddDays(days), true
}

// goLayout turns the strptime forms that profiles use into Go's.
func goLayout(strptime string) string {
	return strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%y", "06", "%H", "15", "%M", "04", "%S", "05", "%z", "-07").Replace(strptime)
}

// snapshotDay looks through a snapshot file for the newest day that a row states.
func snapshotDay(f *file, p *Profile) (data.Date, error) {
	in, err := os.Open(f.readPath)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	r := newCSVReader(in, f.comma)
	at := f.columns()
	var newest data.Date
	for r.width = len(f.header); ; {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", f.path, err)
		}
		if rec.reason != "" {
			continue
		}
		if d, ok := p.rowSnapshot(func(c string) string { return rec.fields[at[c]] }); ok && d > newest {
			newest = d
		}
	}
	if newest == 0 {
		return 0, fmt.Errorf("%s: no row says on which day this snapshot was taken (%s plus %s)", f.path, p.Snapshot.Release, p.Snapshot.DaysSinceRelease)
	}
	return newest, nil
}
