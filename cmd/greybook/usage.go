package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// asUsage makes a usageError of an error that cobra found before any of our code ran.
func asUsage(cmd *cobra.Command, err error) error {
	var usage *usageError
	if errors.As(err, &usage) {
		return err
	}
	var name string
	// Cobra has no type for this error. Its text is under test in testdata/script/usage.txtar.
	if _, serr := fmt.Sscanf(err.Error(), "unknown command %q for", &name); serr == nil {
		if cmd.HasSubCommands() {
			return unknownCommand(cmd, name)
		}
		err = fmt.Errorf("%s takes no argument %q", commandName(cmd), name)
	}
	return withHint(&usageError{err}, "%s --help shows how it is used", cmd.CommandPath())
}

// unknownCommand says that cmd has no command of that name, and which it may have meant.
func unknownCommand(cmd *cobra.Command, name string) error {
	err := usagef("unknown command %q", strings.TrimPrefix(cmd.CommandPath()+" "+name, "greybook "))
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		slices.Sort(near)
		for i, name := range near {
			near[i] = strings.TrimPrefix(cmd.CommandPath()+" "+name, "greybook ")
		}
		return withHint(err, "did you mean %s?", alternatives(near))
	}
	return withHint(err, "%s --help lists the commands", cmd.CommandPath())
}

// commandName is the name of a command as errors give it: without "greybook", which stands before every error.
func commandName(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), "greybook ")
}

// wrongSubcommand answers a command of commands that was called without one it has.
func wrongSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return withHint(usagef("%s needs a command", commandName(cmd)), "it has %s", alternatives(names))
}

// flagError words the errors of flag parsing, and finds the flag that was meant.
func flagError(cmd *cobra.Command, err error) error {
	help := cmd.CommandPath() + " --help lists the flags"
	var unknown *pflag.NotExistError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			// -book is read as -b -o -o -k; somebody who types it means --book.
			word, _, _ := strings.Cut(short, "=")
			if cmd.Flags().Lookup(word) != nil {
				return withHint(usagef("unknown flag -%s", word), "did you mean --%s?", word)
			}
			return withHint(usagef("unknown flag -%s", name), "%s", help)
		}
		var flags []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				flags = append(flags, f.Name)
			}
		})
		err = usagef("unknown flag --%s", name)
		if near := nearest(name, flags); near != "" {
			return withHint(err, "did you mean --%s?", near)
		}
		return withHint(err, "%s", help)
	case errors.As(err, &value):
		f := value.GetFlag()
		cause := value.Unwrap()
		if f.Value.Type() == "duration" {
			cause = fmt.Errorf("%q is not a duration such as 30s", value.GetValue())
		}
		return usagef("--%s: %w", f.Name, cause)
	}
	return withHint(&usageError{err}, "%s", help)
}

// nearest returns the candidate that a mistyped name is most likely meant to be:
// one that it begins or abbreviates, or the one fewest edits away, at most a third of its
// letters (two for short ones). It returns "" when none is near.
func nearest(name string, candidates []string) string {
	best, fewest := "", max(2, len(name)/3)+1
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		d := edits(name, c)
		if len(name) >= 2 && strings.HasPrefix(c, name) {
			d = min(d, 1)
		}
		// Of a name as short as the number of edits nothing would be left.
		if d < fewest && d < len(c) {
			best, fewest = c, d
		}
	}
	return best
}

// edits is the optimal string alignment distance: insertions, deletions,
// replacements, and exchanges of neighbours, each counting one.
func edits(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// alternatives writes names as "a, b or c".
func alternatives(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
}
