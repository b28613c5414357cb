package main

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeSizesCommand(p *program) *cobra.Command {
	var f scopeFlags
	cmd := &cobra.Command{
		Use:   "sizes",
		Short: "What size bands sell for, relative to their own styles",
		Long: `relative_multiple is the median of each sale's multiple over the median multiple of
its style, all sizes: 1.05 means that the band sells 5 % above the styles it is sold in,
whichever those are. median_multiple is the plain median, which moves with the mix of
styles. Bands are of US men's sizes; women's are turned into men's, kids' have none.
Only completed sales of new pairs are used unless --by or --where name price_basis or
condition. Styles with too few sales, or sold in one band only, are left out, and counted.

Assumed: a style's level stays the same through the period. It misleads where a style's
price moved and its sizes were sold at different times (shorten the period), where one
band makes most of a style's sales (differences are then understated), and where one
style makes most of the sales.`,
		Example: `greybook analyze sizes --since 2025-11-17
greybook analyze sizes --by version --where model=990 --format csv`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd, scopeBy, scopeWhere, scopeSince, scopeUntil)
	cmd.Flags().Lookup(scopeBy).Usage = "group by this `DIMENSION`, too, or by several, separated by commas"
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		question, err := f.spec(s)
		if err != nil {
			return err
		}
		if slices.Contains(question.By, analysis.BySizeBand) || slices.Contains(question.By, analysis.ByStyle) {
			return withHint(usagef("--by: sizes are by size_band already, each against its style"), "--where style=STYLE_ID asks about one style")
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		sizes, err := analysis.ComputeSizes(ctx, b, question)
		if err != nil {
			return err
		}
		s.noteScope(sizes.Scope)
		if sizes.LeftOut > 0 {
			s.Note("%d sales left out: their style has too few, or was sold in one band only", sizes.LeftOut)
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.SizesRows(memory.DefaultAllocator, sizes) })
		return err
	})
	return cmd
}
