package analysis

import (
	"math"
	"testing"
)

// TestCalibration counts two weeks by hand.
func TestCalibration(t *testing.T) {
	var card scorecard
	sale := func(origin int32, rank float64) {
		card.add(scored{origin: origin, class: fewSales, half: math.Inf(1), rank: rank})
	}
	for range 5 { // week 0: 10 sales, half of them inside at 80 %
		sale(0, 0.5)
		sale(0, 0.8) // on the edge: an interval holds what lies below its level
	}
	for i := range 30 { // week 7: 30 sales, 21 inside at 80 %
		sale(7, map[bool]float64{true: 0.75, false: 0.96}[i < 21])
	}
	sale(7, math.Inf(1)) // no interval: not counted
	want := map[float64][2]float64{
		0.5:  {0, 0},
		0.6:  {5. / 40, math.Sqrt(2*2*3.75*3.75) / 40}, // 5 − 10/8 = 3.75, 0 − 30/8 = −3.75
		0.8:  {26. / 40, 3. / 40},                      // 5 − 6.5 and 21 − 19.5: √(2/1 · 4.5) = 3
		0.95: {31. / 40, math.Sqrt(2*2*2.25*2.25) / 40},
	}
	seen := 0
	for _, r := range card.calibration() {
		w, ok := want[r.Level]
		switch {
		case r.Class == "n=0" && (r.N != 0 || r.Inside != nil || r.SE != nil):
			t.Errorf("empty class: %+v", r)
		case ok && (r.Class == "all" || r.Class == "n=1-4"):
			seen++
			if r.N != 40 || math.Abs(*r.Inside-w[0]) > 1e-12 || math.Abs(*r.SE-w[1]) > 1e-12 {
				t.Errorf("%s at %v: n %d, inside %v, se %v; want 40, %v", r.Class, r.Level, r.N, *r.Inside, *r.SE, w)
			}
		}
	}
	if seen != 8 {
		t.Errorf("%d rows seen, want 4 levels of 2 classes", seen)
	}
	if weeks := card.byWeek(); len(weeks) != 10 || weeks[0].N != 10 || weeks[5].N != 31 || weeks[5].Forecast != "M4" {
		t.Errorf("by week: %+v", weeks)
	}
}
