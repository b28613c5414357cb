package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/ingest"
)

func newIngestCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ingest",
		GroupID: groupBook,
		Short:   "Read sales and reference facts into the book",
		Long: `Read files into the book: sales from marketplace exports, or reference facts.
Each file is loaded whole or not at all, and read = added + known + rejected.`,
		Example: `greybook ingest sales synthetic-goat.csv
greybook ingest fx eurofxref-hist.csv`,
	}
	cmd.AddCommand(newIngestSalesCommand(p))
	for _, r := range referenceCommands() {
		cmd.AddCommand(newIngestReferenceCommand(p, r))
	}
	return cmd
}

// referenceCommand is one command that reads reference facts.
type referenceCommand struct {
	name, short, long, example string
	read                       func(context.Context, *ingest.Job, []string) (int64, []ingest.FileReport, error)
}

func referenceCommands() []referenceCommand {
	facts := func(kind ingest.ReferenceKind) func(context.Context, *ingest.Job, []string) (int64, []ingest.FileReport, error) {
		return func(ctx context.Context, j *ingest.Job, files []string) (int64, []ingest.FileReport, error) {
			return j.Reference(ctx, kind, files)
		}
	}
	return []referenceCommand{
		{"styles", "Load styles, with their retail prices", `Load styles. Columns: style_code (or style_id), model, version, colorway,
release_date, retail_price, currency, made_in, audience, grey_day_year, source,
confidence. A source that carries its own retail and release columns serves too:
--source stockx-contest, kream.`,
			"greybook ingest styles --source stockx-contest StockX-Data-Contest-2019-3.csv", facts(ingest.Styles)},
		{"retail", "Load dated retail prices", `Load retail prices. Columns: style_code (or style_id), effective_from,
retail_price, currency, source, confidence.`,
			"greybook ingest retail retail.csv", facts(ingest.Retail)},
		{"grey-days", "Load Grey Day releases", `Load Grey Day releases: the list alone makes a style one. Columns: year, date,
style_code (or style_id), source, confidence.`,
			"greybook ingest grey-days grey-days.csv", facts(ingest.GreyDays)},
		{"aliases", "Load other names of styles", `Load aliases: slugs, titles and second codes that name a style. Columns: alias,
style_code (or style_id), source.`,
			"greybook ingest aliases aliases.csv", facts(ingest.Aliases)},
		{"fx", "Load exchange rates to US dollars", `Load exchange rates: the European Central Bank's historical file
(eurofxref-hist.csv), or the columns date, currency, usd_per_unit.`,
			"greybook ingest fx eurofxref-hist.csv",
			func(ctx context.Context, j *ingest.Job, files []string) (int64, []ingest.FileReport, error) {
				return j.Rates(ctx, files)
			}},
	}
}

func newIngestReferenceCommand(p *program, r referenceCommand) *cobra.Command {
	var source string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   r.name + " FILE…",
		Short: r.short,
		Long: r.long + `
Facts that the book has are known; what contradicts them is rejected. Sales that
the new facts touch are matched and priced again.`,
		Example: r.example,
		Args:    cobra.MinimumNArgs(1),
	}
	if r.name == string(ingest.Styles) {
		cmd.Flags().StringVar(&source, "source", "", "source profile whose columns make the styles, a `NAME` of greybook sources")
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would happen and leave the book as it is")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		j, done, err := s.job(ctx, dryRun, source)
		if err != nil {
			return err
		}
		defer done()
		files, err := ingest.Expand(args)
		if err != nil {
			return err
		}
		_, reports, err := r.read(ctx, j, files)
		for _, f := range reports {
			s.fileDone(f, dryRun)
		}
		return s.ingestError(err)
	})
	return cmd
}

