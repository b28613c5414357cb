package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/rivo/uniseg"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/reports"
)

// answer runs one statement and shows its result.
func (sh *shell) answer(ctx context.Context, st data.Statement, args map[string]any) error {
	if st.HasRows() {
		if err := sh.ready(); err != nil {
			return err
		}
	}
	start := sh.s.Env.Now()
	run := sh.desk.Run
	if sh.out != nil {
		run = sh.desk.Stream
	}
	rr, err := run(ctx, st, args, sh.most())
	if err != nil {
		return sh.explain(err)
	}
	took := sh.s.Env.Now().Sub(start)
	if rr == nil {
		sh.known.stale = true
		sh.tell(st.Did(), took)
		return nil
	}
	defer rr.Release()
	done, err := sh.show(ctx, rr)
	if err != nil {
		return err
	}
	sh.s.Rec.Count("rows", done.Rows)
	if done.Truncated {
		sh.s.Note("these are the first %s rows; .limit 0 gives all", thousands(done.Rows))
	}
	noun := " rows"
	if done.Rows == 1 {
		noun = " row"
	}
	sh.tell(thousands(done.Rows)+noun, took)
	return nil
}

// explain adds what the shell can do about an error.
func (sh *shell) explain(err error) error {
	var missing *data.ParameterError
	if errors.As(err, &missing) {
		return withHint(err, "greybook sql -p %s=VALUE opens a shell with one", missing.Name)
	}
	return err
}

// most is how many rows a result may have; 0 is all.
func (sh *shell) most() int {
	if !sh.limit.set && sh.out == nil && sh.tty != nil {
		return terminalRows
	}
	return sh.limit.rows
}

// ready refuses a result that could not be written where results go now.
func (sh *shell) ready() error {
	alone := sh.format.Binary() || sh.format == reports.RowJSON
	switch {
	case sh.out == nil && sh.format.Binary() && sh.tty != nil:
		return withHint(usagef("%s does not go to a terminal", sh.format), ".output FILE writes it to a file; .mode table")
	case sh.out != nil && alone && sh.outDone > 0:
		return withHint(usagef("a file of %s holds one result, and %s has one", sh.format, sh.out.name), ".output closes it")
	case sh.out == nil && sh.tty == nil && alone && sh.printed > 0:
		return withHint(usagef("%s is one result, and there are more", sh.format), ".output FILE writes each to a file of its own")
	}
	return nil
}

// show writes one result where results go. One that could be written in part only takes
// its file with it.
func (sh *shell) show(ctx context.Context, rr array.RecordReader) (done reports.RowsWritten, err error) {
	o := reports.RowOptions{MaxRows: sh.most()}
	if sh.out != nil {
		done, err = sh.write(sh.out, sh.outDone, rr, o)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			name := sh.out.name
			sh.closeOutput(false)
			return done, withHint(err, "%s was not written; results go here again", name)
		}
		sh.outDone++
		return done, nil
	}
	if sh.tty != nil {
		o.Terminal, o.Color = true, sh.s.Color()
		o.Width, _ = sh.size()
	}
	w, close := sh.page(ctx)
	if sh.format == reports.RowTable && sh.heading != "" {
		io.WriteString(w, fold(sh.heading, o.Width)) // what can't be written is an error of the rows
	}
	done, err = sh.write(w, sh.printed, rr, o)
	if sh.tty == nil {
		sh.printed++
	}
	return done, errors.Join(err, close())
}

// fold breaks a text into lines between words; width 0 is as wide as it is.
func fold(s string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(reports.VisibleText(s)) {
		w := uniseg.StringWidth(word)
		switch {
		case used == 0:
		case width > 0 && used+1+w > width:
			b.WriteByte('\n')
			used = 0
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += w
	}
	return b.String() + "\n"
}

// write writes one result; those that people read stand a blank line apart.
func (sh *shell) write(w io.Writer, before int, rr array.RecordReader, o reports.RowOptions) (reports.RowsWritten, error) {
	if before > 0 && sh.format != reports.RowNDJSON {
		if _, err := io.WriteString(w, "\n"); err != nil {
			return reports.RowsWritten{}, err
		}
	}
	return reports.WriteRows(w, sh.format, rr, o)
}

// closeOutput ends the file of .output, which appears if keep.
func (sh *shell) closeOutput(keep bool) error {
	out := sh.out
	if out == nil {
		return nil
	}
	sh.out, sh.outDone = nil, 0
	defer out.Discard()
	if !keep {
		return nil
	}
	return out.Commit()
}

// greet says on one line what the shell is open on.
func (sh *shell) greet(ctx context.Context) {
	// 1 is synthetic: store.flag. The view sales would take seconds for millions.
	rows, err := sh.desk.Text(ctx, "SELECT max(sold_on), count(*) FILTER (flags & 1 <> 0), count(*) FROM book.store.sale")
	sales := "no sales yet"
	switch {
	case err != nil:
		sales = "its sales cannot be read"
	case rows[0][2] != "0":
		sales = "last sale " + rows[0][0]
		switch rows[0][1] {
		case "0":
		case rows[0][2]:
			sales += ", all SYNTHETIC"
		default:
			sales += ", some SYNTHETIC"
		}
	}
	sh.s.Note("%s on %s, %s; see .help", sh.s.Env.Version, sh.s.Book(), sales)
	if err != nil {
		sh.say(err)
	}
}

// knownNames are the names for completion, and of what they are.
type knownNames struct {
	names names
	stale bool // temporary tables were made or dropped
	at    time.Time
}

// oldNames is how long names are taken for current without asking the book, which may
// have been written to.
const oldNames = time.Minute

// names are what completion offers. While the book is being written to they are those of
// before.
func (sh *shell) names() names {
	now := sh.s.Env.Now()
	if !sh.known.stale && !sh.known.at.IsZero() && now.Sub(sh.known.at) < oldNames {
		return sh.known.names
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all := names{Tables: map[string][]string{}, Saved: sh.s.savedNames()}
	rows, err := sh.desk.Text(ctx, `SELECT 'keyword', keyword_name, '' FROM duckdb_keywords()
		UNION ALL SELECT DISTINCT 'function', function_name, '' FROM duckdb_functions() WHERE function_name SIMILAR TO '[a-z][a-z0-9_]*'
		UNION ALL SELECT 'table', table_name, column_name FROM (SELECT * FROM duckdb_columns() WHERE `+ownTables+` ORDER BY ALL)`)
	if err != nil {
		return sh.known.names
	}
	for _, r := range rows {
		switch r[0] {
		case "keyword":
			all.Keywords = append(all.Keywords, r[1])
		case "function":
			all.Functions = append(all.Functions, r[1])
		default:
			all.Tables[r[1]] = append(all.Tables[r[1]], r[2])
		}
	}
	sh.known = knownNames{names: all, at: now}
	return all
}

// ownTables are the tables and views that a user asks: the book's, and temporary ones.
const ownTables = `(database_name = 'book' AND schema_name = 'main' OR database_name = 'temp' AND table_name <> 'greybook_result') AND NOT internal`
