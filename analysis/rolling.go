package analysis

import (
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// The forecasts that are scored, in the order of a scored sale.
var forecastNames = []string{"M4", "B0", "B1", "B2", "B3"}

// scored is a sale that was forecast before its week began.
type scored struct {
	origin int32
	class  liquidity
	band   int        // class of its interval
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
	unknown   map[int32]int // by origin: sales of styles never sold before
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

// forecast scores the week's sales and teaches the intervals.
func (r *rolling) forecast() error {
	r.market.turnWeeks(r.monday)
	tree, err := r.market.borrow(r.monday, r.kin, nil)
	if err != nil {
		return err
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
		s.band = bandOf(s.class, r.market.age(t.style, r.monday) < recentDays)
		sd := math.Sqrt(f.sale)
		s.half, s.rank = r.intervals.half(s.band)*sd, r.intervals.rank(s.band, math.Abs(t.y-f.mean)/sd)
		r.intervals.learn(s.band, math.Abs(t.y-f.mean)/sd)
		r.score(s)
	}
	r.intervals.end()
	return nil
}

// The classes of intervals (method M5), in an order in which neighbours are alike: young
// styles' empty cells, young styles' others, then the classes of the rest.
//
// Note: with one class for all young styles, as M5 has it, the many sales of a new
// style's first sizes speak for the few of the others, and an 80 % interval held 62 %
// of the sales of empty cells on the origins before 2018-09-03; with two, 76 %. Errors of
// the last 8 origins in which a class had any, not of the last 8 origins: 67 %.
const bandClasses = int(classes) + 2

func bandOf(c liquidity, young bool) int {
	if young && c == noSales {
		return 0
	}
	if young {
		return 1
	}
	return int(c) + 2
}

// bandOrigins is how many origins' errors an interval is made of.
const bandOrigins = 8

// intervals makes the next sale's interval by split conformal prediction within
// classes, from the errors of the last origins in units of what was expected of each,
// with a level that adapts by class.
type intervals struct {
	level    float64
	adaptive *stat.AdaptiveLevel
	past     []originErrors // at most bandOrigins, oldest first
	now      originErrors
	halves   [bandClasses]float64
	pools    [bandClasses][]float64 // what the halves are made of, sorted; nil where there is too little
}

type originErrors [bandClasses][]float64

func newIntervals(level float64) *intervals {
	return &intervals{level: level, adaptive: stat.NewAdaptiveLevel(bandClasses, level, 0.1)}
}

// begin makes the half-widths of an origin.
func (iv *intervals) begin() {
	iv.now = originErrors{}
	pool := make([][]float64, bandClasses)
	for _, o := range iv.past {
		for k := range pool {
			pool[k] = append(pool[k], o[k]...)
		}
	}
	c, err := stat.NewConformal(pool, 20)
	for k := range iv.halves {
		iv.halves[k], iv.pools[k] = math.Inf(1), nil
		if err != nil {
			continue
		}
		iv.pools[k] = c.Pool(k)
		// A level of 1 has no finite width; one miss in all is the widest there is.
		level := min(iv.adaptive.Level(k), 0.99)
		if b, ok := c.Band(k, level); ok {
			iv.halves[k] = b.HalfWidth
		}
	}
}

// half is the class's half-width, in units of what is expected.
func (iv *intervals) half(class int) float64 { return iv.halves[class] }

// rank is the level from which on the class's interval would hold an error.
func (iv *intervals) rank(class int, err float64) float64 {
	return stat.ConformalLevel(iv.pools[class], err)
}

func (iv *intervals) learn(class int, err float64) {
	iv.now[class] = append(iv.now[class], err)
}

// end tells the levels how many were missed.
func (iv *intervals) end() {
	for k, errs := range iv.now {
		missed := 0
		for _, e := range errs {
			if e > iv.halves[k] {
				missed++
			}
		}
		if !math.IsInf(iv.halves[k], 1) {
			iv.adaptive.Update(k, missed, len(errs))
		}
	}
	iv.past = append(iv.past, iv.now)
	if len(iv.past) > bandOrigins {
		iv.past = slices.Delete(iv.past, 0, 1)
	}
}
