package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

// Values returns what to bind to the query's parameters, by name: string, int64,
// float64, time.Time (midnight UTC) or bool by their type, nil for NULL. given are texts as a
// user types them; as_of is asOf where it is not among them. A name that the query
// has not, a value that must be given and is not, and one not of its type are errors.
func (q SavedQuery) Values(given map[string]string, asOf data.Date) (map[string]any, error) {
	texts := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(q.Params, func(p QueryParam) bool { return strings.EqualFold(p.Name, name) })
		if i < 0 {
			return nil, fmt.Errorf("%s has no parameter %q; %s", q.called(), name, q.paramNames())
		}
		if _, twice := texts[q.Params[i].Name]; twice {
			return nil, fmt.Errorf("%s: parameter %s is given twice", q.called(), q.Params[i].Name)
		}
		texts[q.Params[i].Name] = given[name]
	}
	values := map[string]any{}
	for _, p := range q.Params {
		text, ok := texts[p.Name]
		byDefault := !ok && !p.Required
		switch {
		case byDefault:
			text = p.Default
		case !ok && p.Name == AsOfParam && !asOf.IsZero():
			text = asOf.String()
		case !ok:
			return nil, fmt.Errorf("%s needs a value of %s: -p %s=…%s", q.called(), p.Name, p.Name, p.hint())
		}
		v, err := p.value(text, byDefault)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.called(), err)
		}
		values[p.Name] = v
	}
	return values, nil
}

// called is what errors call the query.
func (q SavedQuery) called() string {
	if q.Name == "" {
		return "the query"
	}
	return "saved query " + q.Name
}

func (p QueryParam) hint() string {
	if p.About == "" {
		return ""
	}
	return " (" + p.About + ")"
}

func (q SavedQuery) paramNames() string {
	if len(q.Params) == 0 {
		return "it has none"
	}
	var names []string
	for _, p := range q.Params {
		names = append(names, p.Name)
	}
	return "it has " + strings.Join(names, ", ")
}

// value turns a text into the value of the parameter's type; NULL as a default is nil.
func (p QueryParam) value(text string, byDefault bool) (any, error) {
	if byDefault && text == "NULL" {
		return nil, nil
	}
	wrong := func(want string) error {
		return fmt.Errorf("parameter %s: %q is not %s", p.Name, text, want)
	}
	switch p.Type {
	case "BIGINT":
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, wrong("a whole number")
		}
		return v, nil
	case "DOUBLE":
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, wrong("a number")
		}
		return v, nil
	case "DATE":
		d, err := data.ParseDate(text)
		if err != nil {
			return nil, wrong("a day like 2026-11-20")
		}
		return d.Time(), nil
	case "BOOLEAN":
		switch strings.ToLower(text) {
		case "true", "yes":
			return true, nil
		case "false", "no":
			return false, nil
		}
		return nil, wrong("true or false")
	}
	return text, nil
}
