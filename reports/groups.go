package reports

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// groupsDrawn is how many groups a chart draws at most; the table lists all.
const groupsDrawn = 24

// grouping is what the groups of a page are called and how they are ordered.
type grouping struct {
	By        analysis.Dimension
	One, Many string // "version", "versions"
	model     string
	versioned map[string]bool // models of which a version is known
}

func groupingOf(wk analysis.Weekly) grouping {
	g := grouping{By: wk.By, model: wk.Model}
	if g.By == "" {
		g.By = analysis.ByVersion
	}
	g.One, g.Many = dimensionNoun(g.By)
	if g.By == analysis.ByVersion && wk.Model == "" {
		g.versioned = map[string]bool{}
		for _, r := range wk.Groups.Rows {
			if len(r.Keys) == 2 && r.Keys[1] != "" {
				g.versioned[r.Keys[0]] = true
			}
		}
	}
	return g
}

// dimensionNoun names what a dimension has values of.
func dimensionNoun(d analysis.Dimension) (one, many string) {
	switch d {
	case analysis.ByGreyDay:
		return "Grey Day group", "Grey Day groups"
	case analysis.ByGreyDayYear:
		return "Grey Day year", "Grey Day years"
	case analysis.ByMadeIn:
		return "country of making", "countries of making"
	case analysis.ByPriceBasis:
		return "price basis", "price bases"
	}
	one = strings.ReplaceAll(string(d), "_", " ")
	return one, one + "s"
}

// name is a group's name in full.
func (g grouping) name(r analysis.MultipleRow) string {
	switch {
	case g.By == analysis.ByVersion && len(r.Keys) == 2:
		model, version := r.Keys[0], r.Keys[1]
		switch {
		case model == "":
			return "model unknown"
		case version == "" && g.versioned[model]:
			return model + ", version unknown"
		}
		return model + version
	case g.By == analysis.ByVersion:
		return versionName(g.model, r)
	case len(r.Keys) == 1 && r.Keys[0] == "":
		return g.One + " unknown"
	}
	return groupName(r)
}

// slug is what a style's id looks like when it is made of a title.
var slug = regexp.MustCompile(`^[a-z0-9-]+$`)

// label is a group's name where room is short: at most limit columns wide. Slugs
// differ at the end from their neighbours, so they lose their middle.
func (g grouping) label(r analysis.MultipleRow, limit int) string {
	name := g.name(r)
	if g.By != analysis.ByStyle || len(name) <= limit || !slug.MatchString(name) {
		return plainLabel(name, limit)
	}
	head := name[:limit/3]
	if i := strings.LastIndexByte(head, '-'); i > 0 {
		head = head[:i+1]
	}
	tail := name[len(name)-(limit-1-len(head)):]
	if i := strings.IndexByte(tail, '-'); i >= 0 && i < len(tail)/2 {
		tail = tail[i+1:]
	}
	return head + "…" + tail
}

// ordered sorts the groups: those with an order of their own by it, the others
// by median, the highest first, and those without one last.
func (g grouping) ordered(rows []analysis.MultipleRow) []analysis.MultipleRow {
	rows = slices.Clone(rows)
	switch g.By {
	case analysis.ByVersion, analysis.ByGreyDayYear, analysis.BySizeBand, analysis.ByWeek, analysis.ByMonth, analysis.ByYear:
		slices.SortStableFunc(rows, compareKeys)
	default:
		slices.SortStableFunc(rows, compareMedians)
	}
	return rows
}

var digits = regexp.MustCompile(`\d+`)

// compareKeys orders keys by the numbers in them, in turn: v2 before v10, 990
// before 1300, sizes "<=6.5" before "7-8.5"; then by their text; the unknown last.
func compareKeys(a, b analysis.MultipleRow) int {
	for i := range min(len(a.Keys), len(b.Keys)) {
		x, y := a.Keys[i], b.Keys[i]
		if x == y {
			continue
		}
		if x == "" || y == "" {
			return cmp.Compare(len(y), len(x)) // the empty one is the shorter one
		}
		if c := cmp.Or(slices.Compare(numbersIn(x), numbersIn(y)), strings.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}

func numbersIn(key string) []int {
	var list []int
	for _, d := range digits.FindAllString(key, -1) {
		n, _ := strconv.Atoi(d) // too large for an int is the largest int
		list = append(list, n)
	}
	return list
}

// compareMedians orders by median, the highest first; then by n, then by key.
func compareMedians(a, b analysis.MultipleRow) int {
	x, okX := figureOf(a.Median)
	y, okY := figureOf(b.Median)
	switch {
	case okX && okY && x != y:
		return cmp.Compare(y, x)
	case okX != okY:
		if okX {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.N, a.N), compareKeys(a, b))
}

// mostSeen keeps the order of the rows and leaves of them, when they are more
// than limit, those that must stay and then those with the highest n, ties by key.
func mostSeen(rows []analysis.MultipleRow, limit int, must func(analysis.MultipleRow) bool) []analysis.MultipleRow {
	if len(rows) <= limit {
		return rows
	}
	rank := make([]int, len(rows))
	for i := range rank {
		rank[i] = i
	}
	slices.SortStableFunc(rank, func(i, j int) int {
		a, b := rows[i], rows[j]
		if must(a) != must(b) {
			if must(a) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.N, a.N), compareKeys(a, b))
	})
	rank = rank[:limit]
	slices.Sort(rank)
	var kept []analysis.MultipleRow
	for _, i := range rank {
		kept = append(kept, rows[i])
	}
	return kept
}

// sameGroup reports whether two rows of one result are the same group.
func sameGroup(a, b analysis.MultipleRow) bool { return slices.Equal(a.Keys, b.Keys) }

// cutNote says which groups a chart draws, where it does not draw all.
func cutNote(shown, all int, many string, w priceWords) string {
	return fmt.Sprintf("The chart draws %d of %s %s: those with the most %s, and what the title speaks of. The table lists all.",
		shown, countText(all), many, w.Many)
}
