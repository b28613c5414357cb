package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/reports"
)

// TestReportKilled ends report --all by kill -9 and by Ctrl-C while it writes over an
// archive of other pages. Each page is whole, old or new; each link of the list leads to a
// page; and the same command finishes the job.
func TestReportKilled(t *testing.T) {
	dir := t.TempDir()
	sales := "sold_at,price,style_code,condition\n"
	day := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for i := range 12 * 7 {
		sales += fmt.Sprintf("%s,%d,M990GL6,new\n", day.AddDate(0, 0, i).Format(time.DateOnly), 180+i%40)
	}
	if err := os.WriteFile(filepath.Join(dir, "sales.csv"), []byte(sales), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, dir, exitOK, "ingest", "sales", "sales.csv")
	args := []string{"report", "--all", "--as-of", "2026-11-20", "-o", "pages"}
	mustRun(t, dir, exitOK, append(args, "--model", "993", "--email")...) // other pages of the same names
	old := archiveFiles(t, dir)
	mustRun(t, dir, exitOK, append(args, "-o", "new")...)
	whole := archiveFilesIn(t, filepath.Join(dir, "new"))
	if len(whole) < 40 {
		t.Fatalf("%d files of 12 weeks", len(whole))
	}
	for i, signal := range []os.Signal{os.Interrupt, os.Kill} {
		cmd, out := greybook(t.Context(), dir, args...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After the third page, or the sixth, is there.
		page := filepath.Join(dir, "pages", []string{"2026-W25.html", "2026-W28.html"}[i])
		for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
			if now, err := os.ReadFile(page); err == nil && bytes.Equal(now, []byte(whole[filepath.Base(page)])) {
				break
			}
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatalf("it ended before it could be struck: %v\n%s", err, out)
		}
		got := code(cmd.Wait())
		if want := []int{exitInterrupted, 128 + 9}[i]; got != want {
			t.Fatalf("%v: exit code %d, want %d\n%s", signal, got, want, out)
		}
		fresh := 0
		for name, text := range archiveFiles(t, dir) {
			switch {
			case strings.HasPrefix(filepath.Base(name), ".") && signal == os.Kill:
				continue // a temporary file, of no page's name
			case text == whole[name] && text != old[name]:
				fresh++
			case text != old[name]:
				t.Errorf("%v: %s is neither the old file nor the new one (%d bytes)", signal, name, len(text))
			}
		}
		if fresh == 0 || fresh == len(whole) {
			t.Errorf("%v: %d of %d files are new: the test is about nothing", signal, fresh, len(whole))
		}
		holdLinks(t, filepath.Join(dir, "pages"))
	}
	mustRun(t, dir, exitOK, args...)
	for name, text := range whole {
		if now, err := os.ReadFile(filepath.Join(dir, "pages", filepath.FromSlash(name))); err != nil || string(now) != text {
			t.Errorf("%s is not what a run without interruption gives (%v)", name, err)
		}
	}
}

func archiveFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	return archiveFilesIn(t, filepath.Join(dir, "pages"))
}

// archiveFilesIn reads an archive, by names relative to it.
func archiveFilesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	var paths []string
	for _, pattern := range []string{"*", ".*", "*/*", "*/.*"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	for _, path := range slices.Compact(paths) {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = string(text)
	}
	return files
}

// holdLinks wants every page that a list names to be there, with a record.
func holdLinks(t *testing.T, dir string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(dir, archiveList))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`href="([^"#]+\.html)"`).FindAllStringSubmatch(string(list), -1)
	if len(links) < 12 {
		t.Errorf("the list has %d links", len(links))
	}
	for _, m := range links {
		text, err := os.ReadFile(filepath.Join(dir, m[1]))
		if err != nil {
			t.Error(err)
			continue
		}
		if week, ok := reports.PageWeek(m[1]); ok {
			if _, err := reports.ReadWeekRecord(bytes.NewReader(text), week); err != nil {
				t.Errorf("%s: %v", m[1], err)
			}
		}
	}
}
