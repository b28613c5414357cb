package analysis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// The verdicts on a claim, and on each part of the evidence.
const (
	ClaimHolds   = "holds"
	ClaimFails   = "does not hold"
	ClaimUnknown = "too few sales" // to say either
)

// Claim is a sentence of folklore, with what tests it. The claims are claimTable.
type Claim struct {
	ID     string // of letters, digits and underscores; scripts rely on it
	Text   string // the sentence
	Source string // who says so
	test   claimTest
}

// claimTest is a way to test a sentence: band, ranking, contrast.
type claimTest interface {
	// rows gives the verdict first, then the evidence it rests on. Claim, text, source
	// and day are filled in by the caller.
	rows(ctx context.Context, b *data.Book, spec ClaimsSpec) ([]ClaimRow, error)
}

// ClaimsSpec asks for verdicts.
type ClaimsSpec struct {
	IDs   []string  // of these claims; none: of all
	AsOf  data.Date // nothing sold after this day is seen
	Level float64   // of every interval, and the probability from which a place counts as right; 0: 0.95
	MinN  int       // fewest sales of a group that count; 0: the fewest that carry an interval at Level
}

func (s ClaimsSpec) minN() int { return max(s.MinN, stat.MinN(s.Level)) }

// ClaimRow is a verdict (Part "claim") or a piece of its evidence (Part "release",
// "version", "silhouette"). Value is in the unit of Statistic; a nil figure is one
// that the sales do not carry.
type ClaimRow struct {
	Claim, Text, Source string
	Part                string
	About               string // the release, version, silhouette; of a ranking's verdict, who leads; "" else
	Statistic           string
	Value, Lo, Hi       *float64
	N, Synthetic        int
	AsOf                data.Date
	Place               int      // in a ranking, from 1; 0: none
	Probability         *float64 // that Place is right
	Verdict, Why        string
	Warnings            []string
}

// Claims are verdicts. Grain: one row per claim and piece of evidence; a claim's
// verdict stands before its evidence.
type Claims struct {
	Spec ClaimsSpec
	Rows []ClaimRow
}

// ClaimIDs lists the ids of all claims, in their order.
func ClaimIDs() []string {
	var ids []string
	for _, c := range claimTable {
		ids = append(ids, c.ID)
	}
	return ids
}

// ComputeClaims tests the sentences of claimTable against completed sales of new
// pairs up to AsOf.
//
// A sentence about groups ("Grey Day releases reach 1.5x to 3x retail") is decided by
// the groups with an interval, each of which says yes, no, or, where its interval
// crosses the edge, nothing. It holds when those that say yes are more than half,
// whatever the undecided ones would say; it does not hold when yes and undecided
// together are half or less; else, and with fewer groups than the claim asks for,
// there are too few sales. Value is the share that says yes, and lo to hi the range
// that the undecided leave it; both are withheld where there are too few groups. A sentence about a leader holds when the first place is
// right with a probability of Level or more; it is never refuted by few sales.
//
// Assumed: the groups with enough sales stand for all; those with too few are named
// and not counted. That misleads where hyped releases sell where the book does not
// look. Each test says in its file what else it assumes. A verdict's warnings are of all
// sales that count for it together, an evidence's of its own.
func ComputeClaims(ctx context.Context, b *data.Book, spec ClaimsSpec) (Claims, error) {
	if spec.Level == 0 {
		spec.Level = 0.95
	}
	out := Claims{Spec: spec}
	if spec.AsOf.IsZero() {
		return out, fmt.Errorf("claims: no day to judge as of")
	}
	for _, id := range spec.IDs {
		if !slices.Contains(ClaimIDs(), id) {
			return out, fmt.Errorf("claims: there is no claim %q; there are %s", id, strings.Join(ClaimIDs(), ", "))
		}
	}
	for _, c := range claimTable {
		if len(spec.IDs) > 0 && !slices.Contains(spec.IDs, c.ID) {
			continue
		}
		rows, err := c.test.rows(ctx, b, spec)
		if err != nil {
			return out, fmt.Errorf("claim %s: %w", c.ID, err)
		}
		for i := range rows {
			rows[i].Claim, rows[i].Text, rows[i].Source, rows[i].AsOf = c.ID, c.Text, c.Source, spec.AsOf
		}
		out.Rows = append(out.Rows, rows...)
	}
	return out, nil
}

// Verdicts are the rows that are verdicts, as the book stores them.
func (c Claims) Verdicts() []data.ClaimVerdict {
	var out []data.ClaimVerdict
	for _, r := range c.Rows {
		if r.Part != "claim" {
			continue
		}
		out = append(out, data.ClaimVerdict{Claim: r.Claim, Text: r.Text, Source: r.Source, AsOf: r.AsOf, About: r.About, Statistic: r.Statistic,
			Value: r.Value, Lo: r.Lo, Hi: r.Hi, N: r.N, Synthetic: r.Synthetic, Level: c.Spec.Level, Verdict: r.Verdict, Why: r.Why})
	}
	return out
}

// tally is what the groups of a sentence say.
type tally struct {
	grounds       // sales of all but the thin ones
	yes, no, open int
	thin          int // too few sales to say anything
	asked         scope
}

// take counts a piece of evidence with its sales: a row with an interval says yes or no,
// or is open.
func (t *tally) take(r ClaimRow, sales ...grounds) {
	if r.Lo == nil {
		t.thin++
		return
	}
	for _, g := range sales {
		g.unpriced = 0 // dollars play no part in a multiple
		t.merge(g)
	}
	switch r.Verdict {
	case ClaimHolds:
		t.yes++
	case ClaimFails:
		t.no++
	default:
		t.open++
	}
}

// verdict decides, given the fewest groups that the claim asks for.
func (t tally) verdict(fewest int) ClaimRow {
	r := ClaimRow{Part: "claim", N: t.n, Synthetic: t.synthetic, Verdict: ClaimUnknown, Warnings: t.warnings(t.asked)}
	groups := t.yes + t.no + t.open
	if groups >= fewest && groups > 0 {
		share := func(k int) *float64 { return figure(float64(k) / float64(groups)) }
		r.Value, r.Lo, r.Hi = share(t.yes), share(t.yes), share(t.yes+t.open)
	}
	switch {
	case groups < fewest:
	case 2*t.yes > groups:
		r.Verdict = ClaimHolds
	case 2*(t.yes+t.open) <= groups:
		r.Verdict = ClaimFails
	}
	return r
}

// why says how the groups spoke, given that in words.
func (t tally) why(spoke, one, many string, fewest, minN int) string {
	groups := t.yes + t.no + t.open
	text := fmt.Sprintf("of %d %s with an interval %s", groups, plural(groups, one, many), spoke)
	if groups < fewest {
		text += fmt.Sprintf("; %d are needed", fewest)
	}
	if t.thin > 0 {
		text += fmt.Sprintf("; %d with fewer than %d sales not counted", t.thin, minN)
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
