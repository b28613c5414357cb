package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/ingest"
	"github.com/amassable/greybook/reports"
)

// gapsFlags say which releases are looked for, and which pair of each is wanted.
type gapsFlags struct {
	scope, model, size, condition, html string
	days                                int
	long, total                         bool
	pairs                               pairsFlags
}

func newGapsCommand(p *program) *cobra.Command {
	var f gapsFlags
	cmd := &cobra.Command{
		Use:     "gaps PAIRS",
		GroupID: groupAsk,
		Short:   "The Grey Day and Made in USA releases missing from a collection, and what they cost",
		Long: `Reads a collection as greybook value does, and lists the releases of the scope that it has
no pair of: when each was released, what the pair wanted sells for, how often it sells, and
where it is cheapest. A release is a style; a pair of it in any size and condition counts.

--scope is grey-day (the styles on the list of Grey Days, and no others), made-in-usa (those
that the reference says are made there), a version such as 990v3 or v3 (of the 990, or of
--model), or a model such as 1300. What the reference does not know of a release stands in
unknown. Releases later than the as-of date are left out and counted.

estimate and the interval of one sale, sale_price_lo to sale_price_hi, are of new pairs of all
sizes, or of the --size and --condition wanted: a row of greybook analyze premiums in
dollars. sales and sales_per_week are those of greybook analyze liquidity: completed sales of
the condition, in all sizes, in the last --days days. So are the medians by marketplace; one is
named the cheapest only where its interval lies wholly below those of all others. They are
what buyers paid for the item, in dollars at the rate of the day; fees and shipping come on top.

The cost of completing the scope is the sum of the estimates, with an interval for all of
them together that counts that estimates of a version err together. A release without an
estimate is in no sum: the total says n of m priced. Pairs whose style is not known are
listed on stderr: they may be among the missing.

--html draws it all as a page, a card a release, that needs neither network nor script.`,
		Example: `greybook gaps pairs.csv
greybook gaps pairs.csv --scope made-in-usa --model 990 --size 9.5 --format csv
greybook gaps pairs.csv --scope 990v3 --condition used --size 10 --total --format json
greybook gaps pairs.csv --html gallery.html`,
		Args: cobra.ExactArgs(1),
	}
	f.flags(p, cmd)
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		g, err := s.gaps(ctx, args[0], f)
		if err != nil {
			return err
		}
		if f.html != "" {
			err = s.galleryPage(ctx, f.html, g)
		} else {
			_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) {
				if f.total {
					return reports.GapsTotalRows(memory.DefaultAllocator, g)
				}
				return reports.GapsRows(memory.DefaultAllocator, g, f.long)
			})
		}
		if err == nil {
			s.noteGaps(g)
		}
		return err
	})
	return cmd
}

// flags gives cmd the flags.
func (f *gapsFlags) flags(p *program, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.scope, "scope", analysis.ScopeGreyDay, "the releases to look for: grey-day, made-in-usa, or a `VERSION` or model")
	flags.StringVar(&f.model, "model", "", "only releases of this `MODEL`, such as 990")
	flags.StringVar(&f.size, "size", "", "the `SIZE` wanted; any when not given")
	flags.StringVar(&f.condition, "condition", "new", "the `CONDITION` wanted: new, new_defects, used or unknown")
	daysFlag(cmd, &f.days, 182, "how many `DAYS` back sales are counted, and marketplaces compared")
	flags.StringVar(&f.html, "html", "", "draw the releases as an HTML page in `FILE` instead of rows; - is standard output")
	flags.BoolVar(&f.long, "long", false, "all columns, also those of the release and of the market")
	flags.BoolVar(&f.total, "total", false, "the total alone, as one row")
	flags.StringVar(&f.pairs.encoding, "encoding", "", "encoding of a text file, a `NAME` such as utf-8, windows-1252; looked for when empty")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
}

// check refuses flags that can't be answered.
func (f *gapsFlags) check(cmd *cobra.Command) error {
	if err := checkPair(f.size, f.condition); err != nil {
		return err
	}
	if f.size == "unknown" {
		return usagef("--size: a size that nobody knows can't be wanted; leave --size out for any size")
	}
	if err := checkDays(f.days); err != nil {
		return err
	}
	if f.long && f.total {
		return usagef("--long and --total go not together: the total is one row of its own")
	}
	if f.html == "" {
		return nil
	}
	for _, name := range []string{"long", "total", "format", "output", "limit"} {
		if cmd.Flags().Changed(name) {
			return usagef("--%s does not go with --html, which prints no rows", name)
		}
	}
	return nil
}

// gaps finds the gaps of a collection and gives the book back.
func (s *session) gaps(ctx context.Context, file string, f gapsFlags) (analysis.Gaps, error) {
	b, c, err := s.openPairs(ctx, file, f.pairs)
	if err != nil {
		return analysis.Gaps{}, err
	}
	defer b.Close()
	spec := analysis.GapsSpec{
		Premiums: analysis.PremiumsSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")},
		Pairs:    c.Pairs, Scope: f.scope, Model: f.model, Condition: f.condition, Days: f.days, MinN: get[int](s.Settings, "min_n"), Weekly: f.html != ""}
	if spec.Halves, err = wantedSize(ctx, b, f.size); err != nil {
		return analysis.Gaps{}, err
	}
	g, err := analysis.ComputeGaps(ctx, b, spec)
	return g, scopeError(err)
}

