package main

import (
	"log/slog"
)

// newLogger returns a logger on stderr for a level and a format of the settings.
func newLogger(e env, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		panic(err) // the settings allow only names of levels
	}
	options := &slog.HandlerOptions{
		Level: l,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Time(slog.TimeKey, e.Now().UTC()) // the one clock
			}
			return a
		},
	}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(e.Stderr, options))
	}
	return slog.New(slog.NewTextHandler(e.Stderr, options))
}
