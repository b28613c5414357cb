package reports

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amassable/greybook/data"
	"github.com/klauspost/compress/zstd"
)

// API answers for the catalog over HTTP what the feed says in files: the estimates and
// the published index, of generations that are whole in memory. It knows no database and
// no file, and no clock but the one it was given. It is an http.Handler; all methods may
// be called from several goroutines.
//
// # A request, step by step
//
//  1. ServeHTTP takes the state, one pointer, once. Nothing that this request says is of
//     another state, whatever is swapped meanwhile.
//  2. admit refuses what is no plain GET or HEAD of a known path: method, body, sizes,
//     token, in this order of what the client can be told.
//  3. The route's handler reads its parameters (api_query.go) and makes a reply: bytes and
//     what they depend on. prepare packs them as the client likes it, and makes the entity
//     tag. The same request to the same state has the same reply, which is kept.
//  4. send compares the tag with the client's, and writes. Refusals of any step are
//     problem+json (api_problem.go), and nothing was written before them.
type API struct {
	o        APIOptions
	state    atomic.Pointer[apiState]
	changing sync.Mutex // held by who changes the state
	routes   []apiRoute
	openapi  []byte
	zstd     *zstd.Encoder
	counts   apiCounts
	serial   atomic.Uint64
}

// APIOptions of an API. The zero value of each but Now is a working one.
type APIOptions struct {
	Now       func() time.Time        // the only clock
	Authorize func(token string) bool // whether a bearer token opens the API; nil: it is open
	MaxAge    time.Duration           // after so long without a look at the book that succeeded, it is stale; 0: never
	Keep      int                     // generations held, for cursors and changed_since; 0: 8
	Log       *slog.Logger            // a line for each request, of level Info; nil: none
	Program   string                  // "greybook 0.1.0"
	Instance  string                  // begins the request ids made here, to tell processes apart
}

// The bounds of what a client may send. Whoever reads the connection has a wider one:
// with these the refusal can say what is wrong.
const (
	apiURLMost    = 8 << 10
	apiHeaderMost = 16 << 10
	apiValueMost  = 400 // of one parameter
)

// apiState is what a request sees. It is never changed, only replaced.
type apiState struct {
	held     []*Generation // newest first; none before the first Swap
	dropped  data.Date     // the last day whose generations are not all held any more
	seen     time.Time     // when the newest was last found to be what the book says
	draining bool
	replies  *replyCache // of this state's generations
}

func (s *apiState) current() *Generation {
	if len(s.held) == 0 {
		return nil
	}
	return s.held[0]
}

// NewAPI makes an API that has no generation yet: until Swap it says that it is starting.
func NewAPI(o APIOptions) (*API, error) {
	openapi, err := openAPIDocument(o.Program)
	if err != nil {
		return nil, fmt.Errorf("openapi.json: %w", err)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	o.Keep = cmp.Or(o.Keep, 8)
	a := &API{o: o, routes: apiRoutes(), openapi: openapi, zstd: z}
	a.counts.init(len(a.routes))
	a.state.Store(&apiState{})
	return a, nil
}

// Swap makes g the current generation, in one step, and reports whether it differs from
// the one before; if not, that stays. Either way the API is up to date as of now.
func (a *API) Swap(g *Generation) (swapped bool) {
	a.change(func(s *apiState) {
		s.seen = a.o.Now()
		if now := s.current(); now != nil && now.digest == g.digest {
			return
		}
		swapped = true
		held := append([]*Generation{g}, s.held...)
		s.replies = &replyCache{}
		s.held = held[:min(len(held), a.o.Keep)]
		for _, old := range held[len(s.held):] {
			s.dropped = max(s.dropped, old.manifest.AsOf)
		}
	})
	if swapped {
		a.counts.reloads[reloadSwapped].Add(1)
	} else {
		a.counts.reloads[reloadSame].Add(1)
	}
	return swapped
}

// Confirm says that the book was looked at, and has not changed since the last Swap.
func (a *API) Confirm() { a.change(func(s *apiState) { s.seen = a.o.Now() }) }

// ReloadFailed counts a reload that failed. What was served is served on.
func (a *API) ReloadFailed() { a.counts.reloads[reloadFailed].Add(1) }

// Drain makes /readyz say that the service ends. All else is answered as before.
func (a *API) Drain() { a.change(func(s *apiState) { s.draining = true }) }

func (a *API) change(f func(*apiState)) {
	a.changing.Lock()
	defer a.changing.Unlock()
	next := *a.state.Load()
	f(&next)
	a.state.Store(&next)
}

// apiRequest is a request on its way to a reply.
type apiRequest struct {
	*http.Request
	id     string // X-Request-Id
	start  time.Time
	state  *apiState
	gen    *Generation // that the answer is of; a cursor may name an older one
	route  int         // in API.routes; len(API.routes): none of them
	name   string      // the last part of the path, where the route has one
	params map[string]string
	clear  bool // the query was understood
	status int  // what was sent
	sent   int  // bytes of the body
}

// ServeHTTP answers a request; see API.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := &apiRequest{Request: r, start: a.o.Now(), state: a.state.Load(), route: len(a.routes)}
	q.gen = q.state.current()
	q.id = a.requestID(r)
	a.counts.running.Add(1)
	defer func() {
		a.counts.running.Add(-1)
		took := a.o.Now().Sub(q.start)
		a.counts.request(q.route, q.status, took)
		a.logRequest(q, took)
	}()
	defer func() {
		if v := recover(); v != nil {
			a.panicked(w, q, v)
		}
	}()
	rep, err := a.answer(q)
	if err != nil {
		a.refuse(w, q, asProblem(err))
		return
	}
	a.send(w, q, rep)
}

