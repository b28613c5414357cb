package main

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// TestBacktestCase scores the contest's sales, read from the workbook, whose prices
// are not rounded to dollars, by the real ingest, and holds the baselines against
// expected.csv of case stockx_backtest. The book keeps cents, and 107 prices have
// more decimals, so a median may differ by 0.01 of some 300 dollars, 3e-5; a share by
// the sales whose error is within that of its limit, some dozens of 52,366.
func TestBacktestCase(t *testing.T) {
	want := readBacktestCase(t)
	b := contestBook(t, shared(t, "data", "stockx-contest-2019", "StockX-Data-Contest-2019-3.xlsx"))
	asOf, _ := data.ParseDate("2019-02-17")
	start := time.Now()
	got, err := analysis.ComputeBacktest(context.Background(), b, analysis.BacktestSpec{AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sales scored, %d of styles never sold before; %v", got.N, got.Unknown, time.Since(start).Round(time.Millisecond))
	// The case's README: Mondays 2018-09-03 to 2019-02-11, 52,467 sales, 101 of them dropped.
	if got.First.String() != "2018-09-03" || got.Last.String() != "2019-02-11" || got.Origins != 24 || got.N != 52366 || got.Unknown != 101 {
		t.Errorf("origins %s to %s, %d of them, %d sales, %d dropped", got.First, got.Last, got.Origins, got.N, got.Unknown)
	}
	checked := 0
	for _, r := range got.Rows {
		figures := map[string]*float64{"MdAPE": r.MdAPE, "median_error": r.MedianError, "within5": r.Within5, "within10": r.Within10, "within20": r.Within20, "rmse_log": r.RMSELog}
		for name, f := range figures {
			w, ok := want[r.Forecast+" "+r.Class+" "+name]
			if !ok {
				continue
			}
			checked++
			tolerance := 3e-5
			if strings.HasPrefix(name, "within") {
				tolerance = 2e-3
			}
			if f == nil || math.Abs(*f-w) > tolerance {
				t.Errorf("%s of %s, %s: %v, want %v", name, r.Forecast, r.Class, *f, w)
			}
		}
		if w, ok := want[r.Forecast+" "+r.Class+" n"]; ok && float64(r.N) != w {
			t.Errorf("n of %s, %s: %d, want %v", r.Forecast, r.Class, r.N, w)
		}
	}
	if checked != 4*5*6 {
		t.Errorf("%d numbers checked, want those of 4 baselines in 5 classes", checked)
	}
	gate(t, got)
}

// gate is that of method M6: in every class the MdAPE below the last sale's, and the
// coverage within 3 points.
func gate(t *testing.T, b analysis.Backtest) {
	t.Helper()
	var own analysis.BacktestRow
	for _, r := range b.Rows {
		switch r.Forecast {
		case "M4":
			own = r
			t.Logf("%-6s n %5d  MdAPE %.2f %%  median error %+.2f %%  within 10 %% %.1f %%  interval holds %.1f %%, width %.3f",
				r.Class, r.N, 100**r.MdAPE, 100**r.MedianError, 100**r.Within10, 100**r.Coverage, *r.Width)
			if math.Abs(*r.Coverage-0.8) > 0.03 {
				t.Errorf("%s: the 80 %% interval held %.3f", r.Class, *r.Coverage)
			}
		case "B0":
			if *own.MdAPE >= *r.MdAPE {
				t.Errorf("%s: MdAPE %.4f, of the last sale %.4f", r.Class, *own.MdAPE, *r.MdAPE)
			}
		}
	}
}

// readBacktestCase reads expected.csv: "B0 n=5-19 MdAPE" → value.
func readBacktestCase(t *testing.T) map[string]float64 {
	t.Helper()
	f, err := os.Open(shared(t, "cases", "stockx_backtest", "expected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, r := range rows[1:] {
		v, err := strconv.ParseFloat(r[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		class := strings.Replace(strings.Replace(r[1], "n_asset28", "n", 1), "n=>=20", "n>=20", 1)
		out[r[0][:2]+" "+class+" "+r[2]] = v
	}
	return out
}
