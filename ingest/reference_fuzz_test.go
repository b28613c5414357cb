package ingest

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// engineFault is how the engine begins an error about a value: one that should have
// been a reject.
var engineFault = regexp.MustCompile(`(Conversion|Constraint|Out of Range|INTERNAL|Internal|Invalid Input|Binder|Parser|Catalog) Error|greybook's`)

// FuzzReferenceFile takes any bytes through the whole ingest of reference facts, of
// each kind, and of exchange rates: all rows are counted, or one clear error refuses
// the file. What is bad in one row costs that row only.
func FuzzReferenceFile(f *testing.F) {
	kinds := []ReferenceKind{Styles, Retail, GreyDays, Aliases, "fx"}
	for i, head := range []string{
		"style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\n", "style_code,effective_from,retail_price,currency,source,confidence\n",
		"year,date,style_code,source,confidence\n", "alias,style_code,source\n", "Date,USD,JPY,XYZ,\n", "date,currency,usd_per_unit\n",
	} {
		for _, row := range []string{
			"", "M990ZZ9,990,v9,grey,2026-01-01,200,USD,USA,men,2026,me,high\n", "M990ZZ9,990,v9,grey,2026-01-01,99999999999.99,USD,USA,men,99999,me,high\n",
			"M990GL6,2026-01-01,200.00,USD,me,high\nM990GL6,2026-01-01,201.00,USD,me,high\n", "M990GL6,0000-01-01,10000000000,KRW,me,low\n", "2026,2026-05-01,M990GL6,me,high\n0,,M990GL6,me,high\n",
			"my pair,M990GL6,me\n-,M990GL6,me\n,M990GL6,me\n", "2026-01-01,1.1,150,N/A,\n2026-01-02,0,150,,\n2026-01-03,99999999,0.000000000001,,\n2026-01-01,1.2,150,,\n",
			"2026-01-01,EUR,1.1\n2026-01-01,EUR,0.000000000001\n2026-01-02,EUR,99999999.999999999999\n2026-01-02,???,1\n-2026-01-01,EUR,1\n",
		} {
			f.Add(uint8(min(i, 4)), []byte(head+row))
		}
	}
	j := newJob(f)
	j.DryRun = true
	path := filepath.Join(f.TempDir(), "a.csv")
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		write(t, path, b)
		kind := kinds[int(which)%len(kinds)]
		var reports []FileReport
		var err error
		if kind == "fx" {
			_, reports, err = j.Rates(t.Context(), []string{path})
		} else {
			_, reports, err = j.Reference(t.Context(), kind, []string{path})
		}
		if err != nil {
			if text := err.Error(); !strings.Contains(text, path) || engineFault.MatchString(text) || len(reports) > 0 {
				t.Fatalf("%s: %v", kind, err)
			}
			return
		}
		if r := reports[0]; r.Read != r.Added+r.Known+r.Rejected || r.Known < 0 || r.Added < 0 {
			t.Fatalf("%s: %+v", kind, r)
		}
	})
}

var (
	isoForm    = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:[T ](\d\d):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$`)
	layoutForm = map[string]*regexp.Regexp{ // year, month, day, each in its group
		"%m/%d/%Y": regexp.MustCompile(`^\s*(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{1,4})\s*$`),
		"%Y/%m/%d": regexp.MustCompile(`^\s*(?P<y>\d{1,4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})\s*$`),
	}
)

// FuzzDates: what is taken for a time of sale is, by other means, that time in the
// form that the profile says, and in no other.
func FuzzDates(f *testing.F) {
	for _, s := range []string{
		"2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02 03:04", "2026-01-02T03:04:05.123456789+14:00", "2026-02-29", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05-0530", "01/02/2026", "13/02/2026", "2/29/2024",
		"2026-1-2", "2026-01-02T03:04:60Z", "infinity", "epoch", "2026-01-02 (BC)", "20260102", "2026-01-02T03:04:05 UTC", "99999-01-01", "0000-01-01", " 2026-01-02", "２０２６-01-02", "1/2/26",
	} {
		f.Add(s)
	}
	j := newJob(f)
	s, err := j.Book.Session(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	profiles := map[string]*Profile{"iso": {}}
	profiles["iso"].Date.Kind = "iso"
	for layout := range layoutForm {
		p := &Profile{}
		p.Date.Kind, p.Date.Layouts = "layout", []string{layout}
		profiles[layout] = p
	}
	f.Fuzz(func(t *testing.T, text string) {
		checked, reason := checkedText(text)
		if reason != "" {
			return
		}
		for form, p := range profiles {
			when, precision := p.timeExpression("t")
			var got string
			var how int
			query := fmt.Sprintf("SELECT coalesce(strftime(sold_at AT TIME ZONE 'UTC', '%%Y-%%m-%%dT%%H:%%M:%%S'), ''), coalesce(%s, 0) FROM (SELECT t, %s AS sold_at FROM (SELECT ?::VARCHAR AS t)) WHERE sold_at IS NULL OR "+plausibleTime, precision, when)
			rows, err := s.Query(t.Context(), query, checked)
			if err != nil {
				t.Fatalf("%s: %q: %v", form, text, err)
			}
			for rows.Next() {
				if err := rows.Scan(&got, &how); err != nil {
					t.Fatal(err)
				}
			}
			rows.Close()
			if got == "" {
				continue
			}
			if want := timeByOtherMeans(form, text); got != want {
				t.Fatalf("%s: %q is read as %s, want %q", form, text, got, want)
			}
			if form == "iso" && (how == 2) != (len(text) == 10) {
				t.Fatalf("%q has precision %d", text, how)
			}
		}
	})
}

// timeByOtherMeans is the time that a text stands for in a form; "" for none.
func timeByOtherMeans(form, text string) string {
	if re := layoutForm[form]; re != nil {
		m := re.FindStringSubmatch(text)
		if m == nil {
			return ""
		}
		t, err := time.Parse("2006-1-2", fmt.Sprintf("%04s-%s-%s", m[re.SubexpIndex("y")], strings.TrimPrefix(m[re.SubexpIndex("m")], "0"), strings.TrimPrefix(m[re.SubexpIndex("d")], "0")))
		if err != nil {
			return ""
		}
		return t.Format("2006-01-02T15:04:05")
	}
	if !isoForm.MatchString(text) {
		return ""
	}
	text = strings.Replace(text, " ", "T", 1)
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700", "2006-01-02T15:04Z07",
		"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05")
		}
	}
	return ""
}

// FuzzDay: a day is read by time.Parse's own rules, and written as it was read.
func FuzzDay(f *testing.F) {
	for _, s := range []string{"2026-01-02", "2024-02-29", "2026-02-29", "0000-01-01", "9999-12-31", "2026-1-2", " 2026-01-02", "1970-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := data.ParseDate(s)
		if err != nil {
			return
		}
		if want, terr := time.Parse(time.DateOnly, s); terr != nil || !d.Time().Equal(want) || d != 0 && d.String() != s {
			t.Fatalf("%q is read as %s (%v, %v)", s, d, want, terr)
		}
	})
}
