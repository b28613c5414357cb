package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	bindings "github.com/duckdb/duckdb-go-bindings"
	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/arrowmapping"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Stream is Run for results that go somewhere else as they come: the engine makes the
// rows while they are read, no faster than that, and holds about a megabyte of them. So
// a result of any size takes little memory and no disk; but its errors, too, come while
// it is read, and the book is held until the reader is released. The time of
// SelectOptions is what the engine takes, from one row to the next. What it is no way
// for goes by Run.
//
// Note: the driver has no way to this, only to whole results. What it lacks is the
// call of duckdb_pending_prepared_streaming on its connection, whose handle is read
// here by reflection. The module is pinned, and a test would miss the handle.
func (x *Sandbox) Stream(ctx context.Context, st Statement, o SelectOptions) (array.RecordReader, error) {
	args, err := st.values(o.Args)
	if err != nil {
		return nil, err
	}
	if st.short || !st.HasRows() || !bindable(args) {
		return x.Run(ctx, st, o)
	}
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	if types, err := x.conn.columnTypes(ctx, st.query, args); err != nil || !streamable(types) {
		if err := x.leave(ctx); err != nil {
			return nil, err
		}
		return x.Run(ctx, st, o) // which words the error, too
	}
	limit := ""
	if o.Most > 0 {
		limit = " LIMIT " + strconv.FormatInt(o.Most, 10)
	}
	r := &streamRows{refs: 1, ended: make(chan struct{}), timeout: o.Timeout, left: o.Timeout, leave: func() { _ = x.leave(ctx) }}
	if err := x.conn.conn.Raw(func(dc any) error {
		r.conn, err = connHandle(dc)
		return err
	}); err != nil {
		return nil, errors.Join(err, x.leave(ctx))
	}
	r.caller = ctx
	run, cancel := context.WithCancel(ctx)
	r.cancel = cancel
	r.watcher.Go(func() { r.interrupt(run) })
	if err := r.begin("FROM (\n"+st.query+"\n)"+limit, args); err != nil {
		err = r.worded(err)
		r.Release()
		return nil, err
	}
	return r, nil
}

// columnTypes are the types of a query's columns.
func (s *Session) columnTypes(ctx context.Context, query string, args []any) ([]string, error) {
	rows, err := s.Query(ctx, "SELECT column_type FROM (DESCRIBE FROM (\n"+query+"\n))", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var types []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		types = append(types, t)
	}
	return types, rows.Err()
}

// streamable reports whether columns come out as Run has them: UHUGEINT would lose its
// upper half, and a column of NULL alone has no type before it is in a table.
func streamable(types []string) bool {
	return !slices.ContainsFunc(types, func(t string) bool { return strings.Contains(t, "UHUGEINT") || strings.Contains(t, "NULL") })
}

// bindable reports whether bindArg has a way for the values.
func bindable(args []any) bool {
	for _, arg := range args {
		switch arg.(sql.NamedArg).Value.(type) {
		case nil, string, bool, int, int64, float64:
		default:
			return false
		}
	}
	return true
}

// connHandle is the engine's own handle of a driver's connection.
func connHandle(dc any) (mapping.Connection, error) {
	c, ok := dc.(*duckdb.Conn)
	if !ok {
		return mapping.Connection{}, fmt.Errorf("%T is no connection of the driver", dc)
	}
	p := reflect.ValueOf(c).Elem().FieldByName("conn").FieldByName("Ptr").UnsafePointer()
	return mapping.Connection{Ptr: p}, nil
}

// streamRows is a statement that runs while its rows are read.
type streamRows struct {
	conn    mapping.Connection
	stmt    mapping.PreparedStatement
	result  mapping.Result
	options arrowmapping.ArrowOptions
	schema  *arrow.Schema
	current arrow.RecordBatch
	begun   bool
	refs    int
	err     error

	chunks   chan fetched // nil before there is a first
	unwanted chan struct{}
	finished bool // chunks is closed, and empty

	caller  context.Context
	cancel  context.CancelFunc
	ended   chan struct{}
	watcher sync.WaitGroup
	late    atomic.Bool
	timeout time.Duration
	left    time.Duration // of timeout, where there is one
	leave   func()        // gives the book back; what it can't do the next statement will
}

