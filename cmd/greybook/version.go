package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

func newVersionCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of greybook and of what it is built with",
		Long:    "Prints the version of greybook, of Go, and of the database engine in it.",
		Example: "greybook version",
		GroupID: groupProgram,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return printVersions(p.env) },
	}
}

// part is something that a program is made of, and its version.
type part struct{ name, version string }

// versions lists what decides how this program behaves.
func versions(e env) []part {
	parts := []part{
		{"greybook", e.Version},
		{"go", fmt.Sprintf("%s %s/%s", strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)},
	}
	if e.Engine != "" {
		parts = append(parts, part{"engine", e.Engine})
	}
	return parts
}

func printVersions(e env) error {
	for _, v := range versions(e) {
		if _, err := fmt.Fprintf(e.Stdout, "%s %s\n", v.name, v.version); err != nil {
			return err
		}
	}
	return nil
}
