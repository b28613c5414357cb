package main

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

func newSuspectsCommand(p *program) *cobra.Command {
	var flag string
	var records, all bool
	cmd := &cobra.Command{
		Use:     "suspects",
		Aliases: []string{"flags"},
		GroupID: groupBook,
		Short:   "List the records that a flag keeps out of the figures or weighs down, and release them",
		Long: `Prints what is doubtful and why: one row per flag, effect and style, with the lowest and
highest price in US dollars. --rows prints the records, with the key that greybook suspects
release takes. What was released is left out.

effect says what a flag does. kept out: the record is in no figure. weighed down: it is in the
figures, and estimates count it for less, because its price is far from what was expected of its
style, size and condition on the Monday of its week (modified z above 3.5) and nothing
confirms it:
  high_unconfirmed  at least twice the estimate; confirmed by another pair of the style, in the same
                    condition, sold within 14 days at two thirds of its multiple or more
  low_suspect       at most 0.6 times the estimate; confirmed by one at four thirds of it or less
Whether a sale is confirmed depends on the day that counts as today, --as-of. The first week of
a style is not judged, nor are sales before 30 like them. To find these flags takes a pass over
all sales; --flag with the name of one that keeps records out does without.

--flag asks for one flag, also for those that change nothing (effect counts): --flag
retail_conflict prints the retail prices that sources state beside the reference's,
--flag released what was released.`,
		Example: "greybook suspects\ngreybook suspects --flag high_unconfirmed --rows\ngreybook suspects --flag price_outlier --rows --format csv\ngreybook suspects --flag retail_conflict",
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
	cmd.Flags().BoolVar(&all, "all", false, "also what was released, and doubtful prices that another sale confirmed")
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
		if flag == "retail_conflict" && !records {
			_, err = s.writeQuery(ctx, out, b, retailConflicts, flag)
			return err
		}
		doubts, err := s.doubts(ctx, b, flag)
		if err != nil {
			return err
		}
		c, err := b.Session(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := loadDoubts(ctx, c, doubts, all); err != nil {
			return err
		}
		query := suspectKinds
		if records {
			query = suspectRows
		}
		until := "" // as-of is today unless it was given, and what is dated after today is suspect
		if d := get[data.Date](s.Settings, "as_of"); !d.IsZero() {
			until = d.String()
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return c.Arrow(ctx, query, flag, all, until) })
		return err
	})
	cmd.AddCommand(newSuspectsReleaseCommand(p), newSuspectsReleasesCommand(p))
	return cmd
}

