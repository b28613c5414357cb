package main

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

// The saved queries on the bundled sample. A script analysis/testdata/queries/NAME.txt
// has cases, with a blank line between them:
//
//	# where the numbers come from
//	query as_of=2026-11-15 days=182
//	----
//	the rows, cells between |, figures to four decimals; a line "..." stands for any rows
func TestSavedQueriesOnTheSample(t *testing.T) {
	path, _ := sampleBook(t, sample.Options{})
	b, err := data.OpenReadOnly(t.Context(), path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	all, err := analysis.SavedQueries("")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("../../analysis/testdata/queries/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range all {
		script := filepath.Join("..", "..", "analysis", "testdata", "queries", q.Name+".txt")
		scripts = slices.DeleteFunc(scripts, func(s string) bool { return s == script })
		text, err := os.ReadFile(script)
		if err != nil {
			t.Errorf("%s has no script: %v", q.Name, err)
			continue
		}
		for i, c := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
			given, want := savedQueryCase(t, script, c)
			got := askSaved(t, b, q, given, filepath.Dir(path))
			if !linesMatch(want, got) {
				t.Errorf("%s, case %d: query %v\n%s\nwant\n%s", script, i+1, given, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	for _, s := range scripts {
		t.Errorf("%s is the script of no query", s)
	}
	t.Run("agree", func(t *testing.T) { agreeWithAnalyses(t, b, all) })
}

// savedQueryCase reads a case of a script.
func savedQueryCase(t *testing.T, script, text string) (given map[string]string, rows []string) {
	t.Helper()
	said := false
	lines := strings.Split(text, "\n")
	for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
		said, lines = true, lines[1:]
	}
	if len(lines) < 2 || !strings.HasPrefix(lines[0], "query") || lines[1] != "----" || !said {
		t.Fatalf("%s: a case is comments, a query line, ----, rows; this is\n%s", script, text)
	}
	given = map[string]string{}
	for _, f := range strings.Fields(lines[0])[1:] {
		k, v, _ := strings.Cut(f, "=")
		given[k] = v
	}
	return given, lines[2:]
}

// askSaved runs a saved query and returns its rows; dir is what the files' paths begin with.
func askSaved(t *testing.T, b *data.Book, q analysis.SavedQuery, given map[string]string, dir string) (out []string) {
	t.Helper()
	for _, row := range savedRows(t, b, q, given) {
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
				cells = append(cells, strings.ReplaceAll(fmt.Sprint(v), dir+"/", ""))
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

func savedRows(t *testing.T, b *data.Book, q analysis.SavedQuery, given map[string]string) (out [][]any) {
	t.Helper()
	values, err := q.Values(given, 0)
	if err != nil {
		t.Fatal(err)
	}
	var args []any
	for name, v := range values {
		args = append(args, sql.Named(name, v))
	}
	s := testSession(t, b)
	defer s.Close()
	rows, err := s.Query(t.Context(), q.Text, args...)
	if err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	defer rows.Close()
	for rows.Next() {
		row, dest := make([]any, len(q.Columns)), make([]any, len(q.Columns))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", q.Name, err)
	}
	return out
}

// agreement holds queries that ask what an analysis asks to its figures, bit for bit.
type agreement struct {
	*testing.T
	book        *data.Book
	all         []analysis.SavedQuery
	since, asOf data.Date // 364 days
}

func agreeWithAnalyses(t *testing.T, b *data.Book, all []analysis.SavedQuery) {
	a := agreement{T: t, book: b, all: all}
	var err error
	if a.asOf, err = data.ParseDate("2026-11-15"); err != nil {
		t.Fatal(err)
	}
	a.since = a.asOf.AddDays(-363)
	a.multiples()
	a.sizes()
	a.greyDays()
	a.liquidity()
}

// table is columns of a query's rows, by the text of its column key.
func (a agreement) table(name, key string, columns ...string) map[string]string {
	a.Helper()
	q := a.all[slices.IndexFunc(a.all, func(q analysis.SavedQuery) bool { return q.Name == name })]
	at := func(column string) int {
		i := slices.IndexFunc(q.Columns, func(c analysis.ModelColumn) bool { return c.Name == column })
		if i < 0 {
			a.Fatalf("%s has no column %s", name, column)
		}
		return i
	}
	out := map[string]string{}
	for _, row := range savedRows(a.T, a.book, q, map[string]string{"as_of": a.asOf.String()}) {
		var cells []any
		for _, c := range columns {
			cells = append(cells, row[at(c)])
		}
		k := row[at(key)]
		if k == nil {
			k = ""
		}
		out[fmt.Sprint(k)] += figures(cells...)
	}
	return out
}

// figures writes a row; a figure that is missing is nil.
func figures(row ...any) string {
	for i, v := range row {
		switch v := v.(type) {
		case *float64:
			row[i] = nil
			if v != nil {
				row[i] = math.Round(*v*1e4) / 1e4 // as the queries do
			}
		case float64:
			row[i] = math.Round(v*1e4) / 1e4
		case time.Time:
			row[i] = data.DateOf(v)
		}
	}
	return fmt.Sprintln(row...)
}

func (a agreement) same(name string, got, want map[string]string) {
	a.Helper()
	if len(got) != len(want) || len(want) == 0 {
		a.Errorf("%s has %d rows, the analysis %d", name, len(got), len(want))
	}
	for k, w := range want {
		if got[k] != w {
			a.Errorf("%s of %q:\n%sthe analysis has\n%s", name, k, got[k], w)
		}
	}
}

// must ends the test where an analysis failed.
func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (a agreement) multiples() {
	m, err := analysis.ComputeMultiples(a.Context(), a.book, analysis.MultiplesSpec{By: []analysis.Dimension{analysis.ByVersion},
		Where: []analysis.Filter{{Dimension: analysis.ByModel, Value: "990"}}, Since: a.since, AsOf: a.asOf})
	want := map[string]string{}
	for _, r := range must(a.T, m, err).Rows {
		want[r.Keys[0]] = figures(r.N, r.Median, r.Lo, r.Hi, r.ShareAboveRetail, strings.Join(r.Warnings, "; "))
	}
	a.same("version_demand", a.table("version_demand", "version", "n", "median_multiple", "multiple_lo", "multiple_hi", "share_above_retail", "warnings"), want)
}

func (a agreement) sizes() {
	m, err := analysis.ComputeSizes(a.Context(), a.book, analysis.MultiplesSpec{Since: a.since, AsOf: a.asOf})
	want := map[string]string{}
	for _, r := range must(a.T, m, err).Rows {
		want[r.Keys[0]] = figures(r.N, r.Styles, r.Relative, r.Lo, r.Hi, r.Median, strings.Join(r.Warnings, "; "))
	}
	a.same("size_premium", a.table("size_premium", "size", "n", "styles", "relative_multiple", "relative_lo", "relative_hi", "median_multiple", "warnings"), want)
}

func (a agreement) greyDays() {
	want := map[string]string{}
	for _, part := range []analysis.MultiplesSpec{{FirstDays: 90, AsOf: a.asOf}, {Since: a.since, AsOf: a.asOf}} {
		part.By = []analysis.Dimension{analysis.ByGreyDay}
		m, err := analysis.ComputeMultiples(a.Context(), a.book, part)
		for _, r := range must(a.T, m, err).Rows {
			if strings.HasPrefix(r.Keys[0], "Grey Day") {
				want[r.Keys[0]] += figures(r.N, r.Median, r.Lo, r.Hi, strings.Join(r.Warnings, "; "))
			}
		}
	}
	got := a.table("grey_day_resale", "grey_day", "n", "median_multiple", "multiple_lo", "multiple_hi", "warnings")
	for k := range got { // an analysis has no row for a part without a sale
		got[k] = strings.ReplaceAll(got[k], figures(0, nil, nil, nil, "too_few"), "")
	}
	a.same("grey_day_resale", got, want)
}

func (a agreement) liquidity() {
	l, err := analysis.ComputeLiquidity(a.Context(), a.book, analysis.LiquiditySpec{
		Question: analysis.MultiplesSpec{By: []analysis.Dimension{analysis.ByStyle}, AsOf: a.asOf}, Days: 364})
	want := map[string]string{}
	for _, r := range must(a.T, l, err).Rows {
		want[r.Keys[0]] = figures(r.N, r.From, r.Weeks, r.SalesPerWeek, r.SalesLo, r.SalesHi, r.LastSoldOn)
	}
	a.same("liquidity", a.table("liquidity", "style", "n", "window_from", "weeks", "sales_per_week", "sales_lo", "sales_hi", "last_sold_on"), want)
}
