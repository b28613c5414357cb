package analysis

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// LiquiditySpec asks how often groups sell.
type LiquiditySpec struct {
	// Question says of what: By, Where, AsOf, Until, Level, MinN. Since, where given, is
	// the first day of the window.
	Question MultiplesSpec
	Days     int // length of the window in days, where Since is not given
}

// Liquidity is the answer. Grain: one row per group that ever sold up to the window's
// last day, those with most sales in the window first, equal ones by key.
type Liquidity struct {
	Scope Multiples // the question as it was asked, and what it rests on; without rows
	Rows  []LiquidityRow
}

// LiquidityRow is one group.
type LiquidityRow struct {
	Keys  []string
	N     int       // sales in the group's window
	From  data.Date // its first day: of the window, of the book's first sale that answers, or of the release, whichever is last
	Weeks float64   // its length

	SalesPerWeek     float64   // N / Weeks
	SalesLo, SalesHi float64   // with the exact interval of a Poisson rate
	MedianDays       *float64  // median days from one sale to the next, 0 on the same day; nil below MinN sales
	ShareOfWeeks     float64   // share of the window's weeks, counted back from its last day, with a sale
	LastSoldOn       data.Date // also before the window
	Warnings         []string
}

// ComputeLiquidity counts sales per week, the days between them, and the weeks that
// have any. A group's window starts no earlier than the first sale that answers the
// question, for before that the book wasn't kept, and no earlier than the group's
// release, where the reference has its day.
//
// Assumed: the book sees the same share of the market throughout. It misleads where
// files of one marketplace are missing for a part of the window, or where the newest
// file is older than the window's last day: the market then looks slower than it is.
// What is counted is the book's sales, not the market's. Sales of a release come in
// bunches, so that the interval of the rate is too narrow for it.
func ComputeLiquidity(ctx context.Context, b *data.Book, spec LiquiditySpec) (Liquidity, error) {
	l := Liquidity{Scope: Multiples{Spec: spec.Question}}
	m := &l.Scope
	end := spec.Question.end()
	if end.IsZero() || len(m.Spec.By) == 0 {
		return l, fmt.Errorf("liquidity: no last day, or no dimension to group by")
	}
	if m.Spec.Level == 0 {
		m.Spec.Level = 0.95
	}
	since := spec.Question.Since
	if since.IsZero() {
		since = end.AddDays(1 - spec.Days)
	}
	m.Spec.Since = 0 // sales before the window tell when a group last sold, and since when the book is kept
	groups, err := m.selling(ctx, b)
	if err != nil {
		return l, fmt.Errorf("liquidity: %w", err)
	}
	m.Spec.Since = max(since, m.FirstSoldOn)
	if m.Spec.Since > end {
		m.Spec.Since = since
	}
	for _, g := range groups {
		row, err := g.row(m, end)
		if err != nil {
			return l, fmt.Errorf("liquidity: %w", err)
		}
		l.Rows = append(l.Rows, row)
	}
	slices.SortFunc(l.Rows, func(x, y LiquidityRow) int {
		return cmp.Or(cmp.Compare(y.N, x.N), keyCompare(x.Keys, y.Keys))
	})
	return l, nil
}

// selling is a group with its sales by day.
type selling struct {
	keys        []string
	byDay       map[data.Date][]saleKind
	released    data.Date // first release among its styles
	allReleased bool      // the day of release is known of all its sales
}

// selling reads all sales that answer the question, by group and day.
func (m *Multiples) selling(ctx context.Context, b *data.Book) (map[string]*selling, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	q := newQuestion(m)
	released := "NULL::INTEGER"
	if q.from == "observations" {
		released = "min(sold_on - days_since_release::INTEGER - DATE '1970-01-01')::INTEGER"
	}
	rows, err := s.Query(ctx, `SELECT `+q.keys+`, (sold_on - DATE '1970-01-01')::INTEGER, `+q.styleKnown()+`, `+released+`, `+kindColumns+`
		FROM `+q.from+` WHERE `+q.where+` GROUP BY ALL`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	groups := map[string]*selling{}
	keys := make([]sql.NullString, q.n)
	var day data.Date
	var k saleKind
	var release sql.NullInt32
	var dest []any
	for i := range keys {
		dest = append(dest, &keys[i])
	}
	dest = append(append(dest, &day, &k.known, &release), k.dest()...)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		k.unpriced = 0 // dollars play no part here
		g := &selling{byDay: map[data.Date][]saleKind{}, allReleased: true}
		for _, key := range keys {
			g.keys = append(g.keys, key.String)
		}
		name := (&group{keys: g.keys}).name()
		if groups[name] == nil {
			groups[name] = g
		}
		g = groups[name]
		g.byDay[day] = append(g.byDay[day], k)
		if release.Valid && (g.released.IsZero() || data.Date(release.Int32) < g.released) {
			g.released = data.Date(release.Int32)
		}
		g.allReleased = g.allReleased && release.Valid
		m.N += k.n
		if k.synthetic {
			m.Synthetic += k.n
		}
		if m.FirstSoldOn.IsZero() || day < m.FirstSoldOn {
			m.FirstSoldOn = day
		}
		m.LastSoldOn = max(m.LastSoldOn, day)
	}
	return groups, rows.Err()
}

// row makes the group's figures of the window up to end.
func (g *selling) row(m *Multiples, end data.Date) (LiquidityRow, error) {
	from := m.Spec.Since
	if g.allReleased && g.released > from && g.released <= end {
		from = g.released
	}
	days := int(end-from) + 1
	r := LiquidityRow{Keys: m.shown(&group{keys: g.keys}), From: from, Weeks: float64(days) / 7}
	var seen grounds
	weeks := map[int]bool{}
	gaps := map[int]int{} // days: how often
	last := data.Date(0)
	for _, day := range slices.Sorted(maps.Keys(g.byDay)) {
		r.LastSoldOn = day
		if day < from {
			continue
		}
		if !last.IsZero() {
			gaps[int(day-last)]++
		}
		last = day
		weeks[int(end-day)/7] = true
		n := 0
		for _, k := range g.byDay[day] {
			seen.take(k)
			n += k.n
		}
		gaps[0] += n - 1
		r.N += n
	}
	r.SalesPerWeek = float64(r.N) / r.Weeks
	lo, hi := stat.RateInterval(r.N, m.Spec.Level)
	r.SalesLo, r.SalesHi = lo/r.Weeks, hi/r.Weeks
	r.ShareOfWeeks = float64(len(weeks)) / float64((days+6)/7)
	asked := m.Spec.scope()
	r.Warnings = seen.warnings(asked)
	if r.N == 0 {
		seen.last = r.LastSoldOn // before the window
		if asked.end = end; seen.stale(asked) {
			r.Warnings = []string{WarnStale}
		}
	}
	if r.N < m.minN() || r.N < 2 {
		r.Warnings = both(r.Warnings, []string{WarnTooFew})
		return r, nil
	}
	counts := make([]stat.Count, 0, len(gaps))
	for gap, n := range gaps {
		counts = append(counts, stat.Count{Value: float64(gap), N: n})
	}
	h, err := stat.NewHistogram(counts)
	r.MedianDays = figure(h.Median())
	return r, err
}
