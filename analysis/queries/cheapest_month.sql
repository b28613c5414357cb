-- In which month of the year are the same pairs cheapest?
-- Each sale over the median of its own style in its own twelve months (counted back from as_of), so that neither the
-- mix of styles nor the years carry the answer; styles and twelve months with fewer than 6 sales, or sold in fewer than 6
-- different months, are left out. Twelve months that began more than
-- 31 days before the book's first such sale don't count. It misleads below two
-- twelve months (one year's trend looks like a season: see years), and a steady rise or fall within each year is
-- part of the answer, too. Releases later than the twelve months' start enter high; they are left out for 90 days.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per month of the year with a sale that counts
-- param: as_of DATE: nothing sold after this day is seen
-- columns:
--   month BIGINT: 1 for January to 12 for December
--   place BIGINT: 1 for the cheapest; NULL where there are too few sales
--   relative_multiple DOUBLE: median of a sale's multiple over its style's median in the same twelve months; NULL below 6 sales
--   relative_lo DOUBLE: lower end of its interval
--   relative_hi DOUBLE: upper end
--   n BIGINT: sales
--   styles BIGINT: styles sold
--   years BIGINT: twelve months with such a sale
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes; one_style too
WITH sold AS (
    SELECT
        style, multiple, sold_on, marketplace, size_us_men, retail_doubtful, synthetic,
        date_sub('year', sold_on, $as_of::DATE) AS year_back -- 0 in the last twelve months
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND sold_on <= $as_of::DATE
      AND (days_since_release IS NULL OR days_since_release > 90)
),
whole AS (
    SELECT style, multiple, sold_on, marketplace, size_us_men, retail_doubtful, synthetic, year_back
    FROM sold
    WHERE $as_of::DATE - to_years(year_back::INTEGER + 1) + INTERVAL 31 DAYS >= (SELECT min(sold_on) FROM sold)
),
levels AS (
    SELECT style, year_back, median(multiple::DOUBLE) AS level
    FROM whole
    GROUP BY style, year_back
    HAVING count(*) >= 6 AND count(DISTINCT month(sold_on)) >= 6
),
months AS (
    SELECT
        month(sold_on) AS month, median_interval(multiple::DOUBLE / level) AS r, count(*) AS n, count(DISTINCT style) AS styles,
        count(DISTINCT year_back) AS years, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, NULL, style) AS warnings
    FROM whole
    JOIN levels USING (style, year_back)
    GROUP BY 1
)
SELECT
    month              AS month,
    CASE WHEN r.median IS NOT NULL THEN rank() OVER (ORDER BY r.median NULLS LAST) END AS place,
    round(r.median, 4) AS relative_multiple,
    round(r.lo, 4)     AS relative_lo,
    round(r.hi, 4)     AS relative_hi,
    n                  AS n,
    styles             AS styles,
    years              AS years,
    n_synthetic        AS n_synthetic,
    warnings           AS warnings
FROM months
ORDER BY place NULLS LAST, month
