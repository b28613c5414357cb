package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// reportFlags are the flags of report as they are given.
type reportFlags struct {
	week, model, by, basis string
	all, open, email       bool
}

func newReportCommand(p *program) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:     "report",
		GroupID: groupPublish,
		Short:   "Write the weekly page and its archive",
		Long: `Write the weekly page: one self-contained HTML file that needs no network. The
page sees nothing sold after its week, so that a page of the past can be made
again. Without --week it is about the last finished week that has sales.

Into the folder go WEEK.html, the page; WEEK/*.csv, the data of each chart,
unrounded; index.html, the list of all pages there with their headline figures;
and latest.html, a copy of the newest. The name of each page is printed, one a
line; --summary lists the other files, too. A folder whose index.html is of
somebody else is refused.

--all makes the page of every week that has sales, and of those between. --email
also writes WEEK.email.html, a digest small enough for a mail: the headline
figures, every finding in words, and the main charts. --open shows the page, or
with --all the list, in the browser.

The page groups the versions of one model. A book without models or versions is
shown by style, of all models; --by takes the dimensions of analyze multiples.`,
		Example: `greybook report
greybook report --week 2026-W46 -o weekly --email
greybook report --model 993 --by colorway
greybook report --model "" --by style
greybook report --price-basis last_sale`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.week, "week", "", "ISO `WEEK` that the page is about, such as 2026-W46")
	flags.BoolVar(&f.all, "all", false, "make the page of every week")
	flags.BoolVar(&f.email, "email", false, "also write a digest to mail, WEEK.email.html")
	flags.BoolVar(&f.open, "open", false, "show the page in the browser")
	flags.StringVar(&f.model, "model", "990", "`MODEL` that the page is about; all models when empty")
	flags.StringVar(&f.by, "by", string(analysis.ByVersion), "what the pairs are grouped by, a `DIM`")
	flags.StringVar(&f.basis, "price-basis", "sale", "kind of price, a `BASIS`: "+strings.Join(analysis.PriceBases(), ", "))
	p.settingFlag(cmd, "report_dir", "output,o")
	p.settingFlag(cmd, "level", "level")
	p.settingFlag(cmd, "min_n", "min-n")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		spec, err := s.reportSpec(f)
		if err != nil {
			return err
		}
		opener := ""
		if f.open { // known before the work begins
			if opener, err = findOpener(); err != nil {
				return err
			}
		}
		show, err := s.report(ctx, spec, f)
		if err != nil || !f.open {
			return err
		}
		return s.showFile(ctx, opener, show)
	})
	return cmd
}

// reportSpec checks the flags, before a file or the book is opened.
func (s *session) reportSpec(f reportFlags) (analysis.WeeklySpec, error) {
	spec := analysis.WeeklySpec{AsOf: s.AsOf, Model: strings.TrimSpace(f.model), PriceBasis: f.basis, Level: get[float64](s.Settings, "level"),
		MinN: get[int](s.Settings, "min_n"), Program: "greybook " + s.Env.Version}
	var err error
	if spec.By, err = analysis.ParseDimension(f.by); err != nil {
		return spec, dimensionError("--by", err)
	}
	if !slices.Contains(analysis.PriceBases(), f.basis) {
		err := usagef("--price-basis: there is no %q; there are %s", f.basis, strings.Join(analysis.PriceBases(), ", "))
		if near := nearest(f.basis, analysis.PriceBases()); near != "" {
			return spec, withHint(err, "did you mean %s?", near)
		}
		return spec, err
	}
	if f.week == "" {
		return spec, nil
	}
	if f.all {
		return spec, usagef("--week and --all do not go together: --all makes the page of every week")
	}
	monday, err := data.ParseISOWeek(f.week)
	if err != nil {
		return spec, usagef("--week: %w", err)
	}
	if monday > s.AsOf {
		return spec, usagef("--week: %s begins after %s", f.week, s.AsOf)
	}
	spec.Week = monday
	return spec, nil
}

// report makes the pages and puts them into the archive, its list last. It returns the
// file to show.
func (s *session) report(ctx context.Context, spec analysis.WeeklySpec, f reportFlags) (show string, err error) {
	b, err := s.readBook(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, b.Close()) }() // a second Close does nothing
	a, err := s.openArchive(get[string](s.Settings, "report_dir"))
	if err != nil {
		return "", err
	}
	if s.Env.Getenv("GOGC") == "" {
		// Drawing throws away much and keeps little: collected less often, a page takes a
		// quarter less of the processors for an eighth more of memory.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	press := reports.NewPress(runtime.GOMAXPROCS(0), f.email)
	if f.all {
		err = s.reportAll(ctx, b, spec, a, press)
	} else {
		show, err = s.reportWeek(ctx, b, spec, a, press)
	}
	if err != nil {
		return "", err
	}
	list, err := a.finish(ctx)
	if show == "" {
		show = list
	}
	return show, err
}

// reportWeek computes one page, gives the book back, draws and writes.
func (s *session) reportWeek(ctx context.Context, b *data.Book, spec analysis.WeeklySpec, a *archive, press *reports.Press) (string, error) {
	stop := s.Rec.Step("analyse")
	w, err := analysis.ComputeWeekly(ctx, b, spec)
	stop()
	if err = errors.Join(err, b.Close()); err != nil {
		return "", err
	}
	stop = s.Rec.Step("draw")
	page, err := press.Week(ctx, w)
	stop()
	if err != nil {
		return "", err
	}
	if err := a.add(ctx, page); err != nil {
		return "", err
	}
	if page.Empty {
		s.Note("the page is empty, and says what the book holds instead")
		if page.Instead != nil {
			s.Note("%s shows that", reports.ReportCommand(page.Instead.Spec))
		}
	}
	return filepath.Join(a.dir, page.Page.Name), nil
}

// reportAll makes the page of every week. The book is held until the last is analysed:
// the pages are drawn meanwhile, so that few are in memory at a time.
func (s *session) reportAll(ctx context.Context, b *data.Book, spec analysis.WeeklySpec, a *archive, press *reports.Press) error {
	weeks, err := analysis.PageWeeks(ctx, b, spec)
	if err != nil {
		return err
	}
	if len(weeks) == 0 {
		return withHint(fmt.Errorf("there is no page to write: no finished week up to %s has a record of the price basis %s that is fit for a figure", spec.AsOf, spec.PriceBasis),
			"greybook report without --all writes a page that says what the book holds")
	}
	defer s.Rec.Step("pages")()
	bar := s.ProgressOf(int64(len(weeks)), "pages", "weekly pages")
	defer bar.Done()
	empty := 0
	err = press.Weeks(ctx, func(ctx context.Context, f func(analysis.Weekly) error) error {
		return analysis.ComputeWeeklies(ctx, b, spec, weeks, f)
	}, func(page reports.WeekPage) error {
		if page.Empty {
			empty++
		}
		if s.Env.StdoutTerminal {
			bar.clear() // the name of the page would be written into it
		}
		err := a.add(ctx, page)
		bar.Add(1)
		return err
	})
	if err != nil {
		return err
	}
	if empty > 0 {
		s.Note("%d of %d pages are empty, and say what the book holds instead", empty, len(weeks))
	}
	return nil
}
