package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// ComputeMultiples answers a question about resale multiples. Unless the question
// groups or filters by them, only completed sales (price_basis sale) of new pairs
// are used, and the result says so.
//
// A group's median and quartiles are of all its sales; its interval is the exact
// order-statistic interval of the median (see the package). Assumed: the sales of a
// group are independent draws of one market. That misleads where few sellers, one
// marketplace or one size stand behind a group, or where its mix changes over
// time; the warnings on a row say what is known of that.
func ComputeMultiples(ctx context.Context, b *data.Book, spec MultiplesSpec) (Multiples, error) {
	m := Multiples{Spec: spec}
	if len(spec.By) == 0 {
		return m, fmt.Errorf("multiples: no dimension to group by")
	}
	if spec.Level == 0 {
		m.Spec.Level = 0.95
	}
	s, err := b.Session(ctx)
	if err != nil {
		return m, err
	}
	defer s.Close()
	q := newQuestion(&m)
	groups, err := q.counts(ctx, s)
	if err != nil {
		return m, fmt.Errorf("multiples: %w", err)
	}
	if err := q.histograms(ctx, s, groups); err != nil {
		return m, fmt.Errorf("multiples: %w", err)
	}
	minN := spec.MinN
	if minN == 0 {
		minN = stat.MinN(m.Spec.Level)
	}
	for _, g := range groups {
		row, err := g.row(&m, minN)
		if err != nil {
			return m, err
		}
		m.Rows = append(m.Rows, row)
		m.N += row.N
		m.Synthetic += row.Synthetic
		if m.FirstSoldOn.IsZero() || row.FirstSoldOn < m.FirstSoldOn {
			m.FirstSoldOn = row.FirstSoldOn
		}
		m.LastSoldOn = max(m.LastSoldOn, row.LastSoldOn)
	}
	sort.Slice(m.Rows, func(i, j int) bool { return keyLess(m.Rows[i].Keys, m.Rows[j].Keys) })
	return m, nil
}

// keyLess orders groups by their keys, the unknown last.
func keyLess(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return b[i] == "" || a[i] != "" && a[i] < b[i]
		}
	}
	return false
}

// question is a MultiplesSpec as SQL: a GROUP BY list from the allow-list, and
// conditions whose values are bound.
type question struct {
	keys  string // "model, version"
	where string
	args  []any
	n     int // of keys
}

func newQuestion(m *Multiples) *question {
	spec := m.Spec
	q := &question{n: len(spec.By)}
	var keys []string
	for _, d := range spec.By {
		keys = append(keys, d.column())
	}
	q.keys = strings.Join(keys, ", ")
	conditions := []string{"true"}
	add := func(c string, args ...any) {
		conditions = append(conditions, c)
		q.args = append(q.args, args...)
	}
	for _, f := range spec.Where {
		if f.Value == "" {
			add(string(f.Dimension) + " IS NULL")
		} else {
			add(f.Dimension.column()+" = ?", f.stored())
		}
	}
	if !spec.mentions(ByPriceBasis) {
		m.PriceBasis = "sale"
		add("price_basis = 'sale'")
	} else {
		m.PriceBasis = spec.fixed(ByPriceBasis)
	}
	if !spec.mentions(ByCondition) {
		m.Condition = "new"
		add("condition = 'new'")
	} else {
		m.Condition = spec.fixed(ByCondition)
	}
	if !spec.Since.IsZero() {
		add("sold_on >= CAST(? AS DATE)", spec.Since.String())
	}
	if !spec.Until.IsZero() {
		add("sold_on <= CAST(? AS DATE)", spec.Until.String())
	}
	if !spec.AsOf.IsZero() {
		add("sold_on <= CAST(? AS DATE)", spec.AsOf.String())
	}
	q.where = strings.Join(conditions, " AND ")
	return q
}

// stored is the filter's value as observations hold it: a week may be given as
// 2026-W46, a month as 2026-11.
func (f Filter) stored() string {
	switch f.Dimension {
	case ByWeek:
		if d, err := data.ParseISOWeek(f.Value); err == nil {
			return d.String()
		}
	case ByMonth:
		if len(f.Value) == len("2026-11") {
			return f.Value + "-01"
		}
	}
	return f.Value
}

// mentions reports whether the question groups or filters by d.
func (s MultiplesSpec) mentions(d Dimension) bool {
	return slices.Contains(s.By, d) || slices.ContainsFunc(s.Where, func(f Filter) bool { return f.Dimension == d })
}

// fixed returns the one value that a filter leaves of d, or "".
func (s MultiplesSpec) fixed(d Dimension) string {
	value := ""
	for _, f := range s.Where {
		if f.Dimension == d {
			value = f.Value
		}
	}
	return value
}

// group is what one group's rows come to.
type group struct {
	keys                            []string
	n, synthetic, doubtful, unrated int
	marketplaces, bases, conditions int
	notSales                        int
	salePrice, retailPrice          *float64
	first, last                     string
	multiples                       []stat.Count
}

