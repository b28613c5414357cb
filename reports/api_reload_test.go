package reports

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A cursor goes on in its own generation while that is held, whatever comes; after that
// it says to begin again. Nothing but what the API gave is taken.
func TestAPICursorOverReloads(t *testing.T) {
	first := apiGeneration(t, "2026-11-15", 30, 0)
	a, _ := testAPI(t, APIOptions{Keep: 3}, first)
	p := getPage(t, a, "/v1/estimates?limit=50")
	url := "/v1/estimates?limit=50&cursor=" + *p.Next
	before := get(t, a, url).Body.String()
	for salt := 1; salt <= 2; salt++ {
		a.Swap(apiGeneration(t, "2026-11-15", 30+salt, salt))
		w := get(t, a, url)
		if w.Body.String() != before || w.Header().Get("Greybook-Generation") != first.ID() {
			t.Fatalf("after %d reloads the second page is another", salt)
		}
	}
	if now := getPage(t, a, "/v1/estimates"); now.Generation == first.ID() {
		t.Error("without a cursor the old generation is served")
	}
	a.Swap(apiGeneration(t, "2026-11-15", 30, 3))
	if p := wantProblem(t, get(t, a, url), 410, "gone"); !strings.Contains(p.Detail, "begin again") {
		t.Errorf("%+v", p)
	}

	next := *getPage(t, a, "/v1/estimates?limit=50").Next
	for i := range next {
		for _, c := range []byte("Ax_-\n") {
			if next[i] == c {
				continue
			}
			if _, err := parseCursor(next[:i] + string(c) + next[i+1:]); err == nil {
				t.Fatalf("byte %d changed to %q: taken", i, c)
			}
		}
		if _, err := parseCursor(next[:i]); err == nil {
			t.Fatalf("cut at %d: taken", i)
		}
	}
	for _, s := range []string{next + "A", next + "\n", next + "=", ""} {
		if _, err := parseCursor(s); err == nil {
			t.Errorf("%q: taken", s)
		}
	}
}

