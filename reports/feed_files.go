package reports

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// estimatesSchema describes estimates.json, for programs; written by hand,
// because its descriptions are the feed's documentation.
//
//go:embed estimates.schema.json
var estimatesSchema []byte

// Manifest says what a feed holds: manifest.json. It has no time of its making,
// so the same book gives the same bytes.
type Manifest struct {
	AsOf           data.Date      `json:"as_of"`
	MethodVersion  string         `json:"method_version"`
	BookVersion    string         `json:"book_version"`
	BookID         string         `json:"book_id,omitempty"`
	Program        string         `json:"program"`
	Synthetic      bool           `json:"synthetic"`       // some figures rest on synthetic sales, or the book has such sales
	SyntheticSales int            `json:"synthetic_sales"` // in the book
	Estimates      int            `json:"estimates"`       // rows
	ByBasis        map[string]int `json:"by_basis"`        // rows by basis
	ByGrade        map[string]int `json:"by_grade"`        // rows by grade
	Files          []ManifestFile `json:"files"`           // by name; the manifest itself is not among them
}

// ManifestFile is one file of a feed.
type ManifestFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// feedFile is a file to be written.
type feedFile struct {
	name string
	body []byte
}

// WriteFeed writes the feed into dir: estimates.json, estimates.parquet,
// estimates.schema.json and manifest.json. The same arguments give the same
// bytes. Nothing appears before estimates.json was held against the schema, and
// then all files appear at once: see publish for how, and for what dir
// becomes on the way.
//
// Errors: rows that contradict themselves or the schema, an estimate of another
// day than meta.AsOf, a dir that is not a feed's.
func WriteFeed(dir string, meta FeedMeta, est []analysis.Estimate) (Manifest, error) {
	files, m, err := feedFiles(meta, est)
	if err != nil {
		return Manifest{}, fmt.Errorf("feed: %w", err)
	}
	_, err = publish(context.Background(), dir, feedFolder, func(folder string) error {
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(folder, f.name), f.body, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("feed %s: %w", dir, err)
	}
	return m, nil
}

// feedFiles is the whole feed in memory; the manifest is the last file.
func feedFiles(meta FeedMeta, est []analysis.Estimate) ([]feedFile, Manifest, error) {
	if meta.AsOf.IsZero() {
		return nil, Manifest{}, fmt.Errorf("the feed has no as-of date")
	}
	est, err := feedOrder(est)
	if err != nil {
		return nil, Manifest{}, err
	}
	m := Manifest{
		AsOf: meta.AsOf, MethodVersion: rowValidText(meta.MethodVersion), BookVersion: rowValidText(meta.BookVersion),
		BookID: rowValidText(meta.BookID), Program: rowValidText(meta.Program),
		Synthetic: meta.Synthetic > 0, SyntheticSales: meta.Synthetic, Estimates: len(est),
		ByBasis: map[string]int{}, ByGrade: map[string]int{},
	}
	for _, e := range est {
		if e.AsOf != meta.AsOf {
			return nil, Manifest{}, fmt.Errorf("%s is as of %s, the feed of %s", feedRowName(e), e.AsOf, meta.AsOf)
		}
		m.Synthetic = m.Synthetic || slices.Contains(e.Reasons, analysis.ReasonSynthetic)
		m.ByBasis[e.Basis]++
		m.ByGrade[e.Grade]++
	}
	estimates, err := feedJSON(m, est)
	if err != nil {
		return nil, Manifest{}, err
	}
	if err := validateEstimates(estimates); err != nil {
		return nil, Manifest{}, err
	}
	parquet, err := feedRows(RowParquet, est)
	if err != nil {
		return nil, Manifest{}, err
	}
	files := []feedFile{
		{"estimates.json", estimates},
		{"estimates.parquet", parquet},
		{"estimates.schema.json", estimatesSchema},
	}
	for _, f := range files {
		sum := sha256.Sum256(f.body)
		m.Files = append(m.Files, ManifestFile{f.name, int64(len(f.body)), hex.EncodeToString(sum[:])})
	}
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, Manifest{}, err
	}
	return append(files, feedFile{"manifest.json", append(body, '\n')}), m, nil
}

// feedJSON is estimates.json: an object around the rows, one row on each line.
func feedJSON(m Manifest, est []analysis.Estimate) ([]byte, error) {
	rows, err := feedRows(RowJSON, est)
	if err != nil {
		return nil, err
	}
	b := appendRowJSONString([]byte(`{"as_of":`), m.AsOf.String())
	b = appendRowJSONString(append(b, `,"method_version":`...), m.MethodVersion)
	b = fmt.Appendf(b, `,"synthetic":%t,"estimates":`, m.Synthetic)
	b = append(b, bytes.TrimSuffix(rows, []byte("\n"))...)
	return append(b, "}\n"...), nil
}

// validateEstimates holds an estimates.json against the schema that goes with it.
func validateEstimates(body []byte) error {
	const name = "estimates.schema.json"
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(estimatesSchema))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, schema); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s, err := c.Compile(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("estimates.json: %w", err)
	}
	if err := s.Validate(doc); err != nil {
		return fmt.Errorf("estimates.json breaks its schema, nothing was written: %w", err)
	}
	return nil
}
