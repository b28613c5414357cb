package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/amassable/greybook/data"
	"github.com/apache/arrow-go/v18/arrow"
)

// OldFeed is a feed that was written before, read back to tell what changed since.
type OldFeed struct {
	Manifest Manifest
	File     ManifestFile // the manifest, by the name it was asked for
	rows     []feedLine
}

// ReadOldFeed reads the feed of a manifest: its rows are those of the estimates.ndjson
// beside it. The path may lead through links, which are followed once, so that another feed
// may take the place of this one meanwhile.
//
// Errors: no such manifest, or not a feed's; estimates.ndjson not there, or not what the
// manifest says; rows of a greybook that knew more columns.
func ReadOldFeed(manifest string) (*OldFeed, error) {
	path, err := filepath.EvalSymlinks(manifest)
	if err != nil {
		return nil, fmt.Errorf("old feed: %w", err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("old feed: %w", err)
	}
	old := &OldFeed{File: feedFile{manifest, body}.sum()}
	if err := json.Unmarshal(body, &old.Manifest); err != nil {
		return nil, fmt.Errorf("old feed %s: no manifest of a feed: %w", manifest, err)
	}
	m := &old.Manifest
	i := slices.IndexFunc(m.Files, func(f ManifestFile) bool { return f.Name == feedRowsName })
	if m.Schema != feedSchemaID || m.AsOf.IsZero() || i < 0 {
		return nil, fmt.Errorf("old feed %s: no manifest of a feed of %s with an %s", manifest, feedSchemaID, feedRowsName)
	}
	if m.Generation != feedGeneration(slices.DeleteFunc(slices.Clone(m.Files), func(f ManifestFile) bool { return f.Name == feedChangesName })) {
		return nil, fmt.Errorf("old feed %s: its generation is not that of its files: somebody changed it", manifest)
	}
	rows, err := os.ReadFile(filepath.Join(filepath.Dir(path), feedRowsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("old feed %s: there is no %s beside it, which has its rows", manifest, feedRowsName)
	}
	if err != nil {
		return nil, fmt.Errorf("old feed: %w", err)
	}
	if got, want := (feedFile{feedRowsName, rows}).sum(), m.Files[i]; got != want {
		return nil, fmt.Errorf("old feed %s: the %s beside it is another than its own: %d bytes with sha256 %s, not %d with %s",
			manifest, feedRowsName, got.Size, got.SHA256, want.Size, want.SHA256)
	}
	if old.rows, err = parseFeedLines(rows); err == nil && len(old.rows) != m.Estimates {
		err = fmt.Errorf("%d rows, and the manifest says %d", len(old.rows), m.Estimates)
	}
	if err != nil {
		return nil, fmt.Errorf("old feed %s: %s: %w", manifest, feedRowsName, err)
	}
	return old, nil
}

// Fits says why changes since the old feed make no sense for a feed of that day and book: it
// is of another book, whose sales are others and whose withdrawn rows would be wrong ("" is a
// book that is not said), or of a later day, as changes go forward only. The same day is fine.
func (o *OldFeed) Fits(asOf data.Date, bookID string) error {
	m := o.Manifest
	if m.BookID != "" && bookID != "" && m.BookID != bookID {
		return fmt.Errorf("the old feed is of another book, %s, not %s", m.BookID, bookID)
	}
	if m.AsOf > asOf {
		return fmt.Errorf("the old feed is as of %s, which is later than %s: changes go forward only", m.AsOf, asOf)
	}
	return nil
}

// feedLine is a row as estimates.ndjson has it.
type feedLine struct {
	key   feedKey
	text  []byte            // the whole object
	cells []json.RawMessage // by column of FeedSchema
}

// feedKey is the key of a row.
type feedKey struct {
	StyleID   string  `json:"style_id"`
	SizeBand  *string `json:"size_band"` // nil: all sizes
	Condition string  `json:"condition"`
}

func (k feedKey) compare(l feedKey) int {
	size := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return cmp.Or(cmp.Compare(k.StyleID, l.StyleID), cmp.Compare(size(k.SizeBand), size(l.SizeBand)), cmp.Compare(k.Condition, l.Condition))
}

// parseFeedLines reads an estimates.ndjson of this version or of one that had fewer
// columns: those are null.
func parseFeedLines(ndjson []byte) ([]feedLine, error) {
	columns := FeedSchema().Fields()
	var rows []feedLine
	for line := range bytes.Lines(ndjson) {
		r, err := parseFeedLine(columns, bytes.TrimSuffix(line, []byte("\n")))
		if err == nil && len(rows) > 0 && rows[len(rows)-1].key.compare(r.key) >= 0 {
			err = errors.New("is not after the row before it")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(rows)+1, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func parseFeedLine(columns []arrow.Field, line []byte) (feedLine, error) {
	r := feedLine{text: line, cells: make([]json.RawMessage, len(columns))}
	if err := json.Unmarshal(line, &r.key); err != nil {
		return r, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(line, &fields); err != nil {
		return r, err
	}
	for i, c := range columns {
		v, ok := fields[c.Name]
		switch {
		case ok:
			r.cells[i] = v
		case c.Nullable:
			r.cells[i] = json.RawMessage("null")
		default:
			return r, fmt.Errorf("it has no %s", c.Name)
		}
		delete(fields, c.Name)
	}
	for name := range fields {
		return r, fmt.Errorf("it has a column %q, which this greybook does not know", name)
	}
	return r, nil
}

// feedChanges is changes.ndjson: what the rows among files have otherwise than the old
// feed, a line each, sorted by key. It puts the counts into the manifest.
//
// Rows are compared as they are written, so that what rounding hides is no change. as_of
// and method_version are left out: they are the same in all rows of a feed, the manifest has
// them, and a row that says the same a day later, or by another method, has not changed.
// Old rows, less those withdrawn, with those added put in and the fields of those changed in
// place of theirs, and then with these two columns as the manifest has them, are the new rows.
func feedChanges(m *Manifest, old *OldFeed, files []feedFile) (feedFile, error) {
	f := feedFile{name: feedChangesName}
	if err := old.Fits(m.AsOf, m.BookID); err != nil {
		return f, err
	}
	i := slices.IndexFunc(files, func(f feedFile) bool { return f.name == feedRowsName })
	rows, err := parseFeedLines(files[i].body)
	if err != nil {
		return f, fmt.Errorf("%s: %w", feedRowsName, err)
	}
	was := old.Manifest
	m.Changes = &ManifestChanges{Since: ManifestSince{was.Generation, was.AsOf, was.MethodVersion, was.Estimates}}
	before := old.rows
	for len(rows) > 0 || len(before) > 0 {
		order := 0
		switch {
		case len(before) == 0:
			order = -1
		case len(rows) == 0:
			order = 1
		default:
			order = rows[0].key.compare(before[0].key)
		}
		switch {
		case order < 0:
			m.Changes.Added++
			f.body = appendChange(f.body, "added", rows[0], rows[0].text, nil)
		case order > 0:
			m.Changes.Withdrawn++
			f.body = appendChange(f.body, "withdrawn", before[0], nil, before[0].text)
		default:
			if is, was := changedCells(before[0], rows[0]); is != nil {
				m.Changes.Changed++
				f.body = appendChange(f.body, "changed", rows[0], is, was)
			}
		}
		if order <= 0 {
			rows = rows[1:]
		}
		if order >= 0 {
			before = before[1:]
		}
	}
	return f, nil
}

// changedCells is what a row says otherwise than the old one, and what that said, as JSON
// objects; nil for nothing. The rest of a row is as it was, so that a change stays small.
func changedCells(old, row feedLine) (is, was []byte) {
	for i, c := range FeedSchema().Fields() {
		if c.Name == "as_of" || c.Name == "method_version" || bytes.Equal(old.cells[i], row.cells[i]) {
			continue
		}
		is, was = appendCell(is, c.Name, row.cells[i]), appendCell(was, c.Name, old.cells[i])
	}
	if is == nil {
		return nil, nil
	}
	return append(is, '}'), append(was, '}')
}

// appendCell appends a field to an object that is not ended; nil is one not begun.
func appendCell(b []byte, name string, value json.RawMessage) []byte {
	b = append(b, map[bool]byte{true: '{', false: ','}[b == nil])
	return append(append(appendRowJSONString(b, name), ':'), value...)
}

// appendChange appends a line of changes.ndjson; a row that is nil is null.
func appendChange(b []byte, change string, key feedLine, row, before []byte) []byte {
	b = appendRowJSONString(append(b, `{"change":`...), change)
	for i, c := range FeedSchema().Fields() {
		if c.Name == "style_id" || c.Name == "size_band" || c.Name == "condition" {
			b = append(appendRowJSONString(append(b, ','), c.Name), ':')
			b = append(b, key.cells[i]...)
		}
	}
	null := []byte("null")
	if row == nil {
		row = null
	}
	if before == nil {
		before = null
	}
	b = append(append(b, `,"estimate":`...), row...)
	b = append(append(b, `,"before":`...), before...)
	return append(b, "}\n"...)
}
