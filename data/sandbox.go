package data

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// SandboxOptions of opening a book for statements of a user's own. Memory is bounded
// by MemoryLimit, the disk by MaxTemp.
type SandboxOptions struct {
	Options
	TempDir string // where a private folder for what does not fit in memory is made; "": the system's
	MaxTemp string // most that goes there, such as "8GB"; "": the engine's default
}

// Sandbox is where statements that a user wrote are run: an engine of its own, in
// memory, to which the book is attached, for reading, only while a statement runs. So a
// shell that is left open keeps nobody from writing to the book, and sees what was
// written when it asks again; its temporary tables live on in the engine.
//
// Nothing can be written, files, network and extensions are out of reach, and no setting
// can be changed. The engine itself lets through more than that sounds like: it counts
// the book and the folder of temporary files among the files that may be used, and it has
// table functions that change it (enable_logging) or read memory (arrow_scan). Parse
// refuses those, so run what a user wrote by Parse and then Run, Stream or StreamParquet,
// and by nothing else. The last two hold the book until their rows are read.
//
// It is not safe for concurrent use.
//
// Note: no allowed_directories. They permit writing, too.
type Sandbox struct {
	engine *Book
	conn   *Session
	path   string
	wait   time.Duration
	facts  BookFacts // of the book when it was last inside
}

// OpenSandbox makes a sandbox for a book and looks whether the book can be read; it does
// not hold it afterwards. What the engine writes to the disk while it works is in a
// private folder, which Close removes. Errors as of OpenReadOnly.
func OpenSandbox(ctx context.Context, path string, o SandboxOptions) (*Sandbox, error) {
	if err := checkMagic(path); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.TempDir, "greybook-sql-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for queries: %w", err)
	}
	with := settings(o.Options, "AUTOMATIC")
	with.Set("allow_persistent_secrets", "false")
	with.Set("temp_directory", temp)
	engine, err := open(ctx, "", with, nil)
	if err != nil {
		os.RemoveAll(temp)
		return nil, err
	}
	engine.tempDir = temp
	x := &Sandbox{engine: engine, path: path, wait: o.Wait}
	if x.conn, err = engine.Session(ctx); err == nil {
		err = x.shut(ctx, o.MaxTemp)
	}
	if err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

// shut attaches the book once and shuts the engine around it: closing off all files, the
// engine leaves those of attached databases open to itself, also when they are attached
// again.
//
// They are statements, and not settings of the start, because the driver applies those
// in no order, and a max_temp_directory_size of the start is shown, but not kept.
func (x *Sandbox) shut(ctx context.Context, maxTemp string) error {
	if maxTemp != "" {
		if err := x.conn.Exec(ctx, "SET GLOBAL max_temp_directory_size = "+literal(maxTemp)); err != nil {
			return err
		}
	}
	if err := x.enter(ctx); err != nil {
		return err
	}
	for _, q := range []string{
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
	} {
		if err := x.conn.Exec(ctx, q); err != nil {
			return err
		}
	}
	return x.leave(ctx)
}

// enter attaches the book for a statement, waiting for it as long as the options say.
func (x *Sandbox) enter(ctx context.Context) error {
	if err := checkMagic(x.path); err != nil {
		return err
	}
	err := whileLocked(ctx, x.wait, func() error {
		if err := x.conn.Exec(ctx, "DETACH DATABASE IF EXISTS book"); err != nil {
			return err
		}
		err := x.conn.Exec(ctx, "ATTACH "+literal(x.path)+" AS book (READ_ONLY)")
		if err != nil && ctx.Err() == nil {
			return openError(x.path, err)
		}
		return err
	})
	if err != nil {
		return errors.Join(err, x.leave(ctx))
	}
	err = x.known(ctx)
	if err == nil {
		err = x.conn.Exec(ctx, "SET search_path = 'book.main,memory.main'")
	}
	if err != nil {
		return errors.Join(err, x.leave(ctx))
	}
	return nil
}

// known reads what the book says of itself, and refuses a foreign database and a newer
// book: the file may have become another since it was looked at.
func (x *Sandbox) known(ctx context.Context) error {
	facts, err := x.meta(ctx)
	if err != nil && strings.Contains(err.Error(), "does not exist") {
		return &NotABookError{x.path, "it is a DuckDB database, but no book of greybook's"}
	}
	if err != nil {
		return err
	}
	v, err := strconv.Atoi(facts["schema_version"])
	if err != nil {
		return &NotABookError{x.path, fmt.Sprintf("its schema version is %q", facts["schema_version"])}
	}
	most := len(migrations())
	if v > most {
		return &NewerBookError{x.path, v, most}
	}
	x.facts = BookFacts{Current: v == most, Models: facts[ModelsSum], ResolveDue: facts[resolveDue] == "true"}
	return nil
}

func (x *Sandbox) meta(ctx context.Context) (map[string]string, error) {
	rows, err := x.conn.Query(ctx, "SELECT name, value FROM book.store.meta")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	facts := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		facts[name] = value
	}
	return facts, rows.Err()
}

// leave gives the book back. The search path first: a database that it begins with can't
// be detached, and by one that names a database that is not there the engine finds
// nothing at all, temporary tables neither. It is the one setting that isn't locked.
func (x *Sandbox) leave(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	for _, q := range []string{"SET search_path = 'memory.main'", "DETACH DATABASE IF EXISTS book"} {
		if err := x.conn.Exec(ctx, q); err != nil {
			return fmt.Errorf("give the book back: %w", err)
		}
	}
	return nil
}

// BookFacts is what a book says of itself.
type BookFacts struct {
	Current    bool   // its schema is the newest that this program knows
	Models     string // sum of the models that it has
	ResolveDue bool   // the sales may have better matches: see Book.ResolveDue
}

// Facts are those of the book when it was last looked at.
func (x *Sandbox) Facts() BookFacts { return x.facts }

// Look looks at the book.
func (x *Sandbox) Look(ctx context.Context) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(ctx)
}

// Text runs a query of the program's own on the book and returns its rows as texts, NULL
// as "".
func (x *Sandbox) Text(ctx context.Context, query string, args ...any) (rows [][]string, err error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.leave(ctx)) }()
	found, err := x.conn.Query(ctx, "SELECT COLUMNS(*)::VARCHAR FROM (\n"+query+"\n)", args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	for found.Next() {
		cells, into := make([]*string, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i, c := range cells {
			if c != nil {
				row[i] = *c
			}
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

// Close ends the engine, and with it the temporary tables.
func (x *Sandbox) Close() error {
	var err error
	if x.conn != nil {
		err = x.conn.Close()
	}
	return errors.Join(err, x.engine.Close())
}

// literal writes a text into a statement that takes no parameters.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
