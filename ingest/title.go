package ingest

import (
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// titleFacts is what a title says by itself, before any style is looked at.
type titleFacts struct {
	brand    bool   // New Balance is named
	other    bool   // another brand is named
	noShoe   bool   // a sandal, a shirt, a box, or a shoe for another sport
	model    string // "990", "2002R"; "" where none or more than one is named
	version  string // "v4"; "" where none or more than one is named
	bare     bool   // the model is named without a version
	lead     int    // how many of words stand before the model
	audience string // men, women, kids; "" where the title doesn't say
	age      string // of kids: gs, ps, td; "" where the title doesn't say
	madeIn   string // USA, UK
	width    string
	greyDay  bool
	year     int         // of the Grey Day
	words    []string    // what is left: colours, collaborators, packs, years
	codes    []titleCode // what may be a style code
}

// titleCode is a part of a title that has the form of a style code.
type titleCode struct {
	text  string         // as data.NormalizeCode writes it
	style data.StyleCode // zero where it has not the brand's form
}

// titleReader reads one title from left to right.
type titleReader struct {
	f        titleFacts
	t        []token
	at       int
	versions []string
	mentions []mention
	afterNB  int // the token after the brand's name; -1 before it is named
	men      bool
	women    bool
	kids     bool
}

// readTitle reads the facts of a title. It never fails: what it doesn't understand
// is one of the words.
func readTitle(title string) titleFacts {
	r := titleReader{t: tokens(foldTitle(title)), afterNB: -1}
	if hasKorean(title) {
		r.t = respell(r.t)
	}
	for r.at < len(r.t) {
		r.at += r.take()
	}
	return r.facts()
}

// hasKorean reports whether there is more than ASCII, so that words may have to be
// put in English first.
func hasKorean(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= 0x80 }) >= 0
}

// respell writes words as the rest of this file knows them.
func respell(in []token) []token {
	out := make([]token, 0, len(in))
	for _, t := range in {
		same, ok := spelt(t.text)
		if !ok {
			out = append(out, t)
			continue
		}
		if n := len(out); n > 0 && out[n-1].text == "lloyd" && same[0] == "light" {
			same = []string{"wright"} // they sound alike in Korean
		}
		for i, w := range same {
			n := token{w, ' ', t.bracket}
			if i == 0 {
				n.glue = t.glue
			}
			out = append(out, n)
		}
	}
	return out
}

// word is the i-th token from here, "" past the end.
func (r *titleReader) word(i int) string {
	if r.at+i >= 0 && r.at+i < len(r.t) {
		return r.t[r.at+i].text
	}
	return ""
}

// take reads what stands here and returns how many tokens that was.
func (r *titleReader) take() int {
	t := r.t[r.at]
	for _, read := range []func(token) int{r.phrase, r.number, r.marked} {
		if n := read(t); n > 0 {
			return n
		}
	}
	if len(t.text) > 1 && !isSize(t.text) {
		r.keep(t.text)
	}
	return 1
}

// mostWords is far more than a title has that fits a style; the rest of a text that
// goes on for megabytes is not compared.
const mostWords = 64

// keep adds a word, once.
func (r *titleReader) keep(w string) {
	if same, ok := sameWords[w]; ok {
		for _, s := range same {
			r.keepOne(s)
		}
		return
	}
	r.keepOne(w)
}

func (r *titleReader) keepOne(w string) {
	if len(r.f.words) == mostWords {
		return
	}
	if titleWords[w] != wordFiller && !slices.Contains(r.f.words, w) {
		r.f.words = append(r.f.words, w)
	}
}

