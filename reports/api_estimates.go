package reports

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// estimatePage is a page of a list of estimates.
type estimatePage struct {
	filter estimateFilter
	gen    *Generation
	base   *Generation // only what changed since; nil: all
	from   int         // the first row to look at
	limit  int
	first  bool // no cursor was given
	digest [8]byte
}

// estimates answers /v1/estimates.
func (a *API) estimates(q *apiRequest) (*apiReply, error) {
	kind, err := acceptable(q, rowTypes)
	if err != nil {
		return nil, err
	}
	p := &estimatePage{first: true}
	if p.filter, err = readFilter(q.params); err != nil {
		return nil, err
	}
	if p.limit, err = readLimit(q.params); err != nil {
		return nil, err
	}
	p.digest = filterDigest(q.params)
	if err := p.place(q); err != nil {
		return nil, err
	}
	q.gen = p.gen
	key := kind + q.RequestURI
	if p.base != nil {
		key += " since " + p.base.id
	}
	return &apiReply{kind: kind, key: key, make: func(rep *apiReply) error { return p.make(q, rep) }}, nil
}

// place finds the generation and the row that the page begins at.
func (p *estimatePage) place(q *apiRequest) (err error) {
	p.gen = q.gen
	text, given := q.params["cursor"]
	if !given {
		p.base, err = q.state.changesSince(q.params)
		return err
	}
	c, err := parseCursor(text)
	if err != nil {
		return badParameter("cursor", "can't be read: %v; begin again without it", err)
	}
	if c.filters != p.digest {
		return badParameter("cursor", "is of a list with other filters: give the same ones again, or begin again without it")
	}
	if p.gen = q.state.named(c.generation); p.gen == nil || int(c.row) > len(p.gen.est) {
		return gone("cursor", "the generation of the cursor is not held any more: begin again without it")
	}
	if c.base != ([16]byte{}) {
		if p.base = q.state.named(c.base); p.base == nil {
			return gone("cursor", "the generation that changes are since is not held any more: read all estimates again")
		}
	}
	p.from, p.first = int(c.row), false
	return nil
}

func gone(parameter, detail string) *problem {
	return &problem{status: 410, kind: "gone", title: "Gone", parameter: parameter, detail: detail}
}

// named finds a generation that is held by its name in a cursor.
func (s *apiState) named(name [16]byte) *Generation {
	for _, g := range s.held {
		if cursorName(g) == name {
			return g
		}
	}
	return nil
}

// changesSince is the generation that changed_since means, nil where it isn't given. A day
// means the first generation of that day: whoever read a later one of it is told some rows
// again, and misses none.
func (s *apiState) changesSince(params map[string]string) (*Generation, error) {
	v, given := params["changed_since"]
	if !given {
		return nil, nil
	}
	missing := gone("changed_since", "what changed since then is not known any more: read all estimates again")
	if len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "" {
		for _, g := range s.held {
			if g.id == v {
				return g, nil
			}
		}
		return nil, missing
	}
	day, err := data.ParseDate(v)
	if err != nil {
		return nil, badParameter("changed_since", "%q is neither a generation, 64 hexadecimal digits, nor a day such as 2026-11-20", VisibleText(shortened(v, 70)))
	}
	if now := s.current().manifest.AsOf; day > now {
		return nil, badParameter("changed_since", "%s is after %s, the day of the estimates", day, now)
	}
	for _, g := range slices.Backward(s.held) {
		if g.manifest.AsOf == day && day > s.dropped {
			return g, nil
		}
	}
	return nil, missing
}

// make fills in the page.
func (p *estimatePage) make(q *apiRequest, rep *apiReply) error {
	rows, next, total := p.collect()
	cursor := ""
	if next >= 0 {
		c := apiCursor{generation: cursorName(p.gen), base: cursorName(p.base), row: uint32(next), filters: p.digest}
		cursor = c.String()
		rep.next = nextLink(q, cursor)
	}
	if p.base != nil {
		rep.withdrawn = len(p.withdrawn())
	}
	if rep.kind != apiJSON {
		return rep.rowsAs(&p.gen.rows, rows, func() (array.RecordReader, error) {
			return EstimateRows(memory.DefaultAllocator, pick(p.gen.est, rows))
		})
	}
	b := append(make([]byte, 0, 512), p.gen.envelope...)
	b = appendRowJSONString(append(b, `,"method_version":`...), p.gen.manifest.MethodVersion)
	b = strconv.AppendInt(append(b, `,"total":`...), int64(total), 10)
	b = strconv.AppendInt(append(b, `,"count":`...), int64(rows.len()), 10)
	if cursor == "" {
		b = append(b, `,"next_cursor":null`...)
	} else {
		b = appendRowJSONString(append(b, `,"next_cursor":`...), cursor)
	}
	if p.base != nil {
		b = p.appendWithdrawn(b)
	}
	b = append(b, `,"estimates":[`...)
	rep.parts = rows.array(b, &p.gen.rows)
	return nil
}

