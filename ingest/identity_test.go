package ingest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// other makes the job another program, so that it reads a file again that it would
// know by its hash.
func (j *Job) other() *Job {
	k := *j
	k.Program += "+"
	return &k
}

func TestSameFileTwice(t *testing.T) {
	for name, ids := range map[string]bool{"with ids": true, "without ids": false} {
		t.Run(name, func(t *testing.T) {
			header, rows := generated(7, 1200, ids)
			path := put(t, "a.csv", text("\n", header, rows))
			j := newJob(t)
			first := j.mustRead(t, path)
			sales, rejects := j.table(t, allSales), j.table(t, allRejects)
			for what, job := range map[string]*Job{"by its hash": j, "in full": j.other()} {
				again := job.mustRead(t, path)
				wantCounts(t, what, again, fmt.Sprint(first.Read, 0, first.Read-first.Rejected, first.Rejected))
				if len(again.Samples) != len(first.Samples) {
					t.Errorf("%s: samples %v, first %v", what, again.Samples, first.Samples)
				}
			}
			if got := j.table(t, allSales); strings.Join(got, "\n") != strings.Join(sales, "\n") {
				t.Errorf("the sales changed: %d, then %d", len(sales), len(got))
			}
			if got := j.table(t, allRejects); len(got) != 3*len(rejects) {
				t.Errorf("%d rejects of three readings, %d of the first", len(got), len(rejects))
			}
		})
	}
}

