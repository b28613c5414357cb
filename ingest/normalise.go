package ingest

import (
	"strings"
	"unicode"

	"golang.org/x/text/currency"
)

// fault says why a value was refused. The zero fault is none.
type fault struct {
	reason string // code, as the ledger keeps it
	field  string // greybook's field at fault
	value  string
}

// priceBases are the kinds of price that the book knows.
var priceBases = map[string]bool{"sale": true, "last_sale": true, "highest_sale": true, "lowest_sale": true, "ask": true, "bid": true, "average": true}

// marketplaces are spelt as they spell themselves.
var marketplaces = map[string]string{"stockx": "StockX", "goat": "GOAT", "alias": "Alias", "ebay": "eBay", "grailed": "Grailed",
	"kream": "KREAM", "snkrdunk": "SNKRDUNK", "flight club": "Flight Club", "poshmark": "Poshmark", "depop": "Depop"}

// conditions are words for the state of a pair, in lower case.
var conditions = map[string]string{
	"new": "new", "ds": "new", "deadstock": "new", "brand new": "new", "bnib": "new", "new with box": "new", "new in box": "new",
	"new without box": "new", "new_defects": "new_defects", "new with defects": "new_defects", "b-grade": "new_defects", "b grade": "new_defects",
	"used": "used", "pre-owned": "used", "preowned": "used", "vnds": "used", "pads": "used", "worn": "used", "gently used": "used",
}

// conditionLevels are what the glossary calls the states of a pair.
var conditionLevels = map[string]bool{"new": true, "new_defects": true, "used": true, "unknown": true}

// condition maps a source's word to new, new_defects, used or unknown: by the
// profile's own words first.
func (p *Profile) condition(label string) string {
	word := strings.ToLower(strings.TrimSpace(label))
	return orText(orText(p.Conditions[word], conditions[word]), "unknown")
}

// variant is everything about where and in which form something was sold.
type variant struct {
	marketplace, sizeLabel, condition, conditionLabel, currency, priceBasis, madeIn string
	size                                                                            size
	fault                                                                           fault
}

// key is the text that identifies the variant in a sale without an id. It rests on
// parsed values, so that another spelling of the same thing is the same thing.
func (v variant) key() string {
	return strings.Join([]string{v.marketplace, orText(v.size.us, v.sizeLabel), v.size.system, v.size.width, v.condition, v.currency, v.priceBasis, v.madeIn}, "\x1f")
}

// variantOf parses the texts of one distinct combination.
func (p *Profile) variantOf(chart sizeChart, sizeText, condition, cur, marketplace, basis, quantity, madeIn string) variant {
	v := variant{
		marketplace:    p.text(marketplace, "marketplace"),
		sizeLabel:      cleanText(p.text(sizeText, "size")),
		conditionLabel: cleanText(p.text(condition, "condition")),
		currency:       strings.ToUpper(p.text(cur, "currency")),
		priceBasis:     strings.ToLower(p.text(basis, "price_basis")),
		madeIn:         cleanText(p.text(madeIn, "made_in")),
	}
	if name, ok := marketplaces[strings.ToLower(v.marketplace)]; ok {
		v.marketplace = name
	}
	v.marketplace = orText(cleanText(v.marketplace), "unknown")
	v.condition = p.condition(v.conditionLabel)
	v.size = p.size(v.sizeLabel, chart)
	if _, err := currency.ParseISO(v.currency); err != nil || len(v.currency) != 3 {
		v.fault = fault{"unknown_currency", "currency", cur}
	} else if !priceBases[v.priceBasis] {
		v.fault = fault{"unknown_price_basis", "price_basis", basis}
	} else if q := p.text(quantity, "quantity"); q != "" && q != "1" {
		// Whether a price is for one pair or for all of them is not said anywhere.
		v.fault = fault{"quantity_not_one", "quantity", quantity}
	}
	return v
}

// text trims a value, drops it where the profile says that it means nothing, and
// falls back to the profile's constant.
func (p *Profile) text(value, field string) string {
	t := strings.TrimSpace(value)
	for _, m := range p.Values.Missing {
		if t == m {
			t = ""
		}
	}
	return orText(t, p.Constants[field])
}

// cleanText drops control characters and directional marks, which have no
// business in a name, and closes up white space.
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0xfeff:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

func orText(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}
