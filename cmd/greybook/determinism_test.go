package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSameCommandsSameBytes makes two books by the same commands, one with one
// thread and one with two, and wants the same bytes of all that comes out. Only
// what the books themselves differ in may differ: the id, which the manifest has,
// and the time of the ingest, which the page tells of the last run.
func TestSameCommandsSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("makes two books of the sample")
	}
	one, two := outputs(t, "1"), outputs(t, "2")
	names := slices.Sorted(maps.Keys(one))
	if len(names) != 27 {
		t.Errorf("%d outputs, want the analyses, an explanation twice, a collection's worth, its gaps as rows and as a page, the table of estimates, the page, the list of pages, the newest page and eight files of the feed: %v", len(names), names)
	}
	if other := slices.Sorted(maps.Keys(two)); !slices.Equal(names, other) {
		t.Errorf("with two threads the outputs are %v, with one %v", other, names)
	}
	for _, name := range names {
		if len(one[name]) == 0 || !bytes.Equal(one[name], two[name]) {
			t.Errorf("%s: %d bytes with one thread, %d with two, and they differ or are none", name, len(one[name]), len(two[name]))
		}
	}
}

var (
	bookID  = regexp.MustCompile(`"book_id": "[0-9a-f]{32}"`)
	runTime = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
)

// outputs runs the whole way in an empty folder and returns what came out, by name.
func outputs(t *testing.T, threads string) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pairs.csv"), []byte("style_code\nM990GL6\nU998TA\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"sample", "--scale", "0.2"},
		{"ingest", "fx", "out/sample/synthetic-fx.csv"},
		{"ingest", "sales", "out/sample/synthetic-goat.csv", "out/sample/synthetic-stockx-seller-report.csv", "out/sample/synthetic-kream.csv"},
		{"analyze", "multiples", "--by", "version,marketplace,month", "--min-n", "1", "--format", "csv", "-o", "out/by_version.csv"},
		{"analyze", "multiples", "--by", "style,size_band,condition", "--min-n", "1", "--format", "csv", "-o", "out/by_style.csv"},
		{"analyze", "multiples", "--by", "version", "--versus", "core_grey", "--format", "csv", "-o", "out/versus.csv"},
		{"analyze", "claims", "--publish", "--format", "csv", "-o", "out/claims.csv"},
		{"analyze", "movers", "--all", "--format", "csv", "-o", "out/movers.csv"},
		{"analyze", "sizes", "--by", "model", "--format", "csv", "-o", "out/sizes.csv"},
		{"analyze", "liquidity", "--format", "csv", "-o", "out/liquidity.csv"},
		{"analyze", "index", "--weighting", "sale,style,repeat", "--format", "csv", "-o", "out/index.csv"},
		{"analyze", "premiums", "--format", "csv", "-o", "out/premiums.csv"},
		{"explain", "M990GL6", "--size", "9", "--sales", "0", "-o", "out/explain.txt"},
		{"explain", "M990GL6", "--size", "9", "--format", "json", "-o", "out/explain.json"},
		{"backtest", "--format", "csv", "-o", "out/backtest.csv"},
		{"value", "out/sample/truth.csv", "--condition", "new", "--total", "--format", "csv", "-o", "out/value.csv"}, // all styles that were sold, many times
		{"gaps", "pairs.csv", "--scope", "made-in-usa", "--format", "csv", "-o", "out/gaps.csv"},
		{"gaps", "pairs.csv", "--html", "out/gallery.html"},
		{"analyze", "premiums", "--publish"},
		{"sql", "--format", "csv", "FROM estimates", "-o", "out/estimates.csv"},
		{"feed", "--as-of", "2026-11-10"},
		{"feed", "--since-manifest", "out/feed/manifest.json"},
		{"report"},
	} {
		cmd := exec.Command("greybook", args...)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GREYBOOK_AS_OF=2026-11-20", "GREYBOOK_THREADS=" + threads}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("greybook %v: %v\n%s", args, err, out)
		}
	}
	files := map[string][]byte{}
	for _, pattern := range []string{"out/*.csv", "out/explain.*", "out/feed/*", "out/report/*.html", "out/*.html"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case filepath.Ext(name) == ".html":
				if n := len(runTime.FindAll(text, -1)); n > 1 {
					t.Errorf("the page has %d times, and one run is the last", n)
				}
				text = runTime.ReplaceAll(text, nil)
			case filepath.Base(name) == "manifest.json":
				if !bookID.Match(text) {
					t.Errorf("the manifest has no id of the book: %s", text)
				}
				text = bookID.ReplaceAll(text, nil)
			}
			files[strings.TrimPrefix(name, dir)] = text
		}
	}
	return files
}
