-- How does the premium change in the days since release?
-- Two answers: median_premium of all that sold at that age, which moves with what was released lately; and
-- relative_multiple, each sale over the median of its own style's sales later than 90 days, which does not. The second
-- has fewer styles: those with 6 later sales or more. It misleads where one release stands for all (styles), and where
-- the market as a whole rose or fell since. Styles whose day of release is unknown are left out.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per age with a sale up to as_of
-- param: as_of DATE: nothing sold after this day is seen
-- columns:
--   age VARCHAR: days since release: 000-006, 007-013, 014-027, 028-055, 056-090, 091-180, 181-365, 366-730, 731-
--   n BIGINT: sales
--   styles BIGINT: styles sold
--   median_premium DOUBLE: median of sale price over retail price, minus 1; NULL below 6 sales
--   premium_lo DOUBLE: lower end of its interval
--   premium_hi DOUBLE: upper end
--   n_relative BIGINT: of n, sales of styles with a level of their own
--   relative_styles BIGINT: those styles
--   relative_multiple DOUBLE: median of a sale's multiple over its style's level; NULL below 6 sales
--   relative_lo DOUBLE: lower end of its interval
--   relative_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes; one_style too
WITH sold AS (
    SELECT style, multiple, days_since_release AS day, sold_on, marketplace, size_us_men, retail_doubtful, synthetic
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND days_since_release >= 0 AND sold_on <= $as_of::DATE
),
levels AS (
    SELECT style, median(multiple::DOUBLE) AS level
    FROM sold
    WHERE day > 90
    GROUP BY style
    HAVING count(*) >= 6
),
ages AS (
    SELECT
        CASE
            WHEN day <= 6   THEN '000-006'
            WHEN day <= 13  THEN '007-013'
            WHEN day <= 27  THEN '014-027'
            WHEN day <= 55  THEN '028-055'
            WHEN day <= 90  THEN '056-090'
            WHEN day <= 180 THEN '091-180'
            WHEN day <= 365 THEN '181-365'
            WHEN day <= 730 THEN '366-730'
            ELSE '731-' END AS age,
        count(*) AS n, count(DISTINCT style) AS styles, median_interval(multiple) AS m,
        count(level) AS n_relative, count(DISTINCT style) FILTER (level IS NOT NULL) AS relative_styles,
        median_interval(multiple::DOUBLE / level) AS r, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, NULL, style) AS warnings
    FROM sold
    LEFT JOIN levels USING (style)
    GROUP BY age
)
SELECT
    age                    AS age,
    n                      AS n,
    styles                 AS styles,
    round(m.median - 1, 4) AS median_premium,
    round(m.lo - 1, 4)     AS premium_lo,
    round(m.hi - 1, 4)     AS premium_hi,
    n_relative             AS n_relative,
    relative_styles        AS relative_styles,
    round(r.median, 4)     AS relative_multiple,
    round(r.lo, 4)         AS relative_lo,
    round(r.hi, 4)         AS relative_hi,
    n_synthetic            AS n_synthetic,
    warnings               AS warnings
FROM ages
ORDER BY age
