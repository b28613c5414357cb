package main

import (
	"context"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/spf13/cobra"

	"github.com/amassable/greybook/reports"
)

// rowFlags are the flags of a command that prints rows.
type rowFlags struct{ output string }

func (p *program) rowFlags(cmd *cobra.Command) *rowFlags {
	f := &rowFlags{}
	p.settingFlag(cmd, "format", "format")
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	return f
}

func (f *rowFlags) check(*session) error { return nil }

func (f *rowFlags) write(ctx context.Context, s *session, rr array.RecordReader) error {
	format, err := reports.ParseRowFormat(get[string](s.Settings, "format"))
	if err != nil {
		return &usageError{err}
	}
	return s.Output(ctx, f.output, format.Binary(), func(w io.Writer) error {
		_, err := reports.WriteRows(w, format, rr, reports.RowOptions{Width: s.width(), Color: s.Color(), Terminal: s.Env.StdoutTerminal})
		return err
	})
}

// width is that of the terminal that stdout is; a file or a pipe has none.
func (s *session) width() int {
	if !s.Env.StdoutTerminal {
		return 0
	}
	return s.Env.Width
}
