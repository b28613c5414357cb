package ingest

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/amassable/greybook/data"
)

func TestParseMoney(t *testing.T) {
	for text, want := range map[string]string{
		"185": "185.00", "185.5": "185.50", "185.50": "185.50", "185.500": "185.50", "$1,185.50": "1185.50", "$ 12": "12.00",
		" 12 ": "12.00", "0.01": "0.01", "9999999999.99": "9999999999.99", "1,234,567": "1234567.00", "007": "7.00",
		"": "price_missing", "  ": "price_missing", "$": "price_missing", "0": "price_not_positive", "0.00": "price_not_positive",
		"-5": "price_not_positive", "$-5": "price_not_positive", "10000000000": "price_too_large", "99999999999999999999999": "price_too_large",
		"1.005": "price_too_precise", "0.001": "price_too_precise",
		"1,5": "price_not_a_number", "12,34.5": "price_not_a_number", "1.": "price_not_a_number", ".5": "price_not_a_number",
		"1e3": "price_not_a_number", "NaN": "price_not_a_number", "+5": "price_not_a_number", "€5": "price_not_a_number",
		"5 USD": "price_not_a_number", "１２": "price_not_a_number", "1 000": "price_not_a_number", "--5": "price_not_a_number", "0x10": "price_not_a_number",
	} {
		a, reason := parseMoney(text, []string{"$"})
		if got := orText(reason, a.String()); got != want {
			t.Errorf("parseMoney(%q) = %s, want %s", text, got, want)
		}
	}
}

// What is accepted is exactly what a decimal library reads, and reads back as
// itself: nothing is rounded, and nothing fits in the column that must not.
func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"185", "$1,185.50", "0.001", "9999999999.99", "10000000000", "1.10000", "-0", "1,000", "\u00a0 5", "00000000000001", "1.00000000000000000000000000001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, reason := parseMoney(s, []string{"$"})
		if reason != "" {
			if a != 0 {
				t.Fatalf("%q is refused (%s), but gives %s", s, reason, a)
			}
			return
		}
		if a <= 0 || a > 999_999_999_999 {
			t.Fatalf("%q gives %d hundredths, which do not fit DECIMAL(12,2)", s, a)
		}
		if again, reason := parseMoney(a.String(), nil); reason != "" || again != a {
			t.Fatalf("%q gives %s, which gives %s %s", s, a, again, reason)
		}
		plain := strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "$")), ",", "")
		want, _, err := apd.NewFromString(plain)
		got, _, gerr := apd.NewFromString(a.String())
		if err != nil || gerr != nil || want.Cmp(got) != 0 {
			t.Fatalf("%q gives %s, apd reads %s (%v, %v)", s, a, want, err, gerr)
		}
	})
}

func TestParseSize(t *testing.T) {
	for label, want := range map[string]size{
		"8.5": {"8.5", "", ""}, "8.0": {"8", "", ""}, "08.5": {"8.5", "", ""}, "US 10": {"10", "", ""}, "8.5W": {"8.5", "women", ""}, "W 8.5": {"8.5", "women", ""},
		"6.5Y": {"6.5", "kids", ""}, "10C": {"10", "kids", ""}, "4 Men": {"4", "men", ""}, "8.5 2E Wide": {"8.5", "", "2E"},
		"12W / 10.5M": {"10.5", "men", ""}, "M 4 / W 5.5": {"4", "men", ""}, "9 (D)": {"9", "", "D"},
		"EU 42": {}, "42": {}, "265": {}, "N/A": {}, "": {}, "M": {}, "34W/32L": {}, "S/M": {}, "0": {}, "00": {}, "2": {}, "21": {}, "8.25": {}, "-8": {}, "٨": {},
	} {
		if got := parseSize(label); got != want {
			t.Errorf("parseSize(%q) = %+v, want %+v", label, got, want)
		}
	}
}

var aSize = regexp.MustCompile(`^([1-9]|1\d|20)(\.5)?$`)

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"8.5", "8.5W", "12W / 10.5M", "8.5 2E Wide", "US M 9", "020", "20.5", "1.5Y", "\t9 \n", "ſ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := parseSize(s)
		if got == (size{}) {
			return
		}
		if !aSize.MatchString(got.us) {
			t.Fatalf("%q gives the size %q", s, got.us)
		}
		if again := parseSize(got.us + map[string]string{"men": "M", "women": "W", "kids": "Y"}[got.system]); again.us != got.us || again.system != got.system {
			t.Fatalf("%q gives %+v, which gives %+v", s, got, again)
		}
	})
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"  a  b\t\n", "\u202eevil", "a\x1fb", "\x00", "\xff", "é\u200f", "a\u2028b", "\u200b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := cleanText(s)
		if again := cleanText(got); again != got {
			t.Fatalf("%q gives %q, then %q", s, got, again)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q gives invalid UTF-8, %q", s, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) || strings.Contains(got, "  ") {
			t.Fatalf("%q gives %q", s, got)
		}
	})
}

func builtinMatcher(t testing.TB) *matcher {
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	return newMatcher(ref)
}

func FuzzMatch(f *testing.F) {
	m := builtinMatcher(f)
	for _, s := range [][2]string{{"M990GL6", ""}, {"", "New Balance 990v6 Grey"}, {"M990GL6/U990GR4", "990v5"}, {"", "M990GL6 W990GL6"}, {"N/A", "(W) 990 V3"}, {"\xff", "\xff"}, {"/", "990/991"}} {
		f.Add(s[0], s[1])
	}
	methods := map[string]bool{"code": true, "code_in_title": true, "alias": true, "words": true, "conflict": true, "none": true}
	f.Fuzz(func(t *testing.T, code, title string) {
		got := m.match(code, title, &Profile{})
		found := got.method == "code" || got.method == "code_in_title" || got.method == "alias" || got.method == "words"
		if !methods[got.method] || (got.styleID != "") != found || found && got.guesses != nil {
			t.Fatalf("%q, %q gives %+v", code, title, got)
		}
		if low, high := bounds(got.method); got.score < low || got.score > high {
			t.Fatalf("%q, %q gives %+v", code, title, got)
		}
		if got.version != "" && got.model == "" || got.version != "" && !regexp.MustCompile(`^v[1-9]$`).MatchString(got.version) {
			t.Fatalf("%q, %q gives %+v", code, title, got)
		}
		// A title that names another version never leaves a match standing.
		model, version := titleModel(title)
		if got.styleID != "" && got.method != "alias" && version != "" && got.version != "" && got.model == model && got.version != version {
			t.Fatalf("%q, %q gives %+v", code, title, got)
		}
	})
}

// bounds are the scores that a method can have.
func bounds(method string) (low, high float64) {
	switch method {
	case "words":
		return leastFit, 1
	case "conflict", "none":
		return 0, 0
	}
	return 1, 1
}
