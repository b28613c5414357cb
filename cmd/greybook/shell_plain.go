package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/amassable/greybook/data"
)

// lineReader reads statements line by line, from a terminal that can do no more, or
// from a pipe. It sends no escape sequence.
type lineReader struct {
	in     *input
	prompt io.Writer // nil: nobody reads prompts
	wake   <-chan struct{}
}

// Read reads one statement, or a dot-command. It is errInterrupted after an interrupt,
// which gives up what has come of the statement, and io.EOF at the end. What stands
// there without a semicolon is the last statement.
func (r *lineReader) Read(ctx context.Context) (string, error) {
	var text strings.Builder
	for {
		r.say(text.Len() == 0)
		line, err := r.line(ctx)
		text.WriteString(line)
		switch {
		case errors.Is(err, errWoken):
			r.newLine()
			return "", errInterrupted
		case err != nil && strings.TrimSpace(text.String()) != "" && errors.Is(err, io.EOF):
			return text.String(), nil
		case err != nil:
			if errors.Is(err, io.EOF) {
				r.newLine()
			}
			return "", err
		case len(line) == text.Len() || strings.Contains(line, ";"): // nothing else ends one
			if statementEnded(text.String()) {
				return text.String(), nil
			}
		case text.Len() > data.MaxQuery:
			return text.String(), nil
		}
	}
}

func (r *lineReader) say(first bool) {
	switch {
	case r.prompt == nil:
	case first:
		io.WriteString(r.prompt, shellPrompt)
	default:
		io.WriteString(r.prompt, shellMore)
	}
}

func (r *lineReader) newLine() {
	if r.prompt != nil {
		io.WriteString(r.prompt, "\n")
	}
}

// line reads a line with its end; with an error it is what came before it.
func (r *lineReader) line(ctx context.Context) (string, error) {
	for {
		if i := bytes.IndexByte(r.in.buf, '\n'); i >= 0 {
			line := string(r.in.buf[:i+1])
			r.in.buf = r.in.buf[i+1:]
			return strings.ReplaceAll(line, "\r\n", "\n"), nil
		}
		if len(r.in.buf) > data.MaxQuery { // too long for a statement, which says so
			line := string(r.in.buf)
			r.in.buf = nil
			return line, nil
		}
		if err := r.in.fill(ctx, r.wake); err != nil {
			line := ""
			if !errors.Is(err, errWoken) {
				line = string(r.in.buf)
			}
			r.in.buf = nil
			return line, err
		}
	}
}
