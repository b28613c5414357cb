package ingest

import (
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// titleModel reads model and version in the title of a New Balance: "990v3",
// "990 V2", "990-v5", "990vs1". A title that names two models names none.
func titleModel(title string) (model, version string) {
	f := readTitle(title)
	if f.noShoe || f.other && !f.brand || f.model == "" {
		return "", ""
	}
	return f.model, f.version
}

// mention is a model that a title names.
type mention struct {
	model, version string
	bracket, bare  bool
	lead           int
}

// number reads a model, a version or a style code.
func (r *titleReader) number(t token) int {
	letters, digits, rest := splitNumber(t.text)
	if digits == "" || len(t.text) > 24 {
		return 0
	}
	r.code(t)
	if t.glue == '$' || titleWords[r.word(1)] == wordUnit && letters == "" && rest == "" {
		return 1 // a price, or a length
	}
	if n := r.model(t, letters, digits, rest); n > 0 {
		return n
	}
	if letters == "" && rest == "" && isYear(digits) {
		r.keepOne(digits)
		return 1
	}
	if versionOf(t.text) != "" && len(r.mentions) == 0 {
		r.versions = append(r.versions, versionOf(t.text)) // "V6 990"
		return 1
	}
	return 0
}

// model reads "990v4", "990 V4", "M990v4", "990 version 4" and the numbers of other
// shoes. It returns 0 where the token is no model.
func (r *titleReader) model(t token, letters, digits, rest string) int {
	name, ok := otherModels[t.text]
	if !ok && strings.TrimRight(rest, "0123456789") == "v" {
		name, ok = otherModels[digits] // 1080v12
	}
	if ok && (rest != "" || letters != "" || r.at == r.afterNB) {
		r.mention(mention{model: name, bracket: t.bracket})
		return 1
	}
	if !familyModels[digits] || letters != "" && !isPrefix(letters) || strings.HasPrefix(rest, ".") {
		return 0
	}
	m := mention{model: digits, bracket: t.bracket, lead: len(r.f.words)}
	n := 1
	switch {
	case rest == "":
		m.version, n = r.versionAfter()
	case versionOf(rest) != "":
		m.version = versionOf(rest)
	case rest == "h" && digits == "997", rest == "s" && digits == "997":
		m.model += strings.ToUpper(rest)
	case rest == "s" && digits != "574":
		m.version, n = r.versionAfter() // a plural: "990s"
	case digits == "1300" && strings.HasPrefix(rest, "jp"):
		r.keepOne("jp")
		if len(rest) > 2 {
			r.keepOne(rest[2:])
		}
	case letters != "":
		return r.coded(t)
	default:
		m.model = strings.ToUpper(t.text) // 574L, 997R: a shoe of its own
	}
	if titleWords[r.word(n)] == wordOtherLine {
		m.model += " " + r.word(n)
		n++
	}
	m.bare = m.version == ""
	r.audienceOf(letters)
	r.mention(m)
	return n
}

// coded reads a style code of the brand's form as the model that it names.
func (r *titleReader) coded(t token) int {
	c, ok := data.ParseStyleCode(t.text)
	if !ok || len(c.Colour) == 4 { // M990GREY
		return 0
	}
	return 1
}

// isPrefix tells the letters that stand before a model in codes and shop ids.
func isPrefix(letters string) bool {
	switch letters {
	case "m", "w", "u", "mr", "wr", "ml", "wl", "ms", "ws", "mt", "cm", "cw", "gc", "pc", "ic", "kj", "kv", "nb":
		return true
	}
	return false
}

// audienceOf notes whom a prefix makes the shoe for, where it says women or kids.
func (r *titleReader) audienceOf(letters string) {
	switch letters {
	case "w", "wr", "wl", "ws", "cw":
		r.women = true
	case "gc", "pc", "ic", "kj", "kv":
		r.kids = true
	case "nb":
		r.f.brand = true
	}
}

// versionAfter reads the version that follows a number, and says how many tokens
// both are.
func (r *titleReader) versionAfter() (string, int) {
	if v := versionOf(r.word(1)); v != "" {
		return v, 2
	}
	switch r.word(1) {
	case "v", "vs", "ver", "version":
		if v := versionOf("v" + r.word(2)); v != "" {
			return v, 3
		}
	}
	return "", 1
}

// mention notes a model.
func (r *titleReader) mention(m mention) {
	if m.version != "" {
		r.versions = append(r.versions, m.version)
	}
	r.mentions = append(r.mentions, m)
}

// code notes what may be a style code: the word itself, and with the next one.
func (r *titleReader) code(t token) {
	letters, _, rest := splitNumber(t.text)
	if letters != "" && len(t.text) >= 5 {
		r.addCode(t.text)
	}
	if r.at+1 >= len(r.t) || len(t.text) < 4 || rest != "" && letters == "" {
		return
	}
	next := r.t[r.at+1]
	if next.glue == '-' || letters != "" && rest == "" && next.glue == ' ' && len(next.text) <= 5 {
		if _, digits, _ := splitNumber(next.text); digits != "" || letters != "" {
			r.f.codes = append(r.f.codes, titleCode{text: strings.ToUpper(t.text + next.text)})
		}
	}
}

func (r *titleReader) addCode(text string) {
	c := titleCode{text: strings.ToUpper(text)}
	if s, ok := data.ParseStyleCode(c.text); ok && len(s.Colour) < 4 {
		c.style = s
	}
	r.f.codes = append(r.f.codes, c)
}

// pickModel takes the one model that is named. What stands in brackets counts only
// where nothing else does: the 574 "Grey Day (1300JP)" is a 574.
func (r *titleReader) pickModel() {
	outside := slices.ContainsFunc(r.mentions, func(m mention) bool { return !m.bracket })
	var one *mention
	for i := range r.mentions {
		m := &r.mentions[i]
		if outside && m.bracket {
			continue
		}
		if one != nil && one.model != m.model {
			return
		}
		if one == nil || one.bare {
			one = m
		}
	}
	if one == nil {
		return
	}
	r.f.model, r.f.bare, r.f.lead = one.model, one.bare, one.lead
	for _, v := range r.versions {
		if r.f.version != "" && r.f.version != v {
			r.f.version = ""
			return
		}
		r.f.version = v
	}
}
