package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/amassable/greybook/analysis/stat"
)

// world is a made-up market of one model: styles of a version share its level and its weekly moves.
type world struct {
	versions, styles int     // versions, and styles of each
	versionSD        float64 // of a version's level
	styleSD          float64 // of a style's about it
	versionMove      float64 // sd of a version's weekly move
	styleMove        float64 // sd of a style's own
	noise            float64 // sd of a sale
	weeks            int
	sales            float64 // chance of a sale of a style in a week
}

// play makes the world's sales and, for each style of its first version, the next sale in
// the week after.
func (w world) play(t *testing.T, seed uint64, level float64) (v *Valuer, next []float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 11))
	first := int32(mondayOf(17000))
	forms := []form{{20, "new"}}
	var facts []styleFact
	var kinOf []kin
	levels, moves := []float64{}, make([]float64, w.versions)
	retail := int64(20000)
	for i := range w.versions {
		version := w.versionSD * rng.NormFloat64()
		for j := range w.styles {
			k := kin{model: "990", version: fmt.Sprint("v", i)}
			facts = append(facts, styleFact{id: fmt.Sprintf("s%d-%02d", i, j), kin: k, retail: &retail})
			kinOf = append(kinOf, k)
			levels = append(levels, version+w.styleSD*rng.NormFloat64())
		}
	}
	var sales []trade
	for week := range w.weeks + 1 {
		for i := range moves {
			moves[i] = w.versionMove * rng.NormFloat64()
		}
		for s := range levels {
			levels[s] += moves[s/w.styles] + w.styleMove*rng.NormFloat64()
			if week == w.weeks {
				if s < w.styles {
					next = append(next, levels[s]+w.noise*rng.NormFloat64())
				}
				continue
			}
			// Each style is sold in its first weeks, so that it has a number.
			if rng.Float64() < w.sales || week < 3 {
				sales = append(sales, trade{day: first + int32(7*week+rng.IntN(7)), style: int32(s), y: levels[s] + w.noise*rng.NormFloat64()})
			}
		}
	}
	slices.SortStableFunc(sales, func(a, b trade) int { return int(a.day - b.day) })
	day := first + int32(7*w.weeks)
	m := newMarket(defaultMethod, forms, nil)
	r := newRolling(m, kinOf, day-7*learnOrigins, level, nil)
	e := &estimator{market: m, facts: facts, sold: cellGrounds{}, day: day, level: level}
	no := map[string]int32{}
	for i, f := range facts {
		no[f.id] = int32(i)
	}
	for _, s := range sales {
		if err := r.add(s); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if e.intervals, err = r.close(); err != nil {
		t.Fatal(err)
	}
	e.together = &r.together
	m.turnWeeks(day)
	if e.tree, err = m.borrow(day, kinOf, nil); err != nil {
		t.Fatal(err)
	}
	return &Valuer{Spec: PremiumsSpec{Level: level}, estimator: e, styleNo: no, rows: map[int32][]Premium{}}, next
}

// The covariance of two nodes is that of the whole tree's posterior, found by inverting its
// precision matrix: (child − parent)²/τ² for each node, and (mean − θ)²/V for each leaf.
func TestCovarianceIsTheTrees(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 20 {
		v := stat.Variances{Tau2: []float64{0.1, 0.04, 0.02}, Sigma2: 0.01}
		nodes := []stat.Node{{Parent: -1}}
		for i := range 3 {
			nodes = append(nodes, stat.Node{Parent: 0, Level: 0})
			model := len(nodes) - 1
			for range 1 + rng.IntN(3) {
				nodes = append(nodes, stat.Node{Parent: model, Level: 1})
				style := len(nodes) - 1
				for range 1 + rng.IntN(2) {
					leaf := stat.Node{Parent: style, Level: 2}
					if i == 0 || rng.IntN(3) > 0 { // some are empty
						leaf.N, leaf.Mean, leaf.Extra = float64(1+rng.IntN(5)), rng.NormFloat64(), 0.01*rng.Float64()
					}
					nodes = append(nodes, leaf)
				}
			}
		}
		tree, err := stat.NewTree(nodes)
		if err != nil {
			t.Fatal(err)
		}
		b := &borrowed{given: nodes}
		if b.nodes, err = tree.Estimates(v); err != nil {
			t.Fatal(err)
		}
		precision := mat.NewDense(len(nodes), len(nodes), nil)
		add := func(i, j int, x float64) { precision.Set(i, j, precision.At(i, j)+x) }
		for i, n := range nodes[1:] {
			w := 1 / v.Tau2[n.Level]
			add(i+1, i+1, w)
			add(n.Parent, n.Parent, w)
			add(i+1, n.Parent, -w)
			add(n.Parent, i+1, -w)
			if n.N > 0 {
				add(i+1, i+1, 1/(v.Sigma2/n.N+n.Extra))
			}
		}
		var want mat.Dense
		if err := want.Inverse(precision); err != nil {
			t.Fatal(err)
		}
		for i := range nodes {
			for j := range nodes {
				if d := b.covariance(i, j) - want.At(i, j); math.Abs(d) > 1e-12 {
					t.Fatalf("nodes %d and %d of %d: %v, want %v", i, j, len(nodes), b.covariance(i, j), want.At(i, j))
				}
			}
		}
	}
}

