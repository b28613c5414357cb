package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amassable/greybook/data"
)

// pairsJob reads collections against the built-in reference.
func pairsJob(t testing.TB) *PairsJob {
	t.Helper()
	j := newJob(t)
	return &PairsJob{Book: j.Book, AsOf: j.AsOf, TempDir: t.TempDir()}
}

// show writes a pair on a line, in the order of its fields.
func showPair(p data.Pair) string {
	text := fmt.Sprintf("%d: %s by %s, size %d, %s", p.Line, orText(p.StyleID, "?"), p.MatchMethod, p.SizeUSMen, p.Condition)
	if p.HasBox != nil {
		text += fmt.Sprintf(", box %v", *p.HasBox)
	}
	if p.Origin != "" {
		text += ", " + p.Origin
	}
	if p.Paid != nil {
		text += fmt.Sprintf(", %s %s", p.PaidCurrency, *p.Paid)
	}
	if !p.BoughtOn.IsZero() {
		text += " on " + p.BoughtOn.String()
	}
	for _, f := range p.Faults {
		text += fmt.Sprintf("; %s %s %q", f.Column, f.Reason, f.Value)
	}
	return text
}

func showAll(c Collection) string {
	var lines []string
	for _, p := range c.Pairs {
		lines = append(lines, showPair(p))
	}
	for _, r := range c.Rejects {
		lines = append(lines, fmt.Sprintf("%d: refused: %s %s %q", r.Line, r.Column, r.Reason, r.Value))
	}
	return strings.Join(lines, "\n")
}

const pairHeader = "style_code,title,size,condition,has_box,label_origin,paid,paid_currency,bought_on"

func TestPairsAreRead(t *testing.T) {
	file := put(t, "pairs.csv", pairHeader+`
M990GL6,,9.5,new,yes,USA,200,USD,2024-03-01
m990-gl6 2E,,W 11,used,no,Made in U.S.A.,"$1,234.50",,13/04/2024
,New Balance 990v4 Made in USA Grey M990GL4,EU 43,VNDS,,made in the USA of imported materials,"120,50 €",,2020-02-29
M990GL6,,,,,,0,,
`)
	got, err := pairsJob(t).Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	// Sizes in halves: 9.5 is 19, a women's 11 a men's 9.5. EU 43 is US 9.5 in the chart of data/reference.
	want := `2: M990GL6 by code, size 19, new, box true, USA, USD 200.00 on 2024-03-01
3: M990GL6 by code, size 19, used, box false, USA, USD 1234.50 on 2024-04-13
4: M990GL4 by code_in_title, size 19, used, USA, EUR 120.50 on 2020-02-29
5: M990GL6 by code, size 0, unknown, USD 0.00`
	if d := cmp.Diff(want, showAll(got)); d != "" {
		t.Error(d)
	}
	if len(got.Unread) > 0 || got.SHA256 == "" || got.Format != "csv" {
		t.Errorf("unread %q, sha256 %q, format %q", got.Unread, got.SHA256, got.Format)
	}
}