// phrase reads what takes more than one word.
func (r *titleReader) phrase(t token) int {
	next := r.word(1)
	switch t.text {
	case "new":
		if next == "balance" {
			return r.named(2)
		}
	case "newbalance", "nb":
		return r.named(1)
	case "miusa", "miuk":
		r.f.madeIn = strings.ToUpper(t.text[2:])
		return 1
	case "made":
		return r.origin()
	case "grey", "gray":
		if next == "day" || next == "days" {
			r.f.greyDay = true
			return 2
		}
	case "greyday", "greydays", "grayday", "graydays":
		r.f.greyDay = true
		return 1
	case "grade", "pre", "little", "big":
		if next == "school" || next == "kid" || next == "kids" {
			r.kids = true
			r.f.age = orText(r.f.age, map[string]string{"grade": "gs", "pre": "ps", "little": "ps", "big": "gs"}[t.text])
			return 2
		}
	case "version":
		if next == "series" {
			r.keepOne("version-series")
			return 2
		}
	case "flip", "t", "box":
		switch next {
		case "flop", "flops", "shirt", "shirts", "only":
			r.f.noShoe = true
			return 2
		}
	case "57":
		if next == "40" && r.t[r.at+1].glue == '/' {
			r.mention(mention{model: "57/40", bracket: t.bracket})
			return 2
		}
	case "w", "m":
		r.oneLetter(t)
	case "size", "sz":
		if isSize(next) && (strings.HasSuffix(next, "y") || strings.HasSuffix(next, "c")) {
			r.kids = true // 6.5Y, 10C
		}
	}
	return 0
}

// named notes the brand's name, n tokens long.
func (r *titleReader) named(n int) int {
	r.f.brand = true
	r.afterNB = r.at + n
	return n
}

// origin reads "made in the USA" and the like from "made" on.
func (r *titleReader) origin() int {
	n := 1
	for r.word(n) == "in" || r.word(n) == "the" {
		n++
	}
	switch w := r.word(n); {
	case w == "usa" || w == "us" || w == "america":
		r.f.madeIn = "USA"
	case w == "u" && r.word(n+1) == "s":
		r.f.madeIn = "USA"
		n++
		if r.word(n+1) == "a" {
			n++
		}
	case w == "uk" || w == "england":
		r.f.madeIn = "UK"
	default:
		return 1
	}
	return n + 1
}

// oneLetter reads "(W)" and "(M)": a letter that stands in brackets alone.
func (r *titleReader) oneLetter(t token) {
	first := r.at == 0 || !r.t[r.at-1].bracket
	last := r.at+1 == len(r.t) || !r.t[r.at+1].bracket
	if t.bracket && first && last {
		r.women, r.men = r.women || t.text == "w", r.men || t.text == "m"
	}
}

// marked reads the words that have a use of their own.
func (r *titleReader) marked(t token) int {
	switch titleWords[t.text] {
	case wordBrand:
		r.f.other = true
	case wordNoShoe:
		r.f.noShoe = true
	case wordKids:
		r.kids = true
		r.f.age = orText(r.f.age, kidsAges[t.text])
	case wordWomen:
		r.women = true
	case wordMen:
		r.men = true
	case wordWidth:
		r.widthOf(t)
	case wordFiller, wordUnit:
	default:
		return 0
	}
	return 1
}

// kidsAges are the words for grade school, pre-school and toddlers.
var kidsAges = map[string]string{"gs": "gs", "gradeschool": "gs", "ps": "ps", "preschool": "ps", "td": "td", "toddler": "td", "toddlers": "td",
	"infant": "td", "infants": "td", "토들러": "td"}

// widthOf reads "2E", and "D" where a word for width stands behind it.
func (r *titleReader) widthOf(t token) {
	w := strings.ToUpper(t.text)
	switch r.word(1) {
	case "스탠다드", "와이드", "엑스트라", "내로우", "width", "wide", "standard", "extra", "narrow":
		r.f.width = w
		for r.at+1 < len(r.t) && widthWords[r.t[r.at+1].text] {
			r.t = slices.Delete(r.t, r.at+1, r.at+2)
		}
	default:
		if len(w) == 2 && w[0] >= '0' && w[0] <= '9' {
			r.f.width = w
		}
	}
}

var widthWords = map[string]bool{"스탠다드": true, "와이드": true, "엑스트라": true, "내로우": true, "width": true, "wide": true, "standard": true, "extra": true, "narrow": true}

// facts puts together what was read.
func (r *titleReader) facts() titleFacts {
	f := &r.f
	r.pickModel()
	switch {
	case r.kids:
		f.audience = "kids"
	case r.women && r.men: // sizes of both
	case r.women:
		f.audience = "women"
	case r.men:
		f.audience = "men"
	}
	if f.greyDay {
		f.words = slices.DeleteFunc(f.words, func(w string) bool {
			if !isYear(w) {
				return false
			}
			if f.year == 0 {
				f.year = int(w[0]-'0')*1000 + int(w[1]-'0')*100 + int(w[2]-'0')*10 + int(w[3]-'0')
			}
			return true
		})
	}
	return *f
}
