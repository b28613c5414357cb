package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/amassable/greybook/reports"
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

// A token file that others can read, that is empty, or that is no file is refused, a link
// to such a one too; so is listening for others without a token.
func TestServeTokenFile(t *testing.T) {
	dir := soldBook(t)
	file := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		return path
	}
	link := func(to string) string {
		t.Helper()
		path := filepath.Join(dir, filepath.Base(to)+".link")
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good", "s3cret-t0ken\n", 0o600)
	others := file("others", "s3cret\n", 0o604)
	for path, want := range map[string]string{
		others:                              "others can read or change it: its mode is 0604",
		file("group", "s3cret\n", 0o640):    "0640",
		file("writable", "s3cret\n", 0o620): "0620",
		link(others):                        "others can read or change it",
		file("empty", "\n", 0o600):          "it is empty",
		file("long", strings.Repeat("x", 5000), 0o600): "longer than 4096 bytes",
		file("words", "two words", 0o600):              "one word",
		filepath.Join(dir, "none"):                     "no such file",
		dir:                                            "it is no file",
	} {
		out := mustRun(t, dir, exitUsage, "serve", "--addr", "127.0.0.1:0", "--book", filepath.Join(dir, "b.duckdb"), "--token-file", path)
		if !strings.Contains(out, want) || strings.Contains(out, "s3cret") {
			t.Errorf("%s: %s", path, out)
		}
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		out := mustRun(t, dir, exitUsage, "serve", "--addr", addr, "--book", filepath.Join(dir, "b.duckdb"))
		if !strings.Contains(out, "can be reached from other machines") || !strings.Contains(out, "--allow-public-without-token") {
			t.Errorf("%s: %s", addr, out)
		}
	}
	public := serve(t, dir, "--addr", "0.0.0.0:0", "--allow-public-without-token")
	public.wait(t, "a warning", func() bool { return strings.Contains(public.log.String(), "not encrypted") })
	public.end(t, syscall.SIGTERM, exitOK)

	for _, path := range []string{good, link(good)} {
		s := serve(t, dir, "--token-file", path)
		for header, want := range map[string]int{"X: y": 401, "Authorization: Bearer s3cret-t0ken": 200, "Authorization: Bearer s3cret-t0keN": 401,
			"Authorization: Bearer s3cret-t0ken2": 401, "Authorization: Bearer ": 401} {
			if w, _ := s.get(t, "/v1/estimates", header); w.StatusCode != want {
				t.Errorf("%s: %d, want %d", header, w.StatusCode, want)
			}
		}
		if w, _ := s.get(t, "/readyz"); w.StatusCode != 200 {
			t.Errorf("readyz: %d", w.StatusCode)
		}
		s.end(t, syscall.SIGTERM, exitOK)
		if strings.Contains(s.log.String(), "t0ken") {
			t.Errorf("the token is in the log:\n%s", s.log)
		}
	}
}

