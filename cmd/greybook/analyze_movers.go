package main

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeMoversCommand(p *program) *cobra.Command {
	f := scopeFlags{by: []string{string(analysis.ByStyle)}}
	var days int
	var all bool
	cmd := &cobra.Command{
		Use:   "movers",
		Short: "Styles whose median multiple moved most between two windows",
		Long: `Compares the median multiple of each style in the last --days days with that in as
many days before them, and lists those whose interval of the difference leaves out 0,
the largest move first. n is of the newer window, n_before of the older. Only completed
sales of new pairs are used unless --by or --where name price_basis or condition.

Assumed: the sales of a style are independent, and both windows sold the same kind of
pairs. A move is the style's own and the market's together: where the whole market moved,
nearly every style did. It misleads where the mix of sizes or marketplaces changed, and
in the weeks after a release, when prices fall. Of styles that did not move at all, one in twenty is
listed at a level of 95 %, and the largest of many moves is larger than the truth: the
note says how many styles were compared.`,
		Example: `greybook analyze movers --days 182
greybook analyze movers --by version --where model=990 --days 364 --all --format csv`,
		Args: cobra.NoArgs,
	}
	f.flags(cmd, scopeBy, scopeWhere, scopeUntil)
	daysFlag(cmd, &days, 91, "length of each window, a number of `DAYS`")
	cmd.Flags().BoolVar(&all, "all", false, "also styles that did not move, or of which nobody can say")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		question, err := f.spec(s)
		if err != nil {
			return err
		}
		if len(question.By) == 0 {
			return withHint(usagef("--by is empty"), "greybook analyze movers --by style")
		}
		if err := checkDays(days); err != nil {
			return err
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		m, err := analysis.ComputeMovers(ctx, b, analysis.MoversSpec{Question: question, Days: days, All: all})
		if err != nil {
			return err
		}
		s.noteScope(m.Now)
		if m.Before.N > 0 {
			s.Note("against %s to %s: %d observations", m.Before.Spec.Since, m.Before.Spec.Until, m.Before.N)
		}
		s.Note("%d groups have enough sales in both windows; %d of them moved", m.Compared, m.Moved)
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.MoversRows(memory.DefaultAllocator, m) })
		return err
	})
	return cmd
}
