package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/amassable/greybook/data"
	"github.com/spf13/cobra"
)

// session is what a command works with.
type session struct {
	Env      env
	Out      io.Writer // data; not buffered
	Settings settings
	Log      *slog.Logger
	Rec      *recorder
	AsOf     data.Date     // nothing sold after this day is seen
	Wait     time.Duration // how long to wait for a locked book
	Aside    bool          // the engine works beside something that matters more: one thread, unless the user says
	talk     *talker
	dueTold  bool // that the book should be resolved; nobody needs to hear it twice
}

// session makes a command's RunE of what the command does.
func (p *program) session(do func(context.Context, *session, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		s, err := p.newSession(cmd)
		if err != nil {
			return err
		}
		return do(cmd.Context(), s, args)
	}
}

func (p *program) newSession(cmd *cobra.Command) (*session, error) {
	if p.wait < 0 {
		return nil, usagef("--wait: %s is less than nothing", p.wait)
	}
	path, text, err := findConfig(p.env, p.config)
	if err != nil {
		return nil, err
	}
	file, err := readConfig(p.env, path, text)
	if err != nil {
		return nil, err
	}
	all, err := resolve(p.env, cmd.Flags(), file)
	if err != nil {
		return nil, err
	}
	asOf := get[data.Date](all, "as_of")
	if asOf.IsZero() {
		asOf = data.DateOf(p.env.Now().UTC())
	}
	p.talk.color = colored(p.env, get[string](all, "color"), p.env.StderrTerminal)
	p.rec.asOf(asOf)
	return &session{
		Env:      p.env,
		Out:      p.env.Stdout,
		Settings: all,
		Log:      newLogger(p.env, get[string](all, "log_level"), get[string](all, "log_format")),
		Rec:      p.rec,
		AsOf:     asOf,
		Wait:     p.wait,
		talk:     p.talk,
	}, nil
}

// Path returns a path of the user's as an absolute one, to be opened. Messages
// show the path as it was given.
func (s *session) Path(path string) string { return absolute(s.Env, path) }

// Book returns the path of the book, as it was given.
func (s *session) Book() string { return get[string](s.Settings, "book") }

// Color reports whether data on stdout may be colored.
func (s *session) Color() bool {
	return colored(s.Env, get[string](s.Settings, "color"), s.Env.StdoutTerminal)
}

// Note tells the user something on stderr that is not wrong.
func (s *session) Note(format string, args ...any) { s.talk.say("", fmt.Sprintf(format, args...)) }

// Warn tells the user of something doubtful on stderr, and records it for the summary.
func (s *session) Warn(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	s.Rec.Warning(message)
	s.talk.say("warning: ", message)
}

// colored reports whether a stream takes color. NO_COLOR and TERM=dumb turn off
// what nobody asked for; "always" is asked for (no-color.org: settings and flags
// come before the variable).
func colored(e env, mode string, terminal bool) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb"
}

// applyColorFlag colors talk by the flag alone: the settings may be what is wrong.
func (p *program) applyColorFlag() {
	mode := "auto"
	if f := p.root.PersistentFlags().Lookup("color"); f.Changed {
		mode = f.Value.String()
	}
	p.talk.color = colored(p.env, mode, p.env.StderrTerminal)
}
