package stat

import (
	"fmt"
	"math"
)

// MeanSplice is the log by which a new window's index lies below the published
// one: the mean over the weeks of both of published − window, both natural logs.
// The window's weeks plus this are what to publish. It is the geometric mean of
// the links by every single week of the overlap ("mean splice on published
// values", IndexNumR's mean_pub; Diewert & Fox 2020), so that no week's error is
// carried on as a splice on one week carries it. NaN without an overlap.
//
// published[i] and window[i] are of the same week.
func MeanSplice(published, window []float64) float64 {
	if len(published) != len(window) {
		panic(fmt.Sprintf("stat: %d published weeks and %d of a window", len(published), len(window)))
	}
	sum := 0.0
	for i := range published {
		sum += published[i] - window[i]
	}
	return sum / float64(len(published))
}

// SplicePolicy says when a published week stops moving.
type SplicePolicy struct {
	// Provisional is for how many weeks, the newest included, a value may still
	// change: 8 in use. 0 freezes every week as it is first published.
	Provisional int
	// Window is the least length of a refit that doesn't reach back to week 0:
	// 26 or more in use, and all weeks where one can. A short window lets every
	// splice drift: on the contest's 77 weeks (age bands, 8 provisional weeks) the
	// published index ended at 81 with windows of 26, at 69 with 52 and at 66 with
	// all weeks in each refit, where one fit of all weeks ends at 61.
	Window int
}

// Series is a published index that grows by refits of a window. Its weeks are
// frozen once they are older than the policy's provisional weeks, and a new
// window is linked to the frozen ones by the mean splice; only weeks that aren't
// frozen take the new window's values. All values are natural logs relative to
// week 0.
//
// A Series that has nothing but its Policy is empty.
type Series struct {
	Policy   SplicePolicy
	points   []Point
	vintages [][]float64
}

// RestoreSeries makes a series of its stored vintages, each all weeks from 0 on as
// they stood then, oldest first. It can be published on, and knows every week's
// history. A vintage that changes what the policy had frozen is an error.
func RestoreSeries(policy SplicePolicy, vintages [][]float64) (*Series, error) {
	s := &Series{Policy: policy}
	for v, log := range vintages {
		if err := s.check(0, log); err != nil {
			return nil, fmt.Errorf("vintage %d: %w", v, err)
		}
		frozen := s.frozen()
		for t := range frozen {
			if log[t] != s.points[t].Log {
				return nil, fmt.Errorf("vintage %d has week %d, frozen at %v, at %v", v, t, s.points[t].Log, log[t])
			}
		}
		s.record(frozen, log[frozen:])
	}
	return s, nil
}

// Point is a week of a published index.
type Point struct {
	Log     float64   // the value that holds now
	Frozen  bool      // it won't change again
	History []Revised // every value it had, oldest first: at least one
}

// Revised is the value that a week had as of a vintage.
type Revised struct {
	Vintage int // counted from 0
	Log     float64
}

// Vintage is the published index as it stood after a refit.
type Vintage struct {
	Link float64   // what was added to the window's logs
	Log  []float64 // weeks 0…, as long as the series was then
}

// Publish takes the log index of a window of weeks, of which the first is start,
// in any normalisation, and gives the vintage that results. A window must reach
// the newest published week, leave no gap, be as long as the policy says unless
// it begins with week 0, and overlap with frozen weeks as soon as there are any.
// On an error nothing is published.
func (s *Series) Publish(start int, window []float64) (Vintage, error) {
	if err := s.check(start, window); err != nil {
		return Vintage{}, err
	}
	frozen := s.frozen()
	var v Vintage
	switch {
	case frozen > start:
		overlap := make([]float64, frozen-start)
		for i := range overlap {
			overlap[i] = s.points[start+i].Log
		}
		v.Link = MeanSplice(overlap, window[:len(overlap)])
	case start == 0:
		v.Link = -window[0] // nothing is frozen yet: week 0 is the base
	default:
		return Vintage{}, fmt.Errorf("a window from week %d on overlaps with no frozen week (%d are frozen): begin it earlier", start, frozen)
	}
	first := max(start, frozen)
	log := append([]float64(nil), window[first-start:]...)
	for i := range log {
		log[i] += v.Link
	}
	s.record(first, log)
	v.Log = append(v.Log, s.vintages[len(s.vintages)-1]...)
	return v, nil
}

// frozen is how many weeks are.
func (s *Series) frozen() int {
	n := 0
	for n < len(s.points) && s.points[n].Frozen {
		n++
	}
	return n
}

// record sets the weeks from first on, freezes what is old enough and keeps the
// vintage.
func (s *Series) record(first int, log []float64) {
	for i, x := range log {
		if first+i == len(s.points) {
			s.points = append(s.points, Point{})
		}
		p := &s.points[first+i]
		p.Log = x
		p.History = append(p.History, Revised{len(s.vintages), x})
	}
	var all []float64
	for t := range s.points {
		s.points[t].Frozen = t < len(s.points)-s.Policy.Provisional
		all = append(all, s.points[t].Log)
	}
	s.vintages = append(s.vintages, all)
}

func (s *Series) check(start int, window []float64) error {
	end, n := start+len(window), len(s.points)
	for i, x := range window {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("week %d of the window has a log index of %v", start+i, x)
		}
	}
	switch {
	case s.Policy.Provisional < 0 || s.Policy.Window < 0:
		return fmt.Errorf("%d provisional weeks and a window of %d: give 0 or more", s.Policy.Provisional, s.Policy.Window)
	case start < 0 || len(window) == 0:
		return fmt.Errorf("a window of %d weeks from week %d on", len(window), start)
	case start > n:
		return fmt.Errorf("a window from week %d on leaves a gap after %d published weeks", start, n)
	case end < n:
		return fmt.Errorf("a window up to week %d ends before the newest published week %d", end-1, n-1)
	case start > 0 && len(window) < s.Policy.Window:
		return fmt.Errorf("a window of %d weeks: take %d or more, or all weeks", len(window), s.Policy.Window)
	}
	return nil
}

// Points gives the weeks as they stand now. The histories are the series' own.
func (s *Series) Points() []Point { return append([]Point(nil), s.points...) }

// Vintages gives every published state, oldest first: all weeks from 0 on as they
// stood then, as RestoreSeries and IndexRevision take them.
func (s *Series) Vintages() [][]float64 { return append([][]float64(nil), s.vintages...) }
