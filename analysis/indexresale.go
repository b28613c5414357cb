package analysis

import (
	"math"

	"github.com/amassable/greybook/analysis/stat"
)

// resales pairs each week of a thing (style, size and condition) with the week that
// it sold in before; a week's price is the geometric mean of its multiples.
type resales struct {
	to     *[]indexPair
	style  int
	things map[int]*resold
}

type resold struct {
	week, before int // before: −1 for none
	sum, n, mean float64
}

// add takes the sales of the styles one after another, their weeks ascending. A nil
// resales takes none.
func (s *resales) add(thing int, r stat.TPDRow) {
	if s == nil {
		return
	}
	if s.things == nil || r.Style != s.style {
		s.close()
		s.style, s.things = r.Style, map[int]*resold{}
	}
	t := s.things[thing]
	if t == nil {
		t = &resold{week: r.Week, before: -1}
		s.things[thing] = t
	}
	if t.week != r.Week {
		s.end(t)
		*t = resold{week: r.Week, before: t.week, mean: t.sum / t.n}
	}
	t.sum += r.N * r.Mean
	t.n += r.N
}

// end closes a week of a thing.
func (s *resales) end(t *resold) {
	if t.before >= 0 {
		*s.to = append(*s.to, indexPair{s.style, stat.Pair{From: t.before, To: t.week, First: math.Exp(t.mean), Second: math.Exp(t.sum / t.n)}})
	}
}

// close ends the style. The order of pairs says nothing: the index sorts them.
func (s *resales) close() {
	if s == nil {
		return
	}
	for _, t := range s.things {
		s.end(t)
	}
}
