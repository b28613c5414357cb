package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/reports"
)

// When the day changes, and no as-of date was given, the estimates are made anew.
func TestServeOverMidnight(t *testing.T) {
	dir := soldBook(t)
	e := testEnv(t)
	now := time.Date(2026, 6, 30, 23, 59, 59, 0, time.UTC)
	e.Now = func() time.Time { return now }
	e.Dir = dir
	p := newProgram(e, nil)
	cmd, _, err := p.root.Find([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags([]string{"--book", filepath.Join(dir, "b.duckdb")}); err != nil {
		t.Fatal(err)
	}
	session, err := p.newSession(cmd)
	if err != nil {
		t.Fatal(err)
	}
	api := newTestAPI(t, e)
	h := &shelf{s: session, api: api}
	if err := h.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	asOf := func() string { return apiHeader(t, api, "/v1/manifest", "Greybook-As-Of") }
	h.look(t.Context(), false)
	if got := asOf(); got != "2026-06-30" {
		t.Errorf("before midnight: as of %s", got)
	}
	now = now.Add(time.Second)
	h.look(t.Context(), false)
	if got := asOf(); got != "2026-07-01" {
		t.Errorf("after midnight: as of %s", got)
	}
	// A spoilt book is tried again after 1, 3, 7, … looks, not at each.
	if err := os.WriteFile(filepath.Join(dir, "b.duckdb"), []byte("spoilt, but long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		h.look(t.Context(), false)
	}
	if body := apiBody(t, api, "/metrics"); !strings.Contains(body, `greybook_reloads_total{result="failed"} 4`) { // at looks 1, 3, 7 and 15
		t.Errorf("20 looks at a spoilt book:\n%s", body)
	}
}

func newTestAPI(t *testing.T, e env) *reports.API {
	t.Helper()
	api, err := reports.NewAPI(reports.APIOptions{Now: e.Now})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func apiHeader(t *testing.T, api http.Handler, path, name string) string {
	t.Helper()
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Header().Get(name)
}

func apiBody(t *testing.T, api http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Body.String()
}
