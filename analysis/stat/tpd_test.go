package stat

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// market is a synthetic market whose truth is known.
type market struct {
	rows   []TPDRow
	levels [][]float64
	path   []float64 // true log index
	beta   []float64
}

// drawMarket draws sales with normal noise of deviation sigma, at prices rounded
// to none, for styles that come to the market one after another.
func drawMarket(seed uint64, weeks, styles, perWeek int, sigma float64) market {
	r := rand.New(rand.NewPCG(seed, 4))
	m := market{path: make([]float64, weeks), beta: []float64{0.08, -0.15},
		levels: [][]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}}}
	for t := 1; t < weeks; t++ {
		m.path[t] = m.path[t-1] - 0.004 + 0.02*r.NormFloat64()
	}
	for s := range styles {
		alpha := 0.4 * r.NormFloat64()
		release := max(s-styles/2, 0) * weeks / styles // half at once, the last halfway
		for t := release; t < weeks; t++ {
			for range r.IntN(2*perWeek + 1) {
				level := r.IntN(4)
				y := alpha + m.path[t] + sigma*r.NormFloat64()
				for k, x := range m.levels[level] {
					y += x * m.beta[k]
				}
				m.rows = append(m.rows, TPDRow{Style: 7 * s, Week: t, Level: level, N: 1, Mean: y})
			}
		}
	}
	return m
}

// The truth lies within 1.96 standard errors about 95 times in a hundred: of 40
// weeks in 40 markets 93–97 %, for levels and for changes of a week, with and
// without Huber weights and a tie.
func TestTPDCoversTheTruth(t *testing.T) {
	for name, o := range map[string]TPDOptions{
		"least squares": {},
		"huber":         {Huber: true},
		"tied":          {Huber: true, Lambda: LikelihoodLambda},
		"equal styles":  {EqualStyle: true},
	} {
		var level, step, coef, n, k int
		for seed := range uint64(40) {
			const weeks = 40
			m := drawMarket(seed, weeks, 25, 2, 0.2)
			f := mustFit(t, mustTPD(t, weeks, m.levels, m.rows), o)
			if !f.Converged {
				t.Errorf("%s, market %d: not converged in %d passes", name, seed, f.Passes)
			}
			for w := 1; w < weeks; w++ {
				n++
				if math.Abs(f.Log[w]-m.path[w]) <= 1.96*f.SE(w) {
					level++
				}
				if math.Abs(f.Log[w]-f.Log[w-1]-m.path[w]+m.path[w-1]) <= 1.96*f.SEDiff(w-1, w) {
					step++
				}
			}
			for i, b := range m.beta {
				k++
				if math.Abs(f.Coef[i]-b) <= 1.96*f.CoefSE[i] {
					coef++
				}
			}
		}
		share := func(x, n int) float64 { return 100 * float64(x) / float64(n) }
		t.Logf("%s: levels %.1f %%, steps %.1f %%, covariates %.1f %%", name, share(level, n), share(step, n), share(coef, k))
		if s := share(step, n); s < 93 || s > 97 {
			t.Errorf("%s: %.1f %% of the weekly changes within 1.96 standard errors", name, s)
		}
		// Levels of one market share week 0 and go together, so their share scatters more.
		if s := share(level, n); s < 88 {
			t.Errorf("%s: %.1f %% of the levels within 1.96 standard errors", name, s)
		}
	}
}

// One sale in ten at twice to ten times its price, more of them late: least
// squares follows, Huber weights hardly do.
func TestTPDHuberWithstandsOutliers(t *testing.T) {
	const weeks = 40
	m := drawMarket(1, weeks, 25, 4, 0.1)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range m.rows {
		if r.Float64() < 0.2*float64(m.rows[i].Week)/weeks {
			m.rows[i].Mean += math.Log(2 + 8*r.Float64())
		}
	}
	d := mustTPD(t, weeks, m.levels, m.rows)
	off := func(o TPDOptions) float64 {
		f := mustFit(t, d, o)
		return math.Abs(f.Log[weeks-1] - m.path[weeks-1])
	}
	ls, huber := off(TPDOptions{}), off(TPDOptions{Huber: true})
	t.Logf("last week off by %.3f (least squares), %.3f (huber)", ls, huber)
	if huber > 0.06 || ls < 3*huber {
		t.Errorf("last week off by %.3f with least squares and %.3f with huber weights", ls, huber)
	}
}

