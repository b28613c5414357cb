-- Which versions sell most, and which highest above retail?
-- Two rankings in one: place_by_multiple of the median multiple, place_by_sales of sales a week. Versions too small for
-- a median have no place by it. Two places are told apart only where their intervals do not overlap; the probability of
-- each place is in greybook analyze claims. It misleads where the book's sources sell some versions only, and where a
-- version's sales are mostly of one dear or cheap style: it ranks what sold, not the same pairs.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per version of the model with a sale in the window
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- param: model VARCHAR = 990: model number
-- columns:
--   model VARCHAR: model number
--   version VARCHAR: version of the model; NULL where unknown
--   n BIGINT: sales
--   place_by_multiple BIGINT: 1 for the highest median multiple
--   median_multiple DOUBLE: median of sale price over retail price; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   share_above_retail DOUBLE: share of sales above retail, 0 to 1; NULL below 6 sales
--   share_lo DOUBLE: lower end of its interval
--   share_hi DOUBLE: upper end
--   place_by_sales BIGINT: 1 for most sales
--   sales_per_week DOUBLE: n over the weeks of the window, which begins no earlier than the book's first sale of the model
--   sales_lo DOUBLE: lower end of its interval
--   sales_hi DOUBLE: upper end
--   last_sold_on DATE: day of the last sale
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes
WITH sold AS (
    SELECT model, version, multiple, sold_on, marketplace, size_us_men, retail_doubtful, synthetic
    FROM version_observations
    WHERE price_basis = 'sale' AND condition = 'new' AND model = $model::VARCHAR AND sold_on <= $as_of::DATE
),
versions AS (
    SELECT
        model, version, count(*) AS n, median_interval(multiple) AS m,
        count(*) FILTER (multiple > 1) / count(*) AS share, share_interval(count(*) FILTER (multiple > 1), count(*)) AS s,
        rate_interval(count(*)) AS r,
        ($as_of::DATE + 1 - greatest($as_of::DATE + 1 - $days::INTEGER, (SELECT min(sold_on) FROM sold))) / 7 AS weeks,
        max(sold_on) AS last_sold_on, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, $as_of::DATE) AS warnings
    FROM sold
    WHERE sold_on > $as_of::DATE - $days::INTEGER
    GROUP BY model, version
)
SELECT
    model                                                   AS model,
    version                                                 AS version,
    n                                                       AS n,
    CASE WHEN m.median IS NOT NULL THEN rank() OVER (ORDER BY m.median DESC NULLS LAST) END AS place_by_multiple,
    round(m.median, 4)                                      AS median_multiple,
    round(m.lo, 4)                                          AS multiple_lo,
    round(m.hi, 4)                                          AS multiple_hi,
    round(CASE WHEN m.median IS NOT NULL THEN share END, 4) AS share_above_retail,
    round(CASE WHEN m.median IS NOT NULL THEN s.lo END, 4)  AS share_lo,
    round(CASE WHEN m.median IS NOT NULL THEN s.hi END, 4)  AS share_hi,
    rank() OVER (ORDER BY n DESC)                           AS place_by_sales,
    round(n / weeks, 4)                                     AS sales_per_week,
    round(r.lo / weeks, 4)                                  AS sales_lo,
    round(r.hi / weeks, 4)                                  AS sales_hi,
    last_sold_on                                            AS last_sold_on,
    n_synthetic                                             AS n_synthetic,
    warnings                                                AS warnings
FROM versions
ORDER BY place_by_multiple NULLS LAST, n DESC, version
