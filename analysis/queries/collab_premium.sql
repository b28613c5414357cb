-- Do collaborations sell higher above retail than general releases of the same version and age?
-- Collaborations are styles with a known collaborator; general releases are all others but Grey Day's. The difference's
-- interval is made of two 97.5 % intervals and so is too wide rather than too narrow: where it leaves out 0 they differ.
-- It misleads where few styles stand for either side (collab_styles, general_styles): sales of one style go together,
-- which the interval does not know. Where the reference names no collaborator nobody may have looked.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per model, version and age with a sale of a collaboration up to as_of
-- param: as_of DATE: nothing sold after this day is seen
-- columns:
--   model VARCHAR: model number
--   version VARCHAR: version of the model; NULL where it has none
--   age VARCHAR: days since release: 000-090, 091-365, 366-730, 731-; unknown is compared with unknown never
--   collab_styles BIGINT: collaborations sold
--   n BIGINT: their sales
--   median_multiple DOUBLE: their median multiple; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   general_styles BIGINT: general releases sold at the same age
--   n_general BIGINT: their sales
--   general_median_multiple DOUBLE: their median multiple; NULL below 6 sales
--   general_multiple_lo DOUBLE: lower end of its interval
--   general_multiple_hi DOUBLE: upper end
--   difference DOUBLE: median_multiple minus general_median_multiple
--   difference_lo DOUBLE: lower end of its interval; NULL below 7 sales on either side
--   difference_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n and n_general, made-up sales
--   warnings VARCHAR: what is doubtful about the sales of collaborations, as codes; one_style too
WITH sold AS (
    SELECT
        o.style, o.model, o.version, s.collab IS NOT NULL AS collab, o.multiple, o.sold_on, o.marketplace, o.size_us_men,
        o.retail_doubtful, o.synthetic,
        CASE
            WHEN o.days_since_release IS NULL THEN 'unknown'
            WHEN o.days_since_release <= 90   THEN '000-090'
            WHEN o.days_since_release <= 365  THEN '091-365'
            WHEN o.days_since_release <= 730  THEN '366-730'
            ELSE '731-' END AS age
    FROM observations o
    JOIN styles s ON s.style_id = o.style
    WHERE o.price_basis = 'sale' AND o.condition = 'new' AND o.sold_on <= $as_of::DATE
      AND (s.collab IS NOT NULL OR o.grey_day IN ('core grey', 'other'))
),
collab AS (
    SELECT
        model, version, age, count(DISTINCT style) AS styles, count(*) AS n, median_interval(multiple) AS m,
        median_interval(multiple, 0.975) AS w, count(*) FILTER (synthetic) AS n_synthetic,
        sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, NULL, style) AS warnings
    FROM sold
    WHERE collab
    GROUP BY model, version, age
),
general AS (
    SELECT
        model, version, age, count(DISTINCT style) AS styles, count(*) AS n, median_interval(multiple) AS m,
        median_interval(multiple, 0.975) AS w, count(*) FILTER (synthetic) AS n_synthetic
    FROM sold
    WHERE NOT collab AND age <> 'unknown'
    GROUP BY model, version, age
)
SELECT
    c.model                                    AS model,
    c.version                                  AS version,
    c.age                                      AS age,
    c.styles                                   AS collab_styles,
    c.n                                        AS n,
    round(c.m.median, 4)                       AS median_multiple,
    round(c.m.lo, 4)                           AS multiple_lo,
    round(c.m.hi, 4)                           AS multiple_hi,
    coalesce(g.styles, 0)                      AS general_styles,
    coalesce(g.n, 0)                           AS n_general,
    round(g.m.median, 4)                       AS general_median_multiple,
    round(g.m.lo, 4)                           AS general_multiple_lo,
    round(g.m.hi, 4)                           AS general_multiple_hi,
    round(c.m.median - g.m.median, 4)          AS difference,
    round(c.w.lo - g.w.hi, 4)                  AS difference_lo,
    round(c.w.hi - g.w.lo, 4)                  AS difference_hi,
    c.n_synthetic + coalesce(g.n_synthetic, 0) AS n_synthetic,
    c.warnings                                 AS warnings
FROM collab c
LEFT JOIN general g ON g.model = c.model AND g.version IS NOT DISTINCT FROM c.version AND g.age = c.age
ORDER BY model, version, age
