package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/amassable/greybook/data"
)

// ResolveReport says what a new look at the reference changed.
type ResolveReport struct {
	Items   int64 `json:"items"`   // items whose style, model, version, score or guesses are others now
	Matched int64 `json:"matched"` // sales that have a style now and had none
	Lost    int64 `json:"lost"`    // sales that had a style and have none now
	Priced  int64 `json:"priced"`  // sales whose style, retail price, multiple or flags changed
}

// Resolve matches all items of the book again and prices the sales again that a
// change of the reference or of the exchange rates touches, without reading a
// file. asOf is the day that counts as today. Run inside no transaction: it makes its own.
func Resolve(ctx context.Context, b *data.Book, asOf data.Date) (ResolveReport, error) {
	var rep ResolveReport
	s, err := b.Session(ctx)
	if err != nil {
		return rep, err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error { rep, err = resolve(ctx, s, asOf); return err })
	if err != nil {
		return rep, err
	}
	return rep, s.Checkpoint(context.WithoutCancel(ctx)) // it is in the book
}

// Revert takes a run back, and matches and prices again the sales that its facts
// touched, in one transaction. now is when; asOf is the day that counts as today.
// Errors as of data.Book.Revert.
func Revert(ctx context.Context, b *data.Book, runID int64, now time.Time, asOf data.Date) (data.RevertReport, error) {
	return b.Revert(ctx, runID, now, func(ctx context.Context, s *data.Session) error {
		_, err := resolve(ctx, s, asOf)
		return err
	})
}

// resolve does the work of Resolve inside the caller's transaction.
func resolve(ctx context.Context, s *data.Session, asOf data.Date) (ResolveReport, error) {
	var rep ResolveReport
	l := &load{s: s}
	if err := s.Resolved(ctx); err != nil {
		return rep, err
	}
	if err := l.readReference(ctx); err != nil {
		return rep, err
	}
	if err := l.rematch(ctx); err != nil {
		return rep, err
	}
	if err := data.BuildIntervals(ctx, s); err != nil {
		return rep, err
	}
	if err := s.Exec(ctx, fmt.Sprintf(repriceInput, keptFlags, quoteText(asOf.String()))); err != nil {
		return rep, err
	}
	if err := data.PriceSales(ctx, s, true); err != nil {
		return rep, err
	}
	if err := s.Exec(ctx, repriceChanged); err != nil {
		return rep, err
	}
	if err := s.Get(ctx, []any{&rep.Priced, &rep.Matched, &rep.Lost}, `SELECT count(*), count(*) FILTER (old_style_no IS NULL AND style_no IS NOT NULL),
		count(*) FILTER (old_style_no IS NOT NULL AND style_no IS NULL) FROM changed_sale`); err != nil {
		return rep, err
	}
	var err error
	if rep.Items, err = s.ExecCount(ctx, `UPDATE store.item SET style_no = r.style_no, model = r.model, version = r.version, audience = r.audience,
			match_method = r.match_method, match_score = r.match_score
		FROM rematched r WHERE r.item_no = store.item.item_no`); err != nil {
		return rep, err
	}
	for _, q := range []string{
		"DELETE FROM store.guess WHERE item_no IN (SELECT item_no FROM rematched)",
		"INSERT INTO store.guess SELECT g.* FROM guess_now g JOIN rematched r ON r.item_no = g.item_no ORDER BY g.item_no, g.rank",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return rep, err
		}
	}
	if rep.Priced == 0 {
		return rep, data.JudgeAll(ctx, s)
	}
	if err := s.Exec(ctx, `UPDATE store.sale SET style_no = c.style_no, sale_price_usd = c.sale_price_usd, retail_price = c.retail_price,
			retail_price_usd = c.retail_price_usd, retail_basis = c.retail_basis, multiple = c.multiple, flags = c.flags
		FROM changed_sale c WHERE c.sale_rowid = store.sale.rowid`); err != nil {
		return rep, err
	}
	return rep, data.JudgeAll(ctx, s)
}

