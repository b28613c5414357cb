-- The published estimates are one per style, size band and condition, all as of one day and by one method.
SELECT style_id, size_band, condition, count(*) AS n, NULL AS as_of, NULL AS method_version
FROM estimates
GROUP BY style_id, size_band, condition
HAVING count(*) > 1
UNION ALL
SELECT NULL, NULL, NULL, count(*), as_of, method_version
FROM estimates
GROUP BY as_of, method_version
HAVING count(*) < (SELECT count(*) FROM estimates)
ORDER BY ALL