// How long a wrong token takes to be refused does not tell how much of it was right. That
// is so because hashes are compared in constant time (bearerToken.is); what can be measured
// is logged, not judged: on a busy machine it says little.
func TestTokenTiming(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	const token = "0123456789abcdef0123456789abcdef"
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	is, err := readToken(path)
	if err != nil {
		t.Fatal(err)
	}
	guesses := []string{strings.Repeat("x", 32), token[:31] + "x", token[:16] + strings.Repeat("x", 16)}
	took := make([][]time.Duration, len(guesses))
	for range 3000 {
		for i, g := range guesses {
			start := time.Now()
			for range 20 {
				if is.is(g) {
					t.Fatal("a wrong token is right")
				}
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	for i, g := range guesses {
		slices.Sort(took[i])
		n := 0
		for n < len(g) && g[n] == token[n] {
			n++
		}
		t.Logf("%2d of %d bytes right: median %v, quartiles %v to %v for 20 looks", n, len(g), took[i][1500], took[i][750], took[i][2250])
	}
	if !is.is(token) {
		t.Error("the right token is wrong")
	}
}

// writeCertificate makes a self-signed certificate, and returns it for a client's trust.
func writeCertificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "greybook test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600)
	pool := x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return pool
}

// Over TLS it speaks HTTP/1.1 and 2, and takes a renewed certificate on SIGHUP.
func TestServeTLS(t *testing.T) {
	dir := soldBook(t)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := writeCertificate(t, cert, key, 1)
	mustRun(t, dir, exitUsage, "serve", "--addr", "127.0.0.1:0", "--book", filepath.Join(dir, "b.duckdb"), "--tls-cert", cert)
	mustRun(t, dir, exitUsage, "serve", "--addr", "127.0.0.1:0", "--book", filepath.Join(dir, "b.duckdb"), "--tls-cert", key, "--tls-key", key)
	s := serve(t, dir, "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatal(s.url)
	}
	ask := func(pool *x509.CertPool, two bool) (*http.Response, error) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: two}
		defer transport.CloseIdleConnections()
		r, err := (&http.Client{Transport: transport}).Get(s.url + "/v1/estimates?limit=1000")
		if err == nil {
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		return r, err
	}
	for _, two := range []bool{false, true} {
		r, err := ask(pool, two)
		if err != nil || r.StatusCode != 200 || (r.ProtoMajor == 2) != two {
			t.Errorf("HTTP/2 %v: %v %v", two, r, err)
		}
	}
	renewed := writeCertificate(t, cert, key, 2)
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.wait(t, "the renewed certificate", func() bool { _, err := ask(renewed, true); return err == nil })
	os.WriteFile(cert, []byte("nonsense"), 0o600)
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.wait(t, "a word about it", func() bool { return strings.Contains(s.log.String(), "the certificate can't be read again") })
	if _, err := ask(renewed, false); err != nil {
		t.Error(err)
	}
	s.end(t, syscall.SIGTERM, exitOK)
}

// When the day changes, and no as-of date was given, the estimates are made anew.
func TestServeOverMidnight(t *testing.T) {
	dir := soldBook(t)
	e := testEnv(t)
	now := time.Date(2026, 6, 30, 23, 59, 59, 0, time.UTC)
	e.Now = func() time.Time { return now }
	e.Dir = dir
	p := newProgram(e, nil)
	cmd, _, err := p.root.Find([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags([]string{"--book", filepath.Join(dir, "b.duckdb")}); err != nil {
		t.Fatal(err)
	}
	session, err := p.newSession(cmd)
	if err != nil {
		t.Fatal(err)
	}
	api := newTestAPI(t, e)
	h := &shelf{s: session, api: api}
	if err := h.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	asOf := func() string { return apiHeader(t, api, "/v1/manifest", "Greybook-As-Of") }
	h.look(t.Context(), false)
	if got := asOf(); got != "2026-06-30" {
		t.Errorf("before midnight: as of %s", got)
	}
	now = now.Add(time.Second)
	h.look(t.Context(), false)
	if got := asOf(); got != "2026-07-01" {
		t.Errorf("after midnight: as of %s", got)
	}
	// A spoilt book is tried again after 1, 3, 7, … looks, not at each.
	if err := os.WriteFile(filepath.Join(dir, "b.duckdb"), []byte("spoilt, but long enough"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		h.look(t.Context(), false)
	}
	if body := apiBody(t, api, "/metrics"); !strings.Contains(body, `greybook_reloads_total{result="failed"} 4`) { // at looks 1, 3, 7 and 15
		t.Errorf("20 looks at a spoilt book:\n%s", body)
	}
}

func newTestAPI(t *testing.T, e env) *reports.API {
	t.Helper()
	api, err := reports.NewAPI(reports.APIOptions{Now: e.Now})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func apiHeader(t *testing.T, api http.Handler, path, name string) string {
	t.Helper()
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Header().Get(name)
}

func apiBody(t *testing.T, api http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Body.String()
}
