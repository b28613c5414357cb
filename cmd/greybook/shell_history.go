package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Bounds of the history: of an entry in it, and of a file of it, in bytes. There are
// two such files at most, the current one and the one before it.
const (
	mostEntry   = 64 << 10
	mostHistory = 512 << 10
)

// history is what was run in this shell and in those before, the oldest first. Each
// entry is a line of the file, with its line ends written \n.
//
// Shells side by side share the file: each adds its entries in one write to the end,
// and a file that has grown long is not rewritten but renamed, so that no shell
// takes another's lines away.
type history struct {
	path    string // "" keeps nothing
	entries []string
}

// historyPath is where the history of the shell is.
func historyPath(e env) string {
	state := e.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the XDG rules: a relative one does not count
		if !filepath.IsAbs(e.Getenv("HOME")) {
			return ""
		}
		state = filepath.Join(e.Getenv("HOME"), ".local", "state")
	}
	return filepath.Join(state, "greybook", "history")
}

// openHistory reads the history of a path. An error says that what is run will not be
// kept, or what was cannot be read; the history works for this shell all the same.
func openHistory(path string) (*history, error) {
	h := &history{path: path}
	if path == "" {
		return h, errors.New("the history is not kept: neither XDG_STATE_HOME nor HOME is set")
	}
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = h.open()
	}
	if err != nil {
		h.path = ""
		return h, fmt.Errorf("the history %s is not kept: %w", path, cause(err))
	}
	return h, nil
}

func (h *history) open() error {
	h.rotate()
	for _, path := range []string{h.older(), h.path} {
		if err := h.read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (h *history) older() string { return h.path + ".1" }

func (h *history) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4*mostEntry)
	for lines.Scan() {
		if text := unescapeEntry(lines.Text()); text != "" {
			h.keep(text)
		}
	}
	return lines.Err()
}

// rotate makes a long file the older one. Of shells that start at once one does it:
// the second would rename the new file over the long one.
func (h *history) rotate() {
	if !h.long() {
		return
	}
	lock := h.path + ".lock"
	if info, err := os.Stat(lock); err == nil && time.Since(info.ModTime()) > time.Minute {
		os.Remove(lock) // of a shell that was killed
	}
	f, err := os.OpenFile(lock, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return
	}
	defer os.Remove(lock)
	defer f.Close()
	if h.long() {
		os.Rename(h.path, h.older())
	}
}

func (h *history) long() bool {
	info, err := os.Stat(h.path)
	return err == nil && info.Size() > mostHistory
}

// Len is how many entries there are.
func (h *history) Len() int { return len(h.entries) }

// Entry is the i-th, the oldest being 0.
func (h *history) Entry(i int) string { return h.entries[i] }

// keep adds an entry for this shell, unless it is the same as the one before.
func (h *history) keep(text string) bool {
	if n := len(h.entries); n > 0 && h.entries[n-1] == text {
		return false
	}
	h.entries = append(h.entries, text)
	return true
}

// Add adds an entry, here and in the file.
func (h *history) Add(text string) error {
	text = strings.TrimSpace(text)
	if text == "" || !h.keep(text) || h.path == "" || len(text) > mostEntry {
		return nil
	}
	f, err := os.OpenFile(h.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteString(escapeEntry(text) + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		path := h.path
		h.path = "" // said once
		return fmt.Errorf("the history %s is not kept: %w", path, cause(err))
	}
	return nil
}

var entryEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

func escapeEntry(s string) string { return entryEscapes.Replace(s) }

// unescapeEntry is the entry of a line; "" for one that is not whole.
func unescapeEntry(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch {
		case i == len(s):
			return ""
		case s[i] == 'n':
			b.WriteByte('\n')
		case s[i] == 'r':
			b.WriteByte('\r')
		default:
			b.WriteByte(s[i])
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
