package reports

import (
	"bytes"
	"cmp"
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
)

// estimatesSchema describes estimates.json, and in its $defs a line of each other file, for
// programs; written by hand, because its descriptions are the feed's documentation.
//
//go:embed estimates.schema.json
var estimatesSchema []byte

// Manifest says what a feed holds: manifest.json. It has no time of its making,
// so the same book gives the same bytes.
type Manifest struct {
	Schema         string           `json:"schema"`     // the $id of estimates.schema.json
	Generation     string           `json:"generation"` // names the estimates: see feedGeneration
	AsOf           data.Date        `json:"as_of"`
	MethodVersion  string           `json:"method_version"` // of every row
	BookVersion    string           `json:"book_version"`
	BookID         string           `json:"book_id,omitempty"`
	Program        string           `json:"program"`
	Synthetic      bool             `json:"synthetic"`       // some figures rest on synthetic sales, or the book has such sales
	SyntheticSales int              `json:"synthetic_sales"` // in the book
	Estimates      int              `json:"estimates"`       // rows
	ByBasis        map[string]int   `json:"by_basis"`        // rows by basis
	ByGrade        map[string]int   `json:"by_grade"`        // rows by grade
	Changes        *ManifestChanges `json:"changes,omitempty"`
	Files          []ManifestFile   `json:"files"` // by name; the manifest itself is not among them
}

// ManifestChanges says what changes.ndjson holds.
type ManifestChanges struct {
	Since     ManifestSince `json:"since"`
	Added     int           `json:"added"`     // rows that the old feed had not
	Changed   int           `json:"changed"`   // rows that say something else
	Withdrawn int           `json:"withdrawn"` // rows that are no more
}

// ManifestSince is the feed that changes are since.
type ManifestSince struct {
	Generation    string    `json:"generation"`
	AsOf          data.Date `json:"as_of"`
	MethodVersion string    `json:"method_version"`
	Estimates     int       `json:"estimates"` // rows
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

func (f feedFile) sum() ManifestFile {
	sum := sha256.Sum256(f.body)
	return ManifestFile{f.name, int64(len(f.body)), hex.EncodeToString(sum[:])}
}

// The names of the files of a feed that programs look for by name.
const (
	feedManifestName = "manifest.json"
	feedRowsName     = "estimates.ndjson"
	feedChangesName  = "changes.ndjson"
)

// WriteFeed writes the feed into dir: the estimates as estimates.json, .ndjson, .csv,
// .parquet and .arrow, estimates.schema.json, manifest.json, and changes.ndjson where
// meta.Since is given. The same arguments give the same bytes. Nothing appears before every
// file was read back and checked (checkFeed), and then all files appear at once: see
// publish for how, and for what dir becomes on the way.
//
// Errors: rows that contradict themselves or the schema, an estimate of another
// day or method than meta's, a dir that is not a feed's.
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

// feedFiles is the whole feed in memory, checked; the manifest is the last file.
func feedFiles(meta FeedMeta, est []analysis.Estimate) ([]feedFile, Manifest, error) {
	est, m, err := feedManifest(meta, est)
	if err != nil {
		return nil, m, err
	}
	files, err := feedForms(m, est)
	if err != nil {
		return nil, m, err
	}
	for _, f := range files {
		m.Files = append(m.Files, f.sum())
	}
	m.Generation = feedGeneration(m.Files)
	if meta.Since != nil {
		f, err := feedChanges(&m, meta.Since, files)
		if err != nil {
			return nil, m, err
		}
		files = slices.Insert(files, 0, f) // by name it is the first
		m.Files = slices.Insert(m.Files, 0, f.sum())
	}
	f, err := m.file()
	if err != nil {
		return nil, m, err
	}
	files = append(files, f)
	return files, m, checkFeed(files)
}

// file is manifest.json.
func (m Manifest) file() (feedFile, error) {
	body, err := json.MarshalIndent(m, "", "  ")
	return feedFile{feedManifestName, append(body, '\n')}, err
}

// Sum is the manifest as a file of its feed, which it does not list itself.
func (m Manifest) Sum() (ManifestFile, error) {
	f, err := m.file()
	return f.sum(), err
}

// feedManifest is the estimates in the order of the feed, and its manifest but for the files.
func feedManifest(meta FeedMeta, est []analysis.Estimate) ([]analysis.Estimate, Manifest, error) {
	if meta.AsOf.IsZero() {
		return nil, Manifest{}, fmt.Errorf("the feed has no as-of date")
	}
	est, err := feedOrder(est)
	if err != nil {
		return nil, Manifest{}, err
	}
	m := Manifest{
		Schema: feedSchemaID, AsOf: meta.AsOf, MethodVersion: rowValidText(meta.MethodVersion), BookVersion: rowValidText(meta.BookVersion),
		BookID: rowValidText(meta.BookID), Program: rowValidText(meta.Program),
		Synthetic: meta.Synthetic > 0, SyntheticSales: meta.Synthetic, Estimates: len(est),
		ByBasis: map[string]int{}, ByGrade: map[string]int{},
	}
	for _, e := range est {
		if e.AsOf != meta.AsOf {
			return nil, m, fmt.Errorf("%s is as of %s, the feed of %s", feedRowName(e), e.AsOf, meta.AsOf)
		}
		if e.MethodVersion != meta.MethodVersion { // or changes could not leave it out
			return nil, m, fmt.Errorf("%s is by method %q, the feed by %q", feedRowName(e), e.MethodVersion, meta.MethodVersion)
		}
		m.Synthetic = m.Synthetic || slices.Contains(e.Reasons, analysis.ReasonSynthetic)
		m.ByBasis[e.Basis]++
		m.ByGrade[e.Grade]++
	}
	return est, m, nil
}

// feedForms is the estimates in each form, and their schema, by name.
func feedForms(m Manifest, est []analysis.Estimate) ([]feedFile, error) {
	document, err := feedJSON(m, est)
	if err != nil {
		return nil, err
	}
	files := []feedFile{{"estimates.json", document}, {"estimates.schema.json", estimatesSchema}}
	for _, f := range []RowFormat{RowArrow, RowCSV, RowNDJSON, RowParquet} {
		body, err := feedRows(f, est)
		if err != nil {
			return nil, err
		}
		files = append(files, feedFile{"estimates." + string(f), body})
	}
	slices.SortFunc(files, func(a, b feedFile) int { return cmp.Compare(a.name, b.name) })
	return files, nil
}

// feedGeneration names the estimates that these files hold: the SHA-256 of a line for each,
// "NAME SIZE SHA256\n", by name. changes.ndjson is not among them, so that a feed has the
// same generation with it and without, and the service the same as the feed.
func feedGeneration(files []ManifestFile) string {
	sum := sha256.New()
	for _, f := range files {
		fmt.Fprintf(sum, "%s %d %s\n", f.Name, f.Size, f.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil))
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
