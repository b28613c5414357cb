package analysis

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// asker answers a question with its groups, sorted by their keys, and fills in what the
// question says of all of them.
type asker func(ctx context.Context, m *Multiples) ([]*group, error)

// asking asks the book, each question by itself.
func asking(b *data.Book) asker {
	return func(ctx context.Context, m *Multiples) ([]*group, error) { return m.ask(ctx, b) }
}

// ask makes the groups of m's question, sorted by their keys, the unknown last, and
// fills in what m says of all of them.
func (m *Multiples) ask(ctx context.Context, b *data.Book) ([]*group, error) {
	if len(m.Spec.By) == 0 {
		return nil, fmt.Errorf("no dimension to group by")
	}
	if m.Spec.Level == 0 {
		m.Spec.Level = 0.95
	}
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	q := newQuestion(m)
	byKey, err := q.counts(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := q.histograms(ctx, s, byKey); err != nil {
		return nil, err
	}
	return m.sum(slices.Collect(maps.Values(byKey))), nil
}

// sum sorts the groups of an answer and fills in what m says of all of them.
func (m *Multiples) sum(groups []*group) []*group {
	sort.Slice(groups, func(i, j int) bool { return keyLess(groups[i].keys, groups[j].keys) })
	for _, g := range groups {
		m.N += g.n
		m.Synthetic += g.synthetic
		if m.FirstSoldOn.IsZero() || g.first < m.FirstSoldOn {
			m.FirstSoldOn = g.first
		}
		m.LastSoldOn = max(m.LastSoldOn, g.last)
	}
	return groups
}

// minN is the fewest sales of a group that carry a figure.
func (m *Multiples) minN() int {
	if m.Spec.MinN > 0 {
		return m.Spec.MinN
	}
	return stat.MinN(m.Spec.Level)
}

// shown is a group's keys as a result shows them.
func (m *Multiples) shown(g *group) []string {
	var keys []string
	for i, d := range m.Spec.By {
		keys = append(keys, d.shown(g.keys[i]))
	}
	return keys
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

// keyCompare is keyLess for sorting.
func keyCompare(a, b []string) int {
	switch {
	case keyLess(a, b):
		return -1
	case keyLess(b, a):
		return 1
	}
	return 0
}

// question is a MultiplesSpec as SQL: a GROUP BY list from the allow-list, and
// conditions whose values are bound.
type question struct {
	from  string // the model that is asked
	keys  string // "model, version"
	where string
	args  []any
	n     int // of keys
	asked scope
}

func newQuestion(m *Multiples) *question {
	spec := m.Spec
	q := &question{from: spec.from(), n: len(spec.By), asked: spec.scope()}
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
	if spec.FirstDays > 0 {
		add("days_since_release BETWEEN 0 AND ?", spec.FirstDays-1)
	}
	q.where = strings.Join(conditions, " AND ")
	return q
}

// from names the model that answers: a question about versions, and about nothing that
// only a style can tell, takes records of unknown style in.
func (s MultiplesSpec) from() string {
	for _, d := range []Dimension{ByStyle, ByColorway, ByGreyDay, ByGreyDayYear, byAge} {
		if s.mentions(d) {
			return "observations"
		}
	}
	if s.FirstDays > 0 { // only a style has a day of release
		return "observations"
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

// counts makes the groups, with all that is said of them but their figures.
func (q *question) counts(ctx context.Context, s *data.Session) (map[string]*group, error) {
	rows, err := s.Query(ctx, `SELECT `+q.keys+`, `+q.styleKnown()+`, (min(sold_on) - DATE '1970-01-01')::INTEGER, `+kindColumns+`
		FROM `+q.from+` WHERE `+q.where+` GROUP BY ALL`, q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	groups := map[string]*group{}
	keys := make([]sql.NullString, q.n)
	var k saleKind
	var first data.Date
	var dest []any
	for i := range keys {
		dest = append(dest, &keys[i])
	}
	dest = append(append(dest, &k.known, &first), k.dest()...)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		var name []byte
		for _, key := range keys {
			name = append(append(name, key.String...), 0)
		}
		g := groups[string(name)]
		if g == nil {
			g = &group{asked: q.asked, first: first}
			for _, key := range keys {
				g.keys = append(g.keys, key.String)
			}
			groups[string(name)] = g
		}
		g.take(k)
		g.first = min(g.first, first)
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
	prices := map[*group]*priceCounts{}
	for rr.Next() {
		if err := q.add(groups, prices, rr.RecordBatch()); err != nil {
			return err
		}
	}
	for g, p := range prices {
		g.prices, g.retail = dollars(p.sale), dollars(p.retail)
	}
	return rr.Err()
}

// priceCounts count a group's prices in cents: there are far fewer than multiples.
type priceCounts struct{ sale, retail map[int64]int }

// dollars lists counted cents, ascending.
func dollars(cents map[int64]int) []stat.Count {
	out := make([]stat.Count, 0, len(cents))
	for _, c := range slices.Sorted(maps.Keys(cents)) {
		out = append(out, stat.Count{Value: float64(c) / 100, N: cents[c]})
	}
	return out
}

// add adds a batch of counts to the groups.
func (q *question) add(groups map[string]*group, prices map[*group]*priceCounts, rec arrow.RecordBatch) error {
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
		p := prices[g]
		if p == nil {
			p = &priceCounts{map[int64]int{}, map[int64]int{}}
			prices[g] = p
		}
		n := int(counts.Value(i))
		g.multiples = append(g.multiples, stat.Count{Value: float64(multiple.Value(i)) / 1e6, N: n})
		if !price.IsNull(i) {
			p.sale[price.Value(i)] += n
		}
		if !retail.IsNull(i) {
			p.retail[retail.Value(i)] += n
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
