-- The weekly market index as it was published: every refit is kept, and what holds now is the newest.
CREATE TABLE store.index_vintage (
    vintage_no   INTEGER     NOT NULL CHECK (vintage_no > 0),
    as_of        DATE        NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    program      VARCHAR     NOT NULL,
    method       VARCHAR     NOT NULL
);
COMMENT ON TABLE store.index_vintage IS 'Publications of the market index, by greybook analyze index --publish. Grain: one row per publication.';
COMMENT ON COLUMN store.index_vintage.vintage_no IS 'Number of the vintage, from 1 in the order of publication.';
COMMENT ON COLUMN store.index_vintage.as_of IS 'Nothing sold after this day was seen.';
COMMENT ON COLUMN store.index_vintage.published_at IS 'When, UTC.';
COMMENT ON COLUMN store.index_vintage.program IS 'Program and version that published it.';
COMMENT ON COLUMN store.index_vintage.method IS 'Version of the method.';

CREATE TABLE store.index_series (
    vintage_no INTEGER NOT NULL,
    segment    VARCHAR NOT NULL,
    weighting  VARCHAR NOT NULL,
    base_week  DATE    NOT NULL,
    n          BIGINT  NOT NULL CHECK (n > 0),
    n_styles   BIGINT  NOT NULL CHECK (n_styles > 0),
    tie        DOUBLE  NOT NULL CHECK (tie >= 0),
    sigma      DOUBLE,
    link       DOUBLE  NOT NULL
);
COMMENT ON TABLE store.index_series IS 'The fits behind the values. Grain: one row per vintage, segment and weighting.';
COMMENT ON COLUMN store.index_series.vintage_no IS 'The vintage: store.index_vintage.';
COMMENT ON COLUMN store.index_series.segment IS 'all, grey_day, a model such as 990, or a version such as 990v6.';
COMMENT ON COLUMN store.index_series.weighting IS 'sale: one sale, one vote; style: one style and week, one vote; repeat: repeat sales.';
COMMENT ON COLUMN store.index_series.base_week IS 'Monday of the week in which the index is 100.';
COMMENT ON COLUMN store.index_series.n IS 'Sales behind the fit; of repeat, pairs of weeks.';
COMMENT ON COLUMN store.index_series.n_styles IS 'Styles sold.';
COMMENT ON COLUMN store.index_series.tie IS 'Strength of the tie between neighbouring weeks, in sales.';
COMMENT ON COLUMN store.index_series.sigma IS 'Standard deviation of a sale around the fit, log points.';
COMMENT ON COLUMN store.index_series.link IS 'What was added to the logs of the refit to join the frozen weeks.';

CREATE TABLE store.index_value (
    vintage_no INTEGER   NOT NULL,
    segment    VARCHAR   NOT NULL,
    weighting  VARCHAR   NOT NULL,
    week       DATE      NOT NULL,
    index      DOUBLE    NOT NULL CHECK (index > 0),
    se         DOUBLE,
    refit      DOUBLE    NOT NULL CHECK (refit > 0),
    n          BIGINT    NOT NULL CHECK (n >= 0),
    n_styles   BIGINT    NOT NULL CHECK (n_styles >= 0),
    frozen     BOOLEAN   NOT NULL,
    warnings   VARCHAR[] NOT NULL
);
COMMENT ON TABLE store.index_value IS 'The published index, every state that it was in. Grain: one row per vintage, segment, weighting and week.';
COMMENT ON COLUMN store.index_value.vintage_no IS 'The vintage: store.index_vintage.';
COMMENT ON COLUMN store.index_value.segment IS 'The segment: store.index_series.segment.';
COMMENT ON COLUMN store.index_value.weighting IS 'sale, style or repeat: store.index_series.weighting.';
COMMENT ON COLUMN store.index_value.week IS 'Monday of the ISO week.';
COMMENT ON COLUMN store.index_value.index IS 'The index as published, 100 in the base week.';
COMMENT ON COLUMN store.index_value.se IS 'Standard error of its log change since the base week; NULL where the sales give none.';
COMMENT ON COLUMN store.index_value.refit IS 'What this vintage''s refit makes of the week, linked: the same as index unless the week was frozen before.';
COMMENT ON COLUMN store.index_value.n IS 'Sales of the week; of repeat, pairs that end in it.';
COMMENT ON COLUMN store.index_value.n_styles IS 'Styles sold in the week.';
COMMENT ON COLUMN store.index_value.frozen IS 'Whether it will not change again.';
COMMENT ON COLUMN store.index_value.warnings IS 'What is doubtful about it, as codes.';

CREATE VIEW index_vintages AS
SELECT
    v.as_of                                       AS as_of,
    v.vintage_no                                  AS vintage_no,
    x.segment                                     AS segment,
    x.weighting                                   AS weighting,
    x.week                                        AS week,
    x.index                                       AS index,
    x.se                                          AS se,
    x.refit                                       AS refit,
    x.n                                           AS n,
    x.n_styles                                    AS n_styles,
    CASE WHEN x.frozen THEN 'frozen' ELSE 'provisional' END AS status,
    x.warnings                                    AS warnings,
    v.published_at                                AS published_at,
    v.program                                     AS program,
    v.method                                      AS method
