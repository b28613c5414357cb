package stat

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The weighted time-product dummy on IndexNumR's CES data, its windows and its
// mean splice on published values (../shared/cases/indexnumr_ces, tolerance 1e-10).
func TestSpliceAgreesWithIndexNumR(t *testing.T) {
	dir := sharedCase(t, "indexnumr_ces")
	const periods = 12
	var shared, plain []TPDRow
	spent := make([]float64, periods)
	input := readCSV(t, filepath.Join(dir, "input.csv"))
	for _, r := range input {
		spent[int(number(t, r[0]))-1] += number(t, r[1]) * number(t, r[2])
	}
	for _, r := range input {
		row := TPDRow{Style: int(number(t, r[3])), Week: int(number(t, r[0])) - 1, N: 1, Mean: math.Log(number(t, r[1]))}
		plain = append(plain, row)
		row.N = number(t, r[1]) * number(t, r[2]) / spent[row.Week]
		shared = append(shared, row)
	}
	want := map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		want[r[0]] = append(want[r[0]], number(t, strings.TrimSpace(r[2])))
	}
	index := func(log []float64) []float64 {
		x := make([]float64, len(log))
		for i := range x {
			x[i] = math.Exp(log[i])
		}
		return x
	}
	whole := mustTPD(t, periods, nil, shared)
	agree(t, "tpd_unweighted_w12", index(mustFit(t, mustTPD(t, periods, nil, plain), TPDOptions{}).Log), want["tpd_unweighted_w12"], 1e-10)
	agree(t, "wtpd_w12", index(mustFit(t, whole, TPDOptions{}).Log), want["wtpd_w12"], 1e-10)
	// Shares of the others don't sum to 1 when rows 45…48 are left out.
	var fewer []TPDRow
	left := make([]float64, periods)
	for i, r := range shared {
		if i < 44 {
			left[r.Week] += r.N
		}
	}
	for _, r := range shared[:44] {
		r.N /= left[r.Week]
		fewer = append(fewer, r)
	}
	agree(t, "wtpd_w12_drop_rows_45_48", index(mustFit(t, mustTPD(t, periods, nil, fewer), TPDOptions{}).Log), want["wtpd_w12_drop_rows_45_48"], 1e-10)

	for method, length := range map[string]int{"wtpd_w5_mean_pub": 5, "wtpd_w11_mean_pub": 11} {
		s := Series{Policy: SplicePolicy{Provisional: 0, Window: length}}
		for start := 0; start+length <= periods; start++ {
			window, err := whole.Slice(start, start+length, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Publish(start, mustFit(t, window, TPDOptions{}).Log); err != nil {
				t.Fatal(err)
			}
		}
		var got []float64
		for _, p := range s.Points() {
			got = append(got, math.Exp(p.Log))
		}
		agree(t, method, got, want[method], 1e-10)
	}
}

// Frozen weeks never move, provisional ones keep every value, and windows that
// agree with each other give their own path back whatever their normalisation.
func TestSeriesFreezesAndRemembers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := SplicePolicy{Provisional: rapid.IntRange(0, 6).Draw(t, "provisional"), Window: 8}
		path := rapid.SliceOfN(rapid.Float64Range(-1, 1), 40, 40).Draw(t, "path")
		noise := rapid.SampledFrom([]float64{0, 0.1}).Draw(t, "noise")
		s := Series{Policy: policy}
		frozen := map[int]float64{}
		for end := 2; end <= len(path); end++ {
			start := max(0, end-8-policy.Provisional)
			shift := rapid.Float64Range(-5, 5).Draw(t, "shift")
			window := make([]float64, end-start)
			for i := range window {
				window[i] = path[start+i] + shift
				if noise > 0 {
					window[i] += rapid.Float64Range(-noise, noise).Draw(t, "noise")
				}
			}
			v, err := s.Publish(start, window)
			if err != nil {
				t.Fatal(err)
			}
			if len(v.Log) != end {
				t.Fatalf("the vintage has %d weeks, want %d", len(v.Log), end)
			}
			for w, p := range s.Points() {
				if before, ok := frozen[w]; ok && p.Log != before {
					t.Fatalf("frozen week %d moved from %v to %v", w, before, p.Log)
				}
				if p.Frozen != (w < end-policy.Provisional) {
					t.Fatalf("week %d of %d: frozen %v with %d provisional weeks", w, end, p.Frozen, policy.Provisional)
				}
				if p.Frozen {
					frozen[w] = p.Log
				}
				if last := p.History[len(p.History)-1]; last.Log != p.Log || v.Log[w] != p.Log {
					t.Fatalf("week %d stands at %v, its history ends with %+v, the vintage has %v", w, p.Log, last, v.Log[w])
				}
				if noise == 0 && math.Abs(p.Log-(path[w]-path[0])) > 1e-9 {
					t.Fatalf("week %d is %v, the path %v", w, p.Log, path[w]-path[0])
				}
			}
		}
		if len(s.Vintages()) != len(path)-1 {
			t.Fatalf("%d vintages, want %d", len(s.Vintages()), len(path)-1)
		}
		again, err := RestoreSeries(policy, s.Vintages())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.Points(), again.Points()); diff != "" {
			t.Fatalf("restored from its vintages: %s", diff)
		}
	})
}

