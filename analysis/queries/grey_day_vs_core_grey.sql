-- Does a Grey Day release sell above the core greys of its own version and age?
-- Each Grey Day style against the core greys (regular greys of the line) of the same model and version, by age since
-- release. The difference's interval is made of two 97.5 % intervals and so is too wide rather than too narrow: where it
-- leaves out 0 they differ. It misleads where one core grey stands for all (core_styles). A Grey Day release of a
-- version that has no core grey, or whose core greys sold at other ages only, has n_core 0 and no difference.
-- Completed sales of new pairs; 95 % intervals.
-- grain: one row per Grey Day style and age with a sale up to as_of
-- param: as_of DATE: nothing sold after this day is seen
-- columns:
--   grey_day VARCHAR: the release by year, model and colorway
--   style VARCHAR: styles.style_id
--   age VARCHAR: days since release: 000-090, 091-365, 366-730, 731-; unknown is compared with unknown never
--   n BIGINT: sales of the release
--   median_multiple DOUBLE: their median multiple; NULL below 6 sales
--   multiple_lo DOUBLE: lower end of its interval
--   multiple_hi DOUBLE: upper end
--   core_styles BIGINT: core greys of the same version with sales at the same age
--   n_core BIGINT: their sales
--   core_median_multiple DOUBLE: their median multiple; NULL below 6 sales
--   core_multiple_lo DOUBLE: lower end of its interval
--   core_multiple_hi DOUBLE: upper end
--   difference DOUBLE: median_multiple minus core_median_multiple
--   difference_lo DOUBLE: lower end of its interval; NULL below 7 sales on either side
--   difference_hi DOUBLE: upper end
--   n_synthetic BIGINT: of n and n_core, made-up sales
--   warnings VARCHAR: what is doubtful about the sales of the release, as codes
WITH sold AS (
    SELECT
        grey_day, style, model, version, multiple, sold_on, marketplace, size_us_men, retail_doubtful, synthetic,
        CASE
            WHEN days_since_release IS NULL THEN 'unknown'
            WHEN days_since_release <= 90   THEN '000-090'
            WHEN days_since_release <= 365  THEN '091-365'
            WHEN days_since_release <= 730  THEN '366-730'
            ELSE '731-' END AS age
    FROM observations
    WHERE price_basis = 'sale' AND condition = 'new' AND grey_day <> 'other' AND sold_on <= $as_of::DATE
),
releases AS (
    SELECT
        grey_day, style, model, version, age, count(*) AS n, median_interval(multiple) AS m, median_interval(multiple, 0.975) AS w,
        count(*) FILTER (synthetic) AS n_synthetic, sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on) AS warnings
    FROM sold
    WHERE grey_day <> 'core grey'
    GROUP BY grey_day, style, model, version, age
),
core AS (
    SELECT
        model, version, age, count(DISTINCT style) AS styles, count(*) AS n, median_interval(multiple) AS m,
        median_interval(multiple, 0.975) AS w, count(*) FILTER (synthetic) AS n_synthetic
    FROM sold
    WHERE grey_day = 'core grey' AND age <> 'unknown'
    GROUP BY model, version, age
)
SELECT
    r.grey_day                                 AS grey_day,
    r.style                                    AS style,
    r.age                                      AS age,
    r.n                                        AS n,
    round(r.m.median, 4)                       AS median_multiple,
    round(r.m.lo, 4)                           AS multiple_lo,
    round(r.m.hi, 4)                           AS multiple_hi,
    coalesce(c.styles, 0)                      AS core_styles,
    coalesce(c.n, 0)                           AS n_core,
    round(c.m.median, 4)                       AS core_median_multiple,
    round(c.m.lo, 4)                           AS core_multiple_lo,
    round(c.m.hi, 4)                           AS core_multiple_hi,
    round(r.m.median - c.m.median, 4)          AS difference,
    round(r.w.lo - c.w.hi, 4)                  AS difference_lo,
    round(r.w.hi - c.w.lo, 4)                  AS difference_hi,
    r.n_synthetic + coalesce(c.n_synthetic, 0) AS n_synthetic,
    r.warnings                                 AS warnings
FROM releases r
LEFT JOIN core c ON c.model = r.model AND c.version IS NOT DISTINCT FROM r.version AND c.age = r.age
ORDER BY grey_day, style, age
