package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newFeedCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "feed",
		GroupID: groupPublish,
		Short:   "Write premium estimates for the catalog, as files",
		Long: `Write the catalog feed: the estimates as estimates.json, .ndjson, .csv, .parquet and
.arrow, their JSON Schema and a manifest with the SHA-256 of each. One row per style, new
and of all sizes, and per size band and condition of it that was sold: the estimates of
greybook analyze premiums in cents, at the retail price in force. What the sales carry no
number for is null, grade X, with the reasons.

All files of a run are checked, and appear together or not at all: the folder is a link
to the files of the last run, and one with other things in it is refused. The same book
and day give the same bytes.

--since-manifest adds changes.ndjson: the rows that were added, changed or withdrawn since
the feed of that manifest, whose estimates.ndjson has to be beside it. It may be the feed
that is replaced. The first feed has no changes; a feed of another book, or of a later
day, is refused.`,
		Example: `greybook feed
greybook feed --since-manifest out/feed/manifest.json
greybook feed -o catalog/feed --as-of 2026-11-15`,
		Args: cobra.NoArgs,
	}
	var since string
	p.settingFlag(cmd, "feed_dir", "output,o")
	p.settingFlag(cmd, "level", "level")
	cmd.Flags().StringVar(&since, "since-manifest", "", "tell the changes since the feed of this manifest `FILE`")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		if since == "" && cmd.Flags().Changed("since-manifest") {
			return usagef("--since-manifest: the file has no name")
		}
		return s.feed(ctx, since)
	})
	return cmd
}

func (s *session) feed(ctx context.Context, since string) error {
	var old *reports.OldFeed
	var err error
	if since != "" {
		if old, err = s.oldFeed(since); err != nil {
			return err
		}
	}
	stop := s.Rec.Step("analyse")
	meta, est, err := s.feedEstimates(ctx, old)
	stop()
	if err != nil {
		return err
	}
	dir := get[string](s.Settings, "feed_dir")
	stop = s.Rec.Step("write")
	man, err := reports.WriteFeed(s.Path(dir), meta, est)
	stop()
	if err != nil {
		return err
	}
	sum, err := man.Sum()
	if err != nil {
		return err
	}
	for _, f := range append(man.Files, sum) {
		s.Rec.Output(fileRecord{Path: filepath.Join(dir, f.Name), Size: f.Size, SHA256: f.SHA256})
	}
	s.tellFeed(dir, est, man)
	return nil
}

// feedEstimates reads the estimates of the book, which is closed before anything is written;
// old is the feed that changes are since, nil for none.
func (s *session) feedEstimates(ctx context.Context, old *reports.OldFeed) (reports.FeedMeta, []analysis.Estimate, error) {
	b, err := s.readBook(ctx)
	if err != nil {
		return reports.FeedMeta{}, nil, err
	}
	defer b.Close()
	if old != nil {
		id, err := b.Meta(ctx, "book_id")
		if err != nil {
			return reports.FeedMeta{}, nil, err
		}
		if err := old.Fits(s.AsOf, id); err != nil { // before the work
			return reports.FeedMeta{}, nil, noChanges(err)
		}
	}
	meta, est, err := s.estimatesOf(ctx, b, s.AsOf)
	meta.Since = old
	return meta, est, err
}

// estimatesOf are the estimates of a book that is open, and what is said of them.
func (s *session) estimatesOf(ctx context.Context, b *data.Book, asOf data.Date) (reports.FeedMeta, []analysis.Estimate, error) {
	meta := reports.FeedMeta{AsOf: asOf, MethodVersion: analysis.PremiumMethod, Program: "greybook " + s.Env.Version}
	id, err := b.Meta(ctx, "book_id")
	if err != nil {
		return meta, nil, err
	}
	facts, err := analysis.ComputeFacts(ctx, b, asOf)
	if err != nil {
		return meta, nil, err
	}
	meta.BookID, meta.BookVersion, meta.Synthetic = id, facts.BookVersion, facts.Synthetic
	est, err := analysis.ComputeEstimates(ctx, b, analysis.EstimatesSpec{AsOf: asOf, Level: get[float64](s.Settings, "level")})
	return meta, est, err
}

// tellFeed says what was written.
func (s *session) tellFeed(dir string, est []analysis.Estimate, man reports.Manifest) {
	numbers, styles := 0, map[string]bool{}
	for _, e := range est {
		styles[e.StyleID] = true
		if e.EstimateMinor != nil {
			numbers++
		}
	}
	s.Rec.Count("estimates", int64(len(est)))
	s.Rec.Count("with_a_number", int64(numbers))
	fmt.Fprintf(s.Out, "%s: %d estimates of %d styles, %d with a number, as of %s\n", dir, len(est), len(styles), numbers, s.AsOf)
	if c := man.Changes; c != nil {
		s.Rec.Count("added", int64(c.Added))
		s.Rec.Count("changed", int64(c.Changed))
		s.Rec.Count("withdrawn", int64(c.Withdrawn))
		fmt.Fprintf(s.Out, "since %s: %d added, %d changed, %d withdrawn\n", c.Since.AsOf, c.Added, c.Changed, c.Withdrawn)
	}
	if man.SyntheticSales > 0 {
		s.Note("SYNTHETIC: %d sales of this book are made up; the feed says so", man.SyntheticSales)
	}
}

// oldFeed reads the feed that changes are since.
func (s *session) oldFeed(manifest string) (*reports.OldFeed, error) {
	old, err := reports.ReadOldFeed(s.Path(manifest))
	if err != nil {
		return nil, noChanges(err)
	}
	s.Rec.Input(fileRecord{Path: manifest, Size: old.File.Size, SHA256: old.File.SHA256})
	return old, nil
}

// noChanges is an error of --since-manifest.
func noChanges(err error) error {
	return withHint(&usageError{fmt.Errorf("--since-manifest: %w", err)}, "without --since-manifest the feed is whole, and whoever reads it takes all of estimates.ndjson")
}
