package data

import (
	"slices"
	"strings"
	"testing"
)

func builtin(t *testing.T) Reference {
	t.Helper()
	ref, err := BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestBuiltinReference(t *testing.T) {
	ref := builtin(t)
	for _, err := range ref.Check() {
		t.Error(err)
	}
	// Rows of the files: wc -l data/reference/*.csv, less one header each. Of the
	// 273 styles, 122 were there before the real files were read; of these, one,
	// a 991, took on its code. KREAM names 142 further codes of the 990 to 999 and
	// 1300 (122 - 1 + 142 = 263), other files 5 products (StockX, its catalogue,
	// Grailed: 268), and 5 Grey Day releases came from the collected retail prices.
	// The retail prices are 48 from before, 109 of KREAM's in won, 4 in dollars of
	// the 5 products, and 5 of the 5 Grey Day releases.
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"styles", len(ref.Styles), 273},
		{"retail prices", len(ref.RetailPrices), 166},
		{"grey days", len(ref.GreyDays), 18},
		{"aliases", len(ref.Aliases), 51},
		{"core greys", len(ref.CoreGreys), 17},
		{"sizes", len(ref.Sizes), 20},
		{"editions", len(ref.Editions), 14},
		{"launches", len(ref.Launches), 28},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.what, c.want)
		}
	}
}

// Three 990s, and no more, are called Grey Day releases by a source: those of
// 2023 (v4 and v6) and the v5 Grey Day Pack, whose year nobody found. U990TE6,
// once guessed to be the v6 of 2023, is Sulphur Green and came four months later.
func TestGreyDayNineNineties(t *testing.T) {
	ref := builtin(t)
	styles := make(map[string]Style)
	for _, s := range ref.Styles {
		styles[s.ID] = s
	}
	var got []string
	for _, g := range ref.GreyDays {
		if s := styles[g.StyleID]; s.Model == "990" {
			got = append(got, s.Version)
			if (g.Year == 0) != (g.StyleID == "M990SG5") {
				t.Errorf("%s: year %d", g.StyleID, g.Year)
			}
		}
	}
	slices.Sort(got)
	if strings.Join(got, " ") != "v4 v5 v6" {
		t.Errorf("Grey Day 990s are %v, want v4, v5 and v6", got)
	}
	s := styles["U990TE6"]
	if s.Colorway != "Sulphur Green" || s.ReleaseDate.String() != "2023-09-07" {
		t.Errorf("U990TE6 is %s of %s", s.Colorway, s.ReleaseDate)
	}
}

// Every code of the collected facts is in the built-in reference, and every
// retail price there in dollars.
func TestBuiltinReferenceHoldsTheFacts(t *testing.T) {
	ref := builtin(t)
	prices := 0
	for _, r := range sharedCSV(t, "reference/colorways.csv") {
		if code := r["style_code"]; code != "" && !slices.ContainsFunc(ref.Styles, func(s Style) bool { return s.Code == code }) {
			t.Errorf("no style %s", code)
		}
		if r["retail_usd"] == "" || r["style_code"] == "" {
			continue
		}
		prices++
		w := row{header: []string{"p"}, fields: []string{r["retail_usd"]}}
		want := w.amount("p")
		if !slices.ContainsFunc(ref.RetailPrices, func(p RetailPrice) bool {
			return p.StyleID == r["style_code"] && p.Currency == "USD" && p.Price == want
		}) {
			t.Errorf("no retail price of %s for %s", r["retail_usd"], r["style_code"])
		}
	}
	if prices == 0 {
		t.Error("no prices seen")
	}
}

// The sizes run in half steps, and each system grows with US.
func TestBuiltinSizes(t *testing.T) {
	last := Size{}
	for _, s := range builtin(t).Sizes {
		w := row{header: []string{"uk", "eu", "cm"}, fields: []string{s.UK, s.EU, s.CM}}
		if uk := w.amount("uk"); uk != s.USMen-50 {
			t.Errorf("US %s is UK %s", s.USMen, s.UK)
		}
		if cm := w.amount("cm"); cm != s.USMen+1800 {
			t.Errorf("US %s is %s cm", s.USMen, s.CM)
		}
		if last.USMen >= s.USMen || last.EU >= s.EU {
			t.Errorf("US %s, EU %s stands after US %s, EU %s", s.USMen, s.EU, last.USMen, last.EU)
		}
		last = s
	}
}

