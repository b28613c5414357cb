package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// service is a greybook serve that runs as a process of its own.
type service struct {
	cmd  *exec.Cmd
	url  string // http://127.0.0.1:43211
	log  *talkLines
	done chan struct{} // closed when it has ended
}

// talkLines is what a process writes, while others read it.
type talkLines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *talkLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *talkLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// soldBook makes a folder with a book of some sales, by the real program.
func soldBook(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	ingestSales(t, dir, 0)
	return dir
}

// ingestSales ingests a few sales of the n-th lot, and wants exit code 0.
func ingestSales(t *testing.T, dir string, n int) {
	t.Helper()
	csv := "sold_at,style_code,size,condition,price,marketplace\n"
	for i := range 12 {
		csv += fmt.Sprintf("2026-05-%02d,%s,9,new,%d,GOAT\n", 1+i+n%15, []string{"M990GL6", "M990GL5"}[i%2], 150+3*i+7*n)
	}
	name := filepath.Join(dir, fmt.Sprintf("lot%d.csv", n))
	if err := os.WriteFile(name, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, dir, exitOK, "ingest", "sales", name, "--book", filepath.Join(dir, "b.duckdb"))
}

// serve starts the service on the book of the folder, and waits until it answers.
func serve(t *testing.T, dir string, args ...string) *service {
	t.Helper()
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--book", filepath.Join(dir, "b.duckdb"), "--as-of", "2026-06-30", "--log-level", "info"}, args...)
	s := &service{log: &talkLines{}, done: make(chan struct{})}
	s.cmd, _ = greybook(context.Background(), dir, args...)
	s.cmd.Stdout, s.cmd.Stderr = nil, s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(t, os.Kill, -1) })
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.cmd.Wait()
		close(s.done)
		t.Fatalf("the service ended before it answered:\n%s", s.log)
	}
	s.url = strings.TrimSpace(first)
	go func() {
		s.cmd.Wait()
		close(s.done)
	}()
	return s
}

// end sends a signal and waits for the end; code is the exit code wanted, -1 for any.
func (s *service) end(t *testing.T, sig os.Signal, code int) {
	t.Helper()
	select {
	case <-s.done:
		return
	default:
	}
	s.cmd.Process.Signal(sig)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		s.cmd.Process.Kill()
		t.Errorf("the service did not end on %v:\n%s", sig, s.log)
		return
	}
	if got := s.cmd.ProcessState.ExitCode(); code >= 0 && got != code {
		t.Errorf("ended with %d on %v, want %d:\n%s", got, sig, code, s.log)
	}
}

// get asks the service; a header is "Name: value".
func (s *service) get(t *testing.T, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, s.log)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return w, string(body)
}

// generation is the one that is served now.
func (s *service) generation(t *testing.T) string {
	t.Helper()
	w, body := s.get(t, "/v1/manifest")
	if w.StatusCode != 200 {
		t.Fatalf("manifest: %d %s", w.StatusCode, body)
	}
	return w.Header.Get("Greybook-Generation")
}

// wait tries until it holds.
func (s *service) wait(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Since(start) > 30*time.Second {
			t.Fatalf("%s: not in 30 seconds\n%s", what, s.log)
		}
	}
}

