-- The reference: facts, each with its source and confidence. run_id is NULL for the
-- facts that come with greybook and names the run that loaded all others.
CREATE TABLE styles (
    style_no          INTEGER NOT NULL,
    style_id          VARCHAR NOT NULL,
    style_code        VARCHAR,
    model             VARCHAR,
    version           VARCHAR,
    colorway          VARCHAR,
    release_date      DATE,
    release_precision VARCHAR CHECK (release_precision IN ('day', 'month', 'year')),
    made_in           VARCHAR,
    audience          VARCHAR CHECK (audience IN ('men', 'women', 'unisex', 'kids')),
    collab            VARCHAR,
    core_grey         BOOLEAN NOT NULL,
    source            VARCHAR NOT NULL CHECK (source <> ''),
    confidence        VARCHAR NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    run_id            BIGINT
);
COMMENT ON TABLE styles IS 'Products as marketplaces list them. Grain: one row per style.';
COMMENT ON COLUMN styles.style_no IS 'Number of the style in this book.';
COMMENT ON COLUMN styles.style_id IS 'The style code where there is one, else a stable slug.';
COMMENT ON COLUMN styles.style_code IS 'The brand''s style code; NULL where nobody could source one.';
COMMENT ON COLUMN styles.model IS 'Model number: 990, 992, 1300, …';
COMMENT ON COLUMN styles.version IS 'Version of the model: v1 to v6; NULL when unknown or not versioned.';
COMMENT ON COLUMN styles.colorway IS 'Colour name, with the collaborator or pack where that is part of the name.';
COMMENT ON COLUMN styles.release_date IS 'First day of the release period; see release_precision.';
COMMENT ON COLUMN styles.release_precision IS 'How much of release_date is known: day, month or year.';
COMMENT ON COLUMN styles.made_in IS 'Where it is made, as a source says; NULL when none does.';
COMMENT ON COLUMN styles.audience IS 'men, women, unisex or kids.';
COMMENT ON COLUMN styles.collab IS 'Collaborator; NULL when none is known.';
COMMENT ON COLUMN styles.core_grey IS 'Listed as a regular grey of its line: the control group of Grey Day releases.';
COMMENT ON COLUMN styles.source IS 'Where the facts are from.';
COMMENT ON COLUMN styles.confidence IS 'high, medium or low.';
COMMENT ON COLUMN styles.run_id IS 'The run that loaded the row; NULL for the built-in reference.';

CREATE TABLE retail_prices (
    style_id       VARCHAR       NOT NULL,
    effective_from DATE,
    retail_price   DECIMAL(12,2) NOT NULL CHECK (retail_price > 0),
    currency       VARCHAR       NOT NULL CHECK (currency BETWEEN 'AAA' AND 'ZZZ'),
    source         VARCHAR       NOT NULL CHECK (source <> ''),
    confidence     VARCHAR       NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    run_id         BIGINT
);
COMMENT ON TABLE retail_prices IS 'Dated retail prices. Grain: one row per style, currency and first day.';
COMMENT ON COLUMN retail_prices.style_id IS 'The style: styles.style_id.';
COMMENT ON COLUMN retail_prices.effective_from IS 'First day that the price was in force; NULL when the source gives none: such a price is used only where the style has no dated one in its currency.';
COMMENT ON COLUMN retail_prices.retail_price IS 'Retail price in the currency beside it.';
COMMENT ON COLUMN retail_prices.currency IS 'ISO 4217.';
COMMENT ON COLUMN retail_prices.source IS 'Where the price is from.';
COMMENT ON COLUMN retail_prices.confidence IS 'high, medium or low.';
COMMENT ON COLUMN retail_prices.run_id IS 'The run that loaded the row; NULL for the built-in reference.';

CREATE TABLE grey_days (
    year       SMALLINT,
    date       DATE,
    style_id   VARCHAR NOT NULL,
    source     VARCHAR NOT NULL CHECK (source <> ''),
    confidence VARCHAR NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    run_id     BIGINT
);
COMMENT ON TABLE grey_days IS 'Grey Day releases: the list alone decides. Grain: one row per style.';
COMMENT ON COLUMN grey_days.year IS 'Grey Day edition; NULL when the source gives no year.';
COMMENT ON COLUMN grey_days.date IS 'Day of the release, where known.';
COMMENT ON COLUMN grey_days.style_id IS 'The style: styles.style_id.';
COMMENT ON COLUMN grey_days.source IS 'Who calls it a Grey Day release.';
COMMENT ON COLUMN grey_days.confidence IS 'high, medium or low.';
COMMENT ON COLUMN grey_days.run_id IS 'The run that loaded the row; NULL for the built-in reference.';

CREATE TABLE aliases (
    alias    VARCHAR NOT NULL,
    style_id VARCHAR NOT NULL,
    source   VARCHAR NOT NULL CHECK (source <> ''),
    confidence VARCHAR NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    run_id   BIGINT
);
COMMENT ON TABLE aliases IS 'Other texts that name a style: second codes, slugs, titles. Grain: one row per alias.';
COMMENT ON COLUMN aliases.alias IS 'The text, in lower case, words joined by one hyphen.';
COMMENT ON COLUMN aliases.style_id IS 'The style: styles.style_id.';
COMMENT ON COLUMN aliases.source IS 'Who uses the text for the style.';
COMMENT ON COLUMN aliases.confidence IS 'high, medium or low.';
COMMENT ON COLUMN aliases.run_id IS 'The run that loaded the row; NULL for the built-in reference.';

CREATE TABLE fx_rates (
    date         DATE           NOT NULL,
    currency     VARCHAR        NOT NULL CHECK (currency BETWEEN 'AAA' AND 'ZZZ'),
    usd_per_unit DECIMAL(18,10) NOT NULL CHECK (usd_per_unit > 0),
    source       VARCHAR        NOT NULL CHECK (source <> ''),
    confidence   VARCHAR        NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    run_id       BIGINT
);
COMMENT ON TABLE fx_rates IS 'Exchange rates to US dollars. Grain: one row per day and currency.';
COMMENT ON COLUMN fx_rates.date IS 'Day of the rate; it holds until the next one, for seven days at most.';
COMMENT ON COLUMN fx_rates.currency IS 'ISO 4217.';
COMMENT ON COLUMN fx_rates.usd_per_unit IS 'US dollars for one unit of the currency.';
COMMENT ON COLUMN fx_rates.source IS 'Who published the rate.';
COMMENT ON COLUMN fx_rates.confidence IS 'high, medium or low.';
COMMENT ON COLUMN fx_rates.run_id IS 'The run that loaded the row.';

CREATE TABLE store.size (
    audience   VARCHAR      NOT NULL,
    us         DECIMAL(4,1) NOT NULL,
    uk         VARCHAR,
    eu         VARCHAR,
    cm         VARCHAR,
    source     VARCHAR      NOT NULL CHECK (source <> ''),
    confidence VARCHAR      NOT NULL CHECK (confidence IN ('high', 'medium', 'low'))
);
COMMENT ON TABLE store.size IS 'The brand''s size chart. Grain: one row per audience and US size.';
COMMENT ON COLUMN store.size.audience IS 'men.';
COMMENT ON COLUMN store.size.us IS 'US size.';
COMMENT ON COLUMN store.size.uk IS 'The same in UK sizes.';
COMMENT ON COLUMN store.size.eu IS 'The same in EU sizes.';
COMMENT ON COLUMN store.size.cm IS 'The same in centimetres of foot length.';
COMMENT ON COLUMN store.size.source IS 'Where the chart is from.';
COMMENT ON COLUMN store.size.confidence IS 'high, medium or low.';
