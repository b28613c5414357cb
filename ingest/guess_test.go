package ingest

import (
	"strings"
	"testing"
	"time"
)

const (
	guessed  = "SELECT title, guesses FROM unmatched WHERE guesses IS NOT NULL ORDER BY title"
	matched  = "SELECT title, style_id, match_method, match_score FROM sales WHERE style_id IS NOT NULL ORDER BY title"
	soundly  = "SELECT (SELECT count(*) FROM store.guess g ANTI JOIN styles t ON t.style_no = g.style_no) + (SELECT count(*) FROM store.guess g JOIN store.item i ON i.item_no = g.item_no WHERE i.style_no IS NOT NULL) AS wrong"
	inStyles = "style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\n"
)

// The colours are invented, so that the built-in reference has none of them. It has one
// style of the model 999, which counts in the weights.
func TestGuessesFollowTheReference(t *testing.T) {
	j := newJob(t)
	want := func(query string, rows ...string) {
		t.Helper()
		if got := strings.Join(j.table(t, query), "\n"); got != strings.Join(rows, "\n") {
			t.Errorf("%s\n got %s\nwant %s", query, got, strings.Join(rows, "\n"))
		}
	}
	reference := func(kind ReferenceKind, name, text string) {
		t.Helper()
		if _, _, err := j.Reference(t.Context(), kind, []string{put(t, name, text)}); err != nil {
			t.Fatal(err)
		}
	}
	j.mustRead(t, put(t, "sales.csv", `sold_at,price,title
2026-01-05,210,New Balance 999 Qua Zyx
2026-01-06,220,New Balance 999 Qua Zyx
2026-01-06,230,New Balance 999 Qua
`))
	want(guessed)
	want(matched)

	// A style whose words fit takes its sales; what fits less has it for a guess. Qua and
	// zyx weigh the same, being of one style each, so that "Qua" fits by a half.
	reference(Styles, "styles.csv", inStyles+"M999QZ,999,,Qua Zyx,,,,USA,men,,test,high\n")
	want(matched,
		`{"title":"New Balance 999 Qua Zyx","style_id":"M999QZ","match_method":"words","match_score":1.0}`,
		`{"title":"New Balance 999 Qua Zyx","style_id":"M999QZ","match_method":"words","match_score":1.0}`)
	want(guessed, `{"title":"New Balance 999 Qua","guesses":"M999QZ (0.50)"}`)

	// Another style with one of the words changes weights, and so scores and guesses: of
	// three styles two have qua. ln(1+3/2) / (ln(1+3/2) + ln(1+3/1)) = 0.398.
	reference(Styles, "more.csv", inStyles+"M999QX,999,,Qua Xul,,,,USA,men,,test,high\n")
	want(guessed, `{"title":"New Balance 999 Qua","guesses":"M999QX (0.40), M999QZ (0.40)"}`)

	// An alias decides; its sales have no guesses any more.
	reference(Aliases, "aliases.csv", "alias,style_code,source\nNew Balance 999 Qua,M999QX,test\n")
	want(guessed)
	want("SELECT style_id, match_method FROM sales WHERE title = 'New Balance 999 Qua'", `{"style_id":"M999QX","match_method":"alias"}`)
	want("SELECT count(*) AS n FROM store.guess", `{"n":0}`)

	// Resolving again changes nothing.
	r, err := Resolve(t.Context(), j.Book, j.AsOf)
	if err != nil || r != (ResolveReport{}) {
		t.Errorf("resolved again: %+v, %v", r, err)
	}

	// Without the alias (run 4) and the second style (run 3) all is as before.
	for _, run := range []int64{4, 3} {
		if _, err := Revert(t.Context(), j.Book, run, time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), j.AsOf); err != nil {
			t.Fatal(err)
		}
		want(soundly, `{"wrong":0}`)
		if _, err := Resolve(t.Context(), j.Book, j.AsOf); err != nil {
			t.Fatal(err)
		}
		want(soundly, `{"wrong":0}`)
	}
	want(guessed, `{"title":"New Balance 999 Qua","guesses":"M999QZ (0.50)"}`)
}

// A record of an item that the book has gets the style that the item has there.
func TestKnownItemsKeepTheirStyle(t *testing.T) {
	j := newJob(t)
	const head = "sold_at,price,title\n"
	j.mustRead(t, put(t, "a.csv", head+"2026-01-05,210,New Balance 990v6 M990GL6\n"))
	j.mustRead(t, put(t, "b.csv", head+"2026-01-06,220,New Balance 990v6 M990GL6\n2026-01-06,220,New Balance 990v6 no such\n"))
	got := strings.Join(j.table(t, "SELECT title, style_id, count(*) AS n FROM sales GROUP BY ALL ORDER BY title"), "\n")
	if want := `{"title":"New Balance 990v6 M990GL6","style_id":"M990GL6","n":2}
{"title":"New Balance 990v6 no such","style_id":null,"n":1}`; got != want {
		t.Errorf("got %s", got)
	}
}
