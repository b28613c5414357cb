-- The nearest styles of items that have none.
CREATE TABLE store.guess (
    item_no  INTEGER  NOT NULL,
    rank     UTINYINT NOT NULL CHECK (rank BETWEEN 1 AND 3),
    style_no INTEGER  NOT NULL,
    score    DOUBLE   NOT NULL CHECK (score BETWEEN 0 AND 1)
);
COMMENT ON TABLE store.guess IS 'Styles that an unmatched item may be. Grain: one row per item and rank. Made by ingest and resolve.';
COMMENT ON COLUMN store.guess.item_no IS 'The item: store.item.';
COMMENT ON COLUMN store.guess.rank IS 'Place among the guesses of the item, from 1, best first.';
COMMENT ON COLUMN store.guess.style_no IS 'The style: styles.style_no.';
COMMENT ON COLUMN store.guess.score IS 'How well the words of the title fit those of the style, 0 to 1; 0.5 for the style of a code that the title contradicts.';

COMMENT ON COLUMN store.item.match_method IS 'code, code_in_title, alias, words, conflict (code and title disagree), none.';
COMMENT ON COLUMN store.item.match_score IS '1 for a match by code or alias, 0 for none; by words, the weight of the words that title and style share over that of the words that either has.';
COMMENT ON COLUMN sales.match_method IS 'How the style was found: code, code_in_title, alias, words, conflict, none.';
COMMENT ON COLUMN sales.match_score IS '1 for a match by code or alias, 0 for none; by words, the weight of the words that title and style share over that of the words that either has.';

CREATE OR REPLACE VIEW unmatched AS
WITH guessed AS (
    SELECT g.item_no, string_agg(printf('%s (%.2f)', t.style_id, g.score), ', ' ORDER BY g.rank) AS guesses
    FROM store.guess g
    JOIN styles t ON t.style_no = g.style_no
    GROUP BY g.item_no
)
SELECT
    i.title                        AS title,
    i.style_text                   AS style_text,
    i.model                        AS model,
    i.version                      AS version,
    i.match_method                 AS match_method,
    count(*)                       AS n,
    min(s.sold_on)                 AS first_sold_on,
    max(s.sold_on)                 AS last_sold_on,
    g.guesses                      AS guesses
FROM store.item i
JOIN store.sale s ON s.item_no = i.item_no
LEFT JOIN guessed g ON g.item_no = i.item_no
WHERE s.style_no IS NULL
GROUP BY i.title, i.style_text, i.model, i.version, i.match_method, g.guesses;
COMMENT ON VIEW unmatched IS 'Records whose style is not known yet. Grain: one row per title and style text.';
COMMENT ON COLUMN unmatched.title IS 'Title as the source wrote it.';
COMMENT ON COLUMN unmatched.style_text IS 'Style code as the source wrote it.';
COMMENT ON COLUMN unmatched.model IS 'Model read from code or title.';
COMMENT ON COLUMN unmatched.version IS 'Version read from code or title.';
COMMENT ON COLUMN unmatched.match_method IS 'none, or conflict when code and title disagree.';
COMMENT ON COLUMN unmatched.n IS 'Number of records.';
COMMENT ON COLUMN unmatched.first_sold_on IS 'Day of the first.';
COMMENT ON COLUMN unmatched.last_sold_on IS 'Day of the last.';
COMMENT ON COLUMN unmatched.guesses IS 'The nearest styles with their scores, best first: at most three, NULL where none is near.';
