-- What a profile may do to a price, and to a size of another system.
INSERT INTO store.flag VALUES
    (16, 'price_rounded', false, 'the source gives more than two decimals, which are rounded');

COMMENT ON COLUMN store.variant.size_us IS 'US size read from the label, in the system beside it; of a label in another system, men''s by the brand''s chart.';
COMMENT ON COLUMN store.variant.size_system IS 'men, women or kids where the label or the profile says whose US sizes these are; foot: a foot length, which is anybody''s; chart: a UK or EU size, which the chart has for men only; NULL: the style''s own audience.';

CREATE OR REPLACE VIEW sales AS
SELECT
    lpad(lower(to_hex(s.sale_key)), 32, '0') AS sale_key,
    v.marketplace                        AS marketplace,
    s.source_sale_id                     AS source_sale_id,
    s.sold_at                            AS sold_at,
    s.sold_on                            AS sold_on,
    CASE s.sold_precision WHEN 1 THEN 'second' WHEN 2 THEN 'day' ELSE 'snapshot' END AS sold_precision,
    i.title                              AS title,
    t.style_id                           AS style_id,
    t.style_code                         AS style_code,
    coalesce(t.model, i.model)           AS model,
    coalesce(t.version, i.version)       AS version,
    t.colorway                           AS colorway,
    g.year                               AS grey_day_year,
    coalesce(v.made_in, t.made_in)       AS made_in,
    i.match_method                       AS match_method,
    i.match_score                        AS match_score,
    coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience, t.audience) AS audience,
    v.size_label                         AS size_label,
    CASE coalesce(CASE WHEN v.size_system IN ('men', 'women', 'kids') THEN v.size_system END, i.audience, t.audience)
        WHEN 'women' THEN CASE coalesce(v.size_system, '') WHEN 'foot' THEN v.size_us WHEN 'chart' THEN NULL ELSE v.size_us - 1.5 END
        WHEN 'kids'  THEN NULL
        ELSE v.size_us END               AS size_us_men,
    coalesce(v.width, i.width)           AS width,
    v.condition                          AS condition,
    s.sale_price                         AS sale_price,
    v.currency                           AS currency,
    s.sale_price_usd                     AS sale_price_usd,
    v.price_basis                        AS price_basis,
    s.retail_price_usd                   AS retail_price_usd,
    CASE s.retail_basis WHEN 1 THEN 'reference' WHEN 2 THEN 'reference_fx' WHEN 3 THEN 'source' END AS retail_basis,
    s.multiple                           AS multiple,
    s.multiple - 1                       AS premium,
    CASE WHEN t.release_precision = 'day' THEN s.sold_on - t.release_date END AS days_since_release,
    list_filter(
        [CASE WHEN s.flags & 1   <> 0 THEN 'synthetic' END,
         CASE WHEN s.flags & 2   <> 0 THEN 'before_release' END,
         CASE WHEN s.flags & 4   <> 0 THEN 'price_sentinel' END,
         CASE WHEN s.flags & 8   <> 0 THEN 'multiple_implausible' END,
         CASE WHEN s.flags & 16  <> 0 THEN 'sold_in_future' END,
         CASE WHEN s.flags & 32  <> 0 THEN 'retail_doubtful' END,
         CASE WHEN s.flags & 64  <> 0 THEN 'no_usd_rate' END,
         CASE WHEN s.flags & 128 <> 0 THEN 'retail_conflict' END,
         CASE WHEN s.flags & 256 <> 0 THEN 'price_outlier' END,
         CASE WHEN s.flags & 512 <> 0 THEN 'test_row' END,
         CASE WHEN s.flags & 1024 <> 0 THEN 'retail_impossible' END,
         CASE WHEN s.flags & 2048 <> 0 THEN 'released' END,
         CASE WHEN s.flags & 65536 <> 0 THEN 'price_rounded' END],
        lambda f: f IS NOT NULL)         AS flags,
    f.run_id                             AS run_id,
    f.path                               AS source_file,
    s.line                               AS source_line,
    s.retail_price                       AS retail_price
