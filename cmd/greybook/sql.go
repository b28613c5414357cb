package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
)

func newSQLCommand(p *program) *cobra.Command {
	var file string
	var given []string
	cmd := &cobra.Command{
		Use:     "sql [QUERY]",
		GroupID: groupAsk,
		Short:   "Ask the book anything, in SQL",
		Long: `Runs queries on the book and prints their rows. The text is the argument, or that of
a file, or comes on standard input; several statements are separated by semicolons, and
all are looked at before the first is run. They can only read, and only the book: other
files, the network, extensions and settings are out of reach. CREATE TEMP TABLE name AS
and CREATE TEMP VIEW name AS make what lives as long as the run.

$name in a query is a parameter; -p name=VALUE binds it, as the text it is: write
$since::DATE where that is not enough. $as_of is the day of --as-of.

Without a query, on a terminal, it is a shell: statements of several lines up to a
semicolon, completion, a history, long results in a pager, and commands such as .tables
and .schema, which .help lists; files and pipes may have them, too. It doesn't hold the
book while it waits, so that an ingest can go on beside it.

SHOW TABLES lists what there is; DESCRIBE sales lists the columns of sales.`,
		Example: `greybook sql "SELECT version, count(*) AS n FROM sales GROUP BY version ORDER BY version"
greybook sql "DESCRIBE sales"
greybook sql --format parquet -o sales.parquet "FROM sales"
greybook sql -f question.sql --format csv
greybook sql -p version=v6 'SELECT median(multiple) FROM observations WHERE version = $version'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return withHint(usagef("sql takes one query, and there are %d arguments", len(args)), "put the query in quotes")
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "read the query from `FILE`; - is standard input")
	cmd.Flags().StringArrayVarP(&given, "param", "p", nil, "value of a parameter of the query, `KEY=VALUE`; $KEY in the query is bound to it")
	rows := p.rowsFlags(cmd)
	p.settingFlag(cmd, "sql_timeout", "timeout")
	p.settingFlag(cmd, "sql_memory", "memory")
	p.settingFlag(cmd, "sql_temp", "temp")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		if len(args) == 0 && file == "" && s.Env.StdinTerminal {
			return s.shell(ctx, given, rows)
		}
		query, err := s.queryText(args, file)
		if err != nil {
			return err
		}
		if len(args) == 0 && hasDotCommands(query) {
			return s.script(ctx, query, given, rows)
		}
		return s.sql(ctx, query, given, rows)
	})
	return cmd
}

// queryText is the query that the user gave, in whichever way.
func (s *session) queryText(args []string, file string) (string, error) {
	switch {
	case len(args) > 0 && file != "":
		return "", usagef("give a query or -f, not both")
	case len(args) > 0:
		return args[0], nil
	case file == "" || file == "-":
		return readQuery("standard input", s.Env.Stdin)
	}
	f, err := os.Open(s.Path(file))
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", usagef("read query %s: %w", file, err)
	}
	defer f.Close()
	return readQuery(file, f)
}

// readQuery reads no more than is needed to see that a text is too long.
func readQuery(name string, r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, data.MaxQuery+1))
	if err != nil {
		return "", fmt.Errorf("read query %s: %w", name, err)
	}
	return string(b), nil
}

// sql runs the statements of a text and writes their results. All are looked at before
// the first is run.
func (s *session) sql(ctx context.Context, text string, given []string, rows *rowsFlags) (err error) {
	r, err := s.newResults(rows)
	if err != nil {
		return err
	}
	d, err := s.openDesk(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	statements, err := d.Parse(ctx, text)
	if err != nil {
		return err
	}
	if err := s.fits(r, statements); err != nil {
		return err
	}
	args, err := s.bind(given, statements)
	if err != nil {
		return err
	}
	return s.Output(ctx, rows.output, r.format.Binary(), func(w io.Writer) error {
		for i, st := range statements {
			if err := s.answer(ctx, d, st, args, r, w); err != nil {
				if len(statements) > 1 && ctx.Err() == nil {
					err = &data.InStatementError{Number: i + 1, Of: len(statements), Err: err}
				}
				return err
			}
		}
		return nil
	})
}

// bind returns the values of the parameters of all statements, as texts: the engine takes
// them as it takes literals. $as_of is the day of --as-of unless it is given.
func (s *session) bind(given []string, statements []data.Statement) (map[string]any, error) {
	names := map[string]bool{}
	for _, st := range statements {
		for _, name := range st.Params {
			names[name] = true
		}
	}
	args := map[string]any{"as_of": s.AsOf.String()}
	for _, pair := range given {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usagef("-p %q is not key=value", pair)
		}
		if !names[key] {
			err := usagef("-p %s: the query has no such parameter", key)
			if near := nearest(key, slices.Collect(maps.Keys(names))); near != "" {
				return nil, withHint(err, "did you mean %s?", near)
			}
			return nil, err
		}
		args[key] = value
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, ok := args[name]; !ok {
			return nil, withHint(usagef("the query has a parameter $%s, and there is no value for it", name), "-p %s=VALUE gives it one", name)
		}
	}
	return args, nil
}

// fits refuses more results than a file of the format has room for.
func (s *session) fits(r *results, statements []data.Statement) error {
	n := 0
	for _, st := range statements {
		if st.HasRows() {
			n++
		}
	}
	if n > 1 && r.alone() {
		return withHint(usagef("%s holds one result, and there are %d", r.format, n), "make temporary tables of all but the last: CREATE TEMP TABLE mine AS SELECT …")
	}
	return nil
}

// answer runs one statement and writes its result.
func (s *session) answer(ctx context.Context, d *desk, st data.Statement, args map[string]any, r *results, w io.Writer) error {
	start := s.Env.Now()
	rr, err := d.Run(ctx, st, args, r.options.MaxRows)
	if err != nil {
		return err
	}
	took := s.Env.Now().Sub(start)
	if rr == nil {
		if s.Env.StderrTerminal {
			s.Note("%s in %.2f s", st.Did(), took.Seconds())
		}
		return nil
	}
	defer rr.Release()
	done, err := r.Write(w, rr)
	if err != nil {
		return err
	}
	s.Rec.Count("rows", done.Rows)
	r.Tell(done)
	if s.Env.StderrTerminal {
		noun := "rows"
		if done.Rows == 1 {
			noun = "row"
		}
		s.Note("%s %s in %.2f s", thousands(done.Rows), noun, took.Seconds())
	}
	return nil
}
