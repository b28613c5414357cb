package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// label is what a person said of one record of a real file, before any tuning: see
// testdata/labels/README.md.
type label struct {
	file  string
	line  int    // of a CSV, JSONL or text file, from 1; else the element of the list
	sha8  string // first 8 digits of the SHA-256 of the title, so that no title is copied here
	half  string // tune, or score
	code  bool   // whether the record's code may be used, or the title alone
	match match  // what is right: model, version, audience, style
	grey  string // Grey Day edition: a year, "unknown" or ""
}

// readLabels reads testdata/labels/labels.csv.
func readLabels(t *testing.T) []label {
	t.Helper()
	b, err := os.ReadFile("testdata/labels/labels.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	var out []label
	for _, r := range rows[1:] {
		get := func(name string) string { return r[at[name]] }
		line, err := strconv.Atoi(get("line"))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, label{get("file"), line, get("sha8"), get("half"), get("code") == "yes",
			match{model: get("model"), version: get("version"), audience: get("audience"), styleID: get("style_id")}, get("grey_day_year")})
	}
	return out
}

// realRecords finds the records of a real file by their places.
type realRecords map[string]func(line int) (texts map[string]string)

// record returns the title and the code of a labelled record. It fails where the title
// is not the one that was labelled.
func (l label) record(t *testing.T, files realRecords) (code, title string) {
	t.Helper()
	if files[l.file] == nil {
		files[l.file] = openReal(t, shared(t, l.file))
	}
	texts := files[l.file](l.line)
	for _, text := range texts {
		sum := sha256.Sum256([]byte(text))
		if hex.EncodeToString(sum[:])[:8] == l.sha8 {
			title = text
		}
	}
	if title == "" {
		t.Fatalf("%s:%d holds no text %s", l.file, l.line, l.sha8)
	}
	if l.code {
		for _, column := range []string{"모델번호", "Style", "Style Id", "SKU", "styleId"} {
			if c := texts[column]; c != "" && c != "N/A" && c != "-" {
				code = c
			}
		}
	}
	return code, title
}

// openReal reads a file whole; the largest has 8 MB.
func openReal(t *testing.T, path string) func(int) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the real files are not here: %v", err)
	}
	switch filepath.Ext(path) {
	case ".csv":
		if !utf8.Valid(b) {
			if b, err = charmap.Windows1252.NewDecoder().Bytes(b); err != nil {
				t.Fatal(err)
			}
		}
		return recordsOfCSV(t, b)
	case ".json":
		var doc any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		return func(n int) map[string]string { return elementTexts(doc, n, map[string]string{}) }
	}
	lines := strings.Split(string(b), "\n")
	return func(n int) map[string]string {
		line := strings.TrimRight(lines[n-1], "\r")
		out := map[string]string{"line": line, "trimmed": strings.TrimSpace(line)}
		var one any
		if json.Unmarshal([]byte(line), &one) == nil {
			allTexts("", one, out)
		}
		_, out["value"], _ = strings.Cut(line, ": ") // "Title: …"
		return out
	}
}

// recordsOfCSV finds records by the line on which they begin. A byte-order mark is
// no part of the first name.
func recordsOfCSV(t *testing.T, b []byte) func(int) map[string]string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	out := map[int]map[string]string{}
	var header []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header == nil {
			header = row
			continue
		}
		texts := map[string]string{}
		for i, v := range row {
			if i < len(header) {
				name := header[i]
				if _, twice := texts[name]; twice {
					name += " again"
				}
				texts[name] = v
				texts[name+" trimmed"] = strings.TrimSpace(v)
			}
		}
		line, _ := r.FieldPos(0)
		out[line] = texts
	}
	return func(line int) map[string]string { return out[line] }
}

// elementTexts collects the texts of the n-th element of the document's list; a list
// that stands in pieces is counted through.
func elementTexts(doc any, n int, out map[string]string) map[string]string {
	var all []any
	var walk func(doc any)
	walk = func(doc any) {
		switch v := doc.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for name, e := range v {
				list, isList := e.([]any)
				if isList && (name == "Products" || name == "hits" || name == "item" || name == "recent_sales" || name == "results" && v["query"] != nil) {
					all = append(all, list...)
				} else {
					walk(e)
				}
			}
		}
	}
	walk(doc)
	allTexts("", all[n-1], out)
	return out
}

// allTexts collects texts by the names of their fields.
func allTexts(name string, doc any, out map[string]string) {
	switch v := doc.(type) {
	case string:
		if _, ok := out[name]; ok {
			name = fmt.Sprint(name, " ", len(out))
		}
		out[name] = v
	case []any:
		for _, e := range v {
			allTexts(name, e, out)
		}
	case map[string]any:
		for k, e := range v {
			allTexts(k, e, out)
		}
	}
}

// tally counts what was said rightly, wrongly and not at all.
type tally struct{ right, wrong, missed int }

func (c *tally) add(got, want string) {
	switch {
	case got == want && want != "":
		c.right++
	case got != "" && got != want:
		c.wrong++
	}
	if want != "" && got != want {
		c.missed++
	}
}

// precision is the share of what was said that is right; recall that of what could be
// said that was said rightly.
func (c tally) precision() float64 { return share(c.right, c.right+c.wrong) }
func (c tally) recall() float64    { return share(c.right, c.right+c.missed) }

func share(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

// Labels were given by hand from the real files before the matcher was tuned; only the
// half "tune" was looked at while tuning.
func TestLabels(t *testing.T) {
	m := builtinMatcher(t)
	grey := map[string]bool{}
	for _, s := range m.byCode {
		grey[s.ID] = s.greyDay
	}
	files := realRecords{}
	labels := readLabels(t)
	for _, half := range []string{"tune", "score"} {
		t.Run(half, func(t *testing.T) {
			var version, style, audience tally
			falseGrey := 0
			for _, l := range labels {
				if l.half != half {
					continue
				}
				code, title := l.record(t, files)
				got, want := m.match(code, title, nil), l.match
				version.add(versionKey(got), versionKey(want))
				style.add(got.styleID, want.styleID)
				if want.audience != "" || got.styleID == "" { // a style has an audience that titles need not name
					audience.add(got.audience, want.audience)
				}
				if grey[got.styleID] && l.grey == "" {
					falseGrey++
				}
				if half == "tune" && (versionKey(got) != versionKey(want) || got.styleID != want.styleID) {
					t.Logf("%s:%d %q %q: %s (%.2f), want %s %s %s", l.file, l.line, code, title, short(got), got.score, want.styleID, want.model, want.version)
				}
			}
			t.Logf("version %+v precision %.4f recall %.4f; style %+v precision %.4f recall %.4f; audience %+v; false Grey Days %d",
				version, version.precision(), version.recall(), style, style.precision(), style.recall(), audience, falseGrey)
			if half == "score" && (version.precision() < 0.995 || version.recall() < 0.95 || style.precision() < 0.995 || style.recall() < 0.90 || falseGrey > 0) {
				t.Error("below precision 0.995 and recall 0.95 (version), 0.995 and 0.90 (style), no false Grey Day")
			}
		})
	}
}

// versionKey is model and version where the version is known.
func versionKey(m match) string {
	if m.version == "" {
		return ""
	}
	return m.model + m.version
}
