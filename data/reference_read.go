package data

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RowError is a row of a reference file that was not taken in, and why.
type RowError struct {
	File   string
	Line   int // of the file, from 1; the header is line 1
	Column string
	Reason string
}

func (e RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Column, e.Reason)
}

// A reader adds the rows of one CSV file to a Reference. Columns are found by
// name; one that the kind of file does not have is an error, because a
// misspelt column would otherwise lose its facts without a word. A row that
// cannot be understood is returned and reading goes on; the error is for a file
// that cannot be read at all. Whether the rows fit together is for Check.
type reader = func(name string, in io.Reader) ([]RowError, error)

// ReadStyles adds the styles of a CSV file, and the retail prices and Grey Days
// that it gives in the columns retail_price, currency (USD when blank) and
// grey_day_year; such a price is in force from the release on. A style without
// style_id is known by its code, or else by a slug of model, version and
// colorway. What the code says of model, version and audience is filled in.
func (r *Reference) ReadStyles(name string, in io.Reader) ([]RowError, error) {
	columns := "style_id style_code model version colorway release_date retail_price currency made_in audience collab grey_day_year source confidence"
	return r.read(name, in, columns, "", func(row *row) {
		s := Style{
			ID: row.get("style_id"), Code: NormalizeCode(row.get("style_code")), Model: row.get("model"), Version: row.get("version"),
			Colorway: row.get("colorway"), MadeIn: row.get("made_in"), Audience: row.get("audience"), Collab: row.get("collab"),
		}
		s.ReleaseDate, s.Precision = row.period("release_date")
		s.Source, s.Confidence = row.provenance()
		if c, ok := ParseStyleCode(s.Code); ok {
			s.Model = or(s.Model, c.Model)
			s.Version = or(s.Version, c.Version)
			s.Audience = or(s.Audience, c.Audience())
		}
		s.ID = or(s.ID, or(s.Code, Slug(s.Model+s.Version, s.Colorway)))
		if s.ID == "" {
			row.refuse("style_code", "no code, and no model or colorway to name the style by")
		}
		price := RetailPrice{StyleID: s.ID, EffectiveFrom: s.ReleaseDate, Source: s.Source, Confidence: s.Confidence}
		if row.get("retail_price") != "" {
			price.Price, price.Currency = row.price("retail_price"), row.currency()
		}
		grey := GreyDay{StyleID: s.ID, Source: s.Source, Confidence: s.Confidence}
		if row.get("grey_day_year") != "" {
			grey.Year = row.year("grey_day_year")
		}
		if row.refused() {
			return
		}
		r.Styles = add(r, row, "styles", r.Styles, s)
		if row.get("retail_price") != "" {
			r.RetailPrices = add(r, row, "retail prices", r.RetailPrices, price)
		}
		if row.get("grey_day_year") != "" {
			r.GreyDays = add(r, row, "grey days", r.GreyDays, grey)
		}
	})
}

// ReadRetailPrices adds the dated retail prices of a CSV file. effective_from
// may be a day, a month or a year, which stand for their first day, or blank.
func (r *Reference) ReadRetailPrices(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "style_id style_code effective_from retail_price currency source confidence", "retail_price", func(row *row) {
		p := RetailPrice{StyleID: row.style(), Price: row.price("retail_price"), Currency: row.currency()}
		p.EffectiveFrom, _ = row.period("effective_from")
		p.Source, p.Confidence = row.provenance()
		if !row.refused() {
			r.RetailPrices = add(r, row, "retail prices", r.RetailPrices, p)
		}
	})
}

// ReadGreyDays adds the Grey Day releases of a CSV file. The year is blank, or
// "unknown", where the source gives none; the date is a day or blank.
func (r *Reference) ReadGreyDays(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "style_id style_code year date source confidence", "year", func(row *row) {
		g := GreyDay{StyleID: row.style(), Year: row.year("year"), Date: row.day("date")}
		g.Source, g.Confidence = row.provenance()
		if !row.refused() {
			r.GreyDays = add(r, row, "grey days", r.GreyDays, g)
		}
	})
}

