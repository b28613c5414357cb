package ingest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const soundProfile = `name = "mine"
header = ["when", "what", "paid"]
[fields]
sold_at = "when"
title = "what"
price = "paid"
[constants]
currency = "USD"
price_basis = "sale"
[date]
kind = "iso"
`

func TestProfileIsChecked(t *testing.T) {
	if _, err := parseProfile("p.toml", []byte(soundProfile)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]string{ // text added to the sound profile, and what the error says
		"unknown key":             {"[other]\nx = 1\n", `unknown key "other"`},
		"broken pattern":          {"[[not_sales]]\ncolumn = \"what\"\nmatches = \"(\"\nreason = \"x\"\n", "not_sales"},
		"rule without reason":     {"[[not_sales]]\ncolumn = \"what\"\nmatches = \"x\"\n", "column and reason are needed"},
		"width without group":     {"[title_words]\nwidth = \"2E\"\n", "no group"},
		"snapshot without dates":  {"[snapshot]\nrelease = \"when\"\ndays_since_release = \"paid\"\n", "date layouts are needed"},
		"observation of what":     {"[[observation]]\nprice_basis = \"offer\"\nprice = \"paid\"\n", `no price basis "offer"`},
		"snapshot of which day":   {"[[observation]]\nprice_basis = \"ask\"\nprice = \"paid\"\nsnapshot = true\n", "a snapshot needs"},
		"a day of nothing":        {"[requires]\nobserved_on = true\n", "there is none"},
		"rule of two ways":        {"[[not_sales]]\ncolumn = \"what\"\nmatches = \"x\"\nunless = \"y\"\nreason = \"x\"\n", "either matches or unless"},
		"unknown unit":            {"[money]\nunit = \"pence\"\n", "money: unit"},
		"cents with decimals":     {"[money]\nunit = \"cents\"\ndecimals = \"round\"\n", "cents have no decimals"},
		"unknown system":          {"[size]\nsystem = \"br\"\n", "size: system"},
		"women's column alone":    {"[size]\nwomen_column = \"what\"\n", "go together"},
		"pattern without group":   {"[size]\npattern = \"x\"\n", "no group"},
		"unknown level":           {"[condition]\nmint = \"very good\"\n", "condition"},
		"snapshot column unknown": {"[snapshot]\nrelease = \"nowhere\"\ndays_since_release = \"paid\"\n", "snapshot"},
	} {
		_, err := parseProfile("p.toml", []byte(soundProfile+c[0]))
		if err == nil || !strings.Contains(err.Error(), c[1]) || !strings.Contains(err.Error(), "p.toml") {
			t.Errorf("%s: %v, want %q", name, err, c[1])
		}
	}
}

// Whatever passes the check can be used on any record.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(soundProfile), "2026-01-01,990v6 - 2E,100")
	builtin, err := filepath.Glob("sources/*.toml")
	if err != nil || len(builtin) < 12 {
		f.Fatal(builtin, err)
	}
	for _, name := range builtin {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "a,b,c")
	}
	f.Add([]byte(soundProfile+"[snapshot]\nrelease = \"when\"\n"), "")
	f.Add([]byte(soundProfile+"[title_words]\nwidth = \"(x)?\"\n"), "")
	m := builtinMatcher(f)
	f.Fuzz(func(t *testing.T, text []byte, line string) {
		p, err := parseProfile("p.toml", text)
		if err != nil {
			return
		}
		fields := strings.Split(line, ",")
		for len(fields) < len(p.Header) {
			fields = append(fields, "")
		}
		header := slices.Concat(p.Header, p.HeaderAny)
		rec := record{line: 2, fields: append(fields, make([]string, len(header))...)}
		h := &file{header: header}
		rows, _ := p.rows(rec, h.columns(), 0)
		for _, row := range rows {
			if len(row) != 17 { // the columns of raw
				t.Fatalf("%d cells", len(row))
			}
		}
		for _, x := range fields {
			p.text(x, "price")
			p.variantOf(nil, x, x, x, x, x, x, x)
			m.match(x, x, &p)
		}
		_ = (&load{p: &p, f: &file{header: fields}}).stageQuery("raw")
	})
}

func TestRecognise(t *testing.T) {
	ps, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		header string
		want   string // name, or what the error says
	}{
		{"sold_at,price,style_code", "greybook"},
		{"sold_at,price,title,url", "greybook"},
		{"sold_at,price", `no column "style_code or title"`},
		{"a,b", "has none of the columns"},
		{"Order Date,Brand,Sneaker Name,Sale Price,Retail Price,Release Date,Shoe Size,Buyer Region", "stockx-contest"},
	} {
		p, err := Recognise("f.csv", always(strings.Split(c.header, ",")), ps)
		if err != nil && !strings.Contains(err.Error(), c.want) || err == nil && p.Name != c.want {
			t.Errorf("%s: %q, %v, want %s", c.header, p.Name, err, c.want)
		}
	}
	more := append(slices.Clone(ps), Profile{Name: "more", Header: []string{"price", "sold_at", "title", "seller"}})
	if p, err := Recognise("f.csv", always([]string{"sold_at", "price", "title", "seller"}), more); p.Name != "more" || err != nil {
		t.Errorf("one that asks for more: %s, %v", p.Name, err)
	}
	other := append(slices.Clone(ps), Profile{Name: "other", Header: []string{"price", "size", "title", "seller"}})
	if _, err := Recognise("f.csv", always([]string{"sold_at", "price", "size", "title", "seller"}), other); err == nil {
		t.Error("one that asks for more columns, but not for all of the other's, is ambiguous")
	}
	both := append(slices.Clone(ps), Profile{Name: "twin", Header: []string{"price", "sold_at"}, HeaderAny: []string{"title"}})
	if _, err := Recognise("f.csv", always([]string{"sold_at", "price", "title"}), both); err == nil || !strings.Contains(err.Error(), "more than one source: greybook, twin") {
		t.Errorf("two that fit: %v", err)
	}
}

// always is a header that doesn't depend on the profile.
func always(header []string) func(*Profile) []string {
	return func(*Profile) []string { return header }
}
