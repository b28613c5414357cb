package analysis

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/amassable/greybook/data"
)

// WeeklySpec asks for what one weekly page shows.
type WeeklySpec struct {
	Week       data.Date // any day of the ISO week; zero: the last finished week with a sale up to AsOf
	AsOf       data.Date // nothing sold after this day is seen
	Model      string    // what the page is about; "": all models
	By         Dimension // what the pairs are grouped by; "": version
	PriceBasis string    // "": completed sales
	Level      float64   // 0: 0.95
	MinN       int       // as of MultiplesSpec
	Program    string
}

// trailing is how far back the group figures of a page reach, in days: 52 weeks,
// so that each season counts once.
const trailing = 364

// ComputeWeekly makes everything that a weekly page shows. A page sees nothing sold
// after its week, so that a page of the past can be made again.
func ComputeWeekly(ctx context.Context, b *data.Book, spec WeeklySpec) (Weekly, error) {
	if spec.By == "" {
		spec.By = ByVersion
	}
	if spec.PriceBasis == "" {
		spec.PriceBasis = "sale"
	}
	w := Weekly{Model: spec.Model, By: spec.By, Program: spec.Program}
	var err error
	if w.Week, err = pageWeek(ctx, b, spec); err != nil {
		return w, err
	}
	w.AsOf = min(w.Week.AddDays(6), spec.AsOf)
	w.Window = w.AsOf.AddDays(1 - trailing)
	for _, make := range weeklyParts {
		if err := make(ctx, asking(b), spec, &w); err != nil {
			return w, err
		}
	}
	if w.Index, err = pageIndex(ctx, b, w, spec.PriceBasis); err != nil {
		return w, err
	}
	if w.Groups.N == 0 {
		if w.Instead, err = instead(ctx, b, spec, w.AsOf); err != nil {
			return w, err
		}
	}
	if w.Facts, err = ComputeFacts(ctx, b, w.AsOf); err != nil {
		return w, err
	}
	if w.Suspects, err = ComputeSuspects(ctx, b, w.AsOf); err != nil {
		return w, err
	}
	w.Claims, err = b.ClaimStandings(ctx, w.AsOf)
	return w, err
}

// pageIndex is the market index as of the page's day: what was published by then where
// it is frozen, and else what the sales up to then make of it. So a page of the past
// can be made again, but for one thing: weeks that were provisional when the page was first
// made show as frozen once a vintage of that day has been published. It is of completed
// sales; a page of other prices has none.
func pageIndex(ctx context.Context, b *data.Book, w Weekly, basis string) (*Index, error) {
	if basis != "sale" {
		return nil, nil
	}
	spec := IndexSpec{AsOf: w.AsOf}
	if w.Model != "" && w.Model != "990" {
		spec.Segments = []string{w.Model, SegmentAll, SegmentGreyDay}
	}
	x, err := ComputeIndex(ctx, b, spec)
	if unknown := (*UnknownSegmentError)(nil); errors.As(err, &unknown) { // a model that the book has no style of
		spec.Segments = nil
		x, err = ComputeIndex(ctx, b, spec)
	}
	return &x, err
}

// pageWeek picks the Monday of the page's week.
func pageWeek(ctx context.Context, b *data.Book, spec WeeklySpec) (data.Date, error) {
	if !spec.Week.IsZero() {
		return spec.Week.Monday(), nil
	}
	s, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	// The last finished week ends on the last Sunday up to AsOf.
	sunday := spec.AsOf.AddDays(1).Monday().AddDays(-1)
	var last *string
	if err := s.Get(ctx, []any{&last}, "SELECT max(sold_on)::VARCHAR FROM observations WHERE sold_on <= CAST(? AS DATE) AND price_basis = ?", sunday.String(), spec.PriceBasis); err != nil {
		return 0, fmt.Errorf("weekly: %w", err)
	}
	if last == nil {
		return sunday.Monday(), nil
	}
	d, err := data.ParseDate(*last)
	return d.Monday(), err
}

