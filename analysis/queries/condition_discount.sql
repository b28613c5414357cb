-- How much less does a pair bring that is not new?
-- Each sale of another condition over the median of new pairs of the same style sold in the same month; months with
-- fewer than 3 new sales of the style are left out, and their sales counted in n_left_out. It misleads where used covers
-- everything from tried on to worn out: sources seldom say more, and what sold is what was worth selling.
-- Completed sales; 95 % intervals.
-- grain: one row per condition but new with a sale in the window
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- columns:
--   condition VARCHAR: new_defects, used or unknown
--   n BIGINT: sales compared
--   styles BIGINT: styles among them
--   relative_multiple DOUBLE: median of a sale over the new pairs of its style and month, 0.7 where it brings 30 % less; NULL below 6 sales
--   relative_lo DOUBLE: lower end of its interval
--   relative_hi DOUBLE: upper end
--   n_left_out BIGINT: sales without enough new ones to compare with
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful about the n sales, as codes; one_style too
WITH sold AS (
    SELECT style, month, condition, multiple, sold_on, marketplace, size_us_men, retail_doubtful, synthetic
    FROM observations
    WHERE price_basis = 'sale' AND sold_on <= $as_of::DATE AND sold_on > $as_of::DATE - $days::INTEGER
),
new_pairs AS (
    SELECT style, month, median(multiple::DOUBLE) AS level
    FROM sold
    WHERE condition = 'new'
    GROUP BY style, month
    HAVING count(*) >= 3
),
others AS (
    SELECT
        s.condition, n.level, s.multiple::DOUBLE / n.level AS relative, n.style, s.marketplace, s.size_us_men, s.retail_doubtful,
        s.synthetic, s.sold_on
    FROM sold s
    LEFT JOIN new_pairs n ON n.style = s.style AND n.month = s.month
    WHERE s.condition <> 'new'
),
compared AS (
    SELECT
        condition, count(*) AS n, count(DISTINCT style) AS styles, median_interval(relative) AS r, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, $as_of::DATE, style) AS warnings
    FROM others
    WHERE level IS NOT NULL
    GROUP BY condition
),
all_others AS (
    SELECT condition, count(*) - count(level) AS n_left_out FROM others GROUP BY condition
)
SELECT
    a.condition                                              AS condition,
    coalesce(c.n, 0)                                         AS n,
    coalesce(c.styles, 0)                                    AS styles,
    round(c.r.median, 4)                                     AS relative_multiple,
    round(c.r.lo, 4)                                         AS relative_lo,
    round(c.r.hi, 4)                                         AS relative_hi,
    a.n_left_out                                             AS n_left_out,
    coalesce(c.n_synthetic, 0)                               AS n_synthetic,
    CASE WHEN c.n IS NULL THEN 'too_few' ELSE c.warnings END AS warnings
FROM all_others a
LEFT JOIN compared c ON c.condition = a.condition
ORDER BY condition