FROM store.sale s
JOIN store.item i ON i.item_no = s.item_no
JOIN store.variant v ON v.variant_no = s.variant_no
JOIN run_files f ON f.file_no = s.file_no
LEFT JOIN styles t ON t.style_no = s.style_no
LEFT JOIN grey_days g ON g.style_id = t.style_id;
COMMENT ON VIEW sales IS 'Accepted sale records with everything resolved. Grain: one row per record. Not every row is a sale: see price_basis; for estimates read observations.';
COMMENT ON COLUMN sales.sale_key IS 'Identity of the record, 32 hexadecimal digits.';
COMMENT ON COLUMN sales.marketplace IS 'Marketplace of the sale.';
COMMENT ON COLUMN sales.source_sale_id IS 'The id that the source gave it, if any.';
COMMENT ON COLUMN sales.sold_at IS 'Time of sale, UTC.';
COMMENT ON COLUMN sales.sold_on IS 'Day of sale, UTC.';
COMMENT ON COLUMN sales.sold_precision IS 'second, day, or snapshot (on or before that day).';
COMMENT ON COLUMN sales.title IS 'Title as the source wrote it.';
COMMENT ON COLUMN sales.style_id IS 'The style it was matched to: styles.style_id; NULL while unmatched.';
COMMENT ON COLUMN sales.style_code IS 'Its style code, where there is one.';
COMMENT ON COLUMN sales.model IS 'Model: of the style, else read from code or title.';
COMMENT ON COLUMN sales.version IS 'Version: of the style, else read from code or title.';
COMMENT ON COLUMN sales.colorway IS 'Colorway of the style.';
COMMENT ON COLUMN sales.grey_day_year IS 'Grey Day edition, by the list alone.';
COMMENT ON COLUMN sales.made_in IS 'Country of making: as the source says, else the reference; NULL when neither does.';
COMMENT ON COLUMN sales.match_method IS 'How the style was found: code, code_in_title, alias, words, conflict, none.';
COMMENT ON COLUMN sales.match_score IS '1 for a match by code or alias, 0 for none; by words, the weight of the words that title and style share over that of the words that either has.';
COMMENT ON COLUMN sales.audience IS 'men, women, unisex or kids.';
COMMENT ON COLUMN sales.size_label IS 'Size as the source wrote it.';
COMMENT ON COLUMN sales.size_us_men IS 'The same in US men''s sizes (women''s minus 1.5); NULL when it can''t be said.';
COMMENT ON COLUMN sales.width IS 'Width, where stated.';
COMMENT ON COLUMN sales.condition IS 'new, new_defects, used or unknown.';
COMMENT ON COLUMN sales.sale_price IS 'What the buyer paid for the item before fees and shipping, in currency.';
COMMENT ON COLUMN sales.currency IS 'Currency of the sale, ISO 4217.';
COMMENT ON COLUMN sales.sale_price_usd IS 'sale_price in US dollars at the rate of the day; NULL where no rate is known.';
COMMENT ON COLUMN sales.price_basis IS 'sale, or what else the price is: last_sale, highest_sale, lowest_sale, ask, bid, average.';
COMMENT ON COLUMN sales.retail_price_usd IS 'Retail price in force on the day of sale, US dollars.';
COMMENT ON COLUMN sales.retail_basis IS 'reference (in the currency of the sale), reference_fx (dollars at the rate of the day), source (the record''s own column); NULL when none is known.';
COMMENT ON COLUMN sales.multiple IS 'sale_price over retail_price, six decimals.';
COMMENT ON COLUMN sales.premium IS 'multiple minus 1.';
COMMENT ON COLUMN sales.days_since_release IS 'Days from release to sale; negative before release; NULL when the day of release is unknown.';
COMMENT ON COLUMN sales.flags IS 'What is doubtful about the record: see store.flag.';
COMMENT ON COLUMN sales.run_id IS 'The run that added it.';
COMMENT ON COLUMN sales.source_file IS 'The file it came from.';
COMMENT ON COLUMN sales.source_line IS 'First line of the record in that file.';
COMMENT ON COLUMN sales.retail_price IS 'Retail price in force on the day of sale, in currency.';
