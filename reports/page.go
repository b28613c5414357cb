package reports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed assets/page.html assets/frame.html assets/page.css
var pageAssets embed.FS

// themeJS is the switch of the colours. It stands in the head, so that a page never shows
// in the wrong colours first.
//
//go:embed assets/theme.js
var themeJS string

// page is a whole page before it is printed: every word and drawing is there.
type page struct {
	Title    string
	Heading  string
	Tiles    []pageTile // the headline figures; none: no row of them
	Summary  []pageFact
	Banners  []pageFact  // loud, above everything
	Empty    *pageNotice // why the page has nothing to show; nil when it has
	Figures  []pageFigure
	Claims   []pageClaim // none: no section
	Quality  []pageFact
	Lists    []pageList
	Suspects *pageSuspects // nil: no section
	Method   []pageFact
	Limits   []string
	Colophon []string
	Record   string // what the page says of itself to programs; "" for nothing
	Archive  string // where the pages of all weeks are listed, relative to the page; "" for nowhere
}

// pageFact is a term and what is said of it. Both may hold hostile text.
type pageFact struct{ Term, Text string }

// pageSection is a heading over figures, which the contents name.
type pageSection struct{ ID, Title string }

// pageGroup is the figures of a section.
type pageGroup struct {
	pageSection
	Figures []pageFigure
}

// Groups are the page's figures by their sections, in the order of the figures. Those of no
// section are findings.
func (p page) Groups() []pageGroup {
	var groups []pageGroup
	for _, f := range p.Figures {
		s := f.Section
		if s == (pageSection{}) {
			s = pageSection{"findings", "Findings"}
		}
		if n := len(groups); n == 0 || groups[n-1].pageSection != s {
			groups = append(groups, pageGroup{pageSection: s})
		}
		last := &groups[len(groups)-1]
		last.Figures = append(last.Figures, f)
	}
	return groups
}

// pageTile is a headline figure: what it is, and what it is held against. A tile without a
// figure says in Missing why.
type pageTile struct{ Figure, Text, Against, Missing string }

// Long reports whether the figure is words, which stand smaller.
func (t pageTile) Long() bool { return len(t.Figure) > 10 }

// pageClaim is a verdict as the book has it, and what it was before where that changed.
type pageClaim struct{ Text, Verdict, N, Why, Changed string }

// pageNotice is a word before the findings, with a command that helps; "" for none.
type pageNotice struct{ Text, Command string }

// pageList is a small table of counts with what to say when it is empty.
type pageList struct {
	Title, Head, Empty string
	Counts             []pageCount
}

type pageCount struct {
	Name string
	N    string
}

// pageShell is what every page has around its contents.
type pageShell struct {
	page
	Policy  string
	Style   template.CSS
	Theme   template.JS
	Scripts []template.JS // of the live charts; none where nothing is drawn
	Notice  string
}

// writePage draws the figures and writes one self-contained HTML file.
func writePage(w io.Writer, p page) error {
	if err := NewPress(1, false).draw(context.Background(), p.Figures); err != nil {
		return err
	}
	return printPage(w, p)
}

// printPage writes a page whose figures are drawn as one self-contained HTML file.
// Nothing is written before everything is known to be sound.
func printPage(w io.Writer, p page) error {
	live := slices.ContainsFunc(p.Figures, func(f pageFigure) bool { return f.Option != nil })
	shell := pageShell{page: p, Theme: inlineScript(themeJS), Notice: strings.TrimSpace(echartsNotice)}
	if live {
		shell.Scripts = []template.JS{inlineScript(echartsJS), inlineScript(liveJS)}
	}
	shell.Policy = contentPolicy(append([]template.JS{shell.Theme}, shell.Scripts...))
	css, err := pageAssets.ReadFile("assets/page.css")
	if err != nil {
		return err
	}
	shell.Style = template.CSS(css) //nolint:gosec // our own file
	t, err := template.ParseFS(pageAssets, "assets/page.html", "assets/frame.html")
	if err != nil {
		return fmt.Errorf("page template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, shell); err != nil {
		return fmt.Errorf("page %q: %w", p.Title, err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// inlineScript makes a script fit to stand inside an HTML page: nothing in it
// may look like the end of a script element or the start of a comment, which in
// strings and regular expressions a backslash prevents.
func inlineScript(s string) template.JS {
	s = strings.NewReplacer("</script", `<\/script`, "</SCRIPT", `<\/SCRIPT`, "<!--", `<\!--`).Replace(s)
	return template.JS("\n" + strings.TrimSpace(s) + "\n") //nolint:gosec // our own scripts
}

// contentPolicy allows the scripts of the page by their hash and nothing else
// that runs or loads. Styles are inline because ECharts sets them on SVG text.
func contentPolicy(scripts []template.JS) string {
	allowed := "'none'"
	for i, s := range scripts {
		sum := sha256.Sum256([]byte(s))
		hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if i == 0 {
			allowed = hash
		} else {
			allowed += " " + hash
		}
	}
	return "default-src 'none'; script-src " + allowed +
		"; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
}
