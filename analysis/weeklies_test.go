package analysis

import (
	"context"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A run of pages shows, to the bit, what each page by itself does: over weeks before the
// first window is full, without sales, and up to a day within a week.
func TestPagesOfARunAreThoseOfEachWeek(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, soldUnevenly(400))
	add(t, b, `UPDATE store.sale SET flags = flags | 4 WHERE line % 17 = 0`) // a flag that keeps records out
	for _, spec := range []WeeklySpec{
		{AsOf: mustDate(t, "2026-06-30"), Model: "990"},
		{AsOf: mustDate(t, "2026-06-28"), By: ByStyle, Level: 0.9, MinN: 3},
		{AsOf: mustDate(t, "2026-06-28"), Model: "no such"},
		{AsOf: mustDate(t, "2026-06-28"), PriceBasis: "ask"},
	} {
		mondays, err := PageWeeks(ctx, b, spec)
		if err != nil {
			t.Fatal(err)
		}
		if spec.PriceBasis == "ask" { // of which there are none
			if len(mondays) != 0 {
				t.Errorf("weeks of asks: %v", mondays)
			}
			mondays = append(mondays, mustDate(t, "2026-06-22"))
		} else if len(mondays) < 70 {
			t.Fatalf("%d weeks", len(mondays))
		}
		if spec.AsOf.Monday().AddDays(6) != spec.AsOf {
			mondays = append(mondays, spec.AsOf.Monday())
		}
		i := 0
		err = ComputeWeeklies(ctx, b, spec, mondays, func(got Weekly) error {
			if i++; i%9 != 1 && i < len(mondays)-1 {
				return nil // a page by itself takes its time
			}
			one := spec
			one.Week = got.Week
			want, err := ComputeWeekly(ctx, b, one)
			if err != nil {
				return err
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s:\n%s", got.Week.ISOWeek(), cmp.Diff(want, got))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if i != len(mondays) {
			t.Errorf("%d pages of %d weeks", i, len(mondays))
		}
	}
}
