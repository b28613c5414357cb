package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Read page by page, whatever their size, the API gives the feed's rows, byte for byte.
func TestAPIGivesTheFeedsRows(t *testing.T) {
	meta := sampleMeta(t)
	est := apiEstimates(meta.AsOf, 57, 0)
	want, err := feedRows(RowNDJSON, est)
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGeneration(meta, est, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := testAPI(t, APIOptions{}, g)
	for _, limit := range []int{1, 7, 100, 174, 175, 1000} { // 3·57 + 3 = 174 rows
		var got bytes.Buffer
		for url := fmt.Sprintf("/v1/estimates?limit=%d", limit); url != ""; {
			p := getPage(t, a, url)
			for _, row := range p.Estimates {
				got.Write(row)
				got.WriteByte('\n')
			}
			if p.Total != 174 || p.Count > limit || p.Count < limit && p.Next != nil {
				t.Fatalf("limit %d: %d rows of %d", limit, p.Count, p.Total)
			}
			url = ""
			if p.Next != nil {
				url = fmt.Sprintf("/v1/estimates?limit=%d&cursor=%s", limit, *p.Next)
			}
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("limit %d: other rows than the feed's", limit)
		}
	}
	// The same as ndjson, by the Link header.
	var got bytes.Buffer
	for url := "/v1/estimates?limit=50"; url != ""; {
		w := get(t, a, url, "Accept: application/x-ndjson")
		got.Write(w.Body.Bytes())
		url, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("ndjson: other rows than the feed's")
	}
	// And as Arrow.
	w := get(t, a, "/v1/estimates?limit=1000", "Accept: application/vnd.apache.arrow.stream")
	r, err := ipc.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Schema().Equal(FeedSchema()) {
		t.Errorf("schema %s", r.Schema())
	}
	var rows bytes.Buffer
	if _, err := WriteRows(&rows, RowNDJSON, r, RowOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(rows.Bytes(), want) {
		t.Error("Arrow: other rows than the feed's")
	}
}

// Each filter gives the rows that a look at the feed itself gives.
func TestAPIFilters(t *testing.T) {
	g := apiGeneration(t, "2026-11-15", 60, 0)
	a, _ := testAPI(t, APIOptions{}, g)
	type row struct {
		Model, Version, Condition, Grade string
		StyleID                          string `json:"style_id"`
		StyleCode                        string `json:"style_code"`
		GreyDay                          int    `json:"grey_day_year"`
		Band                             string `json:"size_band"`
	}
	var all []row
	for i := range g.est {
		var r row
		if err := json.Unmarshal(g.rows.rows(i, i+1), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for query, takes := range map[string]func(row) bool{
		"model=990":                           func(r row) bool { return r.Model == "990" },
		"model=990&version=v6":                func(r row) bool { return r.Model == "990" && r.Version == "v6" },
		"style=M990GL6":                       func(r row) bool { return r.StyleID == "M990GL6" },
		"style=S0003&condition=used":          func(r row) bool { return r.StyleCode == "S0003" && r.Condition == "used" },
		"grey_day=2020":                       func(r row) bool { return r.GreyDay == 2020 },
		"grey_day=any":                        func(r row) bool { return r.GreyDay != 0 },
		"grey_day=none&model=992":             func(r row) bool { return r.GreyDay == 0 && r.Model == "992" },
		"condition=new":                       func(r row) bool { return r.Condition == "new" },
		"size_band=all":                       func(r row) bool { return r.Band == "" },
		"size_band=%3E%3D13":                  func(r row) bool { return r.Band == ">=13" },
		"min_grade=B":                         func(r row) bool { return r.Grade == "A" || r.Grade == "B" },
		"min_grade=X":                         func(r row) bool { return true },
		"model=nobody":                        func(r row) bool { return false },
		"min_grade=A&grey_day=any&model=1300": func(r row) bool { return r.Grade == "A" && r.GreyDay != 0 && r.Model == "1300" },
	} {
		var want, got []string
		for i, r := range all {
			if takes(r) {
				want = append(want, string(g.rows.rows(i, i+1)))
			}
		}
		for url := "/v1/estimates?limit=7&" + query; url != ""; {
			p := getPage(t, a, url)
			for _, e := range p.Estimates {
				got = append(got, string(e))
			}
			if p.Total != len(want) {
				t.Errorf("%s: total %d, want %d", query, p.Total, len(want))
			}
			url = ""
			if p.Next != nil {
				url = "/v1/estimates?limit=7&" + query + "&cursor=" + *p.Next
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", query, len(got), len(want))
		}
	}
	one := getPage(t, a, "/v1/estimates?style=990v4-x")
	var s struct{ Estimates []json.RawMessage }
	if w := get(t, a, "/v1/estimates/990v4-x"); json.Unmarshal(w.Body.Bytes(), &s) != nil || len(s.Estimates) != 1 || !bytes.Equal(s.Estimates[0], one.Estimates[0]) {
		t.Errorf("the style itself: %s", w.Body)
	}
	if w := get(t, a, "/v1/estimates/S0001?condition=used"); json.Unmarshal(w.Body.Bytes(), &s) != nil || len(s.Estimates) != 1 {
		t.Errorf("a style's used pairs: %s", w.Body)
	}
}

func TestAPIIndex(t *testing.T) {
	a, _ := testAPI(t, APIOptions{}, apiGeneration(t, "2026-11-15", 3, 0))
	for query, want := range map[string]int{ // 40 weeks from Monday 5 January, two segments
		"": 80, "?segment=all": 40, "?segment=all&since=2026-01-11": 40, "?segment=all&since=2026-01-12": 39,
		"?until=2026-01-12": 4, "?segment=990v6&since=2026-01-18&until=2026-01-19": 2, "?until=2025-01-01": 0,
	} {
		w := get(t, a, "/v1/index"+query)
		var x struct {
			Count int
			Index []struct{ Segment, Week string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || x.Count != want || len(x.Index) != want {
			t.Errorf("%s: %d rows, want %d: %v", query, x.Count, want, err)
		}
		lines := get(t, a, "/v1/index"+query, "Accept: application/x-ndjson").Body.String()
		if strings.Count(lines, "\n") != want {
			t.Errorf("%s as ndjson: %d lines", query, strings.Count(lines, "\n"))
		}
	}
	const first = `{"segment":"990v6","week":"2026-01-05","index":100,"index_lo":null,"index_hi":null,"se":null,"n":0,"n_styles":3,"index_equal_style":null,"index_repeat_sales":null,"status":"frozen","as_of":"2026-11-15","warnings":["few_sales"]}`
	if got := get(t, a, "/v1/index?until=2026-01-05", "Accept: application/x-ndjson").Body.String(); !strings.HasPrefix(got, first+"\n") {
		t.Errorf("got %s", got)
	}
	if p := wantProblem(t, get(t, a, "/v1/index?segment=990v5"), 400, "bad-parameter"); !slices.Equal(p.Nearest, []string{"990v6"}) {
		t.Errorf("%+v", p)
	}
}