FROM store.index_value x
JOIN store.index_vintage v ON v.vintage_no = x.vintage_no;
COMMENT ON VIEW index_vintages IS 'Every state that the published market index was in. Grain: one row per vintage, segment, weighting and week.';
COMMENT ON COLUMN index_vintages.as_of IS 'Nothing sold after this day was seen.';
COMMENT ON COLUMN index_vintages.vintage_no IS 'Number of the vintage, from 1 in the order of publication.';
COMMENT ON COLUMN index_vintages.segment IS 'all, grey_day, a model such as 990, or a version such as 990v6.';
COMMENT ON COLUMN index_vintages.weighting IS 'sale: one sale, one vote; style: one style and week, one vote; repeat: repeat sales.';
COMMENT ON COLUMN index_vintages.week IS 'Monday of the ISO week.';
COMMENT ON COLUMN index_vintages.index IS 'The index as published, 100 in its base week.';
COMMENT ON COLUMN index_vintages.se IS 'Standard error of its log change since the base week.';
COMMENT ON COLUMN index_vintages.refit IS 'What this vintage''s refit makes of the week, linked: the same as index unless the week was frozen before.';
COMMENT ON COLUMN index_vintages.n IS 'Sales of the week; of repeat, pairs that end in it.';
COMMENT ON COLUMN index_vintages.n_styles IS 'Styles sold in the week.';
COMMENT ON COLUMN index_vintages.status IS 'frozen: it will not change again; provisional: the next vintage may change it.';
COMMENT ON COLUMN index_vintages.warnings IS 'What is doubtful about it, as codes.';
COMMENT ON COLUMN index_vintages.published_at IS 'When it was published, UTC.';
COMMENT ON COLUMN index_vintages.program IS 'Program and version that published it.';
COMMENT ON COLUMN index_vintages.method IS 'Version of the method.';

CREATE VIEW market_index AS
WITH newest AS (
    SELECT segment, weighting, max(vintage_no) AS vintage_no FROM store.index_series GROUP BY segment, weighting
), now AS (
    SELECT x.vintage_no, x.segment, x.weighting, x.week, x.index, x.se, x.n, x.n_styles, x.frozen, x.warnings
    FROM store.index_value x
    JOIN newest w ON w.vintage_no = x.vintage_no AND w.segment = x.segment AND w.weighting = x.weighting
)
SELECT
    s.segment                                     AS segment,
    s.week                                        AS week,
    s.index                                       AS index,
    s.index * exp(-1.959963984540054 * s.se)      AS index_lo,
    s.index * exp(1.959963984540054 * s.se)       AS index_hi,
    s.se                                          AS se,
    s.n                                           AS n,
    s.n_styles                                    AS n_styles,
    e.index                                       AS index_equal_style,
    r.index                                       AS index_repeat_sales,
    CASE WHEN s.frozen THEN 'frozen' ELSE 'provisional' END AS status,
    v.as_of                                       AS as_of,
    s.warnings                                    AS warnings
FROM now s
JOIN store.index_vintage v ON v.vintage_no = s.vintage_no
LEFT JOIN now e ON e.weighting = 'style' AND e.segment = s.segment AND e.week = s.week
LEFT JOIN now r ON r.weighting = 'repeat' AND r.segment = s.segment AND r.week = s.week
WHERE s.weighting = 'sale';
COMMENT ON VIEW market_index IS 'The weekly market index as published last: what the same pairs sell for, new pairs and completed sales only. Written by greybook analyze index --publish. Grain: one row per week and segment.';
COMMENT ON COLUMN market_index.segment IS 'all, grey_day, a model such as 990, or a version such as 990v6.';
COMMENT ON COLUMN market_index.week IS 'Monday of the ISO week.';
COMMENT ON COLUMN market_index.index IS 'Price level of multiples, one sale, one vote; 100 in the first week published.';
COMMENT ON COLUMN market_index.index_lo IS 'Lower end of its 95 % interval, as a change since the base week.';
COMMENT ON COLUMN market_index.index_hi IS 'Upper end of its 95 % interval.';
COMMENT ON COLUMN market_index.se IS 'Standard error of its log change since the base week.';
COMMENT ON COLUMN market_index.n IS 'Sales of the week; 0 where the value lies between its neighbours.';
COMMENT ON COLUMN market_index.n_styles IS 'Styles sold in the week.';
COMMENT ON COLUMN market_index.index_equal_style IS 'The same with one vote for each style and week: what a catalog holds.';
COMMENT ON COLUMN market_index.index_repeat_sales IS 'The same of repeat sales, as a cross-check.';
COMMENT ON COLUMN market_index.status IS 'frozen: it will not change again; provisional: one of the last 8 weeks, which the next vintage may change.';
COMMENT ON COLUMN market_index.as_of IS 'Nothing sold after this day was seen.';
COMMENT ON COLUMN market_index.warnings IS 'What is doubtful about it, as codes.';
