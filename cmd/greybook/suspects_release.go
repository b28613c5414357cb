package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

func newSuspectsReleaseCommand(p *program) *cobra.Command {
	var r data.Release
	var all bool
	cmd := &cobra.Command{
		Use:   "release [SALE_KEY…]",
		Short: "Let suspect records into the figures, or doubtful ones count in full, with a reason",
		Long: `Releases records by their keys, see greybook suspects --rows, or with --flag a whole
kind of them: those of one --style, or --all. A kind is released by a rule, which
holds for the sales to come too. A record that several flags keep out needs a rule
for each, or its key.

Released records keep their flags, have the flag released beside them, and count as
observations. They stay so until --undo, or until the run that added them is taken
back.

A record that is released by its key counts in full in the estimates, however far off its
price is, also where no flag keeps it out and its price alone is doubtful
(high_unconfirmed, low_suspect). A rule vouches for no price: what it lets in is weighed
like any other sale. The market index and the medians take no notice of either.

Exit code 1 when a key is of no record, or of one that nothing keeps out and nothing
is doubtful about: then nothing is released.`,
		Example: `greybook suspects release fafe60e01a54209f05cb7630ed95747e --because "a charity auction"
greybook suspects release --flag before_release --all --because "StockX sells pairs before their release day"
greybook suspects release --flag before_release --all --undo`,
	}
	cmd.Flags().StringVar(&r.Because, "because", "", "why, a `TEXT` that is kept with the release")
	cmd.Flags().StringVar(&r.Flag, "flag", "", "release all records that this `FLAG` keeps out, those to come too")
	cmd.Flags().StringVar(&r.StyleID, "style", "", "with --flag: only those of this style, a `STYLE_ID`")
	cmd.Flags().BoolVar(&all, "all", false, "with --flag: those of all styles, and those without one")
	cmd.Flags().BoolVar(&r.Undo, "undo", false, "take a release back")
	cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "show what would happen and leave the book as it is")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		r.Keys = args
		if err := checkRelease(r, all); err != nil {
			return err
		}
		// Opening for writing would make a book where there is none.
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		if err = knownFlag(ctx, b, r.Flag); err == nil {
			err = checkSoft(r)
		}
		if err == nil && len(r.Keys) > 0 && !r.Undo {
			r.Doubtful, err = s.doubtful(ctx, b, r.Keys)
		}
		b.Close()
		if err != nil {
			return err
		}
		return s.release(ctx, r)
	})
	return cmd
}

// checkRelease refuses flags that don't go together.
func checkRelease(r data.Release, all bool) error {
	kind := r.Flag != ""
	switch {
	case kind && len(r.Keys) > 0:
		return usagef("keys release single records and --flag a whole kind: give one of them")
	case !kind && len(r.Keys) == 0:
		return withHint(usagef("nothing to release: give keys of records, or --flag"), "greybook suspects --rows lists the records with their keys")
	case !kind && (all || r.StyleID != ""):
		return usagef("--style and --all go with --flag")
	case kind && all == (r.StyleID != ""):
		return usagef("--flag %s: give --style STYLE_ID for one style, or --all", r.Flag)
	case !r.Undo && strings.TrimSpace(r.Because) == "":
		return usagef(`--because TEXT is needed: whoever reads the figures will ask why`)
	case r.Undo && r.Because != "":
		return usagef("--because goes with a release, not with --undo")
	}
	return nil
}

// checkSoft refuses a rule about a flag that goes with the price of each sale.
func checkSoft(r data.Release) error {
	for _, f := range analysis.SoftFlags() {
		if f.Name == r.Flag {
			return withHint(usagef("--flag %s: a doubtful price is vouched for sale by sale: give keys", r.Flag), "greybook suspects --flag %s --rows lists them", r.Flag)
		}
	}
	return nil
}

// doubtful are the keys of the sales with a doubtful price, also of those that were
// confirmed. It looks for them where one of the keys is not kept out.
func (s *session) doubtful(ctx context.Context, b *data.Book, keys []string) ([]string, error) {
	out, err := b.KeptOut(ctx, keys)
	if err != nil || out {
		return nil, err
	}
	d, err := analysis.ComputeDoubts(ctx, b, s.AsOf)
	var doubtful []string
	for _, r := range d.Rows {
		doubtful = append(doubtful, r.Key)
	}
	return doubtful, err
}

func (s *session) release(ctx context.Context, r data.Release) error {
	b, err := s.openBook(ctx, r.DryRun)
	if err != nil {
		return err
	}
	defer b.Close()
	r.At, r.Program = s.Env.Now(), "greybook "+s.Env.Version
	done, err := b.Release(ctx, r)
	if err != nil {
		return err
	}
	dry := ""
	if r.DryRun {
		dry = " (dry run: nothing was written)"
	}
	if r.Undo {
		fmt.Fprintf(s.Out, "records released no longer %d%s\n", done.Taken, dry)
	} else {
		fmt.Fprintf(s.Out, "records released %d%s\n", done.Released, dry)
	}
	s.Rec.Count("released", done.Released)
	s.Rec.Count("released_no_longer", done.Taken)
	switch {
	case done.Already > 0 && r.Flag != "":
		s.Note("the rule is there already, and keeps its reason")
	case done.Already > 0:
		s.Note("already released: %d; the reason that was given stays", done.Already)
	}
	if done.NoFigure > 0 {
		s.Note("without a known style or retail price, and so in no figure: %d", done.NoFigure)
	}
	return nil
}

func newSuspectsReleasesCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "releases",
		Short: "List what was released, why and when",
		Long: `Prints the rules that release whole kinds of records, then the records released one by
one, each with its reason. n is how many records it releases: of a rule, those that
have its flag and are released.`,
		Example: "greybook suspects releases",
		Args:    cobra.NoArgs,
	}
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		_, err = s.writeQuery(ctx, out, b, `
WITH kinds AS (
    SELECT s.flags, t.style_id, count(*) AS n FROM store.sale s LEFT JOIN styles t ON t.style_no = s.style_no
    WHERE s.flags & (SELECT (1::UINTEGER << bit) FROM store.flag WHERE flag = 'released') <> 0 GROUP BY ALL
)
SELECT r.flag, r.style_id AS style, NULL AS sale_key, coalesce(sum(k.n), 0)::BIGINT AS n, r.because, r.released_at, r.program
FROM store.release_rule r
JOIN store.flag f ON f.flag = r.flag
LEFT JOIN kinds k ON k.flags & (1::UINTEGER << f.bit) <> 0 AND (r.style_id IS NULL OR r.style_id = k.style_id)
GROUP BY ALL
UNION ALL
SELECT NULL, t.style_id, lpad(lower(to_hex(r.sale_key)), 32, '0'), 1, r.because, r.released_at, r.program
FROM store.release r JOIN store.sale s ON s.sale_key = r.sale_key LEFT JOIN styles t ON t.style_no = s.style_no
ORDER BY flag NULLS LAST, style, released_at, sale_key`)
		return err
	})
	return cmd
}
