package reports

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// The values of the parameters that have a closed list of them.
var (
	apiConditions = []string{"new", "new_defects", "used", "unknown"}
	apiSizeBands  = []string{"all", "<=6.5", "7-8.5", "9-10.5", "11-12.5", ">=13", "unknown"}
	apiGrades     = []string{"A", "B", "C", "D", "X"}
)

const (
	apiLimitMost    = 1000
	apiLimitDefault = 100
)

// readParams reads a query string, of which every parameter must be one of known, there
// once. Errors are problems.
func readParams(query string, known []string) (map[string]string, error) {
	if query == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &problem{status: 400, kind: "malformed-query", title: "Malformed query",
			detail: "the query can't be read: " + VisibleText(shortened(err.Error(), 100))}
	}
	params := map[string]string{}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v := values[name]
		switch {
		case !slices.Contains(known, name):
			return nil, unknownParameter(name, known)
		case len(v) > 1:
			return nil, badParameter(name, "is there %d times: give it once", len(v))
		case v[0] == "":
			return nil, badParameter(name, "has no value: give one, or leave it out")
		case len(v[0]) > apiValueMost:
			return nil, badParameter(name, "has %d bytes, %d is the most", len(v[0]), apiValueMost)
		case !utf8.ValidString(v[0]):
			return nil, badParameter(name, "is no UTF-8")
		}
		params[name] = v[0]
	}
	return params, nil
}

func unknownParameter(name string, known []string) *problem {
	p := &problem{status: 400, kind: "unknown-parameter", title: "Unknown parameter", parameter: VisibleText(shortened(name, 60)), known: known}
	p.detail = fmt.Sprintf("there is no parameter %q here", p.parameter)
	if p.nearest = nearestNames(name, known, 1); len(p.nearest) > 0 {
		p.detail += ": did you mean " + p.nearest[0] + "?"
	} else if len(known) == 0 {
		p.detail += ": this path takes none"
	} else {
		p.detail += "; there are " + strings.Join(known, ", ")
	}
	return p
}

// badParameter says what is wrong with a parameter.
func badParameter(name, format string, args ...any) *problem {
	return &problem{status: 400, kind: "bad-parameter", title: "Bad parameter", parameter: name, detail: name + " " + fmt.Sprintf(format, args...)}
}

// oneOf checks a parameter that has a closed list of values.
func oneOf(name, value string, values []string) error {
	if slices.Contains(values, value) {
		return nil
	}
	p := badParameter(name, "%q is none of %s", VisibleText(shortened(value, 60)), strings.Join(values, ", "))
	p.known = values
	if p.nearest = nearestNames(value, values, 1); len(p.nearest) > 0 {
		p.detail += ": did you mean " + p.nearest[0] + "?"
	}
	return p
}

// estimateFilter is which estimates are asked for; a zero field leaves it open.
type estimateFilter struct {
	model, version, style, condition string
	sizeBand                         string // "all": the rows of all sizes together
	greyDay                          int    // a year
	greyDayOnly, notGreyDay          bool
	worst                            string // grade
}

// readFilter reads the filters of a request.
func readFilter(params map[string]string) (f estimateFilter, err error) {
	f = estimateFilter{model: params["model"], version: params["version"], style: params["style"],
		condition: params["condition"], sizeBand: params["size_band"], worst: params["min_grade"]}
	if f.condition != "" {
		err = oneOf("condition", f.condition, apiConditions)
	}
	if f.sizeBand != "" && err == nil {
		err = oneOf("size_band", f.sizeBand, apiSizeBands)
	}
	if f.worst != "" && err == nil {
		err = oneOf("min_grade", f.worst, apiGrades)
	}
	if err != nil {
		return f, err
	}
	switch v := params["grey_day"]; v {
	case "":
	case "any":
		f.greyDayOnly = true
	case "none":
		f.notGreyDay = true
	default:
		if f.greyDay, err = strconv.Atoi(v); err != nil || len(v) != 4 || f.greyDay < 1980 || f.greyDay > 2200 {
			return f, badParameter("grey_day", "%q is no year such as 2024, nor any or none", VisibleText(shortened(v, 60)))
		}
	}
	return f, nil
}

// takes reports whether an estimate is asked for.
func (f *estimateFilter) takes(e *analysis.Estimate) bool {
	switch {
	case f.model != "" && e.Model != f.model,
		f.version != "" && e.Version != f.version,
		f.style != "" && e.StyleID != f.style && e.StyleCode != f.style,
		f.condition != "" && e.Condition != f.condition,
		f.sizeBand == "all" && e.SizeBand != "",
		f.sizeBand != "" && f.sizeBand != "all" && e.SizeBand != f.sizeBand,
		f.greyDay != 0 && e.GreyDayYear != f.greyDay,
		f.greyDayOnly && e.GreyDayYear == 0,
		f.notGreyDay && e.GreyDayYear != 0,
		f.worst != "" && e.Grade > f.worst:
		return false
	}
	return true
}

// readLimit reads the size of a page.
func readLimit(params map[string]string) (int, error) {
	v, given := params["limit"]
	if !given {
		return apiLimitDefault, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > apiLimitMost {
		return 0, badParameter("limit", "%q is no whole number from 1 to %d", VisibleText(shortened(v, 60)), apiLimitMost)
	}
	return n, nil
}

// readDay reads a day; the zero Date where it is not given.
func readDay(params map[string]string, name string) (data.Date, error) {
	v, given := params[name]
	if !given {
		return 0, nil
	}
	d, err := data.ParseDate(v)
	if err != nil {
		return 0, badParameter(name, "%q is no day such as 2026-11-20", VisibleText(shortened(v, 60)))
	}
	return d, nil
}

// nearestNames are the names that s was most likely meant to be, at most n of them: those
// that it begins, whatever the case, and those within three slips.
func nearestNames(s string, names []string, n int) []string {
	if s == "" || len(s) > 64 {
		return nil // no slip of the finger; and what it costs is bounded
	}
	type candidate struct {
		name  string
		slips int
	}
	var found []candidate
	low := strings.ToLower(s)
	for _, name := range names {
		have := strings.ToLower(name)
		switch {
		case have == low:
			found = append(found, candidate{name, 0})
		case len(low) > 2 && strings.HasPrefix(have, low):
			found = append(found, candidate{name, 1})
		case len(have)-len(low) <= 3 && len(low)-len(have) <= 3:
			if d := editDistance(low, have); d <= 3 && 3*d <= 2*len(have) {
				found = append(found, candidate{name, d})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.slips - b.slips })
	var out []string
	for _, c := range found[:min(n, len(found))] {
		out = append(out, c.name)
	}
	return out
}
