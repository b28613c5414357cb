package ingest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// PairsJob reads the pairs of a collection. It writes nothing: its book is only asked
// which style a pair is, and may be open read-only.
type PairsJob struct {
	Book      *data.Book
	AsOf      data.Date // the day that counts as today: nothing was bought after it
	Condition string    // of pairs whose record doesn't say it; "": unknown
	Encoding  string    // of a text file; "": look for it
	Stdin     io.Reader
	TempDir   string                          // for unpacked copies; "": the system's
	TooMany   func(rejected, read int64) bool // refuses a file with so many rejects; nil: none is
}

// Collection is what a file of pairs holds: Read = len(Pairs) + len(Rejects).
type Collection struct {
	Path     string
	Format   string // csv, ndjson, json, parquet, arrow, xlsx
	Encoding string // of a text
	Bytes    int64
	SHA256   string
	Pairs    []data.Pair // in the order of the file
	Rejects  []PairReject
	Columns  map[string]string // greybook's name of a field: the column that it is read from
	Unread   []string          // columns of the file that say nothing here, in its order
}

// Renamed lists the columns that the file names otherwise than greybook does: "SKU as
// style_code", in the order of greybook's fields.
func (c Collection) Renamed() []string {
	var out []string
	for _, f := range pairFields {
		if column := c.Columns[f.name]; column != "" && columnName(column) != f.name {
			out = append(out, fmt.Sprintf("%s as %s", column, f.name))
		}
	}
	return out
}

// PairReject is a record that is no pair, and why.
type PairReject struct {
	Line                  int64
	Column, Reason, Value string
}

// NoPairColumnsError says that no column of a file names a shoe.
type NoPairColumnsError struct {
	File   string
	Header []string
}

func (e *NoPairColumnsError) Error() string {
	if len(e.Header) == 0 {
		return fmt.Sprintf("%s: no column says which shoes these are: it has no columns", e.File)
	}
	return fmt.Sprintf("%s: no column says which shoes these are: it has %s", e.File, quoteList(e.Header))
}

// TooManyPairRejectsError says that a file was refused whole.
type TooManyPairRejectsError struct{ Collection Collection }

func (e *TooManyPairRejectsError) Error() string {
	c := e.Collection
	return fmt.Sprintf("%s: %d of %d records are no pairs: refused", c.Path, len(c.Rejects), len(c.Rejects)+len(c.Pairs))
}

// mostPairs is how many pairs a file may hold: more is no collection, and all of them
// are held in memory.
const mostPairs = 200_000

// Read reads a file of pairs: any container that a Job reads, or - for standard input.
// Columns are found by name; people's exports have several for the same thing, see
// pairColumns. A record that names no shoe, or several pairs at once, is a reject; of
// any other what can't be understood is left unsaid, and is a fault of its pair. The
// error is *NoPairColumnsError, *TooManyPairRejectsError, or of a file that can't be read.
func (j *PairsJob) Read(ctx context.Context, path string) (Collection, error) {
	f, err := openFile(ctx, path, j.Stdin, j.TempDir, j.Encoding, nil)
	if err != nil {
		return Collection{}, err
	}
	defer f.cleanup()
	out := Collection{Path: f.path, Format: string(f.in), Encoding: f.encoding, Bytes: f.bytes()}
	s, err := j.Book.Session(ctx)
	if err != nil {
		return out, err
	}
	defer s.Close()
	if out.Columns, err = f.usePairs(); err != nil {
		return out, err
	}
	for _, h := range f.header {
		if !slices.Contains(slices.Collect(maps.Values(out.Columns)), h) && strings.TrimSpace(h) != "" {
			out.Unread = append(out.Unread, h)
		}
	}
	if err := j.read(ctx, s, f, &out); err != nil {
		return out, err
	}
	if out.SHA256, err = f.sha256(); err != nil {
		return out, err
	}
	if err := f.unchanged(); err != nil {
		return out, err
	}
	if j.TooMany != nil && j.TooMany(int64(len(out.Rejects)), int64(len(out.Rejects)+len(out.Pairs))) {
		return out, &TooManyPairRejectsError{out}
	}
	return out, nil
}

// read makes pairs of the file's records.
func (j *PairsJob) read(ctx context.Context, s *data.Session, f *file, out *Collection) error {
	r, err := newPairReader(ctx, s, out.Columns, j.Condition)
	if err != nil {
		return err
	}
	at := f.columns()
	bad, err := f.records(func(rec record) (reject, error) {
		if err := ctx.Err(); err != nil {
			return reject{}, err
		}
		p, why := r.pair(rec, at)
		if why.reason == "" {
			out.Pairs = append(out.Pairs, p)
		}
		if len(out.Pairs) > mostPairs {
			return reject{}, fmt.Errorf("%s: more than %d pairs, which is no collection", f.path, mostPairs)
		}
		return why, nil
	})
	if err != nil {
		return err
	}
	for _, b := range bad {
		out.Rejects = append(out.Rejects, PairReject{b.line, b.column, b.reason, b.value})
	}
	return r.days(ctx, s, out.Pairs, j.AsOf)
}

// pairReader makes pairs of records.
type pairReader struct {
	matcher   *matcher
	chart     sizeChart
	columns   map[string]string
	condition string   // of pairs whose record doesn't say it
	profile   *Profile // of the words for a pair's state, and of its sizes: greybook's own
	dayTexts  []string // by pair: when it was bought, as written
}

