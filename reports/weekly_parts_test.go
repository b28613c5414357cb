package reports

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
)

// said is what a figure says in words, on one line.
func partSaid(f pageFigure) string {
	return strings.ReplaceAll(strings.Join(append([]string{f.Title + ".", f.Reading}, f.Notes...), " "), "\u00a0", " ")
}

func wantSaid(t *testing.T, f pageFigure, err error, drawn bool, want ...string) {
	t.Helper()
	if err != nil || (f.Option != nil) != drawn {
		t.Errorf("drawn: %v, want %v (%v)", f.Option != nil, drawn, err)
	}
	for _, w := range want {
		if !strings.Contains(partSaid(f), w) {
			t.Errorf("it does not say %q but %q", w, partSaid(f))
		}
	}
}

func TestSizesInWords(t *testing.T) {
	low, even, high := madeUpSizeRow("7-8.5", 310, 0.955, 0.97, 0.985), madeUpSizeRow("9-10.5", 520, 0.99, 1, 1.01), madeUpSizeRow(">=13", 61, 1.02, 1.084, 1.15)
	noInterval := madeUpSizeRow("<=6.5", 7, 0, 1.3, 0)
	noInterval.Lo, noInterval.Hi = nil, nil
	thin := madeUpSizeRow("<=6.5", 4, 0, 0, 0)
	none := analysis.Sizes{Scope: madeUpMultiples()}
	leftOut := none
	leftOut.Scope.N, leftOut.LeftOut = 40, 40
	for _, tt := range []struct {
		name  string
		sizes analysis.Sizes
		drawn bool
		want  []string
	}{
		{"above and below", madeUpSizesOf(low, even, high), true, []string{
			"US men’s 13 and up sells 8.4 % above its own styles; 7 to 8.5 sells 3.0 % below.",
			"US men’s 13 and up: median +8.4 % against its own styles, +2.0 % to +15.0 %, on 61 sales of 2 styles; 7 to 8.5: median −3.0 %, −4.5 % to −1.5 %, on 310 sales of 8 styles.",
			"Only styles with enough sales in two size bands or more count, 14 styles; 37 sales of other styles are left out."}},
		{"all above", madeUpSizesOf(high, madeUpSizeRow("11-12.5", 60, 1.001, 1.01, 1.02)), true,
			[]string{"US men’s 13 and up sells 8.4 % above its own styles; no size is clearly below."}},
		{"all below", madeUpSizesOf(low, even), true, []string{"US men’s 7 to 8.5 sells 3.0 % below its own styles; no size is clearly above."}},
		{"none apart", madeUpSizesOf(noInterval, even, madeUpSizeRow(">=13", 9, 0.9, 1.04, 1.2)), true, []string{
			"No size band sells clearly above or below its own style.",
			"The medians run from 0.0 % (US men’s 9 to 10.5) to +30.0 % (up to 6.5) against their own styles; no interval is clear of the line, so the differences may be chance."}},
		{"all alike", madeUpSizesOf(even, even), true, []string{"Every band’s median is 0.0 % against its own styles."}},
		{"one band", madeUpSizesOf(even, thin), false, []string{"Too few sales by size to tell what a size is worth.", "The period has 524 sales of such styles, enough in one size band only."}},
		{"all thin", madeUpSizesOf(thin), false, []string{"The period has 4 sales of such styles, too few in each size band."}},
		{"size unknown", madeUpSizesOf(even, madeUpSizeRow("", 52, 1, 1.1, 1.2)), false, []string{"52 sales name no size, or one that is not known in US men’s, and are not drawn."}},
		{"no such style", leftOut, false, []string{"Of the 40 sales in the period, none is of such a style."}},
		{"none", none, false, []string{"The period has no such sales."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := sizesFigure(analysis.Weekly{Sizes: tt.sizes})
			wantSaid(t, f, err, tt.drawn, tt.want...)
		})
	}
	f, err := sizesFigure(madeUpWeekly())
	wantSaid(t, f, err, true)
	// 4 + 310 + 520 + 204 + 61 + 52 sales of styles that count (madeUpSizes); 37 others do not.
	if !strings.Contains(f.Subtitle, "n\u00a0=\u00a01,151") || !strings.Contains(string(f.Option), "median 1.08x of its own style") || strings.Contains(string(f.Option), "median 1.08x retail") {
		t.Errorf("the sample or the tips are not those of sizes: %s", f.Subtitle)
	}
}

