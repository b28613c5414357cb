package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzePremiumsCommand(p *program) *cobra.Command {
	var numbers, publish, dry bool
	cmd := &cobra.Command{
		Use:   "premiums",
		Short: "What each style sells for over retail, by size band and condition",
		Long: `An estimate for every style of the reference, new and of all sizes, and for each size
band and condition of it that was sold. Old sales are carried to the as-of date; a cell of
few sales borrows from its style, a style from its version. borrowed says how much.

multiple_lo to multiple_hi is where the market is, sale_lo to sale_hi where the next sale
will be, both at the level. basis: own, pooled (borrowed over a tenth), parent (no sales of
its own), none. Grades, by the upper half of the 95% band of the market and the effective
sales: A within 5% and 20 sales, B 10% and 5, C 20% and 1, D 50%; X is no number. reasons
say what is missing or doubtful about a row's sales: all of one marketplace or one size,
none for 28 days (stale), a doubtful retail price, made-up sales. Who sold is in no
source's export, so that few sellers can't be told from many.

Nothing is written unless --publish says so: then the table estimates holds what
greybook feed gives as of the same day, in the place of what was published before.`,
		Example: `greybook analyze premiums
greybook analyze premiums --numbers --as-of 2026-11-15 --format csv
greybook analyze premiums --publish --dry-run
greybook analyze premiums --publish`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&numbers, "numbers", false, "only rows that have a number")
	cmd.Flags().BoolVar(&publish, "publish", false, "put the estimates of now into the table estimates; writes to the book")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "with --publish: show what would happen and leave the book as it is")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		if dry && !publish {
			return usagef("--dry-run goes with --publish; without it nothing is written")
		}
		if publish {
			for _, name := range []string{"numbers", "format", "output", "limit"} {
				if cmd.Flags().Changed(name) {
					return usagef("--%s does not go with --publish, which keeps all rows and prints none", name)
				}
			}
		}
		all, err := s.premiums(ctx)
		if err != nil {
			return err
		}
		if publish {
			return s.publishEstimates(ctx, all, dry)
		}
		if numbers {
			all = all.Numbers()
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.PremiumsRows(memory.DefaultAllocator, all) })
		return err
	})
	return cmd
}

// premiums computes them and gives the book back.
func (s *session) premiums(ctx context.Context) (analysis.Premiums, error) {
	b, err := s.readBook(ctx)
	if err != nil {
		return analysis.Premiums{}, err
	}
	defer b.Close()
	all, err := analysis.ComputePremiums(ctx, b, analysis.PremiumsSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")})
	if err == nil {
		s.notePremiums(all)
	}
	return all, err
}

// publishEstimates opens the book for writing, for as long as that takes: nobody is
// locked out while the estimates are made.
func (s *session) publishEstimates(ctx context.Context, all analysis.Premiums, dry bool) error {
	b, err := s.openBook(ctx, dry)
	if err != nil {
		return err
	}
	defer b.Close()
	done, err := analysis.PublishEstimates(ctx, b, s.AsOf, all.Estimates(), dry)
	var earlier *analysis.EarlierEstimatesError
	if errors.As(err, &earlier) {
		return withHint(err, "without --publish, greybook analyze premiums and greybook feed give those of any day")
	}
	if err != nil {
		return err
	}
	s.Rec.Count("estimates_added", int64(done.Added))
	s.Rec.Count("estimates_removed", int64(done.Removed))
	s.Rec.Count("estimates_changed", int64(done.Changed))
	if !done.New() {
		s.Note("these estimates are published already, and nothing changed")
		return nil
	}
	note := ""
	if dry {
		note = " (dry run: nothing was written)"
	}
	fmt.Fprintf(s.Out, "estimates as of %s: %d rows, %d with a number; %d added, %d removed, %d changed%s\n",
		s.AsOf, done.Rows, done.Numbers, done.Added, done.Removed, done.Changed, note)
	return nil
}

// notePremiums says on stderr what the estimates rest on.
func (s *session) notePremiums(p analysis.Premiums) {
	s.Note("%s completed sales, as of %s; %s of %s rows have a number; %g%% bands",
		thousands(int64(p.N)), p.Spec.AsOf, thousands(int64(len(p.Numbers().Rows))), thousands(int64(len(p.Rows))), 100*p.Spec.Level)
	if p.Synthetic > 0 {
		s.Note("SYNTHETIC: %d of them are made up", p.Synthetic)
	}
}
