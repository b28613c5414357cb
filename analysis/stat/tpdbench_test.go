package stat

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
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
		y := make([]float64, rowsPerCell)
		for s := range styles {
			alpha := r.NormFloat64()
			for w := s % 20; w < weeks; w++ {
				for i := range y {
					y[i] = alpha - 0.001*float64(w) + 0.1*r.NormFloat64()
					if r.IntN(20) == 0 {
						y[i] += r.NormFloat64()
					}
				}
				for l := range levels {
					// Ascending within style, week and level, as a book gives them.
					in := y[l*rowsPerCell/len(levels) : (l+1)*rowsPerCell/len(levels)]
					slices.Sort(in)
					for _, v := range in {
						if !yield(TPDRow{s, w, l, float64(1 + r.IntN(3)), v, 0}, nil) {
							return
						}
					}
				}
			}
		}
	}
}

// The whole fit, Huber weights, λ by likelihood and clustered errors included, and which share of it
// the equations are: some 20 factorisations and 2 inverses. Time is linear in rows
// (and cells), cubic in weeks in that share.
func BenchmarkTPD(b *testing.B) {
	for _, c := range []struct{ weeks, styles, perCell int }{
		{130, 100, 10}, {130, 400, 10}, {260, 400, 10}, {520, 400, 10}, {520, 1200, 10},
	} {
		levels, rows := bigMarket(c.weeks, c.styles, c.perCell)
		d, err := NewTPD(c.weeks, levels, 0, rows)
		if err != nil {
			b.Fatal(err)
		}
		name := fmt.Sprintf("%dweeks/%dcells/%drows", c.weeks, len(d.cells)-1, len(d.rows))
		b.Run(name, func(b *testing.B) {
			passes := 0
			for b.Loop() {
				passes = mustFit(b, d, TPDOptions{Huber: true, Lambda: LikelihoodLambda, Cluster: itself}).Passes
			}
			whole := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(passes), "passes/op")
			b.ReportMetric(100*float64(solving(b, d))/float64(whole), "%solve")
		})
		b.Run(name+"/read", func(b *testing.B) {
			for b.Loop() {
				if _, err := NewTPD(c.weeks, levels, 0, d.each(0, c.weeks, nil)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// solving is what 20 factorisations and 2 inverses of a market's equations take.
func solving(b *testing.B, d *TPD) time.Duration {
	f := newTPDFit(d, TPDOptions{Lambda: 10})
	f.residuals()
	eq := f.equations(math.Inf(1), 1)
	start := time.Now()
	for range 20 {
		if err := f.factorAgain(eq); err != nil {
			b.Fatal(err)
		}
	}
	for range 2 {
		f.fac.inverse()
	}
	return time.Since(start)
}

func (f *tpdFit) factorAgain(eq *normal) (err error) {
	f.fac, err = eq.factor(f.lambda)
	return err
}