func TestRetailAt(t *testing.T) {
	ref := builtin(t)
	day := func(s string) Date {
		d, err := ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct{ style, currency, day, want string }{
		{"M990GL5", "USD", "2019-04-05", "175.00"}, // before any dated price: the first of them, not the undated one
		{"M990GL5", "USD", "2019-04-06", "175.00"},
		{"M990GL5", "USD", "2020-12-31", "175.00"},
		{"M990GL5", "USD", "2021-01-01", "185.00"},
		{"M990GL5", "JPY", "2021-01-01", "30800.00"},
		{"M990GL4", "USD", "2017-12-31", "175.00"},
		{"M990GL4", "USD", "2018-01-01", "175.00"},
		{"M990GY3", "USD", "2024-01-01", ""},
	} {
		p, ok := ref.RetailAt(c.style, c.currency, day(c.day))
		if ok != (c.want != "") || ok && p.Price.String() != c.want {
			t.Errorf("%s in %s on %s: %s, %v, want %q", c.style, c.currency, c.day, p.Price, ok, c.want)
		}
	}
}

const goodStyles = "style_id,style_code,model,version,colorway,source,confidence\n" +
	"M990GL6,M990GL6,990,v6,Grey,a shop,high\n"

// readAll reads the good styles and then one more file by the reader of its kind.
func readAll(t *testing.T, kind, file string) (Reference, []RowError) {
	t.Helper()
	var ref Reference
	if _, err := ref.ReadStyles("styles.csv", strings.NewReader(goodStyles)); err != nil {
		t.Fatal(err)
	}
	read := map[string]reader{
		"styles": ref.ReadStyles, "retail": ref.ReadRetailPrices, "grey": ref.ReadGreyDays,
		"alias": ref.ReadAliases, "core": ref.ReadCoreGreys, "sizes": ref.ReadSizes,
	}[kind]
	bad, err := read("bad.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return ref, bad
}

// Each crafted row is refused, while reading or by Check, and the message says
// where it stands.
func TestRefusals(t *testing.T) {
	const (
		styles = "style_id,style_code,model,version,release_date,source,confidence\n"
		retail = "style_id,effective_from,retail_price,currency,source,confidence\n"
		grey   = "year,date,style_id,source,confidence\n"
		alias  = "alias,style_id,source\n"
		sizes  = "audience,us,uk,eu,cm,source,confidence\n"
	)
	for _, c := range []struct{ kind, file, want string }{
		{"styles", styles + "M990GY3,M990GY3,990,v3,, ,high\n", "bad.csv:2: source: blank"},
		{"styles", styles + "M990GY3,M990GY3,990,v3,,x,sure\n", `bad.csv:2: confidence: "sure"`},
		{"styles", styles + ",,,,,x,high\n", "bad.csv:2: style_code: no code"},
		{"styles", styles + "M990GY3,M990GY3,990,v3,2023-02-30,x,high\n", "bad.csv:2: release_date:"},
		{"styles", styles + "M990GY3,M990GY3,990,v3,03/04/2023,x,high\n", "bad.csv:2: release_date:"},
		{"styles", styles + "M990GY3,M990GY3\n", "bad.csv:2: 2 fields, the header has 7"},
		{"styles", styles + "M990GL6,M990GL6,990,v6,,x,high\n", "bad.csv:2: style M990GL6 is given already, at styles.csv:2"},
		{"styles", styles + "a-slug,M990GL6,990,v6,,x,high\n", "bad.csv:2: style code M990GL6 is given already, at styles.csv:2"},
		{"styles", styles + "M990GY3,M990GY3,990,v4,,x,high\n", `bad.csv:2: style code M990GY3 is of version v3, not "v4"`},
		{"styles", styles + "M990GY3,M990GY3,992,v3,,x,high\n", `bad.csv:2: style code M990GY3 is of model 990, not "992"`},
		{"styles", styles + "\"a\nb\",,990,,,x,high\nM990GY3,M990GY3,991,v3,,x,high\n", "bad.csv:4: "}, // a quoted newline counts
		{"grey", grey + "2023,2023-05-12,M990GL6,,high\n", "bad.csv:2: source: blank"},
		{"grey", grey + "2023,2023-05-12,M990XX6,x,high\n", `bad.csv:2: no style "M990XX6"`},
		{"grey", grey + "2023,2023-05,M990GL6,x,high\n", "bad.csv:2: date:"},
		{"grey", grey + "23,,M990GL6,x,high\n", "bad.csv:2: year:"},
		{"grey", grey + "2023,,M990GL6,x,high\n,,M990GL6,x,high\n", "bad.csv:3: M990GL6 is a Grey Day release already, at bad.csv:2"},
		{"retail", retail + "M990GL6,2022,0,USD,x,high\n", "bad.csv:2: retail_price:"},
		{"retail", retail + "M990GL6,2022,-5,USD,x,high\n", "bad.csv:2: retail_price:"},
		{"retail", retail + "M990GL6,2022,\"1,000\",USD,x,high\n", "bad.csv:2: retail_price:"},
		{"retail", retail + "M990GL6,2022,199.999,USD,x,high\n", "bad.csv:2: retail_price:"},
		{"retail", retail + "M990GL6,2022,200,usd,x,high\n", "bad.csv:2: currency:"},
		{"retail", retail + "M990XX6,2022,200,USD,x,high\n", `bad.csv:2: no style "M990XX6"`},
		{"retail", retail + "M990GL6,2022,200,USD,x,high\nM990GL6,2022-01-01,210,USD,x,low\n", "bad.csv:3: a retail price of M990GL6 in USD from 2022-01-01 is given already, at bad.csv:2"},
		{"retail", retail + "M990GL6,,200,USD,x,high\nM990GL6,,210,,x,low\n", "bad.csv:3: a retail price of M990GL6 in USD from an unknown day"},
		{"alias", alias + "990v6 Grey,M990GL6,\n", "bad.csv:2: source: blank"},
		{"alias", alias + ",M990GL6,x\n", "bad.csv:2: alias: blank"},
		{"alias", alias + "990v6 Grey,M990XX6,x\n", `bad.csv:2: no style "M990XX6"`},
		{"core", "style_id,source,confidence\nM990XX6,x,high\n", `bad.csv:2: no style "M990XX6"`},
		{"sizes", sizes + "men,8,7.5,41.5,26,x,medium\nmen,8.0,7.5,41.5,26,x,medium\n", "bad.csv:3: size men's US 8.00 is given already"},
	} {
		ref, bad := readAll(t, c.kind, c.file)
		var all []string
		for _, b := range bad {
			all = append(all, b.Error())
		}
		for _, err := range ref.Check() {
			all = append(all, err.Error())
		}
		if !slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, c.want) }) {
			t.Errorf("%q gives %q, want %q", c.file, all, c.want)
		}
	}
}

