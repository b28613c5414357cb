package ingest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

// never is a size that no file reaches: it keeps the engine's reader out.
const never = 1 << 60

// newJob makes a job on a new book, in memory.
func newJob(t testing.TB) *Job {
	t.Helper()
	return jobOn(t, "")
}

func jobOn(t testing.TB, book string) *Job {
	t.Helper()
	b, err := data.Open(t.Context(), book, data.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	ps, err := Profiles()
	if err != nil {
		t.Fatal(err)
	}
	return &Job{Book: b, Program: "greybook test", Now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), AsOf: date(t, "2026-11-20"), Profiles: ps, TempDir: t.TempDir()}
}

func date(t testing.TB, s string) data.Date {
	t.Helper()
	d, err := data.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// put writes a file into a folder of the test.
func put(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sales ingests one file and checks that it adds up.
func (j *Job) mustRead(t testing.TB, path string) FileReport {
	t.Helper()
	_, reports, err := j.Sales(t.Context(), []string{path})
	if err != nil {
		t.Fatal(err)
	}
	r := reports[0]
	if r.Read != r.Added+r.Known+r.Rejected {
		t.Fatalf("%s: read %d, added %d, known %d, rejected %d", path, r.Read, r.Added, r.Known, r.Rejected)
	}
	return r
}

// counts is a report in short: "read added known rejected".
func counts(r FileReport) string { return fmt.Sprint(r.Read, r.Added, r.Known, r.Rejected) }

func wantCounts(t testing.TB, what string, r FileReport, want string) {
	t.Helper()
	if got := counts(r); got != want {
		t.Errorf("%s: read, added, known, rejected = %s, want %s; %v", what, got, want, r.Reasons)
	}
}

// table returns the rows of a query as text, in its order.
func (j *Job) table(t testing.TB, query string) []string {
	t.Helper()
	s, err := j.Book.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := s.Query(t.Context(), "SELECT to_json(q)::VARCHAR FROM ("+query+") q")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	allSales   = "SELECT * EXCLUDE (run_id, source_file) FROM sales ORDER BY ALL"
	onlySales  = "SELECT * EXCLUDE (run_id, source_file, source_line) FROM sales ORDER BY ALL"
	allRejects = "SELECT * EXCLUDE (run_id, source_file) FROM rejects ORDER BY ALL"
)

// sameBook compares two books by what they say of the same sales.
func sameBook(t testing.TB, what string, a, b *Job, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if diff := cmp.Diff(a.table(t, q), b.table(t, q)); diff != "" {
			t.Errorf("%s: %s:\n%.3000s", what, q, diff)
		}
	}
}

// generated is a canonical file of n rows, sound by itself: the same seed gives
// the same rows. Every field may be quoted; titles hold commas, quotes and other
// scripts; a row may repeat an earlier one.
func generated(seed uint64, n int, ids bool) (header string, rows []string) {
	r := rand.New(rand.NewPCG(seed, 990))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	quote := func(s string) string {
		if strings.ContainsAny(s, ",\"") || r.IntN(6) == 0 {
			return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
		return s
	}
	header = "sold_at,style_code,title,size,condition,price,currency,marketplace,price_basis,quantity,made_in,url"
	if ids {
		header = "sale_id," + header
	}
	for i := range n {
		if len(rows) > 0 && r.IntN(20) == 0 {
			rows = append(rows, rows[r.IntN(len(rows))])
			continue
		}
		day := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(3*365*86400)) * time.Second)
		fields := []string{
			pick(day.Format("2006-01-02"), day.Format(time.RFC3339), day.Format("2006-01-02 15:04:05-05:00"), day.Format("2006-01-02T15:04")),
			pick("M990GL6", "M990GL6", "m990-gl6 2E", "U990GR4", "M990GL5", "", "M2002RDA", "DD1391-100"),
			pick("New Balance 990v6 Grey", "New Balance 990v4 \"Grey Day\", Made in USA", "뉴발란스 990v6 그레이", "990v5, grey", "'; DROP TABLE sales; --", "Café 990v3", " padded "),
			pick("8.5", "9", "10 2E", "8.5W", "6.5Y", "EU 42", ""), pick("new", "Used", "VNDS", "", "who knows"),
			pick("185", "185.00", "1,185.5", "249.99", "99999", "1"), pick("USD", "USD", "EUR", "usd", ""), pick("StockX", "ebay", "GOAT", "", "Shop \"A\""),
			pick("sale", "sale", "ask", ""), pick("1", "", "1"), pick("USA", "", "UK"), pick("", "", "synthetic:1"),
		}
		if r.IntN(25) == 0 { // something is wrong with it
			at := pick("0", "5", "6", "8", "9", "1")
			bad := map[string][]string{"0": {"03/04/2026", "2025-02-30", "", "yesterday"}, "5": {"", "free", "-1", "0", "1.005", "99999999999"},
				"6": {"XYZ1", "$$"}, "8": {"guess"}, "9": {"2", "x"}, "1": {""}}[at]
			k := int(at[0] - '0')
			fields[k] = bad[r.IntN(len(bad))]
			if at == "1" {
				fields[2] = ""
			}
		}
		for k := range fields {
			fields[k] = quote(fields[k])
		}
		line := strings.Join(fields, ",")
		if ids {
			id := fmt.Sprintf("%d", i-r.IntN(2)*r.IntN(2)) // now and then the id before
			line = pick(id, id, id, quote(id)) + "," + line
		}
		rows = append(rows, line)
	}
	return header, rows
}

