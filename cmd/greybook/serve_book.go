package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// shelf keeps the API's generation the book's.
type shelf struct {
	s      *session
	api    *reports.API
	seen   data.Stamp // of the book that was read last
	asOf   data.Date  // that it was read as of
	failed string     // why it could not be read the last time; "": it could
	bad    data.Stamp // of a book that could not be read, though nobody held it
	rest   int        // looks that such a book is left alone for
	rests  int        // the last such number
}

// open reads the book for the first time, and waits for it as --wait says.
func (h *shelf) open(ctx context.Context) error {
	stop := h.s.Rec.Step("load")
	defer stop()
	g, err := h.read(ctx, h.s.Wait)
	if err != nil {
		return err
	}
	h.api.Swap(g)
	h.s.Log.Info("serving", "generation", g.ID(), "as_of", g.Manifest().AsOf.String(), "estimates", g.Manifest().Estimates)
	if g.Manifest().Synthetic {
		h.s.Note("SYNTHETIC: figures of this book are made up; every answer says so")
	}
	return nil
}

// watch looks at the book again and again, until ctx ends.
func (h *shelf) watch(ctx context.Context, poll time.Duration, now <-chan struct{}, cert *certificate) {
	var tick <-chan time.Time
	if poll > 0 {
		t := time.NewTicker(poll)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			h.look(ctx, false)
		case <-now:
			if err := cert.reload(); err != nil {
				h.s.Log.Warn("the certificate can't be read again; the old one is used on", "error", err)
			}
			h.look(ctx, true)
		}
	}
}

// look reads the book if it has changed, or the day has; or anyway.
func (h *shelf) look(ctx context.Context, anyway bool) {
	stamp, err := data.StampOf(h.s.Path(h.s.Book()))
	if err == nil && !anyway && stamp == h.seen && h.today() == h.asOf {
		h.recovered()
		h.api.Confirm()
		return
	}
	if err == nil && !anyway && stamp == h.bad && h.rest > 0 {
		h.rest--
		return
	}
	var g *reports.Generation
	if err == nil {
		g, err = h.read(ctx, 0)
	}
	var locked *data.LockedError
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.api.ReloadFailed()
		if !errors.As(err, &locked) { // to copy a large book that is spoilt is work for nothing
			h.rests = min(2*h.rests+1, 63)
			h.bad, h.rest = stamp, h.rests
		}
		if why := err.Error(); why != h.failed { // once, not at every look
			h.failed = why
			h.s.Log.Warn("the book can't be read; what there is is served on", "error", why)
		}
	default:
		h.recovered()
		if h.api.Swap(g) {
			h.s.Log.Info("serving", "generation", g.ID(), "as_of", g.Manifest().AsOf.String(), "estimates", g.Manifest().Estimates)
		}
	}
}

func (h *shelf) recovered() {
	h.bad, h.rests = data.Stamp{}, 0
	if h.failed != "" {
		h.failed = ""
		h.s.Log.Warn("the book can be read again")
	}
}

// today is the day that results are of: the one that the user gave, or the clock's.
func (h *shelf) today() data.Date {
	if day := get[data.Date](h.s.Settings, "as_of"); !day.IsZero() {
		return day
	}
	return data.DateOf(h.s.Env.Now().UTC())
}

// read makes a generation of the book as it is now, from a copy: the book itself is open
// at no time, so nobody who wants to write to it finds it locked. A book that another
// process is writing to is waited for up to wait.
func (h *shelf) read(ctx context.Context, wait time.Duration) (g *reports.Generation, err error) {
	s := h.s
	dir, err := os.MkdirTemp("", "greybook-serve-")
	if err != nil {
		return nil, withHint(fmt.Errorf("make a folder for a copy of the book: %w", err), "TMPDIR names where; there has to be room for the book")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	defer func() {
		if v := recover(); v != nil { // a sale that nobody thought of must not end the service
			s.Log.Error("a bug in greybook", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = fmt.Errorf("a bug in greybook: %v", v)
		}
		if err != nil {
			err = &copyError{err, dir, filepath.Dir(s.Path(s.Book()))}
		}
	}()
	asOf := h.today()
	path, stamp, err := data.Snapshot(ctx, s.Path(s.Book()), dir, wait)
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = withHint(err, "a copy of the book needs room; TMPDIR names another folder for it")
		}
		return nil, bookHint(err)
	}
	if g, err = s.generation(ctx, path, asOf); err != nil {
		return nil, err
	}
	h.seen, h.asOf = stamp, asOf
	return g, nil
}

// generation reads a book and lets go of it.
func (s *session) generation(ctx context.Context, path string, asOf data.Date) (g *reports.Generation, err error) {
	b, err := s.readBookAt(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	meta, est, err := s.estimatesOf(ctx, b, asOf)
	if err != nil {
		return nil, err
	}
	index, err := analysis.PublishedIndex(ctx, b, asOf)
	if err != nil {
		return nil, err
	}
	return reports.NewGeneration(meta, est, index)
}

// copyError is what went wrong with a copy, said of the book.
type copyError struct {
	err          error
	copied, book string
}

func (e *copyError) Error() string { return strings.ReplaceAll(e.err.Error(), e.copied, e.book) }
func (e *copyError) Unwrap() error { return e.err }
