package analysis

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

func builtinQueries(t testing.TB) []SavedQuery {
	t.Helper()
	all, err := SavedQueries("")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every built-in query says of itself what its reader needs to know.
func TestBuiltinQueriesSayWhatTheyAre(t *testing.T) {
	all := builtinQueries(t)
	if len(all) < 14 {
		t.Errorf("there are %d built-in queries", len(all))
	}
	for _, q := range all {
		if q.Path != "" || !strings.HasSuffix(q.Question, "?") || q.About == "" || !strings.HasPrefix(q.Grain, "one row per ") || len(q.Columns) == 0 {
			t.Errorf("%s: path %q, question %q, about %q, grain %q, %d columns", q.Name, q.Path, q.Question, q.About, q.Grain, len(q.Columns))
		}
		if !strings.Contains(q.About, "misleads") {
			t.Errorf("%s doesn't say when it misleads: %s", q.Name, q.About)
		}
		for _, p := range q.Params {
			if p.About == "" {
				t.Errorf("%s: the header doesn't declare %s", q.Name, p.Name)
			}
		}
		// What depends on now takes the day from the user: below the command line nothing reads the clock.
		for _, clock := range []string{"current_date", "today()", "now()", "current_timestamp"} {
			if strings.Contains(strings.ToLower(q.Text), clock) {
				t.Errorf("%s reads the clock: %s", q.Name, clock)
			}
		}
		columns := false
		for i, line := range strings.Split(q.Text, "\n") {
			switch {
			case line == "-- columns:":
				columns = true
			case !strings.HasPrefix(line, "--"):
				columns = false
			case columns && columnLine.FindStringSubmatch(line) == nil:
				t.Errorf("%s:%d: no column line: %s", q.Name, i+1, line)
			}
		}
		if last := strings.TrimSpace(q.Text[strings.LastIndex(q.Text, "ORDER BY"):]); strings.ContainsAny(last, "()\n") {
			t.Errorf("%s does not end in an ORDER BY of its own: %s", q.Name, last)
		}
	}
}

func TestParseSavedQuery(t *testing.T) {
	q, err := ParseSavedQuery("mine", strings.Join([]string{
		"-- What is it?", "--", "-- It says this,", "-- and misleads then.", "-- grain: one row per style",
		"-- param: style VARCHAR: the style", "-- param: days BIGINT = 28: how long: in days", "-- param: size DOUBLE = NULL: or all",
		"-- columns:", "--   n BIGINT: sales", "SELECT count(*) AS n -- not a $param",
		"FROM sales WHERE style_id = $style AND $size IS NULL AND sold_on > $as_of - $days AND title <> '$other ?' AND $STYLE = $more;", ""}, "\r\n"))
	want := SavedQuery{
		Name: "mine", Question: "What is it?", Text: q.Text, About: "It says this, and misleads then.", Grain: "one row per style",
		Params: []QueryParam{
			{Name: "style", Type: "VARCHAR", Required: true, About: "the style"},
			{Name: "days", Type: "BIGINT", Default: "28", About: "how long: in days"},
			{Name: "size", Type: "DOUBLE", Default: "NULL", About: "or all"},
			{Name: "as_of", Type: "DATE", Required: true, About: "nothing sold after this day is seen"},
			{Name: "more", Type: "VARCHAR", Required: true},
		},
		Columns: []ModelColumn{{"n", "BIGINT", "sales"}},
	}
	if err != nil || !reflect.DeepEqual(q, want) {
		t.Errorf("got  %+v, %v\nwant %+v", q, err, want)
	}
	for text, question := range map[string]string{
		"SELECT 1":                    "",
		"":                            "",
		"-- all of them\nFROM sales":  "all of them",
		"\ufeff-- marked\nFROM sales": "marked",
		"\n-- too late\nFROM sales":   "",
	} {
		if q, err := ParseSavedQuery("mine", text); err != nil || q.Question != question || q.Params != nil {
			t.Errorf("%q: %+v, %v; want question %q and no parameters", text, q, err, question)
		}
	}
}

func TestParseSavedQueryErrors(t *testing.T) {
	for text, want := range map[string]string{
		"-- q\n-- param: style\nSELECT $style":                      "mine:2: no parameter",
		"-- q\n-- param: days INTEGER: x\nSELECT $days":             "mine:2: parameter days has type INTEGER; give one of VARCHAR, BIGINT",
		"-- q\n-- param: days BIGINT = ten: x\nSELECT $days":        `mine:2: the default of parameter days: "ten" is not a whole number`,
		"-- q\n-- param: as_of VARCHAR: x\nSELECT $as_of":           "mine:2: parameter as_of is the day",
		"-- q\n-- param: as_of DATE = 2026-01-01: x\nSELECT $as_of": "mine:2: parameter as_of is the day",
		"-- q\n-- param: a DATE: x\n-- param: A DATE: x\nSELECT $a": "mine:3: parameter A is declared twice",
		"-- q\n-- param: a DATE: x\nSELECT 1":                       "mine:2: the query has no $a",
		"-- q\nSELECT 1\nWHERE ? = 1":                               "mine:3: a parameter has no name; write it as $name",
		"SELECT $1":                                                 "mine:1: a parameter has no name",
		"SELECT '\xff'":                                             "mine: it is not UTF-8",
		"SELECT 1\x00":                                              "mine: it has a NUL byte in it",
	} {
		if _, err := ParseSavedQuery("mine", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestSavedQueryValues(t *testing.T) {
	q, err := ParseSavedQuery("mine", `-- q
-- param: as_of DATE: the day
-- param: style VARCHAR: the style
-- param: n BIGINT = 6: sales
-- param: size DOUBLE = NULL: size
-- param: from DATE = 2026-01-01: first day
-- param: all BOOLEAN = false: all
SELECT $as_of, $style, $n, $size, $from, $all`)
	if err != nil {
		t.Fatal(err)
	}
	asOf, _ := data.ParseDate("2026-11-20")
	day := func(s string) time.Time {
		d, err := data.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d.Time()
	}
	for _, c := range []struct {
		given map[string]string
		asOf  data.Date
		want  map[string]any
		err   string
	}{
		{given: map[string]string{"style": "M990GL6"}, asOf: asOf,
			want: map[string]any{"as_of": day("2026-11-20"), "style": "M990GL6", "n": int64(6), "size": nil, "from": day("2026-01-01"), "all": false}},
		{given: map[string]string{"STYLE": "NULL", "as_of": "2026-02-28", "n": "-7", "size": "9.5", "from": "1982-04-01", "all": "Yes"},
			want: map[string]any{"as_of": day("2026-02-28"), "style": "NULL", "n": int64(-7), "size": 9.5, "from": day("1982-04-01"), "all": true}},
		{given: map[string]string{"style": ""}, asOf: asOf,
			want: map[string]any{"as_of": day("2026-11-20"), "style": "", "n": int64(6), "size": nil, "from": day("2026-01-01"), "all": false}},
		{given: map[string]string{"style": "x"}, err: "needs a value of as_of: -p as_of=… (the day)"},
		{asOf: asOf, err: "saved query mine needs a value of style: -p style=… (the style)"},
		{given: map[string]string{"style": "x", "styl": "y"}, asOf: asOf, err: `saved query mine has no parameter "styl"; it has as_of, style, n, size, from, all`},
		{given: map[string]string{"style": "x", "Style": "y"}, asOf: asOf, err: "parameter style is given twice"},
		{given: map[string]string{"style": "x", "n": "6.0"}, asOf: asOf, err: `parameter n: "6.0" is not a whole number`},
		{given: map[string]string{"style": "x", "n": "NULL"}, asOf: asOf, err: `"NULL" is not a whole number`},
		{given: map[string]string{"style": "x", "n": "9223372036854775808"}, asOf: asOf, err: "is not a whole number"},
		{given: map[string]string{"style": "x", "size": "NaN"}, asOf: asOf, err: `parameter size: "NaN" is not a number`},
		{given: map[string]string{"style": "x", "from": "2026-02-30"}, asOf: asOf, err: `"2026-02-30" is not a day like 2026-11-20`},
		{given: map[string]string{"style": "x", "all": "1"}, asOf: asOf, err: `"1" is not true or false`},
	} {
		got, err := q.Values(c.given, c.asOf)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: error %v, want %q", c.given, err, c.err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, %v; want %v", c.given, got, err, c.want)
		}
	}
}

func TestOwnQueries(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	builtin := len(builtinQueries(t))
	if all, err := SavedQueries(filepath.Join(dir, "none")); err != nil || len(all) != builtin {
		t.Errorf("of a folder that is not there: %d queries, %v", len(all), err)
	}
	mine := write("aaa.sql", "-- mine\nSELECT 1")
	liquid := write("liquidity.sql", "SELECT $style")
	write(".#liquidity.sql", "an editor's")
	write("notes.txt", "no query")
	if err := os.Mkdir(filepath.Join(dir, "old.sql"), 0o777); err != nil {
		t.Fatal(err)
	}
	all, err := SavedQueries(dir)
	if err != nil || len(all) != builtin+1 || all[0].Name != "aaa" || all[0].Path != mine || all[0].Question != "mine" {
		t.Fatalf("%d queries, the first %+v, %v", len(all), all[0], err)
	}
	for i, q := range all {
		if i > 0 && all[i-1].Name >= q.Name {
			t.Errorf("%s comes before %s", all[i-1].Name, q.Name)
		}
		if q.Name == "liquidity" && q.Path != liquid {
			t.Errorf("the user's own liquidity does not win: %+v", q)
		}
	}
	bad := write("bad.sql", "-- bad\n-- param: x\nSELECT $x")
	if _, err := SavedQueries(dir); err == nil || !strings.HasPrefix(err.Error(), bad+":2: ") {
		t.Errorf("error %v, want one of %s, line 2", err, bad)
	}
	if err := os.WriteFile(bad, make([]byte, data.MaxQuery+1), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := SavedQueries(dir); err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("error %v, want one of %s", err, bad)
	}
	if _, err := SavedQueries(mine); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func FuzzParseSavedQuery(f *testing.F) {
	for _, q := range builtinQueries(f) {
		f.Add(q.Text)
	}
	f.Add("-- q\n-- param: a BIGINT = 1: x: y\n-- columns:\n--   a BIGINT: b\nSELECT $a, $$ $b $$, E'\\'$c', \"$d\", $t$ $e $t$, f$g /* $h /* */ */")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseSavedQuery("fuzz", text)
		if err != nil {
			return
		}
		if strings.TrimPrefix(text, "\ufeff") != q.Text {
			t.Fatalf("the text became %q", q.Text)
		}
		given, seen := map[string]string{}, map[string]bool{}
		for _, p := range q.Params {
			name := strings.ToLower(p.Name)
			if p.Name == "" || seen[name] || p.Required != (p.Default == "") || !strings.Contains(strings.ToLower(q.Text), "$"+name) {
				t.Fatalf("parameter %+v of %+v", p, q.Params)
			}
			seen[name] = true
			if p.Required {
				given[p.Name] = map[string]string{"VARCHAR": "x", "BIGINT": "1", "DOUBLE": "1", "DATE": "2026-01-01", "BOOLEAN": "true"}[p.Type]
			}
		}
		// Defaults that were accepted are values.
		if v, err := q.Values(given, 0); err != nil || len(v) != len(q.Params) {
			t.Fatalf("values %v, %v", v, err)
		}
		// The same comes of the same text.
		if again, err := ParseSavedQuery("fuzz", text); err != nil || fmt.Sprint(again) != fmt.Sprint(q) {
			t.Fatalf("%v, then %v (%v)", q, again, err)
		}
	})
}

// The README has a table of the built-in queries, made of what they say of themselves.
func TestReadmeListsSavedQueries(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Skipf("there is no README.md: %v", err)
	}
	_, section, found := strings.Cut(string(text), "\n## Saved queries\n")
	if !found {
		t.Fatal("README.md has no section Saved queries")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var want, got []string
	for _, q := range builtinQueries(t) {
		var params []string
		for _, p := range q.Params {
			switch {
			case p.Name == AsOfParam:
			case p.Required:
				params = append(params, "`"+p.Name+"`")
			case p.Default == "NULL":
				params = append(params, "[`"+p.Name+"`]")
			default:
				params = append(params, "`"+p.Name+"` = "+p.Default)
			}
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", q.Name, q.Question, strings.Join(params, ", ")))
	}
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "| `") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table of README.md should be\n%s", strings.Join(want, "\n"))
	}
}
