package ingest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// union is the rule of what a book holds after some files, by other means: of rows
// with an id, each id once; of rows without, each content as often as in the file that
// has it most.
type union map[string]int

// add puts a file's rows in and returns what was new.
func (u union) add(rows [][]string) union {
	inFile := union{}
	for _, r := range rows {
		key := strings.Join(r, "|")
		if r[0] != "" {
			inFile[key] = 1
		} else {
			inFile[key]++
		}
	}
	added := union{}
	for key, n := range inFile {
		if more := n - u[key]; more > 0 {
			added[key], u[key] = more, n
		}
	}
	return added
}

func (u union) size() (n int64) {
	for _, k := range u {
		n += int64(k)
	}
	return n
}

// held is what the book of a job holds, in the same form.
func (j *Job) held(t *testing.T) union {
	out := union{}
	for _, row := range j.table(t, `SELECT concat_ws('|', coalesce(source_sale_id, ''), sold_on::VARCHAR, sale_price::VARCHAR, style_code, size_label, count(*)::VARCHAR) AS r
		FROM sales GROUP BY source_sale_id, sold_on, sale_price, style_code, size_label`) {
		text := strings.TrimSuffix(strings.TrimPrefix(row, `{"r":"`), `"}`)
		at := strings.LastIndexByte(text, '|')
		var n int
		fmt.Sscan(text[at+1:], &n)
		out[text[:at]] = n
	}
	return out
}

var unionColumns = []string{"sale_id", "sold_at", "price", "style_code", "size"}

// aRow is one of few sales; the content of one with an id follows from the id.
func aRow(t *rapid.T) []string {
	id, k := "", rapid.IntRange(0, 11).Draw(t, "content")
	if rapid.Bool().Draw(t, "has id") {
		id = fmt.Sprintf("s%d", k)
	}
	return []string{id, fmt.Sprintf("2026-01-%02d", 1+k%3), fmt.Sprintf("%d.00", 100+k%2), []string{"M990GL6", "M992GR"}[k/6], fmt.Sprint(8 + k%2)}
}

// FuzzUnion ingests overlapping, shuffled, repeated files of the same rows in several
// forms, in any order, and takes runs back in any order: the book always holds what the
// rule says, a run is taken back by exactly what it added, and all files once more give
// all of it again.
func FuzzUnion(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 990))
	for range 8 {
		var seed []byte
		for range 1500 {
			seed = binary.LittleEndian.AppendUint64(seed, r.Uint64())
		}
		f.Add(seed)
	}
	j := newJob(f)
	dir := f.TempDir()
	byEngine := func(t testing.TB, path string, names []string, rows [][]string) { j.parquet(t, path, names, rows) }
	kinds := []struct {
		name  string
		write writer
	}{{"a.csv", separated(',', nil)}, {"a.csv.gz", packed(separated(';', nil), "gzip")}, {"a.ndjson", jsonLines}, {"a.json", jsonArray}, {"a.parquet", byEngine}, {"a.arrow", arrowFile(false)}}
	programs := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, table := range []string{"store.sale", "store.item", "store.variant", "store.reject", "run_files", "runs"} {
			j.exec(t, "DELETE FROM "+table)
		}
		rapid.MakeFuzz(func(rt *rapid.T) {
			all := rapid.SliceOfN(rapid.Custom(aRow), 1, 14).Draw(rt, "rows")
			var files [][][]string
			for range rapid.IntRange(1, 4).Draw(rt, "files") {
				some := rapid.Permutation(all).Draw(rt, "order")
				from := rapid.IntRange(0, len(some)-1).Draw(rt, "from")
				files = append(files, some[from:rapid.IntRange(from+1, len(some)).Draw(rt, "to")])
			}
			read := func(want union, rows [][]string) (run int64, added union) {
				kind := rapid.SampledFrom(kinds).Draw(rt, "form")
				path := filepath.Join(dir, kind.name)
				kind.write(t, path, unionColumns, rows)
				programs++
				j.Program, j.EngineFrom = fmt.Sprint("fuzz ", programs), rapid.SampledFrom([]int64{1, never}).Draw(rt, "engine from")
				run, reports, err := j.Sales(t.Context(), []string{path})
				if err != nil {
					rt.Fatal(err)
				}
				added = want.add(rows)
				if r := reports[0]; r.Added != added.size() || r.Rejected != 0 || r.Read != int64(len(rows)) || r.Read != r.Added+r.Known {
					rt.Fatalf("%s: %s, want added %d of %d", kind.name, counts(r), added.size(), len(rows))
				}
				return run, added
			}
			check := func(what string, want union) {
				if got := j.held(t); !maps.Equal(got, want) {
					rt.Fatalf("%s: the book holds\n%v\nwant\n%v", what, got, want)
				}
			}
			want, runs := union{}, map[int64]union{}
			for _, rows := range files {
				run, added := read(want, rows)
				runs[run] = added
				check("read", want)
			}
			whole := maps.Clone(want)
			order := rapid.Permutation(slices.Sorted(maps.Keys(runs))).Draw(rt, "reverts")
			for _, run := range order[:rapid.IntRange(0, len(order)).Draw(rt, "how many")] {
				if _, err := Revert(t.Context(), j.Book, run, j.Now, j.AsOf); err != nil {
					rt.Fatal(err)
				}
				for key, n := range runs[run] {
					if want[key] -= n; want[key] == 0 {
						delete(want, key)
					}
				}
				check("taken back", want)
			}
			for _, rows := range rapid.Permutation(files).Draw(rt, "again") {
				programs++
				path := filepath.Join(dir, "a.csv")
				separated(',', nil)(t, path, unionColumns, rows)
				j.Program = fmt.Sprint("fuzz ", programs)
				j.mustRead(t, path)
			}
			check("all once more", whole)
		})(t, b)
	})
}