// ComputeFacts describes the book behind a page: what was read, refused and
// unmatched. Counts of files are of all files read; counts of sales
// are of those sold up to asOf.
func ComputeFacts(ctx context.Context, b *data.Book, asOf data.Date) (BookFacts, error) {
	var f BookFacts
	s, err := b.Session(ctx)
	if err != nil {
		return f, err
	}
	defer s.Close()
	var last, ingest *string
	day := asOf.String()
	for _, q := range []struct {
		dest  []any
		query string
		args  []any
	}{
		{[]any{&f.Read, &f.Added, &f.Known, &f.Rejected, &ingest}, `SELECT coalesce(sum(f.read), 0)::BIGINT, coalesce(sum(f.added), 0)::BIGINT, coalesce(sum(f.known), 0)::BIGINT,
			coalesce(sum(f.rejected), 0)::BIGINT, strftime(max(r.started_at), '%Y-%m-%dT%H:%M:%SZ')
			FROM run_files f JOIN runs r ON r.run_id = f.run_id WHERE r.reverted_at IS NULL AND r.command = 'ingest sales'`, nil},
		{[]any{&f.Sales, &f.Synthetic, &f.UnmatchedSales, &last}, `SELECT count(*), count(*) FILTER (flags & 1 <> 0), count(*) FILTER (style_no IS NULL), max(sold_on)::VARCHAR
			FROM store.sale WHERE sold_on <= CAST(? AS DATE)`, []any{day}},
		{[]any{&f.UnmatchedTitles}, `SELECT count(DISTINCT item_no) FROM store.sale WHERE style_no IS NULL AND sold_on <= CAST(? AS DATE)`, []any{day}},
		{[]any{&f.Observations}, `SELECT count(*) FROM observations WHERE sold_on <= CAST(? AS DATE)`, []any{day}},
	} {
		if err := s.Get(ctx, q.dest, q.query, q.args...); err != nil {
			return f, fmt.Errorf("facts: %w", err)
		}
	}
	if last != nil {
		if err := f.LastSoldOn.UnmarshalText([]byte(*last)); err != nil {
			return f, err
		}
	}
	if ingest != nil {
		f.LastIngest = *ingest
	}
	for _, c := range []struct {
		to    *[]ReasonCount
		query string
		args  []any
	}{
		{&f.Rejects, `SELECT r.reason, count(*) FROM store.reject r JOIN run_files f ON f.file_no = r.file_no JOIN runs u ON u.run_id = f.run_id
			WHERE u.reverted_at IS NULL AND u.command = 'ingest sales' GROUP BY r.reason`, nil},
		{&f.Bases, `SELECT v.price_basis, count(*) FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no
			WHERE s.sold_on <= CAST(? AS DATE) GROUP BY v.price_basis`, []any{day}},
		{&f.Marketplaces, `SELECT marketplace, count(*) FROM observations WHERE sold_on <= CAST(? AS DATE) GROUP BY marketplace`, []any{day}},
	} {
		if *c.to, err = reasonCounts(ctx, s, c.query, c.args...); err != nil {
			return f, fmt.Errorf("facts: %w", err)
		}
	}
	schema, err := b.Meta(ctx, "schema_version")
	if err != nil {
		return f, err
	}
	engine, err := b.Meta(ctx, "engine_version")
	f.BookVersion = fmt.Sprintf("schema %s, DuckDB %s", schema, trimV(engine))
	return f, err
}

func trimV(version string) string {
	if len(version) > 0 && version[0] == 'v' {
		return version[1:]
	}
	return version
}

func reasonCounts(ctx context.Context, s *data.Session, query string, args ...any) ([]ReasonCount, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ReasonCount
	for rows.Next() {
		var c ReasonCount
		if err := rows.Scan(&c.Reason, &c.N); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].N != out[j].N {
			return out[i].N > out[j].N
		}
		return out[i].Reason < out[j].Reason
	})
	return out, rows.Err()
}