// By hand: weeks 0 and 1 are frozen at 0 and 0.2; the window has them at 1 and
// 1.4, so the link is the mean of −1 and −1.2, and week 2 at 1.5 becomes 0.4.
func TestSeriesByHand(t *testing.T) {
	s := Series{Policy: SplicePolicy{Provisional: 1, Window: 2}}
	for _, window := range [][]float64{{5, 5.2, 5.5}, {1, 1.4, 1.5, 1.7}} {
		if _, err := s.Publish(0, window); err != nil {
			t.Fatal(err)
		}
	}
	points := s.Points()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }
	if p := points[2]; !near(p.Log, 0.4) || !p.Frozen || len(p.History) != 2 || !near(p.History[0].Log, 0.5) || p.History[1].Vintage != 1 {
		t.Errorf("week 2: %+v", p)
	}
	if p := points[1]; !near(p.Log, 0.2) || len(p.History) != 1 {
		t.Errorf("week 1: %+v", p)
	}
	if p := points[3]; !near(p.Log, 0.6) || p.Frozen {
		t.Errorf("week 3: %+v", p)
	}
	for _, c := range []struct {
		start  int
		window []float64
		want   string
	}{
		{5, []float64{1, 1}, "gap"},
		{0, []float64{1, 1}, "ends before"},
		{3, []float64{1}, "take 2 or more"},
		{3, []float64{1, 2}, "no frozen week"},
		{-1, []float64{1}, "from week -1"},
		{2, nil, "0 weeks"},
		{2, []float64{1, math.NaN()}, "NaN"},
	} {
		if _, err := s.Publish(c.start, c.window); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("window %v from %d: %v, want %q", c.window, c.start, err, c.want)
		}
	}
	rewritten := [][]float64{{0, 1}, {0.1, 1, 2}}
	if _, err := RestoreSeries(s.Policy, rewritten); err == nil || !strings.Contains(err.Error(), "vintage 1 has week 0, frozen at 0, at 0.1") {
		t.Errorf("a frozen week that changed: %v", err)
	}
	if len(s.Vintages()) != 2 || len(s.Points()) != 4 {
		t.Error("a refused window left a trace")
	}
}

// hpiR's volatility and revision measures on its own vintages
// (../shared/cases/hpir_ex_sales, tolerance 1e-8).
func TestIndexMeasuresAgreeWithHpiR(t *testing.T) {
	dir := sharedCase(t, "hpir_ex_sales")
	metric := map[string]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected_metrics.csv")) {
		metric[r[0]+" "+r[1]] = number(t, r[2])
	}
	index := map[string][]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		index[r[0]] = append(index[r[0]], number(t, r[3]))
	}
	for _, method := range []string{"rt_base", "rt_robust", "rt_weighted", "hed_base", "hed_robust"} {
		v, err := IndexVolatility(index[method], 3)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, method+" volatility", []float64{v.Mean, v.Median},
			[]float64{metric[method+" volatility_mean_w3"], metric[method+" volatility_median_w3"]}, 1e-8)
	}
	for _, method := range []string{"rt_base", "hed_base"} {
		vintages := hpirVintages(t, dir, method)
		byMonth, all, err := IndexRevision(vintages)
		if err != nil {
			t.Fatal(err)
		}
		m := func(name string) float64 { return metric[method+" "+name] }
		agree(t, method+" revision", []float64{float64(len(vintages)), all.Mean, all.Median, all.AbsMean, all.AbsMedian},
			[]float64{m("series_n_indexes"), m("revision_mean"), m("revision_median"), m("revision_abs_mean"), m("revision_abs_median")}, 1e-8)
		var got, want []float64
		for _, r := range byMonth {
			got = append(got, r.Mean, r.Median, r.AbsMean, r.AbsMedian)
		}
		for _, r := range readCSV(t, filepath.Join(dir, "revision_"+method+".csv")) {
			for _, x := range r[1:] {
				want = append(want, number(t, x))
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: %d revisions, hpiR has %d", method, len(got), len(want))
		}
		for i := range got {
			// Absolute: values near 0 are differences of indexes near 100.
			if math.Abs(got[i]-want[i]) > 1e-8 {
				t.Errorf("%s: revision %d is %v, hpiR has %v", method, i, got[i], want[i])
			}
		}
	}
}

// hpirVintages reads the vintages of a method, oldest first.
func hpirVintages(t *testing.T, dir, method string) [][]float64 {
	var vintages [][]float64
	last := ""
	for _, r := range readCSV(t, filepath.Join(dir, "vintages_"+method+".csv")) {
		if r[1] != last {
			vintages = append(vintages, nil)
			last = r[1]
		}
		v := &vintages[len(vintages)-1]
		*v = append(*v, number(t, r[3]))
	}
	return vintages
}

// By hand: week 0 never changes, week 1 goes 10 → 12 → 11, week 2 20 → 20.
func TestRevisionByHorizonByHand(t *testing.T) {
	r, err := RevisionByHorizon([][]float64{{1, 10}, {1, 12, 20}, {1, 11, 20, 30}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Revision{{2, 1, 1, 1, 1}, {2, -0.5, -0.5, 0.5, 0.5}, {1, 0, 0, 0, 0}}
	for h := range want {
		if r[h] != want[h] {
			t.Errorf("%d weeks old: %+v, want %+v", h, r[h], want[h])
		}
	}
	if _, err := RevisionByHorizon([][]float64{{1, 2}, {1}}); err == nil {
		t.Error("a vintage that shrinks")
	}
	if _, err := IndexVolatility([]float64{1, 2, 3}, 3); err == nil {
		t.Error("a window longer than the changes")
	}
}
