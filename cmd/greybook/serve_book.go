package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

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
		if err != nil {
			err = &copyError{err, dir, filepath.Dir(s.Path(s.Book()))}
		}
	}()
	asOf := h.today()
	path, stamp, err := data.Snapshot(ctx, s.Path(s.Book()), dir, wait)
	if err != nil {
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
	est, err := analysis.ComputeEstimates(ctx, b, analysis.EstimatesSpec{AsOf: asOf, Level: get[float64](s.Settings, "level")})
	if err != nil {
		return nil, err
	}
	index, err := analysis.PublishedIndex(ctx, b, asOf)
	if err != nil {
		return nil, err
	}
	facts, err := analysis.ComputeFacts(ctx, b, asOf)
	if err != nil {
		return nil, err
	}
	id, err := b.Meta(ctx, "book_id")
	if err != nil {
		return nil, err
	}
	meta := reports.FeedMeta{AsOf: asOf, BookVersion: facts.BookVersion, MethodVersion: analysis.PremiumMethod,
		Program: "greybook " + s.Env.Version, Synthetic: facts.Synthetic, BookID: id}
	return reports.NewGeneration(meta, est, index)
}

// copyError is what went wrong with a copy, said of the book.
type copyError struct {
	err          error
	copied, book string
}

func (e *copyError) Error() string { return strings.ReplaceAll(e.err.Error(), e.copied, e.book) }
func (e *copyError) Unwrap() error { return e.err }