// What can't be understood leaves its pair as it is without, and says so with the line;
// what is no pair is refused; the others go on.
func TestPairsSayWhatWasNotUnderstood(t *testing.T) {
	file := put(t, "pairs.csv", pairHeader+`,quantity
M990GL6,,gigantic,9/10,maybe,the moon,abc,,03/04/2024,1
M990GL6,,44,new,,Assembled in USA,-5,,2030-01-01,
M990GL6,,9,new,,,¥20000,,1776-07-04,1.0
M990GL6,,9,new,,,€20,USD,yesterday,
M990GL6,,9,new,,,20 XYZ,,,
M990GL6,,9,new,,,20,dollars,,
,,9,new,,,20,,,
M990GL6,,9,new,,,20,,,2
M990GL6,,9
"M990GL6,,9,new,,,20,,,
M990GL6,M990GL4 Grey,9,new,,,,,,
Nike Air Max,,9,new,,,,,,
`)
	got, err := pairsJob(t).Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	want := `2: M990GL6 by code, size 0, unknown; size size_not_understood "gigantic"; condition condition_not_understood "9/10"; has_box has_box_not_understood "maybe"; label_origin label_origin_not_understood "the moon"; paid paid_not_a_number "abc"; bought_on bought_on_ambiguous "03/04/2024"
3: M990GL6 by code, size 0, new; size size_not_understood "44"; label_origin label_origin_not_understood "Assembled in USA"; paid paid_not_positive "-5"; bought_on bought_in_future "2030-01-01"
4: M990GL6 by code, size 18, new; paid currency_ambiguous "¥20000"; bought_on bought_on_out_of_range "1776-07-04"
5: M990GL6 by code, size 18, new; paid currency_conflict "€20"; bought_on bought_on_not_understood "yesterday"
6: M990GL6 by code, size 18, new; paid currency_unknown "20 XYZ"
7: M990GL6 by code, size 18, new; paid_currency currency_unknown "dollars"
12: M990GL6 by code, size 18, new
13: ? by none, size 18, new
8: refused: style_code no_style_or_title ""
9: refused: quantity quantity_not_one "2"
10: refused:  wrong_field_count ""
11: refused:  unclosed_quote ""`
	if d := cmp.Diff(want, showAll(got)); d != "" {
		t.Error(d)
	}
}

// The same rows give the same pairs in every form.
func TestPairsAreTheSameInEveryForm(t *testing.T) {
	names, rows := rowsOf(t, pairHeader, []string{
		"M990GL6,,9.5,new,true,USA,200.5,USD,2024-03-01",
		`,"Grey Day ""990v6"", M990GL6",W 11,used,false,,0,EUR,2023-12-31`,
		",Something <script>alert(1)</script> =1+1,,,,,,,",
	})
	j := pairsJob(t)
	base := ""
	for _, form := range []struct {
		name  string
		write writer
	}{
		{"p.csv", separated(',', nil)}, {"p.tsv", separated('\t', nil)}, {"semicolons.txt", separated(';', nil)}, {"p.ndjson", jsonLines}, {"p.json", jsonArray},
		{"inside.json", jsonInside}, {"p.csv.gz", packed(separated(',', nil), "gzip")}, {"p.ndjson.zst", packed(jsonLines, "zstd")}, {"p.xlsx", workbook},
	} {
		path := filepath.Join(t.TempDir(), form.name)
		form.write(t, path, names, rows)
		got, err := j.Read(t.Context(), path)
		if err != nil {
			t.Fatalf("%s: %v", form.name, err)
		}
		for i := range got.Pairs {
			got.Pairs[i].Line = int64(i + 1) // in JSON the first record is 1, in CSV the header
		}
		text := showAll(got)
		if base == "" {
			base = text
		}
		if d := cmp.Diff(base, text); d != "" || len(got.Pairs) != 3 {
			t.Errorf("%s: %d pairs\n%s", form.name, len(got.Pairs), d)
		}
	}
}

func jsonInside(t testing.TB, path string, names []string, rows [][]string) {
	jsonArray(t, path, names, rows)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, []byte(`{"owner": {"name": "a collector"}, "pairs": `+string(b)+`}`))
}

// Standard input is a file like any other.
func TestPairsFromStandardInput(t *testing.T) {
	j := pairsJob(t)
	j.Stdin = strings.NewReader("sku\tSize (US)\tLace colour\nM990GL6\t10\tred\n")
	got, err := j.Read(t.Context(), "-")
	if err != nil {
		t.Fatal(err)
	}
	if s := showAll(got); s != "2: M990GL6 by code, size 20, unknown" {
		t.Error(s)
	}
	if d := cmp.Diff([]string{"Lace colour"}, got.Unread); d != "" {
		t.Error(d)
	}
}

