-- What do Grey Day releases really resell for, in their first 90 days and now?
-- The list of Grey Days decides, never the colour. It misleads where a release sold in few hands: see warnings. The
-- first 90 days count only up to as_of, and only where the day of release is known; a release that the book saw none of
-- has n 0 and no figure. Folklore says 1.5 to 3 times retail; greybook analyze claims gives the verdict.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per Grey Day style with an observation up to as_of, and part (first_90_days, now)
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window called now, which ends on as_of
-- columns:
--   grey_day VARCHAR: the release by year, model and colorway
--   style VARCHAR: styles.style_id
--   part VARCHAR: first_90_days or now
--   n BIGINT: sales
--   median_multiple DOUBLE: median of sale price over retail price; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   last_sold_on DATE: day of the last sale
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes
WITH sold AS (
    SELECT grey_day, style, multiple, sold_on, days_since_release, marketplace, size_us_men, retail_doubtful, synthetic
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND grey_day NOT IN ('core grey', 'other') AND sold_on <= $as_of::DATE
),
parts AS (
    SELECT
        grey_day, style, 'first_90_days' AS part, count(*) AS n, median_interval(multiple) AS m, max(sold_on) AS last_sold_on,
        count(*) FILTER (synthetic) AS n_synthetic, sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on) AS warnings
    FROM sold
    WHERE days_since_release BETWEEN 0 AND 89
    GROUP BY grey_day, style
    UNION ALL
    SELECT
        grey_day, style, 'now', count(*), median_interval(multiple), max(sold_on),
        count(*) FILTER (synthetic), sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, $as_of::DATE)
    FROM sold
    WHERE sold_on > $as_of::DATE - $days::INTEGER
    GROUP BY grey_day, style
),
asked AS (
    SELECT DISTINCT grey_day, style, unnest(['first_90_days', 'now']) AS part FROM sold
)
SELECT
    a.grey_day                                               AS grey_day,
    a.style                                                  AS style,
    a.part                                                   AS part,
    coalesce(p.n, 0)                                         AS n,
    round(p.m.median, 4)                                     AS median_multiple,
    round(p.m.lo, 4)                                         AS multiple_lo,
    round(p.m.hi, 4)                                         AS multiple_hi,
    p.last_sold_on                                           AS last_sold_on,
    coalesce(p.n_synthetic, 0)                               AS n_synthetic,
    CASE WHEN p.n IS NULL THEN 'too_few' ELSE p.warnings END AS warnings
FROM asked a
LEFT JOIN parts p ON p.style = a.style AND p.part = a.part
ORDER BY grey_day, style, part
