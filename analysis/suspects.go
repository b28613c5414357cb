package analysis

import (
	"context"
	"fmt"
	"strings"

	"github.com/amassable/greybook/data"
)

// Suspects are the records that a flag keeps out of the figures, and that the user
// did not release; of any price basis, sold up to a day.
type Suspects struct {
	N        int         // records
	Flags    []FlagCount // in the order of the flags; a record may have several
	Rows     []Suspect   // a few of them, of every flag the newest ones
	Released int         // further records, which the user let in
}

// FlagCount is the number of records that a flag keeps out.
type FlagCount struct {
	Flag    string // as sales.flags lists it
	Meaning string
	N       int
}

// Suspect is one record that is kept out.
type Suspect struct {
	SoldOn   data.Date
	Style    string // styles.style_id; "" while unmatched
	Title    string // as the source wrote it
	Price    string // exact, in Currency: "2000.00"
	Currency string
	Flags    []string // those that keep it out
	File     string   // path as it was given
	Line     int64
}

// suspectRows is how many suspects a page lists.
const suspectRows = 10

// ComputeSuspects lists what is kept out of the figures, sold up to asOf.
func ComputeSuspects(ctx context.Context, b *data.Book, asOf data.Date) (Suspects, error) {
	var out Suspects
	s, err := b.Session(ctx)
	if err != nil {
		return out, err
	}
	defer s.Close()
	err = s.Get(ctx, []any{&out.N, &out.Released}, fmt.Sprintf(`SELECT count(*) FILTER (flags & %[2]d = 0), count(*) FILTER (flags & %[2]d <> 0)
		FROM store.sale WHERE flags & %[1]d <> 0 AND sold_on <= CAST(? AS DATE)`, data.FlagsExcluding, data.FlagReleased), asOf.String())
	if err != nil || out.N == 0 {
		return out, err
	}
	if out.Flags, err = suspectFlags(ctx, s, asOf); err != nil {
		return out, err
	}
	out.Rows, err = newestSuspects(ctx, s, asOf)
	return out, err
}

func suspectFlags(ctx context.Context, s *data.Session, asOf data.Date) ([]FlagCount, error) {
	rows, err := s.Query(ctx, fmt.Sprintf(`
		WITH kinds AS (SELECT flags, count(*) AS n FROM store.sale WHERE flags & %d <> 0 AND flags & %d = 0 AND sold_on <= CAST(? AS DATE) GROUP BY flags)
		SELECT f.flag, f.meaning, sum(k.n)::BIGINT
		FROM kinds k JOIN store.flag f ON f.excludes AND k.flags & (1::UINTEGER << f.bit) <> 0
		GROUP BY f.bit, f.flag, f.meaning ORDER BY f.bit`, data.FlagsExcluding, data.FlagReleased), asOf.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []FlagCount
	for rows.Next() {
		var f FlagCount
		if err := rows.Scan(&f.Flag, &f.Meaning, &f.N); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// newestSuspects takes the newest record of each flag, then the second newest, and
// so on; a record that several keep out counts for the first of them.
func newestSuspects(ctx context.Context, s *data.Session, asOf data.Date) ([]Suspect, error) {
	rows, err := s.Query(ctx, fmt.Sprintf(`
		WITH kept AS (
			SELECT *, row_number() OVER (PARTITION BY flags & %[1]d & ~((flags & %[1]d) - 1) ORDER BY sold_on DESC, file_no, line, sale_key) AS place
			FROM (SELECT sale_key, sold_on, style_no, item_no, variant_no, file_no, line, sale_price, flags FROM store.sale
			      WHERE flags & %[1]d <> 0 AND flags & %[2]d = 0 AND sold_on <= CAST(? AS DATE))
			QUALIFY place <= %[3]d
		), few AS (
			SELECT * FROM kept ORDER BY place, flags & %[1]d, sold_on DESC, sale_key LIMIT %[3]d
		)
		SELECT k.sold_on::VARCHAR, coalesce(t.style_id, ''), coalesce(i.title, ''), k.sale_price::VARCHAR, v.currency, f.path, k.line,
		       array_to_string((SELECT list(g.flag ORDER BY g.bit) FROM store.flag g WHERE g.excludes AND k.flags & (1::UINTEGER << g.bit) <> 0), ' ')
		FROM few k
		JOIN store.item i ON i.item_no = k.item_no
		JOIN store.variant v ON v.variant_no = k.variant_no
		JOIN run_files f ON f.file_no = k.file_no
		LEFT JOIN styles t ON t.style_no = k.style_no
		ORDER BY k.sold_on DESC, f.path, k.line, k.sale_key`, data.FlagsExcluding, data.FlagReleased, suspectRows), asOf.String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Suspect
	for rows.Next() {
		var r Suspect
		var day, flags string
		if err := rows.Scan(&day, &r.Style, &r.Title, &r.Price, &r.Currency, &r.File, &r.Line, &flags); err != nil {
			return nil, err
		}
		if err := r.SoldOn.UnmarshalText([]byte(day)); err != nil {
			return nil, err
		}
		r.Flags = strings.Fields(flags)
		out = append(out, r)
	}
	return out, rows.Err()
}
