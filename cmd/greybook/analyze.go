package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "analyze",
		GroupID: groupAsk,
		Short:   "Print an analysis of the book",
		Long:    "Print an analysis: figures with n, interval and what is doubtful about them.",
		Example: "greybook analyze multiples --by version",
	}
	cmd.AddCommand(newAnalyzeMultiplesCommand(p), newAnalyzePremiumsCommand(p))
	return cmd
}

// multiplesFlags are the flags of a question about multiples.
type multiplesFlags struct {
	by, where    []string
	since, until string
}

func newAnalyzeMultiplesCommand(p *program) *cobra.Command {
	var f multiplesFlags
	cmd := &cobra.Command{
		Use:   "multiples",
		Short: "Resale multiples versus retail, by version, Grey Day colorway and more",
		Long: `Median sale price over retail price per group, with its exact interval, quartiles
and the share of sales above retail. Only completed sales of new pairs are used
unless --by or --where name price_basis or condition. A group with fewer sales than
carry an interval shows n and no figure; --min-n 1 shows them all.

Dimensions: model, version, style, colorway, grey_day, grey_day_year, made_in,
audience, size_band, condition, marketplace, price_basis, week, month, year.`,
		Example: `greybook analyze multiples --by version
greybook analyze multiples --by grey_day --level 0.9
greybook analyze multiples --by version,marketplace --where model=990 --since 2026-01-01 --format csv`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.by, "by", nil, "group by this `DIMENSION`, or by several, separated by commas; needed")
	flags.StringArrayVar(&f.where, "where", nil, "only sales with `DIM=VALUE`, or DIM= for those where it is unknown; repeatable")
	flags.StringVar(&f.since, "since", "", "only sales of this `DATE` and later")
	flags.StringVar(&f.until, "until", "", "only sales of this `DATE` and earlier")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		spec, err := f.spec(s)
		if err != nil {
			return err
		}
		b, err := s.readBook(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		m, err := analysis.ComputeMultiples(ctx, b, spec)
		if err != nil {
			return err
		}
		s.noteScope(m)
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.MultiplesRows(memory.DefaultAllocator, m) })
		return err
	})
	return cmd
}

// spec checks the flags before any file is opened.
func (f multiplesFlags) spec(s *session) (analysis.MultiplesSpec, error) {
	spec := analysis.MultiplesSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level"), MinN: get[int](s.Settings, "min_n")}
	if len(f.by) == 0 {
		return spec, withHint(usagef("--by is needed"), "greybook analyze multiples --by version")
	}
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