func TestAgesInWords(t *testing.T) {
	group := func(key string, lo, median, hi float64) analysis.MultipleRow {
		return analysis.MultipleRow{Keys: []string{key}, N: 40, Lo: &lo, Median: &median, Hi: &hi}
	}
	thin := analysis.MultipleRow{Keys: []string{"weeks 2–4"}, N: 3}
	for _, tt := range []struct {
		name  string
		rows  []analysis.MultipleRow
		drawn bool
		want  []string
	}{
		{"falling", []analysis.MultipleRow{group("first week", 1.2, 1.3, 1.4), thin, group("second year", 0.9, 0.95, 1.1), group("", 1, 1, 1)}, true, []string{
			"The median is highest in the first week after release, 1.30x retail, clear of all other ages.",
			"In the first week after release, pairs resold at 1.30x retail, 1.20 to 1.40, on 40 sales. In the second year after release, pairs resold at 0.95x retail, 0.90 to 1.10, on 40 sales.",
			"40 of 123 sales are of pairs whose release day is not known, and are not drawn."}},
		{"all above", []analysis.MultipleRow{group("before release", 1.01, 1.1, 1.4), group("later", 1.2, 1.3, 1.4)}, true, []string{
			"The median is highest more than two years after release, 1.30x retail, but not clearly above pairs before release.",
			"At every age with a figure the whole interval is above retail."}},
		{"all below", []analysis.MultipleRow{group("weeks 5–13", 0.7, 0.8, 0.85), group("later", 0.9, 0.95, 0.99)}, true, []string{
			"clear of all other ages", "In weeks 5–13 after release, pairs resold at 0.80x", "At every age with a figure the whole interval is below retail."}},
		{"one", []analysis.MultipleRow{thin, group("later", 0.9, 0.95, 1.1)}, true, []string{"Only pairs more than two years after release have enough sales for a figure: 0.95x retail."}},
		{"all thin", []analysis.MultipleRow{thin}, false, []string{"Too few sales of a known release day to tell how age matters.", "The period has 3 sales of a known release day, too few at each age for a median."}},
		{"unknown", []analysis.MultipleRow{group("", 1, 1, 1)}, false, []string{"The period has 40 sales, of pairs whose release day is not known."}},
		{"none", nil, false, []string{"There are no such sales in this period"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := madeUpMultiples(tt.rows...)
			f, err := ageFigure(analysis.Weekly{ByAge: m})
			wantSaid(t, f, err, tt.drawn, tt.want...)
			if tt.drawn && !strings.Contains(f.Key, "a cross-section of different releases") {
				t.Error("it does not say that no shoe was followed")
			}
		})
	}
}

// heatWeekly has the given weekly medians of versions, NaN for a week that is too thin; they
// end in the page's week.
func heatWeekly(medians map[string][]float64) analysis.Weekly {
	wk := analysis.Weekly{Week: mustDay("2026-11-09"), AsOf: mustDay("2026-11-15"), Window: mustDay("2025-11-17"), Model: "990"}
	var rows []analysis.MultipleRow
	for version, list := range medians {
		for i, v := range list {
			r := madeUpGroup(version, 12, v, 0.01)
			if math.IsNaN(v) {
				r = madeUpGroup(version, 2, 0, 0)
			}
			r.Keys = []string{version, wk.Week.AddDays(-7 * (len(list) - 1 - i)).String()}
			rows = append(rows, r)
		}
	}
	wk.VersionWeeks = madeUpMultiples(rows...)
	return wk
}

