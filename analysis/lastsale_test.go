package analysis

import (
	"math/rand/v2"
	"testing"
)

// Where prices repeat, a share of the last sale is learned; where sales are independent,
// none; and before any was seen it is the usual one.
func TestLeaningIsLearned(t *testing.T) {
	for repeats, want := range map[float64]func(float64) bool{
		0:   func(share float64) bool { return share == 0 },
		0.9: func(share float64) bool { return share >= 0.45 },
	} {
		var l leaning
		if got := l.share(fewSales, 0.3); got != 0.3 {
			t.Errorf("the share is %v before any sale", got)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		for range 20 {
			for range 50 {
				last := rng.NormFloat64()
				y := rng.NormFloat64()
				if rng.Float64() < repeats {
					y = last
				}
				l.learn(fewSales, y, last)
			}
			l.end()
		}
		if got := l.share(fewSales, 0.3); !want(got) {
			t.Errorf("the share is %v where %g of prices repeat", got, repeats)
		}
	}
}

// By hand: a forecast of the weight of 2 sales at 0, sales at 1 and at 9, reach 2. With both
// believed the point would be 10/4, 6.5 from the far one; with that pulling by 2 alone it is
// (1 + 2)/(2 + 1) = 1, where its weight is 2/8.
func TestPulled(t *testing.T) {
	if at, believed := pulled([]float64{1, 9}, nil, 0, 2, 2); at != 1 || believed != 1.25 {
		t.Errorf("%v with %v sales believed, want 1 with 1.25", at, believed)
	}
	// Vouched for, the far one pulls in full: (1 + 9)/(2 + 2) = 2.5.
	if at, believed := pulled([]float64{1}, []float64{9}, 0, 2, 2); at != 2.5 || believed != 2 {
		t.Errorf("%v with %v sales believed, want 2.5 with 2", at, believed)
	}
}
