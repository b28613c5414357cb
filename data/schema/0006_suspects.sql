-- Suspect records: what keeps them out of observations, and how a user lets them in again.
INSERT INTO store.flag VALUES
    (8,  'price_outlier',     true,  'more than 4 times above or below the median price of its style, or 3 times the range of the quartiles if that is more'),
    (9,  'test_row',          true,  'the title says that it is a test'),
    (10, 'retail_impossible', false, 'the record''s own retail price is no possible price, and is not used'),
    (11, 'released',          false, 'kept out by a flag, and let in again by the user');

-- A pair may well be sold before its release day; whether it was, or a date is wrong, is for the user to say.
UPDATE store.flag SET excludes = true, meaning = 'dated before the release day of its style' WHERE flag = 'before_release';
UPDATE store.flag SET meaning = 'dated after the day of the ingest' WHERE flag = 'sold_in_future';
UPDATE store.flag SET meaning = 'the source states another retail price than the reference; where that is in dollars, by more than 15 % less or 40 % more' WHERE flag = 'retail_conflict';
UPDATE store.flag SET meaning = 'a price such as 1, 99999 or 999999 that stands for "no price", by currency' WHERE flag = 'price_sentinel';
COMMENT ON COLUMN store.flag.excludes IS 'Whether the flag keeps a record out of observations, unless it is released.';
COMMENT ON COLUMN store.meta.name IS 'Name of the fact: book_id, schema_version, engine_version, reference_sha256, models_sha256, suspect_rule.';

CREATE TABLE store.price_bucket (
    style_no INTEGER  NOT NULL,
    used     BOOLEAN  NOT NULL,
    bucket   SMALLINT NOT NULL,
    n        BIGINT   NOT NULL CHECK (n > 0),
    sound    BIGINT   NOT NULL CHECK (sound >= 0),
    outlier  BOOLEAN  NOT NULL
);
COMMENT ON TABLE store.price_bucket IS 'What each style has sold for: completed sales of known style and price in US dollars, counted by eighths of a doubling. Grain: one row per style, used or not, and bucket.';
COMMENT ON COLUMN store.price_bucket.style_no IS 'The style: styles.style_no.';
COMMENT ON COLUMN store.price_bucket.used IS 'Whether the pairs are used; all other conditions are counted together.';
COMMENT ON COLUMN store.price_bucket.bucket IS 'floor(8 * log2(price in US dollars)): 8 buckets double the price.';
COMMENT ON COLUMN store.price_bucket.n IS 'Sales in the bucket.';
COMMENT ON COLUMN store.price_bucket.sound IS 'Of these, sales that no flag but price_outlier keeps out: the fence rests on them.';
COMMENT ON COLUMN store.price_bucket.outlier IS 'Whether the bucket lies beyond the fence of its style: then its sales are price_outlier.';

CREATE TABLE store.release (
    sale_key    UHUGEINT    NOT NULL,
    because     VARCHAR     NOT NULL CHECK (because <> ''),
    released_at TIMESTAMPTZ NOT NULL,
    program     VARCHAR     NOT NULL
);
COMMENT ON TABLE store.release IS 'Suspect records that the user let into observations, one by one. Grain: one row per record.';
COMMENT ON COLUMN store.release.sale_key IS 'The record: store.sale.sale_key.';
COMMENT ON COLUMN store.release.because IS 'The user''s reason.';
COMMENT ON COLUMN store.release.released_at IS 'When, UTC.';
COMMENT ON COLUMN store.release.program IS 'Program and version that wrote it.';

CREATE TABLE store.release_rule (
    flag        VARCHAR     NOT NULL,
    style_id    VARCHAR,
    because     VARCHAR     NOT NULL CHECK (because <> ''),
    released_at TIMESTAMPTZ NOT NULL,
    program     VARCHAR     NOT NULL
);
COMMENT ON TABLE store.release_rule IS 'Kinds of suspect records that the user let into observations, those to come too. A record is released when rules cover every flag that keeps it out. Grain: one row per flag and style.';
COMMENT ON COLUMN store.release_rule.flag IS 'The flag: store.flag.flag, one that excludes.';
COMMENT ON COLUMN store.release_rule.style_id IS 'The style that the rule is about: styles.style_id; NULL: all records.';
COMMENT ON COLUMN store.release_rule.because IS 'The user''s reason.';
COMMENT ON COLUMN store.release_rule.released_at IS 'When, UTC.';
COMMENT ON COLUMN store.release_rule.program IS 'Program and version that wrote it.';

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
    coalesce(v.size_system, i.audience, t.audience) AS audience,
    v.size_label                         AS size_label,
    CASE coalesce(v.size_system, i.audience, t.audience)
        WHEN 'women' THEN v.size_us - 1.5
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
         CASE WHEN s.flags & 2048 <> 0 THEN 'released' END],
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
