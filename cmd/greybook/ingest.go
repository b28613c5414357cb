package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/ingest"
)

func newIngestCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ingest",
		GroupID: groupBook,
		Short:   "Read sales and reference facts into the book",
		Long: `Read files into the book: sales from marketplace exports, or reference facts.
Each file is loaded whole or not at all, and read = added + known + rejected.`,
		Example: `greybook ingest sales out/sample/synthetic-goat.csv
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
			"greybook ingest styles styles.csv\ngreybook ingest styles --source stockx-contest StockX-Data-Contest-2019-3.csv", facts(ingest.Styles)},
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
		cmd.Flags().StringVar(&source, "source", "", "source profile whose columns make the styles, a `NAME` of greybook sources; recognised when empty")
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would happen and leave the book as it is")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		return s.ingest(ctx, args, source, dryRun, func(j *ingest.Job, files []string) (int64, []ingest.FileReport, error) {
			return r.read(ctx, j, files)
		})
	})
	return cmd
}

func newIngestSalesCommand(p *program) *cobra.Command {
	var source, encoding, observed, style string
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "sales FILE…",
		Short: "Load sale records from marketplace exports",
		Long: `Load sale records. A FILE may be text with commas, tabs, semicolons or bars between
its fields, lines of JSON or a JSON document, Parquet, Arrow or XLSX, each also
packed as .gz or .zst; or a folder of them, a glob, or - for standard input. A text
may be in UTF-8, UTF-16 or Windows-1252, and in others with --encoding. What kind of
export it is shows in its header; --source names it instead. Some exports leave out
what only you know: --observed-on is the day that a snapshot was taken, --style is
the shoe whose sales a file lists. A sale that the book has is known and not added
again. Refused rows are kept, see greybook rejects; styles not understood are listed by
greybook unmatched, doubtful records by greybook suspects.

Exit code 4 when a file has more rejects than --max-rejects: nothing of it is loaded.
The files before it stay.`,
		Example: `greybook ingest sales out/sample/synthetic-goat.csv
