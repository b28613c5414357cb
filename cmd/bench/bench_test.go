package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

func sales(t *testing.T, seed uint64, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeSales(&b, catalogue(seed), seed, n); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSalesAreTheSameEverywhere pins the bytes: ratios of two machines, or of two
// months, are about the same rows. A change of the generator changes the sum here
// and generatorVersion with it.
func TestSalesAreTheSameEverywhere(t *testing.T) {
	const want = "a1cb42a406ae17442152ac016ebccf6555bbb9037c63b910c84916361415631b"
	sum := sha256.Sum256(sales(t, 990, 20_000))
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("sha256 of 20,000 rows is %s, want %s: raise generatorVersion with the sum", got, want)
	}
	if bytes.Equal(sales(t, 990, 100), sales(t, 991, 100)) {
		t.Error("two seeds give the same rows")
	}
}

func TestSalesAreWhatTheyClaim(t *testing.T) {
	const n = 20_000
	r := csv.NewReader(bytes.NewReader(sales(t, 990, n)))
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := strings.Join(rows[0], ",")
	if want := "sale_id,sold_at,style_code,title,size,condition,price,currency,marketplace,price_basis"; head != want {
		t.Fatalf("header %s, want the contract's %s", head, want)
	}
	rows = rows[1:]
	if len(rows) != n {
		t.Fatalf("%d rows, want %d", len(rows), n)
	}
	ids, codes, titles := map[string]string{}, map[string]bool{}, map[string]bool{}
	repeated := 0
	for _, row := range rows {
		line := strings.Join(row, "\x1f")
		if before, ok := ids[row[0]]; ok {
			repeated++
			if before != line {
				t.Fatalf("sale_id %s stands for two sales:\n%s\n%s", row[0], before, line)
			}
		}
		ids[row[0]] = line
		codes[row[2]], titles[row[3]] = true, true
		at, err := time.Parse(time.RFC3339, row[1])
		if err != nil || at.Before(firstDay) || !at.Before(asOf) {
			t.Fatalf("sold_at %q: %v", row[1], err)
		}
	}
	if repeated != n/50 { // one row in fifty: doc.go
		t.Errorf("%d rows repeat an earlier one, want %d", repeated, n/50)
	}
	if len(codes) > styles || len(codes) < styles*9/10 {
		t.Errorf("%d styles, want nearly all of %d", len(codes), styles)
	}
	if len(titles) < 3000 { // of 8,000: the rest is rare
		t.Errorf("%d distinct titles", len(titles))
	}
}

// TestStylesAreInvented holds the catalogue against the grammar and the built-in
// reference: each code says its version, none is a real one.
func TestStylesAreInvented(t *testing.T) {
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	taken, names := map[string]bool{}, map[string]bool{}
	for _, s := range ref.Styles {
		taken[s.Code] = true
	}
	for _, s := range catalogue(990) {
		code, ok := data.ParseStyleCode(s.code)
		if !ok || code.Model != "990" || code.Digit != s.version {
			t.Errorf("%s: parsed as %+v, want a 990 of version %d", s.code, code, s.version)
		}
		if taken[s.code] || names[s.colorway] {
			t.Errorf("%s %s is there twice, or real", s.code, s.colorway)
		}
		taken[s.code], names[s.colorway] = true, true
	}
}

