package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
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
func (s *session) serve(ctx context.Context, f serveFlags) (err error) {
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
	shelf := &shelf{s: s, api: api}
	if err := shelf.open(ctx); err != nil {
		return err
	}
	if !at.IP.IsLoopback() && cert == nil {
		s.Warn("what goes over %s is not encrypted, the token neither: give --tls-cert and --tls-key, or a proxy in front", at)
	}
	if s.Env.Getenv("GOGC") == "" {
		// Little is kept, and each request throws some away: collected less often, a
		// request takes a tenth less of the processors (make load), for some ten megabytes.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	srv := newServer(api, s.Log, f.connections)
	reload := make(chan struct{}, 1)
	if s.Env.Interrupts != nil {
		defer s.Env.Interrupts.HandleHangUp(func() {
			select {
			case reload <- struct{}{}:
			default: // one is waiting already
			}
		})()
	}
	served := make(chan error, 1)
	go func() { served <- srv.serve(listener, cert) }()
	scheme := "http"
	if cert != nil {
		scheme = "https"
	}
	fmt.Fprintf(s.Out, "%s://%s\n", scheme, listener.Addr())

	watched, stop := context.WithCancel(ctx)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		shelf.watch(watched, f.poll, reload, cert)
	}()
	defer func() {
		stop()
		<-watching
	}()
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

// shelf keeps the API's generation the book's.
type shelf struct {
	s      *session
	api    *reports.API
	seen   data.Stamp // of the book that was read last
	asOf   data.Date  // that it was read as of
	failed string     // why it could not be read the last time; "": it could
	bad    data.Stamp // of a book that could not be read, though nobody held it
	rest   int        // looks that such a book is left alone for
	rests  int        // the last such number
}

// open reads the book for the first time, and waits for it as --wait says.
func (h *shelf) open(ctx context.Context) error {
	stop := h.s.Rec.Step("load")
	defer stop()
	g, err := h.read(ctx, h.s.Wait)
	if err != nil {
		return err
	}
	h.api.Swap(g)
	h.s.Log.Info("serving", "generation", g.ID(), "as_of", g.Manifest().AsOf.String(), "estimates", g.Manifest().Estimates)
	if g.Manifest().Synthetic {
		h.s.Note("SYNTHETIC: figures of this book are made up; every answer says so")
	}
	return nil
}

// watch looks at the book again and again, until ctx ends.
func (h *shelf) watch(ctx context.Context, poll time.Duration, now <-chan struct{}, cert *certificate) {
	var tick <-chan time.Time
	if poll > 0 {
		t := time.NewTicker(poll)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			h.look(ctx, false)
		case <-now:
			if err := cert.reload(); err != nil {
				h.s.Log.Warn("the certificate can't be read again; the old one is used on", "error", err)
			}
			h.look(ctx, true)
		}
	}
}

// look reads the book if it has changed, or the day has; or anyway.
func (h *shelf) look(ctx context.Context, anyway bool) {
	stamp, err := data.StampOf(h.s.Path(h.s.Book()))
	if err == nil && !anyway && stamp == h.seen && h.today() == h.asOf {
		h.recovered()
		h.api.Confirm()
		return
	}
	if err == nil && !anyway && stamp == h.bad && h.rest > 0 {
		h.rest--
		return
	}
	var g *reports.Generation
	if err == nil {
		g, err = h.read(ctx, 0)
	}
	var locked *data.LockedError
	switch {
	case ctx.Err() != nil:
	case err != nil:
		h.api.ReloadFailed()
		if !errors.As(err, &locked) { // to copy a large book that is spoilt is work for nothing
			h.rests = min(2*h.rests+1, 63)
			h.bad, h.rest = stamp, h.rests
		}
		if why := err.Error(); why != h.failed { // once, not at every look
			h.failed = why
			h.s.Log.Warn("the book can't be read; what there is is served on", "error", why)
		}
	default:
		h.recovered()
		if h.api.Swap(g) {
			h.s.Log.Info("serving", "generation", g.ID(), "as_of", g.Manifest().AsOf.String(), "estimates", g.Manifest().Estimates)
		}
	}
}

func (h *shelf) recovered() {
	h.bad, h.rests = data.Stamp{}, 0
	if h.failed != "" {
		h.failed = ""
		h.s.Log.Warn("the book can be read again")
	}
}

// today is the day that results are of: the one that the user gave, or the clock's.
func (h *shelf) today() data.Date {
	if day := get[data.Date](h.s.Settings, "as_of"); !day.IsZero() {
		return day
	}
	return data.DateOf(h.s.Env.Now().UTC())
}
