package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
)

func newSuspectsCommand(p *program) *cobra.Command {
	var flag string
	var records bool
	cmd := &cobra.Command{
		Use:     "suspects",
		Aliases: []string{"flags"},
		GroupID: groupBook,
		Short:   "List the records that a flag keeps out of the figures, and release them",
		Long: `Prints what is kept out of the figures and why: one row per flag and style, with the
lowest and highest price in US dollars. --rows prints the records, with the key that
greybook suspects release takes. What was released is left out.

--flag asks for one flag, also for those that keep nothing out: --flag
retail_conflict prints the retail prices that sources state beside the reference's,
--flag released what was released.`,
		Example: "greybook suspects\ngreybook suspects --flag price_outlier --rows --format csv\ngreybook suspects --flag retail_conflict",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			err := usagef("suspects takes no %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return withHint(err, "did you mean suspects %s?", alternatives(near))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&flag, "flag", "", "only those with this `FLAG`")
	cmd.Flags().BoolVar(&records, "rows", false, "the records, not counts of them")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		if err := knownFlag(ctx, b, flag); err != nil {
			return err
		}
		query := suspectKinds
		switch {
		case records:
			query = suspectRows
		case flag == "retail_conflict":
			query = retailConflicts
		}
		_, err = s.writeQuery(ctx, out, b, query, flag)
		return err
	})
	cmd.AddCommand(newSuspectsReleaseCommand(p), newSuspectsReleasesCommand(p))
	return cmd
}

// The queries of suspects; the flag asked for, "" for those that exclude, is bound.
// Counts are made by set of flags first: there are few of those.
const (
	suspectKinds = `
WITH kinds AS (
    SELECT s.flags, s.style_no, count(*) AS n, min(s.sold_on) AS first_sold_on, max(s.sold_on) AS last_sold_on,
           min(s.sale_price_usd) AS lowest_price_usd, max(s.sale_price_usd) AS highest_price_usd
    FROM store.sale s WHERE s.flags <> 0 GROUP BY s.flags, s.style_no
)
SELECT f.flag, t.style_id AS style, sum(k.n)::BIGINT AS n, min(k.first_sold_on) AS first_sold_on, max(k.last_sold_on) AS last_sold_on,
       min(k.lowest_price_usd) AS lowest_price_usd, max(k.highest_price_usd) AS highest_price_usd, f.meaning
FROM kinds k
JOIN store.flag f ON k.flags & (1::UINTEGER << f.bit) <> 0
CROSS JOIN (SELECT (1::UINTEGER << bit) AS mask FROM store.flag WHERE flag = 'released') released
LEFT JOIN styles t ON t.style_no = k.style_no
WHERE (CASE WHEN ?1 = '' THEN f.excludes ELSE f.flag = ?1 END) AND (NOT f.excludes OR k.flags & released.mask = 0)
GROUP BY f.bit, f.flag, t.style_id, f.meaning
ORDER BY f.bit, n DESC, style`

	suspectRows = `
WITH asked AS (
    SELECT coalesce(bit_or(1::UINTEGER << bit) FILTER (CASE WHEN ?1 = '' THEN excludes ELSE flag = ?1 END), 0::UINTEGER) AS mask,
           coalesce(bit_or(1::UINTEGER << bit) FILTER (flag = 'released' AND (?1 = '' OR ?1 IN (SELECT flag FROM store.flag WHERE excludes))), 0::UINTEGER) AS without
    FROM store.flag
), kept AS (
    SELECT s.* FROM store.sale s CROSS JOIN asked a WHERE s.flags & a.mask <> 0 AND s.flags & a.without = 0
), named AS (
    SELECT k.flags, list(f.flag ORDER BY f.bit) AS names
    FROM (SELECT DISTINCT flags FROM kept) k JOIN store.flag f ON k.flags & (1::UINTEGER << f.bit) <> 0
    GROUP BY k.flags
)
SELECT lpad(lower(to_hex(s.sale_key)), 32, '0') AS sale_key, s.sold_on, t.style_id AS style, i.title, s.sale_price AS price, v.currency,
       s.multiple, n.names AS flags, r.path AS file, s.line
FROM kept s
JOIN named n ON n.flags = s.flags
JOIN store.item i ON i.item_no = s.item_no
JOIN store.variant v ON v.variant_no = s.variant_no
JOIN run_files r ON r.file_no = s.file_no
LEFT JOIN styles t ON t.style_no = s.style_no
ORDER BY s.sold_on, file, s.line, s.sale_key`

	// A reference price in dollars has another value in the sale's currency each day.
	retailConflicts = `
SELECT t.style_id AS style, v.currency, CASE s.retail_basis WHEN 1 THEN 'reference' ELSE 'reference_fx' END AS retail_basis,
       min(s.retail_price) AS lowest_reference_price, max(s.retail_price) AS highest_reference_price, s.source_retail AS source_price,
       count(*) AS n, min(s.sold_on) AS first_sold_on, max(s.sold_on) AS last_sold_on
FROM store.sale s
JOIN store.flag f ON f.flag = ?1 AND s.flags & (1::UINTEGER << f.bit) <> 0
JOIN store.variant v ON v.variant_no = s.variant_no
LEFT JOIN styles t ON t.style_no = s.style_no
GROUP BY ALL
ORDER BY n DESC, style, v.currency, retail_basis, source_price`
)

// knownFlag refuses a flag that the book doesn't know.
func knownFlag(ctx context.Context, b *data.Book, flag string) error {
	if flag == "" {
		return nil
	}
	flags, err := b.Flags(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, f := range flags {
		if f.Name == flag {
			return nil
		}
		names = append(names, f.Name)
	}
	err = usagef("--flag: there is no flag %q; there are %s", flag, strings.Join(names, ", "))
	if near := nearest(flag, names); near != "" {
		return withHint(err, "did you mean %s?", near)
	}
	return err
}

func newSuspectsReleaseCommand(p *program) *cobra.Command {
	var r data.Release
	var all bool
	cmd := &cobra.Command{
		Use:   "release [SALE_KEY…]",
		Short: "Let suspect records into the figures, with a reason",
		Long: `Releases records by their keys, see greybook suspects --rows, or with --flag a whole
kind of them: those of one --style, or --all. A kind is released by a rule, which
holds for the sales to come too. A record that several flags keep out needs a rule
for each, or its key.

Released records keep their flags, have the flag released beside them, and count as
observations. They stay so until --undo, or until the run that added them is taken
back.

Exit code 1 when a key is of no record, or of one that nothing keeps out: then
nothing is released.`,
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
		err = knownFlag(ctx, b, r.Flag)
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
