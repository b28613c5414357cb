package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// apiReply is what is answered, or how it is made.
type apiReply struct {
	kind      string // media type
	key       string // what its bytes depend on besides the generation and the program; "": they are of this moment
	make      func(*apiReply) error
	parts     [][]byte // of the body, one after another
	next      string   // the Link to the next page
	withdrawn int      // rows; of a list of changes
}

// Header values that never change, so that no request makes them.
var (
	headerNosniff = []string{"nosniff"}
	headerVary    = []string{"Accept, Accept-Encoding"}
	headerNoCache = []string{"no-cache"}
	headerPrivate = []string{"private, no-cache"}
	headerNoStore = []string{"no-store"}
)

// commonHeaders are in every reply.
func (a *API) commonHeaders(h http.Header, q *apiRequest) {
	h["X-Content-Type-Options"] = headerNosniff
	h["Vary"] = headerVary
	h["X-Request-Id"] = []string{q.id}
	if g := q.gen; g != nil {
		h["Greybook-As-Of"], h["Greybook-Generation"], h["Greybook-Synthetic"] = g.headers.asOf, g.headers.generation, g.headers.synthetic
	}
}

// preparedReply is a reply in full: header values and body. It is never changed, so any
// number of requests send the same one.
type preparedReply struct {
	gen                                        *Generation
	tag                                        string
	kind, etag, length, coding, next, withdrew []string
	cache                                      []string // Cache-Control
	body                                       []byte
}

// prepare makes the reply to a request, packed as its client likes it.
func (a *API) prepare(q *apiRequest, rep *apiReply) (*preparedReply, error) {
	if rep.make != nil {
		if err := rep.make(rep); err != nil {
			return nil, err
		}
	}
	p := &preparedReply{gen: q.gen, kind: []string{rep.kind}, cache: headerNoStore, body: bytes.Join(rep.parts, nil)}
	if rep.key != "" {
		p.cache = headerNoCache
		if a.o.Authorize != nil {
			p.cache = headerPrivate
		}
		coding := chooseCoding(q.Header["Accept-Encoding"])
		switch coding {
		case "zstd":
			p.body = a.zstd.EncodeAll(p.body, make([]byte, 0, len(p.body)/4))
		case "gzip":
			p.body = gzipped(p.body)
		}
		if coding != "" {
			p.coding = []string{coding}
		}
		p.tag = a.entityTag(q.gen, rep.key, coding)
		p.etag = []string{p.tag}
	}
	if rep.next != "" {
		p.next = []string{rep.next}
	}
	if rep.withdrawn > 0 {
		p.withdrew = []string{strconv.Itoa(rep.withdrawn)}
	}
	p.length = []string{strconv.Itoa(len(p.body))}
	return p, nil
}

// send sends a reply, or that the client has it already.
func (a *API) send(w http.ResponseWriter, q *apiRequest, p *preparedReply) {
	q.gen = p.gen
	h := w.Header()
	a.commonHeaders(h, q)
	h["Cache-Control"] = p.cache
	if p.etag != nil {
		h["Etag"] = p.etag
		if match := q.Header["If-None-Match"]; len(match) > 0 && matchesTag(match, p.tag) {
			q.status = http.StatusNotModified
			w.WriteHeader(q.status)
			return
		}
	}
	h["Content-Type"], h["Content-Length"] = p.kind, p.length
	if p.coding != nil {
		h["Content-Encoding"] = p.coding
	}
	if p.next != nil {
		h["Link"] = p.next
	}
	if p.withdrew != nil {
		h["Greybook-Withdrawn"] = p.withdrew
	}
	write(w, q, http.StatusOK, p.body)
}

// write writes a reply whose header is set.
func write(w http.ResponseWriter, q *apiRequest, status int, body []byte) {
	q.status = status
	w.WriteHeader(status)
	if q.Method != http.MethodHead {
		q.sent, _ = w.Write(body) // when the client has gone, net/http ends the connection
	}
}

// entityTag is a strong tag: the bytes of a reply are made of nothing but the generation,
// the program and the key, so they are the same where the tag is. It needs no bytes.
func (a *API) entityTag(g *Generation, key, coding string) string {
	b := make([]byte, 0, 256)
	if g != nil {
		b = append(b, g.digest...)
	}
	b = append(append(append(append(b, a.o.Program...), 0), key...), 0)
	sum := sha256.Sum256(append(b, coding...))
	tag := make([]byte, 0, 24)
	tag = append(tag, '"')
	tag = base64.RawURLEncoding.AppendEncode(tag, sum[:16])
	return string(append(tag, '"'))
}

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, 5)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func gzipped(b []byte) []byte {
	out := bytes.NewBuffer(make([]byte, 0, len(b)/4))
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(out)
	w.Write(b) // into memory: there is no error
	w.Close()
	return out.Bytes()
}

// replyCache keeps replies of one state of the API. What a request of that state is
// answered depends on its URL and on two of its headers, and on nothing else.
type replyCache struct {
	mu   sync.RWMutex
	size int
	by   map[string]*preparedReply
}

const replyCacheMost = 32 << 20 // bytes

// cacheKey appends what the reply to a request depends on.
func cacheKey(b []byte, r *http.Request) []byte {
	b = append(b, r.RequestURI...)
	for _, values := range [][]string{r.Header["Accept"], r.Header["Accept-Encoding"]} {
		b = append(b, 0)
		for _, v := range values {
			b = append(append(b, v...), ',')
		}
	}
	return b
}

func (c *replyCache) get(key []byte) *preparedReply {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.by[string(key)]
}

// put keeps a reply. When there is no room all go: clients ask for the same few, which are
// soon there again.
func (c *replyCache) put(key []byte, p *preparedReply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := len(p.body) + len(key) + 1000 // and what is around them
	if c.by == nil || c.size+size > replyCacheMost {
		c.by, c.size = map[string]*preparedReply{}, 0
	}
	c.by[string(key)] = p
	c.size += size
}
