package ingest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sourceCases are the hand-made exports in testdata/sources: X.csv, or another form, of
// the source X or X.more; in X.csv.given what the user says of it; in X.csv.want what
// becomes of its records. A new source is new files.
func sourceCases(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/sources/*")
	if err != nil || len(all) == 0 {
		t.Fatalf("%v, %v", all, err)
	}
	var out []string
	for _, f := range all {
		if ext := filepath.Ext(f); ext != ".want" && ext != ".given" {
			out = append(out, f)
		}
	}
	return out
}

// givenFor sets the job up with what the user says of a file.
func givenFor(t *testing.T, j *Job, file string) {
	t.Helper()
	text, err := os.ReadFile(file + ".given")
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	key, value, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	switch {
	case err == nil && key == "style":
		j.Style = value
	case err == nil && key == "observed_on":
		j.ObservedOn = date(t, value)
	default:
		t.Fatalf("%s.given: %q, %v", file, text, err)
	}
}

// What each record of each hand-made export becomes: looked at by hand, line by line,
// when it was written (GREYBOOK_WANT=write writes it anew).
func TestSources(t *testing.T) {
	for _, file := range sourceCases(t) {
		j := newJob(t)
		givenFor(t, j, file)
		r := j.mustRead(t, file)
		source, _, _ := strings.Cut(filepath.Base(file), ".")
		if r.Profile != source {
			t.Errorf("%s is recognised as %s", file, r.Profile)
		}
		got := became(t, j, r)
		if os.Getenv("GREYBOOK_WANT") == "write" {
			write(t, file+".want", []byte(got))
			continue
		}
		want, err := os.ReadFile(file + ".want")
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n%swant:\n%s", file, got, want)
		}
		// The same file again, in full: nothing is new, and nothing is lost.
		again := j.other().mustRead(t, file)
		wantCounts(t, file+" again", again, fmt.Sprint(r.Read, 0, r.Added+r.Known, r.Rejected))
	}
}

// became describes what a file's records became, without what the reference has to
// say of them.
func became(t *testing.T, j *Job, r FileReport) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "read %d = added %d + known %d + rejected %d\n", r.Read, r.Added, r.Known, r.Rejected)
	for _, row := range j.table(t, `SELECT concat_ws(' | ', s.line, strftime(s.sold_at AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f'), s.sold_precision,
			'id ' || coalesce(s.source_sale_id, '-'), 'style ' || coalesce(i.style_text, '-'), 'title ' || coalesce(i.title, '-'),
			'size ' || concat_ws(' ', coalesce(v.size_label, '-'), v.size_us, v.size_system, v.width), concat_ws(' ', v.condition, v.condition_label),
			concat_ws(' ', v.marketplace, v.price_basis, s.sale_price, v.currency), 'retail ' || coalesce(s.source_retail::VARCHAR, '-'),
			CASE WHEN s.flags & 65536 <> 0 THEN 'rounded' END) AS x
		FROM store.sale s JOIN store.item i USING (item_no) JOIN store.variant v USING (variant_no) ORDER BY s.line, v.price_basis, s.sale_price, s.source_sale_id`) {
		fmt.Fprintln(&b, "sale", onlyText(row))
	}
	for _, row := range j.table(t, `SELECT concat_ws(' | ', line, reason, column_name, value) AS x FROM store.reject ORDER BY line, column_name, reason, value`) {
		fmt.Fprintln(&b, "reject", onlyText(row))
	}
	return b.String()
}

// No file of one source is taken for one of another, and what a source asks for is
// asked for.
func TestSourcesAreTold(t *testing.T) {
	for _, file := range sourceCases(t) {
		if _, err := os.Stat(file + ".given"); err != nil {
			continue
		}
		var told *ToldError
		if _, _, err := newJob(t).Sales(t.Context(), []string{file}); !errors.As(err, &told) || !told.Needed || !strings.Contains(err.Error(), told.Flag) {
			t.Errorf("%s, nothing said: %v", file, err)
		}
	}
	j := newJob(t)
	j.Style = "M990GL6"
	var told *ToldError
	if _, _, err := j.Sales(t.Context(), []string{"testdata/sources/greybook.csv"}); !errors.As(err, &told) || told.Needed {
		t.Errorf("a style that the file says by itself: %v", err)
	}
}

// onlyText is the text of a row that has one column, x.
func onlyText(row string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(row, `{"x":"`), `"}`), `\"`, `"`)
}

// A source with retail prices makes styles, too, whatever its form of dates; a column
// without a name is not the style code that the source doesn't have.
func TestStylesOfSources(t *testing.T) {
	for file, want := range map[string]string{
		"stockx-snapshot.csv": `3 2 1 0 {"style_id":"made-up-990v6-grey","release_date":"2022-11-04","p":"200.00"} {"style_id":"made-up-boot","release_date":null,"p":null}`,
		"stockx-contest.csv":  `5 2 3 0 {"style_id":"made-up-350-beluga","release_date":"2016-09-24","p":"220.00"} {"style_id":"made-up-350-zebra","release_date":"2017-02-25","p":"220.00"}`,
	} {
		j := newJob(t)
		_, reports, err := j.Reference(t.Context(), Styles, []string{"testdata/sources/" + file})
		if err != nil {
			t.Fatal(err)
		}
		got := counts(reports[0]) + " " + strings.Join(j.table(t, `SELECT s.style_id, s.release_date, r.retail_price::VARCHAR AS p
			FROM styles s LEFT JOIN retail_prices r ON r.style_id = s.style_id WHERE s.run_id IS NOT NULL ORDER BY 1`), " ")
		if got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// What a profile says of every row is kept with the sales, and matched again.
func TestConstantTitle(t *testing.T) {
	j := jobWith(t, strings.Replace(soundProfile, "[constants]", "[constants]\nstyle_code = \"M990GL6\"", 1))
	j.EngineFrom = 1
	j.mustRead(t, put(t, "a.csv", "when,what,paid\n2026-05-04,,200\n"))
	if _, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil {
		t.Fatal(err)
	}
	if got := j.table(t, "SELECT style_id, sale_price::VARCHAR AS p FROM sales"); len(got) != 1 || got[0] != `{"style_id":"M990GL6","p":"200.00"}` {
		t.Error(got)
	}
}
