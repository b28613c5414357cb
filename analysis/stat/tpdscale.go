package stat

import (
	"cmp"
	"math"
	"slices"
)

// scaler finds the median of the absolute residuals, of which it knows from the
// pass before about where it is: a count and a small sort instead of a selection
// among all.
type scaler struct {
	lo, hi float64 // where to look; hi = 0 for no idea yet
	median float64 // of the pass before
	near   []weighed
}

type weighed struct{ x, w float64 }

// of is MAD/0.6745 of the residuals around 0, weighed by votes; for counts it is
// the median of the expanded sample, the mean of the two middle values included.
// A style with one row fits itself exactly, says nothing of the scatter and is
// left out. It is 0 where nothing is left.
func (s *scaler) of(f *tpdFit) float64 {
	if s.hi == 0 {
		s.guess(f)
	}
	m, ok := s.middle(f)
	if !ok {
		s.lo, s.hi = 0.8*s.lo, 1.25*s.hi
		m, ok = s.middle(f)
	}
	if !ok {
		s.lo, s.hi = 0, math.Inf(1)
		m, _ = s.middle(f)
	}
	// The median moves less from pass to pass.
	around := max(2*math.Abs(m-s.median), 1e-4*m)
	s.lo, s.hi, s.median = max(m-around, 0), m+around, m
	return m / 0.6745
}

// guess brackets the median by those of ten thousand residuals.
func (s *scaler) guess(f *tpdFit) {
	var x []float64
	for i := 0; i < len(f.r); i += 1 + len(f.r)/10_000 {
		x = append(x, math.Abs(f.r[i]))
	}
	slices.Sort(x)
	s.lo, s.hi = Quantile7(x, 0.47), Quantile7(x, 0.53)
	if s.hi == 0 {
		s.hi = math.Inf(1)
	}
	s.median = (s.lo + s.hi) / 2
}

// middle is the value at half of the votes; ok is false where it isn't certain to
// be in the bracket.
func (s *scaler) middle(f *tpdFit) (m float64, ok bool) {
	below, all := s.collect(f)
	half := all / 2
	if below >= half && s.lo > 0 {
		return 0, false
	}
	// Votes may not add up to the same in another order: they do within a few values.
	near := narrow(s.near, half-below, &below)
	slices.SortFunc(near, func(a, b weighed) int { return cmp.Compare(a.x, b.x) })
	for i, p := range near {
		below += p.w
		switch {
		case below > half:
			return p.x, true
		case below == half && i+1 < len(near):
			return (p.x + near[i+1].x) / 2, true
		}
	}
	return 0, false
}

// collect keeps what lies in the bracket, and gives the votes below it and all.
func (s *scaler) collect(f *tpdFit) (below, all float64) {
	d := f.d
	s.near = s.near[:0]
	for t := range d.styles {
		from, to := d.first[t], d.first[t+1]
		if d.cells[to].lo-d.cells[from].lo == 1 {
			continue
		}
		for j := from; j < to; j++ {
			v := f.vote(d.cells[j])
			for i := d.cells[j].lo; i < d.cells[j+1].lo; i++ {
				a, w := math.Abs(f.r[i]), v*d.rows[i].n
				all += w
				switch {
				case a < s.lo:
					below += w
				case a <= s.hi:
					s.near = append(s.near, weighed{a, w})
				}
			}
		}
	}
	return below, all
}

// narrow parts x by pivots as long as that leaves the place where the votes reach
// need inside one part, and gives that part; the votes left out before it are added to below.
func narrow(x []weighed, need float64, below *float64) []weighed {
	for len(x) > 64 {
		less, votes := part(x)
		switch {
		case votes > need && less > 0:
			x = x[:less]
		case votes < need && less > 0:
			x, need = x[less:], need-votes
			*below += votes
		default: // the middle lies between the parts, or the pivot is the least
			return x
		}
	}
	return x
}

// part puts what is below the median of three in front, and gives how many that are and
// their votes.
func part(x []weighed) (less int, votes float64) {
	a, b, c := x[0].x, x[len(x)/2].x, x[len(x)-1].x
	pivot := max(min(a, b), min(max(a, b), c))
	for i := range x {
		if x[i].x < pivot {
			votes += x[i].w
			x[i], x[less] = x[less], x[i]
			less++
		}
	}
	return less, votes
}
