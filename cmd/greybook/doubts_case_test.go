package main

import (
	"context"
	"testing"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// TestDoubtsOfTheContest looks for doubtful prices among the contest's sales, which are one
// marketplace's own record: they were all paid, though by whom and why nobody knows. Few
// should be flagged, and what fell for good, as new releases do, should be confirmed.
func TestDoubtsOfTheContest(t *testing.T) {
	b := contestBook(t, shared(t, "data", "stockx-contest-2019", "StockX-Data-Contest-2019-3.csv"))
	asOf, _ := data.ParseDate("2019-03-01")
	start := time.Now()
	got, err := analysis.ComputeDoubts(context.Background(), b, asOf)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start).Round(time.Millisecond)
	flagged, doubtful := map[string]int{}, map[string]int{}
	n := 0
	for _, d := range got.Rows {
		flagged[d.Flag]++
		if d.Doubtful() {
			n++
			doubtful[d.Flag]++
			t.Logf("%s %s, size %g: %s", d.SoldOn, d.Style, d.Size, d.Why())
		}
	}
	t.Logf("%d judged, %d not; flagged %v, doubtful still %v; %v", got.Judged, got.Unjudged, flagged, doubtful, took)
	// 99,956 sales of 50 styles; the first week of each and the first 30 of a class are not judged.
	if got.Judged+got.Unjudged != 99956 || got.Judged < 98000 {
		t.Errorf("%d judged and %d not, want nearly all of 99,956", got.Judged, got.Unjudged)
	}
	if len(got.Rows) > 1000 || n > 50 {
		t.Errorf("%d flagged and %d doubtful still; want at most 1 %% and one in 2,000", len(got.Rows), n)
	}
	// A look at the file: a Blue Tint of size 16 for $2,000 in its first week, where the other
	// four of that size in the six weeks after it went for $702 to $832.
	found := false
	for _, d := range got.Rows {
		found = found || d.Flag == analysis.FlagHighUnconfirmed && d.Doubtful() && d.Style == "adidas-yeezy-boost-350-v2-blue-tint" && d.Size == 16
	}
	if !found {
		t.Error("the Blue Tint of size 16 for $2,000 is not flagged")
	}
}
