package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"
)

// scanned is what one look through a file tells.
type scanned struct {
	bytes int64
	lines int64 // physical lines, a last one without an end included
	clean bool  // fit for the engine's reader: see lookThrough
	width int   // fields of the first line, while clean
	bom   bool
	crlf  bool

	comma   byte // 0: lines of JSON
	header  []byte
	invalid bool // not all of it is UTF-8
}

// hashing is the SHA-256 of a file in the making. It takes as long as half the load
// of a big file's records on one processor, and nobody needs it before the ledger.
type hashing struct {
	done  chan struct{}
	sum   string
	bytes int64
	err   error
}

func hashFile(ctx context.Context, path string) *hashing {
	h := &hashing{done: make(chan struct{})}
	go func() {
		defer close(h.done)
		sum := sha256.New()
		h.bytes, h.err = readAll(ctx, path, func(b []byte) { sum.Write(b) })
		h.sum = hex.EncodeToString(sum.Sum(nil))
	}()
	return h
}

// startHash begins to hash the file; its cleanup ends that.
func (f *file) startHash(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	f.hash = hashFile(ctx, f.readPath)
	cleanup := f.cleanup
	f.cleanup = func() {
		stop()
		<-f.hash.done
		cleanup()
	}
}

// sha256 waits for the file's hash, which must be of as many bytes as were looked at.
func (f *file) sha256() (string, error) {
	<-f.hash.done
	if f.hash.err != nil {
		return "", f.hash.err
	}
	if f.hash.bytes != f.bytes() {
		return "", fmt.Errorf("%s: it changed while it was read", f.path)
	}
	return f.hash.sum, nil
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
// fields as the first, its quotes where RFC 4180 has them, no blank line between, no
// second header, and all lines end alike. In such a file a record's line is its place, and the
// engine and this package's reader see the same fields: left to itself, the engine
// forgives blanks around quotes, quotes inside words and an empty field too many.
//
// Lines of JSON (comma 0) are clean where each is one flat object: see flatObject.
func lookThrough(ctx context.Context, path string, comma byte, progress func(done, total int64)) (scanned, error) {
	s := scanned{clean: true, comma: comma}
	in, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer in.Close()
	r := countRead(in, progress)
	buf := make([]byte, 0, 2*maxRecord)
	for done := false; !done; {
		n, err := io.ReadFull(r, buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		done = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !done {
			return s, fmt.Errorf("read %s: %w", path, err)
		}
		if s.bytes == 0 && bytes.HasPrefix(buf, []byte(utf8BOM)) {
			s.bom, s.bytes = true, 3
			buf = buf[:copy(buf, buf[3:])]
		}
		whole := len(buf)
		if !done {
			whole = bytes.LastIndexByte(buf, '\n') + 1
			if whole == 0 { // a line longer than the buffer
				s.clean, whole = false, len(buf)
			}
		}
		s.lookAt(buf[:whole], done)
		s.bytes += int64(whole)
		buf = buf[:copy(buf, buf[whole:])]
		if err := ctx.Err(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// lookAt looks at a run of whole lines; the last may lack its end where the file
// is done. What can be asked of all of them at once is not asked line by line.
func (s *scanned) lookAt(run []byte, done bool) {
	if len(run) == 0 {
		return
	}
	s.invalid = s.invalid || !utf8.Valid(run)
	if !s.clean || s.invalid || bytes.IndexByte(run, 0) >= 0 {
		s.clean = false
		s.lines += int64(bytes.Count(run, []byte{'\n'}))
		if run[len(run)-1] != '\n' && done {
			s.lines++
		}
		return
	}
	crlf, quotes := bytes.IndexByte(run, '\r') >= 0, bytes.IndexByte(run, '"') >= 0
	if s.lines > 0 && !quotes && s.plain(run) {
		return
	}
	for len(run) > 0 {
		line, end := run, bytes.IndexByte(run, '\n')
		if end >= 0 {
			line, run = run[:end], run[end+1:]
		} else {
			run = nil
		}
		s.lines++
		s.look(line, end >= 0, crlf, quotes)
	}
}

// plain looks at a run without quotes, where the separators can be counted all at once:
// a line with one too many is made up for only by a line with one too few, and that the
// engine doesn't take. Nor is a blank line left: the engine finds a record less. It
// reports false where the lines have to be looked at one by one.
func (s *scanned) plain(run []byte) bool {
	if s.comma == 0 || s.width < 2 {
		return false
	}
	ends := bytes.Count(run, []byte{'\n'})
	lines := ends
	if run[len(run)-1] != '\n' {
		lines++
	}
	returns := 0
	if s.crlf {
		returns = ends
	}
	if bytes.Count(run, []byte{s.comma}) != lines*(s.width-1) || bytes.Count(run, []byte{'\r'}) != returns || s.crlf && bytes.Count(run, []byte("\r\n")) != ends {
		return false
	}
	s.lines += int64(lines)
	return true
}

// look looks at one line, without its '\n'; crlf and quotes say whether there are
// such signs at all.
func (s *scanned) look(line []byte, ended, crlf, quotes bool) {
	if !s.clean {
		return
	}
	if ended {
		cr := len(line) > 0 && line[len(line)-1] == '\r'
		if cr {
			line = line[:len(line)-1]
		}
		if s.lines == 1 {
			s.crlf = cr
		}
		s.clean = cr == s.crlf
	}
	width, ok := 0, true
	switch {
	case s.comma == 0:
		ok = flatObject(line)
	case quotes:
		width, ok = shape(line, s.comma)
	default:
		width = bytes.Count(line, []byte{s.comma}) + 1
	}
	if s.lines == 1 {
		s.width = width
	}
	s.clean = s.clean && ok && width == s.width && len(line) > 0 && len(line) <= maxRecord && (!crlf || bytes.IndexByte(line, '\r') < 0)
	switch {
	case s.comma == 0:
	case s.lines == 1:
		s.header = bytes.Clone(line)
	case sameSigns(s.header, line):
		s.clean = false // a second header, which is no record
	}
}

// sameSigns compares two lines but for blanks, quotes and what is not ASCII: a header
// stands for itself however it is quoted and padded.
func sameSigns(a, b []byte) bool {
	sign := func(c byte) bool { return c > ' ' && c != '"' && c < 0x7f }
	for i, k := 0, 0; ; i, k = i+1, k+1 {
		for i < len(a) && !sign(a[i]) {
			i++
		}
		for k < len(b) && !sign(b[k]) {
			k++
		}
		if i >= len(a) || k >= len(b) {
			return i >= len(a) && k >= len(b)
		}
		if a[i] != b[k] {
			return false
		}
	}
}

// shape counts the fields of a line, and reports whether each quote in it opens a
// field, closes one, or is doubled inside one.
func shape(line []byte, comma byte) (fields int, ok bool) {
	fields = 1
	for {
		quote := bytes.IndexByte(line, '"')
		if quote < 0 {
			return fields + bytes.Count(line, []byte{comma}), true
		}
		if quote > 0 && line[quote-1] != comma {
			return fields, false
		}
		fields += bytes.Count(line[:quote], []byte{comma})
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
		if line[0] != comma {
			return fields, false
		}
	}
}

// flatObject reports whether a line is one JSON object of texts, plain numbers, true,
// false and null, with no key twice and nothing in it that readers read in more than
// one way: no escapes but the plain ones, no number with an exponent or with more
// digits than a float keeps. Such a line means the same to the engine and to flatten.
func flatObject(line []byte) bool {
	var keys [][]byte
	p := skipBlanks(line, 0)
	if p >= len(line) || line[p] != '{' || controls(line) {
		return false
	}
	for p++; ; p++ {
		key, next := plainText(line, skipBlanks(line, p))
		if next < 0 || bytes.IndexByte(key, '\\') >= 0 || slices.ContainsFunc(keys, func(k []byte) bool { return bytes.Equal(k, key) }) {
			return false
		}
		keys = append(keys, key)
		if p = skipBlanks(line, next); p >= len(line) || line[p] != ':' {
			return false
		}
		if p = plainValue(line, skipBlanks(line, p+1)); p < 0 {
			return false
		}
		if p = skipBlanks(line, p); p >= len(line) {
			return false
		}
		if line[p] == '}' {
			return skipBlanks(line, p+1) == len(line)
		}
		if line[p] != ',' {
			return false
		}
	}
}

// controls reports whether a line holds a sign below the blank. It looks at eight at a time.
func controls(line []byte) bool {
	const ones, highs = ^uint64(0) / 255, ^uint64(0) / 255 * 128
	for len(line) >= 8 {
		x := binary.LittleEndian.Uint64(line)
		if (x-ones*0x20)&^x&highs != 0 {
			return true
		}
		line = line[8:]
	}
	for _, c := range line {
		if c < 0x20 {
			return true
		}
	}
	return false
}

func skipBlanks(line []byte, p int) int {
	for p < len(line) && line[p] == ' ' {
		p++
	}
	return p
}

// plainText returns the text that begins with the quote at p, and the place after it;
// -1 where there is none, or one that is not plain.
func plainText(line []byte, p int) ([]byte, int) {
	if p >= len(line) || line[p] != '"' {
		return nil, -1
	}
	end := bytes.IndexByte(line[p+1:], '"')
	if end < 0 {
		return nil, -1
	}
	if text := line[p+1 : p+1+end]; bytes.IndexByte(text, '\\') < 0 {
		return text, p + end + 2
	}
	for i := p + 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return line[p+1 : i], i + 1
		case c == '\\':
			if i++; i >= len(line) || bytes.IndexByte([]byte(`"\\/nrtbf`), line[i]) < 0 {
				return nil, -1
			}
		}
	}
	return nil, -1
}

// plainValue returns the place after the value at p, -1 where it is not plain.
func plainValue(line []byte, p int) int {
	if p < len(line) && line[p] == '"' {
		_, next := plainText(line, p)
		return next
	}
	for _, word := range []string{"null", "true", "false"} {
		if bytes.HasPrefix(line[min(p, len(line)):], []byte(word)) {
			return p + len(word)
		}
	}
	return plainNumber(line, p)
}

// plainNumber returns the place after the number at p, -1 where there is none, or one
// that the engine would write in another way: 185.50 as 185.5, 0.00001 as 1e-05.
func plainNumber(line []byte, p int) int {
	digits := func(from int) int {
		for from < len(line) && line[from] >= '0' && line[from] <= '9' {
			from++
		}
		return from
	}
	end := digits(p)
	if end == p || line[p] == '0' && end > p+1 {
		return -1
	}
	if end < len(line) && line[end] == '.' {
		whole := end
		if end = digits(whole + 1); end == whole+1 || line[end-1] == '0' && end > whole+2 {
			return -1
		}
	}
	if end-p > 15 || bytes.HasPrefix(line[p:end], []byte("0.0000")) {
		return -1
	}
	return end
}
