package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
)

func newCheckCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check [NAME]",
		GroupID: groupBook,
		Short:   "Prove that the book holds together",
		Long: `Runs the invariants of the book, each a query that must return no rows, and prints
what came of them. With a NAME, prints the rows that one of them finds.

Exit code 4 when one does not hold.`,
		Example: "greybook check\ngreybook check sale_keys_are_unique --format csv",
		Args:    cobra.MaximumNArgs(1),
	}
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		var one data.Check
		if len(args) == 1 {
			var err error
			if one, err = findCheck(args[0]); err != nil {
				return err
			}
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		if one.Name == "" {
			return s.checkAll(ctx, out, b)
		}
		n, err := s.writeQuery(ctx, out, b, one.Query)
		if err == nil && n > 0 {
			return refusedf("check %s failed: %d rows are against it: %s", one.Name, n, one.Holds)
		}
		return err
	})
	return cmd
}

func findCheck(name string) (data.Check, error) {
	all, err := data.Checks()
	if err != nil {
		return data.Check{}, err
	}
	var names []string
	for _, c := range all {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	err = usagef("no check %q", name)
	if near := nearest(name, names); near != "" {
		return data.Check{}, withHint(err, "did you mean %s?", near)
	}
	return data.Check{}, withHint(err, "greybook check lists them")
}

// checkAll prints one row per check, and the first rows of those that failed.
func (s *session) checkAll(ctx context.Context, out *rowsFlags, b *data.Book) error {
	results, err := b.Check(ctx)
	if err != nil {
		return err
	}
	var rows [][]any
	var failed []data.CheckResult
	for _, r := range results {
		status := "ok"
		if !r.OK() {
			status = "failed"
			failed = append(failed, r)
		}
		rows = append(rows, []any{r.Name, status, r.Rows, r.Holds})
	}
	if err := s.writeValues(ctx, out, []column{{name: "check"}, {name: "status"}, {name: "rows", number: true}, {name: "must_hold"}}, rows); err != nil {
		return err
	}
	s.Rec.Count("checks", int64(len(results)))
	s.Rec.Count("checks_failed", int64(len(failed)))
	if len(failed) == 0 {
		return nil
	}
	for _, r := range failed {
		s.Warn("%s", failure(r))
	}
	return withHint(refusedf("%d of %d checks failed", len(failed), len(results)), "greybook check %s prints all its rows", failed[0].Name)
}

// failure describes a failed check with its first rows.
func failure(r data.CheckResult) string {
	var b strings.Builder
	b.WriteString("check " + r.Name + " failed: " + r.Holds)
	for _, row := range r.First {
		b.WriteString("\n")
		for i, v := range row {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(r.Columns[i] + " = " + shorten(v, 80))
		}
	}
	if more := r.Rows - int64(len(r.First)); more > 0 {
		b.WriteString("\n…")
	}
	return b.String()
}
