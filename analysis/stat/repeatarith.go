package stat

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// ArithmeticRepeat is the arithmetic repeat-sales index of Shiller 1991, 100 in
// period 0: the value of a portfolio of what was resold, instead of the geometric
// mean of RepeatIndex. With Z the matrix of +1 in the second and −1 in the first
// period of a pair, X the same with the prices paid, and Y the first price of
// pairs that begin in period 0, the instrumental-variable estimate solves
// ZᵀX b = ZᵀY, and the index is 1/b.
//
// Pairs count by their first price (the S&P/Case–Shiller family before interval
// weights), or all alike with equal, where prices are divided by the first one.
// Periods must hang together (*UnlinkedError). The order of pairs changes no digit.
func ArithmeticRepeat(periods int, pairs []Pair, equal bool) ([]float64, error) {
	if len(pairs) == 0 {
		return nil, errNoSales
	}
	if periods < 2 {
		return nil, fmt.Errorf("a repeat-sales index of %d periods: give two or more", periods)
	}
	sorted, err := sortedPairs(periods, pairs)
	if err != nil {
		return nil, err
	}
	m := periods - 1
	zx, zy := mat.NewDense(m, m, nil), mat.NewVecDense(m, nil)
	l, n := newLinks(periods), make([]float64, periods)
	add := func(i, j int, v float64) { zx.Set(i, j, zx.At(i, j)+v) }
	for _, p := range sorted {
		l.join(p.From, p.To)
		n[p.From]++
		n[p.To]++
		first, second := p.First, p.Second
		if equal {
			first, second = 1, p.Second/p.First
		}
		from, to := p.From-1, p.To-1
		add(to, to, second)
		if p.From == 0 {
			zy.SetVec(to, zy.AtVec(to)+first)
			continue
		}
		add(to, from, -first)
		add(from, to, -second)
		add(from, from, first)
	}
	if err := unlinked(l, n); err != nil {
		return nil, err
	}
	var b mat.VecDense
	if err := b.SolveVec(zx, zy); err != nil {
		return nil, fmt.Errorf("arithmetic repeat-sales index: %w", err)
	}
	index := []float64{100}
	for t := range m {
		index = append(index, 100/b.AtVec(t))
	}
	return index, nil
}