// A collection of one version is worth what its interval says as often as it says, whatever
// its styles have in common; with errors that had nothing in common it would be too narrow.
func TestTotalHoldsCollectionsOfOneVersion(t *testing.T) {
	const level, worlds = 0.8, 300
	for name, c := range map[string]struct {
		world world
		apart float64 // at most so often do intervals of separate errors hold
		least float64
		most  float64
	}{
		// Of 800 such collections 80.4 % are held, and 59.0 % by intervals of separate errors.
		"the version moves": {world{4, 12, 0.15, 0.10, 0.03, 0.01, 0.08, 40, 0.3}, 0.66, 0.74, 0.87},
		// Of 800, 89.5 and 82.5 %: levels are taken to move more than these do.
		"nothing moves": {world{4, 12, 0.15, 0.10, 0, 0, 0.08, 40, 0.3}, 1, 0.78, 0.96},
		"sold long ago": {world{4, 12, 0.15, 0.10, 0.02, 0.01, 0.08, 60, 0.06}, 0.65, 0.74, 0.87}, // some are too thin for an interval
	} {
		t.Run(name, func(t *testing.T) {
			held, apart, sds, alone, common, n := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
			one, ones := 0.0, 0.0
			for seed := range uint64(worlds) {
				v, next := c.world.play(t, seed, level)
				var pairs []PairValue
				fetched := 0.0
				for i, y := range next {
					p, ok := v.Pair(fmt.Sprintf("s0-%02d", i), 20, "new")
					if !ok || p.Estimate == nil {
						continue
					}
					pairs = append(pairs, p)
					if p.SaleLow != nil {
						ones++
						if x := 20000 * math.Exp(y); x >= float64(*p.SaleLow) && x <= float64(*p.SaleHigh) {
							one++
						}
					}
					fetched += 20000 * math.Exp(y)
				}
				total := v.Total(pairs)
				if total.Low == nil {
					continue
				}
				n++
				if fetched >= float64(*total.Low) && fetched <= float64(*total.High) {
					held++
				}
				if math.Abs(math.Log(fetched/float64(total.Estimate))) < total.Apart*stat.NormalQuantile((1+level)/2) {
					apart++
				}
				sds, alone = sds+total.SD, alone+total.Apart
				r, _ := v.estimator.together.correlations()
				common += r
			}
			t.Logf("80 %% of the totals of %.0f collections hold %.1f %%, sd %.4f; separate errors %.1f %%, sd %.4f; styles of a version went together by %.3f; single pairs %.1f %%",
				n, 100*held/n, sds/n, 100*apart/n, alone/n, common/n, 100*one/ones)
			if n < worlds*0.8 || held/n < c.least || held/n > c.most || apart/n > c.apart {
				t.Errorf("held %v and apart %v of %v", held, apart, n)
			}
		})
	}
}

// What the contest's collections fetched: each Monday of 26 weeks, the next week's first
// sale of each style, dealt out to collections; with all sales and with a tenth of them.
func TestTotalsOfTheContest(t *testing.T) {
	c := readContest(t)
	const level = 0.8
	retail := int64(20000)
	facts, no := make([]styleFact, len(c.kin)), map[string]int32{}
	for i := range facts {
		facts[i] = styleFact{id: fmt.Sprint(i), kin: c.kin[i], retail: &retail, released: c.released[i]}
		no[facts[i].id] = int32(i)
	}
	from, to := dayNumber(t, "2018-08-20"), dayNumber(t, "2019-02-11")
	for _, share := range []float64{1, 0.1} {
		var totals, held, apart float64
		var sds, alone, common float64
		m := newMarket(defaultMethod, c.forms, c.released)
		r := newRolling(m, c.kin, from-7*learnOrigins, level, nil)
		sales := c.thin(share, "totals")
		weeks := map[int32][]trade{}
		for _, s := range sales {
			weeks[mondayOf(s.day)] = append(weeks[mondayOf(s.day)], s)
		}
		for monday := mondayOf(sales[0].day); monday <= to; monday += 7 {
			if monday >= from {
				if err := r.flush(); err != nil {
					t.Fatal(err)
				}
				m.turnWeeks(monday)
				e := &estimator{market: m, facts: facts, sold: cellGrounds{}, day: monday, level: level, intervals: r.intervals, together: &r.together}
				r.intervals.begin()
				var err error
				if e.tree, err = m.borrow(monday, c.kin, nil); err != nil {
					t.Fatal(err)
				}
				v := &Valuer{Spec: PremiumsSpec{Level: level}, estimator: e, styleNo: no, rows: map[int32][]Premium{}}
				var pairs [2][]PairValue
				var fetched [2]float64
				seen := map[int32]bool{}
				for _, s := range weeks[monday] {
					if seen[s.style] {
						continue
					}
					seen[s.style] = true
					if p, ok := v.Pair(facts[s.style].id, int(c.forms[s.form].size), "new"); ok && p.SaleLow != nil {
						pairs[s.style%2] = append(pairs[s.style%2], p)
						fetched[s.style%2] += 20000 * math.Exp(s.y)
					}
				}
				for i, p := range pairs {
					total := v.Total(p)
					if total.Low == nil {
						continue
					}
					totals++
					if fetched[i] >= float64(*total.Low) && fetched[i] <= float64(*total.High) {
						held++
					}
					if math.Abs(math.Log(fetched[i]/float64(total.Estimate))) < total.Apart*stat.NormalQuantile((1+level)/2) {
						apart++
					}
					sds, alone = sds+total.SD, alone+total.Apart
				}
				version, _ := r.together.correlations()
				common += version
			}
			for _, s := range weeks[monday] {
				if err := r.add(s); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Logf("with %g of the sales, 80 %% of the totals of %.0f collections hold %.1f %%, sd %.4f; separate errors %.1f %%, sd %.4f; styles went together by %.3f",
			share, totals, 100*held/totals, sds/totals, 100*apart/totals, alone/totals, common/26)
		// The standard error of a share of 52 is 5.5 points.
		if totals != 52 || held/totals < 0.69 || held/totals > 0.91 {
			t.Errorf("with %g of the sales, %v of %v collections hold", share, held, totals)
		}
	}
}
