package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestPoolLevel holds the one number against what it stands for: at every level
// the band of the class encloses a residual if and only if the level is above it.
func TestPoolLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Halves, so that residuals tie with each other and with the outcome.
		residual := rapid.Map(rapid.IntRange(-20, 20), func(k int) float64 { return float64(k) / 2 })
		atLeast := rapid.IntRange(1, 25).Draw(t, "at least")
		// Groups of one weigh 1 each, larger ones less.
		group := rapid.SliceOfN(residual, 1, rapid.SampledFrom([]int{1, 5}).Draw(t, "largest group"))
		classes := rapid.SliceOfN(rapid.SliceOfN(group, 0, 20), 1, 4).Draw(t, "classes")
		c, err := NewGroupedConformal(classes, atLeast)
		if err != nil {
			t.Fatal(err)
		}
		class := rapid.IntRange(0, len(classes)-1).Draw(t, "class")
		outcome := math.Abs(residual.Draw(t, "outcome"))
		pool := c.Pool(class)
		reached := pool.Level(outcome)
		for _, level := range []float64{0, 0.05, 0.3, 0.5, 0.8, 0.9, 0.95} {
			b, ok := c.Band(class, level)
			if len(pool.sizes) == 0 {
				if ok {
					t.Fatalf("no pool, and at %v a band of %d residuals", level, b.N)
				}
				continue
			}
			if b.N != len(pool.sizes) { // a level above n/(n+1), for which the band pools more
				if level <= pool.below[len(pool.sizes)]/(pool.below[len(pool.sizes)]+pool.one)-1e-12 {
					t.Fatalf("at %v the band is of %d residuals, the pool of %d", level, b.N, len(pool.sizes))
				}
				continue
			}
			if math.Abs(level-reached) < 1e-12 && level > 0 {
				continue // on the edge rounding decides
			}
			if inside := outcome <= b.HalfWidth; level > 0 && ok && inside != (level > reached) {
				t.Fatalf("%d residuals, outcome %v: band ±%v at %v, reached from %v on", len(pool.sizes), outcome, b.HalfWidth, level, reached)
			}
		}
	})
	if v := (Pool{}).Level(1); !math.IsInf(v, 1) {
		t.Errorf("of no residuals: %v, want +Inf", v)
	}
	four, err := NewConformal([][]float64{{1, 2, 3, 4}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Three of four are smaller: ⌈5p⌉ ≥ 4 from p > 3/5 on.
	if v := four.Pool(0).Level(-3.5); v != 0.6 {
		t.Errorf("third of four: %v, want 0.6", v)
	}
}
