package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/amassable/greybook/reports"
)

// How long a client may take over each phase of a request. A reply of some hundred
// kilobytes has half a minute to be taken.
const (
	headerTime = 5 * time.Second // for the whole request: bodies are not taken
	writeTime  = 30 * time.Second
	idleTime   = time.Minute
	headerMost = 64 << 10 // of the first line and the header; the API itself takes less
)

// server is the HTTP server, and the connections that it has.
type server struct {
	http.Server
	most int

	mu    sync.Mutex
	open  []*plainConn // oldest first
	room  *sync.Cond   // somebody has gone, or waits
	over  bool
	queue atomic.Int32 // whether somebody waits for room
}

func newServer(api http.Handler, log *slog.Logger, most int) *server {
	s := &server{most: most}
	s.room = sync.NewCond(&s.mu)
	s.Server = http.Server{
		Handler:                      api,
		ReadHeaderTimeout:            headerTime,
		ReadTimeout:                  headerTime,
		WriteTimeout:                 writeTime,
		IdleTimeout:                  idleTime,
		MaxHeaderBytes:               headerMost - 4096, // net/http adds as much for the first line
		ConnState:                    s.changed,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do wrong, above all
		DisableGeneralOptionsHandler: true,
	}
	return s
}

// serve answers on l until end.
func (s *server) serve(l net.Listener, cert *certificate) error {
	l = &boundedListener{l, s}
	if cert == nil {
		return s.Serve(l)
	}
	s.TLSConfig = &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12}
	return s.ServeTLS(l, "", "")
}

// end stops listening, waits for the requests that were begun, and breaks off those that
// take longer than grace.
func (s *server) end(grace time.Duration, log *slog.Logger) error {
	s.mu.Lock()
	s.over = true
	s.room.Broadcast()
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests were broken off at the end", "after", grace)
		return s.Close()
	}
	return err
}

// boundedListener accepts no more connections than the server may have.
type boundedListener struct {
	net.Listener
	s *server
}

// Accept takes the next connection. Where there are too many, the one that has waited the
// longest for a request goes: whoever holds thousands of idle ones, or sends headers byte
// by byte, keeps nobody else out.
func (l *boundedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	p := &plainConn{TCPConn: c.(*net.TCPConn), s: l.s} // the listener is one of TCP
	l.s.admit(p)
	return p, nil
}

func (s *server) admit(c *plainConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.Add(1)
	for len(s.open) >= s.most && !s.over && !s.pushOut() {
		s.room.Wait()
	}
	s.queue.Add(-1)
	s.open = append(s.open, c)
}

// pushOut closes the oldest connection that waits, if there is one. s.mu is held.
func (s *server) pushOut() bool {
	i := slices.IndexFunc(s.open, func(c *plainConn) bool { return !c.busy.Load() })
	if i < 0 {
		return false
	}
	s.open[i].TCPConn.Close()
	s.open = slices.Delete(s.open, i, i+1)
	return true
}

// changed follows what a connection does.
func (s *server) changed(c net.Conn, state http.ConnState) {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	c.(*plainConn).busy.Store(state == http.StateActive) // see Accept
	if s.queue.Load() > 0 {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.room.Signal()
	}
}

// gone forgets a connection that was closed.
func (s *server) gone(c *plainConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.open, c); i >= 0 {
		s.open = slices.Delete(s.open, i, i+1)
		s.room.Signal()
	}
}

// plainConn is a connection whose client hears of everything in problem+json: net/http
// refuses what never became a request (a header that is too long, or none at all) by
// itself, in plain text, and lets nobody else do it.
type plainConn struct {
	*net.TCPConn
	s    *server
	once sync.Once
	busy atomic.Bool // with a request: neither without one, nor with half a header
}

func (c *plainConn) Close() error {
	c.once.Do(func() { c.s.gone(c) })
	return c.TCPConn.Close()
}

// errorHeaders is what net/http writes behind the status of its own refusals, in one piece
// with them, and what no reply of the API has.
var errorHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

func (c *plainConn) Write(b []byte) (int, error) {
	if len(b) > 400 || !bytes.HasPrefix(b, []byte("HTTP/1.1 4")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 5")) {
		return c.TCPConn.Write(b)
	}
	status, _, refusal := bytes.Cut(b, errorHeaders)
	if !refusal || bytes.Contains(status, []byte("\n")) {
		return c.TCPConn.Write(b)
	}
	var p []byte
	switch code := string(status[9:min(12, len(status))]); code {
	case "431":
		p = reports.RawProblem(431, "header-too-large", fmt.Sprintf("the URL and the header are over %d bytes", headerMost))
	case "501":
		p = reports.RawProblem(501, "not-implemented", "the request has a transfer coding that there is not")
	case "505":
		p = reports.RawProblem(505, "http-version", "HTTP/1.1 is spoken here")
	default:
		p = reports.RawProblem(400, "malformed-request", "this is no HTTP request that can be read")
	}
	if _, err := c.TCPConn.Write(p); err != nil {
		return 0, err
	}
	return len(b), nil
}

// certificate is the server's, read again when the user says so.
type certificate struct {
	cert, key string // files
	now       atomic.Pointer[tls.Certificate]
}

func loadCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	return c, c.reload()
}

// reload reads the files; of none it does nothing.
func (c *certificate) reload() error {
	if c == nil {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.now.Store(&pair)
	}
	return err
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }
