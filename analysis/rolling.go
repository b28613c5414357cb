package analysis

import (
	"math"

	"github.com/amassable/greybook/analysis/stat"
)

// The forecasts that are scored, in the order of a scored sale.
var forecastNames = []string{"M4", "B0", "B1", "B2", "B3"}

// scored is a sale that was forecast before its week began.
type scored struct {
	origin int32
	class  liquidity
	y      float64    // ln multiple that was paid
	ahead  [5]float64 // forecasts, in the order of forecastNames
	half   float64    // half-width of the interval about the estimate; +Inf where there is none
	rank   float64    // the level from which on a plain interval, of no adapted level, holds the sale; +Inf where there is none
}

// rolling runs through sales once, in the order of their days: each Monday it
// forecasts the sales of the week from what was sold before, and then learns them.
type rolling struct {
	market    *market
	baselines *baselines
	kin       []kin
	from      int32 // first origin whose estimates are made; the intervals need bandOrigins more before those scored
	level     float64
	week      []trade
	monday    int32
	intervals *intervals
	score     func(scored)
	variances *stat.Variances // of the tree at the last origin
	unknown   map[int32]int   // by origin: sales of styles never sold before
}

func newRolling(m *market, kinOf []kin, from int32, level float64, score func(scored)) *rolling {
	return &rolling{market: m, baselines: newBaselines(), kin: kinOf, from: from, level: level, intervals: newIntervals(level), score: score, unknown: map[int32]int{}}
}

// add takes the next sale; days never go back.
func (r *rolling) add(t trade) error {
	if monday := mondayOf(t.day); monday != r.monday {
		if err := r.flush(); err != nil {
			return err
		}
		r.monday = monday
	}
	r.week = append(r.week, t)
	return nil
}

// close learns what is left and gives the intervals of the next origin.
func (r *rolling) close() (*intervals, error) {
	if err := r.flush(); err != nil {
		return nil, err
	}
	r.intervals.begin()
	return r.intervals, nil
}

// flush scores the week's sales and learns them.
func (r *rolling) flush() error {
	if len(r.week) == 0 {
		return nil
	}
	if r.monday >= r.from {
		if err := r.forecast(); err != nil {
			return err
		}
	}
	for _, t := range r.week {
		r.baselines.learn(t)
	}
	for rest := r.week; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].day == rest[0].day {
			n++
		}
		r.market.learn(rest[0].day, rest[:n])
		rest = rest[n:]
	}
	r.week = r.week[:0]
	return nil
}

// unknownSince is how many sales of styles never sold before came since an origin.
func (r *rolling) unknownSince(origin int32) int {
	n := 0
	for o, k := range r.unknown {
		if o >= origin {
			n += k
		}
	}
	return n
}

// refitWeeks is how often the variances of the tree are searched for, which is most of the
// cost of an origin; in between they are those of the origin before.
const refitWeeks = 4

// forecast scores the week's sales and teaches the intervals.
func (r *rolling) forecast() error {
	r.market.turnWeeks(r.monday)
	hold := r.variances
	if r.monday/7%refitWeeks == 0 {
		hold = nil
	}
	tree, err := r.market.borrow(r.monday, r.kin, hold)
	if err != nil {
		return err
	}
	if tree != nil {
		r.variances = &tree.variances
	}
	r.intervals.begin()
	for _, t := range r.week {
		base, n, ok := r.baselines.at(r.monday, t.style, t.form)
		if !ok || tree == nil {
			r.unknown[r.monday]++
			continue
		}
		f, _ := tree.of(r.market, r.monday, t.style, t.form, t.day)
		s := scored{origin: r.monday, class: liquidityOf(n), y: t.y, ahead: [5]float64{f.mean, base[0], base[1], base[2], base[3]}}
		sd := math.Sqrt(f.sale)
		s.half, s.rank = r.intervals.half(s.class)*sd, r.intervals.rank(s.class, math.Abs(t.y-f.mean)/sd)
		r.intervals.learn(s.class, t.style, math.Abs(t.y-f.mean)/sd)
		if f.last != 0 {
			r.market.leaning.learn(s.class, (t.y-f.mean+f.leant)/sd, f.last/sd)
		}
		r.score(s)
	}
	r.intervals.end()
	r.market.leaning.end()
	return nil
}
