package stat

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var thinness = []string{"0", "1-4", "5-19", "20+"} // sales of the cell in 28 days

// crepesLevel is the level at which k = ⌈(n+1)·level⌉ is the rank that crepes takes. It
// takes n + 1 − ⌊(1−level)·(n+1)⌋ in float64, and (1−0.8)·5 is 0.9999999999999998: where
// (n+1)·level is an integer, crepes may go a rank too far, and from 4 residuals it has
// no interval at 80 %, though the largest encloses the next with probability 4/5.
func crepesLevel(t *testing.T, n int, level float64) float64 {
	t.Helper()
	k, _ := ConformalRank(n, level)
	switch n + 1 - int((1-level)*float64(n+1)) {
	case k:
		return level
	case k + 1:
		if whole := float64(n+1) * level; math.Abs(whole-math.Round(whole)) < 1e-9 {
			return level + 1e-9
		}
	}
	t.Fatalf("n=%d at %v: rank %d is far from that of crepes", n, level, k)
	return 0
}

// forecasts is the case of crepes: what to predict, and our residuals by method.
type forecasts struct {
	tests     map[string]forecast // by row
	residuals map[string][][]float64
}

type forecast struct {
	class          int
	sigma, yhat, y float64
}

func readForecasts(t *testing.T, dir string) forecasts {
	t.Helper()
	f := forecasts{map[string]forecast{}, map[string][][]float64{
		"standard": make([][]float64, 1), "normalized": make([][]float64, 1), "mondrian": make([][]float64, len(thinness)),
	}}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		c := forecast{slices.Index(thinness, r[3]), number(t, r[5]), number(t, r[6]), number(t, r[7])}
		if r[2] == "test" {
			f.tests[r[0]] = c
			continue
		}
		for method := range f.residuals {
			class, by := c.in(method)
			f.residuals[method][class] = append(f.residuals[method][class], (c.y-c.yhat)/by)
		}
	}
	return f
}

// in is the class and the unit of a case in that method.
func (c forecast) in(method string) (class int, unit float64) {
	switch method {
	case "mondrian":
		return c.class, 1
	case "normalized":
		return 0, c.sigma
	}
	return 0, 1
}

// half is the half-width that Conformal gives at crepes' rank.
func (f forecasts) half(t *testing.T, method string, c forecast, level float64) float64 {
	t.Helper()
	bands, err := NewConformal(f.residuals[method], 0)
	if err != nil {
		t.Fatal(err)
	}
	class, unit := c.in(method)
	b, ok := bands.Band(class, crepesLevel(t, len(f.residuals[method][class]), level))
	if !ok || b.From != b.To {
		t.Fatalf("%s, class %d at %v: %+v", method, class, level, b)
	}
	return b.HalfWidth * unit
}

// Bounds by crepes 0.8.0, pooled, in proportion to sigma, and by class
// (../shared/cases/conformal_crepes; printed to 12 places), at crepes' ranks.
func TestConformalBoundsAgreeWithCrepes(t *testing.T) {
	dir := sharedCase(t, "conformal_crepes")
	f := readForecasts(t, dir)
	widths := map[string]float64{} // of a unit, by method, class and level
	half := func(method string, c forecast, level string) float64 {
		class, unit := c.in(method)
		key := fmt.Sprint(method, class, level)
		if _, ok := widths[key]; !ok {
			widths[key] = f.half(t, method, c, number(t, level)) / unit
		}
		return widths[key] * unit
	}
	var bounds, summary worst
	rows := readCSV(t, filepath.Join(dir, "expected_intervals.csv"))
	for _, r := range rows {
		c := f.tests[r[1]]
		for k, method := range []string{"standard", "normalized", "mondrian"} {
			h := half(method, c, r[0])
			bounds.see(c.yhat-h, number(t, r[2+2*k]))
			bounds.see(c.yhat+h, number(t, r[3+2*k]))
		}
	}
	if len(rows) != 2*len(f.tests) {
		t.Errorf("%d intervals for %d cases at two levels", len(rows), len(f.tests))
	}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		sum, n := 0.0, 0.0
		for _, row := range rows[:len(f.tests)] { // in the order of the file, so that sums are the same each time
			c := f.tests[row[1]]
			if r[2] != "all" && thinness[c.class] != r[2] {
				continue
			}
			h := half(r[0], c, r[1])
			n++
			switch {
			case r[3] == "mean_width":
				sum += 2 * h
			case r[3] != "coverage":
				sum += h
			case math.Abs(c.y-c.yhat) <= h:
				sum++
			}
		}
		summary.see(sum/n, number(t, r[4]))
	}
	bounds.within(t, "bounds", 1e-10)
	summary.within(t, "coverage and widths", 1e-10)
}

