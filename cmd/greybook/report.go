package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newReportCommand(p *program) *cobra.Command {
	var week, model, by, basis string
	cmd := &cobra.Command{
		Use:     "report",
		GroupID: groupPublish,
		Short:   "Write the weekly page",
		Long: `Write the weekly page: one self-contained HTML file that needs no network. The
page sees nothing sold after its week, so that a page of the past can be made
again. Without --week it is about the last finished week that has sales.

The page groups the versions of one model. A book without models or versions is
shown by style, of all models; --by takes the dimensions of analyze multiples.`,
		Example: `greybook report
greybook report --week 2026-W46 -o weekly
greybook report --model 993 --by colorway
greybook report --model "" --by style
greybook report --price-basis last_sale`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&week, "week", "", "ISO `WEEK` that the page is about, such as 2026-W46")
	flags.StringVar(&model, "model", "990", "`MODEL` that the page is about; all models when empty")
	flags.StringVar(&by, "by", string(analysis.ByVersion), "what the pairs are grouped by, a `DIM`")
	flags.StringVar(&basis, "price-basis", "sale", "kind of price, a `BASIS`: "+strings.Join(analysis.PriceBases(), ", "))
	p.settingFlag(cmd, "report_dir", "output,o")
	p.settingFlag(cmd, "level", "level")
	p.settingFlag(cmd, "min_n", "min-n")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		dim, err := analysis.ParseDimension(by)
		if err != nil {
			return dimensionError("--by", err)
		}
		if !slices.Contains(analysis.PriceBases(), basis) {
			err := usagef("--price-basis: there is no %q; there are %s", basis, strings.Join(analysis.PriceBases(), ", "))
			if near := nearest(basis, analysis.PriceBases()); near != "" {
				return withHint(err, "did you mean %s?", near)
			}
			return err
		}
		spec := analysis.WeeklySpec{AsOf: s.AsOf, Model: strings.TrimSpace(model), By: dim, PriceBasis: basis, Level: get[float64](s.Settings, "level"),
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
	if w.Groups.Synthetic+w.ByGreyDay.Synthetic+w.ByWeek.Synthetic > 0 {
		s.Note("SYNTHETIC: the page shows made-up sales, and says so")
	}
	if w.Groups.N == 0 {
		s.Note("the page is empty, and says what the book holds instead")
		if w.Instead != nil {
			s.Note("%s shows that", reports.ReportCommand(w.Instead.Spec))
		}
	}
	return nil
}
