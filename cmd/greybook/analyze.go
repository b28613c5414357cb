package main

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "analyze",
		GroupID: groupAsk,
		Short:   "Print an analysis of the book",
		Long:    "Print an analysis: figures with n, interval and what is doubtful about them.",
		Example: "greybook analyze multiples --by version",
	}
	cmd.AddCommand(newAnalyzeMultiplesCommand(p), newAnalyzeIndexCommand(p), newAnalyzePremiumsCommand(p))
	cmd.AddCommand(newAnalyzeClaimsCommand(p), newAnalyzeMoversCommand(p), newAnalyzeSizesCommand(p), newAnalyzeLiquidityCommand(p))
	return cmd
}

func newAnalyzeMultiplesCommand(p *program) *cobra.Command {
	var f scopeFlags
	var versus string
	cmd := &cobra.Command{
		Use:   "multiples",
		Short: "Resale multiples versus retail, by version, Grey Day colorway and more",
		Long: `Median sale price over retail price per group, with its exact interval, quartiles
and the share of sales above retail. Only completed sales of new pairs are used
unless --by or --where name price_basis or condition. A group with fewer sales than
carry an interval shows n and no figure; --min-n 1 shows them all.

--versus GROUP adds the difference of each median to that of one group, with its
interval: columns difference, difference_lo, difference_hi. Two groups differ only
where it leaves out 0. GROUP is a value of --by, several values joined by commas, or
core_grey for the regular greys among all sales asked about. It misleads where the two
were sold at different times or in different sizes.

Dimensions: model, version, style, colorway, grey_day, grey_day_year, made_in,
audience, size_band, condition, marketplace, price_basis, week, month, year.`,
		Example: `greybook analyze multiples --by version
greybook analyze multiples --by grey_day --level 0.9
greybook analyze multiples --by grey_day --versus core_grey
greybook analyze multiples --by version,marketplace --where model=990 --since 2026-01-01 --format csv`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd, scopeBy, scopeWhere, scopeSince, scopeUntil)
	cmd.Flags().StringVar(&versus, "versus", "", "compare with this `GROUP`, a value of --by or core_grey")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		spec, err := f.spec(s)
		if err != nil {
			return err
		}
		if len(spec.By) == 0 {
			return withHint(usagef("--by is needed"), "greybook analyze multiples --by version")
		}
		spec.Versus = versus
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		m, err := analysis.ComputeMultiples(ctx, b, spec)
		if err != nil {
			return baselineError(versus, err)
		}
		s.noteScope(m)
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.MultiplesRows(memory.DefaultAllocator, m) })
		return err
	})
	return cmd
}

// baselineError makes a usage error of a --versus that names no group.
func baselineError(versus string, err error) error {
	var none *analysis.NoBaselineError
	if !errors.As(err, &none) {
		return err
	}
	e := usagef("--versus: %w", none)
	if near := nearest(versus, append(none.Groups, analysis.CoreGrey)); near != "" {
		return withHint(e, "did you mean %s?", near)
	}
	return e
}