func TestFilesAreWrittenOnce(t *testing.T) {
	dir := t.TempDir()
	in, err := prepare(dir, 990, 500)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(in.sales) != "sales-500.csv" || in.known() != 10 {
		t.Errorf("%+v", in)
	}
	old := time.Now().Add(-time.Hour)
	change := func(path string) {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	written := func() bool {
		if _, err := prepare(dir, 990, 500); err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(in.sales)
		if err != nil {
			t.Fatal(err)
		}
		return st.ModTime().After(old.Add(time.Minute))
	}
	change(in.sales)
	if written() {
		t.Error("a finished file was written again")
	}
	if err := os.Remove(in.sales + ".mark"); err != nil {
		t.Fatal(err)
	}
	if !written() {
		t.Error("a file without its mark, as an interrupted run leaves it, was taken for finished")
	}
}

// TestEngineReads runs the plain engine's read on real rows: the count and the sum
// of prices are those of encoding/csv.
func TestEngineReads(t *testing.T) {
	in, err := prepare(t.TempDir(), 990, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := engine(t.Context(), "read", in.sales, "", &out); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(in.sales)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	titles, newest := 0, ""
	for _, row := range rows[1:] {
		titles += len(row[3])
		newest = max(newest, row[1])
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\t")
	if len(got) != 11 || got[0] != "1000" || got[4] != itoa(titles) || !strings.HasPrefix(got[2], newest[:10]) {
		t.Errorf("engine says %q; 1000 rows, newest %s, titles of %d bytes", got, newest, titles)
	}
	if err := engine(t.Context(), "drop", in.sales, "", &out); err == nil {
		t.Error("a query that isn't there was run")
	}
}

func itoa(n int) string { return strings.ReplaceAll(grouped(n), ",", "") }

func TestTakeTurns(t *testing.T) {
	dir := t.TempDir()
	say := func(word string) contender {
		return contender{name: word, argv: []string{"/bin/sh", "-c", "echo " + word + " >>order; echo ${GREYBOOK_BOOK-none}"},
			check: func(out []byte) error {
				if string(out) != "none\n" {
					t.Errorf("greybook's variables reach the process: %q", out)
				}
				return nil
			}}
	}
	t.Setenv("GREYBOOK_BOOK", "mine.duckdb")
	ms, err := takeTurns(t.Context(), dir, 3, []contender{say("a"), say("b")})
	if err != nil {
		t.Fatal(err)
	}
	order, err := os.ReadFile(filepath.Join(dir, "order"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(string(order), "\n", ""); got != "abbaab" {
		t.Errorf("order %s, want abbaab", got)
	}
	for _, m := range ms[0] {
		if m.wall <= 0 || m.peak < 100<<10 {
			t.Errorf("measured %v and %d bytes", m.wall, m.peak)
		}
	}
	_, err = measure(context.Background(), dir, []string{"/bin/sh", "-c", "echo greybook: no such command >&2; exit 2"})
	if err == nil || !strings.Contains(err.Error(), "no such command") {
		t.Errorf("a process that fails says %v", err)
	}
}

func TestTable(t *testing.T) {
	of := func(peak int64, ds ...time.Duration) []measured {
		var out []measured
		for _, d := range ds {
			out = append(out, measured{wall: d, cpu: time.Duration(d.Seconds() * d.Seconds() * 1e9), peak: peak})
		}
		return out
	}
	s := time.Second
	var b bytes.Buffer
	err := writeTable(&b, []comparison{
		// Rounds give 15/2, 16/2, 20/2: the median is 8, which the aim allows.
		{step: "ingest", against: "the engine", rows: 10_000_000, ours: of(3<<30, 16*s, 15*s, 20*s), theirs: of(512<<20, 2*s, 2*s, 2*s), aim: aim{most: 8}},
		// 3/0.1 = 30 and 1/0.1 = 10: the median of two is their mean, 20.
		{step: "multiples", against: "polars", rows: 1000, ours: of(1<<20, s/10, s/10), theirs: of(1<<20, 3*s, s), inverse: true, aim: aim{least: 21}},
		// No common rounds: 1 and 2 over the median of 4, 5, 6.
		{step: "again", against: "first", rows: 1, ours: of(0, s, 2*s), theirs: of(0, 4*s, 6*s, 5*s)},
		{step: "report", against: "the engine", rows: 1, note: "not measured: a | b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The CPU time of the trial is the square of the wall time: so is its ratio, round by round.
	want := `| step | rows | greybook | against | | ratio | aim | ratio of CPU | peak memory |
|---|--:|--:|---|--:|--:|---|--:|--:|
| ingest | 10,000,000 | 16 s (15–20) | the engine | 2 s (2–2) | 8 (7.5–10) | at most 8: met | 64 | 3.00 GiB, 512 MiB |
| multiples | 1,000 | 0.1 s (0.1–0.1) | polars | 2 s (1–3) | 20 (10–30) times faster | at least 21: missed | 500 | 1 MiB, 1 MiB |
| again | 1 | 1.5 s (1–2) | first | 5 s (4–6) | 0.3 (0.2–0.4) |  | 0.1 | 0 MiB, 0 MiB |
| report | 1 | | the engine | | | not measured: a / b | | |
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestPolarsIsPinned(t *testing.T) {
	lock, err := polarsFiles.ReadFile("polars/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if v := polarsVersion(); v == "" || !strings.Contains(string(lock), `"nodejs-polars": "`+v+`"`) {
		t.Errorf("the lock file does not pin nodejs-polars %q", v)
	}
}
