package stat

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustRepeat(t testing.TB, periods int, pairs []Pair, o RepeatOptions) *IndexFit {
	t.Helper()
	f, err := RepeatIndex(periods, pairs, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// hpirPairs makes pairs as hpiR's rtCreateTrans does: months from the first sale's,
// of each property and month the highest price, all combinations.
func hpirPairs(t *testing.T, dir string) (pairs, sequential []Pair, rows, properties int) {
	type sale struct {
		property string
		month    int
		price    float64
	}
	var sales []sale
	seen := map[string]bool{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		seen[r[0]] = true
		rows++
		sales = append(sales, sale{r[0], 12*(int(number(t, r[3][:4]))-2010) + int(number(t, r[3][5:7])) - 1, number(t, r[2])})
	}
	slices.SortFunc(sales, func(a, b sale) int {
		return cmp.Or(cmp.Compare(a.property, b.property), cmp.Compare(a.month, b.month), cmp.Compare(b.price, a.price))
	})
	sales = slices.CompactFunc(sales, func(a, b sale) bool { return a.property == b.property && a.month == b.month })
	for i, a := range sales {
		for j, b := range sales[i+1:] {
			if b.property != a.property {
				break
			}
			p := Pair{a.month, b.month, a.price, b.price}
			pairs = append(pairs, p)
			if j == 0 {
				sequential = append(sequential, p)
			}
		}
	}
	return pairs, sequential, rows, len(seen)
}

// hpiR on its own sales (../shared/cases/hpir_ex_sales; least squares 1e-8, robust
// 1e-3, counts exact).
func TestRepeatAgreesWithHpiR(t *testing.T) {
	dir := sharedCase(t, "hpir_ex_sales")
	pairs, sequential, rows, properties := hpirPairs(t, dir)
	far := slices.DeleteFunc(slices.Clone(sequential), func(p Pair) bool { return p.To-p.From < 12 })
	counts := map[string]int{"rows": rows, "properties": properties, "pairs_all": len(pairs),
		"pairs_seq_only": len(sequential), "pairs_seq_only_min12": len(far), "periods": 84}
	for _, r := range readCSV(t, filepath.Join(dir, "expected_counts.csv")) {
		if counts[r[0]] != int(number(t, r[1])) {
			t.Errorf("%s: %d, hpiR has %s", r[0], counts[r[0]], r[1])
		}
	}
	want, metric := map[string][]float64{}, map[string]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want[r[0]] = append(want[r[0]], number(t, r[3]))
	}
	for _, r := range readCSV(t, filepath.Join(dir, "expected_metrics.csv")) {
		metric[r[0]+" "+r[1]] = number(t, r[2])
	}
	for _, c := range []struct {
		method    string
		weights   RepeatWeights
		tolerance float64
	}{{"rt_base", BaileyMuthNourse, 1e-8}, {"rt_weighted", CaseShiller, 1e-8}, {"rt_robust", HuberRepeat, 1e-3}} {
		f := mustRepeat(t, 84, pairs, RepeatOptions{Weights: c.weights})
		if !f.Converged {
			t.Errorf("%s: not converged in %d passes", c.method, f.Passes)
		}
		agree(t, c.method, f.Index(), want[c.method], c.tolerance)
		var abs []float64
		log, near := 0.0, 0.0
		errs := RepeatErrors(want[c.method], pairs)
		for _, e := range errs {
			abs = append(abs, math.Abs(e))
			log += math.Pow(math.Log(1+e), 2)
			if math.Abs(e) <= 0.1 {
				near++
			}
		}
		n := float64(len(pairs))
		m := func(name string) float64 { return metric[c.method+" insample_"+name] }
		agree(t, c.method+" in sample", []float64{centre(abs).Median, centre(abs).Mean, centre(errs).Median, math.Sqrt(log / n), near / n},
			[]float64{m("median_abs_error"), m("mean_abs_error"), m("median_error"), m("rmse_log"), m("within10")}, 1e-8)
	}
}

// hpiR's hedonic index is a time-product dummy of one style with the house's
// columns as covariates: every house is a level. Its 61 vintages are refits of the
// first 24, 25, … months.
func TestTPDAgreesWithHpiRHedonic(t *testing.T) {
	dir := sharedCase(t, "hpir_ex_sales")
	var levels [][]float64
	var rows []TPDRow
	for i, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		month := 12*(int(number(t, r[3][:4]))-2010) + int(number(t, r[3][5:7])) - 1
		levels = append(levels, []float64{number(t, r[9]), number(t, r[10]), number(t, r[11])})
		rows = append(rows, TPDRow{Week: month, Level: i, N: 1, Mean: math.Log(number(t, r[2]))})
	}
	want := map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want[r[0]] = append(want[r[0]], number(t, r[3]))
	}
	d := mustTPD(t, 84, levels, rows)
	agree(t, "hed_base", mustFit(t, d, TPDOptions{}).Index(), want["hed_base"], 1e-8)
	agree(t, "hed_robust", mustFit(t, d, TPDOptions{Huber: true}).Index(), want["hed_robust"], 1e-3)
	worst := 0.0
	for i, v := range hpirVintages(t, dir, "hed_base") {
		sub, err := d.Slice(0, 24+i, nil)
		if err != nil {
			t.Fatal(err)
		}
		for m, x := range mustFit(t, sub, TPDOptions{}).Index() {
			worst = max(worst, math.Abs(x/v[m]-1))
		}
	}
	t.Logf("61 vintages: largest relative difference %.1e", worst)
	if worst > 1e-8 {
		t.Errorf("a vintage is off by %.1e", worst)
	}
}

