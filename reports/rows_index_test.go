package reports

import (
	"testing"

	"github.com/amassable/greybook/analysis"
)

func TestIndexRows(t *testing.T) {
	x := analysis.Index{Series: []analysis.IndexSeries{{
		Segment: "990", Weighting: analysis.WeighSales,
		Rows: []analysis.IndexRow{
			{Week: mustDate(t, "2026-01-05"), Index: 100, SE: figure(0), Lo: figure(100), Hi: figure(100), N: 20, Styles: 4, Frozen: true, Refit: 100.126},
			{Week: mustDate(t, "2026-01-12"), Index: 101.239, SE: figure(0.01234), Lo: figure(99), Hi: figure(103.5), Refit: 101.239, Was: figure(100.5), Warnings: []string{"no_sales"}},
		},
	}, {
		Segment: "all", Weighting: analysis.RepeatSales,
		Rows: []analysis.IndexRow{{Week: mustDate(t, "2026-01-05"), Index: 100, Refit: 100}},
	}}}
	rr, err := IndexRows(checkedMemory(t), x)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	want := `{"segment":"990","weighting":"sale","week":"2026-01-05","index":100,"index_lo":100,"index_hi":100,"se":0,"n":20,"n_styles":4,"status":"frozen","refit":100.13,"published":null,"warnings":[]}
{"segment":"990","weighting":"sale","week":"2026-01-12","index":101.24,"index_lo":99,"index_hi":103.5,"se":0.0123,"n":0,"n_styles":0,"status":"provisional","refit":101.24,"published":100.5,"warnings":["no_sales"]}
{"segment":"all","weighting":"repeat","week":"2026-01-05","index":100,"index_lo":null,"index_hi":null,"se":null,"n":0,"n_styles":0,"status":"provisional","refit":100,"published":null,"warnings":[]}
`
	if got := asNDJSON(t, rr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestIndexRevisionRows(t *testing.T) {
	rr, err := IndexRevisionRows(checkedMemory(t), []analysis.IndexRevisions{{
		Segment: "all", Weighting: analysis.WeighStyles, Vintages: 2,
		ByAge: []analysis.Revision{{N: 1, Mean: -0.126, Median: -0.126, AbsMean: 0.126, AbsMedian: 0.126}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	want := `{"segment":"all","weighting":"style","weeks_old":0,"n":1,"mean":-0.13,"median":-0.13,"abs_mean":0.13,"abs_median":0.13}` + "\n"
	if got := asNDJSON(t, rr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
