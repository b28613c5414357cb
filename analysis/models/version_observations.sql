-- Sale records fit for figures by version: observations, and records whose style isn't known but whose version and retail price are, as the source states them.
-- grain: one row per record of sales that passes
-- inputs: observations, store.sale, store.item, store.variant
-- columns:
--   sold_on DATE: day of sale, UTC
--   week DATE: Monday of the ISO week of the sale
--   month DATE: first day of the month of the sale
--   year BIGINT: year of the sale
--   model VARCHAR: model of the style, else read from code or title
--   version VARCHAR: version of the style, else read from code or title
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
--   synthetic BOOLEAN: from a file that calls itself synthetic
--   retail_doubtful BOOLEAN: the retail price rests on a source of low confidence
--   style_known BOOLEAN: whether the record is one of observations
WITH unknown_style AS (
    SELECT
        s.sold_on, i.model, i.version, v.made_in,
        coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience) AS audience,
        CASE coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience)
            WHEN 'women' THEN CASE coalesce(v.size_system, '') WHEN 'foot' THEN v.size_us WHEN 'chart' THEN NULL ELSE v.size_us - 1.5 END
            WHEN 'kids'  THEN NULL
            ELSE v.size_us END AS size_us_men,
        v.condition, v.marketplace, v.price_basis, s.sale_price_usd, s.retail_price_usd, s.multiple, s.flags
    FROM store.sale s
    JOIN store.item i ON i.item_no = s.item_no
    JOIN store.variant v ON v.variant_no = s.variant_no
    WHERE s.style_no IS NULL AND i.model IS NOT NULL AND i.version IS NOT NULL
      AND s.multiple IS NOT NULL
      AND (s.flags & 798 = 0 OR s.flags & 2048 <> 0) -- as in observations
)
SELECT
    sold_on, week, month, year, model, version, made_in, audience, size_us_men, size_band, condition, marketplace, price_basis,
    sale_price_usd, retail_price_usd, multiple, synthetic, retail_doubtful, true AS style_known
FROM observations
UNION ALL
SELECT
    sold_on, date_trunc('week', sold_on)::DATE, date_trunc('month', sold_on)::DATE, year(sold_on), model, version, made_in, audience, size_us_men,
    CASE
        WHEN size_us_men IS NULL THEN NULL
        WHEN size_us_men < 7     THEN '<=6.5'
        WHEN size_us_men < 9     THEN '7-8.5'
        WHEN size_us_men < 11    THEN '9-10.5'
        WHEN size_us_men < 13    THEN '11-12.5'
        ELSE '>=13' END,
    condition, marketplace, price_basis, sale_price_usd, retail_price_usd, multiple, flags & 1 <> 0, flags & 32 <> 0, false
FROM unknown_style
