package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzePremiumsCommand(p *program) *cobra.Command {
	var numbers bool
	cmd := &cobra.Command{
		Use:   "premiums",
		Short: "What each style sells for over retail, by size band and condition",
		Long: `An estimate for every style of the reference, new and of all sizes, and for each size
band and condition of it that was sold. Old sales are carried to the as-of date; a cell of
few sales borrows from its style, a style from its version. borrowed says how much.

multiple_lo to multiple_hi is where the market is, sale_lo to sale_hi where the next sale
will be, both at the level. basis: own, pooled (borrowed over a tenth), parent (no sales of
its own), none. Grades, by the upper half of the 95% band of the market and the effective
sales: A within 5% and 20 sales, B 10% and 5, C 20% and 1, D 50%; X is no number.`,
		Example: `greybook analyze premiums
greybook analyze premiums --numbers --as-of 2026-11-15 --format csv`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&numbers, "numbers", false, "only rows that have a number")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		all, err := analysis.ComputePremiums(ctx, b, analysis.PremiumsSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")})
		if err != nil {
			return err
		}
		s.notePremiums(all)
		if numbers {
			all = all.Numbers()
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.PremiumsRows(memory.DefaultAllocator, all) })
		return err
	})
	return cmd
}

// notePremiums says on stderr what the estimates rest on.
func (s *session) notePremiums(p analysis.Premiums) {
	s.Note("%s completed sales, as of %s; %s of %s rows have a number; %g%% bands",
		thousands(int64(p.N)), p.Spec.AsOf, thousands(int64(len(p.Numbers().Rows))), thousands(int64(len(p.Rows))), 100*p.Spec.Level)
	if p.Synthetic > 0 {
		s.Note("SYNTHETIC: %d of them are made up", p.Synthetic)
	}
}