// While it serves, looking at the book's file all the time, no ingest is kept out; each
// one's estimates appear, whole, and are those of the feed.
func TestServeWhileIngesting(t *testing.T) {
	dir := soldBook(t)
	s := serve(t, dir, "--poll", "1ms")
	stop := make(chan struct{})
	var reading sync.WaitGroup
	seen := map[string]int{}
	reading.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			w, body := s.get(t, "/v1/estimates?limit=1000")
			var p struct {
				Generation   string
				Total, Count int
				Estimates    []json.RawMessage
			}
			if err := json.Unmarshal([]byte(body), &p); w.StatusCode != 200 || err != nil || p.Generation != w.Header.Get("Greybook-Generation") || p.Count != p.Total || len(p.Estimates) != p.Count {
				t.Errorf("%d %v", w.StatusCode, err)
				return
			}
			seen[p.Generation]++
		}
	})
	const lots = 5
	for n := 1; n <= lots; n++ {
		before := s.generation(t)
		ingestSales(t, dir, n)
		s.wait(t, "a new generation after the ingest", func() bool { return s.generation(t) != before })
	}
	close(stop)
	reading.Wait()
	if len(seen) < lots {
		t.Errorf("%d generations were read, %d were made", len(seen), lots+1)
	}
	mustRun(t, dir, exitOK, "feed", "-o", filepath.Join(dir, "feed"), "--book", filepath.Join(dir, "b.duckdb"), "--as-of", "2026-06-30")
	feed, err := os.ReadFile(filepath.Join(dir, "feed", "estimates.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Generation string }
	if b, err := os.ReadFile(filepath.Join(dir, "feed", "manifest.json")); err != nil || json.Unmarshal(b, &manifest) != nil {
		t.Fatal(err)
	}
	if manifest.Generation != s.generation(t) {
		t.Errorf("the feed is generation %s, served is %s", manifest.Generation, s.generation(t))
	}
	_, rows, _ := strings.Cut(string(feed), `"estimates":`)
	if _, body := s.get(t, "/v1/estimates?limit=1000"); !strings.HasSuffix(body, rows) {
		t.Error("what is served is not what the feed says")
	}
	s.end(t, syscall.SIGTERM, exitOK)
	left, err := filepath.Glob(filepath.Join(dir, "greybook-serve-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("copies of the book are left: %v %v", left, err)
	}
}

// A book that is locked, spoilt, too new or gone is no reason to end: the estimates that
// there are are served on, which the log says once, the metrics count, and /readyz says
// after a while.
func TestServeOnWhenTheBookIsBad(t *testing.T) {
	dir := soldBook(t)
	book := filepath.Join(dir, "b.duckdb")
	good := filepath.Join(dir, "good")
	copyFile(t, book, good)
	s := serve(t, dir, "--poll", "10ms", "--max-age", "500ms", "--log-level", "warn")
	first := s.generation(t)
	_, before := s.get(t, "/v1/estimates?limit=1000")
	replace := func(with func(tmp string)) {
		t.Helper()
		tmp := filepath.Join(dir, "tmp")
		with(tmp)
		if err := os.Rename(tmp, book); err != nil {
			t.Fatal(err)
		}
	}
	restore := func() {
		t.Helper()
		replace(func(tmp string) { copyFile(t, good, tmp) })
		s.wait(t, "ready again", func() bool { w, _ := s.get(t, "/readyz"); return w.StatusCode == 200 })
	}
	for _, c := range []struct {
		name, log string
		spoil     func() (undo func())
	}{
		{"corrupt", "level=WARN", func() func() {
			replace(func(tmp string) {
				b, err := os.ReadFile(good)
				if err != nil {
					t.Fatal(err)
				}
				for i := 20; i < len(b); i++ { // behind the mark of an engine's file
					b[i] ^= 0x5a
				}
				if err := os.WriteFile(tmp, b, 0o600); err != nil {
					t.Fatal(err)
				}
			})
			return func() {}
		}},
		{"a text", "no DuckDB database", func() func() {
			replace(func(tmp string) { os.WriteFile(tmp, []byte("this is no book at all"), 0o600) })
			return func() {}
		}},
		{"gone", "no such file", func() func() { os.Remove(book); return func() {} }},
		{"newer", "its schema is version 99", func() func() {
			other := filepath.Join(dir, "newer")
			copyFile(t, good, other)
			cmd, out := greybook(t.Context(), dir)
			cmd.Path, cmd.Args = trialPath(t), []string{"greybook-trial", "trial", "newer", "--book", other}
			if err := cmd.Run(); err != nil {
				t.Fatal(err, out)
			}
			replace(func(tmp string) { copyFile(t, other, tmp) })
			return func() {}
		}},
		{"held", "holds it", func() func() {
			cmd, _ := greybook(t.Context(), dir)
			cmd.Path, cmd.Args = trialPath(t), []string{"greybook-trial", "trial", "hold", "--book", book}
			cmd.Stderr = nil
			talk, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(talk).ReadString('\n'); err != nil || line != "ready\n" {
				t.Fatal(line, err)
			}
			return func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }
		}},
	} {
		warnings := strings.Count(s.log.String(), "the book can't be read")
		undo := c.spoil()
		s.wait(t, c.name+": stale", func() bool { w, _ := s.get(t, "/readyz"); return w.StatusCode == 503 })
		if w, body := s.get(t, "/readyz"); !strings.Contains(body, "urn:greybook:problem:stale") || w.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", c.name, body)
		}
		if w, body := s.get(t, "/v1/estimates?limit=1000"); w.StatusCode != 200 || body != before {
			t.Errorf("%s: other estimates are served: %d", c.name, w.StatusCode)
		}
		if _, body := s.get(t, "/metrics"); strings.Contains(body, `result="failed"} 0`) || !strings.Contains(body, `result="failed"`) {
			t.Errorf("%s: no failure is counted:\n%s", c.name, body)
		}
		time.Sleep(100 * time.Millisecond) // ten looks more
		if n := strings.Count(s.log.String(), "the book can't be read") - warnings; n != 1 || !strings.Contains(s.log.String(), c.log) {
			t.Errorf("%s: %d warnings, want 1 with %q:\n%s", c.name, n, c.log, s.log)
		}
		undo()
		restore()
		if got := s.generation(t); got != first {
			t.Errorf("%s: after it another generation is served", c.name)
		}
	}
	if strings.Contains(s.log.String(), "greybook-serve-") {
		t.Errorf("the log speaks of copies:\n%s", s.log)
	}
}

