package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/rivo/uniseg"
)

// noFigure stands where the sample carries no figure.
const noFigure = "–"

// figureOf returns a figure that can be shown; ok is false for a nil one and for
// one that is not a finite number.
func figureOf(p *float64) (v float64, ok bool) {
	if p == nil || math.IsNaN(*p) || math.IsInf(*p, 0) {
		return math.NaN(), false
	}
	return *p, true
}

// multipleText writes a multiple as "1.21x".
func multipleText(p *float64) string {
	if v, ok := figureOf(p); ok {
		return strconv.FormatFloat(v, 'f', 2, 64) + "x"
	}
	return noFigure
}

// intervalText writes an interval as "1.12 to 1.34", or noFigure when an end is missing.
func intervalText(lo, hi *float64) string {
	l, okLo := figureOf(lo)
	h, okHi := figureOf(hi)
	if !okLo || !okHi {
		return noFigure
	}
	return fmt.Sprintf("%.2f to %.2f", l, h)
}

// shareText writes a share in 0..1 as "71 %".
func shareText(p *float64) string {
	if v, ok := figureOf(p); ok {
		return fmt.Sprintf("%.0f\u00a0%%", v*100)
	}
	return noFigure
}

// dollarText writes US dollars as "$185".
func dollarText(p *float64) string {
	if v, ok := figureOf(p); ok {
		return "$" + countText(int(math.Round(v)))
	}
	return noFigure
}

// countText writes a whole number with thousands set apart: "1,204".
func countText(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// countOf writes a number with its noun, "1 sale", "412 sales".
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return countText(n) + " " + many
}

// dayText writes a day as "15 November 2026".
func dayText(d data.Date) string {
	if d.IsZero() {
		return "a day not given"
	}
	return d.Time().Format("2 January 2006")
}

// periodText writes a span of days, either end of which may be missing.
func periodText(from, to data.Date) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "period not given"
	case from.IsZero():
		return "up to " + dayText(to)
	case to.IsZero():
		return "from " + dayText(from)
	}
	return dayText(from) + " to " + dayText(to)
}

// windowText writes a span of whole weeks in words, "the 52 weeks to 15 November
// 2026", and any other as periodText does.
func windowText(from, to data.Date) string {
	if days := int(to) - int(from) + 1; !from.IsZero() && !to.IsZero() && days > 7 && days%7 == 0 {
		return fmt.Sprintf("the %d weeks to %s", days/7, dayText(to))
	}
	return periodText(from, to)
}

// conditionText says in plain words which condition is counted.
func conditionText(condition string) string {
	if condition == "" {
		return "all conditions"
	}
	return "condition\u00a0" + plainLabel(condition, 40)
}

// levelText writes the level of the intervals, "95 %"; 0 is the usual one.
func levelText(level float64) string {
	if level <= 0 || level >= 1 {
		level = 0.95
	}
	return strconv.FormatFloat(math.Round(level*1000)/10, 'f', -1, 64) + "\u00a0%"
}

// warningsText says what the warnings of a row mean. A code it does not know is
// shown as it is: better a riddle than a warning lost.
func warningsText(codes []string) string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = analysis.WarningText(c)
	}
	return strings.Join(texts, "; ")
}

// plainLabel makes a name from outside fit for an axis, a tooltip or a sentence:
// at most limit columns wide (a Korean or Chinese character takes two), without
// control and direction characters and without the braces that ECharts reads as
// rich text.
// A name in a right-to-left script is isolated, so that it cannot turn the
// words around it. The full name stands in the table.
func plainLabel(name string, limit int) string {
	var b strings.Builder
	turned, kept, cut := false, 0, false
	rest, state := strings.ToValidUTF8(name, "\ufffd"), -1
	for rest != "" && !cut {
		var piece string
		piece, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		// A cluster can be of any length: a letter under 10 kB of accents.
		if len(piece) > 64 {
			piece = "\ufffd"
		}
		if kept += max(1, uniseg.StringWidth(piece)); kept > limit {
			cut = true
			break
		}
		for _, r := range piece {
			r = plainRune(r)
			if r >= 0 {
				b.WriteRune(r)
			}
			turned = turned || unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
		}
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	if cut {
		s += "…"
	}
	if turned {
		s = "\u2068" + s + "\u2069"
	}
	return s
}

func plainRune(r rune) rune {
	switch {
	case r == '{':
		return '('
	case r == '}':
		return ')'
	case r == '|':
		return '¦'
	case r == '\u200d': // joins emoji
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\ufffe', r == '\uffff':
		return -1
	}
	return r
}

// groupName is a group's name in full: its keys, the unknown ones named so.
func groupName(r analysis.MultipleRow) string {
	keys := make([]string, len(r.Keys))
	for i, k := range r.Keys {
		if keys[i] = k; k == "" {
			keys[i] = "unknown"
		}
	}
	if len(keys) == 0 {
		return "all sales"
	}
	return strings.Join(keys, " · ")
}

// versionName is a version with its model: "990v3".
func versionName(model string, r analysis.MultipleRow) string {
	if len(r.Keys) == 0 || r.Keys[0] == "" {
		return model + ", version unknown"
	}
	if model != "" && strings.HasPrefix(r.Keys[0], model) {
		return r.Keys[0]
	}
	return model + r.Keys[0]
}
