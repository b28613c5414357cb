package reports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// checkFeed reads every file back, as bytes that are not on the disk yet: the JSON ones
// against the schema, and all five forms of the estimates against each other.
func checkFeed(files []feedFile) error {
	c, err := newFeedChecker()
	if err != nil {
		return fmt.Errorf("estimates.schema.json: %w", err)
	}
	for _, f := range files {
		switch f.name {
		case "estimates.json":
			err = c.document("", f)
		case feedManifestName:
			err = c.document("#/$defs/manifest", f)
		case feedRowsName:
			err = c.lines("#/$defs/estimate", f)
		case feedChangesName:
			err = c.lines("#/$defs/change", f)
		}
		if err != nil {
			return err
		}
	}
	return checkForms(files)
}

// feedChecker holds JSON against parts of the schema.
type feedChecker struct{ compiler *jsonschema.Compiler }

func newFeedChecker() (feedChecker, error) {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(estimatesSchema))
	if err != nil {
		return feedChecker{}, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return feedChecker{c}, c.AddResource(feedSchemaID, schema)
}

// document checks a file that is one JSON value; part is a JSON pointer into the schema.
func (c feedChecker) document(part string, f feedFile) error {
	s, err := c.compiler.Compile(feedSchemaID + part)
	if err != nil {
		return fmt.Errorf("estimates.schema.json: %w", err)
	}
	return validate(s, f.name, f.body)
}

// lines checks a file that has a JSON value on each line.
func (c feedChecker) lines(part string, f feedFile) error {
	s, err := c.compiler.Compile(feedSchemaID + part)
	if err != nil {
		return fmt.Errorf("estimates.schema.json: %w", err)
	}
	n := 0
	for line := range bytes.Lines(f.body) {
		n++
		if err := validate(s, fmt.Sprintf("%s, line %d,", f.name, n), line); err != nil {
			return err
		}
	}
	return nil
}

func validate(s *jsonschema.Schema, name string, body []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSuffix(name, ","), err)
	}
	if err := s.Validate(doc); err != nil {
		return fmt.Errorf("%s breaks its schema, nothing was written: %w", name, err)
	}
	return nil
}

// checkForms reads the estimates back from each of their forms, and refuses two that
// differ: in the number of rows, or in a column's values, and so in any count or sum of them.
func checkForms(files []feedFile) error {
	read := map[string]func([]byte, *formSums) error{
		"estimates.json": sumJSON, feedRowsName: sumNDJSON, "estimates.csv": sumCSV, "estimates.arrow": sumArrow, "estimates.parquet": sumParquet,
	}
	var first *formSums
	for _, f := range files {
		sum := read[f.name]
		if sum == nil {
			continue
		}
		s := newFormSums(f.name)
		if err := sum(f.body, s); err != nil {
			return fmt.Errorf("%s can't be read back, nothing was written: %w", f.name, err)
		}
		if first == nil {
			first = s
		}
		if err := s.differsFrom(first); err != nil {
			return fmt.Errorf("nothing was written: %w", err)
		}
	}
	return nil
}

// formSums sums up a form of the estimates: its rows, and of each column how many values it
// has and a hash of them in their order. Values are compared as the text that csv has, the
// one form that knows no types.
type formSums struct {
	name    string
	columns []string
	rows    int
	values  []int
	hashes  []hash.Hash
}

func newFormSums(name string) *formSums {
	s := &formSums{name: name}
	for _, f := range FeedSchema().Fields() {
		s.columns = append(s.columns, f.Name)
		s.values = append(s.values, 0)
		s.hashes = append(s.hashes, sha256.New())
	}
	return s
}

// row takes the cells of a row in the order of the columns; "" is null, or a list of nothing.
func (s *formSums) row(cells []string) error {
	if len(cells) != len(s.columns) {
		return fmt.Errorf("row %d has %d columns, want %d", s.rows+1, len(cells), len(s.columns))
	}
	s.rows++
	for i, cell := range cells {
		if cell != "" {
			s.values[i]++
		}
		// A reader of csv makes \n of \r\n.
		fmt.Fprintf(s.hashes[i], "%q\n", strings.ReplaceAll(cell, "\r\n", "\n"))
	}
	return nil
}

