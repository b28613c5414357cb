package ingest

import (
	"context"
	"fmt"
)

// fates decides about records that stand in the file more than once or that the book
// has already. The table fate lists only those, by id: 'known', 'reject' (the id of the
// source stands for another sale), 'again' (an identical row without an id: a sale of
// its own, with the key that its ordinal gives it).
func (l *load) fates(ctx context.Context) error {
	if err := l.s.Exec(ctx, `CREATE OR REPLACE TEMP TABLE fate (id BIGINT, fate VARCHAR, sale_key UHUGEINT, reason VARCHAR, line BIGINT, source_sale_id VARCHAR)`); err != nil {
		return err
	}
	var ids, all, sales int64
	if err := l.s.Get(ctx, []any{&all, &ids}, "SELECT count(*), count(sale_id) FROM raw"); err != nil {
		return err
	}
	if err := l.s.Get(ctx, []any{&sales}, "SELECT count(*) FROM store.sale"); err != nil {
		return err
	}
	if err := l.repeated(ctx, ids, all); err != nil {
		return err
	}
	if sales == 0 {
		return nil
	}
	return l.metBefore(ctx, ids)
}

// repeated finds the records that stand in the file more than once.
func (l *load) repeated(ctx context.Context, ids, all int64) error {
	// Sales that are the same have the same hash here; a few others may, too. A hash costs
	// less than a key, and where all records have an id it takes no join.
	hash, from := "hash(r.sale_id)", "raw r"
	if ids < all {
		hash = "CASE WHEN r.sale_id IS NOT NULL THEN hash(r.sale_id) ELSE hash(i.item_key, v.variant_key, r.sold_at, " + l.p.keyPrice() + ") END"
		from = "raw r JOIN item_of i ON i.hash = r.item_hash JOIN variant_of v ON v.hash = r.variant_hash JOIN price_of p ON p.hash = r.price_hash"
	}
	if err := l.s.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE twice AS SELECT %s AS h FROM %s GROUP BY h HAVING count(*) > 1", hash, from)); err != nil {
		return err
	}
	var twice int64
	if err := l.s.Get(ctx, []any{&twice}, "SELECT count(*) FROM twice"); err != nil || twice == 0 {
		return err
	}
	for _, q := range []string{
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE raw_twice AS SELECT r.* FROM %s WHERE %s IN (SELECT h FROM twice)", from, hash),
		`INSERT INTO fate
WITH ordered AS (
    SELECT id, line, source_sale_id, sale_key, source_sale_id IS NOT NULL AS has_id, row_number() OVER w AS ordinal,
           sold_at IS NOT DISTINCT FROM first_value(sold_at) OVER w AND sale_price = first_value(sale_price) OVER w
           AND item_no = first_value(item_no) OVER w AND variant_no = first_value(variant_no) OVER w AS same
    FROM (` + l.stageQuery("raw_twice") + `)
    WHERE reason IS NULL
    WINDOW w AS (PARTITION BY sale_key ORDER BY id)
)
SELECT id, CASE WHEN NOT has_id THEN 'again' WHEN same THEN 'known' ELSE 'reject' END,
       CASE WHEN has_id THEN sale_key ELSE md5_number(concat(sale_key, '#', ordinal)) END,
       'sale_id_repeated', line, source_sale_id
FROM ordered WHERE ordinal > 1`,
		"DROP TABLE raw_twice",
		"DROP TABLE twice",
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// metBefore finds the records that the book has already.
func (l *load) metBefore(ctx context.Context, ids int64) error {
	within := ""
	if ids == 0 {
		// A row without an id is identified by its day too: only those days need a look.
		var first, last string
		if err := l.s.Get(ctx, []any{&first, &last}, `SELECT coalesce(min(day), DATE '1980-01-01')::VARCHAR, coalesce(max(day), DATE '1980-01-01')::VARCHAR
			FROM (SELECT `+soldOn+` AS day FROM raw WHERE `+plausibleTime+`)`); err != nil {
			return err
		}
		within = fmt.Sprintf("AND b.sold_on BETWEEN DATE %s AND DATE %s", quoteText(first), quoteText(last))
	}
	for _, q := range []string{
		fmt.Sprintf(`
CREATE OR REPLACE TEMP TABLE met AS
SELECT p.id, p.line, p.source_sale_id,
       p.source_sale_id IS NOT NULL AND (b.sold_at <> p.sold_at OR b.sale_price <> p.sale_price OR b.item_no <> p.item_no OR b.variant_no <> p.variant_no) AS changed
FROM (SELECT q.id, q.line, q.source_sale_id, q.sold_at, q.sale_price, q.item_no, q.variant_no, coalesce(f.sale_key, q.sale_key) AS sale_key
      FROM to_price q LEFT JOIN fate f ON f.id = q.id
      WHERE NOT q.refused AND coalesce(f.fate, 'again') = 'again') p
JOIN store.sale b ON b.sale_key = p.sale_key %s`, within),
		`DELETE FROM fate WHERE id IN (SELECT id FROM met)`,
		`INSERT INTO fate SELECT id, CASE WHEN changed THEN 'reject' ELSE 'known' END, NULL, 'sale_id_changed', line, source_sale_id FROM met`,
		"DROP TABLE met",
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
