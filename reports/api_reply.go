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
	costly    bool     // to make
	parts     [][]byte // of the body, one after another
	next      string   // the Link to the next page
	withdrawn int      // rows; of a list of changes
}

func (rep *apiReply) size() (n int) {
	for _, p := range rep.parts {
		n += len(p)
	}
	return n
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

// send sends a reply, or that the client has it already.
func (a *API) send(w http.ResponseWriter, q *apiRequest, rep *apiReply) {
	h := w.Header()
	a.commonHeaders(h, q)
	h["Content-Type"] = []string{rep.kind}
	coding := chooseCoding(q.Header["Accept-Encoding"])
	tag := ""
	switch {
	case rep.key == "":
		h["Cache-Control"], coding = headerNoStore, ""
	case a.o.Authorize != nil:
		h["Cache-Control"] = headerPrivate
	default:
		h["Cache-Control"] = headerNoCache
	}
	if rep.key != "" {
		tag = a.entityTag(q.gen, rep.key, coding)
		h["Etag"] = []string{tag}
		if match := q.Header["If-None-Match"]; len(match) > 0 && matchesTag(match, tag) {
			delete(h, "Content-Type")
			q.status = http.StatusNotModified
			w.WriteHeader(q.status)
			return
		}
	}
	if err := a.pack(rep, tag, coding); err != nil {
		panic(err) // the rows were encoded before, when the generation was made
	}
	if coding != "" {
		h["Content-Encoding"] = []string{coding}
	}
	if rep.next != "" {
		h["Link"] = []string{rep.next}
	}
	if rep.withdrawn > 0 {
		h["Greybook-Withdrawn"] = []string{strconv.Itoa(rep.withdrawn)}
	}
	write(w, q, http.StatusOK, rep.parts...)
}

// write writes a whole reply.
func write(w http.ResponseWriter, q *apiRequest, status int, parts ...[]byte) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(size)}
	q.status = status
	w.WriteHeader(status)
	if q.Method == http.MethodHead {
		return
	}
	for _, p := range parts {
		n, err := w.Write(p)
		q.sent += n
		if err != nil {
			return // the client has gone; net/http ends the connection
		}
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

// pack makes the reply's bytes and packs them, unless that was done before.
func (a *API) pack(rep *apiReply, tag, coding string) error {
	keep := rep.costly || coding != ""
	if keep {
		if had, ok := a.packed.get(tag); ok {
			rep.parts, rep.next, rep.withdrawn = had.parts, had.next, had.withdrawn
			return nil
		}
	}
	if rep.make != nil {
		if err := rep.make(rep); err != nil {
			return err
		}
	}
	if coding != "" {
		whole := bytes.Join(rep.parts, nil)
		if coding == "zstd" {
			whole = a.zstd.EncodeAll(whole, make([]byte, 0, len(whole)/4))
		} else {
			whole = gzipped(whole)
		}
		rep.parts = [][]byte{whole}
	}
	if keep {
		a.packed.put(tag, *rep)
	}
	return nil
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

// packedReplies keeps replies that took work to make, by their entity tag.
type packedReplies struct {
	mu   sync.Mutex
	size int
	by   map[string]apiReply
}

const packedMost = 32 << 20 // bytes

func (c *packedReplies) get(tag string) (apiReply, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rep, ok := c.by[tag]
	return rep, ok
}

// put keeps a reply. When there is no room all go: clients ask for the same few, which are
// soon there again.
func (c *packedReplies) put(tag string, rep apiReply) {
	rep.make = nil // it holds on to a request
	c.mu.Lock()
	defer c.mu.Unlock()
	size := rep.size() + 1000 // and what is around it
	if c.by == nil || c.size+size > packedMost {
		c.by, c.size = map[string]apiReply{}, 0
	}
	c.by[tag] = rep
	c.size += size
}

func (c *packedReplies) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by, c.size = nil, 0
}
