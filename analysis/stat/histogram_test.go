package stat

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A sample of few distinct values, as sale multiples at four decimals are, with
// its counts in an order of their own.
func drawSample(t *rapid.T) (sorted []float64, counts []Count) {
	n := rapid.IntRange(1, 40).Draw(t, "pairs")
	for range n {
		c := Count{
			Value: float64(rapid.IntRange(-5, 30).Draw(t, "value")) / 8,
			N:     rapid.IntRange(0, 4).Draw(t, "count"),
		}
		counts = append(counts, c)
		for range c.N {
			sorted = append(sorted, c.Value)
		}
	}
	slices.Sort(sorted)
	return sorted, counts
}

func mustHistogram(t interface{ Fatal(...any) }, counts []Count) Histogram {
	h, err := NewHistogram(counts)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func TestHistogramEqualsItsExpansion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sorted, counts := drawSample(t)
		h := mustHistogram(t, counts)
		if h.N() != len(sorted) {
			t.Fatalf("N = %d, expanded %d", h.N(), len(sorted))
		}
		for i, v := range sorted {
			if got := h.At(i + 1); got != v {
				t.Fatalf("At(%d) = %v, expanded %v", i+1, got, v)
			}
		}
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		if a, b := h.Quantile7(p), Quantile7(sorted, p); !same(a, b) {
			t.Fatalf("Quantile7(%v) = %v, expanded %v", p, a, b)
		}
		x := rapid.Float64Range(-1, 4).Draw(t, "x")
		above := 0
		for _, v := range sorted {
			if v > x {
				above++
			}
		}
		if a, b := h.ShareAbove(x), float64(above)/float64(len(sorted)); !same(a, b) {
			t.Fatalf("ShareAbove(%v) = %v, expanded %v", x, a, b)
		}
	})
}

func TestHistogramOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, counts := drawSample(t)
		before := slices.Clone(counts)
		a := mustHistogram(t, counts)
		if !slices.Equal(counts, before) {
			t.Fatal("NewHistogram changed its argument")
		}
		b := mustHistogram(t, rapid.Permutation(counts).Draw(t, "shuffled"))
		if !slices.Equal(a.values, b.values) || !slices.Equal(a.upTo, b.upTo) {
			t.Fatalf("%v, shuffled %v", a, b)
		}
	})
}

func TestMedianIntervalBracketsAndGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, counts := drawSample(t)
		h := mustHistogram(t, counts)
		l1 := rapid.Float64Range(0.01, 0.99).Draw(t, "level")
		l2 := rapid.Float64Range(l1, 0.999).Draw(t, "higher level")
		narrow, ok1 := h.MedianInterval(l1)
		wide, ok2 := h.MedianInterval(l2)
		if ok2 && !ok1 {
			t.Fatalf("an interval at %v and none at %v", l2, l1)
		}
		if ok1 != (h.N() >= MinN(l1)) {
			t.Fatalf("n=%d: ok=%v, MinN(%v) = %d", h.N(), ok1, l1, MinN(l1))
		}
		if m := h.Median(); ok1 && !(narrow.Lo <= m && m <= narrow.Hi && narrow.Coverage >= l1-1e-15) {
			t.Fatalf("median %v outside %+v at level %v", m, narrow, l1)
		}
		if ok2 && !(wide.Lo <= narrow.Lo && narrow.Hi <= wide.Hi && wide.Coverage >= narrow.Coverage) {
			t.Fatalf("%+v at %v does not hold %+v at %v", wide, l2, narrow, l1)
		}
	})
}

// Ranks 2 and 9 of ten (n = 10, 95 %: k = 2, coverage 1 − 22/1024).
func TestMedianIntervalByHand(t *testing.T) {
	h := mustHistogram(t, []Count{{1.5, 3}, {1.1, 1}, {1.2, 2}, {3, 2}, {2, 2}})
	iv, ok := h.MedianInterval(0.95)
	if want := (Interval{1.2, 3, 1 - 22.0/1024}); !ok || iv != want {
		t.Errorf("%+v %v, want %+v", iv, ok, want)
	}
	// Sorted: 1.1 1.2 1.2 1.5 1.5 | 1.5 2 2 3 3.
	if m := h.Median(); m != 1.5 {
		t.Errorf("median %v, want 1.5", m)
	}
	if s := h.ShareAbove(1.5); s != 0.4 {
		t.Errorf("share above 1.5 is %v, want 0.4: the three at 1.5 are not above it", s)
	}
}

func TestHistogramEdges(t *testing.T) {
	var empty Histogram
	if empty.N() != 0 || !math.IsNaN(empty.Median()) || !math.IsNaN(empty.ShareAbove(1)) {
		t.Errorf("empty: N %d, median %v, share %v", empty.N(), empty.Median(), empty.ShareAbove(1))
	}
	if _, ok := empty.MedianInterval(0.95); ok {
		t.Error("the empty sample carries an interval")
	}
	for _, c := range []struct {
		count Count
		want  string
	}{
		{Count{1, -1}, "count of -1"},
		{Count{math.NaN(), 1}, "not a finite number"},
		{Count{math.Inf(1), 1}, "not a finite number"},
	} {
		if _, err := NewHistogram([]Count{c.count}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want an error with %q", c.count, err, c.want)
		}
	}
	if _, err := NewHistogram([]Count{{1, math.MaxInt}, {2, 1}}); err == nil {
		t.Error("counts over the largest int were added up")
	}
	if h := mustHistogram(t, []Count{{math.Copysign(0, -1), 1}, {0, 1}}); len(h.values) != 1 || math.Signbit(h.At(1)) {
		t.Errorf("−0 and 0 are %d values, first %v", len(h.values), h.At(1))
	}
	for _, rank := range []int{0, 2} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of a sample of one did not panic", rank)
				}
			}()
			mustHistogram(t, []Count{{1, 1}}).At(rank)
		}()
	}
}
