package ingest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// file is one input, opened far enough to know what it is.
type file struct {
	path     string // as the user named it
	readPath string // the file itself, or its unpacked copy: what is hashed
	textPath string // the same in UTF-8: readPath, or a decoded copy
	in       container
	encoding string // of a text file, by the name browsers use
	scan     scanned
	comma    byte
	sheets   []sheet // of a text file one, without a name
	before   fs.FileInfo
	hash     *hashing
	progress func(done, total int64) // of reading, in bytes; may be nil
	cleanup  func()

	// What use sets, once the profile is known.
	header      []string
	headers     map[string][]string // of JSON, by where the records are
	skip        int                 // rows before the header
	headLine    int64               // the header's
	recordsAt   string
	sheet       string
	trailer     *regexp.Regexp
	dateColumns map[string]bool
	floats      map[string]bool // of Parquet: columns of binary fractions
}

// sheet is a sheet of a workbook, or all of a text file: its first rows, among which
// the header is.
type sheet struct {
	name string
	rows []record
}

// bytes is the size of what was hashed.
func (f *file) bytes() int64 { return f.before.Size() }

// unchanged makes sure that what was read is still what was hashed.
func (f *file) unchanged() error {
	now, err := os.Stat(f.readPath)
	if err != nil {
		return fmt.Errorf("%s: it vanished while it was read: %w", f.path, err)
	}
	if now.Size() != f.bytes() || !now.ModTime().Equal(f.before.ModTime()) || !os.SameFile(now, f.before) {
		return fmt.Errorf("%s: it changed while it was read", f.path)
	}
	return nil
}

// columns maps a column's name to its place.
func (f *file) columns() map[string]int {
	at := make(map[string]int, len(f.header))
	for i, h := range f.header {
		at[h] = i
	}
	return at
}

// Expand turns arguments into files: a folder stands for the files in it, a glob
// for what it matches, "-" for standard input. The order is the arguments', and
// by name within one.
func Expand(args []string) ([]string, error) {
	var out []string
	for _, a := range args {
		if a == "-" {
			out = append(out, a)
			continue
		}
		st, err := os.Stat(a)
		switch {
		case err == nil && st.IsDir():
			names, err := filesIn(a)
			if err != nil {
				return nil, err
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("%s: no file in this folder that could be read (%s)", a, strings.Join(extensions, " "))
			}
			out = append(out, names...)
		case err == nil:
			out = append(out, a)
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(a, "*?["):
			names, gerr := filepath.Glob(a)
			if gerr != nil {
				return nil, fmt.Errorf("%s: %w", a, gerr)
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("%s: matches no file", a)
			}
			out = append(out, names...)
		default:
			return nil, err
		}
	}
	return out, nil
}

func filesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(e.Name()), ".gz"), ".zst")
		if !e.IsDir() && slices.Contains(extensions, filepath.Ext(name)) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	sort.Strings(out)
	return out, nil
}

// openFile unpacks a file where needed, finds out what it is, looks through it and
// reads what may be its header. encoding pins that of a text; "" looks for itself.
func openFile(ctx context.Context, path string, stdin io.Reader, tempDir, encoding string, progress func(done, total int64)) (*file, error) {
	f := &file{path: path, readPath: path, progress: progress, cleanup: func() {}}
	if err := f.unpack(ctx, stdin, tempDir); err != nil {
		return nil, err
	}
	var err error
	if f.before, err = os.Stat(f.readPath); err != nil {
		f.cleanup()
		return nil, err
	}
	f.textPath = f.readPath
	f.startHash(ctx)
	if err = f.look(ctx, tempDir, encoding); err != nil {
		f.cleanup()
		return nil, err
	}
	return f, nil
}

// look finds out how the records stand in the file.
func (f *file) look(ctx context.Context, tempDir, encoding string) (err error) {
	if f.bytes() == 0 {
		return fmt.Errorf("%s: the file is empty", f.path)
	}
	if f.in, err = containerOf(f.readPath); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	switch f.in {
	case inText:
		return f.lookAtText(ctx, tempDir, encoding)
	case inXLSX:
		return f.sheetHeads()
	}
	var r *columnarReader
	if f.in == inParquet {
		r, err = newParquetReader(f)
	} else {
		r, err = newArrowReader(f)
	}
	if err != nil {
		return err
	}
	f.header, f.floats = r.header, r.floats
	return r.close()
}

