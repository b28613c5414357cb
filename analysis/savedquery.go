package analysis

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amassable/greybook/data"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// SavedQuery is a question to the book with a name. Its text is SQL that any DuckDB
// client can run on a book, once its parameters have values. The comment that it
// begins with says what it is:
//
//	-- The question, in one line?
//	-- What the answer says, and when it misleads: any number of lines.
//	-- grain: one row per …
//	-- param: name TYPE: what it is; it must be given
//	-- param: name TYPE = 365: what it is; 365 where it isn't given, NULL for none
//	-- columns:
//	--   name TYPE: what it is
//
// A user's own needs none of that. In the text a parameter is $name.
type SavedQuery struct {
	Name, Question, Text string
	Params               []QueryParam // as the header lists them, then those it doesn't, by first use
	Path                 string       // of the user's own; "" for one that is built in

	About   string // what the answer says, and when it misleads; "" for nothing
	Grain   string // "one row per …"; "" where the header says none
	Columns []ModelColumn
}

// QueryParam is a value that a saved query asks for.
type QueryParam struct {
	Name, Type string // Type: VARCHAR, BIGINT, DOUBLE, DATE or BOOLEAN
	Default    string // as the header writes it; NULL: no value; "" where there is none
	Required   bool   // it has no default; of as_of, that the day counts as today is known
	About      string
}

// AsOfParam is the parameter that takes the day that counts as today where it is not given.
const AsOfParam = "as_of"

// SavedQueries returns the built-in queries and the user's own, the *.sql files in
// folder, by name. An own one takes the place of a built-in one of its name. A folder
// that is not there, or "", holds none. An error names the file and the line.
func SavedQueries(folder string) ([]SavedQuery, error) {
	byName := map[string]SavedQuery{}
	builtin, err := fs.Glob(queryFiles, "queries/*.sql")
	if err != nil {
		return nil, err
	}
	for _, path := range builtin {
		text, err := queryFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		q, err := parseSavedQuery(queryName(path), path, string(text))
		if err != nil {
			return nil, err
		}
		byName[q.Name] = q
	}
	own, err := ownQueries(folder)
	if err != nil {
		return nil, err
	}
	for _, q := range own {
		byName[q.Name] = q
	}
	all := make([]SavedQuery, 0, len(byName))
	for _, q := range byName {
		all = append(all, q)
	}
	slices.SortFunc(all, func(x, y SavedQuery) int { return cmp.Compare(x.Name, y.Name) })
	return all, nil
}

// ownQueries reads the user's folder. What begins with a dot is an editor's, and no query.
func ownQueries(folder string) ([]SavedQuery, error) {
	if folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("saved queries: %w", err)
	}
	var out []SavedQuery
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".sql" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(folder, e.Name())
		if st, err := os.Stat(path); err == nil && st.Size() > data.MaxQuery {
			return nil, fmt.Errorf("%s: a query is at most %d MB long", path, data.MaxQuery>>20)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("saved queries: %w", err)
		}
		q, err := parseSavedQuery(queryName(path), path, string(text))
		if err != nil {
			return nil, err
		}
		q.Path = path
		out = append(out, q)
	}
	return out, nil
}

func queryName(path string) string {
	return strings.TrimSuffix(filepath.Base(path), ".sql")
}

// ParseSavedQuery reads a saved query. Of a text without the header described at
// SavedQuery the question is the first line, where that is a comment, and every
// parameter is a VARCHAR that must be given, but for as_of, a DATE.
func ParseSavedQuery(name, text string) (SavedQuery, error) {
	return parseSavedQuery(name, cmp.Or(name, "the query"), text)
}

var (
	paramLine  = regexp.MustCompile(`^param: *([A-Za-z_][A-Za-z0-9_]*) +([A-Za-z]+)(?: *= *(.*?))? *: +(.+)$`)
	paramTypes = []string{"VARCHAR", "BIGINT", "DOUBLE", "DATE", "BOOLEAN"}
)

