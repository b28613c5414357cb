-- Which sales have no known retail price, so that somebody can look it up?
-- By title, most sales first. Where the style is known, greybook ingest retail takes its price; where it is not, greybook
-- ingest aliases or styles names it first (greybook unmatched has guesses). Without a retail price a sale has no
-- multiple and is in no figure. It misleads where one title is written in many ways: each is a row. Prices are the
-- lowest and highest seen, not what a pair is worth.
-- Completed sales of any condition.
-- grain: one row per title, style, marketplace, currency and source file
-- param: as_of DATE: nothing sold after this day is seen
-- columns:
--   title VARCHAR: title as the source wrote it
--   style VARCHAR: styles.style_id; NULL while it is not known
--   model VARCHAR: model, of the style or read from code or title
--   version VARCHAR: version, likewise
--   marketplace VARCHAR: marketplace of the sales
--   currency VARCHAR: their currency, ISO 4217
--   source_file VARCHAR: the file that they came from
--   n BIGINT: sales
--   lowest_price DECIMAL(12,2): lowest sale price, in currency
--   highest_price DECIMAL(12,2): highest sale price, in currency
--   first_sold_on DATE: day of the first
--   last_sold_on DATE: day of the last
--   n_synthetic BIGINT: of n, made-up sales
SELECT
    title                                               AS title,
    style_id                                            AS style,
    model                                               AS model,
    version                                             AS version,
    marketplace                                         AS marketplace,
    currency                                            AS currency,
    source_file                                         AS source_file,
    count(*)                                            AS n,
    min(sale_price)                                     AS lowest_price,
    max(sale_price)                                     AS highest_price,
    min(sold_on)                                        AS first_sold_on,
    max(sold_on)                                        AS last_sold_on,
    count(*) FILTER (list_contains(flags, 'synthetic')) AS n_synthetic
FROM sales
WHERE multiple IS NULL AND price_basis = 'sale' AND sold_on <= $as_of::DATE
GROUP BY title, style_id, model, version, marketplace, currency, source_file
ORDER BY n DESC, title, style, marketplace, currency, source_file, model, version