func repeated(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestHeatInWords(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name    string
		medians map[string][]float64
		drawn   bool
		want    []string
	}{
		{"above and below", map[string][]float64{"v3": append(repeated(1.2, 7), 0.9), "v6": append(repeated(0.8, 9), 1.001), "v5": {1.3}}, true, []string{
			"990v3 resold above retail in 7 of 8 weeks, 990v6 in 1 of 10 weeks.",
			"The weekly median of 990v3 was above retail in 7 of 8 weeks that have one, its whole interval in 7. " +
				"The weekly median of 990v6 was above retail in 1 of 10 weeks that have one, its whole interval in none. " +
				// 8 + 10 + 1 medians in three versions' 52 weeks
				"19 of 156 weeks of a version have a median; the others have too few sales, or none."}},
		{"several always and never", map[string][]float64{"v3": repeated(1.2, 8), "v4": repeated(1.1, 9), "v5": repeated(0.9, 8), "v6": repeated(0.8, 10)}, true,
			[]string{"990v4 and 1 other resold above retail in every week with a median, 990v5 and 1 other in none."}},
		{"all above", map[string][]float64{"v3": repeated(1.2, 8), "v4": repeated(1.1, 52)}, true, []string{"Every version’s weekly median resold above retail, week after week."}},
		{"all below", map[string][]float64{"v3": repeated(0.9, 8), "v4": repeated(0.8, 9)}, true, []string{"No version’s weekly median resold above retail."}},
		{"one version", map[string][]float64{"v3": repeated(1.2, 52)}, true, []string{"990v3 resold above retail in all 52 weeks.", "Each of the 52 weeks of a version has a median."}},
		{"few weeks", map[string][]float64{"v3": {1.2, nan, 1.1}}, true, []string{"Too few weeks to compare versions: 2 of 52 have enough sales for a median."}},
		{"all thin", map[string][]float64{"v3": {nan}, "": {nan, nan}}, false, []string{"No week has enough sales of one 990 version for a figure.", "The period has 6 sales in 3 groups, too few in each for a median."}},
		{"none", nil, false, []string{"There are no such sales in this period, so there is nothing to draw."}},
		{"version unknown", map[string][]float64{"": repeated(1, 9)}, true, []string{"990, version unknown resold above retail in none of 9 weeks.", "“?”: the version is not known."}},
		{"53 weeks", map[string][]float64{"v3": repeated(1.2, 53)}, true, []string{"in all 52 weeks.", "The chart shows the last 52 weeks; the table lists all."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := heatFigure(heatWeekly(tt.medians))
			wantSaid(t, f, err, tt.drawn, tt.want...)
		})
	}
	wk := heatWeekly(map[string][]float64{"v3": repeated(1.2, 9)})
	wk.AsOf = mustDay("2026-11-12")
	f, err := heatFigure(wk)
	wantSaid(t, f, err, true, "The last week is not over: it is seen up to 12 November 2026.")
	wk.Model = "" // versions of all models carry their model
	for i := range wk.VersionWeeks.Rows {
		r := &wk.VersionWeeks.Rows[i]
		r.Keys = append([]string{"993"}, r.Keys...)
	}
	nameless := wk.VersionWeeks.Rows[0]
	nameless.Keys = []string{"993", "", nameless.Keys[2]}
	wk.VersionWeeks.Rows = append(wk.VersionWeeks.Rows, nameless)
	f, err = heatFigure(wk)
	wantSaid(t, f, err, true, "993v3 resold above retail in all 9 weeks.", "“?”: the version is not known.")
	if got := f.Table.Head[1].Text + ", " + f.Table.Head[2].Text; got != "993v3, 993, version unknown" {
		t.Errorf("the columns are %q", got)
	}
}

// TestHeatLeavesGaps draws five weeks, one of them thin and one without sales, and reads
// the figures back: three, at both sizes.
func TestHeatLeavesGaps(t *testing.T) {
	wk := heatWeekly(map[string][]float64{"v3": {1.21, math.NaN(), 0.9, 12.34, 7}})
	wk.VersionWeeks.Rows = wk.VersionWeeks.Rows[:4]
	f, err := heatFigure(wk)
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
		var got []string
		for _, m := range regexp.MustCompile(`>(\d+\.\d+)</text>`).FindAllStringSubmatch(svg, -1) {
			got = append(got, m[1])
		}
		if text := strings.Join(got, " "); text != "1.21 0.90 12.3" {
			t.Errorf("figures %q, want 1.21, nothing, 0.90, 12.3 and nothing", text)
		}
	}
	if strings.Contains(string(f.Option), "2026-W46") {
		t.Error("a week without sales has a field")
	}
	for _, want := range []string{`2026-W43 (from 19 October 2026)\nn = 2\ntoo few sales for a figure`, `n = 12\nmedian 12.34x retail`} {
		if !strings.Contains(string(f.Option), want) {
			t.Errorf("no tip says %q", want)
		}
	}
}

