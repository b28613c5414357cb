package reports

import (
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

// What became of a reload, in apiCounts.reloads.
const (
	reloadSwapped = iota
	reloadSame
	reloadFailed
)

// apiBuckets are the upper ends of the histogram of durations.
var apiBuckets = []time.Duration{100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond,
	2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, time.Second}

// apiCounts is what /metrics counts.
type apiCounts struct {
	routes  []routeCounts // as API.routes, then one for all other paths
	running atomic.Int64
	reloads [3]atomic.Int64
}

type routeCounts struct {
	status [600]atomic.Int64
	bucket []atomic.Int64 // not cumulative; the last is of what is longer than all
	nanos  atomic.Int64
}

func (c *apiCounts) init(routes int) {
	c.routes = make([]routeCounts, routes+1)
	for i := range c.routes {
		c.routes[i].bucket = make([]atomic.Int64, len(apiBuckets)+1)
	}
}

func (c *apiCounts) request(route, status int, took time.Duration) {
	r := &c.routes[route]
	if status > 0 && status < len(r.status) {
		r.status[status].Add(1)
	}
	at := 0
	for at < len(apiBuckets) && took > apiBuckets[at] {
		at++
	}
	r.bucket[at].Add(1)
	r.nanos.Add(int64(took))
}

// metrics answers /metrics, in the text format 0.0.4 of Prometheus.
func (a *API) metrics(q *apiRequest) (*apiReply, error) {
	var b []byte
	about := func(name, kind, help string) {
		b = fmt.Appendf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
	}

	about("greybook_http_requests_total", "counter", "Requests answered, by route and status.")
	a.eachRoute(func(path string, r *routeCounts) {
		for status := range r.status {
			if n := r.status[status].Load(); n > 0 {
				b = fmt.Appendf(b, "greybook_http_requests_total{route=%q,status=\"%d\"} %d\n", path, status, n)
			}
		}
	})
	about("greybook_http_request_duration_seconds", "histogram", "From the request's header read to its reply written, by route.")
	a.eachRoute(func(path string, r *routeCounts) { b = r.appendHistogram(b, path) })
	about("greybook_http_requests_running", "gauge", "Requests being answered.")
	b = fmt.Appendf(b, "greybook_http_requests_running %d\n", a.counts.running.Load())
	about("greybook_reloads_total", "counter", "Reloads of the book by what became of them.")
	for i, name := range []string{"swapped", "same", "failed"} {
		b = fmt.Appendf(b, "greybook_reloads_total{result=%q} %d\n", name, a.counts.reloads[i].Load())
	}
	if g := q.gen; g != nil {
		about("greybook_generation_info", "gauge", "The generation that is served; always 1.")
		b = fmt.Appendf(b, "greybook_generation_info{generation=%q,as_of=%q,synthetic=\"%t\"} 1\n", g.id, g.manifest.AsOf.String(), g.manifest.Synthetic)
		about("greybook_generation_estimates", "gauge", "Estimates that are served.")
		b = fmt.Appendf(b, "greybook_generation_estimates %d\n", len(g.est))
		about("greybook_generation_as_of_seconds", "gauge", "The as-of day, as the Unix time of its beginning.")
		b = fmt.Appendf(b, "greybook_generation_as_of_seconds %d\n", g.manifest.AsOf.Time().Unix())
		about("greybook_book_age_seconds", "gauge", "Time since the book was last seen to say what is served.")
		b = fmt.Appendf(b, "greybook_book_age_seconds %s\n", seconds(a.o.Now().Sub(q.state.seen)))
		about("greybook_generations_held", "gauge", "Generations in memory, for cursors and changed_since.")
		b = fmt.Appendf(b, "greybook_generations_held %d\n", len(q.state.held))
	}
	return &apiReply{kind: "text/plain; version=0.0.4; charset=utf-8", parts: [][]byte{b}}, nil
}

func (a *API) eachRoute(f func(path string, r *routeCounts)) {
	for i, r := range a.routes {
		f(r.path, &a.counts.routes[i])
	}
	f("other", &a.counts.routes[len(a.routes)])
}

func (r *routeCounts) appendHistogram(b []byte, path string) []byte {
	var n int64
	for i := range r.bucket {
		n += r.bucket[i].Load()
		end := "+Inf"
		if i < len(apiBuckets) {
			end = seconds(apiBuckets[i])
		}
		b = fmt.Appendf(b, "greybook_http_request_duration_seconds_bucket{route=%q,le=%q} %d\n", path, end, n)
	}
	b = fmt.Appendf(b, "greybook_http_request_duration_seconds_sum{route=%q} %s\n", path, seconds(time.Duration(r.nanos.Load())))
	return fmt.Appendf(b, "greybook_http_request_duration_seconds_count{route=%q} %d\n", path, n)
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'g', -1, 64) }