// collect finds the rows of the page, the row after it to go on at (-1: none), and how many rows all pages have.
func (p *estimatePage) collect() (rows rowChoice, next, total int) {
	n := len(p.gen.est)
	if p.filter == (estimateFilter{}) && p.base == nil {
		to := min(n, p.from+p.limit)
		if next = to; to == n {
			next = -1
		}
		return rowChoice{from: p.from, to: to}, next, n
	}
	var changes *generationChanges
	if p.base != nil {
		changes = p.gen.since(p.base)
	}
	rows.some, next = make([]int, 0, min(p.limit, n)), -1
	for i := range p.gen.est {
		if changes != nil && !changes.changed[i] || !p.filter.takes(&p.gen.est[i]) {
			continue
		}
		total++
		switch {
		case i < p.from:
		case len(rows.some) < p.limit:
			rows.some = append(rows.some, i)
		case next < 0:
			next = i
		}
	}
	return rows, next, total
}

// withdrawn are the rows of the older generation that are asked for, and that there are no more.
func (p *estimatePage) withdrawn() []int {
	var out []int
	for _, i := range p.gen.since(p.base).withdrawn {
		if p.filter.takes(&p.base.est[i]) {
			out = append(out, i)
		}
	}
	return out
}

// appendWithdrawn appends what is told only of changes. The first page has all that was
// withdrawn, so whoever reads all pages has each once.
func (p *estimatePage) appendWithdrawn(b []byte) []byte {
	b = appendRowJSONString(append(b, `,"changed_since":`...), p.base.id)
	b = append(b, `,"withdrawn":[`...)
	if p.first {
		for n, i := range p.withdrawn() {
			if n > 0 {
				b = append(b, ',')
			}
			e := &p.base.est[i]
			b = appendRowJSONString(append(b, `{"style_id":`...), e.StyleID)
			b = append(b, `,"size_band":`...)
			if e.SizeBand == "" {
				b = append(b, "null"...)
			} else {
				b = appendRowJSONString(b, e.SizeBand)
			}
			b = append(appendRowJSONString(append(b, `,"condition":`...), e.Condition), '}')
		}
	}
	return append(b, ']')
}

// style answers /v1/estimates/{style_id}.
func (a *API) style(q *apiRequest) (*apiReply, error) {
	kind, err := acceptable(q, rowTypes)
	if err != nil {
		return nil, err
	}
	filter, err := readFilter(q.params)
	if err != nil {
		return nil, err
	}
	g := q.gen
	first, known := g.first[q.name]
	if !known {
		return nil, noSuchStyle(g, q.name)
	}
	return &apiReply{kind: kind, key: kind + q.RequestURI, make: func(rep *apiReply) error {
		rows := rowChoice{from: first, to: first}
		for rows.to < len(g.est) && g.est[rows.to].StyleID == g.est[first].StyleID {
			rows.to++
		}
		if filter != (estimateFilter{}) {
			rows = rows.where(func(i int) bool { return filter.takes(&g.est[i]) })
		}
		if kind != apiJSON {
			return rep.rowsAs(&g.rows, rows, func() (array.RecordReader, error) {
				return EstimateRows(memory.DefaultAllocator, pick(g.est, rows))
			})
		}
		b := append(make([]byte, 0, 512), g.envelope...)
		b = appendRowJSONString(append(b, `,"method_version":`...), g.manifest.MethodVersion)
		b = appendRowJSONString(append(b, `,"style_id":`...), g.est[first].StyleID)
		rep.parts = rows.array(append(b, `,"estimates":[`...), &g.rows)
		return nil
	}}, nil
}

func noSuchStyle(g *Generation, name string) *problem {
	p := &problem{status: 404, kind: "no-such-style", title: "No such style", nearest: nearestNames(name, g.styles, 3)}
	p.detail = fmt.Sprintf("there is no style %q in this generation", VisibleText(shortened(name, 60)))
	if len(p.nearest) > 0 {
		p.detail += ": did you mean " + strings.Join(p.nearest, ", ") + "?"
	}
	return p
}

// canonical is the parameters of a request in one order, without some.
func canonical(params map[string]string, without ...string) string {
	v := url.Values{}
	for name, value := range params {
		if !slices.Contains(without, name) {
			v.Set(name, value)
		}
	}
	return v.Encode()
}

// filterDigest is of the parameters that make a list: all but where in it, and how much.
func filterDigest(params map[string]string) (digest [8]byte) {
	sum := sha256.Sum256([]byte(canonical(params, "limit", "cursor")))
	copy(digest[:], sum[:])
	return digest
}

// nextLink is where the next page is.
func nextLink(q *apiRequest, cursor string) string {
	query := canonical(q.params, "cursor")
	if query != "" {
		query += "&"
	}
	return "<" + q.URL.EscapedPath() + "?" + query + "cursor=" + cursor + `>; rel="next"`
}
