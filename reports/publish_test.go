package reports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// generationProblem reads a feed as a program should, by resolving the link once,
// and says what is wrong with what it finds.
func generationProblem(dir string) error {
	at, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(filepath.Join(at, "manifest.json"))
	if err != nil {
		return err
	}
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return err
	}
	for _, f := range m.Files {
		body, err := os.ReadFile(filepath.Join(at, f.Name))
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(body)) != f.Size {
			return fmt.Errorf("%s in %s is not what its manifest says", f.Name, at)
		}
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return err
	}
	if len(entries) != len(m.Files)+1 {
		return fmt.Errorf("%d files in %s, want %d", len(entries), at, len(m.Files)+1)
	}
	return nil
}

func checkGeneration(t *testing.T, dir string) {
	t.Helper()
	if err := generationProblem(dir); err != nil {
		t.Error(err)
	}
}

// feedOf writes a feed that differs from those of other numbers.
func feedOf(t *testing.T, dir string, number int) {
	t.Helper()
	meta := sampleMeta(t)
	meta.BookID = fmt.Sprint(number)
	if _, err := WriteFeed(dir, meta, sampleEstimates(meta.AsOf)); err != nil {
		t.Fatal(err)
	}
}

func folderNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestFeedKeepsOneGenerationBack(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "feed")
	// A feed of another name, whose generations look alike, and what a killed run left.
	other := filepath.Join(parent, "feed.gen-x")
	feedOf(t, other, 0)
	if err := os.Mkdir(filepath.Join(parent, ".feed.tmp-123"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(parent, ".feed.link-new")); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		feedOf(t, dir, i)
		checkGeneration(t, dir)
	}
	checkGeneration(t, other)
	// Two links, the other's generation, and this one's last two.
	if left := folderNames(t, parent); len(left) != 5 {
		t.Errorf("left: %v", left)
	}
	link, _ := os.Readlink(dir)
	feedOf(t, dir, 3)
	if again, _ := os.Readlink(dir); again != link {
		t.Errorf("the same feed moved the link from %s to %s", link, again)
	}
	checkGeneration(t, dir)

	// Somebody changed a file: the same feed again is whole again.
	if err := os.WriteFile(filepath.Join(dir, "estimates.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	feedOf(t, dir, 3)
	checkGeneration(t, dir)
}

func TestFeedPlaces(t *testing.T) {
	parent := t.TempDir()
	in := func(name string) string { return filepath.Join(parent, name) }
	write := func(name string) {
		if err := os.MkdirAll(filepath.Dir(in(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(in(name), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("full/thesis.txt")
	write("a-file")
	if err := os.Symlink("full", in("a-link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(in("here"), 0o755); err != nil {
		t.Fatal(err)
	}
	meta := sampleMeta(t)
	t.Chdir(in("here"))
	for dir, want := range map[string]string{
		in("full"): "other things in it", in("a-file"): "is a file", in("a-link"): "is a link to full",
		".": "is the current folder", "/": "a folder of its own",
	} {
		_, err := WriteFeed(dir, meta, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", dir, err, want)
		}
	}
	if got, err := os.ReadFile(in("full/thesis.txt")); err != nil || string(got) != "mine" {
		t.Errorf("the file in the way: %q %v", got, err)
	}
	// Refusing leaves nothing behind.
	if left := folderNames(t, parent); len(left) != 4 {
		t.Errorf("left: %v", left)
	}
	if err := os.Mkdir(in("empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{in("empty"), in("new/deep") + "/", "relative"} {
		feedOf(t, dir, 1)
		checkGeneration(t, dir)
	}
}

// A reader that looks all the time, while feeds are swapped as fast as they go,
// always finds a whole one.
func TestFeedUnderAReader(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "feed")
	feedOf(t, dir, 0)
	ctx, stop := context.WithCancel(context.Background())
	problems := make(chan error, 1)
	reads := make(chan int, 1)
	go func() {
		n := 0
		defer func() { reads <- n }()
		for ; ctx.Err() == nil; n++ {
			before, _ := os.Readlink(dir)
			err := generationProblem(dir)
			// A generation outlives one swap. Where two passed within one read, which
			// takes a test to happen, the reader starts again.
			if after, _ := os.Readlink(dir); errors.Is(err, fs.ErrNotExist) && before != after && after != "" {
				continue
			}
			if err != nil {
				problems <- err
				return
			}
		}
	}()
	for i := range 40 {
		feedOf(t, dir, i)
	}
	stop()
	n := <-reads
	select {
	case err := <-problems:
		t.Errorf("after %d reads: %v", n, err)
	default:
		t.Logf("%d reads during 40 swaps", n)
	}
}

// writerDir, when set, makes this test binary a process that writes feeds into it
// until it is killed.
const writerDir = "GREYBOOK_TEST_FEED_WRITER"

func TestFeedSurvivesSIGKILL(t *testing.T) {
	if dir := os.Getenv(writerDir); dir != "" {
		for i := 0; ; i++ {
			feedOf(t, dir, os.Getpid()*1000+i)
			os.Stdout.WriteString(".") // one for each feed: the machine may be slow
		}
	}
	parent := t.TempDir()
	dir := filepath.Join(parent, "feed")
	feedOf(t, dir, -1)
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	links := map[string]bool{}
	for i := range 20 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFeedSurvivesSIGKILL$")
		cmd.Env = append(os.Environ(), writerDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Any moment of the first feed, or of a later one.
		if _, err := io.ReadFull(out, make([]byte, rng.IntN(3))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.IntN(40_000)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed: that is its error
		if err := generationProblem(dir); err != nil {
			t.Fatalf("kill %d, seed %d: %v", i, seed, err)
		}
		link, _ := os.Readlink(dir)
		links[link] = true
	}
	if len(links) < 2 {
		t.Errorf("the feed was never swapped in 20 runs: %v", links)
	}
	feedOf(t, dir, -2)
	checkGeneration(t, dir)
	// The link, its generation, the one before; nothing of the killed runs.
	if left := folderNames(t, parent); len(left) > 3 {
		t.Errorf("left: %v", left)
	}
	t.Logf("%d feeds seen in 20 kills", len(links))
}

// A run that is cancelled while its files are written or read, and one of another kind, leave
// the folder as it was; so does one killed at its very first swap, for the next to clean.
func TestPublishLeavesWhatWasThere(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "x")
	write := func(text string, then func()) func(string) error {
		return func(folder string) error {
			defer then()
			if err := os.Mkdir(filepath.Join(folder, "below"), 0o755); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(folder, "below", "a"), []byte(text), 0o644)
		}
	}
	// What a run that was killed before its first swap leaves.
	if err := os.Mkdir(filepath.Join(parent, ".x.export-0123456789abcdef"), 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := publish(t.Context(), dir, exportFolder, write("one", func() {}))
	// printf one | sha256sum
	want := publishedFile{"below/a", 3, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"}
	if err != nil || len(files) != 1 || files[0] != want {
		t.Fatalf("%v, %v", files, err)
	}
	if left := folderNames(t, parent); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := publish(ctx, dir, exportFolder, write("two", cancel)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := publish(t.Context(), dir, feedFolder, write("three", func() {})); err == nil || !strings.Contains(err.Error(), "not a feed of greybook's") {
		t.Errorf("a feed in the place of an export: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "below", "a")); err != nil || string(text) != "one" {
		t.Errorf("the folder has %q, %v", text, err)
	}
	if left := folderNames(t, parent); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}
