package main

import (
	"fmt"
	"math"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

// The whole path on the bundled sample: what becomes of each kind of row, and
// whether the truth that the sales were made from is found again.
func TestPipelineFindsTheTruth(t *testing.T) {
	path, made := sampleBook(t, sample.Options{})
	b, err := data.OpenReadOnly(t.Context(), path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	sound(t, b)
	kinds := func(file string, names ...string) (n int64) {
		for _, k := range names {
			c, ok := made.Truth.Files[file].Kinds[k]
			if !ok {
				t.Errorf("%s has no rows of kind %s", file, k)
			}
			n += int64(c)
		}
		return n
	}
	t.Run("counts", func(t *testing.T) {
		// Of a product table each row holds three observations.
		goat, stockx, kream := made.Truth.Files[sample.GOATFile], made.Truth.Files[sample.StockXFile], made.Truth.Files[sample.KREAMFile]
		for no, want := range []struct{ read, known, rejected int64 }{
			{int64(goat.Rows), kinds(sample.GOATFile, "duplicate"),
				kinds(sample.GOATFile, "bad_price", "impossible_date", "ambiguous_date", "too_few_columns")},
			{int64(stockx.Rows), 0, kinds(sample.StockXFile, "non_shoe")},
			{3 * int64(kream.Rows), 0, 0},
		} {
			got := lines(t, b, fmt.Sprintf("SELECT concat_ws(' ', read, added, known, rejected) FROM run_files WHERE file_no = %d", no+1))
			if want := fmt.Sprint(want.read, want.read-want.known-want.rejected, want.known, want.rejected); len(got) != 1 || got[0] != want {
				t.Errorf("file %d: read, added, known, rejected are %v, want %s", no+1, got, want)
			}
		}
	})
	t.Run("dirt", func(t *testing.T) {
		for _, c := range []struct {
			query string
			want  int64
		}{
			{"SELECT count(*) FROM rejects WHERE column_name = 'sold_at'", kinds(sample.GOATFile, "impossible_date", "ambiguous_date")},
			{"SELECT count(*) FROM rejects WHERE column_name = 'price'", kinds(sample.GOATFile, "bad_price")},
			{"SELECT count(*) FROM rejects WHERE reason = 'wrong_field_count'", kinds(sample.GOATFile, "too_few_columns")},
			{"SELECT count(*) FROM rejects WHERE reason = 'not_footwear'", kinds(sample.StockXFile, "non_shoe")},
			{"SELECT count(*) FROM sales WHERE price_basis = 'ask'", kinds(sample.GOATFile, "ask")},
			{"SELECT count(*) FROM sales WHERE list_contains(flags, 'price_sentinel')", kinds(sample.GOATFile, "sentinel_price")},
			{"SELECT count(*) FROM sales WHERE marketplace = 'GOAT' AND style_id IS NULL", kinds(sample.GOATFile, "no_code_unknown_title")},
			{"SELECT count(*) FROM sales WHERE marketplace = 'GOAT' AND condition = 'used'", kinds(sample.GOATFile, "sale_used")},
			{"SELECT count(*) FROM sales WHERE NOT list_contains(flags, 'synthetic')", 0},
			{"SELECT count(*) FROM sales WHERE list_contains(flags, 'no_usd_rate')", 0},
			{"SELECT count(*) FROM sales WHERE list_contains(flags, 'before_release')", 0},
			{"SELECT count(DISTINCT source_line) FROM sales WHERE list_contains(flags, 'retail_impossible')", kinds(sample.KREAMFile, "retail_typo")},
			{"SELECT count(*) FROM sales WHERE list_contains(flags, 'price_outlier')", kinds(sample.GOATFile, "sentinel_price")},
			{"SELECT count(*) FROM observations WHERE style = '990v6-marblehead-vintage-indigo-grey-day-2023'", 0},
			// Styles of the sample with a retail price of their own in euros (U990GR4) and in
			// won: M990 with AB6, CH1, GL5, GY3, JD3, JJ3, TG3 and VS4, M992GR, MR993GL, U990TE6, U998TA.
			{"SELECT count(DISTINCT style_id) FROM sales WHERE currency = 'EUR' AND retail_basis = 'reference'", 1},
			{"SELECT count(DISTINCT style_id) FROM sales WHERE currency = 'KRW' AND retail_basis = 'reference'", 12},
			// The three sales of the last year, and those before, of the style that carries no median.
			{"SELECT count(*) FROM observations WHERE style = 'U996TE' AND sold_on > DATE '2025-11-16'", 3},
		} {
			if got := lines(t, b, "SELECT n::VARCHAR FROM ("+c.query+") AS q(n)"); got[0] != fmt.Sprint(c.want) {
				t.Errorf("%s: %s, want %d", c.query, got[0], c.want)
			}
		}
	})
	t.Run("truth", func(t *testing.T) { findTruth(t, b, made) })
	t.Run("premiums", func(t *testing.T) { findPremiums(t, b, made) })
}

// findPremiums compares the estimates of the last day, of new pairs of all sizes, with the
// truth of its week: at the level, the estimate band holds it for that share of the styles
// or more, and it is not far off for any. Mid-sized pairs are what truth is of, and sizes
// sell about evenly around them.
func findPremiums(t *testing.T, b *data.Book, made sample.Sample) {
	truth := map[string]float64{}
	for _, m := range made.Truth.Multiples {
		if m.Week == made.Truth.End.Monday() {
			truth[m.StyleID] = m.Multiple
		}
	}
	for _, level := range []float64{0.8, 0.95} {
		p, err := analysis.ComputePremiums(t.Context(), b, analysis.PremiumsSpec{AsOf: made.Truth.End, Level: level})
		if err != nil {
			t.Fatal(err)
		}
		held, n, worst := 0.0, 0.0, 0.0
		for _, r := range p.Rows {
			if m, ok := truth[r.Style]; ok && r.SizeBand == "" && r.Condition == "new" && r.Multiple != nil && r.N > 0 {
				n++
				if *r.Lo <= m && m <= *r.Hi {
					held++
				}
				worst = max(worst, math.Abs(math.Log(*r.Multiple/m)))
			}
		}
		t.Logf("%g %% bands hold the truth of %.0f of %.0f styles; the worst estimate is %.3f off", 100*level, held, n, worst)
		// Two standard errors of a share: 2·√(0.2·0.8/n) is 0.12 for 40 styles.
		if slack := 2 * math.Sqrt(level*(1-level)/n); n < 30 || held/n < level-slack || worst > 0.3 {
			t.Errorf("%g %% bands hold the truth of %.0f of %.0f styles; the worst estimate is %.3f off", 100*level, held, n, worst)
		}
	}
}

// findTruth compares the medians of the last 52 weeks with the mean truth of the
// weeks of their sales, by style and by style and marketplace. The standard error
// of a median is 1.2533 sd/√n for normal noise, of the logs, market included.
func findTruth(t *testing.T, b *data.Book, made sample.Sample) {
	s := testSession(t, b)
	defer s.Close()
	var weeks [][]data.Cell
	for _, m := range made.Truth.Multiples {
		weeks = append(weeks, []data.Cell{data.Text(m.StyleID), data.Text(m.Week.String()), data.Text(fmt.Sprint(m.Multiple))})
	}
	if err := s.LoadTemp(t.Context(), "truth", "style VARCHAR, week VARCHAR, multiple VARCHAR", weeks); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Query(t.Context(), `
		SELECT o.style, CASE WHEN grouping(o.marketplace) = 0 THEN o.marketplace ELSE 'all' END, count(*),
		       median(ln(o.multiple)), stddev_samp(ln(o.multiple)), avg(t.multiple::DOUBLE)
		FROM observations o JOIN truth t ON t.style = o.style AND t.week::DATE = o.week
		WHERE o.price_basis = 'sale' AND o.condition = 'new' AND o.week > CAST(? AS DATE) - 364
		GROUP BY GROUPING SETS ((o.style), (o.style, o.marketplace))
		HAVING count(*) >= 100 ORDER BY ALL`, made.Truth.End.Monday().String())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tested := map[string]int{}
	for rows.Next() {
		var style, where string
		var n, median, sd, truth float64
		if err := rows.Scan(&style, &where, &n, &median, &sd, &truth); err != nil {
			t.Fatal(err)
		}
		tested[where]++
		if d, se := median-math.Log(truth), 1.2533*sd/math.Sqrt(n); math.Abs(d) > 3*se {
			t.Errorf("%s on %s, n = %.0f: ln median is %.4f off the truth, 3 standard errors are %.4f", style, where, n, d, 3*se)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("medians tested: %v", tested)
	if tested["all"] < 15 || tested["GOAT"] < 10 || tested["StockX"] < 5 {
		t.Errorf("too few styles with 100 sales: %v", tested)
	}
}
