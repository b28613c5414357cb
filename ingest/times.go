package ingest

import (
	"fmt"
	"strings"
)

// timeExpression reads the time of sale in the column text by the profile's forms
// and no others, and its precision (1: second, 2: day). ISO days are told from times
// by their length; a time without a zone is in the profile's, else UTC, and a day
// without a time is that day. The engine by itself takes more for ISO: names of zones
// (IST is India's or Israel's), eras, an hour 24, offsets of four days.
func (p *Profile) timeExpression(text string) (when, precision string) {
	switch p.Date.Kind {
	case "iso":
		return p.isoExpression(text), `CASE WHEN length(` + text + `) = 10 THEN 2 ELSE 1 END`
	case "layout":
		var forms []string
		for _, f := range p.Date.Layouts {
			form := "try_strptime(" + text + ", " + quoteText(f) + ")"
			if p.Date.Zone != "" && strings.Contains(f, "%H") && !strings.Contains(f, "%z") {
				form = "timezone(" + quoteText(p.Date.Zone) + ", " + form + ")"
			}
			forms = append(forms, form+"::TIMESTAMPTZ")
		}
		precision = "2"
		if p.Date.Precision == "second" {
			precision = "1"
		}
		return "coalesce(" + strings.Join(forms, ", ") + ", NULL)", precision
	}
	days := dayReadings(text)
	return "coalesce(" + p.isoExpression(text) + ", CASE WHEN len(" + days + ") = 1 THEN " + days + "[1]::TIMESTAMPTZ END)",
		`CASE WHEN regexp_full_match(` + text + `, '` + isoTime + `') THEN 1 ELSE 2 END`
}

// quickTime is timeExpression of a column as it stands in a file, blanks around it and
// all: the forms that most files have are looked for before anything is trimmed, which
// for ten million of them costs more than the reading of the time.
func (p *Profile) quickTime(column string) (when, precision string) {
	when, precision = p.timeExpression(p.missing(column))
	if p.Date.Kind == "layout" || p.Date.Zone != "" {
		return when, precision
	}
	usual := column + " LIKE '____-__-__T__:__:__Z'"
	return "CASE WHEN " + usual + " AND " + column + " NOT LIKE '%T24:%' OR " + column + " LIKE '____-__-__' THEN TRY_CAST(" + column + " AS TIMESTAMPTZ) ELSE " + when + " END",
		"CASE WHEN " + usual + " THEN 1 ELSE " + precision + " END"
}

func (p *Profile) isoExpression(text string) string {
	cast := "TRY_CAST(" + text + " AS TIMESTAMPTZ)"
	if p.Date.Zone != "" {
		cast = "CASE WHEN length(" + text + ") > 10 AND NOT regexp_matches(" + text + `, '(Z|[+-]\d\d(:?\d\d)?)$') THEN timezone(` +
			quoteText(p.Date.Zone) + ", TRY_CAST(" + text + " AS TIMESTAMP)) ELSE " + cast + " END"
	}
	// The two usual forms are told by LIKE, which costs less than a pattern.
	return `CASE WHEN ` + text + ` LIKE '____-__-__' OR ` + text + ` LIKE '____-__-__T__:__:__Z' AND ` + text + ` NOT LIKE '%T24:%'
		             OR regexp_full_match(` + text + `, '` + isoTime + `') THEN ` + cast + ` END`
}

// isoTime is a time of day after a day, with an offset of at most 14 hours.
const isoTime = `\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)?`

// dayForms are the forms of days that are read where a profile states none: a pattern,
// and what a text of that pattern can mean, its separators written as slashes. A year
// of two digits may stand first or last.
var dayForms = []struct {
	pattern string
	forms   []string
}{
	{`\d{1,2}[/.-]\d{1,2}[/.-]\d{4}`, []string{"%m/%d/%Y", "%d/%m/%Y"}},
	{`\d{4}[/.]\d{1,2}[/.]\d{1,2}`, []string{"%Y/%m/%d"}},
	{`\d{1,2}[/.-]\d{1,2}[/.-]\d{2}`, []string{"%m/%d/%y", "%d/%m/%y", "%y/%m/%d"}},
	{`[A-Za-z]{3}[ /.-]\d{1,2},?[ /.-]\d{4}`, []string{"%b/%d/%Y"}},
	{`\d{1,2}[ /.-][A-Za-z]{3}[ /.-]\d{4}`, []string{"%d/%b/%Y"}},
}

// dayReadings is an expression of the days that a text can mean, each once: one where
// its order can't be mistaken, more where it can, none where it is no day.
func dayReadings(text string) string {
	slashed := "regexp_replace(" + text + ", '[ ,.-]+', '/', 'g')"
	var b strings.Builder
	b.WriteString("list_distinct(CASE ")
	for _, f := range dayForms {
		var as []string
		for _, form := range f.forms {
			as = append(as, "try_strptime("+slashed+", "+quoteText(form)+")")
		}
		fmt.Fprintf(&b, "WHEN regexp_full_match(%s, %s) THEN [%s] ", text, quoteText(f.pattern), strings.Join(as, ", "))
	}
	b.WriteString("ELSE [] END)")
	return b.String()
}

// ambiguousDate is a condition: the text is a day, in an order that nobody states.
func (p *Profile) ambiguousDate(text string) string {
	if p.Date.Kind != "" && p.Date.Kind != "auto" {
		return "false"
	}
	return "len(" + dayReadings(text) + ") > 1"
}

// keyPrice is the price that a sale without an id is identified by.
func (p *Profile) keyPrice() string {
	if p.Identity.Price == "whole" {
		return "p.whole_price"
	}
	return "p.amount"
}
