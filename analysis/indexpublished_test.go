package analysis

import (
	"fmt"
	"testing"
	"time"

	"github.com/amassable/greybook/data"
)

// The published index of the newest day is market_index; that of an earlier day is what
// was published by then.
func TestPublishedIndex(t *testing.T) {
	ctx := t.Context()
	b := newBook(t, soldWeekly(30))
	none, err := PublishedIndex(ctx, b, day(t, "2026-12-31"))
	if err != nil || len(none) != 0 {
		t.Fatalf("nothing was published: %d rows, %v", len(none), err)
	}
	var sizes []int
	for _, asOf := range []string{"2026-06-01", "2026-07-20"} {
		spec := PublishSpec{AsOf: day(t, asOf), At: time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC), Program: "test"}
		if _, err := PublishIndex(ctx, b, spec); err != nil {
			t.Fatal(err)
		}
		rows, err := PublishedIndex(ctx, b, spec.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := publishedText(rows), marketIndexText(t, b); got != want {
			t.Errorf("as of %s: got\n%s\nwant, of market_index,\n%s", asOf, got, want)
		}
		sizes = append(sizes, len(rows))
	}
	if sizes[0] == 0 || sizes[1] <= sizes[0] {
		t.Errorf("weeks published: %v", sizes)
	}
	early, err := PublishedIndex(ctx, b, day(t, "2026-07-19"))
	if err != nil || len(early) != sizes[0] || early[0].AsOf != day(t, "2026-06-01") {
		t.Errorf("the day before the second was published: %d rows of %v, %v", len(early), sizes, err)
	}
}

func publishedText(rows []PublishedIndexRow) (text string) {
	for _, r := range rows {
		text += fmt.Sprintf("%s %s %.9f %s %s %s %d %d %s %s %s %s %v\n", r.Segment, r.Week, r.Index, nine(r.Lo), nine(r.Hi), nine(r.SE), r.N, r.Styles,
			nine(r.EqualStyle), nine(r.RepeatSales), r.Status, r.AsOf, len(r.Warnings))
	}
	return text
}

func nine(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprintf("%.9f", *v)
}

func marketIndexText(t *testing.T, b *data.Book) (text string) {
	t.Helper()
	s, err := b.Session(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows, err := s.Query(t.Context(), `SELECT concat_ws(' ', segment, week, printf('%.9f', index), coalesce(printf('%.9f', index_lo), 'none'),
		coalesce(printf('%.9f', index_hi), 'none'), coalesce(printf('%.9f', se), 'none'), n, n_styles, coalesce(printf('%.9f', index_equal_style), 'none'),
		coalesce(printf('%.9f', index_repeat_sales), 'none'), status, as_of, len(warnings)) FROM market_index ORDER BY segment, week`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		text += line + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text
}
