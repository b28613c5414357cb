package analysis

import (
	"context"
	"fmt"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// Revision summarises the changes from one vintage to the next.
type Revision = stat.Revision

// IndexRevisions tells how much the refits of a series changed from one vintage to
// the next, by the age of the week that changed.
type IndexRevisions struct {
	Segment   string
	Weighting Weighting
	Vintages  int
	ByAge     []Revision // element h: weeks that were h weeks old, 0 the newest of its vintage; points of the index
}

// ComputeIndexRevisions measures the vintages published up to asOf (zero: all), by
// segment and weighting. It is of the refits, so that it tells what freezing hides:
// a published week older than eight weeks doesn't change, what the sales say of it
// may. Series with fewer than two vintages are left out.
func ComputeIndexRevisions(ctx context.Context, b *data.Book, asOf data.Date) ([]IndexRevisions, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	day := "9999-12-31"
	if !asOf.IsZero() {
		day = asOf.String()
	}
	// A later vintage may have weeks before the first of the earlier ones: those aren't compared.
	rows, err := s.Query(ctx, `WITH starts AS (
			SELECT segment, weighting, max(first) AS start FROM (
				SELECT segment, weighting, vintage_no, min(week) AS first FROM store.index_value GROUP BY ALL) GROUP BY ALL
		)
		SELECT x.segment, x.weighting, x.vintage_no, x.refit
		FROM store.index_value x
		JOIN store.index_vintage v ON v.vintage_no = x.vintage_no
		JOIN starts s ON s.segment = x.segment AND s.weighting = x.weighting AND x.week >= s.start
		WHERE v.as_of <= CAST(? AS DATE)
		ORDER BY x.segment, x.weighting, x.vintage_no, x.week`, day)
	if err != nil {
		return nil, fmt.Errorf("revisions of the index: %w", err)
	}
	defer rows.Close()
	var out []IndexRevisions
	vintages := map[seriesKey][][]float64{}
	var keys []seriesKey
	last := 0
	for rows.Next() {
		var k seriesKey
		var vintage int
		var refit float64
		if err := rows.Scan(&k.segment, &k.weighting, &vintage, &refit); err != nil {
			return nil, err
		}
		if vintages[k] == nil {
			keys, last = append(keys, k), 0
		}
		if vintage != last {
			vintages[k], last = append(vintages[k], nil), vintage
		}
		v := vintages[k]
		v[len(v)-1] = append(v[len(v)-1], refit)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, k := range keys {
		if len(vintages[k]) < 2 {
			continue
		}
		byAge, err := stat.RevisionByHorizon(vintages[k])
		if err != nil {
			return nil, fmt.Errorf("revisions of the index of %s by %s: %w", k.segment, k.weighting, err)
		}
		out = append(out, IndexRevisions{k.segment, k.weighting, len(vintages[k]), byAge})
	}
	return out, nil
}
