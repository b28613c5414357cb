package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is a word of a title: letters and digits, in lower case.
type token struct {
	text    string
	glue    byte // what stands before it: ' ', '-' (or '_'), '/', '$' (any currency sign), 0 at the start
	bracket bool // inside round or square brackets
}

// foldTitle writes a title in lower case, in one form of Unicode, without accents and
// apostrophes, so that "Women’s", "WOMEN'S" and "Womens" are one word.
func foldTitle(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return foldUnicode(s)
		}
	}
	if strings.IndexByte(s, '\'') >= 0 {
		s = strings.ReplaceAll(s, "'", "")
	}
	return strings.ToLower(s)
}

func foldUnicode(s string) string {
	// The accents are apart for a moment, then Hangul is put together again.
	s = norm.NFKD.String(strings.ToLower(strings.ToUpper(strings.ToValidUTF8(s, " "))))
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 0x300 && r <= 0x36f, r == '\'', r == '’', r == '‘', r == 'ʼ', r == '`':
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return norm.NFC.String(s)
}

// tokens splits a folded title at everything that is no letter and no digit. A
// number keeps its decimals: 990.0 is no 990.
func tokens(s string) []token {
	out := make([]token, 0, 16)
	depth, glue, start := 0, byte(0), -1
	end := func(i int) {
		if start >= 0 {
			out = append(out, token{s[start:i], glue, depth > 0})
			start, glue = -1, 0
		}
	}
	for i, r := range s {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			if start < 0 {
				start = i
			}
			continue
		}
		if r == '.' && start >= 0 && allDigits(s[start:i]) && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			continue
		}
		end(i)
		switch {
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth = max(depth-1, 0)
		}
		switch {
		case unicode.Is(unicode.Sc, r):
			glue = '$'
		case glue == '$':
		case (r == '-' || r == '_') && glue == 0:
			glue = '-'
		case r == '/' && glue == 0:
			glue = '/'
		default:
			glue = ' '
		}
	}
	end(len(s))
	return out
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// splitNumber takes a word apart at its first run of digits: "m990v4" is m, 990, v4.
func splitNumber(s string) (letters, digits, rest string) {
	i := 0
	for i < len(s) && (s[i] < '0' || s[i] > '9') {
		i++
	}
	j := i
	for j < len(s) && s[j] >= '0' && s[j] <= '9' {
		j++
	}
	return s[:i], s[i:j], s[j:]
}

// isYear reports whether a word is a year that a shoe of the brand can name.
func isYear(s string) bool {
	return len(s) == 4 && allDigits(s) && (s >= "1976" && s <= "1999" || s >= "2000" && s <= "2039") && s != "2002"
}

// versionOf reads "v4", "vs1", "version4" as v4.
func versionOf(s string) string {
	n := len(s)
	if n < 2 || s[n-1] < '1' || s[n-1] > '9' {
		return ""
	}
	switch s[:n-1] {
	case "v", "vs", "ver", "version":
		return "v" + s[n-1:]
	}
	return ""
}

// isSize reports whether a word is a size: 10.5, 8.5w, us9, 265mm, 13.
func isSize(s string) bool {
	before, _, _ := splitNumber(s)
	s = s[len(before):]
	switch before {
	case "", "us", "uk", "eu", "eur", "sz", "size", "w", "m", "cm", "kr", "jp":
	default:
		return false
	}
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.') {
		n++
	}
	number, after := s[:n], s[n:]
	switch after {
	case "", "us", "uk", "eu", "mm", "cm", "m", "w", "y", "c", "k", "d", "e", "ee", "t", "mens", "womens":
	default:
		return false
	}
	if number == "" {
		return false
	}
	if strings.ContainsRune(number, '.') || after == "mm" {
		return true
	}
	return len(number) <= 2 && number <= "60" || len(number) == 1
}
