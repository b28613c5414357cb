-- Resale multiples of new pairs by Grey Day release, with core greys and all others as the control. Intervals: greybook analyze multiples --by grey_day.
-- grain: one row per Grey Day release, and one each for core greys and others
-- inputs: observations
-- columns:
--   grey_day VARCHAR: the release, "core grey" or "other"
--   n BIGINT: sales behind the row
--   median_multiple DOUBLE: median of sale price over retail price
--   q1 DOUBLE: first quartile, type 7
--   q3 DOUBLE: third quartile, type 7
--   share_above_retail DOUBLE: share of sales above retail, 0 to 1
--   first_sold_on DATE: day of the first sale
--   last_sold_on DATE: day of the last sale
--   n_synthetic BIGINT: of n, sales from synthetic files
SELECT
    grey_day                                    AS grey_day,
    count(*)                                    AS n,
    median(multiple::DOUBLE)                    AS median_multiple,
    quantile_cont(multiple::DOUBLE, 0.25)       AS q1,
    quantile_cont(multiple::DOUBLE, 0.75)       AS q3,
    avg(CASE WHEN multiple > 1 THEN 1 ELSE 0 END) AS share_above_retail,
    min(sold_on)                                AS first_sold_on,
    max(sold_on)                                AS last_sold_on,
    count(*) FILTER (synthetic)                 AS n_synthetic
FROM observations
WHERE price_basis = 'sale' AND condition = 'new'
GROUP BY grey_day
ORDER BY grey_day
