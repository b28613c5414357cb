package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/amassable/greybook/analysis"
)

var update = flag.Bool("update", false, "write the golden files anew")

func writeWeekly(t *testing.T, wk analysis.Weekly) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteWeekly(&b, wk); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWritePage leaves the page in a folder named by the environment, so that a
// person can look at it.
func TestWritePage(t *testing.T) {
	dir := os.Getenv("GREYBOOK_PAGE_DIR")
	if dir == "" {
		t.Skip("GREYBOOK_PAGE_DIR is not set")
	}
	thin := analysis.Weekly{Week: mustDay("2026-11-09"), AsOf: mustDay("2026-11-15"), Window: mustDay("2025-11-17"), Model: "990"}
	for name, wk := range map[string]analysis.Weekly{"full": madeUpWeekly(), "hostile": hostileWeekly(), "empty": thin} {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(writeWeekly(t, wk)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
