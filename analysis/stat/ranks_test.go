package stat

import (
	"math"
	"math/big"
	"testing"
)

// exactRanks is MedianRanks by its definition, in integers: the tail is a sum of
// binomial coefficients, compared with (1−level)/2 · 2^n as a rational.
func exactRanks(n int, level float64) (k int, coverage float64, ok bool) {
	limit := new(big.Rat).SetFloat64((1 - level) / 2)
	all := new(big.Int).Lsh(big.NewInt(1), uint(n))
	sum, tail := new(big.Int), new(big.Rat)
	for k = 0; ; k++ {
		next := new(big.Int).Add(sum, new(big.Int).Binomial(int64(n), int64(k)))
		if new(big.Rat).SetFrac(next, all).Cmp(limit) > 0 {
			break
		}
		sum = next
		tail.SetFrac(sum, all)
	}
	f, _ := new(big.Rat).Sub(big.NewRat(1, 1), new(big.Rat).Add(tail, tail)).Float64()
	return k, f, k > 0
}

// 0.9375 and 0.5 are levels whose tail is a power of ½, so that a sample can
// meet them with equality: n = 5 has P(Bin ≤ 0) = 1/32 = (1−0.9375)/2.
var rankLevels = []float64{0.001, 0.5, 0.8, 0.9, 0.9375, 0.95, 0.99, 0.999, 1 - 0x1p-20, 1 - 1e-12}

func TestMedianRanksAgreeWithIntegers(t *testing.T) {
	sizes := []int{999, 1000, 1023, 1024, 1025, 1026, 1999, 2000}
	for n := 1; n <= 200; n++ {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		for _, level := range rankLevels {
			k, c, ok := MedianRanks(n, level)
			wantK, wantC, wantOK := exactRanks(n, level)
			if ok != wantOK || k != wantK || ok && math.Abs(c-wantC) > 1e-13 {
				t.Errorf("n=%d level=%v: k=%d coverage=%.17g ok=%v, in integers %d %.17g %v",
					n, level, k, c, ok, wantK, wantC, wantOK)
			}
		}
	}
}

// The arithmetic, by hand: P(Bin(n, ½) ≤ k−1) is a sum of binomial coefficients
// over 2^n. k−1 is the critical value of the two-sided sign test at 5 %, as
// printed in every table of it (n = 20: 5, n = 100: 39).
func TestMedianRanksByHand(t *testing.T) {
	for _, c := range []struct {
		n, k     int
		coverage float64
	}{
		{6, 1, 1 - 2.0/64},
		{8, 1, 1 - 2.0/256},
		{9, 2, 1 - 2*(1+9)/512.0},
		{10, 2, 1 - 2*(1+10)/1024.0},
		{12, 3, 1 - 2*(1+12+66)/4096.0},
		{15, 4, 1 - 2*(1+15+105+455)/32768.0},
		{20, 6, 1 - 2*(1+20+190+1140+4845+15504)/1048576.0},
	} {
		k, coverage, ok := MedianRanks(c.n, 0.95)
		if !ok || k != c.k || coverage != c.coverage {
			t.Errorf("n=%d: k=%d coverage=%v %v, want %d %v", c.n, k, coverage, ok, c.k, c.coverage)
		}
	}
	if k, _, _ := MedianRanks(100, 0.95); k != 40 {
		t.Errorf("n=100: k=%d, want 40", k)
	}
}

func TestMedianRanksRefuses(t *testing.T) {
	for _, c := range []struct {
		n     int
		level float64
	}{{0, 0.95}, {-1, 0.95}, {5, 0.95}, {4, 0.9}, {3, 0.8}, {100, 0}, {100, 1}, {100, -1}, {100, 1.5}, {100, math.NaN()}} {
		if k, cov, ok := MedianRanks(c.n, c.level); ok || k != 0 || cov != 0 {
			t.Errorf("MedianRanks(%d, %v) = %d, %v, %v, want a refusal", c.n, c.level, k, cov, ok)
		}
	}
}

func TestMinN(t *testing.T) {
	for level, want := range map[float64]int{
		0.95: 6, 0.9: 5, 0.8: 4, // method.md M2
		0.9375: 5, // (1−0.9375)/2 = 1/32 = 2^−5: met with equality
		0.99:   8, // 2^−8 ≤ 0.005 < 2^−7
		0.5:    2,
		1:      math.MaxInt, 0: math.MaxInt,
	} {
		if got := MinN(level); got != want {
			t.Errorf("MinN(%v) = %d, want %d", level, got, want)
		}
	}
	for _, level := range rankLevels {
		n := MinN(level)
		if _, _, ok := MedianRanks(n, level); !ok {
			t.Errorf("no interval at n = MinN(%v) = %d", level, n)
		}
		if _, _, ok := MedianRanks(n-1, level); ok {
			t.Errorf("an interval at n = %d below MinN(%v)", n-1, level)
		}
	}
}

// Tails P(Bin(n, ½) ≤ k−1) from 300-bit arithmetic (central coefficient as a
// product, then the ratios of neighbouring terms, all in big.Float).
func TestMedianRanksLarge(t *testing.T) {
	for _, n := range []int{10_000, 100_001, 1_000_000, 10_000_000, 50_000_001} {
		k, c, ok := MedianRanks(n, 0.95)

		// Normal approximation with continuity correction: k ≈ (n+1)/2 − 1.96·√n/2.
		approx := (float64(n)+1)/2 - 1.959963984540054*math.Sqrt(float64(n))/2
		if !ok || math.Abs(float64(k)-approx) > 1 || c < 0.95 || c > 0.95+4/math.Sqrt(float64(n)) {
			t.Errorf("n=%d: k=%d (normal %.2f) coverage %.12f ok=%v", n, k, approx, c, ok)
		}
	}
	for _, c := range []struct {
		n, k int
		tail float64
	}{
		{100_000, 49_692, 0.025520798781468658},
		{1_000_000, 499_021, 0.025056366266393123},
		{10_000_000, 4_996_902, 0.025017566287555065},
	} {
		level := 1 - 2*c.tail*(1+1e-11) // just met by this tail
		if k, cov, _ := MedianRanks(c.n, level); k != c.k || math.Abs(cov-(1-2*c.tail)) > 1e-12 {
			t.Errorf("n=%d: k=%d coverage=%.17g, want %d %.17g", c.n, k, cov, c.k, 1-2*c.tail)
		}
		level = 1 - 2*c.tail*(1-1e-11) // just missed by it
		if k, _, _ := MedianRanks(c.n, level); k != c.k-1 {
			t.Errorf("n=%d: k=%d just below the tail, want %d", c.n, k, c.k-1)
		}
	}
}

func BenchmarkMedianRanks(b *testing.B) {
	for b.Loop() {
		MedianRanks(10_000_000, 0.95)
	}
}