// rematch leaves the items whose match or guesses changed in rematched, and those of
// all in item_now and guess_now.
func (l *load) rematch(ctx context.Context) error {
	rows, err := l.s.Query(ctx, `SELECT item_no, coalesce(style_text, ''), coalesce(title, '') FROM store.item ORDER BY item_no`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var cells, guesses [][]data.Cell
	for rows.Next() {
		var no int64
		var styleText, title string
		if err := rows.Scan(&no, &styleText, &title); err != nil {
			return err
		}
		m := l.matcher.match(styleText, title, nil)
		released := ""
		if style := l.styles[m.styleID]; style.Precision == "day" {
			released = style.ReleaseDate.String()
		}
		cells = append(cells, []data.Cell{data.BigInt(no), data.NullBigInt(l.styleNo[m.styleID]), data.NullText(m.model), data.NullText(m.version),
			data.NullText(m.audience), data.Text(m.method), data.Text(scoreText(m.score)), data.NullText(released), data.BigInt(titleFlags(title))})
		guesses = append(guesses, l.guessCells(no, m.guesses)...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := l.s.LoadTemp(ctx, "item_now", `item_no BIGINT, style_no BIGINT, model VARCHAR, version VARCHAR, audience VARCHAR,
		match_method VARCHAR, match_score VARCHAR, released VARCHAR, flags BIGINT`, cells); err != nil {
		return err
	}
	if err := l.s.LoadTemp(ctx, "guess_text", guessColumns, guesses); err != nil {
		return err
	}
	for _, q := range []string{
		`CREATE OR REPLACE TEMP TABLE guess_now AS
			SELECT item_no::INTEGER AS item_no, rank::UTINYINT AS rank, style_no::INTEGER AS style_no, score::DOUBLE AS score FROM guess_text`,
		rematched,
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

const rematched = `
CREATE OR REPLACE TEMP TABLE rematched AS
WITH now AS (
    SELECT item_no::INTEGER AS item_no, style_no::INTEGER AS style_no, model, version, audience, match_method, match_score::DOUBLE AS match_score FROM item_now
), guessed AS (
    (SELECT item_no, rank, style_no, score FROM guess_now EXCEPT SELECT item_no, rank, style_no, score FROM store.guess)
    UNION
    (SELECT item_no, rank, style_no, score FROM store.guess EXCEPT SELECT item_no, rank, style_no, score FROM guess_now)
)
SELECT n.*
FROM now n JOIN store.item i ON i.item_no = n.item_no
WHERE (n.style_no, n.model, n.version, n.audience, n.match_method, n.match_score)
      IS DISTINCT FROM (i.style_no, i.model, i.version, i.audience, i.match_method, i.match_score)
   OR n.item_no IN (SELECT item_no FROM guessed)`

// keptFlags are the flags that the record itself decides, and those that are
// data.JudgeAll's to change. All others start anew.
const keptFlags = data.FlagSynthetic | data.FlagPriceSentinel | data.FlagRetailImpossible | data.FlagPriceOutlier | data.FlagReleased | data.FlagPriceRounded

// repriceInput lists all sales with the style that they have now. A sale is in the
// future when it is after the day of this look and of all runs before.
const repriceInput = `
CREATE OR REPLACE TEMP VIEW to_price AS
SELECT s.rowid AS sale_rowid, n.style_no::INTEGER AS style_no, s.style_no AS old_style_no, v.currency, s.sold_on, s.sale_price, s.source_retail,
       s.sale_price_usd AS old_usd, s.retail_price AS old_retail, s.retail_price_usd AS old_retail_usd, s.retail_basis AS old_basis,
       s.multiple AS old_multiple, s.flags AS old_flags,
       (s.flags & %d) + n.flags + CASE WHEN s.sold_on < n.released::DATE THEN 2 ELSE 0 END + CASE WHEN s.sold_on > today.day THEN 16 ELSE 0 END AS base_flags
FROM store.sale s
CROSS JOIN (SELECT greatest(DATE %s, max(as_of)) AS day FROM runs) today
JOIN item_now n ON n.item_no = s.item_no
JOIN store.variant v ON v.variant_no = s.variant_no`

const repriceChanged = `
CREATE OR REPLACE TEMP TABLE changed_sale AS
SELECT * FROM priced
WHERE (style_no, sale_price_usd, retail_price, retail_price_usd, retail_basis, multiple, flags)
      IS DISTINCT FROM (old_style_no, old_usd, old_retail, old_retail_usd, old_basis, old_multiple, old_flags)`