// changed_since gives what another row now, what is new, and names what is gone.
func TestAPIChangedSince(t *testing.T) {
	meta := sampleMeta(t)
	make := func(day string, change func(i int, g *fixtureRow) bool) *Generation {
		meta.AsOf = mustDate(t, day)
		est := apiEstimates(meta.AsOf, 20, 0)
		kept := est[:0]
		for i, e := range est {
			e.LastSoldOn = mustDate(t, "2026-11-01")
			r := fixtureRow{&e.EstimateMinor, &e.StyleID}
			if change(i, &r) {
				kept = append(kept, e)
			}
		}
		g, err := NewGeneration(meta, kept, nil)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	same := func(int, *fixtureRow) bool { return true }
	g1 := make("2026-11-13", same)
	g2 := make("2026-11-14", same)
	// Of S0000's rows (3, 4, 5 in the order made) one is worth a cent more, one is of a new
	// style, one is gone.
	g3 := make("2026-11-15", func(i int, r *fixtureRow) bool {
		switch i {
		case 3:
			*r.estimate = amount(**r.estimate + 1)
		case 4:
			*r.style = "Z9999"
		case 5:
			return false
		}
		return true
	})
	a, _ := testAPI(t, APIOptions{}, g1, g2)
	if p := getPage(t, a, "/v1/estimates?changed_since=2026-11-13"); p.Total != 0 || len(p.Withdrawn) != 0 || p.Since != g1.ID() {
		t.Errorf("a day later and nothing else: %v", p)
	}
	a.Swap(g3)
	for _, since := range []string{g1.ID(), g2.ID(), "2026-11-13", "2026-11-14"} {
		p := getPage(t, a, "/v1/estimates?limit=1&changed_since="+since)
		if p.Total != 2 || len(p.Estimates) != 1 || !bytes.Contains(p.Estimates[0], []byte(`"style_id":"S0000"`)) || p.Next == nil ||
			fmt.Sprintf("%s", p.Withdrawn) != `[{"style_id":"S0000","size_band":"9-10.5","condition":"used"} {"style_id":"S0000","size_band":">=13","condition":"new"}]` {
			t.Errorf("since %s: %v", since, p)
		}
		p2 := getPage(t, a, "/v1/estimates?limit=1&changed_since="+since+"&cursor="+*p.Next)
		if p2.Total != 2 || p2.Next != nil || !bytes.Contains(p2.Estimates[0], []byte(`"style_id":"Z9999"`)) || len(p2.Withdrawn) != 0 || p2.Since != p.Since {
			t.Errorf("since %s, page 2: %v", since, p2)
		}
	}
	if p := getPage(t, a, "/v1/estimates?changed_since="+g3.ID()); p.Total != 0 || p.Withdrawn == nil {
		t.Errorf("since itself: %v", p)
	}
	if p := getPage(t, a, "/v1/estimates?condition=used&changed_since="+g1.ID()); p.Total != 1 || len(p.Withdrawn) != 1 {
		t.Errorf("of used ones: %v", p)
	}
	if w := get(t, a, "/v1/estimates?changed_since="+g1.ID(), "Accept: application/x-ndjson"); w.Header().Get("Greybook-Withdrawn") != "2" {
		t.Errorf("ndjson: %v", w.Header())
	}
	// A day whose first generation may be gone is not guessed at.
	b, _ := testAPI(t, APIOptions{Keep: 2}, apiGeneration(t, "2026-11-14", 5, 0), apiGeneration(t, "2026-11-14", 5, 1), apiGeneration(t, "2026-11-15", 5, 2))
	wantProblem(t, get(t, b, "/v1/estimates?changed_since=2026-11-14"), 410, "gone")
}

type fixtureRow struct {
	estimate **int64
	style    *string
}

// The same content again is no new generation.
func TestAPISwapOfTheSame(t *testing.T) {
	a, clock := testAPI(t, APIOptions{MaxAge: time.Minute}, apiGeneration(t, "2026-11-15", 5, 0))
	one := a.state.Load().current()
	clock.Add(int64(time.Hour))
	if a.Swap(apiGeneration(t, "2026-11-15", 5, 0)) || a.state.Load().current() != one {
		t.Error("the same generation was swapped in")
	}
	if w := get(t, a, "/readyz"); w.Code != 200 {
		t.Errorf("after a look at the book it is not fresh: %s", w.Body)
	}
	clock.Add(int64(time.Minute + 1))
	p := wantProblem(t, get(t, a, "/readyz"), 503, "stale")
	if p.AsOf != "2026-11-15" || p.Generation != one.ID() {
		t.Errorf("%+v", p)
	}
	if w := get(t, a, "/v1/estimates"); w.Code != 200 {
		t.Error("what is stale is not served any more")
	}
	a.Confirm()
	if w := get(t, a, "/readyz"); w.Code != 200 {
		t.Error(w.Body)
	}
	a.Drain()
	wantProblem(t, get(t, a, "/readyz"), 503, "draining")
}

// While generations are swapped, every answer is of one of them, whole.
func TestAPISwapsInOneStep(t *testing.T) {
	var generations []*Generation
	want := map[string]string{}
	for salt := range 3 {
		g := apiGeneration(t, fmt.Sprintf("2026-11-1%d", salt+3), 30, salt)
		generations = append(generations, g)
		one, _ := testAPI(t, APIOptions{}, g)
		want[g.ID()] = get(t, one, "/v1/estimates?model=990&limit=1000").Body.String()
	}
	a, _ := testAPI(t, APIOptions{}, generations[0])
	stop := make(chan struct{})
	var swapping, asking sync.WaitGroup
	swapping.Go(func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
				a.Swap(generations[i%3])
			}
		}
	})
	for worker := range 4 {
		asking.Go(func() {
			for i := range 300 {
				header := "X: y"
				if (i+worker)%3 == 0 {
					header = "Accept-Encoding: gzip"
				}
				w := get(t, a, "/v1/estimates?model=990&limit=1000", header)
				body := w.Body.Bytes()
				if header != "X: y" {
					r, err := gzip.NewReader(w.Body)
					if err != nil {
						t.Error(err)
						return
					}
					body, _ = io.ReadAll(r)
				}
				if string(body) != want[w.Header().Get("Greybook-Generation")] {
					t.Errorf("an answer of no generation")
					return
				}
				if c := get(t, a, "/v1/estimates?changed_since=2026-11-13").Code; c != 200 && c != 400 && c != http.StatusGone {
					t.Errorf("changed_since: %d", c)
				}
			}
		})
	}
	asking.Wait()
	close(stop)
	swapping.Wait()
}
