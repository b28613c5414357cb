package reports

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/klauspost/compress/zstd"
)

// Read page by page, whatever their size, the API gives the feed's rows, byte for byte.
func TestAPIGivesTheFeedsRows(t *testing.T) {
	meta := sampleMeta(t)
	est := apiEstimates(meta.AsOf, 57, 0)
	want, err := feedRows(RowNDJSON, est)
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGeneration(meta, est, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := testAPI(t, APIOptions{}, g)
	for _, limit := range []int{1, 7, 100, 174, 175, 1000} { // 3·57 + 3 = 174 rows
		var got bytes.Buffer
		for url := fmt.Sprintf("/v1/estimates?limit=%d", limit); url != ""; {
			p := getPage(t, a, url)
			for _, row := range p.Estimates {
				got.Write(row)
				got.WriteByte('\n')
			}
			if p.Total != 174 {
				t.Fatalf("total %d", p.Total)
			}
			url = ""
			if p.Next != nil {
				url = fmt.Sprintf("/v1/estimates?limit=%d&cursor=%s", limit, *p.Next)
			}
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("limit %d: other rows than the feed's", limit)
		}
	}
	// The same as ndjson, by the Link header.
	var got bytes.Buffer
	for url := "/v1/estimates?limit=50"; url != ""; {
		w := get(t, a, url, "Accept: application/x-ndjson")
		got.Write(w.Body.Bytes())
		url, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("ndjson: other rows than the feed's")
	}
	// And as Arrow.
	w := get(t, a, "/v1/estimates?limit=1000", "Accept: application/vnd.apache.arrow.stream")
	r, err := ipc.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Schema().Equal(FeedSchema()) {
		t.Errorf("schema %s", r.Schema())
	}
	var rows bytes.Buffer
	if _, err := WriteRows(&rows, RowNDJSON, r, RowOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(rows.Bytes(), want) {
		t.Error("Arrow: other rows than the feed's")
	}
}

// Each filter gives the rows that a look at the feed itself gives.
func TestAPIFilters(t *testing.T) {
	g := apiGeneration(t, "2026-11-15", 60, 0)
	a, _ := testAPI(t, APIOptions{}, g)
	type row struct {
		Model, Version, Condition, Grade string
		StyleID                          string `json:"style_id"`
		StyleCode                        string `json:"style_code"`
		GreyDay                          int    `json:"grey_day_year"`
		Band                             string `json:"size_band"`
	}
	var all []row
	for i := range g.est {
		var r row
		if err := json.Unmarshal(g.rows.rows(i, i+1), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for query, takes := range map[string]func(row) bool{
		"model=990":                           func(r row) bool { return r.Model == "990" },
		"model=990&version=v6":                func(r row) bool { return r.Model == "990" && r.Version == "v6" },
		"style=M990GL6":                       func(r row) bool { return r.StyleID == "M990GL6" },
		"style=S0003&condition=used":          func(r row) bool { return r.StyleCode == "S0003" && r.Condition == "used" },
		"grey_day=2020":                       func(r row) bool { return r.GreyDay == 2020 },
		"grey_day=any":                        func(r row) bool { return r.GreyDay != 0 },
		"grey_day=none&model=992":             func(r row) bool { return r.GreyDay == 0 && r.Model == "992" },
		"condition=new":                       func(r row) bool { return r.Condition == "new" },
		"size_band=all":                       func(r row) bool { return r.Band == "" },
		"size_band=%3E%3D13":                  func(r row) bool { return r.Band == ">=13" },
		"min_grade=B":                         func(r row) bool { return r.Grade == "A" || r.Grade == "B" },
		"min_grade=X":                         func(r row) bool { return true },
		"model=nobody":                        func(r row) bool { return false },
		"min_grade=A&grey_day=any&model=1300": func(r row) bool { return r.Grade == "A" && r.GreyDay != 0 && r.Model == "1300" },
	} {
		var want, got []string
		for i, r := range all {
			if takes(r) {
				want = append(want, string(g.rows.rows(i, i+1)))
			}
		}
		for url := "/v1/estimates?limit=7&" + query; url != ""; {
			p := getPage(t, a, url)
			for _, e := range p.Estimates {
				got = append(got, string(e))
			}
			if p.Total != len(want) {
				t.Errorf("%s: total %d, want %d", query, p.Total, len(want))
			}
			url = ""
			if p.Next != nil {
				url = "/v1/estimates?limit=7&" + query + "&cursor=" + *p.Next
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", query, len(got), len(want))
		}
	}
	one := getPage(t, a, "/v1/estimates?style=990v4-x")
	var s struct{ Estimates []json.RawMessage }
	if w := get(t, a, "/v1/estimates/990v4-x"); json.Unmarshal(w.Body.Bytes(), &s) != nil || len(s.Estimates) != 1 || !bytes.Equal(s.Estimates[0], one.Estimates[0]) {
		t.Errorf("the style itself: %s", w.Body)
	}
	if w := get(t, a, "/v1/estimates/S0001?condition=used"); json.Unmarshal(w.Body.Bytes(), &s) != nil || len(s.Estimates) != 1 {
		t.Errorf("a style's used pairs: %s", w.Body)
	}
}

func TestAPIIndex(t *testing.T) {
	a, _ := testAPI(t, APIOptions{}, apiGeneration(t, "2026-11-15", 3, 0))
	for query, want := range map[string]int{ // 40 weeks from Monday 5 January, two segments
		"": 80, "?segment=all": 40, "?segment=all&since=2026-01-11": 40, "?segment=all&since=2026-01-12": 39,
		"?until=2026-01-12": 4, "?segment=990v6&since=2026-01-18&until=2026-01-19": 2, "?until=2025-01-01": 0,
	} {
		w := get(t, a, "/v1/index"+query)
		var x struct {
			Count int
			Index []struct{ Segment, Week string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || x.Count != want || len(x.Index) != want {
			t.Errorf("%s: %d rows, want %d: %v", query, x.Count, want, err)
		}
		lines := get(t, a, "/v1/index"+query, "Accept: application/x-ndjson").Body.String()
		if strings.Count(lines, "\n") != want {
			t.Errorf("%s as ndjson: %d lines", query, strings.Count(lines, "\n"))
		}
	}
	const first = `{"segment":"990v6","week":"2026-01-05","index":100,"index_lo":null,"index_hi":null,"se":null,"n":0,"n_styles":3,"index_equal_style":null,"index_repeat_sales":null,"status":"frozen","as_of":"2026-11-15","warnings":["few_sales"]}`
	if got := get(t, a, "/v1/index?until=2026-01-05", "Accept: application/x-ndjson").Body.String(); !strings.HasPrefix(got, first+"\n") {
		t.Errorf("got %s", got)
	}
	if p := wantProblem(t, get(t, a, "/v1/index?segment=990v5"), 400, "bad-parameter"); !slices.Equal(p.Nearest, []string{"990v6"}) {
		t.Errorf("%+v", p)
	}
}

// A refusal is a problem that names what is wrong and what was most likely meant.
func TestAPIProblems(t *testing.T) {
	a, _ := testAPI(t, APIOptions{}, apiGeneration(t, "2026-11-15", 20, 0))
	cursor := *getPage(t, a, "/v1/estimates?model=990&limit=2").Next
	for _, c := range []struct {
		url, kind          string
		status             int
		parameter, nearest string
	}{
		{"/v1/estimates?modle=990", "unknown-parameter", 400, "modle", "model"},
		{"/v1/estimates?Model=990", "unknown-parameter", 400, "Model", "model"},
		{"/v1/estimates?access_token=secret", "unknown-parameter", 400, "access_token", ""},
		{"/v1/manifest?x=1", "unknown-parameter", 400, "x", ""},
		{"/v1/estimates?model=990&model=990", "bad-parameter", 400, "model", ""},
		{"/v1/estimates?model=", "bad-parameter", 400, "model", ""},
		{"/v1/estimates?model=%ff", "bad-parameter", 400, "model", ""},
		{"/v1/estimates?model=" + strings.Repeat("9", 401), "bad-parameter", 400, "model", ""},
		{"/v1/estimates?model=%zz", "malformed-query", 400, "", ""},
		{"/v1/estimates?a;b", "malformed-query", 400, "", ""},
		{"/v1/estimates?condition=nwe", "bad-parameter", 400, "condition", "new"},
		{"/v1/estimates?size_band=9-10", "bad-parameter", 400, "size_band", "9-10.5"},
		{"/v1/estimates?min_grade=E", "bad-parameter", 400, "min_grade", ""},
		{"/v1/estimates?grey_day=24", "bad-parameter", 400, "grey_day", ""},
		{"/v1/estimates?limit=0", "bad-parameter", 400, "limit", ""},
		{"/v1/estimates?limit=1001", "bad-parameter", 400, "limit", ""},
		{"/v1/estimates?limit=1e2", "bad-parameter", 400, "limit", ""},
		{"/v1/estimates?changed_since=yesterday", "bad-parameter", 400, "changed_since", ""},
		{"/v1/estimates?changed_since=2026-11-16", "bad-parameter", 400, "changed_since", ""},
		{"/v1/estimates?changed_since=2026-11-14", "gone", 410, "changed_since", ""},
		{"/v1/estimates?changed_since=" + strings.Repeat("0", 64), "gone", 410, "changed_since", ""},
		{"/v1/estimates?cursor=x", "bad-parameter", 400, "cursor", ""},
		{"/v1/estimates?cursor=" + cursor, "bad-parameter", 400, "cursor", ""}, // of other filters
		{"/v1/index?since=2026-13-01", "bad-parameter", 400, "since", ""},
		{"/v1/index?since=2026-02-01&until=2026-01-01", "bad-parameter", 400, "since", ""},
		{"/v1/estimates/m990gl6", "no-such-style", 404, "", "M990GL6"},
		{"/v1/estimates/..%2f..%2fetc%2fpasswd", "no-such-style", 404, "", ""},
		{"/v1/estimates/%00%1b%5b31m", "no-such-style", 404, "", ""},
		{"/v1/estimates/..", "no-such-style", 404, "", ""},
		{"/v1/../../etc/passwd", "no-such-path", 404, "", ""},
		{"/v1/estimates/", "no-such-path", 404, "", "/v1/estimates"},
		{"/v1/estimates/a/b", "no-such-path", 404, "", ""},
		{"//v1/estimates", "no-such-path", 404, "", "/v1/estimates"},
		{"/v1/estimate", "no-such-path", 404, "", "/v1/estimates"},
		{"/", "no-such-path", 404, "", ""},
		{"/v1/estimates?model=" + strings.Repeat("9", 9000), "url-too-long", 414, "", ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		path, query, _ := strings.Cut(c.url, "?")
		r.RequestURI, r.URL.RawQuery = c.url, query
		r.URL.RawPath, r.URL.Path = path, strings.NewReplacer("%2f", "/", "%00", "\x00", "%1b", "\x1b", "%5b", "[").Replace(path)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		p := wantProblem(t, w, c.status, c.kind)
		if p.Parameter != c.parameter || c.nearest != "" && !slices.Equal(p.Nearest, []string{c.nearest}) || c.nearest == "" && p.Nearest != nil || p.AsOf != "2026-11-15" {
			t.Errorf("%s: %s", shortened(c.url, 80), w.Body)
		}
		if bytes.ContainsAny(w.Body.Bytes(), "\x00\x1b") {
			t.Errorf("%s: control characters in %q", c.url, w.Body)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
		w := ask(t, a, method, "/v1/estimates")
		wantProblem(t, w, 405, "method-not-allowed")
		if w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow %q", method, w.Header().Get("Allow"))
		}
	}
	r := httptest.NewRequest("GET", "/v1/estimates", strings.NewReader("a body"))
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	wantProblem(t, w, 413, "body-not-allowed")
	wantProblem(t, get(t, a, "/healthz", "X-Long: "+strings.Repeat("x", 17000)), 431, "header-too-large")
	wantProblem(t, get(t, a, "/v1/estimates", "Accept: text/html"), 406, "not-acceptable")
	wantProblem(t, get(t, a, "/v1/manifest", "Accept: application/x-ndjson"), 406, "not-acceptable")
}

func TestAPIWithoutAGeneration(t *testing.T) {
	a, _ := testAPI(t, APIOptions{})
	for _, path := range []string{"/v1/estimates", "/v1/estimates/x", "/v1/index", "/v1/manifest", "/readyz"} {
		wantProblem(t, get(t, a, path), 503, "starting")
	}
	for _, path := range []string{"/healthz", "/metrics", "/openapi.json"} {
		if w := get(t, a, path); w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A bug answers with a problem, is logged with its place, and the next request is answered.
func TestAPIBug(t *testing.T) {
	var log bytes.Buffer
	a, _ := testAPI(t, APIOptions{Log: slog.New(slog.NewTextHandler(&log, nil))}, apiGeneration(t, "2026-11-15", 1, 0))
	a.routes[0].answer = func(*API, *apiRequest) (*apiReply, error) { panic("a bug") }
	p := wantProblem(t, get(t, a, "/v1/estimates", "X-Request-Id: abc.1"), 500, "internal")
	if p.RequestID != "abc.1" || strings.Contains(p.Detail, "a bug\n") || !strings.Contains(log.String(), "TestAPIBug") || !strings.Contains(log.String(), "request=abc.1") {
		t.Errorf("%+v\n%s", p, &log)
	}
	if w := get(t, a, "/v1/manifest"); w.Code != 200 {
		t.Error(w.Code)
	}
}

// A tag is the same while the bytes are, and another for each type, coding, list and
// generation; naming it gives 304 without a body.
func TestAPITags(t *testing.T) {
	old, g := apiGeneration(t, "2026-11-14", 40, 1), apiGeneration(t, "2026-11-15", 40, 2)
	a, _ := testAPI(t, APIOptions{}, old, g)
	seen := map[string]string{}
	for _, url := range []string{"/v1/estimates", "/v1/estimates?limit=99", "/v1/estimates?model=990", "/v1/estimates/S0001", "/v1/estimates/S0002",
		"/v1/index", "/v1/index?segment=all", "/v1/manifest", "/openapi.json", "/v1/estimates?changed_since=2026-11-14"} {
		for _, header := range []string{"X: y", "Accept: application/x-ndjson", "Accept: application/vnd.apache.arrow.stream", "Accept-Encoding: gzip", "Accept-Encoding: zstd"} {
			if strings.HasPrefix(header, "Accept: ") && (url == "/v1/manifest" || url == "/openapi.json") {
				continue
			}
			w := get(t, a, url, header)
			tag, body := w.Header().Get("ETag"), w.Body.String()
			if w.Code != 200 || len(tag) < 10 || !strings.HasPrefix(tag, `"`) {
				t.Fatalf("%s %s: %d, tag %s", url, header, w.Code, tag)
			}
			if other, ok := seen[tag]; ok {
				t.Errorf("%s %s and %s have one tag", url, header, other)
			}
			seen[tag] = url + " " + header
			if again := get(t, a, url, header); again.Body.String() != body || again.Header().Get("ETag") != tag || again.Header().Get("Link") != w.Header().Get("Link") {
				t.Errorf("%s %s: another answer the second time", url, header)
			}
			for _, match := range []string{tag, "W/" + tag, `"x", W/"y" , ` + tag, "*", `nonsense, ` + tag} {
				n := get(t, a, url, header, "If-None-Match: "+match)
				if n.Code != 304 || n.Body.Len() > 0 || n.Header().Get("ETag") != tag || n.Header().Get("Vary") == "" || n.Header().Get("Cache-Control") != "no-cache" {
					t.Errorf("%s, If-None-Match %s: %d %v", url, match, n.Code, n.Header())
				}
			}
			for _, match := range []string{`"x"`, strings.Trim(tag, `"`), `"`, ""} {
				if n := get(t, a, url, header, "If-None-Match: "+match); n.Code != 200 {
					t.Errorf("%s, If-None-Match %s: %d", url, match, n.Code)
				}
			}
			head := ask(t, a, "HEAD", url, header)
			if head.Body.Len() > 0 || head.Header().Get("Content-Length") != fmt.Sprint(len(body)) || head.Header().Get("ETag") != tag {
				t.Errorf("HEAD %s: %v", url, head.Header())
			}
		}
	}
	// Another process that made the same generation gives the same tags.
	b, _ := testAPI(t, APIOptions{}, apiGeneration(t, "2026-11-15", 40, 2))
	if get(t, a, "/v1/index").Header().Get("ETag") != get(t, b, "/v1/index").Header().Get("ETag") {
		t.Error("tags differ between processes")
	}
	a.Swap(apiGeneration(t, "2026-11-15", 40, 3))
	if w := get(t, a, "/v1/estimates"); seen[w.Header().Get("ETag")] != "" {
		t.Error("a new generation has an old tag")
	}
}

func TestAPICodings(t *testing.T) {
	a, _ := testAPI(t, APIOptions{}, apiGeneration(t, "2026-11-15", 40, 1))
	plain := get(t, a, "/v1/estimates").Body.Bytes()
	for accept, want := range map[string]string{
		"gzip": "gzip", "x-gzip": "gzip", "GZIP;q=1.0": "gzip", "gzip, deflate, br, zstd": "zstd", "zstd;q=0.5, gzip": "gzip", "*": "zstd",
		"gzip;q=0": "", "identity": "", "br": "", "": "", "gzip;q=nan": "", "gzip;q=2": "", "gzip;q=0.5, identity;q=0.9": "", "*;q=0, gzip;q=0.1": "gzip",
		"identity;q=0, br": "",
	} {
		w := get(t, a, "/v1/estimates", "Accept-Encoding: "+accept)
		got := w.Body.Bytes()
		if w.Header().Get("Content-Encoding") != want || w.Header().Get("Vary") != "Accept, Accept-Encoding" || w.Header().Get("Content-Length") != fmt.Sprint(len(got)) {
			t.Errorf("%q: %v", accept, w.Header())
			continue
		}
		switch want {
		case "gzip":
			r, err := gzip.NewReader(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			got, _ = io.ReadAll(r)
		case "zstd":
			r, err := zstd.NewReader(bytes.NewReader(got))
			if err != nil {
				t.Fatal(err)
			}
			got, _ = io.ReadAll(r)
			r.Close()
		}
		if !bytes.Equal(got, plain) {
			t.Errorf("%q: other bytes", accept)
		}
	}
}

func TestAPITypes(t *testing.T) {
	for accept, want := range map[string]string{
		"": apiJSON, "*/*": apiJSON, "application/*": apiJSON, "application/json": apiJSON, "application/x-ndjson": apiNDJSON, "application/ndjson": apiNDJSON,
		"application/jsonl": apiNDJSON, "APPLICATION/JSON; charset=utf-8": apiJSON, apiArrow: apiArrow, "text/html, application/json;q=0.9": apiJSON,
		"application/json;q=0.5, application/x-ndjson;q=0.6": apiNDJSON, "application/json;q=0, */*": apiNDJSON, "application/json;q=0.1, */*;q=0.2": apiNDJSON,
		"text/html": "", "application/json;q=0": "", "image/*, ,;": "", "application/json;q=x": "",
	} {
		var header []string
		if accept != "" {
			header = []string{accept}
		}
		if got, ok := chooseType(header, rowTypes); got != want || ok != (want != "") {
			t.Errorf("%q: %q", accept, got)
		}
	}
}

// A cursor goes on in its own generation while that is held, whatever comes; after that
// it says to begin again. Nothing but what the API gave is taken.
func TestAPICursorOverReloads(t *testing.T) {
	first := apiGeneration(t, "2026-11-15", 30, 0)
	a, _ := testAPI(t, APIOptions{Keep: 3}, first)
	p := getPage(t, a, "/v1/estimates?limit=50")
	url := "/v1/estimates?limit=50&cursor=" + *p.Next
	before := get(t, a, url).Body.String()
	for salt := 1; salt <= 2; salt++ {
		a.Swap(apiGeneration(t, "2026-11-15", 30+salt, salt))
		w := get(t, a, url)
		if w.Body.String() != before || w.Header().Get("Greybook-Generation") != first.ID() {
			t.Fatalf("after %d reloads the second page is another", salt)
		}
	}
	if now := getPage(t, a, "/v1/estimates"); now.Generation == first.ID() {
		t.Error("without a cursor the old generation is served")
	}
	a.Swap(apiGeneration(t, "2026-11-15", 30, 3))
	if p := wantProblem(t, get(t, a, url), 410, "gone"); !strings.Contains(p.Detail, "begin again") {
		t.Errorf("%+v", p)
	}

	next := *getPage(t, a, "/v1/estimates?limit=50").Next
	for i := range next {
		for _, c := range []byte("Ax_-\n") {
			if next[i] == c {
				continue
			}
			if _, err := parseCursor(next[:i] + string(c) + next[i+1:]); err == nil {
				t.Fatalf("byte %d changed to %q: taken", i, c)
			}
		}
		if _, err := parseCursor(next[:i]); err == nil {
			t.Fatalf("cut at %d: taken", i)
		}
	}
	for _, s := range []string{next + "A", next + "\n", next + "=", ""} {
		if _, err := parseCursor(s); err == nil {
			t.Errorf("%q: taken", s)
		}
	}
}

// changed_since gives what another row now, what is new, and names what is gone.
func TestAPIChangedSince(t *testing.T) {
	meta := sampleMeta(t)
	make := func(day string, change func(i int, g *fixtureRow) bool) *Generation {
		meta.AsOf = mustDate(t, day)
		est := apiEstimates(meta.AsOf, 20, 0)
		kept := est[:0]
		for i, e := range est {
			e.LastSoldOn = mustDate(t, "2026-11-01")
			r := fixtureRow{&e.EstimateMinor, &e.StyleID}
			if change(i, &r) {
				kept = append(kept, e)
			}
		}
		g, err := NewGeneration(meta, kept, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	same := func(int, *fixtureRow) bool { return true }
	g1 := make("2026-11-13", same)
	g2 := make("2026-11-14", same)
	// Of S0000's rows (3, 4, 5 in the order made) one is worth a cent more, one is of a new
	// style, one is gone.
	g3 := make("2026-11-15", func(i int, r *fixtureRow) bool {
		switch i {
		case 3:
			*r.estimate = amount(**r.estimate + 1)
		case 4:
			*r.style = "Z9999"
		case 5:
			return false
		}
		return true
	})
	a, _ := testAPI(t, APIOptions{}, g1, g2)
	if p := getPage(t, a, "/v1/estimates?changed_since=2026-11-13"); p.Total != 0 || len(p.Withdrawn) != 0 || p.Since != g1.ID() {
		t.Errorf("a day later and nothing else: %v", p)
	}
	a.Swap(g3)
	for _, since := range []string{g1.ID(), g2.ID(), "2026-11-13", "2026-11-14"} {
		p := getPage(t, a, "/v1/estimates?limit=1&changed_since="+since)
		if p.Total != 2 || len(p.Estimates) != 1 || !bytes.Contains(p.Estimates[0], []byte(`"style_id":"S0000"`)) || p.Next == nil ||
			fmt.Sprintf("%s", p.Withdrawn) != `[{"style_id":"S0000","size_band":"9-10.5","condition":"used"} {"style_id":"S0000","size_band":">=13","condition":"new"}]` {
			t.Errorf("since %s: %v", since, p)
		}
		p2 := getPage(t, a, "/v1/estimates?limit=1&changed_since="+since+"&cursor="+*p.Next)
		if p2.Total != 2 || p2.Next != nil || !bytes.Contains(p2.Estimates[0], []byte(`"style_id":"Z9999"`)) || len(p2.Withdrawn) != 0 || p2.Since != p.Since {
			t.Errorf("since %s, page 2: %v", since, p2)
		}
	}
	if p := getPage(t, a, "/v1/estimates?changed_since="+g3.ID()); p.Total != 0 || p.Withdrawn == nil {
		t.Errorf("since itself: %v", p)
	}
	if p := getPage(t, a, "/v1/estimates?condition=used&changed_since="+g1.ID()); p.Total != 1 || len(p.Withdrawn) != 1 {
		t.Errorf("of used ones: %v", p)
	}
	if w := get(t, a, "/v1/estimates?changed_since="+g1.ID(), "Accept: application/x-ndjson"); w.Header().Get("Greybook-Withdrawn") != "2" {
		t.Errorf("ndjson: %v", w.Header())
	}
	// A day whose first generation may be gone is not guessed at.
	b, _ := testAPI(t, APIOptions{Keep: 2}, apiGeneration(t, "2026-11-14", 5, 0), apiGeneration(t, "2026-11-14", 5, 1), apiGeneration(t, "2026-11-15", 5, 2))
	wantProblem(t, get(t, b, "/v1/estimates?changed_since=2026-11-14"), 410, "gone")
}

type fixtureRow struct {
	estimate **int64
	style    *string
}

// The same content again is no new generation.
func TestAPISwapOfTheSame(t *testing.T) {
	a, clock := testAPI(t, APIOptions{MaxAge: time.Minute}, apiGeneration(t, "2026-11-15", 5, 0))
	one := a.state.Load().current()
	clock.Add(int64(time.Hour))
	if a.Swap(apiGeneration(t, "2026-11-15", 5, 0)) || a.state.Load().current() != one {
		t.Error("the same generation was swapped in")
	}
	if w := get(t, a, "/readyz"); w.Code != 200 {
		t.Errorf("after a look at the book it is not fresh: %s", w.Body)
	}
	clock.Add(int64(time.Minute + 1))
	p := wantProblem(t, get(t, a, "/readyz"), 503, "stale")
	if p.AsOf != "2026-11-15" || p.Generation != one.ID() {
		t.Errorf("%+v", p)
	}
	if w := get(t, a, "/v1/estimates"); w.Code != 200 {
		t.Error("what is stale is not served any more")
	}
	a.Confirm()
	if w := get(t, a, "/readyz"); w.Code != 200 {
		t.Error(w.Body)
	}
	a.Drain()
	wantProblem(t, get(t, a, "/readyz"), 503, "draining")
}

func TestAPITokenAndLog(t *testing.T) {
	var log bytes.Buffer
	a, clock := testAPI(t, APIOptions{Authorize: func(s string) bool { return s == "s3cret" }, Log: slog.New(slog.NewTextHandler(&log, nil))},
		apiGeneration(t, "2026-11-15", 5, 0))
	for header, want := range map[string]int{"X: y": 401, "Authorization: Bearer": 401, "Authorization: Bearer nope": 401, "Authorization: Basic s3cret": 401,
		"Authorization: s3cret": 401, "Authorization: Bearer s3cret": 200, "Authorization: bearer  s3cret": 200} {
		w := get(t, a, "/v1/manifest", header)
		if w.Code != want {
			t.Errorf("%s: %d", header, w.Code)
		}
		if want == 401 {
			wantProblem(t, w, 401, "unauthorized")
			if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer") {
				t.Error("no WWW-Authenticate")
			}
		} else if w.Header().Get("Cache-Control") != "private, no-cache" {
			t.Error(w.Header())
		}
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/openapi.json": 200, "/metrics": 401, "/v1/index": 401, "/nothing": 404} {
		if w := get(t, a, path); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	get(t, a, "/v1/manifest?access_token=s3cret", "X-Request-Id: bad id\x01")
	clock.Add(int64(time.Second))
	get(t, a, "/v1/estimates?model=990", "Authorization: Bearer s3cret", "X-Request-Id: mine_1")
	text := log.String()
	if strings.Contains(text, "s3cret") || strings.Contains(text, "bad id") {
		t.Errorf("the log has a secret or what is no id:\n%s", text)
	}
	if !strings.Contains(text, `request=mine_1 method=GET path=/v1/estimates status=200 bytes=`) || !strings.Contains(text, "query=") || !strings.Contains(text, "took=0s") {
		t.Errorf("the log:\n%s", text)
	}
	metrics := get(t, a, "/metrics", "Authorization: Bearer s3cret").Body.String()
	for _, want := range []string{
		`greybook_http_requests_total{route="/v1/manifest",status="401"} 6`, `greybook_http_requests_total{route="other",status="404"} 1`,
		`greybook_http_request_duration_seconds_bucket{route="/v1/manifest",le="0.0001"} 8`, `greybook_http_request_duration_seconds_count{route="/v1/manifest"} 8`,
		`greybook_reloads_total{result="swapped"} 1`, `greybook_generation_info{generation="`, "greybook_book_age_seconds 1\n",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
}

// While generations are swapped, every answer is of one of them, whole.
func TestAPISwapsInOneStep(t *testing.T) {
	var generations []*Generation
	want := map[string]string{}
	for salt := range 3 {
		g := apiGeneration(t, fmt.Sprintf("2026-11-1%d", salt+3), 30, salt)
		generations = append(generations, g)
		one, _ := testAPI(t, APIOptions{}, g)
		want[g.ID()] = get(t, one, "/v1/estimates?model=990&limit=1000").Body.String()
	}
	a, _ := testAPI(t, APIOptions{}, generations[0])
	stop := make(chan struct{})
	var swapping, asking sync.WaitGroup
	swapping.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
				a.Swap(generations[i%3])
			}
		}
	})
	for worker := range 4 {
		asking.Go(func() {
			for i := range 300 {
				header := "X: y"
				if (i+worker)%3 == 0 {
					header = "Accept-Encoding: gzip"
				}
				w := get(t, a, "/v1/estimates?model=990&limit=1000", header)
				body := w.Body.Bytes()
				if header != "X: y" {
					r, err := gzip.NewReader(w.Body)
					if err != nil {
						t.Error(err)
						return
					}
					body, _ = io.ReadAll(r)
				}
				if string(body) != want[w.Header().Get("Greybook-Generation")] {
					t.Errorf("an answer of no generation")
					return
				}
				if c := get(t, a, "/v1/estimates?changed_since=2026-11-13").Code; c != 200 && c != 400 && c != http.StatusGone {
					t.Errorf("changed_since: %d", c)
				}
			}
		})
	}
	asking.Wait()
	close(stop)
	swapping.Wait()
}
