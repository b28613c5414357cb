package ingest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The Arrow library believes what a file says of its own lengths: one broken byte has
// it ask for 60 GB, which ends the process, and no recover helps against that. So the
// lengths are held against the file first: those of the messages, of the lists in
// their flatbuffers (format/Message.fbs, Schema.fbs and File.fbs of Apache Arrow), of
// the buffers, and of what those unpack to. What else may be wrong with a file is a
// slice out of range to the library: a panic, which guarded makes an error.
const (
	mostArrowRows   = 1 << 27 // in a batch
	mostArrowBuffer = 1 << 30 // unpacked, in bytes
	mostArrowDepth  = 64      // of fields in fields
)

var errArrowLength = errors.New("it says that a part of it is longer than it can be")

// checkArrow looks at all lengths in an Arrow file or stream of size bytes.
func checkArrow(in *os.File, size int64) error {
	_, err := guarded(func() (struct{}, error) {
		head := make([]byte, 6)
		if _, err := in.ReadAt(head, 0); err != nil {
			return struct{}{}, err
		}
		if string(head) == "ARROW1" {
			return struct{}{}, checkArrowFile(in, size)
		}
		return struct{}{}, checkArrowStream(in, size)
	})
	return err
}

func readPart(in io.ReaderAt, at, length, size int64) ([]byte, error) {
	if at < 0 || length < 0 || at > size || length > size-at {
		return nil, errArrowLength
	}
	b := make([]byte, length)
	_, err := in.ReadAt(b, at)
	if errors.Is(err, io.EOF) && length == 0 {
		err = nil
	}
	return b, err
}

