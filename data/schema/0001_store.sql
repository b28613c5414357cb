-- The compact storage behind the views: text that repeats is kept once, in items
-- and variants, and the big table holds numbers. No key or index stands on the
-- big table: uniqueness is kept by the ingest and proved by data/checks.
--
-- Note: a CHECK compares and no more. With a function in it (length, +) the engine can't
-- replay a COMMENT ON COLUMN of the table from its log, and a process that is killed
-- before the checkpoint leaves a book that does not open (DuckDB 1.5.5).
CREATE SCHEMA store;

CREATE TABLE store.meta (
    name  VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);
COMMENT ON TABLE store.meta IS 'Facts about the book itself. Grain: one row per name.';
COMMENT ON COLUMN store.meta.name IS 'Name of the fact: book_id, schema_version, engine_version, reference_sha256, models_sha256.';
COMMENT ON COLUMN store.meta.value IS 'Its value.';

CREATE TABLE store.sale (
    sale_key         UHUGEINT      NOT NULL,
    file_no          INTEGER       NOT NULL,
    line             BIGINT        NOT NULL CHECK (line > 0),
    source_sale_id   VARCHAR,
    sold_at          TIMESTAMPTZ   NOT NULL,
    sold_on          DATE          NOT NULL,
    sold_precision   UTINYINT      NOT NULL CHECK (sold_precision BETWEEN 1 AND 3),
    item_no          INTEGER       NOT NULL,
    variant_no       INTEGER       NOT NULL,
    style_no         INTEGER,
    sale_price       DECIMAL(12,2) NOT NULL CHECK (sale_price > 0),
    sale_price_usd   DECIMAL(12,2),
    source_retail    DECIMAL(12,2),
    retail_price     DECIMAL(12,2),
    retail_price_usd DECIMAL(12,2),
    retail_basis     UTINYINT      NOT NULL CHECK (retail_basis BETWEEN 0 AND 3),
    multiple         DECIMAL(12,6),
    flags            UINTEGER      NOT NULL
);
COMMENT ON TABLE store.sale IS 'Accepted sale records, compact. Grain: one row per record. Sorted by day of sale within a load. Read main.sales instead.';
COMMENT ON COLUMN store.sale.sale_key IS 'Identity of the sale: MD5 of (source, marketplace, its id), else of its typed content and its ordinal among identical rows of its file.';
COMMENT ON COLUMN store.sale.file_no IS 'The file that it came from: store.run_file.';
COMMENT ON COLUMN store.sale.line IS 'First line of the record in that file, from 1.';
COMMENT ON COLUMN store.sale.source_sale_id IS 'The id that the source gave the sale, if any.';
COMMENT ON COLUMN store.sale.sold_at IS 'Time of sale, UTC.';
COMMENT ON COLUMN store.sale.sold_on IS 'Day of sale, UTC.';
COMMENT ON COLUMN store.sale.sold_precision IS '1: to the second, 2: to the day, 3: on or before the day that a snapshot was taken.';
COMMENT ON COLUMN store.sale.item_no IS 'What was sold, as the source words it: store.item.';
COMMENT ON COLUMN store.sale.variant_no IS 'Where, in which size, condition, currency and on which price basis: store.variant.';
COMMENT ON COLUMN store.sale.style_no IS 'The style that the item was matched to; NULL while unmatched.';
COMMENT ON COLUMN store.sale.sale_price IS 'What the buyer paid for the item before fees and shipping, in the currency of the sale.';
COMMENT ON COLUMN store.sale.sale_price_usd IS 'The same in US dollars at the rate of the day of sale; NULL where no rate is known.';
COMMENT ON COLUMN store.sale.source_retail IS 'Retail price as the source states it on the record, in the currency of the sale.';
COMMENT ON COLUMN store.sale.retail_price IS 'Retail price in force on the day of sale, in the currency of the sale.';
COMMENT ON COLUMN store.sale.retail_price_usd IS 'The same in US dollars; NULL where neither a dollar price nor a rate is known.';
COMMENT ON COLUMN store.sale.retail_basis IS '0: none known, 1: reference in the currency of the sale, 2: reference in US dollars at the rate of the day, 3: the source''s own column.';
COMMENT ON COLUMN store.sale.multiple IS 'sale_price over retail_price, both in the currency of the sale, to six decimals.';
COMMENT ON COLUMN store.sale.flags IS 'Bit set of store.flag.';

