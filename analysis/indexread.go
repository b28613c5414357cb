package analysis

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// indexMarket is the sales behind indexes, read once. Styles go by their place in
// the order of style_id, whatever numbers the book gave them, so that sums run in
// one order.
type indexMarket struct {
	spec   IndexSpec
	styles []indexStyle
	rank   []int // place in styles, by style_no

	n, synthetic        int
	firstSold, lastSold data.Date

	counts []styleCount // what styles and the sums above are made of, where more than one day is asked for

	monday data.Date // of week 0
	weeks  int
	tpd    *stat.TPD // nil without sales
	cells  []indexCell
	pairs  []indexPair
}

// indexStyle is a style and its sales.
type indexStyle struct {
	grounds
	id, model, version string
	greyDay            bool
}

// styleCount is what a style sold in a week, as warnings see it.
type styleCount struct {
	style int
	first data.Date
	kind  saleKind
}

// indexCell counts the sales of a style in a week, by style and week.
type indexCell struct{ style, week, n int }

// indexPair is a resale; periods count from the market's week 0.
type indexPair struct {
	style int
	stat.Pair
}

// The parts of a level, the number of a combination of covariates:
// (size·conditions + condition)·ages + age, 0 being the reference of each.
const (
	indexConditions = 4
	indexAges       = 6
	indexSizes      = 64 // half sizes from 0 up, 0 for unknown
)

// sizeCode is the SQL of the part of a level that the size is.
func (r SizeRole) sizeCode() string {
	switch r {
	case SizeBands:
		return `CASE size_band WHEN '9-10.5' THEN 0 WHEN '<=6.5' THEN 1 WHEN '7-8.5' THEN 2 WHEN '11-12.5' THEN 3 WHEN '>=13' THEN 4 ELSE 5 END`
	case SizeEffects, SizeAssets:
		return fmt.Sprintf(`least(coalesce((size_us_men * 2)::INTEGER + 1, 0), %d)`, indexSizes-1)
	}
	return "0"
}

const conditionCode = `CASE condition WHEN 'new' THEN 0 WHEN 'new_defects' THEN 1 WHEN 'used' THEN 2 ELSE 3 END`

// ageCode is that of the bands of days since release; an unknown day of release
// counts as long ago.
func (m IndexModel) ageCode() string {
	if !m.Age {
		return "0"
	}
	return `CASE WHEN days_since_release < 0 THEN 1 WHEN days_since_release < 14 THEN 2 WHEN days_since_release < 28 THEN 3
		WHEN days_since_release < 56 THEN 4 WHEN days_since_release < 91 THEN 5 ELSE 0 END`
}

// levels gives the design: the columns' names, and the columns of every level.
func (m IndexModel) levels() (names []string, levels [][]float64) {
	sizes := 1
	switch m.Size {
	case SizeBands:
		names = append(names, "size <=6.5", "size 7-8.5", "size 11-12.5", "size >=13", "size unknown")
		sizes = 6
	case SizeEffects:
		for k := 1; k < indexSizes; k++ {
			names = append(names, fmt.Sprintf("size %g", float64(k-1)/2))
		}
		sizes = indexSizes
	case SizeAssets:
		sizes = indexSizes
	}
	first := len(names)
	names = append(names, "condition new_defects", "condition used", "condition unknown")
	names = append(names, "age before release", "age 0-13", "age 14-27", "age 28-55", "age 56-90")
	for l := range sizes * indexConditions * indexAges {
		x := make([]float64, len(names))
		if size := l / (indexConditions * indexAges); size > 0 && first > 0 {
			x[size-1] = 1
		}
		if c := l / indexAges % indexConditions; c > 0 {
			x[first+c-1] = 1
		}
		if a := l % indexAges; a > 0 {
			x[first+indexConditions-1+a-1] = 1
		}
		levels = append(levels, x)
	}
	return names, levels
}

// where is what keeps the sales of a question, with its values.
func (s IndexSpec) where() (string, []any) {
	text, args := "price_basis = 'sale'", []any(nil)
	if c := s.condition(); c != "" {
		text, args = text+" AND condition = ?", append(args, c)
	}
	if day := s.lastDay(); !day.IsZero() {
		text, args = text+" AND sold_on <= CAST(? AS DATE)", append(args, day.String())
	}
	return text, args
}

