package data

import (
	"fmt"
	"strings"
)

// Check returns what is wrong with the reference, in the order of its lists:
// rows without a source or with an unknown word of confidence, styles given
// twice, codes whose grammar contradicts their model or version, facts about
// styles that are not there, and prices or names that contradict each other.
// Each error names file and line where the row was read from a file.
func (r Reference) Check() []error {
	c := &checker{ref: r, styles: make(map[string]string), ids: make(map[string]bool)}
	for i, s := range r.Styles {
		c.at("styles", i)
		c.provenance(s.Source, s.Confidence)
		c.style(s)
	}
	prices := make(map[string]string)
	for i, p := range r.RetailPrices {
		c.at("retail prices", i)
		c.provenance(p.Source, p.Confidence)
		c.known(p.StyleID)
		if p.Price <= 0 {
			c.fail("retail price %s of %s is not more than nothing", p.Price, p.StyleID)
		}
		if !isCurrency(p.Currency) {
			c.fail("currency %q is no ISO 4217 code such as USD", p.Currency)
		}
		key := p.StyleID + " in " + p.Currency + " from " + or(p.EffectiveFrom.String(), "an unknown day")
		c.once(prices, key, "a retail price of %s is given already, at %s", key)
	}
	greyDays := make(map[string]string)
	for i, g := range r.GreyDays {
		c.at("grey days", i)
		c.provenance(g.Source, g.Confidence)
		c.known(g.StyleID)
		c.once(greyDays, g.StyleID, "%s is a Grey Day release already, at %s", g.StyleID)
	}
	c.aliases()
	coreGreys := make(map[string]string)
	for i, g := range r.CoreGreys {
		c.at("core greys", i)
		c.provenance(g.Source, g.Confidence)
		c.known(g.StyleID)
		if where := greyDays[g.StyleID]; where != "" {
			c.fail("%s is a core grey, and a Grey Day release at %s", g.StyleID, where)
		}
		c.once(coreGreys, g.StyleID, "%s is a core grey already, at %s", g.StyleID)
	}
	sizes := make(map[string]string)
	for i, s := range r.Sizes {
		c.at("sizes", i)
		c.provenance(s.Source, s.Confidence)
		key := s.Audience + "'s US " + s.USMen.String()
		c.once(sizes, key, "size %s is given already, at %s", key)
	}
	for i, e := range r.Editions {
		c.at("grey day editions", i)
		c.provenance(e.Source, e.Confidence)
	}
	for i, l := range r.Launches {
		c.at("launches", i)
		c.provenance(l.Source, l.Confidence)
	}
	return c.errs
}

// checker gathers the faults of a reference, row by row.
type checker struct {
	ref    Reference
	styles map[string]string // style ids and codes, in upper case, and where they stand
	ids    map[string]bool
	where  string
	errs   []error
}

func (c *checker) at(list string, i int) {
	c.where = c.ref.places[place{list, i}]
	if c.where == "" {
		c.where = fmt.Sprintf("%s, row %d", list, i+1)
	}
}

func (c *checker) fail(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", c.where, fmt.Sprintf(format, args...)))
}

// once fails when the key was seen before; the format takes the key's name and
// the place of the first.
func (c *checker) once(seen map[string]string, key, format, name string) {
	if first, ok := seen[key]; ok {
		c.fail(format, name, first)
		return
	}
	seen[key] = c.where
}

func (c *checker) provenance(source, confidence string) {
	if strings.TrimSpace(source) == "" {
		c.fail("no source; every fact says where it is from")
	}
	if !knownConfidence(confidence) {
		c.fail("confidence %q is not one of high, medium, low", confidence)
	}
}

func (c *checker) known(styleID string) {
	if !c.ids[styleID] {
		c.fail("no style %q; add it to the styles first", styleID)
	}
}

func (c *checker) style(s Style) {
	if s.ID == "" {
		c.fail("a style without an id")
	}
	c.ids[s.ID] = true
	c.once(c.styles, strings.ToUpper(s.ID), "style %s is given already, at %s", s.ID)
	if s.Code == "" {
		return
	}
	if s.Code != s.ID {
		c.fail("style %s has the code %s; a style that has a code is known by it", s.ID, s.Code)
		c.once(c.styles, s.Code, "style code %s is given already, at %s", s.Code)
	}
	if n := NormalizeCode(s.Code); n != s.Code {
		c.fail("style code %q is written %s", s.Code, n)
	}
	code, ok := ParseStyleCode(s.Code)
	if !ok {
		return // a code of a model that the grammar does not know, such as 327
	}
	// A code does not tell a branch of a model, such as 997H or 997S, from it.
	if strings.TrimRight(s.Model, letters) != code.Model {
		c.fail("style code %s is of model %s, not %q", s.Code, code.Model, s.Model)
	}
	if code.Version != "" && s.Version != code.Version {
		c.fail("style code %s is of version %s, not %q", s.Code, code.Version, s.Version)
	}
}

// aliases are compared without case: marketplaces do not agree on it either.
func (c *checker) aliases() {
	seen := make(map[string]string) // alias to style
	for i, a := range c.ref.Aliases {
		c.at("aliases", i)
		c.provenance(a.Source, "high") // an alias carries no confidence of its own
		c.known(a.StyleID)
		key := strings.ToUpper(a.Alias)
		if _, ok := c.styles[key]; ok && key != strings.ToUpper(a.StyleID) {
			c.fail("alias %q of %s is another style", a.Alias, a.StyleID)
		}
		if other, ok := seen[key]; ok && other != a.StyleID {
			c.fail("alias %q names two styles, %s and %s", a.Alias, other, a.StyleID)
		}
		seen[key] = a.StyleID
	}
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func knownConfidence(s string) bool { return s == "high" || s == "medium" || s == "low" }

func isCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	return strings.Trim(s, letters) == ""
}
