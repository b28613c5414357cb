-- The current premium estimates, as the feed gives them: what was published last takes the place of what was before.
CREATE TABLE store.estimate (
    style_id           VARCHAR NOT NULL,
    style_code         VARCHAR,
    model              VARCHAR,
    version            VARCHAR,
    colorway           VARCHAR,
    grey_day_year      INTEGER,
    made_in            VARCHAR,
    audience           VARCHAR,
    size_band          VARCHAR,
    condition          VARCHAR NOT NULL,
    as_of              DATE NOT NULL,
    currency           VARCHAR,
    retail_price_minor BIGINT CHECK (retail_price_minor > 0),
    estimate_minor     BIGINT CHECK (estimate_minor >= 0),
    lo_minor           BIGINT,
    hi_minor           BIGINT,
    level              DOUBLE NOT NULL CHECK (level BETWEEN 0 AND 1),
    multiple           DOUBLE CHECK (multiple >= 0),
    multiple_lo        DOUBLE,
    multiple_hi        DOUBLE,
    premium            DOUBLE,
    n_sales            BIGINT NOT NULL CHECK (n_sales >= 0),
    n_effective        DOUBLE NOT NULL CHECK (n_effective >= 0),
    last_sold_on       DATE,
    basis              VARCHAR NOT NULL CHECK (basis IN ('own', 'pooled', 'parent', 'none')),
    grade              VARCHAR NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D', 'X')),
    reasons            VARCHAR[] NOT NULL,
    method_version     VARCHAR NOT NULL
);
COMMENT ON TABLE store.estimate IS 'The premium estimates published last, by greybook analyze premiums --publish. Grain: one row per style, size band and condition. Read main.estimates instead.';
COMMENT ON COLUMN store.estimate.style_id IS 'The style: the style code where there is one, else a stable slug.';
COMMENT ON COLUMN store.estimate.style_code IS 'The brand''s style code.';
COMMENT ON COLUMN store.estimate.model IS '990, 992, 1300, …';
COMMENT ON COLUMN store.estimate.version IS 'v1 … v6; NULL where unknown or where the model has none.';
COMMENT ON COLUMN store.estimate.colorway IS 'The colorway''s name.';
COMMENT ON COLUMN store.estimate.grey_day_year IS 'The Grey Day it was released for; NULL where no source names one.';
COMMENT ON COLUMN store.estimate.made_in IS 'Where it was made, as the source says.';
COMMENT ON COLUMN store.estimate.audience IS 'men, women, unisex or kids.';
COMMENT ON COLUMN store.estimate.size_band IS 'Band of US men''s sizes, or unknown; NULL: all sizes together.';
COMMENT ON COLUMN store.estimate.condition IS 'Condition of the pairs.';
COMMENT ON COLUMN store.estimate.as_of IS 'Nothing sold after this day was seen. The same in all rows.';
COMMENT ON COLUMN store.estimate.currency IS 'ISO 4217, of the amounts in the row; NULL where it has none.';
COMMENT ON COLUMN store.estimate.retail_price_minor IS 'Retail price in force on as_of, minor units of currency.';
COMMENT ON COLUMN store.estimate.estimate_minor IS 'What a pair sells for, before fees and shipping, minor units of currency; NULL with grade X.';
COMMENT ON COLUMN store.estimate.lo_minor IS 'Lower end of the band that the market is in, minor units of currency.';
COMMENT ON COLUMN store.estimate.hi_minor IS 'Upper end of that band.';
COMMENT ON COLUMN store.estimate.level IS 'Level of the band, 0 to 1.';
COMMENT ON COLUMN store.estimate.multiple IS 'Sale price over retail price, to four decimals; NULL where the sales carry none.';
COMMENT ON COLUMN store.estimate.multiple_lo IS 'Lower end of the multiple''s band.';
COMMENT ON COLUMN store.estimate.multiple_hi IS 'Upper end of the multiple''s band.';
COMMENT ON COLUMN store.estimate.premium IS 'multiple − 1.';
COMMENT ON COLUMN store.estimate.n_sales IS 'Sales of this style, size band and condition that were used.';
COMMENT ON COLUMN store.estimate.n_effective IS 'The sales that those count for by their age.';
COMMENT ON COLUMN store.estimate.last_sold_on IS 'Day of the newest of them; NULL where there is none.';
COMMENT ON COLUMN store.estimate.basis IS 'Whose sales carry the multiple: own, pooled, parent, none.';
COMMENT ON COLUMN store.estimate.grade IS 'How good the estimate is, A to D; X: there is none.';
COMMENT ON COLUMN store.estimate.reasons IS 'What is doubtful or missing, as sorted codes.';
COMMENT ON COLUMN store.estimate.method_version IS 'Version of the method that made the row.';

