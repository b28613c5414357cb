package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// raw sends bytes to the service, and returns what it answers until it hangs up.
func (s *service) raw(t *testing.T, request string) string {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(c, request) // it may hang up before it has read all
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func (s *service) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever comes over the wire is answered with a problem that says what is wrong, or not
// at all, and the next client is served.
func TestServeHostileRequests(t *testing.T) {
	dir := soldBook(t)
	s := serve(t, dir)
	const tail = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]struct {
		request string
		want    int // status; 0: none
	}{
		"malformed escape in the path":   {"GET /v1/%zz" + tail, 400},
		"malformed escape in the query":  {"GET /v1/estimates?model=%" + tail, 400},
		"a URL of 1 MB":                  {"GET /" + strings.Repeat("a", 1<<20) + tail, 431},
		"a query of 10 kB":               {"GET /v1/estimates?model=" + strings.Repeat("9", 10<<10) + tail, 414},
		"a header of 1 MB":               {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", 431},
		"a header of 20 kB":              {"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 20<<10) + "\r\n\r\n", 431},
		"20,000 headers":                 {"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 20000) + "\r\n", 431},
		"a path that climbs":             {"GET /v1/../../../../etc/passwd" + tail, 404},
		"an escaped path that climbs":    {"GET /v1/estimates/..%2f..%2f..%2fetc%2fpasswd" + tail, 404},
		"backslashes":                    {`GET /v1\..\..\etc\passwd` + tail, 404},
		"a NUL in the path":              {"GET /v1/estimates/a%00b" + tail, 404},
		"another server's URL":           {"GET http://example.com/v1/estimates/x" + tail, 404},
		"an asterisk":                    {"OPTIONS *" + tail, 404},
		"a proxy's CONNECT":              {"CONNECT example.com:443" + tail, 404},
		"a body":                         {"GET /v1/estimates HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 413},
		"a body without an end":          {"GET /v1/estimates HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413},
		"a body of 10 GB":                {"POST /v1/estimates HTTP/1.1\r\nHost: x\r\nContent-Length: 10737418240\r\n\r\n" + strings.Repeat("x", 1<<20), 405},
		"two lengths":                    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		"a smuggled request":             {"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/manifest HTTP/1.1\r\nHost: x\r\n\r\n", 413},
		"another transfer coding":        {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
		"no host":                        {"GET / HTTP/1.1\r\n\r\n", 400},
		"two hosts":                      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"a header without a colon":       {"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400},
		"HTTP/3.0":                       {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
		"no HTTP at all":                 {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"an HTTP/2 preface":              {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 404},
		"a method with a space":          {"GET GET /" + tail, 400},
		"a request id that is an attack": {"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\"b\x1b[31m\r\nConnection: close\r\n\r\n", 400},
	} {
		answer := s.raw(t, c.request)
		r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), nil)
		if err != nil {
			t.Errorf("%s: no answer: %v %.200q", name, err, answer)
			continue
		}
		body, _ := io.ReadAll(r.Body)
		var p struct {
			Type, Detail string
			Status       int
		}
		if err := json.Unmarshal(body, &p); err != nil || r.StatusCode != c.want || p.Status != c.want || p.Detail == "" ||
			!strings.HasPrefix(p.Type, "urn:greybook:problem:") || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d, want %d: %v %.300q", name, r.StatusCode, c.want, err, body)
		}
		if strings.Contains(answer, "\nHTTP/1.1 ") {
			t.Errorf("%s: two answers: %.400q", name, answer)
		}
	}
	if w, _ := s.get(t, "/v1/estimates"); w.StatusCode != 200 {
		t.Error("after all that it does not answer")
	}
	if log := s.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "\x1b") {
		t.Errorf("the log:\n%s", log)
	}
}

// Clients that send their header byte by byte, or nothing, keep nobody else out: with room
// for 50 connections, 2,000 come and stay, and each of the requests between is answered.
func TestServeSlowAndIdleClients(t *testing.T) {
	dir := soldBook(t)
	s := serve(t, dir, "--max-connections", "50")
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	longest := time.Duration(0)
	for i := range 2000 {
		c := s.dial(t)
		open = append(open, c)
		switch i % 3 {
		case 0:
			io.WriteString(c, "GET /v1/estimates HTTP/1.1\r\nHost: x\r\nX-Slow: ") // and never an end
		case 1: // a request, and the connection is kept
			io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		}
		if i%100 == 99 {
			start := time.Now()
			if answer := s.raw(t, "GET /v1/manifest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
				t.Fatalf("after %d of them: %.200q", i, answer)
			}
			longest = max(longest, time.Since(start))
		}
	}
	t.Logf("with 2,000 slow and idle clients the slowest of 20 requests took %s", longest)
	// One whose header does not come in time is hung up on, without the others' doing.
	quiet := serve(t, dir)
	c := quiet.dial(t)
	defer c.Close()
	start := time.Now()
	io.WriteString(c, "GET /v1/estimates HTTP/1.1\r\nHost: x\r\n")
	c.SetReadDeadline(start.Add(30 * time.Second))
	io.ReadAll(c)
	if took := time.Since(start); took > headerTime+10*time.Second {
		t.Errorf("a client that sends half a header is hung up on after %s", took)
	}
}

// A client that does not read its reply holds up neither others nor the end.
func TestServeEndsWhateverClientsDo(t *testing.T) {
	dir := soldBook(t)
	s := serve(t, dir, "--grace", "500ms")
	for range 10 {
		c := s.dial(t)
		defer c.Close()
		c.(*net.TCPConn).SetReadBuffer(1 << 10)
		for range 50 {
			io.WriteString(c, "GET /v1/estimates?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n") // nothing is read
		}
	}
	s.get(t, "/v1/manifest")
	start := time.Now()
	s.end(t, syscall.SIGTERM, exitOK)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s to end", took)
	}
	if !strings.Contains(s.log.String(), "broken off") {
		t.Errorf("the log does not say that requests were broken off:\n%.2000s", s.log)
	}
}
