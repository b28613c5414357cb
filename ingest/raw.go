package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

// What a file's records say, whoever read them, is in the view raw: id, the record's
// place in the file from 0; its line; sale_id, trimmed, NULL where there is none; sold_at with its precision, and
// sold_text, which is needed only where no sale can have that time; the hashes of its
// other texts; whether the record calls itself synthetic; and refuse, the profile's reason
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

// badLine is a line that is no record.
type badLine struct {
	line                 int64
	column, reason, text string
	raw                  string
}

// filled is what filling raw found out.
type filled struct {
	bad      []badLine
	refused  []reject  // records that the profile says are no sales, by line
	observed data.Date // day of a snapshot file
	counted  int64     // rows of raw
	reader   string    // engine or lines
}

// fillByEngine loads a file through the engine's parallel reader: a clean CSV file or
// clean lines of JSON, or Parquet. It reports false when the engine disagrees that the
// file is clean: then nothing is in raw.
func fillByEngine(ctx context.Context, s *data.Session, f *file, p *Profile) (filled, bool, error) {
	column := fieldColumns(func(field string) string {
		if i := slices.Index(f.header, p.Fields[field]); i >= 0 && p.Fields[field] != "" {
			return fmt.Sprintf("c%d", i)
		}
		return noColumn
	})
	from, rows, err := f.engineSource(ctx, s, column)
	if err != nil {
		return filled{}, false, err
	}
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

// readClean reads a clean file's records, and then the first line of each distinct
// text. It reports false where the engine finds a fault in the file.
func readClean(ctx context.Context, s *data.Session, f *file, p *Profile, column fieldColumns, from string) (bool, error) {
	synthetic := "false"
	if i := slices.Index(f.header, p.Synthetic.Column); i >= 0 {
		synthetic = fmt.Sprintf("coalesce(starts_with(c%d, %s), false)", i, quoteText(p.Synthetic.Prefix))
	}
	when, precision := p.quickTime(column("sold_at"))
	records := fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE raw_text AS
		SELECT %s AS sale_id, %s AS sold_at, %s::UTINYINT AS sold_precision,
		       CASE WHEN sold_at IS NULL OR NOT `+plausibleTime+` THEN %s END AS sold_text, %s, %s AS synthetic
		FROM %s`, p.missing(column("sale_id")), when, precision, p.missing(column("sold_at")), column.hashes(), synthetic, from)
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
	return true, s.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP VIEW raw AS SELECT rowid AS id, rowid + %d AS line, *, NULL::VARCHAR AS refuse FROM raw_text", f.firstLine()))
}

// quoteText writes a text as an SQL literal. File names and profile texts only:
// read_csv takes no bound parameters in CREATE TABLE AS.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// fillByLine loads a file record by record. Every line ends up in raw or in bad.
func fillByLine(ctx context.Context, s *data.Session, f *file, p *Profile) (out filled, err error) {
	out.observed = p.observed
	if p.Snapshot.Release != "" {
		if out.observed, err = snapshotDay(f, p); err != nil {
			return out, err
		}
	}
	r, err := f.reader()
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
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
			if rec.reason != "" {
				out.bad = append(out.bad, badLine{line: rec.line, reason: rec.reason, raw: rec.raw})
				continue
			}
			var why reject
			if queue, why = p.rows(rec, at, out.observed); why.reason != "" {
				out.refused = append(out.refused, why)
			}
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
		SELECT id, line, %s AS sale_id, sold_text, %s AS sold_at, CASE WHEN kind > 0 THEN kind ELSE %s END::UTINYINT AS sold_precision, %s, synthetic, refuse
		FROM (SELECT rowid AS id, * EXCLUDE (sold_at), %s AS sold_text FROM raw_text)`, p.missing("sale_id"), when, precision, column.hashes(), p.missing("sold_at")))
}

