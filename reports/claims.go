package reports

import (
	"fmt"

	"github.com/amassable/greybook/data"
)

// claimsSection words the verdicts that the book has; a changed one says what was said
// before.
func claimsSection(standings []data.ClaimStanding) []pageClaim {
	var out []pageClaim
	for _, s := range standings {
		c := pageClaim{Text: s.Now.Text, Verdict: verdictText(s.Now), N: countOf(s.Now.N, "sale", "sales"), Why: fmt.Sprintf("%s (as of %s)", s.Now.Why, dayText(s.Now.AsOf))}
		if s.Now.Synthetic > 0 {
			c.Why += "; synthetic sales are among them"
		}
		if s.Changed {
			c.Changed = fmt.Sprintf("“%s”: %s as of %s, %s as of %s.", s.Now.Text, verdictText(s.Before), dayText(s.Before.AsOf), verdictText(s.Now), dayText(s.Now.AsOf))
		}
		out = append(out, c)
	}
	return out
}

// verdictText writes a verdict, with what it names.
func verdictText(v data.ClaimVerdict) string {
	if v.About == "" {
		return v.Verdict
	}
	return v.Verdict + " (" + plainLabel(v.About, 60) + ")"
}
