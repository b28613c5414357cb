package analysis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis/stat"
)

// CoreGrey is the baseline of the regular greys: the control group of Grey Day
// releases. As the value of a filter it is "core grey".
const CoreGrey = "core_grey"

const coreGreyKey = "core grey"

// bootstrapSeed starts every bootstrap of this package, so that the same book gives
// the same digits.
const bootstrapSeed = 990

// NoBaselineError says that no group of the answer has the name asked for.
type NoBaselineError struct {
	Name   string
	Groups []string // those that there are
}

func (e *NoBaselineError) Error() string {
	return fmt.Sprintf("there is no group %q to compare with; there are %s", e.Name, strings.Join(append(slices.Clone(e.Groups), CoreGrey), ", "))
}

// compare fills in the differences of the rows, which are those of groups.
//
// The baseline is the group whose keys, joined by commas, are Versus; or, for
// CoreGrey, the core greys among all sales that the question is about, even where it
// groups them by something else. The interval is the percentile interval of a
// bootstrap (stat.Bootstrap.MedianDifference). Two groups differ only where it leaves
// out 0. It takes the sales of both to be independent. That misleads where the two
// were sold at different times or in different sizes: the difference is then one of
// the mix. Sales that are in both groups (a version against the core greys, some of
// which are of that version) make the interval too wide, never too narrow, and the row
// says so. What is doubtful about the baseline's sales is doubtful about the difference, and
// stands among the row's warnings. Comparing many groups at 95 % finds one in twenty
// different by chance.
func (m *Multiples) compare(ctx context.Context, ask asker, groups []*group) error {
	base, overlaps, err := m.baseline(ctx, ask, groups)
	if err != nil {
		return err
	}
	var sample stat.Group
	enough := base != nil && base.n >= m.minN()
	if enough {
		h, err := base.histogram()
		if err != nil {
			return err
		}
		sample = stat.Group{Key: "baseline", Sample: h}
	}
	for i, g := range groups {
		row := &m.Rows[i]
		if g == base {
			continue // the baseline itself
		}
		var doubts []string
		switch {
		case !enough:
			doubts = append(doubts, WarnBaseline)
		case row.Median != nil:
			h, err := g.histogram()
			if err != nil {
				return err
			}
			d, ok := stat.Bootstrap{Seed: bootstrapSeed}.MedianDifference(stat.Group{Key: "group " + g.name(), Sample: h}, sample, m.Spec.Level)
			row.Difference = figure(d.Value)
			doubts = append(doubts, base.warnings()...)
			if ok {
				row.DifferenceLo, row.DifferenceHi = figure(d.Lo), figure(d.Hi)
			} else {
				doubts = append(doubts, WarnNoInterval)
			}
		}
		if overlaps[g.name()] {
			doubts = append(doubts, WarnOverlap)
		}
		row.Warnings = both(row.Warnings, doubts)
	}
	return nil
}

// baseline finds the group to compare with, and the names of the groups that share
// sales with it. It is nil where the book has no core grey that answers the question,
// or no group at all.
func (m *Multiples) baseline(ctx context.Context, ask asker, groups []*group) (*group, map[string]bool, error) {
	var names []string
	for _, g := range groups {
		name := strings.Join(m.shown(g), ",")
		if name == m.Spec.Versus || m.Spec.Versus == CoreGrey && name == coreGreyKey {
			return g, nil, nil
		}
		if name != "" {
			names = append(names, name)
		}
	}
	if m.Spec.Versus != CoreGrey {
		if len(groups) == 0 {
			return nil, nil, nil
		}
		return nil, nil, &NoBaselineError{m.Spec.Versus, names}
	}
	// Grouped as the question is, so that it shows which groups share sales with it.
	core := Multiples{Spec: m.Spec}
	core.Spec.Where = append(slices.Clone(m.Spec.Where), Filter{ByGreyDay, coreGreyKey})
	parts, err := ask(ctx, &core)
	if err != nil {
		return nil, nil, err
	}
	overlaps := map[string]bool{}
	for _, g := range parts {
		overlaps[g.name()] = true
	}
	return merged(parts), overlaps, nil
}
