package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestHistoryComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "greybook", "history")
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"SELECT 1;", "SELECT 'a\nb\\n',\n\t2;", ".tables"}
	for _, text := range append(all, ".tables", "  ", "\n.tables\n") { // the same again, and nothing, are not kept
		if err := h.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Add(strings.Repeat("x", mostEntry+1)); err != nil {
		t.Fatal(err)
	}
	again, err := openHistory(path)
	if err != nil || !slices.Equal(again.entries, all) {
		t.Errorf("%q, %v; want %q", again.entries, err, all)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestHistoryOfShellsSideBySide: nothing that one adds is lost by what others add, or by
// the file's having grown too long.
func TestHistoryOfShellsSideBySide(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	const shells, each = 4, 60
	filler := strings.Repeat("x", 4000) // 4 × 60 × 4,000 bytes: more than one file, less than two
	var wg sync.WaitGroup
	for shell := range shells {
		wg.Go(func() {
			for i := range each {
				h, err := openHistory(path) // each entry by a shell of its own
				if err == nil {
					err = h.Add(fmt.Sprintf("%d-%d %s", shell, i, filler))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if h.Len() != shells*each {
		t.Errorf("%d entries, want %d", h.Len(), shells*each)
	}
	for _, name := range []string{path, path + ".1"} {
		if info, err := os.Stat(name); err != nil || info.Size() > mostHistory+mostEntry {
			t.Errorf("%s: %v bytes, %v", name, info.Size(), err)
		}
	}
	if left, _ := filepath.Glob(path + ".lock"); left != nil {
		t.Errorf("%s is left", left)
	}
}

func TestHistoryWithoutAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("a\nbroken\\\nb\n\xff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := openHistory(filepath.Join(file, "history"))
	if err == nil || !strings.Contains(err.Error(), "is not kept: not a directory") {
		t.Errorf("a file for a folder: %v", err)
	}
	if err := h.Add("SELECT 1;"); err != nil || h.Len() != 1 {
		t.Errorf("%d entries, %v", h.Len(), err)
	}
	if h, err = openHistory(""); err == nil || h.Add("SELECT 1;") != nil {
		t.Errorf("no folder: %v", err)
	}
	if h, err = openHistory(file); err != nil || !slices.Equal(h.entries, []string{"a", "b", "\uFFFD"}) {
		t.Errorf("a file of another's: %q, %v", h.entries, err)
	}
}

func TestHistoryPath(t *testing.T) {
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"XDG_STATE_HOME": "/state", "HOME": "/home/a"}, "/state/greybook/history"},
		{map[string]string{"XDG_STATE_HOME": "state", "HOME": "/home/a"}, "/home/a/.local/state/greybook/history"},
		{map[string]string{"HOME": "/home/a"}, "/home/a/.local/state/greybook/history"},
		{nil, ""},
	} {
		e := env{LookupEnv: func(name string) (string, bool) { v, ok := c.vars[name]; return v, ok }}
		if got := filepath.ToSlash(historyPath(e)); got != c.want {
			t.Errorf("%v: %s, want %s", c.vars, got, c.want)
		}
	}
}
