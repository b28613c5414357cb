package ingest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sort"
	"strings"

	"github.com/amassable/greybook/data"
)

// load is the work on one file of sales.
type load struct {
	s       *data.Session
	p       *Profile
	f       *file
	asOf    data.Date
	matcher *matcher
	styles  map[string]data.Style
	styleNo map[string]int64
	foreign bool // some of the file's sales are in another currency than the dollar
}

// FileReport says what became of one file's records: Read = Added + Known + Rejected.
type FileReport struct {
	Path       string               `json:"path"`
	Profile    string               `json:"profile"`
	Reader     string               `json:"reader"`             // engine, or lines: what read the file
	Format     string               `json:"format"`             // csv, ndjson, json, parquet, arrow, xlsx
	Encoding   string               `json:"encoding,omitempty"` // of a text
	Bytes      int64                `json:"bytes"`
	SHA256     string               `json:"sha256"`
	ObservedOn data.Date            `json:"observed_on,omitzero"`
	Read       int64                `json:"read"`
	Added      int64                `json:"added"`
	Known      int64                `json:"known"`
	Rejected   int64                `json:"rejected"`
	Reasons    []ReasonCount        `json:"reasons"`           // of the rejects
	Unmatched  int64                `json:"unmatched"`         // of the added, without a style
	Flags      []ReasonCount        `json:"flags"`             // of the added
	Synthetic  int64                `json:"synthetic"`         // of the added
	Samples    map[string][]Example `json:"samples,omitempty"` // the first rejects of each reason

	// Of a dry run: the first records that would be stored, with and without a style.
	WouldAdd, WouldNotMatch []StoredSale `json:"-"`
}

// ReasonCount is a count with its name.
type ReasonCount struct {
	Reason string `json:"reason"`
	N      int64  `json:"n"`
}

// Example is one refused record, to show with its reason.
type Example struct {
	Line   int64  `json:"line"`
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
}

// reject is a refused record on its way into the ledger.
type reject struct {
	line                  int64
	column, reason, value string
	raw                   string
}

