package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/reports"
)

// rowsFlags are the flags of a command that prints rows. It is the one way in
// which commands write them.
type rowsFlags struct {
	output string
	limit  rowLimit
}

// terminalRows is how many rows a terminal gets unless told otherwise.
const terminalRows = 1000

// rowLimit is the value of --limit: 0 is all rows. A pflag.Value.
type rowLimit struct {
	rows int
	set  bool
}

func (l *rowLimit) Type() string   { return "N" }
func (l *rowLimit) String() string { return "" }
func (l *rowLimit) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a whole number from 0 up", s)
	}
	l.rows, l.set = n, true
	return nil
}

// rowsFlags gives cmd the flags --format, -o and --limit.
func (p *program) rowsFlags(cmd *cobra.Command) *rowsFlags {
	f := &rowsFlags{}
	p.settingFlag(cmd, "format", "format")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to `FILE`, which appears when all is written; - is standard output")
	cmd.Flags().Var(&f.limit, "limit", fmt.Sprintf("most rows to write, 0 for all; %d on a terminal and all elsewhere when not given", terminalRows))
	return f
}

// toTerminal reports whether people see the rows as they are written.
func (f *rowsFlags) toTerminal(s *session) bool {
	return s.Env.StdoutTerminal && (f.output == "" || f.output == "-")
}

// most is how many rows are written; 0 is all.
func (f *rowsFlags) most(s *session) int {
	if !f.limit.set && f.toTerminal(s) {
		return terminalRows
	}
	return f.limit.rows
}

// results writes results of queries, one after another.
type results struct {
	s       *session
	format  reports.RowFormat
	options reports.RowOptions
	file    bool // they go into a file, and nobody looks at them meanwhile
	n       int  // how many there were
}

// newResults says how the flags want results written.
func (s *session) newResults(f *rowsFlags) (*results, error) {
	format, err := reports.ParseRowFormat(get[string](s.Settings, "format"))
	if err != nil {
		return nil, &usageError{err}
	}
	o := reports.RowOptions{MaxRows: f.most(s), Terminal: f.toTerminal(s)}
	if o.Terminal {
		o.Width = s.Env.Width
	}
	if f.output == "" || f.output == "-" {
		o.Color = s.Color()
	}
	return &results{s: s, format: format, options: o, file: f.output != "" && f.output != "-"}, nil
}

// alone reports whether a file of the format is one result.
func (r *results) alone() bool {
	return r.format.Binary() || r.format == reports.RowJSON
}

// Write writes one result. Those that people read stand a blank line apart.
func (r *results) Write(w io.Writer, rr array.RecordReader) (reports.RowsWritten, error) {
	if r.n++; r.n > 1 && r.format != reports.RowNDJSON {
		if _, err := io.WriteString(w, "\n"); err != nil {
			return reports.RowsWritten{}, err
		}
	}
	return reports.WriteRows(w, r.format, rr, r.options)
}

// Tell says on stderr that a result that was written is only a part.
func (r *results) Tell(done reports.RowsWritten) {
	if done.Truncated {
		r.s.Note("these are the first %s rows; --limit 0 gives all", thousands(done.Rows))
	}
}

// WriteRows writes the rows that query gives. The output is opened first, so that
// what is wrong with it shows before a long query. To tell a whole result from a
// part, query should give one row more than f.most.
func (s *session) WriteRows(ctx context.Context, f *rowsFlags, query func() (array.RecordReader, error)) (reports.RowsWritten, error) {
	var done reports.RowsWritten
	r, err := s.newResults(f)
	if err != nil {
		return done, err
	}
	err = s.Output(ctx, f.output, r.format.Binary(), func(w io.Writer) error {
		rr, err := query()
		if err != nil {
			return err
		}
		defer rr.Release()
		done, err = r.Write(w, rr)
		return err
	})
	if err != nil {
		return done, err
	}
	s.Rec.Count("rows", done.Rows)
	r.Tell(done)
	return done, nil
}

// thousands writes a count as people read it: 99,956.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
