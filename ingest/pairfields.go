package ingest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/currency"

	"github.com/amassable/greybook/data"
)

// pairField is what a column of a collection may say.
type pairField struct {
	name    string
	columns []string // as people's exports name it, the surest first; of several in a file the first is read
}

// pairFields are the columns of a collection. Names are compared without regard to
// case, blanks and punctuation.
var pairFields = []pairField{
	{"style_code", []string{"style_code", "style_id", "style_number", "sku", "style", "product_code", "article_number", "article", "code"}},
	{"title", []string{"title", "product_name", "product_title", "item_name", "name", "product", "item", "shoe", "sneaker", "description"}},
	{"size", []string{"size", "size_us", "us_size", "shoe_size", "size_label", "size_eu", "eu_size", "size_uk", "uk_size", "size_cm", "cm"}},
	{"condition", []string{"condition", "item_condition", "state"}},
	{"has_box", []string{"has_box", "with_box", "original_box", "og_box", "box"}},
	{"label_origin", []string{"label_origin", "label", "made_in", "country_of_origin", "origin", "country"}},
	{"paid", []string{"paid", "paid_price", "price_paid", "amount_paid", "purchase_price", "bought_for", "cost", "price"}},
	{"paid_currency", []string{"paid_currency", "purchase_currency", "currency"}},
	{"bought_on", []string{"bought_on", "bought_at", "date_bought", "bought", "purchased_on", "purchase_date", "date_purchased", "purchased", "acquired_on", "acquired", "date"}},
	{"quantity", []string{"quantity", "qty", "count", "pairs"}},
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

func columnName(s string) string {
	return strings.Trim(notInName.ReplaceAllString(strings.ToLower(s), "_"), "_")
}

// pairColumns finds the fields of a collection among the columns of a file.
func pairColumns(header []string) map[string]string {
	out := map[string]string{}
	for _, f := range pairFields {
		for _, name := range f.columns {
			i := slices.IndexFunc(header, func(h string) bool { return columnName(h) == name })
			if i >= 0 {
				out[f.name] = header[i]
				break
			}
		}
	}
	return out
}

// pairRecords are where the pairs of a JSON document may be.
var pairRecords = []string{"", "pairs", "items", "collection", "data"}

// usePairs sets the file up to be read as a collection and says which column is which
// field's.
func (f *file) usePairs() (map[string]string, error) {
	p := &Profile{}
	columns := pairColumns(f.headerFor(p))
	for _, at := range pairRecords {
		if named(columns) || f.in != inJSON {
			break
		}
		p.File.Records = at
		columns = pairColumns(f.headerFor(p))
	}
	if !named(columns) {
		p.File.Records = ""
		return nil, &NoPairColumnsError{File: f.path, Header: f.headerFor(p)}
	}
	// These are what a profile knows to look after: days in a workbook, columns twice.
	p.Fields = map[string]string{"style_code": columns["style_code"], "title": columns["title"], "size": columns["size"], "condition": columns["condition"],
		"made_in": columns["label_origin"], "price": columns["paid"], "currency": columns["paid_currency"], "sold_at": columns["bought_on"],
		"quantity": columns["quantity"], "retail": columns["has_box"]}
	return columns, f.use(p)
}

// named reports whether the columns say which shoes there are.
func named(columns map[string]string) bool {
	return columns["style_code"] != "" || columns["title"] != ""
}

// sizeSystemOf is whose sizes a column holds that says so by its name.
func sizeSystemOf(column string) string {
	name := columnName(column)
	for _, system := range []string{"eu", "uk", "cm"} {
		if slices.Contains(strings.Split(name, "_"), system) {
			return system
		}
	}
	return ""
}

// readYes reads an answer to a yes-or-no question.
func readYes(text string) (answer *bool, why string) {
	yes := true
	switch strings.ToLower(text) {
	case "":
		return nil, ""
	case "yes", "y", "true", "t", "1", "x", "with box", "og", "original", "og all":
	case "no", "n", "false", "f", "0", "none", "no box", "without box", "missing":
		yes = false
	default:
		return nil, "has_box_not_understood"
	}
	return &yes, ""
}

// origins are the countries on labels as the reference names them, by their names in
// lower case without dots.
var origins = map[string]string{
	"usa": "USA", "us": "USA", "united states": "USA", "america": "USA",
	"uk": "UK", "gb": "UK", "england": "UK", "great britain": "UK", "united kingdom": "UK", "flimby": "UK",
	"china": "China", "prc": "China", "cn": "China", "vietnam": "Vietnam", "viet nam": "Vietnam", "vn": "Vietnam", "indonesia": "Indonesia", "id": "Indonesia",
	"cambodia": "Cambodia", "philippines": "Philippines", "thailand": "Thailand", "taiwan": "Taiwan", "japan": "Japan", "jp": "Japan",
	"korea": "South Korea", "south korea": "South Korea", "republic of korea": "South Korea", "kr": "South Korea", "asia": "Asia",
}

// aroundCountry is what stands before and after it on a label: "made in the USA of
// imported materials".
var aroundCountry = regexp.MustCompile(`^(?:made in|fabricado en|fabriqué en|hecho en)(?: the| el| los)? |(?: of| with| from) .*$`)

// originOf reads the country off a label. "Assembled in USA" is another claim than
// "made in USA", and no country of making.
func originOf(label string) (origin, why string) {
	t := strings.TrimSpace(strings.ToLower(strings.ReplaceAll(label, ".", "")))
	switch t {
	case "", "unknown", "n/a", "?", "-":
		return "", ""
	}
	for _, t := range []string{t, aroundCountry.ReplaceAllString(t, "")} {
		if name, ok := origins[t]; ok {
			return name, ""
		}
	}
	return "", "label_origin_not_understood"
}

// paid is what a text says was paid.
type paid struct {
	amount        *data.Amount
	currency      string
	field, reason string // what could not be understood, and why
}

// moneySigns are currency signs and what they may stand for; the first where there is
// nothing beside it, unless it is blank.
var moneySigns = []struct {
	sign string
	may  []string
}{
	{"US$", []string{"USD"}}, {"CA$", []string{"CAD"}}, {"C$", []string{"CAD"}}, {"A$", []string{"AUD"}}, {"HK$", []string{"HKD"}}, {"S$", []string{"SGD"}}, {"NT$", []string{"TWD"}},
	{"$", []string{"USD", "CAD", "AUD", "HKD", "SGD", "NZD", "TWD", "MXN"}}, {"€", []string{"EUR"}}, {"£", []string{"GBP"}}, {"₩", []string{"KRW"}},
	{"￥", []string{"", "JPY", "CNY"}}, {"¥", []string{"", "JPY", "CNY"}},
}

var (
	codeBeside = regexp.MustCompile(`(?s)^(?:([A-Za-z]{3}) ?)?(.*?)(?: ?([A-Za-z]{3}))?$`)
	commaCents = regexp.MustCompile(`,\d{1,2}$`)
	allZero    = regexp.MustCompile(`^0{1,12}([.,]0{1,4})?$`)
)

// readPaid reads an amount with its currency: a column's, a sign or a code beside the
// number, else US dollars. Two that disagree are a fault: which is right is not for us
// to say. 0 is a gift.
func readPaid(text, column string) paid {
	if text == "" {
		return paid{}
	}
	m := codeBeside.FindStringSubmatch(text)
	cur, number := strings.ToUpper(column), m[2]
	if !strings.ContainsAny(number, "0123456789") {
		return paid{reason: "paid_not_a_number"}
	}
	if cur != "" && !isCurrency(cur) {
		return paid{field: "paid_currency", reason: "currency_unknown"}
	}
	for _, code := range []string{strings.ToUpper(m[1]), strings.ToUpper(m[3])} {
		switch {
		case code == "":
		case !isCurrency(code):
			return paid{reason: "currency_unknown"}
		case cur != "" && cur != code:
			return paid{reason: "currency_conflict"}
		default:
			cur = code
		}
	}
	for _, s := range moneySigns {
		rest := strings.Replace(number, s.sign, "", 1)
		if rest == number {
			continue
		}
		if cur == "" {
			cur = s.may[0]
		}
		if cur == "" {
			return paid{reason: "currency_ambiguous"}
		}
		if !slices.Contains(s.may, cur) {
			return paid{reason: "currency_conflict"}
		}
		number = strings.TrimSpace(rest)
		break
	}
	amount, reason := paidAmount(number)
	if reason != "" {
		return paid{reason: reason}
	}
	return paid{amount: &amount, currency: orText(cur, "USD")}
}

// paidAmount reads a number by the rules of prices; a comma before one or two last
// digits is a decimal one, for no thousands are written so.
func paidAmount(number string) (data.Amount, string) {
	if allZero.MatchString(number) {
		return 0, ""
	}
	form := MoneyForm{}
	if commaCents.MatchString(number) {
		form.Decimal = ","
	}
	p, reason := form.parse(number)
	return p.amount, strings.Replace(reason, "price_", "paid_", 1)
}

func isCurrency(code string) bool {
	_, err := currency.ParseISO(code)
	return err == nil && len(code) == 3
}

// halves is the size in half sizes; false for one that can't be said.
func (z size) halves() (int, bool) {
	whole, half, _ := strings.Cut(z.us, ".")
	n := 0
	if _, err := fmt.Sscan(whole, &n); err != nil {
		return 0, false
	}
	n *= 2
	if half == "5" {
		n++
	}
	return n, true
}
