package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const utf8BOM = "\xef\xbb\xbf"

// UTF8 is the encoding that needs no word.
const UTF8 = "utf-8"

// charset is a text's encoding by the name that browsers use.
type charset struct {
	name string
	enc  encoding.Encoding // nil: UTF-8
}

// CheckEncoding says whether a name such as utf-8, windows-1252 or euc-kr is that of
// an encoding.
func CheckEncoding(name string) error {
	_, err := charsetNamed(name)
	return err
}

func charsetNamed(name string) (charset, error) {
	enc, err := htmlindex.Get(name)
	if err != nil {
		return charset{}, fmt.Errorf("no encoding %q; among those there are: utf-8, utf-16le, utf-16be, windows-1252, euc-kr, shift_jis", name)
	}
	canonical, err := htmlindex.Name(enc)
	if err != nil {
		return charset{}, fmt.Errorf("encoding %q: %w", name, err)
	}
	if canonical == UTF8 {
		return charset{UTF8, nil}, nil
	}
	if canonical == "replacement" {
		return charset{}, fmt.Errorf("encoding %q is none that can be read", name)
	}
	return charset{canonical, enc}, nil
}

// sniffUTF16 tells UTF-16 by its byte order mark, else by where the zero bytes of
// its first signs stand: text of a price list is mostly Latin letters and digits.
func sniffUTF16(path string) (charset, bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return charset{}, false, err
	}
	defer in.Close()
	head := make([]byte, 4096)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return charset{}, false, fmt.Errorf("read %s: %w", path, err)
	}
	head = head[:n&^1]
	little := charset{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}
	big := charset{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return little, true, nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return big, true, nil
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	// More than two in three signs below U+0100 in one place, and almost none in the
	// other: a CSV file with a stray NUL is neither.
	half := len(head) / 2
	switch {
	case half < 8:
	case zeros[1]*3 > half*2 && zeros[0]*20 < half:
		return little, true, nil
	case zeros[0]*3 > half*2 && zeros[1]*20 < half:
		return big, true, nil
	}
	return charset{}, false, nil
}

// sniffLatin tells Windows-1252 from UTF-8 with faults, in a file that isn't valid
// UTF-8: where not one letter beyond ASCII is UTF-8, and each byte has a meaning in
// Windows-1252, it is that.
func sniffLatin(path string) (bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<16)
	high := false
	for {
		c, size, err := r.ReadRune()
		if errors.Is(err, io.EOF) {
			return high, nil
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, err)
		}
		switch {
		case c == 0:
			return false, nil
		case c == utf8.RuneError && size == 1:
			if err := r.UnreadRune(); err != nil {
				return false, err
			}
			b, err := r.ReadByte()
			if err != nil {
				return false, fmt.Errorf("read %s: %w", path, err)
			}
			if bytes.IndexByte([]byte("\x81\x8d\x8f\x90\x9d"), b) >= 0 {
				return false, nil
			}
			high = true
		case size > 1 && c != '\ufeff':
			return false, nil
		}
	}
}

var latin = charset{"windows-1252", charmap.Windows1252}

// decode makes a copy of the file in UTF-8, beside what is read of it.
func (f *file) decode(tempDir string, c charset) (err error) {
	in, err := os.Open(f.readPath)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(tempDir, "greybook-*.utf8")
	if err != nil {
		return err
	}
	name, before := out.Name(), f.cleanup
	f.cleanup = func() { os.Remove(name); before() }
	_, err = io.Copy(out, transform.NewReader(in, c.enc.NewDecoder()))
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("%s: decode %s: %w", f.path, c.name, err)
	}
	f.textPath, f.encoding = name, c.name
	return nil
}
