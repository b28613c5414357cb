-- What did a style, or one size of it, last sell for?
-- The newest completed sale of each size and condition. It misleads as what a pair is worth, for it is one
-- buyer's price: its error as a forecast is in greybook backtest (B0), the estimate in the table estimates. Suspect records are shown, too:
-- see flags. Of two on one day, the later; of two at one time, the dearer.
-- grain: one row per size and condition of the style with a completed sale
-- param: as_of DATE: nothing sold after this day is seen
-- param: style VARCHAR: styles.style_id, such as M990GL6
-- param: size DOUBLE = NULL: size in US men's; all sizes where it is not given
-- columns:
--   size_us_men DECIMAL(5,1): size in US men's; NULL when it can't be said
--   condition VARCHAR: new, new_defects, used or unknown
--   n BIGINT: sales of that size and condition up to as_of
--   sold_on DATE: day of the last
--   days_ago BIGINT: days from it to as_of
--   sale_price DECIMAL(12,2): what the buyer paid before fees and shipping, in currency
--   currency VARCHAR: ISO 4217
--   sale_price_usd DECIMAL(12,2): the same in US dollars at the rate of the day; NULL without one
--   multiple DECIMAL(12,6): over the retail price on that day; NULL where none is known
--   marketplace VARCHAR: where it was sold
--   flags VARCHAR: what is doubtful about the record, as codes; synthetic where it is made up
WITH sold AS (
    SELECT
        size_us_men, condition, sold_at, sold_on, sale_price, currency, sale_price_usd, multiple, marketplace, flags, sale_key,
        count(*) OVER (PARTITION BY size_us_men, condition) AS n
    FROM sales
    WHERE style_id = $style::VARCHAR AND price_basis = 'sale' AND sold_on <= $as_of::DATE
      AND ($size::DOUBLE IS NULL OR size_us_men = $size::DOUBLE)
    QUALIFY row_number() OVER (PARTITION BY size_us_men, condition
        ORDER BY sold_on DESC, sold_at DESC, sale_price_usd DESC NULLS LAST, sale_key) = 1
)
SELECT
    size_us_men                              AS size_us_men,
    condition                                AS condition,
    n                                        AS n,
    sold_on                                  AS sold_on,
    $as_of::DATE - sold_on                   AS days_ago,
    sale_price                               AS sale_price,
    currency                                 AS currency,
    sale_price_usd                           AS sale_price_usd,
    multiple                                 AS multiple,
    marketplace                              AS marketplace,
    nullif(array_to_string(flags, '; '), '') AS flags
FROM sold
ORDER BY size_us_men NULLS LAST, condition
