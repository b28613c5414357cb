package reports

import (
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSpanOf(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		values []float64
		want   axisSpan
	}{
		{[]float64{0.9, 3}, axisSpan{0.5, 3, 0.5}}, // six steps of 0.35 are rounded up to 0.5
		{[]float64{1, nan}, axisSpan{0.9, 1.1, 0.05}},
		{nil, axisSpan{0, 1, 0.2}},
		{[]float64{nan, math.Inf(1)}, axisSpan{0, 1, 0.2}},
		{[]float64{-2, 1}, axisSpan{0, 1, 0.5}}, // a multiple is never below zero
		{[]float64{0.3, 49.7}, axisSpan{0, 50, 10}},
	} {
		if got := spanOf(tt.values...); got != tt.want {
			t.Errorf("spanOf(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestPlainLabel(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Marblehead", "Marblehead"},
		{"abcdefghijklm", "abcdefghij…"},
		{"{name|x}", "(name¦x)"},
		{"a\u202eb\u2066c\u200e", "abc"},
		{"a\u2028b\x00\x1b\n\tc", "a b c"},
		{"\xff", "\ufffd"},
		{"שלום", "\u2068שלום\u2069"},
		{"👟🧑‍🤝‍🧑", "👟🧑‍🤝‍🧑"},
		{"a" + strings.Repeat("\u0301", 10_000), "\ufffd"}, // one letter to the eye, 20 kB to the page
		{"", ""},
	} {
		if got := plainLabel(tt.in, 10); got != tt.want {
			t.Errorf("plainLabel(%.20q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	for _, s := range hostileNames() {
		got := plainLabel(s, 38)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 120 || strings.ContainsAny(got, "{}|\u2028\u2029\u202e\x00\x1b") {
			t.Errorf("plainLabel(%.40q) = %q", s, got)
		}
	}
}

func TestCheckDrawing(t *testing.T) {
	good := `<svg width="1" xmlns="http://www.w3.org/2000/svg"><g><text x="1" fill="var(--ink)">&lt;/script&gt;</text></g></svg>`
	if err := checkDrawing(good); err != nil {
		t.Errorf("a sound drawing is refused: %v", err)
	}
	for _, bad := range []string{
		`<svg><script>alert(1)</script></svg>`,
		`<svg onload="alert(1)"></svg>`,
		`<svg><image href="x"/></svg>`,
		`<svg><a href="javascript:alert(1)"><text>x</text></a></svg>`,
		`<svg><foreignObject/></svg>`,
		`<svg><path fill="url(//example.org/x)"/></svg>`,
		`<svg><text>x</svg>`,
		`<svg><!-- x --></svg>`,
	} {
		if checkDrawing(bad) == nil {
			t.Errorf("%s is let through", bad)
		}
	}
}

// TestOneDoorPerLibrary holds that go-echarts and goja each have one importer.
func TestOneDoorPerLibrary(t *testing.T) {
	doors := map[string]string{"github.com/go-echarts/": "chart.go", "github.com/dop251/goja": "svg.go"}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, _ := strconv.Unquote(i.Path.Value)
			for library, door := range doors {
				if strings.HasPrefix(path, library) && file != door {
					t.Errorf("%s imports %s; only %s may", file, path, door)
				}
			}
		}
	}
}

func TestNumbersInWords(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := countText(n); got != want {
			t.Errorf("countText(%d) = %q, want %q", n, got, want)
		}
	}
	if got := multipleText(figureAt(math.NaN())) + multipleText(nil) + intervalText(figureAt(1), nil); got != "–––" {
		t.Errorf("missing figures read %q", got)
	}
}

// TestContrast reads the palettes of page.css and holds WCAG 2.2 AA: 4.5 to 1
// for text (1.4.3), 3 to 1 for marks (1.4.11).
func TestContrast(t *testing.T) {
	css, err := pageAssets.ReadFile("assets/page.css")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s):root[^{}]*\{([^}]*--ink:.*?)\}`).FindAllStringSubmatch(string(css), -1)
	if len(blocks) != 4 {
		t.Fatalf("%d palettes in page.css, want light, dark by choice, dark by the system, and paper", len(blocks))
	}
	if a, b := strings.Fields(blocks[1][1]), strings.Fields(blocks[2][1]); !slices.Equal(a, b) {
		t.Errorf("dark by choice is not dark by the system: %v, %v", a, b)
	}
	for i, name := range []string{"light", "dark", "dark by the system", "paper"} {
		color := func(property string) float64 {
			m := regexp.MustCompile(`--` + property + `: #([0-9a-f]+);`).FindStringSubmatch(blocks[i][1])
			if m == nil {
				t.Fatalf("%s: no colour --%s", name, property)
			}
			return luminance(t, m[1])
		}
		for _, p := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "card", 4.5}, {"ink", "paper", 4.5}, {"ink", "band", 4.5}, {"muted", "card", 4.5}, {"muted", "paper", 4.5},
			{"muted", "band", 4.5}, {"accent", "card", 4.5}, {"accent", "paper", 4.5}, {"alarm", "card", 4.5}, {"alarm", "paper", 4.5}, {"alarm-ink", "alarm", 4.5},
			{"mark", "card", 3}, {"mark", "band", 3}, {"accent", "band", 3},
		} {
			a, b := color(p.front), color(p.back)
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < p.least {
				t.Errorf("%s: --%s on --%s has a contrast of %.2f, want %.1f", name, p.front, p.back, ratio, p.least)
			}
		}
	}
}

// luminance is the relative luminance of WCAG 2.2 of "rrggbb" or "rgb".
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
