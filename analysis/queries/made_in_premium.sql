-- Do pairs made in the USA sell higher above retail than the same silhouette made elsewhere?
-- Each model and version by country of making, as a source says it; the USA's are the baseline. The difference's interval
-- is made of two 97.5 % intervals and so is too wide rather than too narrow: where it leaves out 0 they differ. It
-- misleads where colours and collaborations differ between the countries (styles), and where unknown origins are many:
-- they are a row of their own, never a guess. Retail differs by origin, too: a multiple is over its own retail price.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per model, version and country with a sale in the window
-- param: as_of DATE: nothing sold after this day is seen
-- param: days BIGINT = 364: length of the window that ends on as_of
-- columns:
--   model VARCHAR: model number
--   version VARCHAR: version of the model; NULL where it has none
--   made_in VARCHAR: country of making; NULL where no source says it
--   n BIGINT: sales
--   styles BIGINT: styles sold
--   median_multiple DOUBLE: median of sale price over retail price; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   n_usa BIGINT: sales of the same silhouette made in the USA
--   usa_minus_this DOUBLE: median multiple of those minus this one; NULL in the USA's own row
--   difference_lo DOUBLE: lower end of its interval; NULL below 7 sales on either side
--   difference_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n, made-up sales
--   warnings VARCHAR: what is doubtful about the n sales, as codes; one_style too
WITH origins AS (
    SELECT
        model, version, made_in, count(*) AS n, count(DISTINCT style) AS styles, median_interval(multiple) AS m,
        median_interval(multiple, 0.975) AS w, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, $as_of::DATE, style) AS warnings
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND sold_on <= $as_of::DATE AND sold_on > $as_of::DATE - $days::INTEGER
    GROUP BY model, version, made_in
)
SELECT
    o.model              AS model,
    o.version            AS version,
    o.made_in            AS made_in,
    o.n                  AS n,
    o.styles             AS styles,
    round(o.m.median, 4) AS median_multiple,
    round(o.m.lo, 4)     AS multiple_lo,
    round(o.m.hi, 4)     AS multiple_hi,
    coalesce(u.n, 0)     AS n_usa,
    round(CASE WHEN o.made_in IS DISTINCT FROM 'USA' THEN u.m.median - o.m.median END, 4) AS usa_minus_this,
    round(CASE WHEN o.made_in IS DISTINCT FROM 'USA' THEN u.w.lo - o.w.hi END, 4) AS difference_lo,
    round(CASE WHEN o.made_in IS DISTINCT FROM 'USA' THEN u.w.hi - o.w.lo END, 4) AS difference_hi,
    o.n_synthetic        AS n_synthetic,
    o.warnings           AS warnings
FROM origins o
LEFT JOIN origins u ON u.model = o.model AND u.version IS NOT DISTINCT FROM o.version AND u.made_in = 'USA'
ORDER BY model, version, made_in
