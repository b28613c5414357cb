-- Sale records fit for figures: style and retail price known, not flagged as suspect unless the user released them.
-- grain: one row per record of sales that passes
-- inputs: store.sale, store.item, store.variant, styles, grey_days
-- columns:
--   sale_key VARCHAR: identity of the record: sales.sale_key
--   sold_on DATE: day of sale, UTC
--   week DATE: Monday of the ISO week of the sale
--   month DATE: first day of the month of the sale
--   year BIGINT: year of the sale
--   style VARCHAR: styles.style_id
--   model VARCHAR: model of the style
--   version VARCHAR: version of the style
--   colorway VARCHAR: colorway of the style
--   grey_day VARCHAR: the Grey Day release by year, model and colorway; "core grey" for the control group; else "other"
--   grey_day_year SMALLINT: Grey Day edition, by the list alone
--   made_in VARCHAR: country of making, as the source says, else the reference
--   audience VARCHAR: men, women, unisex or kids
--   size_us_men DECIMAL(5,1): size in US men's; NULL when it can't be said
--   size_band VARCHAR: <=6.5, 7-8.5, 9-10.5, 11-12.5, >=13 of US men's sizes
--   condition VARCHAR: new, new_defects, used or unknown
--   marketplace VARCHAR: marketplace of the sale
--   price_basis VARCHAR: sale, or what else the price is
--   sale_price_usd DECIMAL(12,2): what the buyer paid before fees and shipping, US dollars; NULL without a rate
--   retail_price_usd DECIMAL(12,2): retail price in force on the day of sale, US dollars; NULL without a rate
--   multiple DECIMAL(12,6): sale price over retail price in the currency of the sale
--   days_since_release BIGINT: days from release to sale; NULL when the day of release is unknown
--   synthetic BOOLEAN: from a file that calls itself synthetic
--   retail_doubtful BOOLEAN: the retail price rests on a source of low confidence
--   style_no INTEGER: styles.style_no
--   sale_price DECIMAL(12,2): what the buyer paid before fees and shipping, in the currency of the sale
--   retail_price DECIMAL(12,2): retail price in force on the day of sale, in the currency of the sale
--   file_no INTEGER: file that the record came from: run_files
--   line BIGINT: its first line there
--   sale_number UHUGEINT: sale_key as a number
WITH style_facts AS (
    SELECT
        t.style_no, t.style_id, t.model, t.version, t.colorway, t.made_in, t.audience, g.year AS grey_day_year,
        CASE WHEN t.release_precision = 'day' THEN t.release_date END AS released,
        CASE
            WHEN g.style_id IS NOT NULL THEN
                'Grey Day ' || coalesce(g.year::VARCHAR, '(year unknown)') || ': '
                || trim(concat_ws(' ', concat(t.model, t.version), regexp_replace(coalesce(t.colorway, t.style_id), '\s*\(?Grey Day( \d{4})?\)?', '', 'g')))
            WHEN t.core_grey THEN 'core grey'
            ELSE 'other'
        END AS grey_day
    FROM styles t
    LEFT JOIN grey_days g ON g.style_id = t.style_id
)
SELECT
    lpad(lower(to_hex(s.sale_key)), 32, '0')       AS sale_key,
    s.sold_on                                      AS sold_on,
    date_trunc('week', s.sold_on)::DATE            AS week,
    date_trunc('month', s.sold_on)::DATE           AS month,
    year(s.sold_on)                                AS year,
    t.style_id                                     AS style,
    t.model                                        AS model,
    t.version                                      AS version,
    t.colorway                                     AS colorway,
    t.grey_day                                     AS grey_day,
    t.grey_day_year                                AS grey_day_year,
    coalesce(v.made_in, t.made_in)                 AS made_in,
    coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience, t.audience) AS audience,
    CASE coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience, t.audience)
        WHEN 'women' THEN CASE coalesce(v.size_system, '') WHEN 'foot' THEN v.size_us WHEN 'chart' THEN NULL ELSE v.size_us - 1.5 END
        WHEN 'kids'  THEN NULL
        ELSE v.size_us END                         AS size_us_men,
    CASE
        WHEN size_us_men IS NULL THEN NULL
        WHEN size_us_men < 7     THEN '<=6.5'
        WHEN size_us_men < 9     THEN '7-8.5'
        WHEN size_us_men < 11    THEN '9-10.5'
        WHEN size_us_men < 13    THEN '11-12.5'
        ELSE '>=13' END                            AS size_band,
    v.condition                                    AS condition,
    v.marketplace                                  AS marketplace,
    v.price_basis                                  AS price_basis,
    s.sale_price_usd                               AS sale_price_usd,
    s.retail_price_usd                             AS retail_price_usd,
    s.multiple                                     AS multiple,
    s.sold_on - t.released                         AS days_since_release,
    s.flags & 1 <> 0                               AS synthetic,
    s.flags & 32 <> 0                              AS retail_doubtful,
    s.style_no                                     AS style_no,
    s.sale_price                                   AS sale_price,
    s.retail_price                                 AS retail_price,
    s.file_no                                      AS file_no,
    s.line                                         AS line,
    s.sale_key                                     AS sale_number
FROM store.sale s
JOIN style_facts t ON t.style_no = s.style_no
JOIN store.variant v ON v.variant_no = s.variant_no
JOIN store.item i ON i.item_no = s.item_no
WHERE s.multiple IS NOT NULL
  -- before_release, price_sentinel, multiple_implausible, sold_in_future, price_outlier, test_row: see store.flag; 2048 is released.
  AND (s.flags & 798 = 0 OR s.flags & 2048 <> 0)
