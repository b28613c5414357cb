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

// agreeWithAnalyses holds the queries that ask what an analysis asks to its figures, bit for bit.
func agreeWithAnalyses(t *testing.T, b *data.Book, all []analysis.SavedQuery) {
	asOf, since := data.Date(0), data.Date(0)
	for day, d := range map[string]*data.Date{"2026-11-15": &asOf, "2025-11-17": &since} { // 364 days
		var err error
		if *d, err = data.ParseDate(day); err != nil {
			t.Fatal(err)
		}
	}
	// table is a query's rows by the texts of its first keys columns that aren't figures.
	table := func(name, key string, columns ...string) map[string]string {
		q := all[slices.IndexFunc(all, func(q analysis.SavedQuery) bool { return q.Name == name })]
		at := func(column string) int {
			i := slices.IndexFunc(q.Columns, func(c analysis.ModelColumn) bool { return c.Name == column })
			if i < 0 {
				t.Fatalf("%s has no column %s", name, column)
			}
			return i
		}
		out := map[string]string{}
		for _, row := range savedRows(t, b, q, map[string]string{"as_of": asOf.String()}) {
			var cells []any
			for _, c := range columns {
				cells = append(cells, row[at(c)])
			}
			k := row[at(key)]
			if k == nil {
				k = ""
			}
			out[fmt.Sprint(k)] += fmt.Sprintln(cells...)
		}
		return out
	}
	same := func(name string, got, want map[string]string) {
		t.Helper()
		if len(got) != len(want) || len(want) == 0 {
			t.Errorf("%s has %d rows, the analysis %d", name, len(got), len(want))
		}
		for k, w := range want {
			if got[k] != w {
				t.Errorf("%s of %q: %s the analysis has %s", name, k, got[k], w)
			}
		}
	}
	show := func(v ...any) string {
		for i := range v {
			if p, ok := v[i].(*float64); ok {
				v[i] = nil
				if p != nil {
					v[i] = *p
				}
			}
		}
		return fmt.Sprintln(v...)
	}
	want := map[string]string{}
	m, err := analysis.ComputeMultiples(t.Context(), b, analysis.MultiplesSpec{By: []analysis.Dimension{analysis.ByVersion},
		Where: []analysis.Filter{{Dimension: analysis.ByModel, Value: "990"}}, Since: since, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range m.Rows {
		want[r.Keys[0]] = show(r.N, r.Median, r.Lo, r.Hi, r.ShareAboveRetail, strings.Join(r.Warnings, "; "))
	}
	same("version_demand", table("version_demand", "version", "n", "median_multiple", "multiple_lo", "multiple_hi", "share_above_retail", "warnings"), want)

	sizes, err := analysis.ComputeSizes(t.Context(), b, analysis.MultiplesSpec{Since: since, AsOf: asOf})
	if err != nil {
		t.Fatal(err)
	}
	want = map[string]string{}
	for _, r := range sizes.Rows {
		want[r.Keys[0]] = show(r.N, r.Styles, r.Relative, r.Lo, r.Hi, r.Median, strings.Join(r.Warnings, "; "))
	}
	same("size_premium", table("size_premium", "size", "n", "styles", "relative_multiple", "relative_lo", "relative_hi", "median_multiple", "warnings"), want)

	want = map[string]string{}
	for _, part := range []analysis.MultiplesSpec{{FirstDays: 90, AsOf: asOf}, {Since: since, AsOf: asOf}} {
		part.By = []analysis.Dimension{analysis.ByGreyDay}
		m, err := analysis.ComputeMultiples(t.Context(), b, part)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range m.Rows {
			if strings.HasPrefix(r.Keys[0], "Grey Day") {
				want[r.Keys[0]] += show(r.N, r.Median, r.Lo, r.Hi, strings.Join(r.Warnings, "; "))
			}
		}
	}
	got := table("grey_day_resale", "grey_day", "n", "median_multiple", "multiple_lo", "multiple_hi", "warnings")
	for k := range got { // an analysis has no row for a part without a sale
		got[k] = strings.ReplaceAll(got[k], "0 <nil> <nil> <nil> too_few\n", "")
	}
	same("grey_day_resale", got, want)

	l, err := analysis.ComputeLiquidity(t.Context(), b, analysis.LiquiditySpec{Question: analysis.MultiplesSpec{By: []analysis.Dimension{analysis.ByStyle}, AsOf: asOf}, Days: 364})
	if err != nil {
		t.Fatal(err)
	}
	want = map[string]string{}
	for _, r := range l.Rows {
		want[r.Keys[0]] = fmt.Sprintf("%d %s %.9g %.9g %.9g\n", r.N, r.From, r.SalesPerWeek, r.SalesLo, r.SalesHi)
	}
	q := all[slices.IndexFunc(all, func(q analysis.SavedQuery) bool { return q.Name == "liquidity" })]
	got = map[string]string{}
	for _, row := range savedRows(t, b, q, map[string]string{"as_of": asOf.String()}) {
		// Its interval is solved for, and good to nine digits.
		got[row[0].(string)] = fmt.Sprintf("%d %s %.9g %.9g %.9g\n", row[3], row[4].(time.Time).Format(time.DateOnly), row[6], row[7], row[8])
	}
	same("liquidity", got, want)
}
