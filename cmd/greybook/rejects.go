package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
)

func newRejectsCommand(p *program) *cobra.Command {
	var run, reason string
	cmd := &cobra.Command{
		Use:     "rejects",
		GroupID: groupBook,
		Short:   "List the refused rows with file, line and reason",
		Long: `Prints the records that were refused: where they stand, which column and value are
to blame, why, and the raw text. Of a run that was taken back they are shown only
when --run names it.`,
		Example: "greybook rejects --reason price_not_a_number\ngreybook rejects --run 3 --format csv",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&run, "run", "", "only those of one run, an `ID` of greybook runs")
	cmd.Flags().StringVar(&reason, "reason", "", "only those with this `REASON`")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		if run != "" {
			if _, err := runNumber(run); err != nil {
				return err
			}
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		var id int64 // 0: of all runs that stand
		if run != "" {
			if id, err = s.knownRun(ctx, b, run); err != nil {
				return err
			}
		}
		n, err := s.writeQuery(ctx, out, b, `
			SELECT j.run_id, j.source_file, j.source_line, j.column_name, j.reason, j.value, j.raw_text
			FROM rejects j JOIN runs r ON r.run_id = j.run_id
			WHERE CASE WHEN ?1 = 0 THEN r.reverted_at IS NULL ELSE j.run_id = ?1 END AND (?2 = '' OR j.reason = ?2)
			ORDER BY ALL`, id, reason)
		if err == nil && n == 0 && reason != "" {
			return s.noteReasons(ctx, b, reason)
		}
		return err
	})
	return cmd
}

// noteReasons says which reasons there are, when nothing was refused for the one asked for.
func (s *session) noteReasons(ctx context.Context, b *data.Book, reason string) error {
	c, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	rows, err := c.Query(ctx, "SELECT DISTINCT reason FROM rejects ORDER BY reason")
	if err != nil {
		return err
	}
	defer rows.Close()
	var reasons []string
	for rows.Next() {
		var r string
		if err := rows.Scan(&r); err != nil {
			return err
		}
		reasons = append(reasons, r)
	}
	switch {
	case rows.Err() != nil:
		return rows.Err()
	case len(reasons) == 0:
		s.Note("nothing was refused for %q; the book has no rejects", reason)
	default:
		s.Note("nothing was refused for %q; the book has rejects for %s", reason, alternatives(reasons))
	}
	return nil
}
