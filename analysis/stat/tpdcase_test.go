package stat

import (
	"encoding/csv"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// tpdRows gives rows as NewTPD wants them.
func tpdRows(rows []TPDRow) iter.Seq2[TPDRow, error] {
	return func(yield func(TPDRow, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func mustTPD(t testing.TB, weeks int, levels [][]float64, rows []TPDRow) *TPD {
	t.Helper()
	d, err := NewTPD(weeks, levels, 0, tpdRows(rows))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustFit(t testing.TB, d *TPD, o TPDOptions) *IndexFit {
	t.Helper()
	f, err := d.Fit(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// contestSale is a sale of the StockX contest: ids are counted in order of first
// appearance.
type contestSale struct {
	sneaker, size, asset, week, age int
	y                               float64
}

// contest is the 99,956 sales of ../shared/cases/stockx_2019 in 77 Monday weeks.
type contest struct {
	sales           []contestSale
	sneakers, sizes []string
}

func readContest(t testing.TB, dir string) contest {
	day := func(s string) int {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return int(d.Unix() / 86400)
	}
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	name := func(ids map[string]int, s string) int {
		if _, ok := ids[s]; !ok {
			ids[s] = len(ids)
		}
		return ids[s]
	}
	first := day("2017-08-28")
	var c contest
	sneakers, sizes, assets := map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range readCSVAny(t, filepath.Join(dir, "input.csv")) {
		d := day(r[1])
		c.sales = append(c.sales, contestSale{name(sneakers, r[3]), name(sizes, r[7]), name(assets, r[3]+"|"+r[7]),
			(d - first) / 7, d - day(r[6]), math.Log(number(r[4]) / number(r[5]))})
	}
	c.sneakers, c.sizes = make([]string, len(sneakers)), make([]string, len(sizes))
	for s, i := range sneakers {
		c.sneakers[i] = s
	}
	for s, i := range sizes {
		c.sizes[i] = s
	}
	return c
}

// weekly reads the columns of one method of an expected file of the weekly index.
func weekly(t *testing.T, file, method string, column int) []float64 {
	t.Helper()
	var x []float64
	for _, r := range readCSV(t, file) {
		if r[0] == method {
			x = append(x, number(t, r[column]))
		}
	}
	if len(x) == 0 {
		t.Fatalf("%s has no %s", file, method)
	}
	return x
}

// agree reports the largest relative difference and fails above the tolerance.
func agree(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	worst, at := 0.0, 0
	for i := range got {
		if d := math.Abs(got[i]-want[i]) / max(math.Abs(want[i]), 1e-300); !(d <= worst) && got[i] != want[i] {
			worst, at = d, i
		}
	}
	t.Logf("%s: largest relative difference %.1e", what, worst)
	if !(worst <= tolerance) {
		t.Errorf("%s[%d] = %.15g, want %.15g: off by %.1e, tolerance %g", what, at, got[at], want[at], worst, tolerance)
	}
}

// The weekly indexes that R computed on the contest's sales
// (../shared/cases/stockx_weekly_index; tolerance 1e-9, Huber 1e-6).
func TestTPDAgreesWithR(t *testing.T) {
	dir, sales := sharedCase(t, "stockx_weekly_index"), sharedCase(t, "stockx_2019")
	expected := filepath.Join(dir, "expected.csv")
	seasoned := filepath.Join(dir, "expected_seasoned.csv")
	c := readContest(t, sales)
	const weeks = 77

	var byAsset []TPDRow
	for _, s := range c.sales {
		byAsset = append(byAsset, TPDRow{Style: s.asset, Week: s.week, N: 1, Mean: s.y})
	}
	d := mustTPD(t, weeks, nil, byAsset)
	fit := mustFit(t, d, TPDOptions{})
	agree(t, "tpd_asset_ols", fit.Index(), weekly(t, expected, "tpd_asset_ols", 4), 1e-9)
	var se []float64
	for w := range weeks {
		se = append(se, fit.SE(w))
	}
	agree(t, "its standard errors", se, weekly(t, expected, "tpd_asset_ols", 5), 1e-9)
	agree(t, "its sales", fit.N, weekly(t, expected, "tpd_asset_ols", 3), 0)
	fit = mustFit(t, d, TPDOptions{EqualStyle: true})
	agree(t, "tpd_asset_cells_equal", fit.Index(), weekly(t, expected, "tpd_asset_cells_equal", 4), 1e-9)

	for _, days := range []int{28, 56, 91} {
		var rows []TPDRow
		for _, s := range c.sales {
			if s.age >= days {
				rows = append(rows, TPDRow{Style: s.asset, Week: s.week, N: 1, Mean: s.y})
			}
		}
		method := "tpd_seasoned_" + strconv.Itoa(days) + "d"
		fit := mustFit(t, mustTPD(t, weeks, nil, rows), TPDOptions{})
		agree(t, method, fit.Index(), weekly(t, seasoned, method, 4), 1e-9)
	}
}

// Time-product dummy with age bands: before release, 0–13, 14–27, 28–55, 56–90
// days; 91 and more is the reference.
func TestTPDAgeBandsAgreeWithR(t *testing.T) {
	dir, sales := sharedCase(t, "stockx_weekly_index"), sharedCase(t, "stockx_2019")
	levels := [][]float64{{1, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 0}}
	var rows []TPDRow
	for _, s := range readContest(t, sales).sales {
		band, _ := slices.BinarySearch([]int{0, 14, 28, 56, 91}, s.age+1)
		rows = append(rows, TPDRow{Style: s.asset, Week: s.week, Level: band, N: 1, Mean: s.y})
	}
	fit := mustFit(t, mustTPD(t, 77, levels, rows), TPDOptions{})
	agree(t, "tpd_ageband", fit.Index(), weekly(t, filepath.Join(dir, "expected_seasoned.csv"), "tpd_ageband", 4), 1e-9)
	var want []float64
	for _, r := range readCSV(t, filepath.Join(dir, "expected_ageband_effects.csv")) {
		want = append(want, number(t, r[1]))
	}
	agree(t, "age band effects", fit.Coef, want, 1e-9)
}

// Sneaker, size (26, the first is the reference) and week, by least squares and
// with Huber weights, from single sales and from distinct prices with counts.
func TestTPDHedonicAgreesWithR(t *testing.T) {
	dir, sales := sharedCase(t, "stockx_weekly_index"), sharedCase(t, "stockx_2019")
	expected := filepath.Join(dir, "expected.csv")
	c := readContest(t, sales)
	// R's reference is the smallest size, 3.5; columns are the others in order.
	order := slices.Clone(c.sizes)
	slices.SortFunc(order, func(a, b string) int { return int(2*number(t, a) - 2*number(t, b)) })
	levels := make([][]float64, len(c.sizes))
	for i, size := range c.sizes {
		levels[i] = make([]float64, len(c.sizes)-1)
		if at := slices.Index(order, size); at > 0 {
			levels[i][at-1] = 1
		}
	}
	var rows []TPDRow
	counted := map[TPDRow]float64{}
	for _, s := range c.sales {
		r := TPDRow{Style: s.sneaker, Week: s.week, Level: s.size, N: 1, Mean: s.y}
		rows = append(rows, r)
		counted[r]++
	}
	d := mustTPD(t, 77, levels, rows)
	fit := mustFit(t, d, TPDOptions{})
	agree(t, "hedonic_ols", fit.Index(), weekly(t, expected, "hedonic_ols", 4), 1e-9)
	var coef, se []float64
	for _, r := range readCSV(t, filepath.Join(dir, "expected_hedonic_coefs.csv"))[50:] {
		coef, se = append(coef, number(t, r[1])), append(se, number(t, r[2]))
	}
	k := len(fit.Coef)
	agree(t, "size effects", fit.Coef, coef[:k], 1e-9)
	agree(t, "their standard errors", fit.CoefSE, se[:k], 1e-9)
	agree(t, "week effects", fit.Log[1:], coef[k:], 1e-9)

	want := weekly(t, expected, "hedonic_huber_k1.345_converged", 4)
	fit = mustFit(t, d, TPDOptions{Huber: true})
	t.Logf("%d passes, scale %.6f, converged %v", fit.Passes, fit.Scale, fit.Converged)
	agree(t, "hedonic_huber", fit.Index(), want, 1e-6)
	if !fit.Converged {
		t.Errorf("not converged in %d passes", fit.Passes)
	}
	rows = rows[:0]
	for r, n := range counted {
		r.N = n
		rows = append(rows, r)
	}
	fit = mustFit(t, mustTPD(t, 77, levels, rows), TPDOptions{Huber: true})
	agree(t, "hedonic_huber of distinct prices", fit.Index(), want, 1e-6)
}

// readCSVAny is readCSV for benchmarks too.
func readCSVAny(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