func (a *API) answer(q *apiRequest) (*preparedReply, error) {
	if err := a.admit(q); err != nil {
		return nil, err
	}
	var room [512]byte
	key := cacheKey(room[:0], q.Request)
	if q.gen != nil {
		if p := q.state.replies.get(key); p != nil {
			q.clear = true
			return p, nil
		}
	}
	route := a.routes[q.route]
	params, err := readParams(q.URL.RawQuery, route.params)
	if err != nil {
		return nil, err
	}
	q.params, q.clear = params, true
	if route.data && q.gen == nil {
		return nil, &problem{status: 503, kind: "starting", title: "Starting", detail: "no generation is loaded yet: try again soon", retryAfter: 5}
	}
	rep, err := route.answer(a, q)
	if err != nil {
		return nil, err
	}
	p, err := a.prepare(q, rep)
	if err == nil && q.gen != nil && rep.key != "" {
		q.state.replies.put(key, p)
	}
	return p, err
}

// admit finds the request's route, and refuses what must not reach it.
func (a *API) admit(q *apiRequest) error {
	if len(q.RequestURI) > apiURLMost {
		return &problem{status: 414, kind: "url-too-long", title: "URL too long",
			detail: fmt.Sprintf("the URL has %d bytes, %d is the most", len(q.RequestURI), apiURLMost), hangUp: true}
	}
	size := 0
	for name, values := range q.Header {
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	if size > apiHeaderMost {
		return &problem{status: 431, kind: "header-too-large", title: "Header too large",
			detail: fmt.Sprintf("the header has %d bytes, %d is the most", size, apiHeaderMost), hangUp: true}
	}
	path := q.URL.EscapedPath()
	found, name := a.find(path)
	if found < 0 {
		return a.noSuchPath(path)
	}
	q.route, q.name = found, name
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return &problem{status: 405, kind: "method-not-allowed", title: "Method not allowed",
			detail: "the service only answers: GET or HEAD", allow: "GET, HEAD", hangUp: q.ContentLength != 0}
	}
	if q.ContentLength != 0 {
		return &problem{status: 413, kind: "body-not-allowed", title: "No body, please",
			detail: "no endpoint takes a body: give parameters in the URL", hangUp: true}
	}
	if a.o.Authorize == nil || a.routes[found].open {
		return nil
	}
	scheme, token, ok := strings.Cut(q.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || !a.o.Authorize(strings.TrimSpace(token)) {
		return &problem{status: 401, kind: "unauthorized", title: "Unauthorized",
			detail: "give the service's token as Authorization: Bearer TOKEN", bearer: true}
	}
	return nil
}

// requestID takes the client's id of the request when it is fit for a log, and else makes one.
func (a *API) requestID(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 && strings.IndexFunc(id, notInID) < 0 {
		return id
	}
	b := append([]byte(a.o.Instance), '-')
	return string(strconv.AppendUint(b, a.serial.Add(1), 10))
}

func notInID(c rune) bool {
	return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
}

// panicked answers for a bug. http.ErrAbortHandler is none: it is how a handler says that
// the client has gone.
func (a *API) panicked(w http.ResponseWriter, q *apiRequest, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	if a.o.Log != nil {
		a.o.Log.Error("a bug in greybook answered with 500", "request", q.id, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	}
	if q.status != 0 {
		panic(http.ErrAbortHandler) // half of a reply is sent: only breaking the connection tells
	}
	a.refuse(w, q, &problem{status: 500, kind: "internal", title: "Internal error", detail: "this is a bug in greybook; its log has more, under the request id"})
}

// logRequest writes the request's line. The header is never in it, so no token is; of the
// URL the query is there only when it was understood.
func (a *API) logRequest(q *apiRequest, took time.Duration) {
	if a.o.Log == nil || !a.o.Log.Enabled(q.Context(), slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", q.id), slog.String("method", shortened(q.Method, 16)), slog.String("path", shortened(q.URL.Path, 200)),
		slog.Int("status", q.status), slog.Int("bytes", q.sent), slog.Duration("took", took), slog.String("from", q.RemoteAddr),
	}
	if q.clear && q.URL.RawQuery != "" {
		attrs = append(attrs, slog.String("query", shortened(q.URL.RawQuery, 400)))
	}
	if q.gen != nil {
		attrs = append(attrs, slog.String("generation", q.gen.id))
	}
	a.o.Log.LogAttrs(q.Context(), slog.LevelInfo, "request", attrs...)
}

// shortened is s, cut to n bytes.
func shortened(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