CREATE VIEW estimates AS
SELECT
    e.style_id           AS style_id,
    e.style_code         AS style_code,
    e.model              AS model,
    e.version            AS version,
    e.colorway           AS colorway,
    e.grey_day_year      AS grey_day_year,
    e.made_in            AS made_in,
    e.audience           AS audience,
    e.size_band          AS size_band,
    e.condition          AS condition,
    e.as_of              AS as_of,
    e.currency           AS currency,
    e.retail_price_minor AS retail_price_minor,
    e.estimate_minor     AS estimate_minor,
    e.lo_minor           AS lo_minor,
    e.hi_minor           AS hi_minor,
    e.level              AS level,
    e.multiple           AS multiple,
    e.multiple_lo        AS multiple_lo,
    e.multiple_hi        AS multiple_hi,
    e.premium            AS premium,
    e.n_sales            AS n_sales,
    e.n_effective        AS n_effective,
    e.last_sold_on       AS last_sold_on,
    e.basis              AS basis,
    e.grade              AS grade,
    e.reasons            AS reasons,
    e.method_version     AS method_version
FROM store.estimate e;
COMMENT ON VIEW estimates IS 'The current premium estimates, the columns and rows of the feed as of their day. Written by greybook analyze premiums --publish; empty before. Grain: one row per style, size band and condition.';
COMMENT ON COLUMN estimates.style_id IS 'The style: the style code where there is one, else a stable slug.';
COMMENT ON COLUMN estimates.style_code IS 'The brand''s style code.';
COMMENT ON COLUMN estimates.model IS '990, 992, 1300, …';
COMMENT ON COLUMN estimates.version IS 'v1 … v6; NULL where unknown or where the model has none.';
COMMENT ON COLUMN estimates.colorway IS 'The colorway''s name.';
COMMENT ON COLUMN estimates.grey_day_year IS 'The Grey Day it was released for; NULL where no source names one.';
COMMENT ON COLUMN estimates.made_in IS 'Where it was made, as the source says.';
COMMENT ON COLUMN estimates.audience IS 'men, women, unisex or kids.';
COMMENT ON COLUMN estimates.size_band IS 'Band of US men''s sizes, or unknown; NULL: all sizes together.';
COMMENT ON COLUMN estimates.condition IS 'Condition of the pairs.';
COMMENT ON COLUMN estimates.as_of IS 'Nothing sold after this day was seen. The same in all rows.';
COMMENT ON COLUMN estimates.currency IS 'ISO 4217, of the amounts in the row; NULL where it has none.';
COMMENT ON COLUMN estimates.retail_price_minor IS 'Retail price in force on as_of, minor units of currency.';
COMMENT ON COLUMN estimates.estimate_minor IS 'What a pair sells for, before fees and shipping, minor units of currency; NULL with grade X.';
COMMENT ON COLUMN estimates.lo_minor IS 'Lower end of the band that the market is in, minor units of currency.';
COMMENT ON COLUMN estimates.hi_minor IS 'Upper end of that band.';
COMMENT ON COLUMN estimates.level IS 'Level of the band, 0 to 1.';
COMMENT ON COLUMN estimates.multiple IS 'Sale price over retail price, to four decimals; NULL where the sales carry none.';
COMMENT ON COLUMN estimates.multiple_lo IS 'Lower end of the multiple''s band.';
COMMENT ON COLUMN estimates.multiple_hi IS 'Upper end of the multiple''s band.';
COMMENT ON COLUMN estimates.premium IS 'multiple − 1.';
COMMENT ON COLUMN estimates.n_sales IS 'Sales of this style, size band and condition that were used.';
COMMENT ON COLUMN estimates.n_effective IS 'The sales that those count for by their age.';
COMMENT ON COLUMN estimates.last_sold_on IS 'Day of the newest of them; NULL where there is none.';
COMMENT ON COLUMN estimates.basis IS 'Whose sales carry the multiple: own, pooled, parent, none.';
COMMENT ON COLUMN estimates.grade IS 'How good the estimate is, A to D; X: there is none.';
COMMENT ON COLUMN estimates.reasons IS 'What is doubtful or missing, as sorted codes.';
COMMENT ON COLUMN estimates.method_version IS 'Version of the method that made the row.';

COMMENT ON TABLE claim_verdicts IS 'Verdicts on claims, as greybook analyze claims --publish wrote them; never changed afterwards. Grain: one row per claim, day it speaks of, and vintage.';
