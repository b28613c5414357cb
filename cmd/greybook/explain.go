package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/ingest"
	"github.com/amassable/greybook/reports"
)

func newExplainCommand(p *program) *cobra.Command {
	var size, condition, output string
	sales := 20
	cmd := &cobra.Command{
		Use:     "explain STYLE",
		GroupID: groupAsk,
		Short:   "How one estimate came about, step by step",
		Long: `Derives one row of greybook analyze premiums: the retail price and why that one, the
sales used and those set aside with the reason, the level of the style day by day, what
was borrowed from which parent and how much, both bands, and the grade with its rule.

STYLE is a style code or style_id, an alias, or a part of a colorway that only one style
has. Without --size the row is of new pairs of all sizes; with it, of the band of sizes
that the size is in: US men's, or "W 10.5", "EU 43", "27.5 cm", a band such as 9-10.5, or
unknown. Rows of used pairs are by band alone, so --condition used needs a --size.

It writes text, or with --format json everything in full precision: enough to do the
number again by hand. Other formats are for rows and are refused; for the sales as rows
see greybook sql and the view sales.`,
		Example: `greybook explain M990GL6
greybook explain M990GL6 --size 9.5 --sales 5
greybook explain M990GL6 --size 10 --condition used --format json`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&size, "size", "", "the pair's `SIZE`; its band of sizes is explained")
	cmd.Flags().StringVar(&condition, "condition", "new", "the pair's `CONDITION`: new, new_defects, used or unknown")
	cmd.Flags().IntVar(&sales, "sales", sales, "most sales and days to list in the text, the newest `N`; 0 is all")
	p.settingFlag(cmd, "level", "level")
	p.settingFlag(cmd, "format", "format")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`, which appears when all is written; - is standard output")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		format := get[string](s.Settings, "format")
		if err := checkExplain(format, size, condition, sales); err != nil {
			return err
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		x, err := s.explain(ctx, b, args[0], size, condition)
		if err != nil {
			return err
		}
		return s.Output(ctx, output, false, func(w io.Writer) error {
			if format == "json" {
				return reports.WriteExplanationJSON(w, x)
			}
			return reports.WriteExplanation(w, x, sales)
		})
	})
	return cmd
}

// checkExplain refuses flags that can't be answered.
func checkExplain(format, size, condition string, sales int) error {
	switch {
	case format != "table" && format != "json":
		return withHint(usagef("--format: explain writes text or json, not %s", format), `greybook sql --format %s "SELECT * FROM sales WHERE style_id = '…'" gives the sales as rows`, format)
	case sales < 0:
		return usagef("--sales: %d is not a number of sales from 0 up", sales)
	}
	return checkPair(size, condition)
}

// checkPair refuses a condition that there is not, or no estimate is made of.
func checkPair(size, condition string) error {
	conditions := []string{"new", "new_defects", "used", "unknown"}
	switch {
	case !slices.Contains(conditions, condition):
		err := usagef("--condition: there is no %q; there are %s", condition, alternatives(conditions))
		if near := nearest(condition, conditions); near != "" {
			return withHint(err, "did you mean %s?", near)
		}
		return err
	case size == "" && condition != "new":
		return usagef("--condition %s: of all sizes together only new pairs are estimated: give a --size", condition)
	}
	return nil
}

func (s *session) explain(ctx context.Context, b *data.Book, style, size, condition string) (analysis.Explanation, error) {
	spec := analysis.ExplainSpec{Premiums: analysis.PremiumsSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")}, Condition: condition}
	ss, err := b.Session(ctx)
	if err != nil {
		return analysis.Explanation{}, err
	}
	spec.Style, err = s.findStyle(ctx, ss, style)
	if err == nil && size != "" {
		spec.SizeBand, err = findBand(ctx, ss, size)
	}
	ss.Close()
	if err != nil {
		return analysis.Explanation{}, err
	}
	x, err := analysis.ComputeExplanation(ctx, b, spec)
	if err != nil {
		return x, err
	}
	if size != "" {
		s.Note("size %s is in the band %s of US men's sizes", size, spec.SizeBand)
	}
	if x.BookSynthetic > 0 {
		s.Note("SYNTHETIC: %s of the sales that it rests on are made up", thousands(int64(x.BookSynthetic)))
	}
	return x, nil
}

// findBand is the size band of a size, or the band itself.
func findBand(ctx context.Context, ss *data.Session, size string) (string, error) {
	if slices.Contains(analysis.SizeBandNames(), size) {
		return size, nil
	}
	halves, ok, err := ingest.MenSize(ctx, ss, size)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", withHint(usagef("--size: %q is no size that can be said in US men's", size), `give one such as 9.5, "W 11", "EU 43" or "27.5 cm", or one of the bands %s`, alternatives(analysis.SizeBandNames()))
	}
	return analysis.SizeBandOf(halves), nil
}

// namedStyle is a style with what it may be called.
type namedStyle struct {
	id, code, colorway, full string
	names                    []string // id, code and aliases
}

// findStyle finds the style that a text means: by id, code or alias, else by words that
// only one style's model, version and colorway have in a row.
func (s *session) findStyle(ctx context.Context, ss *data.Session, text string) (string, error) {
	styles, err := readNamedStyles(ctx, ss)
	if err != nil {
		return "", err
	}
	slug := data.Slug(text)
	for _, of := range []func(namedStyle) bool{
		func(n namedStyle) bool { return strings.EqualFold(n.id, text) || strings.EqualFold(n.code, text) },
		func(n namedStyle) bool { return slug != "" && slices.Contains(n.names, slug) },
		func(n namedStyle) bool { return slug != "" && data.Slug(n.colorway) == slug },
		func(n namedStyle) bool { return slug != "" && strings.Contains("-"+n.full+"-", "-"+slug+"-") },
		func(n namedStyle) bool { return len(slug) > 2 && strings.Contains(n.full, slug) },
	} {
		var found []string
		for _, n := range styles {
			if of(n) {
				found = append(found, n.id)
			}
		}
		switch {
		case len(found) > 1:
			return "", withHint(usagef("%q may be any of %d styles", text, len(found)), "%s", someOf(found))
		case len(found) == 1:
			if !strings.EqualFold(found[0], text) {
				s.Note("%s is the style %s", text, found[0])
			}
			return found[0], nil
		}
	}
	err = usagef("no style %q in the reference", text)
	if near := nearStyles(slug, styles); len(near) > 0 {
		return "", withHint(err, "did you mean %s?", alternatives(near))
	}
	return "", withHint(err, "greybook sql \"SELECT style_id, model, version, colorway FROM styles\" lists them")
}

func readNamedStyles(ctx context.Context, ss *data.Session) ([]namedStyle, error) {
	rows, err := ss.Query(ctx, `
		SELECT t.style_id, coalesce(t.style_code, ''), coalesce(t.colorway, ''), concat(t.model, t.version), coalesce((SELECT string_agg(a.alias, ' ' ORDER BY a.alias) FROM aliases a WHERE a.style_id = t.style_id), '')
		FROM styles t ORDER BY t.style_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []namedStyle
	for rows.Next() {
		var n namedStyle
		var model, aliases string
		if err := rows.Scan(&n.id, &n.code, &n.colorway, &model, &aliases); err != nil {
			return nil, err
		}
		n.full = data.Slug(model, n.colorway)
		n.names = append(strings.Fields(aliases), data.Slug(n.id), data.Slug(n.code))
		out = append(out, n)
	}
	return out, rows.Err()
}

// nearStyles are up to three styles that a mistyped name may mean, the nearest first.
func nearStyles(slug string, styles []namedStyle) []string {
	byName := map[string]string{}
	for _, n := range styles {
		for _, name := range append(n.names, n.full) {
			if name != "" {
				byName[name] = n.id
			}
		}
	}
	var near []string
	for len(near) < 3 {
		var names []string
		for name, id := range byName {
			if !slices.Contains(near, id) {
				names = append(names, name)
			}
		}
		name := nearest(slug, names)
		if name == "" {
			break
		}
		near = append(near, byName[name])
	}
	return near
}

// someOf lists a few names, and says how many it leaves out.
func someOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return alternatives(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
