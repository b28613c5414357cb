package ingest

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/currency"

	"github.com/amassable/greybook/data"
)

// fault says why a value was refused. The zero fault is none.
type fault struct {
	reason string // code, as the ledger keeps it
	field  string // greybook's field at fault
	value  string
}

var plainMoney = regexp.MustCompile(`^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$`)

// parseMoney reads a price exactly: digits, thousands separated by commas or not
// at all, a decimal point, and one of the profile's currency signs before it. More
// than two decimals are refused unless the rest are zeros: nothing is rounded.
func parseMoney(text string, symbols []string) (data.Amount, string) {
	t := strings.TrimSpace(text)
	for _, s := range symbols {
		if rest, ok := strings.CutPrefix(t, s); ok {
			t = strings.TrimSpace(rest)
			break
		}
	}
	if t == "" {
		return 0, "price_missing"
	}
	negative := false
	if rest, ok := strings.CutPrefix(t, "-"); ok {
		negative, t = true, rest
	}
	m := plainMoney.FindStringSubmatch(t)
	if m == nil {
		return 0, "price_not_a_number"
	}
	whole, frac := strings.ReplaceAll(m[1], ",", ""), strings.TrimRight(m[2], "0")
	if len(frac) > 2 {
		return 0, "price_too_precise"
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if err != nil || n >= 1_000_000_000_000 { // DECIMAL(12,2)
		return 0, "price_too_large"
	}
	if negative || n == 0 {
		return 0, "price_not_positive"
	}
	return data.Amount(n), ""
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

// parseCondition maps a source's word to new, new_defects, used or unknown.
func parseCondition(label string) string {
	if c, ok := conditions[strings.ToLower(strings.TrimSpace(label))]; ok {
		return c
	}
	return "unknown"
}

// size is a shoe size as far as its label tells. us is "" when it can't be said.
type size struct {
	us     string // US size such as "8.5"
	system string // "men", "women", "kids"; "" where the label doesn't say
	width  string
}

var (
	sizeRE  = regexp.MustCompile(`^(?:US )?(M|W|MEN'?S?|WOMEN'?S?)? ?(\d{1,2}(?:\.[05])?) ?(M|W|Y|C|K|T|MEN'?S?|WOMEN'?S?|GS|PS|TD)?(?: ?\(?(2A|B|D|2E|4E|6E|EE|EEEE|WIDE|X-WIDE|NARROW)\)?(?: WIDE)?)?$`)
	bothRE  = regexp.MustCompile(`^(?:US )?(?:M ?(\d{1,2}(?:\.5)?)|(\d{1,2}(?:\.5)?) ?M) ?/ ?(?:W ?\d{1,2}(?:\.5)?|\d{1,2}(?:\.5)? ?W)$`)
	both2RE = regexp.MustCompile(`^(?:US )?(?:W ?\d{1,2}(?:\.5)?|\d{1,2}(?:\.5)? ?W) ?/ ?(?:M ?(\d{1,2}(?:\.5)?)|(\d{1,2}(?:\.5)?) ?M)$`)
)

// parseSize reads a US size label: "8.5", "8.5W", "6.5Y", "10C", "8.5 2E Wide",
// "4 Men", "12W / 10.5M". Other systems (EU 42, 265 mm) and sizes no shoe comes
// in are left unsaid rather than guessed.
func parseSize(label string) size {
	t := strings.ToUpper(strings.Join(strings.Fields(label), " "))
	for _, re := range []*regexp.Regexp{bothRE, both2RE} {
		if m := re.FindStringSubmatch(t); m != nil {
			return checkedSize(m[1]+m[2], "men", "")
		}
	}
	m := sizeRE.FindStringSubmatch(t)
	if m == nil {
		return size{}
	}
	system := ""
	for _, mark := range []string{m[1], m[3]} {
		switch {
		case mark == "":
		case strings.HasPrefix(mark, "M"):
			system = "men"
		case strings.HasPrefix(mark, "W"):
			system = "women"
		default:
			system = "kids"
		}
	}
	return checkedSize(m[2], system, m[4])
}

func checkedSize(us, system, width string) size {
	us = strings.TrimLeft(strings.TrimSuffix(us, ".0"), "0")
	v, err := strconv.ParseFloat(us, 64)
	if err != nil || v < 1 || v > 20 || system == "" && v < 3 {
		return size{}
	}
	return size{us, system, width}
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
func (p *Profile) variantOf(sizeText, condition, cur, marketplace, basis, quantity, madeIn string) variant {
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
	v.condition = parseCondition(v.conditionLabel)
	v.size = parseSize(v.sizeLabel)
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
