package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/ingest"
)

func newSourcesCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sources",
		GroupID: groupBook,
		Short:   "List the source profiles, or show one",
		Long: `Prints the profiles that say how a marketplace's export is read: those built in, and
your own from the folders of the setting sources. A profile of yours replaces the
one built in of the same name.`,
		Example: "greybook sources\ngreybook sources show stockx-seller-report",
		Args:    noSourceArgs,
	}
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		profiles, err := ingest.Profiles(s.sourceFolders()...)
		if err != nil {
			return &usageError{err}
		}
		var rows [][]any
		for _, f := range profiles {
			rows = append(rows, []any{f.Name, f.Title, f.Origin()})
		}
		return s.writeValues(ctx, out, []column{{name: "name"}, {name: "title"}, {name: "origin"}}, rows)
	})
	cmd.AddCommand(newSourcesShowCommand(p))
	return cmd
}

// noSourceArgs refuses `greybook sources kream`, which lacks its verb.
func noSourceArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return withHint(usagef("unknown command %q", "sources "+args[0]), "greybook sources show NAME shows one")
	}
	return nil
}

func newSourcesShowCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show NAME",
		Short:   "Print a profile as it stands in its file",
		Long:    "Prints a profile, TOML, as it stands in its file: a start for one of your own.\n\n" + profileKeys,
		Example: "greybook sources show kream\ngreybook sources show greybook > sources/mine.toml",
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = p.session(func(_ context.Context, s *session, args []string) error {
		profiles, err := ingest.Profiles(s.sourceFolders()...)
		if err != nil {
			return &usageError{err}
		}
		profile, err := findProfile(profiles, args[0])
		if err != nil {
			return err
		}
		text := profile.Text()
		if !s.Env.StdoutTerminal {
			_, err := fmt.Fprint(s.Out, text)
			return err
		}
		for line := range strings.Lines(text) {
			if _, err := fmt.Fprintln(s.Out, printable(line)); err != nil {
				return err
			}
		}
		return nil
	})
	return cmd
}

// profileKeys explains what may stand in a profile.
const profileKeys = `What a profile may say:
  name, title      what it is called
  header           columns that every file has; header_any: and one of these;
                   header_may: known ones that may be missing
  [file]           records: keys that lead to a JSON document's records; sheet of a
                   workbook; encoding; header_within: rows to look for the header
                   in; trailer: pattern of the line that ends an export
  [fields]         greybook's field = "column"; in JSON "outer.inner"
  [constants]      the value of a field where the column is missing or blank
  [values]         missing: texts that mean nothing
  [date]           kind: iso, layout, or auto, which refuses days that could be two;
                   layouts: strptime forms; precision: day or second; zone
  [money]          symbols; unit: cents; decimal: a comma; decimals: round
  [size]           system of bare sizes: us, uk, eu, cm, mm; audience: men, women,
                   kids; pattern whose groups are the size; women_column and
                   women_matches: which rows are in women's sizes
  [condition]      the source's word = new, new_defects, used or unknown
  [title_words]    width: pattern whose group is the width
  [identity]       sale_id: columns that are the id together; price: whole; source:
                   shared by profiles that share their ids
  [requires]       what the user says of a file: observed_on, style
  [[not_sales]]    rows that are no sales: column, matches or unless, reason
  [[observation]]  a price of several in a row: price_basis, price, sold_at, or
                   snapshot, dated by [snapshot] release + days_since_release
  [synthetic]      column and prefix of made-up rows
  [styles]         for ingest styles: style_code, title, colorway, release, retail,
                   currency, audience, confidence, retail_min, only_column, only_value`
