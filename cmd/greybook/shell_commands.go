package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/amassable/greybook/reports"
)

// ask runs a query of the shell's own and shows its result as one of the user's.
func (sh *shell) ask(ctx context.Context, query string, args map[string]any) error {
	statements, err := sh.desk.Parse(ctx, query)
	if err != nil {
		return err
	}
	return sh.answer(ctx, statements[0], args)
}

// likePattern writes a pattern with * and ? for LIKE.
func likePattern(p string) string { return strings.NewReplacer("*", "%", "?", "_").Replace(p) }

func (sh *shell) dotTables(ctx context.Context, args []string) error {
	pattern := "%"
	if len(args) > 0 {
		pattern = likePattern(args[0])
	}
	return sh.ask(ctx, `SELECT name, kind, comment AS about FROM (
			SELECT table_name AS name, 'table' AS kind, * FROM duckdb_tables()
			UNION ALL BY NAME
			SELECT view_name AS name, view_name AS table_name, 'view' AS kind, * FROM duckdb_views())
		WHERE `+ownTables+` AND name ILIKE $pattern
		ORDER BY name`, map[string]any{"pattern": pattern})
}

func (sh *shell) dotSchema(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return sh.ask(ctx, `SELECT table_name AS name, count(*) AS n, string_agg(column_name, ', ' ORDER BY column_index) AS columns
			FROM duckdb_columns() WHERE `+ownTables+`
			GROUP BY name ORDER BY name`, nil)
	}
	// The name may be written as in a query: main.sales, "sales".
	name := strings.Trim(args[0][strings.LastIndexByte(args[0], '.')+1:], `"`)
	rows, err := sh.desk.Text(ctx, `SELECT name, comment FROM (
			SELECT table_name AS name, * FROM duckdb_tables() UNION ALL BY NAME
			SELECT view_name AS name, view_name AS table_name, * FROM duckdb_views())
		WHERE `+ownTables+` AND lower(name) = lower(?) ORDER BY database_name DESC`, name)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		err := usagef("there is no table or view %s", name)
		if near := nearest(strings.ToLower(name), sh.names().tableNames()); near != "" {
			return withHint(err, "did you mean %s?", near)
		}
		return withHint(err, ".tables lists them")
	}
	sh.heading = rows[0][0] + ": " + rows[0][1]
	defer func() { sh.heading = "" }()
	return sh.ask(ctx, `SELECT column_name AS name, data_type AS type, comment AS about
		FROM duckdb_columns() WHERE `+ownTables+` AND lower(table_name) = lower($name)
		ORDER BY database_name DESC, column_index`, map[string]any{"name": name})
}

func (sh *shell) dotMode(_ context.Context, args []string) error {
	if len(args) == 0 {
		sh.s.Note("results are written as %s", sh.format)
		return nil
	}
	format, err := reports.ParseRowFormat(strings.ToLower(args[0]))
	if err != nil {
		return &usageError{err}
	}
	if sh.out != nil && sh.outDone > 0 && format != sh.format {
		return withHint(usagef("%s holds results as %s", sh.out.name, sh.format), ".output closes it")
	}
	sh.format = format
	return nil
}

func (sh *shell) dotOutput(_ context.Context, args []string) error {
	if sh.out != nil {
		name := sh.out.name
		if err := sh.closeOutput(true); err != nil {
			return err
		}
		sh.s.Note("%s is written", name)
	}
	if len(args) == 0 || args[0] == "-" || args[0] == "stdout" {
		return nil
	}
	out, err := sh.s.CreateOutput(args[0], sh.format.Binary())
	if err != nil {
		return err
	}
	sh.out, sh.outDone = out, 0
	return nil
}

// deepestRead bounds files that read files.
const deepestRead = 16

func (sh *shell) dotRead(ctx context.Context, args []string) error {
	if sh.depth == deepestRead {
		return usagef("%s: files read files, %d deep", args[0], deepestRead)
	}
	f, err := os.Open(sh.s.Path(args[0]))
	if err != nil {
		return usagef("read %s: %w", args[0], cause(err))
	}
	defer f.Close()
	text, err := readQuery(args[0], f)
	if err != nil {
		return err
	}
	sh.depth++
	defer func() { sh.depth-- }()
	for i, entry := range shellEntries(text) {
		if err := sh.do(ctx, entry); err != nil {
			return fmt.Errorf("%s, statement %d: %w", args[0], i+1, err)
		}
		if sh.left {
			break
		}
	}
	return nil
}

func (sh *shell) dotTimer(_ context.Context, args []string) (err error) {
	sh.timer, err = onOff("timer", args[0])
	return err
}

func (sh *shell) dotPager(_ context.Context, args []string) (err error) {
	sh.paging, err = onOff("pager", args[0])
	return err
}

func onOff(name, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, usagef("it is used so: .%s on|off", name)
}

func (sh *shell) dotLimit(_ context.Context, args []string) error {
	if len(args) > 0 {
		if err := sh.limit.Set(args[0]); err != nil {
			return &usageError{err}
		}
		return nil
	}
	if n := sh.most(); n > 0 {
		sh.s.Note("results have %s rows at most", thousands(int64(n)))
	} else {
		sh.s.Note("results have all their rows")
	}
	return nil
}

func (sh *shell) dotSaved(ctx context.Context, args []string) error {
	all, err := sh.s.savedQueries()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		w, close := sh.page(ctx)
		for _, q := range all {
			fmt.Fprintf(w, "%-24s %s\n", q.Name, reports.VisibleText(q.Question))
		}
		return close()
	}
	q, err := findSaved(all, args[0], ".saved lists them")
	if err != nil {
		return err
	}
	values, err := sh.s.bind(q, args[1:])
	if err != nil {
		return err
	}
	statements, err := sh.desk.Parse(ctx, q.Text)
	if err != nil {
		return err
	}
	sh.s.noteAsOf(values)
	sh.heading = q.Question
	defer func() { sh.heading = "" }()
	for _, st := range statements {
		if err := sh.answer(ctx, st, values); err != nil {
			return err
		}
	}
	return nil
}

// savedNames are the names of the saved queries, for completion; none where one of them
// is wrong, which .saved says.
func (s *session) savedNames() []string {
	all, err := s.savedQueries()
	if err != nil {
		return nil
	}
	var found []string
	for _, q := range all {
		found = append(found, q.Name)
	}
	return found
}

func (sh *shell) dotHelp(ctx context.Context, args []string) error {
	w, close := sh.page(ctx)
	if len(args) > 0 {
		c, err := findDot(strings.TrimPrefix(args[0], "."))
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n%s\n", c.usage(), c.about)
		if c.detail != "" {
			fmt.Fprintln(w, c.detail)
		}
		return close()
	}
	for _, c := range dotCommands() {
		fmt.Fprintf(w, "%-30s %s\n", c.usage(), c.about)
	}
	fmt.Fprint(w, `
A statement ends with a semicolon and may have many lines. Tab completes; Up and Ctrl-R
find what was asked before; Ctrl-C gives up a line or stops a statement; Ctrl-D leaves.
`)
	return close()
}

func (sh *shell) dotQuit(context.Context, []string) error {
	sh.left = true
	return nil
}
