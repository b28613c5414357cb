package analysis

import "math"

// CalibrationRow says what share of a class's sales plain intervals of a level held.
// Plain: their level is the stated one each week, not adapted as that of the
// intervals which the estimates carry, so that levels can be compared with each other.
type CalibrationRow struct {
	Class  string  // as of BacktestRow
	Level  float64 // stated
	N      int     // sales that had an interval
	Inside *float64
	SE     *float64 // standard error of Inside, the sales of a week taken as going together; nil with fewer than two weeks
}

// calibrationLevels are the levels that are measured. At 95 % an interval needs 19
// errors, and each has 20 or more.
var calibrationLevels = [...]float64{0.5, 0.6, 0.7, 0.8, 0.9, 0.95}

// levelCounts counts the sales of a class by week, and how many each level held.
type levelCounts struct {
	weeks []levelWeek
}

type levelWeek struct {
	origin int32
	n      int
	inside [len(calibrationLevels)]int
}

// add takes the next sale; origins never go back.
func (c *levelCounts) add(s scored) {
	if math.IsInf(s.rank, 1) {
		return
	}
	if n := len(c.weeks); n == 0 || c.weeks[n-1].origin != s.origin {
		c.weeks = append(c.weeks, levelWeek{origin: s.origin})
	}
	w := &c.weeks[len(c.weeks)-1]
	w.n++
	for i, level := range calibrationLevels {
		if s.rank < level-1e-12 { // 21·0.9 may be 18.900000000000002
			w.inside[i]++
		}
	}
}

// calibration is one row per class and level.
func (c *scorecard) calibration() []CalibrationRow {
	var out []CalibrationRow
	for _, class := range scoredClasses() {
		for i, level := range calibrationLevels {
			r := c.levels[class].share(i)
			r.Class, r.Level = className(class), level
			out = append(out, r)
		}
	}
	return out
}

// share is a ratio of sums over weeks, and its standard error that of such a ratio
// (Cochran 1977, Sampling Techniques, section 6.4, weeks as the units): with each sale
// as a unit it would be too small, for one release moves hundreds of sales of a week.
func (c *levelCounts) share(level int) CalibrationRow {
	var r CalibrationRow
	inside := 0
	for _, w := range c.weeks {
		r.N += w.n
		inside += w.inside[level]
	}
	if r.N == 0 {
		return r
	}
	share := float64(inside) / float64(r.N)
	r.Inside = figure(share)
	if weeks := float64(len(c.weeks)); weeks >= 2 {
		squares := 0.0
		for _, w := range c.weeks {
			d := float64(w.inside[level]) - share*float64(w.n)
			squares += d * d
		}
		r.SE = figure(math.Sqrt(squares*weeks/(weeks-1)) / float64(r.N))
	}
	return r
}
