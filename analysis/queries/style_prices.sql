-- What did one style sell for, month by month?
-- It misleads where the sizes that sold differ from month to month, and where sales are few: then there is n and no
-- figure, not the neighbours' figure. Only sales fit for figures: a style without a known retail price has none here
-- (see missing_retail, and last_sales, which has them).
-- Completed sales; 95 % intervals.
-- grain: one row per month with a sale of the style
-- param: as_of DATE: nothing sold after this day is seen
-- param: style VARCHAR: styles.style_id, such as M990GL6
-- param: condition VARCHAR = new: new, new_defects, used or unknown
-- columns:
--   month DATE: first day of the month
--   n BIGINT: sales
--   median_sale_price_usd DOUBLE: median sale price, US dollars; NULL below 6 sales
--   sale_price_lo DOUBLE: lower end of its interval
--   sale_price_hi DOUBLE: upper end
--   retail_price_usd DECIMAL(12,2): retail price at the last of these sales, US dollars
--   median_multiple DOUBLE: median of sale price over retail price; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful, as codes
WITH months AS (
    SELECT
        month, count(*) AS n, median_interval(sale_price_usd) AS p, max_by(retail_price_usd, (sold_on, retail_price_usd)) AS retail,
        median_interval(multiple) AS m, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on) AS warnings
    FROM observations
    WHERE style = $style::VARCHAR AND condition = $condition::VARCHAR AND price_basis = 'sale' AND sold_on <= $as_of::DATE
    GROUP BY month
)
SELECT
    month              AS month,
    n                  AS n,
    round(p.median, 4) AS median_sale_price_usd,
    round(p.lo, 4)     AS sale_price_lo,
    round(p.hi, 4)     AS sale_price_hi,
    retail             AS retail_price_usd,
    round(m.median, 4) AS median_multiple,
    round(m.lo, 4)     AS multiple_lo,
    round(m.hi, 4)     AS multiple_hi,
    n_synthetic        AS n_synthetic,
    warnings           AS warnings
FROM months
ORDER BY month
