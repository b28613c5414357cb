package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newFeedCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "feed",
		GroupID: groupPublish,
		Short:   "Write premium estimates for the catalog, as files",
		Long: `Write the catalog feed: estimates.json and estimates.parquet, their JSON Schema and
a manifest. All files of a run appear together or not at all. One row per style, new and
of all sizes, and per size band and condition of it that was sold: the estimates of
greybook analyze premiums in cents, at the retail price in force. What the sales carry no
number for is null, grade X, with the reasons.`,
		Example: `greybook feed
greybook feed -o catalog/feed --as-of 2026-11-15`,
		Args: cobra.NoArgs,
	}
	p.settingFlag(cmd, "feed_dir", "output,o")
	p.settingFlag(cmd, "level", "level")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error { return s.feed(ctx) })
	return cmd
}

func (s *session) feed(ctx context.Context) error {
	b, err := s.readBook(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	est, err := analysis.ComputeEstimates(ctx, b, analysis.EstimatesSpec{AsOf: s.AsOf, Level: get[float64](s.Settings, "level")})
	if err != nil {
		return err
	}
	facts, err := analysis.ComputeFacts(ctx, b, s.AsOf)
	if err != nil {
		return err
	}
	id, err := b.Meta(ctx, "book_id")
	if err != nil {
		return err
	}
	meta := reports.FeedMeta{AsOf: s.AsOf, BookVersion: facts.BookVersion, MethodVersion: analysis.PremiumMethod,
		Program: "greybook " + s.Env.Version, Synthetic: facts.Synthetic, BookID: id}
	dir := get[string](s.Settings, "feed_dir")
	man, err := reports.WriteFeed(s.Path(dir), meta, est)
	if err != nil {
		return err
	}
	numbers, styles := 0, map[string]bool{}
	for _, e := range est {
		styles[e.StyleID] = true
		if e.EstimateMinor != nil {
			numbers++
		}
	}
	for _, f := range man.Files {
		s.Rec.Output(fileRecord{Path: filepath.Join(dir, f.Name), Size: f.Size, SHA256: f.SHA256})
	}
	fmt.Fprintf(s.Out, "%s: %d estimates of %d styles, %d with a number, as of %s\n", dir, len(est), len(styles), numbers, s.AsOf)
	if facts.Synthetic > 0 {
		s.Note("SYNTHETIC: %d sales of this book are made up; the feed says so", facts.Synthetic)
	}
	return nil
}
