package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
)

// sqlTemp bounds what a query of sql may put on the disk while it runs.
const sqlTemp = "8GB"

func newSQLCommand(p *program) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "sql [QUERY]",
		GroupID: groupAsk,
		Short:   "Ask the book anything, in SQL",
		Long: `Runs one query on the book and prints its rows. The query is the argument, or the
text of a file, or comes on standard input. It can only read, and only the book:
other files, the network, extensions and settings are out of reach.

SHOW TABLES lists what there is; DESCRIBE sales lists the columns of sales.`,
		Example: `greybook sql "SELECT version, count(*) AS n FROM sales GROUP BY version ORDER BY version"
greybook sql "DESCRIBE sales"
greybook sql --format parquet -o sales.parquet "FROM sales"
greybook sql -f question.sql --format csv`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return withHint(usagef("sql takes one query, and there are %d arguments", len(args)), "put the query in quotes")
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "read the query from `FILE`; - is standard input")
	rows := p.rowsFlags(cmd)
	p.settingFlag(cmd, "sql_timeout", "timeout")
	p.settingFlag(cmd, "sql_memory", "memory")
	cmd.RunE = p.session(func(ctx context.Context, s *session, args []string) error {
		query, err := s.queryText(args, file)
		if err != nil {
			return err
		}
		return s.sql(ctx, query, rows)
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
	case file == "" && s.Env.StdinTerminal:
		return "", withHint(usagef("there is no query, and no shell to ask for one yet"),
			`greybook sql "SHOW TABLES", or -f FILE`)
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

// sql runs one query and writes its rows.
func (s *session) sql(ctx context.Context, query string, rows *rowsFlags) error {
	start := s.Env.Now()
	var took time.Duration
	var book *data.Book
	var conn *data.Session
	defer func() {
		if conn != nil {
			conn.Close()
		}
		if book != nil {
			book.Close()
		}
	}()
	o := data.SelectOptions{Timeout: get[time.Duration](s.Settings, "sql_timeout")}
	if most := rows.most(s); most > 0 {
		o.Most = int64(most) + 1
	}
	open := func() (err error) {
		if conn != nil {
			return nil
		}
		if book, err = s.sandbox(ctx); err != nil {
			return err
		}
		conn, err = book.Session(ctx)
		return err
	}
	done, err := s.writeRows(ctx, rows, func(w io.Writer) (int64, bool, error) {
		if err := open(); err != nil {
			return 0, false, err
		}
		n, done, err := conn.SelectParquet(ctx, w, query, o)
		took = s.Env.Now().Sub(start)
		return n, done, err
	}, func() (array.RecordReader, error) {
		if err := open(); err != nil {
			return nil, err
		}
		ask := conn.SelectStream
		if rows.toTerminal(s) {
			ask = conn.Select // nobody sees a row of a query that fails, and the book is free while people read
		}
		rr, err := ask(ctx, query, o)
		took = s.Env.Now().Sub(start)
		return rr, err
	})
	if err != nil {
		return s.queryError(err)
	}
	if s.Env.StderrTerminal {
		noun := "rows"
		if done.Rows == 1 {
			noun = "row"
		}
		s.Note("%s %s in %.2f s", thousands(done.Rows), noun, took.Seconds())
	}
	return nil
}

// sandbox opens the book for a query of the user's, its models up to date.
func (s *session) sandbox(ctx context.Context) (*data.Book, error) {
	b, err := s.readBook(ctx)
	if err != nil {
		return nil, err
	}
	// One process opens a file in one way at a time.
	if err := b.Close(); err != nil {
		return nil, err
	}
	o := data.SandboxOptions{Options: s.bookOptions(), MaxTemp: sqlTemp}
	o.MemoryLimit = get[string](s.Settings, "sql_memory")
	b, err = data.OpenSandbox(ctx, s.Path(s.Book()), o)
	return b, bookHint(err)
}

// queryError adds what the settings of this command can do about an error.
func (s *session) queryError(err error) error {
	var late *data.TimeoutError
	var failed *data.QueryError
	switch {
	case errors.As(err, &late):
		return withHint(err, "--timeout gives it longer; --timeout 0s has no end")
	case errors.As(err, &failed) && failed.OutOfMemory:
		return withHint(err, "--memory gives it more than %s", get[string](s.Settings, "sql_memory"))
	}
	return err
}
