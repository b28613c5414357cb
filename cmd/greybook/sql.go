package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

func newSQLCommand(p *program) *cobra.Command {
	var file, saved string
	var given []string
	var show bool
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

-n lists the saved queries: questions that people ask, and your own in the folder of the
setting saved_queries. -n NAME answers one; -n NAME --text prints it, with what its columns
are and when it misleads.

Without a query, on a terminal, it is a shell: statements of several lines up to a
semicolon, completion, a history, long results in a pager, and commands such as .tables
and .schema, which .help lists; files and pipes may have them, too. It doesn't hold the
book while it waits, so that an ingest can go on beside it.

SHOW TABLES lists what there is; DESCRIBE sales lists the columns of sales.`,
		Example: `greybook sql "SELECT version, count(*) AS n FROM sales GROUP BY version ORDER BY version"
greybook sql "DESCRIBE sales"
greybook sql --format parquet -o sales.parquet "FROM sales"
greybook sql -n version_demand -p days=182
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
	cmd.Flags().StringVarP(&saved, "saved", "n", "", "run the saved query `NAME`; without a name, list them")
	cmd.Flags().Lookup("saved").NoOptDefVal = " " // the name may be the argument that follows
	cmd.Flags().BoolVar(&show, "text", false, "with -n NAME: print the query itself, for any client, and run nothing")
	cmd.Flags().StringArrayVarP(&given, "param", "p", nil, "value of a parameter of the query, `KEY=VALUE`; $KEY in the query is bound to it")
	rows := p.rowsFlags(cmd)
	p.settingFlag(cmd, "sql_timeout", "timeout")
	p.settingFlag(cmd, "sql_memory", "memory")
	p.settingFlag(cmd, "sql_temp", "temp")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		if show && !cmd.Flags().Changed("saved") {
			return usagef("--text goes with -n NAME")
		}
		if cmd.Flags().Changed("saved") {
			if file != "" {
				return usagef("give -n or -f, not both")
			}
			return s.saved(ctx, strings.TrimSpace(saved), args, given, show, rows)
		}
		if len(args) == 0 && file == "" && s.Env.StdinTerminal {
			return s.shell(ctx, given, rows)
		}
		text, err := s.queryText(args, file)
		if err != nil {
			return err
		}
		if len(args) == 0 && hasDotCommands(text) {
			return s.script(ctx, text, given, rows)
		}
		q, err := analysis.ParseSavedQuery("", text)
		if err != nil {
			return &usageError{err}
		}
		return s.sql(ctx, q, given, rows)
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
func (s *session) sql(ctx context.Context, q analysis.SavedQuery, given []string, rows *rowsFlags) (err error) {
	r, err := s.newResults(rows)
	if err != nil {
		return err
	}
	d, err := s.openDesk(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	statements, err := d.Parse(ctx, q.Text)
	if err != nil {
		return err
	}
	if err := s.fits(r, statements); err != nil {
		return err
	}
	args, err := s.bind(q, given)
	if err != nil {
		return err
	}
	s.noteAsOf(args)
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

// bind returns the values of the query's parameters. Those that it declares have the types
// that it declares; the others are texts, which the engine takes as it takes literals.
// $as_of is the day of --as-of unless it is given.
func (s *session) bind(q analysis.SavedQuery, given []string) (map[string]any, error) {
	values, err := keyValues(given)
	if err != nil {
		return nil, err
	}
	args, err := q.Values(values, s.AsOf)
	if err != nil {
		return nil, &usageError{err}
	}
	return args, nil
}

// noteAsOf tells the day that answers are of, where they depend on one.
func (s *session) noteAsOf(args map[string]any) {
	if day, ok := args[analysis.AsOfParam].(time.Time); ok {
		s.Note("as of %s", data.DateOf(day))
	}
}

// keyValues reads key=value, as -p and .saved take them.
func keyValues(given []string) (map[string]string, error) {
	values := map[string]string{}
	for _, pair := range given {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, usagef("%q is not key=value", pair)
		}
		values[key] = value
	}
	return values, nil
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
	rows, took, err := s.writeAnswer(ctx, d, st, args, r, w)
	if err != nil {
		return err
	}
	if took == 0 {
		took = s.Env.Now().Sub(start)
	}
	if !st.HasRows() {
		if s.Env.StderrTerminal {
			s.Note("%s in %.2f s", st.Did(), took.Seconds())
		}
		return nil
	}
	s.Rec.Count("rows", rows)
	if s.Env.StderrTerminal {
		noun := "rows"
		if rows == 1 {
			noun = "row"
		}
		s.Note("%s %s in %.2f s", thousands(rows), noun, took.Seconds())
	}
	return nil
}

// writeAnswer does the work of answer. took is how long the rows took before they were
// written; 0 where that is one.
func (s *session) writeAnswer(ctx context.Context, d *desk, st data.Statement, args map[string]any, r *results, w io.Writer) (rows int64, took time.Duration, err error) {
	if r.file && r.format == reports.RowParquet {
		rows, done, err := d.Parquet(ctx, w, st, args, r.options.MaxRows)
		if done || err != nil {
			return rows, 0, err
		}
	}
	run := d.Run
	if r.file {
		run = d.Stream
	}
	start := s.Env.Now()
	rr, err := run(ctx, st, args, r.options.MaxRows)
	if err != nil || rr == nil {
		return 0, 0, err
	}
	defer rr.Release()
	if !r.file {
		took = s.Env.Now().Sub(start)
	}
	done, err := r.Write(w, rr)
	if err != nil {
		return 0, 0, d.explain(err)
	}
	r.Tell(done)
	return done.Rows, took, nil
}
