package analysis

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// soldWeekly makes sales of three styles in the given number of weeks from Monday the
// fifth of January 2026 on: two a week of each, prices around 1.1 times a retail of 200.
func soldWeekly(weeks int) []sale {
	r := rand.New(rand.NewPCG(1, 1))
	first, _ := data.ParseDate("2026-01-05")
	var out []sale
	for w := range weeks {
		for s, style := range []string{grey6, grey5, greyDay} {
			for i := range 2 {
				level := 0.1*float64(s) + 0.02*float64(w%5)
				price := 220 * math.Exp(level+0.05*r.NormFloat64())
				out = append(out, sale{style: style, day: first.AddDays(7*w + i).String(), price: fmt.Sprintf("%.2f", price), retail: "200",
					size: fmt.Sprint(8 + 2*i), marketplace: []string{"StockX", "GOAT"}[i]})
			}
		}
	}
	return out
}

func askIndex(t *testing.T, b *data.Book, spec IndexSpec) Index {
	t.Helper()
	x, err := ComputeIndex(context.Background(), b, spec)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Small books get reasons instead of an index.
func TestIndexRefusesSmallBooks(t *testing.T) {
	oneWeek := soldWeekly(20)
	for i := range oneWeek {
		oneWeek[i].day = "2026-01-05"
	}
	oneStyle := soldWeekly(40)
	for i := range oneStyle {
		oneStyle[i].style = grey6
	}
	few := soldWeekly(40)
	for i := range few {
		few[i].day = day(t, "2026-01-05").AddDays(7 * (i % 7)).String()
	}
	for name, c := range map[string]struct {
		sales []sale
		want  string
	}{
		"none":      {nil, "no sales"},
		"ten":       {soldWeekly(10)[:10], "10 sales; an index takes 100"},
		"99":        {soldWeekly(17)[:99], "99 sales; an index takes 100"},
		"one week":  {oneWeek, "0 styles that sold in two weeks or more; an index takes 3"},
		"one style": {oneStyle, "1 styles that sold in two weeks or more; an index takes 3"},
		"weeks":     {few, "7 weeks with a sale; an index takes 8"},
	} {
		t.Run(name, func(t *testing.T) {
			x := askIndex(t, newBook(t, c.sales), IndexSpec{Weightings: Weightings()})
			if len(x.Series) != 0 || len(x.Refused) != 3 || x.Refused[0] != (IndexRefusal{SegmentAll, c.want}) {
				t.Errorf("%d series, refused %v; want %q", len(x.Series), x.Refused, c.want)
			}
		})
	}
}

// A hundred sales give an index in which every week has a finite band.
func TestIndexOfAHundredSales(t *testing.T) {
	b := newBook(t, soldWeekly(17)[:100])
	x := askIndex(t, b, IndexSpec{Segments: []string{SegmentAll}, Weightings: Weightings()})
	if len(x.Series) != 3 || x.N != 100 {
		t.Fatalf("%d series of %d sales, refused %v", len(x.Series), x.N, x.Refused)
	}
	for _, s := range x.Series {
		if len(s.Rows) != 17 || s.Base != day(t, "2026-01-05") || s.Rows[0].Index != 100 || *s.Rows[0].SE != 0 {
			t.Errorf("%s: %d weeks, base %s, first %+v", s.Weighting, len(s.Rows), s.Base, s.Rows[0])
		}
		for i, r := range s.Rows {
			if r.Frozen || r.Lo == nil || r.Hi == nil || !(*r.Lo <= r.Index && r.Index <= *r.Hi) || i > 0 && !(*r.SE > 0) {
				t.Errorf("%s, %s: %+v", s.Weighting, r.Week, r)
			}
		}
	}
	if w := x.Series[0].Rows[3].Warnings; !slices.Equal(w, []string{WarnFewSales, WarnFewStyles}) {
		t.Errorf("warnings %v", w)
	}
	_, err := ComputeIndex(context.Background(), b, IndexSpec{Segments: []string{"990v66"}})
	var unknown *UnknownSegmentError
	if !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "990v6") {
		t.Errorf("a segment that isn't: %v", err)
	}
}

