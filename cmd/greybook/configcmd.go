package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func newConfigCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config COMMAND",
		Short: "Show the settings and where they come from",
		Long: `A setting comes from its flag, else from the environment variable GREYBOOK_ and
its name, else from the configuration file, else it has its default. The file is
greybook.toml in the current folder, else greybook/config.toml in
$XDG_CONFIG_HOME (~/.config), or the one named by --config. It is TOML; relative
paths in it are relative to the file.`,
		Example: "greybook config show\ngreybook config path",
		GroupID: groupProgram,
	}
	cmd.AddCommand(newConfigShowCommand(p), newConfigPathCommand(p))
	return cmd
}

func newConfigShowCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "Print every setting, its value and its origin",
		Long:    "Prints every setting, its value, and its origin: flag, env, file (with the line) or default.",
		Example: "greybook config show\ngreybook config show --format json\ngreybook config show --book other.duckdb",
		Args:    cobra.NoArgs,
		RunE: p.session(func(_ context.Context, s *session, _ []string) error {
			return s.showSettings()
		}),
	}
	p.settingFlag(cmd, "format", "format")
	return cmd
}

func newConfigPathCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print the path of the configuration file in use",
		Long: `Prints the path of the configuration file in use. Where there is none it prints
nothing, and says on stderr where it looked. The file may be one with errors.`,
		Example: "greybook config path\ngreybook config path --config nightly.toml",
		Args:    cobra.NoArgs,
		// Not a session: that one would refuse a wrong file.
		RunE: func(*cobra.Command, []string) error {
			path, _, err := findConfig(p.env, p.config)
			if err != nil {
				return err
			}
			if path == "" {
				p.talk.say("", "no configuration file; looked for "+strings.Join(configPaths(p.env), " and "))
				return nil
			}
			_, err = fmt.Fprintln(p.env.Stdout, path)
			return err
		},
	}
}

// showSettings prints the settings as a table or as JSON.
//
// Note: other formats come with the writer of rows that all commands share.
func (s *session) showSettings() error {
	switch format := get[string](s.Settings, "format"); format {
	case "json":
		return s.showSettingsJSON()
	case "table":
	default:
		return usagef("config show writes table or json, not %s", format)
	}
	w := tabwriter.NewWriter(s.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "key\tvalue\torigin")
	for _, v := range s.Settings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", v.key, printable(v.text), printable(v.origin))
	}
	return w.Flush()
}

func (s *session) showSettingsJSON() error {
	type row struct {
		Key         string `json:"key"`
		Value       any    `json:"value"`
		Origin      string `json:"origin"`
		Environment string `json:"environment"`
		About       string `json:"about"`
	}
	rows := []row{}
	for _, v := range s.Settings {
		value := v.value
		switch typed := value.(type) {
		case time.Duration, limit:
			value = v.text
		case []string:
			value = append([]string{}, typed...) // [] and not null
		}
		rows = append(rows, row{v.key, value, v.origin, v.env(), v.doc})
	}
	e := json.NewEncoder(s.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}