// ReadAliases adds the other names of styles that a CSV file gives.
func (r *Reference) ReadAliases(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "alias style_id style_code source", "alias", func(row *row) {
		a := Alias{Alias: row.get("alias"), StyleID: row.style(), Source: row.source()}
		if a.Alias == "" {
			row.refuse("alias", "blank")
		}
		if !row.refused() {
			r.Aliases = add(r, row, "aliases", r.Aliases, a)
		}
	})
}

// ReadCoreGreys adds the regular greys that a CSV file lists.
func (r *Reference) ReadCoreGreys(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "style_id style_code source confidence", "", func(row *row) {
		c := CoreGrey{StyleID: row.style()}
		c.Source, c.Confidence = row.provenance()
		if !row.refused() {
			r.CoreGreys = add(r, row, "core greys", r.CoreGreys, c)
		}
	})
}

// ReadSizes adds the rows of a size chart. US sizes are men's.
func (r *Reference) ReadSizes(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "audience us uk eu cm source confidence", "us", func(row *row) {
		s := Size{Audience: row.get("audience"), USMen: row.amount("us"), UK: row.get("uk"), EU: row.get("eu"), CM: row.get("cm")}
		s.Source, s.Confidence = row.provenance()
		if !row.refused() {
			r.Sizes = add(r, row, "sizes", r.Sizes, s)
		}
	})
}

// ReadEditions adds the Grey Day editions of a CSV file.
func (r *Reference) ReadEditions(name string, in io.Reader) ([]RowError, error) {
	return r.read(name, in, "year date models made_in_usa source confidence", "year models", func(row *row) {
		e := GreyDayEdition{Year: row.year("year"), Date: row.day("date"), MadeInUSA: row.get("made_in_usa")}
		if m := row.get("models"); m != "" && m != "unknown" {
			e.Models = strings.Split(m, ";")
		}
		e.Source, e.Confidence = row.provenance()
		if !row.refused() {
			r.Editions = add(r, row, "grey day editions", r.Editions, e)
		}
	})
}

// ReadLaunches adds the launches of versions that a CSV file gives.
func (r *Reference) ReadLaunches(name string, in io.Reader) ([]RowError, error) {
	columns := "model version edition launch_date launch_retail_usd made_in source confidence"
	return r.read(name, in, columns, "model", func(row *row) {
		l := Launch{Model: row.get("model"), Version: row.get("version"), Edition: row.get("edition"), MadeIn: row.get("made_in")}
		l.Date, l.Precision = row.period("launch_date")
		if row.get("launch_retail_usd") != "" {
			l.RetailUSD = row.price("launch_retail_usd")
		}
		l.Source, l.Confidence = row.provenance()
		if !row.refused() {
			r.Launches = add(r, row, "launches", r.Launches, l)
		}
	})
}

// read hands the rows of a CSV file to each. The file must have the needed
// columns and no others than those listed.
func (r *Reference) read(name string, in io.Reader, columns, needed string, each func(*row)) ([]RowError, error) {
	cr := csv.NewReader(in)
	cr.FieldsPerRecord = -1
	header, err := cr.Read()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: empty file, no header", name)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	known := strings.Fields(columns)
	for i, c := range header {
		if !slices.Contains(known, c) {
			return nil, fmt.Errorf("%s: unknown column %q; this kind of file has %s", name, c, strings.Join(known, ", "))
		}
		if slices.Contains(header[:i], c) {
			return nil, fmt.Errorf("%s: column %q stands there twice", name, c)
		}
	}
	for _, c := range strings.Fields(needed) {
		if !slices.Contains(header, c) {
			return nil, fmt.Errorf("%s: no column %q", name, c)
		}
	}
	var bad []RowError
	for {
		fields, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return bad, nil
		}
		if err != nil {
			return bad, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := cr.FieldPos(0)
		row := &row{file: name, line: line, header: header, fields: fields}
		if len(fields) != len(header) {
			row.refuse("", fmt.Sprintf("%d fields, the header has %d", len(fields), len(header)))
		} else {
			each(row)
		}
		if row.bad != nil {
			bad = append(bad, *row.bad)
		}
	}
}

