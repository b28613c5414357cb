-- A file has as many sales in the book as the ledger says it added, and none once its run is taken back.
WITH stored AS (
    SELECT file_no, count(*) AS n FROM store.sale GROUP BY file_no
), files AS (
    SELECT f.file_no, f.run_id, f.path,
           CASE WHEN r.reverted_at IS NULL AND r.command = 'ingest sales' THEN f.added ELSE 0 END AS expected
    FROM run_files f JOIN runs r ON r.run_id = f.run_id
)
SELECT f.file_no, f.run_id, f.path, f.expected, coalesce(s.n, 0) AS stored
FROM files f LEFT JOIN stored s ON s.file_no = f.file_no
WHERE f.expected <> coalesce(s.n, 0)
ORDER BY f.file_no
