package reports

import (
	"math"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/analysis"
)

// proseWidth is what a line of an explanation is kept within, in columns.
const proseWidth = 80

// prose is the text of an explanation, as it grows.
type prose struct {
	b    strings.Builder
	x    analysis.Explanation
	most int // sales and days listed; 0: all
}

func (p *prose) line(s string) {
	p.b.WriteString(strings.TrimRight(s, " "))
	p.b.WriteByte('\n')
}

func (p *prose) step(title string) {
	p.line("")
	p.line(title)
	p.line("")
}

// formula writes lines by themselves, set off.
func (p *prose) formula(lines ...string) {
	p.line("")
	for _, l := range lines {
		p.line("     " + l)
	}
	p.line("")
}

// wrap writes a paragraph, all lines indented alike; a word too long for a line has one.
func (p *prose) wrap(indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		switch {
		case line == indent:
			line += word
		case uniseg.StringWidth(line)+1+uniseg.StringWidth(word) > proseWidth:
			p.line(line)
			line = indent + word
		default:
			line += " " + word
		}
	}
	p.line(line)
}

// table writes rows aligned by column, l or r each; a last column on the left is cut to
// what the line has left. A row of one cell is a line by itself.
func (p *prose) table(align string, rows [][]string) {
	widths := make([]int, len(align))
	for _, row := range rows {
		for i, cell := range row {
			if len(row) == 1 {
				break
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for _, row := range rows {
		line := "  "
		if len(row) == 1 {
			p.line(line + " " + row[0])
			continue
		}
		for i, cell := range row {
			if widths[i] == 0 {
				continue
			}
			if i == len(row)-1 && align[i] == 'l' {
				cell = cutTo(cell, max(8, proseWidth-1-uniseg.StringWidth(line)))
			}
			pad := strings.Repeat(" ", max(0, widths[i]-uniseg.StringWidth(cell)))
			if align[i] == 'r' {
				line += " " + pad + cell + " "
			} else {
				line += " " + cell + pad + " "
			}
		}
		p.line(line)
	}
}

// cutTo cuts a text to so many columns and ends it with an ellipsis.
func cutTo(s string, columns int) string {
	if uniseg.StringWidth(s) <= columns {
		return s
	}
	var b strings.Builder
	width, rest, state := 1, s, -1
	for rest != "" {
		var piece string
		piece, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if width += uniseg.StringWidth(piece); width > columns {
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "…"
}

// newest is the end of a list that is in the order of days, most of it, newest first.
func newest[T any](list []T, most int) []T {
	var out []T
	for i := len(list) - 1; i >= 0 && (most == 0 || len(out) < most); i-- {
		out = append(out, list[i])
	}
	return out
}

// newestOf says how much of a list is shown.
func newestOf(shown, all int) string {
	if shown == all {
		return "newest first"
	}
	return "the newest " + countText(shown) + " of " + countText(all) + " (--sales 0 lists all)"
}

// fixed writes a figure with so many decimals, and never -0.
func fixed(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return s
}

// term is a figure inside a sum, in brackets where it is below zero.
func term(v float64) string {
	s := fixed(v, 4)
	if strings.HasPrefix(s, "-") {
		return "(" + s + ")"
	}
	return s
}

func bandText(lo, hi *float64, decimals int) string {
	if lo == nil || hi == nil {
		return noFigure
	}
	return fixed(*lo, decimals) + " to " + fixed(*hi, decimals)
}

// percent writes a level, "95 %".
func percent(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/10, 'f', -1, 64) + " %"
}

// oneDecimal writes a share as percent with one decimal.
func oneDecimal(v float64) string { return fixed(100*v, 1) + " %" }
