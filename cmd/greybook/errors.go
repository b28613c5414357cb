package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"github.com/amassable/greybook/data"
)

// The exit codes of the contract; scripts rely on them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2   // usage or configuration
	exitLocked      = 3   // the book is locked by another process
	exitRefused     = 4   // data refused: a check failed, or too many rejects
	exitNewerBook   = 5   // the book was written by a newer greybook
	exitInterrupted = 130 // SIGINT or SIGTERM
	exitBrokenPipe  = 141 // the reader of stdout went away; as the shell reports SIGPIPE
)

// usageError is a wrong argument, flag or setting.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef makes a usageError; the format is that of fmt.Errorf.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// refusedError is data that is not good enough: nothing is wrong with the program or the call.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }
func (e *refusedError) Unwrap() error { return e.err }

// refusedf makes a refusedError; the format is that of fmt.Errorf.
func refusedf(format string, args ...any) error {
	return &refusedError{fmt.Errorf(format, args...)}
}

// interruptedError is any error of a run whose context a signal had cancelled.
type interruptedError struct{ err error }

func (e *interruptedError) Error() string { return "interrupted" }
func (e *interruptedError) Unwrap() error { return e.err }

// brokenPipeError says that nobody reads stdout any more. It is not worth a message.
type brokenPipeError struct{ err error }

func (e *brokenPipeError) Error() string { return "the reader of standard output has gone" }
func (e *brokenPipeError) Unwrap() error { return e.err }

// panicError is a bug, caught at the top.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("internal error: %v", e.value) }

// exitCode maps the error of a run to the exit code of the contract.
func exitCode(err error) int {
	var (
		interrupted *interruptedError
		broken      *brokenPipeError
		usage       *usageError
		refused     *refusedError
		statement   *data.StatementError
		locked      *data.LockedError
		newer       *data.NewerBookError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &interrupted):
		return exitInterrupted
	case errors.As(err, &broken):
		return exitBrokenPipe
	case errors.As(err, &usage), errors.As(err, &statement):
		return exitUsage
	case errors.As(err, &refused):
		return exitRefused
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &newer):
		return exitNewerBook
	}
	return exitFailed
}

// hintError adds to an error what the user might try.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }
func (e *hintError) Hint() string  { return e.hint }

// withHint adds a hint to err, printed on a line of its own below it; nil stays nil.
func withHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// hints collects the hints of an error and of all that it wraps, outermost
// first. Any error type with a method Hint() string takes part, so package data
// needs to know nothing of this one.
func hints(err error) []string {
	var found []string
	if h, ok := err.(interface{ Hint() string }); ok && h.Hint() != "" {
		found = append(found, h.Hint())
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		if inner := u.Unwrap(); inner != nil {
			found = append(found, hints(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			found = append(found, hints(inner)...)
		}
	}
	return found
}

// settle names what an error is about when it came from outside the command:
// a signal, or a stdout that takes no more. outErr is the first error of writing
// to stdout, which counts even where a command ignored it.
func settle(ctx context.Context, err, outErr error) error {
	switch {
	case err != nil && ctx.Err() != nil:
		return &interruptedError{err}
	case errors.Is(outErr, syscall.EPIPE):
		// A command that went on and failed for a reason of its own keeps its error.
		if err == nil || errors.Is(err, syscall.EPIPE) {
			return &brokenPipeError{outErr}
		}
		return err
	case err == nil && outErr != nil:
		return fmt.Errorf("write standard output: %w", outErr)
	}
	return err
}

// stickyWriter passes writes on until one fails and remembers that failure.
type stickyWriter struct {
	w   io.Writer
	err error
}

func (s *stickyWriter) Write(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(b)
	s.err = err
	return n, err
}

// longestTalk bounds a line of talk, in bytes: a database error may quote a
// whole line of a file, of megabytes.
const longestTalk = 4000

// printable makes text from data fit for a terminal: control characters and
// those that turn the direction of writing are shown as escapes, line breaks
// are kept and indented, and what is too long is cut and says so.
func printable(s string) string {
	cut := ""
	if len(s) > longestTalk {
		cut = fmt.Sprintf(" … (%d bytes more)", len(s)-longestTalk)
		s = strings.ToValidUTF8(s[:longestTalk], "")
	}
	var b strings.Builder
	for _, r := range strings.TrimRight(s, "\n") {
		switch {
		case r == '\n':
			b.WriteString("\n  ")
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + cut
}
