package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Stamp says which state of a book's files is on the disk. Two that are equal are of the
// same content, as far as times of change can tell.
type Stamp struct{ file, log fileStamp }

// fileStamp is one file; the zero value is none.
type fileStamp struct {
	size, changed int64 // bytes; nanoseconds
	inode         uint64
}

// StampOf looks at a book's files, without opening them. A book that is not there is a
// *NoBookError.
func StampOf(path string) (Stamp, error) {
	file, err := stampFile(path)
	if err != nil {
		return Stamp{}, fmt.Errorf("book %s: %w", path, err)
	}
	if file == (fileStamp{}) {
		return Stamp{}, &NoBookError{path}
	}
	log, err := stampFile(path + ".wal")
	if err != nil {
		return Stamp{}, fmt.Errorf("book %s: %w", path, err)
	}
	return Stamp{file, log}, nil
}

func stampFile(path string) (fileStamp, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fileStamp{}, nil
	}
	if err != nil {
		return fileStamp{}, err
	}
	return fileStamp{info.Size(), info.ModTime().UnixNano(), inode(info)}, nil
}

// coarse is more than the step in which file systems count times of change.
const coarse = 20 * time.Millisecond

// Snapshot copies a book into the folder dir, under its own name, and returns the copy's
// path and what it is a copy of. It takes no lock, so it keeps nobody from writing for a
// moment even, as opening the book for reading would: whoever serves the book uses the copy.
//
// A copy of a book that is being written would be torn, so none is made: not while another
// process holds the book (then Snapshot waits up to wait), and one during which the book
// was changed is thrown away and made again. A writer is seen by its lock before or after
// the copying; one that came and went in between, by the time of change of the files,
// since that is later than the one before by a step at least.
//
// Errors: *LockedError, *NoBookError, *NotABookError.
func Snapshot(ctx context.Context, path, dir string, wait time.Duration) (copied string, of Stamp, err error) {
	if err := checkMagic(path); err != nil {
		return "", Stamp{}, err
	}
	copied = filepath.Join(dir, filepath.Base(path))
	err = whileLocked(ctx, wait, func() error {
		of, err = copyBook(ctx, path, copied)
		return err
	})
	if err != nil {
		return "", Stamp{}, errors.Join(err, removeBook(copied))
	}
	return copied, of, nil
}

// copyBook makes one attempt. A book that changes meanwhile counts as held by somebody.
func copyBook(ctx context.Context, from, to string) (Stamp, error) {
	before, err := StampOf(from)
	if err != nil {
		return before, err
	}
	time.Sleep(coarse) // what is written from here on has another time
	if err := lockedByWriter(from); err != nil {
		return before, err
	}
	if err := removeBook(to); err != nil {
		return before, err
	}
	if err := copyOut(ctx, from, to); err != nil {
		return before, err
	}
	if before.log != (fileStamp{}) {
		if err := copyOut(ctx, from+".wal", to+".wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return before, err
		}
	}
	if err := lockedByWriter(from); err != nil {
		return before, err
	}
	after, err := StampOf(from)
	if err == nil && after != before {
		err = &LockedError{Path: from}
	}
	return before, err
}

// copyOut copies a file in pieces, so that it can be interrupted.
func copyOut(ctx context.Context, from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for ctx.Err() == nil {
		_, err := io.CopyN(out, in, 64<<20) // by the file system itself, where it can
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// removeBook removes a copy, and is content when there is none.
func removeBook(path string) error {
	for _, name := range []string{path, path + ".wal"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
