package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/duckdb/duckdb-go/v2"
)

// SelectOptions of one query.
type SelectOptions struct {
	Most    int64          // no more rows than these are made; 0: all
	Timeout time.Duration  // how long it may run, not counting how long its rows are read; 0: no end
	Args    map[string]any // values of parameters by name; those that it has none of don't matter
}

// QueryError is the engine's answer to a query that it could not do.
type QueryError struct {
	Message     string // the engine's, shortened
	Try         string
	OutOfMemory bool // the bound of memory or of temporary files was reached
}

func (e *QueryError) Error() string { return e.Message }

// Hint says what to try; it may be "".
func (e *QueryError) Hint() string { return e.Try }

// TimeoutError says that a query was stopped because it took too long.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("the query was stopped after %s", e.After) }

// ParameterError says that a parameter of a statement has no value.
type ParameterError struct{ Name string }

func (e *ParameterError) Error() string {
	return fmt.Sprintf("the query has a parameter $%s, and there is no value for it", e.Name)
}

// Run runs a statement and returns its rows in their order, nil where it returns none
// (Statement.HasRows). The reader must be released before the sandbox is used again; the
// book is given back already when Run returns. What goes wrong is a *QueryError, a
// *TimeoutError, a *ParameterError, an error of OpenReadOnly, or the error of ctx.
//
// The result goes into a temporary table first, and is read from there in pages:
// the driver would otherwise hold all of it in memory, where no limit counts it.
func (x *Sandbox) Run(ctx context.Context, st Statement, o SelectOptions) (array.RecordReader, error) {
	args, err := st.values(o.Args)
	if err != nil {
		return nil, err
	}
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	run, cancel := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		run, cancel = context.WithTimeout(ctx, o.Timeout)
	}
	defer cancel()
	rr, err := x.execute(run, st, args, o.Most)
	late := run.Err() != nil
	if lerr := x.leave(ctx); lerr != nil {
		if rr != nil {
			rr.Release()
		}
		return nil, errors.Join(err, lerr)
	}
	if err == nil && rr == nil && st.HasRows() {
		rr, err = x.conn.resultPages(ctx)
	}
	switch {
	case err == nil:
		return rr, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case late:
		return nil, &TimeoutError{o.Timeout}
	}
	return nil, queryError(err)
}

// values are those of the statement's parameters, each a sql.NamedArg.
func (st Statement) values(given map[string]any) (args []any, err error) {
	for _, name := range st.Params {
		value, ok := given[name]
		if !ok {
			return nil, &ParameterError{name}
		}
		args = append(args, sql.Named(name, value))
	}
	return args, nil
}

// execute does the work of Run while the book is there. Rows that it doesn't return are in
// the table of results.
func (x *Sandbox) execute(ctx context.Context, st Statement, args []any, most int64) (array.RecordReader, error) {
	limit, makes := "", st.makes
	switch {
	case st.drops != "":
		err := x.conn.Exec(ctx, st.drops)
		if err != nil && strings.Contains(err.Error(), "does not exist") {
			err = &QueryError{Message: fmt.Sprintf("there is no temporary %s %s", strings.ToLower(strings.Fields(st.drops)[1]), st.name), Try: "what the book holds can't be dropped"}
		}
		return nil, err
	case st.short:
		rr, err := x.conn.Arrow(ctx, st.query)
		if err != nil {
			return nil, err
		}
		return collected(rr)
	case makes == "":
		makes = "CREATE OR REPLACE TEMP TABLE " + resultTable + " AS "
		if most > 0 {
			limit = " LIMIT " + strconv.FormatInt(most, 10)
		}
	}
	// What is one whole query by itself, with its parentheses in pairs, stays one
	// between these. The line feeds end a comment, and make the engine's line
	// numbers wrong, by as many as there are.
	// It is a Query, not an Exec: of those the driver interrupts the planning, too.
	rows, err := x.conn.Query(ctx, makes+"FROM (\n"+st.query+"\n)"+limit, args...)
	if err != nil {
		return nil, moveLine(err, strings.Count(st.Text[:strings.LastIndex(st.Text, st.query)], "\n")-1)
	}
	return nil, rows.Close()
}

// collected holds all rows of a short result, so that they outlast its context.
func collected(rr array.RecordReader) (array.RecordReader, error) {
	defer rr.Release()
	var all []arrow.RecordBatch
	defer func() {
		for _, b := range all {
			b.Release()
		}
	}()
	for rr.Next() {
		b := rr.RecordBatch()
		b.Retain()
		all = append(all, b)
	}
	if err := rr.Err(); err != nil {
		return nil, err
	}
	return array.NewRecordReader(rr.Schema(), all)
}

func tooMany(n int) error {
	return &StatementError{fmt.Sprintf("there are %d statements, and one is run at a time", n), ""}
}

// queryError words what the engine said.
func queryError(err error) error {
	var refused *StatementError
	var worded *QueryError
	var e *duckdb.Error
	if errors.As(err, &refused) || errors.As(err, &worded) {
		return err
	}
	q := &QueryError{}
	msg := err.Error()
	if errors.As(err, &e) {
		msg = e.Msg
		q.OutOfMemory = e.Type == duckdb.ErrorTypeOutOfMemory
		if e.Type == duckdb.ErrorTypePermission {
			q.Try = outOfReach
		}
	}
	var raw struct {
		Type    string `json:"exception_type"`
		Message string `json:"exception_message"`
	}
	switch {
	case q.OutOfMemory:
		// What follows is advice to change settings, which are locked.
		msg, _, _ = strings.Cut(msg, "\n")
	case strings.Contains(msg, "created from an unnamed struct"):
		msg, q.Try = "a result cannot have a struct without names in it", "give its fields names: {'lo': 1, 'hi': 2}"
	case json.Unmarshal([]byte(msg), &raw) == nil && raw.Message != "":
		// Errors on the way to Arrow come so: the type of a column has no match there.
		msg, q.Try = raw.Type+" Error: "+raw.Message, "cast it, as in column::VARCHAR"
	}
	q.Message = ShortMessage(errors.New(msg))
	return q
}

var lineNumber = regexp.MustCompile(`\nLINE (\d+): `)

// moveLine adds to the line number in an error of the engine's.
func moveLine(err error, by int) error {
	var e *duckdb.Error
	if !errors.As(err, &e) {
		return err
	}
	return &duckdb.Error{Type: e.Type, Msg: lineNumber.ReplaceAllStringFunc(e.Msg, func(m string) string {
		n, _ := strconv.Atoi(lineNumber.FindStringSubmatch(m)[1])
		return fmt.Sprintf("\nLINE %d: ", n+by)
	})}
}
