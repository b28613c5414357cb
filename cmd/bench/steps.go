package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench measures the steps with one number of rows.
type bench struct {
	o      options
	self   string // this program, for the engine's part
	in     inputs
	rounds int
	talk   io.Writer
}

func (b *bench) book() string { return filepath.Join(b.o.dir, "book-"+short(b.in.rows)+".duckdb") }

func (b *bench) greybook(args ...string) []string {
	return append(append([]string{b.o.greybook}, args...), "--book", b.book(), "--as-of", asOf.Format(time.DateOnly))
}

func (b *bench) engine(query, file string) contender {
	return contender{name: query, argv: []string{b.self, "engine", query, file}}
}

// all measures what the options ask for. A process that fails is a row of the
// table that says so.
func (b *bench) all(ctx context.Context) ([]comparison, error) {
	if err := readThrough(b.in.sales); err != nil {
		return nil, err
	}
	var out []comparison
	var first []measured
	for _, step := range []struct {
		name    string
		against string
		measure func() ([]comparison, error)
	}{
		{"ingest", "the engine reads the file", func() ([]comparison, error) {
			var all []comparison
			for _, format := range slices.Backward(b.o.formats) { // CSV last: its book is the one for what follows
				cs, err := b.ingest(ctx, format)
				if err != nil {
					return nil, err
				}
				all, first = append(all, cs...), cs[0].ours
			}
			return all, nil
		}},
		{"limit", "without a limit", func() ([]comparison, error) { return b.limited(ctx, first) }},
		{"onto", "onto an empty book", func() ([]comparison, error) { return b.onto(ctx) }},
		{"again", "the first time", func() ([]comparison, error) { return b.again(ctx, first) }},
		{"multiples", "the engine", func() ([]comparison, error) { return b.multiples(ctx) }},
		{"index", "the engine's median by week", func() ([]comparison, error) { return b.index(ctx) }},
		{"analyses", "the engine's medians", func() ([]comparison, error) { return b.analyses(ctx) }},
		{"report", "the engine's median", func() ([]comparison, error) { return b.report(ctx) }},
		{"sql", "the engine writes the rows", func() ([]comparison, error) { return b.sql(ctx) }},
	} {
		if !b.o.steps[step.name] {
			continue
		}
		fmt.Fprintf(b.talk, "bench: %s rows: %s\n", grouped(b.in.rows), step.name)
		cs, err := step.measure()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			cs = []comparison{{step: step.name, against: step.against, rows: b.in.rows, note: "not measured: " + err.Error()}}
		}
		out = append(out, cs...)
	}
	return out, nil
}

// ingest measures reading the file, in one of its formats, into a fresh book.
func (b *bench) ingest(ctx context.Context, format string) ([]comparison, error) {
	file := b.in.file(format)
	query := "read"
	if format != "csv" {
		query = "read-" + format
		mark := fmt.Sprintf("generator %d, seed %d, rows %d, %s 1\n", generatorVersion, b.o.seed, b.in.rows, format)
		if err := writeOnce(file, mark, func(io.Writer) error {
			_, err := measure(ctx, b.o.dir, b.engine("write-"+format, file).argv)
			return err
		}); err != nil {
			return nil, err
		}
		if err := readThrough(file); err != nil {
			return nil, err
		}
	}
	read := b.engine(query, file)
	read.check = b.checkRead
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, []contender{b.first(file), read})
	if err != nil {
		return nil, err
	}
	want := aim{most: 6}
	if format != "csv" {
		want = aim{}
	}
	return []comparison{{step: "ingest " + format, against: "the engine reads the file, typed, all columns", rows: b.in.rows, ours: ms[0], theirs: ms[1], aim: want}}, nil
}

// first reads a file into a fresh book.
func (b *bench) first(file string, flags ...string) contender {
	return contender{
		name: "ingest sales", argv: b.greybook(append([]string{"ingest", "sales", file}, flags...)...), prepare: b.freshBook,
		check: b.checkCounts(b.in.rows-b.in.known(), b.in.known()),
	}
}

// limited measures reading the CSV file with little memory for the engine.
func (b *bench) limited(ctx context.Context, first []measured) ([]comparison, error) {
	if first == nil {
		return nil, errors.New("there was no ingest before: -steps has none, or it failed")
	}
	ms, err := takeTurns(ctx, b.o.dir, 1, []contender{b.first(b.in.sales, "--memory-limit", "512MiB")})
	if err != nil {
		return nil, err
	}
	return []comparison{{step: "ingest csv, --memory-limit 512MiB", against: "without a limit", rows: b.in.rows, ours: ms[0], theirs: first}}, nil
}

// another is how many new rows are read onto a book that has the others.
const another = 1_000_000