// fates decides about rows that stand in the file more than once or that the book
// has already. fate lists only those: 'known', 'reject' (the id stands for another
// sale), 'again' (an identical row without an id: a sale of its own, with the key
// that its ordinal gives it).
func (l *load) fates(ctx context.Context) error {
	var ids, sales int64
	var first, last string
	if err := l.s.Get(ctx, []any{&ids, &first, &last}, `SELECT count(source_sale_id), coalesce(min(sold_on), DATE '1980-01-01')::VARCHAR, coalesce(max(sold_on), DATE '1980-01-01')::VARCHAR
		FROM priced WHERE NOT refused`); err != nil {
		return err
	}
	if err := l.s.Get(ctx, []any{&sales}, "SELECT count(*) FROM store.sale"); err != nil {
		return err
	}
	queries := []string{`
CREATE OR REPLACE TEMP TABLE fate AS
WITH twice AS (
    -- By a hash of the key, which is a third cheaper to count; the windows below are
    -- by the key itself, so that two keys with one hash do no harm.
    SELECT hash(sale_key) AS h FROM priced WHERE NOT refused GROUP BY h HAVING count(*) > 1
), ordered AS (
    SELECT p.id, p.sale_key, p.source_sale_id IS NOT NULL AS has_id, row_number() OVER w AS ordinal,
           p.sold_at IS NOT DISTINCT FROM first_value(p.sold_at) OVER w AND p.sale_price = first_value(p.sale_price) OVER w
           AND p.item_no = first_value(p.item_no) OVER w AND p.variant_no = first_value(p.variant_no) OVER w AS same
    FROM priced p JOIN twice t ON t.h = hash(p.sale_key)
    WHERE NOT p.refused
    WINDOW w AS (PARTITION BY p.sale_key ORDER BY p.id)
)
SELECT id, CASE WHEN NOT has_id THEN 'again' WHEN same THEN 'known' ELSE 'reject' END AS fate,
       CASE WHEN has_id THEN sale_key ELSE md5_number(concat(sale_key, '#', ordinal)) END AS sale_key,
       'sale_id_repeated' AS reason
FROM ordered WHERE ordinal > 1`}
	if sales > 0 {
		within := ""
		if ids == 0 {
			// A row without an id is identified by its day too: only those days need a look.
			within = fmt.Sprintf("AND b.sold_on BETWEEN DATE %s AND DATE %s", quoteText(first), quoteText(last))
		}
		queries = append(queries, fmt.Sprintf(`
CREATE OR REPLACE TEMP TABLE met AS
SELECT p.id, p.source_sale_id IS NOT NULL AND (b.sold_at <> p.sold_at OR b.sale_price <> p.sale_price OR b.item_no <> p.item_no OR b.variant_no <> p.variant_no) AS changed
FROM (SELECT q.id, q.source_sale_id, q.sold_at, q.sale_price, q.item_no, q.variant_no, coalesce(f.sale_key, q.sale_key) AS sale_key
      FROM priced q LEFT JOIN fate f ON f.id = q.id
      WHERE NOT q.refused AND coalesce(f.fate, 'again') = 'again') p
JOIN store.sale b ON b.sale_key = p.sale_key %s`, within),
			`DELETE FROM fate WHERE id IN (SELECT id FROM met)`,
			`INSERT INTO fate SELECT id, CASE WHEN changed THEN 'reject' ELSE 'known' END, NULL, 'sale_id_changed' FROM met`)
	}
	for _, q := range queries {
		if err := l.s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// insert adds the new rows, items and variants. Inside the file's transaction.
func (l *load) insert(ctx context.Context, fileNo int64) (added int64, err error) {
	for _, q := range []string{
		`INSERT INTO store.item SELECT item_no::INTEGER, nullif(style_text, ''), nullif(title, ''), style_no::INTEGER, model, version, audience, width, match_method, match_score
		 FROM file_item WHERE is_new AND reason IS NULL ORDER BY item_no`,
		`INSERT INTO store.variant SELECT variant_no::INTEGER, marketplace, size_label, size_us::DECIMAL(4,1), size_system, width, condition, condition_label, currency, price_basis, made_in
		 FROM file_variant WHERE is_new ORDER BY variant_no`,
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return 0, err
		}
	}
	// What is the same for all rows, or follows from another column, is added after
	// the sort: each column that the sort carries costs.
	carried, prices := "p.sale_price_usd, p.retail_price_usd,", "sale_price_usd, %s, retail_price, retail_price_usd"
	if !l.foreign {
		carried, prices = "", "sale_price, %s, retail_price, retail_price"
	}
	source := "NULL"
	if l.p.Fields["retail"] != "" {
		carried, source = carried+" p.source_retail,", "source_retail"
	}
	prices = fmt.Sprintf(prices, source)
	return l.s.ExecCount(ctx, fmt.Sprintf(`
		INSERT INTO store.sale
		SELECT sale_key, CAST(? AS INTEGER), line, source_sale_id, sold_at, `+soldOn+`, sold_precision, item_no, variant_no, style_no,
		       sale_price, %s, retail_basis, multiple, flags
		FROM (SELECT coalesce(f.sale_key, p.sale_key) AS sale_key, p.line, p.source_sale_id, p.sold_at, p.sold_precision,
		             p.item_no, p.variant_no, p.style_no, p.sale_price, %s p.retail_price, p.retail_basis, p.multiple, p.flags
		      FROM priced p LEFT JOIN fate f ON f.id = p.id
		      WHERE NOT p.refused AND coalesce(f.fate, 'again') = 'again'
		      ORDER BY p.sold_on)`, prices, carried), fileNo)
}

// rejects lists the refused records: lines that are none, then typed rows with a
// reason, each with its text as it stood in the file; sorted by line.
func (l *load) rejects(ctx context.Context, got filled) ([]reject, error) {
	var out []reject
	// The fields at fault are not part of priced: texts for millions of sound rows
	// would cost more than a second look at the few that are refused.
	if err := l.s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE refused AS SELECT id FROM priced WHERE refused"); err != nil {
		return nil, err
	}
	var refused int64
	if err := l.s.Get(ctx, []any{&refused}, "SELECT count(*) FROM refused"); err != nil {
		return nil, err
	}
	which := "WHERE id IN (SELECT id FROM refused)"
	if refused == 0 {
		which = "LIMIT 0" // to look for none among millions takes a while
	}
	if err := l.s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE raw_refused AS SELECT * FROM raw "+which); err != nil {
		return nil, err
	}
	rows, err := l.s.Query(ctx, `
		SELECT line, coalesce(field, ''), reason, coalesce(value, '') FROM (`+l.stageQuery("raw_refused")+`)
		UNION ALL
		SELECT p.line, 'sale_id', f.reason, p.source_sale_id FROM fate f JOIN priced p ON p.id = f.id WHERE f.fate = 'reject'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r reject
		if err := rows.Scan(&r.line, &r.column, &r.reason, &r.value); err != nil {
			return nil, err
		}
		r.column = orText(l.p.Fields[r.column], r.column)
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	// Nobody reads the records again: their memory is for the sort.
	if err := l.s.Exec(ctx, "DROP TABLE raw_text"); err != nil {
		return nil, err
	}
	if len(out) > 0 {
		if err := l.rawTexts(out); err != nil {
			return nil, err
		}
	}
	for _, b := range got.bad {
		out = append(out, reject{line: b.line, column: b.column, reason: b.reason, value: b.text, raw: b.raw})
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.value, b.value), cmp.Compare(a.reason, b.reason), cmp.Compare(a.column, b.column)) < 0
	})
	return out, nil
}

// rawTexts reads the file again for the texts of refused records.
func (l *load) rawTexts(rejects []reject) error {
	wanted := map[int64]string{}
	for _, r := range rejects {
		wanted[r.line] = ""
	}
	if err := l.textsOf(wanted); err != nil {
		return err
	}
	for i := range rejects {
		rejects[i].raw = wanted[rejects[i].line]
	}
	return nil
}

// textsOf fills in the texts of the records that begin on the wanted lines.
func (l *load) textsOf(wanted map[int64]string) (err error) {
	if l.f.forEngine() && l.f.in != inParquet {
		in, err := os.Open(l.f.readPath)
		if err != nil {
			return err
		}
		defer in.Close()
		return linesOf(in, slices.Sorted(maps.Keys(wanted)), func(n int64, line []byte) { wanted[n] = rawText(line) })
	}
	r, err := l.f.reader()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for left := len(wanted); left > 0; {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", l.f.path, err)
		}
		if _, ok := wanted[rec.line]; ok {
			wanted[rec.line] = rec.raw
			left--
		}
	}
	return nil
}

// linesOf hands over the wanted lines of a clean file, where a record is a line.
// Runs of lines that nobody wants are counted, not looked at.
func linesOf(in io.Reader, wanted []int64, take func(n int64, line []byte)) error {
	buf := make([]byte, 0, 2*maxRecord)
	at := int64(1) // number of the first line of buf
	for done := false; !done && len(wanted) > 0; {
		n, err := io.ReadFull(in, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		done = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !done {
			return err
		}
		run := buf
		if !done {
			run = buf[:bytes.LastIndexByte(buf, '\n')+1]
		}
		rest := len(run)
		lines := int64(bytes.Count(run, []byte{'\n'}))
		for len(run) > 0 && len(wanted) > 0 && wanted[0] <= at+lines {
			line, end := run, bytes.IndexByte(run, '\n')
			if end >= 0 {
				line, run = run[:end], run[end+1:]
			} else {
				run = nil
			}
			if wanted[0] == at {
				take(at, line)
				wanted = wanted[1:]
			}
			at++
			lines--
		}
		at += max(lines, 0)
		buf = buf[:copy(buf, buf[rest:])]
	}
	return nil
}

// storeRejects puts the refused records into the ledger.
func storeRejects(ctx context.Context, s *data.Session, fileNo int64, rejects []reject) error {
	if len(rejects) == 0 {
		return nil
	}
	var cells [][]data.Cell
	for _, r := range rejects {
		cells = append(cells, []data.Cell{data.BigInt(fileNo), data.BigInt(r.line), data.NullText(r.column), data.Text(r.reason),
			data.NullText(strings.ToValidUTF8(r.value, "�")), data.Text(r.raw)})
	}
	if err := s.LoadTemp(ctx, "in_reject", "file_no BIGINT, line BIGINT, column_name VARCHAR, reason VARCHAR, value VARCHAR, raw_text VARCHAR", cells); err != nil {
		return err
	}
	return s.Exec(ctx, "INSERT INTO store.reject SELECT file_no::INTEGER, line, column_name, reason, value, raw_text FROM in_reject")
}

// count sums the reasons, most frequent first.
func count(reasons map[string]int64) []ReasonCount {
	out := []ReasonCount{}
	for r, n := range reasons {
		out = append(out, ReasonCount{r, n})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].N != out[j].N {
			return out[i].N > out[j].N
		}
		return out[i].Reason < out[j].Reason
	})
	return out
}
