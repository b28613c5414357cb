package analysis

import (
	"math"

	"github.com/amassable/greybook/analysis/stat"
)

// residualWindow holds the residuals of the last weeks that residuals of this week are
// held against, counted by thousandths.
//
// Note: this week's own are not among them. A z would change while the week goes on.
type residualWindow struct {
	weeks       []residualWeek // oldest first
	counts      map[int16]int
	n           int // counted
	now         []int16
	median, mad float64
	ready       bool // median and mad are those of counts
}

type residualWeek struct {
	monday    int32
	residuals []int16
}

// add notes a residual of this week.
func (w *residualWindow) add(r float64) {
	w.now = append(w.now, int16(math.Round(1000*min(max(r, -32), 32))))
}

// z is the modified z of a residual of this week (Iglewicz and Hoaglin 1993).
func (w *residualWindow) z(r float64) float64 {
	if !w.ready {
		w.median = median(w.counts, func(v float64) float64 { return v })
		w.mad = max(median(w.counts, func(v float64) float64 { return math.Abs(v - w.median) }), doubtFloor)
		w.ready = true
	}
	return 0.6745 * (r - w.median) / w.mad
}

// median is that of f of what was counted, in units of 1, not of thousandths.
func median(counts map[int16]int, f func(float64) float64) float64 {
	list := make([]stat.Count, 0, len(counts))
	for v, n := range counts {
		list = append(list, stat.Count{Value: f(float64(v) / 1000), N: n})
	}
	h, err := stat.NewHistogram(list)
	if err != nil {
		return math.NaN() // no residual within ±32 makes it
	}
	return h.Median()
}

// endWeek takes this week's residuals in, and lets go of those of weeks more than
// doubtWeeks before the next one, as long as doubtSales stay.
func (w *residualWindow) endWeek(monday int32) {
	if w.counts == nil {
		w.counts = map[int16]int{}
	}
	if len(w.now) > 0 {
		w.weeks = append(w.weeks, residualWeek{monday, w.now})
		w.count(w.now, 1)
		w.now = nil
	}
	for len(w.weeks) > 0 && w.weeks[0].monday < monday+7-7*doubtWeeks && w.n-len(w.weeks[0].residuals) >= doubtSales {
		w.count(w.weeks[0].residuals, -1)
		w.weeks = w.weeks[1:]
	}
}

func (w *residualWindow) count(residuals []int16, by int) {
	for _, v := range residuals {
		w.counts[v] += by
		if w.counts[v] == 0 {
			delete(w.counts, v)
		}
	}
	w.n += by * len(residuals)
	w.ready = false
}
