package reports

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// priceWords is how a page speaks of the prices it shows. Only completed sales
// are sales: of anything else nothing is said to be sold. This is the one place
// that decides so, from the price basis of the figures.
type priceWords struct {
	Sale    bool
	One     string // one observation: "sale", "last trade price"
	Many    string
	Counted string // in a subtitle: "completed sales"
	What    string // what such a price is, and what it is not; sentences
}

// wordsOf returns the words of a price basis. A basis that it does not know is
// named as it is, and called a price.
func wordsOf(basis string) priceWords {
	switch basis {
	case "sale":
		return priceWords{true, "sale", "sales", "completed sales",
			"The sale price is what the buyer paid for the item, before fees and shipping."}
	case "last_sale":
		return notSales("last trade price",
			"A last trade price is what a marketplace shows as a product’s last trade: one price a product, without its day or size, and nobody knows how it was chosen.")
	case "highest_sale":
		return notSales("highest trade price",
			"A highest trade price is the most that a marketplace ever saw paid for a product: an extreme, far above what is usual, and the further the more the product trades.")
	case "lowest_sale":
		return notSales("lowest trade price",
			"A lowest trade price is the least that a marketplace ever saw paid for a product: an extreme, far below what is usual, and the further the more the product trades.")
	case "ask":
		return notSales("asking price", "An asking price is what a seller would like to have. Nobody has paid it.")
	case "bid":
		return notSales("bid", "A bid is what somebody would give. No seller has taken it.")
	case "average":
		return notSales("average price", "An average price is what a marketplace shows as one; of which trades and of how many, it does not say.")
	case "":
		return priceWords{false, "price", "prices", "several price bases together", "Prices of several kinds, mixed."}
	}
	w := notSales("price", "A kind of price that this page has no words for.")
	w.Counted = "price basis “" + plainLabel(basis, 40) + "”, not completed sales"
	return w
}

func notSales(one, what string) priceWords {
	return priceWords{One: one, Many: one + "s", Counted: one + "s, not completed sales", What: what}
}

// n writes a number of observations: "412 sales", "1 last trade price".
func (w priceWords) n(n int) string { return countOf(n, w.One, w.Many) }

// stood begins the sentence of a group: "990v3 resold at", "990v3 last trade
// prices stood at".
func (w priceWords) stood(name string) string {
	if w.Sale {
		return name + " resold at"
	}
	return name + " " + w.Many + " stood at"
}

// medianStood begins the sentence of the median of a model, "" for all models.
func (w priceWords) medianStood(model string) string {
	switch {
	case w.Sale && model == "":
		return "the median pair resold at"
	case w.Sale:
		return "the median " + model + " resold at"
	}
	return "the median " + join(model, w.One) + " stood at"
}

// title marks a finding that does not rest on sales: "By last trade price, …".
func (w priceWords) title(s string) string {
	if w.Sale {
		return s
	}
	return "By " + w.One + ", " + s
}

// join puts words together, leaving out what is empty.
func join(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// capital writes the first letter large.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