// readMarket reads the sales, and makes room for the weeks of what was published.
func readMarket(ctx context.Context, s *data.Session, spec IndexSpec, old map[seriesKey]*publishedIndex) (*indexMarket, error) {
	m := &indexMarket{spec: spec}
	if err := m.readStyles(ctx, s); err != nil {
		return nil, err
	}
	if err := m.countStyles(ctx, s, false); err != nil || m.n == 0 {
		return m, err
	}
	m.span(old)
	return m, m.readSales(ctx, s)
}

// span is the weeks with sales and those published.
func (m *indexMarket) span(old map[seriesKey]*publishedIndex) {
	first, last := m.firstSold.Monday(), m.lastSold.Monday()
	for _, p := range old {
		first, last = min(first, p.first()), max(last, p.last())
	}
	m.monday, m.weeks = first, int(last-first)/7+1
}

func (m *indexMarket) readStyles(ctx context.Context, s *data.Session) error {
	rows, err := s.Query(ctx, `SELECT style_no, style_id, coalesce(model, ''), coalesce(version, ''),
		EXISTS (SELECT 1 FROM grey_days g WHERE g.style_id = t.style_id) FROM styles t ORDER BY style_id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t indexStyle
		var no int
		if err := rows.Scan(&no, &t.id, &t.model, &t.version, &t.greyDay); err != nil {
			return err
		}
		for no >= len(m.rank) {
			m.rank = append(m.rank, 0)
		}
		m.rank[no] = len(m.styles)
		m.styles = append(m.styles, t)
	}
	return rows.Err()
}

// countStyles learns what a warning may be about, and the days that there are; keep tells
// weeks apart and keeps the counts.
func (m *indexMarket) countStyles(ctx context.Context, s *data.Session, keep bool) error {
	where, args := m.spec.where()
	by := "0"
	if keep {
		by = "week"
	}
	rows, err := s.Query(ctx, `SELECT `+by+`, style_no, (min(sold_on) - DATE '1970-01-01')::INTEGER, `+kindColumns+`
		FROM observations WHERE `+where+` GROUP BY ALL ORDER BY ALL`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	c := styleCount{kind: saleKind{known: true}}
	dest := append([]any{new(any), &c.style, &c.first}, c.kind.dest()...)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		c.kind.unpriced = 0 // an index is of prices in the currency of the sale
		c.style = m.rank[c.style]
		m.take(c)
		if keep {
			m.counts = append(m.counts, c)
		}
	}
	return rows.Err()
}

func (m *indexMarket) take(c styleCount) {
	m.styles[c.style].take(c.kind)
	if c.kind.synthetic {
		m.synthetic += c.kind.n
	}
	if m.n == 0 || c.first < m.firstSold {
		m.firstSold = c.first
	}
	m.n, m.lastSold = m.n+c.kind.n, max(m.lastSold, c.kind.last)
}

// readSales reads the multiples of each style, week and level, and gives them to the
// fit in this order. The engine adds no fractions up: a sum of those would differ from
// run to run; nor does it sort, as a count of the sales of each style and week puts them in
// order in one pass.
func (m *indexMarket) readSales(ctx context.Context, s *data.Session) error {
	where, args := m.spec.where()
	model := m.spec.model()
	// All processors read only where the order may be any.
	if err := s.Exec(ctx, "SET preserve_insertion_order = false"); err != nil {
		return err
	}
	defer s.Exec(context.WithoutCancel(ctx), "RESET preserve_insertion_order")
	rr, err := s.Arrow(ctx, fmt.Sprintf(`
		SELECT (style_no::BIGINT << %d) | (((sold_on - DATE '%s') // 7)::BIGINT << %d) | ((%s) * %d + %s) * %d + %s AS place,
		       sale_price / retail_price AS multiple
		FROM observations WHERE %s`,
		styleShift, m.monday, weekShift, model.Size.sizeCode(), indexConditions, conditionCode, indexAges, model.ageCode(), where), args...)
	if err != nil {
		return err
	}
	defer rr.Release()
	sales := marketSales{places: make([]int64, 0, m.n), logs: make([]float64, 0, m.n)}
	for rr.Next() {
		rec := rr.RecordBatch()
		sales.places = append(sales.places, rec.Column(0).(*array.Int64).Int64Values()...)
		for _, multiple := range rec.Column(1).(*array.Float64).Float64Values() {
			sales.logs = append(sales.logs, math.Log(multiple))
		}
	}
	if err := rr.Err(); err != nil {
		return err
	}
	sales.sort(m)
	_, levels := model.levels()
	m.tpd, err = stat.NewTPD(m.weeks, levels, len(sales.logs), m.rows(&sales, model.Size == SizeAssets))
	return err
}

// A place is style, week and level in one number.
const (
	styleShift = 32
	weekShift  = 16
)

// marketSales are sales by place: in the order of the engine, and once sorted in that
// of style and week.
type marketSales struct {
	places []int64 // with style_no for style
	logs   []float64
	levels []uint16
	ends   []int // of each style and week, style·weeks + week
}

// sort counts, and then puts each sale where the count says.
func (s *marketSales) sort(m *indexMarket) {
	cell := func(place int64) int {
		return m.rank[place>>styleShift]*m.weeks + int(place>>weekShift)&(1<<(styleShift-weekShift)-1)
	}
	s.ends = make([]int, len(m.styles)*m.weeks)
	for _, p := range s.places {
		s.ends[cell(p)]++
	}
	sum := 0
	for i, n := range s.ends {
		s.ends[i] = sum
		sum += n
	}
	logs := make([]float64, len(s.logs))
	s.levels = make([]uint16, len(s.logs))
	for i, p := range s.places {
		at := &s.ends[cell(p)]
		logs[*at], s.levels[*at] = s.logs[i], uint16(p)
		*at++
	}
	s.logs, s.places = logs, nil
}

// rows gives the sales to the fit, one row for each distinct multiple of a place, and
// takes note of cells and resales.
func (m *indexMarket) rows(sales *marketSales, assets bool) iter.Seq2[stat.TPDRow, error] {
	return func(yield func(stat.TPDRow, error) bool) {
		resales := &resales{to: &m.pairs}
		if !slices.Contains(m.spec.Weightings, RepeatSales) {
			resales = nil
		}
		var levels []int // that the sales of a cell have
		byLevel := make([][]float64, 1<<weekShift)
		begin := 0
		for cell, end := range sales.ends {
			if begin == end {
				continue
			}
			style, week := cell/m.weeks, cell%m.weeks
			m.cells = append(m.cells, indexCell{style, week, end - begin})
			levels = levels[:0]
			for i := begin; i < end; i++ {
				level := int(sales.levels[i])
				if len(byLevel[level]) == 0 {
					levels = append(levels, level)
				}
				byLevel[level] = append(byLevel[level], sales.logs[i])
			}
			begin = end
			slices.Sort(levels)
			for _, level := range levels {
				logs := byLevel[level]
				byLevel[level] = logs[:0]
				slices.Sort(logs) // the engine gives them in any order
				for i := 0; i < len(logs); {
					r := stat.TPDRow{Style: style, Week: week, Level: level, Mean: logs[i]}
					for ; i < len(logs) && logs[i] == r.Mean; i++ {
						r.N++
					}
					resales.add(level/indexAges, r)
					if assets {
						r.Style = r.Style*indexSizes + r.Level/(indexConditions*indexAges)
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		}
		resales.close()
	}
}

// segment tells which styles a segment has; nil for a name that no style answers to.
func (m *indexMarket) segment(name string) func(indexStyle) bool {
	switch name {
	case SegmentAll:
		return func(indexStyle) bool { return true }
	case SegmentGreyDay:
		return func(t indexStyle) bool { return t.greyDay }
	}
	keep := func(t indexStyle) bool {
		return t.model != "" && (name == t.model || t.version != "" && name == t.model+t.version)
	}
	if name == "" || !slices.ContainsFunc(m.styles, keep) {
		return nil
	}
	return keep
}

// usualSegments are those that nobody has to ask for: the versions among them only
// with enough sales.
func (m *indexMarket) usualSegments() []string {
	models, versions := m.segmentNames()
	out := []string{SegmentAll, SegmentGreyDay}
	if slices.Contains(models, "990") {
		out = slices.Insert(out, 1, "990")
	}
	for _, name := range versions {
		if g := m.segmentOf(name, m.segment(name)); g.refusal() == "" {
			out = append(out, name)
		}
	}
	return out
}

// segmentNames lists the models and versions that can be asked for.
func (m *indexMarket) segmentNames() (models, versions []string) {
	for _, t := range m.styles {
		if t.model == "" {
			continue
		}
		models = append(models, t.model)
		if t.version != "" {
			versions = append(versions, t.model+t.version)
		}
	}
	slices.Sort(models)
	slices.Sort(versions)
	return slices.Compact(models), slices.Compact(versions)
}
