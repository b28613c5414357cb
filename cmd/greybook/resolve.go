package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/ingest"
)

func newResolveCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "resolve",
		GroupID: groupBook,
		Short:   "Match and price the sales of the book again, without reading files",
		Long: `Look all sales up in the reference again: their styles, retail prices and exchange
rates. Ingesting reference facts does so by itself; a newer greybook, with a newer
built-in reference, is the other reason to run it.`,
		Example: "greybook resolve",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		s.dueTold = true // it is what this command is about
		b, err := s.openBook(ctx, false)
		if err != nil {
			return err
		}
		defer b.Close()
		r, err := ingest.Resolve(ctx, b, s.AsOf)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "items with another match %d\nsales matched %d\nsales that lost their style %d\nsales priced anew %d\n", r.Items, r.Matched, r.Lost, r.Priced)
		s.Rec.Count("matched", r.Matched)
		s.Rec.Count("lost", r.Lost)
		s.Rec.Count("priced", r.Priced)
		return nil
	})
	return cmd
}