func TestConformalSmallSamplesAgreeWithCrepes(t *testing.T) {
	dir := sharedCase(t, "conformal_crepes")
	for _, r := range readCSV(t, filepath.Join(dir, "expected_tiny.csv")) {
		var x []float64
		for _, s := range strings.Split(r[0], ";") {
			x = append(x, number(t, s))
		}
		c, err := NewConformal([][]float64{x}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := c.Band(0, crepesLevel(t, len(x), number(t, r[1]))); b.HalfWidth != number(t, r[2]) || ok == math.IsInf(b.HalfWidth, 1) {
			t.Errorf("%s at %s: %+v %v, want %s", r[0], r[1], b, ok, r[2])
		}
	}
}

func TestConformalRank(t *testing.T) {
	for _, c := range []struct {
		n     int
		level float64
		k     int
		ok    bool
	}{
		{3, 0.8, 4, false}, {4, 0.8, 4, true}, {8, 0.9, 9, false}, {9, 0.9, 9, true}, {18, 0.95, 19, false}, {19, 0.95, 19, true},
		{99, 0.8, 80, true}, {9, 0.7, 7, true}, // 10 × 0.7 is an integer, and stays it
		{99, 0.57, 57, true}, // 100 × 0.57 is 56.99999999999999 in float64
		{99, 0.55, 55, true}, // 100 × 0.55 is 55.00000000000001
		{5, 0, 1, true}, {5, 1, 0, false}, {5, -0.1, 0, false}, {5, math.NaN(), 0, false}, {0, 0.5, 0, false},
	} {
		if k, ok := ConformalRank(c.n, c.level); k != c.k || ok != c.ok {
			t.Errorf("n=%d at %v: %d %v, want %d %v", c.n, c.level, k, ok, c.k, c.ok)
		}
	}
}

func TestConformalPools(t *testing.T) {
	c, err := NewConformal([][]float64{{0.9, -0.8}, {}, {0.1, 0.2, -0.3, 0.4, 0.5, 0.6}, {0.7}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []struct {
		class int
		level float64
		want  Band
	}{
		{2, 0.8, Band{0.6, 6, 2, 2}}, // ⌈7 × 0.8⌉ = 6th of its own
		{0, 0.8, Band{0.9, 8, 0, 2}}, // its two and the empty class are too few: 8th of 8
		{1, 0.5, Band{0.4, 6, 1, 2}},
		{3, 0.8, Band{0.7, 7, 2, 3}}, // after the last class the one before it: ⌈8 × 0.8⌉ = 7th
		{0, 0.5, Band{0.9, 2, 0, 0}},
	} {
		if b, ok := c.Band(w.class, w.level); !ok || b != w.want {
			t.Errorf("class %d at %v: %+v %v, want %+v", w.class, w.level, b, ok, w.want)
		}
	}
	if b, ok := c.Band(2, 0.95); ok || !math.IsInf(b.HalfWidth, 1) || b.N != 9 {
		t.Errorf("nine at 95 %%: %+v %v, want none", b, ok)
	}
	five, err := NewConformal([][]float64{{1, 2, 3, 4}, {5, 6, 7}}, 5)
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := five.Band(0, 0.5); !ok || b != (Band{4, 7, 0, 1}) {
		t.Errorf("four where five are asked for: %+v %v", b, ok)
	}
	if _, err := NewConformal([][]float64{{1}, {2, math.NaN()}}, 0); err == nil || !strings.Contains(err.Error(), "residual 1 of class 1") {
		t.Errorf("a residual that is no number: %v", err)
	}
	miss, err := NewConformal([][]float64{{1, 2, 3, math.Inf(-1)}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := miss.Band(0, 0.8); ok {
		t.Errorf("an infinite residual at the rank: %+v", b)
	}
}

// Of n+1 exchangeable residuals each is as likely as any other to be the new one: the
// share of those within the band of the others is at least the level, and above it by
// at most 1/(n+1) when there are no ties.
func TestConformalHoldsItsLevel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.Float64Range(0, 9), 6, 40, rapid.ID[float64]).Draw(t, "residuals")
		level := rapid.Float64Range(0.01, 0.8).Draw(t, "level")
		covered := 0
		for i, r := range x {
			c, err := NewConformal([][]float64{slices.Concat(x[:i], x[i+1:])}, 0)
			if err != nil {
				t.Fatal(err)
			}
			b, ok := c.Band(0, level)
			if !ok {
				t.Fatalf("no band of %d at %v", len(x)-1, level)
			}
			if r <= b.HalfWidth {
				covered++
			}
		}
		share := float64(covered) / float64(len(x))
		if share < level-1e-12 || share > level+1/float64(len(x))+1e-12 {
			t.Fatalf("%d residuals at %v: %v are covered", len(x), level, share)
		}
	})
}

// Proposition 4.1 of Gibbs & Candès: whatever happens, the mean of the misses comes
// within (max(α₁, 1−α₁) + step)/(T·step) of the target.
func TestAdaptiveLevelBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Float64Range(0.05, 0.95).Draw(t, "level")
		step := rapid.SampledFrom([]float64{0.01, 0.1, 0.5}).Draw(t, "step")
		a := NewAdaptiveLevel(2, level, step)
		periods := rapid.IntRange(1, 300).Draw(t, "periods")
		total := 0.0
		for range periods {
			n := rapid.IntRange(1, 4).Draw(t, "n")
			missed := rapid.IntRange(0, n).Draw(t, "missed")
			switch a.Level(1) {
			case 1:
				missed = 0
			case 0:
				missed = n
			}
			a.Update(1, missed, n)
			a.Update(1, 0, 0)
			total += float64(missed) / float64(n)
		}
		bound := (max(level, 1-level) + step) / (float64(periods) * step)
		if off := math.Abs(total/float64(periods) - (1 - level)); off > bound+1e-9 {
			t.Fatalf("misses off by %v after %d periods, bound %v", off, periods, bound)
		}
		if a.Level(0) != 1-(1-level) {
			t.Fatalf("the other class moved to %v", a.Level(0))
		}
	})
	// By hand: 3 of 4 missed where a fifth may be, step 0.1: α = 0.2 + 0.1·(0.2 − 0.75).
	a := NewAdaptiveLevel(1, 0.8, 0.1)
	a.Update(0, 3, 4)
	if got := a.Level(0); math.Abs(got-0.855) > 1e-15 {
		t.Errorf("level %v, want 0.855", got)
	}
}

