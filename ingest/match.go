package ingest

import (
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// match is what a style code and a title say of the shoe.
type match struct {
	styleID  string // "" where no style, or more than one, fits
	method   string // code, code_in_title, alias, words, conflict, none
	score    float64
	model    string
	version  string
	audience string
	width    string
	guesses  []guess // where there is no style: the nearest, best first
}

// matcher finds the style of an item in the reference. It is not changed by use.
type matcher struct {
	byCode  map[string]*refStyle  // normalised code, or id
	inTitle map[string]*refStyle  // normalised code: what counts inside a title
	byAlias map[string]*refStyle  // slug
	words   map[string]*wordIndex // by model
	collabs map[string]bool       // words that name collaborators
}

// refStyle is a style with what the words of a title are held against.
type refStyle struct {
	*data.Style
	greyDay  bool     // the Grey Day list has it
	greyYear int      // 0 where the list gives no year
	collab   []string // words of its collaborator's name
	age      string   // of a kids' pair: gs, ps, td; "" where neither code nor name says
}

func newMatcher(ref data.Reference) *matcher {
	m := &matcher{byCode: map[string]*refStyle{}, inTitle: map[string]*refStyle{}, byAlias: map[string]*refStyle{},
		words: map[string]*wordIndex{}, collabs: map[string]bool{}}
	byID := map[string]*refStyle{}
	var styles []*refStyle
	for i := range ref.Styles {
		s := &refStyle{Style: &ref.Styles[i]}
		if s.collab = readTitle(s.Collab).words; s.Model != "" {
			for _, w := range s.collab {
				m.collabs[w] = true
			}
		}
		s.age = ageOf(s.Style)
		styles = append(styles, s)
		byID[s.ID] = s
		m.byCode[data.NormalizeCode(s.ID)] = s
		m.byAlias[data.Slug(s.ID)] = s
		if s.Code != "" {
			m.byCode[data.NormalizeCode(s.Code)] = s
			m.inTitle[data.NormalizeCode(s.Code)] = s
		}
	}
	for _, g := range ref.GreyDays {
		if s := byID[g.StyleID]; s != nil {
			s.greyDay, s.greyYear = true, g.Year
		}
	}
	aliases := map[*refStyle][]string{}
	for _, a := range ref.Aliases {
		if s := byID[a.StyleID]; s != nil {
			m.byAlias[data.Slug(a.Alias)] = s
			aliases[s] = append(aliases[s], a.Alias)
		}
	}
	for _, m := range []map[string]*refStyle{m.byCode, m.inTitle, m.byAlias} {
		delete(m, "") // of an alias that is all punctuation: no title is it
	}
	byModel := map[string][]*refStyle{}
	for _, s := range styles {
		if s.Model != "" {
			byModel[s.Model] = append(byModel[s.Model], s)
		}
	}
	for model, of := range byModel {
		m.words[model] = newWordIndex(of, aliases)
	}
	return m
}

// ageOf reads for which age a kids' style is made.
func ageOf(s *data.Style) string {
	if c, ok := data.ParseStyleCode(s.Code); ok {
		switch c.Prefix {
		case "GC":
			return "gs"
		case "PC":
			return "ps"
		case "IC":
			return "td"
		}
	}
	return readTitle(s.Colorway).age
}

// match looks a style up: by the explicit code, by a code inside the title, by an
// alias, by the words of the title (see wordIndex). What is not matched has guesses.
// A title that contradicts the code is a conflict: titles beat codes, so such an item
// is for a person to see.
func (m *matcher) match(styleText, title string, p *Profile) match {
	f := readTitle(title)
	out := match{method: "none", audience: f.audience, width: f.width}
	if p != nil && p.widthRE != nil {
		if w := p.widthRE.FindStringSubmatch(title); w != nil {
			out.width = w[1]
		}
	}
	found := m.find(styleText, title, &f)
	if m.contradicts(found, &f) {
		return m.conflict(out, found, &f)
	}
	ours := !f.noShoe && (found.style != nil || found.parsed.Model != "" || m.isOurs(&f, found.foreign))
	if ours {
		out.model, out.version = f.model, f.version
		if found.style == nil {
			m.byWords(&found, &f)
		}
	}
	return m.settle(out, found, &f)
}

// settle fills in the outcome from the style or, where there is none, from the code.
func (m *matcher) settle(out match, found find, f *titleFacts) match {
	if s := found.style; s != nil {
		out.styleID, out.method, out.score = s.ID, found.method, found.score
		if s.Model != "" && s.Model != out.model {
			out.version = ""
		}
		out.model, out.version = orText(s.Model, out.model), orText(s.Version, out.version)
		out.audience = orText(out.audience, orText(s.Audience, found.parsed.Audience()))
		return out
	}
	if c := found.parsed; c.Model != "" {
		out.model, out.version = orText(out.model, c.Model), orText(c.Version, out.version)
		out.audience = orText(out.audience, c.Audience())
	}
	if found.several != nil {
		out.guesses = topGuesses(found.several)
	} else {
		out.guesses = topGuesses(m.words[out.model].rank(f, out.version, out.audience, asGuess))
	}
	return out
}

// codeAgainstTitle is the score of a style whose code is given while the title names
// another shoe, or another code: no better than even.
const codeAgainstTitle = 0.5

// conflict leaves an item whose title and code disagree without style, model and
// version.
func (m *matcher) conflict(out match, found find, f *titleFacts) match {
	out.method = "conflict"
	var ranked []ranking
	if !f.noShoe {
		ranked = m.words[f.model].rank(f, f.version, f.audience, asGuess)
	}
	if found.style != nil {
		ranked = insert(ranked, ranking{found.style, codeAgainstTitle})
	}
	out.guesses = topGuesses(ranked)
	return out
}

// find is what the codes and aliases of an item came to.
type find struct {
	style   *refStyle
	method  string
	score   float64
	parsed  data.StyleCode // of a code in the brand's form; zero without one
	foreign bool           // the code given is of another brand or line
	several []ranking      // where the codes in a title name more than one style
}

func (out *find) take(s *refStyle, method string, score float64) {
	out.style, out.method, out.score = s, method, score
}

// find returns the style that a code or title names, how, and what the code alone
// says.
func (m *matcher) find(styleText, title string, f *titleFacts) find {
	var out find
	if m.explicit(&out, styleText, f); out.style != nil {
		return out
	}
	given := out.parsed.Model != "" || out.foreign
	if !given {
		if m.codesInTitle(&out, f); out.style != nil || out.several != nil {
			return out
		}
	}
	// Beside a code that nobody knows, a title can name only a style without one.
	if s := m.byAlias[data.Slug(title)]; s != nil && (!given || s.Code == "") {
		out.take(s, "alias", 1)
	}
	return out
}

// explicit looks at the code that the source gives: one, or several joined by a slash.
// A shop's id such as U990V4-41721 names a model and a version like a title.
func (m *matcher) explicit(out *find, styleText string, f *titleFacts) {
	if styleText == "" {
		return
	}
	for _, part := range append([]string{styleText}, strings.Split(styleText, "/")...) {
		code := data.NormalizeCode(part)
		if code == "" {
			continue
		}
		if c, ok := data.ParseStyleCode(code); ok && out.parsed.Model == "" {
			out.parsed = c
		}
		if s := m.byCode[code]; s != nil {
			out.take(s, "code", 1)
			return
		}
	}
	if s := m.byAlias[data.Slug(styleText)]; s != nil {
		out.take(s, "alias", 1)
		return
	}
	if out.parsed.Model != "" || !looksLikeCode(styleText) {
		return
	}
	shop := readTitle(styleText)
	if out.foreign = !familyModels[shop.model]; !out.foreign && f.model == "" && !f.noShoe {
		f.brand, f.model, f.version, f.bare = true, shop.model, shop.version, shop.bare
	}
}

// codesInTitle looks for style codes among the words. One that nobody knows counts
// for its form only where the brand is named: phones have such names too.
func (m *matcher) codesInTitle(out *find, f *titleFacts) {
	for _, c := range f.codes {
		if s := m.inTitle[c.text]; s != nil && !slices.ContainsFunc(out.several, func(r ranking) bool { return r.style == s }) {
			out.several = append(out.several, ranking{s, codeAgainstTitle})
		}
	}
	if len(out.several) == 1 {
		out.take(out.several[0].style, "code_in_title", 1)
		out.several = nil
	}
	if len(out.several) > 0 || out.style != nil || !f.brand {
		return
	}
	for _, c := range f.codes {
		switch {
		case c.style.Model == "":
		case out.parsed.Model == "":
			out.parsed = c.style
		case out.parsed.Model != c.style.Model || out.parsed.Version != c.style.Version:
			out.parsed = data.StyleCode{}
			return
		}
	}
}

// contradicts reports whether the title names another shoe than the code: another
// model, version or brand, a kids' pair where the code is an adult's, or all the
// words of another style.
func (m *matcher) contradicts(found find, f *titleFacts) bool {
	model, version, audience := found.parsed.Model, found.parsed.Version, found.parsed.Audience()
	if s := found.style; s != nil {
		if found.method == "alias" && model == "" {
			return false // the title is the alias
		}
		if s.Model == "" {
			return false // not a shoe whose titles are read here
		}
		model, version, audience = s.Model, orText(s.Version, version), orText(s.Audience, audience)
	}
	if model == "" || f.noShoe {
		return false
	}
	if f.other && !f.brand {
		return true
	}
	if f.model != "" && !strings.HasPrefix(f.model, model) && !strings.HasPrefix(model, f.model) { // a 997H is sold as a 997 too
		return true
	}
	if f.model == model && f.version != "" && version != "" && f.version != version {
		return true
	}
	if audience == "kids" && (f.audience == "men" || f.audience == "women") || audience != "kids" && audience != "" && f.audience == "kids" {
		return true
	}
	return found.style != nil && m.wordsContradict(found.style, f)
}

// ownWords is the fit below which a title says nothing of a style.
const ownWords = 0.25

// wordsContradict reports whether a title has the words of another style of the same
// model and next to none of its own.
func (m *matcher) wordsContradict(s *refStyle, f *titleFacts) bool {
	if f.model != s.Model || len(f.words) == 0 {
		return false
	}
	w := m.words[s.Model]
	best, ok := accepted(w.rank(f, orText(f.version, s.Version), f.audience, asMatch))
	if !ok || best.style == s {
		return false
	}
	own, named := w.fit(s, f)
	return named && own < ownWords
}

// isOurs reports whether a title is of a New Balance: the brand is named, or, as GOAT
// leaves it out, a version of the 990 or 991. A number alone, which may be anything's,
// needs the country of making, a Grey Day or a known collaborator beside it, and
// nothing unknown before it.
func (m *matcher) isOurs(f *titleFacts, foreign bool) bool {
	switch {
	case f.brand:
		return true
	case f.other || foreign || f.model == "":
		return false
	case !f.bare && (f.model == "990" || f.model == "991"):
		return true
	case !madeLines[f.model] && !f.greyDay:
		return false
	}
	collab := false
	for i, w := range f.words {
		known := m.collabs[w]
		collab = collab || known
		if i < f.lead && !known {
			return false
		}
	}
	return f.madeIn != "" || f.greyDay || collab
}

// byWords takes the style whose words fit the title, where one does. An item with a
// code that nobody knows can only be a style whose code nobody knows.
func (m *matcher) byWords(found *find, f *titleFacts) {
	if f.model == "" || f.other || found.foreign || found.several != nil {
		return
	}
	c := found.parsed
	best, ok := accepted(m.words[f.model].rank(f, orText(f.version, c.Version), orText(f.audience, c.Audience()), asMatch))
	if ok && (c.Model == "" || best.style.Code == "") {
		found.take(best.style, "words", best.score)
	}
}

// looksLikeCode tells a code of another brand or line from a blank.
func looksLikeCode(s string) bool {
	return strings.ContainsAny(s, "0123456789") && len(strings.TrimSpace(s)) >= 4
}
