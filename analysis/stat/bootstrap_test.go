package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// All nⁿ samples that can be drawn again from n values, and their medians: the
// draws by rank have the same distribution, for odd and even n and with ties.
func TestBootstrapEqualsDrawingRows(t *testing.T) {
	for _, x := range [][]float64{{1, 2, 4}, {1, 2, 4, 8}, {1, 1, 3, 9, 9}, {0, 1, 3, 7, 15, 31}, {5}, {1, 2}} {
		n, samples := len(x), 1
		for range n {
			samples *= n
		}
		want := map[float64]float64{}
		for s := range samples {
			drawn := make([]float64, n)
			for i := range drawn {
				drawn[i], s = x[s%n], s/n
			}
			slices.Sort(drawn)
			want[Quantile7(drawn, 0.5)] += 1 / float64(samples)
		}
		const draws = 40_000
		got := map[float64]float64{}
		for _, m := range (Bootstrap{Draws: draws}).medians(Group{fmt.Sprint(x), histogramOf(t, x)}) {
			got[m] += 1. / draws
		}
		for m := range got {
			if want[m] == 0 {
				t.Errorf("%v: a median of %v can't be drawn", x, m)
			}
		}
		for m, p := range want {
			if off := math.Abs(got[m] - p); off > 4.5*math.Sqrt(p*(1-p)/draws)+1e-9 {
				t.Errorf("%v: median %v in %.4f of the draws, of all samples in %.4f", x, m, got[m], p)
			}
		}
	}
}

func TestRanks(t *testing.T) {
	group := func(key string, x ...float64) Group { return Group{key, histogramOf(t, x)} }
	ranks, err := Bootstrap{}.Ranks([]Group{
		group("v1", 1, 1.1, 1.2, 1.3, 1.4), group("v2", 3, 3.1, 3.2, 3.3, 3.4),
		group("v3", 3, 3.1, 3.2, 3.3, 3.4), group("v4", 2, 2, 2, 2),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"v2", "v3", "v4", "v1"} { // equal medians by key
		if ranks[i].Key != want {
			t.Errorf("place %d: %s, want %s", i+1, ranks[i].Key, want)
		}
	}
	// Alike samples share the first two places evenly; nothing else can happen below them.
	if p := ranks[0].Places; math.Abs(p[0]-0.5) > 0.03 || math.Abs(p[0]+p[1]-1) > 1e-9 {
		t.Errorf("first: %v, want about ½ and ½", p)
	}
	if ranks[2].Places[2] != 1 || ranks[3].Places[3] != 1 {
		t.Errorf("third %v, fourth %v: both are sure", ranks[2].Places, ranks[3].Places)
	}
	if _, err := (Bootstrap{}).Ranks([]Group{{Key: "empty"}}); err == nil {
		t.Error("an empty group has a rank")
	}
	if _, err := (Bootstrap{}).Ranks([]Group{group("v1", 1), group("v1", 2)}); err == nil {
		t.Error("two groups of one name have ranks")
	}
	if none, err := (Bootstrap{}).Ranks(nil); err != nil || len(none) != 0 {
		t.Errorf("no groups: %v, %v", none, err)
	}
}

func drawGroups(t *rapid.T) []Group {
	groups := make([]Group, rapid.IntRange(2, 5).Draw(t, "groups"))
	for i := range groups {
		var x []float64
		for range rapid.IntRange(1, 12).Draw(t, "n") {
			x = append(x, float64(rapid.IntRange(0, 9).Draw(t, "x")))
		}
		groups[i] = Group{fmt.Sprint("g", i), histogramOf(t, x)}
	}
	return groups
}

func TestBootstrapOrderChangesNoDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := drawGroups(t)
		b := Bootstrap{Draws: 200, Seed: 7}
		ranks, err := b.Ranks(groups)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Ranks(rapid.Permutation(groups).Draw(t, "shuffled"))
		if err != nil {
			t.Fatal(err)
		}
		columns := make([]float64, len(ranks))
		for i, r := range ranks {
			if r.Key != again[i].Key || !slices.Equal(r.Places, again[i].Places) {
				t.Fatalf("%+v, in another order %+v", r, again[i])
			}
			row := 0.0
			for place, p := range r.Places {
				row += p
				columns[place] += p
			}
			if math.Abs(row-1) > 1e-9 {
				t.Fatalf("%+v: places add up to %v", r, row)
			}
		}
		for place, c := range columns {
			if math.Abs(c-1) > 1e-9 {
				t.Fatalf("the groups of place %d add up to %v", place+1, c)
			}
		}
		d, ok := b.MedianDifference(groups[0], groups[1], 0.8)
		e, _ := b.MedianDifference(groups[1], groups[0], 0.8)
		if ok && (d.Value != -e.Value || d.Lo != -e.Hi || d.Hi != -e.Lo || d.Lo > d.Hi) {
			t.Fatalf("%+v, swapped %+v", d, e)
		}
		if big := min(groups[0].Sample.N(), groups[1].Sample.N()) >= 4; ok != big || !ok && !math.IsNaN(d.Lo) {
			t.Fatalf("%+v, %v: an interval at 80 %% wants 4 values", d, ok)
		}
	})
}

