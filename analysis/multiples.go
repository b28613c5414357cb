package analysis

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
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
	from  string // the model that is asked
	keys  string // "model, version"
	where string
	args  []any
	n     int // of keys
}

func newQuestion(m *Multiples) *question {
	spec := m.Spec
	q := &question{from: spec.from(), n: len(spec.By)}
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

// from names the model that answers: a question about versions, and about nothing that
// only a style can tell, takes records of unknown style in.
func (s MultiplesSpec) from() string {
	for _, d := range []Dimension{ByStyle, ByColorway, ByGreyDay, ByGreyDayYear} {
		if s.mentions(d) {
			return "observations"
		}
	}
	if s.mentions(ByVersion) {
		return "version_observations"
	}
	return "observations"
}

// styleKnown is the expression that tells whether a record's style is known.
func (q *question) styleKnown() string {
	if q.from == "version_observations" {
		return "style_known"
	}
	return "true"
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
	keys                          []string
	n, synthetic, doubtful        int
	notSales, pricesKnown         int
	unknownStyle                  int
	marketplace, basis, condition variety
	multiples                     []stat.Count
	prices, retail                map[int64]int // cents: count
	first, last                   data.Date
}

// variety tells one value from several.
type variety struct {
	value   string
	several bool
}

func (v *variety) see(value string, first bool) {
	if first {
		v.value = value
	}
	v.several = v.several || value != v.value
}

// counts makes the groups, with all that is said of them but their figures.
func (q *question) counts(ctx context.Context, s *data.Session) (map[string]*group, error) {
	rows, err := s.Query(ctx, `SELECT `+q.keys+`, marketplace, price_basis, condition, synthetic, retail_doubtful, `+q.styleKnown()+`,
			count(*), count(sale_price_usd), (min(sold_on) - DATE '1970-01-01')::INTEGER, (max(sold_on) - DATE '1970-01-01')::INTEGER
		FROM `+q.from+` WHERE `+q.where+` GROUP BY ALL`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	groups := map[string]*group{}
	keys := make([]sql.NullString, q.n)
	var marketplace, basis, condition string
	var synthetic, doubtful, styleKnown bool
	var n, priced int
	var first, last data.Date
	var dest []any
	for i := range keys {
		dest = append(dest, &keys[i])
	}
	dest = append(dest, &marketplace, &basis, &condition, &synthetic, &doubtful, &styleKnown, &n, &priced, &first, &last)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		var name []byte
		for _, k := range keys {
			name = append(append(name, k.String...), 0)
		}
		g := groups[string(name)]
		if g == nil {
			g = &group{first: first, last: last, prices: map[int64]int{}, retail: map[int64]int{}}
			for _, k := range keys {
				g.keys = append(g.keys, k.String)
			}
			groups[string(name)] = g
		}
		g.marketplace.see(marketplace, g.n == 0)
		g.basis.see(basis, g.n == 0)
		g.condition.see(condition, g.n == 0)
		g.n += n
		g.pricesKnown += priced
		if synthetic {
			g.synthetic += n
		}
		if doubtful {
			g.doubtful += n
		}
		if !styleKnown {
			g.unknownStyle += n
		}
		if basis != "sale" {
			g.notSales += n
		}
		g.first, g.last = min(g.first, first), max(g.last, last)
	}
	return groups, rows.Err()
}

// histograms counts the distinct prices of each group: a group of millions of sales
// has some thousand of them, so that one counting pass costs about as much as the
// engine's median of two columns, and Go takes every order statistic from the counts. The
// engine sorts them on all processors, Go would on one.
func (q *question) histograms(ctx context.Context, s *data.Session, groups map[string]*group) error {
	rr, err := s.Arrow(ctx, `SELECT * REPLACE ((multiple * 1000000)::BIGINT AS multiple, (sale_price_usd * 100)::BIGINT AS sale_price_usd, (retail_price_usd * 100)::BIGINT AS retail_price_usd)
		FROM (SELECT `+q.keys+`, multiple, sale_price_usd, retail_price_usd, count(*)::BIGINT AS n
		      FROM `+q.from+` WHERE `+q.where+` GROUP BY ALL) ORDER BY multiple`, q.args...)
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		if err := q.add(groups, rr.RecordBatch()); err != nil {
			return err
		}
	}
	return rr.Err()
}

// add adds a batch of counts to the groups.
func (q *question) add(groups map[string]*group, rec arrow.RecordBatch) error {
	number := func(i int) *array.Int64 { return rec.Column(q.n + i).(*array.Int64) }
	multiple, price, retail, counts := number(0), number(1), number(2), number(3)
	keys := make([]func(int) string, q.n)
	for k := range keys {
		keys[k] = texts(rec.Column(k))
	}
	var name []byte
	for i := range int(rec.NumRows()) {
		name = name[:0]
		for _, key := range keys {
			name = append(append(name, key(i)...), 0)
		}
		g := groups[string(name)]
		if g == nil {
			return fmt.Errorf("a group came up between two queries: %q", name)
		}
		n := int(counts.Value(i))
		g.multiples = append(g.multiples, stat.Count{Value: float64(multiple.Value(i)) / 1e6, N: n})
		if !price.IsNull(i) {
			g.prices[price.Value(i)] += n
		}
		if !retail.IsNull(i) {
			g.retail[retail.Value(i)] += n
		}
	}
	return nil
}

// texts reads a column of text, "" for NULL. The text lies in the batch's memory.
func texts(c arrow.Array) func(int) string {
	if s, ok := c.(*array.String); ok {
		return func(i int) string {
			if s.IsNull(i) {
				return ""
			}
			return s.Value(i)
		}
	}
	return func(i int) string {
		if c.IsNull(i) {
			return ""
		}
		return c.ValueStr(i)
	}
}

// medianOf is the median of counted cents, in dollars; nil for none.
func medianOf(cents map[int64]int) (*float64, error) {
	if len(cents) == 0 {
		return nil, nil
	}
	counts := make([]stat.Count, 0, len(cents))
	for c, n := range cents {
		counts = append(counts, stat.Count{Value: float64(c) / 100, N: n})
	}
	h, err := stat.NewHistogram(counts)
	if err != nil {
		return nil, err
	}
	return figure(h.Median()), nil
}

// row makes the group's figures, withholding those that its sales can't carry.
func (g *group) row(m *Multiples, minN int) (MultipleRow, error) {
	r := MultipleRow{N: g.n, Synthetic: g.synthetic}
	for i, d := range m.Spec.By {
		r.Keys = append(r.Keys, d.shown(g.keys[i]))
	}
	r.FirstSoldOn, r.LastSoldOn = g.first, g.last
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
	if r.MedianSalePrice, err = medianOf(g.prices); err != nil {
		return r, err
	}
	if r.MedianRetailPrice, err = medianOf(g.retail); err != nil {
		return r, err
	}
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
	add(!g.marketplace.several, WarnOneMarketplace)
	add(g.basis.several, WarnMixedBasis)
	add(g.condition.several, WarnMixedCondition)
	add(10*g.doubtful > g.n, WarnRetailDoubtful)
	add(g.pricesKnown < g.n, WarnNoUSDRate)
	add(g.notSales > 0, WarnNotSales)
	add(g.unknownStyle > 0, WarnUnknownStyle)
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
