package analysis

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// bound returns what to bind for a query, as of a day; a style that must be given is grey6,
// and one sale is enough to compare marketplaces.
func bound(t *testing.T, q SavedQuery, given map[string]string, asOf string) []any {
	t.Helper()
	all := map[string]string{}
	for _, p := range q.Params {
		switch {
		case p.Name == "style" && p.Required:
			all["style"] = grey6
		case p.Name == "min_sales":
			all["min_sales"] = "1"
		}
	}
	for k, v := range given {
		all[k] = v
	}
	day, err := data.ParseDate(asOf)
	if err != nil {
		t.Fatal(err)
	}
	values, err := q.Values(all, day)
	if err != nil {
		t.Fatal(err)
	}
	var args []any
	for name, v := range values {
		args = append(args, sql.Named(name, v))
	}
	return args
}

// answer runs a query and returns its rows as text, figures to four decimals, and its columns.
func answer(t *testing.T, s *data.Session, q SavedQuery, args []any) (out []string, columns []ModelColumn) {
	t.Helper()
	rows, err := s.Query(t.Context(), q.Text, args...)
	if err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	row, dest := make([]any, len(types)), make([]any, len(types))
	for i, c := range types {
		columns = append(columns, ModelColumn{Name: c.Name(), Type: c.DatabaseTypeName()})
		dest[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, v := range row {
			switch v := v.(type) {
			case nil:
				cells = append(cells, "")
			case float64:
				cells = append(cells, strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64))
			case time.Time:
				cells = append(cells, v.Format(time.DateOnly))
			default:
				cells = append(cells, fmt.Sprint(v))
			}
		}
		out = append(out, strings.Join(cells, ","))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	return out, columns
}

// busyBook has sales of Grey Day, core grey and other styles, new and used, on two
// marketplaces, over eighteen months: something for every query.
func busyBook(t *testing.T, until string) *data.Book {
	t.Helper()
	first, _ := data.ParseDate("2024-06-03")
	last, err := data.ParseDate(until)
	if err != nil {
		t.Fatal(err)
	}
	var sales []sale
	styles := []string{grey6, grey5, greyDay, "M990TG3", "M990AB6"}
	for d, i := first, 0; d <= last; d, i = d.AddDays(1), i+1 {
		v := sale{style: styles[i%len(styles)], day: d.String(), price: fmt.Sprint(90 + i*7%60), retail: "100", size: []string{"8", "9.5", "11"}[i%3], flags: i % 2}
		if v.style == grey5 {
			v.price = fmt.Sprint(60 + i*7%30)
		}
		if i%4 == 1 {
			v.marketplace = "GOAT"
		}
		if i%11 == 3 {
			v.condition = "used"
		}
		sales = append(sales, v)
	}
	b := newBook(t, sales)
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Exec(t.Context(), `INSERT INTO retail_prices VALUES
		('M990GL6', DATE '2025-03-01', 210, 'USD', 'test', 'high', NULL), ('M990GL6', DATE '2025-09-01', 220, 'USD', 'test', 'high', NULL)`); err != nil {
		t.Fatal(err)
	}
	return b
}

// What a header promises is what the engine gives: names, types, order.
func TestSavedQueryHeaders(t *testing.T) {
	s := session(t, busyBook(t, "2025-12-31"))
	for _, q := range builtinQueries(t) {
		rows, got := answer(t, s, q, bound(t, q, nil, "2025-12-31"))
		var want []ModelColumn
		for _, c := range q.Columns {
			want = append(want, ModelColumn{Name: c.Name, Type: c.Type})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n query  %v\n header %v", q.Name, got, want)
		}
		// Without prices in the book there is nothing that lacks one; all others answer something here.
		if len(rows) == 0 && q.Name != "missing_retail" {
			t.Errorf("%s has no rows", q.Name)
		}
	}
}

// A query as of a day sees nothing of what was sold, or priced anew, later.
func TestSavedQueriesIgnoreWhatIsLater(t *testing.T) {
	const day = "2025-06-30"
	then, later := session(t, busyBook(t, day)), session(t, busyBook(t, "2025-12-31"))
	for _, q := range builtinQueries(t) {
		want, _ := answer(t, then, q, bound(t, q, nil, day))
		got, _ := answer(t, later, q, bound(t, q, nil, day))
		if !slices.Equal(got, want) {
			t.Errorf("%s as of %s, with later sales in the book:\n%s\nwithout:\n%s", q.Name, day, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		now, _ := answer(t, later, q, bound(t, q, nil, "2025-12-31"))
		if slices.Equal(now, got) && q.Name != "missing_retail" {
			t.Errorf("%s says the same as of %s and half a year later", q.Name, day)
		}
	}
}

// The queries read the documented tables and views of schema main, and nothing else.
func TestSavedQueriesReadDocumentedTables(t *testing.T) {
	s := session(t, newBook(t, nil))
	for _, q := range builtinQueries(t) {
		var text string
		if err := s.Get(t.Context(), []any{&text}, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", q.Text); err != nil {
			t.Fatal(err)
		}
		var tree any
		if err := json.Unmarshal([]byte(text), &tree); err != nil {
			t.Fatal(err)
		}
		tables, own := map[string]bool{}, map[string]bool{}
		readTables(tree, tables, own)
		for name := range tables {
			var n int
			if own[name] {
				continue
			}
			if err := s.Get(t.Context(), []any{&n}, `SELECT count(*) FROM (SELECT table_name AS name, comment, schema_name FROM duckdb_tables() UNION ALL SELECT view_name, comment, schema_name FROM duckdb_views())
				WHERE schema_name = 'main' AND name = ? AND comment <> ''`, name); err != nil {
				t.Fatal(err)
			}
			if n != 1 {
				t.Errorf("%s reads %s, which is no documented table or view", q.Name, name)
			}
		}
		if len(tables) == len(own) {
			t.Errorf("%s reads nothing: %v", q.Name, tables)
		}
	}
}

// readTables collects what a parsed query reads, and what it names itself in WITH.
func readTables(node any, tables, own map[string]bool) {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			readTables(n, tables, own)
		}
	case map[string]any:
		if node["type"] == "BASE_TABLE" {
			name := fmt.Sprint(node["table_name"])
			if schema, _ := node["schema_name"].(string); schema != "" {
				name = schema + "." + name
			}
			tables[name] = true
		}
		if ctes, ok := node["cte_map"].(map[string]any); ok {
			list, _ := ctes["map"].([]any)
			for _, c := range list {
				own[fmt.Sprint(c.(map[string]any)["key"])] = true
			}
		}
		for _, n := range node {
			readTables(n, tables, own)
		}
	}
}

// The sandbox runs them, and so does another engine that has the book attached beside
// a database of its own, by search path or by the book's name alone.
func TestSavedQueriesRunElsewhere(t *testing.T) {
	ctx := context.Background()
	b := busyBook(t, "2025-12-31")
	s := session(t, b)
	want := map[string][]string{}
	for _, q := range builtinQueries(t) {
		want[q.Name], _ = answer(t, s, q, bound(t, q, nil, "2025-12-31"))
	}
	if err := s.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	s.Close()
	b.Close()
	scratch, err := data.OpenScratch(ctx, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	a := session(t, scratch)
	for _, path := range []string{"memory.main,book.main", "book.main"} {
		for _, stmt := range []string{"ATTACH IF NOT EXISTS '" + b.Path() + "' AS book (READ_ONLY)", "SET search_path = '" + path + "'"} {
			if err := a.Exec(ctx, stmt); err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
		}
		for _, q := range builtinQueries(t) {
			if got, _ := answer(t, a, q, bound(t, q, nil, "2025-12-31")); !slices.Equal(got, want[q.Name]) {
				t.Errorf("%s, with the search path %s:\n%s\nwant\n%s", q.Name, path, strings.Join(got, "\n"), strings.Join(want[q.Name], "\n"))
			}
		}
	}
	var lo float64
	for _, stmt := range []string{"SET search_path = 'memory.main'", "CREATE TEMP TABLE mine AS SELECT book.main.median_interval(multiple).lo AS lo FROM book.main.observations"} {
		if err := a.Exec(ctx, stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
	if err := a.Get(ctx, []any{&lo}, "SELECT lo FROM mine"); err != nil || lo <= 0 {
		t.Errorf("by the book's name: %v, %v", lo, err)
	}
	// The engine would wait without end for a book that is still open in this process.
	a.Close()
	scratch.Close()

	shut, err := data.OpenSandbox(ctx, b.Path(), data.SandboxOptions{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer shut.Close()
	for _, q := range builtinQueries(t) {
		args := map[string]any{}
		for _, a := range bound(t, q, nil, "2025-12-31") {
			args[a.(sql.NamedArg).Name] = a.(sql.NamedArg).Value
		}
		parsed, err := shut.Parse(ctx, q.Text)
		if err != nil {
			t.Fatalf("%s in the sandbox: %v", q.Name, err)
		}
		rr, err := shut.Run(ctx, parsed[0], data.SelectOptions{Args: args})
		if err != nil {
			t.Errorf("%s in the sandbox: %v", q.Name, err)
			continue
		}
		n := 0
		for rr.Next() {
			n += int(rr.RecordBatch().NumRows())
		}
		if rr.Release(); n != len(want[q.Name]) {
			t.Errorf("%s in the sandbox has %d rows, want %d", q.Name, n, len(want[q.Name]))
		}
	}
}
