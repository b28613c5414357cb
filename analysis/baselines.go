package analysis

import (
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// baselines are the forecasts that an estimate has to beat: the last sale of the
// same style and size (B0), the median of the style's 28 days (B1), that of style and
// size (B2), and B2 only where it rests on five sales (B3). All are of ln multiple,
// and fall back on B1 and the last sale; case stockx_backtest says how.
type baselines struct {
	assets map[[2]int32]*history
	styles map[int32]*history
}

// history is what was paid before an origin.
type history struct {
	last   float64
	recent []trade // of the 28 days before the origin, and older ones not yet dropped
	day    int32   // origin that median and n are of
	n      int
	median float64 // NaN for none
}

func newBaselines() *baselines {
	return &baselines{assets: map[[2]int32]*history{}, styles: map[int32]*history{}}
}

// learn takes in a sale; sales come in the order of their days.
func (b *baselines) learn(t trade) {
	key := [2]int32{t.style, t.form}
	if b.assets[key] == nil {
		b.assets[key] = &history{}
	}
	if b.styles[t.style] == nil {
		b.styles[t.style] = &history{}
	}
	for _, h := range []*history{b.assets[key], b.styles[t.style]} {
		h.last = t.y
		h.recent = append(h.recent, t)
		h.day = 0
		// Dropped now and then, so that a history is about as long as its window.
		if len(h.recent) >= 64 && h.recent[len(h.recent)/2].day < t.day-recentDays {
			h.drop(t.day)
		}
	}
}

func (h *history) drop(origin int32) {
	i := 0
	for i < len(h.recent) && h.recent[i].day < origin-recentDays {
		i++
	}
	h.recent = append(h.recent[:0], h.recent[i:]...)
}

// as brings median and n to an origin.
func (h *history) as(origin int32) {
	if h.day == origin {
		return
	}
	h.drop(origin)
	y := make([]float64, len(h.recent))
	for i, t := range h.recent {
		y[i] = t.y
	}
	slices.Sort(y)
	h.day, h.n, h.median = origin, len(y), stat.Quantile7(y, 0.5)
}

// at gives the four forecasts of a style's form; the style was sold before.
func (b *baselines) at(origin, style, form int32) (y [4]float64) {
	s := b.styles[style]
	s.as(origin)
	last, median := s.last, s.median
	if math.IsNaN(median) {
		median = last
	}
	y = [4]float64{last, median, median, median}
	if a := b.assets[[2]int32{style, form}]; a != nil {
		a.as(origin)
		y[0] = a.last
		if a.n > 0 {
			y[2] = a.median
		}
		if a.n >= 5 {
			y[3] = a.median
		}
	}
	return y
}
