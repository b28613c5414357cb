package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/ingest"
)

// pairsFlags are the flags of the commands that read a collection.
type pairsFlags struct {
	condition, encoding string
}

func (f *pairsFlags) flags(p *program, cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.condition, "condition", "", "the `CONDITION` of pairs that don't say it: new, new_defects or used")
	cmd.Flags().StringVar(&f.encoding, "encoding", "", "encoding of a text file, a `NAME` such as utf-8, windows-1252; looked for when empty")
	p.settingFlag(cmd, "max_rejects", "max-rejects")
}

// pairConditions are those that --condition may be.
var pairConditions = []string{"new", "new_defects", "used"}

// check refuses flags that can't be answered.
func (f *pairsFlags) check() error {
	if f.condition != "" && !slices.Contains(pairConditions, f.condition) {
		err := usagef("--condition: there is no %q; there are %s", f.condition, alternatives(pairConditions))
		if near := nearest(f.condition, pairConditions); near != "" {
			return withHint(err, "did you mean %s?", near)
		}
		return err
	}
	if f.encoding != "" {
		if err := ingest.CheckEncoding(f.encoding); err != nil {
			return &usageError{err}
		}
	}
	return nil
}

// openPairs opens the book for reading and reads a collection; what was not understood is
// said on stderr. A file that is not there shows before the book is opened. The caller
// closes the book.
func (s *session) openPairs(ctx context.Context, file string, flags pairsFlags) (*data.Book, ingest.Collection, error) {
	if err := flags.check(); err != nil {
		return nil, ingest.Collection{}, err
	}
	if file != "-" {
		_, err := os.Stat(file)
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return nil, ingest.Collection{}, fmt.Errorf("read %q: %w", path.Path, path.Err)
		}
	}
	stdin := s.Env.Stdin
	if file == "-" {
		var err error
		if stdin, err = awaited(ctx, stdin); err != nil {
			return nil, ingest.Collection{}, err
		}
	}
	b, err := s.readBook(ctx)
	if err != nil {
		return nil, ingest.Collection{}, err
	}
	bound := get[limit](s.Settings, "max_rejects")
	j := &ingest.PairsJob{Book: b, AsOf: s.AsOf, Condition: flags.condition, Encoding: flags.encoding, Stdin: stdin,
		TooMany: func(rejected, read int64) bool { return bound.exceededBy(int(rejected), int(read)) }}
	c, err := j.Read(ctx, file)
	var columns *ingest.NoPairColumnsError
	var many *ingest.TooManyPairRejectsError
	switch {
	case errors.As(err, &columns):
		err = withHint(err, "name a column style_code or title; greybook value --help lists the columns")
	case errors.As(err, &many):
		s.notePairs(c)
		err = withHint(&refusedError{err}, "--max-rejects sets the bound")
	case err == nil:
		s.notePairs(c)
		s.Rec.Input(fileRecord{Path: c.Path, Size: c.Bytes, SHA256: c.SHA256})
		return b, c, nil
	}
	b.Close()
	return nil, c, err
}

// mostOfPipe is how many bytes of a collection are read from standard input.
const mostOfPipe = 256 << 20

// awaited reads all of a stream, so that nobody is kept from the book while it may take
// its time.
func awaited(ctx context.Context, in io.Reader) (io.Reader, error) {
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := io.ReadAll(io.LimitReader(in, mostOfPipe+1))
		got <- answer{text, err}
	}()
	select {
	case <-ctx.Done(): // nobody may ever write to the other end
		return nil, ctx.Err()
	case a := <-got:
		if a.err == nil && len(a.text) > mostOfPipe {
			a.err = fmt.Errorf("read -: more than %d MB, which is no collection", mostOfPipe>>20)
		}
		return bytes.NewReader(a.text), a.err
	}
}

// pairNote is what was not understood for one reason.
type pairNote struct {
	column, reason, value string // of the first line
	lines                 []int64
}

// notePairs says what of a collection was refused or not understood, by reason, and
// which columns were not read.
func (s *session) notePairs(c ingest.Collection) {
	s.Rec.Count("read", int64(len(c.Pairs)+len(c.Rejects)))
	s.Rec.Count("rejected", int64(len(c.Rejects)))
	if names := c.Renamed(); len(names) > 0 {
		s.Note("columns are read %s", shorten(strings.Join(names, ", "), 400))
	}
	if len(c.Unread) > 0 {
		s.Note("columns that are not read: %s", strings.Join(columnNames(c.Unread), ", "))
	}
	var refused, faults []*pairNote
	for _, r := range c.Rejects {
		refused = addNote(refused, r.Line, r.Column, r.Reason, r.Value)
	}
	for _, p := range c.Pairs {
		for _, f := range p.Faults {
			faults = addNote(faults, p.Line, f.Column, f.Reason, f.Value)
		}
	}
	for _, n := range refused {
		s.Warn("refused, for it is no pair: %s", n.text())
	}
	for _, n := range faults {
		s.Warn("not understood, and taken as not said: %s", n.text())
	}
}

func addNote(notes []*pairNote, line int64, column, reason, value string) []*pairNote {
	i := slices.IndexFunc(notes, func(n *pairNote) bool { return n.reason == reason })
	if i < 0 {
		return append(notes, &pairNote{column, reason, value, []int64{line}})
	}
	notes[i].lines = append(notes[i].lines, line)
	return notes
}

// text says where and why: size_not_understood, line 4: size = "gigantic"; lines 9, 12, too.
func (n *pairNote) text() string {
	text := fmt.Sprintf("%s, %s", n.reason, where(ingest.Example{Line: n.lines[0], Column: n.column, Value: n.value}))
	if len(n.lines) == 1 {
		return text
	}
	var more []string
	for i, line := range n.lines[1:] {
		if i == mostNotes {
			return text + fmt.Sprintf("; also on lines %s and %d more", strings.Join(more, ", "), len(n.lines)-1-i)
		}
		more = append(more, fmt.Sprint(line))
	}
	if len(more) == 1 {
		return text + "; also on line " + more[0]
	}
	return text + "; also on lines " + strings.Join(more, ", ")
}

// columnNames are names of columns, shortened and in quotes, at most ten of them.
func columnNames(names []string) []string {
	var out []string
	for i, n := range names {
		if i == mostNotes {
			return append(out, fmt.Sprintf("and %d more", len(names)-i))
		}
		out = append(out, fmt.Sprintf("%q", shorten(n, 40)))
	}
	return out
}
