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

// rawColumns are the columns of the view raw beside id, the record's place in the
// file from 0: a record's texts by greybook's field names. Blank and missing are
// both "". kind is the row's precision where the profile fixes it per observation
// (3: snapshot); refuse is the profile's reason for a row that is no sale.
//
// The texts are in the table raw_text. What a file doesn't have is a constant of
// the view: written out, it would cost as much memory as a column that is there.
const rawColumns = `line BIGINT, sale_id VARCHAR, sold_at VARCHAR, style_code VARCHAR, title VARCHAR, size VARCHAR, condition VARCHAR,
	price VARCHAR, currency VARCHAR, marketplace VARCHAR, price_basis VARCHAR, quantity VARCHAR, made_in VARCHAR, retail VARCHAR,
	synthetic BOOLEAN, kind BIGINT, refuse VARCHAR`

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
}

// fillByEngine loads a clean CSV through the engine's parallel reader. It reports
// false when the engine disagrees that the file is clean: then nothing is in raw.
func fillByEngine(ctx context.Context, s *data.Session, f *file, p *Profile, rows int64) (filled, bool, error) {
	// An absolute path is a path to the engine, and never a URL or a "~".
	path, err := filepath.Abs(f.readPath)
	if err != nil {
		return filled{}, false, err
	}
	var cols, mapped, read, shown []string
	for i := range f.header {
		cols = append(cols, fmt.Sprintf("'c%d': 'VARCHAR'", i))
	}
	for _, field := range fieldNames {
		i := slices.Index(f.header, p.Fields[field])
		if i < 0 || p.Fields[field] == "" {
			shown = append(shown, "'' AS "+field)
			continue
		}
		mapped = append(mapped, fmt.Sprintf("'c%d'", i))
		read = append(read, fmt.Sprintf("c%d AS %s", i, field))
		shown = append(shown, field)
	}
	synthetic := "false AS synthetic"
	if i := slices.Index(f.header, p.Synthetic.Column); i >= 0 {
		read = append(read, fmt.Sprintf("coalesce(starts_with(c%d, %s), false) AS synthetic", i, quoteText(p.Synthetic.Prefix)))
		synthetic = "synthetic"
	}
	newline := `\n`
	if f.scan.crlf {
		newline = `\r\n`
	}
	for _, q := range []string{
		fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE raw_text AS SELECT %s
			FROM read_csv(%s, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', new_line = '%s',
				columns = {%s}, force_not_null = [%s], all_varchar = true, max_line_size = %d, strict_mode = true,
				hive_partitioning = false, compression = 'none')`,
			strings.Join(read, ", "), quoteText(path), newline, strings.Join(cols, ", "), strings.Join(mapped, ", "), maxRecord),
		// The file is clean: each record is a line, and the engine keeps their order.
		fmt.Sprintf(`CREATE OR REPLACE TEMP VIEW raw AS SELECT rowid AS id, rowid + 2 AS line, %s, %s, 0::BIGINT AS kind, NULL::VARCHAR AS refuse FROM raw_text`,
			strings.Join(shown, ", "), synthetic),
	} {
		if err := s.Exec(ctx, q); err != nil {
			if ctx.Err() != nil {
				return filled{}, false, err
			}
			return filled{}, false, nil
		}
	}
	var n int64
	err = s.Get(ctx, []any{&n}, "SELECT count(*) FROM raw_text")
	return filled{counted: n}, n == rows, err
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
	for _, q := range []string{
		"CREATE OR REPLACE TEMP TABLE raw_text (" + rawColumns + ")",
		"CREATE OR REPLACE TEMP VIEW raw AS SELECT rowid AS id, * FROM raw_text",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return out, err
		}
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
	return out, err
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
