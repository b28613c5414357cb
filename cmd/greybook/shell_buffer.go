package main

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// editBuffer is the text being typed, with a cursor in it. It knows no terminal.
type editBuffer struct {
	text   string
	at     int    // the cursor: an offset in bytes, between two characters as people see them
	killed string // what Ctrl-K and its kin took last
	undo   []editState
	typing bool // the last change was a character typed: it is undone with its word
}

// editState is what undo goes back to.
type editState struct {
	text string
	at   int
}

// mostUndo bounds the steps that can be undone.
const mostUndo = 200

// remember keeps the state before a change.
func (b *editBuffer) remember() {
	b.typing = false
	b.undo = append(b.undo, editState{b.text, b.at})
	if len(b.undo) > mostUndo {
		b.undo = b.undo[1:]
	}
}

// Undo takes the latest change back.
func (b *editBuffer) Undo() {
	if n := len(b.undo); n > 0 {
		b.text, b.at = b.undo[n-1].text, b.undo[n-1].at
		b.undo = b.undo[:n-1]
	}
	b.typing = false
}

// Set replaces all of the text.
func (b *editBuffer) Set(text string, at int) {
	b.remember()
	b.text, b.at = text, at
}

// Insert puts s before the cursor.
func (b *editBuffer) Insert(s string) {
	word := utf8.RuneCountInString(s) == 1 && !strings.ContainsAny(s, " \n\t")
	if !word || !b.typing {
		b.remember()
	}
	b.typing = word
	b.text = b.text[:b.at] + s + b.text[b.at:]
	b.at += len(s)
	// What was typed may join what is behind it, as an accent does.
	if !b.boundary(b.at) {
		b.at = b.right(b.at)
	}
}

// Replace puts s in the place of text[from:cursor].
func (b *editBuffer) Replace(from int, s string) {
	b.remember()
	b.text = b.text[:from] + s + b.text[b.at:]
	b.at = from + len(s)
}

// cut takes text[from:to] away, and keeps it for Yank if keep.
func (b *editBuffer) cut(from, to int, keep bool) {
	if from == to {
		return
	}
	b.remember()
	if keep {
		b.killed = b.text[from:to]
	}
	b.text = b.text[:from] + b.text[to:]
	b.at = from
}

// edit does what a key of editing does, and reports whether it is one.
func (b *editBuffer) edit(k key) bool {
	switch k.code {
	case keyText, keyPaste:
		b.Insert(k.text)
	case keyNewline:
		b.Insert("\n")
	case keyYank:
		b.Insert(b.killed)
	case keyUndo:
		b.Undo()
	case keyBackspace:
		b.cut(b.left(b.at), b.at, false)
	case keyDelete, keyLeave:
		b.cut(b.at, b.right(b.at), false)
	case keyKillEnd:
		end := b.lineEnd()
		if end == b.at && end < len(b.text) {
			end++ // joins the lines
		}
		b.cut(b.at, end, true)
	case keyKillStart:
		b.cut(b.lineStart(), b.at, true)
	case keyKillWordLeft:
		b.cut(b.wordLeft(), b.at, true)
	case keyKillWordRight:
		b.cut(b.at, b.wordRight(), true)
	default:
		return b.move(k.code)
	}
	return true
}

// move does what a key that moves the cursor does, and reports whether it is one.
// keyUp and keyDown are none at the first and the last line.
func (b *editBuffer) move(code keyCode) bool {
	switch code {
	case keyLeft:
		b.at = b.left(b.at)
	case keyRight:
		b.at = b.right(b.at)
	case keyHome:
		b.at = b.lineStart()
	case keyEnd:
		b.at = b.lineEnd()
	case keyTop:
		b.at = 0
	case keyBottom:
		b.at = len(b.text)
	case keyWordLeft:
		b.at = b.wordLeft()
	case keyWordRight:
		b.at = b.wordRight()
	case keyUp:
		return b.vertical(-1)
	case keyDown:
		return b.vertical(1)
	default:
		return false
	}
	b.typing = false
	return true
}

// vertical moves the cursor to the line above or below, to the same column there.
func (b *editBuffer) vertical(by int) bool {
	start, end := b.lineStart(), b.lineEnd()
	column := uniseg.GraphemeClusterCount(b.text[start:b.at])
	switch {
	case by < 0 && start == 0, by > 0 && end == len(b.text):
		return false
	case by < 0:
		b.at = start - 1
		b.at = b.lineStart()
	default:
		b.at = end + 1
	}
	for end := b.lineEnd(); column > 0 && b.at < end; column-- {
		b.at = b.right(b.at)
	}
	b.typing = false
	return true
}

func (b *editBuffer) lineStart() int { return strings.LastIndexByte(b.text[:b.at], '\n') + 1 }

func (b *editBuffer) lineEnd() int {
	if i := strings.IndexByte(b.text[b.at:], '\n'); i >= 0 {
		return b.at + i
	}
	return len(b.text)
}

// left is the character's beginning before at. Characters are what people see, such
// as a letter with its accents.
func (b *editBuffer) left(at int) int {
	if at == 0 {
		return 0
	}
	if b.text[at-1] == '\n' {
		return at - 1
	}
	start := strings.LastIndexByte(b.text[:at], '\n') + 1
	last := start
	for state := -1; start < at; {
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(b.text[start:], state)
		last, start, state = start, start+len(cluster), next
	}
	return last
}

// right is the end of the character that begins at at.
func (b *editBuffer) right(at int) int {
	if at >= len(b.text) {
		return len(b.text)
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(b.text[at:], -1)
	return at + len(cluster)
}

// boundary reports whether a character begins or ends at at.
func (b *editBuffer) boundary(at int) bool {
	start := strings.LastIndexByte(b.text[:at], '\n') + 1
	for state := -1; start < at; {
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(b.text[start:], state)
		start, state = start+len(cluster), next
	}
	return start == at
}

// wordLeft is where the word before the cursor begins.
func (b *editBuffer) wordLeft() int {
	at := len(strings.TrimRightFunc(b.text[:b.at], notWord))
	return len(strings.TrimRightFunc(b.text[:at], isWord))
}

// wordRight is where the word behind the cursor ends.
func (b *editBuffer) wordRight() int {
	rest := strings.TrimLeftFunc(b.text[b.at:], notWord)
	return len(b.text) - len(strings.TrimLeftFunc(rest, isWord))
}

// isWord reports whether a name may have the rune in it.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func notWord(r rune) bool { return !isWord(r) }
