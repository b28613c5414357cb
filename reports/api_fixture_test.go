package reports

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// apiEstimates are those of sampleEstimates and of n more styles, three rows each; salt
// makes figures of their own.
func apiEstimates(asOf data.Date, n, salt int) []analysis.Estimate {
	est := sampleEstimates(asOf)
	for i := range n {
		for k, band := range []string{"", "9-10.5", ">=13"} {
			e := analysis.Estimate{StyleID: fmt.Sprintf("S%04d", i), StyleCode: fmt.Sprintf("S%04d", i), Model: []string{"990", "992", "1300"}[i%3],
				Condition: []string{"new", "used"}[k%2], SizeBand: band, AsOf: asOf, Currency: "USD", Level: 0.95, Basis: "pooled",
				Grade: []string{"A", "B", "C", "D"}[(i+k)%4], MethodVersion: "m4.1", NSales: i, NEffective: float64(i) / 3}
			if i%5 == 0 {
				e.GreyDayYear = 2020 + i%4
			}
			if e.Model == "990" {
				e.Version = fmt.Sprintf("v%d", 1+i%6)
			}
			cents := int64(10000 + 37*i + salt)
			m := float64(cents) / 20000
			e.RetailPriceMinor, e.EstimateMinor, e.LoMinor, e.HiMinor = amount(20000), amount(cents), amount(cents-900), amount(cents+900)
			e.Multiple, e.MultipleLo, e.MultipleHi, e.Premium = figure(m), figure(m-0.04), figure(m+0.04), figure(m-1)
			e.LastSoldOn = asOf.AddDays(-i % 30)
			est = append(est, e)
		}
	}
	return est
}

// apiIndex is an index of two segments and so many weeks.
func apiIndex(t *testing.T, weeks int) (index []analysis.PublishedIndexRow) {
	asOf := mustDate(t, "2026-11-15")
	for _, segment := range []string{"all", "990v6"} {
		for w := range weeks {
			r := analysis.PublishedIndexRow{Segment: segment, Week: mustDate(t, "2026-01-05").AddDays(7 * w), Index: 100 + float64(w)/3, N: w, Styles: 3,
				Status: "frozen", AsOf: asOf, Warnings: []string{"few_sales"}}
			if w > 0 {
				r.Lo, r.Hi, r.SE, r.EqualStyle = figure(99), figure(110), figure(0.01234567), figure(101.005)
			}
			index = append(index, r)
		}
	}
	return index
}

// apiGeneration is a generation of n styles and three of sampleEstimates' rows.
func apiGeneration(t *testing.T, day string, n, salt int) *Generation {
	t.Helper()
	meta := sampleMeta(t)
	meta.AsOf = mustDate(t, day)
	g, err := NewGeneration(meta, apiEstimates(meta.AsOf, n, salt), apiIndex(t, 40))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// apiClock is a clock that only a test moves.
type apiClock struct{ atomic.Int64 }

func (c *apiClock) now() time.Time { return time.Unix(0, c.Load()).UTC() }

// testAPI is an API with a clock, and generations swapped in one after another.
func testAPI(t *testing.T, o APIOptions, generations ...*Generation) (*API, *apiClock) {
	t.Helper()
	clock := &apiClock{}
	o.Now, o.Program, o.Instance = clock.now, "greybook 0.1.0", "t"
	a, err := NewAPI(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range generations {
		a.Swap(g)
	}
	return a, clock
}

// get asks an API; a header is "Name: value".
func get(t *testing.T, a http.Handler, url string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, a, http.MethodGet, url, header...)
}

func ask(t *testing.T, a http.Handler, method, url string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// apiPage is a page of estimates as a client sees it.
type apiPage struct {
	AsOf       string            `json:"as_of"`
	Generation string            `json:"generation"`
	Synthetic  bool              `json:"synthetic"`
	Total      int               `json:"total"`
	Count      int               `json:"count"`
	Next       *string           `json:"next_cursor"`
	Since      string            `json:"changed_since"`
	Withdrawn  []json.RawMessage `json:"withdrawn"`
	Estimates  []json.RawMessage `json:"estimates"`
}

func (p apiPage) String() string {
	return fmt.Sprintf("page of %s as of %s: %d of %d rows, withdrawn %s since %s", shortened(p.Generation, 8), p.AsOf, p.Count, p.Total, p.Withdrawn, shortened(p.Since, 8))
}

func getPage(t *testing.T, a http.Handler, url string) apiPage {
	t.Helper()
	w := get(t, a, url)
	var p apiPage
	if w.Code != 200 {
		t.Fatalf("%s: %d %s", url, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	if p.Count != len(p.Estimates) || w.Header().Get("Greybook-Generation") != p.Generation || w.Header().Get("Greybook-As-Of") != p.AsOf {
		t.Fatalf("%s: count %d of %d rows, headers %v", url, p.Count, len(p.Estimates), w.Header())
	}
	return p
}

// wantProblem checks that a reply is a problem of this status and kind, and returns it.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, kind string) problemBody {
	t.Helper()
	var p problemBody
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if w.Code != status || p.Status != status || p.Type != "urn:greybook:problem:"+kind || p.Detail == "" || p.Title == "" || p.RequestID == "" ||
		w.Header().Get("Content-Type") != problemType || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v %s; want %d %s", w.Code, w.Header(), w.Body, status, kind)
	}
	return p
}
