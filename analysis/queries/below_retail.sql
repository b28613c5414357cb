-- Which styles sell below retail, and which of them fell below it?
-- A style is below retail where the whole interval of its median multiple lies below 1. It fell where the window before
-- did not say so. It misleads where the retail price went up meanwhile (the multiple falls with it: see retail_price_usd
-- and retail_history), and where it is of low confidence.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per style below retail in the window
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 182: length of the window that ends on as_of, and of the one before it
-- columns:
--   style VARCHAR: styles.style_id
--   model VARCHAR: model of the style
--   version VARCHAR: version of the style
--   colorway VARCHAR: colorway of the style
--   n BIGINT: sales
--   median_multiple DOUBLE: median of sale price over retail price
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end, below 1
--   median_sale_price_usd DOUBLE: median sale price, US dollars
--   retail_price_usd DECIMAL(12,2): retail price at the last of these sales, US dollars
--   n_before BIGINT: sales in the window before
--   median_multiple_before DOUBLE: their median multiple; NULL below 6 sales
--   multiple_lo_before DOUBLE: lower end of its interval
--   multiple_hi_before DOUBLE: upper end
--   fell BOOLEAN: the interval before was not wholly below 1; NULL where there was none
--   last_sold_on DATE: day of the last sale
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes
WITH sold AS (
    SELECT
        style, model, version, colorway, multiple, sale_price_usd, retail_price_usd, sold_on, marketplace, size_us_men,
        retail_doubtful, synthetic, sold_on > $as_of::DATE - $days::INTEGER AS recent
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND sold_on <= $as_of::DATE AND sold_on > $as_of::DATE - 2 * $days::INTEGER
),
recent AS (
    SELECT
        style, model, version, colorway, count(*) AS n, median_interval(multiple) AS m, median(sale_price_usd::DOUBLE) AS price,
        max_by(retail_price_usd, (sold_on, retail_price_usd)) AS retail, max(sold_on) AS last_sold_on,
        count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, $as_of::DATE) AS warnings
    FROM sold
    WHERE recent
    GROUP BY style, model, version, colorway
),
before AS (
    SELECT style, count(*) AS n, median_interval(multiple) AS m
    FROM sold
    WHERE NOT recent
    GROUP BY style
)
SELECT
    r.style              AS style,
    r.model              AS model,
    r.version            AS version,
    r.colorway           AS colorway,
    r.n                  AS n,
    round(r.m.median, 4) AS median_multiple,
    round(r.m.lo, 4)     AS multiple_lo,
    round(r.m.hi, 4)     AS multiple_hi,
    round(r.price, 4)    AS median_sale_price_usd,
    r.retail             AS retail_price_usd,
    coalesce(b.n, 0)     AS n_before,
    round(b.m.median, 4) AS median_multiple_before,
    round(b.m.lo, 4)     AS multiple_lo_before,
    round(b.m.hi, 4)     AS multiple_hi_before,
    b.m.hi >= 1          AS fell,
    r.last_sold_on       AS last_sold_on,
    r.n_synthetic        AS n_synthetic,
    r.warnings           AS warnings
FROM recent r
LEFT JOIN before b ON b.style = r.style
WHERE r.m.hi < 1
ORDER BY median_multiple, style
