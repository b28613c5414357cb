package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// readWholeFeed reads a feed as the README tells a catalog to: it resolves the link once, and
// checks what it finds there against the manifest. It returns which feed that is.
func readWholeFeed(dir string) (reports.Manifest, error) {
	var m reports.Manifest
	at, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return m, err
	}
	body, err := os.ReadFile(filepath.Join(at, "manifest.json"))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, err
	}
	names := []string{"manifest.json"}
	for _, f := range m.Files {
		names = append(names, f.Name)
		body, err := os.ReadFile(filepath.Join(at, f.Name))
		if err != nil {
			return m, err
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(body)) != f.Size {
			return m, fmt.Errorf("%s in %s is not what its manifest says", f.Name, at)
		}
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return m, err
	}
	var there []string
	for _, e := range entries {
		there = append(there, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(names, there) {
		return m, fmt.Errorf("%s has %v, want %v", at, there, names)
	}
	return m, nil
}

// feedWatch reads a feed again and again until ctx ends.
type feedWatch struct {
	reads, again int
	seen         map[string]bool // generations
	err          error
}

func watchFeed(ctx context.Context, dir string) feedWatch {
	w := feedWatch{seen: map[string]bool{}}
	for ; ctx.Err() == nil; time.Sleep(200 * time.Microsecond) {
		before, _ := os.Readlink(dir)
		m, err := readWholeFeed(dir)
		// A generation outlives one swap. Where two passed within one read the reader begins again.
		if after, _ := os.Readlink(dir); errors.Is(err, fs.ErrNotExist) && before != after && after != "" {
			w.again++
			continue
		}
		if err != nil {
			w.err = err
			return w
		}
		w.reads++
		w.seen[m.Generation] = true
	}
	return w
}

// feedPhase says how far a run of so many files had come when it was killed, by what it left
// beside the link.
func feedPhase(t *testing.T, dir, linkBefore string, before []string, files int) string {
	t.Helper()
	link, err := os.Readlink(dir)
	if err != nil {
		t.Fatal(err)
	}
	if link != linkBefore {
		return "6 after the swap"
	}
	phase := "1 before the first file"
	for _, name := range hiddenNames(t, filepath.Dir(dir)) {
		switch {
		case strings.Contains(name, ".link-"):
			return "5 at the swap"
		case strings.Contains(name, ".gen-") && !slices.Contains(before, name):
			phase = "4 between the generation and the swap"
		case strings.Contains(name, ".tmp-"):
			written, err := os.ReadDir(filepath.Join(filepath.Dir(dir), name))
			if err != nil {
				t.Fatal(err)
			}
			phase = "2 while files are written"
			if len(written) == files {
				phase = "3 while files are synced"
			}
		}
	}
	return phase
}

func hiddenNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// feedTimes is how long a run takes, and its writing, to its end.
type feedTimes struct{ whole, writing time.Duration }

func timeFeed(t *testing.T, dir string, args []string) feedTimes {
	t.Helper()
	cmd, out := greybook(t.Context(), dir, args...)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	awaitName(t, filepath.Join(dir, "out"), ".tmp-", nil, ended)
	begun := time.Now()
	if err := <-ended; err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return feedTimes{whole: time.Since(start), writing: max(time.Since(begun), time.Millisecond)}
}

// awaitName waits until a run has made a name like this in a folder, or has ended.
func awaitName(t *testing.T, parent, part string, before []string, ended <-chan error) {
	t.Helper()
	for range 100_000 {
		made := slices.ContainsFunc(hiddenNames(t, parent), func(name string) bool {
			return strings.Contains(name, part) && !slices.Contains(before, name)
		})
		if made || len(ended) > 0 {
			return
		}
		time.Sleep(20 * time.Microsecond)
	}
}

// strikeFeed starts greybook feed and kills it at some moment: of its run, of its writing, or
// of the time about the swap. It returns the exit code.
func strikeFeed(t *testing.T, dir string, args, before []string, times feedTimes, r *rand.Rand) int {
	t.Helper()
	cmd, out := greybook(t.Context(), dir, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	most := times.whole
	switch out := filepath.Join(dir, "out"); r.IntN(4) {
	case 0, 1:
		awaitName(t, out, ".tmp-", before, ended)
		most = times.writing
	case 2:
		awaitName(t, out, ".gen-", before, ended)
		most = max(times.writing/10, time.Millisecond)
	}
	time.Sleep(time.Duration(r.Int64N(int64(most))))
	_ = cmd.Process.Kill()
	got := code(<-ended)
	if got != exitOK && got != 128+9 {
		t.Fatalf("exit code %d\n%s", got, out)
	}
	return got
}

// killedFeed is a folder with a book and a feed of it, to be killed again and again.
type killedFeed struct {
	dir, feed string
	day       data.Date // of the first feed; each run is of the next day, and so another feed
	times     feedTimes
}

func newKilledFeed(t *testing.T) killedFeed {
	t.Helper()
	k := killedFeed{dir: t.TempDir()}
	k.feed = filepath.Join(k.dir, "out", "feed")
	header, rows := victimRows(7, 400)
	sales := csvText(append(header, "condition"), ofStyles(rows, "M990GL6", "M990AB6", "M993GL"))
	if err := os.WriteFile(filepath.Join(k.dir, "sales.csv"), []byte(sales), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, k.dir, exitOK, "ingest", "sales", "sales.csv")
	var err error
	if k.day, err = data.ParseDate("2026-01-15"); err != nil {
		t.Fatal(err)
	}
	mustRun(t, k.dir, exitOK, k.args(0)...)
	k.times = timeFeed(t, k.dir, k.args(1))
	return k
}

// args is the command of a run; every other one tells the changes, too.
func (k killedFeed) args(run int) []string {
	a := []string{"feed", "--as-of", k.day.AddDays(run).String()}
	if run > 0 && run%2 == 0 {
		a = append(a, "--since-manifest", "out/feed/manifest.json")
	}
	return a
}

// strike kills a run, says how far it had come, and wants the old feed after it, or the new
// one where the swap was over.
func (k killedFeed) strike(t *testing.T, run int, r *rand.Rand) (phase string) {
	t.Helper()
	link, err := os.Readlink(k.feed)
	if err != nil {
		t.Fatal(err)
	}
	before := hiddenNames(t, filepath.Dir(k.feed))
	was, err := readWholeFeed(k.feed)
	if err != nil {
		t.Fatal(err)
	}
	got := strikeFeed(t, k.dir, k.args(run), before, k.times, r)
	now, err := readWholeFeed(k.feed)
	if err != nil {
		t.Fatalf("run %d: %v", run, err)
	}
	phase = "7 too late"
	if got != exitOK {
		phase = feedPhase(t, k.feed, link, before, 8-run%2)
	}
	if swapped := phase >= "6"; swapped && now.AsOf != k.day.AddDays(run) || !swapped && now.Generation != was.Generation {
		t.Fatalf("killed %s: the feed is as of %s, was as of %s", phase, now.AsOf, was.AsOf)
	}
	return phase
}

// TestFeedKilled ends feed by kill -9 at random moments, CRASHRUNS times (make soak), else
// some. A reader that looks all the time finds one complete generation, always, and so does
// one after each kill: the old or the new. The next run finishes the job.
func TestFeedKilled(t *testing.T) {
	n := 12
	if os.Getenv("CRASHRUNS") != "" {
		n = kills(t)
	}
	k := newKilledFeed(t)
	ctx, stop := context.WithCancel(t.Context())
	watched := make(chan feedWatch, 1)
	go func() { watched <- watchFeed(ctx, k.feed) }()
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 990))
	phases := map[string]int{}
	swaps, run := 0, 2
	for killed := 0; killed < n && run < 5*n; run++ {
		phase := k.strike(t, run, r)
		phases[phase]++
		if phase < "7" {
			killed++
		}
		if phase >= "6" {
			swaps++
		}
	}
	stop()
	w := <-watched
	if w.err != nil {
		t.Errorf("a reader beside the runs, after %d reads: %v", w.reads, w.err)
	}
	if w.reads == 0 || swaps > 1 && len(w.seen) < 2 {
		t.Errorf("the reader read %d times, and saw %d feeds in %d swaps: the test is about nothing", w.reads, len(w.seen), swaps)
	}
	mustRun(t, k.dir, exitOK, "feed", "--as-of", k.day.AddDays(run).String(), "--since-manifest", "out/feed/manifest.json")
	if left := hiddenNames(t, filepath.Dir(k.feed)); len(left) > 2 {
		t.Errorf("left: %v", left)
	}
	t.Logf("phases %v; a run takes %v, its writing %v; the reader read %d whole feeds of %d generations, and began again %d times", phases,
		k.times.whole.Round(time.Millisecond), k.times.writing.Round(100*time.Microsecond), w.reads, len(w.seen), w.again)
}