// A style's price over its neighbours' times a constant, or all prices: only the
// style effects move.
func TestTPDScaleOfPricesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(2, 12).Draw(t, "weeks"), rapid.IntRange(2, 6).Draw(t, "styles"), 3, 0.2)
		o := TPDOptions{Huber: rapid.Bool().Draw(t, "huber"), EqualStyle: rapid.Bool().Draw(t, "equal"), Lambda: 5, MaxPasses: 200}
		factor := math.Log(rapid.Float64Range(0.01, 100).Draw(t, "factor"))
		data := func(rows []TPDRow) *IndexFit {
			d, err := NewTPD(len(m.path), m.levels, 0, tpdRows(rows))
			if err != nil {
				t.Fatal(err)
			}
			f, err := d.Fit(o)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		if len(m.rows) == 0 {
			t.Skip("no sales")
		}
		a := data(m.rows)
		scaled := slices.Clone(m.rows)
		for i := range scaled {
			scaled[i].Mean += factor
		}
		b := data(scaled)
		for w := range a.Log {
			if math.Abs(a.Log[w]-b.Log[w]) > 1e-7 {
				t.Fatalf("week %d: %v, with prices times %v %v", w, a.Log[w], math.Exp(factor), b.Log[w])
			}
		}
		for s := range a.Effects {
			if math.Abs(a.Effects[s]+factor-b.Effects[s]) > 1e-7 {
				t.Fatalf("style %d: %v and %v", s, a.Effects[s], b.Effects[s])
			}
		}
	})
}

// The same rows in another order give the same bits, and so does a slice that
// keeps everything.
func TestTPDOrderOfRowsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMarket(rapid.Uint64().Draw(t, "seed"), 6, 4, 2, 0.2)
		if len(m.rows) < 2 {
			t.Skip("too few sales")
		}
		for i := range m.rows {
			// Coarse values and several sales a row, so that ties and cells with
			// more than one row come up.
			m.rows[i].Mean = math.Round(m.rows[i].Mean*20) / 20
			m.rows[i].N = float64(1 + i%3)
		}
		shuffled := rapid.Permutation(m.rows).Draw(t, "shuffled")
		o := TPDOptions{Huber: rapid.Bool().Draw(t, "huber"), EqualStyle: rapid.Bool().Draw(t, "equal"), Lambda: LikelihoodLambda}
		if !o.Huber && rapid.Bool().Draw(t, "within") {
			for i := range shuffled {
				shuffled[i].Within = float64(i%2) * 0.01
			}
			m.rows = slices.Clone(shuffled)
			slices.Reverse(m.rows)
		}
		var fits []*IndexFit
		for _, rows := range [][]TPDRow{m.rows, shuffled} {
			d, err := NewTPD(6, m.levels, 0, tpdRows(rows))
			if err != nil {
				t.Fatal(err)
			}
			whole, err := d.Slice(0, 6, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []*TPD{d, whole} {
				f, err := x.Fit(o)
				if err != nil {
					t.Fatal(err)
				}
				fits = append(fits, f)
			}
		}
		for _, f := range fits[1:] {
			if !sameBits(f.Log, fits[0].Log) || !sameBits(f.Effects, fits[0].Effects) || f.Lambda != fits[0].Lambda || !same(f.SE(5), fits[0].SE(5)) {
				t.Fatalf("another order gave\n%v, not\n%v", f.Log, fits[0].Log)
			}
		}
	})
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// Cell sums give what single sales give.
func TestTPDFromCellSums(t *testing.T) {
	const weeks = 30
	m := drawMarket(3, weeks, 10, 5, 0.2)
	type key struct{ style, week, level int }
	cells := map[key][]float64{}
	for _, r := range m.rows {
		k := key{r.Style, r.Week, r.Level}
		cells[k] = append(cells[k], r.Mean)
	}
	var sums []TPDRow
	for k, y := range cells {
		mean, within := 0.0, 0.0
		for _, v := range y {
			mean += v / float64(len(y))
		}
		for _, v := range y {
			within += (v - mean) * (v - mean)
		}
		sums = append(sums, TPDRow{k.style, k.week, k.level, float64(len(y)), mean, within})
	}
	for _, lambda := range []float64{0, 20, LikelihoodLambda} {
		a := mustFit(t, mustTPD(t, weeks, m.levels, m.rows), TPDOptions{Lambda: lambda})
		b := mustFit(t, mustTPD(t, weeks, m.levels, sums), TPDOptions{Lambda: lambda})
		agree(t, "log index", b.Log[1:], a.Log[1:], 1e-9)
		agree(t, "σ, λ and a standard error", []float64{b.Sigma, b.Lambda, b.SE(9)}, []float64{a.Sigma, a.Lambda, a.SE(9)}, 1e-9)
	}
	if _, err := mustTPD(t, weeks, m.levels, sums).Fit(TPDOptions{Huber: true}); err == nil || !strings.Contains(err.Error(), "distinct price") {
		t.Errorf("huber weights on cell sums: %v", err)
	}
}

