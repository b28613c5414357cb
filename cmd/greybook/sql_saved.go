package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// savedQueries are those built in and those in the user's folder.
func (s *session) savedQueries() ([]analysis.SavedQuery, error) {
	all, err := analysis.SavedQueries(s.Path(get[string](s.Settings, "saved_queries")))
	if err != nil {
		return nil, &usageError{err}
	}
	return all, nil
}

// saved answers, shows or lists saved queries. The name is the flag's own value or the
// argument: "-n NAME" leaves it to the arguments, as the flag may stand alone.
func (s *session) saved(ctx context.Context, name string, args, given []string, show bool, rows *rowsFlags) error {
	if name != "" && len(args) > 0 {
		return withHint(usagef("-n takes one name, and there is %q, too", args[0]), "give a query or -n, not both")
	}
	if len(args) > 0 {
		name = args[0]
	}
	all, err := s.savedQueries()
	if err != nil {
		return err
	}
	if name == "" {
		return s.listSaved(ctx, all, rows)
	}
	q, err := findSaved(all, name, "greybook sql -n lists them")
	if err != nil {
		return err
	}
	if !show {
		return s.sql(ctx, q, given, rows)
	}
	text := q.Text
	if s.Env.StdoutTerminal {
		text = ""
		for line := range strings.Lines(q.Text) {
			text += printable(line) + "\n"
		}
	}
	_, err = fmt.Fprint(s.Out, text)
	return err
}

// findSaved finds one by its name; list is the hint where nothing is like it.
func findSaved(all []analysis.SavedQuery, name, list string) (analysis.SavedQuery, error) {
	i := slices.IndexFunc(all, func(q analysis.SavedQuery) bool { return q.Name == name })
	if i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, q := range all {
		names = append(names, q.Name)
	}
	err := usagef("there is no saved query %q", name)
	if near := nearest(name, names); near != "" {
		return analysis.SavedQuery{}, withHint(err, "did you mean %s?", near)
	}
	return analysis.SavedQuery{}, withHint(err, "%s", list)
}

// listSaved writes one line for each.
func (s *session) listSaved(ctx context.Context, all []analysis.SavedQuery, rows *rowsFlags) error {
	var cells [][]any
	for _, q := range all {
		origin := "built in"
		if q.Path != "" {
			origin = q.Path
		}
		cells = append(cells, []any{q.Name, q.Question, parameterList(q), origin})
	}
	return s.writeValues(ctx, rows, []column{{name: "name"}, {name: "question"}, {name: "parameters"}, {name: "origin"}}, cells)
}

// parameterList is how a query is called: what must be given, and what may be.
func parameterList(q analysis.SavedQuery) string {
	var list []string
	for _, p := range q.Params {
		switch {
		case p.Name == analysis.AsOfParam: // --as-of
		case p.Required:
			list = append(list, p.Name+"=…")
		case p.Default == "NULL":
			list = append(list, "["+p.Name+"=…]")
		default:
			list = append(list, "["+p.Name+"="+p.Default+"]")
		}
	}
	return strings.Join(list, " ")
}
