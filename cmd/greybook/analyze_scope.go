package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// scopeFlags are the flags that say which sales an analysis is about, and how they
// are grouped.
type scopeFlags struct {
	by, where    []string
	since, until string
}

// The flags of scopeFlags: a command has those that mean something to it.
const (
	scopeBy    = "by"
	scopeWhere = "where"
	scopeSince = "since"
	scopeUntil = "until"
)

// flags gives cmd those of the flags that are named.
func (f *scopeFlags) flags(cmd *cobra.Command, names ...string) {
	flags := cmd.Flags()
	for _, name := range names {
		switch name {
		case scopeBy:
			usage := "group by this `DIMENSION`, or by several, separated by commas"
			if len(f.by) == 0 {
				usage += "; needed"
			}
			flags.StringSliceVar(&f.by, name, f.by, usage)
		case scopeWhere:
			flags.StringArrayVar(&f.where, name, nil, "only sales with `DIM=VALUE`, or DIM= for those where it is unknown; repeatable")
		case scopeSince:
			flags.StringVar(&f.since, name, "", "only sales of this `DATE` and later")
		case scopeUntil:
			flags.StringVar(&f.until, name, "", "only sales of this `DATE` and earlier")
		}
	}
}

// daysFlag gives cmd a window in days.
func daysFlag(cmd *cobra.Command, to *int, fallback int, usage string) {
	cmd.Flags().IntVar(to, "days", fallback, usage)
}

// checkDays refuses a window without a day.
func checkDays(days int) error {
	if days < 1 || days > 36500 {
		return usagef("--days: %d is not a number of days from 1 to 36500", days)
	}
	return nil
}

// spec checks the flags before any file is opened. Which dimensions there must be is
// the command's to say.
func (f *scopeFlags) spec(s *session) (analysis.MultiplesSpec, error) {
	spec := analysis.MultiplesSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level"), MinN: get[int](s.Settings, "min_n")}
	for _, name := range f.by {
		d, err := analysis.ParseDimension(name)
		if err != nil {
			return spec, dimensionError("--by", err)
		}
		if slices.Contains(spec.By, d) {
			return spec, usagef("--by names %s twice", name)
		}
		spec.By = append(spec.By, d)
	}
	for _, text := range f.where {
		w, err := analysis.ParseFilter(text)
		if err != nil {
			return spec, dimensionError("--where", err)
		}
		spec.Where = append(spec.Where, w)
	}
	for _, day := range []struct {
		flag, text string
		to         *data.Date
	}{{"--since", f.since, &spec.Since}, {"--until", f.until, &spec.Until}} {
		if day.text == "" {
			continue
		}
		d, err := data.ParseDate(day.text)
		if err != nil {
			return spec, usagef("%s: %w", day.flag, err)
		}
		*day.to = d
	}
	if !spec.Since.IsZero() && !spec.Until.IsZero() && spec.Since > spec.Until {
		return spec, usagef("--since %s is after --until %s", spec.Since, spec.Until)
	}
	return spec, nil
}

func dimensionError(flag string, err error) error {
	e := usagef("%s: %w", flag, err)
	var unknown *analysis.UnknownDimensionError
	if errors.As(err, &unknown) {
		if near := nearest(unknown.Name, analysis.DimensionNames()); near != "" {
			return withHint(e, "did you mean %s?", near)
		}
	}
	return e
}

// noteScope says on stderr what the figures rest on.
func (s *session) noteScope(m analysis.Multiples) {
	scope := []string{}
	if m.PriceBasis == "sale" {
		scope = append(scope, "completed sales")
	} else if m.PriceBasis != "" {
		scope = append(scope, "price basis "+m.PriceBasis+" (not completed sales)")
	}
	if m.Condition != "" {
		scope = append(scope, "condition "+m.Condition)
	}
	if m.N == 0 {
		s.Note("no observation answers this question (%s, as of %s)", strings.Join(scope, ", "), m.Spec.AsOf)
		return
	}
	note := fmt.Sprintf("%d observations, %s to %s, as of %s", m.N, m.FirstSoldOn, m.LastSoldOn, m.Spec.AsOf)
	if len(scope) > 0 {
		note += "; " + strings.Join(scope, ", ")
	}
	s.Note("%s; %g%% intervals", note, 100*m.Spec.Level)
	if m.Synthetic > 0 {
		s.Note("SYNTHETIC: %d of them are made up", m.Synthetic)
	}
}
