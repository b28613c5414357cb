package reports

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// problem is a refusal: RFC 9457, application/problem+json.
type problem struct {
	status     int
	kind       string // the end of its type
	title      string // the same for all of a type
	detail     string // of this one, with what to do
	parameter  string // that is wrong
	nearest    []string
	known      []string // what there is instead
	allow      string   // methods
	retryAfter int      // seconds; 0: not said
	bearer     bool     // a token is wanted
	hangUp     bool     // the connection ends: what the client goes on to send is not read
}

func (p *problem) Error() string { return p.detail }

// problemBody is a problem as it is sent.
type problemBody struct {
	Type       string   `json:"type"`
	Title      string   `json:"title"`
	Status     int      `json:"status"`
	Detail     string   `json:"detail"`
	RequestID  string   `json:"request_id,omitempty"`
	Parameter  string   `json:"parameter,omitempty"`
	Nearest    []string `json:"nearest,omitempty"`
	Known      []string `json:"known,omitempty"`
	AsOf       string   `json:"as_of,omitempty"`
	Generation string   `json:"generation,omitempty"`
	Synthetic  *bool    `json:"synthetic,omitempty"`
}

const problemType = "application/problem+json"

// asProblem is err as a problem; what is none is a bug.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	panic(err)
}

// refuse sends a problem.
func (a *API) refuse(w http.ResponseWriter, q *apiRequest, p *problem) {
	body := problemBody{Type: "urn:greybook:problem:" + p.kind, Title: p.title, Status: p.status, Detail: p.detail,
		RequestID: q.id, Parameter: p.parameter, Nearest: p.nearest, Known: p.known}
	if g := q.gen; g != nil {
		body.AsOf, body.Generation, body.Synthetic = g.manifest.AsOf.String(), g.id, &g.manifest.Synthetic
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // it is strings and numbers
	}
	h := w.Header()
	a.commonHeaders(h, q)
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	if p.allow != "" {
		h.Set("Allow", p.allow)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.bearer {
		h.Set("WWW-Authenticate", `Bearer realm="greybook"`)
	}
	if p.hangUp {
		h.Set("Connection", "close")
		// Else net/http reads on for a while, for the connection's sake. Where it can't be
		// told so, it does.
		_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
	}
	b = append(b, '\n')
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	write(w, q, p.status, b)
}

// noSuchPath refuses a path, and names the nearest there is.
func (a *API) noSuchPath(path string) *problem {
	p := &problem{status: 404, kind: "no-such-path", title: "No such path", detail: "there is nothing at " + printablePath(path) + "; /openapi.json describes what there is"}
	for _, r := range a.routes {
		p.known = append(p.known, r.path)
	}
	if near := nearestNames(strings.TrimRight(path, "/"), p.known, 1); len(near) > 0 {
		p.nearest = near
		p.detail = "there is nothing at " + printablePath(path) + ": did you mean " + near[0] + "?"
	}
	return p
}

// printablePath is a path of a client's, fit for a message.
func printablePath(path string) string { return VisibleText(shortened(path, 100)) }

// RawProblem is a problem in the bytes of HTTP/1.1, for whoever has to refuse what never
// became a request. The connection ends with it.
func RawProblem(status int, kind, detail string) []byte {
	body, err := json.Marshal(problemBody{Type: "urn:greybook:problem:" + kind, Title: http.StatusText(status), Status: status, Detail: detail})
	if err != nil {
		panic(err) // it is strings and numbers
	}
	head := "HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\nContent-Type: " + problemType +
		"\r\nContent-Length: " + strconv.Itoa(len(body)+1) + "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
	return append(append([]byte(head), body...), '\n')
}
