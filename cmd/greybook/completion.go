package main

import (
	"github.com/spf13/cobra"
)

func newCompletionCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes greybook commands in your shell",
		Long: `Prints a script for your shell that completes commands, flags and values. Load it
from the shell's start-up file to have it always.`,
		Example: `greybook completion bash > ~/.local/share/bash-completion/completions/greybook
greybook completion zsh > "${fpath[1]}/_greybook"
greybook completion fish > ~/.config/fish/completions/greybook.fish
greybook completion powershell >> $PROFILE`,
		GroupID:   groupProgram,
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return withHint(usagef("completion needs the name of one shell"), "it knows %s", alternatives(cmd.ValidArgs))
			}
			switch out := p.env.Stdout; args[0] {
			case "bash":
				return p.root.GenBashCompletionV2(out, true)
			case "zsh":
				return p.root.GenZshCompletion(out)
			case "fish":
				return p.root.GenFishCompletion(out, true)
			case "powershell":
				return p.root.GenPowerShellCompletionWithDesc(out)
			}
			return withHint(usagef("no completion for shell %q", args[0]), "it knows %s", alternatives(cmd.ValidArgs))
		},
	}
}
