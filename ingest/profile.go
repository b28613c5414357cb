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
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/amassable/greybook/data"
)

//go:embed sources/*.toml
var builtinSources embed.FS

// Profile says how one marketplace's export is read. Columns are always found by
// the name in the header, never by position; in JSON a name is the keys that lead to
// the value, joined by dots. What a profile doesn't say is not guessed: a date in an
// order that nobody stated, or a size in an unnamed system, is refused or left unsaid.
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
	// Requires are facts that no file of this source states: the user does.
	Requires struct {
		ObservedOn bool `toml:"observed_on"` // the day that a snapshot was taken: --observed-on
		Style      bool `toml:"style"`       // whose sales these are: --style
	} `toml:"requires"`
	Fields    map[string]string `toml:"fields"`    // greybook's field: column
	Constants map[string]string `toml:"constants"` // greybook's field: value where the column is missing or blank
	Values    struct {
		Missing []string `toml:"missing"` // texts that mean "nothing here"
	} `toml:"values"`
	Date       DateForm          `toml:"date"`
	Money      MoneyForm         `toml:"money"`
	Size       SizeForm          `toml:"size"`
	Conditions map[string]string `toml:"condition"` // the source's word, in lower case: new, new_defects, used or unknown
	Identity   struct {
		Source string   `toml:"source"`  // profiles of one source share its ids; "": the profile's name
		SaleID []string `toml:"sale_id"` // columns that are the sale's id together, joined by "-"
		Price  string   `toml:"price"`   // "whole": a sale without an id is the same to the nearest whole unit; "": to the hundredth
	} `toml:"identity"`
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
	madeFor *regexp.Regexp
	sizeRE  *regexp.Regexp

	// What the user says of one file, where Requires asks for it.
	observed data.Date
	style    string
}

// DateForm says how a source writes times of sale.
type DateForm struct {
	// Kind is "iso" (ISO 8601), "layout", or "auto", which is also what "" means: ISO
	// 8601, and days whose order can't be mistaken. 13/04/2026 is one; 03/04/2026 is
	// refused as date_ambiguous.
	Kind      string   `toml:"kind"`
	Layouts   []string `toml:"layouts"`   // strptime forms, tried in order
	Precision string   `toml:"precision"` // "day" or "second" of layouts; else it is read from the text
	Zone      string   `toml:"zone"`      // IANA name of the zone of times that state none; "": UTC
}

// MoneyForm says how a source writes money. The zero MoneyForm is a decimal point and
// commas between thousands, in the main unit, exactly.
type MoneyForm struct {
	Symbols  []string `toml:"symbols"`  // currency signs that may stand before a price, and after it where the comma is decimal
	Unit     string   `toml:"unit"`     // "cents": whole hundredths; "": the main unit
	Decimal  string   `toml:"decimal"`  // ",": 1.234,50; "": 1,234.50
	Decimals string   `toml:"decimals"` // "round": more than two decimals are rounded half up, and flagged; "": they are refused
}

// SizeForm says what a bare size means.
type SizeForm struct {
	System   string `toml:"system"`   // us (also ""), uk, eu, cm or mm; a label that names its system keeps it
	Pattern  string `toml:"pattern"`  // the groups of this pattern are the size, in a column that says more
	Audience string `toml:"audience"` // men, women or kids, where the label doesn't say; "": the style's own
	// Pairs whose Column matches Pattern are in women's sizes: " Women" is added to the label.
	WomenColumn  string `toml:"women_column"`
	WomenMatches string `toml:"women_matches"`
}

// builtIn is the origin of greybook's own profiles.
const builtIn = "built in"

// NotSale is a rule for rows that are no sales of shoes: those whose column matches
// one pattern, or doesn't match another. Its reason is the reject's.
type NotSale struct {
	Column  string `toml:"column"`
	Matches string `toml:"matches"` // refuses what matches
	Unless  string `toml:"unless"`  // refuses what doesn't
	Reason  string `toml:"reason"`
	re      *regexp.Regexp
}

func (n NotSale) refuses(text string) bool {
	return n.re.MatchString(strings.TrimSpace(text)) != (n.Matches == "")
}

// Observation is one of several prices that a row of a product table holds. One whose
// column a file doesn't have is not made of its rows.
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
