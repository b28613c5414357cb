-- What does a style sell for before and after the brand put it on sale again?
-- The book records no restocks: a style has one day of release. What tells of one is a later price of the same style
-- code in retail_prices, dated and in the same currency, for a style is priced anew when it comes back or stays on sale.
-- That is not proof of a restock, and a restock at the old price, or under a new code, is not seen. Prices in US dollars,
-- for the multiple changes with the retail price by itself. The difference's interval is made of two 97.5 % intervals and
-- so is too wide rather than too narrow. It misleads where the whole market moved at the same time.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per style, currency and later dated retail price, in force by as_of
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 90: days before, and days from it on
-- columns:
--   style VARCHAR: styles.style_id
--   currency VARCHAR: currency of the retail price
--   effective_from DATE: first day of the later retail price
--   retail_price_before DECIMAL(12,2): the retail price until then
--   retail_price DECIMAL(12,2): the later one
--   confidence VARCHAR: how sure that price is: high, medium or low
--   n_before BIGINT: sales in the days before
--   median_price_before DOUBLE: their median sale price, US dollars; NULL below 6 sales
--   price_lo_before DOUBLE: lower end of its interval
--   price_hi_before DOUBLE: upper end
--   n BIGINT: sales in the days from it on
--   median_price DOUBLE: their median sale price, US dollars; NULL below 6 sales
--   price_lo DOUBLE: lower end of its interval
--   price_hi DOUBLE: upper end
--   difference DOUBLE: median_price minus median_price_before, US dollars
--   difference_lo DOUBLE: lower end of its interval; NULL below 7 sales on either side
--   difference_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n and n_before, made-up sales
--   warnings VARCHAR: few_sales or too_few on either side, unfinished where the days after reach beyond as_of, synthetic
WITH prices AS (
    SELECT
        style_id, currency, effective_from, retail_price, confidence,
        lag(retail_price) OVER (PARTITION BY style_id, currency ORDER BY effective_from) AS before
    FROM retail_prices
    WHERE effective_from <= $as_of::DATE
),
sides AS (
    SELECT
        p.style_id, p.currency, p.effective_from, p.before, p.retail_price, p.confidence,
        count(o.sold_on) FILTER (o.sold_on < p.effective_from) AS n_before, count(o.sold_on) FILTER (o.sold_on >= p.effective_from) AS n,
        median_interval(CASE WHEN o.sold_on < p.effective_from THEN o.sale_price_usd END) AS b,
        median_interval(CASE WHEN o.sold_on >= p.effective_from THEN o.sale_price_usd END) AS a,
        median_interval(CASE WHEN o.sold_on < p.effective_from THEN o.sale_price_usd END, 0.975) AS bw,
        median_interval(CASE WHEN o.sold_on >= p.effective_from THEN o.sale_price_usd END, 0.975) AS aw,
        count(*) FILTER (o.synthetic) AS n_synthetic
    FROM prices p
    LEFT JOIN observations o ON o.style = p.style_id AND o.price_basis = 'sale' AND o.condition = 'new' AND o.sale_price_usd IS NOT NULL
      AND o.sold_on <= $as_of::DATE
      AND o.sold_on >= p.effective_from - $days::INTEGER AND o.sold_on < p.effective_from + $days::INTEGER
    WHERE p.before IS NOT NULL
    GROUP BY p.style_id, p.currency, p.effective_from, p.before, p.retail_price, p.confidence
)
SELECT
    style_id                      AS style,
    currency                      AS currency,
    effective_from                AS effective_from,
    before                        AS retail_price_before,
    retail_price                  AS retail_price,
    confidence                    AS confidence,
    n_before                      AS n_before,
    round(b.median, 4)            AS median_price_before,
    round(b.lo, 4)                AS price_lo_before,
    round(b.hi, 4)                AS price_hi_before,
    n                             AS n,
    round(a.median, 4)            AS median_price,
    round(a.lo, 4)                AS price_lo,
    round(a.hi, 4)                AS price_hi,
    round(a.median - b.median, 4) AS difference,
    round(aw.lo - bw.hi, 4)       AS difference_lo,
    round(aw.hi - bw.lo, 4)       AS difference_hi,
    n_synthetic                   AS n_synthetic,
    nullif(concat_ws('; ',
        CASE WHEN least(n, n_before) < 20 THEN 'few_sales' END,
        CASE WHEN n_synthetic > 0 THEN 'synthetic' END,
        CASE WHEN least(n, n_before) < 6 THEN 'too_few' END,
        CASE WHEN effective_from + $days::INTEGER - 1 > $as_of::DATE THEN 'unfinished' END), '') AS warnings
FROM sides
ORDER BY style, currency, effective_from
