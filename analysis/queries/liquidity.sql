-- How often does each style sell, and when did it last?
-- Sales a week in the window, as greybook analyze liquidity counts them. A style's window begins no earlier than the
-- book's first sale, and no earlier than its release where the day is known. It misleads where
-- a marketplace's file is missing or old: the book's sales are counted, not the market's, and styles look slower.
-- Completed sales of new pairs; 95 % intervals, as if sales came one by one and independently.
-- grain: one row per style with a sale up to as_of
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- columns:
--   style VARCHAR: styles.style_id
--   model VARCHAR: model of the style
--   version VARCHAR: version of the style
--   n BIGINT: sales in the window
--   window_from DATE: first day of the style's window
--   weeks DOUBLE: length of the style's window
--   sales_per_week DOUBLE: n over weeks
--   sales_lo DOUBLE: lower end of its interval
--   sales_hi DOUBLE: upper end
--   last_sold_on DATE: day of the last sale, also before the window
--   days_since_last_sale BIGINT: days from it to as_of
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: stale after 28 days without a sale, synthetic
WITH sold AS (
    SELECT style, model, version, sold_on, days_since_release, synthetic
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND sold_on <= $as_of::DATE
),
windows AS (
    SELECT
        style, model, version, max(sold_on) AS last_sold_on,
        greatest(
            $as_of::DATE + 1 - $days::INTEGER,
            (SELECT min(sold_on) FROM sold),
            CASE WHEN count(*) = count(days_since_release) THEN min(sold_on - days_since_release::INTEGER) END) AS window_from
    FROM sold
    GROUP BY style, model, version
),
counts AS (
    SELECT
        w.style, w.model, w.version, w.window_from, w.last_sold_on, ($as_of::DATE + 1 - w.window_from) / 7 AS weeks,
        count(s.style) AS n, count(*) FILTER (s.synthetic) AS n_synthetic, rate_interval(count(s.style)) AS r
    FROM windows w
    LEFT JOIN sold s ON s.style = w.style AND s.sold_on >= w.window_from
    GROUP BY w.style, w.model, w.version, w.window_from, w.last_sold_on
)
SELECT
    style                       AS style,
    model                       AS model,
    version                     AS version,
    n                           AS n,
    window_from                 AS window_from,
    round(weeks, 4)             AS weeks,
    round(n / weeks, 4)         AS sales_per_week,
    round(r.lo / weeks, 4)      AS sales_lo,
    round(r.hi / weeks, 4)      AS sales_hi,
    last_sold_on                AS last_sold_on,
    $as_of::DATE - last_sold_on AS days_since_last_sale,
    n_synthetic                 AS n_synthetic,
    nullif(concat_ws('; ',
        CASE WHEN $as_of::DATE - last_sold_on >= 28 THEN 'stale' END,
        CASE WHEN n_synthetic > 0 THEN 'synthetic' END), '') AS warnings
FROM counts
ORDER BY n DESC, style