// text joins a header and rows.
func text(end, header string, rows []string) string {
	var b bytes.Buffer
	b.WriteString(header + end)
	for _, r := range rows {
		b.WriteString(r + end)
	}
	return b.String()
}

func TestEmptyInputs(t *testing.T) {
	j := newJob(t)
	wantCounts(t, "header only", j.mustRead(t, put(t, "a.csv", "sold_at,price,title\n")), "0 0 0 0")
	wantCounts(t, "header only, no newline", j.mustRead(t, put(t, "a.csv", "\xef\xbb\xbfsold_at,price,title")), "0 0 0 0")
	for what, c := range map[string][2]string{
		"empty":            {"", "the file is empty"},
		"only a BOM":       {"\xef\xbb\xbf", "the file is empty"},
		"only blank lines": {"\n\n\r\n", "only blank lines"},
		"twice":            {"sold_at,price,title, price\n", `price" stands in the header twice`},
		"broken header":    {"sold_at,\"price,title\n1,2,3\n", "no header can be read: unclosed quote"},
		"binary":           {"\x89PNG\r\n\x1a\n\x00\x00", "no header can be read"},
		"no such columns":  {"a,b\n1,2\n", "fits no source"},
	} {
		_, _, err := j.Sales(t.Context(), []string{put(t, "a.csv", c[0])})
		if err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v, want %q", what, err, c[1])
		}
	}
	if n := j.table(t, "SELECT * FROM store.sale"); len(n) != 0 {
		t.Errorf("sales: %v", n)
	}
}

func TestTabsAreCommasToo(t *testing.T) {
	j := newJob(t)
	wantCounts(t, "tabs", j.mustRead(t, put(t, "a.tsv", "sold_at\tprice\ttitle\n2026-01-01\t1,100\t990v6, grey\n2026-01-01\t5\n")), "2 1 0 1")
	wantCounts(t, "quoted names", j.mustRead(t, put(t, "a.tsv", "\"sold_at\"\t\"price\"\t\"title\"\n2026-01-02\t100\t\"990v6\tgrey\"\n")), "1 1 0 0")
}

func TestDryRunLeavesTheBook(t *testing.T) {
	j := newJob(t)
	header, rows := generated(1, 200, false)
	path := put(t, "a.csv", text("\n", header, rows))
	j.DryRun = true
	dry := j.mustRead(t, path)
	for _, q := range []string{"SELECT * FROM store.sale", "SELECT * FROM runs", "SELECT * FROM run_files", "SELECT * FROM store.item", "SELECT * FROM store.variant", "SELECT * FROM store.reject"} {
		if n := len(j.table(t, q)); n != 0 {
			t.Errorf("%s: %d rows", q, n)
		}
	}
	j.DryRun = false
	if wet := j.mustRead(t, path); counts(wet) != counts(dry) {
		t.Errorf("dry %s, then %s", counts(dry), counts(wet))
	}
}

func TestTooManyRejects(t *testing.T) {
	j := newJob(t)
	path := put(t, "a.csv", "sold_at,price,title\n2026-01-01,100,990v6\nbad,100,990v6\n")
	wantCounts(t, "without a bound", j.mustRead(t, path), "2 1 0 1")
	j.TooMany = func(rejected, _ int64) bool { return rejected > 0 }
	// The bound holds too for a file that the book knows.
	for range 2 {
		_, reports, err := j.Sales(context.Background(), []string{path})
		if many, ok := err.(*TooManyRejectsError); !ok || many.Report.Rejected != 1 || len(reports) != 0 {
			t.Errorf("%v, %v", reports, err)
		}
		j = newJob(t)
		j.TooMany = func(rejected, _ int64) bool { return rejected > 0 }
	}
}
