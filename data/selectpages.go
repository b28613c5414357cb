package data

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// resultTable holds the result of a sandbox's latest query.
const resultTable = "temp.main.greybook_result"

// A page is a part of a result that is in memory at once: about pageBytes, by the
// rows before it; the first one is small since nothing is known of them yet.
const (
	pageBytes = 16 << 20
	firstPage = 256
	maxPage   = 60 * 2048 // a row group of the engine's
	minPage   = 16
)

// resultPages reads the result table page by page.
type resultPages struct {
	ctx     context.Context
	session *Session
	fetch   string // SELECT of a page, by its first row and the one behind its last
	total   int64
	next    int64 // the row that the next page begins with
	rows    int64 // how many rows to take then
	bytes   int64 // of the current page so far
	page    array.RecordReader
	schema  *arrow.Schema
	refs    int
	err     error
}

func (s *Session) resultPages(ctx context.Context) (array.RecordReader, error) {
	columns, err := s.resultColumns(ctx)
	if err != nil {
		return nil, err
	}
	p := &resultPages{ctx: ctx, session: s, rows: firstPage, refs: 1}
	// Row ids count from 0 in the order of the rows. LIMIT and OFFSET would read
	// all rows before the page each time.
	p.fetch = "SELECT " + columns + " FROM " + resultTable + " WHERE rowid >= ? AND rowid < ?"
	if err := s.Get(ctx, []any{&p.total}, "SELECT count(*) FROM "+resultTable); err != nil {
		return nil, err
	}
	// The first page now, also of an empty result: it has the types.
	if err := p.turn(); err != nil {
		return nil, err
	}
	p.schema = p.page.Schema()
	return p, nil
}

// resultColumns returns the select list of the result. A column named rowid hides
// the row ids: it is renamed in the table, and gets its name back on the way out.
// UHUGEINT becomes text: on the way to Arrow the larger half of its numbers would come
// out negative.
func (s *Session) resultColumns(ctx context.Context) (string, error) {
	rows, err := s.Query(ctx, "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'temp' AND table_name = 'greybook_result' ORDER BY column_index")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	hidden, taken, texts := "", map[string]bool{}, []string{}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return "", err
		}
		taken[strings.ToLower(name)] = true
		if strings.EqualFold(name, "rowid") {
			hidden = name
		}
		if strings.Contains(kind, "UHUGEINT") && hidden != name {
			texts = append(texts, fmt.Sprintf("%[1]s::%[2]s AS %[1]s", quotedName(name), strings.ReplaceAll(kind, "UHUGEINT", "VARCHAR")))
		}
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	list := "*"
	if hidden != "" {
		free := "rowid_"
		for taken[free] {
			free += "_"
		}
		if err := s.Exec(ctx, fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", resultTable, hidden, free)); err != nil {
			return "", err
		}
		list = fmt.Sprintf("* RENAME (%s AS %s)", free, hidden)
	}
	if len(texts) > 0 {
		list = strings.Replace(list, "*", "* REPLACE ("+strings.Join(texts, ", ")+")", 1)
	}
	return list, nil
}

// quotedName is a name as a statement has it, whatever is in it.
func quotedName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// turn begins the next page.
func (p *resultPages) turn() error {
	to := min(p.next+p.rows, p.total)
	rr, err := p.session.Arrow(p.ctx, p.fetch, p.next, to)
	if err != nil {
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		return queryError(err)
	}
	if p.page != nil {
		p.page.Release()
	}
	p.page, p.bytes = rr, 0
	return nil
}

// Next goes to the next batch of rows.
func (p *resultPages) Next() bool {
	for p.err == nil {
		if p.page.Next() {
			b := p.page.RecordBatch()
			p.next += b.NumRows()
			for _, c := range b.Columns() {
				p.bytes += size(c.Data())
			}
			return true
		}
		if p.err = p.page.Err(); p.err != nil || p.next >= p.total {
			return false
		}
		if p.bytes > 0 {
			p.rows = min(max(p.rows*pageBytes/p.bytes, minPage), maxPage)
		}
		p.err = p.turn()
	}
	return false
}

func (p *resultPages) Schema() *arrow.Schema          { return p.schema }
func (p *resultPages) RecordBatch() arrow.RecordBatch { return p.page.RecordBatch() }
func (p *resultPages) Record() arrow.RecordBatch      { return p.page.RecordBatch() }
func (p *resultPages) Err() error                     { return p.err }
func (p *resultPages) Retain()                        { p.refs++ }

// Release gives the rows back, and with the last reference the table that held them.
func (p *resultPages) Release() {
	if p.refs--; p.refs != 0 {
		return
	}
	p.page.Release()
	// A session may live long. An error is of no use here: the table goes with it.
	_ = p.session.Exec(context.WithoutCancel(p.ctx), "DROP TABLE IF EXISTS "+resultTable)
}

// size is how many bytes a column's values take.
func size(d arrow.ArrayData) int64 {
	var n int64
	for _, b := range d.Buffers() {
		if b != nil {
			n += int64(b.Len())
		}
	}
	for _, c := range d.Children() {
		n += size(c)
	}
	return n
}