// lookAtText decodes a text where it isn't UTF-8, and looks through it.
func (f *file) lookAtText(ctx context.Context, tempDir, pinned string) error {
	f.encoding = UTF8
	c, decode, err := f.sniff(pinned)
	if err != nil {
		return err
	}
	if decode {
		if err := f.decode(tempDir, c); err != nil {
			return err
		}
	}
	if f.in, err = jsonKind(f.textPath); err != nil {
		return err
	}
	if f.in == inJSON {
		return nil
	}
	if f.in == inText {
		if f.comma, err = separator(f.textPath); err != nil {
			return err
		}
	}
	if err := f.lookThrough(ctx); err != nil {
		return err
	}
	if f.scan.invalid && pinned == "" && !decode {
		if is, err := sniffLatin(f.textPath); err != nil {
			return err
		} else if is {
			if err := f.decode(tempDir, latin); err != nil {
				return err
			}
			if err := f.lookThrough(ctx); err != nil {
				return err
			}
		}
	}
	if f.in == inNDJSON {
		return nil
	}
	return f.textHeads()
}

// sniff names the encoding of a text that isn't UTF-8 for sure.
func (f *file) sniff(pinned string) (c charset, decode bool, err error) {
	if pinned == "" {
		return sniffUTF16(f.readPath)
	}
	c, err = charsetNamed(pinned)
	return c, c.enc != nil, err
}

// lookThrough looks through the text, and makes sure that it is as long as it was
// when it was opened.
func (f *file) lookThrough(ctx context.Context) (err error) {
	if f.scan, err = lookThrough(ctx, f.textPath, f.comma, f.progress); err != nil {
		return err
	}
	if f.textPath == f.readPath && f.scan.bytes != f.bytes() {
		return fmt.Errorf("%s: it changed while it was read", f.path)
	}
	if f.scan.lines == 0 {
		return fmt.Errorf("%s: the file is empty", f.path)
	}
	return nil
}

// unpack copies standard input, pipes, .gz and .zst into a temporary file: such a
// stream can be read only once, and a scan, a load and the texts of rejects need it
// again. What is packed shows in the name, and in a stream in its first bytes.
func (f *file) unpack(ctx context.Context, stdin io.Reader, tempDir string) error {
	in, stream := stdin, true
	if f.path == "-" && f.progress != nil {
		in = &counted{stdin, 0, -1, f.progress}
	}
	if f.path != "-" {
		st, err := os.Stat(f.path)
		if err != nil {
			return err
		}
		if st.IsDir() {
			return fmt.Errorf("%s: it is a folder", f.path)
		}
		stream = !st.Mode().IsRegular()
		if !stream && packing(f.path, nil) == "" {
			return nil
		}
		src, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer src.Close()
		in = countRead(src, f.progress)
	}
	tmp, err := os.CreateTemp(tempDir, "greybook-*")
	if err != nil {
		return err
	}
	f.readPath = tmp.Name()
	f.cleanup = func() { os.Remove(tmp.Name()) }
	copied := make(chan error, 1)
	go func() { copied <- unpackTo(tmp, &untilDone{ctx, in}, f.path) }()
	if stream {
		// Nobody may ever write to the other end: an interrupt does not wait for it.
		select {
		case err = <-copied:
		case <-ctx.Done():
			err = ctx.Err()
		}
	} else {
		err = <-copied
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		f.cleanup()
		return fmt.Errorf("unpack %s: %w", f.path, err)
	}
	return nil
}

// unpackTo writes what the stream holds, unpacked, to w.
func unpackTo(w io.Writer, r io.Reader, path string) error {
	in := bufio.NewReaderSize(r, 1<<16)
	head, _ := in.Peek(4) // a shorter stream is no archive
	var out io.Reader = in
	switch packing(path, head) {
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		defer z.Close()
		out = z
	case "zstd":
		z, err := zstd.NewReader(in)
		if err != nil {
			return err
		}
		defer z.Close()
		out = z
	}
	_, err := io.Copy(w, out)
	return err
}

// packing tells how a file is packed, by its name, else by its first bytes.
func packing(path string, head []byte) string {
	switch name := strings.ToLower(path); {
	case strings.HasSuffix(name, ".gz"), bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "gzip"
	case strings.HasSuffix(name, ".zst"), bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "zstd"
	}
	return ""
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(b)
}

