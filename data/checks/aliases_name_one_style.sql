-- An alias names one style.
SELECT alias, count(*) AS n
FROM aliases
GROUP BY alias
HAVING count(*) > 1
ORDER BY alias