// onto measures reading a million new sales into the book of the ingest, against the
// same into an empty one.
func (b *bench) onto(ctx context.Context) ([]comparison, error) {
	if b.in.rows < another {
		return nil, errors.New("the book is too small")
	}
	more, err := prepare(filepath.Join(b.o.dir, "more"), b.o.seed+1, another)
	if err != nil {
		return nil, err
	}
	small := &bench{o: b.o, self: b.self, in: more, rounds: b.rounds, talk: b.talk}
	small.in.styles, small.in.retail = b.in.styles, b.in.retail
	full := b.book() + ".full"
	if err := os.Rename(b.book(), full); err != nil {
		return nil, err
	}
	defer os.Rename(full, b.book())
	here := b.greybook("ingest", "sales", more.sales)
	read := contender{name: "ingest onto", argv: here, check: small.checkCounts(another-more.known(), more.known()),
		prepare: func(context.Context) error { return copyFile(full, b.book()) }}
	ms, err := takeTurns(ctx, b.o.dir, min(b.rounds, 3), []contender{read, {
		name: "ingest onto nothing", argv: here, check: read.check, prepare: b.freshBook,
	}})
	if err != nil {
		return nil, err
	}
	return []comparison{{step: "ingest 1 M more", against: "onto an empty book", rows: b.in.rows, ours: ms[0], theirs: ms[1], aim: aim{most: 1.5}}}, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// again measures reading the same file a second time, as a share of the first.
func (b *bench) again(ctx context.Context, first []measured) ([]comparison, error) {
	if first == nil {
		return nil, errors.New("there was no first time: -steps has no ingest, or it failed")
	}
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, []contender{{
		name: "ingest sales again", argv: b.greybook("ingest", "sales", b.in.sales), check: b.checkCounts(0, b.in.rows),
	}})
	if err != nil {
		return nil, err
	}
	return []comparison{{step: "ingest again", against: "the first time", rows: b.in.rows, ours: ms[0], theirs: first, aim: aim{most: 0.15}}}, nil
}

// multiples measures the answer by version, from the book and from the CSV.
func (b *bench) multiples(ctx context.Context) ([]comparison, error) {
	cs := []contender{
		{name: "analyze multiples", argv: b.greybook("analyze", "multiples", "--by", "version", "--format", "csv"), check: checkVersions},
		b.engine("median", b.book()),
		b.engine("answer", b.book()),
	}
	cs[1].check, cs[2].check = checkVersions, checkVersions
	var missing error
	if b.o.steps["polars"] {
		argv, err := installPolars(ctx, b.o.dir)
		if missing = err; err == nil {
			cs = append(cs, contender{name: "polars", argv: append(argv, b.in.sales), check: checkVersions})
		}
	}
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, cs)
	if err != nil {
		return nil, err
	}
	out := []comparison{
		{step: "multiples", against: "the engine's exact median, same table", ours: ms[0], theirs: ms[1], aim: aim{most: 2}},
		{step: "multiples", against: "the engine's same answer, without intervals", ours: ms[0], theirs: ms[2]},
	}
	if len(ms) > 3 {
		out = append(out, comparison{step: "multiples", against: "polars, from the CSV", ours: ms[0], theirs: ms[3], inverse: true, aim: aim{least: 20}})
	} else if missing != nil {
		out = append(out, comparison{step: "multiples", against: "polars, from the CSV", note: "not measured: " + missing.Error()})
	}
	for i := range out {
		out[i].rows = b.in.rows
	}
	return out, nil
}

// index measures the market index of all styles together, and of all segments.
func (b *bench) index(ctx context.Context) ([]comparison, error) {
	command := b.greybook("analyze", "index", "--format", "csv")
	cs := []contender{
		{name: "analyze index", argv: append(slices.Clone(command), "--segment", "all")},
		{name: "analyze index of all segments", argv: command},
		b.engine("weeks", b.book()),
	}
	for i := range cs {
		cs[i].check = checkWeeks
	}
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, cs)
	if err != nil {
		return nil, err
	}
	return []comparison{
		{step: "index, one segment", against: "the engine's exact median by week, same table", rows: b.in.rows, ours: ms[0], theirs: ms[2], aim: aim{most: 5}},
		{step: "index, all segments", against: "the engine's exact median by week, same table", rows: b.in.rows, ours: ms[1], theirs: ms[2], aim: aim{most: 8}},
	}, nil
}

