package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// rankFuzz makes a product that is an integer but for rounding that integer, as in Quantile1.
const rankFuzz = 4 * 0x1p-52

// ConformalRank is k = ⌈(n+1)·level⌉: the k-th smallest of n absolute residuals is a
// half-width that encloses the next outcome with probability level or more, when
// residuals and outcome are exchangeable (Vovk, Gammerman & Shafer 2005, Algorithmic
// Learning in a Random World, section 2.2; Lei et al. 2018, JASA 113, theorem 2). ok
// is false where k > n, for only an unbounded interval would do (n < 4 at 80 %, 9 at
// 90 %, 19 at 95 %), and for a level outside [0, 1).
func ConformalRank(n int, level float64) (k int, ok bool) {
	if n < 1 || !(level >= 0 && level < 1) {
		return 0, false
	}
	k = max(int(math.Ceil(float64(n+1)*(level-rankFuzz))), 1)
	return k, k <= n
}

// Band is the half-width of an interval around a forecast, and what it rests on.
type Band struct {
	HalfWidth float64 // in units of the residuals
	N         int     // residuals
	From, To  int     // the classes that were pooled for it, From..To; both the class asked for where its own sufficed
}

// Conformal holds residuals by class and gives split conformal intervals: forecast
// ± HalfWidth. One class is the pooled interval; several are Mondrian, holding their
// level in each class (Vovk, Gammerman & Shafer 2005, section 4.5). For intervals in
// proportion to some σ of each case, give residuals divided by σ and multiply the
// half-width by the σ of the new case.
//
// Residuals drift and are not exchangeable for long: AdaptiveLevel corrects slowly what
// that does, and measured coverage belongs beside every target.
type Conformal struct {
	classes [][]residual // sorted by size
	atLeast int
}

type residual struct{ size, weight float64 }

// NewConformal takes residuals (signs don't matter) by class, the classes in an order in
// which neighbours are alike, such as from the thinnest to the fullest cells; they
// are copied. A class with fewer than atLeast residuals is not used alone. An error names
// a residual that is not a number; an infinite one is a miss at any width.
func NewConformal(residuals [][]float64, atLeast int) (Conformal, error) {
	groups := make([][][]float64, len(residuals))
	for i, class := range residuals {
		for _, r := range class {
			groups[i] = append(groups[i], []float64{r})
		}
	}
	return NewGroupedConformal(groups, atLeast)
}

// NewGroupedConformal is NewConformal of residuals that come in groups, whose errors go
// together, as those of the sales of one style in one week: by class, group, residual.
// Each of a group of n weighs 1/√n, between a vote for each residual, which lets the
// largest groups speak for all, and a vote for each group, which leaves the level to
// chance where outcomes are of large ones (Dunn, Wasserman & Ramdas 2023,
// Distribution-Free Prediction Sets for Two-Layer Hierarchical Models, JASA 118, weigh
// groups the same). Groups of one are the ordinary interval.
func NewGroupedConformal(groups [][][]float64, atLeast int) (Conformal, error) {
	c := Conformal{classes: make([][]residual, len(groups)), atLeast: atLeast}
	for i, class := range groups {
		for _, group := range class {
			for _, r := range group {
				if math.IsNaN(r) {
					return Conformal{}, fmt.Errorf("conformal: residual %d of class %d is not a number", len(c.classes[i]), i)
				}
				c.classes[i] = append(c.classes[i], residual{math.Abs(r), 1 / math.Sqrt(float64(len(group)))})
			}
		}
		sortResiduals(c.classes[i])
	}
	return c, nil
}

func sortResiduals(x []residual) {
	slices.SortFunc(x, func(a, b residual) int {
		return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.weight, b.weight))
	})
}

// enclose is ConformalRank with weights: the smallest size that, with all below it, has
// the level's share of the weight and of one more outcome, of the weight that a
// residual has on average, weighted.
func enclose(sorted []residual, level float64) (size float64, ok bool) {
	if !(level >= 0 && level < 1) {
		return 0, false
	}
	total, squares := 0.0, 0.0
	for _, r := range sorted {
		total += r.weight
		squares += r.weight * r.weight
	}
	if total == 0 {
		return 0, false
	}
	limit, sum := (total+squares/total)*(level-rankFuzz), 0.0
	for _, r := range sorted {
		if sum += r.weight; sum >= limit {
			return r.size, true
		}
	}
	return 0, false
}

// Band is the interval of a class at this level. Where the class has too few residuals
// for the level, or fewer than asked for, it is pooled with the next class, and so on;
// after the last class, with those before it. The pool then holds the level on
// average and not in the class itself: the Band says which classes it is of. ok is
// false where all together are too few, and where the level lets in no miss at all.
//
// It panics for a class that does not exist.
func (c Conformal) Band(class int, level float64) (b Band, ok bool) {
	pool := c.classes[class]
	b = Band{From: class, To: class}
	for {
		half, enough := enclose(pool, level)
		if enough && len(pool) >= c.atLeast {
			b.N, b.HalfWidth = len(pool), half
			return b, !math.IsInf(b.HalfWidth, 1)
		}
		var more []residual
		switch {
		case b.To+1 < len(c.classes):
			b.To++
			more = c.classes[b.To]
		case b.From > 0:
			b.From--
			more = c.classes[b.From]
		default:
			return Band{HalfWidth: math.Inf(1), N: len(pool), From: b.From, To: b.To}, false
		}
		pool = slices.Concat(pool, more)
		sortResiduals(pool)
	}
}

