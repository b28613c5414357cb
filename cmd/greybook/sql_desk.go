package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// desk is where the statements of sql are run, one after another. Between them nobody
// is kept from the book; what they make for themselves stays until Close.
type desk struct {
	s       *session
	sandbox *data.Sandbox
	seen    os.FileInfo // of the book when its models were last found up to date
}

// openDesk opens the book for statements of the user's.
func (s *session) openDesk(ctx context.Context) (*desk, error) {
	d := &desk{s: s}
	err := d.open(ctx)
	var foreign *data.NotABookError
	if errors.As(err, &foreign) {
		// The making of a book that was cut short is finished when it is read.
		if rerr := d.read(ctx); rerr != nil {
			return nil, rerr
		}
		err = d.open(ctx)
	}
	if err != nil {
		return nil, bookHint(err)
	}
	if err := d.renew(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *desk) open(ctx context.Context) (err error) {
	o := data.SandboxOptions{Options: d.s.bookOptions(), MaxTemp: get[string](d.s.Settings, "sql_temp")}
	o.MemoryLimit = get[string](d.s.Settings, "sql_memory")
	d.sandbox, err = data.OpenSandbox(ctx, d.s.Path(d.s.Book()), o)
	return err
}

// renew brings the models of the book up to date, if the file is another than when they
// last were.
func (d *desk) renew(ctx context.Context) error {
	path := d.s.Path(d.s.Book())
	info, err := os.Stat(path)
	if err == nil && d.seen != nil && os.SameFile(info, d.seen) && info.Size() == d.seen.Size() && info.ModTime().Equal(d.seen.ModTime()) {
		return nil
	}
	if d.seen != nil { // else it has just been looked at
		if err := d.sandbox.Look(ctx); err != nil {
			return bookHint(err)
		}
	}
	facts := d.sandbox.Facts()
	same, err := analysis.ModelsAre(facts.Models)
	if err != nil {
		return err
	}
	d.s.noteDue(facts.ResolveDue)
	if !facts.Current || !same {
		if err := d.read(ctx); err != nil {
			return err
		}
	}
	d.seen, err = os.Stat(path)
	return err
}

// read opens the book as other commands do, which renews it, and gives it back.
func (d *desk) read(ctx context.Context) error {
	b, err := d.s.readBook(ctx)
	if err != nil {
		return err
	}
	return b.Close()
}

// Parse cuts a text into statements, all of which may be run.
func (d *desk) Parse(ctx context.Context, text string) ([]data.Statement, error) {
	return d.sandbox.Parse(ctx, text)
}

// Run runs one statement; most is how many rows are needed, 0 for all. The rows, nil
// where the statement has none, are to be released before the next one.
func (d *desk) Run(ctx context.Context, st data.Statement, args map[string]any, most int) (array.RecordReader, error) {
	return d.ask(ctx, d.sandbox.Run, st, args, most)
}

// Stream is Run for rows that go into a file: it holds the book until they are read, and
// their errors come while they are.
func (d *desk) Stream(ctx context.Context, st data.Statement, args map[string]any, most int) (array.RecordReader, error) {
	return d.ask(ctx, d.sandbox.Stream, st, args, most)
}

func (d *desk) ask(ctx context.Context, run func(context.Context, data.Statement, data.SelectOptions) (array.RecordReader, error), st data.Statement, args map[string]any, most int) (array.RecordReader, error) {
	if err := d.renew(ctx); err != nil {
		return nil, err
	}
	rr, err := run(ctx, st, d.options(args, most))
	return rr, d.explain(err)
}

// Parquet writes all rows of a statement to w, as the engine writes Parquet, if that is a
// way for it; else done is false, and nothing is written.
func (d *desk) Parquet(ctx context.Context, w io.Writer, st data.Statement, args map[string]any, most int) (rows int64, done bool, err error) {
	if err := d.renew(ctx); err != nil {
		return 0, false, err
	}
	rows, done, err = d.sandbox.StreamParquet(ctx, w, st, d.options(args, most))
	return rows, done, d.explain(err)
}

func (d *desk) options(args map[string]any, most int) data.SelectOptions {
	o := data.SelectOptions{Timeout: get[time.Duration](d.s.Settings, "sql_timeout"), Args: args}
	if most > 0 {
		o.Most = int64(most) + 1 // to tell a whole result from a part
	}
	return o
}

// explain adds what the settings of the command can do about an error.
func (d *desk) explain(err error) error {
	var late *data.TimeoutError
	var failed *data.QueryError
	switch {
	case errors.As(err, &late):
		return withHint(err, "--timeout gives it longer; --timeout 0s has no end")
	case errors.As(err, &failed) && failed.OutOfMemory:
		return withHint(err, "--memory gives it more than %s, --temp more of the disk than %s", get[string](d.s.Settings, "sql_memory"), get[string](d.s.Settings, "sql_temp"))
	}
	return bookHint(err)
}

// Text runs a query of the program's own and returns its rows as texts, NULL as "".
func (d *desk) Text(ctx context.Context, query string, args ...any) ([][]string, error) {
	rows, err := d.sandbox.Text(ctx, query, args...)
	return rows, bookHint(err)
}

// Close ends the statements' engine and what they made.
func (d *desk) Close() error { return d.sandbox.Close() }
