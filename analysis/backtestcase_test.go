package analysis

import (
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// contest is the contest's sales as trades, straight from the case's input.csv: what
// the ingest does to them is tested where the commands are.
type contest struct {
	sales    []trade
	rows     []string // row of each sale in the input
	forms    []form
	released []int32
	kin      []kin
}

func shared(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("GREYBOOK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	full := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("needs the shared file %s, which is not here", filepath.Join(path...))
	}
	return full
}

func readCSV(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
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

func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func dayNumber(t testing.TB, s string) int32 {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return int32(d)
}

// readContest reads row, order_date, brand, sneaker, sale_price, retail_price,
// release_date, size, buyer_region.
func readContest(t testing.TB) contest {
	t.Helper()
	var c contest
	styles, sizes := map[string]int32{}, map[string]int32{}
	for _, r := range readCSV(t, shared(t, "cases", "stockx_2019", "input.csv")) {
		if _, ok := styles[r[3]]; !ok {
			styles[r[3]] = int32(len(c.kin))
			c.kin, c.released = append(c.kin, kin{}), append(c.released, dayNumber(t, r[6]))
		}
		if _, ok := sizes[r[7]]; !ok {
			sizes[r[7]] = int32(len(c.forms))
			c.forms = append(c.forms, form{int16(math.Round(2 * number(t, r[7]))), "new"})
		}
		c.rows = append(c.rows, r[0])
		c.sales = append(c.sales, trade{day: dayNumber(t, r[1]), style: styles[r[3]], form: sizes[r[7]], y: math.Log(number(t, r[4]) / number(t, r[5]))})
	}
	return c
}

// thin keeps about a share of the sales, by a hash of seed and row.
func (c contest) thin(share float64, seed string) []trade {
	if share >= 1 {
		return c.sales
	}
	var out []trade
	for i, s := range c.sales {
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %s", seed, c.rows[i])
		v := h.Sum64() // FNV's high bits hardly move for short texts: mix them (SplitMix64's finaliser)
		v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
		v = (v ^ v>>27) * 0x94d049bb133111eb
		if float64(v>>11)/(1<<53) < share {
			out = append(out, s)
		}
	}
	return out
}

// backtest scores sales at the origins from one Monday to another.
func (c contest) backtest(t testing.TB, sales []trade, m method, first, last string, see func(scored)) *scorecard {
	t.Helper()
	from, to := dayNumber(t, first), dayNumber(t, last)
	card := &scorecard{}
	r := newRolling(newMarket(m, c.forms, c.released), c.kin, from-7*learnOrigins, 0.8, func(s scored) {
		if s.origin >= from {
			card.add(s)
			see(s)
		}
	})
	for _, s := range sales {
		if s.day >= to+7 {
			break
		}
		if err := r.add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.flush(); err != nil {
		t.Fatal(err)
	}
	return card
}

// TestBaselinesCase holds the baselines to case stockx_backtest: the numbers of
// expected.csv to 1e-12, and the 200 forecasts of sample_predictions.csv to the twelve digits
// they are printed with. Prices are round, so that many errors are 5, 10 or 20 % but for
// the last bit of a logarithm, which is the library's: shares within them differ by up to
// 46 of 33,436 sales. MAPE is not reported and not checked.
func TestBaselinesCase(t *testing.T) {
	c := readContest(t)
	var seen []scored
	card := c.backtest(t, c.sales, defaultMethod, "2018-09-03", "2019-02-11", func(s scored) {
		if len(seen) < 400 {
			seen = append(seen, s)
		}
	})
	rows := map[string]BacktestRow{}
	for _, r := range card.rows(0.8) {
		rows[r.Forecast+" "+r.Class] = r
	}
	for _, e := range readCSV(t, shared(t, "cases", "stockx_backtest", "expected.csv")) {
		class := strings.Replace(strings.Replace(e[1], "n_asset28", "n", 1), "n=>=", "n>=", 1)
		r, ok := rows[e[0][:2]+" "+class]
		if !ok {
			t.Fatalf("no row for %s, %s", e[0], e[1])
		}
		got := map[string]*float64{"n": figure(float64(r.N)), "MdAPE": r.MdAPE, "median_error": r.MedianError, "within5": r.Within5,
			"within10": r.Within10, "within20": r.Within20, "rmse_log": r.RMSELog}[e[2]]
		tolerance := 1e-12
		if strings.HasPrefix(e[2], "within") {
			tolerance = 1.5e-3
		}
		if e[2] != "MAPE" && math.Abs(*got-number(t, e[3])) > tolerance {
			t.Errorf("%s of %s, %s: %v, want %s", e[2], e[0], e[1], *got, e[3])
		}
	}
	// The sample is in the order of the rows, less what was not scored, as is seen.
	for i, p := range readCSV(t, shared(t, "cases", "stockx_backtest", "sample_predictions.csv")) {
		got := append([]float64{seen[i].y}, seen[i].ahead[1:]...)
		n := number(t, p[5])
		if seen[i].class != liquidityOf(int(n)) {
			t.Errorf("row %s: class %s with %s sales in 28 days", p[0], seen[i].class, p[5])
		}
		for k, w := range append([]string{p[4]}, p[7:11]...) {
			if math.Abs(got[k]-number(t, w)) > 5e-12*max(1, math.Abs(got[k])) {
				t.Errorf("row %s, column %d: %.12g, want %s", p[0], k, got[k], w)
			}
		}
	}
}

// TestGate is method M6's gate on the 24 origins that nothing was tuned on, with all, a
// tenth and 3 % of the rows. A class of less than 200 sales is not judged; of thinned
// rows there are eight draws, judged together, for one draw of 3 % has some 200 sales
// in a class and its MdAPE moves by a tenth from draw to draw. The intervals are
// held to 80 ± 3 % in every class.
//
// Note: of the sales of empty cells, 566 of 2,203 are of two releases that fell by half
// within days, as no earlier one had. Most of those are missed, and made good by
// wider intervals after: their mean width is 1.5 of the forecast with all rows.
func TestGate(t *testing.T) {
	if testing.Short() {
		t.Skip("17 runs through the contest's sales")
	}
	c := readContest(t)
	for _, share := range []float64{1, 0.1, 0.03} {
		pooled := c.draws(t, share, defaultMethod, "2018-09-03", "2019-02-11")
		var own BacktestRow
		for _, r := range pooled.rows(0.8) {
			name := fmt.Sprintf("%g %% %s", 100*share, r.Class)
			switch {
			case r.N < JudgedFrom:
			case r.Forecast == "M4":
				own = r
				if r.Class != "all" && math.Abs(*r.Coverage-0.8) > 0.03 {
					t.Errorf("%s: the 80 %% interval held %.3f", name, *r.Coverage)
				}
			case r.Forecast == "B0":
				t.Logf("%-12s n %5d  MdAPE %5.2f, last sale %5.2f; within 10 %% %.1f, %.1f; median error %+.2f; interval holds %.1f, width %.3f", name, r.N,
					100**own.MdAPE, 100**r.MdAPE, 100**own.Within10, 100**r.Within10, 100**own.MedianError, 100**own.Coverage, *own.Width)
				if *own.MdAPE >= *r.MdAPE {
					t.Errorf("%s: MdAPE %.4f, the last sale's is %.4f", name, *own.MdAPE, *r.MdAPE)
				}
			}
		}
	}
}

// draws scores all sales, or eight draws of a share of them, together.
func (c contest) draws(t testing.TB, share float64, m method, first, last string) *scorecard {
	t.Helper()
	pooled := &scorecard{}
	for _, seed := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		c.backtest(t, c.thin(share, seed), m, first, last, pooled.add)
		if share >= 1 {
			break
		}
	}
	return pooled
}

// mdape is the median size of the errors of a class's estimates, in per cent, over that
// of the last sale.
func (c *scorecard) mdape(class liquidity, forecast int) float64 {
	l := c.classes[class][forecast]
	size := make([]float64, len(l.errors))
	for i, e := range l.errors {
		size[i] = 100 * math.Abs(e)
	}
	slices.Sort(size)
	return stat.Quantile7(size, 0.5)
}
