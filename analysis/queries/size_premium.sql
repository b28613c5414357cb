-- Which sizes sell above, and which below, the other sizes of the same style?
-- Each sale over the median of its own style in the window, all sizes together, so that a size is not dear because dear
-- styles come in it. As greybook analyze sizes does it, but by half sizes or bands. Styles with fewer than 6 sales, or
-- sold in one band only, are left out. It misleads where one size makes most of a style's sales: its own weight pulls it
-- towards 1. Sizes are US men's; women's minus 1.5, kids' have none.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per band (or half size) with a sale in the window
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- param: half_sizes BOOLEAN = false: a row for each half size, not for each band
-- columns:
--   size VARCHAR: band of US men's sizes, or the size; NULL where unknown
--   n BIGINT: sales
--   styles BIGINT: styles sold
--   relative_multiple DOUBLE: median of a sale's multiple over its style's median; NULL below 6 sales
--   relative_lo DOUBLE: lower end of its interval
--   relative_hi DOUBLE: upper end
--   median_multiple DOUBLE: median multiple of the same sales, whatever the styles
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes; one_style too
WITH sold AS (
    SELECT style, multiple, size_band, size_us_men, sold_on, marketplace, retail_doubtful, synthetic
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND sold_on <= $as_of::DATE AND sold_on > $as_of::DATE - $days::INTEGER
),
levels AS (
    SELECT style, median(multiple::DOUBLE) AS level
    FROM sold
    GROUP BY style
    HAVING count(*) >= 6 AND count(DISTINCT coalesce(size_band, '')) > 1
),
sizes AS (
    SELECT
        CASE WHEN $half_sizes::BOOLEAN THEN replace(size_us_men::VARCHAR, '.0', '') ELSE size_band END AS size,
        min(size_us_men) AS smallest, count(*) AS n, count(DISTINCT style) AS styles,
        median_interval(multiple::DOUBLE / level) AS r, median_interval(multiple) AS m, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, NULL, retail_doubtful, synthetic, sold_on, $as_of::DATE, style) AS warnings
    FROM sold
    JOIN levels USING (style)
    GROUP BY 1
)
SELECT
    size               AS size,
    n                  AS n,
    styles             AS styles,
    round(r.median, 4) AS relative_multiple,
    round(r.lo, 4)     AS relative_lo,
    round(r.hi, 4)     AS relative_hi,
    round(m.median, 4) AS median_multiple,
    round(m.lo, 4)     AS multiple_lo,
    round(m.hi, 4)     AS multiple_hi,
    n_synthetic        AS n_synthetic,
    warnings           AS warnings
FROM sizes
ORDER BY smallest NULLS LAST, size
