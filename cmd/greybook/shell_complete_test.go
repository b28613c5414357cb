package main

import (
	"slices"
	"strings"
	"testing"
)

// testNames are a small book's.
func testNames() names {
	return names{
		Keywords:  []string{"select", "from", "sample", "where", "with"},
		Functions: []string{"median", "max", "min"},
		Tables: map[string][]string{
			"sales":    {"sale_key", "sale_price", "style_id", "version", "Last Sold"},
			"styles":   {"style_id", "model", "version"},
			"estimate": {"estimate_minor", "model"},
		},
		Saved: []string{"cheapest_month", "version_demand"},
	}
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		name, text string // | is the cursor
		want       string // the candidates, in order; … for more of them
	}{
		{"tables behind FROM", "SELECT * FROM |", "estimate sales styles"},
		{"tables behind FROM by their beginning", "SELECT * FROM S|", "sales styles"},
		{"tables behind a comma of FROM", "FROM sales, s|", "sales styles"},
		{"tables behind JOIN", "FROM sales JOIN st|", "styles"},
		{"tables behind DESCRIBE", "DESCRIBE e|", "estimate"},
		{"columns of the table named behind the cursor", "SELECT sa| FROM sales", "sale_key sale_price sales sample"},
		{"a comma of SELECT is not one of FROM", "SELECT version, sa| FROM sales", "sale_key sale_price sales sample"},
		{"columns of the statement's tables come first", "SELECT m| FROM styles", "model max( median( min("},
		{"columns of any table where none is named", "SELECT mo|", "model"},
		{"columns where nothing is typed", "SELECT * FROM styles WHERE |", "style_id model version"},
		{"columns behind an alias", "SELECT s.| FROM sales s JOIN styles AS t USING (style_id)", `sale_key sale_price style_id version "Last Sold"`},
		{"columns behind the other alias", "SELECT t.m| FROM sales s JOIN styles AS t USING (style_id)", "model"},
		{"columns behind a table", "SELECT styles.v| FROM sales, styles", "version"},
		{"nothing behind an unknown alias", "SELECT x.| FROM sales s", ""},
		{"tables behind a schema", "SELECT * FROM main.sa|", "sales"},
		{"names of WITH", "WITH thin AS (SELECT 1) SELECT * FROM th|", "thin"},
		{"an alias is a name, too", "SELECT * FROM sales AS price_list WHERE pr|", "price_list"},
		{"a name in quotes that are open to the end", `SELECT "la| FROM sales`, `"Last Sold"`},
		{"a name in open quotes", `SELECT "La|`, `"Last Sold"`},
		{"functions", "SELECT med|", "median("},
		{"functions that have their parenthesis", "SELECT med|(x)", "median"},
		{"keywords as they are typed", "SELECT 1 wh|", "where"},
		{"keywords as they are typed, in capitals", "SELECT 1 WH|", "WHERE"},
		{"the beginning", "|", "SELECT FROM WITH DESCRIBE SUMMARIZE SHOW TABLES"},
		{"the next statement", "SELECT 1; |", "SELECT FROM WITH DESCRIBE SUMMARIZE SHOW TABLES"},
		{"tables of the other statement are none of this", "SELECT sale_p| ; FROM sales", "sale_price"},
		{"nothing in a text", "SELECT 'sa|", ""},
		{"nothing in a closed text", "SELECT 'sa|'", ""},
		{"nothing in a comment", "SELECT 1 -- sa|", ""},
		{"nothing in a long comment", "SELECT /* sa| */ 1", ""},
		{"nothing between dollars", "SELECT $$ sa| $$", ""},
		{"in the middle of a word", "SELECT sale|_p FROM sales", "sale_key sale_price sales"},
		{"commands", ".s|", ".schema .saved"},
		{"tables of a command", ".schema st|", "styles"},
		{"saved queries", ".saved v|", "version_demand"},
		{"saved queries, all", ".saved |", "cheapest_month version_demand"},
		{"formats", ".mode nd|", "ndjson"},
		{"commands of help", ".help ti|", "timer"},
		{"nothing of an unknown command", ".nothing x|", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := strings.IndexByte(c.text, '|')
			text := c.text[:at] + c.text[at+1:]
			from, found := complete(text, at, testNames())
			var got []string
			for _, f := range found {
				got = append(got, f.Text)
				if strings.Contains(f.About, "\n") {
					t.Errorf("%q is not one line", f.About)
				}
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("%s became %s; want %s", c.text, s, c.want)
			}
			if from < 0 || from > at {
				t.Errorf("the word begins at %d", from)
			}
		})
	}
}

