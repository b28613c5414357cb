package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeLiquidityCommand(p *program) *cobra.Command {
	f := scopeFlags{by: []string{string(analysis.ByStyle)}}
	var days int
	cmd := &cobra.Command{
		Use:   "liquidity",
		Short: "How often styles sell",
		Long: `Sales per week with an exact interval (Poisson), median days from one sale to the
next (0 on the same day; shown from as many sales as carry an interval), the share of
weeks with a sale, and the last sale, over the last --days days or from --since on. A
style's window begins no earlier than the first sale in the book that answers the
question and, where its day is known, its release. Styles that sold before the window
only are listed with n = 0. Only completed sales of new pairs are used unless --by or
--where name price_basis or condition.

What is counted is the book's sales, not the market's. It misleads where files of a
marketplace are missing for a part of the window, or where the newest file is older
than its last day: the market then looks slower than it is. Sales come in bunches, so
that the interval of the rate is too narrow around a release.`,
		Example: `greybook analyze liquidity --days 182
greybook analyze liquidity --by version,marketplace --where model=990 --since 2026-01-01 --format csv`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd, scopeBy, scopeWhere, scopeSince, scopeUntil)
	daysFlag(cmd, &days, 364, "length of the window, a number of `DAYS`")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		question, err := f.spec(s)
		if err != nil {
			return err
		}
		if len(question.By) == 0 {
			return withHint(usagef("--by is empty"), "greybook analyze liquidity --by style")
		}
		if f.since != "" && cmd.Flags().Changed("days") {
			return usagef("--since and --days both say where the window begins: give one of them")
		}
		if err := checkDays(days); err != nil {
			return err
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		l, err := analysis.ComputeLiquidity(ctx, b, analysis.LiquiditySpec{Question: question, Days: days})
		if err != nil {
			return err
		}
		s.noteScope(l.Scope)
		if l.Scope.N > 0 {
			s.Note("the window begins on %s; earlier sales tell of the last sale only", l.Scope.Spec.Since)
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.LiquidityRows(memory.DefaultAllocator, l) })
		return err
	})
	return cmd
}
