package reports

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

//go:embed assets/archive.html assets/archive.css
var archiveAssets embed.FS

// The names of an archive's files. archiveMark is in every index that ArchiveIndex
// makes, and in none that somebody else made.
const (
	archiveName = "index.html"
	latestName  = "latest.html"
	archiveMark = `<meta name="greybook-archive" content="1">`
)

// PageName is the name of a week's page.
func PageName(week data.Date) string { return week.ISOWeek() + ".html" }

// PageWeek is the week of a page of that name; ok is false for any other file.
func PageWeek(name string) (week data.Date, ok bool) {
	text, ok := strings.CutSuffix(name, ".html")
	if !ok {
		return 0, false
	}
	week, err := data.ParseISOWeek(text)
	return week, err == nil
}

// IsArchive reports whether a file with that beginning is one that greybook puts under
// the names index.html and latest.html, and so may be replaced.
func IsArchive(head []byte) bool {
	return bytes.Contains(head, []byte(archiveMark)) || bytes.Contains(head, []byte(recordBefore))
}

// ArchiveEntry is a page that lies in an archive's folder.
type ArchiveEntry struct {
	Week   data.Date   // its Monday
	Record *WeekRecord // nil: the page tells nothing of itself
}

// archiveRow is a week in the table; archiveView is the whole page.
type archiveRow struct {
	Name, Week, Period, About     string
	N, Multiple, Interval         string
	Index, IndexInterval, GreyDay string
	Synthetic, Known, Mixed       bool
}

type archiveView struct {
	Policy    string
	Style     template.CSS
	Heading   string
	Summary   []pageFact
	Latest    string // "" for none
	Synthetic string // "" for none
	Sparks    []sparkline
	Rows      []archiveRow
	Words     priceWords
	Counted   string // what is counted: "Sales"
	Over      string // what the multiples divide by retail
	Level     string // of the intervals
}

// ArchiveIndex makes the list of all pages of an archive, the newest first, with their
// headline figures. It is a page like the others, makes no request and has no scripts. A
// page without a record is listed without figures. Pages of another model or price
// basis than the newest say so and are not in the sparklines. latest says that there is
// a latest.html.
func ArchiveIndex(entries []ArchiveEntry, latest bool) ([]byte, error) {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b ArchiveEntry) int { return cmp.Compare(b.Week, a.Week) })
	v := archiveView{Policy: contentPolicy(nil)}
	for _, name := range []string{"assets/page.css", "assets/archive.css"} {
		from := archiveAssets
		if name == "assets/page.css" {
			from = pageAssets
		}
		css, err := from.ReadFile(name)
		if err != nil {
			return nil, err
		}
		v.Style += template.CSS(css) //nolint:gosec // our own files
	}
	v.fill(entries, latest)
	t, err := template.ParseFS(archiveAssets, "assets/archive.html")
	if err != nil {
		return nil, fmt.Errorf("archive template: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return out.Bytes(), nil
}

func (v *archiveView) fill(entries []ArchiveEntry, latest bool) {
	main := WeekRecord{PriceBasis: "sale"} // what the archive is about: what its newest page is
	for _, e := range entries {
		if e.Record != nil {
			main = *e.Record
			break
		}
	}
	v.Words, v.Level = wordsOf(main.PriceBasis), levelText(cmp.Or(main.Level, 0.95))
	v.Counted, v.Over = capital(v.Words.Many), overRetail(v.Words)
	v.Heading = "What the pairs in the book resell for, week by week"
	switch {
	case v.Words.Sale && main.Model != "":
		v.Heading = fmt.Sprintf("What New Balance %ss resell for, week by week", main.Model)
	case !v.Words.Sale:
		v.Heading = capital(join(main.Model, v.Words.Many)) + " against retail, week by week"
	}
	made, known := 0, []WeekRecord(nil)
	for _, e := range entries {
		row := archiveRow{Name: PageName(e.Week), Week: e.Week.ISOWeek(), Period: periodText(e.Week, e.Week.AddDays(6))}
		if r := e.Record; r != nil {
			row.fill(*r, main)
			if !row.Mixed {
				known = append(known, *r)
			}
			if r.Synthetic {
				made++
			}
		}
		v.Rows = append(v.Rows, row)
	}
	if made > 0 {
		v.Synthetic = fmt.Sprintf("%s made of invented sample data. They say nothing about the market.", countOf(made, "page here is", "pages here are"))
	}
	if n := len(entries); n > 0 {
		v.Summary = []pageFact{
			{"Pages", fmt.Sprintf("%s, %s to %s", countText(n), entries[n-1].Week.ISOWeek(), entries[0].Week.ISOWeek())},
			{"Counted", v.Words.Counted + ", condition\u00a0new, of the week alone"},
		}
		if !main.AsOf.IsZero() {
			v.Summary = append(v.Summary, pageFact{"Newest page as of", dayText(main.AsOf)})
		}
	}
	if latest {
		v.Latest = latestName
	}
	slices.Reverse(known)
	v.Sparks = archiveSparks(known, v.Words, main)
}

// fill writes a page's figures. Those of a page that is about something else than the
// archive's newest are marked.
func (row *archiveRow) fill(r, main WeekRecord) {
	w := wordsOf(r.PriceBasis)
	row.Known, row.Synthetic = true, r.Synthetic
	if row.Mixed = r.Model != main.Model || r.PriceBasis != main.PriceBasis; row.Mixed {
		row.About = join(cmp.Or(r.Model, "all models"), w.Many)
	}
	row.N = countText(r.N)
	row.Multiple, row.Interval = multipleText(r.Multiple), intervalText(r.MultipleLo, r.MultipleHi)
	if r.Multiple == nil && r.N > 0 {
		row.Multiple = "too few"
	}
	row.Index, row.IndexInterval = noFigure, rangeText(r.IndexLo, r.IndexHi)
	if r.Index != nil {
		row.Index = fmt.Sprintf("%.1f", *r.Index)
	}
	switch {
	case r.Releases == 0:
		row.GreyDay = "no release sold"
	case r.Judged == 0:
		row.GreyDay = "too few " + w.Many
	default:
		row.GreyDay = fmt.Sprintf("%d of %d in 1.5x–3x", r.Inside, r.Judged)
	}
	if r.Verdict != "" {
		row.GreyDay = r.Verdict + "; " + row.GreyDay
	}
}
