package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Books of 10, 30, 100 and 1,000 sales in a year: 95 % bands of the changes over a
// week and over eight weeks hold the truth 90 times in a hundred or more. With the
// marginal likelihood alone, without Chung et al.'s term, those of one week do so
// 43, 59, 73 and 91 times: it takes a thin market for a flat one.
func TestTPDThinBooks(t *testing.T) {
	const weeks, books = 52, 200
	for _, sales := range []int{10, 30, 100, 1000} {
		t.Run(fmt.Sprint(sales), func(t *testing.T) {
			in, in8, n, none, se8 := 0, 0, 0, 0, 0.0
			for seed := range uint64(books) {
				r := rand.New(rand.NewPCG(seed, uint64(sales)))
				path := make([]float64, weeks)
				for w := 1; w < weeks; w++ {
					path[w] = path[w-1] + 0.02*r.NormFloat64()
				}
				styles := max(3, sales/15)
				alpha := make([]float64, styles)
				for s := range alpha {
					alpha[s] = 0.4 * r.NormFloat64()
				}
				var rows []TPDRow
				for range sales {
					s, w := r.IntN(styles), r.IntN(weeks)
					rows = append(rows, TPDRow{Style: s, Week: w, N: 1, Mean: alpha[s] + path[w] + 0.15*r.NormFloat64()})
				}
				f := mustFit(t, mustTPD(t, weeks, nil, rows), TPDOptions{Huber: true, Lambda: LikelihoodLambda})
				if math.IsNaN(f.SE(8)) {
					none++
					continue
				}
				for w := 8; w < weeks; w++ {
					n++
					if math.Abs(f.Log[w]-f.Log[w-1]-path[w]+path[w-1]) <= 1.96*f.SEDiff(w-1, w) {
						in++
					}
					if math.Abs(f.Log[w]-f.Log[w-8]-path[w]+path[w-8]) <= 1.96*f.SEDiff(w-8, w) {
						in8++
					}
					se8 += f.SEDiff(w-8, w)
				}
			}
			share := func(x int) float64 { return 100 * float64(x) / float64(n) }
			t.Logf("one week %.1f %%, eight weeks %.1f %%, mean se of eight weeks %.3f, %d without a band", share(in), share(in8), se8/float64(n), none)
			if share(in) < 90 || share(in8) < 90 || none > books/20 {
				t.Error("bands hold the truth too rarely, or are missing")
			}
		})
	}
}

// Whatever a small book holds, a tied fit is finite, and its gradient is 0 where it
// says that it has converged.
func TestTPDAnySmallBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weeks := rapid.IntRange(1, 8).Draw(t, "weeks")
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) TPDRow {
			return TPDRow{
				Style: rapid.IntRange(-2, 3).Draw(t, "style"), Week: rapid.IntRange(0, weeks-1).Draw(t, "week"),
				Level: rapid.IntRange(0, 2).Draw(t, "level"), N: float64(rapid.IntRange(1, 3).Draw(t, "n")),
				Mean: float64(rapid.IntRange(-20, 20).Draw(t, "mean")) / 10,
			}
		}), 1, 30).Draw(t, "rows")
		o := TPDOptions{Huber: rapid.Bool().Draw(t, "huber"), EqualStyle: rapid.Bool().Draw(t, "equal"),
			Lambda: rapid.SampledFrom([]float64{LikelihoodLambda, 0.01, 3, 1e6}).Draw(t, "λ")}
		d, err := NewTPD(weeks, [][]float64{{0, 0}, {1, 0}, {0.5, 2}}, 0, tpdRows(rows))
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.Fit(o)
		if err != nil {
			t.Fatal(err)
		}
		for w, l := range f.Log {
			if math.IsNaN(l) || math.Abs(l) > 10 {
				t.Fatalf("week %d is at %v: %+v", w, l, f)
			}
		}
		if !f.Converged && f.Passes < 30 {
			t.Fatalf("gave up after %d passes", f.Passes)
		}
	})
}

// Two cores give what one gives: gonum shares out blocks, not sums.
func TestTPDThreadsDoNotMatter(t *testing.T) {
	const weeks = 300
	m := drawMarket(11, weeks, 30, 2, 0.2)
	fit := func(threads int) *IndexFit {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		return mustFit(t, mustTPD(t, weeks, m.levels, m.rows), TPDOptions{Huber: true, Lambda: LikelihoodLambda})
	}
	one, four := fit(1), fit(4)
	if !sameBits(one.Log, four.Log) || !same(one.SE(200), four.SE(200)) || !slices.Equal(one.CoefSE, four.CoefSE) {
		t.Error("the number of threads changes digits")
	}
}