greybook ingest sales --source stockx-contest StockX-Data-Contest-2019-3.csv
greybook ingest sales --style M990GL6 activity.csv
greybook ingest sales --dry-run exports/`,
		Args: cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVar(&source, "source", "", "source profile to read with, a `NAME` of greybook sources; recognised when empty")
	cmd.Flags().StringVar(&encoding, "encoding", "", "encoding of text files, a `NAME` such as utf-8, windows-1252, euc-kr; looked for in each file when empty")
	cmd.Flags().StringVar(&observed, "observed-on", "", "`DATE` that a snapshot was taken, for sources that don't say it")
	cmd.Flags().StringVar(&style, "style", "", "style `CODE` or title of the sales, for sources that don't say it")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would happen and leave the book as it is")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
	p.settingFlag(cmd, "memory_limit", "memory-limit")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		var day data.Date
		if observed != "" {
			d, err := data.ParseDate(observed)
			if err != nil {
				return usagef("--observed-on: %v", err)
			}
			day = d
		}
		if encoding != "" {
			if err := ingest.CheckEncoding(encoding); err != nil {
				return &usageError{err}
			}
		}
		return s.ingest(ctx, args, source, dryRun, func(j *ingest.Job, files []string) (int64, []ingest.FileReport, error) {
			j.Encoding, j.ObservedOn, j.Style = encoding, day, strings.TrimSpace(style)
			return j.Sales(ctx, files)
		})
	})
	return cmd
}

// ingest reads files into the book. A source or a file that is not there shows
// before the book is opened: opening would make one.
func (s *session) ingest(ctx context.Context, args []string, source string, dryRun bool,
	read func(*ingest.Job, []string) (int64, []ingest.FileReport, error)) error {
	profiles, err := ingest.Profiles(s.sourceFolders()...)
	if err != nil {
		return &usageError{err}
	}
	if source != "" {
		if _, err := findProfile(profiles, source); err != nil {
			return err
		}
	}
	files, err := ingest.Expand(args)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return fmt.Errorf("read %q: %w", path.Path, path.Err)
	}
	if err != nil {
		return err
	}
	b, err := s.openBook(ctx, dryRun)
	if err != nil {
		return err
	}
	defer b.Close()
	bound := get[limit](s.Settings, "max_rejects")
	show := &fileProgress{s: s}
	_, reports, err := read(&ingest.Job{
		Book: b, Program: "greybook " + s.Env.Version, Now: s.Env.Now(), AsOf: s.AsOf, Profiles: profiles, Source: source,
		Stdin: s.Env.Stdin, DryRun: dryRun, Step: show.Step, Progress: show.Bytes,
		TooMany: func(rejected, read int64) bool { return bound.exceededBy(int(rejected), int(read)) },
	}, files)
	show.Done()
	for _, r := range reports {
		counts := fmt.Sprintf("read %d = added %d + known %d + rejected %d", r.Read, r.Added, r.Known, r.Rejected)
		if dryRun {
			counts += " (dry run: nothing was written)"
		}
		s.fileDone(r, counts, dryRun)
		s.Rec.Count("read", r.Read)
		s.Rec.Count("added", r.Added)
		s.Rec.Count("known", r.Known)
		s.Rec.Count("rejected", r.Rejected)
	}
	// Why a file was refused is what its user has to know next.
	if many := (*ingest.TooManyRejectsError)(nil); errors.As(err, &many) {
		r := many.Report
		s.fileDone(r, fmt.Sprintf("read %d, rejected %d: refused, nothing of it was loaded", r.Read, r.Rejected), true)
	}
	return s.ingestError(err)
}

func (s *session) sourceFolders() []string {
	var out []string
	for _, f := range get[[]string](s.Settings, "sources") {
		out = append(out, s.Path(f))
	}
	return out
}

// findProfile returns the profile of that name.
func findProfile(profiles []ingest.Profile, name string) (ingest.Profile, error) {
	var names []string
	for _, p := range profiles {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	err := &usageError{&ingest.NoSuchSourceError{Name: name, Have: names}}
	if near := nearest(name, names); near != "" {
		return ingest.Profile{}, withHint(err, "did you mean %s?", near)
	}
	return ingest.Profile{}, err
}

// fileDone prints what became of one file, and records that it was read. Of each
// reason it shows the first reject, and some more where the ledger will have none.
func (s *session) fileDone(r ingest.FileReport, counts string, more bool) {
	form := ""
	if r.Format != "csv" && r.Format != "" {
		form = ", " + r.Format
	}
	if r.Encoding != ingest.UTF8 && r.Encoding != "" {
		form += ", in " + r.Encoding
	}
	fmt.Fprintf(s.Out, "%s\n  source %s%s\n  %s\n", printable(r.Path), r.Profile, form, counts)
	for _, c := range r.Reasons {
		fmt.Fprintf(s.Out, "  rejected %d: %s", c.N, c.Reason)
		for i, e := range r.Samples[c.Reason] {
			switch {
			case i == 0:
				fmt.Fprint(s.Out, ", first on ", printable(where(e)))
			case more:
				fmt.Fprint(s.Out, "\n    then on ", printable(where(e)))
			}
		}
		fmt.Fprintln(s.Out)
	}
	for _, c := range r.Flags {
		fmt.Fprintf(s.Out, "  flagged %d: %s\n", c.N, c.Reason)
	}
	if r.Unmatched > 0 {
		fmt.Fprintf(s.Out, "  unmatched %d: their style is not in the reference\n", r.Unmatched)
	}
	s.wouldStore("with a style", r.WouldAdd)
	s.wouldStore("without", r.WouldNotMatch)
	s.Rec.Input(fileRecord{Path: r.Path, Size: r.Bytes, SHA256: r.SHA256})
}

// where says where a refused record stands and what is wrong there.
func where(e ingest.Example) string {
	if e.Column == "" {
		return fmt.Sprintf("line %d", e.Line)
	}
	return fmt.Sprintf("line %d: %s = %q", e.Line, e.Column, shorten(e.Value, 60))
}

// wouldStore shows records of a dry run as the book would keep them.
func (s *session) wouldStore(kind string, sales []ingest.StoredSale) {
	if len(sales) == 0 {
		return
	}
	fmt.Fprintf(s.Out, "  would be kept, the first %s:\n", kind)
	for _, x := range sales {
		what := x.Style
		if what == "" {
			what = fmt.Sprintf("%q", shorten(x.Title, 60))
		}
		line := fmt.Sprintf("    line %d: %s %s, size %s, %s, %s %s", x.Line, x.SoldOn, what, cmp.Or(x.Size, "unknown"), x.Condition, x.Currency, x.Price)
		if x.Multiple != "" {
			line += fmt.Sprintf(" (%s times retail)", x.Multiple)
		}
		if x.PriceBasis != "sale" {
			line += ", price basis " + x.PriceBasis
		}
		if x.Style != "" {
			line += ", by " + x.Method
		}
		if x.Flags != "" {
			line += "; " + x.Flags
		}
		fmt.Fprintln(s.Out, printable(line))
	}
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
	var told *ingest.ToldError
	var many *ingest.TooManyRejectsError
	switch {
	case errors.As(err, &told):
		hint := "leave it out, or read the files that need it by themselves"
		if told.Needed {
			hint = map[string]string{"--observed-on": "add --observed-on 2026-11-20, with its day", "--style": "add --style with the style code or the title"}[told.Flag]
		}
		return withHint(&usageError{err}, "%s", hint)
	case errors.As(err, &unknown):
		return withHint(&usageError{err}, "greybook sources lists the sources, --source names one; exchange rates and reference facts have commands of their own: greybook ingest --help")
	case errors.As(err, &many):
		return withHint(&refusedError{err}, "--max-rejects sets the bound")
	}
	return err
}
