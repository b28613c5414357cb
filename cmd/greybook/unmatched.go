package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newUnmatchedCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "unmatched",
		GroupID: groupBook,
		Short:   "List the sales whose style is not known yet, by title",
		Long: `Prints the titles whose style is not in the reference, with the number of sales, the
most frequent first. match_method is none, or conflict where code and title name
different shoes. guesses are the nearest styles with their scores, best first: an alias
(greybook ingest aliases) puts all sales of a title in place.`,
		Example: "greybook unmatched\ngreybook unmatched --format csv",
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
			SELECT title, style_text, model, version, match_method, n, first_sold_on, last_sold_on, guesses
			FROM unmatched
			ORDER BY n DESC, title, style_text, model, version, match_method`)
		return err
	})
	return cmd
}
