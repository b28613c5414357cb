package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// names is what can be completed.
type names struct {
	Keywords  []string
	Functions []string
	Tables    map[string][]string // the columns of each table and view
	Saved     []string            // saved queries
}

// candidate is what a word may become.
type candidate struct {
	Text  string
	About string // one line
}

// complete returns what the word at the cursor may become, best first, and where that
// word begins. It is empty inside of strings and comments.
func complete(text string, at int, all names) (from int, found []candidate) {
	if isDotCommand(text) {
		return completeDot(text, at, all)
	}
	tokens := sqlTokens(text)
	tokens, word := tokenAt(tokens, at)
	if word.kind == tokenComment || word.kind == tokenText {
		return at, nil
	}
	st := readStatement(tokens, at)
	prefix := text[word.start:at]
	c := completion{all: all, st: st, prefix: strings.TrimPrefix(prefix, `"`), quoted: strings.HasPrefix(prefix, `"`)}
	before := before(tokens, word.start)
	switch {
	case before.text == ".":
		c.members(st.qualifier(tokens, before))
	case before.is("FROM", "JOIN", "DESCRIBE", "SUMMARIZE", "TABLE") || before.text == "," && st.clause == "FROM":
		c.tables()
	case c.prefix == "" && !c.quoted:
		c.unasked(before)
	default:
		c.columns()
		c.tables()
		c.otherColumns()
		if !c.quoted {
			c.functions(strings.HasPrefix(text[at:], "("))
			c.keywords()
		}
	}
	return word.start, c.found
}

// completion collects candidates, each once.
type completion struct {
	all    names
	st     statement
	prefix string // as typed
	quoted bool   // in double quotes
	found  []candidate
}

// add adds a candidate if the word may become it.
func (c *completion) add(name, text, about string) {
	if len(name) < len(c.prefix) || !strings.EqualFold(name[:len(c.prefix)], c.prefix) {
		return
	}
	for _, f := range c.found {
		if strings.EqualFold(f.Text, text) {
			return
		}
	}
	c.found = append(c.found, candidate{text, about})
}

// addName adds a candidate that is a name, in quotes where it needs them.
func (c *completion) addName(name, about string) {
	c.add(name, quoteName(name, c.quoted), about)
}

// quoteName writes a name for SQL.
func quoteName(name string, always bool) string {
	plain := name != "" && !always
	for i, r := range name {
		if !isWord(r) || r >= 0x80 || i == 0 && '0' <= r && r <= '9' {
			plain = false
		}
	}
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// columns adds the columns of the tables that the statement names.
func (c *completion) columns() {
	for _, t := range c.st.tables {
		for _, column := range c.all.columnsOf(t.name) {
			c.addName(column, "column of "+t.name)
		}
	}
	for _, t := range c.st.tables {
		if t.alias != "" {
			c.addName(t.alias, "is "+t.name+" here")
		}
	}
}

// otherColumns adds columns of tables that the statement does not name, or not yet.
func (c *completion) otherColumns() {
	of := map[string][]string{}
	for _, table := range c.all.tableNames() {
		for _, column := range c.all.Tables[table] {
			of[column] = append(of[column], table)
		}
	}
	columns := make([]string, 0, len(of))
	for column := range of {
		columns = append(columns, column)
	}
	sort.Strings(columns)
	for _, column := range columns {
		about := "column of " + of[column][0]
		if more := len(of[column]) - 1; more > 0 {
			about += fmt.Sprintf(" and %d more", more)
		}
		c.addName(column, about)
	}
}

// tables adds tables, views, and the WITH names of the statement.
func (c *completion) tables() {
	for _, name := range c.st.with {
		c.addName(name, "of this statement")
	}
	for _, name := range c.all.tableNames() {
		columns := "columns"
		if len(c.all.Tables[name]) == 1 {
			columns = "column"
		}
		c.addName(name, fmt.Sprintf("%d %s", len(c.all.Tables[name]), columns))
	}
}

// members adds what may stand behind a qualifier and its dot.
func (c *completion) members(qualifier string) {
	table := qualifier
	for _, t := range c.st.tables {
		if strings.EqualFold(qualifier, t.alias) {
			table = t.name
		}
	}
	for _, column := range c.all.columnsOf(table) {
		c.addName(column, "column of "+table)
	}
	if slices.Contains([]string{"main", "temp", "book"}, strings.ToLower(qualifier)) {
		c.tables()
	}
}

// unasked adds what helps where nothing has been typed yet.
func (c *completion) unasked(before sqlToken) {
	if before.text == "" || before.text == ";" {
		for _, k := range []string{"SELECT", "FROM", "WITH", "DESCRIBE", "SUMMARIZE", "SHOW TABLES"} {
			c.add(k, k, "begins a statement")
		}
		return
	}
	c.columns()
}

func (c *completion) functions(called bool) {
	for _, f := range slices.Sorted(slices.Values(c.all.Functions)) {
		text := f
		if !called {
			text += "("
		}
		c.add(f, text, "function")
	}
}

// keywords are written as the rest of the word is.
func (c *completion) keywords() {
	for _, k := range slices.Sorted(slices.Values(c.all.Keywords)) {
		k = strings.ToUpper(k)
		if c.prefix == strings.ToLower(c.prefix) {
			k = strings.ToLower(k)
		}
		c.add(k, k, "keyword")
	}
}

func (all names) tableNames() []string {
	tables := make([]string, 0, len(all.Tables))
	for t := range all.Tables {
		tables = append(tables, t)
	}
	sort.Strings(tables)
	return tables
}

// columnsOf are the columns of a table, whatever the case of its name; nil for one
// that is not there.
func (all names) columnsOf(table string) []string {
	for _, name := range all.tableNames() {
		if strings.EqualFold(name, table) {
			return all.Tables[name]
		}
	}
	return nil
}