func newPairReader(ctx context.Context, s *data.Session, columns map[string]string, condition string) (*pairReader, error) {
	ref, _, err := data.ReadReference(ctx, s)
	if err != nil {
		return nil, err
	}
	chart, err := readSizes(ctx, s)
	if err != nil {
		return nil, err
	}
	p := &Profile{}
	p.Size.System = sizeSystemOf(columns["size"])
	return &pairReader{matcher: newMatcher(ref), chart: chart, columns: columns, condition: condition, profile: p}, nil
}

// pair reads one record.
func (r *pairReader) pair(rec record, at map[string]int) (data.Pair, reject) {
	get := func(field string) string {
		if c, ok := r.columns[field]; ok {
			if i, ok := at[c]; ok {
				return cleanText(rec.fields[i])
			}
		}
		return ""
	}
	p := data.Pair{Line: rec.line, StyleText: get("style_code"), Title: get("title"), SizeLabel: get("size"), LabelOrigin: get("label_origin")}
	if p.StyleText == "" && p.Title == "" {
		return p, reject{column: orText(r.columns["style_code"], r.columns["title"]), reason: "no_style_or_title"}
	}
	if q := get("quantity"); q != "" && strings.TrimSuffix(q, ".0") != "1" {
		// Whether what was paid is for one pair or for all of them is not said anywhere.
		return p, reject{column: r.columns["quantity"], reason: "quantity_not_one", value: q}
	}
	fault := func(field, reason, value string) {
		if reason != "" {
			p.Faults = append(p.Faults, data.PairFault{Column: r.columns[field], Reason: reason, Value: value})
		}
	}
	m := r.matcher.match(p.StyleText, p.Title, nil)
	p.StyleID, p.MatchMethod, p.Model, p.Version = m.styleID, m.method, m.model, m.version
	for _, g := range m.guesses {
		p.Guesses = append(p.Guesses, data.StyleGuess{StyleID: g.styleID, Score: g.score})
	}
	var why string
	p.SizeUSMen, why = r.size(p.SizeLabel, m.audience)
	fault("size", why, p.SizeLabel)
	state := get("condition")
	p.Condition = r.profile.condition(state)
	if state == "" && r.condition != "" {
		p.Condition, p.Assumed = r.condition, true
	}
	if p.Condition == "unknown" && state != "" && !strings.EqualFold(state, "unknown") {
		fault("condition", "condition_not_understood", state)
	}
	p.HasBox, why = readYes(get("has_box"))
	fault("has_box", why, get("has_box"))
	p.Origin, why = originOf(p.LabelOrigin)
	fault("label_origin", why, p.LabelOrigin)
	paid := readPaid(get("paid"), get("paid_currency"))
	p.Paid, p.PaidCurrency = paid.amount, paid.currency
	fault(orText(paid.field, "paid"), paid.reason, get(orText(paid.field, "paid")))
	r.dayTexts = append(r.dayTexts, get("bought_on"))
	return p, reject{}
}

// size is a pair's size in half US men's sizes, for whom its label says or else the shoe
// is made, as the model observations has it; why is "" for a label that is a size.
func (r *pairReader) size(label, audience string) (halves int, why string) {
	if label == "" {
		return 0, ""
	}
	z := r.profile.size(label, r.chart)
	halves, ok := z.halves()
	if !ok {
		return 0, "size_not_understood"
	}
	if z.system == "women" || z.system == "men" || z.system == "kids" {
		audience = z.system
	}
	switch {
	case audience == "kids":
		return 0, ""
	case audience == "women" && z.system == "chart":
		return 0, "size_of_mens_chart"
	case audience == "women" && z.system != "foot":
		halves -= 3
	}
	return halves, ""
}

// days reads when the pairs were bought, in one question: the forms of days are the
// engine's to know, as in a file of sales.
func (r *pairReader) days(ctx context.Context, s *data.Session, pairs []data.Pair, asOf data.Date) error {
	var cells [][]data.Cell
	distinct := map[string]data.Date{}
	for _, t := range r.dayTexts {
		if _, ok := distinct[t]; !ok && t != "" {
			distinct[t] = 0
			cells = append(cells, []data.Cell{data.Text(t)})
		}
	}
	if len(cells) == 0 {
		return nil
	}
	if err := s.LoadTemp(ctx, "pair_day", "text VARCHAR", cells); err != nil {
		return err
	}
	when, _ := r.profile.timeExpression("text")
	rows, err := s.Query(ctx, fmt.Sprintf(`
		SELECT text, coalesce(CASE WHEN NOT %[1]s THEN 'bought_on_out_of_range' END, CASE WHEN sold_at IS NULL AND %[2]s THEN 'bought_on_ambiguous' WHEN sold_at IS NULL THEN 'bought_on_not_understood' END, ''),
		       coalesce(CASE WHEN %[1]s THEN strftime(%[3]s, '%%Y-%%m-%%d') END, '')
		FROM (SELECT text, %[4]s AS sold_at FROM pair_day) ORDER BY text`, plausibleTime, r.profile.ambiguousDate("text"), soldOn, when))
	if err != nil {
		return err
	}
	defer rows.Close()
	faults := map[string]string{}
	for rows.Next() {
		var text, fault, day string
		if err := rows.Scan(&text, &fault, &day); err != nil {
			return err
		}
		faults[text] = fault
		if fault != "" {
			continue
		}
		if distinct[text], err = data.ParseDate(day); err != nil {
			return err
		}
		if distinct[text] > asOf {
			faults[text], distinct[text] = "bought_in_future", 0
		}
	}
	for i, t := range r.dayTexts {
		pairs[i].BoughtOn = distinct[t]
		if faults[t] != "" {
			pairs[i].Faults = append(pairs[i].Faults, data.PairFault{Column: r.columns["bought_on"], Reason: faults[t], Value: t})
		}
	}
	return rows.Err()
}