// However the same rows come in, the book holds the same sales. Where an id is
// repeated with other content the first one read stands, so that rows with ids are
// made sound before they are put in another order.
func TestOrderAndOverlapDoNotMatter(t *testing.T) {
	header, rows := generated(8, 900, false)
	whole := newJob(t)
	all := whole.mustRead(t, put(t, "a.csv", text("\n", header, rows)))
	shuffled := append([]string(nil), rows...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
	for what, files := range map[string][][]string{
		"shuffled":             {shuffled},
		"half, then all":       {rows[:450], rows},
		"all, then half":       {rows, rows[450:]},
		"shuffled, then again": {shuffled, rows},
	} {
		j := newJob(t)
		added := int64(0)
		for _, f := range files {
			added += j.mustRead(t, put(t, "a.csv", text("\n", header, f))).Added
		}
		if added != all.Added {
			t.Errorf("%s: added %d, want %d", what, added, all.Added)
		}
		sameBook(t, what, whole, j, onlySales)
	}
}

func TestIdenticalRowsAreSales(t *testing.T) {
	const head = "sold_at,price,title,size\n"
	const row = "2026-01-01,100,990v6,9\n"
	j := newJob(t)
	wantCounts(t, "two alike", j.mustRead(t, put(t, "a.csv", head+row+row)), "2 2 0 0")
	wantCounts(t, "the same again", j.other().mustRead(t, put(t, "b.csv", head+row+row)), "2 0 2 0")
	wantCounts(t, "one of them", j.mustRead(t, put(t, "c.csv", head+row)), "1 0 1 0")
	wantCounts(t, "a third", j.mustRead(t, put(t, "d.csv", head+row+row+row)), "3 1 2 0")
	// The same in other words is the same.
	wantCounts(t, "other words", j.mustRead(t, put(t, "e.csv", "price,sold_at,size,title,currency\n$100.00,2026-01-01,9,990v6,USD\n100.00,2026-01-01T00:00:00Z,09.0, 990v6 ,usd\n")), "2 0 1 1")
	// Anything else of it is another sale.
	for _, other := range []string{"2026-01-02,100,990v6,9", "2026-01-01,100.01,990v6,9", "2026-01-01,100,990v5,9", "2026-01-01,100,990v6,9.5", "2026-01-01T00:00:01Z,100,990v6,9"} {
		wantCounts(t, other, j.mustRead(t, put(t, "f.csv", head+other+"\n")), "1 1 0 0")
	}
	if n := len(j.table(t, "SELECT DISTINCT sale_key FROM store.sale")); n != 8 {
		t.Errorf("%d keys, want 8", n)
	}
}

// A sale that has an id is that sale; the id with other content is refused, in its
// file and in a later one alike.
func TestRepeatedIDs(t *testing.T) {
	const head = "sale_id,sold_at,price,title,size,marketplace\n"
	const row = "A_1,2026-01-01,100,990v6,9,StockX\n"
	j, k := newJob(t), newJob(t)
	for what, c := range map[string]struct{ second, fate string }{
		"identical":           {row, "known"},
		"other price":         {"A_1,2026-01-01,101,990v6,9,StockX\n", "rejected"},
		"other day":           {"A_1,2026-01-02,100,990v6,9,StockX\n", "rejected"},
		"other shoe":          {"A_1,2026-01-01,100,990v5,9,StockX\n", "rejected"},
		"other size":          {"A_1,2026-01-01,100,990v6,10,StockX\n", "rejected"},
		"another marketplace": {"A_1,2026-01-01,100,990v6,9,eBay\n", "added"},
		"another id":          {"A_2,2026-01-01,100,990v6,9,StockX\n", "added"},
	} {
		want := map[string]string{"known": "0 1 0", "rejected": "0 0 1", "added": "1 0 0"}[c.fate]
		// Ids of this case alone, so that all cases share a book.
		own := func(text string) string {
			return strings.ReplaceAll(text, "A_", strings.ReplaceAll(what, " ", "-")+"-")
		}
		one := j.mustRead(t, put(t, "a.csv", head+own(row+c.second)))
		if got := fmt.Sprint(one.Added-1, one.Known, one.Rejected); got != want {
			t.Errorf("%s, in one file: %s, want %s", what, got, want)
		}
		if one.Rejected == 1 && one.Reasons[0].Reason != "sale_id_repeated" {
			t.Errorf("%s, in one file: %v", what, one.Reasons)
		}
		k.mustRead(t, put(t, "a.csv", head+own(row)))
		two := k.mustRead(t, put(t, "b.csv", head+own(c.second)))
		if c.fate == "known" { // byte for byte what the book has
			if counts(two) != "1 0 1 0" {
				t.Errorf("%s, in two files: %s", what, counts(two))
			}
		} else {
			if got := fmt.Sprint(two.Added, two.Known, two.Rejected); got != want {
				t.Errorf("%s, in two files: %s, want %s", what, got, want)
			}
			if two.Rejected == 1 && two.Reasons[0].Reason != "sale_id_changed" {
				t.Errorf("%s, in two files: %v", what, two.Reasons)
			}
		}
	}
}

func TestPackedCopiesAddNothing(t *testing.T) {
	header, rows := generated(9, 300, true)
	plain := []byte(text("\n", header, rows))
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	if _, err := g.Write(plain); err != nil {
		t.Fatal(err)
	}
	g.Close()
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	z.Close()
	j := newJob(t)
	first := j.mustRead(t, put(t, "a.csv", string(plain)))
	want := fmt.Sprint(first.Read, 0, first.Read-first.Rejected, first.Rejected)
	wantCounts(t, "gz", j.other().mustRead(t, put(t, "a.csv.gz", gz.String())), want)
	wantCounts(t, "zst", j.other().other().mustRead(t, put(t, "a.csv.ZST", zst.String())), want)
	for what, in := range map[string][]byte{"plain": plain, "gz": gz.Bytes(), "zst": zst.Bytes()} {
		k := j.other()
		k.Program += what
		k.Stdin = bytes.NewReader(in)
		wantCounts(t, "standard input, "+what, k.mustRead(t, "-"), want)
	}
	for what, broken := range map[string]string{"cut.csv.gz": gz.String()[:gz.Len()/2], "cut.csv.zst": zst.String()[:zst.Len()/2], "no.csv.gz": "sold_at,price\n", "no.csv.zst": "sold_at,price\n", "empty.csv.gz": ""} {
		if _, _, err := j.Sales(t.Context(), []string{put(t, what, broken)}); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if left, err := os.ReadDir(j.TempDir); err != nil || len(left) != 0 {
		t.Errorf("unpacked copies are left: %v (%v)", left, err)
	}
}

// The reading of a file depends on its profile: one of the user's, which may have
// changed since, is never answered from the ledger.
func TestAChangedProfileIsReadAgain(t *testing.T) {
	j := newJob(t)
	path := put(t, "a.csv", "when,what,paid\n03/04/2026,990v6,100\n")
	for i, c := range []struct{ profile, want string }{
		{soundProfile, "1 0 0 1"},
		{strings.Replace(soundProfile, `kind = "iso"`, "kind = \"layout\"\nlayouts = [\"%d/%m/%Y\"]\nprecision = \"day\"", 1), "1 1 0 0"},
	} {
		p, err := parseProfile("mine.toml", []byte(c.profile))
		if err != nil {
			t.Fatal(err)
		}
		j.Profiles = []Profile{p}
		wantCounts(t, fmt.Sprint("profile ", i), j.mustRead(t, path), c.want)
	}
	if got := j.table(t, "SELECT sold_on FROM sales"); len(got) != 1 || got[0] != `{"sold_on":"2026-04-03"}` {
		t.Errorf("sold on %v", got)
	}
}