// A week without a sale lies between its neighbours, with a wider band; the week that
// isn't over doesn't count; a later sale doesn't exist.
func TestIndexEmptyWeeks(t *testing.T) {
	var sales []sale
	for _, s := range soldWeekly(30) {
		if d := day(t, s.day); d < day(t, "2026-03-02") || d >= day(t, "2026-03-30") {
			sales = append(sales, s)
		}
	}
	b := newBook(t, sales)
	x := askIndex(t, b, IndexSpec{Segments: []string{SegmentAll}, AsOf: day(t, "2026-07-04")})
	rows := x.Series[0].Rows
	if len(rows) != 25 || rows[24].Week != day(t, "2026-06-22") || x.LastSoldOn >= day(t, "2026-06-29") {
		t.Fatalf("%d weeks, the last %s: as of a Saturday its week isn't over", len(rows), rows[len(rows)-1].Week)
	}
	before, after := rows[7], rows[12] // the weeks of 23 February and 30 March
	for _, r := range rows[8:12] {
		if r.N != 0 || r.Styles != 0 || !slices.Contains(r.Warnings, WarnNoSales) {
			t.Errorf("an empty week: %+v", r)
		}
		if lo, hi := min(before.Index, after.Index), max(before.Index, after.Index); r.Index < lo-1e-9 || r.Index > hi+1e-9 {
			t.Errorf("%s: %v is not between %v and %v", r.Week, r.Index, lo, hi)
		}
		if !(*r.SE > *before.SE) {
			t.Errorf("%s: standard error %v, %v in the week before the gap", r.Week, *r.SE, *before.SE)
		}
	}
	// Without a tie the gap breaks the fit, which says so.
	x = askIndex(t, b, IndexSpec{Segments: []string{SegmentAll}, Model: &IndexModel{}})
	if len(x.Refused) != 1 || !strings.Contains(x.Refused[0].Reason, "without a sale: 8–11") {
		t.Errorf("%+v", x.Refused)
	}
}

// Prices that never change give 100 throughout, and things that never sell twice no
// repeat sales.
func TestIndexOfStillMarkets(t *testing.T) {
	still := soldWeekly(20)
	for i := range still {
		still[i].price, still[i].size = "220", "9"
	}
	for _, s := range askIndex(t, newBook(t, still), IndexSpec{Segments: []string{SegmentAll}, Weightings: Weightings()}).Series {
		for _, r := range s.Rows {
			if math.Abs(r.Index-100) > 1e-6 || math.IsNaN(r.Index) {
				t.Errorf("%s, %s: %+v", s.Weighting, r.Week, r)
			}
		}
	}
	// Five size bands: in its eight weeks a style sells each band in one week at most.
	var once []sale
	for w, band := range []string{"6", "8", "9", "11", "14", "", "", ""} {
		for i, style := range []string{grey6, grey5, greyDay, "M990TG3"} {
			for range 5 {
				s := sale{style: style, day: day(t, "2026-01-05").AddDays(7 * w).String(), price: fmt.Sprint(200 + w + i), retail: "200", size: band}
				if w > 5 { // of unknown size, in other conditions
					s.condition = []string{"used", "unknown"}[w-6]
				}
				once = append(once, s)
			}
		}
	}
	x := askIndex(t, newBook(t, once), IndexSpec{Segments: []string{SegmentAll}, Weightings: Weightings(), Condition: AnyCondition})
	if len(x.Series) != 2 || len(x.Refused) != 1 || !strings.Contains(x.Refused[0].Reason, "nothing sold twice") {
		t.Errorf("%d series, refused %v", len(x.Series), x.Refused)
	}
}

// All prices times three leave the index as it is, and the order of the sales too, to
// the last bit.
func TestIndexScaleAndOrder(t *testing.T) {
	sales := soldWeekly(20)
	spec := IndexSpec{Segments: []string{SegmentAll}, Weightings: Weightings()}
	x := askIndex(t, newBook(t, sales), spec)
	shuffled := slices.Clone(sales)
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	tripled := slices.Clone(sales)
	for i := range tripled {
		var v float64
		fmt.Sscan(tripled[i].price, &v)
		tripled[i].price = fmt.Sprintf("%.2f", 3*v)
	}
	y, z := askIndex(t, newBook(t, shuffled), spec), askIndex(t, newBook(t, tripled), spec)
	for i, s := range x.Series {
		for j, r := range s.Rows {
			if o := y.Series[i].Rows[j]; r.Index != o.Index || *r.SE != *o.SE {
				t.Errorf("%s, %s: %v ± %v, in another order %v ± %v", s.Weighting, r.Week, r.Index, *r.SE, o.Index, *o.SE)
			}
			if o := z.Series[i].Rows[j]; math.Abs(r.Index/o.Index-1) > 1e-7 { // the search for λ stops at some digit
				t.Errorf("%s, %s: %v, at three times the prices %v", s.Weighting, r.Week, r.Index, o.Index)
			}
		}
	}
}

