package data

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// StyleCode is a New Balance style code taken apart: M990GL6 is prefix M,
// model 990, colour GL, digit 6. Only codes of the 99x family, 1300, 574, 576
// and 580 are understood; the widths of a shoe are never part of its code.
type StyleCode struct {
	Prefix  string // who the shoe is for, and sometimes its line: see Audience
	Model   string // "990" … "999", "1300", "574", "576", "580"
	Version string // "v1" … "v9" where the code says it, else ""
	Colour  string // one to four letters; no key, for BB is four colorways
	Digit   int    // the digit after the colour, 1 to 9; 0 where there is none
}

var (
	// codeGrammar is the grammar that 51 sourced codes of the 990 were held
	// against. The digit 0 is left out: no code carries it, and it would be a
	// misread letter O.
	codeGrammar = regexp.MustCompile(`^(US|MR|WR|ML|WL|MS|WS|MT|CM|CW|GC|PC|IC|KJ|KV|M|W|U)(99\d|1300|574|576|580)([A-Z]{1,4}?)([1-9])?$`)

	// wholeCode is a code that ends with its own colour, of any model, so that
	// a width may follow it. "M990" is not one: in "M990 B" the B is its colour.
	wholeCode = regexp.MustCompile(`^[A-Z]+[0-9]+[A-Z]+[0-9]*$`)
)

// widths are the brand's width letters, from extra narrow to extra wide.
var widths = map[string]bool{
	"4A": true, "2A": true, "A": true, "AA": true, "B": true, "D": true,
	"E": true, "EE": true, "2E": true, "4E": true, "EEEE": true, "6E": true,
}

// NormalizeCode writes a style code as the brand does: upper case, without
// spaces, hyphens and underscores, and without a width after it, so that
// "m990-gl6 2E" is "M990GL6". It never fails: what is no code of New Balance
// comes out upper-cased and closed up, and normalising twice changes nothing.
func NormalizeCode(s string) string {
	parts := strings.FieldsFunc(strings.ToUpper(s), func(r rune) bool {
		return unicode.IsSpace(r) || r == '_' || unicode.Is(unicode.Pd, r)
	})
	if n := len(parts); n > 1 && widths[parts[n-1]] {
		if code := strings.Join(parts[:n-1], ""); wholeCode.MatchString(code) {
			return code
		}
	}
	return strings.Join(parts, "")
}

// ParseStyleCode takes a style code apart, after NormalizeCode, and reports
// whether it is one. For model 990 the digit is the version, and a unisex 991
// with a 2, such as U991GL2, is a 991v2; of other models the digit says nothing.
// A code without a digit says nothing of its version. Web-shop product ids
// (M990V5, U990V4-41721, MR990V3) name a version where a code names a colour, and
// are refused.
func ParseStyleCode(s string) (StyleCode, bool) {
	m := codeGrammar.FindStringSubmatch(NormalizeCode(s))
	if m == nil || m[3] == "V" && m[4] != "" {
		return StyleCode{}, false
	}
	c := StyleCode{Prefix: m[1], Model: m[2], Colour: m[3]}
	if m[4] != "" {
		c.Digit = int(m[4][0] - '0')
	}
	// All seven known codes U991xx2 are named 991v2: GL by the collected facts, BK,
	// BL, NV, SD, SG and TB by KREAM's product pages of 2024-05. There the 28 codes
	// M991xxx and W991xxx carry no digit; one of them is named 991v1, none 991v2.
	if c.Digit > 0 && (c.Model == "990" || c.Prefix == "U" && c.Model == "991" && c.Digit == 2) {
		c.Version = "v" + m[4]
	}
	return c, true
}

// String puts the code together again: "M990GL6".
func (c StyleCode) String() string {
	s := c.Prefix + c.Model + c.Colour
	if c.Digit > 0 {
		s += strconv.Itoa(c.Digit)
	}
	return s
}

// Audience says who the prefix makes the shoe for: "men", "women", "unisex" or
// "kids"; "" for custom pairs (US), which are made for whoever orders them.
func (c StyleCode) Audience() string {
	switch c.Prefix {
	case "M", "MR", "ML", "MS", "MT", "CM":
		return "men"
	case "W", "WR", "WL", "WS", "CW":
		return "women"
	case "U":
		return "unisex"
	case "GC", "PC", "IC", "KJ", "KV":
		return "kids"
	}
	return ""
}
