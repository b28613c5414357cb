package ingest

import (
	"strings"
	"testing"
)

// What a title says, in short: model version audience made-in width, then flags and
// words.
func shortFacts(f titleFacts) string {
	out := []string{}
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	add(f.model)
	add(f.version)
	add(f.audience)
	add(f.madeIn)
	add(f.width)
	if f.other {
		add("OTHER")
	}
	if f.noShoe {
		add("NOSHOE")
	}
	if f.greyDay {
		add("GREYDAY")
	}
	return strings.Join(out, " ") + "|" + strings.Join(f.words, " ")
}

// The titles are made up, in the shapes that marketplaces use.
func TestReadTitle(t *testing.T) {
	for title, want := range map[string]string{
		// Spellings of a version.
		"New Balance 990v4 Sky":                 "990 v4|sky",
		"New Balance 990 V2 Sky":                "990 v2|sky",
		"New Balance 990-v5 Sky":                "990 v5|sky",
		"New Balance 990vs1 Sky":                "990 v1|sky",
		"New Balance 990 version 3 Sky":         "990 v3|sky",
		"New Balance 990 v 3 Sky":               "990 v3|sky",
		"New Balance V6 990 Sky":                "990 v6|sky",
		"New Balance M990v5 Sky":                "990 v5|sky",
		"NB990v3 Sky":                           "990 v3|sky",
		"NEW BALANCE 990V6 MADE IN U.S.A. SKY":  "990 v6 USA|sky",
		"New Balance 990s Sky":                  "990|sky",
		"New Balance 990":                       "990|",
		"New Balance 990v4 or 990v5":            "990|",
		"New Balance 991v2 Made in England Sky": "991 v2 UK|sky",
		"New Balance 1300JP 2020 Sky":           "1300|jp 2020 sky",
		"９９０ｖ６ Ｓｋｙ":                             "990 v6|sky",
		"New Balance 990v3 Café Crème":          "990 v3|cafe creme",
		"뉴발란스 990v6 메이드 인 USA 그레이 - D 스탠다드":             "990 v6 USA D|grey",
		"뉴발란스 990v6 메이드 인 USA 그레이 데이 2023 - 2E 와이드":     "990 v6 USA 2E GREYDAY|",
		"(W) New Balance 990v3 MiUSA Sky - B Standard":  "990 v3 women USA B|sky",
		"New Balance 990v4 Sky 2E Wide Size 10.5":       "990 v4 2E|sky",
		"Wmns 990v4 'Sky Blue'":                         "990 v4 women|sky blue",
		"New Balance 990v5 Women’s Gray/Blk":            "990 v5 women|grey black",
		"New Balance 990v5 Mens US 9.5 / Womens 11 Sky": "990 v5|sky",
		"New Balance 990v5 Sky (GS)":                    "990 v5 kids|sky",
		"(PS) New Balance 990v5 Sky":                    "990 v5 kids|sky",
		"New Balance 990v5 Sky TD":                      "990 v5 kids|sky",
		"New Balance 990v5 Toddler's Grade School Sky":  "990 v5 kids|sky",
		"New Balance GC990v6 Sky":                       "990 v6 kids|sky",
		"New Balance 990v5 Sky Size 6.5Y":               "990 v5 kids|sky",
		"New Balance 990v5 Sky (2019)":                  "990 v5|sky 2019",
		"Nobody x New Balance 990v4 ALD":                "990 v4|nobody aime leon dore",

		// Grey Days, and greys on any day.
		"New Balance 990v6 Grey Day 2024":      "990 v6 GREYDAY|",
		"New Balance 574 Grey Day (1300JP)":    "574 GREYDAY|jp",
		"New Balance 574 Grey Daylight":        "574|grey daylight",
		"New Balance 990v6 Grey, Father's Day": "990 v6|grey fathers day",
		"New Balance 327 Grey Days":            "327 GREYDAY|",
		"New Balance 990v6 greyday":            "990 v6 GREYDAY|",

		// What is no 990, and what is none of the brand's.
		"New Balance 990 Sport Sky":      "990 sport|sky",
		"Form990 for charities":          "|form990 charities",
		"LG-U990 phone":                  "990 OTHER|phone",
		"New Balance 327 Sky, RRP 990.0": "327|sky rrp",
		"New Balance 327 Sky $990":       "327|sky",
		"New Balance 327 Sky 990 EUR":    "327|sky",
		"New Balance 997H Sky":           "997H|sky",
		"New Balance 997S Sky":           "997S|sky",
		"New Balance 574S Sky":           "574S|sky",
		"New Balance M2002R Sky":         "|m2002r sky",
		"New Balance 2002R Sky":          "2002R|sky",
		"New Balance 57/40 Sky":          "57/40|sky",
		"New Balance 1080v12 Sky":        "1080|sky",
		"New Balance 327 574":            "|",
		"Nike Air Max 990":               "990 OTHER|air max",
		"New Balance 990v4 Hoodie":       "990 v4 NOSHOE|",
		"New Balance 990v4 T-Shirt":      "990 v4 NOSHOE|",
		"New Balance 990v4 box only":     "990 v4 NOSHOE|",
		"":                               "|",
		" (((":                           "|",
	} {
		if got := shortFacts(readTitle(title)); got != want {
			t.Errorf("%q says %q, want %q", title, got, want)
		}
	}
}
