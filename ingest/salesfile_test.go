package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzSalesFile takes any bytes through the whole job, by both paths: they give
// records, rejects, or one clear error; all of them are counted, and each line of a CSV
// file that is not blank is a sale, a reject, or a part of one.
func FuzzSalesFile(f *testing.F) {
	const head = "sold_at,price,style_code,title\n"
	for _, s := range []string{
		head, head + "2026-01-01,100,M990GL6,\n", head + "2026-01-01,100,M990GL6,\n2026-01-01,100,M990GL6,\n", head + "\"2026-01-01\",\"1,100.50\",,\"a \"\"b\"\"\"\n",
		head + "2026-01-01,100,,\"a\nb\"\nx\n\n\"\n2026-01-01,99999999999,,x\n", "\xef\xbb\xbf" + strings.ReplaceAll(head, "\n", "\r\n") + "2026-01-01,1,x,\r\n",
		"sale_id," + head + "1,2026-01-01,5,M990GL6,\n1,2026-01-01,6,M990GL6,\n1,2026-01-01,5,M990GL6,\n", head + "\x00\n\xff\n,,,\n,,,,\n",
		"sold_at\tprice\ttitle\n2026-01-01\t5\tx\n", "sold_at,price,title,size,condition,currency,marketplace,price_basis,quantity,made_in,url\n2026-01-01,5,x,9,new,USD,eBay,sale,1,USA,synthetic:\n",
		head + "2026-01-01T10:00:00+25:00,5,x,\n-1,5,x,\n9999-12-31,5,x,\n",
	} {
		f.Add([]byte(s))
	}
	const object = `{"sold_at": "2026-01-01", "price": 185.50, "title": "990v6", "size": 9}`
	for _, s := range []string{
		object + "\n" + object + "\n{\"sold_at\"\n", "[" + object + ",\n" + object + "]", "[" + object + ", {\"sold_at\": 1", "{\"a\": " + object + "}", object + "\n[1]\n" + `{"price": 1, "price": 2}` + "\n",
		"\xff\xfe" + strings.Join(strings.Split(head+"2026-01-01,100,M990GL6,\n", ""), "\x00") + "\x00", head + "2026-01-01,100,,caf\xe9\n", head + head,
	} {
		f.Add([]byte(s))
	}
	names, rows := []string{"sold_at", "price", "title"}, [][]string{{"2026-01-01", "185.50", "990v6"}, {"", "é", "x"}, {"2026-01-01", "185.50", "990v6"}}
	for _, w := range []writer{workbook, parquet, arrowFile(false), arrowFile(true)} {
		path := filepath.Join(f.TempDir(), "a.xlsx")
		w(f, path, names, rows)
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	byEngine, byLine := newJob(f), newJob(f)
	byEngine.EngineFrom, byLine.EngineFrom = 1, never
	path := filepath.Join(f.TempDir(), "a.csv")
	n := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		n++
		var got [2]string
		for i, j := range []*Job{byEngine, byLine} {
			j.Program = fmt.Sprint("fuzz ", n) // the same bytes again are read again
			run, reports, err := j.Sales(t.Context(), []string{path})
			if err != nil {
				if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "greybook's") || run != 0 || len(reports) != 0 {
					t.Fatalf("run %d, %v: %v", run, reports, err)
				}
				got[i] = err.Error()
				continue
			}
			r := reports[0]
			if r.Read != r.Added+r.Known+r.Rejected {
				t.Fatalf("%+v", r)
			}
			got[i] = fmt.Sprint(counts(r), r.Reasons, r.Samples, r.Flags, r.Unmatched)
			if want := j.recordsOf(t, path, b); r.Read != want {
				t.Fatalf("read %d, want %d records", r.Read, want)
			}
		}
		if got[0] != got[1] {
			t.Fatalf("by the engine %s\nby line       %s", got[0], got[1])
		}
	})
}

// recordsOf counts what the records of a file say, one observation or more each, and
// checks that no line of CSV is lost.
func (j *Job) recordsOf(t *testing.T, path string, b []byte) int64 {
	f, p, err := j.open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.cleanup()
	if f.in == inText && f.textPath == f.readPath {
		accounted(t, string(b))
	}
	n := int64(0)
	bad, err := f.records(func(record) (reject, error) { n++; return reject{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return n*int64(max(1, len(p.Observations))) + int64(len(bad))
}
