-- Where does the same style sell for more, on one marketplace or the other?
-- For each style and month with enough sales on both: the median price in US dollars on the one over that on the other;
-- then the median of these ratios. Fees and shipping are not included, on either side: what the buyer pays in all, and
-- what the seller keeps, differ by more than this. It misleads where the marketplaces sell different sizes, and where
-- one trades in another currency: the day's rate is in the ratio. One price basis for both: sales, unless told otherwise.
-- New pairs; 95 % intervals, as if styles and months were independent.
-- grain: one row per pair of marketplaces, the first before the second in the alphabet
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- param: price_basis VARCHAR = sale: sale, ask, bid, last_sale, …: one for both
-- param: min_sales BIGINT = 3: sales of a style and month that each marketplace must have
-- columns:
--   marketplace VARCHAR: the one
--   other_marketplace VARCHAR: the other
--   price_basis VARCHAR: what kind of prices are compared
--   style_months BIGINT: styles and months compared
--   styles BIGINT: styles among them
--   n BIGINT: prices on the one
--   n_other BIGINT: prices on the other
--   median_ratio DOUBLE: median of the ratio of median prices, 1.02 where the one is 2 % dearer; NULL below 6 styles and months
--   ratio_lo DOUBLE: lower end of its interval
--   ratio_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n and n_other, made-up prices
--   warnings VARCHAR: few_styles below 10, not_sales, one_style, synthetic, too_few
WITH cells AS (
    SELECT
        marketplace, style, month, count(*) AS n, median(sale_price_usd::DOUBLE) AS price, count(*) FILTER (synthetic) AS n_synthetic
    FROM observations
    WHERE price_basis = $price_basis::VARCHAR AND condition = 'new' AND sale_price_usd IS NOT NULL
      AND sold_on <= $as_of::DATE AND sold_on > $as_of::DATE - $days::INTEGER
    GROUP BY marketplace, style, month
    HAVING count(*) >= $min_sales::BIGINT
),
pairs AS (
    SELECT
        a.marketplace AS one, b.marketplace AS other, count(*) AS style_months, count(DISTINCT a.style) AS styles,
        sum(a.n)::BIGINT AS n, sum(b.n)::BIGINT AS n_other, median_interval(a.price / b.price) AS r,
        sum(a.n_synthetic + b.n_synthetic)::BIGINT AS n_synthetic
    FROM cells a
    JOIN cells b ON b.style = a.style AND b.month = a.month AND b.marketplace > a.marketplace
    GROUP BY a.marketplace, b.marketplace
)
SELECT
    one                   AS marketplace,
    other                 AS other_marketplace,
    $price_basis::VARCHAR AS price_basis,
    style_months          AS style_months,
    styles                AS styles,
    n                     AS n,
    n_other               AS n_other,
    round(r.median, 4)    AS median_ratio,
    round(r.lo, 4)        AS ratio_lo,
    round(r.hi, 4)        AS ratio_hi,
    n_synthetic           AS n_synthetic,
    nullif(concat_ws('; ',
        CASE WHEN styles < 10 THEN 'few_styles' END,
        CASE WHEN $price_basis::VARCHAR <> 'sale' THEN 'not_sales' END,
        CASE WHEN styles = 1 THEN 'one_style' END,
        CASE WHEN n_synthetic > 0 THEN 'synthetic' END,
        CASE WHEN r.median IS NULL THEN 'too_few' END), '') AS warnings
FROM pairs
ORDER BY one, other
