package main

import (
	"slices"
	"strings"
)

// sqlToken is a word, a quoted name, a text, a comment or a sign of a statement.
type sqlToken struct {
	kind       tokenKind
	text       string // a name without its quotes
	start, end int
}

type tokenKind int

const (
	tokenSign tokenKind = iota
	tokenWord
	tokenName    // in double quotes
	tokenText    // a string
	tokenComment // to the end of the line, or between /* and */
)

// is reports whether the token is one of these keywords.
func (t sqlToken) is(keywords ...string) bool {
	return t.kind == tokenWord && slices.Contains(keywords, strings.ToUpper(t.text))
}

// sqlTokens cuts a text into tokens, as far as completion needs them; white space is
// none. What is left open goes on to the end.
func sqlTokens(s string) []sqlToken {
	var tokens []sqlToken
	for i := 0; i < len(s); {
		t := sqlToken{start: i}
		c := s[i]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
			i++
			continue
		case strings.HasPrefix(s[i:], "--"):
			t.kind, t.end = tokenComment, i+until(s[i:], "\n", 2)
		case strings.HasPrefix(s[i:], "/*"):
			t.kind, t.end = tokenComment, i+until(s[i:], "*/", 2)
		case c == '\'':
			t.kind, t.end = tokenText, i+quotedLength(s[i:])
		case c == '"':
			t.kind, t.end = tokenName, i+quotedLength(s[i:])
		case c == '$' && dollarTag(s[i:]) != "":
			tag := dollarTag(s[i:])
			t.kind, t.end = tokenText, i+until(s[i:], tag, len(tag))
		case wordByte(c):
			t.kind, t.end = tokenWord, i
			for t.end < len(s) && wordByte(s[t.end]) {
				t.end++
			}
		default:
			t.end = i + 1
		}
		t.text = s[i:t.end]
		if t.kind == tokenName {
			t.text = strings.ReplaceAll(strings.Trim(t.text, `"`), `""`, `"`)
		}
		tokens = append(tokens, t)
		i = t.end
	}
	return tokens
}

func wordByte(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// until is the length of s up to and with end, looked for behind skip bytes.
func until(s, end string, skip int) int {
	if i := strings.Index(s[skip:], end); i >= 0 {
		return skip + i + len(end)
	}
	return len(s)
}

// quotedLength is the length of what is quoted by the first byte of s; a doubled
// quote is one of the text.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == s[0] {
			if i+1 == len(s) || s[i+1] != s[0] {
				return i + 1
			}
			i++
		}
	}
	return len(s)
}

// dollarTag is the $tag$ that s begins with, or "".
func dollarTag(s string) string {
	end := strings.IndexByte(s[1:], '$')
	if end < 0 || strings.IndexFunc(s[1:end+1], notWord) >= 0 || end > 0 && s[1] >= '0' && s[1] <= '9' {
		return ""
	}
	return s[:end+2]
}

// tokenAt finds the token that the cursor is in or behind, and cuts it out of the
// tokens if it is the word to complete. Where there is none, it is an empty word.
func tokenAt(tokens []sqlToken, at int) (rest []sqlToken, word sqlToken) {
	for i, t := range tokens {
		inside := t.start < at && at < t.end
		open := at == t.end && (t.kind == tokenWord ||
			t.kind == tokenName && !closed(t) || t.kind == tokenText && !closed(t) || t.kind == tokenComment && !strings.HasSuffix(t.text, "*/"))
		if !inside && !open {
			continue
		}
		if t.kind == tokenSign {
			break
		}
		return slices.Concat(tokens[:i], tokens[i+1:]), t
	}
	return tokens, sqlToken{kind: tokenWord, start: at, end: at}
}

// closed reports whether the quotes of a token are in pairs, at its end, too.
func closed(t sqlToken) bool {
	if t.kind == tokenName {
		return t.end-t.start == len(t.text)+2
	}
	return len(t.text) > 1 && t.text[len(t.text)-1] == t.text[0]
}

