-- A style has one retail price a day and currency, and at most one without a day.
SELECT style_id, currency, effective_from, count(*) AS n
FROM retail_prices
GROUP BY style_id, currency, effective_from
HAVING count(*) > 1
ORDER BY style_id, currency, effective_from