func newIngestSalesCommand(p *program) *cobra.Command {
	var source string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "sales FILE…",
		Short: "Load sale records from marketplace exports",
		Long: `Load sale records. A FILE may be a CSV file, also .gz or .zst, a folder of them, a
glob, or - for standard input. What kind of export it is shows in its header;
--source names it instead. Refused rows are kept: see greybook rejects.`,
		Example: `greybook ingest sales synthetic-goat.csv
greybook ingest sales --source stockx-contest StockX-Data-Contest-2019-3.csv
greybook ingest sales --dry-run exports/`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&source, "source", "", "source profile to read with, a `NAME` of greybook sources; recognised when empty")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would happen and leave the book as it is")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		j, done, err := s.job(ctx, dryRun, source)
		if err != nil {
			return err
		}
		defer done()
		files, err := ingest.Expand(args)
		if err != nil {
			return err
		}
		_, reports, err := j.Sales(ctx, files)
		for _, r := range reports {
			s.fileDone(r, dryRun)
		}
		return s.ingestError(err)
	})
	return cmd
}

// job opens the book and sets an ingest job up.
func (s *session) job(ctx context.Context, dryRun bool, source string) (*ingest.Job, func(), error) {
	profiles, err := ingest.Profiles(s.sourceFolders()...)
	if err != nil {
		return nil, nil, &usageError{err}
	}
	b, err := s.openBook(ctx, dryRun)
	if err != nil {
		return nil, nil, err
	}
	bound := get[limit](s.Settings, "max_rejects")
	j := &ingest.Job{
		Book: b, Program: "greybook " + s.Env.Version, Now: s.Env.Now(), AsOf: s.AsOf, Profiles: profiles, Source: source,
		Stdin: s.Env.Stdin, DryRun: dryRun, Step: s.Rec.Step,
		TooMany: func(rejected, read int64) bool { return bound.exceededBy(int(rejected), int(read)) },
	}
	return j, func() { b.Close() }, nil
}

func (s *session) sourceFolders() []string {
	var out []string
	for _, f := range get[[]string](s.Settings, "sources") {
		out = append(out, s.Path(f))
	}
	return out
}

// fileDone prints what became of one file and records it.
func (s *session) fileDone(r ingest.FileReport, dryRun bool) {
	would := ""
	if dryRun {
		would = " (dry run: nothing was written)"
	}
	fmt.Fprintf(s.Out, "%s\n  source %s\n  read %d = added %d + known %d + rejected %d%s\n", printable(r.Path), r.Profile, r.Read, r.Added, r.Known, r.Rejected, would)
	for _, c := range r.Reasons {
		example := ""
		if e, ok := r.Samples[c.Reason]; ok {
			example = fmt.Sprintf(", first on line %d", e.Line)
			if e.Column != "" {
				example += fmt.Sprintf(": %s = %q", e.Column, shorten(e.Value, 60))
			}
		}
		fmt.Fprintf(s.Out, "  rejected %d: %s%s\n", c.N, c.Reason, printable(example))
	}
	for _, c := range r.Flags {
		fmt.Fprintf(s.Out, "  flagged %d: %s\n", c.N, c.Reason)
	}
	if r.Unmatched > 0 {
		fmt.Fprintf(s.Out, "  unmatched %d: their style is not in the reference\n", r.Unmatched)
	}
	s.Rec.Input(fileRecord{Path: r.Path, Size: r.Bytes, SHA256: r.SHA256})
	s.Rec.Count("read", r.Read)
	s.Rec.Count("added", r.Added)
	s.Rec.Count("known", r.Known)
	s.Rec.Count("rejected", r.Rejected)
}

// shorten cuts a text for a line of a terminal.
func shorten(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most]) + "…"
}

// ingestError gives an error of an ingest its exit code and hint.
func (s *session) ingestError(err error) error {
	var unknown *ingest.UnknownSourceError
	var none *ingest.NoSuchSourceError
	var many *ingest.TooManyRejectsError
	switch {
	case errors.As(err, &unknown):
		return withHint(&usageError{err}, "greybook sources lists the sources; --source names one")
	case errors.As(err, &none):
		err = &usageError{err}
		if near := nearest(none.Name, none.Have); near != "" {
			return withHint(err, "did you mean %s?", near)
		}
		return err
	case errors.As(err, &many):
		return withHint(&refusedError{err}, "--dry-run shows the reasons; --max-rejects sets the bound")
	}
	return err
}
