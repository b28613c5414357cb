package analysis

import (
	"context"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

// An index of one reading for many days is, to the bit, that of a reading for each, before
// anything was published and after.
func TestIndexesOverDaysAreThoseOfEachDay(t *testing.T) {
	b := newBook(t, soldWeekly(30))
	// Thirty weeks from 5 January on; the first days are too early for an index.
	days := []data.Date{day(t, "2026-01-11"), day(t, "2026-02-22"), day(t, "2026-05-24"), day(t, "2026-05-31"), day(t, "2026-08-02")}
	for _, published := range []bool{false, true} {
		if published {
			publishOn(t, b, "2026-05-24")
		}
		n := 0
		err := indexesOver(context.Background(), b, IndexSpec{Weightings: Weightings()}, days, func(i int, got Index) error {
			n += len(got.Series)
			want := askIndex(t, b, IndexSpec{Weightings: Weightings(), AsOf: days[i]})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("as of %s, published %v:\n%s", days[i], published, cmp.Diff(want, got))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Error("no series to compare")
		}
	}
}
