package reports

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

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
