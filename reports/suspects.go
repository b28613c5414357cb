package reports

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// pageSuspects is the section on what is kept out of the figures.
type pageSuspects struct {
	Text   string // what there is, in a sentence
	Counts []pageFlag
	Rows   []pageSuspect
	More   string // what the rows leave out; "" for nothing
}

// pageFlag is a flag with its meaning and the number of its records.
type pageFlag struct{ Name, Meaning, N string }

// pageSuspect is one record: every text of it may be hostile.
type pageSuspect struct{ Day, Style, Price, Flags, Place string }

// suspectsSection words the section.
func suspectsSection(s analysis.Suspects) pageSuspects {
	var out pageSuspects
	switch {
	case s.N == 0:
		out.Text = "No flag keeps a record out."
	case s.N == 1:
		out.Text = "A flag keeps one record out of every figure on this page. It stays in the book."
	default:
		out.Text = fmt.Sprintf("Flags keep %s out of every figure on this page. They stay in the book.", countOf(s.N, "record", "records"))
	}
	switch {
	case s.Released == 1:
		out.Text += " One more was flagged and released, and counts."
	case s.Released > 1:
		out.Text += fmt.Sprintf(" %s more were flagged and released, and count.", countText(s.Released))
	}
	for _, f := range s.Flags {
		out.Counts = append(out.Counts, pageFlag{f.Flag, f.Meaning, countText(f.N)})
	}
	for _, r := range s.Rows {
		style := r.Style
		if style == "" {
			style = r.Title
		}
		// The folder is nobody's business where a page is shown around.
		file := path.Base(strings.ReplaceAll(r.File, `\`, "/"))
		out.Rows = append(out.Rows, pageSuspect{dayText(r.SoldOn), plainLabel(style, 60), priceText(r.Price, r.Currency),
			strings.Join(r.Flags, ", "), plainLabel(file, 60) + ":" + strconv.FormatInt(r.Line, 10)})
	}
	if more := s.N - len(s.Rows); more > 0 && len(s.Rows) > 0 {
		out.More = fmt.Sprintf("The newest of each flag; %s more.", countText(more))
	}
	return out
}

// priceText writes an exact amount: "1,250.50 USD", without the cents of a round one.
func priceText(amount, currency string) string {
	whole, cents, _ := strings.Cut(amount, ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return amount + " " + currency
	}
	whole = countText(n)
	if strings.Trim(cents, "0") != "" {
		whole += "." + cents
	}
	return whole + " " + currency
}
