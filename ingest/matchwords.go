package ingest

import (
	"cmp"
	"math"
	"regexp"
	"slices"
)

// wordIndex holds the names of the styles of one model: a style's colorway with its
// collaborator, and each of its aliases, each as a set of words.
//
// A word weighs ln(1 + N/n): N styles of the model, n of which have the word in a
// name. One that no style has weighs as much as one that a single style has. The fit
// of a title and a name is
//
//	weight of the words that both have / weight of the words that either has
//
// so a word that only the title has counts against the style, and so does a word
// that only the name has: "990v6 Grey" is no "Action Bronson Grey". 1 is the same
// words, 0 none in common. A doubt takes a part of it: where the colours stand in
// another order, because White Black is not Black White, and where each has words that
// the other has not. A style's score is its best name's. The year in which a style came
// out counts neither way.
//
// The best style is accepted at a fit of leastFit that is leastLead above the next.
type wordIndex struct {
	at      map[string]int // word: its place in weight
	weight  []float64
	unknown float64 // weight of a word of no style
	names   []styleName
}

// styleName is one name of a style.
type styleName struct {
	style *refStyle
	words []int // places in wordIndex.weight, in the order of the name
	loose int   // how many of the words, at the end, may stand anywhere: the collaborator's
	total float64
	year  int // place of the release year, where the name has it not; else -1
}

const (
	leastFit  = 0.7
	leastLead = 0.15

	doubt = 0.65 // what a fit is worth in doubt; below leastFit, so that none is accepted
)

// madeLines are the lines whose releases the reference follows closely enough for a
// title's colours to name one. The others (574, 997H, 327, …) come in hundreds of
// colours: there words need a collaborator or a Grey Day among them.
var madeLines = map[string]bool{"990": true, "991": true, "992": true, "993": true, "995": true, "996": true, "997": true, "998": true, "999": true,
	"1300": true, "576": true}

// greyDayWord stands for the words "Grey Day" in names and titles.
const greyDayWord = "grey-day"

func newWordIndex(styles []*refStyle, aliases map[*refStyle][]string) *wordIndex {
	x := &wordIndex{at: map[string]int{}}
	var used []int // styles that have the word
	for _, s := range styles {
		seen := map[int]bool{}
		for _, words := range namesOf(s, aliases[s]) {
			n := styleName{style: s, year: -1}
			words, n.loose = collabLast(words, s.collab)
			for _, w := range words {
				i, ok := x.at[w]
				if !ok {
					i = len(used)
					x.at[w] = i
					used = append(used, 0)
				}
				if !seen[i] {
					seen[i] = true
					used[i]++
				}
				n.words = append(n.words, i)
			}
			x.names = append(x.names, n)
		}
	}
	for i := range x.names {
		x.names[i].releaseYear(x, &used)
	}
	weigh := func(n int) float64 { return math.Log(1 + float64(len(styles))/float64(max(n, 1))) }
	for _, n := range used {
		x.weight = append(x.weight, weigh(n))
	}
	x.unknown = weigh(1)
	for i := range x.names {
		n := &x.names[i]
		for _, w := range n.words {
			n.total += x.weight[w]
		}
	}
	return x
}

// releaseYear gives the year in which the style came out a place.
func (n *styleName) releaseYear(x *wordIndex, used *[]int) {
	if n.style.ReleaseDate.IsZero() {
		return
	}
	year := n.style.ReleaseDate.String()[:4]
	y, ok := x.at[year]
	if !ok {
		y = len(*used)
		x.at[year] = y
		*used = append(*used, 0)
	}
	if !slices.Contains(n.words, y) {
		n.year = y
	}
}

// collabLast puts the collaborator's words at the end, and counts them.
func collabLast(words, collab []string) ([]string, int) {
	loose := func(w string) bool { return w == greyDayWord || slices.Contains(collab, w) }
	var first, last []string
	for _, w := range words {
		if loose(w) {
			last = append(last, w)
		} else {
			first = append(first, w)
		}
	}
	return append(first, last...), len(last)
}

// brackets without a year hold what a title may leave out: "Levi's Blue (Levi's tag)".
var brackets = regexp.MustCompile(`\([^()0-9]*\)`)

// namesOf lists the names of a style, each as its words in their order; none is
// empty. A name with two years ("2019/2021") stands for either year.
func namesOf(s *refStyle, aliases []string) [][]string {
	var out [][]string
	add := func(words []string) {
		if s.greyDay && !slices.Contains(words, greyDayWord) {
			words = append(words, greyDayWord)
		}
		if len(words) > 0 && !slices.ContainsFunc(out, func(o []string) bool { return slices.Equal(o, words) }) {
			out = append(out, words)
		}
	}
	addAll := func(f titleFacts) {
		words := wordsOf(f)
		add(words)
		var years []string
		for _, w := range words {
			if isYear(w) {
				years = append(years, w)
			}
		}
		if len(years) < 2 {
			return
		}
		for _, y := range years {
			add(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return isYear(w) && w != y }))
		}
	}
	addAll(readTitle(s.Colorway + " " + s.Collab))
	if short := brackets.ReplaceAllString(s.Colorway, " "); short != s.Colorway {
		addAll(readTitle(short + " " + s.Collab))
	}
	for _, a := range aliases {
		f := readTitle(a)
		if f.model == s.Model && (f.version == s.Version || f.version == "") {
			addAll(f)
		}
	}
	return out
}

