package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/google/go-cmp/cmp"
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

// visibleText is the page without scripts, drawings and tags.
func visibleText(html string) string {
	html = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<svg.*?</svg>`).ReplaceAllString(html, "")
	html = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html, " ")
	return strings.Join(strings.Fields(strings.ReplaceAll(html, "\u00a0", " ")), " ")
}

// TestChartOptionsGolden holds the options of each chart, not its pixels. Golden
// files are ours: go test ./reports -update, then read the difference.
func TestChartOptionsGolden(t *testing.T) {
	wk := madeUpWeekly()
	wk.ByWeek.Rows = wk.ByWeek.Rows[len(wk.ByWeek.Rows)-12:]                                           // enough to see a line, few enough to read
	wk.VersionWeeks.Rows = slices.DeleteFunc(wk.VersionWeeks.Rows, func(r analysis.MultipleRow) bool { // two panels of two versions
		return r.Keys[1] < "2026-08-10" || r.Keys[0] != "v2" && r.Keys[0] != "v6"
	})
	for _, build := range []func(analysis.Weekly) (pageFigure, error){groupsFigure, greyDayFigure, weeklyFigure, spreadFigure,
		sizesFigure, ageFigure, heatFigure, moversFigure, tradedFigure, marketplacesFigure, originsFigure} {
		f, err := build(wk)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(f.ID, func(t *testing.T) { holdGolden(t, f); holdTable(t, f) })
	}
}

// holdGolden holds a figure's option against its golden file.
func holdGolden(t *testing.T, f pageFigure) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, f.Option, "", " "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	holdFile(t, f.ID+".option.json", got.String())
	if strings.Contains(got.String(), "function") {
		t.Error("an option holds a function: options are data")
	}
}

// holdTable holds a figure's words and its table, fields parted by tabs, against their golden file.
func holdTable(t *testing.T, f pageFigure) {
	t.Helper()
	got := strings.Join(append([]string{f.Title, f.Subtitle, f.Reading, f.Key}, f.Notes...), "\n") + "\n"
	for _, row := range append([][]tableField{f.Table.Head}, f.Table.Body...) {
		fields := make([]string, len(row))
		for i, field := range row {
			fields[i] = field.Text
		}
		got += "\n" + strings.Join(fields, "\t")
	}
	holdFile(t, f.ID+".table.txt", strings.ReplaceAll(got, "\u00a0", " ")+"\n")
}

func holdFile(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./reports -update writes it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s changed (-golden +now):\n%s", name, diff)
	}
}

func TestWeeklyPageIsDeterministic(t *testing.T) {
	if a, b := writeWeekly(t, hostileWeekly()), writeWeekly(t, hostileWeekly()); a != b {
		t.Error("the same week gave two different pages")
	}
}

func TestWeeklyPageIsSelfContained(t *testing.T) {
	for name, wk := range map[string]analysis.Weekly{"ordinary": madeUpWeekly(), "hostile": hostileWeekly()} {
		html := writeWeekly(t, wk)
		// Issue 5: under 2.5 MB. Even with twelve names of 10 kB each, six times over.
		if len(html) > 2_500_000 {
			t.Errorf("%s: %d bytes, over 2.5 MB", name, len(html))
		}
		if n := strings.Count(html, "Licensed to the Apache Software Foundation (ASF)"); n != 1 {
			t.Errorf("%s: the notice of ECharts is there %d times, want once", name, n)
		}
		charts := strings.Count(html, `class="plot"`)
		// Each chart is drawn wide and narrow, before any script but the switch of the colours.
		first := strings.Index(html, `<script type="application/json"`)
		if n := strings.Count(html[:first], "<svg"); n != 2*charts || charts < 4 {
			t.Errorf("%s: %d drawings of %d charts before the first script, want two of each", name, n, charts)
		}
		// The options and 3 scripts close; no text from outside closed or opened one.
		if a, b := strings.Count(html, "<script"), strings.Count(html, "</script"); b != charts+3 || a < b {
			t.Errorf("%s: %d <script and %d </script, want %d closed", name, a, b, charts+3)
		}
		if strings.ContainsAny(html, "\u2028\u2029") && name == "ordinary" {
			t.Errorf("%s: a line separator stands raw in the page", name)
		}
		for _, bad := range []string{"unsafe-eval", "script-src 'unsafe-inline'", "NaN", "undefined\""} {
			if before, _, _ := strings.Cut(html, "Licensed to the Apache"); strings.Contains(before, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
	}
}

// TestOptionsAreSafeData reads every option element of the hostile page back.
func TestOptionsAreSafeData(t *testing.T) {
	html := writeWeekly(t, hostileWeekly())
	found := regexp.MustCompile(`(?s)<script type="application/json" id="[a-z-]+">(.*?)</script>`).FindAllStringSubmatch(html, -1)
	if want := strings.Count(html, `class="plot"`); len(found) != want || want < 4 {
		t.Fatalf("%d options in the page, want one for each of %d charts", len(found), want)
	}
	for _, m := range found {
		if !json.Valid([]byte(m[1])) {
			t.Errorf("not JSON: %.80s", m[1])
		}
		if strings.ContainsAny(m[1], "<>&\u2028\u2029") {
			t.Errorf("a character that HTML or JavaScript could act on stands raw in an option")
		}
	}
}

func TestSyntheticIsSaidLoudly(t *testing.T) {
	text := visibleText(writeWeekly(t, madeUpWeekly()))
	// 96+58+412+230+4+388 sales of versions, all made up (madeUpWeekly).
	for _, want := range []string{"Synthetic sample data 4,002 of the 4,002 records", "Synthetic sample data: 1,188 of 1,188"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	real := madeUpWeekly()
	real.Facts.Synthetic = 0
	real.Movers.Rows = nil
	for _, m := range append(eachSides(&real), &real.Groups, &real.ByGreyDay, &real.ByWeek, &real.VersionWeeks, &real.ByAge, &real.Sizes.Scope) {
		m.Synthetic = 0
		for i := range m.Rows {
			m.Rows[i].Warnings = nil
		}
	}
	for i := range real.Sizes.Rows {
		real.Sizes.Rows[i].Warnings = nil
	}
	if text := visibleText(writeWeekly(t, real)); strings.Contains(strings.ToLower(text), "synthetic") {
		t.Error("a page without synthetic sales speaks of them")
	}
}

// TestThinWeeks holds that what cannot be drawn is said, and is never an error.
func TestThinWeeks(t *testing.T) {
	empty := analysis.Weekly{Week: mustDay("2026-11-09"), AsOf: mustDay("2026-11-15"), Window: mustDay("2025-11-17"), Model: "990"}
	empty.Groups, empty.ByGreyDay, empty.ByWeek = madeUpMultiples(), madeUpMultiples(), madeUpMultiples()
	oneSale := empty
	oneSale.Groups = madeUpMultiples(madeUpGroup("v3", 1, 0, 0))
	oneSale.ByGreyDay = madeUpMultiples(madeUpGroup("Grey Day 2025: 1300JP", 1, 0, 0))
	oneSale.ByWeek = madeUpMultiples(madeUpGroup("2026-W46", 1, 0, 0))
	quiet := madeUpWeekly()
	quiet.Week, quiet.AsOf = mustDay("2026-11-16"), mustDay("2026-11-22")
	nokeys := madeUpWeekly()
	for _, m := range []*analysis.Multiples{&nokeys.Groups, &nokeys.ByGreyDay, &nokeys.ByWeek, &nokeys.VersionWeeks, &nokeys.ByAge} {
		m.Rows[0].Keys = nil
	}
	nokeys.Sizes.Rows[0].Keys = nil
	for _, tt := range []struct {
		name   string
		wk     analysis.Weekly
		charts int
		want   []string
	}{
		{"zero", analysis.Weekly{}, 0, nil},
		{"empty book", empty, 0, []string{
			"No 990 version has enough sales for a figure", "No sale of a Grey Day release in this period", "No week has any 990 sale",
			"No version has enough sales to show how they spread", "there is nothing to draw", "No observation names a marketplace.",
			"The book has no completed sale of the 990 in the 52 weeks to 15 November 2026"}},
		{"one sale", oneSale, 0, []string{
			"The period has 1 sale in 1 group, too few in each for a median.", "Too few sales of Grey Day releases to test the 1.5x to 3x folklore",
			"Too few 990 sales in 2026-W46 for a median"}},
		{"a little of everything", thinWeekly(), 2 + sidesCharts, []string{
			"990v2 resells at 1.10x retail", "too few for an interval", "a_code_of_tomorrow", "too few prices for a figure",
			"No sale of a Grey Day release in this period", "core greys resold at 1.02x"}},
		{"a week without sales", quiet, madeUpCharts, []string{"No 990 was sold in 2026-W47"}},
		{"rows without keys", nokeys, madeUpCharts, []string{"version unknown"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			html := writeWeekly(t, tt.wk)
			if n := strings.Count(html, `class="plot"`); n != tt.charts {
				t.Errorf("%d charts, want %d", n, tt.charts)
			}
			text := visibleText(html)
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
				t.Error("the page shows a number that is none")
			}
		})
	}
}

func TestFindings(t *testing.T) {
	group := func(key string, lo, median, hi float64) analysis.MultipleRow {
		return analysis.MultipleRow{Keys: []string{key}, N: 412, Lo: &lo, Median: &median, Hi: &hi, ShareAboveRetail: figureAt(0.71)}
	}
	sale, name := wordsOf("sale"), func(r analysis.MultipleRow) string { return versionName("990", r) }
	clear := byMedian([]analysis.MultipleRow{group("v6", 0.9, 1.0, 1.1), group("v3", 1.12, 1.21, 1.34)})
	if got, want := groupsTitle(clear, sale, name), "990v3 has the highest median, 1.21x retail, clear of the others"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	// The sentence of the issue, word for word.
	if got, want := strings.ReplaceAll(resoldText(sale.stood("990v3"), clear[0], sale), "\u00a0", " "),
		"990v3 resold at 1.21x retail, 1.12 to 1.34, on 412 sales; above retail for 71 %."; got != want {
		t.Errorf("reading %q, want %q", got, want)
	}
	even := byMedian([]analysis.MultipleRow{group("v6", 0.9, 1.0, 1.13), group("v3", 1.12, 1.21, 1.34)})
	if got := groupsTitle(even, sale, name); !strings.HasSuffix(got, "but not clearly above 990v6") {
		t.Errorf("title %q hides that the intervals overlap", got)
	}
	// One release wholly inside the band, one below, one above, one across its lower edge, one thin.
	rows := []analysis.MultipleRow{group("Grey Day 2023: a", 1.5, 2, 3), group("Grey Day 2023: b", 1, 1.2, 1.49),
		group("Grey Day 2023: c", 3.01, 4, 5), group("Grey Day 2023: d", 1.4, 1.6, 1.8), {Keys: []string{"Grey Day 2023: e"}, N: 3},
		group("core grey", 1, 1, 1), group("other", 2, 2, 2)}
	if got, want := weighFolklore(rows), (folkloreCount{releases: 5, inside: 1, below: 1, above: 1, across: 1, thin: 1}); got != want {
		t.Errorf("folklore %+v, want %+v", got, want)
	}
}

// TestGapsBreakTheLine draws the weeks and counts the strokes of the median: one for
// each run of weeks with a figure, none across the weeks without.
func TestGapsBreakTheLine(t *testing.T) {
	wk := madeUpWeekly()
	wk.Week, wk.AsOf = mustDay("2026-03-09"), mustDay("2026-03-15")
	week := func(name string, n int) analysis.MultipleRow { return madeUpGroup(name, n, 1.1, 0.2) }
	// W02 and W03; none in W04; W05 too few; W06 and W07; W08 none; W09 alone; W10 none; W11 the page's.
	wk.ByWeek = madeUpMultiples(week("2026-W02", 9), week("2026-W03", 9), week("2026-W05", 3), week("2026-W06", 9), week("2026-W07", 9),
		week("2026-W09", 9), week("2026-W11", 9))
	f, err := weeklyFigure(wk)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newStillDrawer()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.draw(d); err != nil {
		t.Fatal(err)
	}
	for _, svg := range []string{string(f.WideSVG), string(f.NarrowSVG)} {
		lines := regexp.MustCompile(`<path d="([^"]*)" fill="none" stroke="var\(--ink\)" stroke-width="2"`).FindAllStringSubmatch(svg, -1)
		if len(lines) != 1 {
			t.Fatalf("%d lines of medians, want 1", len(lines))
		}
		// W02–W03 and W06–W07 are strokes of two points; W09 and W11 are dots.
		if m, l := strings.Count(lines[0][1], "M"), strings.Count(lines[0][1], "L"); l != 2 || m < 2 {
			t.Errorf("the line has %d strokes over %d steps, want steps 2: %s", m, l, lines[0][1])
		}
	}
	if n := strings.Count(f.Table.Body[0][0].Text, "2026-W11"); n != 1 {
		t.Error("the table does not begin with the newest week")
	}
}

