-- A style is listed as a Grey Day release once at most.
SELECT style_id, count(*) AS n
FROM grey_days
GROUP BY style_id
HAVING count(*) > 1
ORDER BY style_id
