package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// loadOptions are the flags of `bench load`.
type loadOptions struct {
	greybook, book, asOf string
	rounds, connections  int
	length, reload       time.Duration
}

// loadCase is what is asked for.
type loadCase struct{ name, path string }

// Sizes of pages that a catalog asks for: one pair, and a page of its list.
var loadCases = []loadCase{
	{"one estimate", "/v1/estimates/M990GL6?size_band=all&condition=new"},
	{"a page of 100", "/v1/estimates?limit=100"},
}

// load measures greybook serve by wrk, against a handler of net/http that has nothing to do
// but to write the same bytes: `bench load`. The two processes take turns, in an order that
// changes from round to round; the ratio of the time of processors that a request takes
// tells what machines that others use besides do to the other ratio. While they are measured the service's book changes every few
// seconds, and a client of its own checks what it is answered.
func load(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseLoad(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "greybook-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	books, err := loadBooks(ctx, o, dir)
	if err != nil {
		return err
	}
	for _, reload := range []bool{false, true} {
		if err := loadOnce(ctx, o, dir, books, reload, stdout); err != nil {
			return err
		}
	}
	return nil
}

func parseLoad(args []string, stderr io.Writer) (o loadOptions, err error) {
	f := flag.NewFlagSet("bench load", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.greybook, "greybook", "bin/greybook", "the greybook to measure")
	f.StringVar(&o.book, "book", "out/sample.duckdb", "the `book` to serve; it is copied")
	f.StringVar(&o.asOf, "as-of", "2026-11-15", "the `day` of the estimates")
	f.IntVar(&o.rounds, "rounds", 5, "how often each is measured")
	f.IntVar(&o.connections, "connections", 16, "of wrk")
	f.DurationVar(&o.length, "length", time.Second, "of each measurement")
	f.DurationVar(&o.reload, "reload", 3*time.Second, "between changes of the book")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		return o, errors.New("wrk is not installed: apt-get install wrk")
	}
	if _, err := os.Stat(o.book); err != nil {
		return o, fmt.Errorf("no book to serve: %w; make report makes one", err)
	}
	o.greybook, err = filepath.Abs(o.greybook)
	return o, err
}

// loadBooks makes two books that differ in a sale.
func loadBooks(ctx context.Context, o loadOptions, dir string) ([]string, error) {
	books := []string{filepath.Join(dir, "a.duckdb"), filepath.Join(dir, "b.duckdb")}
	for _, b := range books {
		if err := copyOf(o.book, b); err != nil {
			return nil, err
		}
	}
	sale := filepath.Join(dir, "sale.csv")
	if err := os.WriteFile(sale, []byte("sold_at,style_code,size,condition,price,marketplace\n2026-05-07,M990GL6,9,new,261,GOAT\n"), 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, o.greybook, "ingest", "sales", "--book", books[1], sale).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ingest: %w: %s", err, out)
	}
	return books, nil
}

func copyOf(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// loadOnce measures all cases, with or without reloads, and writes the table.
func loadOnce(ctx context.Context, o loadOptions, dir string, books []string, reload bool, stdout io.Writer) error {
	served := filepath.Join(dir, "served.duckdb")
	if err := copyOf(books[0], served); err != nil {
		return err
	}
	service, err := startServer(ctx, o.greybook, "serve", "--addr", "127.0.0.1:0", "--book", served, "--as-of", o.asOf, "--poll", "100ms")
	if err != nil {
		return err
	}
	defer service.stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"bare"}
	for _, c := range loadCases {
		args = append(args, service.url+c.path)
	}
	bare, err := startServer(ctx, self, args...)
	if err != nil {
		return err
	}
	defer bare.stop()

	checked, end := context.WithCancel(ctx)
	defer end()
	checks := make(chan checkResult, 1)
	go func() { checks <- checkAnswers(checked, service.url) }()
	if reload {
		go changeBook(checked, books, served, o.reload)
		fmt.Fprintf(stdout, "\nWith a reload every %s:\n\n", o.reload)
	} else {
		fmt.Fprintf(stdout, "Without reloads:\n\n")
	}
	if err := measureLoad(ctx, o, bare, service, stdout); err != nil {
		return err
	}
	end()
	r := <-checks
	fmt.Fprintf(stdout, "\n%d answers checked beside that, of %d generations in %d states: ", r.answers, len(r.seen), r.changes+1)
	if r.err != nil {
		fmt.Fprintln(stdout, r.err)
		return r.err
	}
	if reload && len(r.seen) < 2 {
		return errors.New("there was no reload: -length and -rounds are too short")
	}
	fmt.Fprintln(stdout, "each whole and the same as before, no error")
	return nil
}

