-- A sale_key names one sale.
SELECT sale_key, count(*) AS n
FROM store.sale
GROUP BY sale_key
HAVING count(*) > 1
ORDER BY sale_key