// trialPath is where greybook-trial is.
func trialPath(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("greybook-trial")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// On SIGHUP it looks at once; the same content is no new generation; it ends with exit
// code 0 on SIGTERM and on Ctrl-C.
func TestServeSignals(t *testing.T) {
	dir := soldBook(t)
	s := serve(t, dir, "--poll", "0s")
	before := s.generation(t)
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.wait(t, "a reload of the same", func() bool {
		_, body := s.get(t, "/metrics")
		return strings.Contains(body, `greybook_reloads_total{result="same"} 1`)
	})
	if s.generation(t) != before {
		t.Error("the same content is another generation")
	}
	ingestSales(t, dir, 1)
	time.Sleep(100 * time.Millisecond)
	if s.generation(t) != before {
		t.Error("with --poll 0s it looked by itself")
	}
	cursor := nextCursor(t, s, "/v1/estimates?limit=200")
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.wait(t, "a reload", func() bool { return s.generation(t) != before })
	if w, _ := s.get(t, "/v1/estimates?limit=200&cursor="+cursor); w.StatusCode != 200 || w.Header.Get("Greybook-Generation") != before {
		t.Errorf("a list that was begun goes on with %d, generation %s", w.StatusCode, w.Header.Get("Greybook-Generation"))
	}
	_, body := s.get(t, "/v1/estimates?changed_since="+before)
	if !strings.Contains(body, `"total":`) || strings.Contains(body, `"total":0,`) {
		t.Errorf("what changed: %.200s", body)
	}
	s.end(t, syscall.SIGTERM, exitOK)
	s = serve(t, dir)
	// The same cursor in another process: the generation is another one, so it says so.
	if w, body := s.get(t, "/v1/estimates?limit=200&cursor="+cursor); w.StatusCode != 410 {
		t.Errorf("%d %s", w.StatusCode, body)
	}
	s.end(t, os.Interrupt, exitOK)
}

func nextCursor(t *testing.T, s *service, path string) string {
	t.Helper()
	_, body := s.get(t, path)
	var p struct {
		Next string `json:"next_cursor"`
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Next == "" {
		t.Fatalf("no cursor in %.200s", body)
	}
	return p.Next
}

// A book that another process holds is waited for, or the service does not begin.
func TestServeBeginsWithABook(t *testing.T) {
	dir := soldBook(t)
	book := filepath.Join(dir, "b.duckdb")
	hold := func() *exec.Cmd {
		t.Helper()
		cmd, _ := greybook(t.Context(), dir)
		cmd.Path, cmd.Args = trialPath(t), []string{"greybook-trial", "trial", "hold", "--book", book}
		cmd.Stderr = nil
		talk, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(talk).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	holder := hold()
	out := mustRun(t, dir, exitLocked, "serve", "--addr", "127.0.0.1:0", "--book", book)
	if !strings.Contains(out, fmt.Sprintf("process %d", holder.Process.Pid)) || !strings.Contains(out, "--wait") {
		t.Errorf("held: %s", out)
	}
	go func() {
		time.Sleep(700 * time.Millisecond)
		holder.Process.Signal(syscall.SIGTERM)
		holder.Wait()
	}()
	s := serve(t, dir, "--wait", "30s")
	s.end(t, syscall.SIGTERM, exitOK)

	newer := filepath.Join(dir, "newer.duckdb")
	copyFile(t, book, newer)
	cmd, talk := greybook(t.Context(), dir)
	cmd.Path, cmd.Args = trialPath(t), []string{"greybook-trial", "trial", "newer", "--book", newer}
	if err := cmd.Run(); err != nil {
		t.Fatal(err, talk)
	}
	mustRun(t, dir, exitNewerBook, "serve", "--addr", "127.0.0.1:0", "--book", newer)
	mustRun(t, dir, exitFailed, "serve", "--addr", "127.0.0.1:0", "--book", filepath.Join(dir, "none.duckdb"))
}
