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
		Long:    "Prints a profile, TOML, as it stands in its file: a start for one of your own.",
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
