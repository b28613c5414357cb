package data

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// LockedError says that another process holds the book.
type LockedError struct {
	Path string
	PID  int    // 0 when the engine doesn't say
	Name string // of the program, when known
}

func (e *LockedError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
		if e.Name != "" {
			who += " (" + e.Name + ")"
		}
	}
	return fmt.Sprintf("open book %s: %s holds it", e.Path, who)
}

// NewerBookError says that the book was written by a newer greybook.
type NewerBookError struct {
	Path        string
	Have, Known int
}

func (e *NewerBookError) Error() string {
	return fmt.Sprintf("open book %s: its schema is version %d, this greybook knows up to %d", e.Path, e.Have, e.Known)
}

// NotABookError says that a file is there but is no greybook book.
type NotABookError struct{ Path, Why string }

func (e *NotABookError) Error() string {
	return fmt.Sprintf("open book %s: %s", e.Path, e.Why)
}

// NoBookError says that there is no file to read.
type NoBookError struct{ Path string }

func (e *NoBookError) Error() string { return fmt.Sprintf("open book %s: no such file", e.Path) }

// MemoryError says that the engine ran out of memory. Nothing is lost by it: what a
// transaction had begun is rolled back.
type MemoryError struct{ err error }

// Error leaves out the engine's advice, which is about statements of its own.
func (e *MemoryError) Error() string {
	text, _, _ := strings.Cut(e.err.Error(), "\n")
	return text
}

func (e *MemoryError) Unwrap() error { return e.err }

// Hint says what to try.
func (e *MemoryError) Hint() string {
	return "GREYBOOK_MEMORY_LIMIT=2GB, or memory_limit in the configuration, lets the engine have more; threads = 1 needs less"
}

// memoryError tells an engine that ran out of memory from other trouble.
func memoryError(err error) error {
	if err != nil && strings.Contains(err.Error(), "Out of Memory Error") {
		return &MemoryError{err}
	}
	return err
}

var lockRE = regexp.MustCompile(`Conflicting lock is held in (.*?) ?\(PID (\d+)\)`)

// openError turns the engine's words into one of the errors above.
func openError(path string, err error) error {
	msg := err.Error()
	if strings.Contains(msg, "Could not set lock on file") {
		e := &LockedError{Path: path}
		if m := lockRE.FindStringSubmatch(msg); m != nil {
			e.PID, _ = strconv.Atoi(m[2])
			if i := strings.LastIndexByte(m[1], '/'); i >= 0 {
				e.Name = m[1][i+1:]
			}
		}
		return e
	}
	if memory := memoryError(err); memory != err {
		return fmt.Errorf("open book %s: %w", path, memory)
	}
	return fmt.Errorf("open book %s: %s", path, ShortMessage(err))
}

// ShortMessage returns an error's text cut to a length that fits a terminal: the
// engine quotes whole lines of input in its errors.
func ShortMessage(err error) string {
	const limit = 400
	msg := strings.ToValidUTF8(err.Error(), "�")
	if r := []rune(msg); len(r) > limit {
		msg = string(r[:limit]) + "…"
	}
	return msg
}
