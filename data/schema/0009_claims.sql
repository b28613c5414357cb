-- What was said of each claim, week by week, so that a verdict that changes is seen.
CREATE TABLE claim_verdicts (
    claim     VARCHAR     NOT NULL,
    as_of     DATE        NOT NULL,
    vintage   INTEGER     NOT NULL CHECK (vintage > 0),
    text      VARCHAR     NOT NULL,
    source    VARCHAR     NOT NULL CHECK (source <> ''),
    about     VARCHAR,
    statistic VARCHAR     NOT NULL,
    value     DOUBLE,
    lo        DOUBLE,
    hi        DOUBLE,
    n         BIGINT      NOT NULL CHECK (n >= 0),
    level     DOUBLE      NOT NULL CHECK (level BETWEEN 0 AND 1),
    verdict   VARCHAR     NOT NULL CHECK (verdict IN ('holds', 'does not hold', 'too few sales')),
    why       VARCHAR     NOT NULL,
    synthetic BIGINT      NOT NULL,
    stored_at TIMESTAMPTZ NOT NULL,
    program   VARCHAR     NOT NULL
);
COMMENT ON TABLE claim_verdicts IS 'Verdicts on claims, as greybook analyze claims --store wrote them; never changed afterwards. Grain: one row per claim, day it speaks of, and vintage.';
COMMENT ON COLUMN claim_verdicts.claim IS 'Id of the claim, as greybook analyze claims lists it.';
COMMENT ON COLUMN claim_verdicts.as_of IS 'The day that counted as today: nothing sold later was seen.';
COMMENT ON COLUMN claim_verdicts.vintage IS '1 for the first verdict as of that day, 2 for the next one that said something else, and so on.';
COMMENT ON COLUMN claim_verdicts.text IS 'The claim as a sentence.';
COMMENT ON COLUMN claim_verdicts.source IS 'Who says so.';
COMMENT ON COLUMN claim_verdicts.about IS 'What the verdict names, such as the version that leads; NULL where it names nothing.';
COMMENT ON COLUMN claim_verdicts.statistic IS 'What value is.';
COMMENT ON COLUMN claim_verdicts.value IS 'The statistic that tests the claim; NULL where the sales do not carry it.';
COMMENT ON COLUMN claim_verdicts.lo IS 'Lower end of what the statistic may be; NULL where there is none.';
COMMENT ON COLUMN claim_verdicts.hi IS 'Upper end.';
COMMENT ON COLUMN claim_verdicts.n IS 'Sales behind it.';
COMMENT ON COLUMN claim_verdicts.level IS 'Level of the intervals, 0 to 1.';
COMMENT ON COLUMN claim_verdicts.verdict IS 'holds, does not hold, or too few sales.';
COMMENT ON COLUMN claim_verdicts.why IS 'Why, in a sentence.';
COMMENT ON COLUMN claim_verdicts.synthetic IS 'Of n, sales from synthetic files.';
COMMENT ON COLUMN claim_verdicts.stored_at IS 'When it was written, UTC.';
COMMENT ON COLUMN claim_verdicts.program IS 'Program and version that wrote it.';
