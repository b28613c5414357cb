package reports

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
)

var mailImage = regexp.MustCompile(`<img src="data:image/svg&#43;xml;base64,([^"]*)" width="\d+" alt="([^"]*)"`)

// TestEmail: no script, nothing from outside, small enough for Gmail's 102 kB, whole in
// words, and the charts in colours of their own.
func TestEmail(t *testing.T) {
	for name, wk := range map[string]analysis.Weekly{"ordinary": madeUpWeekly(), "hostile": hostileWeekly(), "thin": thinWeekly()} {
		html := string(madeUpPage(t, wk).Email.Text)
		if len(html) > 102_000 {
			t.Errorf("%s: %d bytes, and Gmail hides what is beyond 102 kB", name, len(html))
		}
		for _, bad := range []string{"<script", "<svg", "<link", "http:", "https:", "href", "var(--", "onerror=\""} {
			if strings.Contains(html, bad) {
				t.Errorf("%s: the mail holds %q", name, bad)
			}
		}
		images := mailImage.FindAllStringSubmatch(html, -1)
		if want := strings.Count(html, "<img"); len(images) != want || name == "ordinary" && want < 2 { // the weeks of the fixture are a large drawing
			t.Errorf("%s: %d images, %d of them as they should be", name, want, len(images))
		}
		for _, m := range images {
			svg, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1], "&#43;", "+"))
			if err != nil || checkDrawing(string(svg)) != nil || strings.Contains(string(svg), "var(") {
				t.Errorf("%s: an image is no drawing, or has colours of somewhere else: %v", name, err)
			}
			if !strings.Contains(m[2], "The figures are in the table below the chart.") {
				t.Errorf("%s: an image does not say what it shows: %q", name, m[2])
			}
		}
	}
	text := visibleText(string(madeUpPage(t, madeUpWeekly()).Email.Text))
	for _, want := range []string{
		"Synthetic sample data. 4,002 of the 4,002 records", "As of: 15 November 2026", "20 sales of the 990 in 2026-W46", "n = 1,188",
		"990v3 resold at 1.21x retail", "990v1 96 1.14x", // without images, too
		"990v1 sales spread widest", // a finding without a chart
		"The whole page is 2026-W46.html",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
}
