package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/ingest"
)

func newRunsCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "runs [ID]",
		GroupID: groupBook,
		Short:   "List the ingest runs, or the files of one",
		Long: `Prints the ledger: every run that read files into the book, with what became of
their records. With an ID, prints the files of that run. A run that was taken back
has its reverted_at.`,
		Example: "greybook runs\ngreybook runs 3 --format json\ngreybook runs revert 3 --dry-run",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			if _, err := runNumber(args[0]); err != nil {
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					return withHint(err, "did you mean runs %s?", alternatives(near))
				}
				return err
			}
			return cobra.MaximumNArgs(1)(cmd, args)
		},
	}
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		if len(args) == 0 {
			_, err := s.writeQuery(ctx, out, b, `
				SELECT r.run_id, r.command, r.started_at, r.as_of, count(f.file_no) AS files,
				       coalesce(sum(f.read), 0)::BIGINT AS read, coalesce(sum(f.added), 0)::BIGINT AS added,
				       coalesce(sum(f.known), 0)::BIGINT AS known, coalesce(sum(f.rejected), 0)::BIGINT AS rejected, r.reverted_at
				FROM runs r LEFT JOIN run_files f ON f.run_id = r.run_id
				GROUP BY ALL ORDER BY r.run_id`)
			return err
		}
		id, err := s.knownRun(ctx, b, args[0])
		if err != nil {
			return err
		}
		_, err = s.writeQuery(ctx, out, b, `
			SELECT path, profile, bytes, sha256, observed_on, read, added, known, rejected, synthetic
			FROM run_files WHERE run_id = ? ORDER BY file_no`, id)
		return err
	})
	cmd.AddCommand(newRunsRevertCommand(p))
	return cmd
}

func newRunsRevertCommand(p *program) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "revert ID",
		Short: "Take back exactly what one run added",
		Long: `Takes back what one run added, and nothing else: the sales of its files and the
facts that it loaded. It stays in the ledger, marked as taken back, and so do its
rejects. Sales that a later run counted as known go too, if this run had added them:
reading that run's files again adds them.

Exit code 2 when there is no such run; 1 when it was taken back already, or when
facts of a later run are about styles that it loaded.`,
		Example: "greybook runs revert 3 --dry-run\ngreybook runs revert 3",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would go and leave the book as it is")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		id, err := runNumber(args[0])
		if err != nil {
			return err
		}
		// Planned while reading: opening for writing would make a book where there is none.
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		plan, err := b.PlanRevert(ctx, id)
		b.Close()
		if err != nil {
			return runError(err)
		}
		if dryRun {
			s.revertDone(plan, "would be taken back (dry run: nothing was written)")
			return nil
		}
		return s.revert(ctx, id)
	})
	return cmd
}

func (s *session) revert(ctx context.Context, id int64) error {
	b, err := s.openBook(ctx, false)
	if err != nil {
		return err
	}
	defer b.Close()
	done, err := ingest.Revert(ctx, b, id, s.Env.Now(), s.AsOf)
	if err != nil {
		return runError(err)
	}
	s.revertDone(done, "taken back")
	return nil
}

// revertDone prints what a revert removed, or would.
func (s *session) revertDone(r data.RevertReport, what string) {
	fmt.Fprintf(s.Out, "run %d (%s) %s\n  sales %d, of %d files\n", r.RunID, printable(r.Command), what, r.Sales, r.Files)
	s.Rec.Count("sales_removed", r.Sales)
	for _, f := range r.Facts {
		if f.N > 0 {
			fmt.Fprintf(s.Out, "  %s %d\n", f.Table, f.N)
			s.Rec.Count(f.Table+"_removed", f.N)
		}
	}
	if len(r.Later) > 0 {
		var later []string
		for _, n := range r.Later {
			later = append(later, strconv.FormatInt(n, 10))
		}
		s.Note("run %s counted records as known that may be gone with this one; reading those files again adds them", alternatives(later))
	}
}

// runNumber reads the number of a run.
func runNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, usagef("%q is not the number of a run, such as 3", text)
	}
	return n, nil
}

// knownRun reads the number of a run that the book has.
func (s *session) knownRun(ctx context.Context, b *data.Book, text string) (int64, error) {
	n, err := runNumber(text)
	if err != nil {
		return 0, err
	}
	if err := b.FindRun(ctx, n); err != nil {
		return 0, runError(err)
	}
	return n, nil
}

// runError gives an error about a run its exit code and hint.
func runError(err error) error {
	var none *data.NoRunError
	if errors.As(err, &none) {
		return withHint(&usageError{err}, "greybook runs lists the runs")
	}
	return err
}
