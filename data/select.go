package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/duckdb/duckdb-go/v2"
)

// SelectOptions of one query.
type SelectOptions struct {
	Most    int64         // no more rows than these are made; 0: all
	Timeout time.Duration // how long it may run, not counting how long its rows are read; 0: no end
	Args    []any         // values of its parameters
}

// StatementError says why a text is not run at all.
type StatementError struct{ Why, Try string }

func (e *StatementError) Error() string { return e.Why }

// Hint says what can be run instead; it may be "".
func (e *StatementError) Hint() string { return e.Try }

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

// MaxQuery is the length of the longest query in bytes. The parsed form of a
// query is many times as long as its text.
const MaxQuery = 2 << 20

// Select runs one query that a user wrote, on a book opened by OpenSandbox, and
// returns its rows in their order. The reader must be released before the session
// is used again. A text that is not exactly one query is a *StatementError, and
// nothing of it runs; what goes wrong later is a *QueryError or a *TimeoutError,
// or the error of ctx.
//
// The result goes into a temporary table first, and is read from there in pages:
// the driver would otherwise hold all of it in memory, where no limit counts it.
// (A query of duckdb_tables() finds that table, greybook_result, among the others.)
func (s *Session) Select(ctx context.Context, query string, o SelectOptions) (array.RecordReader, error) {
	run, cancel := ctx, context.CancelFunc(func() {})
	if o.Timeout > 0 {
		run, cancel = context.WithTimeout(ctx, o.Timeout)
	}
	defer cancel()
	rr, err := s.selectRows(ctx, run, query, o)
	switch {
	case err == nil:
		return rr, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case run.Err() != nil:
		return nil, &TimeoutError{o.Timeout}
	}
	return nil, queryError(err)
}

// selectRows does the work of Select: the statement under run, the reading of its
// rows under ctx.
func (s *Session) selectRows(ctx, run context.Context, text string, o SelectOptions) (array.RecordReader, error) {
	query, err := oneStatement(text)
	if err != nil {
		return nil, err
	}
	short, err := s.check(run, query, o)
	if err != nil {
		return nil, err
	}
	if short {
		rr, err := s.Arrow(run, query, o.Args...)
		if err != nil {
			return nil, err
		}
		return collected(rr)
	}
	limit := ""
	if o.Most > 0 {
		limit = " LIMIT " + strconv.FormatInt(o.Most, 10)
	}
	// What is one whole query by itself, with its parentheses in pairs, stays one
	// between these. The line feeds end a comment, and make the engine's line
	// numbers wrong by exactly one.
	// It is a Query, not an Exec: of those the driver interrupts the planning, too.
	rows, err := s.Query(run, "CREATE OR REPLACE TEMP TABLE "+resultTable+" AS FROM (\n"+query+"\n)"+limit, o.Args...)
	if err != nil {
		return nil, lineBefore(err)
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	return s.resultPages(ctx)
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

// oneStatement checks a text as a text and returns the one statement in it.
func oneStatement(text string) (string, error) {
	switch {
	case len(text) > MaxQuery:
		return "", &StatementError{fmt.Sprintf("the query is longer than %d MB", MaxQuery>>20), ""}
	case strings.IndexByte(text, 0) >= 0:
		// The engine takes it for the end of the text.
		return "", &StatementError{"the query has a NUL byte in it", ""}
	case !utf8.ValidString(text):
		return "", &StatementError{"the query is not UTF-8", "save it as UTF-8"}
	}
	statements := SplitStatements(strings.TrimPrefix(text, "\ufeff"))
	switch len(statements) {
	case 0:
		return "", &StatementError{"there is no query", queryKinds}
	case 1:
		return statements[0], nil
	}
	return "", tooMany(len(statements))
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

// lineBefore takes one off the line number in an error of the engine's.
func lineBefore(err error) error {
	var e *duckdb.Error
	if !errors.As(err, &e) {
		return err
	}
	return &duckdb.Error{Type: e.Type, Msg: lineNumber.ReplaceAllStringFunc(e.Msg, func(m string) string {
		n, _ := strconv.Atoi(lineNumber.FindStringSubmatch(m)[1])
		return fmt.Sprintf("\nLINE %d: ", n-1)
	})}
}
