package stat

import (
	"maps"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// clustered is the covariance of weeks and covariates when residuals of a cluster
// go together in any way and clusters don't (Liang & Zeger 1986):
//
//	A⁻¹ [Σ_c g_c g_cᵀ · C/(C−1) / mean(ψ′)² + variance·λP] A⁻¹
//
// with g_c the gradient of cluster c, A the equations of fac (at this λ) and C the
// clusters with a style of two rows or more, which say something. With independent residuals the
// bracket is variance·A, and this is the covariance that the equations give. nil
// where there is but one such cluster.
func (f *tpdFit) clustered(fac *factor, variance, lambda, slope float64) *mat.SymDense {
	d, m, k := f.d, f.d.weeks-1, f.d.k
	n := m + k
	if n == 0 {
		return nil
	}
	members := map[int][]int{}
	for s, style := range d.styles {
		c := f.o.Cluster(style)
		members[c] = append(members[c], s)
	}
	meat, g, telling := make([]float64, n*n), make([]float64, n), 0
	for _, c := range slices.Sorted(maps.Keys(members)) {
		clear(g)
		tells := false
		for _, s := range members[c] {
			f.score(s, g)
			tells = tells || d.cells[d.first[s+1]].lo-d.cells[d.first[s]].lo > 1
		}
		if tells {
			telling++
		}
		for i, x := range g {
			if x != 0 {
				floats.AddScaled(meat[i*n+i:i*n+n], x, g[i:])
			}
		}
	}
	if telling < 2 {
		return nil
	}
	floats.Scale(float64(telling)/float64(telling-1)/(slope*slope), meat)
	for t := range m {
		meat[t*n+t] += 2 * variance * lambda
		if t == m-1 {
			meat[t*n+t] -= variance * lambda
		} else {
			meat[t*n+t+1] -= variance * lambda
		}
	}
	bread := mat.NewSymDense(n, fac.whole())
	var half, all mat.Dense
	half.Mul(bread, mat.NewSymDense(n, meat))
	all.Mul(&half, bread)
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			out.SetSym(i, j, (all.At(i, j)+all.At(j, i))/2)
		}
	}
	return out
}

// score adds the gradient of one style to g, its own effect eliminated.
func (f *tpdFit) score(s int, g []float64) {
	d, m, k := f.d, f.d.weeks-1, f.d.k
	cut, sum := HuberK*f.sigma, 0.0
	for j := d.first[s]; j < d.first[s+1]; j++ {
		c, v, in := d.cells[j], f.vote(d.cells[j]), 0.0
		for i := c.lo; i < d.cells[j+1].lo; i++ {
			psi := v * d.rows[i].n * min(max(f.r[i], -cut), cut)
			in += psi
			for _, e := range d.levels[d.rows[i].level] {
				g[m+e.col] += psi * e.x
			}
		}
		if c.week > 0 {
			g[c.week-1] += in
		}
		sum += in
	}
	mean := sum / f.styleW[s]
	for j := d.first[s]; j < d.first[s+1]; j++ {
		if t := d.cells[j].week; t > 0 {
			g[t-1] -= mean * f.votes[j]
		}
	}
	for i := range k {
		g[m+i] -= mean * f.styleX[s*k+i]
	}
}

// whole gives the upper triangle of A⁻¹, weeks and covariates, with 0 for dropped
// columns.
func (f *factor) whole() []float64 {
	m, k := f.m, f.k
	n := m + k
	out := make([]float64, n*n)
	weeks, _ := f.inverse()
	for t := range m {
		copy(out[t*n+t:t*n+m], weeks.RawSymmetric().Data[t*m+t:t*m+m])
	}
	col := make([]float64, k)
	for j := range k {
		clear(col)
		col[j] = 1
		f.solveSchur(col) // C⁻¹ e_j; 0 for a dropped column
		if f.drop[j] {
			continue
		}
		for i := range j + 1 {
			out[(m+i)*n+m+j] = col[i]
		}
		for t := range m {
			out[t*n+m+j] = -floats.Dot(f.w[t*k:t*k+k], col)
		}
	}
	return out
}