// parseSavedQuery reads a saved query from a place that errors name.
func parseSavedQuery(name, where, text string) (SavedQuery, error) {
	q := SavedQuery{Name: name, Text: strings.TrimPrefix(text, "\ufeff")}
	switch {
	case !utf8.ValidString(text):
		return q, fmt.Errorf("%s: it is not UTF-8; save it as UTF-8", where)
	case strings.IndexByte(text, 0) >= 0:
		return q, fmt.Errorf("%s: it has a NUL byte in it", where)
	}
	declared := map[string]int{} // line, by name in lower case
	var about []string
	columns := false
	for i, line := range strings.Split(q.Text, "\n") {
		l, ok := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !ok {
			break
		}
		inner := strings.TrimSpace(l)
		switch {
		case i == 0:
			q.Question = inner
		case strings.HasPrefix(inner, "param:"):
			p, err := parseParam(inner)
			if err == nil && declared[strings.ToLower(p.Name)] > 0 {
				err = fmt.Errorf("parameter %s is declared twice", p.Name)
			}
			if err != nil {
				return q, fmt.Errorf("%s:%d: %w", where, i+1, err)
			}
			declared[strings.ToLower(p.Name)] = i + 1
			q.Params = append(q.Params, p)
		case strings.HasPrefix(inner, "grain:"):
			q.Grain = strings.TrimSpace(strings.TrimPrefix(inner, "grain:"))
		case inner == "columns:":
			columns = true
		case columns:
			// A user's own comment may follow; that a built-in one has no such line is tested.
			if c := columnLine.FindStringSubmatch(strings.TrimRight(line, " \r")); c != nil {
				q.Columns = append(q.Columns, ModelColumn{c[1], c[2], c[3]})
			}
		case inner != "":
			about = append(about, inner)
		}
	}
	q.About = strings.Join(about, " ")
	return q, q.matchParams(where, declared)
}

// parseParam reads "param: name TYPE = default: about".
func parseParam(text string) (QueryParam, error) {
	m := paramLine.FindStringSubmatch(text)
	if m == nil {
		return QueryParam{}, fmt.Errorf("no parameter: %q; write it as -- param: name TYPE: what it is, or name TYPE = default", text)
	}
	p := QueryParam{Name: m[1], Type: strings.ToUpper(m[2]), Default: m[3], Required: m[3] == "", About: m[4]}
	if !slices.Contains(paramTypes, p.Type) {
		return p, fmt.Errorf("parameter %s has type %s; give one of %s", p.Name, p.Type, strings.Join(paramTypes, ", "))
	}
	if p.Name == AsOfParam && (p.Type != "DATE" || !p.Required) {
		return p, fmt.Errorf("parameter %s is the day that counts as today: a DATE without a default", AsOfParam)
	}
	if !p.Required {
		if _, err := p.value(p.Default, true); err != nil {
			return p, fmt.Errorf("the default of %w", err)
		}
	}
	return p, nil
}

// matchParams holds the header's parameters against those of the text, and adds those
// that only the text has.
func (q *SavedQuery) matchParams(where string, declared map[string]int) error {
	used := map[string]bool{}
	for _, u := range data.Parameters(q.Text) {
		name := strings.ToLower(u.Name)
		if name == "" {
			return fmt.Errorf("%s:%d: a parameter has no name; write it as $name", where, u.Line)
		}
		if declared[name] == 0 && !used[name] {
			p := QueryParam{Name: u.Name, Type: "VARCHAR", Required: true}
			if name == AsOfParam {
				p.Name, p.Type, p.About = AsOfParam, "DATE", "nothing sold after this day is seen"
			}
			q.Params = append(q.Params, p)
		}
		used[name] = true
	}
	for _, p := range q.Params {
		if name := strings.ToLower(p.Name); !used[name] {
			return fmt.Errorf("%s:%d: the query has no $%s, which its header declares", where, declared[name], p.Name)
		}
	}
	return nil
}