// rows turns one record into rows of raw: one, or one per observation. why is the
// profile's reason for a record that is no sale.
func (p *Profile) rows(rec record, at map[string]int, observed data.Date) (out [][]data.Cell, why reject) {
	get := func(column string) string {
		if i, ok := at[column]; ok && column != "" {
			return rec.fields[i]
		}
		return ""
	}
	for _, n := range p.NotSales {
		if _, has := at[n.Column]; has && n.refuses(get(n.Column)) {
			why = reject{line: rec.line, column: n.Column, reason: n.Reason, value: get(n.Column)}
			break
		}
	}
	synthetic := p.Synthetic.Column != "" && strings.HasPrefix(get(p.Synthetic.Column), p.Synthetic.Prefix)
	one := func(o Observation, kind int64) []data.Cell {
		row := []data.Cell{data.BigInt(rec.line)}
		for _, f := range fieldNames {
			v := p.field(f, get)
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
		return append(row, data.Bool(synthetic), data.BigInt(kind), data.NullText(why.reason))
	}
	if len(p.Observations) == 0 {
		return [][]data.Cell{one(Observation{}, 0)}, why
	}
	for _, o := range p.observations(at) {
		kind := int64(0)
		if o.Snapshot {
			kind = 3
		}
		out = append(out, one(o, kind))
	}
	return out, why
}

// field is the text of a field that a record has by itself.
func (p *Profile) field(name string, get func(column string) string) string {
	v := get(p.Fields[name])
	switch name {
	case "sale_id":
		var parts []string
		for _, c := range p.Identity.SaleID {
			if t := strings.TrimSpace(get(c)); t != "" {
				parts = append(parts, t)
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, "-")
		}
	case "size":
		if p.madeFor != nil && strings.TrimSpace(v) != "" && p.madeFor.MatchString(strings.TrimSpace(get(p.Size.WomenColumn))) {
			return v + " Women"
		}
	case "style_code", "title":
		isCode := looksLikeCode(p.style) && !strings.Contains(p.style, " ")
		if p.style != "" && isCode == (name == "style_code") {
			return p.style
		}
	}
	// What was sold is kept as a text, to be matched again later: a constant, too.
	if (name == "style_code" || name == "title") && strings.TrimSpace(v) == "" {
		return p.Constants[name]
	}
	return v
}

// byLine reports whether records of this source need more than the texts of their
// columns: then they are read here, and not by the engine.
func (p *Profile) byLine() bool {
	return len(p.Observations) > 0 || len(p.NotSales) > 0 || p.trailer != nil || p.Snapshot.Release != "" || len(p.Identity.SaleID) > 0 || p.madeFor != nil || p.style != "" ||
		p.Constants["style_code"] != "" || p.Constants["title"] != ""
}

// observations are those that a file with these columns holds, per row.
func (p *Profile) observations(at map[string]int) []Observation {
	var out []Observation
	for _, o := range p.Observations {
		if _, ok := at[o.Price]; ok {
			out = append(out, o)
		}
	}
	return out
}

// snapshotText is the day that a row of a snapshot was taken, in the first of the
// profile's date forms: the one that the user names; else release plus days since
// release where the row has both, else the newest such day of the file.
func (p *Profile) snapshotText(get func(string) string, observed data.Date) string {
	day := observed
	if p.Requires.ObservedOn {
		if len(p.Date.Layouts) == 0 {
			return day.String()
		}
	} else if d, ok := p.rowSnapshot(get); ok {
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
	return strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%y", "06", "%H", "15", "%M", "04", "%S", "05", "%z", "-07", "%b", "Jan", "%B", "January").Replace(strptime)
}

// snapshotDay looks through a snapshot file for the newest day that a row states.
func snapshotDay(f *file, p *Profile) (data.Date, error) {
	at := f.columns()
	var newest data.Date
	_, err := f.records(func(rec record) (reject, error) {
		if d, ok := p.rowSnapshot(func(c string) string { return rec.fields[at[c]] }); ok && d > newest {
			newest = d
		}
		return reject{}, nil
	})
	if err == nil && newest == 0 {
		err = fmt.Errorf("%s: no row says on which day this snapshot was taken (%s plus %s)", f.path, p.Snapshot.Release, p.Snapshot.DaysSinceRelease)
	}
	return newest, err
}
