package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// The files of an archive that stand for all of its pages.
const (
	archiveList   = "index.html"
	archiveLatest = "latest.html"
)

// archive is the folder that weekly pages go to. Each file appears whole or not at all.
// A week's data appear before its page, and the list and the latest page after all
// pages: whatever the moment of an interruption, every page is whole, old or new, and
// what the list names is there.
type archive struct {
	s         *session
	dir       string // as given
	synthetic bool   // a page with made-up sales was added
}

// openArchive makes the folder where it is missing, and refuses one that cannot be
// written or whose list is somebody else's.
func (s *session) openArchive(dir string) (*archive, error) {
	a := &archive{s: s, dir: dir}
	if err := os.MkdirAll(s.Path(dir), 0o777); err != nil {
		return nil, fmt.Errorf("make the report's folder %s: %w", dir, cause(err))
	}
	for _, name := range []string{archiveList, archiveLatest} {
		head, err := a.head(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read %s: %w", a.path(name), cause(err))
		}
		if err == nil && len(head) > 0 && !reports.IsArchive(head) {
			return nil, withHint(fmt.Errorf("%s is not of greybook, and would be written over", a.path(name)),
				"write the pages to another folder with -o, or move that file away")
		}
	}
	trial, err := s.CreateOutput(a.path(archiveList), false) // to fail now and not after an hour
	if err != nil {
		return nil, err
	}
	trial.Discard()
	return a, nil
}

func (a *archive) path(name string) string { return filepath.Join(a.dir, filepath.FromSlash(name)) }

// head is the beginning of a file of the archive.
func (a *archive) head(name string) ([]byte, error) {
	f, err := os.Open(a.s.Path(a.path(name)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 16<<10))
}

// add puts a week's files into the archive and prints the names of its page and mail.
// All of them are on the disk before the first appears.
func (a *archive) add(ctx context.Context, page reports.WeekPage) error {
	folder := page.Week.ISOWeek()
	if len(page.Data) > 0 {
		if err := os.MkdirAll(a.s.Path(a.path(folder)), 0o777); err != nil {
			return fmt.Errorf("make the folder of the page's data %s: %w", a.path(folder), cause(err))
		}
	}
	files := slices.Clone(page.Data)
	if page.Email != nil {
		files = append(files, *page.Email)
	}
	if err := a.put(ctx, append(files, page.Page)...); err != nil {
		return err
	}
	if err := a.sweep(folder, page.Data); err != nil {
		return err
	}
	a.s.Rec.Count("pages", 1)
	fmt.Fprintln(a.s.Out, a.path(page.Page.Name))
	if page.Email != nil {
		fmt.Fprintln(a.s.Out, a.path(page.Email.Name))
	}
	if page.Synthetic && !a.synthetic {
		a.s.Note("SYNTHETIC: the page shows made-up sales, and says so")
		a.synthetic = true
	}
	return nil
}

// put writes files under their names, in that order.
func (a *archive) put(ctx context.Context, files ...reports.ArchiveFile) error {
	var outs []*output
	defer func() {
		for _, o := range outs {
			o.Discard()
		}
	}()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, err := a.s.CreateOutput(a.path(f.Name), false)
		if err != nil {
			return err
		}
		outs = append(outs, o)
		if _, err := o.Write(f.Text); err != nil {
			return err
		}
	}
	for _, o := range outs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := o.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// sweep takes away the data of figures that the page no longer has: they would speak for
// another page. It touches nothing but files that greybook wrote.
func (a *archive) sweep(folder string, keep []reports.ArchiveFile) error {
	old, err := os.ReadDir(a.s.Path(a.path(folder)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list the folder of the page's data: %w", err)
	}
	for _, o := range old {
		name := folder + "/" + o.Name()
		if filepath.Ext(name) != ".csv" || slices.ContainsFunc(keep, func(f reports.ArchiveFile) bool { return f.Name == name }) {
			continue
		}
		head, err := a.head(name)
		if err != nil {
			continue // a folder of that name, or nothing of ours
		}
		header, _, _ := bytes.Cut(head, []byte("\n"))
		if !reports.IsFigureCSV(string(header)) {
			continue
		}
		if err := os.Remove(a.s.Path(a.path(name))); err != nil {
			return fmt.Errorf("take away %s, whose figure the page no longer has: %w", a.path(name), cause(err))
		}
	}
	return nil
}

// finish makes the list of what the folder holds, and latest.html. That is a copy of the
// newest page and not a link: a copy opens from a disk, from a mail and on Windows
// alike, and its data lie where its links say.
func (a *archive) finish(ctx context.Context) (list string, err error) {
	names, err := os.ReadDir(a.s.Path(a.dir))
	if err != nil {
		return "", fmt.Errorf("list the report's folder: %w", err)
	}
	var entries []reports.ArchiveEntry
	var latest *reports.ArchiveFile
	unread := 0
	for _, n := range slices.Backward(names) { // the newest week first
		week, ok := reports.PageWeek(n.Name())
		if !ok || n.IsDir() {
			continue
		}
		e := reports.ArchiveEntry{Week: week}
		if r, err := a.record(n.Name(), week); err == nil {
			e.Record = &r
		} else {
			unread++
			a.s.Note("%s is listed without figures: %v", a.path(n.Name()), cause(err))
		}
		entries = append(entries, e)
		if latest == nil && e.Record != nil {
			text, err := os.ReadFile(a.s.Path(a.path(n.Name())))
			if err != nil {
				return "", fmt.Errorf("copy %s: %w", a.path(n.Name()), cause(err))
			}
			latest = &reports.ArchiveFile{Name: archiveLatest, Text: text}
		}
	}
	index, err := reports.ArchiveIndex(entries, latest != nil)
	if err != nil {
		return "", err
	}
	files := []reports.ArchiveFile{{Name: archiveList, Text: index}}
	if latest != nil { // before the list, which names it
		files = append([]reports.ArchiveFile{*latest}, files...)
	}
	return a.path(archiveList), a.put(ctx, files...)
}

// record reads what a page tells of itself.
func (a *archive) record(name string, week data.Date) (reports.WeekRecord, error) {
	head, err := a.head(name)
	if err != nil {
		return reports.WeekRecord{}, err
	}
	return reports.ReadWeekRecord(bytes.NewReader(head), week)
}
