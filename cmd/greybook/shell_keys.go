package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amassable/greybook/data"
)

// key is one press of a key, or one paste.
type key struct {
	code keyCode
	text string // of keyText and keyPaste
}

type keyCode int

// Keys by what they do.
const (
	keyNone  keyCode = iota // nothing that the editor knows
	keyText                 // a character
	keyPaste                // what a terminal marks as pasted; line ends are \n
	keyEnter
	keyNewline // a new line, also where Enter would run the statement
	keyTab
	keyBackTab
	keyLeft
	keyRight
	keyUp
	keyDown
	keyHome
	keyEnd
	keyTop
	keyBottom
	keyWordLeft
	keyWordRight
	keyBackspace
	keyDelete
	keyLeave // Ctrl-D: delete, or leave when there is nothing
	keyKillEnd
	keyKillStart
	keyKillWordLeft
	keyKillWordRight
	keyYank
	keyUndo
	keyOlder
	keyNewer
	keySearch
	keyCancel // Ctrl-G: ends a search
	keyClear  // Ctrl-L
	keyInterrupt
	keySuspend
)

// controlKeys are the keys that arrive as one byte.
var controlKeys = map[byte]keyCode{
	0x01: keyHome, 0x02: keyLeft, 0x03: keyInterrupt, 0x04: keyLeave, 0x05: keyEnd, 0x06: keyRight,
	0x07: keyCancel, 0x08: keyBackspace, 0x09: keyTab, 0x0a: keyEnter, 0x0b: keyKillEnd, 0x0c: keyClear,
	0x0d: keyEnter, 0x0e: keyNewer, 0x10: keyOlder, 0x12: keySearch, 0x15: keyKillStart,
	0x17: keyKillWordLeft, 0x19: keyYank, 0x1a: keySuspend, 0x1f: keyUndo, 0x7f: keyBackspace,
}

// metaKeys are the keys that arrive as ESC and one byte.
var metaKeys = map[byte]keyCode{
	'b': keyWordLeft, 'f': keyWordRight, 'd': keyKillWordRight, 0x7f: keyKillWordLeft, 0x08: keyKillWordLeft,
	'<': keyTop, '>': keyBottom, '\r': keyNewline, '\n': keyNewline,
}

// sequenceKeys are the keys that arrive as ESC [ or ESC O and the rest; a modifier
// such as Ctrl is taken out before they are looked up.
var sequenceKeys = map[string]keyCode{
	"A": keyUp, "B": keyDown, "C": keyRight, "D": keyLeft, "H": keyHome, "F": keyEnd, "Z": keyBackTab,
	"1~": keyHome, "7~": keyHome, "4~": keyEnd, "8~": keyEnd, "3~": keyDelete, "5~": keyOlder, "6~": keyNewer,
}

// modifiedKeys are the same with Ctrl or Alt held.
var modifiedKeys = map[string]keyCode{
	"C": keyWordRight, "D": keyWordLeft, "H": keyTop, "F": keyBottom, "3~": keyKillWordRight,
}

// chunk is what one read gave.
type chunk struct {
	b   []byte
	err error
}

// input reads a terminal, or a pipe, without being stuck there: what waits for it
// can be woken. It reads only while somebody waits, so that a pager beside it has
// the terminal to itself.
type input struct {
	r       io.Reader
	buf     []byte
	chunks  chan chunk
	reading bool
}

func newInput(r io.Reader) *input { return &input{r: r, chunks: make(chan chunk, 1)} }

// errWoken says that somebody woke the one who waited for input.
var errWoken = errors.New("woken")

// fill waits for more bytes; wake may be nil.
func (in *input) fill(ctx context.Context, wake <-chan struct{}) error {
	if !in.reading {
		in.reading = true
		go func() {
			b := make([]byte, 4096)
			n, err := in.r.Read(b)
			in.chunks <- chunk{b[:n], err}
		}()
	}
	select {
	case c := <-in.chunks:
		in.reading = false
		in.buf = append(in.buf, c.b...)
		if len(c.b) > 0 {
			return nil
		}
		return c.err
	case <-wake:
		select {
		case <-in.chunks: // typed before: it is given up with the rest
			in.reading = false
		default:
		}
		return errWoken
	case <-ctx.Done():
		return ctx.Err()
	}
}

// key waits for a key.
func (in *input) key(ctx context.Context, wake <-chan struct{}) (key, error) {
	for {
		if k, n := decodeKey(in.buf); n > 0 {
			in.buf = in.buf[n:]
			if k.code == keyPaste {
				text, err := in.paste(ctx, wake)
				return key{keyPaste, text}, err
			}
			return k, nil
		}
		if err := in.fill(ctx, wake); err != nil {
			return key{}, err
		}
	}
}

// pasteEnd is what a terminal sends behind a paste.
const pasteEnd = "\x1b[201~"

// paste reads on to the end of a paste. What is longer than any statement may be is
// read, and cut: it will be refused.
func (in *input) paste(ctx context.Context, wake <-chan struct{}) (string, error) {
	var text []byte
	for {
		end := bytes.Index(in.buf, []byte(pasteEnd))
		take := end
		if end < 0 { // the end may have come in part
			take = max(0, len(in.buf)-len(pasteEnd)+1)
		}
		text = append(text, in.buf[:take]...)
		in.buf = in.buf[take:]
		text = text[:min(len(text), data.MaxQuery+1)]
		if end >= 0 {
			in.buf = in.buf[len(pasteEnd):]
			return pastedText(string(text)), nil
		}
		if err := in.fill(ctx, wake); err != nil {
			return "", err
		}
	}
}

// pastedText is a paste as text: its lines end in \n, with none at its end (Enter
// shall run a statement, not the paste), and control characters are left out.
func pastedText(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimRight(s, "\n")
}

// decodeKey is the key that b begins with and its length; 0 where more must come.
func decodeKey(b []byte) (key, int) {
	switch {
	case len(b) == 0:
		return key{}, 0
	case b[0] == 0x1b:
		return decodeEscape(b)
	case b[0] < ' ' || b[0] == 0x7f:
		return key{code: controlKeys[b[0]]}, 1
	case !utf8.FullRune(b):
		return key{}, 0
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError || unicode.IsControl(r) {
		return key{}, n
	}
	return key{keyText, string(r)}, n
}

// longestSequence bounds an escape sequence of a key.
const longestSequence = 32

// decodeEscape is decodeKey of what begins with ESC.
func decodeEscape(b []byte) (key, int) {
	if len(b) < 2 {
		return key{}, 0
	}
	if b[1] == 0x1b { // ESC twice: the first one meant nothing
		return key{}, 1
	}
	if b[1] != '[' && b[1] != 'O' {
		if b[1] >= 0x80 { // a character typed with Alt held
			return key{}, 1
		}
		return key{code: metaKeys[b[1]]}, 2
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			return sequenceKey(string(b[2 : i+1])), i + 1
		}
		if b[i] < 0x20 || i > longestSequence { // no sequence after all
			return key{}, i
		}
	}
	return key{}, 0
}

// sequenceKey is the key of what follows ESC [ or ESC O.
func sequenceKey(s string) key {
	if s == "200~" {
		return key{code: keyPaste}
	}
	// "1;5C" is C with a modifier, "3;5~" is 3~ with one.
	final := s[len(s)-1:]
	number, modifier, modified := strings.Cut(s[:len(s)-1], ";")
	name := number + final
	if final != "~" {
		name = final
	}
	if code, ok := modifiedKeys[name]; ok && modified && modifier != "2" {
		return key{code: code}
	}
	return key{code: sequenceKeys[name]}
}
