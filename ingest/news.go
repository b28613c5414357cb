package ingest

import (
	"fmt"

	"github.com/amassable/greybook/data"
)

// news is what a file states and the book doesn't have.
type news struct {
	ref  data.Reference
	rows int // rows of the file with at least one new fact
}

// news holds the facts against the book, in the order of the file. A fact that the
// book has is known; one that contradicts it, or an earlier row of the file, goes
// to bad. It returns how many of the rows went there.
func (f facts) news(have data.Reference, bad *[]reject) (news, int) {
	k := newKnown(have)
	var out news
	clashed := 0
	for _, fa := range f.list {
		if why := k.contradiction(fa); why.reason != "" {
			why.line, why.raw = fa.line, fa.raw
			*bad = append(*bad, why)
			clashed++
			continue
		}
		if k.take(fa, &out.ref) {
			out.rows++
		}
	}
	return out, clashed
}

// known is what the book has, by the identity of each fact.
type known struct {
	styles  map[string]data.Style
	prices  map[string]data.Amount
	grey    map[string]int
	aliases map[string]string
}

func newKnown(have data.Reference) *known {
	k := &known{map[string]data.Style{}, map[string]data.Amount{}, map[string]int{}, map[string]string{}}
	for _, s := range have.Styles {
		k.styles[s.ID] = s
	}
	for _, p := range have.RetailPrices {
		k.prices[priceKey(p)] = p.Price
	}
	for _, g := range have.GreyDays {
		k.grey[g.StyleID] = g.Year
	}
	for _, a := range have.Aliases {
		k.aliases[data.Slug(a.Alias)] = a.StyleID
	}
	return k
}

func priceKey(p data.RetailPrice) string {
	return p.StyleID + "\x00" + p.Currency + "\x00" + p.EffectiveFrom.String()
}

// contradiction says what about a row can't stand beside what is known.
func (k *known) contradiction(f fact) reject {
	if s := f.style; s != nil {
		if h, ok := k.styles[s.ID]; ok && (differ(h.Model, s.Model) || differ(h.Version, s.Version)) {
			return reject{column: "version", reason: "style_conflict", value: s.Model + s.Version + " here, " + h.Model + h.Version + " in the book"}
		}
	}
	if p := f.price; p != nil {
		if _, ok := k.styles[p.StyleID]; !ok && f.style == nil {
			return reject{column: "style_code", reason: "unknown_style", value: p.StyleID}
		}
		if h, ok := k.prices[priceKey(*p)]; ok && h != p.Price {
			return reject{column: "retail_price", reason: "retail_conflict", value: p.Price.String() + " here, " + h.String() + " in the book"}
		}
	}
	if g := f.grey; g != nil {
		if _, ok := k.styles[g.StyleID]; !ok && f.style == nil {
			return reject{column: "style_code", reason: "unknown_style", value: g.StyleID}
		}
		if h, ok := k.grey[g.StyleID]; ok && h != g.Year && h != 0 && g.Year != 0 { // 0: a source that gives no year contradicts none
			return reject{column: "year", reason: "grey_day_conflict", value: fmt.Sprintf("%d here, %d in the book", g.Year, h)}
		}
	}
	for _, a := range f.alias {
		if _, ok := k.styles[a.StyleID]; !ok && f.style == nil {
			return reject{column: "style_code", reason: "unknown_style", value: a.StyleID}
		}
		if h, ok := k.aliases[data.Slug(a.Alias)]; ok && h != a.StyleID {
			return reject{column: "alias", reason: "alias_conflict", value: a.StyleID + " here, " + h + " in the book"}
		}
	}
	return reject{}
}

func differ(a, b string) bool { return a != "" && b != "" && a != b }

// take adds what is new of a row to out and reports whether anything was.
func (k *known) take(f fact, out *data.Reference) bool {
	added := false
	if s := f.style; s != nil {
		if _, ok := k.styles[s.ID]; !ok {
			k.styles[s.ID] = *s
			out.Styles = append(out.Styles, *s)
			added = true
		}
	}
	if p := f.price; p != nil {
		if _, ok := k.prices[priceKey(*p)]; !ok {
			k.prices[priceKey(*p)] = p.Price
			out.RetailPrices = append(out.RetailPrices, *p)
			added = true
		}
	}
	if g := f.grey; g != nil {
		if _, ok := k.grey[g.StyleID]; !ok {
			k.grey[g.StyleID] = g.Year
			out.GreyDays = append(out.GreyDays, *g)
			added = true
		}
	}
	for _, a := range f.alias {
		key := data.Slug(a.Alias)
		if _, ok := k.aliases[key]; !ok && key != "" {
			k.aliases[key] = a.StyleID
			a.Alias = key
			out.Aliases = append(out.Aliases, a)
			added = true
		}
	}
	return added
}