// wordsOf are the words that are compared.
func wordsOf(f titleFacts) []string {
	if f.greyDay {
		return append(slices.Clone(f.words), greyDayWord)
	}
	return slices.Clone(f.words)
}

// ranking is a style with its score.
type ranking struct {
	style *refStyle
	score float64
}

// purpose says how strict a ranking is: a guess may be of any version where the title
// names none, a match may not.
type purpose bool

const (
	asMatch purpose = true
	asGuess purpose = false
)

// kept is how many styles a ranking holds: enough for the guesses and one more.
const kept = 4

// rank holds the words of a title against the styles that can be meant, best first;
// equal ones by id. A nil index ranks none.
func (x *wordIndex) rank(f *titleFacts, version, audience string, why purpose) []ranking {
	if x == nil {
		return nil
	}
	have, total := x.look(f)
	if total == 0 {
		return nil
	}
	var top []ranking
	for i := range x.names {
		n := &x.names[i]
		fit := n.fit(x, have, total)
		if fit == 0 || len(top) == kept && fit < top[kept-1].score || !n.style.possible(f, version, audience, why) {
			continue
		}
		top = insert(top, ranking{n.style, fit})
	}
	return top
}

// insert puts a ranking in its place, once for each style.
func insert(top []ranking, r ranking) []ranking {
	if i := slices.IndexFunc(top, func(o ranking) bool { return o.style == r.style }); i >= 0 {
		top[i].score = max(top[i].score, r.score)
	} else {
		top = append(top, r)
	}
	slices.SortFunc(top, func(a, b ranking) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.style.ID, b.style.ID))
	})
	return top[:min(len(top), kept)]
}

// look marks the words of a title by their places, each with its number in the title
// from 1, and weighs them all.
func (x *wordIndex) look(f *titleFacts) (have []int, total float64) {
	have = make([]int, len(x.weight))
	one := func(w string, n int) {
		if i, ok := x.at[w]; ok {
			have[i] = n
			total += x.weight[i]
		} else {
			total += x.unknown
		}
	}
	for i, w := range f.words {
		one(w, i+1)
	}
	if f.greyDay {
		one(greyDayWord, len(f.words)+1)
	}
	return have, total
}

// fit is the shared weight over the weight of either.
func (n *styleName) fit(x *wordIndex, have []int, total float64) float64 {
	both, last, ordered := 0.0, 0, true
	for i, w := range n.words {
		if have[w] == 0 {
			continue
		}
		both += x.weight[w]
		if i < len(n.words)-n.loose {
			ordered = ordered && have[w] > last
			last = have[w]
		}
	}
	if both == 0 {
		return 0
	}
	if n.year >= 0 && have[n.year] > 0 {
		total -= x.weight[n.year]
	}
	fit := both / (total + n.total - both)
	if !ordered || total-both > little && n.total-both > little {
		fit *= doubt
	}
	return round4(fit)
}

// little is less than any word weighs, and more than sums of weights are off.
const little = 1e-6

// round4 rounds to four decimals: a score is no more exact than that, and the same
// on every machine.
func round4(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// fit is the score of one style, and whether it has a name at all.
func (x *wordIndex) fit(s *refStyle, f *titleFacts) (score float64, named bool) {
	have, total := x.look(f)
	for i := range x.names {
		if n := &x.names[i]; n.style == s {
			score, named = max(score, n.fit(x, have, total)), true
		}
	}
	return score, named
}

// possible reports whether nothing in the title but its words speaks against a style.
// A style of the Grey Day list needs the words "Grey Day", and a title that has them
// means one of the list.
func (s *refStyle) possible(f *titleFacts, version, audience string, why purpose) bool {
	switch {
	case (s.Audience == "kids") != (audience == "kids"),
		s.age != "" && f.age != "" && s.age != f.age,
		s.Audience == "women" && audience != "women",
		s.Audience == "men" && audience == "women",
		f.madeIn != "" && s.MadeIn != "" && f.madeIn != s.MadeIn,
		s.greyDay && !f.greyDay,
		s.greyDay && f.year != 0 && s.greyYear != 0 && f.year != s.greyYear,
		version != "" && s.Version != version:
		return false
	case why == asGuess:
		return true
	case f.greyDay && !s.greyDay,
		s.age != f.age,
		version != s.Version && !s.collabIn(f),
		!madeLines[s.Model] && !f.greyDay && !s.collabIn(f):
		return false
	}
	return true
}

// collabIn reports whether a title names the style's collaborator: at least half of
// the words of the name.
func (s *refStyle) collabIn(f *titleFacts) bool {
	n := 0
	for _, w := range s.collab {
		if slices.Contains(f.words, w) {
			n++
		}
	}
	return n > 0 && 2*n >= len(s.collab)
}

// accepted returns the first of a ranking where it fits well and better than the next.
func accepted(ranked []ranking) (ranking, bool) {
	if len(ranked) == 0 || ranked[0].score < leastFit {
		return ranking{}, false
	}
	if len(ranked) > 1 && ranked[0].score-ranked[1].score < leastLead {
		return ranking{}, false
	}
	return ranked[0], true
}