// Pool is the residuals that the bands of a class are made of, at every level that its own
// suffice for: its own, or with those of its neighbours where they are fewer than asked
// for. The zero Pool is of none.
type Pool struct {
	sizes []float64 // ascending
	below []float64 // weight of those before; one more, of all
	one   float64   // weight of one more outcome
}

// Pool is a class's; the zero Pool where all residuals together are too few.
//
// It panics for a class that does not exist.
func (c Conformal) Pool(class int) Pool {
	b, _ := c.Band(class, 0)
	if b.N < max(c.atLeast, 1) {
		return Pool{}
	}
	all := c.classes[b.From]
	if b.From < b.To {
		all = slices.Concat(c.classes[b.From : b.To+1]...)
		sortResiduals(all)
	}
	p := Pool{below: []float64{0}}
	total, squares := 0.0, 0.0
	for _, r := range all {
		total += r.weight
		squares += r.weight * r.weight
		p.sizes, p.below = append(p.sizes, r.size), append(p.below, total)
	}
	p.one = squares / total
	return p
}

// Level is where an absolute residual stands in the pool: the intervals of every level
// above it enclose the residual, and those of no level up to it do. So one number for each
// outcome tells the coverage at all levels; were pool and outcomes exchangeable, it would be
// uniform on [0, 1), as a probability integral transform is (Vovk, Gammerman & Shafer 2005,
// section 2.2: 1 minus it is the conformal p-value). +Inf for an empty pool, of which no
// interval is made.
func (p Pool) Level(residual float64) float64 {
	if len(p.sizes) == 0 {
		return math.Inf(1)
	}
	before, _ := slices.BinarySearch(p.sizes, math.Abs(residual))
	return p.below[before] / (p.below[len(p.sizes)] + p.one)
}

// AdaptiveLevel keeps a level for each class that moves until the misses are as many as
// they should be: α ← α + step·(target − miss), once a period (Gibbs & Candès 2021,
// Adaptive Conformal Inference Under Distribution Shift, NeurIPS 34, equation 2, with
// γ = step; method M5 takes 0.1 and a week). α is the share of misses asked for next.
//
// Over T periods the mean of the misses is then within (max(α₁, 1−α₁) + step)/(T·step)
// of the target, whatever the outcomes (their proposition 4.1), if the interval is
// unbounded at a Level of 1 and empty at 0.
type AdaptiveLevel struct {
	target, step      float64
	alpha             []float64
	outcomes, periods []float64 // told of by UpdateByOutcome
}

// NewAdaptiveLevel starts all classes at the level: 0.8 lets a fifth be missed. It
// panics where the level is not in (0, 1), the step is not above 0.
func NewAdaptiveLevel(classes int, level, step float64) *AdaptiveLevel {
	if !(level > 0 && level < 1 && step > 0) {
		panic(fmt.Sprintf("stat: adaptive level %v with step %v", level, step))
	}
	a := &AdaptiveLevel{target: 1 - level, step: step, alpha: make([]float64, classes), outcomes: make([]float64, classes), periods: make([]float64, classes)}
	for i := range a.alpha {
		a.alpha[i] = a.target
	}
	return a
}

// Update tells how many of a class's n outcomes of one period were missed. A period
// without outcomes changes nothing. It panics unless 0 ≤ missed ≤ n.
func (a *AdaptiveLevel) Update(class, missed, n int) {
	if missed < 0 || missed > n {
		panic(fmt.Sprintf("stat: %d of %d outcomes missed", missed, n))
	}
	if n > 0 {
		a.alpha[class] += a.step * (a.target - float64(missed)/float64(n))
	}
}

// UpdateByOutcome is Update with a period of n outcomes counted n times over the class's
// mean so far, so that outcomes and not periods are missed as often as they should be:
// where the fullest weeks are those that go wrong, weeks alike do not make that good.
func (a *AdaptiveLevel) UpdateByOutcome(class, missed, n int) {
	if missed < 0 || missed > n {
		panic(fmt.Sprintf("stat: %d of %d outcomes missed", missed, n))
	}
	if n > 0 {
		a.outcomes[class] += float64(n)
		a.periods[class]++
		a.alpha[class] += a.step * (a.target*float64(n) - float64(missed)) * a.periods[class] / a.outcomes[class]
	}
}

// Level is the level to ask of the class's next interval, in [0, 1]. At 1 no finite
// interval is wide enough, as Conformal.Band says by ok; at 0 an empty one will do.
func (a *AdaptiveLevel) Level(class int) float64 {
	return min(max(1-a.alpha[class], 0), 1)
}
