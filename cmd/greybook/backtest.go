package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

// scorecardWays are the values of --by.
var scorecardWays = []string{"class", "week", "level"}

// scorecardRows is the scorecard by one of these.
func scorecardRows(by string, b analysis.Backtest) (array.RecordReader, error) {
	switch by {
	case "week":
		return reports.BacktestWeekRows(memory.DefaultAllocator, b)
	case "level":
		return reports.CalibrationRows(memory.DefaultAllocator, b)
	}
	return reports.BacktestRows(memory.DefaultAllocator, b)
}

func newBacktestCommand(p *program) *cobra.Command {
	var origins int
	var level float64
	var by, page string
	cmd := &cobra.Command{
		Use:     "backtest",
		GroupID: groupAsk,
		Short:   "How good the estimates were, week by week, on sales they had not seen",
		Long: `For each of the last weeks, forecasts what its sales brought from what was sold before
its Monday, and prints the errors: of the estimates (M4) and of four simple forecasts that
they have to beat, by how often the same style and size was sold in the 28 days before.

B0 is the last sale of the same style and size, B1 the 28-day median of the style, B2 that
of style and size, B3 that where it rests on five sales. mdape is the median size of the
error, coverage the share of sales inside their interval, width its mean width over the
forecast. A class with fewer than 200 sales is marked too_few: it is no verdict.

--by week gives the same by week, --by level the share of sales that intervals of 50 to
95 % held, for each class. --page writes it all as a page with charts, one HTML file that
needs no network, and with it how much the market index was revised.`,
		Example: `greybook backtest
greybook backtest --as-of 2026-11-15 --weeks 12 --format json
greybook backtest --by level
greybook backtest --page scorecard.html`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().IntVar(&origins, "weeks", 24, "score this many `WEEKS`, the last that are over")
	cmd.Flags().Float64Var(&level, "interval", 0.8, "share of sales that the next sale's interval should hold, as `LEVEL`")
	cmd.Flags().StringVar(&by, "by", scorecardWays[0], "one row per forecast and `WHAT`: class, week; or per class and level")
	cmd.Flags().StringVar(&page, "page", "", "write the scorecard as an HTML page to `FILE` instead of rows; - is standard output")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		switch {
		case origins < 1:
			return usagef("--weeks: %d is not a number of weeks from 1 up", origins)
		case !(level > 0 && level < 1):
			return usagef("--interval: %g is not between 0 and 1", level)
		case !slices.Contains(scorecardWays, by):
			return usagef("--by: there is no %q; there are %s", by, strings.Join(scorecardWays, ", "))
		}
		if page != "" {
			for _, name := range []string{"by", "format", "output", "limit"} {
				if cmd.Flags().Changed(name) {
					return usagef("--%s does not go with --page, which prints no rows", name)
				}
			}
			return s.scorecardPage(ctx, page, analysis.BacktestSpec{AsOf: s.AsOf, Origins: origins, Level: level})
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		card, err := analysis.ComputeBacktest(ctx, b, analysis.BacktestSpec{AsOf: s.AsOf, Origins: origins, Level: level})
		if err != nil {
			return err
		}
		s.noteBacktest(card)
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return scorecardRows(by, card) })
		return err
	})
	return cmd
}

// scorecardPage computes the scorecard, gives the book back, and writes the page.
func (s *session) scorecardPage(ctx context.Context, file string, spec analysis.BacktestSpec) error {
	b, err := s.readBook(ctx)
	if err != nil {
		return err
	}
	stop := s.Rec.Step("analyse")
	card, err := analysis.ComputeScorecard(ctx, b, spec)
	stop()
	if cerr := b.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	card.Program = "greybook " + s.Env.Version
	stop = s.Rec.Step("draw")
	err = s.Output(ctx, file, false, func(out io.Writer) error { return reports.WriteScorecard(out, card) })
	stop()
	if err != nil {
		return err
	}
	if file != "-" {
		fmt.Fprintln(s.Out, file)
	}
	s.noteBacktest(card.Backtest)
	return nil
}

// noteBacktest says on stderr what the scorecard rests on, and whether it is one.
func (s *session) noteBacktest(b analysis.Backtest) {
	s.Note("%s sales of %d weeks, %s to %s, each forecast from what was sold before its week; %g%% intervals",
		thousands(int64(b.N)), b.Origins, b.First, b.Last.AddDays(6), 100*b.Spec.Level)
	if b.Unknown > 0 {
		s.Note("%s more were not scored: their style had never been sold before", thousands(int64(b.Unknown)))
	}
	if b.Synthetic > 0 {
		s.Note("SYNTHETIC: %d of the book's sales are made up", b.Synthetic)
	}
	if b.TooSmall() {
		s.Note("the book is too small to judge the estimates: no class has %d sales", analysis.JudgedFrom)
	}
}