// measureLoad lets wrk ask both, turn by turn: as much as they can, then half of that.
func measureLoad(ctx context.Context, o loadOptions, bare, service loadServer, stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tbare, requests/s\tserve\tserve over bare\tby CPU time\tp50, bare\tserve\tp99, bare\tserve\tp99 at half load, bare\tserve")
	for _, c := range loadCases {
		var full, half [2][]wrkResult
		var ratios, costs []float64
		for round := range o.rounds {
			var last [2]wrkResult
			for turn := range 2 {
				who := (turn + round) % 2
				r, err := runWrk(ctx, o, []loadServer{bare, service}[who], c.path, 0)
				if err != nil {
					return err
				}
				full[who], last[who] = append(full[who], r), r
				if r, err = runWrk(ctx, o, []loadServer{bare, service}[who], c.path, r.perSecond/2); err != nil {
					return err
				}
				half[who] = append(half[who], r)
			}
			ratios = append(ratios, last[1].perSecond/last[0].perSecond)
			costs = append(costs, last[0].cpu/last[1].cpu)
		}
		perSecond := func(r wrkResult) float64 { return r.perSecond }
		p50 := func(r wrkResult) float64 { return r.p50 }
		p99 := func(r wrkResult) float64 { return r.p99 }
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.2f (%.2f to %.2f)\t%.2f (%.2f to %.2f)\t%.2f ms\t%.2f ms\t%.2f ms\t%.2f ms\t%.2f ms\t%.2f ms\n", c.name,
			middle(full[0], perSecond), middle(full[1], perSecond), median(ratios), slices.Min(ratios), slices.Max(ratios),
			median(costs), slices.Min(costs), slices.Max(costs),
			middle(full[0], p50), middle(full[1], p50), middle(full[0], p99), middle(full[1], p99), middle(half[0], p99), middle(half[1], p99))
	}
	return w.Flush()
}

func middle(all []wrkResult, of func(wrkResult) float64) float64 {
	var v []float64
	for _, r := range all {
		v = append(v, of(r))
	}
	return median(v)
}

// loadServer is a process that is measured.
type loadServer struct {
	url  string
	pid  int
	stop func()
}

// cpu is the time of processors that it has used, in microseconds; 0 where the system does
// not say. Linux counts it in hundredths of a second.
func (s loadServer) cpu() float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ") // behind the name, which may have spaces
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	var user, system float64
	fmt.Sscan(f[11]+" "+f[12], &user, &system)
	return (user + system) * 1e4
}

// startServer starts a process that prints its URL first.
func startServer(ctx context.Context, name string, args ...string) (s loadServer, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	stop := func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return s, fmt.Errorf("%s %s did not begin", filepath.Base(name), args[0])
	}
	return loadServer{strings.TrimSpace(line), cmd.Process.Pid, stop}, nil
}

// changeBook puts one book and then the other in the place of the one that is served.
func changeBook(ctx context.Context, books []string, served string, every time.Duration) {
	for i := 1; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		if copyOf(books[i%2], served+".new") == nil {
			os.Rename(served+".new", served)
		}
	}
}

// wrkResult is what wrk says of one run; times in milliseconds.
type wrkResult struct {
	perSecond, p50, p99 float64
	cpu                 float64 // of the server, for one request; microseconds
}

// wrkScript makes wrk wait between the requests of a connection, on average as long as
// keeps the rate, and print its figures for a program.
const wrkScript = `local pause = 0
function init(args) pause = tonumber(args[1]) end
function delay() return math.random(0, 2 * pause) end
function done(s, l, r)
  local e = s.errors
  io.write(string.format("figures %d %d %d %.0f %.0f\n", s.requests, s.duration,
    e.connect + e.read + e.write + e.status + e.timeout, l:percentile(50), l:percentile(99)))
end
`

// runWrk asks for a URL, as often as it is answered, or at most so often a second.
func runWrk(ctx context.Context, o loadOptions, of loadServer, path string, perSecond float64) (r wrkResult, err error) {
	url := of.url + path
	script := filepath.Join(os.TempDir(), fmt.Sprintf("greybook-load-%d.lua", os.Getpid()))
	text := wrkScript
	connections, pause := o.connections, 0.0
	if perSecond > 0 {
		// wrk pauses by whole milliseconds: more connections, of long pauses.
		connections = max(16, int(perSecond/100))
		pause = math.Round(1000 * float64(connections) / perSecond)
	} else {
		text = strings.Replace(text, "function delay() return math.random(0, 2 * pause) end\n", "", 1)
	}
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		return r, err
	}
	defer os.Remove(script)
	before := of.cpu()
	out, err := exec.CommandContext(ctx, "wrk", "-t1", "--timeout", "30s", fmt.Sprintf("-c%d", connections), fmt.Sprintf("-d%.0fs", max(1, o.length.Seconds())),
		"-s", script, url, "--", fmt.Sprintf("%.0f", pause)).CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("wrk %s: %w: %s", url, err, out)
	}
	used := of.cpu() - before
	_, figures, ok := strings.Cut(string(out), "figures ")
	var requests, micros, errs, p50, p99 float64
	if _, serr := fmt.Sscan(figures, &requests, &micros, &errs, &p50, &p99); !ok || serr != nil {
		return r, fmt.Errorf("wrk %s says\n%s", url, out)
	}
	if errs > 0 || requests == 0 {
		return r, fmt.Errorf("wrk %s: %.0f errors in %.0f requests:\n%s", url, errs, requests, out)
	}
	return wrkResult{requests / micros * 1e6, p50 / 1000, p99 / 1000, used / requests}, nil
}
