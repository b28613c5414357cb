package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// lineEditor reads statements from a terminal that can move its cursor: several
// lines at a time, with history and completion.
//
// Note: a library would do, but none was found that keeps what is typed and what is
// on the screen. github.com/reeflective/readline v1.3.0 (Apache-2.0, July 2026) was
// tried: it asks the terminal where the cursor is at each key and drops keys that
// arrive with the answer (of 15 lines typed at 5 to 30 ms a key 13 lost some); told not
// to ask, it draws over the last rows of the result above it; a text higher than the
// terminal is garbled either way, and letters such as å become ESC and a letter.
// What is here asks the terminal nothing. Raw mode is golang.org/x/term's, the
// width of characters github.com/rivo/uniseg's.
type lineEditor struct {
	in       *input
	screen   screen
	history  *history
	complete func(text string, at int) (from int, found []candidate)
	raw      func() (restore func(), err error)
	suspend  func()          // stops the program until the user has it go on
	wake     <-chan struct{} // an interrupt from outside, which is a Ctrl-C

	buf    editBuffer
	place  int    // in the history: its length is the text being typed
	draft  string // that text, while an older one is shown
	menu   *menu
	search *search
}

// errInterrupted says that the user gave up the line being typed.
var errInterrupted = errors.New("interrupted")

// Read lets the user type one statement. It is errInterrupted after Ctrl-C, io.EOF
// after Ctrl-D on an empty line, and the error of ctx when that ends first; the
// terminal is as it was before in any case.
func (e *lineEditor) Read(ctx context.Context) (string, error) {
	restore, err := e.take()
	if err != nil {
		return "", err
	}
	defer func() { restore() }()
	e.buf, e.draft, e.menu, e.search = editBuffer{killed: e.buf.killed}, "", nil, nil
	e.place = e.history.Len()
	e.screen.Forget()
	for {
		if len(e.in.buf) == 0 { // a burst of keys is drawn once
			e.draw()
		}
		k, err := e.in.key(ctx, e.wake)
		if errors.Is(err, errWoken) {
			k, err = key{code: keyInterrupt}, nil
		}
		if err != nil {
			e.screen.Finish(e.buf.text)
			return "", err
		}
		if k.code == keySuspend {
			e.screen.Finish(e.buf.text)
			restore()
			e.suspend()
			if restore, err = e.take(); err != nil {
				return "", err
			}
			continue
		}
		if done, err := e.press(k); done || err != nil {
			return e.buf.text, err
		}
	}
}

// take makes the terminal send keys as they are pressed, and mark pastes.
func (e *lineEditor) take() (restore func(), err error) {
	giveBack, err := e.raw()
	if err != nil {
		return func() {}, err
	}
	io.WriteString(e.screen.w, "\x1b[?2004h")
	return func() {
		io.WriteString(e.screen.w, "\x1b[?2004l")
		giveBack()
	}, nil
}

// press does what a key does. It reports whether the text is to be run.
func (e *lineEditor) press(k key) (done bool, err error) {
	if e.search != nil && e.pressSearch(k) {
		return false, nil
	}
	if e.menu != nil && e.pressMenu(k) {
		return false, nil
	}
	switch k.code {
	case keyInterrupt:
		e.screen.Finish(e.buf.text)
		return false, errInterrupted
	case keyLeave:
		if e.buf.text == "" {
			e.screen.Finish("")
			return false, io.EOF
		}
	case keyEnter:
		if statementEnded(e.buf.text) {
			e.screen.Finish(e.buf.text)
			return true, nil
		}
		e.buf.Insert("\n")
		return false, nil
	case keyTab:
		e.startMenu()
		return false, nil
	case keyClear:
		e.screen.Clear()
		return false, nil
	case keySearch:
		e.search = &search{before: editState{e.buf.text, e.buf.at}, place: e.history.Len()}
		return false, nil
	}
	if e.buf.edit(k) {
		return false, nil
	}
	switch k.code {
	case keyUp, keyOlder:
		e.walk(-1)
	case keyDown, keyNewer:
		e.walk(1)
	}
	return false, nil
}

// walk shows an older or a newer entry of the history. The cursor goes where the
// same key goes on from: to the first line on the way up, to the end on the way down.
func (e *lineEditor) walk(by int) {
	place := e.place + by
	if place < 0 || place > e.history.Len() {
		return
	}
	if e.place == e.history.Len() {
		e.draft = e.buf.text
	}
	e.place = place
	text := e.draft
	if place < e.history.Len() {
		text = e.history.Entry(place)
	}
	at := len(text)
	if first, _, more := strings.Cut(text, "\n"); more && by < 0 {
		at = len(first)
	}
	e.buf.Set(text, at)
}

func (e *lineEditor) draw() {
	var below []string
	width, height := e.screen.measure()
	switch {
	case e.search != nil:
		below = []string{clip(e.search.prompt(), width)}
	case e.menu != nil:
		below = e.menu.rows(width, max(1, height/2))
	}
	e.screen.Draw(e.buf.text, e.buf.at, below)
}

// search is a search backwards through the history, as Ctrl-R of other shells.
type search struct {
	query  string
	place  int // of the match
	missed bool
	before editState // what was being typed
}

func (s *search) prompt() string {
	if s.missed {
		return fmt.Sprintf("nothing in the history has: %s", shownCluster(s.query))
	}
	return fmt.Sprintf("search the history for: %s", shownCluster(s.query))
}

// pressSearch takes a key in a search, and reports whether it was for the search. Any
// other key ends it, and does what it does with what was found.
func (e *lineEditor) pressSearch(k key) bool {
	s := e.search
	switch k.code {
	case keyText, keyPaste:
		s.query += k.text
		e.find(min(s.place, e.history.Len()-1))
	case keyBackspace:
		b := editBuffer{text: s.query, at: len(s.query)}
		b.edit(k)
		s.query = b.text
		e.find(e.history.Len() - 1)
	case keySearch:
		e.find(s.place - 1)
	case keyCancel, keyInterrupt:
		e.buf.Set(s.before.text, s.before.at)
		e.search = nil
	default:
		if !s.missed && s.query != "" {
			e.place = s.place
			e.draft = s.before.text
		}
		e.search = nil
		return false
	}
	return true
}

// find shows the newest entry of the history, from place back, that has the query in it.
func (e *lineEditor) find(place int) {
	s := e.search
	if s.query == "" {
		s.missed = false
		return
	}
	for ; place >= 0; place-- {
		text := e.history.Entry(place)
		if i := strings.Index(strings.ToLower(text), strings.ToLower(s.query)); i >= 0 {
			s.place, s.missed = place, false
			e.buf.Set(text, min(i, len(text)))
			e.buf.at = e.buf.right(e.buf.left(e.buf.at))
			return
		}
	}
	s.missed = true
}

// rawTerminal returns what puts a terminal into raw mode.
func rawTerminal(fd int) func() (restore func(), err error) {
	return func() (func(), error) {
		state, err := term.MakeRaw(fd)
		if err != nil {
			return nil, fmt.Errorf("prepare the terminal: %w", err)
		}
		return func() { term.Restore(fd, state) }, nil
	}
}
