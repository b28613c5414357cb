-- The view observations leaves out exactly the sales with a flag that excludes, as store.flag lists them.
WITH listed AS (
    SELECT coalesce(bit_or((1::UINTEGER << bit)) FILTER (WHERE excludes), 0) AS mask FROM store.flag
), applied AS (
    SELECT TRY_CAST(regexp_extract(sql, 'flags & (\d+)\)* = 0\b', 1) AS UINTEGER) AS mask
    FROM duckdb_views() WHERE schema_name = 'main' AND view_name = 'observations'
)
SELECT l.mask AS listed, a.mask AS applied
FROM listed l LEFT JOIN applied a ON true
WHERE l.mask IS DISTINCT FROM a.mask