// TestPartialWeek: a page as of the middle of its week says so wherever the week stands.
func TestPartialWeek(t *testing.T) {
	wk := madeUpWeekly()
	wk.AsOf, wk.Window = mustDay("2026-11-12"), mustDay("2025-11-14")
	text := visibleText(writeWeekly(t, wk))
	for _, want := range []string{"2026-W46, 9 November 2026 to 15 November 2026, not over yet", "retail in 2026-W46 (up to 12 November 2026)",
		"2026-W46 is not over: it is seen up to 12 November 2026, and its bar is pale.", "the 52 weeks to 12 November 2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	f, err := weeklyFigure(wk)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(f.Option), `"name":"2026-W46, up to 12 November 2026\nn = `) || !strings.Contains(string(f.Option), `"opacity":0.45`) {
		t.Error("the week's bar and tip do not say that it is partial")
	}
	if text := visibleText(writeWeekly(t, madeUpWeekly())); regexp.MustCompile(`not over\b`).MatchString(text) {
		t.Error("a finished week is said to be unfinished")
	}
	// A book that ends on a Wednesday: the days after it are not known.
	wk = madeUpWeekly()
	wk.Facts.LastSoldOn = mustDay("2026-11-11")
	if text := visibleText(writeWeekly(t, wk)); !strings.Contains(text, "The newest record in the book is of 11 November 2026; nothing is known of the days after it.") {
		t.Error("the page does not say where the book ends")
	}
}

// TestOneWeek: prices of a single day have no course, so none is drawn.
func TestOneWeek(t *testing.T) {
	wk := basisWeekly("last_sale")
	wk.ByWeek.Rows = []analysis.MultipleRow{madeUpGroup("2026-W46", 77, 0.97, 0.2)}
	f, err := weeklyFigure(wk)
	if err != nil || f.Option != nil {
		t.Fatalf("a chart of one week (%v)", err)
	}
	if got := f.Title + " " + strings.Join(f.Notes, " "); got != "The median 990 last trade price stood at 0.97x retail in 2026-W46 All last trade prices are of one week, so there is no course to draw." {
		t.Errorf("it says %q", got)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteWeeklyReportsTheWriter(t *testing.T) {
	if err := WriteWeekly(brokenWriter{}, analysis.Weekly{}); err == nil {
		t.Error("no error from a writer that writes nothing")
	}
}

// TestWritePage leaves pages in a folder named by the environment, so that a
// person can look at them.
func TestWritePage(t *testing.T) {
	dir := os.Getenv("GREYBOOK_PAGE_DIR")
	if dir == "" {
		t.Skip("GREYBOOK_PAGE_DIR is not set")
	}
	for name, wk := range map[string]analysis.Weekly{"full": madeUpWeekly(), "hostile": hostileWeekly(), "thin": thinWeekly()} {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(writeWeekly(t, wk)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkWriteWeekly is one page with all its charts, each drawn twice; the
// scripts are compiled before the clock starts.
func BenchmarkWriteWeekly(b *testing.B) {
	wk := madeUpWeekly()
	if _, err := newStillDrawer(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := WriteWeekly(&bytes.Buffer{}, wk); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSuspectsOfThePage(t *testing.T) {
	html := writeWeekly(t, madeUpWeekly())
	text := visibleText(html)
	for _, want := range []string{
		"Kept out of the figures Flags keep 1,205 records out of every figure on this page. They stay in the book. 12 more were flagged and released, and count.",
		"before_release dated before the release day of its style 1,199",
		"14 November 2026 M990GL6 2,000 USD price_outlier goat-2026-11.csv:1250",
		"뉴발란스 990v6 메이드 인 USA 1,250,000.50 KRW before_release, price_outlier kream.csv:7",
		"The newest of each flag; 1,203 more. greybook suspects --rows lists all of them with their keys.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(html, "somebody") {
		t.Error("the page shows a folder")
	}
	none := madeUpWeekly()
	none.Suspects = analysis.Suspects{}
	if text := visibleText(writeWeekly(t, none)); !strings.Contains(text, "No flag keeps a record out.") || strings.Contains(text, "greybook suspects") {
		t.Error("a page without suspects speaks of some")
	}
}
