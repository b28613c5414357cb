package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// indexFlags are the flags of a question about the index.
type indexFlags struct {
	segments, weightings       []string
	condition, since           string
	revisions, publish, dryRun bool
}

func newAnalyzeIndexCommand(p *program) *cobra.Command {
	var f indexFlags
	cmd := &cobra.Command{
		Use:   "index",
		Short: "The weekly market index: what the same pairs sell for",
		Long: `How the price level moved for the same pairs, whatever mix of them sold in a week:
100 in the first week, with its interval. Styles, size bands and the weeks since a
release are taken out by regression, far residuals count less, and weeks of few sales
lean on their neighbours. Completed sales of new pairs; weeks that are over.

Segments: all, 990, grey_day (the list), and each version with enough sales: 100 of
them, 3 styles that sold in two weeks or more, 8 weeks with a sale. --segment asks
for others, a model or a version of one. Weightings: sale (one sale, one vote: what
sold), style (one vote for each style and week: what a catalog holds), repeat
(repeat sales, as a cross-check).

Nothing is written unless --publish says so: then all segments and weightings of now
are kept as a vintage and become the table market_index. Weeks older than the last
eight are frozen: no later vintage changes them. The next ones are linked to them,
and here too: the column refit is what the sales of now make of a week,
published its value before where that changed, and --revisions how much refits
changed, by the age of the week.`,
		Example: `greybook analyze index --segment 990
greybook analyze index --segment 990,grey_day --weighting sale,style,repeat --format csv
greybook analyze index --publish --dry-run
greybook analyze index --publish
greybook analyze index --revisions`,
		Args: cobra.NoArgs,
	}
	f.define(cmd)
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		spec, since, err := f.spec(s)
		switch {
		case err != nil:
			return err
		case f.publish:
			for _, name := range []string{"segment", "weighting", "condition", "since", "level", "format", "output", "limit"} {
				if cmd.Flags().Changed(name) {
					return usagef("--%s does not go with --publish, which keeps all segments and weightings and prints no rows", name)
				}
			}
			return s.publishIndex(ctx, f.dryRun)
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		if f.revisions {
			return s.indexRevisions(ctx, out, b)
		}
		x, err := analysis.ComputeIndex(ctx, b, spec)
		if err != nil {
			return segmentError(err)
		}
		for i, t := range x.Series {
			x.Series[i].Rows = slices.DeleteFunc(t.Rows, func(r analysis.IndexRow) bool { return r.Week.AddDays(6) < since })
		}
		s.noteIndex(x)
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.IndexRows(memory.DefaultAllocator, x) })
		return err
	})
	return cmd
}

// define gives cmd the flags.
func (f *indexFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.segments, "segment", nil, "only this `SEGMENT`, or several, separated by commas")
	flags.StringSliceVar(&f.weightings, "weighting", []string{string(analysis.WeighSales)}, "what counts, a `WEIGHTING` or several: sale, style, repeat")
	flags.StringVar(&f.condition, "condition", "new", "pairs of this `CONDITION`: new, new_defects, used, unknown, any")
	flags.StringVar(&f.since, "since", "", "print only the weeks from this `DATE` on; the fit is of all")
	flags.BoolVar(&f.revisions, "revisions", false, "print how much the published vintages' refits changed, by the age of a week")
	flags.BoolVar(&f.publish, "publish", false, "keep the index of now as the newest vintage; writes to the book")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --publish: show what would happen and leave the book as it is")
}

