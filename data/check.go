package data

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

//go:embed checks/*.sql
var checkFiles embed.FS

// Check is an invariant of the book: a query that returns no rows while it holds.
type Check struct {
	Name  string // of its file, in checks: "sale_keys_are_unique"
	Holds string // what must hold, in words
	Query string
}

// CheckResult is what a check found.
type CheckResult struct {
	Check
	Rows    int64      // against the invariant
	Columns []string   // of First
	First   [][]string // the first of those rows as text; NULL is "NULL"
}

// OK reports whether the invariant holds.
func (r CheckResult) OK() bool { return r.Rows == 0 }

// Checks lists the invariants by name.
func Checks() ([]Check, error) {
	names, err := fs.Glob(checkFiles, "checks/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []Check
	for _, n := range names {
		text, err := checkFiles.ReadFile(n)
		if err != nil {
			return nil, err
		}
		head, query, _ := strings.Cut(string(text), "\n")
		holds, ok := strings.CutPrefix(head, "-- ")
		if !ok || strings.TrimSpace(query) == "" {
			return nil, fmt.Errorf("%s: its first line must say what holds, and a query follow", n)
		}
		out = append(out, Check{strings.TrimSuffix(path.Base(n), ".sql"), holds, strings.TrimSpace(query)})
	}
	return out, nil
}

// firstRows is how many rows of a failed check are kept.
const firstRows = 5

// Check runs every check of Checks and changes nothing. The models of package
// analysis must be installed.
func (b *Book) Check(ctx context.Context) ([]CheckResult, error) {
	checks, err := Checks()
	if err != nil {
		return nil, err
	}
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var out []CheckResult
	for _, c := range checks {
		r, err := c.run(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", c.Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (c Check) run(ctx context.Context, s *Session) (CheckResult, error) {
	r := CheckResult{Check: c}
	if err := s.Get(ctx, []any{&r.Rows}, "SELECT count(*) FROM (\n"+c.Query+"\n)"); err != nil || r.OK() {
		return r, err
	}
	rows, err := s.Query(ctx, fmt.Sprintf("SELECT COLUMNS(*)::VARCHAR FROM (\n%s\n) LIMIT %d", c.Query, firstRows))
	if err != nil {
		return r, err
	}
	defer rows.Close()
	if r.Columns, err = rows.Columns(); err != nil {
		return r, err
	}
	for rows.Next() {
		row := make([]sql.NullString, len(r.Columns))
		dest := make([]any, len(row))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return r, err
		}
		texts := make([]string, len(row))
		for i, v := range row {
			if texts[i] = v.String; !v.Valid {
				texts[i] = "NULL"
			}
		}
		r.First = append(r.First, texts)
	}
	return r, rows.Err()
}
