package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/reports"
)

// The prompts of the first line and of the others.
const (
	shellPrompt = "greybook> "
	shellMore   = "     ...> "
)

// screenRow is a row of the terminal as it is drawn.
type screenRow struct {
	text  string
	width int // columns
}

// layout cuts a text into rows of at most width columns, with the prompts before
// its lines, and says where the cursor is that stands at byte at of the text.
func layout(text string, at, width int) (rows []screenRow, row, column int) {
	var b strings.Builder
	used := len(shellPrompt)
	b.WriteString(shellPrompt)
	end := func() {
		rows = append(rows, screenRow{b.String(), used})
		b.Reset()
		used = 0
	}
	for offset, state := 0, -1; ; {
		if offset == at {
			row, column = len(rows), used
		}
		if offset == len(text) {
			end()
			return rows, row, column
		}
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(text[offset:], state)
		if offset < at && at < offset+len(cluster) { // inside of it: it is shown before it
			row, column = len(rows), used
		}
		offset, state = offset+len(cluster), next
		if strings.HasSuffix(cluster, "\n") { // "\r\n" is one, too
			end()
			b.WriteString(shellMore)
			used = len(shellMore)
			continue
		}
		shown := shownCluster(cluster)
		w := uniseg.StringWidth(shown)
		if used+w > width && used > 0 {
			if at == offset-len(cluster) {
				row, column = len(rows)+1, 0
			}
			end()
		}
		b.WriteString(shown)
		used += w
	}
}

// shownCluster is a character as the terminal gets it.
func shownCluster(cluster string) string {
	if cluster == "\t" {
		return "    "
	}
	return reports.VisibleText(cluster)
}

// screen draws rows where the cursor of the terminal is, and over them again. It
// never asks the terminal anything, and lets it wrap nothing: no row is as wide as
// the terminal.
type screen struct {
	w     io.Writer
	size  func() (width, height int)
	drawn []screenRow // what is on the terminal now
	row   int         // the cursor, from the first of them
	col   int
	width int // of the terminal when they were drawn
}

// measure is how many columns and rows can be drawn on.
func (s *screen) measure() (width, height int) {
	width, height = s.size()
	return max(width-1, 2), max(height, 2)
}

// Draw shows a text with its cursor, and rows below it. Of what is higher than the
// terminal the part around the cursor is shown.
func (s *screen) Draw(text string, at int, below []string) {
	width, height := s.measure()
	rows, row, column := layout(text, at, width)
	below = below[:min(len(below), max(0, height-1))]
	if room := height - len(below); len(rows) > room {
		top := min(max(0, row-room/2), len(rows)-room)
		rows, row = rows[top:top+room], row-top
	}
	for _, line := range below {
		rows = append(rows, screenRow{line, 0})
	}
	s.put(rows, row, column)
}

// Finish shows all of a text for good, and puts the cursor below it.
func (s *screen) Finish(text string) {
	width, _ := s.measure()
	rows, _, _ := layout(text, len(text), width)
	rows = append(rows, screenRow{})
	s.put(rows, len(rows)-1, 0)
	s.Forget()
}

// Forget takes the place of the cursor for the beginning of what is drawn next.
func (s *screen) Forget() { s.drawn, s.row, s.col = nil, 0, 0 }

// Clear empties the terminal.
func (s *screen) Clear() {
	io.WriteString(s.w, "\x1b[H\x1b[2J")
	s.Forget()
}

// put draws rows over those drawn before, and sets the cursor.
func (s *screen) put(rows []screenRow, row, column int) {
	width, _ := s.size()
	var b strings.Builder
	b.WriteString("\r")
	up(&b, s.above(width))
	for i, r := range rows {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(r.text + "\x1b[K")
	}
	b.WriteString("\x1b[J")
	up(&b, len(rows)-1-row)
	b.WriteString("\r")
	if column > 0 {
		fmt.Fprintf(&b, "\x1b[%dC", column)
	}
	io.WriteString(s.w, b.String())
	s.drawn, s.row, s.col, s.width = rows, row, column, width
}

// above is how many rows the cursor is below the first drawn one. Most terminals
// break rows anew when they get narrower.
func (s *screen) above(width int) int {
	if width >= s.width || width < 1 {
		return s.row
	}
	n := s.col / width
	for _, r := range s.drawn[:min(s.row, len(s.drawn))] {
		n += max(1, (r.width+width-1)/width)
	}
	return n
}

func up(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "\x1b[%dA", n)
	}
}
