-- The ledger: what was read, when, by which profile, and what was refused.
CREATE TABLE runs (
    run_id      BIGINT      NOT NULL,
    command     VARCHAR     NOT NULL,
    started_at  TIMESTAMPTZ NOT NULL,
    as_of       DATE        NOT NULL,
    program     VARCHAR     NOT NULL,
    reverted_at TIMESTAMPTZ
);
COMMENT ON TABLE runs IS 'Ingest runs. Grain: one row per run that read at least one whole file.';
COMMENT ON COLUMN runs.run_id IS 'Number of the run, from 1.';
COMMENT ON COLUMN runs.command IS 'What was run: ingest sales, ingest styles, ingest retail, ingest grey-days, ingest aliases, ingest fx.';
COMMENT ON COLUMN runs.started_at IS 'When it started, UTC.';
COMMENT ON COLUMN runs.as_of IS 'The day that counted as today.';
COMMENT ON COLUMN runs.program IS 'Program and version that ran it.';
COMMENT ON COLUMN runs.reverted_at IS 'When it was taken back; NULL while it stands.';

CREATE TABLE run_files (
    file_no     INTEGER NOT NULL,
    run_id      BIGINT  NOT NULL,
    path        VARCHAR NOT NULL,
    bytes       BIGINT  NOT NULL,
    sha256      VARCHAR NOT NULL,
    profile     VARCHAR NOT NULL,
    observed_on DATE,
    read        BIGINT  NOT NULL,
    added       BIGINT  NOT NULL,
    known       BIGINT  NOT NULL,
    rejected    BIGINT  NOT NULL,
    synthetic   BIGINT  NOT NULL
);
COMMENT ON TABLE run_files IS 'Files read by runs. Grain: one row per file and run.';
COMMENT ON COLUMN run_files.file_no IS 'Number of the file in this book.';
COMMENT ON COLUMN run_files.run_id IS 'The run that read it.';
COMMENT ON COLUMN run_files.path IS 'Path as it was given.';
COMMENT ON COLUMN run_files.bytes IS 'Size in bytes.';
COMMENT ON COLUMN run_files.sha256 IS 'SHA-256 of its bytes, hexadecimal.';
COMMENT ON COLUMN run_files.profile IS 'Source profile that it was read with.';
COMMENT ON COLUMN run_files.observed_on IS 'The day a snapshot file was taken, where that is known.';
COMMENT ON COLUMN run_files.read IS 'Records read; of a file with several observations a row, observations.';
COMMENT ON COLUMN run_files.added IS 'Records that were new to the book.';
COMMENT ON COLUMN run_files.known IS 'Records that the book had already, or that the file held twice under one id.';
COMMENT ON COLUMN run_files.rejected IS 'Records refused: see rejects.';
COMMENT ON COLUMN run_files.synthetic IS 'Of the records added, those that call themselves synthetic.';

CREATE TABLE store.reject (
    file_no     INTEGER NOT NULL,
    line        BIGINT  NOT NULL CHECK (line >= 0),
    column_name VARCHAR,
    reason      VARCHAR NOT NULL,
    value       VARCHAR,
    raw_text    VARCHAR NOT NULL
);
COMMENT ON TABLE store.reject IS 'Refused records. Grain: one row per record. Read main.rejects instead.';
COMMENT ON COLUMN store.reject.file_no IS 'The file: run_files.file_no.';
COMMENT ON COLUMN store.reject.line IS 'First line of the record, from 1; 0 when it has none.';
COMMENT ON COLUMN store.reject.column_name IS 'The column at fault, as the file names it.';
COMMENT ON COLUMN store.reject.reason IS 'Why, as a code.';
COMMENT ON COLUMN store.reject.value IS 'The value at fault.';
COMMENT ON COLUMN store.reject.raw_text IS 'The record as it stood in the file.';