// wantedSize is a size in half US men's sizes: the size's own, or one of the band's.
func wantedSize(ctx context.Context, b *data.Book, size string) (int, error) {
	if size == "" {
		return 0, nil
	}
	ss, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer ss.Close()
	band, err := findBand(ctx, ss, size)
	if err != nil {
		return 0, err
	}
	if halves, ok, err := ingest.MenSize(ctx, ss, size); err != nil || ok && analysis.SizeBandOf(halves) == band {
		return halves, err
	}
	for halves := 1; halves < 100; halves++ {
		if analysis.SizeBandOf(halves) == band {
			return halves, nil
		}
	}
	return 0, usagef("--size: no size is in the band %q", band)
}

// scopeError says what to try where a scope or model is none of the reference.
func scopeError(err error) error {
	var unknown *analysis.UnknownScopeError
	var conflict *analysis.ScopeConflictError
	switch {
	case errors.As(err, &unknown):
		flag := "--scope"
		if unknown.Model {
			flag = "--model"
		}
		err = usagef("%s: %w", flag, unknown)
		if near := nearest(strings.ToLower(unknown.Text), unknown.Known); near != "" {
			return withHint(err, "did you mean %s?", near)
		}
		return withHint(err, `greybook sql "SELECT DISTINCT model, version FROM styles ORDER BY ALL" lists what there is`)
	case errors.As(err, &conflict):
		return withHint(usagef("--scope: %w", conflict), "leave --model out")
	}
	return err
}

// galleryPage draws the gaps as a page.
func (s *session) galleryPage(ctx context.Context, file string, g analysis.Gaps) error {
	page := reports.Gallery{Gaps: g, Program: "greybook " + s.Env.Version}
	err := s.Output(ctx, file, false, func(w io.Writer) error { return reports.WriteGallery(w, page) })
	if err == nil && file != "-" {
		fmt.Fprintln(s.Out, file)
	}
	return err
}

// noteGaps says on stderr what may be missing only seemingly, and what the rest costs.
func (s *session) noteGaps(g analysis.Gaps) {
	s.noteUnresolved(g)
	t := g.Cost
	all := len(g.Missing) + len(g.Owned)
	for name, n := range map[string]int{"releases": all, "owned": len(g.Owned), "missing": len(g.Missing), "priced": t.Valued, "unreleased": g.Unreleased, "unclear": g.Unclear, "unknown_pairs": len(g.Unresolved)} {
		s.Rec.Count(name, int64(n))
	}
	s.Note("%s completed sales, as of %s; how often and where since %s, condition %s; prices without fees and shipping", thousands(int64(g.N)), g.Spec.Premiums.AsOf, g.Since, g.Spec.Condition)
	if g.MadeUp() {
		s.Note("SYNTHETIC: %s of them are made up", thousands(int64(g.Synthetic)))
	}
	text := fmt.Sprintf("%s: %d of %s missing, %d in the collection", g.Scope, len(g.Missing), oneOrMany(all, "release"), len(g.Owned))
	if g.Unreleased > 0 {
		text += fmt.Sprintf("; %d not out yet", g.Unreleased)
	}
	s.Note("%s", text)
	if g.Unclear > 0 {
		s.Note("%s left out: the reference says too little of them to tell whether they belong", oneOrMany(g.Unclear, "style"))
	}
	if len(g.Missing) == 0 {
		return
	}
	if t.Valued == 0 {
		s.Note("to complete it: 0 of %d priced, so no cost is known", t.Pairs)
		return
	}
	s.Rec.Count("estimate_cents", t.Estimate)
	text = fmt.Sprintf("to complete it: %s for %d of %d priced", dollars(t.Estimate), t.Valued, t.Pairs)
	if t.Low != nil {
		s.Rec.Count("sale_price_lo_cents", *t.Low)
		s.Rec.Count("sale_price_hi_cents", *t.High)
		text += fmt.Sprintf(", together %s to %s (%g%%)", dollars(*t.Low), dollars(*t.High), 100*g.Spec.Premiums.Level)
	} else {
		text += "; too few past forecasts tell how sure that is"
	}
	s.Note("%s", text)
}

// noteUnresolved lists the pairs of unknown style, those that may be a missing one first.
func (s *session) noteUnresolved(g analysis.Gaps) {
	if len(g.Missing) == 0 {
		return
	}
	list := slices.Clone(g.Unresolved)
	slices.SortStableFunc(list, func(a, b analysis.UnresolvedPair) int { return min(1, len(b.MayBe)) - min(1, len(a.MayBe)) })
	for i, u := range list {
		if i == mostNotes {
			s.Warn("%s more, of unknown style, may be among the missing", pairs(len(list)-i))
			return
		}
		may := "one of the missing"
		if len(u.MayBe) > 0 {
			may = alternatives(u.MayBe) + ", which counts as missing"
		}
		s.Warn("line %d: the style of %q is not known: it may be %s", u.Line, shorten(u.Name(), 80), may)
	}
}

// oneOrMany is a number with its noun: "1 release", "3 releases".
func oneOrMany(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return thousands(int64(n)) + " " + noun
}