// before is the last token before a place that is no comment.
func before(tokens []sqlToken, at int) sqlToken {
	var last sqlToken
	for _, t := range tokens {
		if t.start >= at {
			break
		}
		if t.kind != tokenComment {
			last = t
		}
	}
	return last
}

// tableUse is a table as a statement names it.
type tableUse struct{ name, alias string }

// statement is what completion knows of the statement at the cursor.
type statement struct {
	tables []tableUse
	with   []string // names that WITH gives
	clause string   // the keyword that the cursor's part of it began with
}

// clauses are the keywords that begin a part of a statement.
var clauses = []string{"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "QUALIFY", "WINDOW", "UNION", "EXCEPT", "INTERSECT", "ON", "USING", "WITH", "VALUES"}

// notAlias are keywords that may follow a table and are no name for it.
var notAlias = append([]string{"JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "SEMI", "ANTI", "ASOF", "POSITIONAL",
	"LATERAL", "TABLESAMPLE", "OFFSET", "AS", "BY", "PIVOT", "UNPIVOT"}, clauses...)

// readStatement reads the tables and the clause of the statement at the cursor.
func readStatement(tokens []sqlToken, at int) statement {
	tokens = statementTokens(tokens, at)
	var st statement
	for i, t := range tokens {
		if t.start < at && t.is(clauses...) {
			st.clause = strings.ToUpper(t.text)
		}
		begins := t.is("FROM", "JOIN", "DESCRIBE", "SUMMARIZE") || t.text == "," && inFrom(tokens[:i])
		if begins {
			if use, ok := readTable(tokens[i+1:]); ok {
				st.tables = append(st.tables, use)
			}
		}
		named := i+2 < len(tokens) && tokens[i+1].is("AS") && (tokens[i+2].text == "(" || tokens[i+2].is("MATERIALIZED", "NOT"))
		if named && i > 0 && (tokens[i-1].is("WITH", "RECURSIVE") || tokens[i-1].text == ",") {
			st.with = append(st.with, t.text)
		}
	}
	return st
}

// statementTokens are the tokens of the statement at the cursor, without comments.
func statementTokens(tokens []sqlToken, at int) []sqlToken {
	var own []sqlToken
	for _, t := range tokens {
		switch {
		case t.kind == tokenComment:
		case t.kind == tokenSign && t.text == ";":
			if t.start >= at {
				return own
			}
			own = nil
		default:
			own = append(own, t)
		}
	}
	return own
}

// inFrom reports whether a comma behind these tokens is one between tables.
func inFrom(tokens []sqlToken) bool {
	depth := 0
	for _, t := range slices.Backward(tokens) {
		switch {
		case t.text == ")":
			depth++
		case t.text == "(":
			if depth == 0 {
				return false
			}
			depth--
		case depth == 0 && t.is(clauses...):
			return t.is("FROM")
		}
	}
	return false
}

// readTable reads "schema.name AS alias" from the beginning of tokens.
func readTable(tokens []sqlToken) (use tableUse, ok bool) {
	name := func(t sqlToken) bool { return t.kind == tokenName || t.kind == tokenWord && !t.is(notAlias...) }
	if len(tokens) == 0 || !name(tokens[0]) {
		return use, false
	}
	use.name = tokens[0].text
	i := 1
	for i+1 < len(tokens) && tokens[i].text == "." && name(tokens[i+1]) {
		use.name = tokens[i+1].text
		i += 2
	}
	if i < len(tokens) && tokens[i].is("AS") {
		i++
	}
	if i < len(tokens) && name(tokens[i]) {
		use.alias = tokens[i].text
	}
	return use, true
}

// qualifier is the name before a dot.
func (statement) qualifier(tokens []sqlToken, dot sqlToken) string {
	t := before(tokens, dot.start)
	if t.end == dot.start && (t.kind == tokenWord || t.kind == tokenName) {
		return t.text
	}
	return ""
}