// Weeks 2 and 5 are empty; weeks 3 and 4 share no style with 0 and 1.
func TestTPDNamesUnlinkedWeeks(t *testing.T) {
	rows := []TPDRow{
		{Style: 1, Week: 0, N: 1, Mean: 0.1}, {Style: 1, Week: 1, N: 1, Mean: 0.2}, {Style: 2, Week: 1, N: 1, Mean: 0.4},
		{Style: 3, Week: 3, N: 1, Mean: 0.5}, {Style: 3, Week: 4, N: 2, Mean: 0.6}, {Style: 2, Week: 6, N: 1, Mean: 0.3},
	}
	d := mustTPD(t, 7, nil, rows)
	_, err := d.Fit(TPDOptions{})
	var unlinked *UnlinkedError
	if !errors.As(err, &unlinked) || !slices.Equal(unlinked.Empty, []int{2, 5}) || !slices.Equal(unlinked.Apart, []int{3, 4}) {
		t.Fatalf("%#v", err)
	}
	if want := "without a sale: 2, 5; without a style in common with the first: 3–4"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q, want %q in it", err, want)
	}
	f := mustFit(t, d, TPDOptions{Lambda: 2})
	for w, l := range f.Log {
		if math.IsNaN(l) {
			t.Errorf("week %d is %v", w, l)
		}
	}
	// Between 1 and 6 nothing but the tie goes by 2…5, where style 3 may be at any
	// level: evenly from week 1 to week 3, and from week 4 to week 6.
	if a, b := f.Log[2]-f.Log[1], f.Log[3]-f.Log[2]; math.Abs(a-b) > 1e-12 {
		t.Errorf("steps into and out of the empty week: %v and %v", a, b)
	}
	if d := mustTPD(t, 7, nil, nil); d != nil {
		if _, err := d.Fit(TPDOptions{}); err == nil {
			t.Error("no sales gave an index")
		}
	}
}

// An empty week lies between its neighbours and its band is the widest.
func TestTPDEmptyWeekIsWide(t *testing.T) {
	const weeks, empty = 30, 17
	m := drawMarket(5, weeks, 20, 5, 0.1)
	m.rows = slices.DeleteFunc(m.rows, func(r TPDRow) bool { return r.Week == empty })
	f := mustFit(t, mustTPD(t, weeks, m.levels, m.rows), TPDOptions{Huber: true, Lambda: LikelihoodLambda})
	if lo, hi := min(f.Log[empty-1], f.Log[empty+1]), max(f.Log[empty-1], f.Log[empty+1]); f.Log[empty] < lo || f.Log[empty] > hi {
		t.Errorf("the empty week is at %v, its neighbours at %v and %v", f.Log[empty], lo, hi)
	}
	for w := 1; w < weeks; w++ {
		if w != empty && f.SE(w) >= f.SE(empty) {
			t.Errorf("week %d has %v, the empty one %v", w, f.SE(w), f.SE(empty))
		}
	}
	if f.N[empty] != 0 {
		t.Errorf("%v sales in the empty week", f.N[empty])
	}
}

// λ by likelihood finds the ratio of the variances that the market was drawn with,
// σ²/τ² = 0.2²/0.02² = 100.
func TestTPDLambdaIsFound(t *testing.T) {
	var logs []float64
	for seed := range uint64(20) {
		m := drawMarket(seed, 120, 20, 2, 0.2)
		f := mustFit(t, mustTPD(t, 120, m.levels, m.rows), TPDOptions{Lambda: LikelihoodLambda})
		logs = append(logs, math.Log(f.Lambda))
	}
	slices.Sort(logs)
	if m := math.Exp(Quantile7(logs, 0.5)); m < 70 || m > 140 {
		t.Errorf("the median λ of 20 markets is %.0f, they were drawn with 100", m)
	}
}

