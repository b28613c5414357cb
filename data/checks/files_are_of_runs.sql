-- Every file of the ledger is of a run of the ledger, and both have their number once.
SELECT 'file of no run' AS what, f.file_no AS no, 1 AS n
FROM run_files f ANTI JOIN runs r ON r.run_id = f.run_id
UNION ALL
SELECT 'file twice', file_no, count(*) FROM run_files GROUP BY file_no HAVING count(*) > 1
UNION ALL
SELECT 'run twice', run_id, count(*) FROM runs GROUP BY run_id HAVING count(*) > 1
ORDER BY ALL
