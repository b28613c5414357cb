-- A style_id names one style.
SELECT style_id, count(*) AS n
FROM styles
GROUP BY style_id
HAVING count(*) > 1
ORDER BY style_id