// checkArrowFile goes by the footer: its length stands before the last six bytes.
func checkArrowFile(in io.ReaderAt, size int64) error {
	tail, err := readPart(in, size-10, 10, size)
	if err != nil {
		return err
	}
	length := int64(int32(binary.LittleEndian.Uint32(tail)))
	footer, err := readPart(in, size-10-length, length, size)
	if err != nil {
		return err
	}
	t := rootTable(footer)
	if schema, ok := t.sub(1); ok {
		schema.checkSchema()
	}
	for _, list := range []int{2, 3} { // dictionaries, record batches
		at, n := t.vector(list, 24)
		for i := range n {
			block := footer[at+24*i:]
			offset, meta, body := int64(binary.LittleEndian.Uint64(block)), int64(int32(binary.LittleEndian.Uint32(block[8:]))), int64(binary.LittleEndian.Uint64(block[16:]))
			b, err := readPart(in, offset, meta, size)
			if err != nil {
				return err
			}
			if body < 0 || body > size-offset-meta {
				return errArrowLength
			}
			if bytes.HasPrefix(b, []byte("\xff\xff\xff\xff")) {
				b = b[4:]
			}
			if err := checkMessage(in, b[4:], offset+meta, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkArrowStream goes from message to message.
func checkArrowStream(in io.ReaderAt, size int64) error {
	for at := int64(0); ; {
		head, err := readPart(in, at, min(8, size-at), size)
		if err != nil || len(head) < 4 {
			return err
		}
		at += 4
		if bytes.HasPrefix(head, []byte("\xff\xff\xff\xff")) { // not there before 2019
			head = head[4:]
			at += 4
		}
		if len(head) < 4 || binary.LittleEndian.Uint32(head) == 0 {
			return nil // the end
		}
		length := int64(int32(binary.LittleEndian.Uint32(head)))
		meta, err := readPart(in, at, length, size)
		if err != nil {
			return err
		}
		at += length
		body := rootTable(meta).long(3)
		if body < 0 || body > size-at {
			return errArrowLength
		}
		if err := checkMessage(in, meta, at, body); err != nil {
			return err
		}
		at += body
	}
}

// checkMessage looks at a message and at the lengths of the buffers in its body.
func checkMessage(in io.ReaderAt, meta []byte, at, body int64) error {
	t := rootTable(meta)
	t.vector(4, 4)
	header, ok := t.sub(2)
	if !ok {
		return nil
	}
	switch t.byteOf(1) {
	case 1:
		header.checkSchema()
		return nil
	case 2: // a dictionary's values are a batch
		if header, ok = header.sub(1); !ok {
			return nil
		}
	case 3:
	default:
		return nil
	}
	nodes, n := header.vector(1, 16)
	for i := range n {
		if rows := int64(binary.LittleEndian.Uint64(meta[nodes+16*i:])); rows < 0 || rows > mostArrowRows {
			return errArrowLength
		}
	}
	if rows := header.long(0); rows < 0 || rows > mostArrowRows {
		return errArrowLength
	}
	header.vector(4, 8)
	_, packed := header.sub(3)
	buffers, n := header.vector(2, 16)
	for i := range n {
		offset, length := int64(binary.LittleEndian.Uint64(meta[buffers+16*i:])), int64(binary.LittleEndian.Uint64(meta[buffers+16*i+8:]))
		if offset < 0 || length < 0 || offset > body || length > body-offset {
			return errArrowLength
		}
		if !packed || length < 8 {
			continue
		}
		b, err := readPart(in, at+offset, 8, at+body)
		if err != nil {
			return err
		}
		// Nothing unpacks to more than this: zstd takes four bytes for 128 KiB of one sign.
		if whole := int64(binary.LittleEndian.Uint64(b)); whole < -1 || whole > min(mostArrowBuffer, 1<<20+length<<15) {
			return fmt.Errorf("%w: a buffer would unpack to %d bytes", errArrowLength, whole)
		}
	}
	return nil
}

// fbTable is a table of a flatbuffer. Reading out of range panics.
type fbTable struct {
	b    []byte
	at   int
	left *int // how many more fields may be looked at
}

func rootTable(b []byte) fbTable {
	left := len(b)
	return fbTable{b, int(binary.LittleEndian.Uint32(b)), &left}
}

// field is where field number i is; 0 where it is left out.
func (t fbTable) field(i int) int {
	vtable := t.at - int(int32(binary.LittleEndian.Uint32(t.b[t.at:])))
	if 4+2*i+2 > int(binary.LittleEndian.Uint16(t.b[vtable:])) {
		return 0
	}
	if off := int(binary.LittleEndian.Uint16(t.b[vtable+4+2*i:])); off > 0 {
		return t.at + off
	}
	return 0
}

func (t fbTable) byteOf(i int) byte {
	if p := t.field(i); p > 0 {
		return t.b[p]
	}
	return 0
}

func (t fbTable) long(i int) int64 {
	if p := t.field(i); p > 0 {
		return int64(binary.LittleEndian.Uint64(t.b[p:]))
	}
	return 0
}

func (t fbTable) sub(i int) (fbTable, bool) {
	p := t.field(i)
	if p == 0 {
		return t, false
	}
	t.at = p + int(binary.LittleEndian.Uint32(t.b[p:]))
	return t, true
}

// vector is where the elements of a list begin, each of size bytes, and how many.
func (t fbTable) vector(i, size int) (at, n int) {
	p := t.field(i)
	if p == 0 {
		return 0, 0
	}
	at = p + int(binary.LittleEndian.Uint32(t.b[p:]))
	n = int(binary.LittleEndian.Uint32(t.b[at:]))
	at += 4
	if n > (len(t.b)-at)/size {
		panic(errArrowLength)
	}
	return at, n
}

func (t fbTable) checkSchema() {
	t.vector(2, 4)
	t.checkFields(1, 0)
}

func (t fbTable) checkFields(list, depth int) {
	at, n := t.vector(list, 4)
	for i := range n {
		if *t.left--; *t.left < 0 || depth > mostArrowDepth {
			panic(errArrowLength)
		}
		p := at + 4*i
		field := fbTable{t.b, p + int(binary.LittleEndian.Uint32(t.b[p:])), t.left}
		field.vector(6, 4)
		field.checkFields(5, depth+1)
	}
}
