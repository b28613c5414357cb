package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The bare handler answers what the service answered.
func TestBare(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "body of %s", r.URL) }))
	defer service.Close()
	ctx, end := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error)
	go func() { ended <- bare(ctx, []string{service.URL + "/a?b=c", service.URL + "/d"}, in) }()
	var url string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/a?b=c": "body of /a?b=c", "/d": "body of /d"} {
		r, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if string(body) != want {
			t.Errorf("%s: %q", path, body)
		}
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The client that looks closely finds each way in which an answer can be of two generations.
func TestCheckAnswers(t *testing.T) {
	const good = `{"as_of":"2026-01-02","generation":"g","count":1,"total":1,"estimates":[{"as_of":"2026-01-02"}]}`
	for name, c := range map[string]struct {
		header, asOf string
		bodies       []string
		want         string // in the error; "": none
	}{
		"good":                 {"g", "2026-01-02", []string{good, good}, ""},
		"another header":       {"h", "2026-01-02", []string{good}, "two minds"},
		"another day":          {"g", "2026-01-03", []string{good}, "two minds"},
		"a row is missing":     {"g", "2026-01-02", []string{strings.Replace(good, `"count":1`, `"count":2`, 1)}, "two minds"},
		"a row of another day": {"g", "2026-01-02", []string{strings.Replace(good, `[{"as_of":"2026-01-02"`, `[{"as_of":"2026-01-01"`, 1)}, "a row as of 2026-01-01"},
		"two contents":         {"g", "2026-01-02", []string{good, strings.Replace(good, "}]", `,"x":1}]`, 1)}, "two things"},
		"no JSON":              {"g", "2026-01-02", []string{"nonsense"}, "invalid character"},
	} {
		n := 0
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Greybook-Generation", c.header)
			w.Header().Set("Greybook-As-Of", c.asOf)
			io.WriteString(w, c.bodies[n%len(c.bodies)])
			n++
		}))
		ctx, end := context.WithTimeout(t.Context(), 150*time.Millisecond)
		got := checkAnswers(ctx, service.URL)
		end()
		service.Close()
		if (got.err == nil) != (c.want == "") || got.err != nil && !strings.Contains(got.err.Error(), c.want) || got.err == nil && got.answers < 2 {
			t.Errorf("%s: %d answers, %v", name, got.answers, got.err)
		}
	}
}
