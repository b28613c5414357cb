package analysis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// provisionalWeeks is how many weeks, the newest included, the next vintage may
// change.
const provisionalWeeks = 8

// settled is the relative change below which a week is as it was: the last digits of
// a fit are nobody's news.
const settled = 1e-9

// indexMethod is the version of the method, kept with each vintage.
const indexMethod = "index 1"

// seriesKey names a series of the book.
type seriesKey struct {
	segment   string
	weighting Weighting
}

// publishedIndex is a series as its newest vintage has it.
type publishedIndex struct {
	vintage int
	asOf    data.Date
	base    data.Date
	rows    map[data.Date]IndexRow
	weeks   []data.Date // ascending, without a gap
}

func (p *publishedIndex) first() data.Date { return p.weeks[0] }
func (p *publishedIndex) last() data.Date  { return p.weeks[len(p.weeks)-1] }

// link is what joins a refit to what is frozen: the mean over the frozen weeks, so
// that no week's error is carried on alone. Without a frozen week the base stays 100.
func (p *publishedIndex) link(f *indexFit, m *indexMarket) float64 {
	var published, refit []float64
	for _, w := range p.weeks {
		if r := p.rows[w]; r.Frozen {
			published = append(published, math.Log(r.Index/100))
			refit = append(refit, f.Log[m.week(w)-f.from])
		}
	}
	if published == nil {
		return -f.Log[m.week(p.base)-f.from]
	}
	return stat.MeanSplice(published, refit)
}

// hold makes a row of the refit what it must be after all that was published.
func (p *publishedIndex) hold(r *IndexRow) {
	if p == nil {
		return
	}
	was, ok := p.rows[r.Week]
	switch {
	case ok && was.Frozen:
		was.Refit = r.Refit
		*r = was
	case ok && math.Abs(r.Index/was.Index-1) > settled:
		r.Was = &was.Index
	case ok:
		r.Index, r.Refit = was.Index, was.Index
	}
}

// publishedIndexes reads the newest vintage of every series up to the day asked for;
// none for a question that isn't what is published.
func publishedIndexes(ctx context.Context, s *data.Session, spec IndexSpec) (map[seriesKey]*publishedIndex, error) {
	if !spec.publishable() {
		return nil, nil
	}
	day := "9999-12-31"
	if !spec.AsOf.IsZero() {
		day = spec.AsOf.String()
	}
	rows, err := s.Query(ctx, `WITH newest AS (
			SELECT s.segment, s.weighting, max(s.vintage_no) AS vintage_no
			FROM store.index_series s JOIN store.index_vintage v ON v.vintage_no = s.vintage_no
			WHERE v.as_of <= CAST(? AS DATE) GROUP BY ALL
		)
		SELECT x.segment, x.weighting, x.vintage_no, (v.as_of - DATE '1970-01-01')::INTEGER, (s.base_week - DATE '1970-01-01')::INTEGER,
		       (x.week - DATE '1970-01-01')::INTEGER, x.index, x.se, x.n, x.n_styles, x.frozen, array_to_string(x.warnings, ' ')
		FROM store.index_value x
		JOIN newest w ON w.segment = x.segment AND w.weighting = x.weighting AND w.vintage_no = x.vintage_no
		JOIN store.index_series s ON s.segment = x.segment AND s.weighting = x.weighting AND s.vintage_no = x.vintage_no
		JOIN store.index_vintage v ON v.vintage_no = x.vintage_no
		ORDER BY ALL`, day)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[seriesKey]*publishedIndex{}
	for rows.Next() {
		var k seriesKey
		var p publishedIndex
		var r IndexRow
		var warnings string
		if err := rows.Scan(&k.segment, &k.weighting, &p.vintage, &p.asOf, &p.base, &r.Week, &r.Index, &r.SE, &r.N, &r.Styles, &r.Frozen, &warnings); err != nil {
			return nil, err
		}
		r.Refit, r.Warnings = r.Index, strings.Fields(warnings)
		if out[k] == nil {
			p.rows = map[data.Date]IndexRow{}
			out[k] = &p
		}
		out[k].rows[r.Week] = r
		out[k].weeks = append(out[k].weeks, r.Week)
	}
	return out, rows.Err()
}

// PublishSpec says what to publish.
type PublishSpec struct {
	AsOf    data.Date
	At      time.Time // when, for the record
	Program string    // "greybook 0.1.0"
	DryRun  bool      // look what would happen
}

// PublishReport says what a publication added.
type PublishReport struct {
	Vintage int     // its number; 0 where nothing is new
	Series  int     // series in it
	New     int     // weeks that were not published before
	Revised int     // provisional weeks that changed
	Frozen  int     // weeks frozen by it
	Index   Index   // what the book publishes now
	MeanAbs float64 // mean absolute change of the revised weeks, in per cent
}

// EarlierVintageError says that the book has published as of a later day.
type EarlierVintageError struct{ AsOf, Newest data.Date }

func (e *EarlierVintageError) Error() string {
	return fmt.Sprintf("the index is published as of %s already; as of %s nothing can follow it", e.Newest, e.AsOf)
}

var errNothingPublished = errors.New("dry run")

