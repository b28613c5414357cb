-- A style code names one style.
SELECT style_code, count(*) AS n
FROM styles
WHERE style_code IS NOT NULL
GROUP BY style_code
HAVING count(*) > 1
ORDER BY style_code
