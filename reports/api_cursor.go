package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// apiCursor is a place in a list: the generation that the list is of, the row to go on
// at, and a digest of the filters, so that it cannot go on in another list.
type apiCursor struct {
	generation [16]byte // the first half of its id
	base       [16]byte // of the generation that changes are since; zero: none
	row        uint32
	filters    [8]byte
}

const (
	cursorVersion = 1
	cursorSize    = 1 + 16 + 16 + 4 + 8
	cursorSum     = 8
)

// String is the cursor as text. It is opaque, and ends in a checksum.
//
// Note: the checksum has no key. It finds what was cut or mistyped; whoever makes a cursor
// on purpose gets at no row that the parameters don't give, and a cursor outlives a
// restart of the service.
func (c apiCursor) String() string {
	b := make([]byte, 0, cursorSize+cursorSum)
	b = append(b, cursorVersion)
	b = append(b, c.generation[:]...)
	b = append(b, c.base[:]...)
	b = binary.BigEndian.AppendUint32(b, c.row)
	b = append(b, c.filters[:]...)
	return base64.RawURLEncoding.EncodeToString(append(b, cursorChecksum(b)...))
}

func cursorChecksum(b []byte) []byte {
	sum := sha256.Sum256(append([]byte("greybook cursor "), b...))
	return sum[:cursorSum]
}

// parseCursor reads what String made, and nothing else.
func parseCursor(s string) (c apiCursor, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != cursorSize+cursorSum || b[0] != cursorVersion ||
		!bytes.Equal(cursorChecksum(b[:cursorSize]), b[cursorSize:]) || bytes.ContainsAny([]byte(s), "\r\n") {
		return c, errors.New("it is not one that this service gave")
	}
	b = b[1:]
	copy(c.generation[:], b)
	copy(c.base[:], b[16:])
	c.row = binary.BigEndian.Uint32(b[32:])
	copy(c.filters[:], b[36:])
	return c, nil
}

// cursorName is what a cursor calls a generation.
func cursorName(g *Generation) (name [16]byte) {
	if g != nil {
		b, _ := hex.DecodeString(g.id) // an id is hexadecimal digits
		copy(name[:], b)
	}
	return name
}
