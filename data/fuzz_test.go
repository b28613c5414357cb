package data

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// FuzzSplitStatements: nothing of a text is lost but blanks, comments and the
// semicolons between, and a statement is cut no further.
func FuzzSplitStatements(f *testing.F) {
	for _, s := range []string{
		"SELECT 1; SELECT 2", "SELECT ';'; -- a; b\nSELECT $$;$$", "/* ; /* */ ; */ SELECT 1;;", "SELECT e'\\';'; x", "SELECT \"a;\"\"b\"", "$1;$a$;$a$", "/* open ;", "'open ;", "\xff;\x00", "a--b;\nc", "e'\\",
	} {
		f.Add(s)
	}
	tokens := func(text string) (out string) {
		for text != "" {
			n, blank := token(text)
			if n < 1 || n > len(text) {
				panic("a token of no length, or of too much")
			}
			if !blank && text[:n] != ";" {
				out += text[:n] + "\x1f"
			}
			text = text[n:]
		}
		return out
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := ""
		for _, s := range SplitStatements(text) {
			if again := SplitStatements(s); len(again) != 1 || again[0] != s {
				t.Fatalf("%q of %q is cut again into %q", s, text, again)
			}
			all += tokens(s)
		}
		if want := tokens(text); all != want {
			t.Fatalf("%q gives the tokens %q, want %q", text, all, want)
		}
	})
}

// FuzzReferenceFiles: any bytes as each kind of reference file give facts that may be
// stored, faults with their lines, or one error that names the file.
func FuzzReferenceFiles(f *testing.F) {
	for _, s := range []string{
		"style_code,model,version,release_date,retail_price,currency,source,confidence\nM990GL6,990,v6,2022-11-04,199.99,USD,x,high\nM990GL6,990,v6,2022,1.999,usd,x,sure\n",
		"style_code,effective_from,retail_price,currency,source,confidence\nM990GL6,2022-11,99999999999,USD,x,high\n", "year,date,style_code,source,confidence\n99999,2023-05-12,M990GL6,x,low\n",
		"alias,style_code,source\n,M990GL6,x\n\"a\nb\",M990GL6,x\n", "\xef\xbb\xbfalias,style_code,source\r\na,b\r\n\"", "alias,alias\n", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Reference
		for kind, read := range map[string]func(string, io.Reader) ([]RowError, error){"styles": r.ReadStyles, "retail": r.ReadRetailPrices, "grey days": r.ReadGreyDays, "aliases": r.ReadAliases,
			"core greys": r.ReadCoreGreys, "sizes": r.ReadSizes, "editions": r.ReadEditions, "launches": r.ReadLaunches} {
			faults, err := read("f.csv", bytes.NewReader(b))
			if err != nil && !strings.HasPrefix(err.Error(), "f.csv") {
				t.Fatalf("%s: %v", kind, err)
			}
			for _, x := range faults {
				if x.Line < 2 || x.Reason == "" {
					t.Fatalf("%s: %+v", kind, x)
				}
			}
		}
		for _, p := range r.RetailPrices {
			if p.Price <= 0 || p.Price > 999_999_999_999 || !isCurrency(p.Currency) || p.StyleID == "" || p.Source == "" {
				t.Fatalf("%+v", p)
			}
		}
		for _, g := range r.GreyDays {
			if g.Year < 0 || g.Year > 9999 || g.StyleID == "" || g.Source == "" {
				t.Fatalf("%+v", g)
			}
		}
	})
}
