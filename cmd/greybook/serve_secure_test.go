package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
