package reports

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"github.com/google/go-cmp/cmp"
)

// madeUpWeeks are n weeks up to that of madeUpWeekly, the oldest first.
func madeUpWeeks(n int) []analysis.Weekly {
	var out []analysis.Weekly
	for i := range n {
		wk := madeUpWeekly()
		wk.Week = wk.Week.AddDays(7 * (i - n + 1))
		wk.AsOf = wk.Week.AddDays(6)
		out = append(out, wk)
	}
	return out
}

func madeUpPage(t *testing.T, wk analysis.Weekly) WeekPage {
	t.Helper()
	p, err := NewPress(1, true).Week(t.Context(), wk)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRecordTravelsInThePage reads back what pages tell of themselves, the hostile one too.
func TestRecordTravelsInThePage(t *testing.T) {
	wk := madeUpWeekly()
	got, err := ReadWeekRecord(strings.NewReader(string(madeUpPage(t, wk).Page.Text)), wk.Week)
	if err != nil {
		t.Fatal(err)
	}
	// The last week of the fixture: 9 + (156·7) mod 23 = 20 sales.
	row := wk.ByWeek.Rows[len(wk.ByWeek.Rows)-1]
	want := WeekRecord{Format: 1, Week: "2026-W46", AsOf: mustDay("2026-11-15"), Model: "990", By: "version", PriceBasis: "sale", Level: 0.95, Synthetic: true,
		N: 20, Multiple: row.Median, MultipleLo: row.Lo, MultipleHi: row.Hi, Releases: 4, Judged: 3, Inside: 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	hostile := hostileWeekly()
	hostile.Model = `url=javascript:alert(1) " '><script>`
	if got, err = ReadWeekRecord(strings.NewReader(string(madeUpPage(t, hostile).Page.Text)), wk.Week); err != nil || got.Model != plainLabel(hostile.Model, 20) {
		t.Errorf("the model came back as %q (%v)", got.Model, err)
	}
}

// TestForeignPages: a page of another hand gives no figures, or none that do harm.
func TestForeignPages(t *testing.T) {
	week := mustDay("2026-11-09")
	for text, want := range map[string]string{
		"":                                      "it holds no figures",
		"<html>my own page</html>":              "it holds no figures",
		recordBefore + `{`:                      "it holds no figures",
		recordBefore + `{&quot;format">`:        "its figures cannot be read",
		recordBefore + `{&#34;format&#34;:2}">`: "its figures are of format 2; this greybook reads 1",
		recordBefore + `{&#34;format&#34;:1,&#34;week&#34;:&#34;2026-W45&#34;}">`: "its figures are of 2026-W45",
		strings.Repeat(" ", recordWithin) + recordBefore + `{}">`:                 "it holds no figures",
	} {
		if _, err := ReadWeekRecord(strings.NewReader(text), week); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	r, err := ReadWeekRecord(strings.NewReader(recordBefore+`{&#34;format&#34;:1,&#34;week&#34;:&#34;2026-W46&#34;,&#34;n&#34;:-5,&#34;multiple&#34;:1e300,&#34;model&#34;:&#34;&lt;b&gt;\u202e&#34;}">`), week)
	if err != nil || r.N != 0 || r.Multiple != nil || r.Model != "<b>" {
		t.Errorf("%+v, %v", r, err)
	}
	for head, want := range map[string]bool{"<html>mine</html>": false, archiveMark: true, recordBefore: true} {
		if IsArchive([]byte(head)) != want {
			t.Errorf("IsArchive(%q) is %v", head, !want)
		}
	}
	for name, want := range map[string]bool{"2026-W46.html": true, "2026-W46.email.html": false, "2026-W54.html": false, "2026-W46": false, "index.html": false, " 2026-W46.html": false} {
		if _, ok := PageWeek(name); ok != want {
			t.Errorf("PageWeek(%q) is %v", name, ok)
		}
	}
}

func TestArchiveIndex(t *testing.T) {
	var entries []ArchiveEntry
	for i, wk := range madeUpWeeks(5) {
		r := recordOf(wk)
		e := ArchiveEntry{Week: wk.Week, Record: &r}
		switch i {
		case 0:
			e.Record = nil // of another hand
		case 1:
			r.Model, r.PriceBasis, r.Synthetic = hostileScript, "ask", false
		case 2:
			r.Multiple, r.MultipleLo, r.MultipleHi, r.N = nil, nil, nil, 3
		case 4:
			r.Verdict, r.Segment, r.Index = "does not hold", "990", figureAt(103.14)
		}
		entries = append(entries, e)
	}
	text, err := ArchiveIndex(entries, true)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := ArchiveIndex([]ArchiveEntry{entries[3], entries[0], entries[4], entries[2], entries[1]}, true)
	if string(text) != string(again) {
		t.Error("the order of the entries shows")
	}
	html := string(text)
	if strings.Contains(html, "<script") || !strings.Contains(html, "script-src &#39;none&#39;") || !IsArchive(text[:1000]) {
		t.Error("scripts, or a list that greybook would not know again")
	}
	got := visibleText(html)
	place := 0
	for _, want := range []string{
		"Synthetic sample data 3 pages here are made of invented sample data.", "What New Balance 990s resell for, week by week",
		"Pages 5, 2026-W42 to 2026-W46", "latest.html",
		"Sales a week 20", "2026-W44 to 2026-W46; lowest 3, highest 20",
		"2026-W46 synthetic 9 November 2026 to 15 November 2026 20", "103.1", "does not hold; 0 of 3 in 1.5x–3x",
		"2026-W45", "2026-W44 synthetic 26 October 2026 to 1 November 2026 3 too few – –",
		"2026-W43 19 October 2026 to 25 October 2026; &lt;/script&gt;", "asking prices",
		"2026-W42 12 October 2026 to 18 October 2026 The page does not tell its figures.",
	} {
		i := strings.Index(got[place:], want)
		if i < 0 {
			t.Fatalf("after %q the list lacks %q:\n%s", got[max(0, place-60):place], want, got)
		}
		place += i
	}
	none, err := ArchiveIndex(nil, false)
	if got := visibleText(string(none)); err != nil || !strings.Contains(got, "There is no page yet") || strings.Contains(got, "latest") {
		t.Errorf("an empty archive (%v): %s", err, got)
	}
}

// TestSparkline: 240 by 56 with a margin of 5, so four weeks lie at 5, 81.67, 158.33 and
// 235; values from 1 (the reference) to 2 lie at 51 to 5.
func TestSparkline(t *testing.T) {
	nan := math.NaN()
	monday := mustDay("2026-10-19")
	points := []sparkPoint{{monday, 2, nan, nan}, {monday.AddDays(7), nan, nan, nan}, {monday.AddDays(14), 1.5, nan, nan}, {monday.AddDays(21), 1.25, nan, nan}}
	s, ok := drawSpark(points, 1)
	if !ok || s.Line != "M5.0 5.0h0M158.3 28.0h0L235.0 39.5" || s.Ref != "51.0" || s.X != "235.0" || s.Y != "39.5" || s.Band != "" {
		t.Errorf("%+v", s)
	}
	// Intervals of 1 to 2 in the last two weeks: down the upper ends, back along the lower.
	points[2].Lo, points[2].Hi, points[3].Lo, points[3].Hi = 1, 2, 1, 2
	if s, _ := drawSpark(points, 1); s.Band != "M158.3 5.0L235.0 5.0L235.0 51.0L158.3 51.0Z" {
		t.Errorf("band %s", s.Band)
	}
	if _, ok := drawSpark(points[:2], 1); ok {
		t.Error("a single value is drawn as a course")
	}
}

// TestFigureCSV: unrounded, guarded, empty where there is nothing, and of which week.
func TestFigureCSV(t *testing.T) {
	m := madeUpMultiples(analysis.MultipleRow{Keys: []string{"=1+1"}, N: 7, Median: figureAt(1.0 / 3), Lo: figureAt(math.NaN()), MedianSalePrice: figureAt(-1.5),
		FirstSoldOn: mustDay("2026-11-09"), Warnings: []string{"synthetic", "too_few"}})
	f := pageFigure{Table: groupTable("Version", m.Rows, m, groupName)}
	want := "version,n,synthetic,median_multiple,multiple_lo,multiple_hi,level,p5,q1,q3,p95,share_above_retail,median_sale_price,median_retail_price," +
		"first_sold_on,last_sold_on,warnings,price_basis,condition,page_week,as_of\n" +
		"'=1+1,7,0,0.3333333333333333,,,0.95,,,,,,-1.5,,2026-11-09,,synthetic; too_few,sale,new,2026-W46,2026-11-15\n"
	if got := string(figureCSV(f, mustDay("2026-11-09"), mustDay("2026-11-15"))); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A figure without data of its own: the cells as they stand.
	f.Table = figureTable{Head: []tableField{{"Size band", ""}, {"95\u00a0% interval", "number"}}, Body: [][]tableField{{{"@SUM(A1)", ""}, {noFigure, ""}}}}
	if got := string(figureCSV(f, mustDay("2026-11-09"), mustDay("2026-11-15"))); got != "size_band,95_interval,page_week,as_of\n'@SUM(A1),,2026-W46,2026-11-15\n" {
		t.Error(got)
	}
	if figureCSV(pageFigure{}, 0, 0) != nil {
		t.Error("a file without rows")
	}
	if !IsFigureCSV("a,b,page_week,as_of\r\n") || IsFigureCSV("page_week,as_of,mine") {
		t.Error("files of greybook are not told from others")
	}
}

// TestDataIsThatOfTheTable holds for every figure of a page: the CSV has the rows of the
// table, in its order, and each multiple of a row is, rounded, the one in the table.
func TestDataIsThatOfTheTable(t *testing.T) {
	for name, wk := range map[string]analysis.Weekly{"ordinary": madeUpWeekly(), "hostile": hostileWeekly(), "thin": thinWeekly()} {
		pg, err := weeklyPage(wk)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range pg.Figures {
			text := figureCSV(f, wk.Week, wk.AsOf)
			if text == nil && len(f.Table.Body) == 0 {
				continue
			}
			rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
			if err != nil || len(rows) < 2 {
				t.Fatalf("%s, %s: %d rows, %v", name, f.ID, len(rows), err)
			}
			column := -1
			for c, h := range rows[0] {
				if h == "median_multiple" {
					column = c
				}
			}
			if column < 0 {
				continue // of another shape: the index, or a table as it stands
			}
			if len(rows)-1 != len(f.Table.Body) {
				t.Errorf("%s, %s: %d rows of data, %d in the table", name, f.ID, len(rows)-1, len(f.Table.Body))
				continue
			}
			for i, shown := range f.Table.Body {
				want := noFigure
				if cell := rows[i+1][column]; cell != "" {
					var v float64
					if _, err := fmt.Sscan(cell, &v); err != nil {
						t.Fatal(err)
					}
					want = multipleText(&v)
				}
				if !strings.Contains(fmt.Sprint(shown), want) {
					t.Errorf("%s, %s, row %d: the table has %v, the data %s", name, f.ID, i, shown, want)
				}
			}
		}
	}
}

// TestPressGivesTheSameBytes: by one at a time or many at a time, alone or after others,
// a week's files are the same, and they come in order.
func TestPressGivesTheSameBytes(t *testing.T) {
	weeks := madeUpWeeks(3)
	each := func(ctx context.Context, f func(analysis.Weekly) error) error {
		for _, wk := range weeks {
			if err := f(wk); err != nil {
				return err
			}
		}
		return nil
	}
	var got []WeekPage
	err := NewPress(3, true).Weeks(t.Context(), each, func(p WeekPage) error { got = append(got, p); return nil })
	if err != nil || len(got) != 3 {
		t.Fatalf("%d pages, %v", len(got), err)
	}
	for i, wk := range weeks {
		if got[i].Week != wk.Week {
			t.Errorf("page %d is of %s", i, got[i].Week)
		}
	}
	alone := madeUpPage(t, weeks[2])
	if string(alone.Page.Text) != string(got[2].Page.Text) || string(alone.Email.Text) != string(got[2].Email.Text) || cmp.Diff(alone.Data, got[2].Data) != "" {
		t.Error("a page among others is another than the same page alone")
	}
	for _, d := range alone.Data {
		if !strings.Contains(string(alone.Page.Text), `href="`+d.Name+`"`) {
			t.Errorf("the page does not lead to %s", d.Name)
		}
	}
}

// TestPressStops: on an error of the writer, on one of the analysis, and when cancelled.
func TestPressStops(t *testing.T) {
	wk := thinWeekly()
	full, broken := errors.New("disk full"), errors.New("book broken")
	endless := func(ctx context.Context, f func(analysis.Weekly) error) error {
		for {
			if err := f(wk); err != nil {
				return err
			}
		}
	}
	p := NewPress(2, false)
	if err := p.Weeks(t.Context(), endless, func(WeekPage) error { return full }); !errors.Is(err, full) {
		t.Errorf("a writer that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := p.Weeks(ctx, endless, func(WeekPage) error {
		if n++; n == 2 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n > 8 {
		t.Errorf("cancelled: %v after %d pages", err, n)
	}
	n = 0
	err = p.Weeks(t.Context(), func(_ context.Context, f func(analysis.Weekly) error) error { return errors.Join(f(wk), broken) }, func(WeekPage) error { n++; return nil })
	if !errors.Is(err, broken) || n != 1 {
		t.Errorf("an analysis that fails: %v after %d pages", err, n)
	}
}

// TestEmptyBookHasARecord: nothing at all is a record, too.
func TestEmptyBookHasARecord(t *testing.T) {
	wk := analysis.Weekly{Week: data.Date(0).Monday()}
	if p := madeUpPage(t, wk); !p.Empty || p.Data != nil || len(p.Email.Text) == 0 {
		t.Errorf("%d data, a mail of %d bytes", len(p.Data), len(p.Email.Text))
	}
}