// FuzzComplete: no text makes completion fail, or offer what does not begin as typed.
func FuzzComplete(f *testing.F) {
	f.Add("SELECT s. FROM sales s", 9)
	f.Add(`SELECT "la`, 10)
	f.Add(".saved v", 8)
	f.Add("SELECT $a$ x", 12)
	f.Fuzz(func(t *testing.T, text string, at int) {
		b := editBuffer{text: text}
		at = min(max(at, 0), len(text))
		if !b.boundary(at) {
			return
		}
		from, found := complete(text, at, testNames())
		if from < 0 || from > at {
			t.Fatalf("from %d, at %d", from, at)
		}
		for _, c := range found {
			typed := strings.TrimPrefix(text[from:at], `"`)
			if !strings.HasPrefix(strings.ToLower(strings.TrimPrefix(c.Text, `"`)), strings.ToLower(typed)) {
				t.Fatalf("%q for %q", c.Text, typed)
			}
		}
	})
}

func TestStatementEnded(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "  ": true, ";": true, "SELECT 1": false, "SELECT 1;": true, "SELECT 1; -- done": true, "SELECT 1; SELECT": false,
		"SELECT ';": false, "SELECT ';';": true, `SELECT ";`: false, "SELECT $$;": false, "SELECT $$;$$;": true,
		"/* ;": false, "SELECT 1 /* ; */": false, "SELECT 1; /* open": false, "-- only a comment": true,
		".tables": true, " .mode csv": true, "SELECT E'\\';": false, "SELECT E'\\'';": true,
	} {
		if got := statementEnded(text); got != want {
			t.Errorf("statementEnded(%q) = %v", text, got)
		}
	}
}

func TestShellEntries(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"SELECT 1; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		{".mode csv\nSELECT 1;\n.tables\n", []string{".mode csv", "SELECT 1", ".tables"}},
		{"\ufeff-- begins\n.mode csv\nSELECT 1\n.5 AS n;", []string{".mode csv", "SELECT 1\n.5 AS n"}},
		{"SELECT '\n.tables\n';\n  .quit", []string{"SELECT '\n.tables\n'", ".quit"}},
		{"SELECT 1 -- ;\n.tables\n;", []string{"SELECT 1 -- ;\n.tables"}},
	} {
		if got := shellEntries(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestParseDot(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{".tables", "tables []"},
		{" .tables mult% ;", "tables [mult%]"},
		{".exit", "quit []"},
		{`.saved demand style='M990 GL6' "k=v"`, "saved [demand style=M990 GL6 k=v]"},
		{".moed csv", "unknown command .moed; did you mean .mode?"},
		{".xyzzy", "unknown command .xyzzy; .help lists the commands"},
		{".read", "it is used so: .read FILE"},
		{".timer on off", "it is used so: .timer on|off"},
		{".read 'a", "a quote ' is not closed"},
		{".", "unknown command .; .help lists the commands"},
	} {
		cmd, args, err := parseDot(c.line)
		got := cmd.name + " [" + strings.Join(args, " ") + "]"
		if err != nil {
			got = strings.Join(append([]string{err.Error()}, hints(err)...), "; ")
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.line, got, c.want)
		}
	}
}
