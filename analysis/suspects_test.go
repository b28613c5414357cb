package analysis

import (
	"context"
	"fmt"
	"testing"

	"github.com/amassable/greybook/data"
)

// Of every flag that keeps records out the newest are listed; what is released or
// sold later is not, and what only carries a remark is an observation.
func TestSuspects(t *testing.T) {
	sales := rising(grey6, 5)
	for i := range 20 {
		sales = append(sales, sale{style: grey6, day: fmt.Sprintf("2026-04-%02d", i+1), price: "150", retail: "100", flags: data.FlagBeforeRelease})
	}
	sales = append(sales,
		sale{style: grey6, day: "2026-03-01", price: "99999", retail: "100", flags: data.FlagPriceSentinel | data.FlagPriceOutlier | data.FlagSynthetic},
		sale{style: grey5, day: "2026-03-02", price: "1234.5", retail: "100", flags: data.FlagPriceOutlier},
		sale{style: grey5, day: "2026-03-03", price: "1000", retail: "100", flags: data.FlagPriceOutlier | data.FlagReleased},
		sale{style: grey5, day: "2026-05-02", price: "1000", retail: "100", flags: data.FlagTestRow},
		sale{style: grey5, day: "2026-03-04", price: "100", retail: "100", flags: data.FlagRetailImpossible})
	b := newBook(t, sales)
	ctx := context.Background()
	asOf, _ := data.ParseDate("2026-05-01")
	got, err := ComputeSuspects(ctx, b, asOf)
	if err != nil {
		t.Fatal(err)
	}
	if got.N != 22 || got.Released != 1 {
		t.Errorf("%d records, %d released; want 22 and 1", got.N, got.Released)
	}
	counts := ""
	for _, f := range got.Flags {
		counts += fmt.Sprintf("%s %d ", f.Flag, f.N)
	}
	if counts != "before_release 20 price_sentinel 1 price_outlier 2 " {
		t.Errorf("flags: %s", counts)
	}
	// One of each flag first, and then what there is: before_release alone has more.
	days := ""
	for _, r := range got.Rows {
		days += r.SoldOn.String()[5:] + " "
	}
	if days != "04-20 04-19 04-18 04-17 04-16 04-15 04-14 04-13 03-02 03-01 " {
		t.Errorf("days: %s", days)
	}
	last := got.Rows[len(got.Rows)-1]
	if want := (Suspect{SoldOn: last.SoldOn, Style: grey6, Price: "99999.00", Currency: "USD", Flags: []string{"price_sentinel", "price_outlier"}, File: "test.csv", Line: 27}); fmt.Sprint(last) != fmt.Sprint(want) {
		t.Errorf("last row %+v, want %+v", last, want)
	}
	m, err := ComputeMultiples(ctx, b, MultiplesSpec{By: []Dimension{ByStyle}, AsOf: asOf, MinN: 1})
	if err != nil || m.N != 7 { // five rising, the released one, the one with a remark
		t.Errorf("%d observations, want 7 (%v)", m.N, err)
	}
	if none, err := ComputeSuspects(ctx, b, asOf.AddDays(-365)); err != nil || none.N != 0 || none.Rows != nil {
		t.Errorf("a year before: %+v, %v", none, err)
	}
}