// The queries of suspects. Bound are the flag asked for, "" for those that keep out or
// weigh down; whether what counts again is listed too; and the last day, "" for all. The
// table doubt has the soft flags, see loadDoubts. Counts are made by set of flags
// first: there are few of those.
const (
	suspectKinds = `
WITH released AS (
    SELECT (1::UINTEGER << bit) AS mask FROM store.flag WHERE flag = 'released'
), kinds AS (
    SELECT s.flags, s.style_no, count(*) AS n, min(s.sold_on) AS first_sold_on, max(s.sold_on) AS last_sold_on,
           min(s.sale_price_usd) AS lowest_price_usd, max(s.sale_price_usd) AS highest_price_usd
    FROM store.sale s WHERE s.flags <> 0 AND (?3 = '' OR s.sold_on <= TRY_CAST(?3 AS DATE)) GROUP BY s.flags, s.style_no
), hard AS (
    SELECT f.bit, f.flag, CASE WHEN NOT f.excludes THEN 'counts' WHEN k.flags & r.mask = 0 THEN 'kept out' ELSE 'released' END AS effect,
           k.style_no, k.n, k.first_sold_on, k.last_sold_on, k.lowest_price_usd, k.highest_price_usd, f.meaning
    FROM kinds k
    JOIN store.flag f ON k.flags & (1::UINTEGER << f.bit) <> 0
    CROSS JOIN released r
    WHERE (CASE WHEN ?1 = '' THEN f.excludes ELSE f.flag = ?1 END) AND (?2 OR NOT f.excludes OR k.flags & r.mask = 0)
), soft AS (
    SELECT 32, d.flag, d.effect, s.style_no, 1, s.sold_on, s.sold_on, s.sale_price_usd, s.sale_price_usd, d.meaning
    FROM doubt d JOIN store.sale s ON s.sale_key = d.number::UHUGEINT
)
SELECT k.flag, k.effect, t.style_id AS style, sum(k.n)::BIGINT AS n, min(k.first_sold_on) AS first_sold_on, max(k.last_sold_on) AS last_sold_on,
       min(k.lowest_price_usd) AS lowest_price_usd, max(k.highest_price_usd) AS highest_price_usd, k.meaning
FROM (FROM hard UNION ALL FROM soft) k
LEFT JOIN styles t ON t.style_no = k.style_no
GROUP BY k.bit, k.flag, k.effect, t.style_id, k.meaning
ORDER BY k.bit, k.flag, k.effect, n DESC, style`

	suspectRows = `
WITH masks AS (
    SELECT coalesce(bit_or(1::UINTEGER << bit) FILTER (CASE WHEN ?1 = '' THEN excludes ELSE flag = ?1 END), 0::UINTEGER) AS asked,
           bit_or(1::UINTEGER << bit) FILTER (excludes) AS excluding, bit_or(1::UINTEGER << bit) FILTER (flag = 'released') AS released
    FROM store.flag
), kept AS (
    SELECT s.sale_key, s.flags, CASE WHEN s.flags & m.asked & m.excluding = 0 THEN 'counts' WHEN s.flags & m.released = 0 THEN 'kept out' ELSE 'released' END AS effect,
           NULL AS flag, NULL::DOUBLE AS estimate, NULL::DOUBLE AS residual, NULL::DOUBLE AS z, NULL::DATE AS confirmed_on, NULL AS why
    FROM store.sale s CROSS JOIN masks m
    WHERE s.flags & m.asked <> 0 AND (?3 = '' OR s.sold_on <= TRY_CAST(?3 AS DATE)) AND (?2 OR m.asked & m.excluding = 0 OR s.flags & m.released = 0)
    UNION ALL
    SELECT s.sale_key, s.flags, d.effect, d.flag, d.estimate::DOUBLE, d.residual::DOUBLE, d.z::DOUBLE, d.confirmed_on::DATE, d.why
    FROM doubt d JOIN store.sale s ON s.sale_key = d.number::UHUGEINT
), named AS (
    SELECT k.flags, list(f.flag ORDER BY f.bit) AS names, string_agg(f.meaning, '; ' ORDER BY f.bit) FILTER (m.asked & (1::UINTEGER << f.bit) <> 0) AS meanings
    FROM (SELECT DISTINCT flags FROM kept) k JOIN store.flag f ON k.flags & (1::UINTEGER << f.bit) <> 0 CROSS JOIN masks m
    GROUP BY k.flags
)
SELECT lpad(lower(to_hex(s.sale_key)), 32, '0') AS sale_key, s.sold_on, t.style_id AS style, i.title, v.size_label AS size, v.condition,
       s.sale_price AS price, v.currency, s.multiple, list_concat(n.names, CASE WHEN k.flag IS NULL THEN [] ELSE [k.flag] END) AS flags,
       k.effect, k.estimate, k.residual, k.z, k.confirmed_on, coalesce(k.why, n.meanings) AS why, r.path AS file, s.line
FROM kept k
JOIN store.sale s ON s.sale_key = k.sale_key
JOIN store.item i ON i.item_no = s.item_no
JOIN store.variant v ON v.variant_no = s.variant_no
JOIN run_files r ON r.file_no = s.file_no
LEFT JOIN named n ON n.flags = s.flags
LEFT JOIN styles t ON t.style_no = s.style_no
ORDER BY s.sold_on, file, s.line, s.sale_key, k.flag NULLS FIRST`

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

// doubts finds the sales whose price is doubtful, unless a flag is asked for that is
// none of those.
func (s *session) doubts(ctx context.Context, b *data.Book, flag string) (analysis.Doubts, error) {
	asked := flag == ""
	for _, f := range analysis.SoftFlags() {
		asked = asked || f.Name == flag
	}
	if !asked {
		return analysis.Doubts{AsOf: s.AsOf}, nil
	}
	d, err := analysis.ComputeDoubts(ctx, b, s.AsOf)
	if err == nil {
		s.Note("%s completed sales held against their estimates, as of %s; %s more could not be: too few like them were sold before",
			thousands(int64(d.Judged)), s.AsOf, thousands(int64(d.Unjudged)))
	}
	d.Rows = slices.DeleteFunc(d.Rows, func(r analysis.Doubt) bool { return flag != "" && r.Flag != flag })
	return d, err
}

// loadDoubts makes the table doubt: what is weighed down, and with all also what
// counts again.
func loadDoubts(ctx context.Context, c *data.Session, d analysis.Doubts, all bool) error {
	meanings := map[string]string{}
	for _, f := range analysis.SoftFlags() {
		meanings[f.Name] = f.Meaning
	}
	figure := func(v float64, digits int) data.Text { return data.Text(strconv.FormatFloat(v, 'f', digits, 64)) }
	var rows [][]data.Cell
	for _, r := range d.Rows {
		if !all && !r.Doubtful() {
			continue
		}
		number, ok := new(big.Int).SetString(r.Key, 16)
		if !ok {
			return fmt.Errorf("sale %q: its key is no number", r.Key)
		}
		effect, confirmed := "weighed down", ""
		if !r.ConfirmedOn.IsZero() {
			effect, confirmed = "confirmed", r.ConfirmedOn.String()
		}
		if r.Released {
			effect = "released"
		}
		rows = append(rows, []data.Cell{data.Text(number.String()), data.Text(r.Flag), data.Text(meanings[r.Flag]), data.Text(effect),
			figure(r.Estimate, 4), figure(r.Residual, 4), figure(r.Z, 2), data.NullText(confirmed), data.Text(r.Why())})
	}
	return c.LoadTemp(ctx, "doubt", "number VARCHAR, flag VARCHAR, meaning VARCHAR, effect VARCHAR, estimate VARCHAR, residual VARCHAR, z VARCHAR, confirmed_on VARCHAR, why VARCHAR", rows)
}

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
	for _, f := range analysis.SoftFlags() {
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
