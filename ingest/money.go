package ingest

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

var (
	pointMoney = regexp.MustCompile(`^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?$`)
	commaMoney = regexp.MustCompile(`^(\d{1,3}(?:[. \x{a0}\x{202f}]\d{3})+|\d+)(?:,(\d+))?$`)
	notDigits  = regexp.MustCompile(`[^0-9]+`)
)

// price is a price text, read.
type price struct {
	amount  data.Amount
	whole   data.Amount // to the nearest whole unit, halves up
	rounded bool        // amount is: the text had more than two decimals
}

// parseMoney reads a price exactly, in the form that most sources use.
func parseMoney(text string, symbols []string) (data.Amount, string) {
	p, reason := MoneyForm{Symbols: symbols}.parse(text)
	return p.amount, reason
}

// parse reads a price exactly: digits, thousands grouped or not at all, a decimal
// sign, and one of the form's currency signs. More than two decimals are refused
// unless the rest are zeros, or the form says to round.
func (f MoneyForm) parse(text string) (price, string) {
	t := f.withoutSymbol(strings.TrimSpace(text))
	if t == "" {
		return price{}, "price_missing"
	}
	negative := false
	if rest, ok := strings.CutPrefix(t, "-"); ok {
		negative, t = true, rest
	}
	form := pointMoney
	if f.Decimal == "," {
		form = commaMoney
	}
	m := form.FindStringSubmatch(t)
	if m == nil {
		return price{}, "price_not_a_number"
	}
	whole, frac := notDigits.ReplaceAllString(m[1], ""), strings.TrimRight(m[2], "0")
	if f.Unit == "cents" {
		if frac != "" {
			return price{}, "price_too_precise"
		}
		whole = "00" + whole
		whole, frac = whole[:len(whole)-2], whole[len(whole)-2:]
	}
	if len(frac) > 2 && f.Decimals != "round" {
		return price{}, "price_too_precise"
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if err != nil || n >= mostMoney {
		return price{}, "price_too_large"
	}
	out := price{amount: data.Amount(n), rounded: len(frac) > 2}
	if out.rounded && frac[2] >= '5' {
		out.amount++
	}
	out.whole = data.Amount(n / 100 * 100)
	if frac != "" && frac[0] >= '5' {
		out.whole += 100
	}
	switch {
	case negative || out.amount == 0:
		return price{}, "price_not_positive"
	case out.amount >= mostMoney:
		return price{}, "price_too_large"
	}
	return out, ""
}

// mostMoney is the first amount that DECIMAL(12,2) can't hold.
const mostMoney = 1_000_000_000_000

// withoutSymbol drops a currency sign.
func (f MoneyForm) withoutSymbol(t string) string {
	for _, s := range f.Symbols {
		if rest, ok := strings.CutPrefix(t, s); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(t, s); ok && f.Decimal == "," {
			return strings.TrimSpace(rest)
		}
	}
	return t
}