// A covariate that never varies within a style, and one that no sale has, are left
// out as R's lm leaves them out.
func TestTPDLeavesOutWhatItCannotTell(t *testing.T) {
	m := drawMarket(2, 10, 5, 4, 0.1)
	want := mustFit(t, mustTPD(t, 10, m.levels, m.rows), TPDOptions{})
	var levels [][]float64
	for _, x := range m.levels {
		levels = append(levels, []float64{1, x[0], 0, x[1], x[0]})
	}
	got := mustFit(t, mustTPD(t, 10, levels, m.rows), TPDOptions{})
	agree(t, "log index", got.Log, want.Log, 1e-12)
	agree(t, "coefficients", []float64{got.Coef[1], got.Coef[3]}, want.Coef, 1e-10)
	agree(t, "standard errors", []float64{got.CoefSE[1], got.CoefSE[3], got.SE(4)}, append(want.CoefSE, want.SE(4)), 1e-10)
	for _, k := range []int{0, 2, 4} {
		if !math.IsNaN(got.Coef[k]) || !math.IsNaN(got.CoefSE[k]) {
			t.Errorf("column %d has %v ± %v", k, got.Coef[k], got.CoefSE[k])
		}
	}
}

func TestTPDEdges(t *testing.T) {
	ok := TPDRow{Style: 1, Week: 1, N: 1, Mean: 0.5}
	for _, c := range []struct {
		change func(*TPDRow)
		want   string
	}{
		{func(r *TPDRow) { r.Week = 2 }, "outside 0…1"},
		{func(r *TPDRow) { r.Level = 1 }, "level 1"},
		{func(r *TPDRow) { r.N = 0 }, "without sales"},
		{func(r *TPDRow) { r.N = math.NaN() }, "NaN sales"},
		{func(r *TPDRow) { r.Mean = math.Inf(-1) }, "retail price above 0"},
		{func(r *TPDRow) { r.Within = -1 }, "sum of squares"},
	} {
		r := ok
		c.change(&r)
		if _, err := NewTPD(2, nil, 0, tpdRows([]TPDRow{ok, r})); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", r, err, c.want)
		}
	}
	broken := errors.New("the book was closed")
	if _, err := NewTPD(2, nil, 0, func(yield func(TPDRow, error) bool) { yield(TPDRow{}, broken) }); err != broken {
		t.Errorf("an error among the rows came out as %v", err)
	}
	if _, err := NewTPD(0, nil, 0, tpdRows(nil)); err == nil {
		t.Error("an index of no weeks")
	}
	if _, err := NewTPD(1, [][]float64{{1}, {1, 2}}, 0, tpdRows(nil)); err == nil {
		t.Error("levels of different lengths")
	}
	d := mustTPD(t, 2, nil, []TPDRow{{Style: 1, Week: 0, N: 1, Mean: 0.1}, ok})
	for _, lambda := range []float64{-2, math.NaN(), math.Inf(1)} {
		if _, err := d.Fit(TPDOptions{Lambda: lambda}); err == nil {
			t.Errorf("λ = %v", lambda)
		}
	}
	// Two sales, two parameters: exact, and without a standard error.
	f := mustFit(t, d, TPDOptions{Huber: true})
	if math.Abs(f.Log[1]-0.4) > 1e-12 || !math.IsNaN(f.SE(1)) || f.Scale != 0 || !f.Converged {
		t.Errorf("%+v, se %v", f, f.SE(1))
	}
	// One week: an index of 100, and covariates all the same.
	f = mustFit(t, mustTPD(t, 1, [][]float64{{0}, {1}}, []TPDRow{{Style: 1, N: 2, Mean: 0.1}, {Style: 1, Level: 1, N: 1, Mean: 0.4}}), TPDOptions{})
	if f.Index()[0] != 100 || f.SE(0) != 0 || math.Abs(f.Coef[0]-0.3) > 1e-12 {
		t.Errorf("one week: %+v", f)
	}
}