// analyses measures the others, each against one query with exact medians of the
// groups that it answers for, and the scorecard against the estimates too.
func (b *bench) analyses(ctx context.Context) ([]comparison, error) {
	list := []struct {
		step, query, groups string
		args                []string
		aim                 aim
	}{
		{"multiples against core greys", "styles", "style", []string{"analyze", "multiples", "--by", "style", "--versus", "core_grey"}, aim{most: 3}},
		{"movers", "styles", "style", []string{"analyze", "movers", "--all"}, aim{}},
		{"sizes", "sizes", "style and size band", []string{"analyze", "sizes"}, aim{}},
		{"liquidity", "styles", "style", []string{"analyze", "liquidity"}, aim{}},
		{"claims", "median", "version", []string{"analyze", "claims"}, aim{}},
		{"premiums", "cells", "style, size and condition", []string{"analyze", "premiums"}, aim{most: 8}},
		{"backtest", "cells", "style, size and condition", []string{"backtest"}, aim{}},
	}
	var cs []contender
	at := map[string]int{}
	for _, l := range list {
		cs = append(cs, contender{name: l.step, argv: append(b.greybook(l.args...), "--format", "csv"), check: checkRows})
		at[l.query] = 0
	}
	for q := range at {
		at[q] = len(cs)
		c := b.engine(q, b.book())
		c.check = checkRows
		cs = append(cs, c)
	}
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, cs)
	if err != nil {
		return nil, err
	}
	var out []comparison
	for i, l := range list {
		out = append(out, comparison{step: l.step, against: "the engine's exact median by " + l.groups, rows: b.in.rows, ours: ms[i], theirs: ms[at[l.query]], aim: l.aim})
	}
	last := len(list) - 1
	return append(out, comparison{step: "backtest", against: "premiums", rows: b.in.rows, ours: ms[last], theirs: ms[last-1], aim: aim{most: 10}}), nil
}

// report measures one weekly page, and the pages of all weeks.
func (b *bench) report(ctx context.Context) ([]comparison, error) {
	page := filepath.Join(b.o.dir, "report-"+short(b.in.rows))
	fresh := func(context.Context) error { return os.RemoveAll(page) }
	ms, err := takeTurns(ctx, b.o.dir, b.rounds, []contender{
		{name: "report", argv: b.greybook("report", "-o", page), prepare: fresh},
		b.engine("page", b.book()),
	})
	if err != nil {
		return nil, err
	}
	out := []comparison{{step: "report", against: "the engine's exact quartiles of its groupings", rows: b.in.rows, ours: ms[0], theirs: ms[1], aim: aim{most: 3}}}
	if b.in.rows > 1_000_000 {
		return out, nil // some minutes, and no other answer
	}
	all, err := takeTurns(ctx, b.o.dir, 1, []contender{{name: "report --all", argv: b.greybook("report", "--all", "-o", page), prepare: fresh}})
	if err != nil {
		return nil, err
	}
	return append(out, comparison{step: "report --all, 157 weeks", against: "one page", rows: b.in.rows, ours: all[0], theirs: ms[0], aim: aim{most: 30}}), nil
}

// freshBook makes a book that holds the invented styles and no sale.
func (b *bench) freshBook(ctx context.Context) error {
	for _, suffix := range []string{"", ".wal"} {
		if err := os.RemoveAll(b.book() + suffix); err != nil {
			return err
		}
	}
	if !b.o.reference {
		return nil
	}
	for _, args := range [][]string{{"ingest", "styles", b.in.styles}, {"ingest", "retail", b.in.retail}} {
		if _, err := measure(ctx, b.o.dir, b.greybook(args...)); err != nil {
			return err
		}
	}
	return nil
}

// checkCounts wants the line of an ingest that says what became of the rows.
func (b *bench) checkCounts(added, known int) func([]byte) error {
	want := fmt.Sprintf("read %d = added %d + known %d + rejected 0", b.in.rows, added, known)
	unmatched := b.o.reference
	return func(stdout []byte) error {
		switch {
		case !strings.Contains(string(stdout), want):
			return fmt.Errorf("want %q, got %q", want, stdout)
		case unmatched && strings.Contains(string(stdout), "unmatched"):
			return fmt.Errorf("styles are missing: %q", stdout)
		}
		return nil
	}
}

func (b *bench) checkRead(stdout []byte) error {
	n, _, _ := strings.Cut(string(stdout), "\t")
	if n != strconv.Itoa(b.in.rows) {
		return fmt.Errorf("want %d rows, got %q", b.in.rows, n)
	}
	return nil
}

// checkVersions wants a line for each of the six versions.
func checkVersions(stdout []byte) error {
	lines := strings.Split(strings.TrimSpace(string(stdout)), "\n")
	have := 0
	for _, l := range lines {
		for v := 1; v <= 6; v++ {
			if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(l, "990,"), "v"), strconv.Itoa(v)) {
				have++
			}
		}
	}
	if have != 6 {
		return fmt.Errorf("want a line for each of v1 to v6, got %q", stdout)
	}
	return nil
}

// checkWeeks wants a line for each of the three years' weeks.
func checkWeeks(stdout []byte) error {
	if n := bytes.Count(stdout, []byte{'\n'}); n < 150 {
		return fmt.Errorf("want a line for each week, got %d", n)
	}
	return nil
}

// checkRows wants a line besides that of the names, where there is one.
func checkRows(stdout []byte) error {
	if bytes.Count(stdout, []byte{'\n'}) < 2 {
		return fmt.Errorf("want rows, got %q", stdout)
	}
	return nil
}

// readThrough reads a file once, so that the first round finds it in memory as
// the others do.
func readThrough(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}
