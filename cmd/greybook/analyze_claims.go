package main

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/reports"
)

func newAnalyzeClaimsCommand(p *program) *cobra.Command {
	var ids []string
	var publish, dry bool
	cmd := &cobra.Command{
		Use:   "claims",
		Short: "What is said of the 990s, tested: holds, does not hold, too few sales",
		Long: `Tests sentences of folklore against completed sales of new pairs. Each claim has a
verdict (part "claim"), followed by its evidence (part "release", "version" or
"silhouette"). "Now" is the last 52 weeks.

A sentence about groups is decided by those with an interval. A release lies within
1.5x to 3x only if its whole interval does; one whose interval crosses an edge is
undecided. The sentence holds when more than half of the releases are inside whatever
the undecided are; it does not hold when inside and undecided together are half or less;
else, and with fewer than three releases, there are too few sales. value is the share
inside, lo to hi what the undecided leave open; of too few releases there is none.

A ranking gives for each place the probability that it is right, from 10,000 bootstrap
draws of a fixed seed. A leader is one from a probability of --level on. Made in USA
pairs are compared with pairs of the same model and version made elsewhere, each against
its own retail price; pairs of unknown origin are on neither side.

Groups with too few sales are listed and not counted, which misleads where hyped
releases sell where the book does not look. --publish keeps the verdicts in the book, so
that the weekly page has them and says when one changed:

  greybook analyze claims --publish && greybook report`,
		Example: `greybook analyze claims
greybook analyze claims --claim grey_day_now --level 0.9 --format csv
greybook analyze claims --publish`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&ids, "claim", nil, "only the claim of this `ID`; repeatable: "+strings.Join(analysis.ClaimIDs(), ", "))
	flags.BoolVar(&publish, "publish", false, "keep the verdicts in the book")
	flags.BoolVar(&publish, "store", false, "what --publish was called")
	_ = flags.MarkHidden("store") // it fails for a flag that there isn't
	flags.BoolVar(&dry, "dry-run", false, "with --publish: show what would happen and leave the book as it is")
	p.settingFlag(cmd, "min_n", "min-n")
	p.settingFlag(cmd, "level", "level")
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		for _, id := range ids {
			if slices.Contains(analysis.ClaimIDs(), id) {
				continue
			}
			err := usagef("--claim: there is no claim %q; there are %s", id, strings.Join(analysis.ClaimIDs(), ", "))
			if near := nearest(id, analysis.ClaimIDs()); near != "" {
				return withHint(err, "did you mean %s?", near)
			}
			return err
		}
		if dry && !publish {
			return usagef("--dry-run goes with --publish")
		}
		spec := analysis.ClaimsSpec{IDs: ids, AsOf: s.AsOf, Level: get[float64](s.Settings, "level"), MinN: get[int](s.Settings, "min_n")}
		claims, err := s.claims(ctx, spec)
		if err != nil {
			return err
		}
		if publish {
			if err := s.storeClaims(ctx, claims, dry); err != nil {
				return err
			}
		}
		_, err = s.WriteRows(ctx, out, func() (array.RecordReader, error) { return reports.ClaimsRows(memory.DefaultAllocator, claims) })
		return err
	})
	return cmd
}

// claims computes the verdicts and gives the book back.
func (s *session) claims(ctx context.Context, spec analysis.ClaimsSpec) (analysis.Claims, error) {
	b, err := s.readBook(ctx)
	if err != nil {
		return analysis.Claims{}, err
	}
	defer b.Close()
	claims, err := analysis.ComputeClaims(ctx, b, spec)
	if err != nil {
		return claims, err
	}
	synthetic := 0
	for _, r := range claims.Rows {
		synthetic = max(synthetic, r.Synthetic)
	}
	s.Note("as of %s; completed sales, condition new; %g%% intervals", spec.AsOf, 100*spec.Level)
	if synthetic > 0 {
		s.Note("SYNTHETIC: the verdicts rest on made-up sales")
	}
	return claims, nil
}

// storeClaims opens the book for writing, for as long as it takes.
func (s *session) storeClaims(ctx context.Context, claims analysis.Claims, dry bool) error {
	b, err := s.openBook(ctx, dry)
	if err != nil {
		return err
	}
	defer b.Close()
	stored, err := b.StoreClaims(ctx, claims.Verdicts(), s.Env.Now(), "greybook "+s.Env.Version, dry)
	if err != nil {
		return err
	}
	s.Rec.Count("verdicts_stored", stored)
	what := "stored"
	if dry {
		what = "would be stored (dry run: nothing was written)"
	}
	s.Note("%d of %d verdicts are new and %s; the others say what the book has", stored, len(claims.Verdicts()), what)
	return nil
}
