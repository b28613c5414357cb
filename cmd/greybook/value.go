package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

const valueHelp = `Reads a collection, one pair a row, and prints for each what it sells for. PAIRS is text
with commas, tabs, semicolons or bars, lines of JSON or a JSON document, Parquet, Arrow
or XLSX, each also packed, or - for standard input. Columns go by name: style_code (also
sku, style) or title (name), size, condition, has_box, label_origin (made_in), paid
(price), paid_currency, bought_on, quantity. All but the first may be missing. Nothing
is stored.

estimate is the retail price in force times the multiple of the pair's style, size band
and condition: a row of greybook analyze premiums. A pair is one sale, so its interval
is where one sale will be, sale_price_lo to sale_price_hi at the level; --long adds the
narrower one of where the market is. New pairs whose size is not said, or whose size
band never sold, get the estimate of all sizes, and say so. A condition that is not said
is not taken for new; --condition says it for all such pairs. Estimates are for pairs as
they are sold: what a missing box takes off is not known and not taken off.

A pair without an estimate is listed with its reasons, and with up to three guesses
where its style is not known. The total is of those that have one, n of m, and so is
what was paid. Its interval holds what they fetch together. It counts that estimates err
together: pairs of a style share its level, styles of a version what is not known of
that version, and past forecasts have shown how far.

Prices are before fees and shipping: a gain is before what selling costs. What was paid
in another currency is converted at the rate of the day that it was bought on. Where a
label names another country than the reference, check says what to look at; the
reference may be wrong, too. A column that is not understood counts as not said, and is
noted with its line. Rows that are no pairs are refused: exit code 4 when they are more
than --max-rejects, with nothing printed.`

func newValueCommand(p *program) *cobra.Command {
	var from pairsFlags
	var long, total bool
	cmd := &cobra.Command{
		Use:     "value PAIRS",
		GroupID: groupAsk,
		Short:   "What the pairs of a collection are worth, one by one and together",
		Long:    valueHelp,
		Example: `greybook value pairs.csv
greybook value pairs.csv --condition new --format csv -o value.csv
greybook value pairs.csv --total --format json`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&long, "long", false, "all columns, also those of the file and of the market")
	cmd.Flags().BoolVar(&total, "total", false, "the total alone, as one row")
	from.flags(p, cmd)
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		if long && total {
			return usagef("--long and --total go not together: the total is one row of its own")
		}
		v, err := s.value(ctx, args[0], from)
		if err != nil {
			return err
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) {
			if total {
				return reports.ValueTotalRows(memory.DefaultAllocator, v)
			}
			return reports.ValueRows(memory.DefaultAllocator, v, long)
		})
		if err == nil {
			s.noteValue(v)
		}
		return err
	})
	return cmd
}

// value values the pairs of a file and gives the book back.
func (s *session) value(ctx context.Context, file string, flags pairsFlags) (analysis.Value, error) {
	b, c, err := s.openPairs(ctx, file, flags)
	if err != nil {
		return analysis.Value{}, err
	}
	defer b.Close()
	return analysis.ComputeValue(ctx, b, analysis.ValueSpec{
		Premiums: analysis.PremiumsSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")}, Pairs: c.Pairs})
}

// noteValue says on stderr what is to be checked, what has no estimate, and the total.
func (s *session) noteValue(v analysis.Value) {
	s.noteLabels(v)
	t := v.Total
	s.Rec.Count("pairs", int64(t.Pairs))
	s.Rec.Count("valued", int64(t.Valued))
	s.Note("%s completed sales, as of %s", thousands(int64(v.N)), v.Spec.AsOf)
	if v.Synthetic > 0 {
		s.Note("SYNTHETIC: %s of them are made up", thousands(int64(v.Synthetic)))
	}
	if n := t.Pairs - t.Valued; n > 0 {
		s.Note("%s of %s have no estimate and are in no sum: see their reasons", thousands(int64(n)), pairs(t.Pairs))
	}
	if t.Valued == 0 {
		return
	}
	for name, cents := range map[string]*int64{"estimate_cents": &t.Estimate, "sale_price_lo_cents": t.Low, "sale_price_hi_cents": t.High, "retail_price_cents": &t.Retail, "paid_cents": t.Paid, "gain_cents": t.Gain} {
		if cents != nil {
			s.Rec.Count(name, *cents)
		}
	}
	text := fmt.Sprintf("total of %s of %s: %s", thousands(int64(t.Valued)), pairs(t.Pairs), dollars(t.Estimate))
	if t.Low != nil {
		text += fmt.Sprintf("; sold one by one, %s to %s in all (%g%%)", dollars(*t.Low), dollars(*t.High), 100*v.Spec.Level)
	} else {
		text += "; too few past forecasts tell how sure that is"
	}
	s.Note("%s", text)
	text = fmt.Sprintf("retail price of these %s, %s", dollars(t.Retail), gained(*t.GainRetail, t.GainRetailShare))
	if t.Paid != nil {
		text += fmt.Sprintf("; paid for %s of them %s, %s", thousands(int64(t.PaidPairs)), dollars(*t.Paid), gained(*t.Gain, t.GainShare))
	}
	s.Note("%s", text)
}

// mostNotes is how many pairs are noted one by one.
const mostNotes = 10

// noteLabels lists the pairs whose labels are to be checked.
func (s *session) noteLabels(v analysis.Value) {
	var found []analysis.ValueRow
	for _, r := range v.Rows {
		if slices.Contains(r.Reasons, analysis.ReasonLabelContradicts) {
			found = append(found, r)
		}
	}
	for i, r := range found {
		if i == mostNotes {
			s.Warn("%s more with such labels: see label_contradicts among the reasons", pairs(len(found)-i))
			return
		}
		s.Warn("line %d: the label of this %s says %s, the reference %s: check its %s; the reference may be wrong, too",
			r.Pair.Line, r.Style, shorten(r.Pair.LabelOrigin, 60), r.MadeIn, strings.Join(r.Check, ", "))
	}
}

// pairs counts pairs in words.
func pairs(n int) string {
	if n == 1 {
		return "1 pair"
	}
	return thousands(int64(n)) + " pairs"
}

// dollars writes an amount in cents as people read it.
func dollars(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s$%s.%02d", sign, thousands(cents/100), cents%100)
}

// gained writes a gain, or a loss, with its share where there is one.
func gained(cents int64, share *float64) string {
	word := "gain"
	if cents < 0 {
		word = "loss"
	}
	text := fmt.Sprintf("a %s of %s", word, strings.TrimPrefix(dollars(cents), "-"))
	if share != nil {
		text += fmt.Sprintf(" (%+.1f%%)", 100**share)
	}
	return text
}
