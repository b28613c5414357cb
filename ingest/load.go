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
	foreign bool  // some of the file's sales are in another currency than the dollar
	refused int64 // records that are refused for what they say
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

// insert adds the new rows, items and variants. Inside the file's transaction.
func (l *load) insert(ctx context.Context, fileNo int64) (added int64, err error) {
	for _, q := range []string{
		`INSERT INTO store.item SELECT item_no::INTEGER, nullif(style_text, ''), nullif(title, ''), style_no::INTEGER, model, version, audience, width, match_method, match_score::DOUBLE
		 FROM file_item WHERE is_new AND reason IS NULL ORDER BY item_no`,
		insertGuesses,
		`INSERT INTO store.variant SELECT variant_no::INTEGER, marketplace, size_label, size_us::DECIMAL(4,1), size_system, width, condition, condition_label, currency, price_basis, made_in
		 FROM file_variant WHERE is_new ORDER BY variant_no`,
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return 0, err
		}
	}
	// Sorted before they are joined and priced: each column that a sort carries costs.
	if err := l.toPrice(ctx, "(SELECT * FROM raw ORDER BY "+soldOn+")"); err != nil {
		return 0, err
	}
	prices := "p.sale_price, %s, p.retail_price, p.retail_price"
	if l.foreign {
		prices = "p.sale_price_usd, %s, p.retail_price, p.retail_price_usd"
	}
	source := "NULL"
	if l.p.Fields["retail"] != "" {
		source = "p.source_retail"
	}
	kept := ""
	if l.refused > 0 {
		kept = "AND NOT p.refused"
	}
	return l.s.ExecCount(ctx, fmt.Sprintf(`
		INSERT INTO store.sale
		SELECT coalesce(f.sale_key, p.sale_key), CAST(? AS INTEGER), p.line, p.source_sale_id, p.sold_at, p.sold_on, p.sold_precision, p.item_no, p.variant_no, p.style_no,
		       p.sale_price, %s, p.retail_basis, p.multiple, p.flags
		FROM priced p LEFT JOIN fate f ON f.id = p.id
		WHERE coalesce(f.fate, 'again') = 'again' %s`, fmt.Sprintf(prices, source), kept), fileNo)
}

// rejects lists the refused records: lines that are none, then typed rows with a
// reason, each with its text as it stood in the file; sorted by line.
func (l *load) rejects(ctx context.Context, got filled) ([]reject, error) {
	var out []reject
	// The fields at fault are not part of priced: texts for millions of sound rows
	// would cost more than a second look at the few that are refused.
	which := "WHERE id IN (SELECT id FROM refused)"
	if l.refused == 0 {
		which = "LIMIT 0" // to look for none among millions takes a while
	}
	if err := l.s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE raw_refused AS SELECT * FROM raw "+which); err != nil {
		return nil, err
	}
	rows, err := l.s.Query(ctx, `
		SELECT id, line, coalesce(field, ''), reason, coalesce(value, '') FROM (`+l.stageQuery("raw_refused")+`)
		UNION ALL
		SELECT id, line, 'sale_id', reason, source_sale_id FROM fate WHERE fate = 'reject'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r reject
		var id int64
		if err := rows.Scan(&id, &r.line, &r.column, &r.reason, &r.value); err != nil {
			return nil, err
		}
		r.column = l.columnOf(id, r.column)
		if i, ok := slices.BinarySearchFunc(got.refused, r.line, func(x reject, line int64) int { return cmp.Compare(x.line, line) }); ok {
			r.column, r.value = got.refused[i].column, got.refused[i].value
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
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

// columnOf is the column that a refused record's field came from.
func (l *load) columnOf(id int64, field string) string {
	if all := l.p.observations(l.f.columns()); len(all) > 0 { // each record has as many rows
		o := all[id%int64(len(all))]
		if c := map[string]string{"price": o.Price, "sold_at": o.SoldAt}[field]; c != "" {
			return c
		}
	}
	return orText(l.p.Fields[field], field)
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