func (s *formSums) differsFrom(t *formSums) error {
	if s.rows != t.rows {
		return fmt.Errorf("%s has %d rows, %s %d", s.name, s.rows, t.name, t.rows)
	}
	for i, c := range s.columns {
		if s.values[i] != t.values[i] {
			return fmt.Errorf("%s has %d values of %s, %s %d", s.name, s.values[i], c, t.name, t.values[i])
		}
		if !bytes.Equal(s.hashes[i].Sum(nil), t.hashes[i].Sum(nil)) {
			return fmt.Errorf("%s has other values of %s than %s", s.name, c, t.name)
		}
	}
	return nil
}

func sumJSON(body []byte, s *formSums) error {
	var doc struct{ Estimates []json.RawMessage }
	if err := json.Unmarshal(body, &doc); err != nil {
		return err
	}
	for _, row := range doc.Estimates {
		if err := s.object(row); err != nil {
			return err
		}
	}
	return nil
}

func sumNDJSON(body []byte, s *formSums) error {
	for line := range bytes.Lines(body) {
		if err := s.object(line); err != nil {
			return err
		}
	}
	return nil
}

// object takes a row as a JSON object, of these columns and no others.
func (s *formSums) object(row []byte) error {
	d := json.NewDecoder(bytes.NewReader(row))
	d.UseNumber()
	fields := map[string]any{}
	if err := d.Decode(&fields); err != nil {
		return err
	}
	cells := make([]string, 0, len(fields))
	for _, c := range s.columns {
		v, ok := fields[c]
		if !ok {
			return fmt.Errorf("row %d has no %s", s.rows+1, c)
		}
		delete(fields, c)
		cells = append(cells, jsonCell(v))
	}
	for c := range fields {
		return fmt.Errorf("row %d has a field %q that is no column", s.rows+1, c)
	}
	return s.row(cells)
}

// jsonCell is a value as csv has it.
func jsonCell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			texts[i] = fmt.Sprint(item)
		}
		return GuardFormula(strings.Join(texts, "; "))
	}
	return GuardFormula(fmt.Sprint(v))
}

func sumCSV(body []byte, s *formSums) error {
	r := csv.NewReader(bytes.NewReader(body))
	names, err := r.Read()
	if err != nil {
		return err
	}
	if !slices.Equal(names, s.columns) {
		return fmt.Errorf("the header is %v", names)
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.row(cells)
		}
		if err != nil {
			return err
		}
	}
}

// batch takes rows as Arrow has them.
func (s *formSums) batch(rec arrow.RecordBatch) error {
	cells := make([]string, rec.NumCols())
	for i := range int(rec.NumRows()) {
		for c, column := range rec.Columns() {
			if cells[c] = ""; !rowNull(column, i) {
				cells[c] = GuardFormula(rowText(column, i))
			}
		}
		if err := s.row(cells); err != nil {
			return err
		}
	}
	return nil
}

func sumArrow(body []byte, s *formSums) error {
	r, err := ipc.NewFileReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Close()
	if !r.Schema().Equal(FeedSchema()) {
		return fmt.Errorf("its schema is %s", r.Schema())
	}
	for i := range r.NumRecords() {
		rec, err := r.RecordBatch(i)
		if err == nil {
			err = s.batch(rec)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func sumParquet(body []byte, s *formSums) error {
	pf, err := file.NewParquetReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer pf.Close()
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: 1 << 13}, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	rr, err := fr.GetRecordReader(context.Background(), nil, nil)
	if err != nil {
		return err
	}
	defer rr.Release()
	for rr.Next() {
		if err := s.batch(rr.RecordBatch()); err != nil {
			return err
		}
	}
	return rr.Err()
}
