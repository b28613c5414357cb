package data

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxQuery is the length of the longest text of statements in bytes. The parsed form
// of a query is many times as long as its text.
const MaxQuery = 2 << 20

// Statement is one statement that a user wrote, and that may be run.
type Statement struct {
	Text   string   // as it was written
	Params []string // names of its parameters, without $, sorted
	query  string   // what is computed: the text, or what follows AS
	short  bool     // its result is as short as the book's list of columns
	makes  string   // CREATE OR REPLACE TEMP TABLE mine AS, …: what is run before the query; "" for a query
	drops  string   // DROP TABLE temp.main.mine: what is run instead
	name   string   // of what it makes or drops, as it was written
}

// HasRows reports whether the statement returns rows.
func (st Statement) HasRows() bool { return st.makes == "" && st.drops == "" }

// Did says what a statement without rows has done: "made mine".
func (st Statement) Did() string {
	if st.drops != "" {
		return "dropped " + st.name
	}
	return "made " + st.name
}

// StatementError says why a text is not run at all.
type StatementError struct{ Why, Try string }

func (e *StatementError) Error() string { return e.Why }

// Hint says what can be run instead; it may be "".
func (e *StatementError) Hint() string { return e.Try }

// Parse cuts a text into statements and looks whether each may be run: queries, and
// CREATE and DROP of temporary tables and views, which live in the sandbox alone. A text
// with one that may not is an error, *StatementError or *QueryError, and of none at all.
// The book is not needed for it.
func (x *Sandbox) Parse(ctx context.Context, text string) ([]Statement, error) {
	texts, err := statementTexts(text)
	if err != nil {
		return nil, err
	}
	var all []Statement
	for i, text := range texts {
		st, err := x.statement(ctx, text)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			err = queryError(err)
			if len(texts) > 1 {
				err = &InStatementError{i + 1, len(texts), err}
			}
			return nil, err
		}
		all = append(all, st)
	}
	return all, nil
}

// InStatementError says which of several statements an error is of.
type InStatementError struct {
	Number, Of int
	Err        error
}

func (e *InStatementError) Error() string {
	return fmt.Sprintf("statement %d of %d: %v", e.Number, e.Of, e.Err)
}

func (e *InStatementError) Unwrap() error { return e.Err }

// statementTexts checks a text as a text and returns the statements in it.
func statementTexts(text string) ([]string, error) {
	switch {
	case len(text) > MaxQuery:
		return nil, &StatementError{fmt.Sprintf("the query is longer than %d MB", MaxQuery>>20), ""}
	case strings.IndexByte(text, 0) >= 0:
		// The engine takes it for the end of the text.
		return nil, &StatementError{"the query has a NUL byte in it", ""}
	case !utf8.ValidString(text):
		return nil, &StatementError{"the query is not UTF-8", "save it as UTF-8"}
	}
	statements := SplitStatements(strings.TrimPrefix(text, "\ufeff"))
	if len(statements) == 0 {
		return nil, &StatementError{"there is no query", queryKinds}
	}
	return statements, nil
}

// statement looks what one statement is.
func (x *Sandbox) statement(ctx context.Context, text string) (Statement, error) {
	st := Statement{Text: text, query: text}
	head, ok, err := temporary(text)
	if err != nil {
		return st, err
	}
	if ok {
		st.query, st.makes, st.drops, st.name = head.query, head.makes, head.drops, head.name
		if st.drops != "" {
			return st, nil
		}
	}
	found, err := x.conn.check(ctx, st.query)
	if err != nil {
		return st, err
	}
	if st.short = found.short; st.short && st.makes != "" {
		return st, &StatementError{"a table can't be made of EXPLAIN, SHOW, DESCRIBE or SUMMARIZE", "FROM (DESCRIBE sales) is a query"}
	}
	if st.Params = found.params; st.short && len(st.Params) > 0 {
		return st, &StatementError{"EXPLAIN, SHOW, DESCRIBE and SUMMARIZE take no parameters", "write the values into the query"}
	}
	return st, nil
}

