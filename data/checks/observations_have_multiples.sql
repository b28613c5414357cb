-- Every observation has a multiple.
SELECT sale_key, style, sold_on
FROM observations
WHERE multiple IS NULL
ORDER BY sale_key
