package reports

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// recordFormat is the version of WeekRecord; a reader refuses any other.
const recordFormat = 1

// WeekRecord is a page's headline figures, for programs. It stands in the page itself, as
// JSON in <meta name="greybook-week">, so that page and record appear together and
// travel together. Multiples are of the week's own sales, the index is that of the week,
// 100 in the segment's first week. A nil figure is one that the sales do not carry.
type WeekRecord struct {
	Format     int       `json:"format"`
	Week       string    `json:"week"` // "2026-W46"
	AsOf       data.Date `json:"as_of"`
	Model      string    `json:"model"` // "": all models
	By         string    `json:"by"`
	PriceBasis string    `json:"price_basis"`
	Level      float64   `json:"level"` // of the multiple's interval
	Synthetic  bool      `json:"synthetic"`

	N          int      `json:"n"` // the week's sales that count: of the model, new
	Multiple   *float64 `json:"multiple"`
	MultipleLo *float64 `json:"multiple_lo"`
	MultipleHi *float64 `json:"multiple_hi"`

	Segment string   `json:"segment"` // of the index; "" for no index
	Index   *float64 `json:"index"`
	IndexLo *float64 `json:"index_lo"`
	IndexHi *float64 `json:"index_hi"`

	Verdict  string `json:"grey_day_verdict"`  // on the folklore of Grey Day; "" where the book has none
	Releases int    `json:"grey_day_releases"` // in the page's window
	Judged   int    `json:"grey_day_judged"`   // of these, with enough sales for an interval
	Inside   int    `json:"grey_day_inside"`   // of these, clearly inside 1.5x to 3x
}

// recordOf takes the headline figures from what the page shows.
func recordOf(wk analysis.Weekly) WeekRecord {
	r := WeekRecord{Format: recordFormat, Week: wk.Week.ISOWeek(), AsOf: wk.AsOf, Model: plainLabel(wk.Model, 20), By: plainLabel(string(wk.By), 40),
		PriceBasis: plainLabel(wk.ByWeek.PriceBasis, 40), Level: wk.ByWeek.Spec.Level,
		Synthetic: wk.Facts.Synthetic+wk.Groups.Synthetic+wk.ByGreyDay.Synthetic+wk.ByWeek.Synthetic > 0}
	for _, w := range datedWeeks(wk.ByWeek.Rows) {
		if w.Monday == wk.Week.Monday() {
			r.N, r.Multiple, r.MultipleLo, r.MultipleHi = w.N, finite(w.Median), finite(w.Lo), finite(w.Hi)
		}
	}
	if wk.Index != nil {
		if series := headlineSeries(*wk.Index); len(series) > 0 {
			s := mainSeries(series, wk.Model)
			r.Segment = plainLabel(s.Segment, 20)
			if i := slices.IndexFunc(s.Rows, func(row analysis.IndexRow) bool { return row.Week == wk.Week.Monday() }); i >= 0 {
				r.Index, r.IndexLo, r.IndexHi = finite(&s.Rows[i].Index), finite(s.Rows[i].Lo), finite(s.Rows[i].Hi)
			}
		}
	}
	for _, c := range wk.Claims {
		if c.Now.Claim == "grey_day_now" {
			r.Verdict = plainLabel(c.Now.Verdict, 40)
		}
	}
	f := weighFolklore(wk.ByGreyDay.Rows)
	r.Releases, r.Judged, r.Inside = f.releases, f.releases-f.thin, f.inside
	return r
}

// finite is p, or nil where it is no finite number.
func finite(p *float64) *float64 {
	if v, ok := figureOf(p); ok {
		return &v
	}
	return nil
}

// text is the record as it stands in the page. The escape of = keeps a text such as
// "url=…" from being taken for an instruction of the meta element.
func (r WeekRecord) text() (string, error) {
	b, err := json.Marshal(r)
	return strings.ReplaceAll(string(b), "=", `\u003d`), err
}

const (
	recordBefore = `<meta name="greybook-week" content="`
	recordWithin = 16 << 10 // bytes of a page that its record lies in
)

// ReadWeekRecord reads the record of a page. It looks at the page's beginning only, and
// refuses a page without one, one of another version, and one that is not of that week.
func ReadWeekRecord(page io.Reader, week data.Date) (WeekRecord, error) {
	var r WeekRecord
	head, err := io.ReadAll(io.LimitReader(page, recordWithin))
	if err != nil {
		return r, err
	}
	_, rest, ok := strings.Cut(string(head), recordBefore)
	text, _, ended := strings.Cut(rest, `"`)
	if !ok || !ended {
		return r, errors.New("it holds no figures for the archive: it is older, or of another program")
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(text)), &r); err != nil {
		return r, fmt.Errorf("its figures cannot be read: %w", err)
	}
	switch {
	case r.Format != recordFormat:
		return r, fmt.Errorf("its figures are of format %d; this greybook reads %d", r.Format, recordFormat)
	case r.Week != week.ISOWeek():
		return r, fmt.Errorf("its figures are of %s", plainLabel(r.Week, 20))
	}
	r.clean()
	return r, nil
}

// clean takes out of a record what no page of ours writes: somebody else may have.
func (r *WeekRecord) clean() {
	r.N, r.Releases, r.Judged, r.Inside = max(r.N, 0), max(r.Releases, 0), max(r.Judged, 0), max(r.Inside, 0)
	if !(r.Level > 0 && r.Level < 1) {
		r.Level = 0
	}
	for _, p := range []**float64{&r.Multiple, &r.MultipleLo, &r.MultipleHi, &r.Index, &r.IndexLo, &r.IndexHi} {
		if *p != nil && !(math.Abs(**p) < 1e6) {
			*p = nil
		}
	}
	for _, s := range []*string{&r.Model, &r.By, &r.PriceBasis, &r.Segment, &r.Verdict} {
		*s = plainLabel(*s, 40)
	}
}
