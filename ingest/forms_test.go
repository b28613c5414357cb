package ingest

import (
	"fmt"
	"strings"
	"testing"
)

func TestMoneyForms(t *testing.T) {
	cents, comma, round := MoneyForm{Unit: "cents"}, MoneyForm{Decimal: ",", Symbols: []string{"€", "EUR"}}, MoneyForm{Decimals: "round"}
	for _, c := range []struct {
		form       MoneyForm
		text, want string // amount, to the whole, rounded; or the reason
	}{
		{cents, "23500", "235.00 235.00 false"}, {cents, "99", "0.99 1.00 false"}, {cents, "5", "0.05 0.00 false"}, {cents, "23,500", "235.00 235.00 false"},
		{cents, "23500.0", "235.00 235.00 false"}, {cents, "235.50", "price_too_precise"}, {cents, "0", "price_not_positive"},
		{cents, "999999999999", "9999999999.99 10000000000.00 false"}, {cents, "1000000000000", "price_too_large"},
		{comma, "1.234,50", "1234.50 1235.00 false"}, {comma, "1 234,5 €", "1234.50 1235.00 false"}, {comma, "€ 12", "12.00 12.00 false"}, {comma, "1.234", "1234.00 1234.00 false"},
		{comma, "12.5", "price_not_a_number"}, {comma, "1,234.50", "price_not_a_number"}, {comma, "12,505", "price_too_precise"}, {comma, "EUR 25,00", "25.00 25.00 false"},
		// Half up, each from the text: 217.4985 is nearer to 217 than to 218, though to the cent it is 217.50.
		{round, "217.7085", "217.71 218.00 true"}, {round, "217.4985", "217.50 217.00 true"}, {round, "380.001", "380.00 380.00 true"}, {round, "0.995", "1.00 1.00 true"},
		{round, "12.34500", "12.35 12.00 true"}, {round, "12.50", "12.50 13.00 false"}, {round, "0.004", "price_not_positive"}, {round, "9999999999.995", "price_too_large"},
		{MoneyForm{}, "217.7085", "price_too_precise"},
	} {
		p, reason := c.form.parse(c.text)
		if got := orText(reason, fmt.Sprint(p.amount, p.whole, p.rounded)); strings.Join(strings.Fields(got), " ") != c.want {
			t.Errorf("%+v %q: %s, want %s", c.form, c.text, got, c.want)
		}
	}
}

