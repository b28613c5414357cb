package reports

import (
	"bytes"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

func cents(v int64) *int64 { return &v }

func sampleValue(t *testing.T) analysis.Value {
	paid, yes := data.Amount(18550), true
	known := analysis.ValueRow{
		Pair: data.Pair{Line: 2, StyleText: "M990GL6", Title: "Grey", StyleID: "M990GL6", MatchMethod: "code", SizeLabel: "9.5", SizeUSMen: 19, Condition: "new", HasBox: &yes,
			LabelOrigin: "made in china", Origin: "China", Paid: &paid, PaidCurrency: "EUR", BoughtOn: mustDate(t, "2024-05-06")},
		PairValue: analysis.PairValue{
			Premium: analysis.Premium{Style: "M990GL6", Model: "990", Version: "v6", Colorway: "Grey", MadeIn: "USA", RetailPrice: cents(20000), SizeBand: "9-10.5", Condition: "new",
				N: 7, LastSoldOn: mustDate(t, "2026-06-20"), Multiple: figure(1.10004), Basis: "own", Grade: "C", Reasons: []string{"the row's own"}},
			Estimate: cents(22001), SaleLow: cents(20000), SaleHigh: cents(24201), MarketLow: cents(21000), MarketHigh: cents(23000), Reasons: []string{"label_contradicts"}},
		Paid: cents(20105), Gain: cents(1896), GainShare: figure(0.094305), GainRetail: cents(2001), GainRetailShare: figure(0.10005), Check: analysis.LabelChecks(),
	}
	unknown := analysis.ValueRow{
		Pair:      data.Pair{Line: 3, Title: "?", MatchMethod: "none", Condition: "unknown", Guesses: []data.StyleGuess{{StyleID: "M990GL4", Score: 0.456}, {StyleID: "M990GL5", Score: 0.3}}},
		PairValue: analysis.PairValue{Premium: analysis.Premium{Basis: "none", Grade: "X"}, Reasons: []string{"style_unknown"}},
	}
	return analysis.Value{Spec: analysis.PremiumsSpec{AsOf: mustDate(t, "2026-06-30"), Level: 0.95}, N: 7, Synthetic: 3, Rows: []analysis.ValueRow{known, unknown},
		Total: analysis.ValueTotal{Total: analysis.Total{Pairs: 2, Valued: 1, Retail: 20000, Estimate: 22001, Low: cents(20000), High: cents(24201)},
			Paid: cents(20105), PaidPairs: 1, Gain: cents(1896), GainShare: figure(0.094305), GainRetail: cents(2001), GainRetailShare: figure(0.10005)}}
}

func TestValueRows(t *testing.T) {
	rr, err := ValueRows(checkedMemory(t), sampleValue(t), true)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	want := `{"line":2,"pair":"M990GL6 Grey","style":"M990GL6","size":"9.5","condition":"new","retail_price":200.00,"multiple":1.1,"estimate":220.01,` +
		`"sale_price_lo":200.00,"sale_price_hi":242.01,"n":7,"basis":"own","grade":"C","paid_usd":201.05,"gain":18.96,"gain_share":0.0943,` +
		`"gain_retail":20.01,"gain_retail_share":0.1001,"reasons":["label_contradicts"],"guesses":[],"check":["tongue label","box label","factory code"],` +
		`"model":"990","version":"v6","colorway":"Grey","size_band":"9-10.5","estimate_lo":210.00,"estimate_hi":230.00,"last_sold_on":"2026-06-20",` +
		`"has_box":true,"made_in":"USA","label_origin":"made in china","paid":185.50,"paid_currency":"EUR","bought_on":"2024-05-06","match_method":"code"}
{"line":3,"pair":"?","style":null,"size":null,"condition":"unknown","retail_price":null,"multiple":null,"estimate":null,` +
		`"sale_price_lo":null,"sale_price_hi":null,"n":0,"basis":"none","grade":"X","paid_usd":null,"gain":null,"gain_share":null,` +
		`"gain_retail":null,"gain_retail_share":null,"reasons":["style_unknown"],"guesses":["M990GL4 0.46","M990GL5 0.30"],"check":[],` +
		`"model":null,"version":null,"colorway":null,"size_band":null,"estimate_lo":null,"estimate_hi":null,"last_sold_on":null,` +
		`"has_box":null,"made_in":null,"label_origin":null,"paid":null,"paid_currency":null,"bought_on":null,"match_method":"none"}
`
	if got := asNDJSON(t, rr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The total of no valued pair has no figures; of one, its own.
func TestValueTotalRows(t *testing.T) {
	v := sampleValue(t)
	rr, err := ValueTotalRows(checkedMemory(t), v)
	if err != nil {
		t.Fatal(err)
	}
	defer rr.Release()
	want := `{"as_of":"2026-06-30","pairs":2,"valued":1,"estimate":220.01,"sale_price_lo":200.00,"sale_price_hi":242.01,"level":0.95,"retail_price":200.00,` +
		`"gain_retail":20.01,"gain_retail_share":0.1001,"paid_pairs":1,"paid_usd":201.05,"gain":18.96,"gain_share":0.0943,"n":7,"synthetic":3}
`
	if got := asNDJSON(t, rr); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	v.Total = analysis.ValueTotal{Total: analysis.Total{Pairs: 2}}
	none, err := ValueTotalRows(checkedMemory(t), v)
	if err != nil {
		t.Fatal(err)
	}
	defer none.Release()
	want = `{"as_of":"2026-06-30","pairs":2,"valued":0,"estimate":null,"sale_price_lo":null,"sale_price_hi":null,"level":0.95,"retail_price":null,` +
		`"gain_retail":null,"gain_retail_share":null,"paid_pairs":0,"paid_usd":null,"gain":null,"gain_share":null,"n":7,"synthetic":3}
`
	if got := asNDJSON(t, none); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// All formats take the rows, without pairs too.
func TestValueRowsInAllFormats(t *testing.T) {
	for _, v := range []analysis.Value{sampleValue(t), {}} {
		for _, f := range rowFormats {
			rr, err := ValueRows(checkedMemory(t), v, true)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if done, err := WriteRows(&b, f.name, rr, RowOptions{}); err != nil || int(done.Rows) != len(v.Rows) {
				t.Errorf("%s: %d rows, %v", f.name, done.Rows, err)
			}
			rr.Release()
		}
	}
}