// Residuals that double after a while: the fixed level loses its coverage, the adaptive
// one finds it again.
func TestAdaptiveLevelFollowsDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	calibration := make([]float64, 400)
	for i := range calibration {
		calibration[i] = r.NormFloat64()
	}
	c, err := NewConformal([][]float64{calibration}, 0)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAdaptiveLevel(1, 0.8, 0.1)
	var fixed, adaptive, n float64
	for week := range 60 {
		missed := 0
		for range 40 {
			y := 1.6 * r.NormFloat64()
			if b, ok := c.Band(0, a.Level(0)); ok && math.Abs(y) > b.HalfWidth {
				missed++
			}
			if week >= 20 {
				n++
				if b, _ := c.Band(0, 0.8); math.Abs(y) > b.HalfWidth {
					fixed++
				}
			}
		}
		if week >= 20 {
			adaptive += float64(missed)
		}
		a.Update(0, missed, 40)
	}
	t.Logf("missed: fixed %.3f, adaptive %.3f", fixed/n, adaptive/n)
	if fixed/n < 0.35 || math.Abs(adaptive/n-0.2) > 0.03 {
		t.Errorf("missed: fixed %.3f, adaptive %.3f of a fifth", fixed/n, adaptive/n)
	}
	for _, bad := range []func(){func() { a.Update(0, 2, 1) }, func() { NewAdaptiveLevel(1, 1, 0.1) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("nonsense did not panic")
				}
			}()
			bad()
		}()
	}
}

// By hand: groups of 4 and of 1 weigh 4 × ½ and 1, so W is 3 and the mean weight of a residual,
// weighted, (4 × ¼ + 1)/3 = 2/3. At 60 % the limit is 0.6 × 11/3 = 2.2, which the four
// small ones with 2 do not reach and the fifth does; at 50 % it is 1.83, reached by the fourth.
func TestGroupedConformal(t *testing.T) {
	c, err := NewGroupedConformal([][][]float64{{{1, 2, -3, 4}, {10}}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for level, want := range map[float64]float64{0.6: 10, 0.5: 4} {
		if b, ok := c.Band(0, level); !ok || b.HalfWidth != want || b.N != 5 {
			t.Errorf("at %v: %+v, %v, want %v", level, b, ok, want)
		}
	}
	// 0.9 × 11/3 is more than all weigh.
	if b, ok := c.Band(0, 0.9); ok {
		t.Errorf("at 90 %%: %+v", b)
	}
}

// A period counts by its outcomes over the mean of the periods so far, its own among them.
func TestAdaptiveLevelByOutcome(t *testing.T) {
	a := NewAdaptiveLevel(1, 0.9, 0.1)
	a.UpdateByOutcome(0, 5, 5) // 0.1 × (0.1 × 5 − 5) × 1/5
	if got, want := a.Level(0), 0.99; math.Abs(got-want) > 1e-12 {
		t.Errorf("level %v, want %v", got, want)
	}
	a.UpdateByOutcome(0, 0, 15) // 0.1 × 0.1 × 15 × 2/20
	if got, want := a.Level(0), 0.975; math.Abs(got-want) > 1e-12 {
		t.Errorf("level %v, want %v", got, want)
	}
}
