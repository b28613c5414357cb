package reports

import (
	"net/http"
	"testing"
	"time"
)

// discard is a ResponseWriter that costs nothing: what is measured is the API alone.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkAPI tells what an answer costs before net/http writes it. The catalog asks for
// one estimate and for a page most of all; a page by filters looks at every row.
func BenchmarkAPI(b *testing.B) {
	meta := FeedMeta{AsOf: 20000, MethodVersion: "m4.1"}
	g, err := NewGeneration(meta, apiEstimates(meta.AsOf, 1000, 0), nil)
	if err != nil {
		b.Fatal(err)
	}
	a, err := NewAPI(APIOptions{Now: time.Now, Program: "greybook 0.1.0", Instance: "b"})
	if err != nil {
		b.Fatal(err)
	}
	a.Swap(g)
	for name, url := range map[string]string{
		"one":      "/v1/estimates/S0100?size_band=all&condition=new",
		"page":     "/v1/estimates?limit=100",
		"filtered": "/v1/estimates?limit=100&model=990&condition=new&min_grade=B",
	} {
		for kind, header := range map[string]http.Header{"": {}, "gzip": {"Accept-Encoding": {"gzip"}}} {
			b.Run(name+kind, func(b *testing.B) {
				r, err := http.NewRequest("GET", url, nil)
				if err != nil {
					b.Fatal(err)
				}
				r.RequestURI, r.Header = url, header
				b.ReportAllocs()
				for b.Loop() {
					w := &discard{http.Header{}}
					a.ServeHTTP(w, r)
					if len(w.h) < 8 {
						b.Fatal(w.h)
					}
				}
			})
		}
	}
}
