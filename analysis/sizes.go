package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// Sizes is what size bands sell for, each sale against its own style's level. Grain:
// one row per group of By and size band, by keys, bands from small to large, the
// unknown last.
type Sizes struct {
	Scope   Multiples // the question as it was asked, and what it rests on; without rows
	By      []Dimension
	Styles  int // styles that sold in two bands or more, with enough sales for a level
	Used    int // their sales
	LeftOut int // sales of the other styles
	Rows    []SizeRow
}

// SizeRow is one size band. Relative is the median of (multiple / median multiple of
// the sale's style over all its sizes): 1.05 means that the band sells 5 % above its
// styles. A nil figure is one that the sales do not carry.
type SizeRow struct {
	Keys             []string // By, then the size band; "" where unknown
	N                int
	Styles           int
	Relative, Lo, Hi *float64
	Median           *float64 // median multiple of the same sales, mix and all
	FirstSoldOn      data.Date
	LastSoldOn       data.Date
	Warnings         []string
}

// sizeBands lists the bands from small to large.
var sizeBands = []string{"<=6.5", "7-8.5", "9-10.5", "11-12.5", ">=13"}

// ComputeSizes compares the size bands of US men's sizes. A band's plain median says
// which styles come in that size; so each sale is first divided by the median of its
// style, over all sizes in the period. spec.By are further dimensions, without style
// and size_band. Styles with fewer sales than carry a figure have no level, and those
// sold in one band only can't tell sizes apart: both are left out, and counted.
//
// Assumed: a style's level is the same through the period, and the level of a style
// is known exactly. It misleads where a style's price moved and its sizes were sold
// at different times; where one band makes most of a style's sales (its own weight
// pulls it towards 1, so differences are understated); and where one style makes most
// of the sales (one_style), or one marketplace all of a band's. Women's sizes are turned into men's, kids' have no band.
func ComputeSizes(ctx context.Context, b *data.Book, spec MultiplesSpec) (Sizes, error) {
	return asking(b).sizes(ctx, spec)
}

func (ask asker) sizes(ctx context.Context, spec MultiplesSpec) (Sizes, error) {
	out := Sizes{By: spec.By}
	if slices.Contains(spec.By, ByStyle) || slices.Contains(spec.By, BySizeBand) {
		return out, fmt.Errorf("sizes: style and size_band are in the question already")
	}
	out.Scope.Spec = spec
	out.Scope.Spec.By = append(slices.Clone(spec.By), BySizeBand, ByStyle)
	groups, err := ask(ctx, &out.Scope)
	if err != nil {
		return out, fmt.Errorf("sizes: %w", err)
	}
	byStyle := map[string][]*group{}
	for _, g := range groups {
		style := g.keys[len(g.keys)-1]
		byStyle[style] = append(byStyle[style], g)
	}
	level := map[string]float64{} // of the styles that count
	for style, all := range byStyle {
		l, ok, err := out.level(all)
		if err != nil {
			return out, fmt.Errorf("sizes: style %s: %w", style, err)
		}
		if ok {
			level[style] = l
		}
	}
	out.Styles = len(level)
	bands := map[string][]*group{}
	for _, g := range groups {
		if _, ok := level[g.keys[len(g.keys)-1]]; !ok {
			out.LeftOut += g.n
			continue
		}
		out.Used += g.n
		band := *g
		band.keys = g.keys[:len(g.keys)-1]
		bands[band.name()] = append(bands[band.name()], g)
	}
	for _, parts := range bands {
		row, err := out.row(parts, level)
		if err != nil {
			return out, fmt.Errorf("sizes: %w", err)
		}
		out.Rows = append(out.Rows, row)
	}
	last := len(spec.By)
	slices.SortFunc(out.Rows, func(x, y SizeRow) int {
		return cmp.Or(keyCompare(x.Keys[:last], y.Keys[:last]), cmp.Compare(bandOrder(x.Keys[last]), bandOrder(y.Keys[last])))
	})
	return out, nil
}

func bandOrder(band string) int {
	if i := slices.Index(sizeBands, band); i >= 0 {
		return i
	}
	return len(sizeBands)
}

// level is a style's median multiple; ok is false where its sales can't carry one or
// are all of one band.
func (s *Sizes) level(all []*group) (l float64, ok bool, err error) {
	sum := merged(all)
	if sum.n < s.Scope.minN() {
		return 0, false, nil
	}
	at := len(s.By)
	if !slices.ContainsFunc(all, func(g *group) bool { return g.keys[at] != all[0].keys[at] }) {
		return 0, false, nil
	}
	h, err := sum.histogram()
	return h.Median(), true, err
}

// row makes a band's figures of its sales by style.
func (s *Sizes) row(parts []*group, level map[string]float64) (SizeRow, error) {
	sum := merged(parts)
	r := SizeRow{N: sum.n, FirstSoldOn: sum.first, LastSoldOn: sum.last, Warnings: sum.warnings()}
	r.Keys = s.Scope.shown(sum)[:len(s.By)+1]
	r.Styles = len(parts)
	var doubts []string
	if r.Styles == 1 {
		doubts = append(doubts, WarnOneStyle)
	}
	if r.N < s.Scope.minN() {
		r.Warnings = both(r.Warnings, append(doubts, WarnTooFew))
		return r, nil
	}
	h, err := sum.histogram()
	if err != nil {
		return r, err
	}
	var relative []stat.Count
	for _, g := range parts {
		l := level[g.keys[len(g.keys)-1]]
		for _, c := range g.multiples {
			relative = append(relative, stat.Count{Value: c.Value / l, N: c.N})
		}
	}
	rel, err := stat.NewHistogram(relative)
	if err != nil {
		return r, err
	}
	r.Relative, r.Median = figure(rel.Median()), figure(h.Median())
	if iv, ok := rel.MedianInterval(s.Scope.Spec.Level); ok {
		r.Lo, r.Hi = figure(iv.Lo), figure(iv.Hi)
	} else {
		doubts = append(doubts, WarnNoInterval)
	}
	r.Warnings = both(r.Warnings, doubts)
	return r, nil
}
