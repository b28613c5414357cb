package data

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// queryKinds is what may be run, for errors.
const queryKinds = "SELECT, FROM, WITH, VALUES, PIVOT, SUMMARIZE, DESCRIBE, SHOW and EXPLAIN are queries"

// tableFunctions are the table functions that a query may call: they compute rows,
// or tell of the book. Left out are those that read files, those that run a text as
// a query, which nobody would have checked (query, json_execute_serialized_sql),
// and those that change the engine or trust their caller: enable_logging ends
// the program, arrow_scan reads any memory.
//
// Source: duckdb_functions() of DuckDB 1.5.5.
var tableFunctions = strings.Fields(`
	generate_series histogram histogram_values json_each json_tree query_table range repeat repeat_row
	summary test_all_types unnest
	duckdb_columns duckdb_constraints duckdb_databases duckdb_dependencies duckdb_functions duckdb_indexes
	duckdb_keywords duckdb_memory duckdb_optimizers duckdb_schemas duckdb_sequences duckdb_settings
	duckdb_tables duckdb_temporary_files duckdb_types duckdb_variables duckdb_views
	icu_calendar_names pg_timezone_names pragma_collations pragma_database_size pragma_platform
	pragma_show pragma_storage_info pragma_table_info pragma_user_agent pragma_version`)

// outOfReach is a hint.
const outOfReach = "a query reads the book, and no files, settings or other queries"

// found is what is known of a query that has been checked.
type found struct {
	short  bool     // its result is as short as the book's list of columns: an EXPLAIN, a SHOW
	params []string // names of its parameters, sorted
}

// check refuses a statement that is no query, and a query that reaches out of the
// book.
func (s *Session) check(ctx context.Context, query string) (found, error) {
	rest, explain := afterWord(query, "EXPLAIN")
	if !explain {
		return s.checkQuery(ctx, query)
	}
	// ANALYZE, options in parentheses, the query; but that may begin with one, too.
	if inner, ok := afterWord(rest, "ANALYZE"); ok {
		rest = inner
	}
	f, err := s.checkQuery(ctx, rest)
	if inner, ok := afterParentheses(rest); ok && err != nil {
		f, err = s.checkQuery(ctx, inner)
	}
	f.short = true
	return f, err
}

// checkQuery lets the engine parse the text and show the result as a tree, which
// it does for queries alone. The prepared statement's type would not do: it is
// SELECT for a query that calls enable_logging, too, and learning it runs part of
// the statement.
func (s *Session) checkQuery(ctx context.Context, query string) (f found, err error) {
	var text string
	// The options leave out what is not set, which is nearly all.
	err = s.Get(ctx, []any{&text}, `SELECT json_serialize_sql(?::VARCHAR,
		skip_null := true, skip_empty := true, skip_default := true)::VARCHAR`, query)
	if err != nil {
		return f, err
	}
	var parsed struct {
		Error      bool   `json:"error"`
		Type       string `json:"error_type"`
		Message    string `json:"error_message"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		return f, fmt.Errorf("read the parsed query: %w", err)
	}
	switch {
	case parsed.Error && parsed.Type == "parser":
		// Preparing fails likewise, before it does anything, and shows the place.
		if err := s.prepare(query); err != nil {
			return f, err
		}
		return f, &StatementError{parsed.Message, ""}
	case parsed.Error:
		return f, notAQuery(query)
	case len(parsed.Statements) != 1:
		return f, tooMany(len(parsed.Statements))
	}
	params := map[string]bool{}
	if err := checkTree(parsed.Statements[0], params); err != nil {
		return f, err
	}
	return found{isShow(parsed.Statements[0]), slices.Sorted(maps.Keys(params))}, nil
}

// isShow recognises SHOW, DESCRIBE and SUMMARIZE, which the engine reads as a
// SELECT * of their own. In a result table SHOW TABLES would list that table.
func isShow(statement any) bool {
	at := func(node any, key string) any {
		m, _ := node.(map[string]any)
		return m[key]
	}
	node := at(statement, "node")
	list, _ := at(node, "select_list").([]any)
	return at(at(node, "from_table"), "type") == "SHOW_REF" && len(list) == 1 && at(list[0], "type") == "STAR"
}

// prepare lets the engine prepare a statement, for its error.
func (s *Session) prepare(query string) error {
	return s.conn.Raw(func(dc any) error {
		st, err := dc.(*duckdb.Conn).Prepare(query)
		if err != nil {
			return err
		}
		return st.Close()
	})
}

var (
	firstWord = regexp.MustCompile(`^[A-Za-z_]+`)
	pivotWord = regexp.MustCompile(`(?i)\bpivot`)
	queryWord = regexp.MustCompile(`(?i)^(SELECT|FROM|WITH|VALUES|TABLE|PIVOT\w*|SUMMARIZE|DESCRIBE|DESC|SHOW)$`)
)

// notAQuery words the refusal of what the engine has no tree for.
func notAQuery(query string) error {
	word := firstWord.FindString(skipBlanks(query))
	switch {
	case word != "" && !queryWord.MatchString(word):
		return &StatementError{strings.ToUpper(word) + " is no query, and nothing else is run", queryKinds}
	case pivotWord.MatchString(query):
		// Without the list the engine makes a type of the values first: two statements.
		return &StatementError{"a PIVOT has to name its values",
			"PIVOT sales ON condition IN ('new', 'used') USING count(*) GROUP BY version"}
	}
	return &StatementError{"this is no query, and nothing else is run", queryKinds}
}

// parameterName is how parameters are written: $since. Numbers say nothing to a reader.
var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkTree looks for table functions that are out of reach, and collects the names of
// parameters.
func checkTree(node any, params map[string]bool) error {
	var parts []any
	switch node := node.(type) {
	case []any:
		parts = node
	case map[string]any:
		if node["type"] == "TABLE_FUNCTION" {
			f, _ := node["function"].(map[string]any)
			name, _ := f["function_name"].(string)
			if !slices.Contains(tableFunctions, strings.ToLower(name)) {
				return &StatementError{fmt.Sprintf("the table function %s is out of reach", name),
					outOfReach}
			}
		}
		if node["class"] == "PARAMETER" {
			name, _ := node["identifier"].(string)
			if !parameterName.MatchString(name) {
				return &StatementError{"a parameter has to have a name", "write $since, for instance"}
			}
			params[name] = true
		}
		for _, n := range node {
			parts = append(parts, n)
		}
	}
	for _, n := range parts {
		if err := checkTree(n, params); err != nil {
			return err
		}
	}
	return nil
}
