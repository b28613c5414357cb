package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// output is data on its way to a file, which appears under its name only when
// Commit has it all on the disk. Whoever makes one also defers its Discard.
type output struct {
	name  string // as given; "-" is stdout
	path  string // where it goes, symbolic links followed; "" is straight to w
	w     io.Writer
	file  *os.File  // nil for stdout
	hash  hash.Hash // nil where nobody asked for a summary
	size  int64
	begun int64 // of size, how much is on its way to the disk
	rec   *recorder
	ended bool
}

// Output writes a file by calling write. The file appears only when write
// succeeds and the run was not interrupted; name "" or "-" is stdout. A binary
// format refuses a terminal.
func (s *session) Output(ctx context.Context, name string, binary bool, write func(io.Writer) error) error {
	out, err := s.CreateOutput(name, binary)
	if err != nil {
		return err
	}
	defer out.Discard()
	if err := write(out); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return out.Commit()
}

// CreateOutput is Output in steps, for files that appear together: create all,
// write all, commit all.
func (s *session) CreateOutput(name string, binary bool) (*output, error) {
	if name == "" || name == "-" {
		if binary && s.Env.StdoutTerminal {
			return nil, withHint(usagef("a binary format does not go to a terminal"),
				"write it to a file with -o FILE, or into a pipe")
		}
		return &output{name: "-", w: s.Env.Stdout, hash: s.Rec.newHash(), rec: s.Rec}, nil
	}
	out, err := createOutput(s.Path(name))
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	out.name, out.rec, out.hash = name, s.Rec, s.Rec.newHash()
	return out, nil
}

// createOutput opens a temporary file beside path, which must be absolute.
func createOutput(path string) (*output, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // replace what a link points to, not the link
	}
	mode := fs.FileMode(0)
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, cause(err)
	case info.IsDir():
		return nil, errors.New("it is a folder")
	case !info.Mode().IsRegular():
		// A device or a named pipe cannot be replaced, only written to.
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, cause(err)
		}
		return &output{w: f, file: f}, nil
	default:
		mode = info.Mode().Perm()
	}
	// os.CreateTemp would make it readable by its owner alone; so the mode is what
	// the user's umask makes of it, as of any new file.
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8]+".tmp")
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, withHint(cause(err), "the folder %s must exist and be writable", filepath.Dir(path))
	}
	if mode != 0 {
		if err := f.Chmod(mode); err != nil {
			return nil, errors.Join(cause(err), f.Close(), os.Remove(temporary))
		}
	}
	return &output{path: path, w: f, file: f}, nil
}

// writebackSize is how much of a file is sent on its way to the disk at a time.
const writebackSize = 8 << 20

// Write adds to the output.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.w.Write(b)
	if o.hash != nil {
		o.hash.Write(b[:n])
	}
	o.size += int64(n)
	if o.path != "" && o.size-o.begun >= writebackSize {
		startWriteback(o.file, o.begun, o.size-o.begun)
		o.begun = o.size
	}
	if err != nil && o.file != nil {
		return n, fmt.Errorf("write %s: %w", o.name, cause(err))
	}
	return n, err // stdout: run words it
}

// Commit gives the output its name, once it is safely on the disk, and records
// it for the summary.
func (o *output) Commit() error {
	if err := o.commit(); err != nil {
		return fmt.Errorf("write %s: %w", o.name, cause(err))
	}
	if o.hash != nil {
		o.rec.Output(fileRecord{o.name, o.size, hex.EncodeToString(o.hash.Sum(nil))})
	}
	return nil
}

func (o *output) commit() error {
	switch {
	case o.ended || o.file == nil:
		o.ended = true
		return nil
	case o.path == "":
		o.ended = true
		return o.file.Close()
	}
	if err := o.file.Sync(); err != nil {
		return err
	}
	if err := o.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(o.file.Name(), o.path); err != nil {
		return err
	}
	o.ended = true
	return syncFolder(filepath.Dir(o.path))
}

// Discard takes back what was not committed. After Commit it does nothing.
func (o *output) Discard() {
	if o.ended || o.file == nil {
		return
	}
	o.ended = true
	o.file.Close()
	if o.path != "" {
		os.Remove(o.file.Name())
	}
}

// syncFolder puts a rename on the disk. Some file systems cannot sync a folder;
// the file is whole all the same, so their refusal is no failure.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil
	}
	d.Sync()
	return d.Close()
}
