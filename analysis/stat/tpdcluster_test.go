package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func itself(style int) int { return style }

// drifting draws a market that stands still in styles that don't: each has ups and
// downs of its own, half of which last from one week to the next.
func drifting(seed uint64, weeks, styles int) []TPDRow {
	r := rand.New(rand.NewPCG(seed, 12))
	var rows []TPDRow
	for s := range styles {
		own := 0.1 * r.NormFloat64()
		for w := range weeks {
			own = 0.5*own + 0.1*math.Sqrt(0.75)*r.NormFloat64()
			for range 1 + r.IntN(20) {
				rows = append(rows, TPDRow{Style: s, Week: w, N: 1, Mean: own + 0.05*r.NormFloat64()})
			}
		}
	}
	return rows
}

// The sandwich written out with a dummy for each style and week, no elimination:
// (XᵀX)⁻¹ Σ_c X_cᵀe e ᵀX_c (XᵀX)⁻¹ · C/(C−1).
func TestTPDClusteredByHand(t *testing.T) {
	const weeks, styles = 5, 4
	rows := drifting(1, weeks, styles)
	f := mustFit(t, mustTPD(t, weeks, nil, rows), TPDOptions{Cluster: itself})
	n := styles + weeks - 1
	x := mat.NewDense(len(rows), n, nil)
	xx, scores := mat.NewDense(n, n, nil), mat.NewDense(styles, n, nil)
	for i, r := range rows {
		x.Set(i, r.Style, 1)
		e := r.Mean - f.Effects[r.Style] - f.Log[r.Week]
		scores.Set(r.Style, r.Style, scores.At(r.Style, r.Style)+e)
		if r.Week > 0 {
			x.Set(i, styles+r.Week-1, 1)
			scores.Set(r.Style, styles+r.Week-1, scores.At(r.Style, styles+r.Week-1)+e)
		}
	}
	xx.Mul(x.T(), x)
	var inv, meat, v mat.Dense
	if err := inv.Inverse(xx); err != nil {
		t.Fatal(err)
	}
	meat.Mul(scores.T(), scores)
	v.Product(&inv, &meat, &inv)
	for w := 1; w < weeks; w++ {
		want := math.Sqrt(v.At(styles+w-1, styles+w-1) * styles / (styles - 1))
		if got := math.Sqrt(variance(f.cluster, 0, w)); math.Abs(got/want-1) > 1e-10 {
			t.Errorf("week %d: %v, by hand %v", w, got, want)
		}
	}
}

// In a market of styles with ups and downs of their own, 95 % bands of the change
// over eight weeks hold the truth if clustered, and not if sales are taken for
// independent. In one without, clustering costs little.
func TestTPDClusteredBandsHold(t *testing.T) {
	const weeks = 30
	held := func(o TPDOptions) float64 {
		in, n := 0, 0
		for seed := range uint64(30) {
			f := mustFit(t, mustTPD(t, weeks, nil, drifting(seed, weeks, 30)), o)
			for w := 8; w < weeks; w++ {
				n++
				if math.Abs(f.Log[w]-f.Log[w-8]) <= 1.96*f.SEDiff(w-8, w) {
					in++
				}
			}
		}
		return 100 * float64(in) / float64(n)
	}
	plain, clustered := held(TPDOptions{Huber: true}), held(TPDOptions{Huber: true, Cluster: itself})
	tied := held(TPDOptions{Huber: true, Cluster: itself, Lambda: LikelihoodLambda})
	t.Logf("independent %.1f %%, clustered %.1f %%, clustered and tied %.1f %%", plain, clustered, tied)
	if plain > 75 || clustered < 90 || tied < 90 {
		t.Error("clustered bands hold too rarely, or the others are good enough")
	}
	m := drawMarket(2, weeks, 30, 3, 0.2)
	d := mustTPD(t, weeks, m.levels, m.rows)
	a := mustFit(t, d, TPDOptions{Huber: true, Lambda: LikelihoodLambda})
	b := mustFit(t, d, TPDOptions{Huber: true, Lambda: LikelihoodLambda, Cluster: itself})
	if !sameBits(a.Log, b.Log) {
		t.Error("clusters move the index")
	}
	for w := 8; w < weeks; w++ {
		if r := b.SEDiff(w-8, w) / a.SEDiff(w-8, w); r < 1 || r > 1.6 {
			t.Errorf("week %d: clustered %.2f of independent", w, r)
		}
	}
	for k := range b.CoefSE {
		if r := b.CoefSE[k] / a.CoefSE[k]; r < 1 || r > 1.6 {
			t.Errorf("coefficient %d: clustered %.2f of independent", k, r)
		}
	}
}

// One style alone can't say how styles differ: its bands are the independent ones.
func TestTPDClusteredNeedsTwo(t *testing.T) {
	d := mustTPD(t, 5, nil, drifting(3, 5, 1))
	a, b := mustFit(t, d, TPDOptions{}), mustFit(t, d, TPDOptions{Cluster: itself})
	if a.SE(3) != b.SE(3) || math.IsNaN(b.SE(3)) {
		t.Errorf("%v, with clusters %v", a.SE(3), b.SE(3))
	}
}
