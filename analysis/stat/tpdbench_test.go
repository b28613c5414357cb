package stat

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"testing"
)

// bigMarket streams sales as a book gives them: distinct prices with counts, in
// order, of styles that sell in most weeks.
func bigMarket(weeks, styles, rowsPerCell int) (levels [][]float64, rows iter.Seq2[TPDRow, error]) {
	levels = make([][]float64, 5)
	for l := range levels {
		levels[l] = make([]float64, 4)
		if l > 0 {
			levels[l][l-1] = 1
		}
	}
	return levels, func(yield func(TPDRow, error) bool) {
		r := rand.New(rand.NewPCG(1, 1))
		for s := range styles {
			alpha := r.NormFloat64()
			for w := s % 20; w < weeks; w++ {
				for i := range rowsPerCell {
					y := alpha - 0.001*float64(w) + 0.1*r.NormFloat64()
					if r.IntN(20) == 0 {
						y += r.NormFloat64()
					}
					if !yield(TPDRow{s, w, 5 * i / rowsPerCell, float64(1 + r.IntN(3)), y, 0}, nil) {
						return
					}
				}
			}
		}
	}
}

// The whole fit, Huber weights and λ by likelihood included, and beside it what
// the equations alone cost: factoring and inverting, of which a fit does some
// twenty and two. Time is linear in rows (and cells), cubic in weeks.
func BenchmarkTPD(b *testing.B) {
	for _, c := range []struct{ weeks, styles, perCell int }{
		{130, 100, 10}, {130, 400, 10}, {260, 400, 10}, {520, 400, 10}, {520, 1200, 10},
	} {
		levels, rows := bigMarket(c.weeks, c.styles, c.perCell)
		d, err := NewTPD(c.weeks, levels, rows)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%dweeks/%drows", c.weeks, len(d.rows)), func(b *testing.B) {
			passes := 0.0
			for b.Loop() {
				f := mustFit(b, d, TPDOptions{Huber: true, Lambda: LikelihoodLambda})
				passes += float64(f.Passes)
			}
			b.ReportMetric(passes/float64(b.N), "passes/op")
		})
	}
}

func BenchmarkTPDSolve(b *testing.B) {
	for _, weeks := range []int{130, 260, 520} {
		levels, rows := bigMarket(weeks, 50, 5)
		d, err := NewTPD(weeks, levels, rows)
		if err != nil {
			b.Fatal(err)
		}
		f := newTPDFit(d, TPDOptions{Lambda: 10})
		f.residuals()
		eq := f.equations(math.Inf(1), 1)
		b.Run(fmt.Sprintf("factor/%dweeks", weeks), func(b *testing.B) {
			for b.Loop() {
				if _, err := eq.factor(10); err != nil {
					b.Fatal(err)
				}
			}
		})
		fac, _ := eq.factor(10)
		b.Run(fmt.Sprintf("inverse/%dweeks", weeks), func(b *testing.B) {
			for b.Loop() {
				fac.inverse()
			}
		})
	}
}