CREATE TABLE store.flag (
    bit      UTINYINT NOT NULL,
    flag     VARCHAR  NOT NULL,
    excludes BOOLEAN  NOT NULL,
    meaning  VARCHAR  NOT NULL
);
COMMENT ON TABLE store.flag IS 'What the bits of store.sale.flags mean. Grain: one row per flag.';
COMMENT ON COLUMN store.flag.bit IS 'Position of the bit, from 0.';
COMMENT ON COLUMN store.flag.flag IS 'Name of the flag as sales.flags lists it.';
COMMENT ON COLUMN store.flag.excludes IS 'Whether the flag keeps a sale out of observations.';
COMMENT ON COLUMN store.flag.meaning IS 'What it says of the sale.';
INSERT INTO store.flag VALUES
    (0, 'synthetic',            false, 'from a file that calls itself synthetic'),
    (1, 'before_release',       false, 'sold before the release day of its style'),
    (2, 'price_sentinel',       true,  'a price such as 1, 99999 or 999999 that stands for "no price"'),
    (3, 'multiple_implausible', true,  'price outside 0.05 to 50 times retail'),
    (4, 'sold_in_future',       true,  'sold after the day of the ingest'),
    (5, 'retail_doubtful',      false, 'the retail price rests on a source of low confidence'),
    (6, 'no_usd_rate',          false, 'no exchange rate to US dollars for the day of sale'),
    (7, 'retail_conflict',      false, 'the source states another retail price than the reference');

CREATE TABLE store.item (
    item_no      INTEGER NOT NULL,
    style_text   VARCHAR,
    title        VARCHAR,
    style_no     INTEGER,
    model        VARCHAR,
    version      VARCHAR,
    audience     VARCHAR,
    width        VARCHAR,
    match_method VARCHAR NOT NULL,
    match_score  DOUBLE  NOT NULL CHECK (match_score BETWEEN 0 AND 1)
);
COMMENT ON TABLE store.item IS 'What was sold, as sources word it. Grain: one row per distinct pair of style text and title.';
COMMENT ON COLUMN store.item.item_no IS 'Number of the item in this book.';
COMMENT ON COLUMN store.item.style_text IS 'The style code as the source wrote it.';
COMMENT ON COLUMN store.item.title IS 'The title as the source wrote it.';
COMMENT ON COLUMN store.item.style_no IS 'The style that it was matched to; NULL when none or more than one fits.';
COMMENT ON COLUMN store.item.model IS 'Model read from code or title, also where the style is unknown.';
COMMENT ON COLUMN store.item.version IS 'Version read from code or title, also where the style is unknown.';
COMMENT ON COLUMN store.item.audience IS 'men, women, unisex or kids, read from code or title.';
COMMENT ON COLUMN store.item.width IS 'Width read from the title.';
COMMENT ON COLUMN store.item.match_method IS 'code, code_in_title, alias, conflict (code and title disagree), none.';
COMMENT ON COLUMN store.item.match_score IS '1 for a certain match, 0 for none.';

CREATE TABLE store.variant (
    variant_no      INTEGER NOT NULL,
    marketplace     VARCHAR NOT NULL,
    size_label      VARCHAR,
    size_us         DECIMAL(4,1),
    size_system     VARCHAR,
    width           VARCHAR,
    condition       VARCHAR NOT NULL,
    condition_label VARCHAR,
    currency        VARCHAR NOT NULL,
    price_basis     VARCHAR NOT NULL,
    made_in         VARCHAR
);
COMMENT ON TABLE store.variant IS 'Where and in which form something was sold. Grain: one row per distinct combination.';
COMMENT ON COLUMN store.variant.variant_no IS 'Number of the combination in this book.';
COMMENT ON COLUMN store.variant.marketplace IS 'Marketplace of the sale.';
COMMENT ON COLUMN store.variant.size_label IS 'Size as the source wrote it.';
COMMENT ON COLUMN store.variant.size_us IS 'US size read from the label, in the system beside it.';
COMMENT ON COLUMN store.variant.size_system IS 'men, women or kids where the label or the profile says so; NULL: the style''s own audience.';
COMMENT ON COLUMN store.variant.width IS 'Width read from the size label.';
COMMENT ON COLUMN store.variant.condition IS 'new, new_defects, used or unknown.';
COMMENT ON COLUMN store.variant.condition_label IS 'Condition as the source wrote it.';
COMMENT ON COLUMN store.variant.currency IS 'ISO 4217.';
COMMENT ON COLUMN store.variant.price_basis IS 'sale, last_sale, highest_sale, lowest_sale, ask, bid, average.';
COMMENT ON COLUMN store.variant.made_in IS 'Country of making as the source states it.';
