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
	baselines *baselines // nil where nothing is scored
	kin       []kin
	from      int32 // first origin whose estimates are made; the intervals need bandOrigins more before those scored
	level     float64
	week      []trade
	monday    int32
	intervals *intervals
	together  together
	score     func(scored)    // nil: the intervals alone are wanted
	variances *stat.Variances // of the tree at the last origin
	unknown   map[int32]int   // by origin: sales of styles never sold before
}

func newRolling(m *market, kinOf []kin, from int32, level float64, score func(scored)) *rolling {
	r := &rolling{market: m, kin: kinOf, from: from, level: level, intervals: newIntervals(level), score: score, unknown: map[int32]int{}}
	if score != nil {
		r.baselines = newBaselines()
	}
	return r
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
	if r.baselines != nil {
		for _, t := range r.week {
			r.baselines.learn(t)
		}
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
	picked := r.pick()
	for i, t := range r.week {
		if tree == nil || !r.sold(t.style) {
			r.unknown[r.monday]++
			continue
		}
		if r.score == nil && !picked[i] {
			continue
		}
		f, _ := tree.of(r.market, r.monday, t.style, t.form, t.day)
		class, sd := r.market.classOf(t.style, t.form, r.monday), math.Sqrt(f.sale)
		if r.score != nil {
			base := r.baselines.at(r.monday, t.style, t.form)
			r.score(scored{origin: r.monday, class: class, y: t.y, ahead: [5]float64{f.mean, base[0], base[1], base[2], base[3]},
				half: r.intervals.half(class) * sd, rank: r.intervals.rank(class, math.Abs(t.y-f.mean)/sd)})
		}
		if picked[i] {
			r.intervals.learn(class, t.style, math.Abs(t.y-f.mean)/sd)
			r.together.learn(t.style, (t.y-f.mean)/sd)
			if f.last != 0 {
				r.market.leaning.learn(class, (t.y-f.mean+f.leant)/sd, f.last/sd)
			}
		}
	}
	r.intervals.end()
	r.together.end(r.kin)
	r.market.leaning.end()
	return nil
}

// sold says whether a style was sold before the week.
func (r *rolling) sold(style int32) bool {
	return int(style) < len(r.market.styles) && r.market.styles[style].last > 0
}

// teaching is about how many sales of a class teach the intervals in an origin. With as
// many, the level of an 80 % interval made of one origin alone is known to a point, and of
// bandOrigins to a third of one.
const teaching = 1500

// pick says which of the week's sales teach: all of a class, or as good as a fair draw of
// some teaching of them. What a sale is decides, not where it stands.
func (r *rolling) pick() []bool {
	var n [classes]int
	class, picked := make([]liquidity, len(r.week)), make([]bool, len(r.week))
	for i, t := range r.week {
		class[i] = r.market.classOf(t.style, t.form, r.monday)
		n[class[i]]++
	}
	for i, t := range r.week {
		share := teaching / float64(n[class[i]])
		picked[i] = share >= 1 || t.lot() < share
	}
	return picked
}

// lot is a number in [0, 1) that comes of the sale alone (the finaliser of SplitMix64:
// Steele, Lea & Flood 2014).
func (t trade) lot() float64 {
	z := math.Float64bits(t.y) ^ uint64(t.style)<<40 ^ uint64(t.form)<<20 ^ uint64(t.day)
	for range 2 {
		z += 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return float64(z>>11) / (1 << 53)
}
