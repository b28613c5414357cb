package ingest

import (
	"regexp"
	"strings"

	"github.com/amassable/greybook/data"
)

// match is what a style code and a title say of the shoe.
type match struct {
	styleID  string // "" where no style, or more than one, fits
	method   string // code, code_in_title, alias, conflict, none
	score    float64
	model    string
	version  string
	audience string
	width    string
}

// matcher finds the style of an item in the reference.
type matcher struct {
	byCode  map[string]*data.Style // normalised code or id
	byAlias map[string]*data.Style // slug
}

func newMatcher(ref data.Reference) *matcher {
	m := &matcher{byCode: map[string]*data.Style{}, byAlias: map[string]*data.Style{}}
	byID := map[string]*data.Style{}
	for i := range ref.Styles {
		s := &ref.Styles[i]
		byID[s.ID] = s
		m.byCode[data.NormalizeCode(s.ID)] = s
		if s.Code != "" {
			m.byCode[data.NormalizeCode(s.Code)] = s
		}
		m.byAlias[data.Slug(s.ID)] = s
	}
	for _, a := range ref.Aliases {
		if s := byID[a.StyleID]; s != nil {
			m.byAlias[data.Slug(a.Alias)] = s
			m.byCode[data.NormalizeCode(a.Alias)] = s
		}
	}
	return m
}

var (
	titleVersion = regexp.MustCompile(`(?i)(?:^|[^0-9a-z])(990|991|992|993|995|996|997|998|1300|574|576)[ -]?(?:vs?([1-9]))?(?:$|[^0-9a-z])`)
	titleCode    = regexp.MustCompile(`(?i)[A-Z]{1,2}(?:99\d|1300|57[46]|580)[A-Z]{1,4}\d?`)
	madeForKids  = regexp.MustCompile(`(?i)\((GS|PS|TD)\)|\b(kids|toddler|infant|grade school)\b`)
	madeForWomen = regexp.MustCompile(`(?i)^\(W\)|\(women'?s\)|\bwmns\b|\bwomen'?s\b`)
)

// match looks a style up: by the explicit code, by a code inside the title, by an
// alias. A title that names another version than the code's style is a conflict
// and left unmatched: titles beat codes, so such an item is for a person to see.
func (m *matcher) match(styleText, title string, p *Profile) match {
	out := match{method: "none"}
	model, version := titleModel(title)
	switch {
	case madeForKids.MatchString(title):
		out.audience = "kids"
	case madeForWomen.MatchString(title):
		out.audience = "women"
	}
	if p != nil && p.widthRE != nil {
		if w := p.widthRE.FindStringSubmatch(title); w != nil {
			out.width = w[1]
		}
	}
	style, method, parsed := m.find(styleText, title)
	if parsed.Model != "" {
		out.model, out.version = parsed.Model, parsed.Version
		out.audience = orText(out.audience, parsed.Audience())
	}
	if style != nil {
		out.model, out.version = orText(style.Model, out.model), orText(style.Version, out.version)
	}
	if model != "" && out.model == model && version != "" && out.version != "" && version != out.version ||
		model != "" && out.model != "" && model != out.model {
		return match{method: "conflict", audience: out.audience, width: out.width}
	}
	if out.model == "" || out.model == model {
		out.model, out.version = orText(out.model, model), orText(out.version, version)
	}
	if style != nil {
		out.styleID, out.method, out.score = style.ID, method, 1
		out.audience = orText(out.audience, style.Audience)
	}
	return out
}

// find returns the style that a code or title names, how, and what the code alone
// says.
func (m *matcher) find(styleText, title string) (*data.Style, string, data.StyleCode) {
	var parsed data.StyleCode
	for _, part := range append([]string{styleText}, strings.Split(styleText, "/")...) {
		code := data.NormalizeCode(part)
		if code == "" {
			continue
		}
		if c, ok := data.ParseStyleCode(code); ok && parsed.Model == "" {
			parsed = c
		}
		if s := m.byCode[code]; s != nil {
			return s, "code", parsed
		}
	}
	if parsed.Model != "" || looksLikeCode(styleText) {
		return nil, "none", parsed // another code than any that is known: the title won't make it one
	}
	var found *data.Style
	for _, word := range titleCode.FindAllString(title, -1) {
		if s := m.byCode[data.NormalizeCode(word)]; s != nil {
			if found != nil && found != s {
				return nil, "none", parsed
			}
			found = s
		}
	}
	if found != nil {
		return found, "code_in_title", parsed
	}
	if s := m.byAlias[data.Slug(title)]; s != nil && data.Slug(title) != "" {
		return s, "alias", parsed
	}
	return nil, "none", parsed
}

// looksLikeCode tells a code of another brand or line from a blank.
func looksLikeCode(s string) bool {
	return strings.ContainsAny(s, "0123456789") && len(strings.TrimSpace(s)) >= 4
}

// titleModel reads model and version in a title: "990v3", "990 V2", "990-v5",
// "990vs1". A title that names two models names none.
func titleModel(title string) (model, version string) {
	for _, f := range titleVersion.FindAllStringSubmatch(title, -1) {
		if model != "" && model != f[1] {
			return "", ""
		}
		model = f[1]
		if f[2] != "" {
			if version != "" && version != "v"+f[2] {
				return model, ""
			}
			version = "v" + f[2]
		}
	}
	return model, version
}