// rsmatrix on consecutive quarterly pairs (../shared/cases/rsmatrix_ex_sales, 1e-9).
func TestRepeatAgreesWithRsmatrix(t *testing.T) {
	dir := sharedCase(t, "rsmatrix_ex_sales")
	var pairs []Pair
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		pairs = append(pairs, Pair{int(number(t, r[2])) - 1, int(number(t, r[1])) - 1, number(t, r[4]), number(t, r[3])})
	}
	want := map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want[r[0]] = append(want[r[0]], number(t, r[2]))
	}
	agree(t, "grs_ols", mustRepeat(t, 28, pairs, RepeatOptions{}).Index(), want["grs_ols"], 1e-9)
	for method, equal := range map[string]bool{"ars_value_weighted": false, "ars_equal_weighted": true} {
		got, err := ArithmeticRepeat(28, pairs, equal)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, method, got, want[method], 1e-9)
	}
	// The trap of that case: a few gaps whose fitted variance is barely above 0 take
	// all the weight. A floor keeps the index where the others are.
	floored := mustRepeat(t, 28, pairs, RepeatOptions{Weights: CaseShiller, Floor: 0.1})
	if end := floored.Index()[27]; end < 150 || end > 210 {
		t.Errorf("with a variance floor the index ends at %.0f, the others at 179–193", end)
	}
}

// Repeat sales of the contest's styles and sizes (../shared/cases/stockx_weekly_index,
// 1e-9, Huber 1e-6): consecutive weekly means.
func TestRepeatAgreesWithR(t *testing.T) {
	dir := sharedCase(t, "stockx_weekly_index")
	type cell struct {
		asset string
		week  int
		y     float64
	}
	var cells []cell
	for _, r := range readCSV(t, filepath.Join(dir, "cells.csv")) {
		cells = append(cells, cell{r[0], int(number(t, r[1])) - 1, number(t, r[2])})
	}
	slices.SortFunc(cells, func(a, b cell) int { return cmp.Or(cmp.Compare(a.asset, b.asset), cmp.Compare(a.week, b.week)) })
	var pairs []Pair
	for i := 1; i < len(cells); i++ {
		if a, b := cells[i-1], cells[i]; a.asset == b.asset {
			pairs = append(pairs, Pair{a.week, b.week, math.Exp(a.y), math.Exp(b.y)})
		}
	}
	expected := filepath.Join(dir, "expected.csv")
	for _, c := range []struct {
		method    string
		weights   RepeatWeights
		tolerance float64
	}{{"repeat_ols_bmn", BaileyMuthNourse, 1e-9}, {"repeat_wls_case_shiller", CaseShiller, 1e-9}, {"repeat_huber_k1.345_converged", HuberRepeat, 1e-6}} {
		f := mustRepeat(t, 77, pairs, RepeatOptions{Weights: c.weights})
		t.Logf("%s: %d passes, converged %v", c.method, f.Passes, f.Converged)
		agree(t, c.method, f.Index(), weekly(t, expected, c.method, 4), c.tolerance)
	}
}

