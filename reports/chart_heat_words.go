package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// heatEnds are the versions that were above retail in the largest and the smallest share
// of their weeks; nil where none, or no other, has weeks enough to be spoken of. Always and
// Never are how many more were so in every week, or in none, as the one named.
type heatEnds struct {
	best, worst   *heatLine
	always, never int
}

func heatEndsOf(lines []heatLine) (e heatEnds) {
	share := func(l heatLine) float64 { return float64(l.above) / float64(l.known) }
	var ranked []heatLine
	for _, l := range lines {
		if l.known >= heatLeast {
			ranked = append(ranked, l)
		}
	}
	slices.SortStableFunc(ranked, func(a, b heatLine) int {
		return cmp.Or(cmp.Compare(share(b), share(a)), cmp.Compare(b.known, a.known))
	})
	if len(ranked) > 0 {
		e.best = &ranked[0]
	}
	if len(ranked) > 1 {
		e.worst = &ranked[len(ranked)-1]
	}
	for i, l := range ranked {
		if i > 0 && l.above == l.known {
			e.always++
		}
		if i < len(ranked)-1 && l.above == 0 {
			e.never++
		}
	}
	return e
}

func (e heatEnds) title(fields, known int, w priceWords) string {
	verb := "resold"
	if !w.Sale {
		verb = "stood"
	}
	switch {
	case e.best == nil:
		return w.title(fmt.Sprintf("Too few weeks to compare versions: %s of %s have enough %s for a median", countText(known), countText(fields), w.Many))
	case e.worst == nil:
		return w.title(fmt.Sprintf("%s %s above retail in %s", plainLabel(e.best.Name, 40), verb, e.best.aboveText()))
	case e.best.above == 0:
		return w.title(fmt.Sprintf("No version’s weekly median %s above retail", verb))
	case e.worst.above == e.worst.known:
		return w.title(fmt.Sprintf("Every version’s weekly median %s above retail, week after week", verb))
	}
	top, low := e.best.Name, e.worst.Name
	when, rarely := e.best.aboveText(), e.worst.aboveText()
	if top = plainLabel(top, 40); e.always > 0 {
		top, when = top+" and "+countOf(e.always, "other", "others"), "every week with a median"
	}
	if low = plainLabel(low, 40); e.never > 0 {
		low, rarely = low+" and "+countOf(e.never, "other", "others"), "none"
	}
	return w.title(fmt.Sprintf("%s %s above retail in %s, %s in %s", top, verb, when, low, rarely))
}

// aboveText is "41 of 48 weeks", "all 48 weeks" or "none of 48 weeks".
func (l heatLine) aboveText() string { return someOf(l.above, l.known) }

func someOf(n, weeks int) string {
	switch n {
	case 0:
		return fmt.Sprintf("none of %d weeks", weeks)
	case weeks:
		return fmt.Sprintf("all %d weeks", weeks)
	}
	return fmt.Sprintf("%d of %d weeks", n, weeks)
}

func (e heatEnds) reading(fields, known int, w priceWords) string {
	s := ""
	for _, l := range []*heatLine{e.best, e.worst} {
		if l != nil {
			s += fmt.Sprintf("The weekly median of %s was above retail in %s that have one", plainLabel(l.Name, 40), l.aboveText())
			if l.above > 0 {
				s += ", its whole interval in " + noneOr(l.clear)
			}
			s += ". "
		}
	}
	if known == fields {
		return s + fmt.Sprintf("Each of the %s weeks of a version has a median.", countText(fields))
	}
	return s + fmt.Sprintf("%s of %s weeks of a version have a median; the others have too few %s, or none.", countText(known), countText(fields), w.Many)
}

func noneOr(n int) string {
	if n == 0 {
		return "none"
	}
	return countText(n)
}

func heatNotes(wk analysis.Weekly, shown []heatLine) []string {
	var notes []string
	if slices.ContainsFunc(shown, func(l heatLine) bool { return strings.HasSuffix(l.Label, unknownVersion) }) {
		notes = append(notes, "“"+unknownVersion+"”: the version is not known.")
	}
	if partialWeek(wk) {
		notes = append(notes, fmt.Sprintf("The last week is not over: it is seen up to %s.", dayText(wk.AsOf)))
	}
	if first := lastMondays(wk)[0]; slices.ContainsFunc(shown, func(l heatLine) bool {
		for week := range l.weeks {
			if week < first {
				return true
			}
		}
		return false
	}) {
		notes = append(notes, fmt.Sprintf("The chart shows the last %d weeks; the table lists all.", heatWeeks))
	}
	if doubts := heatDoubts(wk.VersionWeeks.Rows); doubts != "" {
		notes = append(notes, "Doubtful in some weeks: "+doubts+".")
	}
	return notes
}

// heatDoubts says what is doubtful about any of the weeks, but for what the fields or the page show.
func heatDoubts(rows []analysis.MultipleRow) string {
	shown := []string{analysis.WarnTooFew, analysis.WarnNoInterval, analysis.WarnFewSales, analysis.WarnSynthetic}
	var codes []string
	for _, r := range rows {
		for _, c := range r.Warnings {
			if !slices.Contains(shown, c) && !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	slices.Sort(codes)
	return plainLabel(warningsText(codes), 240)
}
