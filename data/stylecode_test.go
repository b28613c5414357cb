package data

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestNormalizeCode(t *testing.T) {
	for in, want := range map[string]string{
		"M990GL6":             "M990GL6",
		"m990gl6":             "M990GL6",
		" M990 GL6 ":          "M990GL6",
		"M990-GL6":            "M990GL6",
		"m_990_gl_6":          "M990GL6",
		"M990GL6 D":           "M990GL6",
		"M990GL6 2E":          "M990GL6",
		"M990GL6-4e":          "M990GL6",
		"W990GL6\u00a0B":      "W990GL6", // a no-break space, as copied from a page
		"M990\u2013GL6":       "M990GL6", // an en dash
		"M990 B":              "M990B",   // B is its colour: M990 alone is no code
		"D":                   "D",
		"MS327CPG D":          "MS327CPG",
		"DM7866 200":          "DM7866200", // another brand's code, as Alias spells it
		"1191A266-102":        "1191A266102",
		"M1300CL/M1300CLS":    "M1300CL/M1300CLS", // two codes: not for this function to choose
		"":                    "",
		" - _ ":               "",
		"U990V4-41721":        "U990V441721",
		"뉴발란스 990v6":          "뉴발란스990V6",
		"\xff\xfe M990GL6 2E": "\ufffd\ufffdM990GL62E", // broken text stays no code
	} {
		got := NormalizeCode(in)
		if got != want {
			t.Errorf("NormalizeCode(%q) = %q, want %q", in, got, want)
		}
		if again := NormalizeCode(got); again != got {
			t.Errorf("NormalizeCode(%q) = %q, not itself", got, again)
		}
	}
}

