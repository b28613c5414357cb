package reports

import (
	"net/url"
	"strconv"
	"strings"
)

// apiRoute is a path that the API answers at.
type apiRoute struct {
	path   string // as openapi.json has it
	params []string
	data   bool // it is about a generation
	open   bool // it needs no token
	answer func(*API, *apiRequest) (*apiReply, error)
}

// apiRoutes are all of them. openapi.json says the same; a test compares.
func apiRoutes() []apiRoute {
	return []apiRoute{
		{path: "/v1/estimates", data: true, answer: (*API).estimates, params: []string{
			"model", "version", "style", "grey_day", "condition", "size_band", "min_grade", "changed_since", "limit", "cursor"}},
		{path: "/v1/estimates/{style_id}", data: true, answer: (*API).style, params: []string{"condition", "size_band"}},
		{path: "/v1/index", data: true, answer: (*API).marketIndex, params: []string{"segment", "since", "until"}},
		{path: "/v1/manifest", data: true, answer: (*API).manifest},
		{path: "/openapi.json", open: true, answer: (*API).describe},
		{path: "/healthz", open: true, answer: (*API).healthy},
		{path: "/readyz", open: true, answer: (*API).ready},
		{path: "/metrics", answer: (*API).metrics},
	}
}

// find is the route of an escaped path, and what stands for its {style_id}; -1 where there
// is none. A path is taken as it is: nothing in it is resolved, so no ".." leads anywhere.
func (a *API) find(path string) (route int, name string) {
	for i, r := range a.routes {
		if r.path == path {
			return i, ""
		}
		before, isName := strings.CutSuffix(r.path, "{style_id}")
		if !isName {
			continue
		}
		rest, ok := strings.CutPrefix(path, before)
		if !ok || rest == "" || strings.Contains(rest, "/") {
			continue
		}
		if name, err := url.PathUnescape(rest); err == nil {
			return i, name
		}
	}
	return -1, ""
}

// describe answers /openapi.json.
func (a *API) describe(*apiRequest) (*apiReply, error) {
	return &apiReply{kind: apiJSON, key: "openapi", parts: [][]byte{a.openapi}}, nil
}

// manifest answers /v1/manifest.
func (a *API) manifest(q *apiRequest) (*apiReply, error) {
	kind, err := acceptable(q, rowTypes[:1])
	return &apiReply{kind: kind, key: "manifest", parts: [][]byte{q.gen.summary}}, err
}

// healthy answers /healthz: the process is there.
func (a *API) healthy(*apiRequest) (*apiReply, error) {
	return &apiReply{kind: apiJSON, parts: [][]byte{[]byte("{\"status\":\"ok\"}\n")}}, nil
}

// ready answers /readyz: whether to send requests here. A stale generation is served all
// the same, with its as-of day: who routes may still prefer another process.
func (a *API) ready(q *apiRequest) (*apiReply, error) {
	age := a.o.Now().Sub(q.state.seen)
	switch {
	case q.gen == nil:
		return nil, &problem{status: 503, kind: "starting", title: "Starting", detail: "no generation is loaded yet: try again soon", retryAfter: 5}
	case q.state.draining:
		return nil, &problem{status: 503, kind: "draining", title: "Ending", detail: "the service ends: what was begun is finished"}
	case a.o.MaxAge > 0 && age > a.o.MaxAge:
		return nil, &problem{status: 503, kind: "stale", title: "Stale", retryAfter: 30,
			detail: "the book was last read " + strconv.Itoa(int(age.Seconds())) + " seconds ago, over the " + a.o.MaxAge.String() + " of --max-age; the estimates as of " + q.gen.manifest.AsOf.String() + " are served on"}
	}
	b := append([]byte(nil), q.gen.envelope...)
	b = append(b, `,"status":"ready","age_seconds":`...)
	b = append(strconv.AppendInt(b, int64(age.Seconds()), 10), "}\n"...)
	return &apiReply{kind: apiJSON, parts: [][]byte{b}}, nil
}

// acceptable picks a type for the reply.
func acceptable(q *apiRequest, offered []string) (string, error) {
	kind, ok := chooseType(q.Header["Accept"], offered)
	if !ok {
		return "", &problem{status: 406, kind: "not-acceptable", title: "Not acceptable", known: offered,
			detail: "Accept takes nothing that there is: " + strings.Join(offered, ", ")}
	}
	return kind, nil
}
