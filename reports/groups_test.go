package reports

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/rivo/uniseg"
)

func keysOf(rows []analysis.MultipleRow) string {
	var s []string
	for _, r := range rows {
		s = append(s, strings.Join(r.Keys, ""))
	}
	return strings.Join(s, " ")
}

func TestGroupsAreOrdered(t *testing.T) {
	row := func(n int, median float64, keys ...string) analysis.MultipleRow {
		r := analysis.MultipleRow{Keys: keys, N: n}
		if median > 0 {
			r.Median = figureAt(median)
		}
		return r
	}
	for _, tt := range []struct {
		by   analysis.Dimension
		rows []analysis.MultipleRow
		want string
	}{
		{analysis.ByVersion, []analysis.MultipleRow{row(9, 1, ""), row(9, 2, "v10"), row(9, 3, "v2"), row(9, 9, "v1")}, "v1 v2 v10 "},
		{analysis.ByVersion, []analysis.MultipleRow{row(9, 1, "", ""), row(9, 2, "1300", ""), row(9, 3, "990", ""), row(9, 9, "990", "v6")}, "990v6 990 1300 "},
		{analysis.BySizeBand, []analysis.MultipleRow{row(9, 1, "11-12.5"), row(9, 2, "7-8.5"), row(9, 3, "<=6.5"), row(9, 9, ">=13")}, "<=6.5 7-8.5 11-12.5 >=13"},
		// By median; equal ones by n, then by key; without one last.
		{analysis.ByStyle, []analysis.MultipleRow{row(3, 0, "a"), row(9, 1, "b"), row(9, 2, "d"), row(9, 2, "c"), row(10, 2, "e")}, "e c d b a"},
	} {
		if got := keysOf(grouping{By: tt.by}.ordered(tt.rows)); got != tt.want {
			t.Errorf("by %s: %q, want %q", tt.by, got, tt.want)
		}
	}
}

func TestMostSeen(t *testing.T) {
	rows := []analysis.MultipleRow{{Keys: []string{"d"}, N: 5}, {Keys: []string{"core grey"}, N: 1}, {Keys: []string{"b"}, N: 7},
		{Keys: []string{"a"}, N: 5}, {Keys: []string{"other"}, N: 2}}
	// The two controls stay; of the rest b has the most, and a comes before d.
	if got, want := keysOf(mostSeen(rows, 4, isControl)), "core grey b a other"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if got := mostSeen(rows, 5, isControl); len(got) != 5 {
		t.Errorf("%d of 5 kept where all have room", len(got))
	}
	if got, want := keysOf(mostSeen(rows, 1, isControl)), "other"; got != want {
		t.Errorf("kept %q, want %q: the limit holds for what must stay too", got, want)
	}
}