func TestParseStyleCode(t *testing.T) {
	for in, want := range map[string]StyleCode{
		"M990GL6":    {"M", "990", "v6", "GL", 6},
		"u990 gr4":   {"U", "990", "v4", "GR", 4},
		"M990VS1":    {"M", "990", "v1", "VS", 1}, // the Version Series: VS is its colour
		"M990KMN4 D": {"M", "990", "v4", "KMN", 4},
		"M990GRY":    {"M", "990", "", "GRY", 0},
		"GC990GL6":   {"GC", "990", "v6", "GL", 6},
		"U991GL2":    {"U", "991", "v2", "GL", 2},
		"U991NV2":    {"U", "991", "v2", "NV", 2},
		"U991NV3":    {"U", "991", "", "NV", 3}, // no such code was seen
		"M991GL2":    {"M", "991", "", "GL", 2},
		"MR993JG1":   {"MR", "993", "", "JG", 1},
		"M1300JP3":   {"M", "1300", "", "JP", 3},
		"CM997HAJ":   {"CM", "997", "", "HAJ", 0},
		"US574M2":    {"US", "574", "", "M", 2},
		"M990V":      {"M", "990", "", "V", 0},
		"MT580RCB":   {"MT", "580", "", "RCB", 0},
	} {
		got, ok := ParseStyleCode(in)
		if !ok || got != want {
			t.Errorf("ParseStyleCode(%q) = %+v, %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"M990V5", "m990v5 2E", "U990V4-41721", "MR990V3", // web-shop product ids
		"", "990", "M990", "990GL6", "M990GL0", "M990GL66", "M990ABCDE6", "XM990GL6",
		"M2002RDI", "BB550LSB", "NBG997GGG", "UGS996WT", "M1300CL/M1300CLS", "DM7866 200", "N/A", "-",
		"990 Sport", "Form990", "LG-U990", "New Balance 990v6",
	} {
		if got, ok := ParseStyleCode(in); ok {
			t.Errorf("ParseStyleCode(%q) = %+v, want none", in, got)
		}
	}
}

func TestAudience(t *testing.T) {
	for audience, prefixes := range map[string]string{
		"men":    "M MR ML MS MT CM",
		"women":  "W WR WL WS CW",
		"unisex": "U",
		"kids":   "GC PC IC KJ KV",
		"":       "US",
	} {
		for _, p := range strings.Fields(prefixes) {
			c, ok := ParseStyleCode(p + "990GL6")
			if !ok || c.Audience() != audience {
				t.Errorf("audience of %s990GL6 = %q, %v, want %q", p, c.Audience(), ok, audience)
			}
		}
	}
}

// Every sourced code must parse, and its model and version must be those that
// the source gives. 997H and 997S are written into the colour of CM997HAJ and
// MS997JBG, and 991v2 is a version: the grammar sees 997 and 991.
func TestParseStyleCodeAgreesWithColorways(t *testing.T) {
	rows := sharedCSV(t, "reference/colorways.csv")
	codes := 0
	for _, r := range rows {
		code, model, version := r["style_code"], r["model"], r["version"]
		if code == "" {
			continue
		}
		codes++
		c, ok := ParseStyleCode(code)
		if !ok {
			t.Errorf("%s does not parse", code)
			continue
		}
		if !strings.HasPrefix(model, c.Model) {
			t.Errorf("%s: model %s, the source says %s", code, c.Model, model)
		}
		if c.Version != "" && c.Version != version {
			t.Errorf("%s: version %s, the source says %s", code, c.Version, version)
		}
		if c.Version == "" && model == "990" && c.Digit != 0 {
			t.Errorf("%s: no version from its digit", code)
		}
		if c.String() != code {
			t.Errorf("%s comes out as %s", code, c)
		}
	}
	if codes != 91 { // counted with: awk -F, 'NR>1 && $1!=""' colorways.csv | wc -l
		t.Errorf("%d codes, want 91", codes)
	}
}

// KREAM writes the version into the names of its 990s, as 990v3 or 990vs1, and
// of its newer 991s, as 991v2. No code may say another one. The code of a first
// 991, M991DGG, says nothing.
func TestParseStyleCodeAgreesWithKREAM(t *testing.T) {
	named := regexp.MustCompile(`(99[01])vs?([1-9])`)
	checked := map[string]int{}
	for _, r := range sharedCSV(t, "data/kream-2024-05/kream_data.csv") {
		m := named.FindStringSubmatch(r["상품명"])
		if r["브랜드"] != "New Balance" || m == nil {
			continue
		}
		c, ok := ParseStyleCode(r["모델번호"])
		if m[0] == "991v1" && ok && c.Version == "" {
			continue
		}
		if !ok || c.Model != m[1] || c.Version != "v"+m[2] {
			t.Errorf("%s: %q parses as %+v, %v", r["상품명"], r["모델번호"], c, ok)
		}
		checked[m[1]]++
	}
	// 6 of the 991: U991 with BK, BL, NV, SD, SG and TB.
	if checked["990"] < 50 || checked["991"] != 6 {
		t.Errorf("names of KREAM that state a version: %v", checked)
	}
}

func FuzzStyleCode(f *testing.F) {
	for _, s := range []string{"M990GL6 2E", "U990V4-41721", "m_990 gl-6", "\xff D", "ǆ990ß D", "M 990 B D", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := NormalizeCode(s)
		if again := NormalizeCode(n); again != n {
			t.Errorf("NormalizeCode(%q) = %q, then %q", s, n, again)
		}
		c, ok := ParseStyleCode(s)
		if !ok {
			if c != (StyleCode{}) {
				t.Errorf("ParseStyleCode(%q) is refused, but gives %+v", s, c)
			}
			return
		}
		if c.String() != n {
			t.Errorf("ParseStyleCode(%q) = %+v, which is %s and not %s", s, c, c, n)
		}
	})
}

// sharedCSV reads a CSV file of the shared folder beside the repository, or
// skips the test where there is none.
func sharedCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedDir(t), path))
	if err != nil {
		t.Skipf("the real file is not here: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, r := range rows[1:] {
		m := make(map[string]string, len(r))
		for i, v := range r {
			m[rows[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}

// sharedDir finds the folder of real files and facts: $GREYBOOK_SHARED, else
// "shared" beside the repository.
func sharedDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("GREYBOOK_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
	}
	t.Skip("no repository root above this package")
	return ""
}
