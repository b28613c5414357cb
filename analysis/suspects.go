package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
	all, err := suspectsOver(ctx, b, []data.Date{asOf})
	if err != nil {
		return Suspects{}, fmt.Errorf("suspects: %w", err)
	}
	return all[0], nil
}

// suspectsOver is ComputeSuspects of many days, ascending, with one reading. But for the
// last, the days are ends of weeks.
func suspectsOver(ctx context.Context, b *data.Book, days []data.Date) ([]Suspects, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	flags, err := b.Flags(ctx)
	if err != nil {
		return nil, err
	}
	last := days[len(days)-1].String()
	counts, err := suspectCounts(ctx, s, last)
	if err != nil {
		return nil, err
	}
	rows, err := newestSuspects(ctx, s, last)
	if err != nil {
		return nil, err
	}
	out := make([]Suspects, len(days))
	byFlag := map[string]int{}
	n, released := 0, 0
	for i, day := range days {
		for ; len(counts) > 0 && counts[0].day <= day; counts = counts[1:] {
			c := counts[0]
			if c.flags&data.FlagReleased != 0 {
				released += c.n
				continue
			}
			n += c.n
			for _, f := range flags {
				if f.Excludes && c.flags&(1<<f.Bit) != 0 {
					byFlag[f.Name] += c.n
				}
			}
		}
		out[i] = Suspects{N: n, Released: released}
		for _, f := range flags {
			if byFlag[f.Name] > 0 {
				out[i].Flags = append(out[i].Flags, FlagCount{f.Name, f.Meaning, byFlag[f.Name]})
			}
		}
		out[i].Rows = fewSuspects(rows, day)
	}
	return out, nil
}

// suspectCount is how many records of a day have the same flags.
type suspectCount struct {
	day   data.Date
	flags uint32
	n     int
}

func suspectCounts(ctx context.Context, s *data.Session, last string) ([]suspectCount, error) {
	rows, err := s.Query(ctx, fmt.Sprintf(`SELECT (sold_on - DATE '1970-01-01')::INTEGER, flags, count(*)
		FROM store.sale WHERE flags & %d <> 0 AND sold_on <= CAST(? AS DATE) GROUP BY ALL ORDER BY ALL`, data.FlagsExcluding), last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []suspectCount
	for rows.Next() {
		var c suspectCount
		if err := rows.Scan(&c.day, &c.flags, &c.n); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// foundSuspect is one that may be listed.
type foundSuspect struct {
	Suspect
	first uint32 // the first flag that keeps it out
	kept  uint32 // all that do
	key   string
}

// newestSuspects reads the newest records of each flag and week, a record that several keep
// out with the first of them, newest first.
func newestSuspects(ctx context.Context, s *data.Session, last string) ([]foundSuspect, error) {
	rows, err := s.Query(ctx, fmt.Sprintf(`
		WITH kept AS (
			SELECT sale_key, sold_on, style_no, item_no, variant_no, file_no, line, sale_price, flags & %[1]d AS kept, flags & %[1]d & ~((flags & %[1]d) - 1) AS first
			FROM store.sale WHERE flags & %[1]d <> 0 AND flags & %[2]d = 0 AND sold_on <= CAST(? AS DATE)
			QUALIFY row_number() OVER (PARTITION BY date_trunc('week', sold_on), first ORDER BY sold_on DESC, file_no, line, sale_key) <= %[3]d
		)
		SELECT (k.sold_on - DATE '1970-01-01')::INTEGER, coalesce(t.style_id, ''), coalesce(i.title, ''), k.sale_price::VARCHAR, v.currency, f.path, k.line,
		       array_to_string((SELECT list(g.flag ORDER BY g.bit) FROM store.flag g WHERE g.excludes AND k.kept & (1::UINTEGER << g.bit) <> 0), ' '),
		       k.first, k.kept, lpad(lower(to_hex(k.sale_key)), 32, '0')
		FROM kept k
		JOIN store.item i ON i.item_no = k.item_no
		JOIN store.variant v ON v.variant_no = k.variant_no
		JOIN run_files f ON f.file_no = k.file_no
		LEFT JOIN styles t ON t.style_no = k.style_no
		ORDER BY k.sold_on DESC, k.file_no, k.line, k.sale_key`, data.FlagsExcluding, data.FlagReleased, suspectRows), last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []foundSuspect
	for rows.Next() {
		var r foundSuspect
		var flags string
		if err := rows.Scan(&r.SoldOn, &r.Style, &r.Title, &r.Price, &r.Currency, &r.File, &r.Line, &flags, &r.first, &r.kept, &r.key); err != nil {
			return nil, err
		}
		r.Flags = strings.Fields(flags)
		out = append(out, r)
	}
	return out, rows.Err()
}

// fewSuspects takes of those sold up to a day, newest first, the newest of each flag, then
// the second newest, and so on.
func fewSuspects(found []foundSuspect, day data.Date) []Suspect {
	type placed struct {
		foundSuspect
		place int
	}
	places := map[uint32]int{}
	var few []placed
	for _, r := range found {
		if r.SoldOn <= day && places[r.first] < suspectRows {
			few = append(few, placed{r, places[r.first]})
			places[r.first]++
		}
	}
	slices.SortFunc(few, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.kept, b.kept), cmp.Compare(b.SoldOn, a.SoldOn), cmp.Compare(a.key, b.key))
	})
	few = few[:min(suspectRows, len(few))]
	slices.SortFunc(few, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.SoldOn, a.SoldOn), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.key, b.key))
	})
	var out []Suspect
	for _, r := range few {
		out = append(out, r.Suspect)
	}
	return out
}