// The chart's own rows: men's 9 is UK 8.5, EU 42.5 and 27 cm (data/reference/sizes.csv).
func TestSizeSystems(t *testing.T) {
	j := newJob(t)
	s, err := j.Book.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	chart, err := readSizes(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(chart); n != 3*20 { // twenty rows, and no size of another system stands for two
		t.Errorf("%d sizes", n)
	}
	for _, c := range []struct {
		form  SizeForm
		label string
		want  size
	}{
		{SizeForm{}, "EU 42.5", size{"9", "chart", ""}}, {SizeForm{}, "42.5 EU", size{"9", "chart", ""}}, {SizeForm{}, "uk 8.5", size{"9", "chart", ""}},
		{SizeForm{}, "27cm", size{"9", "foot", ""}}, {SizeForm{}, "270 mm", size{"9", "foot", ""}}, {SizeForm{}, "27.0 cm 2E", size{"9", "foot", "2E"}},
		{SizeForm{}, "42.5", size{}}, {SizeForm{}, "270", size{}}, {SizeForm{}, "EU 41", size{}}, {SizeForm{}, "EU 9 UK", size{}}, {SizeForm{}, "272 mm", size{}},
		{SizeForm{}, "9", size{"9", "", ""}}, {SizeForm{Audience: "women"}, "9", size{"9", "women", ""}}, {SizeForm{Audience: "women"}, "9 M", size{"9", "men", ""}},
		{SizeForm{System: "mm"}, "270", size{"9", "foot", ""}}, {SizeForm{System: "mm"}, "EU 42.5", size{"9", "chart", ""}}, {SizeForm{System: "mm"}, "27.5", size{}},
		{SizeForm{System: "eu"}, "42.5", size{"9", "chart", ""}}, {SizeForm{System: "uk"}, "8.5", size{"9", "chart", ""}}, {SizeForm{System: "cm"}, "27", size{"9", "foot", ""}},
		// A woman's foot of 27 cm is a man's, but the chart has no women's EU sizes.
		{SizeForm{System: "cm", Audience: "women"}, "27", size{"9", "foot", ""}}, {SizeForm{System: "eu", Audience: "women"}, "42.5", size{}},
		{SizeForm{}, "3J", size{"3", "kids", ""}},
	} {
		if got := (&Profile{Size: c.form}).size(c.label, chart); got != c.want {
			t.Errorf("%+v %q: %+v, want %+v", c.form, c.label, got, c.want)
		}
	}
}

// A bare "42" is another size in a source of EU sizes than in one of US sizes, though
// their other texts are the same.
func TestOneLabelOfTwoSystems(t *testing.T) {
	j := newJob(t)
	for i, size := range []string{"", "[size]\nsystem = \"eu\"\n"} {
		p, err := parseProfile("p.toml", []byte(strings.ReplaceAll(soundProfile, `paid"`, fmt.Sprintf(`paid%d"`, i))+size))
		if err != nil {
			t.Fatal(err)
		}
		p.Name, p.Fields["size"] = fmt.Sprint("mine", i), "size"
		j.Profiles = append(j.Profiles, p)
		wantCounts(t, p.Name, j.mustRead(t, put(t, "a.csv", fmt.Sprintf("when,what,paid%d,size\n2026-05-04,990v6,200,42\n", i))), "1 1 0 0")
	}
	if got := strings.Join(j.table(t, "SELECT size_label AS l, size_us_men AS us FROM sales ORDER BY us NULLS FIRST"), " "); got != `{"l":"42","us":null} {"l":"42","us":8.5}` {
		t.Error(got)
	}
}

// Where no order is stated, a day that can be two is refused, and said to be that.
func TestUnstatedDates(t *testing.T) {
	j := jobWith(t, strings.Replace(soundProfile, `kind = "iso"`, `kind = "auto"`, 1))
	for text, want := range map[string]string{
		"2026-04-03": "2026-04-03 day", "2026-04-03T10:00:00+02:00": "2026-04-03 second", "2026/4/3": "2026-04-03 day",
		"03/04/2026": "date_ambiguous", "3.4.2026": "date_ambiguous", "13/04/2026": "2026-04-13 day", "4-13-2026": "2026-04-13 day", "04/04/2026": "2026-04-04 day",
		"31/12/99": "1999-12-31 day", "13/04/26": "date_ambiguous", "04/04/04": "2004-04-04 day", "Sep 8, 2026": "2026-09-08 day", "8-Sep-2026": "2026-09-08 day",
		"31/02/2026": "date_not_understood", "soon": "date_not_understood", "20260403": "date_not_understood", "3/4/202": "date_not_understood", "": "date_missing",
	} {
		checkDate(t, j, fmt.Sprintf("when,what,paid\n\"%s\",990v6 %s,100\n", text, strings.ReplaceAll(text, ",", "")), text, want)
	}
}

// A time without a zone is in the profile's, in summer and in winter; a day is a day.
func TestZones(t *testing.T) {
	for what, date := range map[string]string{
		"iso":    "kind = \"iso\"\nzone = \"America/New_York\"",
		"layout": "kind = \"layout\"\nlayouts = [\"%Y-%m-%dT%H:%M:%S\", \"%Y-%m-%dT%H:%M:%S%z\", \"%Y-%m-%d\"]\nprecision = \"second\"\nzone = \"America/New_York\"",
	} {
		j := jobWith(t, strings.Replace(soundProfile, `kind = "iso"`, date, 1))
		for text, want := range map[string]string{
			"2026-07-01T22:00:00": "2026-07-02 02:00:00+00", "2026-01-01T22:00:00": "2026-01-02 03:00:00+00",
			"2026-07-01T22:00:00+00": "2026-07-01 22:00:00+00", "2026-07-01": "2026-07-01 00:00:00+00",
		} {
			j.mustRead(t, put(t, "a.csv", fmt.Sprintf("when,what,paid\n%s,%s,100\n", text, text)))
			if got := j.table(t, "SELECT sold_at::VARCHAR AS x FROM sales WHERE title = '"+text+"'"); len(got) != 1 || onlyText(got[0]) != want {
				t.Errorf("%s %s: %v, want %s", what, text, got, want)
			}
		}
	}
	for _, zone := range []string{"Nowhere/Town", "EST5EDT'", "../etc"} {
		if _, err := parseProfile("p.toml", []byte(strings.Replace(soundProfile, `kind = "iso"`, `kind = "iso"`+"\nzone = \""+zone+"\"", 1))); err == nil || !strings.Contains(err.Error(), "no time zone") {
			t.Errorf("%s: %v", zone, err)
		}
	}
}

// jobWith is a job that knows one more profile.
func jobWith(t *testing.T, profile string) *Job {
	t.Helper()
	p, err := parseProfile("p.toml", []byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	j := newJob(t)
	j.Profiles = append(j.Profiles, p)
	return j
}

// A workbook's fractions and its CSV's whole units are the same sales, in either order,
// identical rows included.
func TestWholePrices(t *testing.T) {
	const head = "Order Date,Brand,Sneaker Name,Sale Price,Retail Price,Release Date,Shoe Size,Buyer Region\n"
	whole := put(t, "whole.csv", head+"9/1/17,A,B,$218,$220,9/24/16,11,Ohio\n9/1/17,A,B,$218,$220,9/24/16,11,Utah\n9/1/17,A,B,$217,$220,9/24/16,11,Ohio\n")
	exact := put(t, "exact.csv", head+"2017-09-01,A,B,217.7085,220,9/24/16,11,Ohio\n2017-09-01,A,B,218,220,9/24/16,11,Utah\n2017-09-01,A,B,217.4985,220,9/24/16,11,Ohio\n")
	for _, files := range [][]string{{whole, exact}, {exact, whole}} {
		j := newJob(t)
		wantCounts(t, "first", j.mustRead(t, files[0]), "3 3 0 0")
		wantCounts(t, "second", j.mustRead(t, files[1]), "3 0 3 0")
	}
	j := newJob(t)
	j.mustRead(t, exact)
	if got := strings.Join(j.table(t, "SELECT sale_price::VARCHAR AS p, flags & 65536 AS f FROM store.sale ORDER BY line"), " "); got != `{"p":"217.71","f":65536} {"p":"218.00","f":0} {"p":"217.50","f":65536}` {
		t.Error(got)
	}
	// A new look at the reference leaves what the record itself decides.
	if _, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil {
		t.Fatal(err)
	}
	if got := j.table(t, "SELECT count(*) AS n FROM store.sale WHERE flags & 65536 <> 0"); got[0] != `{"n":2}` {
		t.Error(got)
	}
}

// Whatever the form, a price that is read is one that the book can hold, and its
// whole is within half a unit of it and a rounding.
func FuzzMoneyForm(f *testing.F) {
	for _, s := range []string{"217.7085", "1.234,50", "23500", "€ 12", "12 €", "0,005", "9999999999.995", "-1", ".", "1\u00a0000"} {
		for form := range uint8(12) {
			f.Add(s, form)
		}
	}
	f.Fuzz(func(t *testing.T, s string, form uint8) {
		m := MoneyForm{Symbols: []string{"€"}}
		if form&1 != 0 {
			m.Decimal = ","
		}
		switch form >> 1 % 3 {
		case 1:
			m.Decimals = "round"
		case 2:
			m.Unit, m.Decimal = "cents", ""
		}
		p, reason := m.parse(s)
		if reason != "" {
			if p != (price{}) {
				t.Fatalf("%q is refused (%s), but gives %+v", s, reason, p)
			}
			return
		}
		if p.amount <= 0 || p.amount >= mostMoney || p.whole%100 != 0 || p.whole-p.amount > 50 || p.amount-p.whole > 50 || p.rounded && m.Decimals == "" {
			t.Fatalf("%+v %q gives %+v", m, s, p)
		}
	})
}

func FuzzSizeForm(f *testing.F) {
	chart := sizeChart{"eu 42.5": "9", "uk 8.5": "9", "cm 27": "9"}
	for _, s := range []string{"EU 42.5", "270", "27.0 cm", "[US Shoe Size:10.5]", "9", "8.5W", "uk8.5", "mm 270 2E", "EU EU"} {
		for form := range uint8(20) {
			f.Add(s, form)
		}
	}
	f.Fuzz(func(t *testing.T, s string, form uint8) {
		p := Profile{Size: SizeForm{System: []string{"", "us", "eu", "cm", "mm"}[form%5], Audience: []string{"", "men", "women", "kids"}[form/5%4]}}
		got := p.size(s, chart)
		switch {
		case got == (size{}):
		case !aSize.MatchString(got.us):
			t.Fatalf("%+v %q gives the size %q", p.Size, s, got.us)
		case (got.system == "foot" || got.system == "chart") && got.us != "9":
			t.Fatalf("%+v %q gives %+v, which is not on the chart", p.Size, s, got)
		}
	})
}

// The book's view of sizes: a foot of 27 cm takes a men's 9 whoever's it is; a women's
// pair in EU sizes is on no chart; what is said of a pair's audience is not lost.
func TestSizesInTheBook(t *testing.T) {
	j := newJob(t)
	j.mustRead(t, put(t, "a.csv", "sold_at,price,title,size\n2026-05-04,200,(W) 990v6,270 mm\n2026-05-04,200,(W) 990v6,EU 42.5\n2026-05-04,200,(W) 990v6,10.5\n"+
		"2026-05-04,200,990v6 (GS),230 mm\n2026-05-04,200,990v6,EU 42.5\n2026-05-04,200,990v6,10.5W\n"))
	got := strings.Join(j.table(t, "SELECT audience AS a, size_us_men AS us FROM sales ORDER BY source_line"), " ")
	want := `{"a":"women","us":9.0} {"a":"women","us":null} {"a":"women","us":9.0} {"a":"kids","us":null} {"a":null,"us":9.0} {"a":"women","us":9.0}`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
