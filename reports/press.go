package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// Press makes weekly pages and what lies beside them. It draws several figures at a time,
// of one page or of many; the same weeks give the same bytes whatever their order.
// It may be used by several goroutines.
type Press struct {
	email   bool
	drawers chan startedDrawer
}

type startedDrawer struct {
	*stillDrawer
	err error
}

// NewPress starts a press that draws up to n figures at a time; each takes some 60 MB.
// It returns at once: the chart library starts while the caller analyses. With email
// each week has a file to mail, too.
func NewPress(n int, email bool) *Press {
	p := &Press{email: email, drawers: make(chan startedDrawer, max(n, 1))}
	for range cap(p.drawers) {
		go func() {
			d, err := newStillDrawer()
			p.drawers <- startedDrawer{d, err}
		}()
	}
	return p
}

// ArchiveFile is one file of an archive; Name is relative to its folder, with slashes.
type ArchiveFile struct {
	Name string
	Text []byte
}

// WeekPage is one week's page, ready to be put into an archive.
type WeekPage struct {
	Week  data.Date // its Monday
	Page  ArchiveFile
	Data  []ArchiveFile // of each figure that has rows, as CSV, in the order of the page
	Email *ArchiveFile  // nil: not asked for

	Synthetic bool              // made-up sales are in it
	Empty     bool              // its groups have nothing to show
	Instead   *analysis.Instead // where Empty: a page that would show something
}

// Week makes the page of one week. It stops soon when ctx is cancelled.
func (p *Press) Week(ctx context.Context, wk analysis.Weekly) (WeekPage, error) {
	week := wk.Week.ISOWeek()
	out := WeekPage{Week: wk.Week.Monday(), Page: ArchiveFile{Name: PageName(wk.Week)}, Empty: wk.Groups.N == 0, Instead: wk.Instead,
		Synthetic: wk.Groups.Synthetic+wk.ByGreyDay.Synthetic+wk.ByWeek.Synthetic > 0}
	fail := func(err error) (WeekPage, error) { return out, fmt.Errorf("weekly page %s: %w", week, err) }
	pg, err := weeklyPage(wk)
	if err != nil {
		return fail(err)
	}
	record := recordOf(wk)
	if pg.Record, err = record.text(); err != nil {
		return fail(err)
	}
	pg.Archive = archiveName
	for i := range pg.Figures {
		f := &pg.Figures[i]
		if text := figureCSV(*f, wk.Week, wk.AsOf); text != nil {
			f.CSV = week + "/" + f.ID + ".csv"
			out.Data = append(out.Data, ArchiveFile{f.CSV, text})
		}
	}
	if err := p.draw(ctx, pg.Figures); err != nil {
		return fail(err)
	}
	var text bytes.Buffer
	if err := printPage(&text, pg); err != nil {
		return fail(err)
	}
	out.Page.Text = text.Bytes()
	if p.email {
		mail, err := emailOf(pg, out.Page.Name)
		if err != nil {
			return fail(err)
		}
		out.Email = &ArchiveFile{week + ".email.html", mail}
	}
	return out, nil
}

// draw draws the figures that have something to draw, in both sizes.
func (p *Press) draw(ctx context.Context, figures []pageFigure) error {
	errs := make([]error, len(figures))
	var all sync.WaitGroup
	for i := range figures {
		if figures[i].Option != nil {
			all.Go(func() { errs[i] = p.drawOne(ctx, &figures[i]) })
		}
	}
	all.Wait()
	for _, err := range errs { // the first of the page, whichever failed first
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Press) drawOne(ctx context.Context, f *pageFigure) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case d := <-p.drawers:
		defer func() { p.drawers <- d }()
		if d.err != nil {
			return d.err
		}
		return f.draw(d.stillDrawer)
	}
}

// Weeks makes the pages of many weeks. It calls each, which hands the weeks to its
// function one by one and returns the first error of that, as analysis.ComputeWeeklies
// does; write gets their pages in the same order, one at a time. While a page is written
// the next are drawn and analysed, but no more than twice as many as the press draws at
// a time are held. Weeks ends with the first error, and soon when ctx is cancelled.
func (p *Press) Weeks(ctx context.Context, each func(context.Context, func(analysis.Weekly) error) error, write func(WeekPage) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type made struct {
		page WeekPage
		err  error
	}
	queue := make(chan chan made, cap(p.drawers))
	analysed := make(chan error, 1)
	go func() {
		defer close(queue)
		analysed <- each(ctx, func(wk analysis.Weekly) error {
			one := make(chan made, 1)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case queue <- one:
			}
			go func() {
				page, err := p.Week(ctx, wk)
				one <- made{page, err}
			}()
			return nil
		})
	}()
	var failed error
	for one := range queue {
		m := <-one
		if failed != nil {
			continue // what was begun comes to its end
		}
		if failed = m.err; failed == nil {
			failed = write(m.page)
		}
		if failed != nil {
			cancel()
		}
	}
	err := <-analysed
	if failed != nil && (err == nil || errors.Is(err, context.Canceled)) {
		return failed
	}
	return err
}
