package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	dir, greybook string
	rows, rounds  []int
	steps         map[string]bool
	formats       []string
	reference     bool
	seed          uint64
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if (len(args) == 3 || len(args) == 4) && args[0] == "engine" {
		w := bufio.NewWriter(stdout)
		if err := engine(ctx, args[1], args[2], strings.Join(args[3:], ""), w); err != nil {
			return err
		}
		return w.Flush()
	}
	switch {
	case len(args) > 0 && args[0] == "load":
		return load(ctx, args[1:], stdout, stderr)
	case len(args) > 1 && args[0] == "bare":
		return bare(ctx, args[1:], stdout)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(o.dir, "more"), 0o777); err != nil {
		return err
	}
	line, err := machine(ctx)
	if err != nil {
		return err
	}
	var all []comparison
	for i, rows := range o.rows {
		fmt.Fprintf(stderr, "bench: %s rows: generate, where they are not there yet\n", grouped(rows))
		in, err := prepare(o.dir, o.seed, rows)
		if err != nil {
			return err
		}
		b := &bench{o: o, self: self, in: in, rounds: o.rounds[i], talk: stderr}
		cs, err := b.all(ctx)
		if err != nil {
			return err
		}
		all = append(all, cs...)
	}
	fmt.Fprintf(stdout, "%s\n\n", line)
	return writeTable(stdout, append(all, growth(all)...))
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	dir := f.String("dir", "bench", "`folder` of the generated files and of the books")
	greybook := f.String("greybook", "bin/greybook", "the greybook to measure")
	rows := f.String("rows", "1000000,10000000,30000000", "numbers of rows to measure with")
	rounds := f.String("rounds", "5,3,1", "how often each process runs, for each number of rows")
	steps := f.String("steps", "ingest,limit,onto,again,multiples,polars,index,analyses,report,sql", "what to measure")
	formats := f.String("formats", "csv,ndjson,parquet", "of the files to ingest, csv first")
	f.BoolVar(&o.reference, "reference", true, "load the invented styles first; without them every sale is unmatched")
	f.Uint64Var(&o.seed, "seed", usualSeed, "of the generator")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; -help lists the flags", f.Arg(0))
	}
	var err error
	if o.dir, err = filepath.Abs(*dir); err != nil {
		return o, err
	}
	if o.greybook, err = filepath.Abs(*greybook); err != nil {
		return o, err
	}
	if _, err := os.Stat(o.greybook); err != nil {
		return o, fmt.Errorf("no greybook to measure: %w; make build makes it", err)
	}
	if o.rows, err = numbers(*rows); err != nil {
		return o, fmt.Errorf("-rows: %w", err)
	}
	if o.rounds, err = numbers(*rounds); err != nil {
		return o, fmt.Errorf("-rounds: %w", err)
	}
	for len(o.rounds) < len(o.rows) {
		o.rounds = append(o.rounds, o.rounds[len(o.rounds)-1])
	}
	o.formats = strings.Split(*formats, ",")
	for i, format := range o.formats {
		if !slices.Contains([]string{"csv", "ndjson", "parquet"}, format) || (i == 0) != (format == "csv") {
			return o, fmt.Errorf("-formats: %q: csv first, then ndjson and parquet if you like", *formats)
		}
	}
	o.steps = map[string]bool{}
	for s := range strings.SplitSeq(*steps, ",") {
		o.steps[s] = true
	}
	return o, nil
}

func numbers(text string) ([]int, error) {
	var out []int
	for t := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(t)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number above 0", t)
		}
		out = append(out, n)
	}
	return out, nil
}

// machine says what the numbers were measured on.
func machine(ctx context.Context) (string, error) {
	engine, err := data.EngineVersion(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d cores, %s of memory, %s/%s, %s, DuckDB %s, nodejs-polars %s.", runtime.NumCPU(), memory(),
		runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.TrimPrefix(engine, "v"), polarsVersion()), nil
}

// memory is the machine's, where the system says it in the way of Linux.
func memory() string {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return "unknown size"
	}
	for line := range bytes.Lines(text) {
		var kib int64
		if _, err := fmt.Sscanf(string(line), "MemTotal: %d kB", &kib); err == nil {
			return fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
		}
	}
	return "unknown size"
}
