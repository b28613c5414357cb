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
	"slices"
	"sort"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// file is one input, opened far enough to know what it is.
type file struct {
	path     string // as the user named it
	readPath string // what is read: the file itself, or its unpacked copy
	scan     scanned
	head     string // the header as it stands in the file
	header   []string
	comma    byte
	before   fs.FileInfo // of readPath, from before it was read
	hash     *hashing
	cleanup  func()
}

// unchanged makes sure that what was read is still what was hashed.
func (f *file) unchanged() error {
	now, err := os.Stat(f.readPath)
	if err != nil {
		return fmt.Errorf("%s: it vanished while it was read: %w", f.path, err)
	}
	if now.Size() != f.scan.bytes || !now.ModTime().Equal(f.before.ModTime()) || !os.SameFile(now, f.before) {
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
				return nil, fmt.Errorf("%s: no .csv file in this folder", a)
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
		if !e.IsDir() && strings.HasSuffix(name, ".csv") {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	sort.Strings(out)
	return out, nil
}

// openFile unpacks a file where needed, scans it and reads its header.
func openFile(ctx context.Context, path string, stdin io.Reader, tempDir string, progress func(int64)) (*file, error) {
	f := &file{path: path, readPath: path, cleanup: func() {}}
	if err := f.unpack(ctx, stdin, tempDir); err != nil {
		return nil, err
	}
	var err error
	if f.before, err = os.Stat(f.readPath); err != nil {
		f.cleanup()
		return nil, err
	}
	f.startHash(ctx)
	if f.scan, err = lookThrough(ctx, f.readPath, progress); err == nil {
		err = f.readHeader()
	}
	if err != nil {
		f.cleanup()
		return nil, err
	}
	return f, nil
}

// unpack copies standard input, pipes, .gz and .zst into a temporary file: such a
// stream can be read only once, and a scan, a load and the texts of rejects need it
// again. What is packed shows in the name, and in a stream in its first bytes.
func (f *file) unpack(ctx context.Context, stdin io.Reader, tempDir string) error {
	in, stream := stdin, true
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
		in = src
	}
	tmp, err := os.CreateTemp(tempDir, "greybook-*.csv")
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

// readHeader reads the first record. Names that stand there twice are refused,
// because a column is found by its name.
func (f *file) readHeader() error {
	in, err := os.Open(f.readPath)
	if err != nil {
		return err
	}
	defer in.Close()
	if f.scan.lines == 0 {
		return fmt.Errorf("%s: the file is empty", f.path)
	}
	f.comma = ','
	rec, err := newCSVReader(in, ',').next()
	if err == nil && (len(rec.fields) == 1 || rec.reason == "stray_quote") && strings.Contains(rec.raw, "\t") {
		f.comma = '\t'
		f.scan.clean = false // the engine's fast path is set up for commas
		if _, err := in.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("read %s: %w", f.path, err)
		}
		rec, err = newCSVReader(in, '\t').next()
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: the file holds only blank lines", f.path)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	if rec.reason != "" {
		return fmt.Errorf("%s:%d: no header can be read: %s", f.path, rec.line, strings.ReplaceAll(rec.reason, "_", " "))
	}
	for i, h := range rec.fields {
		rec.fields[i] = strings.TrimSpace(h)
		if h != "" && slices.Contains(rec.fields[:i], rec.fields[i]) {
			return fmt.Errorf("%s: column %q stands in the header twice", f.path, h)
		}
	}
	f.header, f.head = rec.fields, rec.raw
	return nil
}

// records hands over the records after the header, one by one. A line that is none,
// and a record for which each returns a reason, come back as rejects.
func (f *file) records(each func(record) (reject, error)) ([]reject, error) {
	in, err := os.Open(f.readPath)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := newCSVReader(in, f.comma)
	if _, err := r.next(); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path, err)
	}
	r.width = len(f.header)
	var bad []reject
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
