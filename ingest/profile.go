package ingest

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed sources/*.toml
var builtinSources embed.FS

// Profile says how one marketplace's export is read. Columns are always found by
// the name in the header, never by position.
type Profile struct {
	Name      string   `toml:"name"`
	Title     string   `toml:"title"`
	Header    []string `toml:"header"`     // columns that a file of this source has
	HeaderAny []string `toml:"header_any"` // and at least one of these
	HeaderMay []string `toml:"header_may"` // known columns that may be missing

	File struct {
		Records      string `toml:"records"`       // JSON documents: the keys that lead to the records, "results.hits"
		Sheet        string `toml:"sheet"`         // XLSX: name of the sheet; "": the first
		Encoding     string `toml:"encoding"`      // pins that of a text file
		HeaderWithin int    `toml:"header_within"` // the header is among so many first rows; 0: it is the first
		Trailer      string `toml:"trailer"`       // pattern of a line that ends the export
	} `toml:"file"`
	Fields    map[string]string `toml:"fields"`    // greybook's field: column
	Constants map[string]string `toml:"constants"` // greybook's field: value where the column is missing or blank
	Values    struct {
		Missing []string `toml:"missing"` // texts that mean "nothing here"
	} `toml:"values"`
	Date struct {
		Kind      string   `toml:"kind"`      // "iso" or "layout"
		Layouts   []string `toml:"layouts"`   // strptime formats, tried in order
		Precision string   `toml:"precision"` // "day" or "second"; for iso it is read from the text
	} `toml:"date"`
	Money struct {
		Symbols []string `toml:"symbols"` // currency signs that may stand before a price
	} `toml:"money"`
	Words struct {
		Width string `toml:"width"` // pattern in the title whose first group is the width
	} `toml:"title_words"`
	NotSales     []NotSale     `toml:"not_sales"`
	Observations []Observation `toml:"observation"`
	Snapshot     struct {
		Release          string `toml:"release"`
		DaysSinceRelease string `toml:"days_since_release"`
	} `toml:"snapshot"`
	Synthetic struct {
		Column string `toml:"column"`
		Prefix string `toml:"prefix"`
	} `toml:"synthetic"`
	Styles *StyleFields `toml:"styles"`

	origin  string // builtIn or the file it was read from
	toml    string // the text of that file
	widthRE *regexp.Regexp
	trailer *regexp.Regexp
}

// builtIn is the origin of greybook's own profiles.
const builtIn = "built in"

// NotSale is a rule for rows that are no sales of shoes. Its reason is the
// reject's.
type NotSale struct {
	Column  string `toml:"column"`
	Matches string `toml:"matches"`
	Reason  string `toml:"reason"`
	re      *regexp.Regexp
}

// Observation is one of several prices that a row of a product table holds.
type Observation struct {
	PriceBasis string `toml:"price_basis"`
	Price      string `toml:"price"`
	SoldAt     string `toml:"sold_at"`
	Snapshot   bool   `toml:"snapshot"` // dated by the day of the snapshot
}

// StyleFields says which columns make a style of a row, for `ingest styles`.
type StyleFields struct {
	StyleCode  string `toml:"style_code"`
	Title      string `toml:"title"`
	Colorway   string `toml:"colorway"`
	Release    string `toml:"release"`
	Retail     string `toml:"retail"`
	Currency   string `toml:"currency"`
	Audience   string `toml:"audience"`
	Confidence string `toml:"confidence"`
	RetailMin  string `toml:"retail_min"`
	OnlyColumn string `toml:"only_column"`
	OnlyValue  string `toml:"only_value"`
}

// fieldNames are the fields a profile may map, in the order of the table raw.
var fieldNames = []string{"sale_id", "sold_at", "style_code", "title", "size", "condition", "price", "currency",
	"marketplace", "price_basis", "quantity", "made_in", "retail"}

// Profiles returns the built-in profiles and those in the user's folders, sorted
// by name. A user's profile of the same name replaces a built-in one.
func Profiles(folders ...string) ([]Profile, error) {
	byName := map[string]Profile{}
	names, err := fs.Glob(builtinSources, "sources/*.toml")
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		b, err := builtinSources.ReadFile(n)
		if err != nil {
			return nil, err
		}
		p, err := parseProfile(n, b)
		if err != nil {
			return nil, err
		}
		p.origin = builtIn
		byName[p.Name] = p
	}
	for _, dir := range folders {
		files, err := filepath.Glob(filepath.Join(dir, "*.toml"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			p, err := parseProfile(f, b)
			if err != nil {
				return nil, err
			}
			p.origin = f
			byName[p.Name] = p
		}
	}
	var out []Profile
	for _, p := range byName {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// Origin says where the profile is from: "built in" or a file.
func (p Profile) Origin() string { return p.origin }

// Text is the profile as it stands in its file, TOML.
func (p Profile) Text() string { return p.toml }

func parseProfile(file string, text []byte) (Profile, error) {
	p := Profile{toml: string(text)}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) && len(strict.Errors) > 0 {
			line, _ := strict.Errors[0].Position()
			return p, fmt.Errorf("profile %s:%d: unknown key %q", file, line, strings.Join(strict.Errors[0].Key(), "."))
		}
		return p, fmt.Errorf("profile %s: %w", file, err)
	}
	if err := p.check(); err != nil {
		return p, fmt.Errorf("profile %s: %w", file, err)
	}
	return p, nil
}

func (p *Profile) check() error {
	if p.Name == "" || len(p.Header) == 0 {
		return errors.New("name and header are needed")
	}
	for f := range p.Fields {
		if !slices.Contains(fieldNames, f) {
			return fmt.Errorf("fields: no field %q; there are %s", f, strings.Join(fieldNames, ", "))
		}
	}
	for f := range p.Constants {
		if !slices.Contains(fieldNames, f) {
			return fmt.Errorf("constants: no field %q", f)
		}
	}
	switch p.Date.Kind {
	case "iso":
	case "layout":
		if len(p.Date.Layouts) == 0 || p.Date.Precision != "day" && p.Date.Precision != "second" {
			return errors.New("date: layouts, and a precision of day or second, are needed")
		}
	default:
		return fmt.Errorf("date: kind %q is neither iso nor layout", p.Date.Kind)
	}
	if err := p.checkFile(); err != nil {
		return err
	}
	for i, n := range p.NotSales {
		re, err := regexp.Compile(n.Matches)
		if err != nil {
			return fmt.Errorf("not_sales: %w", err)
		}
		if n.Column == "" || n.Reason == "" {
			return errors.New("not_sales: column and reason are needed")
		}
		p.NotSales[i].re = re
	}
	if err := p.checkObservations(); err != nil {
		return err
	}
	if p.Words.Width != "" {
		re, err := regexp.Compile(p.Words.Width)
		if err != nil {
			return fmt.Errorf("title_words: %w", err)
		}
		if re.NumSubexp() < 1 {
			return fmt.Errorf("title_words: width %q has no group that holds the width", p.Words.Width)
		}
		p.widthRE = re
	}
	return nil
}

// mostHeaderRows is how far down a header may stand.
const mostHeaderRows = 20

func (p *Profile) checkFile() error {
	if n := p.File.HeaderWithin; n < 0 || n > mostHeaderRows {
		return fmt.Errorf("file: header_within is %d, not 0 to %d", n, mostHeaderRows)
	}
	if p.File.Encoding != "" {
		if err := CheckEncoding(p.File.Encoding); err != nil {
			return fmt.Errorf("file: %w", err)
		}
	}
	if p.File.Trailer != "" {
		re, err := regexp.Compile(p.File.Trailer)
		if err != nil {
			return fmt.Errorf("file: trailer: %w", err)
		}
		p.trailer = re
	}
	return nil
}

// columns lists the columns that the profile reads, each once.
func (p *Profile) columns() []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, f := range fieldNames {
		add(p.Fields[f])
	}
	for _, n := range p.NotSales {
		add(n.Column)
	}
	for _, o := range p.Observations {
		add(o.Price, o.SoldAt)
	}
	add(p.Snapshot.Release, p.Snapshot.DaysSinceRelease, p.Synthetic.Column)
	if s := p.Styles; s != nil {
		add(s.StyleCode, s.Title, s.Colorway, s.Release, s.Retail, s.OnlyColumn)
	}
	return out
}

// dateColumns lists the columns that hold days.
func (p *Profile) dateColumns() map[string]bool {
	out := map[string]bool{p.Fields["sold_at"]: true, p.Snapshot.Release: true}
	for _, o := range p.Observations {
		out[o.SoldAt] = true
	}
	if p.Styles != nil {
		out[p.Styles.Release] = true
	}
	delete(out, "")
	return out
}

// checkObservations looks at what a product table needs: known kinds of price, and
// for snapshots the columns that say on which day they were taken.
func (p *Profile) checkObservations() error {
	snapshots := false
	for _, o := range p.Observations {
		if !priceBases[o.PriceBasis] {
			return fmt.Errorf("observation: no price basis %q", o.PriceBasis)
		}
		snapshots = snapshots || o.Snapshot
	}
	day := p.Snapshot.Release != "" || p.Snapshot.DaysSinceRelease != ""
	if snapshots && !day {
		return errors.New("observation: a snapshot needs [snapshot] with release and days_since_release")
	}
	if !day {
		return nil
	}
	if p.Date.Kind != "layout" {
		return errors.New("snapshot: date layouts are needed")
	}
	for _, c := range []string{p.Snapshot.Release, p.Snapshot.DaysSinceRelease} {
		if !slices.Contains(p.Header, c) {
			return fmt.Errorf("snapshot: column %q is not in header", c)
		}
	}
	return nil
}

// fits reports how many of the profile's needed columns a header lacks, and
// whether one of HeaderAny is there.
func (p Profile) fits(header []string) (missing []string) {
	for _, h := range p.Header {
		if !slices.Contains(header, h) {
			missing = append(missing, h)
		}
	}
	if len(p.HeaderAny) > 0 && !slices.ContainsFunc(p.HeaderAny, func(h string) bool { return slices.Contains(header, h) }) {
		missing = append(missing, strings.Join(p.HeaderAny, " or "))
	}
	return missing
}

// UnknownSourceError says that no profile, or more than one, fits a file.
type UnknownSourceError struct {
	File string
	Fits []string // more than one: ambiguous
	Near []string // none: the nearest profiles and what they miss
}

func (e *UnknownSourceError) Error() string {
	if len(e.Fits) > 0 {
		return fmt.Sprintf("%s: its header fits more than one source: %s", e.File, strings.Join(e.Fits, ", "))
	}
	return fmt.Sprintf("%s: its header fits no source; nearest: %s", e.File, strings.Join(e.Near, "; "))
}

// Recognise names the one profile that a file's header fits. Where several fit, one
// that asks for all the columns of the others and more wins. headerFor is the
// header that the file has when it is read as a profile says.
func Recognise(file string, headerFor func(*Profile) []string, profiles []Profile) (Profile, error) {
	var fit []Profile
	type near struct {
		name    string
		missing []string
		share   float64
	}
	var nears []near
	for _, p := range profiles {
		missing := p.fits(headerFor(&p))
		if len(missing) == 0 {
			fit = append(fit, p)
			continue
		}
		nears = append(nears, near{p.Name, missing, float64(len(missing)) / float64(len(p.Header)+1)})
	}
	if len(fit) > 1 {
		sort.SliceStable(fit, func(i, j int) bool { return len(fit[i].Header) > len(fit[j].Header) })
		if len(fit[0].Header) > len(fit[1].Header) {
			fit = fit[:1]
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		sort.SliceStable(nears, func(i, j int) bool { return nears[i].share < nears[j].share })
		e := &UnknownSourceError{File: file}
		for _, n := range nears[:min(2, len(nears))] {
			e.Near = append(e.Near, fmt.Sprintf("%s (no column %s)", n.name, quoteList(n.missing)))
		}
		return Profile{}, e
	}
	e := &UnknownSourceError{File: file}
	for _, p := range fit {
		e.Fits = append(e.Fits, p.Name)
	}
	return Profile{}, e
}

// quoteList shows up to four names.
func quoteList(names []string) string {
	var q []string
	for i, n := range names {
		if i == 4 {
			q = append(q, fmt.Sprintf("and %d more", len(names)-4))
			break
		}
		q = append(q, fmt.Sprintf("%q", n))
	}
	return strings.Join(q, ", ")
}
