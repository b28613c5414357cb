package stat

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// The interval's ends are the rates at which what was seen, or more, or less, has
// probability (1 − level)/2: the definition of Garwood 1936. Tables of it have
// 4.80 to 18.39 for a count of 10 at 95 %; for none the upper end is −ln 0.025 = 3.689.
func TestRateInterval(t *testing.T) {
	for _, c := range []struct {
		count  int
		lo, hi float64
	}{{0, 0, -math.Log(0.025)}, {1, -math.Log(0.975), 5.57}, {10, 4.80, 18.39}} {
		lo, hi := RateInterval(c.count, 0.95)
		if math.Abs(lo-c.lo) > 5e-3 || math.Abs(hi-c.hi) > 5e-3 {
			t.Errorf("%d: %.4f to %.4f, want %.4f to %.4f", c.count, lo, hi, c.lo, c.hi)
		}
	}
	for _, n := range []int{1, 7, 300, 40_000} {
		lo, hi := RateInterval(n, 0.9)
		more, less := 1-distuv.Poisson{Lambda: lo}.CDF(float64(n-1)), distuv.Poisson{Lambda: hi}.CDF(float64(n))
		if math.Abs(more-0.05) > 1e-6 || math.Abs(less-0.05) > 1e-6 {
			t.Errorf("%d: tails %v and %v, want 0.05", n, more, less)
		}
	}
	if lo, _ := RateInterval(-1, 0.95); !math.IsNaN(lo) {
		t.Error("a count below 0 has an interval")
	}
}

// 5 of 10 at 95 %: 0.1871 to 0.8129 (Clopper & Pearson's chart; R's binom.test). None
// of n: 1 − 0.025^(1/n).
func TestShareInterval(t *testing.T) {
	for _, c := range []struct {
		k, n   int
		lo, hi float64
	}{{5, 10, 0.1871, 0.8129}, {0, 10, 0, 1 - math.Pow(0.025, 0.1)}, {10, 10, math.Pow(0.025, 0.1), 1}} {
		lo, hi := ShareInterval(c.k, c.n, 0.95)
		if math.Abs(lo-c.lo) > 5e-5 || math.Abs(hi-c.hi) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.k, c.n, lo, hi, c.lo, c.hi)
		}
	}
	if lo, _ := ShareInterval(1, 0, 0.95); !math.IsNaN(lo) {
		t.Error("a share of nothing has an interval")
	}
}

// Three groups of 100, 50 and 50: the first leads nearly always (100 against 50 is
// 50/√150 = 4 standard deviations apart), and the others share the rest evenly.
func TestCountAndShareRanks(t *testing.T) {
	group := func(key string, below, above int) Group {
		h, err := NewHistogram([]Count{{0.5, below}, {2, above}})
		if err != nil {
			t.Fatal(err)
		}
		return Group{key, h}
	}
	// As counts 100, 50, 50; as shares above 1: 0.1, 0.9, 0.9.
	groups := []Group{group("a", 90, 10), group("b", 5, 45), group("c", 5, 45)}
	counts, err := Bootstrap{Seed: 1}.CountRanks(groups)
	if err != nil {
		t.Fatal(err)
	}
	shares, err := Bootstrap{Seed: 1}.ShareRanks(groups, 1)
	if err != nil {
		t.Fatal(err)
	}
	if counts[0].Key != "a" || counts[0].Value != 100 || counts[0].Places[0] < 0.999 || math.Abs(counts[1].Places[1]-0.5) > 0.03 {
		t.Errorf("by count: %+v", counts)
	}
	if shares[2].Key != "a" || shares[2].Value != 0.1 || shares[2].Places[2] != 1 || math.Abs(shares[0].Places[0]-0.5) > 0.03 {
		t.Errorf("by share: %+v", shares)
	}
	// All above: each draw says so, and equals share the places.
	sure, err := Bootstrap{}.ShareRanks([]Group{group("x", 0, 6), group("y", 0, 9)}, 1)
	if err != nil || sure[0].Places[0] != 0.5 || sure[0].Places[1] != 0.5 {
		t.Errorf("two that are always above: %+v, %v", sure, err)
	}
}
