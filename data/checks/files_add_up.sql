-- Of every file, read = added + known + rejected, and none of them is below zero.
SELECT file_no, run_id, path, read, added, known, rejected
FROM run_files
WHERE read <> added + known + rejected OR least(added, known, rejected) < 0
ORDER BY file_no
