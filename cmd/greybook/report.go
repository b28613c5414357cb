package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newReportCommand(p *program) *cobra.Command {
	var week, model, basis string
	cmd := &cobra.Command{
		Use:     "report",
		GroupID: groupPublish,
		Short:   "Write the weekly page",
		Long: `Write the weekly page: one self-contained HTML file that needs no network. The
page sees nothing sold after its week, so that a page of the past can be made
again. Without --week it is about the last finished week that has sales.`,
		Example: `greybook report
greybook report --week 2026-W46 -o weekly
greybook report --model 993`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&week, "week", "", "ISO `WEEK` that the page is about, such as 2026-W46")
	flags.StringVar(&model, "model", "990", "`MODEL` whose versions the page shows")
	flags.StringVar(&basis, "price-basis", "sale", "kind of price; anything but sale is labelled as no completed sale, a `BASIS` of the contract")
	p.settingFlag(cmd, "report_dir", "output,o")
	p.settingFlag(cmd, "level", "level")
	p.settingFlag(cmd, "min_n", "min-n")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		spec := analysis.WeeklySpec{AsOf: s.AsOf, Model: model, PriceBasis: basis, Level: get[float64](s.Settings, "level"),
			MinN: get[int](s.Settings, "min_n"), Program: "greybook " + s.Env.Version}
		if week != "" {
			monday, err := data.ParseISOWeek(week)
			if err != nil {
				return usagef("--week: %w", err)
			}
			if monday > s.AsOf {
				return usagef("--week: %s begins after %s", week, s.AsOf)
			}
			spec.Week = monday
		}
		return s.report(ctx, spec)
	})
	return cmd
}

// report computes the page, gives the book back, and writes DIR/WEEK.html.
func (s *session) report(ctx context.Context, spec analysis.WeeklySpec) error {
	b, err := s.readBook(ctx)
	if err != nil {
		return err
	}
	stop := s.Rec.Step("analyse")
	w, err := analysis.ComputeWeekly(ctx, b, spec)
	stop()
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	dir := get[string](s.Settings, "report_dir")
	if err := os.MkdirAll(s.Path(dir), 0o777); err != nil {
		return fmt.Errorf("make the report's folder: %w", err)
	}
	name := filepath.Join(dir, w.Week.ISOWeek()+".html")
	stop = s.Rec.Step("draw")
	err = s.Output(ctx, name, false, func(out io.Writer) error { return reports.WriteWeekly(out, w) })
	stop()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, name)
	if w.ByVersion.Synthetic+w.ByGreyDay.Synthetic > 0 {
		s.Note("SYNTHETIC: the page shows made-up sales, and says so")
	}
	return nil
}
