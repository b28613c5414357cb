package ingest

import (
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/data"
)

// A sale after the day of its ingest is suspect until that day has come.
func TestResolveLetsTheFutureCome(t *testing.T) {
	j := newJob(t)
	early, _ := data.ParseDate("2026-01-10")
	j.AsOf = early
	j.mustRead(t, put(t, "a.csv", "sold_at,price,style_code\n2026-01-05,210,M990GL6\n2026-01-15,220,M990GL6\n"))
	flagged := func() int { return len(j.table(t, "SELECT sold_on FROM store.sale WHERE flags & 16 <> 0")) }
	if got := flagged(); got != 1 {
		t.Fatalf("%d sales are flagged as sold in the future, want 1", got)
	}
	for _, c := range []struct {
		day  string
		want int
	}{{"2026-01-12", 1}, {"2026-01-15", 0}, {"2026-01-10", 1}} {
		day, _ := data.ParseDate(c.day)
		if _, err := Resolve(t.Context(), j.Book, day); err != nil {
			t.Fatal(err)
		}
		if got := flagged(); got != c.want {
			t.Errorf("as of %s %d sales are in the future, want %d", c.day, got, c.want)
		}
	}
}

// A made-up record is no copy of a real sale, nor the other way round.
func TestSyntheticIsAnotherSale(t *testing.T) {
	j := newJob(t)
	const head = "sold_at,price,style_code,url\n"
	j.mustRead(t, put(t, "real.csv", head+"2026-01-05,210,M990GL6,https://example.org/1\n"))
	r := j.mustRead(t, put(t, "made.csv", head+"2026-01-05,210,M990GL6,synthetic:1\n2026-01-05,210,M990GL6,https://example.org/2\n"))
	if r.Added != 1 || r.Known != 1 || r.Synthetic != 1 {
		t.Errorf("added %d, known %d, synthetic %d; want the made-up one added and the real one known", r.Added, r.Known, r.Synthetic)
	}
}

// A book that was made with another built-in reference says so until it is resolved.
func TestANewReferenceAsksForResolve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.duckdb")
	j := jobOn(t, path)
	due := func(b *data.Book, want bool) {
		t.Helper()
		if got, err := b.ResolveDue(t.Context()); err != nil || got != want {
			t.Errorf("resolve due: %t, %v, want %t", got, err, want)
		}
	}
	due(j.Book, false)
	j.exec(t, "UPDATE store.meta SET value = 'another' WHERE name = 'reference_sha256'")
	if err := j.Book.Close(); err != nil {
		t.Fatal(err)
	}
	later := jobOn(t, path)
	due(later.Book, true)
	if _, err := Resolve(t.Context(), later.Book, later.AsOf); err != nil {
		t.Fatal(err)
	}
	due(later.Book, false)
}