// TestHeatDrawsTheVersionsThatSellMost holds the number of fields in bounds.
func TestHeatDrawsTheVersionsThatSellMost(t *testing.T) {
	medians := map[string][]float64{}
	for i := range heatRows + 3 {
		medians["v"+countText(i+1)] = repeated(1.1, 10+i)
	}
	f, err := heatFigure(heatWeekly(medians))
	wantSaid(t, f, err, true, "The chart draws 10 of 13 versions: those with the most sales. The table lists all.")
	// v1 to v3 have the fewest weeks of 12 sales each; the others have 13, 14, … 22.
	if n := strings.Count(string(f.Option), " (from "); n != 175 {
		t.Errorf("%d fields, want %d", n, 175)
	}
	if len(f.Table.Head) != 14 {
		t.Errorf("%d columns in the table, want the week and 13 versions", len(f.Table.Head))
	}
}

func TestHeatScale(t *testing.T) {
	for _, tt := range []struct {
		multiple float64
		want     heatShade
	}{
		{1, heatShade{inkColor, 0}}, {1.049, heatShade{inkColor, 0}}, {0.953, heatShade{inkColor, 0}}, {math.NaN(), heatShade{inkColor, 0}}, {0, heatShade{inkColor, 0}},
		{1.05, heatShade{accentColor, 0.18}}, {1 / 1.05, heatShade{inkColor, 0.12}}, // as far from retail, on either side
		{1.25, heatShade{accentColor, 0.42}}, {0.8, heatShade{inkColor, 0.32}},
		{49, heatShade{accentColor, 1}}, {0.01, heatShade{inkColor, 0.75}},
	} {
		if got := shadeOf(tt.multiple); got != tt.want {
			t.Errorf("%v is painted %+v, want %+v", tt.multiple, got, tt.want)
		}
	}
}

// TestHeatContrast lays each shade over the card of each palette of page.css and holds
// the figure on it to 4.5 to 1 (WCAG 2.2, 1.4.3).
func TestHeatContrast(t *testing.T) {
	css, err := pageAssets.ReadFile("assets/page.css")
	if err != nil {
		t.Fatal(err)
	}
	palettes := regexp.MustCompile(`[^{}]*--card: #[^{}]*`).FindAllString(string(css), -1)
	if len(palettes) < 3 {
		t.Fatalf("%d palettes, want light, dark and paper", len(palettes))
	}
	for _, palette := range palettes {
		color := func(property string) (hex string) {
			hex = regexp.MustCompile(`--` + property + `: #([0-9a-f]+);`).FindStringSubmatch(palette)[1]
			if len(hex) == 3 {
				hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
			}
			return hex
		}
		for _, step := range heatScale {
			for _, shade := range []heatShade{step.Above, step.Below} {
				text := "ink"
				if shade.Text() == 0 {
					text = "card"
				}
				field := blended(t, color(strings.TrimSuffix(strings.TrimPrefix(shade.Color, "var(--"), ")")), color("card"), shade.Opacity)
				a, b := luminance(t, color(text)), luminance(t, field)
				if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
					t.Errorf("card #%s: --%s on %+v has a contrast of %.2f, want 4.5", color("card"), text, shade, ratio)
				}
			}
		}
	}
}

// blended is what a colour over another looks like, all of them "rrggbb".
func blended(t *testing.T, over, under string, opacity float64) string {
	t.Helper()
	out := ""
	for i := 0; i < 6; i += 2 {
		a, err := strconv.ParseUint(over[i:i+2], 16, 8)
		b, err2 := strconv.ParseUint(under[i:i+2], 16, 8)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		out += fmt.Sprintf("%02x", int(math.Round(float64(a)*opacity+float64(b)*(1-opacity))))
	}
	return out
}

// A page of pairs of which neither model nor version is known has no year by version, and
// calls its groups no versions.
func TestPageOfUnknownModels(t *testing.T) {
	wk := madeUpWeekly()
	wk.Model, wk.By = "", analysis.ByStyle
	for i := range wk.VersionWeeks.Rows {
		r := &wk.VersionWeeks.Rows[i]
		r.Keys = []string{"", "", r.Keys[len(r.Keys)-1]}
	}
	p, err := weeklyPage(wk)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.Figures {
		if f.ID == "heat" || f.Section.Title == "Versions" {
			t.Errorf("the page has %q under %q", f.Title, f.Section.Title)
		}
	}
}