// TestManyGroups: the chart draws 24 and says so, the leader among them; the table
// has them all.
func TestManyGroups(t *testing.T) {
	wk := madeUpWeekly()
	wk.Model, wk.By = "", analysis.ByStyle
	var rows []analysis.MultipleRow
	for i := range 50 {
		rows = append(rows, madeUpGroup(fmt.Sprintf("nike-air-presto-mid-utility-collaboration-black-%02d", i), 20+i, 1+float64(50-i)/100, 0.2))
	}
	wk.Groups = madeUpMultiples(rows...)
	for _, build := range []func(analysis.Weekly) (pageFigure, error){groupsFigure, spreadFigure} {
		f, err := build(wk)
		if err != nil {
			t.Fatal(err)
		}
		option := string(f.Option)
		if n := strings.Count(option, `"itemStyle":{"color":"var(--`); n != 24 {
			t.Errorf("%s: %d groups drawn, want 24", f.ID, n)
		}
		// Style 00 leads with the fewest sales of all; 49 has the most; 10 is in the table only.
		for style, drawn := range map[string]bool{"black-00": true, "black-49": true, "black-10": false} {
			if strings.Contains(option, style) != drawn && f.ID == "by-group" {
				t.Errorf("%s: %s drawn: %v", f.ID, style, !drawn)
			}
		}
		if len(f.Table.Body) != 50 || f.Table.Body[0][0].Text != "nike-air-presto-mid-utility-collaboration-black-00" {
			t.Errorf("%s: the table has %d rows, the first %q", f.ID, len(f.Table.Body), f.Table.Body[0][0].Text)
		}
		if !strings.Contains(strings.Join(f.Notes, " "), "The chart draws 24 of 50 styles") {
			t.Errorf("%s: the cut is not said: %q", f.ID, f.Notes)
		}
	}
	text := visibleText(writeWeekly(t, wk))
	for _, want := range []string{"What the pairs in this book resell for", "Resale of all models, 2026-W46", "all models · the 52 weeks to 15 November 2026",
		"nike-air-presto-mid-utility-collaboration-black-00 has the highest median, 1.50x retail, but not clearly above"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestSlugsKeepTheirEnd(t *testing.T) {
	g := grouping{By: analysis.ByStyle, One: "style"}
	seen := map[string]bool{}
	for slug, want := range map[string]string{
		"adidas-yeezy-boost-350-v2-zebra":                 "adidas-yeezy-boost-350-v2-zebra",
		"adidas-yeezy-boost-350-v2-core-black-red":        "adidas-…350-v2-core-black-red",
		"adidas-yeezy-boost-350-v2-core-black-red-2017":   "adidas-…v2-core-black-red-2017",
		"nike-air-max-97-off-white-elemental-rose-queen":  "nike-air-…elemental-rose-queen",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "aaaaaaaaaa…aaaaaaaaaaaaaaaaaaaaa",
	} {
		got := g.label(analysis.MultipleRow{Keys: []string{slug}}, 32)
		if got != want || uniseg.StringWidth(got) > 32 || seen[got] {
			t.Errorf("label(%s) = %q, want %q", slug, got, want)
		}
		seen[got] = true
	}
}

func TestAxisEnd(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		tops []float64
		end  float64
		cut  bool
	}{
		{[]float64{1.2, 1.4, 1.3, 40}, 2.6, true}, // twice the third, 1.3
		{[]float64{1.2, 1.3, 30, 40, nan}, 2.6, true},
		{[]float64{1.2, 20, 30, 40}, 40, false}, // three far out are no exception
		{[]float64{1.2, 1.3, 1.4, 3.9}, 3.9, false},
		{[]float64{0.2, 0.3, 0.3, 3.5}, 2, true}, // the third counts as retail at least
		{[]float64{1.5, 40}, 3, true},
		{[]float64{40}, 0, false},
		{nil, 0, false},
	} {
		if end, cut := axisEnd(tt.tops, 1); math.Abs(end-tt.end) > 1e-9 || cut != tt.cut {
			t.Errorf("axisEnd(%v) = %v, %v, want %v, %v", tt.tops, end, cut, tt.end, tt.cut)
		}
	}
}

// TestFarOutIsMarked: one group at 40x does not squeeze the others, and its true
// figures stand in the drawing all the same.
func TestFarOutIsMarked(t *testing.T) {
	wk := madeUpWeekly()
	wk.Groups.Rows = append(wk.Groups.Rows, madeUpGroup("v9", 50, 40, 1))
	wk.ByWeek.Rows[100] = madeUpGroup(wk.ByWeek.Rows[100].Keys[0], 9, 40, 1)
	d, err := newStillDrawer()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		build func(analysis.Weekly) (pageFigure, error)
		want  []string // in the drawing
		note  string
	}{
		// The third top is that of v1, 1.14 + 1.1 * 1.25 * 0.30 / sqrt(96) * 1.96 = 1.22; twice that, on a tick, is 2.5.
		{groupsFigure, []string{"→ 40.00x", ">40.00x<", "39.65 to 40.38"}, "The axis ends at 2.5x"},
		{spreadFigure, []string{"→ 41.90x", ">40.00x<"}, "an arrow marks what goes on beyond it"},
		{weeklyFigure, nil, "an arrow at its top marks a week that goes on beyond it, 2025-W46 up to 40.90x."},
	} {
		f, err := tt.build(wk)
		if err == nil {
			err = f.draw(d)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(f.Notes, " "), tt.note) {
			t.Errorf("%s does not say %q: %q", f.ID, tt.note, f.Notes)
		}
		for _, svg := range []string{string(f.WideSVG), string(f.NarrowSVG)} {
			for _, want := range tt.want {
				if !strings.Contains(svg, want) {
					t.Errorf("%s: the drawing lacks %q", f.ID, want)
				}
			}
			if strings.Contains(svg, ">40x<") || strings.Contains(svg, ">30x<") {
				t.Errorf("%s: the axis reaches to 40x", f.ID)
			}
		}
	}
}

// TestWideScripts: a Korean letter takes the room of two Latin ones.
func TestWideScripts(t *testing.T) {
	name := strings.Repeat("뉴발란스 990 메이드 인 USA 그레이 ", 3)
	label := plainLabel(name, 38)
	if w := uniseg.StringWidth(label); w < 36 || w > 39 { // 38 and the ellipsis
		t.Errorf("%q is %d columns wide, want about 38", label, w)
	}
	if got := labelSpace([]dotRow{{Label: "뉴발란스"}}); got != labelSpace([]dotRow{{Label: "newbalan"}}) {
		t.Errorf("four Korean letters get %d px, eight Latin ones another width", got)
	}
}
