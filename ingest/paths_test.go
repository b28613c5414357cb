package ingest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// paths are two books that get the same files, one by the engine's reader and the
// other line by line.
type paths struct{ byEngine, byLine *Job }

func newPaths(t *testing.T) paths {
	p := paths{newJob(t), newJob(t)}
	p.byEngine.EngineFrom, p.byLine.EngineFrom = 1, never
	return p
}

// read ingests a text into both and wants the same report. It returns the report,
// and whether the engine's reader did read the one.
func (p paths) read(t *testing.T, what, text string) (rep FileReport, engine bool) {
	t.Helper()
	path := put(t, "a.csv", text)
	a, b := p.byEngine.mustRead(t, path), p.byLine.mustRead(t, path)
	engine = a.Reader == "engine"
	if b.Reader == "engine" {
		t.Errorf("%s: the engine read what was for the line reader", what)
	}
	a.Reader, b.Reader = "", ""
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("%s: reports:\n%s", what, diff)
	}
	return a, engine
}

func TestBothPathsGiveTheSameBook(t *testing.T) {
	for seed := range uint64(6) {
		header, rows := generated(seed, 1500, seed%2 == 1)
		ends := []string{"\n", "\r\n"}[seed/2%2]
		body := text(ends, header, rows)
		switch seed {
		case 4:
			body = "\xef\xbb\xbf" + body
		case 5:
			body = strings.TrimSuffix(body, ends)
		}
		p := newPaths(t)
		rep, engine := p.read(t, fmt.Sprint("seed ", seed), body)
		sameBook(t, fmt.Sprint("seed ", seed), p.byEngine, p.byLine, allSales, allRejects)
		if !engine {
			t.Errorf("seed %d: not for the engine: the test is about nothing", seed)
		}
		if rep.Read != 1500 || rep.Added < 1000 || rep.Rejected < 20 {
			t.Errorf("seed %d: %s", seed, counts(rep))
		}
	}
}

// The engine's reader forgives what the line reader refuses. Left alone with such
// a file it would load a line that is none: the look through the file keeps it away.
func TestNoLineSlipsThroughTheEngine(t *testing.T) {
	const head = "sold_at,price,title,url,extra\n"
	p := newPaths(t)
	const good = "2026-01-01,100,990v6,,\n2026-01-02,101,990v6,,x\n"
	for what, c := range map[string]struct{ line, reason string }{
		"too few fields":               {"2026-01-03,102,990v6,u", "wrong_field_count"},
		"only mapped fields":           {"2026-01-03,102,990v6", "wrong_field_count"},
		"one field":                    {"2026-01-03", "wrong_field_count"},
		"too many fields":              {"2026-01-03,102,990v6,u,x,y", "wrong_field_count"},
		"an empty field too many":      {"2026-01-03,102,990v6,u,x,", "wrong_field_count"}, // the engine takes it
		"blanks before a quote":        {"2026-01-03,102, \"990v6\",u,x", "stray_quote"},   // the engine takes it
		"blanks after a quote":         {"2026-01-03,102,\"990v6\" ,u,x", "stray_quote"},   // the engine takes it
		"a quoted word in a field":     {"2026-01-03,102,the \"990v6\" shoe,u,x", "stray_quote"},
		"the same in no mapped column": {"2026-01-03,102,990v6,u,the \"x\" y", "stray_quote"},
		"text after a quote":           {"2026-01-03,102,\"990\"v6,u,x", "stray_quote"},
		"unclosed quote":               {"2026-01-03,102,\"990v6,u,x", "unclosed_quote"},
		"NUL":                          {"2026-01-03,102,990\x00v6,u,x", "nul_byte"},
		"NUL in no mapped column":      {"2026-01-03,102,990v6,u,\x00", "nul_byte"},
		"broken text":                  {"2026-01-03,102,990v6 café caf\xe9,u,x", "invalid_utf8"},
		"as much too many as too few":  {"2026-01-03,102,990v6,u,x,\n2026-01-03,102,990v6,u", "wrong_field_count"},
		"a carriage return":            {"2026-01-03,102,990v6\rx,u,x", ""},
		"blank line":                   {"", ""},
		"line ends with another sign":  {"2026-01-03,102,990v6,u,x\r", ""},
		"quoted newline":               {"2026-01-03,102,\"990v6\nx\",u,x", ""},
	} {
		for place, body := range map[string]string{"middle": head + good + c.line + "\n" + strings.ReplaceAll(good, "10", "20"), "end": head + good + c.line} {
			rep, engine := p.read(t, what+", "+place, body)
			reason := ""
			if len(rep.Reasons) > 0 {
				reason = rep.Reasons[0].Reason
			}
			if reason != c.reason {
				t.Errorf("%s, %s: %v, want %q", what, place, rep.Reasons, c.reason)
			}
			if engine && (c.reason != "" || place == "middle") {
				t.Errorf("%s, %s: left to the engine", what, place)
			}
		}
	}
	sameBook(t, "all", p.byEngine, p.byLine, allSales, allRejects)
}

