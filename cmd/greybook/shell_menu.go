package main

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/reports"
)

// menu is the list of what a word may become, below the text.
type menu struct {
	from   int // where the word begins
	found  []candidate
	chosen int // -1: none yet
	typed  string
}

// startMenu completes the word at the cursor: at once where there is one way, as far
// as all ways agree otherwise, and lists them where that is not a letter.
func (e *lineEditor) startMenu() {
	from, found := e.complete(e.buf.text, e.buf.at)
	switch len(found) {
	case 0:
		return
	case 1:
		e.buf.Replace(from, found[0].Text)
		return
	}
	common := found[0].Text
	for _, c := range found[1:] {
		common = commonPrefix(common, c.Text)
	}
	if len(common) > e.buf.at-from {
		e.buf.Replace(from, common)
		return
	}
	e.menu = &menu{from: from, found: found, chosen: -1, typed: e.buf.text[from:e.buf.at]}
}

// commonPrefix is what a and b begin with, whatever its case; it is never half a character.
func commonPrefix(a, b string) string {
	n := 0
	for _, r := range a {
		w := len(string(r))
		if len(b) < n+w || !strings.EqualFold(a[n:n+w], b[n:n+w]) {
			break
		}
		n += w
	}
	return a[:n]
}

// pressMenu takes a key while the menu is shown, and reports whether it was for the
// menu. Any other key takes what is chosen.
func (e *lineEditor) pressMenu(k key) bool {
	m := e.menu
	n := len(m.found)
	switch k.code {
	case keyTab, keyDown:
		m.chosen = (m.chosen + 1) % n
	case keyBackTab, keyUp:
		m.chosen = (max(m.chosen, 0) + n - 1) % n
	case keyCancel:
		e.buf.Replace(m.from, m.typed)
		e.menu = nil
		return true
	case keyEnter:
		e.menu = nil
		return m.chosen >= 0 // takes it, and does not run the statement
	default:
		e.menu = nil
		return false
	}
	e.buf.Replace(m.from, m.found[m.chosen].Text)
	return true
}

// rows are at most most rows of the list, with the chosen one among them.
func (m *menu) rows(width, most int) []string {
	names := 0
	for _, c := range m.found {
		names = max(names, uniseg.StringWidth(reports.VisibleText(c.Text)))
	}
	names = min(names, width/2)
	top, shown := 0, len(m.found)
	if shown > most {
		shown = max(1, most-1) // the last row says how many there are
		top = max(0, min(m.chosen-shown/2, len(m.found)-shown))
	}
	var rows []string
	for i, c := range m.found[top : top+shown] {
		name := clip(reports.VisibleText(c.Text), width)
		row := name + strings.Repeat(" ", max(0, names-uniseg.StringWidth(name)))
		row = clip(row+"  "+reports.VisibleText(c.About), width)
		if top+i == m.chosen {
			row = "\x1b[7m" + row + "\x1b[0m"
		}
		rows = append(rows, row)
	}
	if shown < len(m.found) {
		rows = append(rows, clip(fmt.Sprintf("… %d in all", len(m.found)), width))
	}
	return rows
}

// clip cuts a text to a width, and shows that it did.
func clip(s string, width int) string {
	if uniseg.StringWidth(s) <= width {
		return s
	}
	var b strings.Builder
	used, state := 0, -1
	for s != "" {
		var cluster string
		var w int
		cluster, s, w, state = uniseg.FirstGraphemeClusterInString(s, state)
		if used+w > width-1 {
			break
		}
		b.WriteString(cluster)
		used += w
	}
	return b.String() + "…"
}