// spec checks the flags before any file is opened.
func (f indexFlags) spec(s *session) (spec analysis.IndexSpec, since data.Date, err error) {
	spec = analysis.IndexSpec{Segments: f.segments, AsOf: s.AsOf, Condition: f.condition, Level: get[float64](s.Settings, "level")}
	if f.dryRun && !f.publish {
		return spec, since, usagef("--dry-run goes with --publish; without it nothing is written")
	}
	if f.revisions && f.publish {
		return spec, since, usagef("--revisions and --publish are two commands: give one of them")
	}
	conditions := []string{"new", "new_defects", "used", "unknown", analysis.AnyCondition}
	if !slices.Contains(conditions, f.condition) {
		err := usagef("--condition: there is no %q; there are %s", f.condition, strings.Join(conditions, ", "))
		if near := nearest(f.condition, conditions); near != "" {
			err = withHint(err, "did you mean %s?", near)
		}
		return spec, since, err
	}
	for _, name := range f.weightings {
		w, err := analysis.ParseWeighting(name)
		if err != nil {
			return spec, since, usagef("--weighting: %w", err)
		}
		if slices.Contains(spec.Weightings, w) {
			return spec, since, usagef("--weighting names %s twice", w)
		}
		spec.Weightings = append(spec.Weightings, w)
	}
	for i, name := range f.segments {
		if slices.Contains(f.segments[:i], name) {
			return spec, since, usagef("--segment names %s twice", name)
		}
	}
	if f.since != "" {
		if since, err = data.ParseDate(f.since); err != nil {
			return spec, since, usagef("--since: %w", err)
		}
	}
	return spec, since, nil
}

func segmentError(err error) error {
	var unknown *analysis.UnknownSegmentError
	if !errors.As(err, &unknown) {
		return err
	}
	e := usagef("--segment: %w", err)
	if near := nearest(unknown.Name, unknown.Known); near != "" {
		return withHint(e, "did you mean %s?", near)
	}
	return e
}

// noteIndex says on stderr what the index rests on.
func (s *session) noteIndex(x analysis.Index) {
	condition := "condition " + x.Spec.Condition
	if x.Spec.Condition == analysis.AnyCondition {
		condition = "any condition"
	}
	if x.N == 0 {
		s.Note("no observation answers this question (completed sales, %s, weeks over on %s)", condition, x.Spec.AsOf)
		return
	}
	s.Note("%d observations, %s to %s, as of %s; completed sales, %s; %g%% intervals", x.N, x.FirstSoldOn, x.LastSoldOn, x.Spec.AsOf, condition, 100*x.Spec.Level)
	for _, r := range x.Refused {
		s.Note("no index of %s: %s", r.Segment, r.Reason)
	}
	if !x.Published.IsZero() {
		s.Note("continues the index published as of %s", x.Published)
	}
	if x.Synthetic > 0 {
		s.Note("SYNTHETIC: %d of them are made up", x.Synthetic)
	}
}

// publishIndex keeps a vintage.
func (s *session) publishIndex(ctx context.Context, dryRun bool) error {
	// Opening for writing would make a book where there is none.
	b, err := s.readBook(ctx)
	if err != nil {
		return err
	}
	if err := b.Close(); err != nil {
		return err
	}
	if b, err = s.openBook(ctx, dryRun); err != nil {
		return err
	}
	defer b.Close()
	done, err := analysis.PublishIndex(ctx, b, analysis.PublishSpec{AsOf: s.AsOf, At: s.Env.Now(), Program: "greybook " + s.Env.Version, DryRun: dryRun})
	var earlier *analysis.EarlierVintageError
	if errors.As(err, &earlier) {
		return withHint(err, "greybook analyze index --as-of %s shows what was published by then, and its refit", earlier.AsOf)
	}
	if err != nil {
		return err
	}
	s.noteIndex(done.Index)
	switch {
	case done.Series == 0:
		s.Note("there is no index to publish")
	case done.Vintage == 0:
		s.Note("the index of that week is published already, and nothing changed")
	default:
		dry := ""
		if dryRun {
			dry = " (dry run: nothing was written)"
		}
		fmt.Fprintf(s.Out, "vintage %d as of %s: %d series, %d weeks new, %d revised by %.2f%% on average, %d frozen%s\n",
			done.Vintage, s.AsOf, done.Series, done.New, done.Revised, done.MeanAbs, done.Frozen, dry)
	}
	s.Rec.Count("index_weeks_new", int64(done.New))
	s.Rec.Count("index_weeks_revised", int64(done.Revised))
	s.Rec.Count("index_weeks_frozen", int64(done.Frozen))
	return nil
}

// indexRevisions prints what the vintages changed.
func (s *session) indexRevisions(ctx context.Context, out *rowsFlags, b *data.Book) error {
	all, err := analysis.ComputeIndexRevisions(ctx, b, s.AsOf)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		s.Note("fewer than two vintages are published as of %s: there is nothing to compare", s.AsOf)
	}
	_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.IndexRevisionRows(memory.DefaultAllocator, all) })
	return err
}
