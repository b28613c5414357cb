package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/amassable/greybook"

// arrows says which packages of ours each package may import. Package ingest and
// package analysis share only the book, and never meet.
var arrows = map[string][]string{
	"data":          {},
	"data/sample":   {"data"},
	"ingest":        {"data"},
	"analysis/stat": {},
	"analysis":      {"data", "analysis/stat"},
	"reports":       {"data", "analysis"},
	"cmd/greybook":  {"data", "data/sample", "ingest", "analysis", "analysis/stat", "reports"},
	"cmd/bench":     {"data"}, // greybook itself is measured from outside, as a process
}

// doors says which folder or file alone may import a library, so that replacing
// the library touches one place.
var doors = map[string]string{
	"github.com/duckdb/":                "data",
	"github.com/go-echarts/go-echarts/": "reports/chart.go",
	"github.com/dop251/goja":            "reports/svg.go",
}

// TestArrows refuses an import against the arrows, in tests too.
func TestArrows(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != root && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		seen[path.Dir(name)] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			checkImport(t, name, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range arrows {
		if !seen[dir] {
			t.Errorf("package %s has arrows and no files: drop it from arrows", dir)
		}
	}
}

func checkImport(t *testing.T, file, imported string) {
	t.Helper()
	dir := path.Dir(file)
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		allowed, known := arrows[dir]
		switch {
		case !known:
			t.Errorf("%s: package %s is not in arrows: say what it may import", file, dir)
		case ours != dir && !slices.Contains(allowed, ours): // an external test imports its own package
			t.Errorf("%s imports %s, against the arrows: %s may import %q", file, ours, dir, allowed)
		}
	}
	for library, door := range doors {
		if strings.HasPrefix(imported, library) && dir != door && file != door && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s imports %s; only %s may", file, imported, door)
		}
	}
}
