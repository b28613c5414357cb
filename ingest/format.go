package ingest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// container is how records stand in a file, whatever they say.
type container string

const (
	inText    container = "csv" // and with tabs, semicolons or bars: see file.comma
	inNDJSON  container = "ndjson"
	inJSON    container = "json" // a document with the records somewhere inside
	inParquet container = "parquet"
	inArrow   container = "arrow"
	inXLSX    container = "xlsx"
)

// extensions are the ends of file names that a folder is searched for.
var extensions = []string{".csv", ".tsv", ".ndjson", ".jsonl", ".json", ".parquet", ".arrow", ".arrows", ".feather", ".xlsx"}

// recordReader hands over the records of a file one at a time, after its header;
// io.EOF at the end. Their fields stand in the order of the file's header.
type recordReader interface {
	next() (record, error)
	close() error
}

// containerOf tells by its first bytes how a file's records stand in it.
func containerOf(path string) (container, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return inParquet, nil
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte("\xff\xff\xff\xff")):
		return inArrow, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return inXLSX, nil
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return "", errors.New("an Excel file of the kind before 2007 (.xls): save it as .xlsx or CSV")
	}
	return inText, nil
}

// jsonKind tells JSON from CSV, and lines of JSON from one document, in a file of
// UTF-8 text.
func jsonKind(path string) (container, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<16)
	if bom, err := r.Peek(3); err == nil && bytes.Equal(bom, []byte(utf8BOM)) {
		_, _ = r.Discard(3)
	}
	lines := &csvReader{r: r}
	objects, all := 0, 0
	for all < 100 {
		line, err := lines.physical()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read %s: %w", path, err)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if all == 0 && line[0] != '{' && line[0] != '[' {
			return inText, nil
		}
		if all == 0 && line[0] == '[' {
			return inJSON, nil
		}
		all++
		if line[0] == '{' && len(line) <= maxRecord && json.Valid(line) {
			objects++
		}
	}
	switch {
	case all == 0:
		return inText, nil
	case all > 1 && objects*2 >= all: // one object in a line of its own may be all of a document
		return inNDJSON, nil
	}
	return inJSON, nil
}

// reader returns the file's records, after the header that use has chosen.
func (f *file) reader() (recordReader, error) {
	switch f.in {
	case inXLSX:
		return newXLSXReader(f)
	case inParquet:
		return newParquetReader(f)
	case inArrow:
		return newArrowReader(f)
	}
	opened, err := os.Open(f.textPath)
	if err != nil {
		return nil, err
	}
	in := readCloser{countRead(opened, f.progress), opened}
	switch f.in {
	case inNDJSON:
		return newLinesReader(in, f.header), nil
	case inJSON:
		return newDocumentReader(in, f.recordsAt, f.header), nil
	}
	r := newCSVReader(in, f.comma)
	r.decoded = f.textPath != f.readPath
	for range f.skip + 1 {
		if _, err := r.next(); err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", f.path, err), in.Close())
		}
	}
	r.width = len(f.header)
	r.trailer, r.repeated = f.trailer, strings.Join(f.header, "\x1f")
	return closingReader{r, in}, nil
}

// readCloser is a file and how it is read.
type readCloser struct {
	io.Reader
	io.Closer
}

// closingReader is a csvReader with its file.
type closingReader struct {
	*csvReader
	io.Closer
}

func (c closingReader) close() error { return c.Close() }

// records hands over the records after the header, one by one. A line that is none,
// and a record for which each returns a reason, come back as rejects.
func (f *file) records(each func(record) (reject, error)) (bad []reject, err error) {
	r, err := f.reader()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return bad, nil
		}
		if err != nil {
			return bad, fmt.Errorf("read %s: %w", f.path, err)
		}
		why := reject{reason: rec.reason}
		if rec.reason == "" {
			if why, err = each(rec); err != nil {
				return bad, err
			}
		}
		if why.reason != "" {
			why.line, why.raw = rec.line, rec.raw
			bad = append(bad, why)
		}
	}
}

// fieldsAsJSON is the raw text of a record that had none: an object of what its
// fields say, the empty ones left out.
func fieldsAsJSON(header, fields []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, v := range fields {
		if v == "" || i >= len(header) {
			continue
		}
		if b.Len() > 1 {
			b.WriteString(", ")
		}
		name, _ := json.Marshal(header[i]) // a string can always be written
		text, _ := json.Marshal(v)
		fmt.Fprintf(&b, "%s: %s", name, text)
	}
	b.WriteByte('}')
	return rawText([]byte(b.String()))
}
