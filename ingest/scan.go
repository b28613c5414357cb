package ingest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// scanned is what one look through a file tells.
type scanned struct {
	bytes  int64
	sha256 string
	lines  int64 // physical lines, a last one without an end included
	clean  bool  // fit for the engine's CSV reader: see lookThrough
	width  int   // fields of the first line, while clean
	bom    bool
	crlf   bool
}

// scanFile hashes a file and looks through it, side by side.
func scanFile(ctx context.Context, path string, progress func(int64)) (scanned, error) {
	type result struct {
		sum string
		n   int64
		err error
	}
	hashed := make(chan result, 1)
	go func() {
		h := sha256.New()
		n, err := readAll(ctx, path, func(b []byte) { h.Write(b) })
		hashed <- result{hex.EncodeToString(h.Sum(nil)), n, err}
	}()
	s, err := lookThrough(ctx, path, progress)
	r := <-hashed
	if err != nil || r.err != nil {
		return s, errors.Join(err, r.err)
	}
	if r.n != s.bytes {
		return s, fmt.Errorf("%s: it changed while it was read", path)
	}
	s.sha256 = r.sum
	return s, nil
}

func readAll(ctx context.Context, path string, f func([]byte)) (int64, error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	buf := make([]byte, 1<<20)
	var n int64
	for {
		k, err := in.Read(buf)
		f(buf[:k])
		n += int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("read %s: %w", path, err)
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
	}
}

// lookThrough decides whether the engine's CSV reader may read the file: every
// line is one record, valid UTF-8 without NUL, of bearable length, with as many
// fields as the first, its quotes where RFC 4180 has them, no blank line between,
// and all lines end alike. In such a file a record's line is its place, and the
// engine and this package's reader see the same fields: left to itself, the engine
// forgives blanks around quotes, quotes inside words and an empty field too many.
func lookThrough(ctx context.Context, path string, progress func(int64)) (scanned, error) {
	s := scanned{clean: true}
	in, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<20)
	if bom, err := r.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		s.bom = true
		s.bytes = 3
		_, _ = r.Discard(3)
	}
	var long int // bytes of a line longer than the buffer
	for {
		line, err := r.ReadSlice('\n')
		s.bytes += int64(len(line))
		if errors.Is(err, bufio.ErrBufferFull) {
			long += len(line)
			s.clean = false
			continue
		}
		if len(line) > 0 || long > 0 {
			s.lines++
			s.look(line, err == nil)
			long = 0
		}
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, fmt.Errorf("read %s: %w", path, err)
		}
		if s.lines%8192 == 0 {
			if err := ctx.Err(); err != nil {
				return s, err
			}
			if progress != nil {
				progress(s.bytes)
			}
		}
	}
}

func (s *scanned) look(line []byte, ended bool) {
	if !s.clean {
		return
	}
	body := line
	if ended {
		body = line[:len(line)-1]
		crlf := len(body) > 0 && body[len(body)-1] == '\r'
		if crlf {
			body = body[:len(body)-1]
		}
		if s.lines == 1 {
			s.crlf = crlf
		} else if crlf != s.crlf {
			s.clean = false
		}
	}
	switch {
	case len(body) == 0, len(body) > maxRecord:
		s.clean = false
	case bytes.IndexByte(body, 0) >= 0, bytes.IndexByte(body, '\r') >= 0:
		s.clean = false
	case !utf8.Valid(body):
		s.clean = false
	default:
		width, ok := shape(body)
		if s.lines == 1 {
			s.width = width
		}
		s.clean = s.clean && ok && width == s.width
	}
}

// shape counts the fields of a line, and reports whether each quote in it opens a
// field, closes one, or is doubled inside one.
func shape(line []byte) (fields int, ok bool) {
	fields = 1
	for {
		quote := bytes.IndexByte(line, '"')
		if quote < 0 {
			return fields + bytes.Count(line, []byte{','}), true
		}
		if quote > 0 && line[quote-1] != ',' {
			return fields, false
		}
		fields += bytes.Count(line[:quote], []byte{','})
		line = line[quote+1:]
		for {
			end := bytes.IndexByte(line, '"')
			if end < 0 {
				return fields, false
			}
			line = line[end+1:]
			if len(line) == 0 {
				return fields, true
			}
			if line[0] != '"' {
				break
			}
			line = line[1:]
		}
		if line[0] != ',' {
			return fields, false
		}
	}
}
