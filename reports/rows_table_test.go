package reports

import (
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestWrapWords(t *testing.T) {
	for _, c := range []struct {
		s     string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"Identity of the record, 32 digits.", 12, "Identity of|the record,|32 digits."},
		{"one two", 3, "one|two"},
		{"abcdefghijkl", 5, "abcde|fghij|kl"},
		{"a bcdefghijkl", 6, "a bcde|fghijk|l"}, // no line of one letter
		{"two  blanks", 6, "two |blanks"},
		{"日本語 990v6", 7, "日本語|990v6"},
		{"👨‍👩‍👧👨‍👩‍👧", 1, "👨‍👩‍👧|👨‍👩‍👧"}, // wider than the column: one each
	} {
		if got := strings.ReplaceAll(wrapWords(c.s, c.width), "\n", "|"); got != c.want {
			t.Errorf("%q at %d: %s, want %s", c.s, c.width, got, c.want)
		}
	}
}

// TestWrapWordsLosesNothing but one blank at each break.
func TestWrapWordsLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"a", "word", " ", "  ", "日本", "é", "longer-than-the-line"})).Draw(t, "pieces"), "")
		width := rapid.IntRange(2, 20).Draw(t, "width")
		lines := strings.Split(wrapWords(s, width), "\n")
		for _, line := range lines {
			if uniseg.StringWidth(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
		together := strings.Join(lines, "")
		if strings.ReplaceAll(together, " ", "") != strings.ReplaceAll(s, " ", "") || len(s)-len(together) > len(lines)-1 {
			t.Fatalf("%q became %q", s, lines)
		}
	})
}
