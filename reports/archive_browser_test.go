package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestArchiveInBrowser opens a list of pages as a person would, from the disk and without
// scripts: it draws, fits, asks for nothing, and its links lead to the pages, theirs
// back to it and to their data. The mail is opened, too.
func TestArchiveInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	dir := t.TempDir()
	put := func(f ArchiveFile) {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		mustDo(t, os.MkdirAll(filepath.Dir(path), 0o755))
		mustDo(t, os.WriteFile(path, f.Text, 0o644))
	}
	var entries []ArchiveEntry
	weeks := madeUpWeeks(3)
	weeks[0].Model = "990" + hostileScript
	for i, wk := range weeks {
		p := madeUpPage(t, wk)
		for _, f := range append(p.Data, p.Page, *p.Email) {
			put(f)
		}
		r, err := ReadWeekRecord(strings.NewReader(string(p.Page.Text)), wk.Week)
		mustDo(t, err)
		if i == 1 {
			r.Verdict, r.Segment = `"><img src=x onerror=alert(1)>`, hostileScript
		}
		entries = append(entries, ArchiveEntry{wk.Week, &r})
		if i == 2 {
			put(ArchiveFile{latestName, p.Page.Text})
		}
	}
	text, err := ArchiveIndex(entries, true)
	mustDo(t, err)
	put(ArchiveFile{archiveName, text})

	var w witness
	w.watch(t, ctx)
	for _, name := range []string{archiveName, "2026-W46.email.html"} {
		for _, width := range []int64{360, 768, 1600} {
			openPage(t, ctx, "file://"+filepath.Join(dir, name), width, width != 768, map[bool]string{true: "dark", false: "light"}[width == 360])
			got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[
				[...document.querySelectorAll('svg path.spark-line')].filter(e => e.getBoundingClientRect().width > 50).length,
				document.querySelectorAll('script, iframe, object, link, [onerror]').length,
				[...document.images].every(i => i.complete && i.naturalWidth > 100), document.documentElement.scrollWidth].join(' ')`))
			mustDo(t, err)
			// The courses of sales and of multiples; the index of the fixture is none.
			if want := fmt.Sprintf("%d 0 true %d", map[string]int{archiveName: 2}[name], width); got != want {
				t.Errorf("%s at %d px: lines, foreign elements, images sound, width are %s, want %s", name, width, got, want)
			}
		}
	}
	for link, want := range map[string]string{"latest.html": "New Balance 990 resale, 2026-W46", "2026-W45.html": "New Balance 990 resale, 2026-W45"} {
		openPage(t, ctx, "file://"+filepath.Join(dir, archiveName), 1000, true, "light")
		_, err := chromedp.Run(ctx, chromedp.Evaluate[string](`setTimeout(() => document.querySelector('a[href="`+link+`"]').click(), 50), ""`))
		mustDo(t, err)
		title := ""
		for range 100 {
			time.Sleep(50 * time.Millisecond)
			state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState + " " + document.title`))
			if got, complete := strings.CutPrefix(state, "complete "); err == nil && complete && strings.HasPrefix(got, "New Balance") {
				title = got
				break
			}
		}
		if title != want {
			t.Errorf("%s leads to %q, want %q ", link, title, want)
		}
	}
	hrefs, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll('a[href$=".csv"], a[href$=".html"]')].map(a => decodeURIComponent(new URL(a.href).pathname)).join('\n')`))
	mustDo(t, err)
	if n := strings.Count(hrefs, "\n") + 1; n < 5 { // four CSVs and the list
		t.Errorf("the page has %d links to files beside it:\n%s", n, hrefs)
	}
	for path := range strings.SplitSeq(hrefs, "\n") {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
	// The images of the mail are in it: a data address asks nobody.
	w.seen = slices.DeleteFunc(w.seen, func(s string) bool { return strings.HasPrefix(s, "request: data:image/svg+xml;base64,") })
	w.report(t)
}
