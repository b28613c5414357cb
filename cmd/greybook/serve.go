package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/reports"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	addr, tokenFile, cert, key string
	open                       bool // to anybody who can reach it
	maxAge, poll, grace        time.Duration
	connections                int
}

func newServeCommand(p *program) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: groupPublish,
		Short:   "Serve premium estimates for the catalog over HTTP",
		Long: `Serve what feed writes into files, and the published index, over HTTP, from memory.
/openapi.json describes it: /v1/estimates with filters, in pages; /v1/estimates/STYLE,
/v1/index, /v1/manifest; /healthz, /readyz, /metrics. JSON, or NDJSON or an Arrow stream
by Accept; gzip and zstd; strong entity tags.

The book is never locked: a copy of it is read, in the folder for temporary files
($TMPDIR), and removed; so there has to be room for one. It is read when its file has
changed (looked at every --poll), when the day changes, and on SIGHUP. The new estimates
are served from one moment to the next, and lists that clients read page by page go on
as they began. While the book is being written, or where it can't be read, what there is
is served on, with its as-of date; /readyz says so after --max-age.

It listens on this machine only. For others to reach it, give it a token that clients
have to show (--token-file), or say --allow-public-without-token in so many words. SIGTERM
and Ctrl-C end it when the requests begun are answered. --log-level info logs requests.`,
		Example: `greybook serve
greybook serve --addr 127.0.0.1:9000 --log-level info --log-format json
greybook serve --addr 0.0.0.0:443 --token-file token --tls-cert cert.pem --tls-key key.pem`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8990", "`HOST:PORT` to listen on; port 0 takes one that is free")
	flags.StringVar(&f.tokenFile, "token-file", "", "`FILE` with the token that clients have to show; nobody else may be able to read it")
	flags.BoolVar(&f.open, "allow-public-without-token", false, "let anybody who can reach it read it")
	flags.StringVar(&f.cert, "tls-cert", "", "certificate, a PEM `FILE`; read again on SIGHUP")
	flags.StringVar(&f.key, "tls-key", "", "its private key, a PEM `FILE`")
	flags.DurationVar(&f.maxAge, "max-age", time.Hour, "`DURATION` without a look at the book that succeeds, after which /readyz says stale; 0s is never")
	flags.DurationVar(&f.poll, "poll", 10*time.Second, "`DURATION` between looks at the book's file; 0s looks only on SIGHUP")
	flags.DurationVar(&f.grace, "grace", 10*time.Second, "longest `DURATION` for the requests begun, when it ends")
	flags.IntVar(&f.connections, "max-connections", 1000, "connections at a time, `N`; more wait, and push out idle ones")
	p.settingFlag(cmd, "level", "level")
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error { return s.serve(ctx, f) })
	return cmd
}

// serve checks everything, then listens, loads the book, and answers until ctx ends.
func (s *session) serve(ctx context.Context, f serveFlags) error {
	at, err := f.check()
	if err != nil {
		return err
	}
	o := reports.APIOptions{Now: s.Env.Now, MaxAge: f.maxAge, Log: s.Log, Program: "greybook " + s.Env.Version, Instance: rand.Text()[:8]}
	if f.tokenFile != "" {
		token, err := readToken(s.Path(f.tokenFile))
		if err != nil {
			return usagef("--token-file %s: %w", f.tokenFile, err)
		}
		o.Authorize = token.is
	}
	var cert *certificate
	if f.cert != "" {
		if cert, err = loadCertificate(s.Path(f.cert), s.Path(f.key)); err != nil {
			return usagef("--tls-cert, --tls-key: %w", err)
		}
	}
	api, err := reports.NewAPI(o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	if !at.IP.IsLoopback() && cert == nil {
		s.Warn("what goes over %s is not encrypted, the token neither: give --tls-cert and --tls-key, or a proxy in front", at)
	}
	return s.serveOn(ctx, f, api, listener, cert)
}

// serveOn loads the book, then answers and keeps the estimates the book's, until ctx ends.
func (s *session) serveOn(ctx context.Context, f serveFlags, api *reports.API, listener net.Listener, cert *certificate) error {
	reload := make(chan struct{}, 1)
	if s.Env.Interrupts != nil {
		defer s.Env.Interrupts.HandleHangUp(func() {
			select {
			case reload <- struct{}{}:
			default: // one is waiting already
			}
		})()
	}
	shelf := &shelf{s: s, api: api}
	if err := shelf.open(ctx); err != nil {
		return err
	}
	if s.Env.Getenv("GOGC") == "" {
		// Little is kept, and each request throws some away: collected less often, a
		// request takes a tenth less of the processors (make load), for some ten megabytes.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	s.Aside = true // requests come before reloads
	srv := newServer(api, s.Log, f.connections)
	served, watched := make(chan error, 1), make(chan struct{})
	go func() { served <- srv.serve(listener, cert) }()
	watch, stop := context.WithCancel(ctx)
	go func() {
		defer close(watched)
		shelf.watch(watch, f.poll, reload, cert)
	}()
	defer func() {
		stop()
		<-watched
	}()
	scheme := "http"
	if cert != nil {
		scheme = "https"
	}
	fmt.Fprintf(s.Out, "%s://%s\n", scheme, listener.Addr())
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	api.Drain()
	return srv.end(f.grace, s.Log)
}

// check checks the flags that need no file, and finds the address.
func (f serveFlags) check() (*net.TCPAddr, error) {
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"max-age", f.maxAge}, {"poll", f.poll}, {"grace", f.grace}} {
		if d.d < 0 {
			return nil, usagef("--%s: %s is less than nothing", d.name, d.d)
		}
	}
	if f.connections < 1 {
		return nil, usagef("--max-connections: %d is less than one", f.connections)
	}
	if (f.cert == "") != (f.key == "") {
		return nil, usagef("--tls-cert and --tls-key go together: give both or none")
	}
	at, err := net.ResolveTCPAddr("tcp", f.addr)
	if err != nil {
		return nil, withHint(usagef("--addr: %w", err), "an address is such as 127.0.0.1:8990")
	}
	if !at.IP.IsLoopback() && f.tokenFile == "" && !f.open {
		return nil, withHint(usagef("--addr %s can be reached from other machines, and no token protects it", f.addr),
			"give --token-file FILE, or say --allow-public-without-token")
	}
	return at, nil
}
