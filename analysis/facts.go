package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/data"
)

// ComputeFacts describes the book behind a page: what was read, refused and
// unmatched. Counts of files are of all files read; counts of sales
// are of those sold up to asOf.
func ComputeFacts(ctx context.Context, b *data.Book, asOf data.Date) (BookFacts, error) {
	all, err := factsOver(ctx, b, []data.Date{asOf})
	if err != nil {
		return BookFacts{}, fmt.Errorf("facts: %w", err)
	}
	return all[0], nil
}

// factsOver is ComputeFacts of many days, ascending, with one reading.
func factsOver(ctx context.Context, b *data.Book, days []data.Date) ([]BookFacts, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	ledger, err := ledgerFacts(ctx, b, s)
	if err != nil {
		return nil, err
	}
	last := days[len(days)-1].String()
	sales, err := dayCounts(ctx, s, `SELECT (s.sold_on - DATE '1970-01-01')::INTEGER, v.price_basis, count(*), count(*) FILTER (s.flags & 1 <> 0), count(*) FILTER (s.style_no IS NULL)
		FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no WHERE s.sold_on <= CAST(? AS DATE) GROUP BY ALL ORDER BY ALL`, last)
	if err != nil {
		return nil, err
	}
	titles, err := dayCounts(ctx, s, `SELECT (first - DATE '1970-01-01')::INTEGER, '', count(*), 0, 0
		FROM (SELECT min(sold_on) AS first FROM store.sale WHERE style_no IS NULL AND sold_on <= CAST(? AS DATE) GROUP BY item_no) GROUP BY ALL ORDER BY ALL`, last)
	if err != nil {
		return nil, err
	}
	fit, err := dayCounts(ctx, s, `SELECT (sold_on - DATE '1970-01-01')::INTEGER, marketplace, count(*), 0, 0
		FROM observations WHERE sold_on <= CAST(? AS DATE) GROUP BY ALL ORDER BY ALL`, last)
	if err != nil {
		return nil, err
	}
	out := make([]BookFacts, len(days))
	bases, marketplaces := map[string]int{}, map[string]int{}
	f := ledger
	for i, day := range days {
		sales = upTo(sales, day, func(c factCount) {
			f.Sales += c.n
			f.Synthetic += c.synthetic
			f.UnmatchedSales += c.unmatched
			f.LastSoldOn = c.day
			bases[c.name] += c.n
		})
		titles = upTo(titles, day, func(c factCount) { f.UnmatchedTitles += c.n })
		fit = upTo(fit, day, func(c factCount) {
			f.Observations += c.n
			marketplaces[c.name] += c.n
		})
		f.Bases, f.Marketplaces = reasonCounts(bases), reasonCounts(marketplaces)
		out[i] = f
	}
	return out, nil
}

// factCount counts the sales of a day that are alike.
type factCount struct {
	day                     data.Date
	name                    string
	n, synthetic, unmatched int
}

func dayCounts(ctx context.Context, s *data.Session, query string, args ...any) ([]factCount, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []factCount
	for rows.Next() {
		var c factCount
		if err := rows.Scan(&c.day, &c.name, &c.n, &c.synthetic, &c.unmatched); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// upTo gives f the counts up to a day, and returns those after it.
func upTo(counts []factCount, day data.Date, f func(factCount)) []factCount {
	for len(counts) > 0 && counts[0].day <= day {
		f(counts[0])
		counts = counts[1:]
	}
	return counts
}

// ledgerFacts are those that no day bounds.
func ledgerFacts(ctx context.Context, b *data.Book, s *data.Session) (BookFacts, error) {
	var f BookFacts
	var ingest *string
	err := s.Get(ctx, []any{&f.Read, &f.Added, &f.Known, &f.Rejected, &ingest}, `
		SELECT coalesce(sum(f.read), 0)::BIGINT, coalesce(sum(f.added), 0)::BIGINT, coalesce(sum(f.known), 0)::BIGINT,
		       coalesce(sum(f.rejected), 0)::BIGINT, strftime(max(r.started_at), '%Y-%m-%dT%H:%M:%SZ')
		FROM run_files f JOIN runs r ON r.run_id = f.run_id WHERE r.reverted_at IS NULL AND r.command = 'ingest sales'`)
	if err != nil {
		return f, err
	}
	if ingest != nil {
		f.LastIngest = *ingest
	}
	rejects, err := dayCounts(ctx, s, `SELECT 0, r.reason, count(*), 0, 0 FROM store.reject r JOIN run_files f ON f.file_no = r.file_no JOIN runs u ON u.run_id = f.run_id
		WHERE u.reverted_at IS NULL AND u.command = 'ingest sales' GROUP BY r.reason ORDER BY ALL`)
	if err != nil {
		return f, err
	}
	byReason := map[string]int{}
	for _, r := range rejects {
		byReason[r.name] += r.n
	}
	f.Rejects = reasonCounts(byReason)
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

// reasonCounts lists counts, most frequent first, ties by name; nil for none.
func reasonCounts(counts map[string]int) []ReasonCount {
	var out []ReasonCount
	for name, n := range counts {
		out = append(out, ReasonCount{name, n})
	}
	slices.SortFunc(out, func(a, b ReasonCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason)) })
	return out
}
