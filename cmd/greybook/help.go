package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newHelpCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show the help of a command",
		Long:    "Shows the help of a command: an example, its usage, what it does, its flags.",
		Example: "greybook help\ngreybook help config show",
		GroupID: groupProgram,
		RunE: func(_ *cobra.Command, args []string) error {
			found, rest, err := p.root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(found, rest[0])
			}
			return found.Help()
		},
	}
	p.root.SetHelpCommand(cmd)
	return cmd
}

// printHelp writes the help of a command on stdout, the example first: it is
// what most people came for.
func (p *program) printHelp(cmd *cobra.Command) {
	mode := "auto" // a configuration that is wrong must not be in the way of help
	if f := cmd.Flags().Lookup("color"); f != nil && f.Changed {
		mode = f.Value.String()
	}
	heading := func(s string) string { return s }
	if colored(p.env, mode, p.env.StdoutTerminal) {
		heading = func(s string) string { return "\x1b[1m" + s + "\x1b[0m" }
	}
	var b strings.Builder
	section := func(title, body string) {
		if body = strings.Trim(body, "\n"); body != "" {
			fmt.Fprintf(&b, "%s\n%s\n\n", heading(title), body)
		}
	}
	section("Example:", indent(cmd.Example))
	section("Usage:", indent(cmd.UseLine()+" [FLAGS]"))
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(about))
	for _, group := range p.root.Groups() {
		section(group.Title, commandList(cmd, group.ID))
	}
	section("Commands:", commandList(cmd, ""))
	section("Flags:", cmd.LocalNonPersistentFlags().FlagUsagesWrapped(p.env.Width))
	common := cmd.InheritedFlags()
	if cmd == p.root {
		common = cmd.PersistentFlags()
	}
	common.SortFlags = false
	section("Flags of every command:", common.FlagUsagesWrapped(p.env.Width))
	// A write that fails is remembered by p.out.
	fmt.Fprintln(p.env.Stdout, strings.TrimRight(b.String(), "\n"))
}

// commandList lists the commands of one group below cmd, by name.
func commandList(cmd *cobra.Command, group string) string {
	var b strings.Builder
	for _, c := range cmd.Commands() { // sorted by cobra
		if c.GroupID == group && c.IsAvailableCommand() {
			fmt.Fprintf(&b, "  %-*s  %s\n", cmd.NamePadding(), c.Name(), c.Short)
		}
	}
	return b.String()
}

// indent moves the lines of a text two columns to the right.
func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n  ")
}
