package analysis

import (
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// What intervals are made of; see tuning_test.go for what else was tried.
const (
	bandOrigins = 13   // origins whose errors they are made of
	bandLeast   = 20   // errors of a class, below which the next class's are added
	bandStep    = 0.15 // of the adaptive level, for an origin of a class's usual number of sales
)

// intervals makes the next sale's interval (method M5) by split conformal prediction
// within the classes of liquidity, from the errors of the last origins in units of the sd that
// was expected of each. Errors of a style in an origin go together and weigh as a group;
// the level adapts by class, and counts sales, for it is sales that an interval is to hold.
//
// Note: with classes of their own for young styles, as M5 has it, those held 80 % and
// the classes of liquidity that are reported did not: what is unsure about the
// young is in the expected sd already.
type intervals struct {
	level    float64
	adaptive *stat.AdaptiveLevel
	past     []originErrors // at most bandOrigins, oldest first
	now      originErrors
	groups   map[[2]int32]int // class, style: place among now's groups
	halves   [classes]float64
	made     stat.Conformal      // what the halves are of
	pools    [classes]*stat.Pool // of made, where anybody asked
}

// originErrors are the errors of an origin by class and style, the styles in the order of
// their first sales, which no half-width depends on.
type originErrors [classes][][]float64

func newIntervals(level float64) *intervals {
	return &intervals{level: level, adaptive: stat.NewAdaptiveLevel(int(classes), level, bandStep)}
}

// begin makes the half-widths of an origin.
func (iv *intervals) begin() {
	iv.now, iv.groups = originErrors{}, map[[2]int32]int{}
	pool := make([][][]float64, classes)
	for _, o := range iv.past {
		for k := range pool {
			pool[k] = append(pool[k], o[k]...)
		}
	}
	c, err := stat.NewGroupedConformal(pool, bandLeast)
	iv.made = c
	for k := range iv.halves {
		iv.halves[k], iv.pools[k] = math.Inf(1), nil
		if err != nil {
			continue
		}
		// A level of 1 has no finite width; one miss in all is the widest there is.
		if b, ok := c.Band(k, min(iv.adaptive.Level(k), 0.99)); ok {
			iv.halves[k] = b.HalfWidth
		}
	}
}

// half is the class's half-width, in units of what is expected.
func (iv *intervals) half(class liquidity) float64 { return iv.halves[class] }

// rank is the level from which on the class's plain interval, of no adapted level, would
// hold an error.
func (iv *intervals) rank(class liquidity, err float64) float64 {
	if iv.pools[class] == nil {
		p := iv.made.Pool(int(class))
		iv.pools[class] = &p
	}
	return iv.pools[class].Level(err)
}

func (iv *intervals) learn(class liquidity, style int32, err float64) {
	key := [2]int32{int32(class), style}
	at, ok := iv.groups[key]
	if !ok {
		at = len(iv.now[class])
		iv.groups[key] = at
		iv.now[class] = append(iv.now[class], nil)
	}
	iv.now[class][at] = append(iv.now[class][at], err)
}

// end tells the levels how many were missed.
func (iv *intervals) end() {
	for k, groups := range iv.now {
		if math.IsInf(iv.halves[k], 1) {
			continue
		}
		missed, n := 0, 0
		for _, errs := range groups {
			n += len(errs)
			for _, e := range errs {
				if e > iv.halves[k] {
					missed++
				}
			}
		}
		iv.adaptive.UpdateByOutcome(k, missed, n)
	}
	iv.past = append(iv.past, iv.now)
	if len(iv.past) > bandOrigins {
		iv.past = slices.Delete(iv.past, 0, 1)
	}
}
