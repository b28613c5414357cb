package reports

import (
	"bytes"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
)

func writeScorecard(t *testing.T, c analysis.Scorecard) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteScorecard(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestScorecardOptionsGolden holds the options and the tables of the panels, as
// TestChartOptionsGolden does those of the weekly page.
func TestScorecardOptionsGolden(t *testing.T) {
	index := func(analysis.Scorecard) (pageFigure, error) { return indexFigure(madeUpIndex(), "990") }
	for _, build := range []func(analysis.Scorecard) (pageFigure, error){classFigure, calibrationFigure, weeksFigure, revisionsFigure, index} {
		f, err := build(madeUpScorecard())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.ID, func(t *testing.T) {
			holdGolden(t, f)
			for i, row := range f.Table.Body {
				if len(row) != len(f.Table.Head) {
					t.Errorf("row %d of the table has %d fields, its head %d", i, len(row), len(f.Table.Head))
				}
			}
		})
	}
}

// TestScorecardWords holds every finding against the made-up figures: 3 of the 4 classes
// have 200 sales; that of n=0 held 71 % where 80 % was promised; of 11 weeks one has 4
// sales, and B0 is a fifth worse than M4 everywhere.
func TestScorecardWords(t *testing.T) {
	text := visibleText(writeScorecard(t, madeUpScorecard()))
	for _, want := range []string{
		"Half of the estimates were within 5.0 % of the price, half of the last sales within 6.0 %",
		"5.0 % median error of the estimate last sale: 6.0 %",
		"79.0 % of sales inside their interval promised: 80 %",
		"12 of 12, 2026-W35 to 2026-W46",
		"2,200, each forecast from what was sold before its week; 7 of styles never sold before were not",
		"The estimate is nearer than the last sale in each of 3 classes",
		"The 80 % intervals hold what they promise, to 3 points, in 2 of 3 classes",
		"Not as promised: not sold in 28 days (71.0 %).",
		"The estimate was nearer than the last sale in each of 10 weeks",
		"ran from 4.5 % in 2026-W35 to 12.0 % in 2026-W43",
		"A week with fewer than 10 sales is not drawn.",
		"The newest week of the index of 990 moved by 0.60 points at its next fit",
		"A week 8 weeks old moved by 0.07.", // 0.6/9
		"From week to week the index of all models moved by 1.1 %",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestSmallScorecard: a book that judges nothing draws nothing, and says so.
func TestSmallScorecard(t *testing.T) {
	html := writeScorecard(t, smallScorecard())
	text := visibleText(html)
	for _, want := range []string{
		"Too few sales to judge the estimates",
		"7 sales could be scored, and no class of them has 200.",
		"Too few sales to judge the intervals",
		"No revisions of the index to show yet",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, "<svg") || strings.Contains(html, `class="tiles"`) {
		t.Error("a book of seven sales has charts or headline figures")
	}
	empty := analysis.Scorecard{}
	empty.Spec = analysis.BacktestSpec{AsOf: mustDay("2026-11-15"), Origins: 24, Level: 0.8}
	if text := visibleText(writeScorecard(t, empty)); !strings.Contains(text, "0 sales could be scored") {
		t.Errorf("an empty book's page: %s", text)
	}
}

// TestIndexWords: the title speaks of the page's model where it has an index, else of
// the first; of a year's change where there is a year.
func TestIndexWords(t *testing.T) {
	x := madeUpIndex()
	for _, tt := range []struct{ model, want string }{
		// 100 + 8 sin(66/9) = 106.94, and 52 weeks before 100 + 8 sin(14/9) = 108.00: −0.98 %.
		{"990", "The index of 990 stands at 106.9, down 1.0\u00a0% in 52 weeks"},
		{"993", "The index of 990 stands at 106.9, down 1.0\u00a0% in 52 weeks"},
		{"", "The index of all models stands at 106.9, down 1.0\u00a0% in 52 weeks"},
		// 30 weeks alone: 100 + 8 sin(29/9) = 99.36 against 100 in the first.
		{"990v4", "The index of 990v4 stands at 99.4, down 0.6\u00a0% since 2026-W17"},
	} {
		f, err := indexFigure(x, tt.model)
		if err != nil {
			t.Fatal(err)
		}
		if f.Title != tt.want {
			t.Errorf("model %q: %s, want %s", tt.model, f.Title, tt.want)
		}
	}
	f, err := indexFigure(analysis.Index{Refused: x.Refused}, "990")
	if err != nil || f.Option != nil || f.Title != "Too few sales for a market index" || len(f.Notes) != 1 {
		t.Errorf("without a series: %+v, %v", f, err)
	}
	x.Published = 0
	if f, err = indexFigure(x, "990"); err != nil || !strings.Contains(f.Key, "every week is provisional") {
		t.Errorf("unpublished: %s, %v", f.Key, err)
	}
}

// TestIndexOnTheWeeklyPage: it stands there where the page has one, and a segment's
// hostile name stays text, in the drawings too.
func TestIndexOnTheWeeklyPage(t *testing.T) {
	wk, x := madeUpWeekly(), madeUpIndex()
	x.Series[2].Segment = hostile
	wk.Index = &x
	html := writeWeekly(t, wk)
	body, _, _ := strings.Cut(html, `<script type="application/json"`) // the chart library holds such texts too
	if strings.Contains(body, "<img") || strings.Contains(html, "</script><script>alert") {
		t.Error("a segment's name became an element")
	}
	for _, want := range []string{"The index of 990 stands at 106.9", "No index of Grey Day releases: no sales.", "Dotted: provisional", "greybook backtest --page"} {
		if !strings.Contains(visibleText(html), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if html != writeWeekly(t, wk) {
		t.Error("the same week gave two different pages")
	}
}

const hostile = `</script><script>alert(1)</script><img src=x>{name|x}`

// TestPanelsNeverOverlap holds the layout of panels at both widths: inside the drawing,
// and apart from each other, from one panel to a dozen.
func TestPanelsNeverOverlap(t *testing.T) {
	shape := panelShape{Columns: [2]int{3, 2}, Height: [2]int{150, 120}, Each: 90}
	for n := 1; n <= 12; n++ {
		c := panelChart{Shape: shape, Panels: make([]panel, n)}
		wide, narrow := shape.frames(n)
		for k, size := range []frame{wide, narrow} {
			grids := shape.layout(c, k == 1)["grid"].([]any)
			var boxes [][4]int
			for _, g := range grids {
				m := g.(map[string]any)
				left, top := m["left"].(int), m["top"].(int)
				boxes = append(boxes, [4]int{left, top, left + m["width"].(int), top + m["height"].(int)})
			}
			for i, a := range boxes {
				if a[0] < 0 || a[1] < panelHead || a[2] > size.W || a[3]+panelFoot > size.H || a[2]-a[0] < 100 {
					t.Errorf("%d panels, %d px: panel %d at %v of %v", n, size.W, i, a, size)
				}
				for j, b := range boxes[:i] {
					if a[0] < b[2] && b[0] < a[2] && a[1] < b[3]+panelFoot && b[1] < a[3]+panelFoot {
						t.Errorf("%d panels, %d px: panels %d and %d overlap", n, size.W, j, i)
					}
				}
			}
		}
	}
}