// counts asks for everything but the multiples.
func (q *question) counts(ctx context.Context, s *data.Session) (map[string]*group, error) {
	rows, err := s.Query(ctx, `SELECT `+q.keys+`, count(*), count(*) FILTER (synthetic), count(*) FILTER (retail_doubtful), count(*) FILTER (sale_price_usd IS NULL),
			count(DISTINCT marketplace), count(DISTINCT price_basis), count(DISTINCT condition), count(*) FILTER (price_basis <> 'sale'),
			median(sale_price_usd::DOUBLE), median(retail_price_usd::DOUBLE), min(sold_on)::VARCHAR, max(sold_on)::VARCHAR
		FROM observations WHERE `+q.where+` GROUP BY ALL`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	groups := map[string]*group{}
	for rows.Next() {
		g := &group{keys: make([]string, q.n)}
		keys := make([]*string, q.n)
		var dest []any
		for i := range keys {
			dest = append(dest, &keys[i])
		}
		dest = append(dest, &g.n, &g.synthetic, &g.doubtful, &g.unrated, &g.marketplaces, &g.bases, &g.conditions, &g.notSales,
			&g.salePrice, &g.retailPrice, &g.first, &g.last)
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		for i, k := range keys {
			if k != nil {
				g.keys[i] = *k
			}
		}
		groups[strings.Join(g.keys, "\x00")] = g
	}
	return groups, rows.Err()
}

// histograms counts the distinct multiples of each group. Multiples have six
// decimals, so that a group of millions has some thousands of distinct ones: an
// exact median by counting costs a fraction of a sort.
func (q *question) histograms(ctx context.Context, s *data.Session, groups map[string]*group) error {
	rr, err := s.Arrow(ctx, `SELECT `+q.keys+`, (multiple * 1000000)::BIGINT AS millionths, count(*)::BIGINT AS n
		FROM observations WHERE `+q.where+` GROUP BY ALL`, q.args...)
	if err != nil {
		return err
	}
	defer rr.Release()
	parts := make([]string, q.n)
	for rr.Next() {
		rec := rr.RecordBatch()
		values := rec.Column(q.n).(*array.Int64)
		counts := rec.Column(q.n + 1).(*array.Int64)
		for i := range int(rec.NumRows()) {
			for k := range parts {
				parts[k] = ""
				if c := rec.Column(k); !c.IsNull(i) {
					parts[k] = c.ValueStr(i)
				}
			}
			g := groups[strings.Join(parts, "\x00")]
			if g == nil {
				return fmt.Errorf("a group came up between two queries: %q", parts)
			}
			g.multiples = append(g.multiples, stat.Count{Value: float64(values.Value(i)) / 1e6, N: int(counts.Value(i))})
		}
	}
	return rr.Err()
}

// row makes the group's figures, withholding those that its sales can't carry.
func (g *group) row(m *Multiples, minN int) (MultipleRow, error) {
	r := MultipleRow{N: g.n, Synthetic: g.synthetic}
	for i, d := range m.Spec.By {
		r.Keys = append(r.Keys, d.shown(g.keys[i]))
	}
	var err error
	if err = r.FirstSoldOn.UnmarshalText([]byte(g.first)); err == nil {
		err = r.LastSoldOn.UnmarshalText([]byte(g.last))
	}
	if err != nil {
		return r, err
	}
	r.Warnings = g.warnings()
	if g.n < minN {
		r.Warnings = append(r.Warnings, WarnTooFew)
		slices.Sort(r.Warnings)
		return r, nil
	}
	h, err := stat.NewHistogram(g.multiples)
	if err != nil {
		return r, err
	}
	if h.N() != g.n {
		return r, fmt.Errorf("multiples: %d sales counted, %d with a multiple", g.n, h.N())
	}
	r.Median = figure(h.Median())
	r.P5, r.Q1, r.Q3, r.P95 = figure(h.Quantile7(0.05)), figure(h.Quantile7(0.25)), figure(h.Quantile7(0.75)), figure(h.Quantile7(0.95))
	r.ShareAboveRetail = figure(h.ShareAbove(1))
	r.MedianSalePrice, r.MedianRetailPrice = g.salePrice, g.retailPrice
	if iv, ok := h.MedianInterval(m.Spec.Level); ok {
		r.Lo, r.Hi = figure(iv.Lo), figure(iv.Hi)
	} else {
		r.Warnings = append(r.Warnings, WarnNoInterval)
		slices.Sort(r.Warnings)
	}
	return r, nil
}

func (g *group) warnings() []string {
	var w []string
	add := func(when bool, code string) {
		if when {
			w = append(w, code)
		}
	}
	add(g.n < 20, WarnFewSales)
	add(g.marketplaces == 1, WarnOneMarketplace)
	add(g.bases > 1, WarnMixedBasis)
	add(g.conditions > 1, WarnMixedCondition)
	add(10*g.doubtful > g.n, WarnRetailDoubtful)
	add(g.unrated > 0, WarnNoUSDRate)
	add(g.notSales > 0, WarnNotSales)
	add(g.synthetic > 0, WarnSynthetic)
	slices.Sort(w)
	return w
}

func figure(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}