// A record's line is its place in the table only while the engine keeps the order
// of the file, also with two threads and more than one buffer of 16 MB. Each price
// here is the number of its line.
func TestEngineKeepsLines(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	const n = 250_000
	var b strings.Builder
	b.WriteString("sold_at,price,title,url\n")
	pad := strings.Repeat("x", 120)
	for line := 2; line < n+2; line++ {
		if line%50_000 == 0 {
			fmt.Fprintf(&b, "never,%d,990v6,%s\n", line, pad)
			continue
		}
		fmt.Fprintf(&b, "2026-01-%02d,%d,\"990v%d\",%s\n", line%28+1, line, line%6+1, pad[:line%120])
	}
	j := newJob(t)
	path := put(t, "a.csv", b.String())
	r := j.mustRead(t, path)
	wantCounts(t, "lines", r, fmt.Sprint(n, n-5, 0, 5))
	if r.Reader != "engine" {
		t.Errorf("the file of %d lines was read by %s", n, r.Reader)
	}
	if wrong := j.table(t, "SELECT line, sale_price FROM store.sale WHERE line <> sale_price LIMIT 5"); len(wrong) > 0 {
		t.Errorf("lines that are not theirs: %v", wrong)
	}
	if wrong := j.table(t, "SELECT * FROM rejects WHERE raw_text NOT LIKE 'never,' || source_line || ',%' OR source_line % 50000 <> 0"); len(wrong) > 0 {
		t.Errorf("rejects that are not theirs: %v", wrong)
	}
}

// A file's name is a name to the engine: no glob, no partition, no home folder.
func TestFileNamesAreNames(t *testing.T) {
	j := newJob(t)
	j.EngineFrom = 1
	for i, name := range []string{"a'b.csv", "a b.csv", "price=7.csv", "c0=x.csv", "ü.csv", "a*.csv", "[a].csv", "~.csv", "a\xffb.csv", "a\"b.csv", "-.csv", "a.csv.bak", "%d.csv", "$x.csv"} {
		path := put(t, name, fmt.Sprintf("sold_at,price,title\n2026-01-01,%d,990v6\n", 100+i))
		wantCounts(t, name, j.mustRead(t, path), "1 1 0 0")
		if got := j.table(t, "SELECT sale_price::INTEGER AS p FROM sales ORDER BY run_id DESC LIMIT 1"); got[0] != fmt.Sprintf(`{"p":%d}`, 100+i) {
			t.Errorf("%s: %v", name, got)
		}
		wantCounts(t, name+" again", j.mustRead(t, path), "1 0 1 0")
	}
}

func TestShape(t *testing.T) {
	for line, want := range map[string]string{
		"": "1 true", "a": "1 true", "a,b": "2 true", ",,": "3 true", `"a"`: "1 true", `"a,b",c`: "2 true", `"",""`: "2 true", `a,"b""c",`: "3 true",
		`"a"b`: "1 false", `a"b`: "1 false", `a,b"c"`: "1 false", `"a`: "1 false", `"a" ,b`: "1 false", `a, "b"`: "1 false", `"a""`: "1 false", `a,"b","c`: "3 false",
	} {
		fields, ok := shape([]byte(line), ',')
		if got := fmt.Sprint(fields, ok); got != want && (ok || !strings.HasSuffix(want, "false")) {
			t.Errorf("shape(%s) = %s, want %s", line, got, want)
		}
	}
}