// add puts further sales into a book.
func add(t *testing.T, b *data.Book, query string, args ...any) {
	t.Helper()
	s, err := b.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(context.Background(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func publishOn(t *testing.T, b *data.Book, asOf string) PublishReport {
	t.Helper()
	rep, err := PublishIndex(context.Background(), b, PublishSpec{AsOf: day(t, asOf), At: time.Unix(0, 0), Program: "test"})
	if err != nil {
		t.Fatal(err)
	}
	rep.Index = Index{} // too long to print
	return rep
}

// What is frozen stays, to the bit, whatever comes later; the rest follows the
// sales. A past day is answered as it was then.
func TestIndexVintages(t *testing.T) {
	b := newBook(t, soldWeekly(30))
	spec := func(asOf string) IndexSpec {
		return IndexSpec{Segments: []string{SegmentAll}, AsOf: day(t, asOf)}
	}
	// Thirty weeks from 5 January on; 20 of them are over on 24 May. All, and 990, which has two styles: no index.
	first := publishOn(t, b, "2026-05-24")
	if first.Vintage != 1 || first.Series != 3 || first.New != 60 || first.Frozen != 36 || first.Revised != 0 {
		t.Fatalf("first: %+v", first)
	}
	x := askIndex(t, b, spec("2026-05-24"))
	was := x.Series[0].Rows
	for i, r := range was {
		// What was published went through a logarithm and back.
		if r.Frozen != (i < 12) || r.Was != nil || math.Abs(r.Refit/r.Index-1) > 1e-15 {
			t.Errorf("%s after the first: %+v", r.Week, r)
		}
	}
	if again := publishOn(t, b, "2026-05-24"); again.Vintage != 0 {
		t.Errorf("the same again: %+v", again)
	}
	// Dearer sales turn up in a week that is frozen and in one that isn't.
	add(t, b, `INSERT INTO store.sale SELECT sale_key + 1, file_no, line + 5000, source_sale_id, sold_at, sold_on, sold_precision, item_no, variant_no, style_no,
		sale_price * 2, sale_price_usd * 2, source_retail, retail_price, retail_price_usd, retail_basis, multiple * 2, flags
		FROM store.sale WHERE sold_on BETWEEN DATE '2026-02-02' AND DATE '2026-02-08' OR sold_on BETWEEN DATE '2026-05-11' AND DATE '2026-05-17'`)
	second := publishOn(t, b, "2026-05-31")
	if second.Vintage != 2 || second.New != 3 || second.Frozen != 3 || second.Revised != 24 {
		t.Errorf("second: %+v", second)
	}
	now := askIndex(t, b, spec("2026-05-31")).Series[0].Rows
	if len(now) != 21 {
		t.Fatalf("%d weeks", len(now))
	}
	for i, r := range was[:12] {
		if now[i].Index != r.Index || *now[i].SE != *r.SE || now[i].N != r.N || !now[i].Frozen {
			t.Errorf("frozen week %s moved: %+v, was %+v", r.Week, now[i], r)
		}
	}
	if r := now[4]; !(r.Refit > 1.005*r.Index) { // the week of 2 February: half of its sales are twice as dear, and count less for it
		t.Errorf("the refit of a frozen week says nothing of its late sales: %+v", r)
	}
	if r := now[18]; !(r.Index > 1.005*was[18].Index) || r.N != 12 {
		t.Errorf("a provisional week doesn't follow its sales: %+v, was %+v", r, was[18])
	}
	// By the first vintage alone: what was frozen then, and the sales of now for the rest.
	if past := askIndex(t, b, spec("2026-05-24")).Series[0].Rows; len(past) != 20 || past[3].Index != was[3].Index || !past[11].Frozen || past[12].Frozen {
		t.Errorf("as of the first vintage: %d weeks, %+v", len(past), past[12])
	}
	_, err := PublishIndex(context.Background(), b, PublishSpec{AsOf: day(t, "2026-05-24"), At: time.Unix(0, 0), Program: "test"})
	var earlier *EarlierVintageError
	if !errors.As(err, &earlier) {
		t.Errorf("a vintage of the past: %v", err)
	}
	if rep, err := PublishIndex(context.Background(), b, PublishSpec{AsOf: day(t, "2026-06-07"), At: time.Unix(0, 0), Program: "test", DryRun: true}); err != nil || rep.Vintage != 3 {
		t.Errorf("a dry run: vintage %d, %v", rep.Vintage, err)
	}
	revisions, err := ComputeIndexRevisions(context.Background(), b, 0)
	if err != nil || len(revisions) != 3 || revisions[0].Vintages != 2 || len(revisions[0].ByAge) != 20 || revisions[0].ByAge[0].N != 1 {
		t.Errorf("revisions: %d, %v", len(revisions), err)
	}
	s, err := b.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var n, frozen, vintages int
	if err := s.Get(context.Background(), []any{&n, &frozen, &vintages}, `SELECT count(*), count(*) FILTER (status = 'frozen'),
		(SELECT count(DISTINCT vintage_no) FROM index_vintages) FROM market_index WHERE index_lo <= index AND index <= index_hi AND index_repeat_sales > 0`); err != nil || n != 21 || frozen != 13 || vintages != 2 {
		t.Errorf("market_index: %d weeks, %d frozen, %d vintages, %v", n, frozen, vintages, err)
	}
}

// History that is read after the first vintage comes before it: 100 stays where it was.
func TestIndexGrowsBackwards(t *testing.T) {
	var late []sale
	all := soldWeekly(30)
	for _, s := range all {
		if day(t, s.day) >= day(t, "2026-03-02") {
			late = append(late, s)
		}
	}
	b := newBook(t, late)
	publishOn(t, b, "2026-07-31")
	add(t, b, `INSERT INTO store.sale SELECT sale_key + 1, file_no, line + 5000, source_sale_id, sold_at - INTERVAL 28 DAY, sold_on - 28, sold_precision, item_no,
		variant_no, style_no, sale_price, sale_price_usd, source_retail, retail_price, retail_price_usd, retail_basis, multiple, flags
		FROM store.sale WHERE sold_on < DATE '2026-03-30'`)
	rep := publishOn(t, b, "2026-08-02")
	x := askIndex(t, b, IndexSpec{Segments: []string{SegmentAll}, AsOf: day(t, "2026-08-02")})
	rows := x.Series[0].Rows
	// Four weeks before and one after, of three series.
	if rep.New != 15 || rows[0].Week != day(t, "2026-02-02") || !rows[0].Frozen || rows[4].Index != 100 || x.Series[0].Base != day(t, "2026-03-02") {
		t.Errorf("%+v; from %s, %v on 2 March, base %s", rep, rows[0].Week, rows[4].Index, x.Series[0].Base)
	}
}

// The change over 52 weeks of an index that began 52 weeks ago is that of its level, and so
// is the interval.
func TestIndexChanges(t *testing.T) {
	s := askIndex(t, newBook(t, soldWeekly(53)), IndexSpec{Segments: []string{SegmentAll}}).Series[0]
	last := s.Rows[len(s.Rows)-1]
	if len(s.Rows) != 53 || len(s.Changes) != 3 || s.Changes[2].Weeks != 52 {
		t.Fatalf("%d weeks, changes %+v", len(s.Rows), s.Changes)
	}
	near := func(got *float64, index float64) bool { return got != nil && math.Abs(*got-(index/100-1)) < 1e-12 }
	if c := s.Changes[2]; !near(&c.Share, last.Index) || !near(c.Lo, *last.Lo) || !near(c.Hi, *last.Hi) {
		t.Errorf("the change is %+v, the level %+v", c, last)
	}
	for _, c := range s.Changes[:2] {
		then := s.Rows[len(s.Rows)-1-c.Weeks]
		// Neighbours share most of their error: the interval is narrower than that of the level.
		if share := last.Index/then.Index - 1; math.Abs(c.Share-share) > 1e-12 || !(*c.Lo < share && share < *c.Hi) || *c.Hi-*c.Lo >= (*last.Hi-*last.Lo)/100 {
			t.Errorf("over %d weeks %+v, want about %v", c.Weeks, c, share)
		}
	}
}
