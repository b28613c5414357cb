-- A file has as many rejects in the book as the ledger says it refused.
WITH stored AS (
    SELECT file_no, count(*) AS n FROM store.reject GROUP BY file_no
)
SELECT coalesce(f.file_no, s.file_no) AS file_no, f.run_id, f.path, f.rejected, coalesce(s.n, 0) AS stored
FROM run_files f FULL JOIN stored s ON s.file_no = f.file_no
WHERE f.rejected IS DISTINCT FROM coalesce(s.n, 0)
ORDER BY 1
