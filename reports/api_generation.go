package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/amassable/greybook/analysis"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Generation is one state of the feed, and of the index published with it, ready to be
// served. It is never changed.
type Generation struct {
	id       string // of the estimates: the manifest's
	digest   string // of all that is served: two generations with the same digest are the same
	manifest Manifest
	summary  []byte // the manifest as JSON, with the generation and the index
	est      []analysis.Estimate
	rows     jsonTable      // of est
	styles   []string       // style ids, ascending
	first    map[string]int // the first row of a style
	index    []analysis.PublishedIndexRow
	points   jsonTable // of index
	segments []string
	envelope []byte // begins the JSON objects that are served: as_of, generation, synthetic
	headers  struct{ asOf, generation, synthetic []string }

	changing sync.Mutex
	changes  map[string]*generationChanges // since the generation with that id
}

// jsonTable is rows as JSON objects, one after another with ",\n" between them.
type jsonTable struct {
	text []byte
	at   []int // row i begins at at[i]; the last element is 2 beyond the text
}

// rows is the rows from i to before j, as the items of a JSON array.
func (t *jsonTable) rows(i, j int) []byte {
	if i == j {
		return nil
	}
	return t.text[t.at[i] : t.at[j]-2]
}

// newJSONTable takes rows as ndjson.
func newJSONTable(ndjson []byte) jsonTable {
	t := jsonTable{at: []int{0}, text: make([]byte, 0, len(ndjson)+bytes.Count(ndjson, []byte("\n")))}
	for line := range bytes.Lines(ndjson) {
		if len(t.text) > 0 {
			t.text = append(t.text, ",\n"...)
		}
		t.text = append(t.text, bytes.TrimSuffix(line, []byte("\n"))...)
		t.at = append(t.at, len(t.text)+2)
	}
	return t
}

// NewGeneration makes a generation of estimates and of the published index, both as of
// meta.AsOf. The estimates are checked as WriteFeed checks them, and are served as it
// writes them: in its order, by its encoder. est and index are left as they are.
//
// Errors: as of WriteFeed, and two index rows of one segment and week.
func NewGeneration(meta FeedMeta, est []analysis.Estimate, index []analysis.PublishedIndexRow) (*Generation, error) {
	_, m, err := feedFiles(meta, est)
	if err != nil {
		return nil, fmt.Errorf("generation: %w", err)
	}
	g := &Generation{id: m.Generation, manifest: m, first: map[string]int{}, changes: map[string]*generationChanges{}}
	if g.est, err = feedOrder(est); err != nil {
		return nil, fmt.Errorf("generation: %w", err)
	}
	ndjson, err := feedRows(RowNDJSON, est)
	if err != nil {
		return nil, fmt.Errorf("generation: %w", err)
	}
	g.rows = newJSONTable(ndjson)
	for i, e := range g.est {
		if id := rowValidText(e.StyleID); i == 0 || id != g.styles[len(g.styles)-1] {
			g.styles = append(g.styles, id)
			g.first[id] = i
		}
	}
	if err := g.setIndex(index); err != nil {
		return nil, fmt.Errorf("generation: %w", err)
	}
	if err := g.describe(); err != nil {
		return nil, err
	}
	return g, nil
}

// ID names the generation: the same estimates have the same.
func (g *Generation) ID() string { return g.id }

// Manifest is what the feed of this generation says of itself.
func (g *Generation) Manifest() Manifest { return g.manifest }

// setIndex sorts and encodes the index.
func (g *Generation) setIndex(index []analysis.PublishedIndexRow) error {
	g.index = slices.Clone(index)
	slices.SortStableFunc(g.index, compareIndexRows)
	for i, r := range g.index {
		if i > 0 && compareIndexRows(g.index[i-1], r) == 0 {
			return fmt.Errorf("index of %s has two rows for %s", r.Segment, r.Week)
		}
		if i == 0 || r.Segment != g.segments[len(g.segments)-1] {
			g.segments = append(g.segments, r.Segment)
		}
	}
	rr, err := PublishedIndexRows(memory.DefaultAllocator, g.index)
	if err != nil {
		return err
	}
	defer rr.Release()
	var b bytes.Buffer
	if _, err := WriteRows(&b, RowNDJSON, rr, RowOptions{}); err != nil {
		return err
	}
	g.points = newJSONTable(b.Bytes())
	return nil
}

// describe makes what goes with every reply, and the digest of all.
func (g *Generation) describe() error {
	m := g.manifest
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n", g.id, g.points.text)
	summary, err := json.Marshal(struct {
		Manifest
		Styles    int      `json:"styles"`
		IndexRows int      `json:"index_rows"`
		Segments  []string `json:"segments"`
	}{m, len(g.styles), len(g.index), append([]string{}, g.segments...)})
	if err != nil {
		return err
	}
	g.summary = append(summary, '\n')
	sum.Write(g.summary)
	g.digest = string(sum.Sum(nil))
	b := appendRowJSONString([]byte(`{"as_of":`), m.AsOf.String())
	b = appendRowJSONString(append(b, `,"generation":`...), g.id)
	g.envelope = strconv.AppendBool(append(b, `,"synthetic":`...), m.Synthetic)
	g.headers.asOf, g.headers.generation = []string{m.AsOf.String()}, []string{g.id}
	g.headers.synthetic = []string{strconv.FormatBool(m.Synthetic)}
	return nil
}

// PublishedIndexRows is the published index as rows, in the order given. Columns: segment,
// week (its Monday), index (100 in the first week published), index_lo, index_hi, se (of
// its log change since the base week), n, n_styles, index_equal_style, index_repeat_sales,
// status (frozen or provisional), as_of (of the vintage), warnings (codes, never NULL). Indexes
// are rounded to two decimals, standard errors to four. The caller releases the reader.
func PublishedIndexRows(mem memory.Allocator, index []analysis.PublishedIndexRow) (array.RecordReader, error) {
	text, double := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64
	date, count := arrow.FixedWidthTypes.Date32, arrow.PrimitiveTypes.Int64
	fields := []arrow.Field{
		{Name: "segment", Type: text},
		{Name: "week", Type: date},
		{Name: "index", Type: double},
		{Name: "index_lo", Type: double, Nullable: true},
		{Name: "index_hi", Type: double, Nullable: true},
		{Name: "se", Type: double, Nullable: true},
		{Name: "n", Type: count},
		{Name: "n_styles", Type: count},
		{Name: "index_equal_style", Type: double, Nullable: true},
		{Name: "index_repeat_sales", Type: double, Nullable: true},
		{Name: "status", Type: text},
		{Name: "as_of", Type: date},
		{Name: "warnings", Type: arrow.ListOfNonNullable(text)},
	}
	return rowsOf(mem, fields, len(index), func(i int, f *rowAppender) {
		r := index[i]
		f.text(r.Segment)
		f.date(r.Week)
		f.float(&r.Index, 2)
		f.float(r.Lo, 2)
		f.float(r.Hi, 2)
		f.float(r.SE, 4)
		f.int(int64(r.N))
		f.int(int64(r.Styles))
		f.float(r.EqualStyle, 2)
		f.float(r.RepeatSales, 2)
		f.text(r.Status)
		f.date(r.AsOf)
		f.texts(r.Warnings)
	})
}
