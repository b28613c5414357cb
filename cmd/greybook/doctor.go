package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

func newDoctorCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "doctor",
		GroupID: groupProgram,
		Short:   "Look at versions, book, lock, disk and settings",
		Long: `Prints what greybook runs with and on: versions, where the settings are from, the
book and who holds it, free disk space, and the settings of DuckDB. It changes
nothing. status is ok, note (worth knowing) or problem, with a hint beside it.
No browser is needed by any command.

Exit code 0 when there is no problem; 3 when another process holds the book, 5 when
a newer greybook wrote it, 1 for any other problem.`,
		Example: "greybook doctor\ngreybook doctor --format json",
		Args:    cobra.NoArgs,
	}
	out := p.rowsFlags(cmd)
	cmd.RunE = p.session(func(ctx context.Context, s *session, _ []string) error {
		d := &doctor{s: s, config: p.config}
		for _, look := range []func(context.Context) error{d.versions, d.settings, d.book, d.disk} {
			if err := look(ctx); err != nil {
				return err
			}
		}
		columns := []column{{name: "what"}, {name: "value"}, {name: "status"}, {name: "hint"}}
		if err := s.writeValues(ctx, out, columns, d.rows); err != nil {
			return err
		}
		switch {
		case d.bookErr != nil:
			return bookHint(d.bookErr)
		case d.problems > 0:
			return fmt.Errorf("problems found: %d, marked in the table", d.problems)
		}
		return nil
	})
	return cmd
}

// doctor collects what it sees as rows: what, value, status, hint.
type doctor struct {
	s        *session
	config   string // --config
	rows     [][]any
	problems int
	bookErr  error // why the book can't be read
	bookSize int64
}

func (d *doctor) ok(what, value string) {
	d.rows = append(d.rows, []any{what, value, "ok", ""})
}

func (d *doctor) note(what, value, hint string) {
	d.rows = append(d.rows, []any{what, value, "note", hint})
}

func (d *doctor) problem(what, value, hint string) {
	d.problems++
	d.rows = append(d.rows, []any{what, value, "problem", hint})
}

func (d *doctor) versions(ctx context.Context) error {
	for _, v := range versions(d.s.Env) {
		if v.name != "engine" {
			d.ok(v.name, v.version)
		}
	}
	engine, err := data.EngineVersion(ctx)
	if err != nil {
		return err
	}
	d.ok("duckdb", engine)
	return nil
}

// settings shows the configuration file, and each setting that is not the default.
func (d *doctor) settings(context.Context) error {
	path, _, err := findConfig(d.s.Env, d.config)
	if err != nil {
		return err
	}
	if path == "" {
		d.ok("config", "none; looked for "+strings.Join(configPaths(d.s.Env), " and "))
	} else {
		d.ok("config", path)
	}
	for _, v := range d.s.Settings {
		if v.origin == "default" {
			continue
		}
		d.ok("setting "+v.key, fmt.Sprintf("%s (%s)", v.text, v.origin))
	}
	return nil
}

// book looks at the book without changing it: neither its schema nor its models
// are renewed.
func (d *doctor) book(ctx context.Context) error {
	path := d.s.Path(d.s.Book())
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			d.problem("book", path, "its folder does not exist: make it, or name another book with --book")
			return nil
		}
		d.note("book", path+" (none yet)", "greybook ingest makes it")
		return nil
	}
	if err != nil {
		d.problem("book", path, cause(err).Error())
		return nil
	}
	d.bookSize = st.Size()
	d.ok("book", path)
	d.ok("book size", bytesText(st.Size()))
	wal, walErr := os.Stat(path + ".wal")
	b, err := data.OpenReadOnly(ctx, path, d.s.bookOptions())
	if err != nil {
		return d.closedBook(err)
	}
	defer b.Close()
	d.ok("lock", "nobody writes to it")
	if walErr == nil {
		d.note("write-ahead log", fmt.Sprintf("%s.wal, %s", path, bytesText(wal.Size())),
			"a run ended without a checkpoint; leave the file where it is: the next command that writes takes it in")
	}
	return d.openBook(ctx, b)
}

// closedBook tells why the book can't be read.
func (d *doctor) closedBook(err error) error {
	d.bookErr = err
	var locked *data.LockedError
	var newer *data.NewerBookError
	switch {
	case errors.As(err, &locked):
		who := "another process"
		if locked.PID > 0 {
			who = strings.TrimSpace(fmt.Sprintf("process %d %s", locked.PID, locked.Name))
		}
		d.problem("lock", "held by "+who, "wait for it with --wait 30s, or end it")
	case errors.As(err, &newer):
		d.problem("schema", fmt.Sprintf("%d, this greybook knows up to %d", newer.Have, newer.Known), "install a newer greybook")
	default:
		d.problem("book", err.Error(), "name another book with --book")
	}
	return nil
}

func (d *doctor) openBook(ctx context.Context, b *data.Book) error {
	facts := map[string]string{}
	for _, name := range []string{"book_id", "schema_version", "engine_version"} {
		v, err := b.Meta(ctx, name)
		if err != nil {
			return err
		}
		facts[name] = v
	}
	d.ok("book id", facts["book_id"])
	if newest := strconv.Itoa(data.SchemaVersion()); facts["schema_version"] == newest {
		d.ok("schema", newest)
	} else {
		d.note("schema", facts["schema_version"]+" of "+newest, "the next ingest brings it up to date; keep a copy of the book first")
	}
	d.ok("written by duckdb", facts["engine_version"])
	fresh, err := analysis.Fresh(ctx, b)
	if err != nil {
		return err
	}
	if fresh {
		d.ok("models", "of this greybook")
	} else {
		d.note("models", "of another greybook", "the next command that reads figures renews them")
	}
	e, err := b.EngineSettings(ctx)
	if err != nil {
		return err
	}
	d.ok("duckdb threads", e.Threads)
	d.ok("duckdb memory_limit", e.MemoryLimit)
	d.ok("duckdb temp_directory", e.TempDirectory)
	return nil
}

// leastDisk is the free space below which even a small ingest may fail.
const leastDisk = 256 << 20

func (d *doctor) disk(context.Context) error {
	d.freeDisk("free disk for the book", filepath.Dir(d.s.Path(d.s.Book())))
	d.freeDisk("free disk for unpacked files", os.TempDir())
	return nil
}

func (d *doctor) freeDisk(what, folder string) {
	free, err := freeDisk(folder)
	value := fmt.Sprintf("%s in %s", bytesText(free), folder)
	switch {
	case err != nil:
		d.note(what, fmt.Sprintf("%s: %v", folder, err), "")
	case free < leastDisk:
		d.problem(what, value, "make room: an ingest needs some hundred megabytes")
	case free < d.bookSize:
		d.note(what, value, "less than the book itself: no room for a copy, or for an ingest of its size")
	default:
		d.ok(what, value)
	}
}

// bytesText writes a number of bytes for people.
func bytesText(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < 4 {
		v, unit = v/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGTP"[unit])
}
