package reports

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"regexp"
	"slices"
)

//go:embed assets/email.html
var emailAssets embed.FS

// emailMost is how large a mail may be: Gmail shows the first 102 kB of a longer one and
// hides the rest. A part is left for what a mail program adds.
const emailMost = 98_000

// emailCharts are the figures that a mail draws, the most wanted first: those that do not
// fit any more are left out.
var emailCharts = []string{"by-group", "by-grey-day", "index", "by-week"}

const (
	emailChartsMost = 3
	emailRowsMost   = 8 // of a chart's table
)

// emailView is a mail before it is printed.
type emailView struct {
	page
	PageName string
	Findings []emailFinding
	Cut      bool // charts were left out for their size
}

// emailFinding is a figure in words and, where Image is not "", as a drawing.
type emailFinding struct {
	ID, Title, Subtitle, Synthetic, Reading, Key string
	Aria                                         string
	Image                                        template.URL
	W                                            int // of the image, px
	Table                                        figureTable
	More                                         int // rows of the table that only the page has
}

// emailOf makes the mail of a page whose figures are drawn: its headline figures, its
// findings in words, and its main charts. It holds no script and refers to nothing
// outside. The charts are images in the mail itself, in the colours of a light page: a
// program that shows none of them still has the title, the reading and the first rows of
// each as text. It points to the page by the name that the page has.
func emailOf(p page, pageName string) ([]byte, error) {
	css, err := pageAssets.ReadFile("assets/page.css")
	if err != nil {
		return nil, err
	}
	t, err := template.ParseFS(emailAssets, "assets/email.html")
	if err != nil {
		return nil, fmt.Errorf("mail template: %w", err)
	}
	colors := lightColors(string(css))
	for charts := emailChartsMost; ; charts-- {
		v := emailView{page: p, PageName: pageName, Cut: charts < emailChartsMost}
		drawn := drawnFigures(p.Figures, charts)
		for _, f := range p.Figures {
			v.Findings = append(v.Findings, findingOf(f, slices.Contains(drawn, f.ID), colors))
		}
		var out bytes.Buffer
		if err := t.Execute(&out, v); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
		if out.Len() <= emailMost || charts == 0 {
			return out.Bytes(), nil
		}
	}
}

// drawnFigures picks the figures that a mail draws, at most so many.
func drawnFigures(figures []pageFigure, most int) []string {
	var out []string
	for _, id := range emailCharts {
		i := slices.IndexFunc(figures, func(f pageFigure) bool { return f.ID == id && f.Option != nil })
		if i >= 0 && len(out) < most {
			out = append(out, id)
		}
	}
	return out
}

func findingOf(f pageFigure, draw bool, colors map[string]string) emailFinding {
	const most = 400 // letters of a text from outside
	e := emailFinding{ID: f.ID, Title: plainLabel(f.Title, most), Subtitle: plainLabel(f.Subtitle, most), Synthetic: f.Synthetic, Reading: plainLabel(f.Reading, 2*most)}
	if !draw {
		return e
	}
	svg := colorVariable.ReplaceAllStringFunc(string(f.NarrowSVG), func(s string) string {
		if c := colors[colorVariable.FindStringSubmatch(s)[1]]; c != "" {
			return c
		}
		return "#1d1f21"
	})
	e.Image = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))) //nolint:gosec // a drawing that checkDrawing let through
	e.Aria, e.Key, e.W = plainLabel(f.Aria(), 2*most), f.Key, f.Narrow.W
	columns := min(4, len(f.Table.Head)) // name, n, median, interval; of the index the first segments
	e.Table.Head = f.Table.Head[:columns]
	for i, row := range f.Table.Body {
		if i == emailRowsMost {
			e.More = len(f.Table.Body) - i
			break
		}
		cells := slices.Clone(row[:min(columns, len(row))])
		for k := range cells {
			cells[k].Text = plainLabel(cells[k].Text, 60)
		}
		e.Table.Body = append(e.Table.Body, cells)
	}
	return e
}

var (
	colorVariable = regexp.MustCompile(`var\(--([a-z-]+)\)`)
	colorSetting  = regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-fA-F]{3,8})\s*;`)
)

// lightColors are the colours of the page as a light page has them: those that its style
// sheet sets first. An image in a mail does not see the properties of what is around it.
func lightColors(css string) map[string]string {
	out := map[string]string{}
	for _, m := range colorSetting.FindAllStringSubmatch(css, -1) {
		if _, known := out[m[1]]; !known {
			out[m[1]] = m[2]
		}
	}
	return out
}
