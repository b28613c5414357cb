package data

import (
	"context"
	"fmt"
)

// The fence of a style: where its prices are far outside what it has sold for.
// Used pairs have one of their own. It is computed from counts of prices by
// buckets of an eighth of a doubling (9 %), so that the same sales have the same
// fence in whatever order they came, and the next file need not look at them again.
//
// A price is an outlier when its bucket is further from the median's than 4 times
// up or down, or than 3 times the range between the quartiles if that is more.
// Typing errors are factors of 10 and 100; hype and age stay within 4, and where
// they don't, the quartiles lie apart. There is no fence before there are enough
// sales: of 30, seven wrong ones on one side don't reach a quartile.
const (
	fenceSales    = 30
	fenceBuckets  = 16
	fenceQuartile = 3
)

// suspectRule identifies what JudgeAll does. A book judged by another rule is
// judged anew when it is opened.
var suspectRule = fmt.Sprintf("fence %d %d %d, excluding %d", fenceSales, fenceBuckets, fenceQuartile, FlagsExcluding)

// JudgeFile flags the price outliers that came with one file's sales, and those
// that the book had and the file made or unmade, and releases what the user's
// rules release. The sales are in the book, with all their other flags. Inside the
// file's transaction.
func JudgeFile(ctx context.Context, s *Session, fileNo int64) error {
	for _, q := range []string{
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE bucket_new AS "+countPrices, FlagsExcluding&^FlagPriceOutlier, fmt.Sprintf("AND s.file_no = %d", fileNo)),
		fmt.Sprintf(judgeBuckets, `SELECT style_no, used, bucket, n, sound, outlier, false AS fresh FROM store.price_bucket WHERE style_no IN (SELECT style_no FROM bucket_new)
		UNION ALL SELECT style_no, used, bucket, n, sound, false, true FROM bucket_new`, fenceSales, fenceBuckets, fenceQuartile),
		"DELETE FROM store.price_bucket WHERE style_no IN (SELECT style_no FROM bucket_new)",
		storeBuckets,
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	var moved, outliers, rules int64
	if err := s.Get(ctx, []any{&moved, &outliers, &rules}, `SELECT count(*) FILTER (outlier <> was), count(*) FILTER (outlier AND fresh),
		(SELECT count(*) FROM store.release_rule) FROM bucket_now`); err != nil {
		return err
	}
	if moved+outliers > 0 {
		where := fmt.Sprintf("s.file_no = %d AND", fileNo)
		if moved > 0 {
			var err error
			if where, err = farPrices(ctx, s); err != nil {
				return err
			}
		}
		if err := s.Exec(ctx, fmt.Sprintf(flagCells, where, FlagPriceOutlier)); err != nil {
			return err
		}
		if err := s.Exec(ctx, toggle(FlagPriceOutlier)); err != nil {
			return err
		}
	}
	if moved+outliers+rules == 0 {
		return nil
	}
	return judgeReleases(ctx, s, "false")
}

// farPrices is a condition that all sales of the buckets in question meet, and few
// others: their prices are far from what most pairs sell for, up or down, and the sales
// between are many. Between which two prices nothing is in question is cents wider here
// than it is, for the edge of a bucket is no number of cents.
func farPrices(ctx context.Context, s *Session) (string, error) {
	var low, high float64
	if err := s.Get(ctx, []any{&low, &high}, `
		WITH middle AS (SELECT sum(bucket * n) / sum(n) AS bucket FROM bucket_now)
		SELECT coalesce(pow(2, (max(b.bucket) FILTER (b.bucket <= m.bucket) + 1) / 8.0), 0), coalesce(pow(2, min(b.bucket) FILTER (b.bucket > m.bucket) / 8.0), 1e9)
		FROM bucket_now b CROSS JOIN middle m
		WHERE b.outlier <> b.was OR b.outlier AND b.fresh`); err != nil {
		return "", err
	}
	return fmt.Sprintf("(s.sale_price_usd < %.2f OR s.sale_price_usd > %.2f) AND", low*1.0001+0.02, min(high, 1e9)*0.9999-0.02), nil
}

// JudgeAll counts the prices of the whole book anew, flags its outliers, and
// releases what the user released. Inside the caller's transaction, after anything
// that changed styles, prices or flags of many sales, or removed some.
func JudgeAll(ctx context.Context, s *Session) error {
	for _, q := range []string{
		fmt.Sprintf("CREATE OR REPLACE TEMP TABLE bucket_new AS "+countPrices, FlagsExcluding&^FlagPriceOutlier, ""),
		fmt.Sprintf(judgeBuckets, "SELECT style_no, used, bucket, n, sound, false AS outlier, true AS fresh FROM bucket_new", fenceSales, fenceBuckets, fenceQuartile),
		"DELETE FROM store.price_bucket",
		storeBuckets,
		fmt.Sprintf(flagAll, FlagPriceOutlier),
		toggle(FlagPriceOutlier),
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return judgeReleases(ctx, s, "sale_key IN (SELECT sale_key FROM store.release)")
}

// priceBucket is the bucket of a sale's price.
const priceBucket = "floor(8 * log2(s.sale_price_usd::DOUBLE))::SMALLINT"

// countPrices counts completed sales by style, used or not, and bucket. A price in
// another currency may round to no cent at all.
const countPrices = `
SELECT s.style_no, v.condition = 'used' AS used, ` + priceBucket + ` AS bucket,
       count(*) AS n, count(*) FILTER (s.flags & %d = 0) AS sound
FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no
WHERE v.price_basis = 'sale' AND s.style_no IS NOT NULL AND s.sale_price_usd > 0 %s
GROUP BY ALL`

// judgeBuckets adds counts up, and says of each bucket whether it lies beyond the
// fence. was is what the book said, fresh whether new sales are in it.
const judgeBuckets = `
CREATE OR REPLACE TEMP TABLE bucket_now AS
WITH summed AS (
    SELECT style_no, used, bucket, sum(n)::BIGINT AS n, sum(sound)::BIGINT AS sound, bool_or(outlier) AS was, bool_or(fresh) AS fresh
    FROM (%s)
    GROUP BY ALL
), ranked AS (
    SELECT *, sum(sound) OVER (PARTITION BY style_no, used) AS total,
           sum(sound) OVER (PARTITION BY style_no, used ORDER BY bucket) AS upto
    FROM summed
), fence AS (
    SELECT style_no, used, min(bucket) FILTER (4 * upto >= total) AS q1, min(bucket) FILTER (2 * upto >= total) AS median,
           min(bucket) FILTER (4 * upto >= 3 * total) AS q3
    FROM ranked
    WHERE total >= %d
    GROUP BY style_no, used
)
SELECT b.*, coalesce(abs(b.bucket - f.median) > greatest(%d, %d * (f.q3 - f.q1)), false) AS outlier
FROM summed b LEFT JOIN fence f ON f.style_no = b.style_no AND f.used = b.used`

const storeBuckets = "INSERT INTO store.price_bucket SELECT style_no, used, bucket, n, sound, outlier FROM bucket_now ORDER BY style_no, used, bucket"

// flagCells lists the sales of buckets that changed, or that new sales fell into,
// whose flag is not as their bucket says.
const flagCells = `
CREATE OR REPLACE TEMP TABLE flag_change AS
SELECT s.rowid AS sale_rowid
FROM store.sale s
JOIN store.variant v ON v.variant_no = s.variant_no
JOIN bucket_now b ON b.style_no = s.style_no AND b.used = (v.condition = 'used') AND b.bucket = ` + priceBucket + `
WHERE %s v.price_basis = 'sale' AND s.sale_price_usd > 0 AND (b.outlier <> b.was OR b.outlier AND b.fresh) AND (s.flags & %d <> 0) <> b.outlier`

// flagAll lists the sales of the whole book whose flag is not as their bucket says.
const flagAll = `
CREATE OR REPLACE TEMP TABLE flag_change AS
SELECT s.rowid AS sale_rowid
FROM store.sale s
JOIN store.variant v ON v.variant_no = s.variant_no
LEFT JOIN bucket_now b ON b.outlier AND b.style_no = s.style_no AND b.used = (v.condition = 'used') AND v.price_basis = 'sale'
     AND b.bucket = CASE WHEN s.sale_price_usd > 0 THEN ` + priceBucket + ` END
WHERE (s.flags & %d <> 0) <> (b.bucket IS NOT NULL)`

// toggle turns a flag of the sales in flag_change.
func toggle(flag int) string {
	return fmt.Sprintf("UPDATE store.sale SET flags = xor(flags, %d::UINTEGER) FROM flag_change c WHERE c.sale_rowid = store.sale.rowid", flag)
}

// judgeReleases sets and clears the flag released: a record has it when the user
// released it by its key, or when rules cover all that keeps it out.
// Of the records that nothing keeps out, only those that also may be true of are looked at.
func judgeReleases(ctx context.Context, s *Session, also string) error {
	if err := s.Exec(ctx, fmt.Sprintf(releaseChanges, FlagsExcluding, FlagReleased, also)); err != nil {
		return err
	}
	return s.Exec(ctx, toggle(FlagReleased))
}

const releaseChanges = `
CREATE OR REPLACE TEMP TABLE flag_change AS
WITH rules AS (
    SELECT t.style_no, r.style_id IS NULL AS every, bit_or((1::UINTEGER << f.bit)) AS mask
    FROM store.release_rule r
    JOIN store.flag f ON f.flag = r.flag
    LEFT JOIN styles t ON t.style_id = r.style_id
    GROUP BY ALL
), suspects AS (
    SELECT rowid AS sale_rowid, sale_key, style_no, flags & %[1]d AS kept_out, flags & %[2]d <> 0 AS is_released
    FROM store.sale
    WHERE flags & (%[1]d + %[2]d) <> 0 OR %[3]s
)
SELECT s.sale_rowid
FROM suspects s
LEFT JOIN rules own ON NOT own.every AND own.style_no = s.style_no
CROSS JOIN (SELECT coalesce(bit_or(mask) FILTER (every), 0::UINTEGER) AS mask FROM rules) every
WHERE s.is_released <> (s.kept_out <> 0 AND s.kept_out & ~(every.mask | coalesce(own.mask, 0::UINTEGER)) = 0
                        OR s.sale_key IN (SELECT sale_key FROM store.release))`

// judgeAnew judges a book that was judged by another rule, or by none.
func judgeAnew(ctx context.Context, s *Session) error {
	have, err := s.book.Meta(ctx, "suspect_rule")
	if err != nil || have == suspectRule {
		return err
	}
	err = s.Tx(ctx, func() error {
		if err := JudgeAll(ctx, s); err != nil {
			return err
		}
		return s.setMeta(ctx, "suspect_rule", suspectRule)
	})
	if err != nil {
		return fmt.Errorf("judge prices anew: %w", err)
	}
	return s.Checkpoint(ctx)
}