func TestCheckAliasOfTwoStyles(t *testing.T) {
	ref, _ := readAll(t, "styles", "style_code,source,confidence\nM990GY3,x,high\n")
	ref.Aliases = []Alias{
		{"Plain Grey", "M990GL6", "x"}, {"plain grey", "M990GY3", "x"}, {"m990gl6", "M990GY3", "x"},
		{"plain grey", "M990GY3", "x"},
	}
	ref.CoreGreys = []CoreGrey{{"M990GL6", "x", "high"}}
	ref.GreyDays = []GreyDay{{StyleID: "M990GL6", Source: "x", Confidence: "high"}}
	want := []string{
		`aliases, row 2: alias "plain grey" names two styles, M990GL6 and M990GY3`,
		`aliases, row 3: alias "m990gl6" of M990GY3 is another style`,
		`core greys, row 1: M990GL6 is a core grey, and a Grey Day release at grey days, row 1`,
	}
	var got []string
	for _, err := range ref.Check() {
		got = append(got, err.Error())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The columns of the contract's own styles file: a price and a Grey Day may
// stand in the row of the style, and the code fills in what it says.
func TestReadStylesOfTheContract(t *testing.T) {
	var ref Reference
	bad, err := ref.ReadStyles("mine.csv", strings.NewReader(
		"\ufeffstyle_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\n"+
			"w990-zz4 d,,,Grey,2024-05,199.5,,USA,,2024,a shop,medium\n"+
			",998,,White/Black,,,,,,,a shop,low\n"))
	if err != nil || len(bad) > 0 {
		t.Fatal(bad, err)
	}
	may, _ := ParseDate("2024-05-01")
	wantStyles := []Style{
		{ID: "W990ZZ4", Code: "W990ZZ4", Model: "990", Version: "v4", Colorway: "Grey", ReleaseDate: may, Precision: "month", MadeIn: "USA", Audience: "women", Source: "a shop", Confidence: "medium"},
		{ID: "998-white-black", Model: "998", Colorway: "White/Black", Source: "a shop", Confidence: "low"},
	}
	if !slices.Equal(ref.Styles, wantStyles) {
		t.Errorf("got %+v", ref.Styles)
	}
	if want := []RetailPrice{{"W990ZZ4", may, 19950, "USD", "a shop", "medium"}}; !slices.Equal(ref.RetailPrices, want) {
		t.Errorf("got %+v", ref.RetailPrices)
	}
	if want := []GreyDay{{2024, 0, "W990ZZ4", "a shop", "medium"}}; !slices.Equal(ref.GreyDays, want) {
		t.Errorf("got %+v", ref.GreyDays)
	}
	if errs := ref.Check(); len(errs) > 0 {
		t.Error(errs)
	}
}

func TestReadRefusesFiles(t *testing.T) {
	for file, want := range map[string]string{
		"":                                 "x.csv: empty file, no header",
		"alias,style,source\n":             `x.csv: unknown column "style"; this kind of file has alias, style_id, style_code, source`,
		"alias,style_id,alias,source\n":    `x.csv: column "alias" stands there twice`,
		"style_id,source\n":                `x.csv: no column "alias"`,
		"alias,style_id,source\n\"a,b,c\n": "x.csv: parse error on line 2",
	} {
		var ref Reference
		_, err := ref.ReadAliases("x.csv", strings.NewReader(file))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
}
