package reports

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

// FuzzAPIParameters holds that whatever query is given is either understood or refused
// as a problem with a status of a client's fault, and that what is understood means the
// same when it is written again.
func FuzzAPIParameters(f *testing.F) {
	for _, s := range []string{"model=990&limit=5", "a;b", "%zz", "limit=1e9", "grey_day=any", "size_band=%3C%3D6.5&min_grade=X", "cursor=AQ", "changed_since=2026-11-15", "\x00=%ff"} {
		f.Add(s)
	}
	known := apiRoutes()[0].params
	f.Fuzz(func(t *testing.T, query string) {
		params, err := readParams(query, known)
		if err == nil {
			_, err = readFilter(params)
		}
		if err == nil {
			_, err = readLimit(params)
		}
		if err == nil && params["cursor"] != "" {
			if _, cerr := parseCursor(params["cursor"]); cerr != nil {
				err = badParameter("cursor", "%v", cerr)
			}
		}
		var p *problem
		if err != nil {
			if !errors.As(err, &p) || p.status != 400 || p.detail == "" || strings.ContainsAny(p.detail, "\x00\x1b\n") {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		again, err := readParams(canonical(params), known)
		if err != nil || canonical(again) != canonical(params) || filterDigest(again) != filterDigest(params) {
			t.Fatalf("%q: written again it is %v, %v", query, again, err)
		}
	})
}

// FuzzAPICursor holds that every text is either refused or the very text that its cursor
// has.
func FuzzAPICursor(f *testing.F) {
	f.Add(apiCursor{row: 7}.String())
	f.Add(apiCursor{row: 7}.String() + "\n")
	f.Add("")
	f.Add("AQ==")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parseCursor(s); err == nil && c.String() != s {
			t.Fatalf("%q is read as %q", s, c)
		}
	})
}

// FuzzAPIHeaders holds that no header of a negotiation breaks it.
func FuzzAPIHeaders(f *testing.F) {
	f.Add("application/json;q=0.5, */*", `W/"a", "b"`, "gzip;q=0")
	f.Add(",;,q=", `"`, ";;;=")
	f.Fuzz(func(t *testing.T, accept, match, coding string) {
		if kind, ok := chooseType([]string{accept}, rowTypes); ok && kind == "" {
			t.Fatal("no type is fine")
		}
		if matchesTag([]string{match}, `"tag"`) && !strings.Contains(match, `"tag"`) && strings.TrimSpace(match) != "*" {
			t.Fatalf("%q names a tag that it has not", match)
		}
		if c := chooseCoding([]string{coding}); c != "" && c != "gzip" && c != "zstd" {
			t.Fatal(c)
		}
	})
}

// FuzzAPIPath holds that a path is found only where it is one of the API's.
func FuzzAPIPath(f *testing.F) {
	for _, s := range []string{"/v1/estimates/a%2fb", "/v1/estimates/..", "/v1/estimates/%zz", "//", "/v1/estimates//"} {
		f.Add(s)
	}
	a := &API{routes: apiRoutes()}
	f.Fuzz(func(t *testing.T, path string) {
		route, name := a.find(path)
		if route < 0 {
			return
		}
		at := a.routes[route].path
		if at != path && (!strings.HasSuffix(at, "{style_id}") || name == "" && !strings.Contains(path, "%")) {
			t.Fatalf("%q is at %q", path, at)
		}
		if again, err := url.PathUnescape(strings.TrimPrefix(path, "/v1/estimates/")); name != "" && (err != nil || again != name) {
			t.Fatalf("%q names %q", path, name)
		}
	})
}