// Exports name their columns as they like; the surest of several is read.
func TestPairColumnsAreFoundByName(t *testing.T) {
	for header, want := range map[string]string{
		"SKU,Name,US Size,State,Box,Made In,Price Paid,Currency,Purchase Date,Qty": "style_code=SKU title=Name size=US Size condition=State has_box=Box label_origin=Made In paid=Price Paid paid_currency=Currency bought_on=Purchase Date quantity=Qty",
		"Style,style_code,price,paid":        "style_code=style_code paid=paid",
		"Product Name,EU size,Date acquired": "title=Product Name size=EU size",
	} {
		columns := pairColumns(strings.Split(header, ","))
		var got []string
		for _, f := range pairFields {
			if c := columns[f.name]; c != "" {
				got = append(got, f.name+"="+c)
			}
		}
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
			t.Errorf("%s: %s", header, d)
		}
	}
	if got, err := pairsJob(t).Read(t.Context(), put(t, "p.csv", "style,eu size\nM990GL6,43\n")); err != nil || got.Pairs[0].SizeUSMen != 19 {
		t.Errorf("%v %v", showAll(got), err)
	}
}

func TestPairsWithoutShoesAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"colour,size\nred,9\n":         `it has "colour", "size"`,
		"style,size,size\nM990GL6,9,9": `column "size" stands in the header twice`,
		"":                             "the file is empty",
	} {
		_, err := pairsJob(t).Read(t.Context(), put(t, "p.csv", text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	j := pairsJob(t)
	j.TooMany = func(rejected, read int64) bool { return rejected*2 > read }
	if _, err := j.Read(t.Context(), put(t, "p.csv", "style,size\n,9\n,8\nM990GL6,9\n")); err == nil || !strings.Contains(err.Error(), "2 of 3 records are no pairs") {
		t.Error(err)
	}
}

// Whatever a row says, it is a pair or a reject with its line, and nothing is lost.
func TestNoPairIsLost(t *testing.T) {
	j := pairsJob(t)
	rapid.Check(t, func(rt *rapid.T) {
		field := rapid.OneOf(rapid.StringMatching(`[ -~€¥é\x{202e}]{0,12}`), rapid.SampledFrom([]string{"", "M990GL6", "990v6 grey", "9.5", "EU 43", "new", "USA", "$20", "2024-01-01", "-1", "1e9", "\"", "=1+1"}))
		rows := rapid.SliceOfN(rapid.SliceOfN(field, 9, 9), 1, 20).Draw(rt, "rows")
		path := filepath.Join(t.TempDir(), "p.ndjson")
		jsonLines(t, path, strings.Split(pairHeader, ","), rows)
		got, err := j.Read(t.Context(), path)
		if err != nil {
			rt.Fatal(err)
		}
		if len(got.Pairs)+len(got.Rejects) != len(rows) {
			rt.Fatalf("%d rows, %d pairs, %d rejects", len(rows), len(got.Pairs), len(got.Rejects))
		}
		for _, p := range got.Pairs {
			row := rows[p.Line-1]
			if p.StyleText != cleanText(row[0]) || p.Title != cleanText(row[1]) || (p.Paid == nil) != (p.PaidCurrency == "") || p.Paid != nil && *p.Paid < 0 || p.BoughtOn > j.AsOf {
				rt.Fatalf("%q: %+v", row, p)
			}
			if (p.StyleID == "") != (p.MatchMethod == "none" || p.MatchMethod == "conflict") {
				rt.Fatalf("%q: %+v", row, p)
			}
		}
	})
}

// Cells of any text are read or refused; what is read is what a book could hold.
func FuzzPairCells(f *testing.F) {
	for _, s := range []string{"", "$1,234.50", "120,50 €", "EUR 12", "12 usd", "¥100", "-1", "0", "1e9", "made in the USA of imported materials", "yes", "US$ 5", "999999999999999", "0,00", "\x00"} {
		f.Add(s, "")
		f.Add(s, "EUR")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		p := readPaid(text, currency)
		if (p.amount == nil) != (p.currency == "") || text != "" && (p.amount == nil) == (p.reason == "") {
			t.Fatalf("%q %q: %+v", text, currency, p)
		}
		if p.amount != nil && (*p.amount < 0 || *p.amount >= mostMoney || !isCurrency(p.currency)) {
			t.Fatalf("%q %q: %v %s", text, currency, *p.amount, p.currency)
		}
		if origin, why := originOf(text); origin != "" && why != "" {
			t.Fatalf("%q: %s and %s", text, origin, why)
		}
		if yes, why := readYes(text); yes != nil && why != "" {
			t.Fatalf("%q: %v and %s", text, *yes, why)
		}
	})
}
