package ingest

import (
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
	header   []string
	comma    byte
	cleanup  func()
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
	if err := f.unpack(stdin, tempDir); err != nil {
		return nil, err
	}
	var err error
	if f.scan, err = scanFile(ctx, f.readPath, progress); err == nil {
		err = f.readHeader()
	}
	if err != nil {
		f.cleanup()
		return nil, err
	}
	return f, nil
}

// unpack copies standard input, .gz and .zst into a temporary file: such a stream
// can be read only once, and a scan, a load and the texts of rejects need it
// again.
func (f *file) unpack(stdin io.Reader, tempDir string) error {
	var in io.Reader
	if f.path == "-" {
		in = stdin
	} else {
		name := strings.ToLower(f.path)
		if !strings.HasSuffix(name, ".gz") && !strings.HasSuffix(name, ".zst") {
			return nil
		}
		packed, err := os.Open(f.path)
		if err != nil {
			return err
		}
		defer packed.Close()
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(packed)
			if err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
			defer z.Close()
			in = z
		} else {
			z, err := zstd.NewReader(packed)
			if err != nil {
				return fmt.Errorf("%s: %w", f.path, err)
			}
			defer z.Close()
			in = z
		}
	}
	tmp, err := os.CreateTemp(tempDir, "greybook-*.csv")
	if err != nil {
		return err
	}
	f.readPath = tmp.Name()
	f.cleanup = func() { os.Remove(tmp.Name()) }
	_, err = io.Copy(tmp, in)
	if err = errors.Join(err, tmp.Close()); err != nil {
		f.cleanup()
		return fmt.Errorf("unpack %s: %w", f.path, err)
	}
	return nil
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
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: the file holds only blank lines", f.path)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", f.path, err)
	}
	if rec.reason != "" {
		return fmt.Errorf("%s:%d: no header can be read: %s", f.path, rec.line, strings.ReplaceAll(rec.reason, "_", " "))
	}
	if len(rec.fields) == 1 && strings.Contains(rec.fields[0], "\t") {
		f.comma = '\t'
		f.scan.clean = false // the engine's fast path is set up for commas
		rec.fields = strings.Split(rec.fields[0], "\t")
	}
	for i, h := range rec.fields {
		rec.fields[i] = strings.TrimSpace(h)
		if h != "" && slices.Contains(rec.fields[:i], rec.fields[i]) {
			return fmt.Errorf("%s: column %q stands in the header twice", f.path, h)
		}
	}
	f.header = rec.fields
	return nil
}
