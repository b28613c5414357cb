package ingest

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

// ReferenceKind is a kind of reference file, by the name of its command.
type ReferenceKind string

// The kinds of reference files that a Job reads.
const (
	Styles   ReferenceKind = "styles"
	Retail   ReferenceKind = "retail"
	GreyDays ReferenceKind = "grey-days"
	Aliases  ReferenceKind = "aliases"
)

// readFile is what one kind of reference file does inside the file's transaction:
// it adds what is new, counts Read and Added in the report, and returns the
// rejects.
type readFile func(ctx context.Context, s *data.Session, f *file, rep *FileReport, run int64) ([]reject, error)

// reference reads reference files, each in a transaction of its own, and prices
// the sales again that they touch, in the same transaction.
func (j *Job) reference(ctx context.Context, command string, files []string, read readFile) (runID int64, reports []FileReport, err error) {
	s, err := j.Book.Session(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()
	for _, path := range files {
		var r FileReport
		if r, err = j.referenceFile(ctx, s, command, path, read, &runID); err != nil {
			break
		}
		reports = append(reports, r)
	}
	return runID, reports, err
}

func (j *Job) referenceFile(ctx context.Context, s *data.Session, command, path string, read readFile, runID *int64) (FileReport, error) {
	done := j.step("scan")
	f, err := openFile(ctx, path, j.Stdin, j.TempDir, j.Encoding, j.reporter(path))
	done()
	if err != nil {
		return FileReport{}, err
	}
	defer f.cleanup()
	defer j.step("load")()
	sum, err := f.sha256()
	if err != nil {
		return FileReport{}, err
	}
	rep := FileReport{Path: f.path, Bytes: f.bytes(), SHA256: sum, Format: string(f.in), Encoding: f.encoding, Samples: map[string][]Example{}, Flags: []ReasonCount{}}
	run := *runID
	err = s.Tx(ctx, func() error {
		fileNo, err := j.beginFile(ctx, s, command, &run)
		if err != nil {
			return err
		}
		rejects, err := read(ctx, s, f, &rep, run)
		if err != nil {
			return err
		}
		rep.count(rejects)
		rep.Known = rep.Read - rep.Added - rep.Rejected
		if rep.Known < 0 {
			return fmt.Errorf("%s: read %d, but added %d and rejected %d: a fault of greybook's, nothing was loaded", path, rep.Read, rep.Added, rep.Rejected)
		}
		if j.TooMany != nil && j.TooMany(rep.Rejected, rep.Read) {
			return &TooManyRejectsError{rep}
		}
		if err := storeRejects(ctx, s, fileNo, rejects); err != nil {
			return err
		}
		if rep.Added > 0 {
			if _, err := resolve(ctx, s, j.AsOf); err != nil {
				return err
			}
		}
		if err := f.unchanged(); err != nil {
			return err
		}
		if err := endFile(ctx, s, fileNo, run, &rep); err != nil {
			return err
		}
		if j.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return rep, err
	}
	if j.DryRun {
		return rep, nil
	}
	*runID = run
	return rep, written(ctx, s, path)
}

// mostSamples is how many refused records of each reason a report shows.
const mostSamples = 3

// count sums up the rejects in the report, with the first of each reason.
func (r *FileReport) count(rejects []reject) {
	reasons := map[string]int64{}
	r.Samples = map[string][]Example{}
	for _, x := range rejects {
		reasons[x.reason]++
		if have := r.Samples[x.reason]; len(have) < mostSamples {
			r.Samples[x.reason] = append(have, Example{x.line, x.column, x.value})
		}
	}
	r.Rejected, r.Reasons = int64(len(rejects)), count(reasons)
}

// Reference reads files of styles, retail prices, Grey Days or aliases in
// greybook's own columns, or, for styles, in those of a source that carries its
// own retail and release columns.
func (j *Job) Reference(ctx context.Context, kind ReferenceKind, files []string) (int64, []FileReport, error) {
	return j.reference(ctx, "ingest "+string(kind), files, func(ctx context.Context, s *data.Session, f *file, rep *FileReport, run int64) ([]reject, error) {
		have, _, err := data.ReadReference(ctx, s)
		if err != nil {
			return nil, err
		}
		rep.Profile = "greybook-" + string(kind)
		facts, bad, err := j.readFacts(kind, f, rep)
		if err != nil {
			return nil, err
		}
		add, clash := facts.news(have, &bad)
		rep.Read = int64(len(facts.list) + len(bad) - clash)
		rep.Added = int64(add.rows)
		return bad, data.InsertReference(ctx, s, add.ref, run)
	})
}

// fact is what one row of a file states: a style, and with it perhaps a price and
// a Grey Day; or only one of these; or an alias.
type fact struct {
	line  int64
	raw   string
	style *data.Style
	price *data.RetailPrice
	grey  *data.GreyDay
	alias []data.Alias
}

type facts struct{ list []fact }

// readFacts reads a file of one kind.
func (j *Job) readFacts(kind ReferenceKind, f *file, rep *FileReport) (facts, []reject, error) {
	if kind == Styles && (j.Source != "" || !ownColumns(f.headerFor(&Profile{}))) {
		p, err := j.profile(f)
		if err == nil {
			err = f.use(&p)
		}
		if err != nil {
			return facts{}, nil, err
		}
		if p.Styles == nil {
			return facts{}, nil, fmt.Errorf("%s: source %s has no columns that make styles", f.path, p.Name)
		}
		rep.Profile = p.Name
		return p.readStyles(f)
	}
	if err := f.use(&Profile{}); err != nil {
		return facts{}, nil, err
	}
	return readOwn(kind, f)
}

func ownColumns(header []string) bool {
	for _, h := range header {
		if h == "confidence" {
			return true
		}
	}
	return false
}

// readOwn reads a file in greybook's own columns, a record at a time, so that a
// bad row is a reject and the others stand.
func readOwn(kind ReferenceKind, f *file) (out facts, bad []reject, err error) {
	bad, err = f.records(func(rec record) (reject, error) {
		var one data.Reference
		read := map[ReferenceKind]func(string, io.Reader) ([]data.RowError, error){
			Styles: one.ReadStyles, Retail: one.ReadRetailPrices, GreyDays: one.ReadGreyDays, Aliases: one.ReadAliases}[kind]
		var text strings.Builder
		w := csv.NewWriter(&text)
		if err := w.WriteAll([][]string{f.header, rec.fields}); err != nil {
			return reject{}, err
		}
		faults, err := read(f.path, strings.NewReader(text.String()))
		if err != nil {
			return reject{}, err
		}
		if len(faults) > 0 {
			return reject{column: faults[0].Column, reason: "not_understood", value: faults[0].Reason}, nil
		}
		out.list = append(out.list, factOf(one, rec))
		return reject{}, nil
	})
	return out, bad, err
}

func factOf(one data.Reference, rec record) fact {
	f := fact{line: rec.line, raw: rec.raw, alias: one.Aliases}
	if len(one.Styles) > 0 {
		f.style = &one.Styles[0]
	}
	if len(one.RetailPrices) > 0 {
		f.price = &one.RetailPrices[0]
	}
	if len(one.GreyDays) > 0 {
		f.grey = &one.GreyDays[0]
	}
	return f
}

// readStyles makes a style of each product row of a source, with its retail price
// from the release day on and its title as an alias.
func (p *Profile) readStyles(f *file) (out facts, bad []reject, err error) {
	at := f.columns()
	bad, err = f.records(func(rec record) (reject, error) {
		get := func(column string) string {
			i, ok := at[column]
			if !ok || column == "" { // a header may have a column without a name
				return ""
			}
			return p.text(rec.fields[i], "")
		}
		if p.Styles.OnlyColumn != "" && get(p.Styles.OnlyColumn) != p.Styles.OnlyValue {
			return reject{}, nil // another brand's product
		}
		fa, why := p.styleOf(get, f.path)
		if why.reason == "" {
			fa.line, fa.raw = rec.line, rec.raw
			out.list = append(out.list, fa)
		}
		return why, nil
	})
	return out, bad, err
}

// styleOf reads one product row. A price or a day that can't be read is a reject:
// a style without it would look as if the source had said nothing.
func (p *Profile) styleOf(get func(string) string, path string) (fact, reject) {
	m := p.Styles
	title := cleanText(get(m.Title))
	st := data.Style{Colorway: cleanText(get(m.Colorway)), Source: p.Title, Confidence: m.Confidence, Audience: m.Audience}
	if code := data.NormalizeCode(firstCode(get(m.StyleCode))); code != "" {
		st.ID = code
		if c, ok := data.ParseStyleCode(code); ok {
			st.Code, st.Model, st.Version, st.Audience = code, c.Model, c.Version, c.Audience()
		} else if looksLikeCode(code) {
			st.Code = code
		}
	} else {
		st.ID = data.Slug(title)
		st.Colorway = orText(st.Colorway, strings.ReplaceAll(title, "-", " "))
	}
	if st.ID == "" {
		return fact{}, reject{column: m.StyleCode, reason: "no_style_or_title"}
	}
	model, version := titleModel(title)
	st.Model = orText(st.Model, model)
	if st.Model == model {
		st.Version = orText(st.Version, version)
	}
	if t := get(m.Release); t != "" {
		d, ok := p.day(t)
		if !ok {
			return fact{}, reject{column: m.Release, reason: "date_not_understood", value: t}
		}
		st.ReleaseDate, st.Precision = d, "day"
	}
	fa := fact{style: &st}
	if title != "" && data.Slug(title) != data.Slug(st.ID) && st.Code == "" {
		fa.alias = []data.Alias{{Alias: data.Slug(title), StyleID: st.ID, Source: p.Title}}
	}
	t := get(m.Retail)
	if t == "" {
		return fa, reject{}
	}
	price, reason := p.Money.parse(t)
	least, _ := parseMoney(orText(m.RetailMin, "0.01"), nil)
	switch {
	case reason != "":
		return fact{}, reject{column: m.Retail, reason: "retail_" + strings.TrimPrefix(reason, "price_"), value: t}
	case price.amount < least:
		return fact{}, reject{column: m.Retail, reason: "retail_impossible", value: t}
	}
	fa.price = &data.RetailPrice{StyleID: st.ID, EffectiveFrom: st.ReleaseDate, Price: price.amount, Currency: m.Currency, Source: p.Title, Confidence: m.Confidence}
	return fa, reject{}
}

// firstCode returns the first of codes joined by a slash.
func firstCode(s string) string {
	first, _, _ := strings.Cut(s, "/")
	return first
}

// day reads a day in one of the profile's forms.
func (p *Profile) day(text string) (data.Date, bool) {
	if p.Date.Kind != "layout" {
		day, _, _ := strings.Cut(strings.Replace(strings.TrimSpace(text), "T", " ", 1), " ")
		d, err := data.ParseDate(day)
		return d, err == nil
	}
	for _, l := range p.Date.Layouts {
		// Go's "1" and "2" read one digit and two, as strptime's %m and %d do.
		layout := strings.NewReplacer("01", "1", "02", "2").Replace(goLayout(l))
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return data.DateOf(t), true
		}
	}
	return 0, false
}