// temporaryThings is a hint.
const temporaryThings = "CREATE TEMP TABLE mine AS SELECT … makes a table that lives as long as the shell or the run, CREATE TEMP VIEW a view"

// plainName is what may stand for the name of a temporary table: what follows the
// database and schema that all of them have.
var plainName = regexp.MustCompile(`(?i)^(?:temp\.(?:main\.)?)?([a-z_][a-z0-9_]*|"(?:[^"]|"")+")$`)

// temporary recognises CREATE and DROP of temporary tables and views and writes them
// anew, so that nothing but the query in them is the user's own. What begins with
// neither word is not ok.
func temporary(text string) (head struct{ query, makes, drops, name string }, ok bool, err error) {
	if rest, is := afterWord(text, "DROP"); is {
		kind, rest, is := tableOrView(rest)
		if !is {
			return head, false, refuse("DROP is for temporary tables and views alone")
		}
		exists, rest := afterWords(rest, "IF", "EXISTS")
		name := plainName.FindStringSubmatch(rest)
		if name == nil {
			return head, false, refuse("DROP takes the name of one temporary table or view")
		}
		head.name = name[1]
		head.drops = "DROP " + kind + optional(exists, " IF EXISTS") + " temp.main." + name[1]
		return head, true, reserved(name[1])
	}
	rest, is := afterWord(text, "CREATE")
	if !is {
		return head, false, nil
	}
	replace, rest := afterWords(rest, "OR", "REPLACE")
	temp, rest := afterWords(rest, "TEMP")
	if !temp {
		if temp, rest = afterWords(rest, "TEMPORARY"); !temp {
			return head, false, refuse("CREATE is for temporary tables and views alone")
		}
	}
	kind, rest, is := tableOrView(rest)
	if !is {
		return head, false, refuse("CREATE is for temporary tables and views alone")
	}
	unless, rest := afterWords(rest, "IF", "NOT", "EXISTS")
	first := nameLength(rest)
	name := plainName.FindStringSubmatch(rest[:first])
	query, as := afterWord(rest[first:], "AS")
	if name == nil || !as {
		return head, false, refuse("CREATE TEMP " + kind + " takes a name, AS and a query")
	}
	head.name, head.query = name[1], query
	head.makes = "CREATE" + optional(replace, " OR REPLACE") + " TEMP " + kind + optional(unless, " IF NOT EXISTS") + " temp.main." + name[1] + " AS "
	return head, true, reserved(name[1])
}

func refuse(why string) error { return &StatementError{why, temporaryThings} }

// reserved refuses the name of the table that holds results.
func reserved(name string) error {
	if strings.EqualFold(strings.Trim(name, `"`), "greybook_result") {
		return &StatementError{"greybook_result is the name of a table of greybook's own", "take another name"}
	}
	return nil
}

func optional(is bool, words string) string {
	if is {
		return words
	}
	return ""
}

// tableOrView takes one of the words off.
func tableOrView(s string) (kind, rest string, ok bool) {
	for _, kind := range []string{"TABLE", "VIEW"} {
		if rest, ok := afterWord(s, kind); ok {
			return kind, rest, true
		}
	}
	return "", s, false
}

// afterWords takes all the words off, or none.
func afterWords(s string, words ...string) (ok bool, rest string) {
	rest = s
	for _, w := range words {
		if rest, ok = afterWord(rest, w); !ok {
			return false, s
		}
	}
	return true, rest
}

// nameLength is the length of a name with dots that s begins with.
func nameLength(s string) int {
	i := 0
	for i < len(s) {
		n, blank := token(s[i:])
		if blank {
			break
		}
		i += n
		if i == len(s) || s[i] != '.' && s[i-1] != '.' {
			break
		}
	}
	return i
}
