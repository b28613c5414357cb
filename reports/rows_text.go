package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rowPlain reports whether a terminal shows the rune as itself and does nothing
// else: no control characters (C0, DEL, C1), no overrides of the writing
// direction or other invisible format characters, no line separators, nothing
// that Unicode does not know. The joiners of emoji and of Persian are let through.
func rowPlain(r rune) bool {
	return r >= ' ' && r < 0x7F || r > 0x7F && (unicode.IsGraphic(r) || r == '\u200C' || r == '\u200D')
}

// VisibleText is s for people's eyes: what rowPlain lets through stays, all else
// is shown as an escape, \n, \x1b, \u202e, \U000e0041, and a byte that is no UTF-8
// as \xff. No data written through it can move a cursor, set a colour or turn a
// line around. A backslash of the data stays one, so this is not for reading back.
func VisibleText(s string) string {
	plain := true
	for _, r := range s {
		if r == utf8.RuneError || !rowPlain(r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case rowPlain(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// rowValidText is s with bytes that are no UTF-8 replaced by U+FFFD.
func rowValidText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