// interrupt stops the statement when its context ends. It says so until that is
// done: a statement that is just about to begin forgets it.
func (r *streamRows) interrupt(run context.Context) {
	select {
	case <-r.ended:
		return
	case <-run.Done():
	}
	for {
		mapping.Interrupt(r.conn)
		select {
		case <-r.ended:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// inEngine counts the time that work takes against the statement's.
func (r *streamRows) inEngine(work func()) {
	if r.timeout > 0 {
		start := time.Now()
		timer := time.AfterFunc(r.left, func() {
			r.late.Store(true)
			r.cancel()
		})
		defer func() {
			timer.Stop()
			r.left = max(r.left-time.Since(start), 1)
		}()
	}
	work()
}

// begin runs the statement up to its first rows.
func (r *streamRows) begin(query string, args []any) error {
	var err error
	r.inEngine(func() { err = r.execute(query, args) })
	if err != nil {
		return moveLine(err, -1)
	}
	r.begun = true
	r.options = arrowmapping.ResultGetArrowOptions(&r.result)
	n := mapping.ColumnCount(&r.result)
	names, types := make([]string, n), make([]mapping.LogicalType, n)
	for i := range n {
		names[i], types[i] = mapping.ColumnName(&r.result, i), mapping.ColumnLogicalType(&r.result, i)
	}
	defer func() {
		for i := range types {
			mapping.DestroyLogicalType(&types[i])
		}
	}()
	schema, failed := arrowmapping.NewArrowSchema(r.options, types, names)
	if err := dataError(failed); err != nil {
		return err
	}
	r.schema, r.chunks, r.unwanted = schema, make(chan fetched, 8), make(chan struct{})
	go r.fetch()
	return nil
}

func (r *streamRows) execute(query string, args []any) error {
	if mapping.Prepare(r.conn, query, &r.stmt) == mapping.StateError {
		return messageError(mapping.PrepareError(r.stmt))
	}
	for _, arg := range args {
		if err := bindArg(r.stmt, arg.(sql.NamedArg)); err != nil {
			return err
		}
	}
	var pending mapping.PendingResult
	if bindings.PendingPreparedStreaming(r.stmt, &pending) == mapping.StateError {
		defer mapping.DestroyPending(&pending)
		return messageError(mapping.PendingError(pending))
	}
	defer mapping.DestroyPending(&pending)
	if mapping.ExecutePending(pending, &r.result) == mapping.StateError {
		defer mapping.DestroyResult(&r.result)
		return r.resultError()
	}
	return nil
}

// messageError is an error of which the engine gives only the text, with the type that
// queryError looks for.
func messageError(msg string) error {
	e := &duckdb.Error{Msg: msg}
	for prefix, t := range map[string]duckdb.ErrorType{
		"Permission Error": duckdb.ErrorTypePermission, "Out of Memory Error": duckdb.ErrorTypeOutOfMemory,
	} {
		if strings.HasPrefix(msg, prefix+": ") {
			e.Type = t
		}
	}
	return e
}

// bindArg binds the value of a named parameter.
func bindArg(stmt mapping.PreparedStatement, named sql.NamedArg) error {
	var at mapping.IdxT
	if mapping.BindParameterIndex(stmt, &at, named.Name) == mapping.StateError {
		return &StatementError{"the query has no parameter " + named.Name, ""}
	}
	state := mapping.StateSuccess
	switch v := named.Value.(type) {
	case nil:
		state = mapping.BindNull(stmt, at)
	case string:
		state = mapping.BindVarchar(stmt, at, v)
	case bool:
		state = mapping.BindBoolean(stmt, at, v)
	case int:
		state = mapping.BindInt64(stmt, at, int64(v))
	case int64:
		state = mapping.BindInt64(stmt, at, v)
	case float64:
		state = mapping.BindDouble(stmt, at, v)
	default:
		return fmt.Errorf("parameter %s: no way to bind a %T", named.Name, v)
	}
	if state == mapping.StateError {
		return &StatementError{fmt.Sprintf("parameter %s: %s", named.Name, mapping.PrepareError(stmt)), ""}
	}
	return nil
}

// resultError is what went wrong with the result, or nil.
func (r *streamRows) resultError() error {
	if msg := mapping.ResultError(&r.result); msg != "" {
		return &duckdb.Error{Type: duckdb.ErrorType(mapping.ResultErrorType(&r.result)), Msg: msg}
	}
	return nil
}

func dataError(e mapping.ErrorData) error {
	defer mapping.DestroyErrorData(&e)
	if mapping.ErrorDataHasError(e) {
		return &duckdb.Error{Type: duckdb.ErrorType(mapping.ErrorDataErrorType(e)), Msg: mapping.ErrorDataMessage(e)}
	}
	return nil
}

// worded is the error as Select gives it.
func (r *streamRows) worded(err error) error {
	switch {
	case r.caller.Err() != nil:
		return r.caller.Err()
	case r.late.Load():
		return &TimeoutError{r.timeout}
	}
	return queryError(err)
}

// fetch has the engine make rows until there are no more, or nobody wants them. It runs
// beside the reader, which turns the rows before into Arrow meanwhile.
func (r *streamRows) fetch() {
	defer close(r.chunks)
	for {
		var f fetched
		r.inEngine(func() { f.chunk = mapping.FetchChunk(r.result) })
		if f.chunk.Ptr == nil {
			if f.err = r.resultError(); f.err == nil {
				return
			}
		}
		select {
		case r.chunks <- f:
			if f.err != nil {
				return
			}
		case <-r.unwanted:
			f.drop()
			return
		}
	}
}

// fetched is some rows, or why there are none.
type fetched struct {
	chunk mapping.DataChunk
	err   error
}

func (f *fetched) drop() {
	if f.chunk.Ptr != nil {
		mapping.DestroyDataChunk(&f.chunk)
	}
}

// Next goes to the next batch of rows.
func (r *streamRows) Next() bool {
	r.drop()
	if r.err != nil {
		return false
	}
	f, ok := <-r.chunks
	if !ok {
		r.finished = true
		return false
	}
	if f.err == nil {
		var failed mapping.ErrorData
		r.current, failed = arrowmapping.DataChunkToArrowArray(r.options, r.schema, f.chunk)
		mapping.DestroyDataChunk(&f.chunk)
		f.err = dataError(failed)
	}
	if f.err != nil {
		r.drop()
		r.err = r.worded(f.err)
	}
	return r.err == nil
}

func (r *streamRows) drop() {
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
}

func (r *streamRows) Schema() *arrow.Schema          { return r.schema }
func (r *streamRows) RecordBatch() arrow.RecordBatch { return r.current }
func (r *streamRows) Record() arrow.RecordBatch      { return r.current }
func (r *streamRows) Err() error                     { return r.err }
func (r *streamRows) Retain()                        { r.refs++ }

// Release ends the statement, whether all its rows were read or not.
func (r *streamRows) Release() {
	if r.refs--; r.refs != 0 {
		return
	}
	r.drop()
	if r.chunks != nil && !r.finished {
		close(r.unwanted)
		r.cancel()
		for f := range r.chunks {
			f.drop()
		}
	}
	close(r.ended)
	r.watcher.Wait() // an interrupt after this would hit the session's next statement
	r.cancel()
	if r.begun {
		arrowmapping.DestroyArrowOptions(&r.options)
		mapping.DestroyResult(&r.result)
	}
	mapping.DestroyPrepare(&r.stmt)
	r.leave()
}