// Pairs of a market with a known path: 1.96 standard errors hold it about 95 times
// in a hundred, and pairs in another order give the same bits.
func TestRepeatRecoversTheTruth(t *testing.T) {
	const periods = 30
	for name, o := range map[string]RepeatOptions{
		"alike": {}, "by gap": {Weights: CaseShiller, Floor: 0.1}, "huber": {Weights: HuberRepeat}, "tied": {Lambda: LikelihoodLambda},
	} {
		in, n := 0, 0
		for seed := range uint64(40) {
			r := rand.New(rand.NewPCG(seed, 8))
			path := make([]float64, periods)
			for t := 1; t < periods; t++ {
				path[t] = path[t-1] + 0.03*r.NormFloat64()
			}
			var pairs []Pair
			for range 600 {
				from := r.IntN(periods - 1)
				to := from + 1 + r.IntN(periods-1-from)
				pairs = append(pairs, Pair{from, to, 100, 100 * math.Exp(path[to]-path[from]+0.15*r.NormFloat64())})
			}
			f := mustRepeat(t, periods, pairs, o)
			for w := 1; w < periods; w++ {
				n++
				if math.Abs(f.Log[w]-f.Log[w-1]-path[w]+path[w-1]) <= 1.96*f.SEDiff(w-1, w) {
					in++
				}
			}
			slices.Reverse(pairs)
			if again := mustRepeat(t, periods, pairs, o); !sameBits(again.Log, f.Log) {
				t.Fatalf("%s: another order of pairs gave another index", name)
			}
		}
		if share := 100 * float64(in) / float64(n); share < 93 || share > 97 {
			t.Errorf("%s: %.1f %% of the changes within 1.96 standard errors", name, share)
		}
	}
}

// A currency changes nothing.
func TestRepeatScaleOfPricesDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		factor := rapid.Float64Range(0.01, 100).Draw(t, "factor")
		var pairs, scaled []Pair
		for i := range 60 {
			from := i % 5
			p := Pair{from, from + 1 + r.IntN(5-from), 100 + 50*r.Float64(), 100 + 50*r.Float64()}
			pairs = append(pairs, p)
			scaled = append(scaled, Pair{p.From, p.To, factor * p.First, factor * p.Second})
		}
		for _, equal := range []bool{false, true} {
			a, err := ArithmeticRepeat(6, pairs, equal)
			b, err2 := ArithmeticRepeat(6, scaled, equal)
			if (err == nil) != (err2 == nil) {
				t.Fatal(err, err2)
			}
			for i := range a {
				if math.Abs(a[i]/b[i]-1) > 1e-9 {
					t.Fatalf("period %d: %v and %v", i, a[i], b[i])
				}
			}
		}
	})
}

func TestRepeatEdges(t *testing.T) {
	ok := []Pair{{0, 1, 100, 110}, {1, 2, 100, 120}}
	for _, c := range []struct {
		pair Pair
		want string
	}{
		{Pair{1, 1, 1, 1}, "from < to"}, {Pair{-1, 1, 1, 1}, "from < to"}, {Pair{1, 3, 1, 1}, "from < to"},
		{Pair{0, 1, 0, 1}, "above 0"}, {Pair{0, 1, 1, math.Inf(1)}, "above 0"},
	} {
		bad := append(slices.Clone(ok), c.pair)
		if _, err := RepeatIndex(3, bad, RepeatOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.pair, err, c.want)
		}
		if _, err := ArithmeticRepeat(3, bad, true); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("arithmetic, %+v: %v, want %q", c.pair, err, c.want)
		}
	}
	// Exact, so without a standard error.
	f := mustRepeat(t, 3, ok, RepeatOptions{Weights: HuberRepeat})
	agree(t, "two pairs", f.Index(), []float64{100, 110, 132}, 1e-12)
	if !math.IsNaN(f.SE(2)) || !slices.Equal(f.N, []float64{0, 1, 1}) {
		t.Errorf("se %v, n %v", f.SE(2), f.N)
	}
	var unlinked *UnlinkedError
	if _, err := RepeatIndex(5, append(slices.Clone(ok), Pair{3, 4, 1, 2}), RepeatOptions{}); !errors.As(err, &unlinked) || !slices.Equal(unlinked.Apart, []int{3, 4}) {
		t.Errorf("periods apart: %v", err)
	}
	if _, err := ArithmeticRepeat(4, ok, false); !errors.As(err, &unlinked) || !slices.Equal(unlinked.Empty, []int{3}) {
		t.Errorf("an empty period: %v", err)
	}
	if f := mustRepeat(t, 4, ok, RepeatOptions{Lambda: 1}); f.Log[3] != f.Log[2] {
		t.Errorf("a last period without pairs is at %v, the one before at %v", f.Log[3], f.Log[2])
	}
	for _, o := range []RepeatOptions{{Lambda: -3}, {Floor: -1}} {
		if _, err := RepeatIndex(3, ok, o); err == nil {
			t.Errorf("%+v", o)
		}
	}
	for _, periods := range []int{0, 1} {
		if _, err := RepeatIndex(periods, ok, RepeatOptions{}); err == nil {
			t.Errorf("%d periods", periods)
		}
		if _, err := ArithmeticRepeat(periods, nil, true); err == nil {
			t.Errorf("%d periods without pairs", periods)
		}
	}
}