// row is one record of a reference file; it remembers its first fault.
type row struct {
	file           string
	line           int
	header, fields []string
	bad            *RowError
}

func (w *row) get(column string) string {
	i := slices.Index(w.header, column)
	if i < 0 {
		return ""
	}
	return strings.TrimSpace(w.fields[i])
}

func (w *row) refuse(column, reason string) {
	if w.bad == nil {
		w.bad = &RowError{File: w.file, Line: w.line, Column: column, Reason: reason}
	}
}

func (w *row) refused() bool { return w.bad != nil }

// style names the style a row is about, by style_id or by code.
func (w *row) style() string {
	id := or(w.get("style_id"), NormalizeCode(w.get("style_code")))
	if id == "" {
		w.refuse("style_id", "blank, and no style_code either")
	}
	return id
}

func (w *row) source() string {
	s := w.get("source")
	if s == "" {
		w.refuse("source", "blank; every fact says where it is from")
	}
	return s
}

func (w *row) provenance() (source, confidence string) {
	confidence = w.get("confidence")
	if !knownConfidence(confidence) {
		w.refuse("confidence", fmt.Sprintf("%q is not one of high, medium, low", confidence))
	}
	return w.source(), confidence
}

func (w *row) currency() string {
	c := or(w.get("currency"), "USD")
	if !isCurrency(c) {
		w.refuse("currency", fmt.Sprintf("%q is no ISO 4217 code such as USD", c))
	}
	return c
}

func (w *row) price(column string) Amount {
	a := w.amount(column)
	if a <= 0 {
		w.refuse(column, fmt.Sprintf("%q is not more than nothing", w.get(column)))
	}
	return a
}

// amount reads a plain decimal with at most two places, such as 199.99.
func (w *row) amount(column string) Amount {
	text := w.get(column)
	whole, frac, dot := strings.Cut(text, ".")
	n, err := strconv.ParseUint(whole+(frac + "00")[:2], 10, 53)
	if err != nil || whole == "" || len(frac) > 2 || dot && frac == "" {
		w.refuse(column, fmt.Sprintf("%q is not a plain number such as 199.99", text))
		return 0
	}
	if n > 999_999_999_999 { // DECIMAL(12,2)
		w.refuse(column, fmt.Sprintf("%q is more than 9999999999.99", text))
		return 0
	}
	return Amount(n)
}

// year reads a year; blank and "unknown" are 0.
func (w *row) year(column string) int {
	text := w.get(column)
	if text == "" || text == "unknown" {
		return 0
	}
	t, err := time.Parse("2006", text)
	if err != nil {
		w.refuse(column, fmt.Sprintf("%q is not a year such as 2023", text))
	}
	return t.Year()
}

// day reads a day; blank is the zero Date.
func (w *row) day(column string) Date {
	d, precision := w.period(column)
	if precision != "" && precision != "day" {
		w.refuse(column, fmt.Sprintf("%q is not a day such as 2023-05-12", w.get(column)))
	}
	return d
}

// period reads a day, a month or a year, and says which it was; blank is the
// zero Date with no precision.
func (w *row) period(column string) (Date, string) {
	text := w.get(column)
	if text == "" {
		return 0, ""
	}
	for precision, layout := range map[string]string{"day": "2006-01-02", "month": "2006-01", "year": "2006"} {
		if len(text) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, text); err == nil {
			return DateOf(t), precision
		}
	}
	w.refuse(column, fmt.Sprintf("%q is not a date such as 2023-05-12, 2023-05 or 2023", text))
	return 0, ""
}

// add appends a row and remembers where it was read.
func add[T any](r *Reference, w *row, list string, rows []T, v T) []T {
	if r.places == nil {
		r.places = make(map[place]string)
	}
	r.places[place{list, len(rows)}] = fmt.Sprintf("%s:%d", w.file, w.line)
	return append(rows, v)
}

func or(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}
