package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/apache/arrow-go/v18/arrow"
)

func figure(v float64) *float64 { return &v }

func mustDate(t *testing.T, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sampleMultiples(t *testing.T) analysis.Multiples {
	return analysis.Multiples{
		Spec: analysis.MultiplesSpec{By: []analysis.Dimension{analysis.ByVersion, analysis.ByGreyDayYear}},
		Rows: []analysis.MultipleRow{{
			Keys: []string{"v6", "2024"}, N: 12,
			Median: figure(1.23456), Lo: figure(1.00005), Hi: figure(2), Q1: figure(1.1), Q3: figure(1.9),
			ShareAboveRetail: figure(2.0 / 3), MedianSalePrice: figure(246.905), MedianRetailPrice: figure(200),
			FirstSoldOn: mustDate(t, "2024-05-03"), LastSoldOn: mustDate(t, "2026-11-19"),
		}, {
			Keys: []string{"", ""}, N: 2, Warnings: []string{"few_sales", "synthetic_data"},
		}},
	}
}

func TestMultiplesRows(t *testing.T) {
	rr, err := MultiplesRows(checkedMemory(t), sampleMultiples(t))
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	// 1.00005 is 1.000049999… in float64, and 1.00005·10,000 is 10000.5 again: rounded up.
	// 246.905 likewise: ·100 is 24690.5.
	want := `{"version":"v6","grey_day_year":2024,"n":12,"median_multiple":1.2346,"multiple_lo":1.0001,"multiple_hi":2,` +
		`"q1":1.1,"q3":1.9,"share_above_retail":0.6667,"median_sale_price":246.91,"median_retail_price":200,` +
		`"first_sold_on":"2024-05-03","last_sold_on":"2026-11-19","warnings":[]}
{"version":null,"grey_day_year":null,"n":2,"median_multiple":null,"multiple_lo":null,"multiple_hi":null,` +
		`"q1":null,"q3":null,"share_above_retail":null,"median_sale_price":null,"median_retail_price":null,` +
		`"first_sold_on":null,"last_sold_on":null,"warnings":["few_sales","synthetic_data"]}
`
	if got := asNDJSON(t, rr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestMultiplesRowsOnATerminal(t *testing.T) {
	rr, err := MultiplesRows(checkedMemory(t), sampleMultiples(t))
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	var b bytes.Buffer
	if _, err := WriteRows(&b, RowTable, rr, RowOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "rows/multiples_80.txt", b.Bytes())
}

func TestMultiplesRowsKeys(t *testing.T) {
	m := sampleMultiples(t)
	m.Rows[1].Keys[1] = "some year"
	rr, err := MultiplesRows(checkedMemory(t), m)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	if f := rr.Schema().Field(1); f.Type.ID() != arrow.STRING {
		t.Errorf("a year that is no number makes the column %s, want text", f.Type)
	}
	if got := asNDJSON(t, rr); !strings.Contains(got, `"grey_day_year":"2024"`) || !strings.Contains(got, `"grey_day_year":"some year"`) {
		t.Error(got)
	}
	m.Rows[0].Keys = m.Rows[0].Keys[:1]
	if _, err := MultiplesRows(checkedMemory(t), m); err == nil || !strings.Contains(err.Error(), "group 1 has 1 keys for 2 dimensions") {
		t.Errorf("a key is missing: %v", err)
	}
}
