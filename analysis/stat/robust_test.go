package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Copper in wholemeal flour, parts per million: Analytical Methods Committee 1989, The
// Analyst 114, 1693–1702; the data set chem of R's MASS.
var chem = []float64{2.9, 3.1, 3.4, 3.4, 3.7, 3.7, 2.8, 2.5, 2.4, 2.4, 2.7, 2.2, 5.28, 3.37, 3.03, 3.03, 28.95, 3.77, 3.4, 2.2, 3.5, 3.6, 3.7, 3.7}

// Venables & Ripley 2002, section 5.5: mad(chem) is 0.52632 and huber(chem), k = 1.5, has
// mu 3.2067 and s 0.52632.
func TestHuberLocationAgreesWithVenablesRipley(t *testing.T) {
	l := HuberLocation(chem, 1.5, 0)
	t.Logf("%+v", l)
	if math.Abs(l.Center-3.2067) > 5e-5 || math.Abs(l.Scale-0.52632) > 2e-5 {
		t.Errorf("%+v, want center 3.2067 and scale 0.52632", l)
	}
	if m := MAD(chem) * 1.4826; math.Abs(m-0.526323) > 1e-6 {
		t.Errorf("MAD × 1.4826 is %v, want 0.526323", m)
	}
}

func TestHuberLocationProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 30).Draw(t, "x")
		k := rapid.SampledFrom([]float64{0.5, HuberK, 1e9}).Draw(t, "k")
		l := HuberLocation(x, k, 0.1)
		if other := HuberLocation(rapid.Permutation(x).Draw(t, "shuffled"), k, 0.1); other != l && len(x) > 1 {
			t.Fatalf("%+v, in another order %+v", l, other)
		}
		psi, mean := 0.0, 0.0
		for _, v := range x {
			psi += HuberWeight(v-l.Center, l.Scale, k) * (v - l.Center)
			mean += v / float64(len(x))
		}
		if math.Abs(psi) > 1e-9*l.Scale*float64(len(x)) {
			t.Fatalf("Σψ = %v at %+v", psi, l)
		}
		if k == 1e9 && math.Abs(l.Center-mean) > 1e-12 {
			t.Fatalf("without a bound the center is the mean %v, got %+v", mean, l)
		}
		if m := slices.Min(x); l.Center < m-1e-12 || l.Center > slices.Max(x)+1e-12 {
			t.Fatalf("%+v is outside the sample", l)
		}
	})
}

func TestHuberLocationEdges(t *testing.T) {
	if l := HuberLocation(nil, HuberK, 1); !math.IsNaN(l.Center) {
		t.Errorf("empty: %+v", l)
	}
	// Half the sample equal: MAD 0, the center is the median.
	if l := HuberLocation([]float64{1, 1, 1, 9}, HuberK, 0); l.Center != 1 || l.Scale != 0 {
		t.Errorf("MAD of 0: %+v", l)
	}
	// With a scale of 0.1: 1·3 values pull by c−1, the fourth by its limit 0.1345.
	if l := HuberLocation([]float64{1, 1, 1, 9}, HuberK, 0.1); math.Abs(l.Center-(1+0.1345/3)) > 1e-12 {
		t.Errorf("smallest scale 0.1: %+v, want center %v", l, 1+0.1345/3)
	}
	// The standard error of a mean when nothing is bounded.
	if l := HuberLocation([]float64{1, 2, 3, 6}, 1e9, 0); math.Abs(l.StdErr-math.Sqrt(14./3/4)) > 1e-12 {
		t.Errorf("%+v, want standard error √(14/3/4)", l)
	}
	if w := HuberWeight(0, 0, HuberK); w != 1 {
		t.Errorf("weight of a residual of 0 at scale 0 is %v", w)
	}
	if w := HuberWeight(-2.69, 1, HuberK); w != 0.5 {
		t.Errorf("weight of −2k is %v, want ½", w)
	}
}

// Median 3, deviations 2 1 0 1 97: MAD 1.
func TestModifiedZ(t *testing.T) {
	want := []float64{-2 * 0.6745, -0.6745, 0, 0.6745, 97 * 0.6745}
	for i, z := range ModifiedZ([]float64{1, 2, 3, 4, 100}, 0.03) {
		if math.Abs(z-want[i]) > 1e-12 {
			t.Errorf("value %d: %v, want %v", i, z, want[i])
		}
	}
	if z := ModifiedZ([]float64{1, 1, 1, 2}, 0.5); z[3] != 0.6745*2 || z[0] != 0 {
		t.Errorf("with a floor of 0.5: %v", z)
	}
	if z := ModifiedZ([]float64{1, 1, 1, 2, 0}, 0); z[0] != 0 || !math.IsInf(z[3], 1) || !math.IsInf(z[4], -1) {
		t.Errorf("without a floor: %v", z)
	}
	if z := ModifiedZ(nil, 1); len(z) != 0 {
		t.Errorf("empty: %v", z)
	}
	if !math.IsNaN(MAD(nil)) {
		t.Error("the empty sample has a MAD")
	}
}
