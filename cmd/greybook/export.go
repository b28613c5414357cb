package main

import (
	"bufio"
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newExportCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export DIR",
		GroupID: groupPublish,
		Short:   "Write the book as Parquet, with the model SQL",
		Long: `Write the whole book into a folder, for work without greybook: the sales as Parquet by
year of sale (sales/year=2025/sales.parquet), the reference, the published estimates and
index, the ledger, the model SQL, load.sql, which makes views of all of it in any DuckDB,
and a README.md that describes each column. The same book gives the same bytes.

All files of a run appear together or not at all: DIR is a link to the files of the last
run, and a folder with other things in it is refused. The paths of the files that were
ingested are in the export. --as-of changes nothing.`,
		Example: `greybook export out/export
greybook export shared/990s --summary export.json`,
		Args: cobra.ExactArgs(1),
	}
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error { return s.export(ctx, args[0]) })
	return cmd
}

func (s *session) export(ctx context.Context, dir string) error {
	if dir == "" {
		return usagef("the folder to write has no name")
	}
	models, err := analysis.Models()
	if err != nil {
		return err
	}
	b, err := s.readBook(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	var made data.Exported
	bar := s.ProgressOf(-1, "files", "export")
	o := data.ExportOptions{Wrote: func(string) { bar.Add(1) }}
	if get[string](s.Settings, "memory_limit") == "" {
		o.MemoryMost = mostMemory // a year's sales are sorted in it, or on the disk
	}
	meta := reports.ExportMeta{Program: "greybook " + s.Env.Version, Method: analysis.PremiumMethod}
	files, err := reports.WriteExport(ctx, s.Path(dir), meta, models, func(folder string) (data.Exported, error) {
		var err error
		made, err = b.Export(ctx, folder, o)
		return made, err
	})
	bar.Done()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(s.Out)
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		s.Rec.Output(fileRecord{Path: name, Size: f.Size, SHA256: f.SHA256})
		if f.Text {
			fmt.Fprintln(out, name)
			continue
		}
		s.Rec.Count("rows", f.Rows)
		fmt.Fprintf(out, "%s (%d rows)\n", name, f.Rows)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if made.EstimatesAsOf.IsZero() {
		s.Note("no estimates are published in this book: greybook analyze premiums --publish")
	}
	if made.Synthetic > 0 {
		s.Note("SYNTHETIC: %d sales of this book are made up; the export says so", made.Synthetic)
	}
	return nil
}
