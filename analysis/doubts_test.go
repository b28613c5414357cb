package analysis

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// calm is a sale of grey6 every second day from 2026-01-05 to 2026-05-30, at 1.00 to 1.05
// times a retail of 200 dollars, in two sizes.
func calm() []sale {
	first, _ := data.ParseDate("2026-01-05")
	var out []sale
	for i := range 73 {
		out = append(out, sale{style: grey6, day: first.AddDays(2 * i).String(), price: fmt.Sprint(200 + i*7%11), retail: "200", size: fmt.Sprint(9 + i%2)})
	}
	return out
}

func doubtsOf(t *testing.T, b *data.Book, asOf string) Doubts {
	t.Helper()
	d, err := ComputeDoubts(context.Background(), b, data.Date(dayNumber(t, asOf)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// doubtsOfSales is doubtsOf without a book: of sales of one style, up to a day.
func doubtsOfSales(t *testing.T, sales []sale, asOf string) Doubts {
	t.Helper()
	forms := []form{{18, "new"}, {18, "used"}, {20, "new"}}
	p := newDoubtPass(newMarket(defaultMethod, forms, nil), testKin)
	slices.SortStableFunc(sales, func(a, b sale) int { return strings.Compare(a.day, b.day) })
	for i, s := range sales {
		if s.day > asOf {
			break
		}
		f := slices.Index(forms, form{int16(2 * number(t, s.size)), or(s.condition, "new")})
		if err := p.add(trade{day: dayNumber(t, s.day), form: int32(f), y: math.Log(number(t, s.price) / number(t, s.retail))}, saleKey{0, uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.flush(); err != nil {
		t.Fatal(err)
	}
	book := &trades{styles: []styleFact{{id: grey6}}, forms: forms}
	return book.doubts(p, data.Date(dayNumber(t, asOf)))
}

// told writes doubts as "day flag", with what became of them.
func told(d Doubts) []string {
	var out []string
	for _, r := range d.Rows {
		text := r.SoldOn.String() + " " + r.Flag
		if !r.ConfirmedOn.IsZero() {
			text += ", confirmed " + r.ConfirmedOn.String()
		}
		if r.Released {
			text += ", released"
		}
		out = append(out, text)
	}
	return out
}

// The estimate is near 1.02 throughout, so that twice it is 408 dollars and 0.6 times it 122.
func TestDoubts(t *testing.T) {
	high := sale{style: grey6, day: "2026-05-06", price: "700", retail: "200", size: "9"}
	low := sale{style: grey6, day: "2026-05-06", price: "100", retail: "200", size: "9"}
	other := func(day, price, size, condition string) sale {
		return sale{style: grey6, day: day, price: price, retail: "200", size: size, condition: condition}
	}
	for name, c := range map[string]struct {
		more []sale
		asOf string
		want []string
	}{
		"calm":                             {nil, "2026-06-30", nil},
		"high":                             {[]sale{high}, "2026-06-30", []string{"2026-05-06 high_unconfirmed"}},
		"low":                              {[]sale{low}, "2026-06-30", []string{"2026-05-06 low_suspect"}},
		"far, but below twice":             {[]sale{other("2026-05-06", "380", "9", "")}, "2026-06-30", nil},
		"of the first week":                {[]sale{other("2026-01-07", "700", "9", "")}, "2026-06-30", nil},
		"two thirds, 14 days on":           {[]sale{high, other("2026-05-20", "467", "10", "")}, "2026-06-30", []string{"2026-05-06 high_unconfirmed, confirmed 2026-05-20", "2026-05-20 high_unconfirmed, confirmed 2026-05-06"}},
		"as of the day before":             {[]sale{high, other("2026-05-20", "467", "10", "")}, "2026-05-19", []string{"2026-05-06 high_unconfirmed"}},
		"two thirds, 14 days before":       {[]sale{high, other("2026-04-22", "467", "10", "")}, "2026-05-06", []string{"2026-04-22 high_unconfirmed, confirmed 2026-05-06", "2026-05-06 high_unconfirmed, confirmed 2026-04-22"}},
		"a day too late":                   {[]sale{high, other("2026-05-21", "467", "10", "")}, "2026-06-30", []string{"2026-05-06 high_unconfirmed", "2026-05-21 high_unconfirmed"}},
		"a dollar short of two thirds":     {[]sale{high, other("2026-05-20", "466", "10", "")}, "2026-06-30", []string{"2026-05-06 high_unconfirmed", "2026-05-20 high_unconfirmed, confirmed 2026-05-06"}},
		"another condition":                {[]sale{high, other("2026-05-07", "650", "9", "used")}, "2026-06-30", []string{"2026-05-06 high_unconfirmed"}},
		"the same day":                     {[]sale{high, high}, "2026-06-30", []string{"2026-05-06 high_unconfirmed, confirmed 2026-05-06", "2026-05-06 high_unconfirmed, confirmed 2026-05-06"}},
		"four thirds of a low one":         {[]sale{low, other("2026-05-08", "133", "10", "")}, "2026-06-30", []string{"2026-05-06 low_suspect, confirmed 2026-05-08"}},
		"a dollar more than four thirds":   {[]sale{low, other("2026-05-08", "134", "10", "")}, "2026-06-30", []string{"2026-05-06 low_suspect"}},
		"nothing before is known of later": {[]sale{high, low}, "2026-05-05", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := doubtsOfSales(t, append(calm(), c.more...), c.asOf)
			if !slices.Equal(told(got), c.want) {
				t.Errorf("%q, want %q", told(got), c.want)
			}
			for _, r := range got.Rows {
				if r.Condition == "new" && math.Abs(r.Estimate-1.02) > 0.1 {
					t.Errorf("%s: held against %.3f, want about 1.02", r.Why(), r.Estimate)
				}
			}
		})
	}
}

// What is not judged is said: here the first week, and what comes before 30 sales like it.
func TestDoubtsOfSmallBooks(t *testing.T) {
	wild := sale{style: grey6, day: "2026-02-18", price: "700", retail: "200", size: "9"}
	got := doubtsOf(t, newBook(t, append(calm()[:20], wild)), "2026-06-30")
	if got.Judged != 0 || got.Unjudged != 21 || len(got.Rows) != 0 {
		t.Errorf("%d judged, %d not, flags %q; want none of 21 judged", got.Judged, got.Unjudged, told(got))
	}
	got = doubtsOf(t, newBook(t, nil), "2026-06-30")
	if got.Judged+got.Unjudged+len(got.Rows) != 0 {
		t.Errorf("%+v of an empty book", got)
	}
}

// A sale that the user vouches for is doubtful no more, and moves the estimate.
func TestDoubtsReleased(t *testing.T) {
	ctx := context.Background()
	high := sale{style: grey6, day: "2026-05-06", price: "700", retail: "200", size: "9"}
	hard := high // what a flag keeps out is neither judged nor confirms another
	hard.day, hard.flags = "2026-05-07", data.FlagPriceOutlier
	b := newBook(t, append(calm(), high, hard))
	estimate := func() float64 {
		p, err := ComputePremiums(ctx, b, PremiumsSpec{AsOf: data.Date(dayNumber(t, "2026-05-08"))})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			if r.Style == grey6 && r.SizeBand == "9-10.5" && r.Multiple != nil {
				return *r.Multiple
			}
		}
		t.Fatal("no estimate")
		return 0
	}
	if got := doubtsOf(t, b, "2026-05-05"); len(got.Rows) != 0 {
		t.Errorf("%q known on the day before", told(got))
	}
	before, doubts := estimate(), doubtsOf(t, b, "2026-06-30")
	if len(doubts.Rows) != 1 || !doubts.Rows[0].Doubtful() {
		t.Fatalf("%q, want one", told(doubts))
	}
	key := doubts.Rows[0].Key
	release := data.Release{Keys: []string{key}, Because: "a receipt"}
	if _, err := b.Release(ctx, release); err == nil {
		t.Error("a record that no flag keeps out was released, and nobody said that it is doubtful")
	}
	release.Doubtful = []string{key}
	for _, want := range []data.ReleaseReport{{Released: 1}, {Already: 1}} {
		if got, err := b.Release(ctx, release); err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	if got := told(doubtsOf(t, b, "2026-06-30")); !slices.Equal(got, []string{"2026-05-06 high_unconfirmed, released"}) {
		t.Errorf("%q", got)
	}
	// Weighed down, the sale moves the estimate by a few per cent; in full, a cell of 11
	// effective sales, its level's gain on top, by far more.
	after := estimate()
	if math.Abs(before-1.02) > 0.08 || after < before*1.15 {
		t.Errorf("estimate %.3f before and %.3f after; want about 1.02, and a sixth more", before, after)
	}
	if got, err := b.Release(ctx, data.Release{Keys: []string{key}, Undo: true}); err != nil || got != (data.ReleaseReport{Taken: 1}) {
		t.Errorf("taken back: %+v, %v", got, err)
	}
	if again := estimate(); again != before {
		t.Errorf("estimate %v after the release was taken back, %v before it", again, before)
	}
}

// judged runs the pass over trades, which get keys by their place.
func judged(t *testing.T, sales []trade, forms []form) *doubtPass {
	t.Helper()
	p := newDoubtPass(newMarket(defaultMethod, forms, nil), testKin)
	for i, s := range sales {
		if err := p.add(s, saleKey{0, uint64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.flush(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wild puts sales at 3 times and 0.4 times what they would be among honest ones, and
// vouches for some.
func wild(sales []trade) {
	for i := 500; i < len(sales); i += 97 {
		sales[i].y += math.Log(3)
		if i%2 == 0 {
			sales[i].y += math.Log(0.4 / 3)
		}
		sales[i].vouched = i%3 == 0
	}
}

// The order of a day's sales changes no digit of a flag, and all prices times k change none.
func TestDoubtsKnowNoOrderAndNoScale(t *testing.T) {
	sales, forms, _ := driftTrades(5, 9, 0.01)
	wild(sales)
	want := judged(t, sales, forms)
	if len(want.found) < 3 {
		t.Fatalf("%d found: nothing to compare", len(want.found))
	}
	shuffled := slices.Clone(sales)
	rng := rand.New(rand.NewPCG(7, 7))
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	slices.SortStableFunc(shuffled, func(a, b trade) int { return int(a.day - b.day) })
	got := judged(t, shuffled, forms)
	if len(got.found) != len(want.found) || got.judged != want.judged {
		t.Fatalf("%d of %d found in another order, %d of %d before", len(got.found), got.judged, len(want.found), want.judged)
	}
	for i, g := range got.found {
		w := want.found[i]
		if g.trade != w.trade || g.estimate != w.estimate || g.z != w.z || g.confirmed != w.confirmed {
			t.Errorf("%+v in another order, %+v before", g, w)
		}
	}
	scaled := slices.Clone(sales)
	for i := range scaled {
		scaled[i].y += math.Log(7)
	}
	got = judged(t, scaled, forms)
	if len(got.found) != len(want.found) {
		t.Fatalf("%d found at seven times the prices, %d before", len(got.found), len(want.found))
	}
	for i, g := range got.found {
		w := want.found[i]
		// The residuals are counted by thousandths; one at an edge may change sides.
		if g.key != w.key || math.Abs(g.z-w.z) > 0.1*math.Abs(w.z) || g.confirmed != w.confirmed {
			t.Errorf("%+v at seven times the prices, %+v before", g, w)
		}
	}
}

// An honest book with fat tails (t with 3 degrees of freedom, times 8 %) has few flags: 0.6
// times the level is 6.4 scales below it and twice is 8.7 above, and P(t < -6.4) + P(t > 8.7) =
// 0.39 % + 0.16 %, by the closed form of that distribution. Without the half of a year that the
// scales are learned in, the estimate's own error, and what chance confirms, it is about that.
func TestDoubtsOfFatTails(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 3))
	normal, forms, _ := driftTrades(3, 40, 0.01)
	var sales []trade
	for _, s := range normal {
		chi := 0.0
		for range 3 {
			z := rng.NormFloat64()
			chi += z * z
		}
		s.y = []float64{0.1, 0.4, -0.1}[s.style] + 0.02*float64(s.form) + 0.08*rng.NormFloat64()/math.Sqrt(chi/3)
		sales = append(sales, s)
	}
	p := judged(t, sales, forms)
	share := float64(len(p.found)) / float64(p.judged)
	t.Logf("%d of %d flagged, %.2f %%", len(p.found), p.judged, 100*share)
	if p.judged < 400 || share > 0.01 {
		t.Errorf("%d of %d flagged, %.2f %%; want at most 1 %%", len(p.found), p.judged, 100*share)
	}
}

// The z of a window is that of stat, which agrees with its cases, up to the thousandth.
func TestResidualWindow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var w residualWindow
	var all []float64
	for week := range int32(40) {
		for range 5 {
			r := 0.2*rng.NormFloat64() + 0.05
			w.add(r)
			if week >= 14 { // 26 weeks before the 40th
				all = append(all, r)
			}
		}
		w.endWeek(7 * week)
	}
	if w.n != len(all) {
		t.Fatalf("%d residuals, want the %d of 26 weeks", w.n, len(all))
	}
	want := stat.ModifiedZ(append(all, 2), doubtFloor)
	if got := w.z(2); math.Abs(got-want[len(all)]) > 0.3 {
		t.Errorf("z %.3f, want about %.3f", got, want[len(all)])
	}
	w.endWeek(7 * 400)
	if w.n < doubtSales || w.n >= doubtSales+5 {
		t.Errorf("%d residuals long after, want the last %d", w.n, doubtSales)
	}
}