// PublishIndex refits every usual segment by every weighting and keeps the result
// as the newest vintage, in one transaction. Weeks of the last eight stay
// provisional; older ones are frozen with it and no later vintage changes them, not
// even when sales of theirs come late: then the refit beside them tells. Weeks
// before the first published one are added and frozen at once.
//
// A refit of the same weeks that changes nothing is not kept. Errors:
// *EarlierVintageError.
func PublishIndex(ctx context.Context, b *data.Book, spec PublishSpec) (PublishReport, error) {
	var rep PublishReport
	s, err := b.Session(ctx)
	if err != nil {
		return rep, err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error {
		var err error
		if rep, err = publish(ctx, s, spec); err == nil && (spec.DryRun || rep.Vintage == 0) {
			return errNothingPublished
		}
		return err
	})
	if errors.Is(err, errNothingPublished) {
		return rep, nil
	}
	if err != nil {
		return PublishReport{}, fmt.Errorf("publish the index: %w", err)
	}
	// It is in the book: an interruption from here on must not be told as one.
	return rep, s.Checkpoint(context.WithoutCancel(ctx))
}

func publish(ctx context.Context, s *data.Session, spec PublishSpec) (PublishReport, error) {
	var rep PublishReport
	var number int
	var newest data.Date
	if err := s.Get(ctx, []any{&number, &newest}, `SELECT coalesce(max(vintage_no), 0)::INTEGER,
		coalesce(max(as_of) - DATE '1970-01-01', 0)::INTEGER FROM store.index_vintage`); err != nil {
		return rep, err
	}
	if newest > spec.AsOf {
		return rep, &EarlierVintageError{spec.AsOf, newest}
	}
	ask := IndexSpec{AsOf: spec.AsOf, Weightings: Weightings()}.whole()
	x, err := computeIndex(ctx, s, ask)
	if err != nil {
		return rep, err
	}
	old, err := publishedIndexes(ctx, s, ask)
	if err != nil {
		return rep, err
	}
	same := !newest.IsZero() && newest.AddDays(1).Monday() == ask.AsOf.AddDays(1).Monday()
	for i := range x.Series {
		t := &x.Series[i]
		p := old[seriesKey{t.Segment, t.Weighting}]
		same = rep.add(t, p) && same
	}
	rep.Index, rep.Series = x, len(x.Series)
	if len(x.Series) == 0 || same {
		return rep, nil
	}
	rep.Vintage = number + 1
	return rep, writeVintage(ctx, s, rep.Vintage, spec, x)
}

// add counts what a series brings, freezes what is old enough and reports whether
// nothing is new.
func (rep *PublishReport) add(t *IndexSeries, old *publishedIndex) bool {
	same := old != nil
	for i := range t.Rows {
		r := &t.Rows[i]
		known := false
		if old != nil {
			_, known = old.rows[r.Week]
		}
		switch {
		case !known:
			rep.New++
			same = false
		case r.Was != nil:
			rep.MeanAbs = (rep.MeanAbs*float64(rep.Revised) + 100*math.Abs(r.Index / *r.Was - 1)) / float64(rep.Revised+1)
			rep.Revised++
			same = false
		}
		if !r.Frozen && i < len(t.Rows)-provisionalWeeks {
			r.Frozen = true
			rep.Frozen++
			same = false
		}
	}
	return same
}

// writeVintage writes the tables. Numbers go as text that reads back to the same
// bits.
func writeVintage(ctx context.Context, s *data.Session, number int, spec PublishSpec, x Index) error {
	if err := s.Exec(ctx, "INSERT INTO store.index_vintage VALUES (?, CAST(? AS DATE), ?, ?, ?)",
		number, spec.AsOf.String(), spec.At.UTC(), spec.Program, indexMethod); err != nil {
		return err
	}
	var series, values [][]data.Cell
	for _, t := range x.Series {
		name := []data.Cell{data.Text(t.Segment), data.Text(t.Weighting)}
		series = append(series, slices.Concat(name, []data.Cell{data.Text(t.Base.String()), data.BigInt(t.N), data.BigInt(t.Styles),
			exactCell(&t.Lambda), exactCell(&t.Sigma), exactCell(&t.Link)}))
		for _, r := range t.Rows {
			values = append(values, slices.Concat(name, []data.Cell{data.Text(r.Week.String()), exactCell(&r.Index), exactCell(r.SE), exactCell(&r.Refit),
				data.BigInt(r.N), data.BigInt(r.Styles), data.Bool(r.Frozen), data.Text(strings.Join(r.Warnings, " "))}))
		}
	}
	if err := s.LoadTemp(ctx, "new_series", "segment VARCHAR, weighting VARCHAR, base_week VARCHAR, n BIGINT, n_styles BIGINT, tie VARCHAR, sigma VARCHAR, link VARCHAR", series); err != nil {
		return err
	}
	if err := s.Exec(ctx, `INSERT INTO store.index_series SELECT ?, segment, weighting, base_week::DATE, n, n_styles,
		tie::DOUBLE, sigma::DOUBLE, link::DOUBLE FROM new_series`, number); err != nil {
		return err
	}
	if err := s.LoadTemp(ctx, "new_values", `segment VARCHAR, weighting VARCHAR, week VARCHAR, index VARCHAR, se VARCHAR, refit VARCHAR,
		n BIGINT, n_styles BIGINT, frozen BOOLEAN, warnings VARCHAR`, values); err != nil {
		return err
	}
	return s.Exec(ctx, `INSERT INTO store.index_value SELECT ?, segment, weighting, week::DATE, index::DOUBLE, se::DOUBLE, refit::DOUBLE,
		n, n_styles, frozen, CASE WHEN warnings = '' THEN [] ELSE string_split(warnings, ' ') END FROM new_values`, number)
}

// exactCell is a number as text; NULL for none.
func exactCell(v *float64) data.Cell {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return data.NullText("")
	}
	return data.NullText(strconv.FormatFloat(*v, 'g', -1, 64))
}
