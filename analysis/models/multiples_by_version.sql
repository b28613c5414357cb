-- Resale multiples of new pairs by model and version, completed sales only. Intervals: greybook analyze multiples --by version.
-- grain: one row per model and version
-- inputs: version_observations
-- columns:
--   model VARCHAR: model number
--   version VARCHAR: version; NULL when unknown or not versioned
--   n BIGINT: sales behind the row
--   median_multiple DOUBLE: median of sale price over retail price
--   q1 DOUBLE: first quartile, type 7
--   q3 DOUBLE: third quartile, type 7
--   share_above_retail DOUBLE: share of sales above retail, 0 to 1
--   first_sold_on DATE: day of the first sale
--   last_sold_on DATE: day of the last sale
--   n_synthetic BIGINT: of n, sales from synthetic files
SELECT
    model                                       AS model,
    version                                     AS version,
    count(*)                                    AS n,
    median(multiple::DOUBLE)                    AS median_multiple,
    quantile_cont(multiple::DOUBLE, 0.25)       AS q1,
    quantile_cont(multiple::DOUBLE, 0.75)       AS q3,
    avg(CASE WHEN multiple > 1 THEN 1 ELSE 0 END) AS share_above_retail,
    min(sold_on)                                AS first_sold_on,
    max(sold_on)                                AS last_sold_on,
    count(*) FILTER (synthetic)                 AS n_synthetic
FROM version_observations
WHERE price_basis = 'sale' AND condition = 'new'
GROUP BY model, version
ORDER BY model, version