// separator is the sign between the fields of a text: a comma, unless the first line
// has none and another sign stands there.
func separator(path string) (byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	rec, err := newCSVReader(in, ',').next()
	if errors.Is(err, io.EOF) {
		return ',', nil
	}
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	if len(rec.fields) == 1 || rec.reason == "stray_quote" {
		for _, c := range []byte("\t;|") {
			if strings.IndexByte(rec.raw, c) >= 0 {
				return c, nil
			}
		}
	}
	return ',', nil
}

// textHeads reads the first rows of a text.
func (f *file) textHeads() error {
	in, err := os.Open(f.textPath)
	if err != nil {
		return err
	}
	r := newCSVReader(in, f.comma)
	r.decoded = f.textPath != f.readPath
	return f.firstRows("", closingReader{r, in})
}

// firstRows keeps the rows of a sheet that a header may be among.
func (f *file) firstRows(name string, r recordReader) (err error) {
	defer func() { err = errors.Join(err, r.close()) }()
	s := sheet{name: name}
	for len(s.rows) < mostHeaderRows {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
		for i, h := range rec.fields {
			rec.fields[i] = strings.TrimSpace(h)
		}
		s.rows = append(s.rows, rec)
	}
	if len(s.rows) == 0 {
		if name != "" {
			return nil // an empty sheet beside others
		}
		return fmt.Errorf("%s: the file holds only blank lines", f.path)
	}
	if first := s.rows[0]; first.reason != "" {
		return fmt.Errorf("%s:%d: no header can be read: %s", f.path, first.line, strings.ReplaceAll(first.reason, "_", " "))
	}
	f.sheets = append(f.sheets, s)
	return nil
}

// headerFor is the header that the file has when it is read as a profile says.
func (f *file) headerFor(p *Profile) []string {
	switch f.in {
	case inParquet, inArrow:
		return f.header
	case inJSON, inNDJSON:
		at := p.File.Records
		if f.in == inNDJSON {
			at = ""
		}
		if _, ok := f.headers[at]; !ok {
			header, _ := f.jsonHeader(at) // an error comes up again when the records are read
			if f.headers == nil {
				f.headers = map[string][]string{}
			}
			f.headers[at] = header
		}
		return f.headers[at]
	}
	s, row := f.headRow(p)
	return f.sheets[s].rows[row].fields
}

// headRow is the sheet to read and its row that is the header: the first row of the
// first sheet, unless the profile names another sheet or lets the header stand
// further down, and there is one that fits.
func (f *file) headRow(p *Profile) (sheet, row int) {
	first := 0
	for i, s := range f.sheets {
		if p.File.Sheet != "" && f.in == inXLSX && s.name != p.File.Sheet {
			continue
		}
		if s.name == p.File.Sheet {
			first = i
		}
		for k := range min(max(1, p.File.HeaderWithin), len(s.rows)) {
			if s.rows[k].reason == "" && len(p.fits(s.rows[k].fields)) == 0 {
				return i, k
			}
		}
	}
	return first, 0
}

// use sets the file up to be read with a profile. A column that stands in the header
// twice is refused if the profile reads it, because a column is found by its name.
func (f *file) use(p *Profile) error {
	f.recordsAt, f.trailer, f.dateColumns = p.File.Records, p.trailer, p.dateColumns()
	switch f.in {
	case inJSON, inNDJSON:
		header := slices.Clone(f.headerFor(p))
		for _, c := range p.columns() {
			if !slices.Contains(header, c) {
				header = append(header, c)
			}
		}
		f.header = header
	case inText, inXLSX:
		s, row := f.headRow(p)
		f.skip, f.sheet = row, f.sheets[s].name
		f.header, f.headLine = f.sheets[s].rows[row].fields, f.sheets[s].rows[row].line
		f.scan.clean = f.scan.clean && f.skip == 0
	}
	needed := p.columns()
	for i, h := range f.header {
		if h != "" && slices.Contains(f.header[:i], h) && (len(needed) == 0 || slices.Contains(needed, h)) {
			return fmt.Errorf("%s: column %q stands in the header twice", f.path, h)
		}
	}
	return nil
}
