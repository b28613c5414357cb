package main

import (
	"context"
	"errors"
	"os"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// bookOptions are the settings that every opening of a book heeds.
func (s *session) bookOptions() data.Options {
	threads := get[int](s.Settings, "threads")
	if threads == 0 && s.Aside {
		threads = 1
	}
	return data.Options{
		Threads:     threads,
		MemoryLimit: get[string](s.Settings, "memory_limit"),
		Wait:        s.Wait,
	}
}

// mostMemory is what the engine may use of a big machine's memory to write to a book,
// unless the setting memory_limit says more: ten million sales are read in as fast as
// with all of it (make bench), and thirty million leave room for others.
const mostMemory = 1536 << 20

// openBook opens the book for writing, and makes it when there is none. A dry run
// on a book that does not exist works on one in memory, so that it leaves nothing.
func (s *session) openBook(ctx context.Context, dryRun bool) (*data.Book, error) {
	path := s.Path(s.Book())
	if dryRun {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			path = ""
		}
	}
	return s.openBookAt(ctx, path)
}

func (s *session) openBookAt(ctx context.Context, path string) (*data.Book, error) {
	o := s.bookOptions()
	o.MemoryMost = mostMemory
	b, err := data.Open(ctx, path, o)
	if err != nil {
		return nil, bookHint(err)
	}
	if err := analysis.Install(ctx, b); err != nil {
		b.Close()
		return nil, err
	}
	if err := s.noteDueOf(ctx, b); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

// noteDue tells that the sales may have better matches in a newer built-in reference.
// The command goes on: what they have is not wrong.
func (s *session) noteDue(due bool) {
	if due && !s.dueTold {
		s.dueTold = true
		s.Note("the built-in reference has changed since the sales of this book were matched: greybook resolve matches them again")
	}
}

// noteDueOf is noteDue of an open book.
func (s *session) noteDueOf(ctx context.Context, b *data.Book) error {
	due, err := b.ResolveDue(ctx)
	s.noteDue(due)
	return err
}

// readBook opens the book for reading. A book whose models are of another greybook
// is brought up to date first, which needs the book for a moment.
func (s *session) readBook(ctx context.Context) (*data.Book, error) {
	return s.readBookAt(ctx, s.Path(s.Book()))
}

func (s *session) readBookAt(ctx context.Context, path string) (*data.Book, error) {
	for range 2 {
		b, err := data.OpenReadOnly(ctx, path, s.bookOptions())
		if err != nil {
			return nil, bookHint(err)
		}
		fresh, err := analysis.Fresh(ctx, b)
		if err != nil || fresh {
			if err == nil {
				err = s.noteDueOf(ctx, b)
			}
			if err != nil {
				b.Close()
				return nil, err
			}
			return b, nil
		}
		b.Close()
		w, err := s.openBookAt(ctx, path)
		if err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the book's models are of another version of greybook and can't be renewed")
}

// bookHint says what to try when a book can't be opened.
func bookHint(err error) error {
	var locked *data.LockedError
	var newer *data.NewerBookError
	var none *data.NoBookError
	switch {
	case errors.As(err, &locked):
		return withHint(err, "--wait 30s waits for it")
	case errors.As(err, &newer):
		return withHint(err, "install a newer greybook")
	case errors.As(err, &none):
		return withHint(err, "greybook ingest makes a book; --book names another one")
	}
	return err
}