// The interval holds its level where there is no difference, and finds one that is there.
func TestMedianDifferenceHoldsItsLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(20, 26))
	sample := func(key string, n int, shift float64) Group {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Exp(0.3*r.NormFloat64()) + shift
		}
		return Group{key, histogramOf(t, x)}
	}
	const rounds = 1500
	for _, n := range [][2]int{{6, 6}, {10, 11}, {40, 40}} {
		held, found := 0, 0
		for range rounds {
			a := sample("a", n[0], 0)
			d, ok := Bootstrap{Draws: 400}.MedianDifference(a, sample("b", n[1], 0), 0.95)
			if ok && !d.Distinct() {
				held++
			}
			if d, _ := (Bootstrap{Draws: 400}).MedianDifference(a, sample("b", n[1], 3), 0.95); d.Distinct() && d.Hi < 0 {
				found++
			}
		}
		coverage := float64(held) / rounds
		t.Logf("n = %v: %.3f", n, coverage)
		// 95 % less 2.5 standard errors of the simulation; it may hold more.
		if coverage < 0.95-2.5*math.Sqrt(0.95*0.05/rounds) || found != rounds {
			t.Errorf("n = %v: holds 0 in %.3f of samples without a difference, finds one of 3 in %d of %d", n, coverage, found, rounds)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a group against itself did not panic")
		}
	}()
	Bootstrap{}.MedianDifference(sample("a", 9, 0), sample("a", 9, 0), 0.95)
}

// The digits of one seed, so that a change of the generator does not pass unseen: results
// that were published with it would change.
func TestBootstrapDigitsStay(t *testing.T) {
	x := Group{"core_grey", histogramOf(t, []float64{1, 1.1, 1.3, 1.6, 2, 2.5, 3.1})}
	y := Group{"grey_day", histogramOf(t, []float64{1.2, 1.4, 1.9, 2.2, 2.4, 2.6, 3.3, 4})}
	ranks, err := Bootstrap{Seed: 990}.Ranks([]Group{x, y})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := Bootstrap{Seed: 990}.MedianDifference(y, x, 0.95)
	if got, want := fmt.Sprintf("%.5f %.4f %.4f", ranks[0].Places[0], d.Lo, d.Hi), "0.86720 -0.6000 1.7000"; got != want {
		t.Errorf("%s, and it was %s", got, want)
	}
}

// The cost does not grow with the sales but with groups and draws.
func BenchmarkRanks(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		groups := make([]Group, 16)
		for i := range groups {
			counts := make([]Count, 1000)
			for j := range counts {
				counts[j] = Count{float64(i) + float64(j)/100, n / 1000}
			}
			groups[i] = Group{fmt.Sprint(i), mustHistogram(b, counts)}
		}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := (Bootstrap{}).Ranks(groups); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
