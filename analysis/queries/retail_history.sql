-- What did a style cost new, and when did that change?
-- The dated retail prices of the reference and of what was ingested since. A price without a day counts only where its
-- style has no dated one in the currency. It misleads where nobody recorded a change: see source and confidence. Retail
-- belongs to a style code and a day, never to a version, for reissues sell at the price of their own day.
-- grain: one row per style, currency and first day, in force by as_of
-- param: as_of DATE: no price that came into force after this day is seen
-- param: style VARCHAR = NULL: styles.style_id; all styles where it is not given
-- columns:
--   style VARCHAR: styles.style_id
--   model VARCHAR: model of the style
--   version VARCHAR: version of the style
--   currency VARCHAR: ISO 4217
--   effective_from DATE: first day of the price; NULL where the source gives none
--   until DATE: last day that the book knows of, the day before the next price; NULL while in force, or undated
--   retail_price DECIMAL(12,2): retail price, in currency
--   change DECIMAL(12,2): retail price minus the one before it, in currency
--   source VARCHAR: where the price is from
--   confidence VARCHAR: high, medium or low
WITH prices AS (
    SELECT
        style_id, currency, effective_from, retail_price, source, confidence,
        lead(effective_from) OVER w AS next_from, lag(retail_price) OVER w AS before
    FROM retail_prices
    WHERE effective_from IS NULL OR effective_from <= $as_of::DATE
    WINDOW w AS (PARTITION BY style_id, currency, effective_from IS NULL ORDER BY effective_from)
)
SELECT
    p.style_id                                 AS style,
    s.model                                    AS model,
    s.version                                  AS version,
    p.currency                                 AS currency,
    p.effective_from                           AS effective_from,
    p.next_from - 1                            AS until,
    p.retail_price                             AS retail_price,
    (p.retail_price - p.before)::DECIMAL(12,2) AS change,
    p.source                                   AS source,
    p.confidence                               AS confidence
FROM prices p
LEFT JOIN styles s ON s.style_id = p.style_id
WHERE $style::VARCHAR IS NULL OR p.style_id = $style::VARCHAR
ORDER BY style, currency, effective_from NULLS FIRST
